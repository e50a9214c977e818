"""Accounts, the codes that open them, and who looks after which."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from som.access.roles import given_with
from som.access.rules.refusals import AccessRefusal
from som.kernel.actors import Actor
from som.kernel.ids import fold
from som.kernel.outcomes import Outcome, Refused

FIRST_CODE_DAYS = 14
"""A printed first code works this long: two weeks cover the post and one missed shift."""

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,39}")
"""Lower-case letters without marks, digits, dot, underscore, hyphen: typed alike on every keyboard."""

LANGUAGES = ("vi", "en")


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
