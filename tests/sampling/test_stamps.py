"""Who answers for a swab and who hears of a positive, as stamped when it is recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.people.commands import Registration, join_persons, register_people
from som.people.matching.reviews import Pair
from som.people.queries import whereabouts_on
from som.people.rules import Declaration, Stay, StayKind
from som.places.queries import communes_of, provinces_over, units_by_id
from som.sampling.commands import RequestWanted, record_swabs, request_tests, share_swabs
from som.sampling.queries import open_requests
from som.sampling.rules import RequestReason
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

SYSTEM = system_actor("results")
TODAY = NOON.date()


def abroad(town: Town) -> int:
    """A commune of the other province."""
    return communes_of(town.other_province, TODAY)[0].id


def stamped(town: Town, *stays: Stay, **changes: object) -> tuple[list[int], list[int]]:
    """Who answers for a swab of somebody who says this, and who hears of a positive."""
    said = town.declaration(stays=stays, **changes)
    swab = town.swab(town.tubes(1)[0], said=said)
    assert not record_swabs([swab], session="S1", by=town.ana, at=NOON).refused
    with scope.entered(SYSTEM, "sampling.read"):
        found = sql.row(
            "SELECT unit_ids, stamp_ids FROM sampling_swab ORDER BY id DESC LIMIT 1", ()
        )
    assert found is not None
    return found[0], found[1]


def test_whoever_takes_plans_and_houses_hears_and_so_does_their_province() -> None:
    town = Town()
    answerable, told = stamped(town)
    assert answerable == [town.north]
    assert told == [town.north, town.province]


def test_where_somebody_lives_lodges_works_and_learns_answers_and_hears() -> None:
    town = Town()
    far = abroad(town)
    answerable, told = stamped(
        town,
        Stay(StayKind.LODGING, town.south, "Nhà nghỉ"),
        Stay(StayKind.WORKPLACE, far, "Công ty may"),
        Stay(StayKind.SCHOOL, None, "Trường cấp ba"),
    )
    assert answerable[0] == town.north
    assert set(answerable) == {town.north, town.south, far}
    assert set(told) == {*answerable, town.province, town.other_province}
    assert len(told) == len(set(told))


def test_somebody_of_another_province_has_their_own_province_told() -> None:
    town = Town()
    far = abroad(town)
    answerable, told = stamped(town, residence=far)
    assert answerable == [town.north, far]
    assert set(told) == {town.north, far, town.province, town.other_province}


def test_whoever_answers_a_request_is_stamped_by_what_is_known_of_them() -> None:
    town = Town()
    said = town.declaration(stays=(Stay(StayKind.WORKPLACE, town.south, "Chợ"),))
    met = register_people([Registration("R", said)], unit=town.north, by=town.ana, at=NOON)
    person = met.done[0].person_id or 0
    wish = RequestWanted("q", person, town.north, RequestReason.CONTACT, NOON + timedelta(hours=9))
    assert request_tests([wish], by=town.cleo, at=NOON - timedelta(hours=2)).done
    (asked,) = open_requests(by=town.cleo, at=NOON)
    swab = town.swab(town.tubes(1)[0], said=None, request=asked.id)
    assert not record_swabs([swab], session="S1", by=town.ana, at=NOON).refused
    with scope.entered(SYSTEM, "sampling.read"):
        found = sql.row("SELECT unit_ids FROM sampling_swab")
    assert found is not None
    assert set(found[0]) == {town.north, town.south}


def known(town: Town, *said: Declaration, days: int = 0, reference: str = "R") -> int:
    """Somebody who said this, one after the other; their id."""
    person = 0
    for number, one in enumerate(said):
        met = register_people(
            [Registration(reference, one)],
            unit=town.north,
            by=town.ana,
            at=NOON + timedelta(days=days + number),
        )
        person = met.held[0].person_id or 0
    return person


def places(person: int, on: date) -> set[int]:
    with scope.entered(SYSTEM, "people.read"):
        return set(whereabouts_on([person], on).get(person, ()))


def test_of_each_kind_the_last_that_was_said_by_the_day_holds() -> None:
    town = Town()
    first = town.declaration(stays=(Stay(StayKind.WORKPLACE, town.south, ""),))
    moved = replace(first, residence=abroad(town), stays=())
    person = known(town, first, moved)
    assert places(person, TODAY - timedelta(days=1)) == set()
    assert places(person, TODAY) == {town.north, town.south}
    assert places(person, TODAY + timedelta(days=1)) == {abroad(town), town.south}


def test_entries_joined_as_one_person_say_together_where_they_are() -> None:
    town = Town()
    one = known(town, town.declaration(), reference="A")
    other = known(town, town.declaration(residence=town.south), reference="B")
    assert join_persons([Pair(one, other)], by=town.dora, at=NOON).done
    assert places(one, TODAY) == places(other, TODAY) == {town.north, town.south}


def test_a_place_without_a_unit_is_nowhere_and_nobody_is_nowhere() -> None:
    town = Town()
    person = known(town, town.declaration(residence=None, address="Xóm Núi"))
    assert places(person, TODAY) == set()
    with scope.entered(SYSTEM, "people.read"):
        assert whereabouts_on([], TODAY) == whereabouts_on([-1], TODAY) == {}


def test_the_province_over_a_unit_is_that_of_the_day_whatever_era_the_unit_is_of() -> None:
    town = Town()
    assert provinces_over([town.north, town.province], TODAY) == {
        town.north: town.province,
        town.province: town.province,
    }
    # A unit of before the merger of 1/7/2025 is answered for by the province that took it over.
    old = sql.row(
        "SELECT c.covered_id FROM places_coverage c JOIN places_unit u ON u.id = c.covered_id"
        " WHERE c.unit_id = %s AND u.level = 3 AND u.valid_to < %s LIMIT 1",
        (town.province, TODAY),
    )
    assert old is not None
    assert provinces_over(old, TODAY) == {old[0]: town.province}
    before = provinces_over(old, units_by_id(old)[old[0]].valid_to or TODAY)
    assert before[old[0]] in units_by_id(before.values())


def test_a_swab_is_shared_once_and_keeps_who_had_it() -> None:
    town = Town()
    stamped(town)
    with scope.entered(SYSTEM, "sampling.read"):
        (number,) = [line[0] for line in sql.rows("SELECT id FROM sampling_swab")]
        for _ in range(2):
            share_swabs({number: (town.south, town.north)})
            assert sql.row("SELECT unit_ids FROM sampling_swab") == ([town.north, town.south],)
        share_swabs({})
