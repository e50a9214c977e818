"""Changing sessions that were opened: where, by whom, when, and for how many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import local_day
from som.kernel.outcomes import Outcome, Refused, once
from som.places.queries import sites_by_id
from som.sampling import rules
from som.sampling.commands.giving import AFTER_PRINT, give_slots, lock_times
from som.sampling.commands.slots import take_away, wanted_again
from som.sampling.rules import LONGEST_SESSION, CampaignFacts, PlanRefusal, Times
from som.sampling.rules.slots import after_end, moved


@dataclass(frozen=True, slots=True)
class SessionChange:
    """What a session is to be from now on: where, when, by whom and for how many people.

    `anew`: people may lose the times they have after the end.
    """

    session: str
    place: str
    starts_at: datetime
    team: str = ""
    site: int | None = None
    ends_at: datetime | None = None
    expected: int | None = None
    anew: bool = False


@dataclass(frozen=True, slots=True)
class _Held:
    """A session as it is, and what it must agree with. `begun`: somebody was swabbed there.

    `slots` as they were before any change, and `awaited` the slots in which people are to come.
    """

    id: int
    unit: int
    lab: int
    closed: bool
    now: SessionChange
    campaign: CampaignFacts
    begun: bool
    slots: Mapping[int, Times]
    awaited: Set[int]

    def slots_then(self, given: SessionChange) -> dict[int, Times]:
        """The slots moved with the beginning."""
        return moved(self.slots, given.starts_at - self.now.starts_at)

    def falling(self, given: SessionChange, at: datetime) -> list[int]:
        """The slots that fall away, as they would lie after the end."""
        ends_at = given.ends_at or given.starts_at + LONGEST_SESSION
        return after_end(self.slots_then(given), ends_at=ends_at, at=at)


def change_sessions(
    changes: Sequence[SessionChange], *, by: Actor, at: datetime
) -> Outcome[SessionChange]:
    """Change sessions that are open; once somebody was swabbed there, their place, team and end alone.

    The slots move with the beginning; those to come that then end after the session fall away, and
    whoever had a time in one gets another, as far as there is room. Whoever came keeps the time they
    had. Refuses a session that is not the actor's or is closed, what could not be opened so, and to
    take times away, unless that is said. Locks the sessions in the order of their codes, so that
    nobody is swabbed there at the same moment.
    """
    outcome: Outcome[SessionChange] = Outcome()
    with scope.entered(by, "sampling.plan"):
        held = _locked([c.session for c in changes], by)
        found = sites_by_id([c.site for c in changes if c.site is not None])
        sites = {site.id: site.unit_id for site in found.values()}
        before = dict(held)
        for given in changes:
            session = held.get(given.session)
            if session is None:
                outcome.refused.append(Refused(given, PlanRefusal.NOT_HERE))
            elif replace(given, anew=False) == session.now:
                outcome.unchanged.append(given)
            elif fault := _fault(session, given, sites, at):
                outcome.refused.append(Refused(given, *fault))
            elif not given.anew and session.awaited & {*before[given.session].falling(given, at)}:
                outcome.refused.append(Refused(given, PlanRefusal.TIMES_AFTER_END))
            else:
                held[given.session] = replace(session, now=replace(given, anew=False))
                outcome.done.append(given)
        new = {code: held[code] for code in once(c.session for c in outcome.done)}
        _update(new)
        persons = _move_slots(before, new, by=by, at=at)
        audit.record(
            by,
            "sampling.change_sessions",
            at=at,
            persons=persons,
            note={
                "sessions": {
                    code: _differing(before[code].now, one.now) for code, one in new.items()
                }
            },
        )
    return outcome


def _locked(codes: Sequence[str], by: Actor) -> dict[str, _Held]:
    """The sessions of these codes for which the actor plans, locked in the order of their codes, then
    with the times given there."""
    lines = [
        line
        for line in sql.rows(
            """
            SELECT id, unit_id, lab_id, closed_at IS NOT NULL, code, place, starts_at, team, site_id,
                   ends_at, expected
            FROM sampling_session WHERE code = ANY(%s) ORDER BY code FOR NO KEY UPDATE
            """,
            (once(codes),),
        )
        if by.may("sampling.plan", unit=line[1])
    ]
    lock_times([line[0] for line in lines])
    # After the locks: swabs that were being recorded must be seen.
    facts = {
        line[0]: (CampaignFacts(*line[1:6]), line[6])
        for line in sql.rows(
            """
            SELECT s.id, c.id, c.starts_on, c.ends_on,
                   ARRAY(SELECT l.lab_id FROM sampling_campaignlaboratory l
                         WHERE l.campaign_id = c.id ORDER BY l.lab_id),
                   c.ended_at IS NOT NULL,
                   EXISTS (SELECT 1 FROM sampling_tube t
                           WHERE t.session_id = s.id AND t.swabs > 0)
            FROM sampling_session s JOIN sampling_campaign c ON c.id = s.campaign_id
            WHERE s.id = ANY(%s)
            """,
            ([line[0] for line in lines],),
        )
    }
    slots: dict[int, dict[int, Times]] = {}
    awaited: set[int] = set()
    for session, slot, starts, ends, is_awaited in sql.rows(
        """
        SELECT z.session_id, z.id, z.starts_at, z.ends_at,
               EXISTS (SELECT 1 FROM sampling_appointment a
                       JOIN sampling_testrequest r ON r.id = a.request_id
                       WHERE a.slot_id = z.id AND r.ended_at IS NULL)
        FROM sampling_slot z WHERE z.session_id = ANY(%s)
        """,
        ([line[0] for line in lines],),
    ):
        slots.setdefault(session, {})[slot] = Times(starts, ends)
        if is_awaited:
            awaited.add(slot)
    found = {}
    for session, unit, lab, closed, *now in lines:
        campaign, begun = facts[session]
        change = SessionChange(*now)
        own = slots.get(session, {})
        found[change.session] = _Held(
            session, unit, lab, closed, change, campaign, begun, own, awaited & own.keys()
        )
    return found


def _fault(
    session: _Held, given: SessionChange, sites: Mapping[int, int], at: datetime
) -> tuple[PlanRefusal, str] | None:
    """What forbids this session to be so; None where nothing does."""
    now = session.now
    moves = (given.starts_at, given.expected) != (now.starts_at, now.expected)
    if fault := rules.fault_of_change(closed=session.closed, begun=session.begun, moves=moves):
        return fault, ""
    return rules.fault_of_session(
        session.campaign,
        unit=session.unit,
        lab=session.lab,
        on=local_day(given.starts_at),
        today=local_day(at),
        hours=(given.starts_at, given.ends_at),
        expected=given.expected,
        site=given.site,
        sites=sites,
    )


def _differing(old: SessionChange, new: SessionChange) -> dict[str, list[Any]]:
    """What was changed: as it was, and as it is now."""
    now = asdict(new)
    return {
        name: [one.isoformat() if isinstance(one, datetime) else one for one in (was, now[name])]
        for name, was in asdict(old).items()
        if was != now[name]
    }


def _update(new: Mapping[str, _Held]) -> None:
    lines = [
        (one.id, c.place, c.team, c.starts_at, c.site, c.ends_at, c.expected)
        for one in new.values()
        for c in (one.now,)
    ]
    columns = list(zip(*lines, strict=True)) or [()] * 7
    sql.execute(
        """
        UPDATE sampling_session s SET place = g.place, team = g.team, starts_at = g.starts_at,
            site_id = g.site, ends_at = g.ends_at, expected = g.expected
        FROM unnest(%s::int[], %s::text[], %s::text[], %s::timestamptz[], %s::int[],
                    %s::timestamptz[], %s::int[])
             AS g (id, place, team, starts_at, site, ends_at, expected)
        WHERE s.id = g.id
        """,
        [list(column) for column in columns],
    )


def _move_slots(
    before: Mapping[str, _Held], new: Mapping[str, _Held], *, by: Actor, at: datetime
) -> list[int]:
    """Move the slots of these sessions with their beginnings; everybody whose time changed by it."""
    kept: dict[int, Times] = {}
    gone: list[int] = []
    for code, one in new.items():
        was = before[code]
        gone += was.falling(one.now, at)
        kept |= {s: times for s, times in was.slots_then(one.now).items() if times != was.slots[s]}
    untold = take_away(gone, at=at)
    sql.execute(
        """
        UPDATE sampling_slot z SET starts_at = g.starts_at, ends_at = g.ends_at
        FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) AS g (id, starts_at, ends_at)
        WHERE z.id = g.id
        """,
        (list(kept), [t.starts_at for t in kept.values()], [t.ends_at for t in kept.values()]),
    )
    told_anew = sql.rows(
        f"""
        WITH told AS (
            UPDATE sampling_appointment a SET given_at = {AFTER_PRINT}, given_by = %(by)s
            FROM sampling_testrequest r, sampling_slot z, sampling_session s
            WHERE a.slot_id = ANY(%(slots)s) AND r.id = a.request_id AND r.ended_at IS NULL
              AND z.id = a.slot_id AND s.id = z.session_id
            RETURNING r.person_id, z.session_id
        ), changed AS (
            UPDATE sampling_session s SET times_changed_at = {AFTER_PRINT}
            WHERE s.id IN (SELECT session_id FROM told)
        )
        SELECT person_id FROM told
        """,
        {"at": at, "by": by.name, "slots": list(kept)},
    )
    if again := wanted_again(untold):
        give_slots(again, by=by, at=at)
    return [*(line[0] for line in told_anew), *(one.person for one in untold)]
