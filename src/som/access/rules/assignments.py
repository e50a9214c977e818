"""Roles that accounts hold: who may give and end which, where and for which days."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from som.access.roles import ROLES, Bound
from som.access.rules.accounts import AccountRow, administers, within
from som.access.rules.refusals import AccessRefusal
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refused

Days = tuple[date, date | None]
"""First and last day, both included; no last day means until further notice."""


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
