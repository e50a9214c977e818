"""What is loaded and registered: plain values, as a list or form gives them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

BEGINNING = date(1900, 1, 1)
"""The first day of a unit of which is only known that it was there before November 2020."""

END = date(9999, 12, 31)
"""Later than the last day of any unit in force."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as the statistics office lists it: one code on the days from first to last."""

    code: str
    name: str
    kind: str
    level: int
    parent_code: str = ""
    valid_from: date = BEGINNING
    valid_to: date | None = None
    successor_codes: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, date]:
        """What makes it this unit: the code alone does not."""
        return self.code, self.valid_from

    def overlaps(self, other: Unit) -> bool:
        """Whether both are in force on some day."""
        return self.valid_from <= (other.valid_to or END) and other.valid_from <= (
            self.valid_to or END
        )


@dataclass(frozen=True, slots=True)
class Population:
    """How many people lived in a unit on a day, with its area and its middle."""

    code: str
    counted_on: date
    population: int | None
    area_km2: float | None = None
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True, slots=True)
class PendingChange:
    """A change of status that is decided but whose day of effect is not known."""

    code: str
    name_now: str
    name_then: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who takes swabs, tests or is visited, by a code that never changes."""

    code: str
    kind: str
    name: str
    unit_id: int


@dataclass(frozen=True, slots=True)
class LaboratoryRight:
    """That a laboratory may confirm, or screen, from one day to another."""

    organisation_code: str
    right: str
    valid_from: date
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """Where swabs are taken or people are visited."""

    unit_id: int
    kind: str
    name: str
    address: str = ""
    organisation_code: str = ""
