"""Lists of results that were taken in: what became of their rows is known elsewhere."""

from __future__ import annotations

from datetime import datetime

from som.kernel import sql


def end_results_list(
    list_id: int, done: int, unchanged: int, refused: int, *, at: datetime
) -> None:
    """Note that a list of results was taken in, inside the caller's transaction, scope and audit.

    Its refused rows are written down by who took it in. A list that was dropped stays so, and one
    whose rows are not those counted.
    """
    sql.execute(
        """
        UPDATE sampling_list
        SET state = 'done', done = %s, unchanged = %s, refused = %s, refused_in_file = %s,
            ended_at = %s
        WHERE id = %s AND purpose = 'results' AND state = 'previewed' AND rows = %s
        """,
        (done, unchanged, refused, refused, at, list_id, done + unchanged + refused),
    )
