"""Actors, codes, outcomes, scopes, rules and the audit."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from som.access.queries import system_actor
from som.kernel import audit, clock, ids, rulebook, scope, sql
from som.kernel.actors import NOBODY, Actor
from som.kernel.batches import chunks
from som.kernel.commands import load_rules, set_clocks_off
from som.kernel.errors import NotAllowed, NotFound
from som.kernel.outcomes import Outcome, Refused, once
from som.people.queries import people_named
from som.sampling.rules import SwabRefusal
from tests.town import NOON, Town

SETUP = system_actor("setup")
ACTOR = Actor(
    "a",
    units={"read": frozenset({1, 2}), "write": frozenset({1})},
    organisations={"test": frozenset({7})},
    everywhere=frozenset({"audit"}),
)


@pytest.mark.parametrize(
    ("permission", "where", "may"),
    [
        ("read", {}, True),
        ("read", {"unit": 2}, True),
        ("read", {"unit": 3}, False),
        ("read", {"organisation": 1}, False),
        ("write", {"unit": 2}, False),
        ("test", {"organisation": 7}, True),
        ("test", {"organisation": 8}, False),
        ("test", {"unit": 7}, False),
        ("test", {}, True),
        ("audit", {"unit": 99}, True),
        ("nothing", {}, False),
    ],
)
def test_what_an_actor_may(permission: str, where: dict[str, int], may: bool) -> None:
    assert ACTOR.may(permission, **where) is may
    assert not NOBODY.may(permission, **where)
    if not may:
        with pytest.raises(NotAllowed):
            ACTOR.must(permission, **where)


def test_where_an_actor_may() -> None:
    assert ACTOR.units_for("read") == {1, 2}
    assert ACTOR.units_for("audit") is None
    assert ACTOR.units_for("nothing") == frozenset()
    assert ACTOR.organisations_for("test") == {7}
    assert ACTOR.organisations_for("audit") is None


@given(st.integers(0, ids.TUBE_SERIALS - 1), st.data())
def test_one_wrong_digit_of_a_tube_code_is_found(serial: int, data: st.DataObject) -> None:
    code = ids.tube_code(serial)
    assert ids.tube_serial(code) == serial
    place = data.draw(st.integers(1, 10))
    wrong = data.draw(st.sampled_from([d for d in ids.DIGITS if d != code[place]]))
    assert ids.tube_serial(code[:place] + wrong + code[place + 1 :]) is None


def test_a_slip_is_read_from_the_address_that_its_qr_code_holds() -> None:
    slip = ids.new_slip_code(random.Random(1))
    for scanned in (
        f"https://som.example.vn/look-up/#{slip}",
        f"https://som.example.vn/look-up/#{slip}.12.ABCDEFGH",
        f"HTTPS://SOM.EXAMPLE.VN/LOOK-UP/#{slip.lower()}.1.abcdefgh",
    ):
        assert ids.slip_code(scanned) == slip
    assert ids.slip_code(f"https://som.example.vn/look-up/{slip}") is None
    assert ids.slip_code("#") is None


@given(st.randoms(use_true_random=False), st.data())
def test_a_slip_is_read_however_it_is_typed_and_one_wrong_sign_is_found(
    source: random.Random, data: st.DataObject
) -> None:
    code = ids.new_slip_code(source)
    typed = ids.printed_slip_code(code).lower().replace("0", "o").replace("1", "l")
    assert ids.slip_code(f" {typed} ") == code
    place = data.draw(st.integers(0, ids.SLIP_LENGTH - 1))
    wrong = data.draw(st.sampled_from([s for s in ids.UNMISTAKABLE if s != code[place]]))
    assert ids.slip_code(code[:place] + wrong + code[place + 1 :]) is None


@pytest.mark.parametrize(
    "code", ["", "S", "S000000000", "s0000000000", "X0000000000", "S٠٠٠٠٠٠٠٠٠٠"]
)
def test_no_tube_codes_of_ours(code: str) -> None:
    assert ids.tube_serial(code) is None


def test_a_drawn_code_says_its_day_and_is_never_misread() -> None:
    assert {len(ids.drawn_code(NOON.date())) for _ in range(50)} == {11}
    assert ids.drawn_code(NOON.date()).startswith("261102-")
    drawn = {sign for _ in range(50) for sign in ids.drawn_code(NOON.date())[7:]}
    assert drawn.isdisjoint("01ILOU")


def test_until_seven_in_the_morning_the_day_here_is_not_that_of_utc() -> None:
    at_one = datetime(2026, 11, 2, 18, tzinfo=UTC)
    assert clock.local_day(at_one) == date(2026, 11, 3)


def test_a_search_key_has_no_marks() -> None:
    assert ids.fold("  Đặng  Thị ỔN ") == "dang thi on"


def test_outcomes_add_up() -> None:
    one = Outcome([1], [2], [Refused(3, SwabRefusal.TUBE_FULL)])
    both = one + Outcome([4])
    assert (both.done, both.held, len(both.refused)) == ([1, 4], [1, 4, 2], 1)
    assert SwabRefusal.TUBE_FULL == "tube_full"
    assert SwabRefusal.TUBE_FULL.sentence.endswith(".")
    assert once([2, 1, 2]) == [2, 1]
    assert [list(c) for c in chunks([1, 2, 3], 2)] == [[1, 2], [3]]


@pytest.mark.django_db
def test_a_scope_inside_a_scope_ends_with_it() -> None:
    town = Town()

    def now() -> object:
        return (sql.row("SELECT current_setting('som.units', true)") or ("",))[0]

    with scope.entered(town.ana, "people.read"):
        outer = now()
        with scope.entered(system_actor("results"), "people.read"):
            assert now() == "*"
        assert now() == outer != "*"
        with (
            pytest.raises(ZeroDivisionError),
            transaction.atomic(),
            scope.entered(system_actor("results"), "people.read"),
        ):
            _ = 1 / 0
        assert now() == outer
    with pytest.raises(NotAllowed), scope.entered(town.ana, "results.review"):
        pass


@pytest.mark.django_db
def test_the_nearest_rule_of_the_day_holds() -> None:
    rules = [
        {"key": "r", "value": 1, "valid_from": date(2020, 1, 1), "valid_to": date(2020, 12, 31)},
        {"key": "r", "value": 2, "valid_from": date(2021, 1, 1)},
        {"key": "r", "value": 3, "valid_from": date(2021, 1, 1), "territory": "19"},
    ]
    assert not load_rules(rules, by=SETUP, at=NOON).refused

    def value(on: date, *territory: str) -> object:
        return rulebook.rule("r", on=on, territory=territory).value

    assert value(date(2020, 12, 31), "19") == 1
    assert value(date(2021, 1, 1), "01", "19") == 3
    assert value(date(2021, 1, 1), "01") == 2
    with pytest.raises(NotFound):
        value(date(2019, 12, 31))
    assert [r.value for r in rulebook.rules_under("r", on=date(2021, 5, 5)) if r.key == "r"] == [2]
    rulebook.forget()


@pytest.mark.django_db
def test_a_drill_runs_in_its_own_time_and_sign_in_does_not() -> None:
    set_clocks_off([timedelta(days=-30)], by=SETUP, at=NOON)
    assert timedelta(days=29) < clock.real_now() - clock.now() < timedelta(days=31)
    clock.forget()


@pytest.mark.django_db
def test_who_saw_or_changed_this_person_is_one_list_and_asking_is_on_it() -> None:
    town = Town()
    town.sampled([1])
    (person, *_) = people_named("", by=town.cleo, at=NOON)
    found = audit.entries_about(person.id, by=town.dora, at=NOON)
    actions = [(entry.actor, entry.kind, entry.action) for entry in found]
    assert actions[:2] == [
        ("dora", "read", "audit.entries_about"),
        ("cleo", "read", "people.people_named"),
    ]
    assert ("ana", "write", "sampling.record_swabs") in actions
    with pytest.raises(NotAllowed):
        audit.entries_about(person.id, by=town.cleo, at=NOON)
