"""Claims what is to leave the house, and notes what became of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refused, once
from som.notices.rules import (
    ALONE_AT_ONCE,
    AWAY_PAUSE,
    CLAIM_HOLDS,
    NOT_TRIED,
    TOGETHER,
    Failure,
    MessageSource,
    NoticeRefusal,
    message_id,
    next_try,
    source_of,
)

_TABLES = {MessageSource.NOTICE: "notices_notice", MessageSource.ALARM: "notices_alarm"}


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message a worker has taken up; whoever receives it keeps the id and ignores it twice.

    `to` is a telephone, else `unit:` or `organisation:` with its id.
    """

    id: str
    kind: str
    to: str
    body: dict[str, str]
    written_at: datetime
    attempts: int


_WHAT = {
    MessageSource.NOTICE: """
        t.kind, CASE WHEN t.to_unit_id IS NULL THEN t.to_phone ELSE 'unit:' || t.to_unit_id END,
        t.body::text, t.written_at""",
    MessageSource.ALARM: """
        t.kind, coalesce('unit:' || t.unit_id, 'organisation:' || t.organisation_id),
        (t.body || jsonb_build_object('permission', t.permission))::text, t.raised_at""",
}


def claim_messages(most: int, *, by: Actor, at: datetime) -> list[Claimed]:
    """Take up to so many waiting alarms and as many notices that no living worker has taken.

    Of those that go alone a few. Alarms first, then what has waited longest. Two workers never take
    the same: locked rows are skipped. Whoever claimed and died is taken to have
    failed after `CLAIM_HOLDS`.
    """
    found: list[Claimed] = []
    with scope.entered(by, "notices.deliver"):
        for source in (MessageSource.ALARM, MessageSource.NOTICE):
            table = _TABLES[source]
            lines = sql.rows(
                f"""
                WITH together AS (
                    SELECT id FROM {table}
                    WHERE delivered_at IS NULL AND next_try_at <= %(at)s
                      AND attempts < {TOGETHER}
                    ORDER BY next_try_at, id LIMIT %(most)s FOR UPDATE SKIP LOCKED
                ), alone AS (
                    SELECT id FROM {table}
                    WHERE delivered_at IS NULL AND next_try_at <= %(at)s
                      AND attempts >= {TOGETHER}
                    ORDER BY next_try_at, id LIMIT %(few)s FOR UPDATE SKIP LOCKED
                )
                UPDATE {table} t SET next_try_at = %(until)s, attempts = t.attempts + 1
                FROM (SELECT id FROM together UNION ALL SELECT id FROM alone) AS due
                WHERE t.id = due.id
                RETURNING t.id, {_WHAT[source]}, t.attempts
                """,
                {
                    "at": at,
                    "until": at + CLAIM_HOLDS,
                    "most": most,
                    "few": min(most, ALONE_AT_ONCE),
                },
            )
            found += [
                Claimed(*[message_id(source, line[0]), *line[1:3], json.loads(line[3]), *line[4:]])
                for line in sorted(lines)
            ]
        # Every few seconds nothing waits, and that is nothing to note.
        if found:
            note = _counted([one.id for one in found])
            audit.record(by, "notices.claim_messages", at=at, note=note)
    return found


_PAUSES: list[timedelta] = [next_try(attempts) for attempts in range(1, 16)]
"""The pause after each attempt; from the last on they are as long as they get."""
_NEXT_TRY = (
    "%(at)s + CASE WHEN g.away THEN %(away)s ELSE (%(pauses)s::interval[])"
    "[least(greatest(t.attempts, 1), cardinality(%(pauses)s::interval[]))] END"
)


def note_deliveries(messages: Sequence[str], *, by: Actor, at: datetime) -> Outcome[str]:
    """Note that these messages have arrived. Refuses an unknown one. Locks in the order of ids."""
    return _noted(
        "note_deliveries",
        {one: Failure(one, "") for one in messages},
        "delivered_at = %(at)s, last_error = '', away = false",
        "true",
        by=by,
        at=at,
    )


def note_failures(failures: Sequence[Failure], *, by: Actor, at: datetime) -> Outcome[str]:
    """Note that these messages did not arrive, and put each off, longer after every attempt.

    What was not even sent does not count as tried. What has arrived meanwhile stays so. Refuses
    an unknown one. Locks in the order of ids.
    """
    return _noted(
        "note_failures",
        {one.message: one for one in failures},
        f"last_error = g.why, away = g.away, next_try_at = {_NEXT_TRY},"
        " attempts = t.attempts - (g.why = %(not_tried)s)::int",
        f"(t.last_error, t.away, t.next_try_at) IS DISTINCT FROM (g.why, g.away, {_NEXT_TRY})",
        by=by,
        at=at,
    )


def _noted(
    what: str, given: Mapping[str, Failure], change: str, where: str, *, by: Actor, at: datetime
) -> Outcome[str]:
    """Change these messages where they were not delivered yet, nor are as said already."""
    outcome: Outcome[str] = Outcome()
    with scope.entered(by, "notices.deliver"):
        done: set[str] = set()
        known: set[str] = set()
        for source, table in _TABLES.items():
            named = {
                found[1]: failure
                for one, failure in given.items()
                if (found := source_of(one)) and found[0] is source
            }
            parameters: dict[str, Any] = {
                "at": at,
                "ids": list(named),
                "whys": [failure.why for failure in named.values()],
                "aways": [failure.away for failure in named.values()],
                "away": AWAY_PAUSE,
                "not_tried": NOT_TRIED,
                "pauses": _PAUSES,
            }
            known |= {
                message_id(source, line[0])
                for line in sql.rows(
                    f"SELECT id FROM {table} WHERE id = ANY(%(ids)s::bigint[])"
                    " ORDER BY id FOR NO KEY UPDATE",
                    parameters,
                )
            }
            done |= {
                message_id(source, line[0])
                for line in sql.rows(
                    f"""
                    UPDATE {table} t SET {change}
                    FROM unnest(%(ids)s::bigint[], %(whys)s::text[], %(aways)s::boolean[])
                         AS g (id, why, away)
                    WHERE t.id = g.id AND t.delivered_at IS NULL AND {where} RETURNING t.id
                    """,
                    parameters,
                )
            }
        for one in once(given):
            if one in done:
                outcome.done.append(one)
            elif one in known:
                outcome.unchanged.append(one)
            else:
                outcome.refused.append(Refused(one, NoticeRefusal.UNKNOWN))
        audit.record(by, f"notices.{what}", at=at, note=_counted(outcome.done))
    return outcome


def _counted(messages: Sequence[str]) -> dict[str, int]:
    """How many of each: what is noted of each message stands with the message itself."""
    found = [source_of(one) for one in messages]
    return {
        source.value: sum(1 for one in found if one and one[0] is source)
        for source in MessageSource
    }
