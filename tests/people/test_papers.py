"""Several papers of one person, and what came to be known later."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from som.kernel import scope, sql
from som.kernel.errors import NotAllowed
from som.people.commands import Death, Registration, note_deaths, register_people
from som.people.queries import dead
from som.people.rules import (
    ChangeRefusal,
    Declaration,
    Document,
    DocumentKind,
    Sex,
    Stay,
    StayKind,
)
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

INSURED = Document(DocumentKind.INSURANCE, "1912345678")
CARD = Document(DocumentKind.OLD_IDENTITY_CARD, "090000123")
SAID = Declaration("Nguyễn Văn Thử", Sex.MALE, date(1991, 3, 2), number="019091000123")


def met(town: Town, *said: Declaration) -> list[int]:
    """The ids with which the north's table answers."""
    given = [Registration(f"{s.name}-{n}-{s.papers}", s) for n, s in enumerate(said)]
    outcome = register_people(given, unit=town.north, by=town.ana, at=NOON)
    assert not outcome.refused, outcome.refused
    ids = {r.reference: r.person_id for r in outcome.held}
    return [ids[g.reference] or 0 for g in given]


def rows(town: Town, statement: str) -> list[tuple[object, ...]]:
    """What the north sees."""
    with scope.entered(town.ana, "people.read"):
        return sql.rows(statement)


def test_any_paper_of_a_person_finds_them_and_brings_its_others() -> None:
    town = Town()
    (first,) = met(town, replace(SAID, documents=(CARD,)))
    (again,) = met(town, replace(SAID, number=CARD.number, documents=(INSURED,)))
    assert again == first
    (insured,) = met(town, replace(SAID, number="", documents=(INSURED,)))
    assert insured == first
    found = rows(town, "SELECT kind, person_id FROM people_document ORDER BY kind")
    assert found == [(k, first) for k in ("citizen_number", "insurance", "old_identity_card")]
    assert rows(town, "SELECT * FROM people_sharednumber") == []


def test_in_one_batch_papers_join_as_one_after_the_other() -> None:
    town = Town()
    said = [
        replace(SAID, documents=(CARD,)),
        replace(SAID, number=CARD.number, documents=(INSURED,)),
        replace(SAID, number="", documents=(INSURED,)),
    ]
    assert len(set(met(town, *said))) == 1


def test_papers_of_two_people_who_both_agree_are_a_question() -> None:
    town = Town()
    one, other = met(town, SAID, replace(SAID, number=CARD.number))
    assert one != other
    assert met(town, replace(SAID, documents=(CARD,))) == [one]
    assert rows(
        town,
        "SELECT c.person_id, d.person_id FROM people_sharednumber c"
        " JOIN people_document d ON d.id = c.document_id",
    ) == [(one, other)]


def test_a_parents_number_on_a_child_is_noted_as_a_question() -> None:
    town = Town()
    child = replace(SAID, name="Nguyễn Văn Bé", birth_date=date(2019, 1, 1), guardian=SAID.name)
    parent, small = met(town, SAID, child)
    assert parent != small
    assert rows(town, "SELECT person_id FROM people_sharednumber") == [(small,)]
    assert rows(town, f"SELECT guardian FROM people_person WHERE id = {small}") == [(SAID.name,)]
    assert met(town, child)[0] not in (0, parent)


def test_somebody_of_the_batch_who_is_known_is_compared_as_they_are_known() -> None:
    town = Town()
    (known,) = met(town, SAID)
    by_year = replace(SAID, birth_date=None, birth_year=1991, documents=(CARD,))
    other_day = replace(SAID, birth_date=date(1991, 5, 5), number=CARD.number)
    one, two = met(town, by_year, other_day)
    assert one == known
    assert two != known  # the number leads to who was born on the second of March


def test_places_are_dated_and_their_units_become_answerable() -> None:
    town = Town()
    stays = (
        Stay(StayKind.WORKPLACE, town.south, "Công ty may Sông Công"),
        Stay(StayKind.SCHOOL, None, "Trường Tiểu học số 1"),
    )
    (person,) = met(town, replace(SAID, residence=town.north, address="Xóm 1", stays=stays))
    assert met(town, replace(SAID, residence=town.north, address="Xóm 1", stays=stays)) == [person]
    found = rows(town, "SELECT kind, text FROM people_whereabouts ORDER BY kind")
    assert found == [
        ("residence", "Xóm 1"),
        ("school", "Trường Tiểu học số 1"),
        ("workplace", "Công ty may Sông Công"),
    ]
    with scope.entered(town.sam, "people.read"):
        assert sql.rows("SELECT id FROM people_person") == [(person,)]


def test_who_moves_away_and_back_is_noted_each_time() -> None:
    town = Town()
    for days, home in enumerate((town.north, town.south, town.north, town.north)):
        given = [Registration("", replace(SAID, residence=home))]
        at = NOON + timedelta(days=days)
        assert not register_people(given, unit=town.north, by=town.ana, at=at).refused
    found = rows(town, "SELECT unit_id FROM people_whereabouts ORDER BY as_of, id")
    assert found == [(town.north,), (town.south,), (town.north,)]


def test_a_death_is_noted_once_and_can_be_taken_back() -> None:
    town = Town()
    (person,) = met(town, SAID)
    died = Death(person, NOON - timedelta(days=1))
    assert note_deaths([died], by=town.ana, at=NOON).done == [died]
    assert note_deaths([died], by=town.ana, at=NOON).unchanged == [died]
    with scope.entered(town.ana, "people.read"):
        assert dead([person]) == {person}
    faults = {
        Death(person, NOON): ChangeRefusal.DIED_OTHERWISE,
        Death(-1, NOON): ChangeRefusal.PERSON_UNKNOWN,
    }
    for given, reason in faults.items():
        (refused,) = note_deaths([given], by=town.ana, at=NOON).refused
        assert refused.reason is reason
    mistaken = Death(person, None)
    assert note_deaths([mistaken], by=town.ana, at=NOON).done == [mistaken]
    for when, reason in {
        NOON + timedelta(hours=1): ChangeRefusal.DIED_IN_FUTURE,
        NOON.replace(year=1990): ChangeRefusal.BORN_LATER,
    }.items():
        (refused,) = note_deaths([Death(person, when)], by=town.ana, at=NOON).refused
        assert refused.reason is reason
    (refused,) = note_deaths([died], by=town.egon, at=NOON).refused
    assert refused.reason is ChangeRefusal.PERSON_UNKNOWN
    with pytest.raises(NotAllowed):
        note_deaths([died], by=town.ben, at=NOON)


def test_a_walk_in_may_have_a_number_and_no_name() -> None:
    town = Town()
    given = [Registration("CARD", Declaration("", number=SAID.number), walk_in=True)]
    (first,) = register_people(given, unit=town.north, by=town.ana, at=NOON).done
    (again,) = register_people(given, unit=town.north, by=town.ana, at=NOON).unchanged
    assert again.person_id == first.person_id
