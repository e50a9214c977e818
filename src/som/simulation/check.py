"""Asks the public look-up for every slip, and compares the answers with the drawn world.

The world knows by itself what each person must have been told, errors of the tests included, for it
planned these before anything was tested. An answer that says anything else is wrong, and a false
positive or missed positive that was not planned is too.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from som.access.queries import system_actor
from som.kernel.batches import chunks
from som.results.queries import Answer, SecondIdentifier, ledger_gaps, look_ups
from som.results.rules import ResultValue
from som.sampling.queries import open_requests
from som.simulation.day import Day
from som.simulation.noise import ErrorKind
from som.simulation.people import Drawn
from som.simulation.world import Truth, World, name_on_slip

WRONG_IDENTIFIERS = 200
"""So many slips are also asked for with somebody else's identifier: nobody may be answered."""
_LATER = timedelta(days=7)
_FOUND = (ResultValue.POSITIVE, ResultValue.SUSPECTED)


@dataclass(frozen=True, slots=True)
class Error:
    """Somebody whose last word is not what is so, as the world planned it."""

    person: int
    slip: str
    kind: ErrorKind


@dataclass(frozen=True, slots=True)
class Table:
    """The figures of the day, under the names of the JSON.

    `unplanned_errors`: false and missed positives that the world did not plan.
    """

    people: int
    tubes: int
    wells: int
    tests_per_person: float
    positives_true: int
    positives_found: int
    false_positive_people: int
    wrong_person_results: int
    unplanned_errors: int
    p50_h: float
    p95_h: float
    ledger_gaps: int
    planned_misses: int
    refused: int
    sessions: int
    lost_tubes: int
    expired_tubes: int
    late_list_tubes: int
    failed_controls: int
    corrections: int
    recalled_answers: int
    absent_people: int
    strips: int
    suspected_people: int

    def as_dict(self) -> dict[str, int | float]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Checked:
    """The table, and the errors that the world planned, person by person."""

    table: Table
    planned: tuple[Error, ...]

    def as_dict(self) -> dict[str, object]:
        """As the JSON has it."""
        return {**self.table.as_dict(), "planned": [asdict(error) for error in self.planned]}


def checked(day: Day, *, seed: int, tell: Callable[[str, int], None]) -> Checked:
    """Ask for every slip, count, and lay the ledger's gaps beside it."""
    world, at = day.world, day.ended_at
    wrong = suspected = 0
    told: dict[int, tuple[datetime, bool]] = {}
    hours: list[float] = []
    last = world.last_swabs()
    for swab, answer in _answers(world.swabs, at):
        serial = swab.person.serial
        waits = serial in world.absent and swab is last.get(serial)
        wrong += not _right(answer, swab, world, waits=waits)
        if swab.tube in world.apart:
            continue
        tell("checked", 1)
        if answer is None or answer.released_at is None:
            continue
        if answer.version == 1:
            took = answer.released_at - world.first_swab_at(swab.tube)
            hours.append(took.total_seconds() / 3600)
        suspected += answer.value == ResultValue.SUSPECTED
        said = (swab.taken_at, answer.value in _FOUND)
        told[serial] = max(said, told.get(serial, said))
    wrong += _asked_with_wrong_identifiers(world, at, seed)
    counted = world.counted()
    people = {swab.person.serial: swab.person for swab in counted}
    people |= {person.serial: person for person in world.people if person.serial in world.absent}
    infected = {serial for serial, person in people.items() if person.infected}
    found = {serial for serial, (_, positive) in told.items() if positive}
    planned = planned_errors(world)
    faults = Counter(world.never_tested.values())
    table = Table(
        people=len(people),
        tubes=len({swab.tube for swab in counted}),
        wells=world.wells_filled,
        tests_per_person=round(world.items_loaded / len(people), 4),
        positives_true=len(infected),
        positives_found=len(infected & found),
        false_positive_people=len(found - infected),
        wrong_person_results=wrong,
        unplanned_errors=len((found ^ infected) - {error.person for error in planned}),
        p50_h=_percentile(hours, 0.50),
        p95_h=_percentile(hours, 0.95),
        ledger_gaps=_gaps(day),
        planned_misses=len(planned),
        refused=len(day.refused),
        sessions=len(day.sessions),
        lost_tubes=faults[ErrorKind.LOST],
        expired_tubes=faults[ErrorKind.EXPIRED],
        late_list_tubes=len({s.tube for _, box in day.boxes if box.list_late for s in box.swabs}),
        failed_controls=sum(n <= bench.plates for bench in day.benches for n in bench.splashed),
        corrections=len(world.corrected),
        recalled_answers=sum(world.due(s) is ResultValue.WITHDRAWN for s in counted),
        absent_people=len(world.absent),
        strips=len(world.strips),
        suspected_people=suspected,
    )
    return Checked(table, planned)


def _answers(swabs: Sequence[Truth], at: datetime) -> Iterator[tuple[Truth, Answer | None]]:
    """What the public look-up answers to the person of each swab."""
    for chunk in chunks(swabs):
        asked = [(swab.slip, second_identifier(swab.person)) for swab in chunk]
        yield from zip(chunk, look_ups(asked, by=system_actor("public"), at=at), strict=True)


def planned_errors(world: World) -> tuple[Error, ...]:
    """Whom the world planned to be told at last what is not so, and why.

    What another swab put right is no error. Whoever was never swabbed at all was not at home.
    """
    last = world.last_swabs()
    errors = []
    for person in world.people:
        swab = last.get(person.serial)
        if swab is None:
            if person.infected and person.serial in world.absent:
                errors.append(Error(person.serial, "", ErrorKind.ABSENT))
            continue
        if (world.due(swab) in _FOUND) == person.infected:
            continue
        kind = world.why_not(swab)
        if kind is not None:
            errors.append(Error(person.serial, swab.slip, kind))
    return tuple(errors)


def _gaps(day: Day) -> int:
    """How many gaps the ledger has now, and a week later but for the visits planned for tomorrow.

    A week later nothing may be under way or before its due time any more, so nothing can hide.
    """
    officer, at = day.province.officer, day.ended_at
    asked = {r.id for r in open_requests(by=officer, at=at, limit=5_000)}
    later = {
        (gap.law, gap.subject)
        for gap in ledger_gaps(by=officer, at=at + _LATER)
        if gap.law != "request_past_due" or gap.subject not in asked
    }
    now = {(gap.law, gap.subject) for gap in ledger_gaps(by=officer, at=at)}
    # One open request for each who was not at home, and no other.
    return len(now | later) + abs(len(asked) - len(day.world.absent))


def second_identifier(person: Drawn) -> SecondIdentifier:
    """What this person says beside their slip."""
    if person.by_year:
        return SecondIdentifier(birth_year=person.born.year, phone_end=person.phone[-4:])
    return SecondIdentifier(birth_date=person.born)


def _right(answer: Answer | None, swab: Truth, world: World, *, waits: bool) -> bool:
    """Whether this is exactly that person's own answer: theirs, of this swab, and due.

    `waits`: whether a team comes again for them tomorrow.
    """
    if answer is None or answer.name != name_on_slip(swab.person):
        return False
    due = world.due(swab)
    if answer.taken_at != swab.taken_at or answer.asked_again != waits:
        return False
    return answer.value == due and answer.version == world.versions(swab)


def _asked_with_wrong_identifiers(world: World, at: datetime, seed: int) -> int:
    """How many slips answered to somebody who is not their person."""
    source = random.Random(f"strangers {seed}")
    asked = []
    for swab in source.sample(world.swabs, min(WRONG_IDENTIFIERS, len(world.swabs))):
        said = second_identifier(source.choice(world.people))
        if not _could_be(swab.person, said):
            asked.append((swab.slip, said))
    return sum(a is not None for a in look_ups(asked, by=system_actor("public"), at=at))


def _could_be(person: Drawn, said: SecondIdentifier) -> bool:
    """Whether what a stranger says happens to be true of this person as well."""
    by_year = person.born.year == said.birth_year and person.phone.endswith(said.phone_end)
    return by_year or (not person.by_year and person.born == said.birth_date)


def _percentile(values: list[float], share: float) -> float:
    """The smallest value that this share of all does not exceed."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return round(ordered[max(0, -(-int(share * 100) * len(ordered) // 100) - 1)], 2)
