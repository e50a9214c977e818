"""Judgements about accounts, codes and assignments. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from som.access.roles import ROLES, Bound, given_with
from som.kernel.actors import Actor
from som.kernel.ids import fold
from som.kernel.outcomes import Outcome, Refusal, Refused, gettext_noop

FIRST_CODE_DAYS = 14
"""A printed first code works this long: two weeks cover the post and one missed shift."""

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,39}")
"""Lower-case letters without marks, digits, dot, underscore, hyphen: typed alike on every keyboard."""

LANGUAGES = ("vi", "en")

Days = tuple[date, date | None]
"""First and last day, both included; no last day means until further notice."""


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


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to open. `unit_id` is the unit whose administrators look after it."""

    username: str
    full_name: str
    unit_id: int
    organisation_id: int | None = None
    language: str = "vi"


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as it stands.

    `reaches` are its roles of today or later, each with the unit it is held at, or in which its
    organisation lies; None for a role that is bound to nothing.
    """

    id: int
    username: str
    full_name: str
    unit_id: int
    organisation_id: int | None
    language: str
    closed_at: datetime | None
    reaches: frozenset[tuple[str, int | None]] = frozenset()


@dataclass(frozen=True, slots=True)
class FirstCode:
    """A one-time code to print; `code` is empty where none was issued."""

    username: str
    code: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FirstPassword:
    """What a person types at the first sign-in."""

    username: str
    code: str
    password: str

    def __repr__(self) -> str:
        return f"FirstPassword({self.username!r})"


@dataclass(frozen=True, slots=True)
class NewAssignment:
    """A role for an account, at a unit, an organisation or neither, for these days."""

    username: str
    role: str
    unit_id: int | None = None
    organisation_id: int | None = None
    valid_from: date = date.min
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class EndedAssignment:
    """A role an account shall hold no longer than this day."""

    username: str
    role: str
    last_day: date
    unit_id: int | None = None
    organisation_id: int | None = None


Key = tuple[int, str, int | None, int | None]
"""What an assignment is of: account, role, unit, organisation."""


class AccountState(StrEnum):
    """How far an account has come; the words and colours are in the table of states."""

    OPENED = "account_opened"
    CODE_ISSUED = "code_issued"
    IN_USE = "in_use"
    CLOSED = "account_closed"


def account_state(
    *, closed: bool, has_password: bool, code_until: datetime | None, at: datetime
) -> AccountState:
    """What the list of accounts says: a code that waits to be used comes before the password."""
    if closed:
        return AccountState.CLOSED
    if code_until is not None and code_until > at:
        return AccountState.CODE_ISSUED
    return AccountState.IN_USE if has_password else AccountState.OPENED


def proposed_usernames(full_name: str) -> list[str]:
    """User names to choose from: given name and initials, then the same with a number.

    Nguyễn Thị Lan becomes lan.nt; what a user name cannot hold is left out.
    """
    words = [part for part in re.split(r"[^a-z0-9]+", fold(full_name)) if part]
    if not words:
        return []
    initials = "".join(word[0] for word in words[:-1])
    stem = ".".join(part for part in (words[-1], initials) if part)[:36]
    stem = stem if len(stem) > 2 else f"{stem}.sm"
    return [stem, *(f"{stem}{number}" for number in range(2, 100))]


def first_code_expiry(at: datetime) -> datetime:
    """The moment from which a code issued now works no more."""
    return at + timedelta(days=FIRST_CODE_DAYS)


def first_code_hash(username: str, code: str) -> str:
    """What is kept of a code. It has 60 random bits, so one quick hash is enough."""
    return hashlib.sha256(f"som first code:{username}:{code}".encode()).hexdigest()


def within(territory: frozenset[int] | None, units: Collection[int]) -> bool:
    """Whether all these units lie in the territory; None is the whole country."""
    return territory is None or all(unit in territory for unit in units)


def administers(by: Actor, role: str, unit_id: int | None) -> bool:
    """Whether this actor may give or end this role at this unit.

    A role bound to nothing is beyond every territory.
    """
    territory = by.units_for(given_with(role))
    return territory is None or (unit_id is not None and unit_id in territory)


def may_take_over(account: AccountRow, by: Actor) -> bool:
    """Whether this actor may have the account's password replaced, or close the account.

    A new code is a way into the account, and closing ends all its roles: the actor must administer
    the account's unit and every role it holds.
    """
    return within(by.units_for("access.manage"), {account.unit_id}) and all(
        administers(by, role, unit) for role, unit in account.reaches
    )


def judge_new_accounts(
    accounts: Sequence[NewAccount],
    held: Mapping[str, AccountRow],
    *,
    territory: frozenset[int] | None,
    units: Collection[int],
    organisations: Collection[int],
) -> Outcome[NewAccount]:
    """Which accounts to open. The same account again stays; the first of a batch has the name."""
    outcome: Outcome[NewAccount] = Outcome()
    opening: dict[str, NewAccount] = {}
    for account in accounts:
        reason: AccessRefusal | None = None
        standing = held.get(account.username)
        if not USERNAME.fullmatch(account.username):
            reason = AccessRefusal.BAD_USERNAME
        elif not account.full_name.strip():
            reason = AccessRefusal.NO_NAME
        elif account.language not in LANGUAGES:
            reason = AccessRefusal.BAD_LANGUAGE
        elif not within(territory, {account.unit_id}):
            reason = AccessRefusal.BEYOND_TERRITORY
        elif account.unit_id not in units:
            reason = AccessRefusal.UNKNOWN_UNIT
        elif account.organisation_id is not None and account.organisation_id not in organisations:
            reason = AccessRefusal.UNKNOWN_ORGANISATION
        elif standing is not None and standing.closed_at is not None:
            reason = AccessRefusal.CLOSED
        elif standing is not None:
            same = NewAccount(
                standing.username,
                standing.full_name,
                standing.unit_id,
                standing.organisation_id,
                standing.language,
            )
            if same == account:
                outcome.unchanged.append(account)
                continue
            reason = AccessRefusal.USERNAME_TAKEN
        elif account.username in opening:
            if opening[account.username] == account:
                outcome.unchanged.append(account)
                continue
            reason = AccessRefusal.USERNAME_TAKEN
        if reason is not None:
            outcome.refused.append(Refused(account, reason))
            continue
        opening[account.username] = account
        outcome.done.append(account)
    return outcome


def judge_new_assignments(
    assignments: Sequence[NewAssignment],
    accounts: Mapping[str, AccountRow],
    held: Mapping[Key, Sequence[Days]],
    *,
    by: Actor,
    units: Collection[int],
    provinces: Collection[int],
    organisation_units: Mapping[int, int | None],
) -> Outcome[NewAssignment]:
    """Which assignments to give; `provinces` are those of `units` that are one.

    Days already held wholly are unchanged; a partial overlap refuses.
    """
    outcome: Outcome[NewAssignment] = Outcome()
    days = {key: list(spans) for key, spans in held.items()}
    for new in assignments:
        reason = _refused_assignment(new, accounts, by, units, provinces, organisation_units)
        if reason is not None:
            outcome.refused.append(Refused(new, reason))
            continue
        key = (accounts[new.username].id, new.role, new.unit_id, new.organisation_id)
        spans = days.setdefault(key, [])
        span = (new.valid_from, new.valid_to)
        if span in spans:
            outcome.unchanged.append(new)
        elif any(_meet(span, other) for other in spans):
            outcome.refused.append(Refused(new, AccessRefusal.OVERLAPS, str(new.valid_from)))
        else:
            spans.append(span)
            outcome.done.append(new)
    return outcome


def _refused_assignment(
    new: NewAssignment,
    accounts: Mapping[str, AccountRow],
    by: Actor,
    units: Collection[int],
    provinces: Collection[int],
    organisation_units: Mapping[int, int | None],
) -> AccessRefusal | None:
    account = accounts.get(new.username)
    if account is None:
        return AccessRefusal.UNKNOWN_ACCOUNT
    if account.closed_at is not None:
        return AccessRefusal.CLOSED
    if by.account_id is not None and account.id == by.account_id:
        return AccessRefusal.OWN_ACCOUNT
    if new.valid_to is not None and new.valid_to < new.valid_from:
        return AccessRefusal.BAD_DAYS
    wrong = refused_bound(new.role, new.unit_id, new.organisation_id, units, organisation_units)
    if wrong is not None:
        return wrong
    if ROLES[new.role].of_provinces and new.unit_id not in provinces:
        return AccessRefusal.NOT_A_PROVINCE
    return _refused_place(by, new, organisation_units)


def refused_bound(
    role: str,
    unit_id: int | None,
    organisation_id: int | None,
    units: Collection[int],
    organisation_units: Mapping[int, int | None],
) -> AccessRefusal | None:
    """What is wrong with the place an assignment names, if anything."""
    line = ROLES.get(role)
    if line is None:
        return AccessRefusal.UNKNOWN_ROLE
    named = (unit_id is not None, organisation_id is not None)
    if named != (line.bound is Bound.UNIT, line.bound is Bound.ORGANISATION):
        return AccessRefusal.WRONG_BOUND
    if unit_id is not None and unit_id not in units:
        return AccessRefusal.UNKNOWN_UNIT
    if organisation_id is not None and organisation_id not in organisation_units:
        return AccessRefusal.UNKNOWN_ORGANISATION
    return None


def seat_of(
    unit_id: int | None,
    organisation_id: int | None,
    organisation_units: Mapping[int, int | None],
) -> int | None:
    """The unit an assignment is held at; an organisation counts as lying in its unit."""
    return unit_id if unit_id is not None else organisation_units.get(organisation_id or 0)


def _refused_place(
    by: Actor,
    asked: NewAssignment | EndedAssignment,
    organisation_units: Mapping[int, int | None],
) -> AccessRefusal | None:
    seat = seat_of(asked.unit_id, asked.organisation_id, organisation_units)
    if administers(by, asked.role, seat):
        return None
    if seat is not None and within(by.units_for("access.manage"), {seat}):
        return AccessRefusal.PROVINCE_GIVES
    return AccessRefusal.BEYOND_TERRITORY


def judge_endings(
    endings: Sequence[EndedAssignment],
    accounts: Mapping[str, AccountRow],
    held: Mapping[Key, Sequence[Days]],
    *,
    by: Actor,
    organisation_units: Mapping[int, int | None],
) -> tuple[Outcome[EndedAssignment], dict[tuple[Key, date], date]]:
    """Which assignments end when: for an account's role and its first day, the new last day.

    Ending twice takes the earlier day, in whichever order they come.
    """
    outcome: Outcome[EndedAssignment] = Outcome()
    ends: dict[tuple[Key, date], date] = {}
    for ending in sorted(endings, key=lambda one: one.last_day, reverse=True):
        account = accounts.get(ending.username)
        if account is None:
            outcome.refused.append(Refused(ending, AccessRefusal.UNKNOWN_ACCOUNT))
            continue
        beyond = _refused_place(by, ending, organisation_units)
        if beyond is not None:
            outcome.refused.append(Refused(ending, beyond))
            continue
        key = (account.id, ending.role, ending.unit_id, ending.organisation_id)
        span = next(
            (
                (first, last)
                for first, last in held.get(key, ())
                if first <= ending.last_day and (last is None or ending.last_day <= last)
            ),
            None,
        )
        if span is None:
            outcome.refused.append(Refused(ending, AccessRefusal.NOT_HELD, str(ending.last_day)))
        elif ends.get((key, span[0]), span[1]) == ending.last_day:
            outcome.unchanged.append(ending)
        else:
            ends[(key, span[0])] = ending.last_day
            outcome.done.append(ending)
    return outcome, ends


def _meet(one: Days, other: Days) -> bool:
    return (one[1] is None or other[0] <= one[1]) and (other[1] is None or one[0] <= other[1])
