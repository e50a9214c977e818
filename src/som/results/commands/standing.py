"""What people were answered so far, held still while more is decided; and laboratories likewise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from som.kernel import sql
from som.results.rules import LastAnswer, ResultValue
from som.sampling.queries import SwabRow, swabs_in_tubes

Seats = Mapping[int, Sequence[SwabRow]]
"""Whose swabs are in each tube."""


def hold_tubes(tubes: Sequence[int]) -> Seats:
    """Whose swabs are in these tubes.

    Locks the swabs in the order of their ids until the transaction ends: two answers to one swab
    come one after the other. Of tubes that were tested here: since their reception nobody is recorded
    into them (`sampling.commands.swabs.seats`), so whoever is in them when this is asked is in them
    when it is answered, however long the locks take.
    """
    found: dict[int, list[SwabRow]] = {}
    for swab in swabs_in_tubes(tubes, hold=True):
        found.setdefault(swab.tube, []).append(swab)
    return found


def last_answers(seats: Seats) -> dict[int, list[LastAnswer]]:
    """By tube, the last answer to each of these swabs that has one.

    Asked after they were locked, so that it sees what was committed before.
    """
    tubes = {swab.id: tube for tube, swabs in seats.items() for swab in swabs}
    found: dict[int, list[LastAnswer]] = {}
    for swab, value, verdict, version in sql.rows(
        """
        SELECT DISTINCT ON (swab_id) swab_id, value, verdict_id, version FROM results_result
        WHERE swab_id = ANY(%s::bigint[]) ORDER BY swab_id, version DESC
        """,
        (sorted(tubes),),
    ):
        tube = tubes[swab]
        found.setdefault(tube, []).append(
            LastAnswer(swab, tube, ResultValue(value), verdict, version)
        )
    return found


def answers_standing(tubes: Sequence[int]) -> dict[int, list[LastAnswer]]:
    """By tube, the last answer to each of its swabs that has one; all are locked first."""
    return last_answers(hold_tubes(tubes))


def hold_swabs(swab_ids: Sequence[int]) -> None:
    """Lock these swabs in the order of their ids, as `hold_tubes` does those of tubes."""
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
