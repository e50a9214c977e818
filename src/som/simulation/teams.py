"""Teams: whom each visits in a morning, who shares a tube, and which box a tube leaves in. Pure."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from som.simulation import schedule
from som.simulation.people import Commune, Drawn, Household
from som.simulation.world import Truth

FIELD_POOL = 5
"""People of a field pool: the usual number of 2020, and the cheaper price class of 2021."""
_EVERY_THIRD = 3  # team swabs into single tubes, for pools at the laboratory


@dataclass(frozen=True, slots=True)
class Team:
    """A team and the households it visits. `pools`: household swabs go into field pools."""

    code: str
    commune: int
    households: tuple[Household, ...]
    pools: bool


@dataclass(slots=True)
class Box:
    """Swabs that leave with one box.

    `lost`: tubes of it that never arrive. `list_late`: so long after the box has arrived somebody
    records what is in it.
    """

    leaves_at: datetime
    swabs: list[Truth] = field(default_factory=list)
    lost: frozenset[str] = frozenset()
    list_late: timedelta | None = None


def parted(households: Sequence[Household], people: int) -> tuple[list[Household], list[Household]]:
    """Whole households of about so many people, drawn evenly from all, and the rest."""
    whole = sum(len(household.members) for household in households)
    chosen: list[Household] = []
    rest: list[Household] = []
    passed = taken = 0
    for household in households:
        passed += len(household.members)
        if taken < people * passed // whole:
            chosen.append(household)
            taken += len(household.members)
        else:
            rest.append(household)
    return chosen, rest


def formed(households: Sequence[Household], communes: Sequence[Commune]) -> list[Team]:
    """Teams for each commune, each with a morning's households."""
    teams: list[Team] = []
    for place, commune in enumerate(communes):
        here = [household for household in households if household.commune is commune]
        people = sum(len(household.members) for household in here)
        count = max(1, -(-people // schedule.PEOPLE_PER_TEAM))
        parts: list[list[Household]] = [[] for _ in range(count)]
        passed = 0
        for household in here:
            parts[passed * count // people].append(household)
            passed += len(household.members)
        for part in filter(None, parts):
            number = len(teams) + 1
            pools = number % _EVERY_THIRD != 0
            teams.append(Team(f"S{number:02d}", place, tuple(part), pools))
    return teams


def seated(households: Sequence[Household], *, pools: bool) -> Iterator[list[Drawn]]:
    """Tubes with their people: symptoms and contacts alone, others by household or each alone."""
    for household in households:
        for person in household.members:
            if person.tube_class.single:
                yield [person]
    screened = [[p for p in h.members if not p.tube_class.single] for h in households]
    if not pools:
        for people in screened:
            for person in people:
                yield [person]
        return
    filled = [people for people in screened if people]
    used = [0] * len(filled)
    for tube in schedule.seats([len(people) for people in filled], most=FIELD_POOL):
        members: list[Drawn] = []
        for place, count in tube:
            members += filled[place][used[place] : used[place] + count]
            used[place] += count
        yield members


def boxes(
    team: Team,
    *,
    start: datetime,
    source: random.Random,
    new_tube: Callable[[], str],
    new_slip: Callable[[], str],
) -> Iterator[Box]:
    """The team's morning: who is swabbed into which tube when, in boxes as they leave.

    A tube leaves with the first box after its last swab, and the last box when the team is done.
    """
    tubes: dict[int, str] = {}
    for people in seated(team.households, pools=team.pools):
        code = new_tube()
        tubes.update({person.serial: code for person in people})
    filled: dict[str, list[Truth]] = {}
    now = start + timedelta(minutes=source.randint(0, 20))
    for household in team.households:
        now += schedule.PER_HOUSEHOLD
        for person in household.members:
            now += schedule.PER_PERSON
            tube = tubes[person.serial]
            filled.setdefault(tube, []).append(Truth(person, tube, new_slip(), now))
    box = Box(start + schedule.BOX_EVERY)
    for swabs in sorted(filled.values(), key=lambda swabs: swabs[-1].taken_at):
        while swabs[-1].taken_at > box.leaves_at:
            if box.swabs:
                yield box
            box = Box(box.leaves_at + schedule.BOX_EVERY)
        box.swabs += swabs
    if box.swabs:
        box.leaves_at = min(box.leaves_at, now + schedule.PACKING)
        yield box
