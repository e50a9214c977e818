"""Draws households: who lives together, and who of them is infected. Pure, and the same each time."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from som.people.rules import Declaration, Sex
from som.sampling.rules import TubeClass
from som.simulation.names import family_name, full_name

# No census of households is at hand: sizes as usual in the province, 3.5 people on average.
_SIZES = {1: 8, 2: 18, 3: 24, 4: 28, 5: 14, 6: 6, 7: 2}
_PREFIXES = ("032", "033", "034", "035", "036", "070", "077", "081", "086", "091", "096", "097")

INFECTED_HOUSEHOLDS = 0.02
"""Of the households; with `ATTACK_RATE` about one person in a hundred."""
ATTACK_RATE = 0.4
"""That one who lives with an infected person is infected too."""
_SYMPTOMATIC_IF_INFECTED = 0.3
_SYMPTOMATIC_IF_NOT = 0.01
_CTS, _WEAK_CTS = (16.0, 30.0), (30.0, 37.0)
_WEAK = 0.15
"""Of the infected are early or late in it and have little virus. No source: a guess."""
_BY_YEAR_AND_PHONE = 0.25


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune to draw people in. `peoples`: share of the peoples whose names are drawn there."""

    unit: int
    name: str
    population: int
    number_prefix: str
    peoples: tuple[tuple[str, int], ...]


@dataclass(slots=True, eq=False)
class Drawn:
    """Somebody drawn.

    `by_year`: only the birth year is known of them, so that they say it with their telephone's end
    at the look-up; all others say their full birth date.
    """

    serial: int
    household: int
    commune: Commune
    name: str
    sex: Sex
    born: date
    phone: str
    number: str
    by_year: bool
    address: str
    infected: bool = False
    ct: float = 0.0
    tube_class: TubeClass = TubeClass.SCREENING

    def declaration(self) -> Declaration:
        """What they say of themselves at the table."""
        return Declaration(
            self.name,
            self.sex,
            birth_date=None if self.by_year else self.born,
            birth_year=self.born.year,
            phone=self.phone,
            number="" if self.by_year else self.number,
            residence=self.commune.unit,
            address=self.address,
        )


@dataclass(slots=True)
class Household:
    """People who live together."""

    serial: int
    commune: Commune
    members: list[Drawn] = field(default_factory=list)


def draw_households(
    communes: Sequence[Commune],
    *,
    people: int,
    seed: str,
    on: date,
    healthy: bool = False,
    taken: set[str] | None = None,
    first_serial: int = 0,
) -> list[Household]:
    """Households of exactly so many people, spread over the communes as their inhabitants are.

    `taken`: telephones and last digits of identity numbers of others, to which these are added.
    """
    source = random.Random(f"households {seed}")
    taken = set() if taken is None else taken
    households: list[Household] = []
    whole = sum(commune.population for commune in communes)
    left = people
    for place, commune in enumerate(communes):
        last = place == len(communes) - 1
        share = left if last else min(left, round(people * commune.population / whole))
        left -= share
        while share:
            size = min(share, source.choices([*_SIZES], weights=[*_SIZES.values()])[0])
            households.append(_household(source, len(households), commune, size, on, taken))
            share -= size
    everybody = [member for household in households for member in household.members]
    for serial, member in enumerate(everybody, start=first_serial):
        member.serial = serial
    if not healthy:
        _infect(households, seed)
    return households


def _household(
    source: random.Random,
    serial: int,
    commune: Commune,
    size: int,
    on: date,
    taken: set[str],
) -> Household:
    names = [people for people, _ in commune.peoples]
    people = source.choices(names, weights=[weight for _, weight in commune.peoples])[0]
    family = family_name(source, people)
    group = source.randint(1, 24)
    address = f"Tổ {group}" if commune.name.startswith("Phường") else f"Xóm {group}"
    household = Household(serial, commune)
    head_age = source.randint(24, 78)
    phone = _phone(source, taken)
    for place in range(size):
        if place == 0:
            age, sex, name = head_age, source.choice(list(Sex)), family
        elif place == 1:
            age = max(19, head_age + source.randint(-6, 6))
            sex = Sex.FEMALE if household.members[0].sex is Sex.MALE else Sex.MALE
            name = family_name(source, people)
        elif place == 2 and size >= 5 and head_age < 58:
            age, sex, name = head_age + source.randint(21, 32), source.choice(list(Sex)), family
        else:
            age = max(0, head_age - source.randint(21, 36))
            sex, name = source.choice(list(Sex)), family
        born = on - timedelta(days=age * 365 + source.randint(1, 364))
        own = phone if age < 14 else _phone(source, taken)
        by_year = source.random() < _BY_YEAR_AND_PHONE
        person = Drawn(
            serial=0,
            household=serial,
            commune=commune,
            name=_unique_name(source, name, sex, household),
            sex=sex,
            born=born,
            phone=own,
            number=_number(source, commune, sex, born, taken),
            by_year=by_year,
            address=address,
        )
        household.members.append(person)
    return household


def _unique_name(source: random.Random, family: str, sex: Sex, household: Household) -> str:
    """No two people of a household have one name."""
    while True:
        name = full_name(source, family, sex.value)
        if all(name != member.name for member in household.members):
            return name


def _phone(source: random.Random, taken: set[str]) -> str:
    while True:
        phone = f"{source.choice(_PREFIXES)}{source.randrange(10**7):07d}"
        if phone not in taken:
            taken.add(phone)
            return phone


def _number(source: random.Random, commune: Commune, sex: Sex, born: date, taken: set[str]) -> str:
    """An identity number: province of registration, century and sex, year of birth, six digits.

    The digits are of one person alone: how often they are drawn must not hang on the year of birth,
    which hangs on the day.
    """
    century_and_sex = (born.year // 100 - 19) * 2 + (sex is Sex.FEMALE)
    while True:
        digits = f"{source.randrange(10**6):06d}"
        if digits not in taken:
            taken.add(digits)
            return f"{commune.number_prefix}{century_and_sex}{born.year % 100:02d}{digits}"


def _infect(households: Sequence[Household], seed: str) -> None:
    """Infect some households, and say who has symptoms or is known to live with one who has."""
    source = random.Random(f"infection {seed}")
    struck = source.sample(households, max(1, round(len(households) * INFECTED_HOUSEHOLDS)))
    for household in sorted(struck, key=lambda h: h.serial):
        first = source.randrange(len(household.members))
        for place, member in enumerate(household.members):
            if place == first or source.random() < ATTACK_RATE:
                member.infected = True
                between = _WEAK_CTS if source.random() < _WEAK else _CTS
                member.ct = round(source.uniform(*between), 2)
    for household in households:
        for member in household.members:
            chance = _SYMPTOMATIC_IF_INFECTED if member.infected else _SYMPTOMATIC_IF_NOT
            if source.random() < chance:
                member.tube_class = TubeClass.SYMPTOM
        if any(member.infected and member.tube_class.single for member in household.members):
            for member in household.members:
                if not member.tube_class.single:
                    member.tube_class = TubeClass.CONTACT
