"""The pages of boxes: which were sent, and what came of the tubes of one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from som.lab.commands import await_referral, receive_tubes, reject_tubes
from som.lab.rules import Condition, Rejection, RejectReason
from som.sampling.queries import tubes_with_codes
from tests.desks import clock_at, signed_in
from tests.lab.test_boxes import sent
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def town() -> Town:
    clock_at(NOON)
    return Town()


def test_the_list_leads_to_a_box_that_is_closed_with_what_is_missing(town: Town) -> None:
    came, broken, missing = sent(town, 3)
    (other,) = sent(town, 1, "M2")
    boxes = dict.fromkeys([came, other], "M1")
    receive_tubes([came, other], lab=town.lab1, by=town.ben, at=NOON, boxes=boxes)
    leaking = [Rejection(broken, RejectReason.LEAKING)]
    reject_tubes(leaking, lab=town.lab1, witness=town.cleo, by=town.ben, at=NOON)
    ben = signed_in(town, "ben")
    page = ben.get("/lab/boxes/").text
    assert 'href="/lab/boxes/M1/"' in page
    assert "Being unpacked" in page
    assert "All received" in page

    page = ben.get("/lab/boxes/M1/").text
    parts = {part[:8].split("-")[0]: part for part in page.split('aria-labelledby="')[1:]}
    assert missing in parts["missing"]
    assert other in parts["extra"]
    assert "On the list of box M2" in parts["extra"]
    assert broken in parts["rejected"]
    assert "Leaking" in parts["rejected"]
    assert came in parts["received"]
    assert "1 tube has not been scanned" in page

    assert "The box is unpacked" in ben.post("/lab/boxes/M1/").text  # no button was pressed
    page = ben.post("/lab/boxes/M1/", {"close": "1"}).text
    assert "The box is unpacked" not in page
    assert "1 tube was missing then" in page
    assert "1 missing" in page
    assert missing in page


def test_who_did_not_send_or_get_a_box_does_not_see_it(town: Town) -> None:
    sent(town, 1)
    for name in ("ana", "dora", "bao"):
        page = signed_in(town, name).get("/lab/boxes/M1/").text
        assert "M1" in page
        assert "The box is unpacked" not in page
    for name in ("long", "egon"):
        client = signed_in(town, name)
        assert "M1" not in client.get("/lab/boxes/").text
        assert client.get("/lab/boxes/M1/").status_code == 404
    assert signed_in(town, "ana").post("/lab/boxes/M1/", {"close": "1"}).status_code == 403
    assert signed_in(town, "ben").get("/lab/boxes/X/").status_code == 404


def test_the_bench_sees_how_a_tube_came_and_that_another_laboratory_must_confirm(
    town: Town,
) -> None:
    warm, positive = sent(town, 2)
    looks = {warm: Condition.WARM}
    receive_tubes([warm, positive], lab=town.lab1, by=town.ben, at=NOON, conditions=looks)
    await_referral([tubes_with_codes([positive])[positive][0].id], lab=town.lab1)
    page = signed_in(town, "ben").get("/lab/waiting/").text
    lines = page.split("<tr>")
    (line,) = [text for text in lines if f"code={warm}" in text]
    assert "Came warm" in line
    (line,) = [text for text in lines if f"code={positive}" in text]
    assert "To be confirmed elsewhere" in line


def test_a_rejected_tubes_way_says_why_in_words(town: Town) -> None:
    (code,) = sent(town, 1)
    why = [Rejection(code, RejectReason.LEAKING, "nứt đáy")]
    reject_tubes(why, lab=town.lab1, witness=town.cleo, by=town.ben, at=LATER)
    page = signed_in(town, "ben").get(f"/where/?code={code}").text
    assert "Rejected, Leaking, nứt đáy · ben, cleo" in page
