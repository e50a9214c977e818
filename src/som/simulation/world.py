"""What is really so in the drawn world: who was swabbed into which tube, and who is infected. Pure.

It is kept beside the program and never asks it, so that what the program says can be checked.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from som.people.rules import masked
from som.results.rules import ResultValue
from som.simulation.people import Drawn


@dataclass(frozen=True, slots=True)
class Truth:
    """One person really swabbed into one tube, and the slip in their hand."""

    person: Drawn
    tube: str
    slip: str
    taken_at: datetime


@dataclass(slots=True)
class World:
    """Everybody, every swab, every lab pool, and how much was loaded."""

    people: list[Drawn]
    swabs: list[Truth] = field(default_factory=list)
    in_tube: dict[str, list[Truth]] = field(default_factory=dict)
    pools: dict[str, tuple[str, ...]] = field(default_factory=dict)
    pool_of: dict[str, str] = field(default_factory=dict)
    items_loaded: int = 0
    wells_filled: int = 0
    apart: set[str] = field(default_factory=set)
    """Tubes of the genuine export's people: checked like all others, kept out of the table."""

    def swabbed(self, swabs: Iterable[Truth]) -> None:
        """Note swabs that were taken."""
        for swab in swabs:
            self.swabs.append(swab)
            self.in_tube.setdefault(swab.tube, []).append(swab)

    def pooled(self, pools: Mapping[str, Sequence[str]]) -> None:
        """Note what was poured together at a bench."""
        for code, tubes in pools.items():
            self.pools[code] = tuple(tubes)
            self.pool_of.update(dict.fromkeys(tubes, code))

    def swabs_in(self, code: str) -> list[Truth]:
        """The swabs in a tube or in a pool of tubes."""
        return [swab for tube in self.pools.get(code, (code,)) for swab in self.in_tube[tube]]

    def ct_of(self, code: str) -> Decimal | None:
        """The Ct that a well of this tube or pool shows without any noise; None: no virus in it.

        Aliquots of n tubes dilute each by n, which costs log2(n) cycles. Swabs in one tube share
        its medium and dilute nothing.
        """
        cts = [swab.person.ct for swab in self.swabs_in(code) if swab.person.infected]
        if not cts:
            return None
        amount = sum(2.0**-ct for ct in cts) / len(self.pools.get(code, (code,)))
        return Decimal(f"{-math.log2(amount):.2f}")

    def due(self, swab: Truth) -> ResultValue | None:
        """What its person must be told of a swab once everything is released; None: nothing."""
        alone = len(self.in_tube[swab.tube]) == 1
        if self.ct_of(swab.tube) is not None:
            return ResultValue.POSITIVE if alone else None
        if not alone:
            return ResultValue.NEGATIVE_BY_POOL
        pool = self.pool_of.get(swab.tube)
        if pool is not None and self.ct_of(pool) is None:
            return ResultValue.NEGATIVE_BY_POOL
        return ResultValue.NEGATIVE

    def first_swab_at(self, tube: str) -> datetime:
        """When the first swab went into a tube."""
        return min(swab.taken_at for swab in self.in_tube[tube])

    def counted(self) -> list[Truth]:
        """The swabs that the table is about."""
        return [swab for swab in self.swabs if swab.tube not in self.apart]

    def times_swabbed(self) -> Counter[int]:
        """How often each person was swabbed, by serial number."""
        return Counter(swab.person.serial for swab in self.swabs)


def name_on_slip(person: Drawn) -> str:
    """How the public look-up shows this person's name."""
    return masked(person.name)
