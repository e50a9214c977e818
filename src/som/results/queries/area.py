"""The answers of an area, day by day: for the unit where people live or were swabbed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.people.rules import masked
from som.places.queries import covered_ids
from som.results.rules import ANSWERED, NOT_ANSWERED


@dataclass(frozen=True, slots=True)
class AreaAnswer:
    """A swab of the area with its last answer, if there is one; the name as others may see it."""

    swab: int
    taken_at: datetime
    name: str
    sex: str | None
    birth_year: int | None
    residence: int | None
    unit: int
    value: str | None
    version: int | None
    released_at: datetime | None


# Swabs of sessions of the area, and of people who live there wherever they were swabbed.
AREA = """
WITH area AS (
    SELECT w.id FROM sampling_session s
    JOIN sampling_tube t ON t.session_id = s.id JOIN sampling_swab w ON w.tube_id = t.id
    WHERE s.unit_id = ANY(%(units)s) AND s.starts_at < %(until)s
      AND (s.closed_at IS NULL OR s.closed_at >= %(since)s)
      AND w.taken_at >= %(since)s AND w.taken_at < %(until)s
    UNION
    SELECT w.id FROM sampling_swab w
    WHERE w.residence_id = ANY(%(units)s)
      AND w.taken_at >= %(since)s AND w.taken_at < %(until)s
)
"""
_LAST = """
LEFT JOIN LATERAL (
    SELECT r.value, r.version, r.released_at FROM results_result r WHERE r.swab_id = w.id
    ORDER BY r.version DESC LIMIT 1
) r ON true
"""


def asked_of(unit: int, on: date) -> dict[str, Any]:
    """What `AREA` asks for: the unit with all it covers, and the day."""
    since = datetime.combine(on, time(), LOCAL)
    return {
        "units": sorted(covered_ids([unit])),
        "since": since,
        "until": since + timedelta(days=1),
    }


def answers_of_area(
    unit: int,
    *,
    on: date,
    by: Actor,
    at: datetime,
    value: str = "",
    after: tuple[datetime, int] | None = None,
    limit: int = 100,
) -> list[AreaAnswer]:
    """Swabs taken on a day in this unit or of people who live there, in the order of their taking.

    Those with this last answer where a `value` is named, with any (`ANSWERED`) or with none yet
    (`NOT_ANSWERED`). The reading is noted.
    """
    by.must("results.read", unit=unit)
    with scope.entered(by, "results.read"):
        last, number = after or (None, None)
        lines = sql.rows(
            f"""
            {AREA}
            SELECT w.id, w.taken_at, coalesce(nullif(w.name, ''), p.name, ''), w.sex,
                   coalesce(w.birth_year, extract(year FROM w.birth_date)::int), w.residence_id,
                   w.unit_id, r.value, r.version, r.released_at, w.person_id
            FROM area JOIN sampling_swab w ON w.id = area.id
            LEFT JOIN people_person p ON p.id = w.person_id {_LAST}
            WHERE (%(value)s = '' OR r.value = %(value)s
                   OR %(value)s = '{ANSWERED}' AND r.value IS NOT NULL
                   OR %(value)s = '{NOT_ANSWERED}' AND r.value IS NULL)
              AND (%(last)s::timestamptz IS NULL OR (w.taken_at, w.id) > (%(last)s, %(number)s))
            ORDER BY w.taken_at, w.id LIMIT %(limit)s
            """,
            asked_of(unit, on) | {"value": value, "last": last, "number": number, "limit": limit},
        )
        audit.record(
            by,
            "results.answers_of_area",
            at=at,
            persons=[line[10] for line in lines],
            kind=audit.READ,
        )
    return [AreaAnswer(*[*line[:2], masked(line[2]), *line[3:10]]) for line in lines]


def answers_counted(unit: int, *, on: date, by: Actor) -> dict[str, int]:
    """How many of those swabs have each last answer; under '' those that have none yet."""
    by.must("results.read", unit=unit)
    with scope.entered(by, "results.read"):
        return dict(
            sql.rows(
                f"{AREA} SELECT coalesce(r.value, ''), count(*)"
                f" FROM area JOIN sampling_swab w ON w.id = area.id {_LAST} GROUP BY 1",
                asked_of(unit, on),
            )
        )
