"""What is still under way when the pages open, so that every desk of the demo has something to do.

Late teams, one for each laboratory, swab a few more households once the day is checked. Some of
their tubes are tested and wait for the second person, one positive field pool is released and its
people are asked for, some tubes wait at the bench, and the last are not sent yet. Nobody of it is
in the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from som.kernel.outcomes import Outcome
from som.lab.commands import receive_tubes
from som.sampling.commands import Manifest, Session, dispatch_tubes, open_sessions, record_swabs
from som.sampling.rules import SwabTaken, TubeClass
from som.simulation import schedule
from som.simulation.day import Day
from som.simulation.people import Drawn, draw_households
from som.simulation.province import CAMPAIGN
from som.simulation.teams import seated
from som.simulation.world import Truth

PEOPLE = 40
_NOT_BEFORE = timedelta(hours=18)


def leave_under_way(day: Day, *, seed: int) -> datetime:
    """Let the late teams work, and stop in the middle of it; answer with the time it then is."""
    start = max(day.ended_at + timedelta(minutes=30), day.province.midnight + _NOT_BEFORE)
    return max(_late_team(day, number, start, seed=seed) for number in range(len(day.benches)))


def _late_team(day: Day, number: int, start: datetime, *, seed: int) -> datetime:
    """One late team, of the commune and laboratory of this number."""
    province, world = day.province, day.world
    commune, sampler = province.communes[number], province.samplers[number]
    bench, code_of_session = day.benches[number], f"TOI-{number + 1}"
    households = draw_households(
        [commune],
        people=PEOPLE,
        seed=f"{seed} evening {number}",
        on=province.day,
        first_serial=len(world.people) + len(day.apart) + number * PEOPLE,
    )
    for household in households:
        for person in household.members:
            person.tube_class = TubeClass.SCREENING
    session = Session(
        code_of_session,
        CAMPAIGN,
        commune.unit,
        bench.lab.id,
        f"Tại hộ, {commune.name}",
        start,
        "Tổ tối",
    )
    _sure(open_sessions([session], by=province.officer, at=start))
    tubes = sorted(seated(households, pools=True), key=_infected_first)
    truths: list[list[Truth]] = []
    now = start
    for people in tubes:
        code = day.new_tube(number)
        truths.append([])
        for person in people:
            now += schedule.PER_PERSON
            truths[-1].append(Truth(person, code, day.new_slip(), now))
        world.swabbed(truths[-1])
    now += schedule.PACKING
    swabs = [
        SwabTaken(one.tube, one.slip, one.taken_at, one.person.declaration())
        for tube in truths
        for one in tube
    ]
    _sure(record_swabs(swabs, session=code_of_session, by=sampler, at=now))
    codes = [tube[0].tube for tube in truths]
    third = len(codes) // 3
    tested, sent = codes[:third], codes[: 2 * third]
    manifest = Manifest(f"BB-{codes[0]}", commune.unit, bench.lab.id, "Tổ vận chuyển", "NP000001")
    _sure(dispatch_tubes(sent, manifest=manifest, by=sampler, at=now))
    now += timedelta(minutes=40)
    _sure(receive_tubes(sent, lab=bench.lab.id, by=bench.lab.technician, at=now))
    now = bench.leave_unreleased(tested, at=now + schedule.UNPACKING)
    return now + timedelta(minutes=5)


def _infected_first(people: Sequence[Drawn]) -> tuple[bool, bool]:
    """A positive field pool first of all."""
    infected = any(person.infected for person in people)
    return not (infected and len(people) > 1), not infected


def _sure(outcome: Outcome) -> None:  # type: ignore[type-arg]
    if outcome.refused:
        raise RuntimeError(f"the late team was refused: {outcome.refused[0]}")
