"""Changing sessions that were opened: where, by whom, when, and for how many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.outcomes import Outcome, Refused, once
from som.places.queries import SiteRow, sites_by_id
from som.sampling import rules
from som.sampling.commands.slots import give_slots, take_away, wanted_again
from som.sampling.rules import LONGEST_SESSION, CampaignFacts, PlanRefusal, Times
from som.sampling.rules.slots import moved


@dataclass(frozen=True, slots=True)
class SessionChange:
    """What a session is to be from now on: where, when, by whom and for how many people."""

    session: str
    place: str
    starts_at: datetime
    team: str = ""
    site: int | None = None
    ends_at: datetime | None = None
    expected: int | None = None


@dataclass(frozen=True, slots=True)
class _Held:
    """A session as it is, and what it must agree with. `begun`: somebody was swabbed there."""

    id: int
    unit: int
    lab: int
    closed: bool
    now: SessionChange
    campaign: CampaignFacts
    begun: bool


def change_sessions(
    changes: Sequence[SessionChange], *, by: Actor, at: datetime
) -> Outcome[SessionChange]:
    """Change sessions that are open; once somebody was swabbed there, their place, team and end alone.

    The slots move with the beginning; those that then end after the session fall away, and whoever had
    a time in one gets another, as far as there is room. Refuses a session that is not the actor's or
    is closed, and what could not be opened so. Locks the sessions in the order of their codes, so that
    nobody is swabbed there at the same moment.
    """
    outcome: Outcome[SessionChange] = Outcome()
    with scope.entered(by, "sampling.plan"):
        held = _locked([c.session for c in changes], by)
        sites = sites_by_id([c.site for c in changes if c.site is not None])
        before = dict(held)
        for given in changes:
            session = held.get(given.session)
            if session is None:
                outcome.refused.append(Refused(given, PlanRefusal.NOT_HERE))
            elif given == session.now:
                outcome.unchanged.append(given)
            elif fault := _fault(session, given, sites):
                outcome.refused.append(Refused(given, *fault))
            else:
                held[given.session] = replace(session, now=given)
                outcome.done.append(given)
        new = {code: held[code] for code in once(c.session for c in outcome.done)}
        _update(new)
        persons = _move_slots(before, new, by=by, at=at)
        audit.record(
            by,
            "sampling.change_sessions",
            at=at,
            persons=persons,
            note={"sessions": list(new)},
        )
    return outcome


def _locked(codes: Sequence[str], by: Actor) -> dict[str, _Held]:
    """The sessions of these codes for which the actor plans, locked in the order of their codes."""
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
    found = {}
    for session, unit, lab, closed, *now in lines:
        campaign, begun = facts[session]
        change = SessionChange(*now)
        found[change.session] = _Held(session, unit, lab, closed, change, campaign, begun)
    return found


def _fault(
    session: _Held, given: SessionChange, sites: Mapping[int, SiteRow]
) -> tuple[PlanRefusal, str] | None:
    """What forbids this session to be so; None where nothing does."""
    if session.closed:
        return PlanRefusal.SESSION_CLOSED, ""
    if session.begun and (given.starts_at, given.expected) != (
        session.now.starts_at,
        session.now.expected,
    ):
        return PlanRefusal.SESSION_BEGUN, ""
    if given.site is not None and (
        given.site not in sites or sites[given.site].unit_id != session.unit
    ):
        return PlanRefusal.SITE_UNKNOWN, ""
    return rules.fault_of_session(
        session.campaign,
        lab=session.lab,
        on=given.starts_at.astimezone(LOCAL).date(),
        hours=(given.starts_at, given.ends_at),
        expected=given.expected,
    )


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
    slots: dict[int, dict[int, Times]] = {}
    for slot, session, starts, ends in sql.rows(
        "SELECT id, session_id, starts_at, ends_at FROM sampling_slot WHERE session_id = ANY(%s)",
        ([one.id for one in new.values()],),
    ):
        slots.setdefault(session, {})[slot] = Times(starts, ends)
    kept: dict[int, Times] = {}
    gone: list[int] = []
    for code, one in new.items():
        by_so_much = one.now.starts_at - before[code].now.starts_at
        ends = one.now.ends_at or one.now.starts_at + LONGEST_SESSION
        held = slots.get(one.id, {})
        found = moved(held, by_so_much, Times(one.now.starts_at, ends))
        gone += [slot for slot in held if slot not in found]
        kept |= {slot: times for slot, times in found.items() if times != held[slot]}
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
        """
        WITH told AS (
            UPDATE sampling_appointment a SET given_at = %(at)s, given_by = %(by)s
            FROM sampling_testrequest r
            WHERE a.slot_id = ANY(%(slots)s) AND r.id = a.request_id AND r.ended_at IS NULL
            RETURNING r.person_id, a.slot_id
        ), changed AS (
            UPDATE sampling_session SET times_changed_at = %(at)s WHERE id IN
                (SELECT z.session_id FROM told JOIN sampling_slot z ON z.id = told.slot_id)
        )
        SELECT person_id FROM told
        """,
        {"at": at, "by": by.name, "slots": list(kept)},
    )
    if again := wanted_again(untold):
        give_slots(again, by=by, at=at)
    return [*(line[0] for line in told_anew), *(one.person for one in untold)]
