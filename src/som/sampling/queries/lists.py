"""What sampling lists name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from som.places import queries as places
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
