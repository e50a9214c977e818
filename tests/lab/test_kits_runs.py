"""What a kit makes of a whole run, with its controls; genuine runs are worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from som.lab.formats.registry import read_run
from som.lab.formats.run_file import Reading
from som.lab.kits import ControlKind
from som.lab.verdicts import LoadedControl, LoadedItem, Reason, Verdict, judge_run
from som.simulation import genuine
from tests.lab.kits import KIT, N, P, U, V, packaged, well

ZYMO = Path(__file__).parent.parent / "files" / "pcr" / "20200331 Zymo Extraction.xlsx"


# --- a whole run ---------------------------------------------------------------------------------
CLEAN = {"N1": None, "N2": None, "RP": None}
NEGATIVE = {"N1": None, "N2": None, "RP": 25}
POSITIVE = {"N1": 25, "N2": 25, "RP": 25}
ITEMS = [LoadedItem("t1", ("A1",), "T1"), LoadedItem("t2", ("B1", "B2"), "T2")]
CONTROLS = [
    LoadedControl("ntc", ControlKind.NO_TEMPLATE, ("H11",), "NTC"),
    LoadedControl("pc", ControlKind.POSITIVE, ("H12",), "PC"),
]
RUN = (
    well("A1", "T1", **NEGATIVE)
    + well("B1", "T2", **POSITIVE)
    + well("B2", "T2", **POSITIVE)
    + well("H11", "NTC", **CLEAN)
    + well("H12", "PC", **POSITIVE)
)


def verdicts(
    readings: list[Reading],
    items: list[LoadedItem] = ITEMS,
    controls: list[LoadedControl] = CONTROLS,
) -> dict[str, tuple[Verdict | None, Reason]]:
    judged = judge_run(readings, items, controls, KIT)
    return {item.key: (item.value, item.reason) for item in judged.items}


def without(position: str) -> list[Reading]:
    return [reading for reading in RUN if reading.position != position]


GOOD = {"t1": (N, Reason.NOTHING_DETECTED), "t2": (P, Reason.TARGETS_DETECTED)}


def test_a_run_in_order() -> None:
    assert verdicts(RUN) == GOOD
    assert verdicts(RUN[::-1]) == GOOD
    judged = judge_run(RUN, ITEMS, CONTROLS, KIT)
    assert [(c.key, c.passed) for c in judged.controls] == [("ntc", True), ("pc", True)]
    assert judged.strays == ()


def test_names_agree_whatever_their_case_and_spaces() -> None:
    assert verdicts([*without("A1"), *well("A1", " t1 ", **NEGATIVE)]) == GOOD


def test_an_item_under_another_name_is_not_read() -> None:
    other = verdicts([*without("A1"), *well("A1", "T7", **POSITIVE)])
    assert other == GOOD | {"t1": (None, Reason.SAMPLE_DISAGREES)}
    nameless = verdicts([*without("B2"), *well("B2", "", **POSITIVE)])
    assert nameless == GOOD | {"t2": (None, Reason.SAMPLE_DISAGREES)}
    swapped = well("A1", "T2", **POSITIVE) + well("B1", "T1", **NEGATIVE)
    both = verdicts(swapped + [r for r in RUN if r.position not in {"A1", "B1"}])
    assert both == dict.fromkeys(GOOD, (None, Reason.SAMPLE_DISAGREES))


def test_a_name_in_a_well_off_the_map_is_a_fault_of_its_item() -> None:
    judged = judge_run([*RUN, *well("C1", "T1", **POSITIVE)], ITEMS, CONTROLS, KIT)
    assert judged.strays == ("C1",)
    assert (judged.items[0].value, judged.items[0].reason) == (None, Reason.SAMPLE_ELSEWHERE)
    assert (
        judge_run([*RUN, *well("C1", "T9", **POSITIVE)], ITEMS, CONTROLS, KIT).items[0].value is N
    )


def test_a_well_without_readings_makes_its_item_invalid() -> None:
    assert verdicts(without("B2")) == GOOD | {"t2": (V, Reason.READING_MISSING)}


@pytest.mark.parametrize(
    "broken",
    [
        [*without("H11"), *well("H11", "NTC", N1=30, N2=None, RP=None)],
        [*without("H12"), *well("H12", "PC", N1=30, N2=None, RP=None)],
        [*without("H12"), *well("H12", "PK", **POSITIVE)],
        without("H11"),
    ],
)
def test_a_failed_control_voids_the_run(broken: list[Reading]) -> None:
    assert verdicts(broken) == dict.fromkeys(GOOD, (V, Reason.CONTROL_FAILED))


def test_a_failed_control_voids_only_what_it_covers() -> None:
    extraction = LoadedControl("nc", ControlKind.NEGATIVE, ("G1",), "NC", frozenset({"B2", "G1"}))
    readings = [*RUN, *well("G1", "NC", N1=30, N2=30, RP=25)]
    judged = judge_run(readings, ITEMS, [*CONTROLS, extraction], KIT)
    assert [(i.value, i.reason) for i in judged.items] == [
        (N, Reason.NOTHING_DETECTED),
        (V, Reason.CONTROL_FAILED),
    ]
    assert judged.items[1].detail == "nc: target_in_control G1 N1 30"


def test_an_item_that_a_needed_control_does_not_cover_is_invalid() -> None:
    assert verdicts(RUN, controls=CONTROLS[:1]) == dict.fromkeys(GOOD, (V, Reason.CONTROL_MISSING))
    half = LoadedControl("pc", ControlKind.POSITIVE, ("H12",), "PC", frozenset({"A1", "B1"}))
    assert verdicts(RUN, controls=[CONTROLS[0], half]) == GOOD | {"t2": (V, Reason.CONTROL_MISSING)}


def test_a_control_without_a_name_is_known_by_its_kind() -> None:
    nameless = [
        Reading("H11", "", r.target, r.ct, task="NTC") if r.position == "H11" else r for r in RUN
    ]
    assert verdicts(nameless) == GOOD
    wrong = [
        Reading("H11", "", r.target, r.ct, task="Unkn") if r.position == "H11" else r for r in RUN
    ]
    assert verdicts(wrong) == dict.fromkeys(GOOD, (V, Reason.CONTROL_FAILED))


def test_a_plate_map_that_gives_a_well_to_two_is_no_plate_map() -> None:
    with pytest.raises(ValueError, match="one well to two"):
        judge_run(RUN, [*ITEMS, LoadedItem("t3", ("A1",), "T3")], CONTROLS, KIT)


# --- genuine runs, by hand -----------------------------------------------------------------------


def test_the_genuine_export_of_the_demo() -> None:
    """From its sheet "Results": FAM is Undetermined in all sixteen wells of the samples. VIC came up
    in both wells of samples 1 to 5 (35.108 37.791, 35.839 36.472, 38.679 36.810, 36.226 37.453,
    36.924 35.567) and in none of 6 to 8. Water: neither. PCD 1: FAM 15.662.
    """
    run = read_run(genuine.GENUINE_FILE.read_bytes(), genuine.GENUINE_FILE.name)
    placed: dict[str, list[str]] = {}
    for position, sample in genuine.PLATE.items():
        placed.setdefault(sample, []).append(position)
    items = [
        LoadedItem(sample, tuple(wells), sample)
        for sample, wells in placed.items()
        if sample not in genuine.CONTROL_NAMES
    ]
    controls = [
        LoadedControl(name, kind, tuple(placed[name]), name)
        for name, kind in genuine.CONTROL_NAMES.items()
    ]
    judged = judge_run(run.wells, items, controls, packaged(genuine.KIT_CODE))
    assert [(c.key, c.passed) for c in judged.controls] == [("Negative", True), ("PCD 1", True)]
    assert {item.key: (item.value, item.reason) for item in judged.items} == {
        **{f"{number} nCoV": (N, Reason.NOTHING_DETECTED) for number in range(1, 6)},
        **{f"{number} nCoV": (V, Reason.INTERNAL_CONTROL_MISSING) for number in range(6, 9)},
    }
    assert set(judged.strays) == {f"{row}1" for row in "ABCDEFGH"} | {f"{r}12" for r in "BCDEFGH"}
    elsewhere = {read.sample for read in run.wells if read.position in judged.strays}
    assert elsewhere.isdisjoint(genuine.PLATE.values())


def test_a_genuine_run_whose_water_was_not_clean() -> None:
    """Water in F7 came up at 22.699 in FAM: nothing of that run counts. Had it covered nothing, the
    pairs of wells would say: 1, 2, 3, 5, 6, 7 and 11 found in both; 4, 8, 9, 12, 13, 14, 15 and 16
    found in one of two; 10 found at 28.895 and at 49.354, which lies beyond the cut-off.
    """
    run = read_run(ZYMO.read_bytes(), ZYMO.name)
    wells: dict[str, list[str]] = {}
    for reading in run.wells:
        if reading.position not in wells.setdefault(reading.sample, []):
            wells[reading.sample].append(reading.position)
    items = [
        LoadedItem(sample, tuple(positions), sample)
        for sample, positions in wells.items()
        if sample.endswith("nCoV")
    ]
    water = [
        LoadedControl(f"water {position}", ControlKind.NO_TEMPLATE, (position,), "Negative")
        for position in wells["Negative"]
    ]
    positive = LoadedControl("PCD 1", ControlKind.POSITIVE, ("A12",), "PCD 1")
    kit = packaged("ncov_fam_iec_vic")

    judged = judge_run(run.wells, items, [*water, positive], kit)
    assert [c.key for c in judged.controls if not c.passed] == ["water F7"]
    assert {(item.value, item.reason) for item in judged.items} == {(V, Reason.CONTROL_FAILED)}

    clean = [control for control in water if control.key != "water F7"]
    values = {i.key: i.value for i in judge_run(run.wells, items, [*clean, positive], kit).items}
    found = {f"{number} nCoV" for number in (1, 2, 3, 5, 6, 7, 11)}
    assert values == {f"{n} nCoV": P if f"{n} nCoV" in found else U for n in range(1, 17)}
