"""Which wells come next, and what is refused before anything is written. Pure."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from som.kernel import rulebook
from som.lab.formats.worklists import Filled, robot_table, tecan_worklist
from som.lab.kits import kit_rule
from som.lab.rules import (
    Bench,
    Loading,
    LoadKind,
    LoadRefusal,
    Received,
    Spot,
    ToTest,
    WaitsFor,
    control_loadings,
    control_name,
    due_for_plate,
    faults_in_batch,
    next_wells,
    scanned_onto_plate,
    spot_of,
    usual_controls,
    wells_a_sample,
    wells_by_column,
    wells_from,
)
from tests.town import KIT, NOON

NTC, PC = LoadKind.NO_TEMPLATE, LoadKind.POSITIVE


@pytest.mark.slow
@given(size=st.sampled_from([96, 384]), taken=st.integers(0, 384), needed=st.integers(1, 3))
def test_wells_fill_down_the_columns(size: int, taken: int, needed: int) -> None:
    order = wells_by_column(size)
    assert len(set(order)) == size
    assert order[:3] == ("A1", "B1", "C1")
    assert order[16 if size == 384 else 8] == "A2"
    found = next_wells(size, order[:taken], needed)
    assert found == (order[taken : taken + needed] if taken + needed <= size else ())
    assert wells_from(size, order[0], order[:taken], 1) == (() if taken else ("A1",))


@given(wells=st.lists(st.sampled_from(["A1", "B1", "H12"]), min_size=1, unique=True))
def test_a_spot_is_read_as_it_was_written(wells: list[str]) -> None:
    for batch in ("", "E-7"):
        spot = Spot(tuple(wells), batch)
        assert spot_of(spot.written) == spot


def test_controls_of_a_kit_without_layout_are_in_the_last_wells() -> None:
    kits = {r["value"]["code"]: r["value"] for r in rulebook.packaged_rules() if "kit." in r["key"]}
    multiplex, single = kit_rule(kits[KIT]), kit_rule(kits["cdc_n1_n2"])
    assert (wells_a_sample(multiplex), wells_a_sample(single)) == (1, 3)
    assert usual_controls(multiplex, 96) == {NTC: ("G12",), PC: ("H12",)}
    assert usual_controls(single, 96) == {NTC: ("C12", "D12", "E12"), PC: ("F12", "G12", "H12")}
    two = control_loadings({NTC: ["A1", "B1"], PC: ["C1"]}, 1)
    assert [(one.code, one.wells) for one in two] == [
        ("NTC-1", ("A1",)),
        ("NTC-2", ("B1",)),
        ("PC", ("C1",)),
    ]
    assert control_loadings({NTC: ["A1", "B1"]}, 2) == [Loading(NTC, "NTC", ("A1", "B1"))]


def bench(**changes: Any) -> Bench:
    late = NOON + timedelta(hours=9)
    tubes = {code: Received(1, 1, "screening", late, WaitsFor.TEST, False) for code in "TUVW"}
    return Bench(96, tubes=tubes, **changes)


def test_codes_go_from_the_chosen_well_on_and_never_where_controls_are_kept() -> None:
    kept = {"positive": frozenset({"B1", "B2"})}
    found = scanned_onto_plate(["T", "U"], {}, bench(controls=kept), each=1, at=NOON)
    assert found.laid == [("T", Spot(("A1",))), ("U", Spot(("C1",)))]
    assert found.chosen == ""
    found = scanned_onto_plate(["T", "U"], {}, bench(controls=kept), each=1, chosen="A2", at=NOON)
    assert found.laid == [("T", Spot(("A2",))), ("U", Spot(("C2",)))]
    assert found.chosen == "D2"
    found = scanned_onto_plate(["T"], {}, bench(wells={"A2": 1}), each=1, chosen="A2", at=NOON)
    assert [(one.item, one.reason) for one in found.refused] == [("T", LoadRefusal.WELL_TAKEN)]
    three = scanned_onto_plate(["T", "U"], {}, bench(controls=kept), each=3, batch="", at=NOON)
    assert [spot.written for _, spot in three.laid] == ["A1,C1,D1", "E1,F1,G1"]


def test_a_tube_called_like_a_control_is_none() -> None:
    foreign = ("PC-0001", "NEG-77", "NTC-5")
    found = scanned_onto_plate(foreign, {}, bench(tube_codes=foreign), each=1, at=NOON)
    assert [one.reason for one in found.refused] == [LoadRefusal.NOT_HERE] * 3
    assert not found.laid
    ours = scanned_onto_plate(["PC-2", "NEG"], {}, bench(tube_codes=["NEG"]), each=1, at=NOON)
    assert [code for code, _ in ours.laid] == ["PC-2", "NEG"]


def test_doubles_foreign_codes_and_full_plates_are_refused() -> None:
    full = bench(wells=dict.fromkeys(wells_by_column(96)[:95], 1), samples={"OLD"})
    found = scanned_onto_plate(["T", "T", "OLD", "X", "U"], {}, full, each=1, at=NOON)
    assert found.laid == [("T", Spot(("H12",)))]
    assert [(one.item, one.reason, one.detail) for one in found.refused] == [
        ("T", LoadRefusal.ON_PLATE, "H12"),
        ("OLD", LoadRefusal.ON_PLATE, ""),
        ("X", LoadRefusal.WELL_TAKEN, ""),
        ("U", LoadRefusal.WELL_TAKEN, ""),
    ]
    for room, reason in ((0, LoadRefusal.OVER_CAPACITY), (1, None)):
        found = scanned_onto_plate(["T", "PC"], {}, bench(room=room), each=1, at=NOON)
        assert [one.reason for one in found.refused] == ([reason] if reason else [])
        assert found.laid[-1][0] == "PC"


WELLS = [
    Filled("A1", 1, "tube", False, "S1", "E-7", True),
    Filled("B1", 2, "pool", False, "P1", "", False),
    Filled("C1", 3, "negative", True, "NEG", "", False),
    Filled("D1", 4, "tube", False, "S2", "", False, "too old"),
    Filled("H12", 96, "positive", True, "PC", "", True),
]


def test_a_robots_table_has_a_line_a_well() -> None:
    lines = list(csv.DictReader(io.StringIO(robot_table("PL1", WELLS))))
    assert lines[0] == {
        "plate": "PL1", "well": "A1", "number": "1", "kind": "tube", "sample": "S1",
        "batch": "E-7", "source": "", "state": "laid", "fault": "",
    }  # fmt: skip
    assert [(one["source"], one["state"], one["fault"]) for one in lines[1:]] == [
        ("1", "planned", ""),
        ("", "planned", ""),
        ("", "planned", "too old"),
        ("", "laid", ""),
    ]


def test_tecans_worklist_moves_what_is_planned_once_and_leaves_controls_to_hands() -> None:
    lines = tecan_worklist("PL1", WELLS, Decimal("5.0"), "Water").splitlines()
    assert lines == [
        "C;PL1",
        "A;SOURCE;;;1;P1;5;Water;;;",
        "D;PLATE;PL1;;2;;5;Water;;;",
        "W;",
        "C;C1 NEG: by hand",
    ]


def test_what_comes_on_a_plate_next_is_what_no_pool_takes() -> None:
    def waits(code: str, kind: LoadKind = LoadKind.TUBE, **changes: Any) -> ToTest:
        said = {"people": 1, "tube_class": "screening", "waits_for": WaitsFor.TEST}
        said |= {"use_by_at": NOON, "since": NOON, **changes}
        return ToTest(kind, 1, code, **said)

    waiting = [
        waits("again", waits_for=WaitsFor.RETEST),
        waits("old", use_by_at=NOON - timedelta(seconds=1)),
        waits("single"),
        waits("pool", LoadKind.POOL, tube_class=""),
        waits("field", people=5),
        waits("there", people=5),
    ]
    assert due_for_plate(waiting, {"there"}, pooled_too=False, at=NOON) == [
        "again",
        "pool",
        "field",
    ]
    assert due_for_plate(waiting, {"there"}, pooled_too=True, at=NOON) == [
        "again",
        "single",
        "pool",
        "field",
    ]


def test_a_plate_has_room_for_what_is_neither_kept_nor_over_the_day() -> None:
    one = Bench(96, wells={"A1": 1, "B1": 0}, controls={"positive": frozenset({"H12", "A1"})})
    assert (one.free, one.room_for(1), one.room_for(2)) == (93, 93, 46)
    one.room = 7
    assert one.room_for(1) == 7
    one.room = -2
    assert one.room_for(1) == 0


@pytest.mark.parametrize(
    ("batch", "there", "name"),
    [
        ("", set(), "NEG"),
        ("E-7", {"NEG"}, "NEG-E-7"),
        ("", {"NEG"}, "NEG-2"),
        ("E-7", {"NEG-E-7", "NEG-E-7-2"}, "NEG-E-7-3"),
    ],
)
def test_each_control_of_a_plate_has_a_name_of_its_own(
    batch: str, there: set[str], name: str
) -> None:
    assert control_name(LoadKind.NEGATIVE, batch, there) == name


def test_a_batch_has_what_may_be_tested_and_no_controls() -> None:
    here = {
        code: Received(1, 1, "screening", NOON, waits_for, closed)
        for code, waits_for, closed in (
            ("T1", WaitsFor.TEST, False),
            ("T2", None, False),
            ("T4", None, True),
        )
    }
    found = faults_in_batch(["T1", "T2", "T3", "T4", "NTC"], Bench(96, tubes=here), at=NOON)
    assert found == {
        "T2": LoadRefusal.NOT_WAITING,
        "T3": LoadRefusal.NOT_HERE,
        "T4": LoadRefusal.CLOSED,
        "NTC": LoadRefusal.NOT_HERE,
    }


def test_what_is_no_tube_of_the_worklist_is_called_what_it_is() -> None:
    known = bench(unlisted={"EARLY"}, others={"BOX-1"})
    found = scanned_onto_plate(["EARLY", "BOX-1", "X"], {}, known, each=1, at=NOON)
    assert [one.reason for one in found.refused] == [
        LoadRefusal.UNLISTED,
        LoadRefusal.CODE_ELSEWHERE,
        LoadRefusal.NOT_HERE,
    ]
