"""Whom a recall concerns: how many in which unit, and who in a unit of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from som.access.queries import system_actor
from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.people.rules import masked
from som.results.queries.recalls import COVERED_SWABS, PERMISSION, RecallRow, recall


def _these(row: RecallRow) -> str:
    """The swabs of a recall: those that it would take back, or those that it took back."""
    if row.open:
        return COVERED_SWABS + ", these AS (SELECT DISTINCT swab_id FROM covered)"
    return "WITH these AS (SELECT swab_id FROM results_result WHERE recall_id = ANY(%(recalls)s))"


def localities(recall_id: int, *, by: Actor) -> list[tuple[int, int]]:
    """Units with how many of their people's answers a recall takes back or took back, most first.

    Of a proposal also whoever waits for a release that would not come. Numbers alone, as in
    `preview`. Raises `NotFound` outside the actor's laboratories.
    """
    found = recall(recall_id, by=by)
    with scope.entered(by, PERMISSION, behalf=system_actor("results")):
        lines = sql.rows(
            _these(found)
            + """
            SELECT coalesce(w.residence_id, w.unit_id), count(*)
            FROM these s JOIN sampling_swab w ON w.id = s.swab_id
            GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 200
            """,
            {"recalls": [found.id]},
        )
    return [(unit, number) for unit, number in lines]


@dataclass(frozen=True, slots=True)
class Recalled:
    """Somebody whom a recall concerns, by a name not written out."""

    swab: int
    name: str
    birth_year: int | None
    tube: str
    taken_at: datetime


def people_of_recall(
    recall_id: int, unit: int, *, by: Actor, at: datetime, after: int = 0, limit: int = 100
) -> list[Recalled]:
    """Whom of a unit a recall concerns, for whoever reads results there; `after`: the last swab had.

    The reading is noted. Raises `NotFound` outside the actor's laboratories.
    """
    found = recall(recall_id, by=by)
    with scope.entered(by, "results.read", unit=unit):
        lines = sql.rows(
            _these(found)
            + """
            SELECT w.id, coalesce(nullif(w.name, ''), p.name, ''),
                   coalesce(w.birth_year, extract(year FROM w.birth_date)::int), t.code, w.taken_at,
                   w.person_id
            FROM these s JOIN sampling_swab w ON w.id = s.swab_id
            JOIN sampling_tube t ON t.id = w.tube_id
            LEFT JOIN people_person p ON p.id = w.person_id
            WHERE coalesce(w.residence_id, w.unit_id) = %(unit)s AND w.id > %(after)s
            ORDER BY w.id LIMIT %(limit)s
            """,
            {"recalls": [found.id], "unit": unit, "after": after, "limit": limit},
        )
        audit.record(
            by,
            "results.people_of_recall",
            at=at,
            persons=[line[5] for line in lines],
            kind=audit.READ,
        )
    return [Recalled(line[0], masked(line[1]), *line[2:5]) for line in lines]
