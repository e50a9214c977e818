"""Writes, claims, delivers and acknowledges notices."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refused, once
from som.notices.rules import CLAIM_HOLDS, NoticeRefusal, NoticeWanted


def write_notices(
    notices: Sequence[NoticeWanted], *, by: Actor, at: datetime
) -> Outcome[NoticeWanted]:
    """Write what is to be told, in the transaction of what it tells of. The same key is told once."""
    outcome: Outcome[NoticeWanted] = Outcome()
    with scope.entered(by, "notices.write"):
        new: dict[str, NoticeWanted] = {}
        for given in notices:
            if given.key in new:
                outcome.unchanged.append(given)
            else:
                new[given.key] = given
        given_now = list(new.values())
        made = {
            line[0]
            for line in sql.rows(
                """
                INSERT INTO notices_notice (key, unit_ids, kind, person_id, subject_id, to_unit_id,
                                            to_phone, body, written_at, acknowledged_by)
                SELECT n.key, n.units::int[], n.kind, n.person, n.subject, n.to_unit, n.to_phone,
                       n.body::jsonb, %s, ''
                FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[],
                            %s::int[], %s::text[], %s::text[])
                     AS n (key, units, kind, person, subject, to_unit, to_phone, body)
                ORDER BY n.key
                ON CONFLICT (key) DO NOTHING RETURNING key
                """,
                (
                    at,
                    [n.key for n in given_now],
                    ["{" + ",".join(map(str, n.units)) + "}" for n in given_now],
                    [n.kind for n in given_now],
                    [n.person for n in given_now],
                    [n.subject for n in given_now],
                    [n.to_unit for n in given_now],
                    [n.to_phone for n in given_now],
                    [json.dumps(n.body, ensure_ascii=False) for n in given_now],
                ),
            )
        }
        for given in given_now:
            (outcome.done if given.key in made else outcome.unchanged).append(given)
        audit.record(by, "notices.write_notices", at=at, note={"written": len(outcome.done)})
    return outcome


@dataclass(frozen=True, slots=True)
class Claimed:
    """A notice a worker has taken up; whoever receives it keeps the id and ignores it twice."""

    id: int
    kind: str
    to_unit: int | None
    to_phone: str
    body: dict[str, str]
    written_at: datetime


def claim_notices(most: int, *, by: Actor, at: datetime) -> list[Claimed]:
    """Take up to this many waiting notices, oldest first, that no living worker has taken.

    Two workers never take the same: locked rows are skipped.
    """
    with scope.entered(by, "notices.deliver"):
        claimed = [
            Claimed(*[*line[:4], json.loads(line[4]), line[5]])
            for line in sql.rows(
                """
                UPDATE notices_notice n SET claimed_at = %s
                FROM (SELECT id FROM notices_notice
                      WHERE delivered_at IS NULL AND (claimed_at IS NULL OR claimed_at < %s)
                      ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED) AS due
                WHERE n.id = due.id
                RETURNING n.id, n.kind, n.to_unit_id, n.to_phone, n.body::text, n.written_at
                """,
                (at, at - CLAIM_HOLDS, most),
            )
        ]
        audit.record(by, "notices.claim_notices", at=at, things=[n.id for n in claimed])
    return sorted(claimed, key=lambda n: n.id)


def note_deliveries(notice_ids: Sequence[int], *, by: Actor, at: datetime) -> Outcome[int]:
    """Note that these notices have left. Refuses an unknown one."""
    outcome: Outcome[int] = Outcome()
    with scope.entered(by, "notices.deliver"):
        noted = {
            line[0]
            for line in sql.rows(
                "UPDATE notices_notice SET delivered_at = %s"
                " WHERE id = ANY(%s) AND delivered_at IS NULL RETURNING id",
                (at, list(notice_ids)),
            )
        }
        known = {
            line[0]
            for line in sql.rows(
                "SELECT id FROM notices_notice WHERE id = ANY(%s)", (list(notice_ids),)
            )
        }
        for given in once(notice_ids):
            if given in noted:
                outcome.done.append(given)
            elif given in known:
                outcome.unchanged.append(given)
            else:
                outcome.refused.append(Refused(given, NoticeRefusal.UNKNOWN))
        audit.record(by, "notices.note_deliveries", at=at, things=outcome.done)
    return outcome


def acknowledge_notices(notice_ids: Sequence[int], *, by: Actor, at: datetime) -> Outcome[int]:
    """Note that a locality has taken notice. Refuses what was not told to the actor's units."""
    outcome: Outcome[int] = Outcome()
    with scope.entered(by, "notices.acknowledge") as units:
        held = {
            line[0]: line[1:]
            for line in sql.rows(
                """
                SELECT id, acknowledged_at IS NOT NULL, person_id FROM notices_notice
                WHERE id = ANY(%s) AND to_unit_id IS NOT NULL AND (%s OR to_unit_id = ANY(%s))
                ORDER BY id FOR UPDATE
                """,
                (list(notice_ids), units is None, sorted(units or ())),
            )
        }
        for given in once(notice_ids):
            if given not in held:
                outcome.refused.append(Refused(given, NoticeRefusal.UNKNOWN))
            elif held[given][0]:
                outcome.unchanged.append(given)
            else:
                outcome.done.append(given)
        sql.execute(
            "UPDATE notices_notice SET acknowledged_at = %s, acknowledged_by = %s"
            " WHERE id = ANY(%s)",
            (at, by.name, outcome.done),
        )
        audit.record(
            by,
            "notices.acknowledge_notices",
            at=at,
            things=outcome.done,
            persons=[held[n][1] for n in outcome.done],
        )
    return outcome
