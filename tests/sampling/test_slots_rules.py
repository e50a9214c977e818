"""How a day is cut into slots and who comes when, decided without a database."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from som.kernel.clock import LOCAL
from som.places.rules import hamlet_order
from som.results.rules import by_hamlet
from som.sampling.rules import Times, Waiting, home_in, tubes_expected
from som.sampling.rules.slots import (
    Cut,
    allotted,
    cut_of,
    fault_of_slots,
    slots_between,
    slots_cut,
)

EIGHT = datetime(2026, 11, 2, 8, 0, tzinfo=LOCAL)
HOUR = timedelta(hours=1)
DAY = Times(EIGHT, EIGHT + 4 * HOUR)
YEAR = 2026


def person(
    request: int,
    address: str = "",
    phone: str = "",
    born: int | None = 1990,
    *,
    apart: bool = False,
    slot: int | None = None,
) -> Waiting:
    return Waiting(request, 1, address, phone, born, apart, slot)


def begins(minutes: int, pause: Times | None = None) -> list[str]:
    return [
        f"{one.starts_at:%H:%M}" for one in slots_between(DAY, minutes, [pause] if pause else [])
    ]


def test_a_day_is_cut_into_whole_slots_and_nobody_comes_in_the_pause() -> None:
    assert begins(60) == ["08:00", "09:00", "10:00", "11:00"]
    assert begins(90) == ["08:00", "09:30"]
    rest = Times(EIGHT + 1.5 * HOUR, EIGHT + 2.25 * HOUR)
    assert begins(30, rest) == ["08:00", "08:30", "09:00", "10:15", "10:45", "11:15"]
    assert begins(300) == begins(0) == begins(-5) == []


@pytest.mark.parametrize(
    ("minutes", "places", "within", "fault"),
    [
        (30, 20, DAY, None),
        (300, 20, DAY, "slot_times_impossible"),
        (1, 20, DAY, "slot_too_many"),
        (30, 0, DAY, "slot_no_places"),
        (30, 21, DAY, "slot_too_crowded"),
        (30, 20, Times(EIGHT + HOUR, EIGHT + 9 * HOUR), "slot_outside_session"),
        (30, 20, Times(EIGHT, EIGHT + 3 * HOUR), "slot_outside_session"),
    ],
)
def test_what_slots_may_be(minutes: int, places: int, within: Times, fault: str | None) -> None:
    cut = list(slots_between(DAY, minutes, []))
    found = fault_of_slots(cut, places, within=within, most=20)
    assert (found and str(found[0])) == fault


def slot(start: float, hours: float) -> Times:
    return Times(EIGHT + start * HOUR, EIGHT + (start + hours) * HOUR)


@pytest.mark.parametrize(
    ("address", "hamlet", "house"),
    [
        ("Xóm 3", "Xóm 3", ""),
        ("Số 12 ngõ 5, tổ 3", "Tổ 3", "so 12 ngo 5"),
        ("KP 3, 14/2 Nguyễn Trãi", "KP 3", "14 2 nguyen trai"),
        ("12 Lê Lợi", "", "12 le loi"),
        ("Đường Lê Lợi, thôn Bắc", "Thôn Bắc", ""),
        ("", "", ""),
    ],
)
def test_what_an_address_says_of_a_home(address: str, hamlet: str, house: str) -> None:
    assert home_in(address) == (hamlet, house)


def test_a_hamlet_is_headed_alike_on_the_lists_of_times_and_of_answers() -> None:
    addresses = ["số 4, xóm 10", "XÓM 9", "kp 2", "Thôn đông", "12 Lê Lợi"]
    called = [one.name for one in by_hamlet(addresses, lambda _: 1, lambda address: address)]
    assert called == sorted((home_in(one).hamlet for one in addresses), key=hamlet_order)
    assert called == ["KP 2", "Thôn Đông", "Xóm 9", "Xóm 10", ""]


def test_hamlet_by_hamlet_and_the_elderly_first() -> None:
    people = [
        person(1, "Xóm 10"),
        person(2, "Xóm 9"),
        person(3, "Xóm 9", born=YEAR - 60),
        person(4, "Xóm 9", born=YEAR - 59),
    ]
    places = allotted(people, {7: 1, 8: 1, 9: 1, 10: 1}, year=YEAR)
    assert places == {3: 7, 2: 8, 4: 9, 1: 10}


def test_a_household_comes_together_beside_those_who_have_a_time() -> None:
    house = "Số 2 ngõ 1, xóm 1"
    people = [
        person(1, "Xóm 1"),
        person(2, house, born=1940),
        person(3, house),
        person(4, "Xóm 1", phone="0912345678"),
        person(5, "Xóm 1", phone="0912345678"),
        person(6, "Số 2 ngõ 1, xóm 2", slot=9),
        person(7, "Số 2 ngõ 1, xóm 2"),
    ]
    places = allotted(people, {7: 2, 8: 3, 9: 2}, year=YEAR)
    assert places == {2: 7, 3: 7, 1: 8, 4: 8, 5: 8, 7: 9}


def test_a_household_is_parted_only_where_no_slot_holds_it() -> None:
    family = [person(n, "Số 2, xóm 1") for n in range(5)]
    assert allotted(family, {7: 2, 8: 2}, year=YEAR) == {0: 7, 1: 7, 2: 8, 3: 8}
    assert allotted(family, {7: 2, 8: 5}, year=YEAR) == dict.fromkeys(range(5), 8)


def test_whoever_may_carry_the_virus_comes_last_with_their_household() -> None:
    people = [
        person(1, "Số 2, xóm 1", apart=True),
        person(2, "Số 2, xóm 1"),
        person(3, "Xóm 2"),
        person(4, "Xóm 3"),
    ]
    rooms = {7: 2, 8: 2, 9: 2}
    assert allotted(people, rooms, year=YEAR) == {3: 7, 4: 7, 1: 9, 2: 9}
    alone = [person(n, "Xóm 1", apart=True) for n in (1, 2)]
    assert allotted(alone, rooms, year=YEAR) == {1: 7, 2: 7}, "among themselves from the first"


PEOPLE = st.lists(
    st.builds(
        person,
        st.integers(1, 60),
        st.sampled_from(["", "Xóm 1", "Xóm 2", "Số 1, xóm 1", "Số 2, xóm 1"]),
        st.sampled_from(["", "0912345678"]),
        st.sampled_from([None, 1940, 1990]),
        apart=st.booleans(),
        slot=st.sampled_from([None, None, None, 7, 99]),
    ),
    max_size=40,
    unique_by=lambda one: one.request,
)
ROOMS = st.lists(st.integers(0, 6), max_size=8).map(lambda found: dict(enumerate(found, 5)))


def test_slots_in_which_people_came_stay_and_the_rest_is_cut_around_them() -> None:
    came = {slot(0, 0.5): 7, slot(2, 0.25): 2}
    called, places = slots_cut(Cut(DAY, 60, 5), came)
    assert called == [slot(0, 0.5), slot(0.5, 1), slot(2, 0.25), slot(2.25, 1)]
    assert places == {slot(0, 0.5): 7, slot(0.5, 1): 5, slot(2, 0.25): 5, slot(2.25, 1): 5}


@pytest.mark.parametrize(
    "cut",
    [
        Cut(slot(2.25, 1.5), 30, 5),
        Cut(slot(-2, 3.9), 60, 5),
        Cut(slot(2.1, 1), 60, 5),
        Cut(DAY, 30, 5, slot(2.2, 0.5)),
        Cut(DAY, 30, 5, slot(0, 2.1)),
    ],
)
def test_nobody_more_comes_where_people_came_outside_the_hours_or_in_the_pause(cut: Cut) -> None:
    stays = slot(2, 0.25)
    called, places = slots_cut(cut, {stays: 2})
    assert stays not in called
    assert places == {stays: 2} | dict.fromkeys(called, 5)


@pytest.mark.parametrize(
    ("slots", "came", "read"),
    [
        # One came early at what is now after the hours: nobody typed a pause before it.
        (
            {slot(0, 0.5): 4, slot(0.5, 0.5): 4, slot(1.5, 0.5): 1},
            {slot(1.5, 0.5): 1},
            Cut(slot(0, 1), 30, 4),
        ),
        # What is left between those that stayed and the others is no pause.
        (
            {slot(0, 0.5): 4, slot(0.5, 1): 4, slot(1.75, 0.25): 4, slot(2, 1): 4},
            {slot(0, 0.5): 1, slot(1.75, 0.25): 2},
            Cut(slot(0, 3), 60, 4),
        ),
        # The morning is over and full: it was cut so too.
        (
            {slot(0, 1): 3, slot(1, 1): 3, slot(3, 1): 3},
            {slot(0, 1): 3, slot(1, 1): 3},
            Cut(slot(0, 4), 60, 3, slot(2, 1)),
        ),
        # Fewer places since than people came.
        ({slot(0, 1): 7, slot(1, 1): 2}, {slot(0, 1): 7}, Cut(slot(1, 1), 60, 2)),
        ({slot(0, 1): 7, slot(2, 2): 3}, {slot(0, 1): 7, slot(2, 2): 3}, Cut(slot(2, 2), 60, 3)),
    ],
)
def test_a_cut_is_read_off_its_slots(
    slots: dict[Times, int], came: dict[Times, int], read: Cut
) -> None:
    assert cut_of(slots, came) == read
    assert slots_cut(read, came)[1] == slots


MINUTE = HOUR / 60
SPANS = st.tuples(st.integers(0, 200), st.integers(1, 120)).map(
    lambda one: Times(EIGHT + one[0] * MINUTE, EIGHT + sum(one) * MINUTE)
)
CUTS = st.builds(
    Cut, st.just(DAY) | SPANS, st.integers(5, 90), st.integers(1, 20), st.none() | SPANS
)
CAME = st.dictionaries(st.integers(0, 30), st.integers(1, 20), max_size=6)


def come(slots: dict[Times, int], people: dict[int, int]) -> dict[Times, int]:
    """So many people came in these slots, as far as each has places."""
    return {one: min(people[n], slots[one]) for n, one in enumerate(sorted(slots)) if n in people}


@given(CUTS, CUTS, CAME, CAME, PEOPLE)
def test_whoever_came_keeps_their_time_and_others_are_sent_where_they_are_meant_to_come(
    cut: Cut, anew: Cut, early: dict[int, int], late: dict[int, int], people: list[Waiting]
) -> None:
    first, slots = slots_cut(cut, {})
    assert list(slots) == first
    assert set(slots.values()) <= {cut.places}
    came = come(slots, early)
    called, slots = slots_cut(anew, came)
    assert slots.keys() == {*called, *came}
    assert all(slots[one] >= people for one, people in came.items())
    for one, after in pairwise(sorted(slots)):
        assert one.ends_at <= after.starts_at
    rooms = [slots[one] - came.get(one, 0) for one in sorted(slots)]
    sent = Counter(allotted(people, dict(enumerate(rooms)), year=YEAR).values())
    for n, one in enumerate(sorted(slots)):
        assert sent[n] + came.get(one, 0) <= slots[one], "never more people than places"
        if sent[n] or one not in came:
            assert anew.hours.starts_at <= one.starts_at < one.ends_at <= anew.hours.ends_at
            rest = anew.pause or Times(EIGHT, EIGHT)
            assert one.ends_at <= rest.starts_at or rest.ends_at <= one.starts_at
    # Sent once more it is the same, now and when more people came; so it is as it is read, as long as
    # there is a slot that tells how long they are cut.
    for more in ({}, come(slots, late)):
        now = {one: max(came.get(one, 0), more.get(one, 0)) for one in {*came, *more}}
        assert slots_cut(anew, now)[1] == slots
        if slots.keys() - now.keys():
            assert slots_cut(cut_of(slots, now), now)[1] == slots


@given(PEOPLE, ROOMS)
def test_no_slot_holds_more_than_it_has_and_nobody_is_left_out_while_there_is_room(
    people: list[Waiting], rooms: dict[int, int]
) -> None:
    waiting = {one.request for one in people if one.slot is None}
    places = allotted(people, rooms, year=YEAR)
    used = Counter(places.values())
    assert all(used[slot] <= rooms[slot] for slot in used)
    assert set(places) <= waiting
    assert len(places) == min(len(waiting), sum(rooms.values()))
    assert places == allotted(list(reversed(people)), rooms, year=YEAR), "whatever their order"


@pytest.mark.parametrize(
    ("people", "pool", "second", "tubes"),
    [(100, 10, False, 10), (101, 10, False, 11), (5, 1, False, 5), (5, 1, True, 10)],
)
def test_tubes_that_people_will_fill(people: int, pool: int, second: bool, tubes: int) -> None:
    assert tubes_expected(people, pool_size=pool, second_specimens=second) == tubes
