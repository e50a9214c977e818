"""What is arranged for today, in case chance leaves a desk without work.

For each laboratory a team that swabs for a few boxes, each of which is to be found at another place at
half past two, and a box of last evening whose tubes are late; beside them what the desks of review,
confirmation and lists wait for. All of it by the commands that everybody uses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from som.access.queries import system_actor
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome
from som.lab.commands import read_antigen_tests
from som.lab.rules import AntigenTest
from som.lab.verdicts import Verdict
from som.people.commands import compare_people
from som.people.queries import uncompared_persons
from som.results.commands import Correction, propose_corrections, release_verdicts
from som.results.queries import released_on, waiting_for_release
from som.sampling.commands import (
    ListSent,
    Loss,
    Manifest,
    dispatch_tubes,
    lose_tubes,
    receive_lists,
    record_swabs,
    store_tubes,
)
from som.sampling.queries import open_requests
from som.sampling.rules import StorageKind, SwabTaken, TubeClass
from som.sampling.rules.imports import ListPurpose
from som.sampling.work import take_up_lists
from som.simulation import schedule
from som.simulation.people import Drawn
from som.simulation.province import CAMPAIGN
from som.simulation.roster import row_of, workbook
from som.simulation.teams import Box
from som.simulation.visits import people_meant
from som.simulation.world import Truth

if TYPE_CHECKING:
    from som.simulation.bench import Bench
    from som.simulation.today import Today

PEOPLE = 72
"""Kept for what is arranged at each laboratory; more than it needs."""
_CT = 22.4
_STRIP = timedelta(minutes=20)
"""From the swab to the reading: the maker says 15 to 30 minutes."""
_LISTED = 8
_BEFORE, _AGAIN = -15, -20
"""Somebody in the box `READ`, and in the next one; people are taken from the end."""
_COMPARED = 200
"""So many of the newest people are compared with all others; the worker goes on with the rest."""


@dataclass(frozen=True, slots=True)
class _Box:
    """A box: people of each of its tubes, and which of these tubes hold somebody infected."""

    sizes: tuple[int, ...]
    leaves: time
    arrives: time
    infected: tuple[int, ...] = ()


READ = _Box((5, 1, 1, 1, 1, 1, 1), time(10, 20), time(11, 10), (0, 1))
"""Loaded before noon, read after half past one: a positive field pool and a positive lab pool."""
IN_TEST = _Box((3, 2, 2), time(11, 30), time(12, 10))
JUST_IN = _Box((3, 2, 1), time(13, 30), time(14, 30))
AT_THE_DOOR = _Box((4, 3), time(13, 20), time(14, 40))
"""The driver has handed it over at the laboratory's door; nobody has unpacked it."""
ON_ITS_WAY = _Box((2, 3), time(14, 5), time(14, 55))
"""One of its tubes broke on the way."""
_BROKEN_AT, _WARM_AT, _FOUND_AT = time(14, 20), time(13), time(14, 45)
_EVENING = (3, 1, 1, 1)
"""Last evening's tubes: two came to the laboratory, one is missing from its box, one never left."""


@dataclass(slots=True)
class Arranged:
    """One laboratory's arranged tubes: `place` is its place in the province, and its commune's.

    `late`: last evening's tubes. `just_in`: the box that is unpacked at half past two.
    """

    day: Today
    place: int
    people: list[Drawn]
    late: list[str] = field(default_factory=list)
    just_in: list[str] = field(default_factory=list)

    @property
    def bench(self) -> Bench:
        return self.day.benches[self.place]

    @property
    def sampler(self) -> Actor:
        return self.day.province.samplers[self.place]

    def open(self, code: str, team: str, at: datetime) -> str:
        """Let a team begin; answer with the code of its session."""
        name = self.day.province.communes[self.place].name
        code = f"{self.day.codes}{code}{self.place + 1}"
        self.day.open_session(code, self.place, self.bench.lab.id, f"Tại hộ, {name}", team, at)
        return code

    def swabbed(
        self, sizes: Sequence[int], before: datetime, infected: Sequence[int] = ()
    ) -> list[Truth]:
        """Fill tubes with so many people each, the last a moment before the box leaves."""
        truths: list[Truth] = []
        now = before - schedule.PACKING - sum(sizes) * schedule.PER_PERSON
        for number, size in enumerate(sizes):
            tube = self.day.new_tube(self.place)
            for _ in range(size):
                now += schedule.PER_PERSON
                truths.append(Truth(self.people.pop(), tube, self.day.new_slip(), now))
            if number in infected:
                truths[-1].person.infected, truths[-1].person.ct = True, _CT
        self.day.world.swabbed(truths)
        return truths

    def record(self, truths: Sequence[Truth], session: str, at: datetime) -> None:
        """Write down who is in which tube."""
        swabs = [
            SwabTaken(
                one.tube,
                one.slip,
                one.taken_at,
                one.person.declaration(),
                tube_class=one.person.tube_class,
            )
            for one in truths
        ]
        _sure(record_swabs(swabs, session=session, by=self.sampler, at=at))

    def send(self, codes: Sequence[str], at: datetime) -> None:
        """Close a box of these tubes; a driver takes it."""
        unit = self.day.province.communes[self.place].unit
        lab = self.bench.lab.id
        manifest = Manifest(f"BB-{codes[0]}", unit, lab, "Tổ vận chuyển", f"NP{codes[0][4:10]}")
        _sure(dispatch_tubes(codes, manifest=manifest, by=self.sampler, at=at))


def last_evening(desk: Arranged) -> None:
    """A team of last evening whose tubes were forgotten: nobody in them has an answer yet."""
    start = desk.day.moment(time(18, 20)) - timedelta(days=1)
    session = desk.open("TOI-", "Tổ tối", start)
    sent_at = start + timedelta(minutes=40)
    truths = desk.swabbed(_EVENING, sent_at)
    desk.late = _codes(truths)
    desk.record(truths, session, sent_at)
    desk.send(desk.late[:3], sent_at)
    desk.bench.mislaid.update(desk.late[:2])
    desk.bench.receive(desk.late[:2], sent_at + timedelta(minutes=45))


def plan(desk: Arranged) -> None:
    """Plan the boxes of today, and what becomes of last evening's tubes."""
    day, agenda, bench = desk.day, desk.day.agenda, desk.bench
    session = desk.open("LD-", "Tổ lưu động", day.moment(time(8)))
    for box in (READ, IN_TEST, AT_THE_DOOR, JUST_IN, ON_ITS_WAY):
        truths = desk.swabbed(box.sizes, day.moment(box.leaves), box.infected)
        codes = _codes(truths)

        def leave(at: datetime, truths: list[Truth] = truths) -> None:
            desk.record(truths, session, at)
            desk.send(_codes(truths), at)

        agenda.plan(day.moment(box.leaves), leave)
        if box is JUST_IN:
            desk.just_in = codes
            continue
        come = codes[1:] if box is ON_ITS_WAY else codes
        agenda.plan(day.moment(box.arrives), lambda at, come=come: bench.receive(come, at))  # type: ignore[misc]
        if box is ON_ITS_WAY:
            agenda.plan(day.moment(_BROKEN_AT), lambda at, tube=codes[0]: _lose(desk, tube, at))  # type: ignore[misc]
    day.close_session_at(session, day.moment(ON_ITS_WAY.leaves))
    agenda.plan(day.moment(_WARM_AT), lambda at: _found_warm(desk, at))
    agenda.plan(day.moment(_FOUND_AT), lambda at: _found(desk, at))


def _lose(desk: Arranged, tube: str, at: datetime) -> None:
    """Two people say that a tube broke; its people are asked again."""
    witness = desk.day.province.officers[desk.place].name
    _sure(lose_tubes([Loss(tube, "Vỡ khi vận chuyển", witness)], by=desk.sampler, at=at))


def _found_warm(desk: Arranged, at: datetime) -> None:
    """One of last evening's tubes stood on a table: it may be tested for a few hours more."""
    lab = desk.bench.lab
    warm = store_tubes(
        desk.late[:1],
        kind=StorageKind.ROOM,
        lab=lab.id,
        by=lab.technician,
        at=at,
        temperature=Decimal(27),
    )
    _sure(warm)


def _found(desk: Arranged, at: datetime) -> None:
    """Last evening's tubes are thought of: two are tested, one is sent, one is given up."""
    desk.bench.mislaid.difference_update(desk.late)
    desk.bench.work(at)
    desk.send(desk.late[3:], at)
    desk.day.agenda.plan(
        at + timedelta(hours=1), lambda now: desk.bench.receive(desk.late[3:], now)
    )
    _lose(desk, desk.late[2], at)


def just_now(desk: Arranged, at: datetime) -> None:
    """At this moment a box is unpacked."""
    desk.bench.receive(desk.just_in, at)


# --- the desks of few ------------------------------------------------------------------------------


def strip_read(desk: Arranged, at: datetime) -> None:
    """Somebody who coughs has a positive strip: suspected, and asked for another swab."""
    day, point = desk.day, desk.day.province.point
    code = f"{day.codes}TN"
    name = day.province.communes[desk.place].name
    day.open_session(code, desk.place, point.id, f"Điểm test nhanh, {name}", "Điểm test", at)
    person = desk.people.pop()
    person.infected, person.ct, person.tube_class = True, _CT, TubeClass.SYMPTOM
    tube = day.new_tube(desk.place)
    truth = Truth(person, tube, day.new_slip(), at)
    day.world.swabbed([truth])
    day.world.strips[tube] = True
    read_at = at + _STRIP
    desk.record([truth], code, read_at)
    strip = AntigenTest(tube, at + timedelta(minutes=1), read_at, control_line=True, test_line=True)
    _sure(
        read_antigen_tests(
            [strip], lab=point.id, kit=point.kit, kit_lot="AG-2610", by=point.technician, at=read_at
        )
    )

    def release(now: datetime) -> None:
        waiting = [one.verdict for one in waiting_for_release(point.id, by=point.reviewer)]
        _sure(release_verdicts(waiting, lab=point.id, by=point.reviewer, at=now))
        day.plan_visits(now)
        day.close_session(code, now)

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


def come_again(people: list[Drawn]) -> None:
    """Let one of these be swabbed twice: the second time without papers, with another telephone."""
    other, person = people[_AGAIN], people[_BEFORE]
    person.by_year = False
    people[_AGAIN] = replace(person, serial=other.serial, phone=other.phone, number="")


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
    _sure(receive_lists([file], unit=unit, by=province.officers[desk.place], at=at))
    take_up_lists(at=at)


def _codes(truths: Sequence[Truth]) -> list[str]:
    return list(dict.fromkeys(truth.tube for truth in truths))


def _sure(outcome: Outcome) -> None:  # type: ignore[type-arg]
    """Nothing of what is arranged may be refused."""
    if outcome.refused:
        raise RuntimeError(f"what is arranged for today was refused: {outcome.refused[0]}")
