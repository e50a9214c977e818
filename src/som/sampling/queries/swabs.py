"""Swabs, for commands inside their own scope and audit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from som.kernel import sql


class SwabRow(NamedTuple):
    """A swab as a release of results needs it: who, where, and whom to tell."""

    id: int
    tube: int
    person: int
    unit: int
    residence: int | None
    slip: str
    name: str
    phone: str
    answerable: Sequence[int]
    """The units that answer for what is known of this swab, who took it first."""
    told: Sequence[int]
    """The units that must hear of a positive at once, as stamped when it was recorded."""


_SWABS = """
SELECT w.id, w.tube_id, w.person_id, w.unit_id, w.residence_id, w.slip, w.name, w.phone,
       w.unit_ids, w.stamp_ids
FROM sampling_swab w
"""


def swabs_in_tubes(tube_ids: Sequence[int], *, hold: bool = False) -> list[SwabRow]:
    """The swabs in these tubes, for a command inside its own scope and audit.

    `hold`: locked in the order of their ids until its transaction ends.
    """
    return [
        SwabRow._make(line)
        for line in sql.rows(
            _SWABS
            + " WHERE w.tube_id = ANY(%s::bigint[]) ORDER BY w.id"
            + (" FOR NO KEY UPDATE OF w" if hold else ""),
            (list(tube_ids),),
        )
    ]


def swabs_by_id(swab_ids: Sequence[int]) -> list[SwabRow]:
    """These swabs, for a command inside its own scope and audit."""
    return [
        SwabRow._make(line)
        for line in sql.rows(_SWABS + " WHERE w.id = ANY(%s) ORDER BY w.id", (list(swab_ids),))
    ]


def swabs_of_persons(person_ids: Sequence[int]) -> list[SwabRow]:
    """Every swab of these entries, for a command inside its own scope and audit."""
    return [
        SwabRow._make(line)
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
