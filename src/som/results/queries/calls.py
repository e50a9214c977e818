"""Which calls to reviewers are over: runs with nothing left to release, pools with every answer."""

from __future__ import annotations

from som.kernel import scope, sql
from som.kernel.actors import Actor
from som.kernel.errors import NotAllowed
from som.results.queries.review import WAITING


def calls_over(*, by: Actor, limit: int) -> list[str]:
    """Keys of alarms, still open, of runs of which nothing waits for release and of positive lab
    pools whose members each have an answer, are asked for again or are lost. Oldest first.

    For work alone: to whoever sees but a part of the people, every pool would seem to be answered.
    """
    if by.units_for("results.gaps") is not None:
        raise NotAllowed("results.gaps")
    with scope.entered(by, "results.gaps"):
        labs = sql.rows(
            "SELECT DISTINCT organisation_id FROM notices_alarm"
            " WHERE kind = 'run_read' AND closed_at IS NULL"
        )
        found = sql.rows(
            f"""
            SELECT a.key FROM notices_alarm a
            WHERE a.kind = 'run_read' AND a.closed_at IS NULL AND a.subject_id IS NOT NULL
              AND NOT EXISTS (SELECT 1 {WAITING} AND v.run_id = a.subject_id)
            ORDER BY a.id LIMIT %(limit)s
            """,
            {"labs": [line[0] for line in labs], "limit": limit},
        )
        found += sql.rows(
            """
            SELECT a.key FROM notices_alarm a
            WHERE a.kind = 'pool_open' AND a.closed_at IS NULL AND NOT EXISTS (
                SELECT 1 FROM lab_member m
                JOIN sampling_tube t ON t.id = m.tube_id JOIN sampling_swab s ON s.tube_id = t.id
                WHERE m.pool_id = a.subject_id AND coalesce(t.lost_at, t.expired_at) IS NULL
                  AND NOT EXISTS (SELECT 1 FROM results_result r WHERE r.swab_id = s.id)
                  AND NOT EXISTS (SELECT 1 FROM sampling_testrequest q WHERE q.from_swab_id = s.id))
            ORDER BY a.id LIMIT %s
            """,
            (limit,),
        )
    return [line[0] for line in found]
