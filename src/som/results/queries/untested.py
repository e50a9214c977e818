"""Tubes that nobody can answer any more."""

from __future__ import annotations

from datetime import datetime, timedelta

from som.kernel import scope, sql
from som.kernel.actors import Actor
from som.results.queries.barriers import VOID

LOOK_BACK = timedelta(days=30)
"""How far back the watch looks. It runs every minute; what is older the ledger's check names."""

_UNANSWERED = """
EXISTS (SELECT 1 FROM sampling_swab w WHERE w.tube_id = t.id
          AND coalesce((SELECT r.value FROM results_result r WHERE r.swab_id = w.id
                        ORDER BY r.version DESC LIMIT 1), 'suspected') = 'suspected'
          AND NOT EXISTS (SELECT 1 FROM sampling_testrequest q WHERE q.from_swab_id = w.id))
"""
"""Somebody in the tube has no answer or one not confirmed, and was not asked for again."""

_NO_VERDICT_COMING = f"""
NOT EXISTS (
    SELECT 1 FROM lab_load l JOIN lab_verdict v ON v.load_id = l.id
    WHERE (l.tube_id = t.id
           OR l.pool_id = (SELECT m.pool_id FROM lab_member m WHERE m.tube_id = t.id))
      AND v.value <> 'invalid'
      AND NOT EXISTS (SELECT 1 FROM results_release e WHERE e.verdict_id = v.id)
      AND NOT {VOID})
AND NOT EXISTS (SELECT 1 FROM results_reported d
                WHERE d.tube_id = t.id AND d.state IN ('review', 'waiting'))
"""
"""Nothing waits for its release: no verdict made here, and nothing another laboratory reported."""


def tubes_untested_past_use_by(*, by: Actor, at: datetime, limit: int) -> list[int]:
    """Ids of unanswered tubes past their use-by, open, with no verdict waiting for its release."""
    with scope.entered(by, "results.read"):
        return [
            line[0]
            for line in sql.rows(
                f"""
                SELECT t.id FROM sampling_tube t
                WHERE t.use_by_at < %s AND t.use_by_at > %s
                  AND t.lost_at IS NULL AND t.expired_at IS NULL
                  AND {_UNANSWERED} AND {_NO_VERDICT_COMING}
                ORDER BY t.use_by_at LIMIT %s
                """,
                (at, at - LOOK_BACK, limit),
            )
        ]


def tubes_lost_unanswered(*, by: Actor, at: datetime, limit: int) -> list[int]:
    """Ids of unanswered tubes that were lost or destroyed."""
    with scope.entered(by, "results.read"):
        return [
            line[0]
            for line in sql.rows(
                f"""
                SELECT t.id FROM sampling_tube t
                WHERE t.lost_at <= %s AND t.lost_at > %s AND {_UNANSWERED}
                ORDER BY t.lost_at LIMIT %s
                """,
                (at, at - LOOK_BACK, limit),
            )
        ]
