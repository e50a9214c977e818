"""A life that is measured: the steps both sides have, one by one and all of them plate by plate."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial

from bench.heart.drawn import PLATE
from bench.heart.plan import BOX, Group, slices

Call = Callable[[], None]
"""One transaction of a client, with everything it needs at hand."""

STEPS = ("register", "receive", "pool", "load", "read", "release", "retest")
"""In the order of life. `load` and `read` are the raw life's import."""


class Life(ABC):
    """One client of one side."""

    group: Group

    @abstractmethod
    def prepare(self, plates: int, batch: int) -> None:
        """Draw the next group of so many plates and make ready what its steps need."""

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
    def load(self, plate: int) -> None:
        """93 pools onto a plate."""

    @abstractmethod
    def read(self, plate: int) -> None:
        """What 93 wells showed, and what it means."""

    @abstractmethod
    def release(self, plate: int) -> None:
        """Everybody of the plate who is negative is answered."""

    @abstractmethod
    def retest(self, plate: int) -> None:
        """Members of positive pools, tested singly and answered, once a plate of them is full."""

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
        if step in STEPS:
            one = getattr(self, step)
            return [partial(one, plate) for plate in plates]
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
        for step in STEPS[2:]:
            getattr(self, step)(plate)
