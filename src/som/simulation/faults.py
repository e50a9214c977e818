"""What goes wrong on purpose on the drawn day: each fault once, small, and to be seen on the pages.

All of it is planned before the first swab is taken. Where a small day has nothing that could go
wrong so, it does not. Wrong rows of lists are in `listing` and `roster`, errors of tests in `noise`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from som.lab.commands import load_plates
from som.lab.rules import Loading, LoadKind
from som.lab.verdicts import Verdict
from som.results.commands import Correction, confirm_corrections, propose_corrections
from som.results.queries import corrections_open, released_on
from som.sampling.commands import Loss, lose_tubes, store_tubes
from som.sampling.rules import StorageKind, TubeClass
from som.simulation import schedule
from som.simulation.bench import PLATE, Bench
from som.simulation.day import Day
from som.simulation.noise import ErrorKind
from som.simulation.recall import plan_recall
from som.simulation.teams import Box, Team
from som.simulation.world import Truth

_NOBODY_AT_HOME = 1
_LATE_LIST = timedelta(minutes=35)
_MISSED_AFTER = timedelta(hours=3)
"""After a box left, somebody notices that a tube of it never came."""
_FOUND_WARM_AFTER = timedelta(minutes=90)
_LOOKED_AT_AGAIN_AFTER = timedelta(hours=5)
_EVERY = timedelta(minutes=30)
_SPLASHED_PLATE = 2
_ROOM = timedelta(hours=4)
"""What is left to a tube that was found warm: the dated rule sampling.room.hours."""
_SPLASH = Decimal("34.60")

Seated = Iterator[tuple[Team, Box, list[Truth]]]


def plan_faults(day: Day) -> None:
    """Plan every fault onto a day that is prepared and has not begun."""
    day.away = _NOBODY_AT_HOME
    day.benches[0].splashed.add(_SPLASHED_PLATE)
    used: set[str] = set()
    for fault, of_bench, fits in (
        (_lose, 0, _several),
        (_forget, 0, _several),
        (_correct, 0, _alone_and_well),
    ):
        seat = next(_seats(day, day.benches[of_bench], used, fits), None)
        if seat is not None:
            used.add(seat[2][0].tube)
            fault(day, *seat)
    _send_without_list(day, used)
    plan_recall(day, day.benches[1])


def _seats(day: Day, bench: Bench, used: set[str], fits: Callable[[list[Truth]], bool]) -> Seated:
    """Tubes with their boxes that go to this bench and fit, each from the start of a team's day."""
    for team, box in day.boxes:
        if day.bench_of(team) is not bench:
            continue
        tubes = dict.fromkeys(swab.tube for swab in box.swabs if swab.tube not in used)
        for tube in tubes:
            swabs = day.world.in_tube[tube]
            if fits(swabs):
                yield team, box, swabs


def _several(swabs: list[Truth]) -> bool:
    return len(swabs) > 1


def _alone_and_well(swabs: list[Truth]) -> bool:
    return len(swabs) == 1 and not swabs[0].person.infected


def _lose(day: Day, team: Team, box: Box, swabs: list[Truth]) -> None:
    """A tube falls out of its box: two people note it as lost, and its people are asked again."""
    tube = swabs[0].tube
    box.lost = frozenset({tube})
    day.world.never_tested[tube] = ErrorKind.LOST
    witness = day.province.officers[team.commune]

    def miss(at: datetime) -> None:
        loss = Loss(tube, "Rơi vỡ khi vận chuyển")
        sampler = day.province.samplers[team.commune]
        day.note_refused(lose_tubes([loss], witness=witness, by=sampler, at=at))

    day.agenda.plan(box.leaves_at + _MISSED_AFTER, miss)


def _forget(day: Day, team: Team, box: Box, swabs: list[Truth]) -> None:
    """A tube stays warm on the reception's table: past its use-by it is not put on any plate."""
    tube, bench = swabs[0].tube, day.bench_of(team)
    bench.mislaid.add(tube)
    day.world.never_tested[tube] = ErrorKind.EXPIRED
    lab, technician = bench.lab.id, bench.lab.technician

    def find(at: datetime) -> None:
        warm = {"temperature": Decimal(27), "by": technician, "at": at}
        day.note_refused(store_tubes([tube], kind=StorageKind.ROOM, lab=lab, **warm))  # type: ignore[arg-type]
        day.agenda.plan(at + _ROOM + timedelta(minutes=1), load)

    def load(at: datetime) -> None:
        loading = Loading(LoadKind.TUBE, tube, ("A1",))
        plate = f"{bench.codes}{bench.lab.code}-QH"
        kit = bench.lab.kit
        day.note_refused(
            load_plates([loading], plate=plate, size=PLATE, kit=kit, lab=lab, by=technician, at=at)
        )
        day.pull(at)

    day.agenda.plan(box.leaves_at + _FOUND_WARM_AFTER, find)


def _correct(day: Day, team: Team, box: Box, swabs: list[Truth]) -> None:
    """Somebody's well is splashed over: told positive, and negative when two people look again."""
    tube, lab = swabs[0].tube, day.bench_of(team).lab
    if not swabs[0].person.tube_class.single:
        swabs[0].person.tube_class = TubeClass.CONTACT  # tested alone
    day.world.contaminated[tube] = _SPLASH
    head = lab.head
    assert head is not None, "the laboratory has a second reviewer"

    def propose(at: datetime) -> None:
        verdict = released_on(tube, lab=lab.id, by=lab.reviewer)
        if verdict is None:
            day.agenda.plan(at + _EVERY, propose)
            return
        reason = "Nhiễm chéo từ giếng bên cạnh: chạy lại âm tính"
        wanted = Correction(verdict, Verdict.NEGATIVE, reason)
        day.note_refused(propose_corrections([wanted], lab=lab.id, by=lab.reviewer, at=at))
        day.agenda.plan(at + schedule.REVIEW, lambda now: confirm(verdict, now))

    def confirm(verdict: int, at: datetime) -> None:
        waiting = [c.id for c in corrections_open(lab.id, by=head) if c.verdict == verdict]
        outcome = confirm_corrections(waiting, lab=lab.id, by=head, at=at)
        day.note_refused(outcome)
        if outcome.done:
            day.world.corrected.add(tube)

    day.agenda.plan(box.leaves_at + _LOOKED_AT_AGAIN_AFTER, propose)


def _send_without_list(day: Day, used: set[str]) -> None:
    """A box comes before anybody has recorded what is in it: its tubes wait for their list."""
    for team, box in day.boxes:
        if day.bench_of(team) is day.benches[1] and used.isdisjoint(s.tube for s in box.swabs):
            box.list_late = _LATE_LIST
            return
