"""A group of plates as both sides will live it: who, in which pool, what again. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from bench.heart.drawn import PLATE, POOL, ROLL, Drawn, person

SINGLY = 94
"""Tubes on a plate of 96 wells beside its two controls."""
BOX = 1_000
"""Tubes received, or handed over, at once."""


@dataclass(frozen=True, slots=True)
class Group:
    """So many plates of 930 specimens each, registered in batches."""

    people: list[Drawn]
    batch: int
    plates: int

    def pools(self, plate: int) -> list[list[Drawn]]:
        """The specimens of a plate, ten and ten."""
        mine = self.people[plate * PLATE : (plate + 1) * PLATE]
        return [mine[start : start + POOL] for start in range(0, PLATE, POOL)]

    def split(self, plate: int) -> list[Drawn]:
        """Whoever of a plate is tested again alone: the members of its positive pools."""
        return [one for pool in self.pools(plate) if any(x.positive for x in pool) for one in pool]

    def again(self) -> dict[int, list[list[Drawn]]]:
        """After which plate which tubes fill a plate of singles; what is left, after the last."""
        found: dict[int, list[list[Drawn]]] = {}
        waiting: list[Drawn] = []
        for plate in range(self.plates):
            waiting += self.split(plate)
            while len(waiting) >= SINGLY or (waiting and plate == self.plates - 1):
                found.setdefault(plate, []).append(waiting[:SINGLY])
                waiting = waiting[SINGLY:]
        return found


@dataclass(slots=True)
class Row:
    """The people of one client, in the order of their places."""

    rolls: range
    next: int
    slips: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.slips = random.Random(self.next)  # noqa: S311 - to be the same each time

    def group(self, plates: int, batch: int) -> Group:
        """The next group."""
        people = [self._step() for _ in range(plates * PLATE)]
        return Group(people, batch, plates)

    def again(self, group: Group) -> Group:
        """The people of a group in a second round: each with another tube and slip."""
        fresh = [self._step() for _ in group.people]
        people = [
            replace(one, tube=new.tube, slip=new.slip)
            for one, new in zip(group.people, fresh, strict=True)
        ]
        return replace(group, people=people)

    def _step(self) -> Drawn:
        place = self.next
        self.next += 1
        return person(place, self.rolls[place // ROLL % len(self.rolls)], self.slips)


def slices(first: int, end: int, size: int) -> Iterator[tuple[int, int]]:
    """From here to there in pieces of a size; the last may be shorter."""
    for start in range(first, end, size):
        yield start, min(start + size, end)
