"""How much of what a laboratory may test in a day is used."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from som.kernel import sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.errors import NotAllowed
from som.places.queries import organisations_by_id


@dataclass(frozen=True, slots=True)
class CapacityRow:
    """What a laboratory may test on a day, and what it has loaded; None: no ceiling was set."""

    lab: int
    on: date
    tests_a_day: int | None
    used: int

    @property
    def left(self) -> int | None:
        return None if self.tests_a_day is None else max(0, self.tests_a_day - self.used)


def capacity_used(lab: int, *, on: date, by: Actor) -> CapacityRow:
    """A laboratory's ceiling on a day of the country's clock, and how many tests were loaded.

    For those who see its worklists, and for those who set its ceiling.
    """
    (found,) = capacities_used([lab], on=on, by=by)
    return found


def capacities_used(labs: Sequence[int], *, on: date, by: Actor) -> list[CapacityRow]:
    """As `capacity_used` for several laboratories, in their order. One that is not the actor's to
    see refuses all."""
    units = {lab.id: lab.unit_id for lab in organisations_by_id(labs).values()}
    for lab in labs:
        if by.may("lab.see", organisation=lab):
            continue
        if lab not in units or not by.may("lab.set_capacity", unit=units[lab]):
            raise NotAllowed("lab.set_capacity")
    first = datetime.combine(on, time.min, LOCAL)
    found = {
        line[0]: (line[1], line[2])
        for line in sql.rows(
            """
            SELECT g.lab,
                   (SELECT c.tests_a_day FROM lab_capacity c
                    WHERE c.lab_id = g.lab AND c.valid_from <= %s
                    ORDER BY c.valid_from DESC LIMIT 1),
                   (SELECT count(*) FROM lab_load l
                    WHERE l.lab_id = g.lab AND l.kind IN ('tube', 'pool')
                      AND l.loaded_at >= %s AND l.loaded_at < %s)
            FROM unnest(%s::int[]) AS g (lab)
            """,
            (on, first, first + timedelta(days=1), list(labs)),
        )
    }
    return [CapacityRow(lab, on, *found[lab]) for lab in labs]


def ceilings_to_come(
    labs: Sequence[int], *, after: date, by: Actor
) -> dict[int, list[tuple[date, int]]]:
    """The ceilings that hold only from a later day on, by laboratory of the actor's territory."""
    units = {lab.id: lab.unit_id for lab in organisations_by_id(labs).values()}
    for lab in labs:
        if lab not in units or not by.may("lab.set_capacity", unit=units[lab]):
            raise NotAllowed("lab.set_capacity")
    found: dict[int, list[tuple[date, int]]] = {}
    for lab, first, tests in sql.rows(
        "SELECT lab_id, valid_from, tests_a_day FROM lab_capacity"
        " WHERE lab_id = ANY(%s) AND valid_from > %s ORDER BY lab_id, valid_from",
        (list(labs), after),
    ):
        found.setdefault(lab, []).append((first, tests))
    return found


def loads_by_day(days: Collection[date], *, lab: int) -> dict[date, int]:
    """How many tubes and pools a laboratory loaded on each of these days. Controls do not count."""
    if not days:
        return {}
    first = datetime.combine(min(days), time.min, LOCAL)
    end = datetime.combine(max(days), time.min, LOCAL) + timedelta(days=1)
    return dict(
        sql.rows(
            """
            SELECT (loaded_at AT TIME ZONE %s)::date, count(*) FROM lab_load
            WHERE lab_id = %s AND kind IN ('tube', 'pool')
              AND loaded_at >= %s AND loaded_at < %s GROUP BY 1
            """,
            (str(LOCAL), lab, first, end),
        )
    )
