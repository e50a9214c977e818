"""What follows from a list of units: parents, succession, coverage. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from som.places.rules.names import search_key
from som.places.rules.things import END, Unit


@dataclass(frozen=True, slots=True)
class Family:
    """How units hang together, by their ids.

    `parents` holds the parent on each unit's last day; `lineage` says of each step whether the old
    unit was split; `coverage` are pairs of a unit and one whose rows it answers for.
    """

    parents: dict[int, int]
    search_keys: dict[int, str]
    lineage: dict[tuple[int, int], bool]
    coverage: set[tuple[int, int]]

    def derivation(self, unit_id: int) -> tuple[int | None, str]:
        """What is written beside the unit's own facts: its parent and what it is searched by."""
        return self.parents.get(unit_id), self.search_keys[unit_id]


def family(units: Mapping[int, Unit]) -> Family:
    """Resolve every code by its day, and gather what each unit answers for.

    A parent or successor that is not in the list stays open until it is loaded.
    """
    by_code: dict[str, list[tuple[int, Unit]]] = defaultdict(list)
    for unit_id, unit in units.items():
        by_code[unit.code].append((unit_id, unit))
    parents: dict[int, int] = {}
    above: dict[int, list[int]] = defaultdict(list)
    children: dict[int, list[int]] = defaultdict(list)
    lineage: dict[tuple[int, int], bool] = {}
    predecessors: dict[int, list[int]] = defaultdict(list)
    for unit_id, unit in units.items():
        for parent_id, parent in by_code.get(unit.parent_code, ()):
            if parent.overlaps(unit):
                children[parent_id].append(unit_id)
                above[unit_id].append(parent_id)
                if parent.valid_from <= (unit.valid_to or END) <= (parent.valid_to or END):
                    parents[unit_id] = parent_id
        if unit.valid_to is None:
            continue
        day_after = unit.valid_to + timedelta(days=1)
        for code in unit.successor_codes:
            for new_id, new in by_code.get(code, ()):
                if new.valid_from <= day_after <= (new.valid_to or END):
                    lineage[unit_id, new_id] = len(unit.successor_codes) > 1
                    predecessors[new_id].append(unit_id)
    return Family(
        parents,
        _search_keys(units, above),
        lineage,
        set(_coverage(units, children, predecessors)),
    )


def _search_keys(units: Mapping[int, Unit], above: Mapping[int, list[int]]) -> dict[int, str]:
    """A unit's name and those of all above it on any day, each word with a space before it."""
    own = {name: search_key(name) for name in {unit.name for unit in units.values()}}

    def path(unit_id: int) -> Iterable[str]:
        yield own[units[unit_id].name]
        for parent_id in above.get(unit_id, ()):
            yield from path(parent_id)

    return {unit_id: " " + " ".join(dict.fromkeys(path(unit_id))) for unit_id in units}


def _coverage(
    units: Mapping[int, Unit],
    children: Mapping[int, list[int]],
    predecessors: Mapping[int, list[int]],
) -> Iterable[tuple[int, int]]:
    """Of each unit: itself, descendants on any day, predecessors whose successors it all covers.

    The last condition gives a commune that was split over two of a province to the province alone.
    """
    for unit_id in units:
        covered = {unit_id}
        taken_over: Counter[int] = Counter()
        open_ends = [unit_id]
        while open_ends:
            here = open_ends.pop()
            reached = list(children.get(here, ()))
            for old in predecessors.get(here, ()):
                taken_over[old] += 1
                if taken_over[old] == len(units[old].successor_codes):
                    reached.append(old)
            for other in reached:
                if other not in covered:
                    covered.add(other)
                    open_ends.append(other)
        for other in covered:
            yield unit_id, other
