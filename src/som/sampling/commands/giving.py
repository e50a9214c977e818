"""Times given to people in the slots of sessions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.outcomes import Outcome, Refused, once
from som.sampling.queries.slots import RECKONED, AskedFor, people_asked
from som.sampling.rules import LONGEST_SESSION, SlotRefusal, Times
from som.sampling.rules import slots as rules


@dataclass(frozen=True, slots=True)
class SlotWanted:
    """A place in a slot of a session for whoever is asked for: in the one that begins then, or in
    whichever the rule gives them."""

    session: str
    request: int
    starts_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SessionLocked:
    """A session whose times nobody else changes meanwhile."""

    id: int
    code: str
    unit: int
    starts_at: datetime
    ends_at: datetime | None
    closed: bool

    @property
    def hours(self) -> Times:
        return Times(self.starts_at, self.ends_at or self.starts_at + LONGEST_SESSION)


def sessions_locked(codes: Sequence[str], by: Actor) -> dict[str, SessionLocked]:
    """The sessions of these codes for which the actor plans, locked in the order of their codes."""
    return {
        line[1]: SessionLocked(*line)
        for line in sql.rows(
            """
            SELECT id, code, unit_id, starts_at, ends_at, closed_at IS NOT NULL
            FROM sampling_session WHERE code = ANY(%s) ORDER BY code FOR NO KEY UPDATE
            """,
            (once(codes),),
        )
        if by.may("sampling.plan", unit=line[2])
    }


def lock_times(sessions: Sequence[int]) -> None:
    """Lock the times given in these sessions with their requests, in the order of these, as all do who
    write times: meanwhile nobody with one is given another or swabbed, anywhere."""
    sql.execute(
        """
        SELECT 1 FROM sampling_slot z JOIN sampling_appointment a ON a.slot_id = z.id
        JOIN sampling_testrequest r ON r.id = a.request_id
        WHERE z.session_id = ANY(%s) ORDER BY r.id FOR NO KEY UPDATE OF r, a
        """,
        (list(sessions),),
    )


AFTER_PRINT = "greatest(%(at)s, s.times_printed_at + interval '1 microsecond')"
"""When a time of session `s` is changed: after the print of a list that it is not on, though the
change began before and only waited for the lock."""


@dataclass(slots=True)
class _Day:
    """The slots of a session to come, and the places left in each."""

    begins: dict[datetime, int] = field(default_factory=dict)
    left: dict[int, int] = field(default_factory=dict)

    def moved(self, held: int | None, to: datetime) -> SlotRefusal | int:
        """The slot that begins then, with a place in it taken and the one held before left."""
        slot = self.begins.get(to)
        if slot is None:
            return SlotRefusal.SLOT_UNKNOWN
        if slot != held:
            if self.left[slot] < 1:
                return SlotRefusal.SLOT_FULL
            self.left[slot] -= 1
            if held is not None:
                self.left[held] += 1
        return slot


def _days(sessions: Sequence[int], at: datetime) -> dict[int, _Day]:
    """What is left of the slots to come. Whoever will not come any more takes up no place."""
    days = {session: _Day() for session in sessions}
    for slot, session, begins, left in sql.rows(
        f"""
        SELECT z.id, z.session_id, z.starts_at, z.places - (
                   SELECT count(*) FROM sampling_appointment a
                   JOIN sampling_testrequest r ON r.id = a.request_id
                   WHERE a.slot_id = z.id AND {RECKONED})
        FROM sampling_slot z WHERE z.session_id = ANY(%s) AND z.ends_at > %s
        ORDER BY z.session_id, z.starts_at
        """,
        (sessions, at),
    ):
        days[session].begins[begins] = slot
        days[session].left[slot] = max(0, left)
    return days


def _in_session(
    session: SessionLocked,
    wanted: Sequence[SlotWanted],
    asked: Mapping[int, AskedFor],
    taken: Collection[int],
    day: _Day,
    at: datetime,
) -> dict[SlotWanted, SlotRefusal | int]:
    """The slot of each in one session, or why they get none: first those of slots that are named.

    `taken`: requests to which another session of the same batch gives a time.
    """
    found: dict[SlotWanted, SlotRefusal | int] = {}
    named: set[int] = set()
    wait: dict[int, SlotWanted] = {}
    for given in sorted(wanted, key=lambda one: one.starts_at is None):
        person = asked.get(given.request)
        if session.closed:
            found[given] = SlotRefusal.SESSION_CLOSED
        elif person is None or session.id not in person.sessions:
            found[given] = SlotRefusal.NOT_ASKED
        elif (
            given.request in taken
            or given.request in named
            or (person.stands and person.slot_session != session.id)
        ):
            found[given] = SlotRefusal.ELSEWHERE
        elif given.starts_at is None:
            wait[given.request] = given
        else:
            slot = day.moved(person.slot_in(session.id), given.starts_at)
            if not isinstance(slot, SlotRefusal):
                named.add(given.request)
            found[given] = slot
    people = [
        one.waiting(session.id)
        for one in asked.values()
        if one.request in wait or one.slot_in(session.id) is not None
    ]
    places = rules.allotted(people, day.left, year=at.astimezone(LOCAL).year)
    for request, given in wait.items():
        place = asked[request].slot_in(session.id) or places.get(request)
        found[given] = SlotRefusal.NO_PLACE_LEFT if place is None else place
    return found


def give_slots(wanted: Sequence[SlotWanted], *, by: Actor, at: datetime) -> Outcome[SlotWanted]:
    """Give people their times in sessions; `rules.slots.allotted` says who comes when.

    A slot that is named is given where it has room, and a time within the session is moved for it.
    Refuses a session that is not the actor's or is closed, whoever its campaign does not ask for
    there, whoever has a time in another session that is not over, and more people than there are
    places in slots to come. Locks the sessions in the order of their codes; of two sessions that call
    the same person at once the later one is refused.
    """
    outcome: Outcome[SlotWanted] = Outcome()
    with scope.entered(by, "sampling.plan"):
        sessions = sessions_locked([w.session for w in wanted], by)
        ids = [one.id for one in sessions.values()]
        days = _days(ids, at)
        asked = people_asked([w.request for w in wanted], sessions=ids, at=at)
        found: dict[SlotWanted, SlotRefusal | int] = {}
        taken: set[int] = set()
        for code in sorted({w.session for w in wanted}):
            here = [w for w in once(wanted) if w.session == code]
            session = sessions.get(code)
            if session is None:
                found |= dict.fromkeys(here, SlotRefusal.SESSION_UNKNOWN)
                continue
            found |= _in_session(session, here, asked, taken, days[session.id], at)
            taken |= {w.request for w in here if not isinstance(found[w], SlotRefusal)}
        new = {
            given.request: slot
            for given, slot in found.items()
            if not isinstance(slot, SlotRefusal) and asked[given.request].slot != slot
        }
        given_to = _give(new, ids, by=by, at=at)
        for given in wanted:
            slot = found[given]
            if isinstance(slot, SlotRefusal):
                outcome.refused.append(Refused(given, slot))
            elif given.request not in new:
                outcome.unchanged.append(given)
            elif given.request in given_to:
                outcome.done.append(given)
            else:
                outcome.refused.append(Refused(given, SlotRefusal.ELSEWHERE))
        audit.record(
            by,
            "sampling.give_slots",
            at=at,
            persons=[asked[request].person for request in given_to],
            note={"sessions": sorted({w.session for w in outcome.done})},
        )
    return outcome


def _give(new: Mapping[int, int], sessions: Sequence[int], *, by: Actor, at: datetime) -> set[int]:
    """Write the slot of each request; those that got it. Another session's time stays if not over."""
    given = sql.rows(
        f"""
        INSERT INTO sampling_appointment AS a (slot_id, request_id, given_at, given_by)
        SELECT g.slot, g.request, {AFTER_PRINT}, %(by)s
        FROM unnest(%(slots)s::bigint[], %(requests)s::bigint[]) AS g (slot, request)
        JOIN sampling_slot z ON z.id = g.slot JOIN sampling_session s ON s.id = z.session_id
        ORDER BY g.request
        ON CONFLICT (request_id) DO UPDATE
        SET slot_id = excluded.slot_id, given_at = excluded.given_at,
            given_by = excluded.given_by
        WHERE NOT EXISTS (
            SELECT 1 FROM sampling_slot z JOIN sampling_session s ON s.id = z.session_id
            WHERE z.id = a.slot_id AND z.ends_at > %(at)s AND s.closed_at IS NULL
              AND s.id <> ALL (%(sessions)s))
        RETURNING request_id, slot_id
        """,
        {
            "at": at,
            "by": by.name,
            "slots": list(new.values()),
            "requests": list(new),
            "sessions": list(sessions),
        },
    )
    sql.execute(
        f"UPDATE sampling_session s SET times_changed_at = {AFTER_PRINT} WHERE s.id IN"
        " (SELECT session_id FROM sampling_slot WHERE id = ANY(%(slots)s))",
        {"at": at, "slots": [slot for _request, slot in given]},
    )
    return {request for request, _slot in given}
