"""What sampling knows of one person: what was asked of them, and the swabs taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.errors import NotFound
from som.people.queries import selves


@dataclass(frozen=True, slots=True)
class AskedRow:
    """A test request of a person, and how it ended if it has."""

    id: int
    reason: str
    day_number: int | None
    campaign: str
    unit: int
    requested_at: datetime
    due_at: datetime
    ended_at: datetime | None
    ended_as: str | None
    revisit_on: date | None


@dataclass(frozen=True, slots=True)
class TakenRow:
    """A swab of a person: when and where it was taken, and into which tube."""

    id: int
    taken_at: datetime
    tube: str
    swabs_in_tube: int
    place: str
    unit: int


@dataclass(frozen=True, slots=True)
class PersonHistory:
    """The latest requests and swabs of a person under all their entries, newest first."""

    asked: tuple[AskedRow, ...]
    taken: tuple[TakenRow, ...]


def history_of(person_id: int, *, by: Actor, at: datetime, limit: int = 20) -> PersonHistory:
    """What was asked of a person and taken, as far as the actor's units answer. The asking is noted.

    Raises `NotFound` for whoever is out of sight.
    """
    with scope.entered(by, "sampling.read"):
        entries = list(selves([person_id]))
        asked = sql.rows(
            """
            SELECT r.id, r.reason, r.day_number, coalesce(c.name, ''), r.unit_id, r.requested_at,
                   r.due_at, r.ended_at, r.ended_as, r.revisit_on
            FROM sampling_testrequest r LEFT JOIN sampling_campaign c ON c.id = r.campaign_id
            WHERE r.person_id = ANY(%s)
            ORDER BY r.ended_at IS NOT NULL, r.requested_at DESC, r.id DESC LIMIT %s
            """,
            (entries, limit),
        )
        taken = sql.rows(
            """
            SELECT w.id, w.taken_at, t.code, t.swabs, s.place, w.unit_id
            FROM sampling_swab w JOIN sampling_tube t ON t.id = w.tube_id
            JOIN sampling_session s ON s.id = w.session_id
            WHERE w.person_id = ANY(%s) ORDER BY w.taken_at DESC, w.id DESC LIMIT %s
            """,
            (entries, limit),
        )
        audit.record(by, "sampling.history_of", at=at, persons=entries, kind=audit.READ)
    if not entries:
        raise NotFound(f"person {person_id}")
    return PersonHistory(
        tuple(AskedRow(*line) for line in asked), tuple(TakenRow(*line) for line in taken)
    )
