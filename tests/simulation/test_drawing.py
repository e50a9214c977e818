"""What is drawn without a database: people, teams, times, and what is true of the world."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from som.people.rules import Sex, fault_of, tidied
from som.results.rules import ResultValue
from som.sampling.rules import TubeClass
from som.simulation import antigen_point, roster, schedule, teams
from som.simulation.people import Commune, Drawn, Household, draw_households
from som.simulation.world import Truth, World

ON = date(2026, 11, 1)
NOON = datetime(2026, 11, 1, 5, tzinfo=UTC)
CITY = Commune(1, "Phường Phan Đình Phùng", 90_000, "019", (("kinh", 1),))
HILLS = Commune(2, "Xã Bằng Thành", 10_000, "006", (("tay", 1),))


def drawn(people: int, seed: str = "1") -> list[Household]:
    return draw_households([CITY, HILLS], people=people, seed=seed, on=ON)


def everybody(households: list[Household]) -> list[Drawn]:
    return [person for household in households for person in household.members]


@pytest.mark.parametrize("people", [20, 121, 2_000])
def test_exactly_so_many_people_are_drawn_where_people_live(people: int) -> None:
    found = everybody(drawn(people))
    assert len(found) == people
    assert [person.serial for person in found] == list(range(people))
    assert Counter(person.commune.unit for person in found)[2] == pytest.approx(people / 10, abs=1)


def test_the_same_seed_draws_the_same_people_and_another_others() -> None:
    def words(seed: str) -> list[tuple[object, ...]]:
        return [
            (p.name, p.born, p.phone, p.number, p.infected) for p in everybody(drawn(200, seed))
        ]

    assert words("1") == words("1")
    assert words("1") != words("2")


def test_everybody_says_what_may_be_said_of_a_person() -> None:
    found = everybody(drawn(2_000))
    units = {CITY.unit, HILLS.unit}
    assert [p for p in found if fault_of(tidied(p.declaration()), on=ON, units=units)] == []
    numbers = [p.number for p in found]
    assert len(set(numbers)) == len(numbers)
    for person in found:
        assert person.number[:3] == person.commune.number_prefix
        assert (int(person.number[3]) % 2 == 1) == (person.sex is Sex.FEMALE)
        assert person.number[4:6] == f"{person.born.year % 100:02d}"
    assert len({(p.name, p.born.year, p.phone) for p in found}) == len(found)


def test_infection_keeps_to_households() -> None:
    households = drawn(5_000)
    struck = [h for h in households if any(p.infected for p in h.members)]
    infected = sum(p.infected for p in everybody(households))
    assert 0.005 < infected / 5_000 < 0.03
    assert infected > 1.3 * len(struck)
    assert any(p.infected for p in everybody(drawn(20)))


# --- teams ---------------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 9), max_size=60))
def test_field_pools_seat_everybody_once_and_never_too_many(sizes: list[int]) -> None:
    tubes = schedule.seats(sizes, most=5)
    assert all(1 <= sum(count for _, count in tube) <= 5 for tube in tubes)
    seated: Counter[int] = Counter()
    for tube in tubes:
        for household, count in tube:
            seated[household] += count
    assert [seated[place] for place in range(len(sizes))] == sizes


@given(st.integers(0, 500))
def test_lab_pools_are_neither_too_small_nor_too_large(tubes: int) -> None:
    sizes = schedule.pool_sizes(tubes)
    assert sum(sizes) == (tubes if tubes >= 5 else 0)
    assert all(5 <= size <= 10 for size in sizes)


def test_symptoms_and_contacts_have_a_tube_alone() -> None:
    households = drawn(2_000)
    for pools in (True, False):
        tubes = list(teams.seated(households, pools=pools))
        assert sorted(p.serial for tube in tubes for p in tube) == list(range(2_000))
        assert all(len(tube) == 1 for tube in tubes if any(p.tube_class.single for p in tube))


def test_a_tube_leaves_with_one_box_and_only_after_its_last_swab() -> None:
    source = random.Random(1)
    serial = iter(range(1_000))
    for team in teams.formed(drawn(1_500), [CITY, HILLS]):
        boxes = list(
            teams.boxes(
                team,
                start=NOON,
                source=source,
                new_tube=lambda: f"T{next(serial)}",
                new_slip=lambda: "",
            )
        )
        tubes = [{swab.tube for swab in box.swabs} for box in boxes]
        assert sum(map(len, tubes)) == len(set().union(*tubes))
        assert all(swab.taken_at <= box.leaves_at for box in boxes for swab in box.swabs)
        people = sum(len(household.members) for household in team.households)
        assert sum(len(box.swabs) for box in boxes) == people


def test_the_agenda_keeps_the_order_of_time_and_then_of_planning() -> None:
    agenda = schedule.Agenda(NOON)
    seen: list[tuple[str, datetime]] = []
    agenda.plan(NOON + timedelta(hours=2), lambda at: seen.append(("late", at)))
    agenda.plan(NOON + timedelta(hours=1), lambda at: seen.append(("first", at)))
    agenda.plan(
        NOON + timedelta(hours=1),
        lambda _: agenda.plan(NOON, lambda at: seen.append(("never back", at))),
    )
    agenda.run()
    assert seen == [
        ("first", NOON + timedelta(hours=1)),
        ("never back", NOON + timedelta(hours=1)),
        ("late", NOON + timedelta(hours=2)),
    ]


def test_what_is_later_stays_planned() -> None:
    agenda = schedule.Agenda(NOON)
    seen: list[str] = []
    for hours in (1, 2, 3):
        agenda.plan(NOON + timedelta(hours=hours), lambda _, hours=hours: seen.append(str(hours)))  # type: ignore[misc]
    agenda.run(NOON + timedelta(hours=2))
    assert (seen, agenda.waiting, agenda.now) == (["1", "2"], 1, NOON + timedelta(hours=2))
    agenda.run(NOON + timedelta(hours=2, minutes=30))
    assert agenda.now == NOON + timedelta(hours=2, minutes=30)
    agenda.run()
    assert seen == ["1", "2", "3"]


# --- the roster and the point of strips ------------------------------------------------------------


def test_a_roster_has_a_twin_and_a_parents_number_and_nobody_twice() -> None:
    households = drawn(2_000)
    rostered, rest = roster.chosen(households)
    listed, others = everybody(rostered.households), everybody(rest)
    assert {p.commune for p in listed} == {HILLS}
    assert 0 < len(listed) <= roster.PEOPLE
    assert sorted(p.serial for p in (*listed, *others)) == list(range(2_000))
    numbers = Counter(p.number for p in listed)
    (shared,) = [number for number, times in numbers.items() if times > 1]
    parent, child = [p for p in listed if p.number == shared]
    assert child.born - parent.born > timedelta(days=18 * 365)
    alike = [(p, q) for p in listed for q in listed if p.born == q.born and p.name + "h" == q.name]
    assert [(p.phone == q.phone, p.sex is q.sex, p.number == q.number) for p, q in alike] == [
        (True, True, False)
    ]


def test_wrong_rows_are_wrong_in_one_cell_each() -> None:
    rows = [roster.row_of(person) for person in everybody(drawn(60))]
    wrong = roster.mistaken(rows)
    changed = [(one, other) for one, other in zip(rows, wrong, strict=True) if one != other]
    assert [[field for field in one if one[field] != other[field]] for one, other in changed] in (
        [["number"], ["birth"], ["phone"], ["commune"]],
        [["birth"], ["number"], ["phone"], ["commune"]],
    )


def test_people_with_symptoms_go_to_the_point_and_leave_their_households() -> None:
    households = drawn(2_000)
    ill = {p.serial for p in everybody(households) if p.tube_class is TubeClass.SYMPTOM}
    going, at_home = antigen_point.chosen(households)
    assert 0 < len(going) <= antigen_point.MOST
    here = {p.serial for p in everybody(households) if p.commune is CITY}
    assert {p.serial for p in going} == ill & here
    assert sorted([p.serial for p in (*going, *everybody(at_home))]) == list(range(2_000))
    few, _ = antigen_point.chosen(drawn(40))
    assert len(few) == antigen_point.FEWEST


# --- the world -----------------------------------------------------------------------------------


def someone(serial: int, ct: float | None = None) -> Drawn:
    return Drawn(
        serial=serial,
        household=0,
        commune=CITY,
        name="An",
        sex=Sex.MALE,
        born=ON,
        phone="",
        number="",
        by_year=False,
        address="",
        infected=ct is not None,
        ct=ct or 0.0,
        tube_class=TubeClass.SCREENING,
    )


def test_a_lab_pool_dilutes_and_a_field_pool_does_not() -> None:
    sick, well = someone(0, 20.0), [someone(n) for n in range(1, 4)]
    world = World([sick, *well])
    world.swabbed([Truth(person, "A", "", NOON) for person in (sick, well[0])])
    world.swabbed([Truth(person, f"B{person.serial}", "", NOON) for person in (sick, *well[1:])])
    world.pooled({"P": ["B0", "B2", "B3"], "Q": ["B2", "B3"]})
    assert world.ct_of("A") == Decimal("20.00")
    assert world.ct_of("P") == Decimal("21.58")  # log2(3) cycles later
    assert world.ct_of("Q") is None


def test_what_is_due_to_whom() -> None:
    sick, well, other = someone(0, 20.0), someone(1), someone(2)
    world = World([sick, well, other])
    swabs = {
        name: Truth(person, tube, name, NOON)
        for name, person, tube in [
            ("alone and sick", sick, "A"),
            ("alone and well", well, "B"),
            ("pooled with the sick", well, "C"),
            ("sick in a field pool", sick, "C"),
            ("well in a field pool", well, "D"),
            ("also well there", other, "D"),
            ("well in a negative lab pool", well, "E"),
            ("well in a positive lab pool", other, "F"),
        ]
    }
    world.swabbed(swabs.values())
    world.pooled({"negative": ["E"], "positive": ["A", "F"]})
    assert {name: world.due(swab) for name, swab in swabs.items()} == {
        "alone and sick": ResultValue.POSITIVE,
        "alone and well": ResultValue.NEGATIVE,
        "pooled with the sick": None,
        "sick in a field pool": None,
        "well in a field pool": ResultValue.NEGATIVE_BY_POOL,
        "also well there": ResultValue.NEGATIVE_BY_POOL,
        "well in a negative lab pool": ResultValue.NEGATIVE_BY_POOL,
        "well in a positive lab pool": ResultValue.NEGATIVE,
    }
