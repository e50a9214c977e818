"""Swabs, for commands inside their own scope and audit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from som.kernel import sql


@dataclass(frozen=True, slots=True)
class SwabRow:
    """A swab as a release of results needs it: who, where, and whom to tell."""

    id: int
    tube: int
    person: int
    unit: int
    residence: int | None
    planned_by: int
    """The unit whose campaign it was: the CDC's, as a rule."""
    slip: str
    name: str
    phone: str
    taken_at: datetime
    due_at: datetime

    @property
    def answerable(self) -> tuple[int, ...]:
        """The units that answer for what is known of this swab."""
        return tuple(dict.fromkeys(u for u in (self.unit, self.residence) if u is not None))

    @property
    def told(self) -> tuple[int, ...]:
        """The units that must hear of a positive at once."""
        return tuple(dict.fromkeys((*self.answerable, self.planned_by)))


_SWABS = """
SELECT w.id, w.tube_id, w.person_id, w.unit_id, w.residence_id, c.unit_id, w.slip, w.name, w.phone,
       w.taken_at, w.due_at
FROM sampling_swab w
JOIN sampling_session s ON s.id = w.session_id JOIN sampling_campaign c ON c.id = s.campaign_id
"""


def swabs_in_tubes(tube_ids: Sequence[int]) -> list[SwabRow]:
    """The swabs in these tubes, for a command inside its own scope and audit."""
    return [
        SwabRow(*line)
        for line in sql.rows(
            _SWABS + " WHERE w.tube_id = ANY(%s) ORDER BY w.id",
            (list(tube_ids),),
        )
    ]


def swabs_of_persons(person_ids: Sequence[int]) -> list[SwabRow]:
    """Every swab of these entries, for a command inside its own scope and audit."""
    return [
        SwabRow(*line)
        for line in sql.rows(
            _SWABS + " WHERE w.person_id = ANY(%s) ORDER BY w.id", (list(person_ids),)
        )
    ]


def swabs_held(swab_ids: Sequence[int]) -> frozenset[int]:
    """Those of these swabs whose person waits for another because of a pool, for a command's scope."""
    return frozenset(
        line[0]
        for line in sql.rows(
            "SELECT DISTINCT from_swab_id FROM sampling_testrequest WHERE from_swab_id = ANY(%s)"
            " AND ended_at IS NULL AND reason IN ('recalled_pool', 'discordant')",
            (list(swab_ids),),
        )
    )
