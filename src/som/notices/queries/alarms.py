"""What calls whom. Alarms say nothing of persons, so their reading is not noted."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from som.kernel import sql
from som.kernel.actors import Actor
from som.notices.rules import AlarmKind


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """An alarm that is open, and who took it on if somebody did."""

    id: int
    kind: str
    unit: int | None
    organisation: int | None
    subject: int | None
    body: dict[str, str]
    raised_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str


_MINE = """
FROM notices_alarm a
JOIN unnest(%(permissions)s::text[], %(units)s::int[], %(organisations)s::int[])
     AS mine (permission, unit, organisation)
  ON a.permission = mine.permission AND a.unit_id IS NOT DISTINCT FROM mine.unit
 AND a.organisation_id IS NOT DISTINCT FROM mine.organisation
WHERE a.closed_at IS NULL
"""


def _desks(by: Actor) -> dict[str, list[str] | list[int | None]]:
    """The laboratories and units, each with a permission, where something calls this actor."""
    found = [
        line
        for line in sql.rows(
            "SELECT DISTINCT permission, unit_id, organisation_id FROM notices_alarm"
            " WHERE closed_at IS NULL"
        )
        if by.may(line[0], unit=line[1], organisation=line[2])
    ]
    return {
        "permissions": [line[0] for line in found],
        "units": [line[1] for line in found],
        "organisations": [line[2] for line in found],
    }


def alarms_open(*, by: Actor, limit: int = 200) -> list[AlarmRow]:
    """What calls this actor: first what nobody has taken on, longest first; then the rest."""
    by.must("notices.alarms")
    return [
        AlarmRow(*[*line[:5], json.loads(line[5]), *line[6:]])
        for line in sql.rows(
            f"""
            SELECT a.id, a.kind, a.unit_id, a.organisation_id, a.subject_id, a.body::text,
                   a.raised_at, a.acknowledged_at, a.acknowledged_by
            {_MINE}
            ORDER BY a.acknowledged_at IS NOT NULL, a.raised_at, a.id LIMIT %(limit)s
            """,
            _desks(by) | {"limit": limit},
        )
    ]


def alarms_counted(*, by: Actor) -> dict[bool, int]:
    """How many alarms call this actor: of those somebody has taken on (True), and of the others."""
    by.must("notices.alarms")
    return dict(
        sql.rows(f"SELECT a.acknowledged_at IS NOT NULL, count(*) {_MINE} GROUP BY 1", _desks(by))
    )


def alarm_keys(kind: AlarmKind, *, by: Actor, since: datetime) -> dict[str, bool]:
    """The keys of alarms of a kind that are open or were raised since then, and whether open."""
    by.must("notices.raise")
    return dict(
        sql.rows(
            """
            SELECT key, closed_at IS NULL FROM notices_alarm
            WHERE kind = %s AND (closed_at IS NULL OR raised_at >= %s) ORDER BY key
            """,
            (kind, since),
        )
    )
