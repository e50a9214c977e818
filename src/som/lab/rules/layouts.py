"""Where the controls of a laboratory's plates must be. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from som.kernel.outcomes import Refusal, gettext_noop
from som.lab.formats.wells import PLATES, position_of
from som.lab.rules.benches import LoadKind, is_plate_size


class LayoutMode(StrEnum):
    """Whether controls are in the same wells on every plate."""

    FIXED = "fixed"
    MOVING = "moving"  # one well further on each plate, so that a swapped plate is noticed


class LayoutRefusal(Refusal):
    """Why a layout of controls was not set."""

    KIT_UNKNOWN = "layout_kit_unknown", gettext_noop("There is no rule of this kit on this day.")
    SIZE_UNKNOWN = "layout_size_unknown", gettext_noop("No plate has so many wells.")
    WELL_UNREADABLE = (
        "layout_well_unreadable",
        gettext_noop("There is no such well on a plate of this size."),
    )
    WELL_TWICE = "layout_well_twice", gettext_noop("A well is given to two controls.")
    NO_CONTROL = "layout_no_control", gettext_noop("A layout names the wells of its controls.")
    GIVEN_TWICE = (
        "layout_given_twice",
        gettext_noop("Another layout is given for the same kit and size."),
    )


@dataclass(frozen=True, slots=True)
class LayoutWanted:
    """Where a laboratory wants its controls on plates of a kit and size: the wells of each kind.

    A moving layout names the wells of the first plate.
    """

    kit: str
    size: int
    mode: LayoutMode
    wells: tuple[tuple[LoadKind, tuple[str, ...]], ...]

    @property
    def as_data(self) -> dict[str, list[str]]:
        """The wells by kind, in one spelling."""
        return {
            str(kind): [position_of(well, self.size) or well for well in wells]
            for kind, wells in sorted(self.wells)
        }


def fault_of_layout(given: LayoutWanted, kits: frozenset[str]) -> tuple[LayoutRefusal, str] | None:
    """What forbids this layout; None when nothing does. `kits`: those that have a rule."""
    if given.kit not in kits:
        return LayoutRefusal.KIT_UNKNOWN, given.kit
    if not is_plate_size(given.size):
        return LayoutRefusal.SIZE_UNKNOWN, str(given.size)
    seen: set[str] = set()
    for kind, wells in given.wells:
        if not kind.control or not wells:
            return LayoutRefusal.NO_CONTROL, str(kind)
        for well in wells:
            position = position_of(well, given.size)
            if position is None:
                return LayoutRefusal.WELL_UNREADABLE, well
            if position in seen:
                return LayoutRefusal.WELL_TWICE, position
            seen.add(position)
    return None if seen else (LayoutRefusal.NO_CONTROL, "")


def control_wells(
    mode: LayoutMode, wells: Mapping[str, list[str]], size: int, turn: int
) -> dict[str, list[str]]:
    """The wells of each kind of control on the `turn`-th plate, counted from 1.

    On moving layouts every control walks down the columns, one well with each plate, from the last
    well to the first: A1, B1 … H1, A2 and so on.
    """
    if mode is LayoutMode.FIXED:
        return {kind: list(there) for kind, there in wells.items()}
    rows, columns = PLATES[size]

    def moved(well: str) -> str:
        row, column = ord(well[0]) - ord("A"), int(well[1:]) - 1
        place = (column * rows + row + turn - 1) % (rows * columns)
        return f"{chr(ord('A') + place % rows)}{place // rows + 1}"

    return {kind: [moved(well) for well in there] for kind, there in wells.items()}
