"""Codes as scanners, cameras and keyboards send them, and what is said of a scan."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from som.kernel import ids
from som.kernel.outcomes import Outcome, Refusal, Refused
from som.sampling.rules import MOST_IN_TRAY
from som.web.scanning import MOST_AT_ONCE, TooManyCodes, codes_in, codes_of, in_one_scan, scanned


class Why(Refusal):
    """Why nothing came of it."""

    BROKEN = "broken", "It is broken."


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("S0000000013", ["S0000000013"]),
        ("  S0000000013  S0000000021 ", ["S0000000013", "S0000000021"]),
        ("211005DH.03001 S0000000013", ["211005DH.03001", "S0000000013"]),
        ("1 nCoV", ["1 nCoV"]),
        ("BB-1  nCoV", ["BB-1 nCoV"]),
        ("", []),
    ],
)
def test_a_line_is_one_code_or_several(line: str, codes: list[str]) -> None:
    assert codes_in(line) == codes


def test_codes_come_once_and_ours_in_capitals() -> None:
    tube = ids.tube_code(1)
    sent = {"codes": [f"{tube.lower()}\n1 nCoV\r\n{tube}", "m-1\0", ""]}
    assert codes_of(RequestFactory().post("/", sent)) == [tube, "1 nCoV", "m-1"]


@pytest.mark.parametrize(
    "codes",
    [
        ["S0000000013", "S0000000021"],
        ["1 nCoV", "2 nCoV"],
        ["17", "S0000000013"],
        ["ABCDEF", "X"],
        [],
    ],
)
def test_codes_of_one_scan_come_apart_whoever_issued_them(codes: list[str]) -> None:
    sent = {"codes": in_one_scan(codes)}
    assert codes_of(RequestFactory().post("/", sent)) == codes
    assert "\r" not in in_one_scan([ids.tube_code(1), ids.tube_code(2)])


@pytest.mark.parametrize("between", ["\n", " "])
def test_as_many_go_at_once_as_a_tray_holds(between: str) -> None:
    most = [f"TUBE-{n}" for n in range(MOST_AT_ONCE)]
    assert MOST_AT_ONCE == MOST_IN_TRAY
    assert codes_of(RequestFactory().post("/", {"codes": between.join(most)})) == most
    with pytest.raises(TooManyCodes):
        codes_of(RequestFactory().post("/", {"codes": between.join([*most, "TUBE-0"])}))


def test_the_last_refused_is_said_before_the_last_done() -> None:
    outcome = Outcome(["A", "C"], ["D"], [Refused("B", Why.BROKEN)])
    found = scanned(outcome, ["A", "B", "C", "D"], done="Tucked in")
    assert found is not None
    assert (found.code, found.words, found.tone) == ("B", "It is broken.", "late")
    assert (found.done, found.again, found.many, found.alone) == (2, 1, True, False)
    single = scanned(Outcome([], [], [Refused("B", Why.BROKEN)]), ["B"], done="Tucked in")
    assert single is not None
    assert single.alone
    calm = scanned(Outcome(["A"], []), ["A"], done="Tucked in")
    assert calm is not None
    assert (calm.words, calm.tone, calm.many) == ("Tucked in", "done", False)
    assert not calm.alone
    assert scanned(Outcome(), [], done="Tucked in") is None
