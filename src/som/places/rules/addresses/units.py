"""The units that addresses name, and what an address means. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from som.kernel.outcomes import Refusal, gettext_noop
from som.places.rules.kinds import Kind, Level
from som.places.rules.things import END

MOST_CANDIDATES = 50
"""Candidates that are named; "Phường 1" alone could be sixty."""


class AddressReason(Refusal):
    """Why an address does not mean one unit of the day, or (another day) means one by lineage."""

    CLEAR = "", ""
    EMPTY = "address_empty", gettext_noop("No address is written.")
    UNKNOWN = (
        "address_unknown",
        gettext_noop("The address names a unit that cannot be found."),
    )
    AMBIGUOUS = "address_ambiguous", gettext_noop("The address may mean several units.")
    CONTRADICTORY = (
        "address_contradictory",
        gettext_noop("The units of the address do not belong together."),
    )
    DIVIDED = (
        "address_divided",
        gettext_noop("The unit of the address was divided among several."),
    )
    ENDED = (
        "address_ended",
        gettext_noop("The unit of the address ended, and nobody says what took it over."),
    )
    ANOTHER_DAY = (
        "address_of_another_day",
        gettext_noop("The address is written with the units of another day."),
    )


@dataclass(frozen=True, slots=True)
class Path:
    """The units of the three tiers one within the other, by id, on the days from first to last.

    `mixed` is what people write after units merged: a commune of one era with the district or
    province of the other. It never held; the days are the last of the former era.
    """

    province: int | None
    district: int | None
    commune: int | None
    since: date
    until: date | None
    mixed: bool = False

    def at(self, level: Level) -> int | None:
        """The unit of a tier."""
        return (None, self.province, self.district, self.commune)[level]

    def holds(self, on: date) -> bool:
        """Whether the units lie so on a day."""
        return not self.mixed and self.since <= on and (self.until is None or on <= self.until)

    def nearest(self, on: date) -> date:
        """The day nearest to another on which the units lie so."""
        return max(self.since, min(on, self.until or END))


@dataclass(frozen=True, slots=True)
class NamedUnit:
    """A unit that some span may name; `key` is what its name `looks` like."""

    id: int
    level: Level
    kind: Kind
    spelling: str
    key: str
    paths: tuple[Path, ...]


class Register:
    """The named units, found by what their names look like."""

    def __init__(self, units: Iterable[NamedUnit]) -> None:
        self._by_key: dict[str, list[NamedUnit]] = defaultdict(list)
        for unit in units:
            self._by_key[unit.key].append(unit)

    def named(self, key: str) -> Collection[NamedUnit]:
        """The units whose name looks so."""
        return self._by_key.get(key, ())


@dataclass(frozen=True, slots=True)
class Meant:
    """What an address means by its words alone, before any lineage.

    `unit_id` is the unit, in force on `as_of` (the asked day, or the nearest). Without it,
    `candidates` could be meant and `known_id` is the smallest unit that is certain. `also_id` is
    what the same words mean on the asked day, where an earlier day explains more of them.
    """

    reason: AddressReason
    unit_id: int | None = None
    level: Level | None = None
    as_of: date | None = None
    candidates: tuple[int, ...] = ()
    known_id: int | None = None
    rest: str = ""
    also_id: int | None = None
    claim: str = ""
    """The words, as `looks` of them, that name a unit not found within `known_id`."""
