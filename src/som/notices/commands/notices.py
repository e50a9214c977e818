"""Writes and acknowledges notices."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refused, once
from som.notices.rules import NoticeRefusal, NoticeWanted


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
                INSERT INTO notices_notice
                    (key, unit_ids, kind, person_id, subject_id, to_unit_id, to_phone, body,
                     written_at, next_try_at, attempts, last_error, away, acknowledged_by)
                SELECT n.key, n.units::int[], n.kind, n.person, n.subject, n.to_unit, n.to_phone,
                       n.body::jsonb, %(at)s, %(at)s, 0, '', false, ''
                FROM unnest(%(keys)s::text[], %(units)s::text[], %(kinds)s::text[],
                            %(persons)s::bigint[], %(subjects)s::bigint[], %(to_units)s::int[],
                            %(to_phones)s::text[], %(bodies)s::text[])
                     AS n (key, units, kind, person, subject, to_unit, to_phone, body)
                ORDER BY n.key
                ON CONFLICT (key) DO NOTHING RETURNING key
                """,
                {
                    "at": at,
                    "keys": [n.key for n in given_now],
                    "units": ["{" + ",".join(map(str, n.units)) + "}" for n in given_now],
                    "kinds": [n.kind for n in given_now],
                    "persons": [n.person for n in given_now],
                    "subjects": [n.subject for n in given_now],
                    "to_units": [n.to_unit for n in given_now],
                    "to_phones": [n.to_phone for n in given_now],
                    "bodies": [json.dumps(n.body, ensure_ascii=False) for n in given_now],
                },
            )
        }
        for given in given_now:
            (outcome.done if given.key in made else outcome.unchanged).append(given)
        audit.record(by, "notices.write_notices", at=at, note={"written": len(outcome.done)})
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
