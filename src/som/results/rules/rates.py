"""What runs found of late, and when a rate leaves its limits. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

LAST = timedelta(hours=24)
"""What a laboratory found lately, as against what is usual: a day and a night of shifts."""


@dataclass(frozen=True, slots=True)
class Counted:
    """So many first tests, and how many of them were positive and invalid."""

    tests: int = 0
    positives: int = 0
    invalids: int = 0

    def __add__(self, other: Counted) -> Counted:
        return Counted(
            self.tests + other.tests,
            self.positives + other.positives,
            self.invalids + other.invalids,
        )

    def __sub__(self, other: Counted) -> Counted:
        return Counted(
            self.tests - other.tests,
            self.positives - other.positives,
            self.invalids - other.invalids,
        )

    @property
    def valid(self) -> int:
        return self.tests - self.invalids

    @property
    def positivity(self) -> float:
        """Positives among the valid tests, in per cent."""
        return 100 * self.positives / self.valid if self.valid else 0.0

    @property
    def invalidity(self) -> float:
        """Invalid tests among all, in per cent."""
        return 100 * self.invalids / self.tests if self.tests else 0.0


class Drift(StrEnum):
    """In which way a rate left its limits."""

    FEW_POSITIVES = "few_positives"
    MANY_POSITIVES = "many_positives"
    MANY_INVALIDS = "many_invalids"


class RateOf(StrEnum):
    """Whose rate it is."""

    LAB = "lab"
    LOT = "lot"
    RUN = "run"


@dataclass(frozen=True, slots=True)
class DriftRule:
    """When rates call: the dated rule `results.drift`.

    `tail`: how rare, on one side, a count must be by chance alone. `weight`: as how many tests the
    usual rate counts at most; the smaller, the more it may vary from day to day by itself. `least`
    and `least_usual`: below so many tests nothing is judged. `days`: what counts as of late.
    """

    tail: float
    weight: int
    least: int
    least_usual: int
    days: int

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> DriftRule:
        """From the value of the dated rule."""
        return cls(**{name: value[name] for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class RateRow:
    """What one laboratory found with one lot and method, in the last day or before; or one run.

    `plate`: what the run's plate is called; a cartridge or strip has none.
    `pooled`: of pools. Singles and pools are never mixed, since a pool is positive more often.
    """

    lab: int
    method: str
    kit_lot: str
    pooled: bool
    last: bool
    count: Counted
    run: int | None = None
    plate: str = ""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A rate beside what is usual, and how it differs from that beyond chance."""

    of: RateOf
    lab: int
    method: str
    pooled: bool
    seen: Counted
    usual: Counted
    drifts: tuple[Drift, ...]
    kit_lot: str = ""
    run: int | None = None
    plate: str = ""


def weigh(rows: Sequence[RateRow], runs: Sequence[RateRow], rule: DriftRule) -> list[Weighed]:
    """Every laboratory, lot and named run beside what is usual.

    A laboratory's last day against its own days before; a run against all else of its laboratory;
    a lot of a laboratory against all other lots everywhere. Where a laboratory has too few tests to
    know what is usual with it, the other laboratories say it. `rows` are of late and cover `runs`.
    """
    found = []
    total = _sums(rows, lambda _: ())
    by_lab = _sums(rows, lambda row: (row.lab,))
    lasts = [row for row in rows if row.last]
    last_total, last_by_lab = _sums(lasts, lambda _: ()), _sums(lasts, lambda row: (row.lab,))
    by_lot = _sums(rows, lambda row: (row.kit_lot,))
    of_lab = _sums(rows, lambda row: (row.lab, row.kit_lot))

    for (method, pooled, lab), seen in last_by_lab.items():
        kind = (method, pooled)
        own = by_lab[*kind, lab] - seen
        others = (total[kind] - last_total[kind]) - own
        usual = own if own.tests >= rule.least_usual else others
        found.append(
            Weighed(RateOf.LAB, lab, method, pooled, seen, usual, drifts(seen, usual, rule))
        )
    for (method, pooled, lab, lot), seen in of_lab.items():
        usual = total[method, pooled] - by_lot[method, pooled, lot]
        how = drifts(seen, usual, rule)
        found.append(Weighed(RateOf.LOT, lab, method, pooled, seen, usual, how, kit_lot=lot))
    for row in runs:
        kind = (row.method, row.pooled)
        own = by_lab[*kind, row.lab] - row.count
        usual = own if own.tests >= rule.least_usual else total[kind] - by_lab[*kind, row.lab]
        how = drifts(row.count, usual, rule)
        found.append(
            Weighed(
                RateOf.RUN, row.lab, row.method, row.pooled, row.count, usual, how,
                kit_lot=row.kit_lot, run=row.run, plate=row.plate,
            )
        )  # fmt: skip
    return found


def _sums(
    rows: Iterable[RateRow], key: Callable[[RateRow], tuple[Any, ...]]
) -> dict[tuple[Any, ...], Counted]:
    sums: dict[tuple[Any, ...], Counted] = defaultdict(Counted)
    for row in rows:
        sums[row.method, row.pooled, *key(row)] += row.count
    return sums


def drifts(seen: Counted, usual: Counted, rule: DriftRule) -> tuple[Drift, ...]:
    """How what was seen differs from what is usual, beyond chance; nothing where too few were tested.

    A funnel plot's limits at 99.8 % (D. Spiegelhalter, Funnel plots for comparing institutional
    performance, Statistics in Medicine 24, 2005), on the distribution of a count whose rate is known
    only from the usual tests: beta-binomial, from Jeffreys' prior. Both ways for positives: one
    laboratory missed some 39,000 with too few (Immensa, 2021), contamination shows too many.
    """
    if seen.tests < rule.least or usual.tests < rule.least_usual:
        return ()
    found = []
    few, many = tails(seen.positives, seen.valid, usual.positives, usual.valid, rule.weight)
    if few < rule.tail:
        found.append(Drift.FEW_POSITIVES)
    if many < rule.tail:
        found.append(Drift.MANY_POSITIVES)
    _, many = tails(seen.invalids, seen.tests, usual.invalids, usual.tests, rule.weight)
    if many < rule.tail:
        found.append(Drift.MANY_INVALIDS)
    return tuple(found)


def tails(
    seen: int, tests: int, usual_seen: int, usual_tests: int, weight: int
) -> tuple[float, float]:
    """How likely so few, and so many, are in these tests, where the usual rate holds."""
    shrunk = min(1.0, weight / usual_tests) if usual_tests else 1.0
    a = usual_seen * shrunk + 0.5
    b = (usual_tests - usual_seen) * shrunk + 0.5
    below = math.fsum(math.exp(_log_chance(k, tests, a, b)) for k in range(seen))
    at = math.exp(_log_chance(seen, tests, a, b))
    return min(below + at, 1.0), min(max(1.0 - below, 0.0), 1.0)


def _log_chance(k: int, n: int, a: float, b: float) -> float:
    log = math.lgamma
    return (
        log(n + 1) - log(k + 1) - log(n - k + 1)
        + log(k + a) + log(n - k + b) - log(n + a + b)
        + log(a + b) - log(a) - log(b)
    )  # fmt: skip
