"""What goes wrong with swabs and tests by nobody's fault, drawn before anything is tested. Pure.

The same seed and the same swabs always draw the same, whatever the day, so every error is planned as
soon as a swab is in its tube or a pool is made.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

SENSITIVITY = 0.95
"""A swab of an infected person has virus on it that a kit can find. The Office for National
Statistics (COVID-19 Infection Survey, methods, section 5) works with 85 to 95 per cent."""
SPECIFICITY = 0.999
"""A reaction without virus shows none; the same source: above 99.9 per cent."""
STRIP_SENSITIVITY, STRIP_SPECIFICITY = 0.821, 0.991
"""Strips read on people with symptoms, beside PCR: Alqahtani and others, Front Public Health 2022,
doi 10.3389/fpubh.2021.728969."""
FOUND_UNTIL = Decimal("37.50")
"""Later than this the kits of the drawn laboratories find nothing: their cut-offs are 38 and 40, and
their second target comes up to 0.4 cycles later."""
_CONTAMINATED = (33.0, 36.0)
"""No source: what another well splashed over comes up late."""


class ErrorKind(StrEnum):
    """Why somebody's answer says other than what is so, as the drawn world planned it."""

    KIT_SENSITIVITY = "kit_sensitivity"
    KIT_SPECIFICITY = "kit_specificity"
    DILUTION = "dilution"
    LOST = "lost"
    EXPIRED = "expired"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Noise:
    """The errors of one drawn world, by what a swab is known by (`Truth.key`)."""

    seed: str

    def _drawn(self, of: str, *keys: str) -> random.Random:
        return random.Random(" ".join((of, self.seed, *keys)))

    def misses(self, swab: str) -> bool:
        """Whether this swab took nothing that a kit could find."""
        return self._drawn("swab", swab).random() >= SENSITIVITY

    def contaminates(self, swabs: Iterable[str]) -> Decimal | None:
        """The Ct that a tube or pool of these shows all the same without virus; None: it shows none."""
        source = self._drawn("sample", *swabs)
        if source.random() < SPECIFICITY:
            return None
        return Decimal(f"{source.uniform(*_CONTAMINATED):.2f}")

    def line(self, swab: str, *, infected: bool) -> bool:
        """Whether the strip of this swab shows its test line."""
        shown = self._drawn("strip", swab).random()
        return shown < STRIP_SENSITIVITY if infected else shown >= STRIP_SPECIFICITY
