"""Why an account, a code or an assignment is refused."""

from __future__ import annotations

from som.kernel.outcomes import Refusal, gettext_noop


class AccessRefusal(Refusal):
    """Why an account, a code or an assignment was refused."""

    BAD_USERNAME = (
        "bad_username",
        gettext_noop(
            "A user name has 3 to 40 lower-case letters, digits, dots, hyphens or underscores,"
            " and begins with a letter or digit."
        ),
    )
    NO_NAME = "no_name", gettext_noop("The person's name is missing.")
    BAD_LANGUAGE = "bad_language", gettext_noop("This language is not offered.")
    USERNAME_TAKEN = "username_taken", gettext_noop("Another account already has this user name.")
    UNKNOWN_ACCOUNT = "unknown_account", gettext_noop("There is no such account.")
    CLOSED = "account_closed", gettext_noop("The account is closed.")
    UNKNOWN_UNIT = "unknown_unit", gettext_noop("There is no such administrative unit.")
    UNKNOWN_ORGANISATION = "unknown_organisation", gettext_noop("There is no such organisation.")
    UNKNOWN_ROLE = "unknown_role", gettext_noop("There is no such role.")
    WRONG_BOUND = (
        "wrong_bound",
        gettext_noop("The role must name a unit, an organisation or neither, as its line says."),
    )
    BEYOND_TERRITORY = (
        "beyond_territory",
        gettext_noop("This lies outside the territory you administer."),
    )
    PROVINCE_GIVES = (
        "province_gives",
        gettext_noop(
            "Roles in laboratories, and that of a province's administrator, are given and ended"
            " by who administers the province."
        ),
    )
    NOT_A_PROVINCE = (
        "not_a_province",
        gettext_noop("This role is held at a province, at no unit below."),
    )
    OWN_ACCOUNT = "own_account", gettext_noop("Nobody may give rights to themselves.")
    BAD_DAYS = "bad_days", gettext_noop("The last day lies before the first.")
    OVERLAPS = (
        "assignment_overlaps",
        gettext_noop("The account already holds this role here on some of these days."),
    )
    NOT_HELD = "not_held", gettext_noop("The account does not hold this role here on that day.")
    WRONG_CODE = (
        "wrong_code",
        gettext_noop("The user name or the code is wrong, or the code is used or too old."),
    )
    WEAK_PASSWORD = "weak_password", gettext_noop("The password is too easy to guess.")
