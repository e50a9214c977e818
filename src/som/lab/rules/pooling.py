"""How many tubes are best tested as one. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PoolAdvice(StrEnum):
    """What speaks for a pool's size."""

    NOTHING_TESTED = "nothing_tested"
    SAVES_TESTS = "saves_tests"
    ALONE = "alone"


@dataclass(frozen=True, slots=True)
class PoolSize:
    """The size advised, why, and how many tests it costs for each hundred tubes."""

    size: int
    advice: PoolAdvice
    tests_a_hundred: int


def pool_size(tested: int, positive: int, most: int) -> PoolSize:
    """The size that costs the fewest tests, where so many of those last tested were positive.

    A pool costs one test, and one for each member where any of them is positive (Dorfman, The
    detection of defective members of large populations, Annals of Mathematical Statistics 14, 1943):
    1/n + 1 - (1 - p)^n for each tube. Where no size saves anything, tubes are tested alone. Never
    more than the dated rule allows, which is also the size while nothing was tested.
    """
    if tested < 1:
        return PoolSize(most, PoolAdvice.NOTHING_TESTED, tests_a_hundred(most, 0))
    rate = min(1.0, positive / tested)
    best = min(range(2, most + 1), key=lambda n: cost_a_tube(n, rate), default=1)
    if best < 2 or cost_a_tube(best, rate) >= 1:
        return PoolSize(1, PoolAdvice.ALONE, 100)
    return PoolSize(best, PoolAdvice.SAVES_TESTS, tests_a_hundred(best, rate))


def cost_a_tube(size: int, rate: float) -> float:
    """How many tests each tube of a pool of this size costs on average."""
    return 1 / size + 1 - (1 - rate) ** size


def tests_a_hundred(size: int, rate: float) -> int:
    """The same for a hundred tubes, as people read it."""
    return round(100 * cost_a_tube(size, rate)) if size > 1 else 100
