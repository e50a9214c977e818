"""Verdicts by table, by a slow obvious oracle, and on genuine runs worked out by hand."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import som.lab
from som.lab.formats.registry import read_run
from som.lab.formats.run_file import Reading
from som.lab.kits import (
    ControlKind,
    Expected,
    KitRule,
    KitRuleError,
    Method,
    Role,
    kit_rule,
    method_of,
)
from som.lab.verdicts import (
    LoadedControl,
    LoadedItem,
    Reason,
    Verdict,
    judge_control,
    judge_item,
    judge_run,
)
from som.simulation import genuine

KITS = Path(som.lab.__path__[0]) / "dated" / "kits.toml"
RULES = tomllib.loads(KITS.read_text("utf-8"))["rule"]
ZYMO = Path(__file__).parent.parent / "files" / "pcr" / "20200331 Zymo Extraction.xlsx"

VALUE: dict[str, Any] = {
    "code": "two_and_ic",
    "name": "N1, N2 and an internal control",
    "cycles": 45,
    "positives_needed": 2,
    "targets": [
        {"name": "N1", "role": "target", "cut_off": 40, "fluor": "FAM", "also_called": ["nCoV_N1"]},
        {"name": "N2", "role": "target", "cut_off": 38, "grey_to": 40, "fluor": "VIC"},
        {"name": "RP", "role": "internal_control", "cut_off": 40.0, "fluor": "CY5"},
    ],
    "controls": {
        "no_template": {"targets": "absent", "internal_control": "absent"},
        "negative": {"targets": "absent", "internal_control": "detected", "required": False},
        "positive": {"targets": "detected", "internal_control": "any"},
    },
}
KIT = kit_rule(VALUE)
P, N, U, V = Verdict.POSITIVE, Verdict.NEGATIVE, Verdict.INCONCLUSIVE, Verdict.INVALID


def packaged(code: str) -> KitRule:
    return next(kit_rule(r["value"]) for r in RULES if r["key"] == f"lab.kit.{code}")


def well(position: str, sample: str = "T1", /, **cts: float | str | None) -> list[Reading]:
    """Readings of one well by target; a Ct that is not given was not read at all."""
    return [
        Reading(position, sample, target, None if ct is None else Decimal(str(ct)))
        for target, ct in cts.items()
    ]


# --- one item ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cts", "verdict", "reason"),
    [
        ({"N1": 25, "N2": 26, "RP": 24}, P, Reason.TARGETS_DETECTED),
        ({"N1": 25, "N2": 26, "RP": None}, P, Reason.TARGETS_DETECTED),
        ({"N1": None, "N2": None, "RP": 24}, N, Reason.NOTHING_DETECTED),
        ({"N1": None, "N2": None, "RP": None}, V, Reason.INTERNAL_CONTROL_MISSING),
        ({"N1": None, "N2": None, "RP": 41}, V, Reason.INTERNAL_CONTROL_MISSING),
        ({"N1": 25, "N2": None, "RP": 24}, U, Reason.TOO_FEW_TARGETS),
        ({"N1": 25, "N2": None, "RP": None}, U, Reason.TOO_FEW_TARGETS),
        ({"N1": 25, "N2": 38, "RP": 24}, U, Reason.TOO_FEW_TARGETS),
        ({"N1": None, "N2": 38, "RP": 24}, U, Reason.DOUBTFUL_CT),
        ({"N1": None, "N2": 40, "RP": 24}, U, Reason.DOUBTFUL_CT),
        ({"N1": None, "N2": "40.001", "RP": 24}, N, Reason.NOTHING_DETECTED),
        ({"N1": "39.999", "N2": "37.999", "RP": 24}, P, Reason.TARGETS_DETECTED),
        ({"N1": 40, "N2": None, "RP": 24}, N, Reason.NOTHING_DETECTED),
        ({"N1": 45, "N2": 50, "RP": 24}, N, Reason.NOTHING_DETECTED),
        ({"N1": 25, "N2": 26}, V, Reason.READING_MISSING),
        ({"N1": 25, "RP": 24}, V, Reason.READING_MISSING),
        ({"N1": None, "N2": None, "E": None}, V, Reason.READING_MISSING),
        ({}, V, Reason.READING_MISSING),
    ],
)
def test_one_well(cts: Mapping[str, Any], verdict: Verdict, reason: Reason) -> None:
    judged = judge_item(well("A1", **cts), KIT)
    assert (judged.value, judged.reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("first", "second", "verdict", "reason"),
    [
        (
            {"N1": 25, "N2": 26, "RP": 24},
            {"N1": 25, "N2": 26, "RP": None},
            P,
            Reason.TARGETS_DETECTED,
        ),
        (
            {"N1": 25, "N2": 26, "RP": 24},
            {"N1": None, "N2": None, "RP": 24},
            U,
            Reason.WELLS_DISAGREE,
        ),
        (
            {"N1": 25, "N2": 26, "RP": 24},
            {"N1": None, "N2": 26, "RP": 24},
            U,
            Reason.WELLS_DISAGREE,
        ),
        (
            {"N1": None, "N2": None, "RP": 24},
            {"N1": None, "N2": None, "RP": None},
            U,
            Reason.WELLS_DISAGREE,
        ),
        (
            {"N1": None, "N2": None, "RP": 24},
            {"N1": None, "N2": None, "RP": 30},
            N,
            Reason.NOTHING_DETECTED,
        ),
        (
            {"N1": None, "N2": None, "RP": None},
            {"N1": None, "N2": None, "RP": None},
            V,
            Reason.INTERNAL_CONTROL_MISSING,
        ),
        ({"N1": None, "N2": None, "RP": 24}, {"N1": None, "RP": 30}, V, Reason.READING_MISSING),
        ({"N1": 25, "N2": 26, "RP": 24}, {"E": 20}, V, Reason.READING_MISSING),
    ],
)
def test_two_wells(
    first: Mapping[str, Any], second: Mapping[str, Any], verdict: Verdict, reason: Reason
) -> None:
    for one, other in ((first, second), (second, first)):
        judged = judge_item(well("A1", **one) + well("A2", **other), KIT)
        assert (judged.value, judged.reason) == (verdict, reason)


def test_a_target_read_twice_in_a_well_is_no_reading() -> None:
    readings = well("A1", N1=25, N2=26, RP=24) + well("A1", nCoV_N1=30)
    assert judge_item(readings, KIT).reason is Reason.READING_MISSING


def test_unnamed_targets_are_told_by_their_dye() -> None:
    readings = [
        Reading("A1", "T1", "", Decimal(25), fluor="FAM"),
        Reading("A1", "T1", "", Decimal(26), fluor="vic"),
        Reading("A1", "T1", "", None, fluor="Cy5"),
    ]
    assert judge_item(readings, KIT).value is P
    misnamed = [Reading("A1", "T1", "E", r.ct, fluor=r.fluor) for r in readings]
    assert judge_item(misnamed, KIT).reason is Reason.READING_MISSING


def test_the_cdc_panel_has_a_well_for_each_target() -> None:
    cdc = packaged("cdc_n1_n2")
    n1, n2, rp = well("A1", N1=30), well("A2", N2=31), well("A3", RP=25)
    assert judge_item(n1 + n2 + rp, cdc).value is P
    assert judge_item(n1 + well("A2", N2=None) + rp, cdc).value is U
    assert judge_item(well("A1", N1=None) + well("A2", N2=None) + rp, cdc).value is N
    assert judge_item(n1 + n2, cdc).reason is Reason.READING_MISSING
    assert judge_item(n1 + n2 + rp + well("A4", N1=None), cdc).reason is Reason.WELLS_DISAGREE
    # All three are in FAM: without names nobody can tell them apart.
    nameless = [Reading(r.position, "T1", "", r.ct, fluor="FAM") for r in n1 + n2 + rp]
    assert judge_item(nameless, cdc).reason is Reason.READING_MISSING


CTS = st.sampled_from([None, 20, 37.9, 38, 39, 40, 41, 45])
WELLS = st.lists(st.fixed_dictionaries({"N1": CTS, "N2": CTS, "RP": CTS}), min_size=1, max_size=3)


def oracle(wells: list[dict[str, float | None]]) -> Verdict:
    """The verdict as one would say it aloud, well by well, then over the wells."""
    each = []
    for cts in wells:
        one = cts["N1"] is not None and cts["N1"] < 40
        two = cts["N2"] is not None and cts["N2"] < 38
        grey = cts["N2"] is not None and 38 <= cts["N2"] <= 40
        control = cts["RP"] is not None and cts["RP"] < 40
        each.append((one, two, grey, control))
    if len({(one, two, grey) for one, two, grey, _ in each}) > 1:
        return U
    one, two, grey, _ = each[0]
    if one and two:
        return P
    if one or two or grey:
        return U
    controls = {control for *_, control in each}
    return U if len(controls) > 1 else N if controls == {True} else V


@given(WELLS)
@settings(max_examples=150, derandomize=True)
def test_agrees_with_the_oracle_in_any_order(wells: list[dict[str, float | None]]) -> None:
    readings = [r for column, cts in enumerate(wells, 1) for r in well(f"A{column}", **cts)]
    assert judge_item(readings, KIT).value is oracle(wells)
    assert judge_item(readings[::-1], KIT).value is oracle(wells)


# --- controls ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "cts", "passed", "reason"),
    [
        ("no_template", {"N1": None, "N2": None, "RP": None}, True, Reason.CONTROL_AS_EXPECTED),
        ("no_template", {"N1": 44, "N2": None, "RP": None}, True, Reason.CONTROL_AS_EXPECTED),
        ("no_template", {"N1": 39, "N2": None, "RP": None}, False, Reason.TARGET_IN_CONTROL),
        ("no_template", {"N1": None, "N2": 39, "RP": None}, False, Reason.TARGET_IN_CONTROL),
        ("no_template", {"N1": None, "N2": None, "RP": 30}, False, Reason.TARGET_IN_CONTROL),
        ("no_template", {"N1": None, "N2": None}, False, Reason.READING_MISSING),
        ("negative", {"N1": None, "N2": None, "RP": 30}, True, Reason.CONTROL_AS_EXPECTED),
        ("negative", {"N1": None, "N2": None, "RP": None}, False, Reason.CONTROL_NOT_DETECTED),
        ("negative", {"N1": 30, "N2": None, "RP": 30}, False, Reason.TARGET_IN_CONTROL),
        ("positive", {"N1": 25, "N2": 25, "RP": None}, True, Reason.CONTROL_AS_EXPECTED),
        ("positive", {"N1": 25, "N2": 25}, True, Reason.CONTROL_AS_EXPECTED),
        ("positive", {"N1": 25, "N2": None, "RP": 25}, False, Reason.CONTROL_NOT_DETECTED),
        ("positive", {"N1": 25, "N2": 39, "RP": 25}, False, Reason.CONTROL_NOT_DETECTED),
        ("positive", {"N1": 25, "RP": 25}, False, Reason.READING_MISSING),
        ("positive", {}, False, Reason.READING_MISSING),
    ],
)
def test_controls(kind: str, cts: Mapping[str, Any], passed: bool, reason: Reason) -> None:
    assert judge_control(ControlKind(kind), well("A1", **cts), KIT)[:2] == (passed, reason)


def test_a_kind_of_control_that_the_kit_does_not_know_fails() -> None:
    kit = packaged("ncov_fam_iec_vic")
    assert judge_control(ControlKind.NEGATIVE, well("A1", FAM=None), kit)[0] is False


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


# --- the rule as data ----------------------------------------------------------------------------


ON_PLATES = [rule for rule in RULES if method_of(rule["value"]) is Method.PCR]


@pytest.mark.parametrize("rule", ON_PLATES, ids=lambda rule: str(rule["key"]))
def test_packaged_kits_are_rules(rule: dict[str, Any]) -> None:
    kit = kit_rule(rule["value"])
    assert rule["key"] == f"lab.kit.{kit.code}"
    assert rule["stricter"] == "none"
    assert rule["unit"] == ""
    assert rule["legal_basis"]
    assert rule["valid_from"]
    assert kit.of_role(Role.TARGET)
    assert kit.controls[ControlKind.NO_TEMPLATE].targets is Expected.ABSENT
    assert kit.controls[ControlKind.POSITIVE].targets is Expected.DETECTED


def test_there_is_the_kit_of_the_genuine_export() -> None:
    assert len({rule["key"] for rule in RULES}) == len(RULES) >= 4
    assert packaged(genuine.KIT_CODE).cycles == 50


def broken(**changes: Any) -> dict[str, Any]:
    return {**deepcopy(VALUE), **changes}


def with_target(**changes: Any) -> dict[str, Any]:
    value = deepcopy(VALUE)
    value["targets"][0] |= changes
    return value


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, "kit: code is missing"),
        (broken(cutoff=3), "kit: unknown cutoff"),
        (broken(name=""), "name is missing"),
        (broken(cycles=0), "cycles is missing or no whole number above 0"),
        (broken(cycles=True), "cycles is missing or no whole number above 0"),
        (broken(targets=[]), "targets is missing or no list of tables"),
        (broken(targets=["N1"]), "targets is missing or no list of tables"),
        (broken(targets=VALUE["targets"][:2]), "needs a target and an internal control"),
        (broken(targets=VALUE["targets"][2:]), "needs a target and an internal control"),
        (broken(positives_needed=3), "positives_needed is 3 of 2 targets"),
        (broken(cut_off_counts="yes"), "cut_off_counts is true or false"),
        (broken(controls={}), "controls is a table"),
        (broken(controls={"water": {}}), "control water: is no_template"),
        (broken(controls={"positive": {"targets": "detected"}}), "internal_control is missing"),
        (
            broken(controls={"positive": {"targets": "some", "internal_control": "any"}}),
            "'some' is not a valid Expected; detected, absent or any",
        ),
        (
            broken(
                controls={
                    "positive": {"targets": "any", "internal_control": "any", "required": "no"}
                }
            ),
            "required is true or false",
        ),
        (with_target(role="gene"), r"target 1 \(N1\): role is target or internal_control"),
        (with_target(cut_off="forty"), r"target 1 \(N1\): cut_off 'forty' is no number"),
        (with_target(cut_off=None), "cut_off is missing or no number"),
        (with_target(cut_off=-1), "cut_off -1 is no Ct"),
        (with_target(cut_off=46), "cut_off 46 lies beyond 45 cycles"),
        (with_target(grey_to=40), "grey_to lies between cut_off and cycles"),
        (with_target(also_called="N"), "also_called is a list of names"),
        (with_target(name="n2"), "a target's name is used twice"),
        (with_target(fluor="VIC"), "two targets of reaction all share a dye"),
        (with_target(colour="red"), "unknown colour"),
    ],
)
def test_a_rule_that_is_not_one_says_where_and_why(value: dict[str, Any], message: str) -> None:
    with pytest.raises(KitRuleError, match=message):
        kit_rule(value)


def test_a_ct_at_the_cut_off_counts_where_the_kit_says_so() -> None:
    inclusive = kit_rule(broken(cut_off_counts=True))
    at_cut_off = well("A1", N1=40, N2=38, RP=40)
    assert judge_item(at_cut_off, inclusive).value is P
    assert judge_item(at_cut_off, KIT).value is U
