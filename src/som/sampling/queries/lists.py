"""What sampling lists name."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from som.places import queries as places
from som.places.rules import AddressReason
from som.sampling.lists import UNITS_ENDED_ON, Names, Residence


def residences_named(names: Iterable[Names], *, on: date) -> dict[Names, Residence]:
    """What the units that a sampling list names are on this day.

    Names of today are taken as they are; names as before July 2025 are carried along the lineage. A
    unit that was divided means none of its parts: nothing is guessed.
    """
    asked = list(dict.fromkeys(names))
    today = places.units_named(asked, on)
    former = places.units_named([n for n in asked if n not in today], min(on, UNITS_ENDED_ON))
    carried = places.carried(former.values(), on)
    found = {name: Residence(unit) for name, unit in today.items()}
    for name, unit in former.items():
        here = carried[unit]
        found[name] = Residence(here.unit_id, divided=here.unit_id is None)
    return found


@dataclass(frozen=True, slots=True)
class Lives:
    """Where a row's person lives: a unit of the day or, with a `caution`, what is certain of it.

    With a `fault` the row names a place that cannot be found at all.
    """

    unit: int | None = None
    caution: AddressReason | None = None
    fault: AddressReason | None = None


Written = tuple[Names, str]
"""Province, district and commune, and the address beside them, as a row writes them."""


def residences_meant(rows: Collection[Written], *, on: date, within: int) -> dict[Written, Lives]:
    """Where the people of these rows live, by the units of a day.

    A commune that was divided, of which several have the name, or that lies elsewhere than written
    is no reason to turn anybody away: the divided unit, the district or the province is noted, as
    far as that is certain. The hamlet may say which part of a divided commune it is. Where a list
    has no columns for units, the address is read; addresses that say none are left as text.
    """
    named = places.resolve_addresses(
        {names for names, _ in rows if any(names)}, on=on, within=within
    )
    texts: dict[Written, str] = {}
    for names, address in rows:
        if not any(names):
            texts[names, address] = address
        elif address and named[names].reason is AddressReason.DIVIDED:
            texts[names, address] = ", ".join(filter(None, (address, *reversed(names))))
    told = places.resolve_addresses({t for t in texts.values() if t}, on=on, within=within)
    found: dict[Written, Lives] = {}
    for row in rows:
        names, _ = row
        text = told.get(texts.get(row, ""))
        if not any(names):
            unit = text.unit_id or text.known_id if text else None
            found[row] = Lives(unit)
        elif text is not None and text.unit_id is not None:
            found[row] = Lives(text.unit_id)
        else:
            found[row] = _lives(named[names], names)
    return found


def _lives(meant: places.Resolved, names: Names) -> Lives:
    reason = AddressReason(meant.reason)
    if meant.unit_id is not None:
        return Lives(meant.unit_id)
    if reason is AddressReason.EMPTY:
        return Lives()
    if meant.known_id is None or (reason is AddressReason.UNKNOWN and names[2].strip()):
        return Lives(fault=reason)
    return Lives(meant.known_id, caution=reason)
