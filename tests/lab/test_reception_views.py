"""The desk of reception: scans become receptions, boxes are unpacked, refusals say why."""

from __future__ import annotations

import re
from importlib import import_module

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from som.kernel import ids, sql
from som.lab.commands import receive_tubes
from som.lab.queries import manifest_reckoned, waiting_tubes
from som.sampling.commands import Manifest, dispatch_tubes, record_swabs
from tests.desks import signed_in
from tests.lab.test_boxes import sent
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

DESK = "/lab/reception/"


def scan(client: Client, *codes: str, **said: str) -> str:
    """What the desk answers to these codes scanned, as a part of the page."""
    answer = client.post(DESK, {"codes": codes, **said}, headers={"HX-Request": "true"})
    assert answer.status_code == 200, answer.status_code
    return answer.text


def conditions(town: Town) -> dict[str, str]:
    return {one.code: one.condition for one in waiting_tubes(town.lab1, by=town.ben)}


def test_each_scan_receives_a_tube_and_once(town: Town) -> None:
    (tube,) = sent(town, 1)
    ben = signed_in(town, "ben")
    page = scan(ben, tube.lower())
    assert tube in page
    assert "Received" in page
    assert 'data-beep="accepted"' in page
    assert "<html" not in page
    assert "Received before" in scan(ben, tube)
    assert list(conditions(town)) == [tube]
    whole = ben.get(DESK).text
    assert whole.index("Just received") < whole.index(f'data-label="Tube">{tube}')


def test_a_refused_scan_says_why_and_where_it_was_sent(town: Town) -> None:
    (elsewhere,) = town.tubes(1)
    record_swabs([town.swab(elsewhere)], session="S1", by=town.ana, at=NOON)
    box = Manifest("M9", town.north, town.lab2, "Tổ xe")
    assert dispatch_tubes([elsewhere], manifest=box, by=town.ana, at=NOON).done
    ben = signed_in(town, "ben")
    misread = ids.tube_code(77)[:-1] + "x"
    page = scan(ben, misread, elsewhere)
    assert 'data-beep="refused"' in page
    refused = page.split('id="scan-refused" hx-swap-oob="true"')[1]
    assert "This code was misread, or its issuer is not registered." in refused
    assert elsewhere in refused
    assert "Phòng xét nghiệm Hai" in refused


def test_a_boxs_code_opens_it_and_what_comes_after_comes_out_of_it(town: Town) -> None:
    came, warm, missing = sent(town, 3)
    (other,) = sent(town, 1, "M2")
    (unlisted,) = town.tubes(1)
    ben = signed_in(town, "ben")
    page = scan(ben, "M1")
    assert "Box opened: scan its tubes." in page
    assert 'name="box" value="M1"' in page
    page = scan(ben, came, other, unlisted, box="M1")
    assert "waits for its list" in page
    page = scan(ben, warm, box="M1", condition="warm")
    assert "Received · Came warm" in page
    assert missing in page.split("Missing</h3>")[1].split("</ul>")[0]
    extra = page.split("Not on its list</h3>")[1].split("</ul>")[0]
    assert other in extra
    assert "On the list of box M2" in extra
    assert unlisted in extra
    assert conditions(town)[warm] == "warm"
    reckoned = manifest_reckoned("M1", by=town.ben)
    assert [tube.code for tube in reckoned.missing] == [missing]
    assert "The box is unpacked" in page
    assert "1 missing" in ben.post("/lab/boxes/M1/", {"close": "1"}).text


def awaited(page: str) -> list[str]:
    """The boxes still to come, each with what came of it, as the desk lists them."""
    part = page.split('id="awaited-title"')[1]
    codes = re.findall(r"box=(\w+)", part)
    return [" ".join(one) for one in zip(codes, re.findall(r"\d+ of \d+", part), strict=True)]


def test_boxes_stand_here_until_all_their_tubes_came_the_nearest_use_by_first(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("som.lab.views.reception"), "AWAITED_SHOWN", 2)
    ben = signed_in(town, "ben")
    boxes = {code: sent(town, 2, code) for code in ("M1", "M2")}
    sql.execute(
        "UPDATE sampling_tube SET use_by_at = use_by_at - interval '1 hour' WHERE code = ANY(%s)",
        (boxes["M2"],),
    )
    assert awaited(ben.get(DESK).text) == ["M2 0 of 2", "M1 0 of 2"]
    sent(town, 1, "M3")
    page = ben.get(DESK).text
    assert awaited(page) == ["M2 0 of 2", "M1 0 of 2"]
    assert "Only the first 2 are shown" in page
    scan(ben, boxes["M1"][0], *boxes["M2"])
    page = ben.get(DESK).text
    assert awaited(page) == ["M1 1 of 2", "M3 0 of 1"]
    assert "Only the first" not in page


def test_a_box_and_its_tubes_may_come_in_one_sending(town: Town) -> None:
    first, second = sent(town, 1), sent(town, 1, "M2")
    ben = signed_in(town, "ben")
    answer = ben.post(DESK, {"codes": [f"M1\n{first[0]}", f"M2\n{second[0]}\n"]})
    assert "<html" in answer.text
    boxes = dict(
        sql.rows(
            "SELECT t.code, m.code FROM lab_reception r JOIN sampling_tube t ON t.id = r.tube_id"
            " JOIN sampling_manifest m ON m.id = r.box_id"
        )
    )
    assert boxes == {first[0]: "M1", second[0]: "M2"}
    assert 'name="box" value="M2"' in answer.text


@pytest.mark.slow
def test_many_boxes_in_one_sending_cost_the_same(town: Town) -> None:
    ben = signed_in(town, "ben")
    ben.get(DESK)
    costs = []
    for boxes in (("M1",), ("M2", "M3", "M4")):
        codes = [code for box in boxes for code in (box, *sent(town, 1, box), *town.tubes(1))]
        with CaptureQueriesContext(connection) as asked:
            scan(ben, *codes)
        costs.append(len(asked))
    assert costs[0] == costs[1], costs
    waiting = sql.rows(
        "SELECT m.code FROM lab_unlistedtube u JOIN sampling_manifest m ON m.id = u.box_id"
    )
    assert sorted(waiting) == [("M1",), ("M2",), ("M3",), ("M4",)]


def test_who_brought_it_how_cold_goes_with_the_scan(town: Town) -> None:
    (tube,) = sent(town, 1)
    ben = signed_in(town, "ben")
    wrong = ben.post(DESK, {"codes": [tube], "temperature": "warm"}, headers={"HX-Request": "true"})
    assert wrong.status_code == 422
    assert "Not received" in wrong.text
    assert not conditions(town)
    scan(ben, tube, giver="Tổ xe", seal="N-7", temperature="4,5 °C")
    assert sql.rows(
        "SELECT giver, seal, temperature FROM sampling_custody WHERE step = 'received'"
    ) == [("Tổ xe", "N-7", pytest.approx(4.5))]


def test_nobody_receives_at_another_laboratory(town: Town) -> None:
    (tube,) = sent(town, 1)
    ben = signed_in(town, "ben")
    assert ben.post(f"{DESK}?lab={town.lab2}", {"codes": [tube]}).status_code == 403
    assert ben.get(f"{DESK}?box=nowhere").status_code == 404
    for name in ("ana", "bao", "egon"):
        assert signed_in(town, name).get(DESK).status_code == 403


def test_a_scan_costs_the_same_of_a_large_box(town: Town) -> None:
    ben = signed_in(town, "ben")
    costs = []
    for size, code in ((2, "M1"), (30, "M2")):
        tubes = sent(town, size, code)
        scan(ben, code)
        boxes = dict.fromkeys(tubes[1:-1], code)
        receive_tubes(tubes[1:-1], lab=town.lab1, by=town.ben, at=NOON, boxes=boxes)
        with CaptureQueriesContext(connection) as asked:
            scan(ben, tubes[0], box=code)
        costs.append(len(asked))
    assert costs[0] == costs[1] <= 30, costs


def test_too_many_codes_at_once_are_refused_as_a_whole(town: Town) -> None:
    (tube,) = sent(town, 1)
    ben = signed_in(town, "ben")
    pasted = {"codes": "\n".join([tube, *(f"TUBE-{n}" for n in range(2_000))])}
    answer = ben.post(DESK, pasted, headers={"hx-request": "true"})
    # The page keeps what a request with such an answer carried, and puts it into its box again.
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (422, "#page-messages")
    assert "Up to 2,000 codes go at once. None of these was taken." in answer.text
    assert "Up to 2,000 codes go at once." in ben.post(DESK, pasted).text
    assert waiting_tubes(town.lab1, by=town.ben) == []


@pytest.mark.parametrize("lab", ["9" * 4_400, "9" * 30, "x", "-1"])
def test_an_address_with_an_impossible_laboratory_leads_nowhere(town: Town, lab: str) -> None:
    assert signed_in(town, "ben").get(f"/lab/plates/?lab={lab}").status_code == 403
