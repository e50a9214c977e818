"""Test requests that other units ask this one to take over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class TransferRow:
    """A test request offered to this unit, with what it takes to know the person."""

    request: int
    unit: int
    to_unit: int
    offered_at: datetime
    person: int
    name: str
    sex: str | None
    birth_date: date | None
    birth_year: int | None
    reason: str
    day_number: int | None
    single: bool
    due_at: datetime


def transfers_waiting(*, by: Actor, at: datetime, limit: int = 500) -> list[TransferRow]:
    """Test requests offered to units where this actor may take them over, due first."""
    with scope.entered(by, "sampling.request"):
        found = [
            TransferRow(*line)
            for line in sql.rows("SELECT * FROM sampling_transfers_waiting(%s)", (limit,))
        ]
        audit.record(
            by,
            "sampling.transfers_waiting",
            at=at,
            persons=[row.person for row in found],
            kind=audit.READ,
        )
    return found


def transfers_to_answer(*, by: Actor) -> int:
    """How many test requests wait for this actor's units to take them over."""
    with scope.entered(by, "sampling.request"):
        found = sql.row("SELECT count(*) FROM sampling_transfers_waiting(%s)", (MOST_COUNTED,))
    return int(found[0]) if found else 0


MOST_COUNTED = 10_000
"""Nobody looks through more."""
