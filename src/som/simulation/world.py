"""What is really so in the drawn world: who was swabbed into which tube, who is infected, and what
each test was bound to show. Pure.

It is kept beside the program and never asks it, so that what the program says can be checked.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from som.people.rules import masked
from som.results.rules import ResultValue
from som.simulation.noise import FOUND_UNTIL, ErrorKind, Noise
from som.simulation.people import Drawn

_NEGATIVES = (ResultValue.NEGATIVE, ResultValue.NEGATIVE_BY_POOL)


@dataclass(frozen=True, slots=True)
class Truth:
    """One person really swabbed into one tube, and the slip in their hand."""

    person: Drawn
    tube: str
    slip: str
    taken_at: datetime

    @property
    def key(self) -> str:
        """What its errors are drawn by: whose it is and at what time of the day it was taken.

        Not its slip and tube: on the list of the provincial form both say which day it is.
        """
        return f"{self.person.serial}@{self.taken_at:%H:%M:%S}"


@dataclass(slots=True)
class World:
    """Everybody, every swab, every lab pool, what goes wrong, and how much was loaded.

    Without `noise` every test shows what is so.
    """

    people: list[Drawn]
    noise: Noise | None = None
    swabs: list[Truth] = field(default_factory=list)
    in_tube: dict[str, list[Truth]] = field(default_factory=dict)
    pools: dict[str, tuple[str, ...]] = field(default_factory=dict)
    pool_of: dict[str, str] = field(default_factory=dict)
    items_loaded: int = 0
    wells_filled: int = 0
    apart: set[str] = field(default_factory=set)
    """Tubes of the genuine export's people: checked like all others, kept out of the table."""
    contaminated: dict[str, Decimal] = field(default_factory=dict)
    """Tubes into which somebody else's material came, and the Ct that they show."""
    strips: dict[str, bool] = field(default_factory=dict)
    """Tubes tested with a rapid antigen strip: whether it shows its test line."""
    never_tested: dict[str, ErrorKind] = field(default_factory=dict)
    """Tubes that were lost or left until their use-by had passed."""
    corrected: set[str] = field(default_factory=set)
    """Tubes told positive, and negative after two people had looked again."""
    tested_on: dict[str, str] = field(default_factory=dict)
    """Tube or pool → the plate it was on last."""
    recalled: set[str] = field(default_factory=set)
    """Plates whose negatives were taken back."""
    absent: set[int] = field(default_factory=set)
    """Serial numbers of people who were asked for and not at home; the team comes again tomorrow."""
    _shown: dict[str, Decimal | None] = field(default_factory=dict)

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
        """The Ct at which the virus in this tube or pool comes up; None: there is none in it.

        Aliquots of n tubes dilute each by n, which costs log2(n) cycles. Swabs in one tube share
        its medium and dilute nothing. A swab that took nothing brings nothing.
        """
        cts = [
            swab.person.ct
            for swab in self.swabs_in(code)
            if swab.person.infected and not self.misses(swab)
        ]
        if not cts:
            return None
        amount = sum(2.0**-ct for ct in cts) / len(self.pools.get(code, (code,)))
        return Decimal(f"{-math.log2(amount):.2f}")

    def misses(self, swab: Truth) -> bool:
        """Whether this swab took nothing that a kit could find."""
        return self.noise is not None and self.noise.misses(swab.key)

    def shown(self, code: str) -> Decimal | None:
        """The Ct that a well of this tube or pool is bound to show; None: it shows none."""
        if code not in self._shown:
            self._shown[code] = self._bound_to_show(code)
        return self._shown[code]

    def _bound_to_show(self, code: str) -> Decimal | None:
        there = self.ct_of(code)
        if there is not None and (self.noise is None or there <= FOUND_UNTIL):
            return there
        if self.noise is None or code in self.apart:
            return None  # what the genuine export shows is known
        keys = [swab.key for swab in self.swabs_in(code)]
        return self.contaminated.get(code) or self.noise.contaminates(keys)

    # --- what people must be told ---------------------------------------------------------------

    def due(self, swab: Truth) -> ResultValue | None:
        """What its person must be told of a swab once everything is released; None: nothing."""
        if swab.tube in self.corrected:
            return ResultValue.NEGATIVE
        return ResultValue.WITHDRAWN if self._taken_back(swab) else self._first(swab)

    def versions(self, swab: Truth) -> int | None:
        """How many times its person was told something of this swab; None: never."""
        if self._first(swab) is None:
            return None
        return 1 + (swab.tube in self.corrected) + self._taken_back(swab)

    def _taken_back(self, swab: Truth) -> bool:
        """Whether a recall took the first answer back: a negative one of a recalled plate."""
        if not self.recalled or self._first(swab) not in _NEGATIVES:
            return False
        answered_by = swab.tube if swab.tube in self.tested_on else self.pool_of.get(swab.tube, "")
        return self.tested_on.get(answered_by) in self.recalled

    def _first(self, swab: Truth) -> ResultValue | None:
        """What its person was told first of a swab; None: nothing."""
        if swab.tube in self.never_tested:
            return None
        if swab.tube in self.strips:
            return ResultValue.SUSPECTED if self.strips[swab.tube] else ResultValue.NEGATIVE
        alone = len(self.in_tube[swab.tube]) == 1
        pool = self.pool_of.get(swab.tube)
        if pool is not None and self.shown(pool) is None:
            return ResultValue.NEGATIVE_BY_POOL
        if self.shown(swab.tube) is not None:
            return ResultValue.POSITIVE if alone else None
        if not alone:
            return ResultValue.NEGATIVE_BY_POOL
        if pool is not None and all(self.shown(tube) is None for tube in self.pools[pool]):
            return None  # discordant: everybody in it is asked for again
        return ResultValue.NEGATIVE

    def why_not(self, swab: Truth) -> ErrorKind | None:
        """Which planned error makes the answer to this swab another than what is so; None: none."""
        due, tube = self.due(swab), swab.tube
        if swab.person.serial in self.absent and due is None:
            return ErrorKind.ABSENT
        if tube in self.never_tested:
            return self.never_tested[tube]
        found = due in (ResultValue.POSITIVE, ResultValue.SUSPECTED)
        if found == swab.person.infected:
            return None
        if found:
            return ErrorKind.KIT_SPECIFICITY
        if tube in self.strips or self.misses(swab):
            return ErrorKind.KIT_SENSITIVITY
        there = self.ct_of(self.pool_of[tube]) if tube in self.pool_of else None
        return ErrorKind.DILUTION if there is not None and there > FOUND_UNTIL else None

    # --- what the table is about ----------------------------------------------------------------

    def first_swab_at(self, tube: str) -> datetime:
        """When the first swab went into a tube."""
        return min(swab.taken_at for swab in self.in_tube[tube])

    def counted(self) -> list[Truth]:
        """The swabs that the table is about."""
        return [swab for swab in self.swabs if swab.tube not in self.apart]

    def last_swabs(self) -> dict[int, Truth]:
        """The last swab of each person that the table is about, by serial number."""
        last: dict[int, Truth] = {}
        for swab in self.counted():
            before = last.get(swab.person.serial)
            if before is None or swab.taken_at >= before.taken_at:
                last[swab.person.serial] = swab
        return last


def name_on_slip(person: Drawn) -> str:
    """How the public look-up shows this person's name."""
    return masked(person.name)
