"""Asking for persons to be swabbed, and how the asking ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refused
from som.sampling.rules import PlanRefusal, RequestEnd, RequestReason


@dataclass(frozen=True, slots=True)
class RequestWanted:
    """A person to be swabbed by a time. `key` is the natural key: the same wish is made once."""

    key: str
    person: int
    unit: int
    reason: RequestReason
    due_at: datetime
    residence: int | None = None
    from_swab: int | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """How a test request ended without a swab. An absence says when the team comes again."""

    request: int
    ended_as: RequestEnd
    revisit_on: date | None = None


def request_tests(
    requests: Sequence[RequestWanted],
    *,
    by: Actor,
    at: datetime,
    behalf: Actor | None = None,
) -> Outcome[RequestWanted]:
    """Ask for these persons to be swabbed. The same key again stays as it is.

    Refuses a unit that is not the actor's and a person unknown there. `behalf`: in whose scope a
    release of results asks again for people its reviewer may not see.
    """
    outcome: Outcome[RequestWanted] = Outcome()
    acting = behalf or by
    with scope.entered(acting, "sampling.request"):
        known = {
            line[0]
            for line in sql.rows(
                "SELECT id FROM people_person WHERE id = ANY(%s)", ([r.person for r in requests],)
            )
        }
        new: dict[str, RequestWanted] = {}
        for given in requests:
            if not acting.may("sampling.request", unit=given.unit):
                outcome.refused.append(Refused(given, PlanRefusal.NOT_HERE))
            elif given.person not in known:
                outcome.refused.append(Refused(given, PlanRefusal.PERSON_UNKNOWN))
            elif given.key in new:
                outcome.unchanged.append(given)
            else:
                new[given.key] = given
        made = {
            line[0]
            for line in sql.rows(
                """
                INSERT INTO sampling_testrequest
                    (key, unit_ids, unit_id, person_id, reason, single, requested_at, due_at,
                     from_swab_id)
                SELECT r.key, CASE WHEN r.residence IS NULL OR r.residence = r.unit
                                   THEN ARRAY[r.unit] ELSE ARRAY[r.unit, r.residence] END,
                       r.unit, r.person, r.reason, r.single, %s, r.due_at, r.from_swab
                FROM unnest(%s::text[], %s::int[], %s::int[], %s::bigint[], %s::text[],
                            %s::boolean[], %s::timestamptz[], %s::bigint[])
                     AS r (key, residence, unit, person, reason, single, due_at, from_swab)
                ORDER BY r.key
                ON CONFLICT (key) DO NOTHING
                RETURNING key
                """,
                (
                    at,
                    list(new),
                    [r.residence for r in new.values()],
                    [r.unit for r in new.values()],
                    [r.person for r in new.values()],
                    [r.reason for r in new.values()],
                    [r.reason.single for r in new.values()],
                    [r.due_at for r in new.values()],
                    [r.from_swab for r in new.values()],
                ),
            )
        }
        for key, given in new.items():
            (outcome.done if key in made else outcome.unchanged).append(given)
        audit.record(
            by,
            "sampling.request_tests",
            at=at,
            persons=[r.person for r in outcome.done],
            note={"reasons": sorted({r.reason for r in outcome.done})},
            behalf=behalf,
        )
    return outcome


def end_requests(endings: Sequence[Ending], *, by: Actor, at: datetime) -> Outcome[Ending]:
    """Note how test requests ended without a swab.

    An absence makes a new request for the day on which the team comes again. Refuses a request not
    seen here, one that ended another way, and an absence without a day. Locks the requests in the
    order of their ids.
    """
    outcome: Outcome[Ending] = Outcome()
    with scope.entered(by, "sampling.record") as units:
        held = {
            line[0]: line[1:]
            for line in sql.rows(
                "SELECT id, unit_id, ended_as, revisit_on, person_id FROM sampling_testrequest"
                " WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
                ([e.request for e in endings],),
            )
        }
        new: dict[int, Ending] = {}
        for given in endings:
            request = held.get(given.request)
            if request is None or (units is not None and request[0] not in units):
                outcome.refused.append(Refused(given, PlanRefusal.REQUEST_UNKNOWN))
            elif given.ended_as is RequestEnd.SWABBED:
                outcome.refused.append(Refused(given, PlanRefusal.REQUEST_ENDED))
            elif given.ended_as is RequestEnd.ABSENT and given.revisit_on is None:
                outcome.refused.append(Refused(given, PlanRefusal.REVISIT_MISSING))
            elif request[1] is not None or given.request in new:
                before = (
                    (new[given.request].ended_as, new[given.request].revisit_on)
                    if given.request in new
                    else (request[1], request[2])
                )
                if before == (given.ended_as, given.revisit_on):
                    outcome.unchanged.append(given)
                else:
                    outcome.refused.append(
                        Refused(given, PlanRefusal.REQUEST_ENDED, str(before[0]))
                    )
            else:
                new[given.request] = given
                outcome.done.append(given)
        sql.execute(
            """
            UPDATE sampling_testrequest r
            SET ended_at = %s, ended_as = g.ended_as, revisit_on = g.revisit_on
            FROM unnest(%s::bigint[], %s::text[], %s::date[]) AS g (id, ended_as, revisit_on)
            WHERE r.id = g.id
            """,
            (
                at,
                [e.request for e in outcome.done],
                [e.ended_as for e in outcome.done],
                [e.revisit_on for e in outcome.done],
            ),
        )
        sql.execute(
            """
            INSERT INTO sampling_testrequest
                (key, unit_ids, unit_id, person_id, reason, single, requested_at, due_at,
                 from_swab_id)
            SELECT 'revisit:' || r.id, r.unit_ids, r.unit_id, r.person_id, r.reason, r.single,
                   %s, (r.revisit_on + 1)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh',
                   r.from_swab_id
            FROM sampling_testrequest r WHERE r.id = ANY(%s) AND r.ended_as = 'absent'
            ON CONFLICT (key) DO NOTHING
            """,
            (at, [e.request for e in outcome.done]),
        )
        audit.record(
            by,
            "sampling.end_requests",
            at=at,
            persons=[held[e.request][3] for e in outcome.done],
            things=[e.request for e in outcome.done],
        )
    return outcome
