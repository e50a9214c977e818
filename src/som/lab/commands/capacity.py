"""Ceilings: how much a laboratory may test in a day."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.outcomes import Outcome, Refused
from som.lab import rules
from som.lab.queries.capacity import loads_by_day
from som.lab.rules import CapacityRefusal, CapacityWanted
from som.lab.rules.capacity import FURTHEST
from som.places.queries import organisations_by_id
from som.places.rules import OrganisationKind


def set_capacities(
    capacities: Sequence[CapacityWanted], *, by: Actor, at: datetime
) -> Outcome[CapacityWanted]:
    """Set how many tests laboratories of the actor's territory may load a day, from a day on.

    Refuses a laboratory that is not there, a number below 0, and a day that is past, as what was
    allowed then stays known, or far ahead. A ceiling already set for that day is replaced by
    another number. Locks the ceilings in the order of their laboratories and days.
    """
    outcome: Outcome[CapacityWanted] = Outcome()
    with scope.entered(by, "lab.set_capacity"):
        today = at.astimezone(LOCAL).date()
        labs = {
            one.id
            for one in organisations_by_id([c.lab for c in capacities]).values()
            if one.kind == OrganisationKind.LABORATORY
            and by.may("lab.set_capacity", unit=one.unit_id)
        }
        asked = ([c.lab for c in capacities], [c.valid_from for c in capacities])
        before = {
            (line[0], line[1]): line[2]
            for line in sql.rows(
                """
                SELECT lab_id, valid_from, tests_a_day FROM lab_capacity
                WHERE (lab_id, valid_from) IN (SELECT * FROM unnest(%s::int[], %s::date[]))
                ORDER BY lab_id, valid_from FOR UPDATE
                """,
                asked,
            )
        }
        wanted: dict[tuple[int, date], int] = {}
        for given in capacities:
            key = given.lab, given.valid_from
            if given.lab not in labs:
                outcome.refused.append(Refused(given, CapacityRefusal.LAB_UNKNOWN))
            elif given.tests_a_day < 0:
                outcome.refused.append(Refused(given, CapacityRefusal.NO_NUMBER))
            elif wanted.get(key, before.get(key)) == given.tests_a_day:
                outcome.unchanged.append(given)
            elif given.valid_from < today:
                outcome.refused.append(Refused(given, CapacityRefusal.PAST))
            elif given.valid_from > today + FURTHEST:
                outcome.refused.append(Refused(given, CapacityRefusal.FAR))
            elif key in wanted:
                outcome.refused.append(Refused(given, CapacityRefusal.GIVEN_TWICE))
            else:
                wanted[key] = given.tests_a_day
                outcome.done.append(given)
        sql.execute(
            """
            INSERT INTO lab_capacity (lab_id, valid_from, tests_a_day, set_at, set_by)
            SELECT g.lab, g.day, g.tests, %s, %s
            FROM unnest(%s::int[], %s::date[], %s::int[]) AS g (lab, day, tests)
            ORDER BY g.lab, g.day
            ON CONFLICT (lab_id, valid_from) DO UPDATE
            SET tests_a_day = EXCLUDED.tests_a_day, set_at = EXCLUDED.set_at,
                set_by = EXCLUDED.set_by
            """,
            (
                at,
                by.name,
                [lab for lab, _ in wanted],
                [day for _, day in wanted],
                list(wanted.values()),
            ),
        )
        audit.record(
            by,
            "lab.set_capacities",
            at=at,
            note={
                "set": [[lab, str(day), tests] for (lab, day), tests in wanted.items()],
                "refused": len(outcome.refused),
            },
        )
    return outcome


def room_on(days: Collection[date], *, lab: int) -> dict[date, int | None]:
    """How many tests this laboratory may still load on each of these days; None: no ceiling.

    Inside another command's transaction. Locks the laboratory's ceilings, so that of two plates
    begun at the same moment the second counts the first.
    """
    ceilings = [
        (line[0], line[1])
        for line in sql.rows(
            "SELECT valid_from, tests_a_day FROM lab_capacity WHERE lab_id = %s"
            " ORDER BY valid_from FOR UPDATE",
            (lab,),
        )
    ]
    # A day's tests are only counted where there is a ceiling to hold them against.
    loaded = loads_by_day(days, lab=lab) if ceilings else {}
    room: dict[date, int | None] = {}
    for day in days:
        ceiling = rules.ceiling_on(ceilings, day)
        room[day] = None if ceiling is None else max(0, ceiling - loaded.get(day, 0))
    return room
