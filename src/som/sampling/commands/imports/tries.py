"""How often the worker began a step of a list: one that kills it is not tried for ever."""

from __future__ import annotations

from som.kernel import scope, sql
from som.kernel.actors import Actor

MOST_TRIES = 3


def begin_step(list_id: int, *, by: Actor) -> bool:
    """Note, in a transaction of its own, that a step begins; False where too many never ended."""
    with scope.entered(by, "sampling.record"):
        tries = sql.row(
            "UPDATE sampling_list SET tries = tries + 1 WHERE id = %s RETURNING tries", (list_id,)
        )
    return tries is not None and tries[0] <= MOST_TRIES


def end_step(list_id: int, *, by: Actor) -> None:
    """Note that a step ended, well or with a fault that is said."""
    with scope.entered(by, "sampling.record"):
        sql.execute("UPDATE sampling_list SET tries = 0 WHERE id = %s AND tries > 0", (list_id,))
