"""What is arranged for the desks of few: the point where strips are read, review, confirmation, lists,
the team that visits again, a paper sheet, and tomorrow's session. All of it by the commands that
everybody uses.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from som.access.queries import system_actor
from som.kernel import ids
from som.kernel.clock import LOCAL
from som.lab.commands import read_antigen_tests, receive_tubes
from som.lab.rules import AntigenTest
from som.lab.verdicts import Verdict
from som.people.commands import compare_people
from som.people.queries import uncompared_persons
from som.results.commands import Correction, propose_corrections, release_verdicts
from som.results.queries import released_on, waiting_for_release
from som.sampling.commands import (
    ListSent,
    Session,
    SheetWanted,
    SlotsWanted,
    SlotWanted,
    enter_sheets,
    give_slots,
    open_sessions,
    print_sheets,
    receive_lists,
    set_slots,
)
from som.sampling.queries import open_requests, requests_without_times, sessions
from som.sampling.rules import LineRead, PrintedLine, SwabTaken, TubeClass
from som.sampling.rules.imports import ListPurpose
from som.sampling.work import take_up_lists
from som.simulation import schedule
from som.simulation.arranged import CT, Arranged, sure
from som.simulation.province import CAMPAIGN
from som.simulation.roster import row_of, take_in, workbook
from som.simulation.teams import Box
from som.simulation.visits import people_meant
from som.simulation.world import Truth

if TYPE_CHECKING:
    from som.simulation.today import Today

_STRIP, _TAKEN_IN = timedelta(minutes=20), timedelta(minutes=1)
"""From the swab to the reading, for which the maker says 15 to 30 minutes; and to the point's bench."""
_LISTED = 8
_CALLED, _WITHOUT = 14, 4
"""People called to tomorrow's session, and how many of them have no time yet."""
_ON_PAPER, _EMPTY = 3, 2
"""Lines of a paper sheet on which people stand, and lines that stayed empty."""
_COMPARED = 200
"""So many of the newest people are compared with all others; the worker goes on with the rest."""


@dataclass(frozen=True, slots=True)
class _Strips:
    """So many people come to the point at this time; whether they cough and their strips are positive."""

    people: int
    come: time
    positive: bool = False


RELEASED = _Strips(1, time(13, 54), positive=True)
"""Suspected, and asked for another swab."""
TO_REVIEW = _Strips(2, time(14))
TO_READ = _Strips(2, time(14, 20))
"""The tubes are there; their strips are read in a moment."""


def strips(desk: Arranged) -> None:
    """Plan a small sitting at the point where strips are read: some stand at each of its steps."""
    day, point = desk.day, desk.day.province.point
    code = f"{day.codes}TN"
    name = day.province.communes[desk.place].name
    begins = day.moment(RELEASED.come)
    place = f"Điểm test nhanh, {name}"
    day.agenda.plan(
        begins, lambda at: day.open_session(code, desk.place, point.id, place, "Điểm test", at)
    )
    for some in (RELEASED, TO_REVIEW, TO_READ):
        day.agenda.plan(day.moment(some.come), lambda at, some=some: _come(desk, code, some, at))  # type: ignore[misc]
    day.close_session_at(code, day.moment(TO_READ.come))


def _come(desk: Arranged, session: str, some: _Strips, at: datetime) -> None:
    """These are swabbed, their tubes taken in, and their strips read when it is time."""
    day, point = desk.day, desk.day.province.point
    truths = []
    for _ in range(some.people):
        person = desk.people.pop()
        if some.positive:
            person.infected, person.ct, person.tube_class = True, CT, TubeClass.SYMPTOM
        truths.append(Truth(person, day.new_tube(desk.place), day.new_slip(), at))
    tubes = [truth.tube for truth in truths]
    day.world.swabbed(truths)
    day.world.strips.update(dict.fromkeys(tubes, some.positive))
    taken_in = at + _TAKEN_IN
    desk.record(truths, session, taken_in)
    sure(receive_tubes(tubes, lab=point.id, by=point.technician, at=taken_in))
    read_at = at + _STRIP

    def read(now: datetime) -> None:
        tests = [
            AntigenTest(tube, taken_in, now, control_line=True, test_line=some.positive)
            for tube in tubes
        ]
        lab, kit, technician = point.id, point.kit, point.technician
        sure(read_antigen_tests(tests, lab=lab, kit=kit, kit_lot="AG-2610", by=technician, at=now))

    def release(now: datetime) -> None:
        waiting = waiting_for_release(point.id, by=point.reviewer)
        ours = [one.verdict for one in waiting if one.sample in tubes]
        sure(release_verdicts(ours, lab=point.id, by=point.reviewer, at=now))
        if some.positive:
            day.plan_visits(now)

    day.agenda.plan(read_at, read)
    day.agenda.plan(read_at + schedule.REVIEW, release)


def correction_proposed(desk: Arranged, tested: Sequence[str], at: datetime) -> None:
    """Propose that one of these, released as negative, should have been inconclusive."""
    lab = desk.bench.lab
    for code in tested:
        verdict = released_on(code, lab=lab.id, by=lab.reviewer)
        if verdict is None:
            continue
        wanted = Correction(verdict, Verdict.INCONCLUSIVE, "Đường cong bất thường, cần lấy lại mẫu")
        if propose_corrections([wanted], lab=lab.id, by=lab.reviewer, at=at).done:
            return


def visit_absent(day: Today, at: datetime) -> None:
    """Whoever was on yesterday's list and not at home is swabbed this afternoon, alone."""
    for commune, sampler in enumerate(day.province.samplers):
        unit = day.province.communes[commune].unit
        listed = [
            request
            for request in open_requests(by=sampler, at=at, limit=5_000)
            if request.unit == unit and not request.again
        ]
        meant = people_meant(day, listed, by=sampler)
        if not meant:
            continue
        bench = day.benches[commune % len(day.benches)]
        code, name = f"{day.codes}DH-{commune + 1}", day.province.communes[commune].name
        day.open_session(code, commune, bench.lab.id, f"Tại hộ, {name}", "Tổ đến lại", at)
        swabs = [
            Truth(person, day.new_tube(commune), day.new_slip(), at + place * schedule.PER_PERSON)
            for place, person in enumerate(meant.values(), start=1)
        ]
        box = Box(swabs[-1].taken_at + schedule.PACKING, swabs)
        asked = {person.serial: request for request, person in meant.items()}
        day.plan_box(code, commune, box, bench, asked)
        day.close_session_at(code, box.leaves_at)


def compare_newest(at: datetime) -> None:
    """Compare the newest people with all others; the worker goes on with the rest."""
    by = system_actor("matching")
    compare_people(uncompared_persons(by=by, limit=10**7)[-_COMPARED:], by=by, at=at)


def list_sent(desk: Arranged, at: datetime) -> None:
    """A commune's officer sends a list of people to be swabbed; some of its rows are wrong."""
    province = desk.day.province
    rows = [row_of(desk.people.pop()) for _ in range(_LISTED)]
    rows[2]["birth"], rows[4]["commune"] = "31/02/1990", "Xã Đồng Hỹ Thượng"
    file = ListSent(
        "danh-sach-bo-sung.xlsx",
        workbook(rows, on=desk.day.on),
        ListPurpose.ROSTER,
        campaign=CAMPAIGN,
        due_on=desk.day.on + timedelta(days=1),
    )
    unit = province.communes[desk.place].unit
    sure(receive_lists([file], unit=unit, by=province.officers[desk.place], at=at))
    take_up_lists(at=at)


def called_tomorrow(desk: Arranged, at: datetime) -> None:
    """A session of tomorrow morning, cut into slots: most of its people have their times."""
    province, day = desk.day.province, desk.day
    unit, tomorrow = province.communes[desk.place].unit, day.on + timedelta(days=1)
    officer = province.officer_at(unit)
    content = workbook([row_of(desk.people.pop(0)) for _ in range(_CALLED)], on=day.on)
    name = "danh-sach-ngay-mai.xlsx"
    take_in(name, content, unit=unit, by=officer, due_on=tomorrow, at=at)
    begins, ends = (datetime.combine(tomorrow, time(hour), LOCAL) for hour in (7, 10))
    name = province.communes[desk.place].name
    opened = Session(
        f"{day.codes}NM-{desk.place + 1}",
        CAMPAIGN,
        unit,
        desk.bench.lab.id,
        f"Nhà văn hoá, {name}",
        begins,
        "Tổ 1",
        ends_at=ends,
        expected=10 * _CALLED,
    )
    sure(open_sessions([opened], by=officer, at=at))
    sure(set_slots([SlotsWanted(opened.code, begins, ends, 30, 10)], by=officer, at=at))
    (session_id,) = (one.id for one in sessions(by=officer) if one.code == opened.code)
    waiting = requests_without_times(session_id, by=officer, at=at)[-_CALLED:-_WITHOUT]
    times = [SlotWanted(opened.code, request) for request in waiting]
    sure(give_slots(times, by=officer, at=at))


def sheet_read_once(desk: Arranged, at: datetime) -> None:
    """A paper sheet from where there is no network: one sampler has read it, another has yet to."""
    province, day = desk.day.province, desk.day
    code, name = f"{day.codes}PG-{desk.place + 1}", province.communes[desk.place].name
    # What a pen writes on paper: whole minutes, and where somebody lives in words alone.
    begins = (at - timedelta(hours=1)).replace(second=0, microsecond=0)
    place = f"Xóm Cao, {name}"
    day.open_session(code, desk.place, desk.bench.lab.id, place, "Tổ vùng lõm sóng", begins)
    source = random.Random(f"{day.seed} paper")
    lines = tuple(
        PrintedLine(day.new_tube(desk.place), ids.new_slip_code(source))
        for _ in range(_ON_PAPER + _EMPTY)
    )
    by = desk.sampler
    sure(print_sheets([SheetWanted(1, lines)], session=code, by=by, at=begins))
    written = [
        SwabTaken(
            line.tube,
            line.slip,
            begins + timedelta(minutes=number),
            replace(desk.people.pop(0).declaration(), residence=None),
        )
        for number, line in enumerate(lines[:_ON_PAPER], start=1)
    ]
    read = [LineRead(1, number, swab) for number, swab in enumerate(written, start=1)]
    read += [LineRead(1, _ON_PAPER + number) for number in range(1, _EMPTY + 1)]
    sure(enter_sheets(read, session=code, by=by, at=at))
