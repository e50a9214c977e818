"""What is arranged for today, in case chance leaves a desk without work.

For each laboratory a team that swabs for a few boxes, each of which is to be found at another place at
half past two, a box of last evening whose tubes are late, and one of a market at night whose tubes are
nearly so. All of it by the commands that everybody uses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome
from som.lab.commands import close_manifests
from som.sampling.commands import (
    Loss,
    Manifest,
    dispatch_tubes,
    lose_tubes,
    record_swabs,
    store_tubes,
)
from som.sampling.rules import StorageKind, SwabTaken
from som.simulation import schedule
from som.simulation.people import Drawn
from som.simulation.world import Truth

if TYPE_CHECKING:
    from som.simulation.bench import Bench
    from som.simulation.today import Today

PEOPLE = 80
"""Kept for what is arranged at each laboratory; more than it needs."""
CT = 22.4
_BEFORE, _AGAIN = -19, -24
"""Somebody in the box `READ`, and in the next one; people are taken from the end."""


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
UNLISTED = _Box((2, 1), time(13, 20), time(14))
"""It came before its list, which is written only later."""
_LISTED_AT = time(14, 50)
_BROKEN_AT, _WARM_AT, FOUND_AT = time(14, 20), time(13), time(14, 45)
_EVENING = (3, 1, 1, 1)
"""Last evening's tubes: two came to the laboratory, one is missing from its box, one never left."""
_MARKET = _Box((1, 2, 1), time(4, 25), time(5, 10))
"""At half past two 85 of 100 parts of its time are over; the last of its tubes is missing."""
_UNPACKED_AT = time(6)


@dataclass(slots=True)
class Arranged:
    """One laboratory's arranged tubes: `place` is its place in the province, and its commune's.

    `late`: last evening's tubes. `nearly`: the market's. `just_in`: the box that is unpacked at half
    past two.
    """

    day: Today
    place: int
    people: list[Drawn]
    late: list[str] = field(default_factory=list)
    nearly: list[str] = field(default_factory=list)
    just_in: list[str] = field(default_factory=list)

    @property
    def bench(self) -> Bench:
        return self.day.benches[self.place]

    @property
    def sampler(self) -> Actor:
        return self.day.province.samplers[self.place]

    def open(self, code: str, team: str, at: datetime, where: str = "Tại hộ") -> str:
        """Let a team begin; answer with the code of its session."""
        place = f"{where}, {self.day.province.communes[self.place].name}"
        code = f"{self.day.codes}{code}{self.place + 1}"
        self.day.open_session(code, self.place, self.bench.lab.id, place, team, at)
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
                truths[-1].person.infected, truths[-1].person.ct = True, CT
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
        sure(record_swabs(swabs, session=session, by=self.sampler, at=at))

    def send(self, codes: Sequence[str], at: datetime) -> str:
        """Close a box of these tubes; a driver takes it. Answers with the code on its list."""
        unit = self.day.province.communes[self.place].unit
        lab = self.bench.lab.id
        manifest = Manifest(f"BB-{codes[0]}", unit, lab, "Tổ vận chuyển", f"NP{codes[0][4:10]}")
        sure(dispatch_tubes(codes, manifest=manifest, by=self.sampler, at=at))
        return manifest.code


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


def night_market(desk: Arranged) -> None:
    """A team among traders before dawn: two of its tubes are put away and forgotten, one never came."""
    day, bench = desk.day, desk.bench
    left_at = day.moment(_MARKET.leaves)
    session = desk.open("CDM-", "Tổ đêm", left_at - timedelta(minutes=25), "Chợ đầu mối")
    truths = desk.swabbed(_MARKET.sizes, left_at)
    desk.nearly = _codes(truths)
    desk.record(truths, session, left_at)
    box = desk.send(desk.nearly, left_at)
    come = desk.nearly[:-1]
    bench.mislaid.update(come)

    def unpacked(at: datetime) -> None:
        lab = bench.lab
        sure(close_manifests([box], lab=lab.id, by=lab.technician, at=at))

    day.agenda.plan(day.moment(_MARKET.arrives), lambda at: bench.receive(come, at))
    day.agenda.plan(day.moment(_UNPACKED_AT), unpacked)
    day.close_session_at(session, left_at)


def plan(desk: Arranged) -> None:
    """Plan the boxes of today, and what becomes of the night's tubes."""
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
    _unlisted(desk, session)
    day.close_session_at(session, day.moment(ON_ITS_WAY.leaves))
    agenda.plan(day.moment(_WARM_AT), lambda at: _found_warm(desk, at))
    agenda.plan(day.moment(FOUND_AT), lambda at: _found(desk, at))


def _unlisted(desk: Arranged, session: str) -> None:
    """A box whose list comes after it."""
    day = desk.day
    truths = desk.swabbed(UNLISTED.sizes, day.moment(UNLISTED.leaves))
    codes = _codes(truths)
    day.agenda.plan(day.moment(UNLISTED.arrives), lambda at: desk.bench.receive(codes, at))
    day.agenda.plan(day.moment(_LISTED_AT), lambda at: desk.record(truths, session, at))


def _lose(desk: Arranged, tube: str, at: datetime) -> None:
    """Two people say that a tube broke; its people are asked again."""
    witness = desk.day.province.officers[desk.place]
    lost = [Loss(tube, "Vỡ khi vận chuyển")]
    sure(lose_tubes(lost, witness=witness, by=desk.sampler, at=at))


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
    sure(warm)


def _found(desk: Arranged, at: datetime) -> None:
    """The night's tubes are thought of: four are tested, one is sent, two are given up."""
    desk.bench.mislaid.difference_update(desk.late, desk.nearly)
    desk.bench.work(at)
    desk.send(desk.late[3:], at)
    desk.day.agenda.plan(
        at + timedelta(hours=1), lambda now: desk.bench.receive(desk.late[3:], now)
    )
    _lose(desk, desk.late[2], at)
    _lose(desk, desk.nearly[-1], at)


def just_now(desk: Arranged, at: datetime) -> None:
    """At this moment a box is unpacked."""
    desk.bench.receive(desk.just_in, at)


def come_again(people: list[Drawn]) -> None:
    """Let one of these be swabbed twice: the second time without papers, with another telephone."""
    other, person = people[_AGAIN], people[_BEFORE]
    person.by_year = False
    people[_AGAIN] = replace(person, serial=other.serial, phone=other.phone, number="")


def _codes(truths: Sequence[Truth]) -> list[str]:
    return list(dict.fromkeys(truth.tube for truth in truths))


def sure(outcome: Outcome) -> None:  # type: ignore[type-arg]
    """Nothing of what is arranged may be refused."""
    if outcome.refused:
        raise RuntimeError(f"what is arranged for today was refused: {outcome.refused[0]}")
