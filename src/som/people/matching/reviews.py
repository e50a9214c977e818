"""What a review may do: which entry stands, who may be joined, and how a join is taken back. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from som.kernel.outcomes import Refusal, gettext_noop


class ReviewRefusal(Refusal):
    """Why two entries were not joined, parted or taken up again."""

    PERSON_UNKNOWN = "entry_unknown", gettext_noop("There is no such person here.")
    SAME_ENTRY = "same_entry", gettext_noop("This is one entry, not two.")
    PARTED_BEFORE = (
        "parted_before",
        gettext_noop("A review said that these are two people: take that back first."),
    )
    JOINED_MEANWHILE = (
        "joined_meanwhile",
        gettext_noop("Somebody joined these two meanwhile: take the join back first."),
    )
    NOT_JOINED = "not_joined", gettext_noop("These two were not joined with each other.")
    JOINED_FURTHER = (
        "joined_further",
        gettext_noop("They were joined with a third entry since: take that join back first."),
    )
    NOT_DECIDED = "not_decided", gettext_noop("No review parted these two.")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two entries about which a review says something, in either order."""

    one: int
    other: int

    @property
    def ordered(self) -> tuple[int, int]:
        """The lower id first, as candidates are kept."""
        return min(self.one, self.other), max(self.one, self.other)


@dataclass(frozen=True, slots=True)
class Parting:
    """That two entries are two people; `joined` where that takes a join of the two back."""

    one: int
    other: int
    joined: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as a review sees it."""

    id: int
    merged_into: int | None
    units: tuple[int, ...]
    died: bool = False
    named: bool = True
    numbered: bool = False


def standing_first(one: Entry, other: Entry) -> tuple[Entry, Entry]:
    """Which of two entries stands for both, and which is gone.

    A death must not be forgotten, a name and a number are what others find a person by; else who
    was met first.
    """
    kept, gone = sorted((one, other), key=lambda e: (not e.died, not e.named, not e.numbered, e.id))
    return kept, gone


@dataclass(slots=True)
class Joins:
    """What becomes of pairs to join: `made` are kept, gone and the units added, in order."""

    done: list[Pair] = field(default_factory=list)
    unchanged: list[Pair] = field(default_factory=list)
    refused: list[tuple[Pair, ReviewRefusal]] = field(default_factory=list)
    made: list[tuple[int, int, tuple[int, ...]]] = field(default_factory=list)
    units: dict[int, tuple[int, ...]] = field(default_factory=dict)


def judged_joins(
    pairs: Sequence[Pair], entries: Mapping[int, Entry], parted: Iterable[frozenset[int]]
) -> Joins:
    """Decide which pairs are joined, one after the other: a join may make the next one another's.

    `entries` holds all entries that are one with any of a pair; `parted` are pairs of them that a
    review said to be two people: those never become one through a third.
    """
    parents = {entry.id: entry.merged_into for entry in entries.values()}
    units = {entry.id: entry.units for entry in entries.values()}
    apart = set(parted)
    found = Joins()

    def root(entry: int) -> int:
        while (above := parents[entry]) is not None:
            entry = above
        return entry

    for pair in pairs:
        if pair.one not in entries or pair.other not in entries:
            found.refused.append((pair, ReviewRefusal.PERSON_UNKNOWN))
            continue
        if pair.one == pair.other:
            found.refused.append((pair, ReviewRefusal.SAME_ENTRY))
            continue
        ends = root(pair.one), root(pair.other)
        if ends[0] == ends[1]:
            found.unchanged.append(pair)
            continue
        if any(
            {root(entry) for entry in two} == set(ends) for two in apart if two <= parents.keys()
        ):
            found.refused.append((pair, ReviewRefusal.PARTED_BEFORE))
            continue
        kept, gone = standing_first(entries[ends[0]], entries[ends[1]])
        added = tuple(sorted(set(units[gone.id]) - set(units[kept.id])))
        parents[gone.id] = kept.id
        units[kept.id] += added
        found.units[kept.id] = units[kept.id]
        found.made.append((kept.id, gone.id, added))
        found.done.append(pair)
    return found


@dataclass(frozen=True, slots=True)
class LiveJoin:
    """A join that holds: its row, who stands, who is gone, and the units it added."""

    id: int
    kept: int
    gone: int
    added: tuple[int, ...]


def units_without(
    kept: Entry,
    undone: LiveJoin,
    others: Sequence[LiveJoin],
    entries: Mapping[int, Entry],
    own: Iterable[int],
) -> tuple[tuple[int, ...], dict[int, tuple[int, ...]]]:
    """The units of who stood without those a join added, and what other joins now add instead.

    A unit stays where the person said they live or were met (`own`), or where another entry joined
    with them belongs to; it goes when that join is taken back.
    """
    going = set(undone.added) - set(own)
    taken_over: dict[int, tuple[int, ...]] = {}
    for join in others:
        stay = going & set(entries[join.gone].units)
        if stay:
            going -= stay
            taken_over[join.id] = tuple(sorted({*join.added, *stay}))
    return tuple(unit for unit in kept.units if unit not in going), taken_over
