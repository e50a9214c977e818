"""A life that is measured: the steps both sides have, one by one and all of them plate by plate."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from bench.heart.drawn import PLATE
from bench.heart.plan import BOX, Group, Row, slices

Call = Callable[[], None]
"""One transaction of a client, with everything it needs at hand."""

STEPS = ("register", "receive", "pool", "import", "release", "retest")
"""In the order of life."""
NAMES = {
    "register": "register",
    "receive": "receive",
    "pool": "pool",
    "import": "import a plate",
    "release": "publish",
    "retest": "decode singly",
    "whole": "**whole life**",
    "known": "register, all known",
    "compare": "compare people (worker)",
    "dispatch": "hand over in boxes",
    "follow": "after a release (worker)",
}
"""What people call the steps, those that are measured beside the life among them."""


class Life(ABC):
    """One client of one side."""

    row: Row
    group: Group
    singles: Mapping[int, Sequence[Any]]
    """After which plate what is tested singly."""

    def prepare(self, plates: int, batch: int) -> None:
        """Draw the next group of so many plates and make ready what its steps need."""
        self.lay_out(self.row.group(plates, batch))

    def prepare_again(self) -> None:
        """Make ready what it takes to swab the people of the last group once more."""
        self.lay_out(self.row.again(self.group))

    @abstractmethod
    def lay_out(self, group: Group) -> None:
        """Make ready what the steps of this group need."""

    @abstractmethod
    def register(self, first: int, end: int) -> None:
        """Persons and specimens of the group, from one place to another, at once."""

    @abstractmethod
    def receive(self, first: int, end: int) -> None:
        """Their tubes have reached the laboratory."""

    @abstractmethod
    def pool(self, plate: int) -> None:
        """930 specimens into 93 pools."""

    @abstractmethod
    def import_run(self, plate: int) -> None:
        """93 pools onto a plate, what their wells showed, and what it means."""

    @abstractmethod
    def release(self, plate: int) -> None:
        """Everybody of the plate who is negative is answered."""

    @abstractmethod
    def retest(self, plate: int) -> None:
        """Members of positive pools, tested singly and answered: the plates that this one filled."""

    @abstractmethod
    def finished(self) -> int:
        """How many specimens of the group have their answer."""

    def calls(self, step: str) -> list[Call]:
        """A step for the whole group."""
        total, plates = len(self.group.people), range(self.group.plates)
        if step == "whole":
            return [partial(self.live, plate) for plate in plates]
        if step == "register":
            pieces = slices(0, total, self.group.batch)
            return [partial(self.register, *piece) for piece in pieces]
        if step == "receive":
            return [partial(self.receive, *piece) for piece in slices(0, total, BOX)]
        if step == "retest":
            return [partial(self.retest, plate) for plate in plates if self.singles.get(plate)]
        if step in self._of_a_plate:
            return [partial(self._of_a_plate[step], plate) for plate in plates]
        found: list[Call] = getattr(self, step)()
        return found

    def live(self, plate: int) -> None:
        """The whole life of a plate: whoever is still missing for it is registered and received."""
        total, batch = len(self.group.people), self.group.batch
        ready = -(-plate * PLATE // batch) * batch
        end = min(-(-(plate + 1) * PLATE // batch) * batch, total)
        for piece in slices(ready, end, batch):
            self.register(*piece)
        for piece in slices(ready, end, BOX):
            self.receive(*piece)
        for step in self._of_a_plate.values():
            step(plate)

    @property
    def _of_a_plate(self) -> dict[str, Callable[[int], None]]:
        return {
            "pool": self.pool,
            "import": self.import_run,
            "release": self.release,
            "retest": self.retest,
        }
