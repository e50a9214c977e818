"""Strips read by eye, cartridges, and what may be taken of both. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from som.kernel import rulebook
from som.kernel.outcomes import Refusal
from som.lab.kits import KitRule, KitRuleError, Method, kit_rule, method_of
from som.lab.rules import (
    AntigenTest,
    CartridgeRead,
    DeviceRefusal,
    DeviceTube,
    Next,
    TimeRefusal,
    VerdictReason,
    WaitsFor,
    as_told,
    fault_of_device,
    judged_device,
)
from som.lab.strips import StripRule, judge_strip, strip_rule
from som.lab.verdicts import Reason, Verdict

RULES = {r["key"]: r["value"] for r in rulebook.packaged_rules() if r["key"].startswith("lab.kit.")}
STRIP = RULES["lab.kit.standard_q_ag"]
CARTRIDGE = kit_rule(RULES["lab.kit.xpert_sars_cov_2"])
BEGUN = datetime(2026, 11, 2, 4, tzinfo=UTC)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def test_a_rapid_antigen_test_confirms_nothing() -> None:
    assert [method for method in Method if not method.confirms] == [Method.ANTIGEN]
    assert method_of(STRIP) is Method.ANTIGEN
    assert strip_rule(STRIP).read_from == minutes(15)
    assert strip_rule(STRIP).read_until == minutes(30)
    with pytest.raises(KitRuleError, match="has lines and no targets"):
        kit_rule({"code": "a", "method": "antigen"})


def expected(waited: float, control: bool, test: bool) -> str:
    """What the leaflet's pictures say, one after the other."""
    if waited < 15 or waited > 30:
        return "invalid"
    if control and test:
        return "positive"
    return "negative" if control else "invalid"


@pytest.mark.parametrize("waited", [0, 14.9, 15, 22, 30, 30.1, 600])
@pytest.mark.parametrize("control", [True, False])
@pytest.mark.parametrize("test", [True, False])
def test_strips_are_judged_as_the_leaflet_says(waited: float, control: bool, test: bool) -> None:
    found = judge_strip(
        control_line=control,
        test_line=test,
        started_at=BEGUN,
        read_at=BEGUN + minutes(waited),
        rule=strip_rule(STRIP),
    )
    assert found.value == expected(waited, control, test)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"method": "pcr"}, "is no rapid antigen kit"),
        ({"method": "sniffing"}, "method 'sniffing' is none"),
        ({"colour": "red"}, "unknown colour"),
        ({"name": ""}, "code or name is missing"),
        ({"read_from_minutes": "15"}, "read_from_minutes is missing or no whole number"),
        ({"read_until_minutes": True}, "read_until_minutes is missing"),
        ({"read_until_minutes": 15}, "lies before read_until_minutes"),
    ],
)
def test_a_strip_rule_that_is_none_says_why(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(KitRuleError, match=message):
        strip_rule(STRIP | changes)


LOW = Decimal("24.5")


@pytest.mark.parametrize(
    ("n2", "e", "spc", "error", "value"),
    [
        (LOW, LOW, LOW, "", "positive"),
        (LOW, None, LOW, "", "positive"),
        (LOW, None, None, "", "positive"),
        (None, LOW, LOW, "", "inconclusive"),
        (None, None, LOW, "", "negative"),
        (None, None, None, "", "invalid"),
        (LOW, LOW, LOW, "5007", "invalid"),
    ],
)
def test_cartridges_are_judged_as_the_instructions_say(
    n2: Decimal | None, e: Decimal | None, spc: Decimal | None, error: str, value: str
) -> None:
    found = judged_device(cartridge(n2, e, spc, error=error), CARTRIDGE, invalid_before=0)
    assert found.value == value
    assert found.follows is (Next.REPEAT if value == "invalid" else Next.NOTHING)


def cartridge(
    n2: Decimal | None, e: Decimal | None, spc: Decimal | None, **changes: Any
) -> CartridgeRead:
    given = CartridgeRead(
        "T1", "C1", (("N2", n2), ("E", e), ("SPC", spc)), BEGUN, BEGUN + minutes(45), "GX-1"
    )
    return replace(given, **changes)


def test_a_cartridge_has_no_controls_beside_it() -> None:
    assert isinstance(CARTRIDGE, KitRule)
    assert CARTRIDGE.controls == {}
    value = dict(RULES["lab.kit.xpert_sars_cov_2"])
    with pytest.raises(KitRuleError, match="no control beside it"):
        kit_rule(value | {"controls": {}})
    targets = [dict(value["targets"][0], alone="yes"), *value["targets"][1:]]
    with pytest.raises(KitRuleError, match="alone is true or false"):
        kit_rule(value | {"targets": targets})


TEST = AntigenTest("T1", BEGUN, BEGUN + minutes(20), control_line=True, test_line=False)
TUBE = DeviceTube(
    1, 1, BEGUN - timedelta(hours=1), BEGUN + timedelta(hours=47), WaitsFor.TEST, invalid_before=0
)


def fault(
    given: AntigenTest | CartridgeRead = TEST, tube: DeviceTube | None = TUBE, **changes: Any
) -> Refusal | None:
    asked: dict[str, Any] = {
        "kit_lot": "L", "at": BEGUN + minutes(30), "skew": minutes(5), "held": False, "room": None,
    }  # fmt: skip
    tubes = [tube] if tube is not None else []
    found = fault_of_device(given, changes.pop("tubes", tubes), **(asked | changes))
    return found[0] if found else None


def test_what_is_not_taken() -> None:
    invalid = cartridge(None, None, None)
    assert fault() is None
    assert fault(invalid, at=BEGUN + timedelta(hours=1)) is None
    assert fault(kit_lot=" ") is DeviceRefusal.KIT_LOT_MISSING
    assert fault(replace(invalid, barcode="??")) is DeviceRefusal.BARCODE_UNREADABLE
    assert fault(tube=None) is DeviceRefusal.TUBE_UNKNOWN
    assert fault(tubes=[TUBE, replace(TUBE, id=2)]) is DeviceRefusal.AMBIGUOUS
    assert fault(tube=replace(TUBE, swabs=2)) is DeviceRefusal.FIELD_POOL
    late = replace(TUBE, first_swab_at=BEGUN + minutes(1))
    assert fault(tube=late) is TimeRefusal.BEFORE_SWAB
    assert fault(replace(TEST, read_at=BEGUN - minutes(1))) is TimeRefusal.ENDS_BEFORE
    assert fault(at=BEGUN + minutes(14)) is TimeRefusal.IN_FUTURE
    assert fault(tube=replace(TUBE, waits_for=None)) is DeviceRefusal.NOT_WAITING
    assert fault(tube=replace(TUBE, waits_for=WaitsFor.REFERRAL)) is DeviceRefusal.NOT_WAITING
    assert fault(tube=replace(TUBE, waits_for=WaitsFor.RETEST)) is None
    old = replace(TUBE, use_by_at=BEGUN - minutes(1))
    assert fault(tube=old) is DeviceRefusal.USE_BY_PASSED
    assert fault(held=True) is DeviceRefusal.LAB_HELD
    assert fault(room=0) is DeviceRefusal.OVER_CAPACITY
    assert fault(room=1) is None


def test_invalid_for_the_second_time_is_inconclusive() -> None:
    rule: StripRule = strip_rule(STRIP)
    broken = replace(TEST, control_line=False)
    first = judged_device(broken, rule, invalid_before=0)
    assert (first.value, first.reason) == (Verdict.INVALID, Reason.CONTROL_LINE_MISSING)
    second = judged_device(broken, rule, invalid_before=1)
    assert (second.value, second.reason) == (Verdict.INCONCLUSIVE, VerdictReason.INVALID_TWICE)
    assert second.detail == "control_line_missing"
    assert second.follows is Next.NOTHING


def test_told_otherwise_is_told_otherwise() -> None:
    said = {as_told(TEST, kit="k", kit_lot=lot) for lot in ("L", " L ", "M")}
    assert len(said) == 2
    one = as_told(cartridge(LOW, None, LOW), kit="k", kit_lot="L")
    assert one != as_told(cartridge(None, LOW, LOW), kit="k", kit_lot="L")
    assert one != as_told(replace(TEST), kit="k", kit_lot="L")
