"""What people were answered so far, held still while more is decided; and laboratories likewise."""

from __future__ import annotations

from collections.abc import Sequence

from som.kernel import sql
from som.results.rules import LastAnswer, ResultValue


def answers_standing(tubes: Sequence[int]) -> dict[int, list[LastAnswer]]:
    """By tube, the last answer to each of its swabs that has one.

    Locks the swabs in the order of their ids until the transaction ends: two answers to one swab
    come one after the other.
    """
    sql.rows(
        "SELECT id FROM sampling_swab WHERE tube_id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
        (list(tubes),),
    )
    found: dict[int, list[LastAnswer]] = {}
    # A statement of its own, so that it sees what was committed before the locks were had.
    for swab, tube, value, verdict in sql.rows(
        """
        SELECT DISTINCT ON (w.id) w.id, w.tube_id, r.value, r.verdict_id
        FROM sampling_swab w JOIN results_result r ON r.swab_id = w.id
        WHERE w.tube_id = ANY(%s) ORDER BY w.id, r.version DESC
        """,
        (list(tubes),),
    ):
        found.setdefault(tube, []).append(LastAnswer(swab, tube, ResultValue(value), verdict))
    return found


def hold_swabs(swab_ids: Sequence[int]) -> None:
    """Lock these swabs in the order of their ids, as `answers_standing` does those of tubes."""
    sql.rows(
        "SELECT id FROM sampling_swab WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
        (list(swab_ids),),
    )


def answering(labs: Sequence[int]) -> None:
    """Keep recalls of these laboratories from being proposed until the transaction ends.

    Then whoever confirms a recall knows that no answer which it covers is on its way.
    """
    sql.rows(
        "SELECT id FROM places_organisation WHERE id = ANY(%s) ORDER BY id FOR SHARE", (list(labs),)
    )


def recalling(labs: Sequence[int]) -> None:
    """Wait until nobody answers for these laboratories, and let nobody until this is committed."""
    sql.rows(
        "SELECT id FROM places_organisation WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
        (list(labs),),
    )
