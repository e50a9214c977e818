"""The public look-up: one slip, one second identifier, one answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from som.kernel import audit, ids, scope, sql
from som.kernel.actors import Actor
from som.people.rules import masked


@dataclass(frozen=True, slots=True)
class SecondIdentifier:
    """What only the person knows beside the slip: the full birth date, or birth year and phone's
    last four digits. A walk-in who gave no name yet has the serial number of their card."""

    birth_date: date | None = None
    birth_year: int | None = None
    phone_end: str = ""
    card: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one swab as its person may see it. `value` is None while it is under way."""

    name: str
    taken_at: datetime
    due_at: datetime
    version: int | None
    value: str | None
    released_at: datetime | None
    lab: str | None
    asked_again: bool


def look_up(slip: str, second: SecondIdentifier, *, by: Actor, at: datetime) -> Answer | None:
    """The answer that belongs to this slip, if the second identifier is right.

    None for an unknown slip and for a wrong identifier alike: nothing tells whether a slip exists.
    """
    with scope.entered(by, "results.look_up"):
        code = ids.slip_code(slip)
        found = sql.row(
            "SELECT * FROM results_look_up(%s, %s, %s, %s, %s)",
            (code, second.birth_date, second.birth_year, second.phone_end, second.card),
        )
        audit.record(
            by,
            "results.look_up",
            at=at,
            persons=[found[0]] if found else [],
            kind=audit.READ,
        )
    return Answer(masked(found[1]), *found[2:]) if found else None
