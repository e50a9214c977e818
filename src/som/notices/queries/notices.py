"""What was told to whom, and what of it waits."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice in a locality's inbox. `taken_back`: a positive that was corrected or recalled since."""

    id: int
    kind: str
    person: int
    to_unit: int
    body: dict[str, str]
    written_at: datetime
    acknowledged_at: datetime | None
    subject: int
    taken_back: bool


_UNACKNOWLEDGED = (
    "n.to_unit_id IS NOT NULL AND n.acknowledged_at IS NULL AND (%s OR n.to_unit_id = ANY(%s))"
)

# A unit that was told of a positive hears at once when the answer is another.
_TAKEN_BACK = """
(n.kind = 'positive' AND EXISTS (
    SELECT 1 FROM notices_notice c
    WHERE c.subject_id = n.subject_id AND c.to_unit_id = n.to_unit_id AND c.kind = 'corrected'
      AND c.id > n.id))
"""


def unacknowledged_by_kind(*, by: Actor) -> dict[str, int]:
    """What the actor's units have not acknowledged, of each kind: of positives how many people, and
    of the others, with positives taken back among the corrections, how many notices."""
    with scope.entered(by, "notices.read") as units:
        return dict(
            sql.rows(
                f"""
                SELECT CASE WHEN {_TAKEN_BACK} THEN 'corrected' ELSE n.kind END AS said,
                       count(DISTINCT CASE WHEN n.kind = 'positive' AND NOT {_TAKEN_BACK}
                                           THEN n.person_id ELSE n.id END)
                FROM notices_notice n WHERE {_UNACKNOWLEDGED} GROUP BY said
                """,
                (units is None, sorted(units or ())),
            )
        )


def unacknowledged_notices(*, by: Actor, at: datetime, limit: int = 200) -> list[NoticeRow]:
    """What the actor's units were told and have not acknowledged, oldest first."""
    with scope.entered(by, "notices.read") as units:
        found = [
            NoticeRow(*[*line[:4], json.loads(line[4]), *line[5:]])
            for line in sql.rows(
                f"""
                SELECT n.id, n.kind, n.person_id, n.to_unit_id, n.body::text, n.written_at,
                       n.acknowledged_at, n.subject_id, {_TAKEN_BACK}
                FROM notices_notice n WHERE {_UNACKNOWLEDGED}
                ORDER BY n.written_at, n.id LIMIT %s
                """,
                (units is None, sorted(units or ()), limit),
            )
        ]
        audit.record(
            by,
            "notices.unacknowledged_notices",
            at=at,
            persons=[n.person for n in found],
            kind=audit.READ,
        )
    return found


@dataclass(frozen=True, slots=True)
class Told:
    """An addressee who was told of a subject."""

    subject: int
    person: int
    units: tuple[int, ...]
    to_unit: int | None
    to_phone: str
    body: dict[str, str]


def told_of(subjects: Sequence[int]) -> list[Told]:
    """Everyone who was told of these, for a command inside its own scope and audit."""
    return [
        Told(line[0], line[1], tuple(line[2]), line[3], line[4], json.loads(line[5]))
        for line in sql.rows(
            """
            SELECT DISTINCT ON (subject_id, to_unit_id, to_phone)
                   subject_id, person_id, unit_ids, to_unit_id, to_phone, body::text
            FROM notices_notice WHERE subject_id = ANY(%s)
            ORDER BY subject_id, to_unit_id, to_phone, id
            """,
            (list(subjects),),
        )
    ]


@dataclass(frozen=True, slots=True)
class Overdue:
    """A unit with positives that it was told of and has not acknowledged; the oldest of them."""

    unit: int
    notice: int
    since: datetime
    positives: int


def positives_overdue(*, by: Actor, before: datetime) -> list[Overdue]:
    """Units that were told of positives before this moment and have not acknowledged them."""
    with scope.entered(by, "notices.read") as units:
        return [
            Overdue(*line)
            for line in sql.rows(
                f"""
                SELECT DISTINCT ON (n.to_unit_id) n.to_unit_id, n.id, n.written_at,
                       count(*) OVER (PARTITION BY n.to_unit_id)
                FROM notices_notice n
                WHERE {_UNACKNOWLEDGED} AND n.kind = 'positive' AND n.written_at < %s
                  AND NOT {_TAKEN_BACK}
                ORDER BY n.to_unit_id, n.written_at, n.id
                """,
                (units is None, sorted(units or ()), before),
            )
        ]
