"""Who is one person, wherever they are met."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from som.kernel import scope, sql
from som.kernel.errors import NotAllowed
from som.people.commands import Registration, register_people
from som.people.queries import declarations_of, people_named, people_with_number
from som.people.rules import (
    Declaration,
    DeclarationRefusal,
    NumberWarning,
    Sex,
    agree,
    tidied,
)
from tests.laws.laws import undone
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db


def met(town: Town, *said: Declaration, unit: int | None = None) -> list[int]:
    """The ids these declarations are answered with at the north's table."""
    by = town.egon if unit == town.other_province else town.ana
    given = [Registration(f"{by.name}-{s.name}-{n}", s) for n, s in enumerate(said)]
    outcome = register_people(given, unit=unit or town.north, by=by, at=NOON)
    assert not outcome.refused
    ids = {r.reference: r.person_id for r in outcome.held}
    return [ids[g.reference] or 0 for g in given]


def test_a_number_is_one_person_wherever_they_are_met() -> None:
    town = Town()
    said = town.declaration(residence=None)
    (far,) = met(town, said, unit=town.other_province)
    assert people_with_number(said.number, by=town.ana, at=NOON) == []
    assert met(town, replace(said, name=said.name.upper())) == [far]
    (row,) = people_with_number(f" {said.number} ", by=town.ana, at=NOON)
    assert row.id == far


def test_a_parents_number_on_a_child_joins_nobody_whoever_comes_first() -> None:
    town = Town()
    parent = town.declaration(birth_date=date(1980, 1, 1))
    child = replace(parent, name="Bé", birth_date=date(2020, 1, 1), sex=None)
    first, second, third = met(town, child, parent, replace(parent, phone=""))
    assert len({first, second, third}) == 3  # the number is the child's: it was said first

    other = town.declaration(birth_date=date(1980, 1, 1))
    baby = replace(other, name="Bé", birth_date=date(2020, 1, 1), sex=None)
    (known,) = met(town, other, unit=town.other_province)
    ids = met(town, baby, other)
    assert ids[0] != known
    assert ids[1] == known


def test_without_papers_the_reference_is_the_person() -> None:
    town = Town()
    said = Declaration("Lò Văn Pó")
    one = register_people([Registration("R1", said)], unit=town.north, by=town.ana, at=NOON)
    again = register_people([Registration("R1", said)] * 2, unit=town.north, by=town.ana, at=NOON)
    assert {r.person_id for r in again.unchanged} == {one.done[0].person_id}
    assert not again.done
    far = register_people(
        [Registration("R1", said)] * 2, unit=town.other_province, by=town.egon, at=NOON
    )
    assert [str(r.reason) for r in far.refused] == ["person_known_elsewhere"] * 2


def test_whoever_answers_for_the_residence_sees_the_person() -> None:
    town = Town()
    said = town.declaration(residence=None)
    (person,) = met(town, said)
    assert people_named(said.name, by=town.sam, at=NOON) == []
    met(town, replace(said, residence=town.south, address="Xóm 5"))
    assert [p.id for p in people_named(said.name, by=town.sam, at=NOON)] == [person]
    with scope.entered(town.sam, "people.read"):
        assert declarations_of([person])[person].address == "Xóm 5"


def test_people_are_registered_where_the_actor_may() -> None:
    town = Town()
    with pytest.raises(NotAllowed):
        register_people([], unit=town.south, by=town.ana, at=NOON)


def test_names_are_found_without_tone_marks() -> None:
    town = Town()
    met(town, replace(town.declaration(), name="Đặng Thị Ổn"))
    assert [p.name for p in people_named("dang thi", by=town.cleo, at=NOON)] == ["Đặng Thị Ổn"]
    assert people_named("dang thi", by=town.egon, at=NOON) == []


DECLARATIONS = st.builds(
    Declaration,
    st.sampled_from(["Đào Ổn", "DAO ON", "Đào Ân", "Đào  Ôn", "Ma Ổn"]),
    st.sampled_from([None, Sex.MALE, Sex.FEMALE]),
    st.sampled_from([None, date(1980, 1, 1), date(1980, 1, 2), date(1981, 1, 1)]),
    st.sampled_from([None, 1980, 1981]),
    number=st.just("019080999999"),
)


@pytest.mark.slow
@given(one=DECLARATIONS, other=DECLARATIONS)
def test_the_database_agrees_as_the_rule_does(one: Declaration, other: Declaration) -> None:
    town = Town()
    one, other = tidied(one), tidied(other)
    with undone():
        (person,) = met(town, one)
        with scope.entered(town.ana, "people.register", unit=town.north):
            found = sql.rows(
                "SELECT * FROM people_claim_documents(ARRAY['citizen_number'], ARRAY['VNM'],"
                " ARRAY[%s], ARRAY[-1]::bigint[], ARRAY[%s], ARRAY[%s]::text[],"
                " ARRAY[%s]::date[], ARRAY[%s]::int[], %s)",
                (
                    other.number,
                    other.name_key,
                    other.sex,
                    other.birth_date,
                    other.birth_year,
                    town.north,
                ),
            )
        assert [line[2:] for line in found] == [(person, agree(one, other))]


def test_a_number_that_differs_from_sex_or_birth_warns_and_refuses_nobody() -> None:
    town = Town()
    odd = Declaration("Lò Thị Bé", Sex.FEMALE, birth_year=1961, number="019060000123")
    even = Declaration("Lò Thị Em", Sex.FEMALE, birth_year=1960, number="019160000124")
    outcome = register_people(
        [Registration("1", odd), Registration("2", even)], unit=town.north, by=town.ana, at=NOON
    )
    assert len(outcome.done) == 2
    assert [(w.item.reference, w.reason) for w in outcome.warned] == [
        ("1", NumberWarning.SEX_DIFFERS),
        ("1", NumberWarning.YEAR_DIFFERS),
    ]


def test_a_reference_never_turns_one_person_into_another():
    town = Town()
    known = Registration("SLIP-1", Declaration("Phạm Thị Cúc", Sex.FEMALE, birth_year=1999))
    other = Registration("SLIP-1", Declaration("Lê Văn Tám", Sex.MALE, birth_year=1970))
    assert register_people([known], unit=town.north, by=town.ana, at=NOON).done
    together = register_people([known, other], unit=town.north, by=town.ana, at=NOON)
    assert [r.reference for r in together.unchanged] == ["SLIP-1"]
    assert [r.reason for r in together.refused] == [DeclarationRefusal.REFERENCE_TAKEN]
    later = register_people([other], unit=town.north, by=town.ana, at=NOON)
    assert [r.reason for r in later.refused] == [DeclarationRefusal.REFERENCE_TAKEN]
