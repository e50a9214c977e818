"""People registered, deaths, names and what is owed."""

from __future__ import annotations

from datetime import timedelta

from som.access.queries import system_actor
from som.kernel import ids, scope, sql
from som.people.commands import (
    Death,
    Naming,
    Registration,
    name_walk_ins,
    note_deaths,
    note_owed,
    register_people,
    settle_owed,
)
from som.people.rules import Declaration
from som.results.commands import tell_newly_owed
from som.sampling.commands import CardPrint, CardRoll, issue_cards, print_cards, record_swabs
from tests.scale.prepared import Call, prepared
from tests.town import NOON, Town

RESULTS = system_actor("results")


def _people(town: Town, size: int) -> list[int]:
    given = [Registration(f"R{n}", town.declaration()) for n in range(size)]
    done = register_people(given, unit=town.north, by=town.ana, at=NOON).done
    return [r.person_id for r in done if r.person_id]


def _walk_ins(town: Town, size: int) -> list[int]:
    issue_cards([CardRoll(0, size - 1, town.north)], by=town.dora, at=NOON)
    with scope.entered(town.ana, "people.read"):
        cards = sql.rows("SELECT serial, slip FROM sampling_card ORDER BY serial")
    swabs = [
        town.swab(tube, slip=slip, card=ids.card_code(serial), said=Declaration(""))
        for tube, (serial, slip) in zip(town.tubes(size), cards, strict=True)
    ]
    assert not record_swabs(swabs, session="S1", by=town.ana, at=NOON).refused
    with scope.entered(town.ana, "people.read"):
        return [line[0] for line in sql.rows("SELECT person_id FROM sampling_swab ORDER BY id")]


@prepared("people.note_deaths")
def _deaths(size: int) -> Call:
    town = Town()
    given = [Death(person, NOON - timedelta(hours=1)) for person in _people(town, size)]
    return lambda: note_deaths(given, by=town.ana, at=NOON)


@prepared("people.name_walk_ins")
def _names(size: int) -> Call:
    town = Town()
    given = [Naming(person, town.declaration()) for person in _walk_ins(town, size)]
    return lambda: name_walk_ins(given, unit=town.north, by=town.ana, at=NOON)


def _named(town: Town, size: int) -> list[int]:
    persons = _walk_ins(town, size)
    given = [Naming(person, town.declaration()) for person in persons]
    assert not name_walk_ins(given, unit=town.north, by=town.ana, at=NOON).refused
    return persons


@prepared("people.note_owed")
def _answered(size: int) -> Call:
    persons = _named(Town(), size)
    return lambda: note_owed(persons, by=RESULTS, at=NOON)


@prepared("people.register_people")
def _registrations(size: int) -> Call:
    town = Town()
    given = [Registration(f"R{n}", town.declaration(address="Xóm")) for n in range(size)]
    return lambda: register_people(given, unit=town.north, by=town.ana, at=NOON)


@prepared("people.settle_owed")
def _settled(size: int) -> Call:
    persons = _named(Town(), size)
    return lambda: settle_owed(persons, by=RESULTS, at=NOON)


@prepared("results.tell_newly_owed")
def _owed(size: int) -> Call:
    persons = _named(Town(), size)
    return lambda: tell_newly_owed(persons, by=RESULTS, at=NOON)


@prepared("sampling.issue_cards")
def _cards(size: int) -> Call:
    town = Town()
    given = [CardRoll(n, n, town.north) for n in range(size)]
    return lambda: issue_cards(given, by=town.dora, at=NOON)


@prepared("sampling.print_cards")
def _card_printings(size: int) -> Call:
    town = Town()
    rolls = [CardRoll(n, n, town.north) for n in range(size)]
    assert issue_cards(rolls, by=town.dora, at=NOON).done == rolls
    given = [CardPrint(f"P{n}", ((n, n),)) for n in range(size)]
    return lambda: print_cards(given, by=town.dora, at=NOON)
