"""Comparing people and reviewing pairs, made ready."""

from __future__ import annotations

from som.access.queries import system_actor
from som.people.commands import (
    Registration,
    compare_people,
    join_persons,
    part_persons,
    register_people,
    reopen_candidates,
)
from som.people.matching.reviews import Pair, Parting
from tests.scale.prepared import Call, prepared
from tests.town import NOON, Town

MATCHING = system_actor("matching")


def _people(town: Town, size: int) -> list[int]:
    given = [Registration(f"R{n}", town.declaration()) for n in range(size)]
    done = register_people(given, unit=town.north, by=town.ana, at=NOON).done
    return [r.person_id for r in done if r.person_id]


def _pairs(town: Town, size: int) -> list[Pair]:
    people = _people(town, size * 2)
    return [Pair(one, other) for one, other in zip(people[::2], people[1::2], strict=True)]


@prepared("people.compare_people")
def _compared(size: int) -> Call:
    persons = _people(Town(), size)
    return lambda: compare_people(persons, by=MATCHING, at=NOON)


@prepared("people.join_persons")
def _joined(size: int) -> Call:
    town = Town()
    pairs = _pairs(town, size)
    return lambda: join_persons(pairs, by=town.dora, at=NOON)


@prepared("people.part_persons")
def _parted(size: int) -> Call:
    town = Town()
    pairs = _pairs(town, size)
    assert not join_persons(pairs, by=town.dora, at=NOON).refused
    partings = [Parting(pair.one, pair.other, joined=True) for pair in pairs]
    return lambda: part_persons(partings, by=town.dora, at=NOON)


@prepared("people.reopen_candidates")
def _reopened(size: int) -> Call:
    town = Town()
    pairs = _pairs(town, size)
    partings = [Parting(pair.one, pair.other) for pair in pairs]
    assert not part_persons(partings, by=town.dora, at=NOON).refused
    return lambda: reopen_candidates(pairs, by=town.dora, at=NOON)
