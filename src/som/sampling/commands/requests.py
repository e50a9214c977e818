"""Asking for persons to be swabbed, and how the asking ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.outcomes import Outcome, Refused
from som.people.queries import dead, standing
from som.sampling.rules import (
    PlanRefusal,
    RequestEnd,
    RequestReason,
    UnableReason,
    fault_of_ending,
)


@dataclass(frozen=True, slots=True)
class RequestWanted:
    """A person to be swabbed by a time. `key` is the natural key: the same wish is made once.

    `campaign`: the code of the campaign that asks. `day_number`: which day of a testing schedule.
    """

    key: str
    person: int
    unit: int
    reason: RequestReason
    due_at: datetime
    residence: int | None = None
    from_swab: int | None = None
    campaign: str | None = None
    day_number: int | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """How a test request ended without a swab.

    An absence says when the team comes again; so does somebody who could not be swabbed, and why.
    """

    request: int
    ended_as: RequestEnd
    revisit_on: date | None = None
    because: UnableReason | None = None


def request_tests(
    requests: Sequence[RequestWanted],
    *,
    by: Actor,
    at: datetime,
    behalf: Actor | None = None,
) -> Outcome[RequestWanted]:
    """Ask for these persons to be swabbed. The same key again stays as it is.

    Of entries joined as one person, the one that stands is asked for. Refuses a unit that is not the
    actor's, a person unknown there or dead, a campaign that is not the unit's, people of the list of
    one that was ended, and a number without a schedule. `behalf`: in whose scope a release of results
    asks again for people its reviewer may not see.
    """
    outcome: Outcome[RequestWanted] = Outcome()
    acting = behalf or by
    with scope.entered(acting, "sampling.request"):
        stands = standing([r.person for r in requests])
        died = dead(stands)
        campaigns = _campaigns(requests)
        new: dict[str, RequestWanted] = {}
        for given in requests:
            if not acting.may("sampling.request", unit=given.unit):
                outcome.refused.append(Refused(given, PlanRefusal.NOT_HERE))
            elif given.person not in stands:
                outcome.refused.append(Refused(given, PlanRefusal.PERSON_UNKNOWN))
            elif given.person in died:
                outcome.refused.append(Refused(given, PlanRefusal.PERSON_DIED))
            elif given.campaign is not None and (given.campaign, given.unit) not in campaigns:
                outcome.refused.append(Refused(given, PlanRefusal.CAMPAIGN_UNKNOWN, given.campaign))
            elif given.campaign is not None and (
                given.reason is RequestReason.ROSTER and campaigns[given.campaign, given.unit][1]
            ):
                outcome.refused.append(Refused(given, PlanRefusal.CAMPAIGN_OVER, given.campaign))
            elif given.day_number is not None and (
                given.reason is not RequestReason.DAY
                or not 0 <= given.day_number <= LONGEST_SCHEDULE
            ):
                outcome.refused.append(
                    Refused(given, PlanRefusal.DAY_IMPOSSIBLE, str(given.day_number))
                )
            elif given.key in new:
                outcome.unchanged.append(given)
            else:
                new[given.key] = given
        made = {
            line[0]
            for line in sql.rows(
                """
                INSERT INTO sampling_testrequest
                    (key, unit_ids, unit_id, person_id, reason, day_number, campaign_id, single,
                     requested_at, due_at, from_swab_id)
                SELECT r.key, CASE WHEN r.residence IS NULL OR r.residence = r.unit
                                   THEN ARRAY[r.unit] ELSE ARRAY[r.unit, r.residence] END,
                       r.unit, r.person, r.reason, r.day_number, r.campaign, r.single, %s, r.due_at,
                       r.from_swab
                FROM unnest(%s::text[], %s::int[], %s::int[], %s::bigint[], %s::text[],
                            %s::smallint[], %s::int[], %s::boolean[], %s::timestamptz[],
                            %s::bigint[])
                     AS r (key, residence, unit, person, reason, day_number, campaign, single,
                           due_at, from_swab)
                ORDER BY r.key
                ON CONFLICT (key) DO NOTHING
                RETURNING key
                """,
                (
                    at,
                    list(new),
                    [r.residence for r in new.values()],
                    [r.unit for r in new.values()],
                    [stands[r.person] for r in new.values()],
                    [r.reason for r in new.values()],
                    [r.day_number for r in new.values()],
                    [
                        None if r.campaign is None else campaigns[r.campaign, r.unit][0]
                        for r in new.values()
                    ],
                    [r.reason.single for r in new.values()],
                    [r.due_at for r in new.values()],
                    [r.from_swab for r in new.values()],
                ),
            )
        }
        sql.execute(
            "SELECT sampling_share_persons(%s::bigint[], %s::int[])",
            (
                [stands[r.person] for r in new.values() if r.key in made],
                [r.unit for r in new.values() if r.key in made],
            ),
        )
        for key, given in new.items():
            (outcome.done if key in made else outcome.unchanged).append(given)
        audit.record(
            by,
            "sampling.request_tests",
            at=at,
            persons=[stands[r.person] for r in outcome.done],
            note={"reasons": sorted({r.reason for r in outcome.done})},
            behalf=behalf,
        )
    return outcome


LONGEST_SCHEDULE = 99
"""More than any schedule of tests: the longest isolation of 2021 had tests to day 28."""


def _campaigns(requests: Sequence[RequestWanted]) -> dict[tuple[str, int], tuple[int, bool]]:
    """The campaigns named that reach the units named, by code and unit; whether they were ended."""
    named = {(r.campaign, r.unit) for r in requests if r.campaign is not None}
    if not named:
        return {}
    return {
        (line[0], line[1]): (line[2], line[3])
        for line in sql.rows(
            """
            SELECT DISTINCT g.campaign, g.unit, c.id, c.ended_at IS NOT NULL
            FROM unnest(%s::text[], %s::int[]) AS g (campaign, unit)
            JOIN sampling_campaign c ON c.code = g.campaign
            JOIN places_coverage v ON v.unit_id = c.unit_id AND v.covered_id = g.unit
            """,
            ([campaign for campaign, _ in named], [unit for _, unit in named]),
        )
    }


def end_requests(endings: Sequence[Ending], *, by: Actor, at: datetime) -> Outcome[Ending]:
    """Note how test requests ended without a swab.

    Whoever was away or could not be swabbed is asked for again on the day on which the team comes
    again. Refuses a request not seen here, one that ended another way, an absence without a
    possible day, a transfer (that is the other unit's word), and an end with the campaign of what no
    ended campaign's list asked for. Locks the requests in the order of their ids.
    """
    outcome: Outcome[Ending] = Outcome()
    today = at.astimezone(LOCAL).date()
    with scope.entered(by, "sampling.record") as units:
        held = {
            line[0]: line[1:]
            for line in sql.rows(
                """
                SELECT r.id, r.unit_id, r.ended_as, r.revisit_on, r.unable_because, r.person_id,
                       r.reason = %s AND c.ended_at IS NOT NULL
                FROM sampling_testrequest r LEFT JOIN sampling_campaign c ON c.id = r.campaign_id
                WHERE r.id = ANY(%s) ORDER BY r.id FOR UPDATE OF r
                """,
                (RequestReason.ROSTER, [e.request for e in endings]),
            )
        }
        new: dict[int, Ending] = {}
        for given in endings:
            request = held.get(given.request)
            said = _said(given)
            fault = fault_of_ending(*said, on=today)
            if request is None or (units is not None and request[0] not in units):
                outcome.refused.append(Refused(given, PlanRefusal.REQUEST_UNKNOWN))
            elif given.ended_as is RequestEnd.CAMPAIGN_ENDED and not request[5]:
                outcome.refused.append(Refused(given, PlanRefusal.CAMPAIGN_GOES_ON))
            elif request[1] is None and given.request not in new and fault is None:
                new[given.request] = given
                outcome.done.append(given)
            elif said == (
                _said(new[given.request]) if given.request in new else tuple(request[1:4])
            ):
                outcome.unchanged.append(given)
            elif fault is not None:
                outcome.refused.append(Refused(given, fault))
            else:
                before = request[1] or new[given.request].ended_as
                outcome.refused.append(Refused(given, PlanRefusal.REQUEST_ENDED, str(before)))
        ended = [e.request for e in outcome.done]
        sql.execute(
            """
            UPDATE sampling_testrequest r
            SET ended_at = %s, ended_as = g.ended_as, revisit_on = g.revisit_on,
                unable_because = g.because
            FROM unnest(%s::bigint[], %s::text[], %s::date[], %s::text[])
                 AS g (id, ended_as, revisit_on, because)
            WHERE r.id = g.id
            """,
            (
                at,
                ended,
                [e.ended_as for e in outcome.done],
                [_said(e)[1] for e in outcome.done],
                [_said(e)[2] for e in outcome.done],
            ),
        )
        sql.execute(
            """
            INSERT INTO sampling_testrequest
                (key, unit_ids, unit_id, person_id, reason, day_number, campaign_id, single,
                 requested_at, due_at, from_swab_id)
            SELECT 'revisit:' || r.id, r.unit_ids, r.unit_id, r.person_id, r.reason, r.day_number,
                   r.campaign_id, r.single, %s,
                   (r.revisit_on + 1)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh', r.from_swab_id
            FROM sampling_testrequest r
            WHERE r.id = ANY(%s) AND r.ended_as IN ('absent', 'unable')
            ON CONFLICT (key) DO NOTHING
            """,
            (at, ended),
        )
        audit.record(
            by,
            "sampling.end_requests",
            at=at,
            persons=[held[e.request][4] for e in outcome.done],
            things=ended,
        )
    return outcome


def _said(ending: Ending) -> tuple[RequestEnd, date | None, UnableReason | None]:
    """What an ending says, less what its kind says nothing of."""
    return (
        ending.ended_as,
        ending.revisit_on if ending.ended_as.revisited else None,
        ending.because if ending.ended_as is RequestEnd.UNABLE else None,
    )
