"""Today, standing at half past two: other households of the same province are swabbed, and it stops
in the middle of it, so that every desk has something to do.

Most of it is the day as it comes. What chance might leave out is arranged (`arranged`): by the same
commands, at drawn times. Nobody of today is in yesterday's table.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path

from som.kernel.clock import LOCAL
from som.simulation import arranged, few
from som.simulation.arranged import Arranged
from som.simulation.bench import idle_since
from som.simulation.day import Day
from som.simulation.people import Drawn, draw_households
from som.simulation.play import Played
from som.simulation.teams import Team
from som.simulation.world import World

STANDS_AT = time(14, 30)
CODES = "H-"
"""What sessions, pools and plates of today begin with (hôm nay): none has a code of yesterday's."""
FIRST_LABEL = 500_000
"""Of each commune's roll: yesterday's labels come before."""
FEWEST, SHARE, MOST = 240, 8, 10_000
"""People of today: so large a part of yesterday's, between these."""
_STARTS = (timedelta(0), timedelta(hours=3), timedelta(hours=5, minutes=45))
"""After the first swab: teams begin in the morning, before noon and after it."""
_INSTRUMENTS = 12
"""Of both laboratories: more than yesterday, so that a plate never waits for one."""
_AT_NIGHT = (time(20), time(0, 56))
_BEFORE_DAWN, _AT_DAWN = time(4, 32), time(6, 56)
"""The worker looks when last evening's tubes have passed half, four fifths and all of their time."""
_STARTS_AT = time(7)
_LIST_AT, _CALLED_AT, _CORRECTED_AT = time(13, 50), time(13, 55), time(14, 15)
_SHEET_AT = time(14, 10)
_VISITED_AT = time(15, 30)
_COMPARED_AT = time(10, 21), time(11, 31)
"""After the boxes in which one person is twice."""
_REVIEWERS_AWAY = time(14, 5), time(14, 50)
_RETESTS_WAIT = time(13), arranged.FOUND_AT
"""The pool of the box `arranged.READ` is positive: its tubes are yet to be tested alone."""


class Today(Day):
    """A day whose teams begin one after the other."""

    def begins(self, team: Team) -> datetime:
        """Every third team's day begins in the morning, before noon or after it."""
        place = self.teams.index(team)
        return self.start + _STARTS[(place + place // len(_STARTS)) % len(_STARTS)]

    def moment(self, at: time) -> datetime:
        """This time of today."""
        return datetime.combine(self.on, at, LOCAL)


def stand_today(yesterday: Played, *, seed: int, outbox: Path) -> Today:
    """Let today happen until half past two. What is planned for later stays on its agenda."""
    day, desks = _drawn(yesterday, seed, outbox)
    for desk in desks:
        arranged.last_evening(desk)
    for at in _AT_NIGHT:
        day.look(day.moment(at) - timedelta(days=at > _STARTS_AT))
    for desk in desks:
        arranged.night_market(desk)
    day.look(day.moment(_BEFORE_DAWN))
    day.agenda.plan(day.moment(_AT_DAWN), day.look)
    day.prepare()
    for desk in desks:
        arranged.plan(desk)
    _plan_desks(day, desks[0], _tested(yesterday, desks[0].bench.lab.code))
    now = day.moment(STANDS_AT)
    day.agenda.run(until=now)
    for desk in desks:
        arranged.just_now(desk, now)
    day.look(now)
    return day


def _drawn(yesterday: Played, seed: int, outbox: Path) -> tuple[Today, list[Arranged]]:
    """The households of today, and the people kept for what is arranged."""
    before = yesterday.day
    province, on = before.province, before.on + timedelta(days=1)
    known = before.world.people
    households = draw_households(
        province.communes,
        people=min(max(FEWEST, len(known) // SHARE), MOST),
        seed=f"{seed} today",
        on=on,
        taken=yesterday.taken,
        first_serial=1 + max(person.serial for person in [*known, *before.apart]),
    )
    people = [person for household in households for person in household.members]
    reserved = _reserved(yesterday, on, seed, 1 + people[-1].serial)
    arranged.come_again(reserved[0])
    # Whoever was not at home yesterday is visited today, so teams know yesterday's people too.
    world = World([*known, *people, *(person for there in reserved for person in there)])
    day = Today(
        province,
        world,
        households,
        (),
        seed=seed,
        outbox=outbox,
        tell=lambda _step, _more: None,
        on=on,
        codes=CODES,
        first_label=FIRST_LABEL,
        list_people=0,
    )
    day.inbox = before.inbox
    for bench in day.benches:
        bench.instruments = idle_since(day.start, round(_INSTRUMENTS * bench.lab.share))
        bench.away = (day.moment(_REVIEWERS_AWAY[0]), day.moment(_REVIEWERS_AWAY[1]))
        bench.put_off = (day.moment(_RETESTS_WAIT[0]), day.moment(_RETESTS_WAIT[1]))
    return day, [Arranged(day, place, kept) for place, kept in enumerate(reserved)]


def _plan_desks(day: Today, desk: Arranged, tested: Sequence[str]) -> None:
    """Plan what the desks of review, confirmation, lists and correction wait for."""
    agenda = day.agenda
    few.strips(desk)
    for moment in _COMPARED_AT:
        agenda.plan(day.moment(moment), few.compare_newest)
    agenda.plan(day.moment(_LIST_AT), lambda at: few.list_sent(desk, at))
    agenda.plan(day.moment(_CALLED_AT), lambda at: few.called_tomorrow(desk, at))
    agenda.plan(day.moment(_SHEET_AT), lambda at: few.sheet_read_once(desk, at))
    agenda.plan(day.moment(_CORRECTED_AT), lambda at: few.correction_proposed(desk, tested, at))
    agenda.plan(day.moment(_VISITED_AT), lambda at: few.visit_absent(day, at))


def _reserved(yesterday: Played, on: date, seed: int, first_serial: int) -> list[list[Drawn]]:
    """Healthy people of one commune for each laboratory, for what is arranged there."""
    province = yesterday.day.province
    found = []
    for place, _ in enumerate(province.laboratories):
        households = draw_households(
            province.communes[place : place + 1],
            people=arranged.PEOPLE,
            seed=f"{seed} arranged {place}",
            on=on,
            healthy=True,
            taken=yesterday.taken,
            first_serial=first_serial + place * arranged.PEOPLE,
        )
        found.append([person for household in households for person in household.members])
    return found


def _tested(yesterday: Played, lab: str) -> list[str]:
    """Tubes and pools of yesterday in which nothing was found, tested at this laboratory."""
    world = yesterday.day.world
    return [
        code
        for code, plate in world.tested_on.items()
        if plate.startswith(lab) and world.shown(code) is None
    ]
