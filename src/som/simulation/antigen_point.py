"""Where strips are read by eye: people with symptoms hear within the hour. A positive is suspected, and
its person is swabbed again alone for the laboratory, which confirms or refutes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from som.lab.commands import read_antigen_tests
from som.lab.rules import AntigenTest
from som.results.commands import release_verdicts
from som.results.queries import waiting_for_release
from som.sampling.commands import record_swabs
from som.sampling.rules import SwabTaken, TubeClass
from som.simulation import schedule
from som.simulation.day import Day
from som.simulation.people import Drawn, Household
from som.simulation.world import Truth

FEWEST, MOST = 6, 60
COMMUNE = 0
_SESSION = "TN"
_LOT = "STQ-2611"
_PER_PERSON = timedelta(minutes=3)
_BEGUN_AFTER, _READ_AFTER = timedelta(minutes=1), timedelta(minutes=18)
_SITTING = 20
"""So many strips are read and released together."""


def chosen(households: Sequence[Household]) -> tuple[list[Drawn], list[Household]]:
    """Who goes to the point of their own accord, and the households without them.

    Those with symptoms; where these are few, others who want to know.
    """
    unit = households[0].commune.unit
    here = [person for h in households if h.commune.unit == unit for person in h.members]
    here.sort(key=lambda person: (person.tube_class is not TubeClass.SYMPTOM, person.serial))
    ill = sum(person.tube_class is TubeClass.SYMPTOM for person in here)
    going = here[: min(MOST, max(FEWEST, ill))]
    gone = {person.serial for person in going}
    at_home = [
        replace(h, members=[p for p in h.members if p.serial not in gone]) for h in households
    ]
    return sorted(going, key=lambda person: person.serial), [h for h in at_home if h.members]


def plan_point(day: Day, people: Sequence[Drawn]) -> None:
    """Let these people come to the point one after the other."""
    point = day.province.point
    place = f"Trạm Y tế, {day.province.communes[COMMUNE].name}"
    code = f"{day.codes}{_SESSION}"
    day.open_session(code, COMMUNE, point.id, place, "Tổ test nhanh", day.start)
    now = day.start
    for begin in range(0, len(people), _SITTING):
        truths: list[Truth] = []
        for person in people[begin : begin + _SITTING]:
            now += _PER_PERSON
            truth = Truth(person, day.new_tube(COMMUNE), day.new_slip(), now)
            truths.append(truth)
            noise = day.world.noise
            line = person.infected
            if noise is not None:
                line = noise.line(truth.key, infected=person.infected)
            day.world.strips[truth.tube] = line
        day.world.swabbed(truths)
        _plan_sitting(day, code, truths, now + _READ_AFTER + schedule.PACKING, first=begin == 0)
    day.close_session_at(code, now)


def _plan_sitting(
    day: Day, session: str, truths: Sequence[Truth], done_at: datetime, *, first: bool
) -> None:
    """Record and read these; the very first strip of the day shows no control line."""
    point, sampler = day.province.point, day.province.samplers[COMMUNE]

    def read(tests: Sequence[AntigenTest], at: datetime) -> None:
        day.note_refused(
            read_antigen_tests(
                tests, lab=point.id, kit=point.kit, kit_lot=_LOT, by=point.technician, at=at
            )
        )
        day.agenda.plan(at + schedule.REVIEW, release)

    def work(at: datetime) -> None:
        swabs = [
            SwabTaken(t.tube, t.slip, t.taken_at, t.person.declaration(), None, t.person.tube_class)
            for t in truths
        ]
        day.note_refused(record_swabs(swabs, session=session, by=sampler, at=at))
        day.tell("swabs", len(swabs))
        tests = [_strip(day, truth, truth.taken_at + _BEGUN_AFTER) for truth in truths]
        if first:
            tests[0] = replace(tests[0], control_line=False, test_line=False)
            day.agenda.plan(at + _READ_AFTER, lambda now: read([_strip(day, truths[0], at)], now))
        read(tests, at)

    def release(at: datetime) -> None:
        waiting = waiting_for_release(point.id, by=point.reviewer)
        verdicts = [one.verdict for one in waiting]
        day.note_refused(release_verdicts(verdicts, lab=point.id, by=point.reviewer, at=at))
        day.note_answered(s for one in waiting for s in day.world.in_tube[one.sample])
        if any(one.value == "positive" for one in waiting):
            day.plan_visits(at)

    day.agenda.plan(done_at, work)


def _strip(day: Day, truth: Truth, begun: datetime) -> AntigenTest:
    line = day.world.strips[truth.tube]
    read_at = begun + _READ_AFTER - _BEGUN_AFTER
    return AntigenTest(truth.tube, begun, read_at, control_line=True, test_line=line)
