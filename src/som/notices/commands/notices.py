"""Writes and acknowledges notices."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.arrays import literal
from som.kernel.outcomes import Outcome, Refused, once
from som.notices.rules import NoticeRefusal, NoticeWanted


def write_notices(
    notices: Sequence[NoticeWanted], *, by: Actor, at: datetime
) -> Outcome[NoticeWanted]:
    """Write what is to be told, in the transaction of what it tells of.

    The same key of the same subject is told once.
    """
    outcome: Outcome[NoticeWanted] = Outcome()
    with scope.entered(by, "notices.write"):
        new: dict[tuple[int, str], NoticeWanted] = {}
        for given in notices:
            which = given.subject, given.key
            if which in new:
                outcome.unchanged.append(given)
            else:
                new[which] = given
        told_before = _insert(list(new.values()), at)
        for which, given in new.items():
            (outcome.unchanged if which in told_before else outcome.done).append(given)
        audit.record(by, "notices.write_notices", at=at, note={"written": len(outcome.done)})
    return outcome


_in_words = json.JSONEncoder(ensure_ascii=False).encode


def _insert(notices: Sequence[NoticeWanted], at: datetime) -> set[tuple[int, str]]:
    """Insert these; answer with the subjects and keys of those that were told before."""
    found = sql.row(
        """
        WITH made AS (
            INSERT INTO notices_notice
                (key, unit_ids, kind, person_id, subject_id, to_unit_id, to_phone, body,
                 written_at, next_try_at, attempts, last_error, away, acknowledged_by)
            SELECT n.key, n.units::int[], n.kind, n.person, n.subject, n.to_unit, n.to_phone,
                   n.body::jsonb, g.at, g.at, 0, '', false, ''
            FROM (SELECT %(at)s::timestamptz AS at) g
            CROSS JOIN unnest(%(keys)s::text[], %(units)s::text[], %(kinds)s::text[],
                              %(persons)s::bigint[], %(subjects)s::bigint[], %(to_units)s::int[],
                              %(to_phones)s::text[], %(bodies)s::text[])
                 AS n (key, units, kind, person, subject, to_unit, to_phone, body)
            ORDER BY n.subject, n.key
            ON CONFLICT (subject_id, key) DO NOTHING RETURNING subject_id, key
        )
        -- Nearly always all are new: then none is named.
        SELECT count(*), CASE WHEN count(*) < %(given)s::int THEN array_agg(subject_id) END,
               CASE WHEN count(*) < %(given)s::int THEN array_agg(key) END FROM made
        """,
        {
            "at": at,
            "given": len(notices),
            "keys": [n.key for n in notices],
            "units": [literal(n.units) for n in notices],
            "kinds": [n.kind for n in notices],
            "persons": [n.person for n in notices],
            "subjects": [n.subject for n in notices],
            "to_units": [n.to_unit for n in notices],
            "to_phones": [n.to_phone for n in notices],
            "bodies": [_in_words(n.body or {}) for n in notices],
        },
    )
    assert found is not None
    made, subjects, keys = found
    if made == len(notices):
        return set()
    return {(n.subject, n.key) for n in notices} - set(zip(subjects or (), keys or (), strict=True))


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
