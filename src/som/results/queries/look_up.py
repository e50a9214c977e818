"""The public look-up: one slip, one second identifier, one answer."""

from __future__ import annotations

from collections.abc import Sequence
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
    return look_ups([(slip, second)], by=by, at=at)[0]


def look_ups(
    asked: Sequence[tuple[str, SecondIdentifier]], *, by: Actor, at: datetime
) -> list[Answer | None]:
    """What `look_up` answers to each of these, in their order: asked by a check of a whole day."""
    with scope.entered(by, "results.look_up"):
        found = {
            line[0]: line[1:]
            for line in sql.rows(
                """
                SELECT g.place, l.*
                FROM unnest(%s::text[], %s::date[], %s::int[], %s::text[], %s::int[])
                     WITH ORDINALITY AS g (slip, born_on, born_in, phone_end, card, place)
                CROSS JOIN LATERAL
                     results_look_up(g.slip, g.born_on, g.born_in, g.phone_end, g.card) AS l
                """,
                (
                    [ids.slip_code(slip) for slip, _ in asked],
                    [second.birth_date for _, second in asked],
                    [second.birth_year for _, second in asked],
                    [second.phone_end for _, second in asked],
                    [second.card for _, second in asked],
                ),
            )
        }
        audit.record(
            by,
            "results.look_up",
            at=at,
            persons=[line[0] for line in found.values()],
            kind=audit.READ,
        )
    return [
        Answer(masked(line[1]), *line[2:]) if (line := found.get(place)) else None
        for place in range(1, len(asked) + 1)
    ]
