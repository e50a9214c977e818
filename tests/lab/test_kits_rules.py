"""The packaged kits are rules, and a rule that is none says where and why."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from som.lab.kits import ControlKind, Expected, KitRuleError, Method, Role, kit_rule, method_of
from som.simulation import genuine
from tests.lab.kits import RULES, VALUE, packaged

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
