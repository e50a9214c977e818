"""Several at one tray at the same moment: a well has one code, and no scan is lost."""

from __future__ import annotations

import pytest

from som.access.queries import system_actor
from som.access.roles import Held, actor_with
from som.sampling.commands import (
    empty_trays,
    forget_tray_lines,
    lay_in_trays,
    take_from_trays,
    take_over_trays,
)
from som.sampling.queries import tray, tray_kept, tray_lines_to_forget
from som.sampling.rules import Laid
from tests.races.at_once import at_once, done, reasons
from tests.town import NOON, Town

pytestmark = pytest.mark.slow

PLATE = "plate:1"


def test_a_well_gets_one_code(town: Town) -> None:
    given = [Laid(PLATE, "P1", "A1"), Laid(PLATE, "P2", "A1")]
    answers = at_once(*(lambda one=one: lay_in_trays([one], by=town.ana, at=NOON) for one in given))
    assert len(done(answers)) == 1
    assert reasons(answers) == ["tray_place_taken"]


def test_a_code_scanned_twice_lies_once_and_each_other_scan_is_kept(town: Town) -> None:
    batches = [[Laid(PLATE, f"P{n}"), Laid(PLATE, "P0")] for n in range(1, 5)]
    at_once(*(lambda b=b: lay_in_trays(b, by=town.ana, at=NOON) for b in batches))
    lying = [line.code for line in tray(PLATE, by=town.ana)]
    assert sorted(lying) == ["P0", "P1", "P2", "P3", "P4"]


def test_what_is_taken_while_the_tray_is_emptied_is_gone_once(town: Town) -> None:
    lying = [Laid(PLATE, f"P{n}") for n in range(20)]
    lay_in_trays(lying, by=town.ana, at=NOON)
    taken, emptied = at_once(
        lambda: take_from_trays(lying[::-1], by=town.ana, at=NOON),
        lambda: empty_trays([PLATE], by=town.ana, at=NOON),
    )
    assert bool(taken.done) != bool(emptied.done)
    assert tray(PLATE, by=town.ana) == []


def test_two_who_take_each_others_plans_over_lose_none_of_it(town: Town) -> None:
    desk = f"plate:{town.lab1}:PL-1"
    bich = actor_with(
        "bich", [Held("lab_technician", organisation=town.lab1)], account_id=0, label="Bích"
    )
    for who, column in ((town.ben, 1), (bich, 2)):
        mine = [Laid(desk, f"{who.name}{n}", f"{'ABCDEFGH'[n]}{column}") for n in range(8)]
        assert lay_in_trays(mine, by=who, at=NOON).done == mine
    at_once(
        *(
            lambda who=who: take_over_trays([desk], lab=town.lab1, by=who, at=NOON)
            for who in (town.ben, bich)
        )
    )
    lying = [[line.code for line in tray(desk, by=who)] for who in (town.ben, bich)]
    assert sorted(map(len, lying)) == [0, 16]


def test_what_is_forgotten_while_it_is_acted_on_is_gone_once(town: Town) -> None:
    lying, over = [Laid(PLATE, f"P{n}") for n in range(20)], NOON - tray_kept(NOON)
    lay_in_trays(lying, by=town.ana, at=over)
    worker = system_actor("sampling")
    lines = tray_lines_to_forget(by=worker, before=over, after=0, limit=20)
    taken, forgotten = at_once(
        lambda: take_from_trays(lying[::-1], by=town.ana, at=NOON),
        lambda: forget_tray_lines(lines, by=worker, at=NOON),
    )
    assert bool(taken.done) != bool(forgotten.done)
    assert tray(PLATE, by=town.ana) == []
