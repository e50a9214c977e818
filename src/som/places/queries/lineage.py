"""Units from one day to another: what became of them, and who answers for their rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from som.kernel import sql
from som.places import rules


@dataclass(frozen=True, slots=True)
class Carried:
    """What a unit is on another day: one unit; or none, because it was split or has no successor.

    `successors` are the units that hold parts of it on that day, the one unit included.
    """

    unit_id: int | None
    successors: tuple[int, ...]


def carried(unit_ids: Iterable[int], to: date) -> dict[int, Carried]:
    """Follow each unit's lineage to a day. Known codes are not enough: they are used again.

    A day before the unit began carries it nowhere.
    """
    starts = list(dict.fromkeys(unit_ids))
    found = sql.rows(
        """
        WITH RECURSIVE walk(start, id) AS (
            SELECT id, id FROM unnest(%(ids)s::int[]) AS asked(id)
            UNION
            SELECT w.start, l.new_id
            FROM walk w JOIN places_unit u ON u.id = w.id AND u.valid_to < %(to)s
            JOIN places_lineage l ON l.old_id = u.id
        )
        SELECT w.start, w.id, u.valid_to IS NULL OR u.valid_to >= %(to)s
        FROM walk w JOIN places_unit u ON u.id = w.id
        WHERE u.valid_from <= %(to)s
          AND (u.valid_to IS NULL OR u.valid_to >= %(to)s
               OR NOT EXISTS (SELECT 1 FROM places_lineage l WHERE l.old_id = u.id))
        """,
        {"ids": starts, "to": to},
    )
    alive: dict[int, set[int]] = defaultdict(set)
    lost: set[int] = set()
    for start, unit_id, is_alive in found:
        if is_alive:
            alive[start].add(unit_id)
        else:
            lost.add(start)
    return {
        start: Carried(
            next(iter(alive[start])) if len(alive[start]) == 1 and start not in lost else None,
            tuple(sorted(alive[start])),
        )
        for start in starts
    }


def covered_ids(unit_ids: Iterable[int]) -> frozenset[int]:
    """Every unit for whose rows these units answer: themselves, those below, those before."""
    found = sql.rows(
        "SELECT DISTINCT covered_id FROM places_coverage WHERE unit_id = ANY (%s)",
        (list(set(unit_ids)),),
    )
    return frozenset(row[0] for row in found)


def provinces_over(unit_ids: Iterable[int], on: date) -> dict[int, int]:
    """The province of a day that answers for each of these units, whatever era they are of."""
    return dict(
        sql.rows(
            """
            SELECT c.covered_id, u.id FROM places_coverage c JOIN places_unit u ON u.id = c.unit_id
            WHERE c.covered_id = ANY (%(units)s) AND u.level = 1
              AND u.valid_from <= %(on)s AND (u.valid_to IS NULL OR u.valid_to >= %(on)s)
            """,
            {"units": list(set(unit_ids)), "on": on},
        )
    )


def units_with_provinces(ids: Iterable[int], on: date) -> dict[int, int | None]:
    """Those of these ids that are units', each with the province of a day that answers for it."""
    return dict(
        sql.rows(
            """
            SELECT h.id, (
                SELECT u.id FROM places_coverage c JOIN places_unit u ON u.id = c.unit_id
                WHERE c.covered_id = h.id AND u.level = 1
                  AND u.valid_from <= %(on)s AND (u.valid_to IS NULL OR u.valid_to >= %(on)s)
                LIMIT 1)
            FROM places_unit h WHERE h.id = ANY (%(ids)s)
            """,
            {"ids": list(set(ids)), "on": on},
        )
    )


def reaggregate(values: Mapping[int, float], to: date) -> rules.Reaggregated:
    """A series of numbers by unit, carried to the units of another day.

    Numbers of units that were split cannot be carried; their share is said, not spread.
    """
    found = carried(values, to)
    return rules.reaggregated(values, {unit: found[unit].unit_id for unit in values})
