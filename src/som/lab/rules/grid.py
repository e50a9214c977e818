"""Which wells come next on a plate, and what a tray says of a well. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from string import ascii_uppercase

from som.lab.formats.wells import PLATES
from som.lab.kits import KitRule
from som.lab.rules.benches import Loading, LoadKind

CONTROL_NAMES = {
    LoadKind.NO_TEMPLATE: "NTC",
    LoadKind.NEGATIVE: "NEG",
    LoadKind.POSITIVE: "PC",
}
"""What controls are called on a plate map, as instruments' software is told."""


def rows_of(size: int) -> str:
    """The letters of a plate's rows, from the top."""
    return ascii_uppercase[: PLATES[size][0]]


def columns_of(size: int) -> range:
    """The numbers of a plate's columns, from the left."""
    return range(1, PLATES[size][1] + 1)


@cache
def wells_by_column(size: int) -> tuple[str, ...]:
    """The wells as a multichannel pipette fills them: down the first column, then the next."""
    return tuple(f"{row}{column}" for column in columns_of(size) for row in rows_of(size))


def next_wells(size: int, taken: Collection[str], needed: int = 1) -> tuple[str, ...]:
    """The next free wells by column, as many as one sample needs; none where they do not suffice."""
    free = [well for well in wells_by_column(size) if well not in taken][:needed]
    return tuple(free) if len(free) == needed else ()


def wells_from(size: int, first: str, taken: Collection[str], needed: int) -> tuple[str, ...]:
    """The wells of a sample that is to begin in this one: it and the next free ones after it."""
    order = wells_by_column(size)
    if first not in order or first in taken:
        return ()
    behind = [well for well in order[order.index(first) :] if well not in taken][:needed]
    return tuple(behind) if len(behind) == needed else ()


def wells_a_sample(kit: KitRule) -> int:
    """In how many wells a sample goes: one for each reaction that is pipetted apart."""
    return len({target.reaction for target in kit.targets})


def usual_controls(kit: KitRule, size: int) -> dict[LoadKind, tuple[str, ...]]:
    """Where controls go when a laboratory has set no layout: in the last wells of the plate, those
    that the kit needs and no others."""
    needed = {LoadKind(kind) for kind, rule in kit.controls.items() if rule.required}
    kinds = [kind for kind in CONTROL_NAMES if kind in needed]
    each = wells_a_sample(kit)
    last = wells_by_column(size)[-each * len(kinds) :] if kinds else ()
    return {kind: last[n * each : (n + 1) * each] for n, kind in enumerate(kinds)}


def control_loadings(wells: Mapping[LoadKind, Sequence[str]], each: int) -> list[Loading]:
    """The controls of a plate, each named apart: NTC, and where there are two NTC-1 and NTC-2."""
    found = []
    for kind, there in wells.items():
        groups = [tuple(there[n : n + each]) for n in range(0, len(there), each)]
        for number, group in enumerate(groups, 1):
            name = CONTROL_NAMES[kind]
            found.append(Loading(kind, name if len(groups) == 1 else f"{name}-{number}", group))
    return found


def control_name(kind: LoadKind, batch: str, there: Collection[str]) -> str:
    """What the next control of this kind is called on a plate that has these codes: NEG, NEG-2; of a
    batch NEG-E7."""
    name = f"{CONTROL_NAMES[kind]}-{batch}" if batch else CONTROL_NAMES[kind]
    if name not in there:
        return name
    return next(other for number in count(2) if (other := f"{name}-{number}") not in there)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where on a plate something is to go: its wells, and the batch it was extracted in, if any."""

    wells: tuple[str, ...]
    batch: str = ""

    @property
    def written(self) -> str:
        """As it stands in a tray: "A1" or, with its batch, "A1 E-7"; of several wells "A1,B1"."""
        return " ".join(part for part in (",".join(self.wells), self.batch) if part)


def spot_of(written: str) -> Spot:
    """What `Spot.written` wrote."""
    wells, _, batch = written.partition(" ")
    return Spot(tuple(wells.split(",")), batch)
