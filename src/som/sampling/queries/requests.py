"""Who is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class RequestRow:
    """An open test request as the team that must answer it sees it."""

    id: int
    person: int
    name: str
    unit: int
    reason: str
    single: bool
    due_at: datetime


_ASKED = "r.ended_at IS NULL AND (%s OR r.unit_id = ANY(%s))"


def open_requests_by_lateness(*, by: Actor, at: datetime) -> dict[bool, int]:
    """How many people are asked for here and not yet swabbed: late, and not late."""
    with scope.entered(by, "sampling.read") as units:
        return dict(
            sql.rows(
                f"SELECT r.due_at < %s, count(*) FROM sampling_testrequest r WHERE {_ASKED}"
                " GROUP BY 1",
                (at, units is None, sorted(units or ())),
            )
        )


def open_requests(*, by: Actor, at: datetime, limit: int = 500) -> list[RequestRow]:
    """The people asked for here and not yet swabbed, due first."""
    with scope.entered(by, "sampling.read") as units:
        found = [
            RequestRow(*line)
            for line in sql.rows(
                f"""
                SELECT r.id, r.person_id, p.name, r.unit_id, r.reason, r.single, r.due_at
                FROM sampling_testrequest r JOIN people_person p ON p.id = r.person_id
                WHERE {_ASKED}
                ORDER BY r.due_at, r.id LIMIT %s
                """,
                (units is None, sorted(units or ()), limit),
            )
        ]
        audit.record(
            by, "sampling.open_requests", at=at, persons=[r.person for r in found], kind=audit.READ
        )
    return found
