"""A list that a transaction works on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from som.kernel import sql
from som.kernel.errors import NotFound
from som.sampling.rules.imports import ListPurpose, ListState


@dataclass(frozen=True, slots=True)
class LockedList:
    """A list that this transaction works on."""

    id: int
    unit: int
    unit_ids: tuple[int, ...]
    purpose: ListPurpose
    campaign: int | None
    session: int | None
    reason: str
    due_on: date | None
    day: date | None
    state: ListState
    rows: int | None
    accounted: int
    columns: Mapping[str, str]

    @property
    def where(self) -> str:
        """For which unit and what the list is: the same row of another is another key."""
        return f"{self.unit}:{self.purpose}:{self.campaign or self.session or 0}"


def locked_lists(list_ids: Sequence[int]) -> dict[int, LockedList]:
    """These lists, as far as the actor's units answer for them, locked in the order of their ids."""
    return {
        line[0]: LockedList(
            *[
                *line[:2],
                tuple(line[2]),
                ListPurpose(line[3]),
                *line[4:9],
                ListState(line[9]),
                *line[10:12],
                json.loads(line[12]),
            ]
        )
        for line in sql.rows(
            """
            SELECT id, unit_id, unit_ids, purpose, campaign_id, session_id, reason, due_on, day,
                   state, rows, done + unchanged + refused, columns::text
            FROM sampling_list WHERE id = ANY(%s) ORDER BY id FOR UPDATE
            """,
            (list(list_ids),),
        )
    }


def locked_list(list_id: int) -> LockedList:
    """This list, locked. Raises `NotFound` outside the scope."""
    found = locked_lists([list_id]).get(list_id)
    if found is None:
        raise NotFound(f"list {list_id}")
    return found
