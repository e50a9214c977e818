"""Plates with layouts of controls, extraction batches, replicates, and the day's ceiling."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from som.kernel import sql
from som.kernel.errors import NotAllowed
from som.lab import commands
from som.lab.queries import capacity_used, runs, verdicts_by_id, wells_of_run
from som.lab.rules import (
    BatchMade,
    Bench,
    CapacityWanted,
    LayoutMode,
    LayoutWanted,
    Loading,
    LoadKind,
    LoadRefusal,
    RunGiven,
    ceiling_on,
    columns_of,
    control_wells,
    covered_wells,
    fault_of_load,
    rows_of,
    wells_by_column,
)
from som.lab.views.wells import plate_of
from tests.town import KIT, NOON, Town, instrument_file

database = pytest.mark.django_db

NTC, PC, NEG, TUBE = (
    LoadKind.NO_TEMPLATE,
    LoadKind.POSITIVE,
    LoadKind.NEGATIVE,
    LoadKind.TUBE,
)
WELLS = ((NTC, ("H11",)), (PC, ("H12",)))


# --- pure ----------------------------------------------------------------------------------------


def walked(well: str, size: int, steps: int) -> str:
    """One well further down the columns, step by step, from the last well to the first."""
    rows, columns = ("ABCDEFGH", 12) if size == 96 else ("ABCDEFGHIJKLMNOP", 24)
    row, column = rows.index(well[0]), int(well[1:])
    for _ in range(steps):
        row += 1
        if row == len(rows):
            row, column = 0, column + 1
        if column > columns:
            column = 1
    return f"{rows[row]}{column}"


@given(
    turn=st.integers(1, 500),
    size=st.sampled_from([96, 384]),
    well=st.sampled_from(["A1", "H12", "D7", "H1"]),
)
def test_moving_controls_walk_and_fixed_ones_stand(turn: int, size: int, well: str) -> None:
    asked = {"positive": [well, "A12"]}
    assert control_wells(LayoutMode.FIXED, asked, size, turn) == asked
    moved = control_wells(LayoutMode.MOVING, asked, size, turn)
    assert moved == {"positive": [walked(w, size, turn - 1) for w in asked["positive"]]}


@pytest.mark.parametrize(("size", "last"), [(96, "H12"), (384, "P24")])
def test_every_page_draws_the_same_plate(size: int, last: str) -> None:
    wells = [f"{row}{column}" for row in rows_of(size) for column in columns_of(size)]
    assert (wells[0], wells[-1], len(wells)) == ("A1", last, size)
    assert sorted(wells) == sorted(wells_by_column(size))
    assert [row for row, _ in plate_of([], size)] == list(rows_of(size))
    assert all(len(there) == len(columns_of(size)) for _, there in plate_of([], size))


def test_two_plates_in_a_row_never_look_alike() -> None:
    asked = {"no_template": ["G12"], "positive": ["H12"]}
    seen = [control_wells(LayoutMode.MOVING, asked, 96, turn) for turn in range(1, 97)]
    assert all(one not in seen[:place] for place, one in enumerate(seen))


def test_what_a_control_covers() -> None:
    loads = [(1, ("A1", "A2")), (1, ("H1",)), (2, ("A3",)), (None, ("A12",))]
    assert covered_wells(None, None, loads) is None
    assert covered_wells(1, None, loads) == {"A1", "A2", "H1"}
    assert covered_wells(None, (2, 3), loads) == {"A2", "A3"}


def test_the_last_ceiling_set_before_a_day_holds() -> None:
    day = NOON.date()
    before, after = day - timedelta(days=3), day + timedelta(days=1)
    assert ceiling_on([], day) is None
    assert ceiling_on([(after, 5)], day) is None
    assert ceiling_on([(after, 5), (before, 7), (day, 0)], day) == 0
    assert ceiling_on([(after, 5), (before, 7)], day) == 7


@pytest.mark.parametrize(
    ("loading", "bench", "reason"),
    [
        (Loading(PC, "PC", ("A1",)), Bench(96, held=LoadRefusal.LAB_HELD), LoadRefusal.LAB_HELD),
        (Loading(PC, "PC", ("A1",), batch="B1"), Bench(96), LoadRefusal.BATCH_UNKNOWN),
        (Loading(PC, "PC", ("A1",), columns=(3, 2)), Bench(96), LoadRefusal.COVERS_UNCLEAR),
        (Loading(PC, "PC", ("A1",), columns=(1, 13)), Bench(96), LoadRefusal.COVERS_UNCLEAR),
        (Loading(TUBE, "T", ("A1",), columns=(1, 2)), Bench(96), LoadRefusal.COVERS_UNCLEAR),
        (
            Loading(PC, "PC", ("A1",), batch="B1", columns=(1, 2)),
            Bench(96, batches={"B1": 1}),
            LoadRefusal.COVERS_UNCLEAR,
        ),
        (Loading(PC, "PC", ("A1",), columns=(1, 24)), Bench(384), None),
    ],
)
def test_what_a_control_may_cover(
    loading: Loading, bench: Bench, reason: LoadRefusal | None
) -> None:
    found = fault_of_load(loading, loading.wells, bench, at=NOON)
    assert (found and found[0]) is reason


# --- layouts -------------------------------------------------------------------------------------


def load(town: Town, *loadings: Loading, plate: str = "N1", **changes: Any) -> Any:
    where = {"size": 96, "kit": KIT, "lab": town.lab1, "by": town.ben, "at": NOON} | changes
    return commands.load_plates(loadings, plate=plate, **where)


def lay_out(town: Town, mode: LayoutMode, wells: Any = WELLS, **changes: Any) -> Any:
    given = LayoutWanted(**({"kit": KIT, "size": 96, "mode": mode, "wells": wells} | changes))
    return commands.set_control_layouts([given], lab=town.lab1, by=town.bao, at=NOON)


def reasons(outcome: Any) -> list[str]:
    return [str(refused.reason) for refused in outcome.refused]


@database
def test_a_layout_keeps_controls_in_their_wells_and_other_things_out() -> None:
    town = Town()
    one, two = (swab.tube for (swab,) in town.sampled([1, 1]))
    assert lay_out(town, LayoutMode.FIXED).done
    outcome = load(
        town,
        Loading(NTC, "NTC", ("A1",)),
        Loading(TUBE, one, ("H12",)),
        Loading(NTC, "PC", ("H12",)),
    )
    assert reasons(outcome) == [
        "load_control_elsewhere",
        "load_control_well",
        "load_control_elsewhere",
    ]
    assert load(town, Loading(TUBE, two, ("A1",)), *controls("H11", "H12")).refused == []


def controls(water: str, positive: str) -> list[Loading]:
    return [Loading(NTC, "NTC", (water,)), Loading(PC, "PC", (positive,))]


@database
def test_moving_controls_stand_elsewhere_on_each_plate_and_stay_on_one_begun() -> None:
    town = Town()
    assert lay_out(town, LayoutMode.MOVING).done
    for turn, (water, positive) in enumerate([("H11", "H12"), ("A12", "A1"), ("B12", "B1")], 1):
        plate = f"N{turn}"
        assert reasons(load(town, *controls("C3", positive), plate=plate)) == [
            "load_control_elsewhere"
        ]
        assert load(town, *controls(water, positive), plate=plate).done
        begun = sql.row("SELECT turn, controls::text FROM lab_plate WHERE code = %s", (plate,))
        assert begun is not None
        where = {"no_template": [water], "positive": [positive]}
        assert (begun[0], json.loads(begun[1])) == (turn, where)
    assert lay_out(town, LayoutMode.FIXED).done
    again = [Loading(PC, "PC 2", ("H12",))]
    assert reasons(load(town, *again, plate="N2")) == ["load_control_elsewhere"]
    assert load(town, *controls("H11", "H12"), plate="N9").done


@database
def test_layouts_refused() -> None:
    town = Town()
    for changes, reason in (
        ({"kit": "none_such"}, "layout_kit_unknown"),
        ({"kit": "standard_q_ag"}, "layout_kit_unknown"),
        ({"size": 100}, "layout_size_unknown"),
        ({"wells": ()}, "layout_no_control"),
        ({"wells": ((TUBE, ("A1",)),)}, "layout_no_control"),
        ({"wells": ((NTC, ("Z1",)),)}, "layout_well_unreadable"),
        ({"wells": ((NTC, ("A1",)), (PC, ("a01",)))}, "layout_well_twice"),
    ):
        assert reasons(lay_out(town, LayoutMode.FIXED, **changes)) == [reason]
    with pytest.raises(NotAllowed), transaction.atomic():
        commands.set_control_layouts([], lab=town.lab1, by=town.ben, at=NOON)


# --- what controls cover -------------------------------------------------------------------------


def read(town: Town, plate: str, shown: dict[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """Read this plate's file; verdicts and reasons by sample."""
    given = RunGiven(plate, f"{plate}.txt", instrument_file(plate, shown, NOON), "LOT-1")
    outcome = commands.read_runs([given], lab=town.lab1, by=town.ben, at=NOON)
    assert not outcome.refused, outcome.refused
    ids = [line[0] for line in sql.rows("SELECT id FROM lab_verdict")]
    rows = verdicts_by_id(ids, lab=town.lab1).values()
    return {row.sample: (row.value, row.reason) for row in rows}


def batch(town: Town, *codes: str) -> Any:
    given = [BatchMade(code, "magbead", "E-7") for code in codes]
    return commands.make_batches(given, lab=town.lab1, by=town.ben, at=NOON)


@database
def test_a_failed_extraction_control_voids_its_batch_alone() -> None:
    town = Town()
    one, two, three = (swab.tube for (swab,) in town.sampled([1, 1, 1]))
    assert batch(town, "E1", "E2").done
    items = [
        Loading(TUBE, one, ("A1",), batch="E1"),
        Loading(TUBE, two, ("A2",), batch="E2"),
        Loading(TUBE, three, ("A3",)),
        Loading(NEG, "NEG1", ("G1",), batch="E1"),
        Loading(NEG, "NEG2", ("G2",), batch="E2"),
        *controls("H11", "H12"),
    ]
    assert not load(town, *items).refused
    assert load(town, *items).unchanged == items
    assert reasons(load(town, Loading(TUBE, one, ("A1",), batch="E2"))) == ["load_not_waiting"]
    shown = {
        "A1": (one, "negative"), "A2": (two, "negative"), "A3": (three, "negative"),
        "G1": ("NEG1", "positive"), "G2": ("NEG2", "negative"),
        "H11": ("NTC", "water"), "H12": ("PC", "positive"),
    }  # fmt: skip
    assert read(town, "N1", shown) == {
        one: ("invalid", "control_failed"),
        two: ("negative", "nothing_detected"),
        three: ("negative", "nothing_detected"),
    }


@database
def test_a_control_of_some_columns_covers_no_others() -> None:
    town = Town()
    left, right = (swab.tube for (swab,) in town.sampled([1, 1]))
    items = [
        Loading(TUBE, left, ("A1",)),
        Loading(TUBE, right, ("A12",)),
        Loading(NTC, "NTC1", ("H1",), columns=(1, 6)),
        Loading(NTC, "NTC2", ("H7",), columns=(7, 12)),
        Loading(PC, "PC", ("H12",)),
    ]
    assert not load(town, *items).refused
    assert load(town, *items).unchanged == items
    shown = {
        "A1": (left, "positive"), "A12": (right, "positive"),
        "H1": ("NTC1", "water"), "H7": ("NTC2", "positive"), "H12": ("PC", "positive"),
    }  # fmt: skip
    assert read(town, "N1", shown) == {
        left: ("positive", "targets_detected"),
        right: ("invalid", "control_failed"),
    }


@database
def test_replicates_that_disagree_are_inconclusive_also_on_a_plate_of_384() -> None:
    town = Town()
    one, two = (swab.tube for (swab,) in town.sampled([1, 1]))
    items = [
        Loading(TUBE, one, ("A1", "P24")),
        Loading(TUBE, two, ("B1", "B2")),
        *controls("O1", "O2"),
    ]
    assert not load(town, *items, size=384).refused
    shown = {
        "A1": (one, "positive"), "P24": (one, "negative"),
        "B1": (two, "negative"), "B2": (two, "negative"),
        "O1": ("NTC", "water"), "O2": ("PC", "positive"),
    }  # fmt: skip
    content = instrument_file("N1", shown, NOON, block=384)
    given = RunGiven("N1", "a.txt", content, "LOT-1", operator="Hoa", instrument="QS-2")
    outcome = commands.read_runs([given], lab=town.lab1, by=town.ben, at=NOON)
    assert not outcome.refused, outcome.refused
    (found,) = runs(by=town.ben)
    assert (found.inconclusive, found.negative, found.size, found.operator) == (1, 1, 384, "Hoa")
    values = {well.position: well.value for well in wells_of_run(found.id, by=town.ben)}
    assert values["A1"] == values["P24"] == "inconclusive"


@database
def test_batches_refused() -> None:
    town = Town()
    assert batch(town, "E1").done
    assert batch(town, "E1").unchanged
    where = {"lab": town.lab1, "by": town.ben, "at": NOON}
    for asked, reason in (
        (BatchMade("e 1", "magbead", "E-7"), "batch_code_unreadable"),
        (BatchMade("E2", "magbead", " "), "batch_lot_missing"),
        (BatchMade("E1", "magbead", "E-8"), "batch_code_taken"),
    ):
        assert reasons(commands.make_batches([asked], **where)) == [reason]


# --- the day's ceiling ---------------------------------------------------------------------------


def allow(town: Town, tests: int, **changes: Any) -> Any:
    given = CapacityWanted(
        **({"lab": town.lab1, "tests_a_day": tests, "valid_from": NOON.date()} | changes)
    )
    return commands.set_capacities([given], by=town.dora, at=NOON)


@database
def test_beyond_the_ceiling_tests_are_refused_and_controls_are_not() -> None:
    town = Town()
    tubes = [swab.tube for (swab,) in town.sampled([1] * 5)]
    town.pooled("P1", tubes[3:])
    assert allow(town, 3).done
    outcome = load(
        town,
        Loading(TUBE, tubes[0], ("A1", "A2")),
        Loading(LoadKind.POOL, "P1", ("A3",)),
        Loading(TUBE, "X", ("A4",)),
        Loading(TUBE, tubes[1], ("A5",)),
        Loading(TUBE, tubes[2], ("A6",)),
        *controls("H11", "H12"),
    )
    assert reasons(outcome) == ["load_not_here", "load_over_capacity"]
    used = capacity_used(town.lab1, on=NOON.date(), by=town.ben)
    assert (used.tests_a_day, used.used, used.left) == (3, 3, 0)
    assert capacity_used(town.lab1, on=NOON.date(), by=town.dora) == used
    tomorrow = NOON + timedelta(hours=12)
    assert load(town, Loading(TUBE, tubes[2], ("A6",)), plate="N2", at=tomorrow).done
    for nobody in (town.lan, town.egon):
        with pytest.raises(NotAllowed):
            capacity_used(town.lab1, on=NOON.date(), by=nobody)


@database
def test_ceilings_refused_and_replaced() -> None:
    town = Town()
    yesterday = NOON.date() - timedelta(days=1)
    assert reasons(allow(town, -1)) == ["capacity_no_number"]
    assert reasons(allow(town, 5, valid_from=yesterday)) == ["capacity_past"]
    assert reasons(allow(town, 5, lab=town.cdc)) == ["capacity_lab_unknown"]
    assert allow(town, 5).done
    assert allow(town, 5).unchanged
    assert allow(town, 6).done
    assert sql.rows("SELECT tests_a_day FROM lab_capacity") == [(6,)]
    given = [CapacityWanted(town.lab1, tests, NOON.date()) for tests in (7, 8)]
    outcome = commands.set_capacities(given, by=town.dora, at=NOON)
    assert reasons(outcome) == ["capacity_given_twice"]
    foreign = commands.set_capacities(given[:1], by=town.egon, at=NOON)
    assert reasons(foreign) == ["capacity_lab_unknown"]


@database
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE lab_load SET first_column = 1 WHERE kind = 'positive'",
        "UPDATE lab_load SET first_column = 1, last_column = 2 WHERE kind = 'tube'",
        "UPDATE lab_load SET plate_id = NULL",
        "UPDATE lab_run SET plate_id = NULL",
        "UPDATE lab_run SET sha256 = ''",
        "UPDATE lab_run SET barcode = 'X'",
    ],
)
def test_what_the_database_does_not_let_be(statement: str) -> None:
    town = Town()
    ((swab,),) = town.sampled([1])
    town.run("R1", {swab.tube: "negative"})
    with pytest.raises(IntegrityError), transaction.atomic():
        sql.execute(statement)
