"""Asks the public look-up for every slip, and compares the answers with the drawn world."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from som.access.queries import system_actor
from som.results.queries import Answer, SecondIdentifier, ledger_gaps, look_up
from som.results.rules import ResultValue
from som.simulation.day import Day
from som.simulation.people import Drawn
from som.simulation.world import Truth, World, name_on_slip

WRONG_IDENTIFIERS = 200
"""So many slips are also asked for with somebody else's identifier: nobody may be answered."""
_ONE_VERSION = 1  # nothing is corrected on the drawn day
_LATER = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Table:
    """The figures of the day, under the names of the JSON."""

    people: int
    tubes: int
    wells: int
    tests_per_person: float
    positives_true: int
    positives_found: int
    false_positive_people: int
    wrong_person_results: int
    p50_h: float
    p95_h: float
    ledger_gaps: int
    planned_misses: int
    refused: int

    def as_dict(self) -> dict[str, int | float]:
        return asdict(self)


def checked(day: Day, *, seed: int, tell: Callable[[str, int], None]) -> Table:
    """Ask for every slip, count, and lay the ledger's gaps beside it."""
    world, at = day.world, day.ended_at
    public = system_actor("public")
    wrong = 0
    told_positive: set[int] = set()
    hours: list[float] = []
    for swab in world.swabs:
        answer = look_up(swab.slip, second_identifier(swab.person), by=public, at=at)
        wrong += not _right(answer, swab, world)
        if swab.tube not in world.apart:
            tell("checked", 1)
            if answer is not None and answer.released_at is not None:
                took = answer.released_at - world.first_swab_at(swab.tube)
                hours.append(took.total_seconds() / 3600)
        if answer is not None and answer.value in (ResultValue.POSITIVE, ResultValue.SUSPECTED):
            told_positive.add(swab.person.serial)
    wrong += _asked_with_wrong_identifiers(world, at, seed)
    counted = world.counted()
    swabbed = {swab.person.serial: swab.person for swab in counted}
    infected = {serial for serial, person in swabbed.items() if person.infected}
    # A week later nothing may be under way or before its due time any more, so nothing can hide.
    gaps = ledger_gaps(by=day.province.officer, at=at + _LATER)
    return Table(
        people=len(swabbed),
        tubes=len({swab.tube for swab in counted}),
        wells=world.wells_filled,
        tests_per_person=round(world.items_loaded / len(swabbed), 4),
        positives_true=len(infected),
        positives_found=len(infected & told_positive),
        false_positive_people=len(told_positive - infected),
        wrong_person_results=wrong,
        p50_h=_percentile(hours, 0.50),
        p95_h=_percentile(hours, 0.95),
        ledger_gaps=len(gaps),
        planned_misses=0,
        refused=len(day.refused),
    )


def second_identifier(person: Drawn) -> SecondIdentifier:
    """What this person says beside their slip."""
    if person.by_year:
        return SecondIdentifier(birth_year=person.born.year, phone_end=person.phone[-4:])
    return SecondIdentifier(birth_date=person.born)


def _right(answer: Answer | None, swab: Truth, world: World) -> bool:
    """Whether this is exactly that person's own answer: theirs, of this swab, and due."""
    if answer is None or answer.name != name_on_slip(swab.person):
        return False
    if answer.taken_at != swab.taken_at or answer.asked_again:
        return False
    due = world.due(swab)
    if due is None:
        return answer.value is None and answer.version is None
    return answer.value == due and answer.version == _ONE_VERSION


def _asked_with_wrong_identifiers(world: World, at: datetime, seed: int) -> int:
    """How many slips answered to somebody who is not their person."""
    source = random.Random(f"strangers {seed}")
    public = system_actor("public")
    answered = 0
    for swab in source.sample(world.swabs, min(WRONG_IDENTIFIERS, len(world.swabs))):
        stranger = source.choice(world.people)
        said = second_identifier(stranger)
        if _could_be(swab.person, said):
            continue
        answered += look_up(swab.slip, said, by=public, at=at) is not None
    return answered


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
