"""The point of care: the day's kit, strips with their minutes, cartridges. No names."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from som.access.queries import system_actor
from som.kernel import rulebook, sql
from som.kernel.commands import load_rules
from som.lab.commands import read_antigen_tests, set_capacities
from som.lab.queries import runs
from som.lab.rules import AntigenTest, CapacityWanted
from som.sampling.commands import Manifest, dispatch_tubes, record_swabs
from som.sampling.queries import tray
from tests.desks import clock_at, signed_in, statements
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

POINT = "/lab/point/"
PART = {"hx-request": "true"}
DAY = {"set": "1", "kit": "standard_q_ag", "kit_lot": "AG-7", "expires": "31/12/2026"}
XPERT = {**DAY, "kit": "xpert_sars_cov_2", "kit_lot": "X-1", "instrument": "GX-4"}


@pytest.fixture
def town() -> Town:
    cache.clear()
    clock_at(NOON)
    return Town()


def swabbed(town: Town, sizes: list[int]) -> list[str]:
    """Fresh tubes, recorded and neither sent nor received."""
    codes = town.tubes(len(sizes))
    swabs = [town.swab(code) for code, size in zip(codes, sizes, strict=True) for _ in range(size)]
    assert not record_swabs(swabs, session="S1", by=town.ana, at=NOON).refused
    return codes


def ready(town: Town, day: dict[str, str] = DAY) -> Client:
    """Ben at his point, with the day's kit set."""
    ben = signed_in(town, "ben")
    assert ben.post(POINT, {**day, "lab": town.lab1}).status_code == 302
    return ben


def said(client: Client, given: dict[str, str]) -> str:
    """What the desk says to this."""
    answer = client.post(POINT, given, headers=PART)
    assert answer.status_code == 200
    return answer.text


def after(minutes: float) -> None:
    """Let it be so long after noon."""
    clock_at(NOON + timedelta(minutes=minutes))


def found(town: Town) -> list[tuple[str, str]]:
    """What is known of tests in devices: the verdict and its reason, in the order of reading."""
    return sql.rows(
        "SELECT v.value, v.reason FROM lab_verdict v JOIN lab_run r ON r.id = v.run_id"
        " WHERE r.plate_id IS NULL ORDER BY v.id"
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "written",
    [
        {"name": "Broken", "method": "antigen", "read_from_minutes": 30, "read_until_minutes": 15},
        {"code": "broken", "name": "Broken", "method": "by smell"},
        {"code": "broken", "name": "Broken", "cycles": "many"},
        "no table at all",
    ],
)
def test_a_kit_that_is_written_wrong_takes_no_other_from_the_desks(
    town: Town, written: object
) -> None:
    ben, bao = signed_in(town, "ben"), signed_in(town, "bao")
    pages = [(ben, POINT), (ben, "/lab/plates/"), (ben, "/lab/layouts/"), (bao, "/lab/layouts/")]
    offered = [client.get(path).text.count("<option") for client, path in pages]
    rule = {"key": "lab.kit.broken", "value": written, "valid_from": NOON.date()}
    assert load_rules([rule], by=system_actor("setup"), at=NOON).done
    rulebook.forget()
    try:
        for (client, path), before in zip(pages, offered, strict=True):
            page = client.get(path)
            assert page.status_code == 200, path
            assert page.text.count("<option") == before, path
    finally:
        rulebook.forget()


def test_the_kit_is_set_for_a_day_and_asked_again_on_the_next(town: Town) -> None:
    ben = signed_in(town, "ben")
    assert "Use it today" in ben.get(POINT).text
    ben = ready(town)
    page = ben.get(POINT).text
    assert "AG-7" in page
    assert "31/12/2026" in page
    assert "Use it today" not in page
    clock_at(NOON + timedelta(days=1))
    assert "Use it today" in ben.get(POINT).text


def test_a_lot_with_the_sign_between_its_parts_is_not_taken(town: Town) -> None:
    ben = signed_in(town, "ben")
    page = ben.post(POINT, {**DAY, "lab": town.lab1, "kit_lot": "AB|CD"})
    assert page.status_code == 200
    assert "Enter a valid value." in page.text
    assert "AB|CD" not in str(dict(ben.session))


def test_a_lot_past_its_expiry_is_not_used(town: Town) -> None:
    ben = signed_in(town, "ben")
    page = ben.post(POINT, {**DAY, "lab": town.lab1, "expires": "01/11/2026"}).text
    assert "past its expiry" in page
    assert "Use it today" in ben.get(POINT).text


def test_a_strip_is_begun_by_a_scan_and_its_time_survives_the_page(town: Town) -> None:
    (code,) = swabbed(town, [1])
    ben = ready(town)
    page = said(ben, {"codes": code})
    assert "Begun: the time is running" in page
    assert 'data-state="waiting"' in page
    after(10)
    page = ben.get(POINT).text
    assert 'data-from="2026-11-02T12:15:00+07:00"' in page
    assert 'data-until="2026-11-02T12:30:00+07:00"' in page
    assert "Is running already" in said(ben, {"codes": code})
    (line,) = tray(f"point:{town.lab1}", by=town.ben)
    assert line.laid_at == NOON


@pytest.mark.parametrize(
    ("lines", "value"),
    [("negative", "negative"), ("positive", "positive"), ("no_control", "invalid")],
)
def test_a_strip_is_noted_within_its_minutes(town: Town, lines: str, value: str) -> None:
    (code,) = swabbed(town, [1])
    ben = ready(town)
    said(ben, {"codes": code})
    after(20)
    page = said(ben, {"note": "1", "tube": code, "lines": lines})
    assert [one for one, _ in found(town)] == [value]
    (run,) = runs(by=town.ben)
    assert (run.kit, run.kit_lot, run.started_at) == ("standard_q_ag", "AG-7", NOON)
    assert run.ended_at == NOON + timedelta(minutes=20)
    assert tray(f"point:{town.lab1}", by=town.ben) == []
    assert ("Take another strip" in page) == (value == "invalid")


def test_too_early_nothing_is_noted(town: Town) -> None:
    (code,) = swabbed(town, [1])
    ben = ready(town)
    said(ben, {"codes": code})
    after(14.9)
    page = said(ben, {"note": "1", "tube": code, "lines": "negative"})
    assert "Too early: nothing was noted" in page
    assert found(town) == []
    assert len(tray(f"point:{town.lab1}", by=town.ben)) == 1


def test_too_late_is_invalid_whatever_it_shows(town: Town) -> None:
    (code,) = swabbed(town, [1])
    ben = ready(town)
    said(ben, {"codes": code})
    after(31)
    assert 'data-state="late"' in ben.get(POINT).text
    page = said(ben, {"note": "1", "tube": code, "lines": "positive"})
    assert found(town) == [("invalid", "read_too_late")]
    assert "Take another strip" in page
    assert "Begun" in said(ben, {"codes": code})


def test_without_its_lines_nothing_is_noted(town: Town) -> None:
    (code,) = swabbed(town, [1])
    ben = ready(town)
    said(ben, {"codes": code})
    after(16)
    assert "Say which lines the strip shows." in said(ben, {"note": "1", "tube": code})
    assert found(town) == []


def test_each_refused_tube_says_why(town: Town) -> None:
    single, pool = swabbed(town, [1, 3])
    ben = ready(town)
    page = said(ben, {"codes": f"{single} {pool} S0000000000"})
    assert "a device tests one person" in page
    assert "Nobody recorded a swab in this tube" in page
    assert [line.code for line in tray(f"point:{town.lab1}", by=town.ben)] == [single]


def test_what_another_laboratory_has_is_not_begun_and_not_noted(town: Town) -> None:
    tested, under_way = swabbed(town, [1, 1])
    at: dict[str, Any] = {"kit": "standard_q_ag", "kit_lot": "AG-7"}
    begun = AntigenTest(tested, NOON, NOON + timedelta(minutes=20), True, False)
    after(20)
    there = at | {"lab": town.lab2, "by": town.lan, "at": begun.read_at}
    assert read_antigen_tests([begun], **there).done
    box = Manifest("M9", town.north, town.lab2, "Tổ xe")
    assert dispatch_tubes([under_way], manifest=box, by=town.ana, at=NOON).done
    page = said(ready(town), {"codes": f"{tested} {under_way}"})
    assert "in test elsewhere, was answered or was closed" in page
    assert "on its way to another lab" in page
    assert tray(f"point:{town.lab1}", by=town.ben) == []
    after(45)
    later = replace(
        begun, started_at=NOON + timedelta(minutes=24), read_at=NOON + timedelta(minutes=44)
    )
    here = at | {"lab": town.lab1, "by": town.ben, "at": NOON + timedelta(minutes=45)}
    refused = read_antigen_tests([later, replace(later, tube=under_way)], **here).refused
    assert {one.item.tube: str(one.reason) for one in refused} == {
        tested: "device_tube_not_waiting",
        under_way: "tube_sent_elsewhere",
    }
    assert len(found(town)) == 1


def test_beyond_the_days_capacity_no_strip_is_begun(town: Town) -> None:
    (code,) = swabbed(town, [1])
    given = [CapacityWanted(town.lab1, 0, NOON.date())]
    assert set_capacities(given, by=town.dora, at=NOON - timedelta(days=1)).done
    assert "as much as it may test" in said(ready(town), {"codes": code})


def test_what_was_scanned_by_mistake_goes_off_the_list(town: Town) -> None:
    (code,) = swabbed(town, [1])
    ben = ready(town)
    said(ben, {"codes": code})
    assert "Taken off the list" in said(ben, {"drop": code})
    assert tray(f"point:{town.lab1}", by=town.ben) == []
    assert "not on the list any more" in said(ben, {"note": "1", "tube": code, "lines": "negative"})


def test_a_test_keeps_the_lot_it_was_begun_with(town: Town) -> None:
    (code,) = swabbed(town, [1])
    ben = ready(town)
    said(ben, {"codes": code})
    ready(town, {**DAY, "kit_lot": "AG-8"})
    ben.post(POINT, {**DAY, "lab": town.lab1, "kit_lot": "AG-8"})
    after(20)
    said(ben, {"note": "1", "tube": code, "lines": "negative"})
    (run,) = runs(by=town.ben)
    assert run.kit_lot == "AG-7"


def test_a_cartridge_is_begun_with_both_codes_and_noted_with_its_ct(town: Town) -> None:
    (code,) = swabbed(town, [1])
    ben = ready(town, XPERT)
    page = said(ben, {"tube": code, "barcode": "gx 1"})
    assert "no barcode of a cartridge" in page
    assert "Begun" in said(ben, {"tube": code, "barcode": "GX-001"})
    after(45)
    page = said(ben, {"note": "1", "tube": code, "ct0": "24,5", "ct1": "x"})
    assert "Type the Ct, such as 24.5" in page
    assert found(town) == []
    given = {"note": "1", "tube": code, "ct0": "24,5", "ct1": "", "ct2": "30", "ended": "12:40"}
    said(ben, given)
    assert [value for value, _ in found(town)] == ["positive"]
    (run,) = runs(by=town.ben)
    assert (run.barcode, run.instrument) == ("GX-001", "GX-4")
    assert run.ended_at == NOON + timedelta(minutes=40)


def test_an_analysers_error_is_invalid(town: Town) -> None:
    (code,) = swabbed(town, [1])
    ben = ready(town, XPERT)
    said(ben, {"tube": code, "barcode": "GX-001"})
    after(5)
    said(ben, {"note": "1", "tube": code, "error": "ERROR 2008"})
    assert found(town) == [("invalid", "device_error")]


def test_no_name_stands_here_and_nobody_else_comes_in(town: Town) -> None:
    codes = town.tubes(1)
    swab = town.swab(codes[0])
    assert record_swabs([swab], session="S1", by=town.ana, at=NOON).done
    ben = ready(town)
    page = said(ben, {"codes": codes[0]}) + ben.get(POINT).text
    assert swab.said is not None
    assert swab.said.name not in page
    assert swab.slip not in page
    for name in ("bao", "ana", "egon"):
        assert signed_in(town, name).get(POINT).status_code == 403
    assert ben.post(POINT, {**DAY, "lab": town.lab2}).status_code == 200


@pytest.mark.slow
def test_the_number_of_statements_is_fixed(town: Town) -> None:
    codes = swabbed(town, [1] * 21)
    ben = ready(town)
    said(ben, {"codes": codes[0]})
    before = statements(ben, POINT)
    said(ben, {"codes": " ".join(codes[1:])})
    assert statements(ben, POINT) == before
    assert len(re.findall('data-state="waiting"', ben.get(POINT).text)) == 21
