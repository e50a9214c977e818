"""Plays a whole drawn day on an empty database, and answers with what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from som.simulation import antigen_point, roster
from som.simulation.check import Checked, Table, checked
from som.simulation.day import Day
from som.simulation.faults import plan_faults
from som.simulation.noise import Noise
from som.simulation.people import Drawn, draw_households
from som.simulation.province import build_province
from som.simulation.roster import Rostered
from som.simulation.world import World

Tell = Callable[[str, int], None]

GENUINE_PEOPLE = 8
MUST_BE_ZERO = frozenset({"wrong_person_results", "unplanned_errors", "ledger_gaps"})
"""Figures of the table; any other number in one of them is a fault of the product."""


@dataclass(frozen=True, slots=True)
class Played:
    """What was checked, the day behind it with its roster, and what telephones and numbers are taken."""

    checked: Checked
    day: Day
    rostered: Rostered
    taken: set[str]

    @property
    def table(self) -> Table:
        return self.checked.table

    @property
    def sound(self) -> bool:
        """Whether everybody got their own answer, every error of a test was planned, every sample is
        accounted for, and nothing was refused but what was wrong on purpose."""
        table = self.table
        errors = table.positives_true - table.positives_found + table.false_positive_people
        wrong_rows = len(self.day.listed.first.refused) + len(self.rostered.first.outcome.refused)
        return (
            not any(getattr(table, key) for key in MUST_BE_ZERO)
            and errors == table.planned_misses
            and table.refused == wrong_rows + table.expired_tubes
        )


def play(*, people: int, seed: int, on: date, outbox: Path, tell: Tell) -> Played:
    """Draw so many people, let the day happen with everything that goes wrong, check every answer."""
    province = build_province(on)
    tell("province", 1)
    taken: set[str] = set()
    households = draw_households(
        province.communes, people=people, seed=str(seed), on=on, taken=taken
    )
    others = draw_households(
        province.communes[:1],
        people=GENUINE_PEOPLE,
        seed=f"{seed} genuine",
        on=on,
        healthy=True,
        taken=taken,
        first_serial=people,
    )
    everybody = [person for household in households for person in household.members]
    apart: list[Drawn] = [person for household in others for person in household.members]
    world = World(everybody, Noise(str(seed)))
    rostered, at_home = roster.chosen(households)
    going, at_home = antigen_point.chosen(at_home)
    day = Day(province, world, at_home, apart, seed=seed, outbox=outbox, tell=tell)
    tell("households", len(everybody))
    day.prepare()
    roster.plan_roster(day, rostered)
    antigen_point.plan_point(day, going)
    plan_faults(day)
    day.agenda.run()
    return Played(checked(day, seed=seed, tell=tell), day, rostered, taken)
