"""What people type to sign in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from allauth.account.forms import ChangePasswordForm as AllauthChangePasswordForm
from allauth.account.forms import LoginForm
from django import forms
from django.contrib.auth.password_validation import (
    password_validators_help_text_html,
    validate_password,
)
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from som.access import rules
from som.access.roles import ROLES, Bound, roles_bound_to
from som.access.rules import (
    AccessRefusal,
    EndedAssignment,
    FirstPassword,
    NewAccount,
    NewAssignment,
)
from som.kernel.outcomes import Refused
from som.places.fields import UnitField
from som.places.queries import OrganisationRow, UnitRow
from som.web.fields import MOST_ID, PagedForm, day_field


def _username() -> forms.CharField:
    return forms.CharField(
        label=_("User name"),
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "username",
                "autocapitalize": "none",
                "autocorrect": "off",
                "spellcheck": "false",
            }
        ),
    )


class SignInForm(LoginForm):  # type: ignore[misc]
    """User name and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = _username()
        self.fields["login"].widget.attrs["autofocus"] = True
        self.fields["password"].label = _("Password")
        self.fields["password"].help_text = ""
        self.fields["password"].widget.attrs.pop("placeholder", None)


class ChangePasswordForm(AllauthChangePasswordForm):  # type: ignore[misc]
    """The password now, and the new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in (
            ("oldpassword", _("Password now")),
            ("password1", _("New password")),
            ("password2", _("New password again")),
        ):
            self.fields[name].label = label
            self.fields[name].widget.attrs.pop("placeholder", None)
        self.fields["oldpassword"].help_text = ""
        self.fields["password1"].help_text = password_validators_help_text_html()


class FirstSignInForm(forms.Form):
    """The user name and printed code of the letter, and the password wanted, twice."""

    username = _username()
    code = forms.CharField(
        label=_("One-time code"),
        max_length=40,
        help_text=_("As printed on your letter; capitals and hyphens do not matter."),
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "class": "code",
            }
        ),
    )
    password = forms.CharField(
        label=_("New password"),
        strip=False,
        help_text=password_validators_help_text_html,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("New password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_username(self) -> str:
        """User names are lower case; a phone's keyboard likes capitals."""
        return str(self.cleaned_data["username"]).strip().lower()

    def clean_password(self) -> str:
        """Refuse what is easy to guess, saying why."""
        password = str(self.cleaned_data["password"])
        validate_password(password)
        return password

    def clean(self) -> dict[str, Any]:
        """Both passwords must agree."""
        cleaned = super().clean() or {}
        if "password" in cleaned and cleaned.get("again") != cleaned["password"]:
            self.add_error("again", _("The two passwords differ."))
        return cleaned

    def given(self) -> FirstPassword:
        """What the command takes."""
        typed = self.cleaned_data
        return FirstPassword(typed["username"], typed["code"], typed["password"])


class PersonForm(forms.Form):
    """Which person the auditor asks about."""

    person = forms.IntegerField(
        label=_("Person number"),
        min_value=1,
        max_value=MOST_ID,
        help_text=_("The number under which the register holds the person."),
    )


class AccountsForm(PagedForm):
    """Whom the list of accounts is asked for, and where it goes on."""

    q = forms.CharField(label=_("Name or user name"), required=False, max_length=200)


@dataclass(frozen=True, slots=True)
class Territory:
    """Where an administrator may open accounts and give which roles, on this day."""

    units: frozenset[int] | None
    on: date
    offered: Sequence[UnitRow]
    organisations: Sequence[OrganisationRow]
    roles: frozenset[str]

    def roles_bound_to(self, bound: Bound) -> list[str]:
        """Those of the roles the administrator may give that are bound to this."""
        return [name for name in roles_bound_to(bound) if name in self.roles]


def _offer(form: forms.Form, territory: Territory, *units: str) -> None:
    """Keep the form's units and organisations within the territory."""
    for name in units:
        field = form.fields[name]
        assert isinstance(field, UnitField)
        field.keep_within(territory.units, territory.on, territory.offered)
    organisation = form.fields["organisation"]
    assert isinstance(organisation, forms.TypedChoiceField)
    organisation.choices = [
        ("", gettext("None")),
        *((one.id, one.name) for one in territory.organisations),
    ]


def _organisation() -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=_("Organisation"), required=False, coerce=int, empty_value=None
    )


def _role_choices(names: Iterable[str]) -> list[tuple[str, Any]]:
    return [
        (
            name,
            format_html(
                "<span><strong>{}</strong><small>{}</small></span>",
                gettext(ROLES[name].label),
                gettext(ROLES[name].purpose),
            ),
        )
        for name in names
    ]


GIVEN_AT = {Bound.UNIT: _("At a unit"), Bound.ORGANISATION: _("At a laboratory")}
"""Roles that a territory's administrator may give; a role bound to nothing is beyond every one."""


class NewAccountForm(forms.Form):
    """Who the person is, whose accounts it is counted among, and what it may do from today."""

    full_name = forms.CharField(
        label=_("Full name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    username = forms.CharField(
        label=_("User name"),
        required=False,
        max_length=40,
        help_text=_("Leave empty to have one proposed from the name."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    unit = UnitField(
        label=_("Unit"),
        help_text=_("Name or code. The administrators of this unit look after the account."),
    )
    organisation = _organisation()
    unit_roles = forms.MultipleChoiceField(
        label=_("Roles at a unit"), required=False, widget=forms.CheckboxSelectMultiple
    )
    role_unit = UnitField(
        label=_("Where these roles hold"),
        required=False,
        help_text=_("Leave empty for the unit above."),
    )
    laboratory_roles = forms.MultipleChoiceField(
        label=_("Roles in a laboratory"), required=False, widget=forms.CheckboxSelectMultiple
    )
    last_day = day_field(
        _("Last day of the roles"), help_text=_("Leave empty: until further notice.")
    )

    FIELDS = {
        AccessRefusal.BAD_USERNAME: "username",
        AccessRefusal.USERNAME_TAKEN: "username",
        AccessRefusal.CLOSED: "username",
        AccessRefusal.OWN_ACCOUNT: "username",
        AccessRefusal.NO_NAME: "full_name",
        AccessRefusal.BEYOND_TERRITORY: "unit",
        AccessRefusal.UNKNOWN_UNIT: "unit",
        AccessRefusal.NOT_A_PROVINCE: "role_unit",
        AccessRefusal.UNKNOWN_ORGANISATION: "organisation",
        AccessRefusal.BAD_DAYS: "last_day",
    }

    def __init__(self, *args: Any, territory: Territory, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = territory.on
        _offer(self, territory, "unit", "role_unit")
        for name, bound in (("unit_roles", Bound.UNIT), ("laboratory_roles", Bound.ORGANISATION)):
            field = self.fields[name]
            assert isinstance(field, forms.MultipleChoiceField)
            field.choices = _role_choices(territory.roles_bound_to(bound))

    def clean_full_name(self) -> str:
        """Single spaces, so that the same name sent twice is the same account."""
        return " ".join(str(self.cleaned_data["full_name"]).split())

    def clean_username(self) -> str:
        """User names are lower case; that of this very page's address stays free."""
        username = str(self.cleaned_data["username"]).strip().lower()
        if username and (username == "new" or not rules.USERNAME.fullmatch(username)):
            raise forms.ValidationError(gettext(AccessRefusal.BAD_USERNAME.sentence))
        return username

    def clean(self) -> dict[str, Any]:
        """Roles in a laboratory need the laboratory; a last day is not in the past."""
        cleaned = super().clean() or {}
        if cleaned.get("laboratory_roles") and cleaned.get("organisation") is None:
            self.add_error(
                "organisation", _("Choose the laboratory in which these roles are to hold.")
            )
        last_day = cleaned.get("last_day")
        if last_day is not None and last_day < self.today:
            self.add_error("last_day", gettext(AccessRefusal.BAD_DAYS.sentence))
        return cleaned

    def account(self) -> NewAccount:
        """What the command opens."""
        asked = self.cleaned_data
        return NewAccount(
            asked["username"], asked["full_name"], asked["unit"].id, asked["organisation"]
        )

    def assignments(self) -> list[NewAssignment]:
        """What the command gives, from today."""
        asked = self.cleaned_data
        days = (self.today, asked["last_day"])
        unit = (asked["role_unit"] or asked["unit"]).id
        return [
            *(
                NewAssignment(asked["username"], role, unit, None, *days)
                for role in asked["unit_roles"]
            ),
            *(
                NewAssignment(asked["username"], role, None, asked["organisation"], *days)
                for role in asked["laboratory_roles"]
            ),
        ]

    def say(self, refused: Iterable[Refused[Any]]) -> None:
        """Put each refusal by the field it is about."""
        _say(self, refused, self.FIELDS)


class GiveRoleForm(forms.Form):
    """One more role for an account."""

    role = forms.ChoiceField(label=_("Role"))
    unit = UnitField(
        label=_("Unit"), required=False, help_text=_("Name or code; for roles at a unit.")
    )
    organisation = _organisation()
    first_day = day_field(_("First day"), required=True)
    last_day = day_field(_("Last day"), help_text=_("Leave empty: until further notice."))

    FIELDS = {
        AccessRefusal.BAD_DAYS: "last_day",
        AccessRefusal.OVERLAPS: "first_day",
        AccessRefusal.UNKNOWN_UNIT: "unit",
        AccessRefusal.NOT_A_PROVINCE: "unit",
        AccessRefusal.UNKNOWN_ORGANISATION: "organisation",
        AccessRefusal.UNKNOWN_ROLE: "role",
        AccessRefusal.WRONG_BOUND: "role",
        AccessRefusal.PROVINCE_GIVES: "role",
    }

    def __init__(self, *args: Any, territory: Territory, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, territory, "unit")
        self.fields["organisation"].help_text = _("For roles in a laboratory.")
        role = self.fields["role"]
        assert isinstance(role, forms.ChoiceField)
        role.choices = [
            (words, [(name, gettext(ROLES[name].label)) for name in names])
            for bound, words in GIVEN_AT.items()
            if (names := territory.roles_bound_to(bound))
        ]
        self.in_laboratories = bool(territory.roles_bound_to(Bound.ORGANISATION))

    def clean(self) -> dict[str, Any]:
        """The role says whether it needs a unit or an organisation."""
        cleaned = super().clean() or {}
        if cleaned.get("role"):
            bound = ROLES[cleaned["role"]].bound
            if bound is Bound.UNIT and "unit" in cleaned and cleaned["unit"] is None:
                self.add_error("unit", _("This role holds at a unit: say which."))
            if bound is Bound.ORGANISATION and cleaned.get("organisation") is None:
                self.add_error("organisation", _("This role holds in a laboratory: say which."))
        return cleaned

    def assignment(self, username: str) -> NewAssignment:
        """What the command gives."""
        asked = self.cleaned_data
        at_unit = ROLES[asked["role"]].bound is Bound.UNIT
        return NewAssignment(
            username,
            asked["role"],
            asked["unit"].id if at_unit else None,
            None if at_unit else asked["organisation"],
            asked["first_day"],
            asked["last_day"],
        )

    def say(self, refused: Iterable[Refused[Any]]) -> None:
        """Put each refusal by the field it is about."""
        _say(self, refused, self.FIELDS)


class EndRoleForm(forms.Form):
    """Which role shall end on which day; all but the day is what the page itself sends."""

    role = forms.CharField(max_length=40)
    unit_id = forms.IntegerField(required=False)
    organisation_id = forms.IntegerField(required=False)
    last_day = day_field(_("Last day"), required=True)

    def ending(self, username: str) -> EndedAssignment:
        """What the command ends."""
        asked = self.cleaned_data
        return EndedAssignment(
            username, asked["role"], asked["last_day"], asked["unit_id"], asked["organisation_id"]
        )


def _say(
    form: forms.Form, refused: Iterable[Refused[Any]], fields: dict[AccessRefusal, str]
) -> None:
    for one in refused:
        reason = AccessRefusal(one.reason)
        form.add_error(fields.get(reason), gettext(reason.sentence))
