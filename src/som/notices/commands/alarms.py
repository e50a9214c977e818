"""Raises, closes and acknowledges alarms."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refused, once
from som.notices.rules import AlarmRefusal, AlarmWanted, body_of


def raise_alarms(wanted: Sequence[AlarmWanted], *, by: Actor, at: datetime) -> Outcome[AlarmWanted]:
    """Call whoever is on duty, in the transaction of what calls. The same key calls once for good.

    `by` is the stage's system actor; the human cause stands in the audit of its command. One that
    closed calls again only by another key. Nothing wanted is nothing noted.
    """
    outcome: Outcome[AlarmWanted] = Outcome()
    with scope.entered(by, "notices.raise"):
        if not wanted:
            return outcome
        new: dict[str, AlarmWanted] = {}
        for given in wanted:
            if given.key in new:
                outcome.unchanged.append(given)
            else:
                new[given.key] = given
        given_now = list(new.values())
        raised = {
            line[0]: line[1]
            for line in sql.rows(
                """
                INSERT INTO notices_alarm
                    (key, kind, permission, organisation_id, unit_id, subject_id, body, raised_at,
                     next_try_at, attempts, last_error, away, acknowledged_by)
                SELECT a.key, a.kind, a.permission, a.organisation, a.unit, a.subject,
                       a.body::jsonb, %(at)s, %(at)s, 0, '', false, ''
                FROM unnest(%(keys)s::text[], %(kinds)s::text[], %(permissions)s::text[],
                            %(organisations)s::int[], %(units)s::int[], %(subjects)s::bigint[],
                            %(bodies)s::text[])
                     AS a (key, kind, permission, organisation, unit, subject, body)
                ORDER BY a.key
                ON CONFLICT (key) DO NOTHING RETURNING key, id
                """,
                {
                    "at": at,
                    "keys": [a.key for a in given_now],
                    "kinds": [a.kind for a in given_now],
                    "permissions": [a.permission for a in given_now],
                    "organisations": [a.organisation for a in given_now],
                    "units": [a.unit for a in given_now],
                    "subjects": [a.subject_id for a in given_now],
                    "bodies": [json.dumps(body_of(a), ensure_ascii=False) for a in given_now],
                },
            )
        }
        for given in given_now:
            (outcome.done if given.key in raised else outcome.unchanged).append(given)
        audit.record(by, "notices.raise_alarms", at=at, things=raised.values())
    return outcome


def close_alarms(keys: Sequence[str], *, by: Actor, at: datetime) -> Outcome[str]:
    """Note that what these alarms called for is over. One closed or never raised stays so.

    Locks the alarms in the order of their ids.
    """
    outcome: Outcome[str] = Outcome()
    with scope.entered(by, "notices.raise"):
        if not keys:
            return outcome
        closed = dict(
            sql.rows(
                """
                UPDATE notices_alarm a SET closed_at = %s
                FROM (SELECT id FROM notices_alarm WHERE key = ANY(%s) AND closed_at IS NULL
                      ORDER BY id FOR UPDATE) AS open
                WHERE a.id = open.id RETURNING a.key, a.id
                """,
                (at, list(keys)),
            )
        )
        for given in once(keys):
            (outcome.done if given in closed else outcome.unchanged).append(given)
        audit.record(by, "notices.close_alarms", at=at, things=closed.values())
    return outcome


def acknowledge_alarms(alarm_ids: Sequence[int], *, by: Actor, at: datetime) -> Outcome[int]:
    """Take these alarms on, by name. Refuses one that does not call the actor.

    One that somebody took on stays theirs. Locks the alarms in the order of their ids.
    """
    outcome: Outcome[int] = Outcome()
    with scope.entered(by, "notices.alarms"):
        held = {
            line[0]: line[1]
            for line in sql.rows(
                "SELECT id, acknowledged_at IS NOT NULL, permission, unit_id, organisation_id"
                " FROM notices_alarm WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
                (list(alarm_ids),),
            )
            if by.may(line[2], unit=line[3], organisation=line[4])
        }
        for given in once(alarm_ids):
            if given not in held:
                outcome.refused.append(Refused(given, AlarmRefusal.UNKNOWN))
            else:
                (outcome.unchanged if held[given] else outcome.done).append(given)
        sql.execute(
            "UPDATE notices_alarm SET acknowledged_at = %s, acknowledged_by = %s"
            " WHERE id = ANY(%s)",
            (at, by.name, outcome.done),
        )
        audit.record(by, "notices.acknowledge_alarms", at=at, things=outcome.done)
    return outcome
