"""Tubes that nobody can answer any more."""

from __future__ import annotations

from datetime import datetime, timedelta

from som.kernel import rulebook, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.results.queries.barriers import DEAD, VOID

LOOK_BACK = timedelta(days=30)
"""How far back the watch looks. It runs every minute; what is older the ledger's check names."""

_UNANSWERED_WHO = """
EXISTS (SELECT 1 FROM sampling_swab w WHERE w.tube_id = t.id
          AND coalesce((SELECT r.value FROM results_result r WHERE r.swab_id = w.id
                        ORDER BY r.version DESC LIMIT 1), 'suspected') = 'suspected'
          AND NOT EXISTS (SELECT 1 FROM sampling_testrequest q WHERE q.from_swab_id = w.id)
          AND {who})
"""
_UNANSWERED = _UNANSWERED_WHO.format(who="true")
"""Somebody in the tube has no answer or one not confirmed, and was not asked for again."""
_UNANSWERED_AND_ALIVE = _UNANSWERED_WHO.format(who=f"NOT {DEAD}")
"""The same of somebody who can be asked for again: of the dead nobody asks."""

_NO_VERDICT_COMING = f"""
NOT EXISTS (
    SELECT 1 FROM lab_load l JOIN lab_verdict v ON v.load_id = l.id
    WHERE (l.tube_id = t.id
           OR l.pool_id = (SELECT m.pool_id FROM lab_member m WHERE m.tube_id = t.id))
      AND v.value <> 'invalid' AND v.open
      AND NOT EXISTS (SELECT 1 FROM results_release e WHERE e.verdict_id = v.id)
      AND NOT {VOID})
AND (t.use_by_at < %(unsettled)s
     OR NOT EXISTS (SELECT 1 FROM results_reported d
                    WHERE d.tube_id = t.id AND d.state IN ('review', 'waiting')))
"""
"""Nothing waits for its release: no open verdict made here, and nothing another laboratory reported, for
which a tube is kept open some hours after its use-by and no longer (`%(unsettled)s`)."""

_KEEPS_ITS_POOL_OPEN = """
NOT EXISTS (SELECT 1 FROM results_pooldecision d WHERE d.pool_id = m.pool_id)
AND 'positive' = (SELECT v.value FROM lab_load l JOIN lab_verdict v ON v.load_id = l.id
                  WHERE l.pool_id = m.pool_id ORDER BY v.id DESC LIMIT 1)
AND 'invalid' = coalesce((SELECT v.value FROM lab_load l JOIN lab_verdict v ON v.load_id = l.id
                          WHERE l.tube_id = t.id ORDER BY v.id DESC LIMIT 1), 'invalid')
"""
"""The other members of a positive lab pool wait for what this one shows."""


def _past_use_by(at: datetime, after: int, limit: int) -> dict[str, object]:
    hours = rulebook.rule("results.reported_wait.hours", on=at.astimezone(LOCAL).date()).value
    return {
        "at": at,
        "since": at - LOOK_BACK,
        "unsettled": at - timedelta(hours=int(hours)),
        "after": after,
        "limit": limit,
    }


def tubes_untested_past_use_by(*, by: Actor, at: datetime, limit: int, after: int = 0) -> list[int]:
    """Ids of unanswered tubes past their use-by, open, with no verdict waiting for its release.

    In the order of their ids, from the one `after`.
    """
    with scope.entered(by, "results.read"):
        return [
            line[0]
            for line in sql.rows(
                f"""
                SELECT t.id FROM sampling_tube t
                WHERE t.use_by_at < %(at)s AND t.use_by_at > %(since)s AND t.id > %(after)s
                  AND t.lost_at IS NULL AND t.expired_at IS NULL
                  AND {_UNANSWERED} AND {_NO_VERDICT_COMING}
                ORDER BY t.id LIMIT %(limit)s
                """,
                _past_use_by(at, after, limit),
            )
        ]


def members_past_use_by(*, by: Actor, at: datetime, limit: int, after: int = 0) -> list[int]:
    """Ids of tubes past their use-by, open and untested, for which a positive lab pool waits.

    Their people have an answer or were asked for again; the other members have none before these
    are closed. In the order of their ids, from the one `after`.
    """
    with scope.entered(by, "results.read"):
        return [
            line[0]
            for line in sql.rows(
                f"""
                SELECT t.id FROM sampling_tube t JOIN lab_member m ON m.tube_id = t.id
                WHERE t.use_by_at < %(at)s AND t.use_by_at > %(since)s AND t.id > %(after)s
                  AND t.lost_at IS NULL AND t.expired_at IS NULL
                  AND {_KEEPS_ITS_POOL_OPEN} AND {_NO_VERDICT_COMING} AND NOT {_UNANSWERED}
                ORDER BY t.id LIMIT %(limit)s
                """,
                _past_use_by(at, after, limit),
            )
        ]


def tubes_lost_unanswered(*, by: Actor, at: datetime, limit: int, after: int = 0) -> list[int]:
    """Ids of lost or destroyed tubes with somebody alive who is unanswered, from the one `after`."""
    with scope.entered(by, "results.read"):
        return [
            line[0]
            for line in sql.rows(
                f"""
                SELECT t.id FROM sampling_tube t
                WHERE t.lost_at <= %s AND t.lost_at > %s AND t.id > %s AND {_UNANSWERED_AND_ALIVE}
                ORDER BY t.id LIMIT %s
                """,
                (at, at - LOOK_BACK, after, limit),
            )
        ]
