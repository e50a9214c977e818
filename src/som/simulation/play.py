"""Plays a whole drawn day on an empty database, and answers with what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from som.simulation.check import Table, checked
from som.simulation.day import Day
from som.simulation.people import Drawn, draw_households
from som.simulation.province import build_province
from som.simulation.world import World

Tell = Callable[[str, int], None]

FEWEST, MOST = 20, 100_000
GENUINE_PEOPLE = 8


@dataclass(frozen=True, slots=True)
class Played:
    """The table, and the day behind it."""

    table: Table
    day: Day


def play(*, people: int, seed: int, on: date, outbox: Path, tell: Tell) -> Played:
    """Draw so many people, let the day happen, check every answer."""
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
    world = World(everybody)
    day = Day(province, world, households, apart, seed=seed, outbox=outbox, tell=tell)
    tell("households", len(everybody))
    day.work()
    return Played(checked(day, seed=seed, tell=tell), day)
