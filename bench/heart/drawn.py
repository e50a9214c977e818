"""Who is swabbed into which tube, and what is found. Pure; the same numbers for both sides.

Everything follows from a person's place in the row, so that a history written by SQL and a day
lived by commands never meet by chance and look alike.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache

from som.kernel import ids
from som.people.rules.documents import PROVINCES as CODES
from som.simulation.names import family_name, full_name

NOON = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)
"""12:00 in Vietnam on a Monday: the day that is measured."""

PLATE = 930
"""Specimens of a plate of 96 wells: 93 pools of ten and the controls."""
POOL = 10
POSITIVE_EVERY = 200
"""One specimen in so many is positive, so that nearly every twentieth pool is decoded singly."""
ROLL = 1_000
"""Labels follow one another on a roll; the rolls lie scattered over all serial numbers."""

PROVINCES = sorted(CODES)
FIRST_YEAR, YEARS, SERIALS = 1930, 80, 1_000_000
NUMBERS = len(PROVINCES) * 2 * YEARS * SERIALS
NUMBER_STEP = 7_368_787_001
"""Shares no divisor with `NUMBERS`: neighbours in the row lie far apart, and no number comes twice."""
ROLLS = ids.TUBE_SERIALS // ROLL
ROLL_STEP = 618_033
NAMES = 4_000
"""Distinct names of a sex; most names in the country have many bearers."""

assert math.gcd(NUMBER_STEP, NUMBERS) == 1
assert math.gcd(ROLL_STEP, ROLLS) == 1


@dataclass(frozen=True, slots=True)
class Drawn:
    """One person with the tube that holds their swab."""

    place: int
    name: str
    sex: str
    birth_date: date
    number: str
    phone: str
    tube: str
    slip: str

    @property
    def positive(self) -> bool:
        """What the laboratory will find."""
        return is_positive(self.place)


def is_positive(place: int) -> bool:
    """Whether this person is one of the few; scattered evenly, so that a pool seldom holds two."""
    return place % POSITIVE_EVERY == POSITIVE_EVERY // 2


@cache
def names(sex: str) -> tuple[str, ...]:
    """Names of a sex to give out, drawn as often as they are borne."""
    draw = random.Random(sex)  # noqa: S311 - to be the same each time
    return tuple(full_name(draw, family_name(draw), sex) for _ in range(NAMES))


def first_label(roll: int) -> int:
    """The first serial number on this roll."""
    return roll * ROLL_STEP % ROLLS * ROLL


def person(place: int, roll: int, slips: random.Random) -> Drawn:
    """Who stands at this place, swabbed into the tube of that place on the roll."""
    scattered = place * NUMBER_STEP % NUMBERS
    rest, serial = divmod(scattered, SERIALS)
    rest, since = divmod(rest, YEARS)
    province, woman = divmod(rest, 2)
    year = FIRST_YEAR + since
    sex = "F" if woman else "M"
    century = woman + (2 if year >= 2000 else 0)
    return Drawn(
        place,
        names(sex)[scattered % NAMES],
        sex,
        date(year, 1, 2) + timedelta(days=serial % 360),
        f"{PROVINCES[province]}{century}{year % 100:02d}{serial:06d}",
        f"09{scattered % 10**8:08d}",
        ids.tube_code(first_label(roll) + place % ROLL),
        ids.new_slip_code(slips),
    )
