"""What a kit makes of one item and of one control: by table, and by a slow obvious oracle."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from som.lab.formats.run_file import Reading
from som.lab.kits import ControlKind, kit_rule
from som.lab.verdicts import Reason, Verdict, judge_control, judge_item
from tests.lab.kits import KIT, N, P, U, V, packaged, well
from tests.lab.test_kits_rules import broken


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


def test_a_ct_at_the_cut_off_counts_where_the_kit_says_so() -> None:
    inclusive = kit_rule(broken(cut_off_counts=True))
    at_cut_off = well("A1", N1=40, N2=38, RP=40)
    assert judge_item(at_cut_off, inclusive).value is P
    assert judge_item(at_cut_off, KIT).value is U
