"""Slots of sessions: cutting their hours, and taking slots away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import local_day
from som.kernel.outcomes import Outcome, Refused
from som.places.queries import units_by_id
from som.sampling.commands.giving import (
    AFTER_PRINT,
    SlotWanted,
    give_slots,
    lock_times,
    sessions_locked,
)
from som.sampling.day_rules import most_at_once
from som.sampling.queries.slots import CAME
from som.sampling.rules import SlotRefusal, Times
from som.sampling.rules import slots as rules
from som.sampling.rules.slots import Cut


@dataclass(frozen=True, slots=True)
class SlotsWanted:
    """A session's hours cut into slots of so many minutes with so many places.

    `pause`: hours in which nobody comes. `anew`: people may get other times than they were given.
    """

    session: str
    starts_at: datetime
    ends_at: datetime
    minutes: int
    places: int
    pause: Times | None = None
    anew: bool = False

    @property
    def cut(self) -> Cut:
        """The same as the rules have it."""
        return Cut(Times(self.starts_at, self.ends_at), self.minutes, self.places, self.pause)


def set_slots(wanted: Sequence[SlotsWanted], *, by: Actor, at: datetime) -> Outcome[SlotsWanted]:
    """Cut sessions into slots; the slots that a session had are replaced, but for those in which
    somebody came there.

    Refuses a session that is not the actor's or is closed, hours in which there is no slot or that
    are not the session's, more places than the dated rule lets wait at once, and to change times of
    people who are waited for, unless that is said: then they get others, as far as there is room.
    Locks the sessions in the order of their codes, then the requests of their people with their times.
    """
    outcome: Outcome[SlotsWanted] = Outcome()
    with scope.entered(by, "sampling.plan"):
        sessions = sessions_locked([w.session for w in wanted], by)
        most = _most([one.unit for one in sessions.values()], at)
        held = _held([one.id for one in sessions.values()])
        new: dict[int, dict[Times, int]] = {}
        for given in wanted:
            session = sessions.get(given.session)
            if session is None:
                outcome.refused.append(Refused(given, SlotRefusal.SESSION_UNKNOWN, given.session))
                continue
            has = held[session.id]
            called, places = rules.slots_cut(given.cut, has.came)
            if session.closed:
                outcome.refused.append(Refused(given, SlotRefusal.SESSION_CLOSED))
            elif places and places == has.places:
                outcome.unchanged.append(given)
            elif fault := rules.fault_of_slots(
                called, given.places, within=session.hours, most=most[session.unit]
            ):
                outcome.refused.append(Refused(given, *fault))
            elif has.awaited and not given.anew:
                outcome.refused.append(Refused(given, SlotRefusal.TIMES_GIVEN))
            else:
                has.places = new[session.id] = places
                has.awaited = False
                outcome.done.append(given)
        untold = take_away([slot for session in new for slot in held[session].slots], at=at)
        _set(new)
        if again := wanted_again(untold):
            give_slots(again, by=by, at=at)
        audit.record(
            by,
            "sampling.set_slots",
            at=at,
            persons=[one.person for one in untold],
            note={"sessions": [one.session for one in outcome.done]},
        )
    return outcome


@dataclass(slots=True)
class _Held:
    """The slots of a session: their ids and the places of each, in which of them how many people came,
    and whether others are waited for."""

    slots: list[int] = field(default_factory=list)
    places: dict[Times, int] = field(default_factory=dict)
    came: dict[Times, int] = field(default_factory=dict)
    awaited: bool = False


def _held(sessions: Sequence[int]) -> dict[int, _Held]:
    """What each of these sessions is cut into. The times given there are locked."""
    lock_times(sessions)
    held = {session: _Held() for session in sessions}
    of: dict[int, tuple[_Held, Times]] = {}
    for slot, session, starts, ends, places in sql.rows(
        "SELECT id, session_id, starts_at, ends_at, places FROM sampling_slot"
        " WHERE session_id = ANY(%s)",
        (list(sessions),),
    ):
        one, times = of[slot] = held[session], Times(starts, ends)
        one.slots.append(slot)
        one.places[times] = places
    for slot, came, awaited in sql.rows(
        f"""
        SELECT z.id, count(*) FILTER (WHERE {CAME}), bool_or(r.ended_at IS NULL)
        FROM sampling_slot z JOIN sampling_appointment a ON a.slot_id = z.id
        JOIN sampling_testrequest r ON r.id = a.request_id
        WHERE z.id = ANY(%s) GROUP BY z.id
        """,
        (list(of),),
    ):
        one, times = of[slot]
        if came:
            one.came[times] = came
        one.awaited |= awaited
    return held


def _most(units: Sequence[int], at: datetime) -> dict[int, int]:
    """How many people may wait at once, by the dated rule of each unit's territory."""
    found = units_by_id(units, local_day(at)).values()
    return {unit.id: most_at_once(unit.territory, at) for unit in found}


class Untold(NamedTuple):
    """Somebody whose slot fell away: the session's code, their request, whether it is open."""

    session: str
    request: int
    person: int
    is_open: bool


def take_away(slots: Sequence[int], *, at: datetime) -> list[Untold]:
    """Take slots away with the times in them; whoever lost theirs. For a command that locked sessions
    and their times.

    Slots in which somebody came there stay, with the times of those and no place for anybody more.
    """
    untold = [
        Untold(*line)
        for line in sql.rows(
            f"""
            WITH gone AS (
                DELETE FROM sampling_appointment a USING sampling_testrequest r, sampling_slot z
                WHERE a.slot_id = ANY(%(slots)s) AND r.id = a.request_id AND z.id = a.slot_id
                  AND NOT {CAME}
                RETURNING a.request_id, a.slot_id
            ), changed AS (
                UPDATE sampling_session s SET times_changed_at = {AFTER_PRINT}
                WHERE s.id IN (SELECT z.session_id FROM gone JOIN sampling_slot z
                                 ON z.id = gone.slot_id)
            )
            SELECT s.code, r.id, r.person_id, r.ended_at IS NULL
            FROM gone JOIN sampling_slot z ON z.id = gone.slot_id
            JOIN sampling_session s ON s.id = z.session_id
            JOIN sampling_testrequest r ON r.id = gone.request_id
            ORDER BY s.code, r.id
            """,
            {"slots": list(slots), "at": at},
        )
    ]
    sql.execute(
        """
        DELETE FROM sampling_slot z WHERE z.id = ANY(%s)
          AND NOT EXISTS (SELECT 1 FROM sampling_appointment a WHERE a.slot_id = z.id)
        """,
        (list(slots),),
    )
    sql.execute(
        """
        UPDATE sampling_slot z
        SET places = (SELECT count(*) FROM sampling_appointment a WHERE a.slot_id = z.id)
        WHERE z.id = ANY(%s)
        """,
        (list(slots),),
    )
    return untold


def wanted_again(untold: Sequence[Untold]) -> list[SlotWanted]:
    """What is to be given to those who lost a time: another one in their session."""
    return [SlotWanted(one.session, one.request) for one in untold if one.is_open]


def _set(new: Mapping[int, Mapping[Times, int]]) -> None:
    """Give sessions these slots with so many places each; those that stayed are among them."""
    lines = [
        (session, *times, places) for session, cut in new.items() for times, places in cut.items()
    ]
    columns = [list(column) for column in zip(*lines, strict=True)] or [[]] * 4
    given = """
        unnest(%s::int[], %s::timestamptz[], %s::timestamptz[], %s::smallint[])
            AS g (session, starts_at, ends_at, places)
    """
    sql.execute(
        f"UPDATE sampling_slot z SET places = g.places FROM {given}"
        " WHERE z.session_id = g.session AND z.starts_at = g.starts_at",
        columns,
    )
    sql.execute(
        f"""
        INSERT INTO sampling_slot (session_id, starts_at, ends_at, places)
        SELECT g.* FROM {given}
        WHERE NOT EXISTS (SELECT 1 FROM sampling_slot z
                          WHERE z.session_id = g.session AND z.starts_at = g.starts_at)
        """,
        columns,
    )
