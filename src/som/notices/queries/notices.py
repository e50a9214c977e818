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
    """A notice in a locality's inbox."""

    id: int
    kind: str
    person: int
    to_unit: int
    body: dict[str, str]
    written_at: datetime
    acknowledged_at: datetime | None
    subject: int


_UNACKNOWLEDGED = (
    "to_unit_id IS NOT NULL AND acknowledged_at IS NULL AND (%s OR to_unit_id = ANY(%s))"
)


def unacknowledged_by_kind(*, by: Actor) -> dict[str, int]:
    """How many notices the actor's units have not acknowledged, of each kind there is."""
    with scope.entered(by, "notices.read") as units:
        return dict(
            sql.rows(
                f"SELECT kind, count(*) FROM notices_notice WHERE {_UNACKNOWLEDGED} GROUP BY kind",
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
                SELECT id, kind, person_id, to_unit_id, body::text, written_at, acknowledged_at,
                       subject_id
                FROM notices_notice WHERE {_UNACKNOWLEDGED}
                ORDER BY written_at, id LIMIT %s
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
                SELECT DISTINCT ON (to_unit_id) to_unit_id, id, written_at,
                       count(*) OVER (PARTITION BY to_unit_id)
                FROM notices_notice
                WHERE {_UNACKNOWLEDGED} AND kind = 'positive' AND written_at < %s
                ORDER BY to_unit_id, written_at, id
                """,
                (units is None, sorted(units or ()), before),
            )
        ]
