"""Benches in several hands at once: ceilings, turns of layouts, strips and holds."""

from __future__ import annotations

from datetime import timedelta

import pytest

from som.kernel import sql
from som.lab.commands import (
    lift_holds,
    load_plates,
    place_holds,
    read_antigen_tests,
    receive_tubes,
    set_capacities,
    set_control_layouts,
)
from som.lab.rules import (
    AntigenTest,
    CapacityWanted,
    HoldKind,
    HoldWanted,
    LayoutMode,
    LayoutWanted,
    Lifting,
    Loading,
    LoadKind,
)
from som.sampling.commands import record_swabs
from tests.races.at_once import at_once, done, reasons
from tests.town import KIT, NOON, Town

pytestmark = pytest.mark.slow

BEGUN = NOON - timedelta(minutes=30)


def load(town: Town, plate: str, tubes: list[str]) -> object:
    loadings = [Loading(LoadKind.TUBE, tube, (f"A{n}",)) for n, tube in enumerate(tubes, start=1)]
    return load_plates(loadings, plate=plate, size=96, kit=KIT, lab=town.lab1, by=town.ben, at=NOON)


def strips(town: Town, tubes: list[str]) -> object:
    ended = BEGUN + timedelta(minutes=20)
    return read_antigen_tests(
        [AntigenTest(tube, BEGUN, ended, True, True) for tube in tubes],
        lab=town.lab1,
        kit="standard_q_ag",
        kit_lot="Q1",
        by=town.ben,
        at=NOON,
    )


def taken(town: Town, count: int) -> list[str]:
    tubes = town.tubes(count)
    swabs = [town.swab(tube) for tube in tubes]
    assert not record_swabs(swabs, session="S1", by=town.ana, at=NOON).refused
    return tubes


def test_plates_and_strips_begun_at_once_share_one_ceiling(town: Town) -> None:
    received = [swab.tube for (swab,) in town.sampled([1] * 12)]
    fresh = taken(town, 6)
    ceiling = CapacityWanted(town.lab1, 8, NOON.date())
    assert set_capacities([ceiling], by=town.dora, at=NOON).done
    answers = at_once(
        lambda: load(town, "N1", received[:6]),
        lambda: load(town, "N2", received[6:]),
        lambda: strips(town, fresh),
    )
    assert len(done(answers)) == 8
    assert set(reasons(answers)) == {"load_over_capacity", "device_over_capacity"} or (
        len(set(reasons(answers))) == 1
    )


def test_plates_begun_at_once_have_their_controls_in_different_wells(town: Town) -> None:
    tubes = [swab.tube for (swab,) in town.sampled([1] * 4)]
    wells = ((LoadKind.POSITIVE, ("D6",)),)
    layout = LayoutWanted(KIT, 96, LayoutMode.MOVING, wells)
    assert set_control_layouts([layout], lab=town.lab1, by=town.bao, at=NOON).done
    at_once(*(lambda n=n: load(town, f"N{n}", tubes[n : n + 1]) for n in range(4)))
    turns = [line[0] for line in sql.rows("SELECT turn FROM lab_plate ORDER BY turn")]
    assert turns == [1, 2, 3, 4]


def test_a_tube_is_on_a_strip_or_on_a_plate(town: Town) -> None:
    tubes = taken(town, 12)

    def received() -> object:
        return receive_tubes(tubes, lab=town.lab1, by=town.ben, at=NOON)

    at_once(received, lambda: strips(town, tubes[::-1]))
    tubes = taken(town, 12)
    received()
    answers = at_once(lambda: strips(town, tubes), lambda: load(town, "N1", tubes[::-1]))
    loads = sql.rows("SELECT tube_id, count(*) FROM lab_load GROUP BY tube_id HAVING count(*) > 1")
    assert loads == []
    assert len(done(answers)) == 12
    assert set(reasons(answers)) <= {"load_not_waiting", "device_tube_not_waiting"}


def test_a_strip_sent_twice_at_once_is_one_test(town: Town) -> None:
    tubes = taken(town, 6)
    answers = at_once(lambda: strips(town, tubes), lambda: strips(town, tubes[::-1]))
    assert len(done(answers)) == 6
    assert sql.row("SELECT count(*) FROM lab_verdict") == (6,)


def test_a_hold_is_placed_and_lifted_once(town: Town) -> None:
    lots = [
        HoldWanted(HoldKind.KIT_LOT, "x", lab=town.lab1, kit=KIT, kit_lot=f"L{n}") for n in range(9)
    ]
    placed = at_once(
        *(
            lambda who=who, step=step: place_holds(lots[::step], by=who, at=NOON)
            for who, step in ((town.ben, 1), (town.bao, -1))
        )
    )
    assert len(done(placed)) == 9
    ids = [line[0] for line in sql.rows("SELECT id FROM lab_hold")]
    lifted = at_once(
        *(
            lambda step=step: lift_holds(
                [Lifting(number, "x") for number in ids[::step]], by=town.dora, at=NOON
            )
            for step in (1, -1)
        )
    )
    assert len(done(lifted)) == 9
    assert sql.row("SELECT count(*) FROM lab_hold WHERE lifted_at IS NULL") == (0,)
