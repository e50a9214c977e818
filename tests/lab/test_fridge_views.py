"""What a laboratory holds, sends on and throws away, at its desks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from som.access.queries import system_actor
from som.kernel import sql
from som.kernel.commands import set_clocks_off
from som.lab.commands import await_referral, load_plates, receive_tubes
from som.lab.queries import fridge_tubes, waiting_tubes
from som.lab.rules import Loading, LoadKind
from som.sampling.commands import expire_tubes
from som.sampling.queries import tubes_with_codes
from tests.desks import beside, clock_at, signed_in, statements, tray_shown
from tests.lab.test_boxes import sent
from tests.town import KIT, NOON, Town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_hashing")]

LATER = NOON + timedelta(hours=1)
PART = {"HX-Request": "true"}


@pytest.fixture
def town() -> Town:
    clock_at(LATER)
    return Town()


def received(town: Town, count: int, code: str = "M1") -> list[str]:
    tubes = sent(town, count, code)
    assert not receive_tubes(tubes, lab=town.lab1, by=town.ben, at=NOON).refused
    return tubes


def here(town: Town) -> list[str]:
    return [one.code for one in waiting_tubes(town.lab1, by=town.ben)]


def scan(client: Client, desk: str, *codes: str, **said: str) -> str:
    answer = client.post(f"/lab/{desk}/", {"codes": codes, **said}, headers=PART)
    assert answer.status_code == 200, answer.status_code
    return answer.text


def test_the_fridge_lists_the_nearest_use_by_first_in_pages(town: Town) -> None:
    tubes = received(town, 3)
    sql.execute(
        "UPDATE sampling_tube SET use_by_at = %s WHERE code = %s",
        (LATER + timedelta(hours=2), tubes[2]),
    )
    page = signed_in(town, "ben").get("/lab/fridge/").text
    assert page.index(tubes[2]) < page.index(tubes[0]) < page.index(tubes[1])
    assert 'href="?part=near' in page
    near = signed_in(town, "ben").get("/lab/fridge/?part=near").text
    assert tubes[2] in near
    assert tubes[0] not in near
    now = {"lab": town.lab1, "by": town.ben, "now": LATER, "near": LATER + timedelta(hours=12)}
    first = fridge_tubes(**now, limit=2)
    after = (first[-1].use_by_at, first[-1].id)
    assert [one.code for one in [*first, *fridge_tubes(**now, after=after)]] == [
        tubes[2],
        tubes[0],
        tubes[1],
    ]


def test_the_fridge_costs_the_same_however_much_is_in_it(town: Town) -> None:
    received(town, 1)
    ben = signed_in(town, "ben")
    one = statements(ben, "/lab/fridge/")
    received(town, 12, "M2")
    assert statements(ben, "/lab/fridge/") == one <= 16


def test_a_scan_at_the_fridge_notes_how_a_tube_is_kept(town: Town) -> None:
    (tube,) = received(town, 1)
    ben = signed_in(town, "ben")
    page = scan(ben, "fridge", tube, kind="frozen", temperature="-75,5")
    assert page.count("Frozen, -70 °C or colder") == 2  # the scan, and the line of the tube
    assert 'data-beep="accepted"' in page
    assert sql.rows("SELECT kind, temperature FROM sampling_storage") == [
        ("frozen", pytest.approx(-75.5))
    ]
    page = scan(ben, "fridge", tube, kind="fridge", temperature="25")
    assert "Nothing is kept in this way at this temperature." in page
    answer = ben.post("/lab/fridge/", {"codes": [tube], "kind": "frozen", "temperature": "cold"})
    assert answer.status_code == 422


def test_a_tube_that_cannot_be_tested_is_rejected_by_two(town: Town) -> None:
    leaking, sound = received(town, 2)
    ben = signed_in(town, "ben")
    assert "No such tube is here." in scan(ben, "disposals", "S0000999999")
    page = scan(ben, "disposals", leaking, "S0000999999")
    assert "No such tube is here." in page
    assert "Not tested yet" in page
    assert "In the tray already" in scan(ben, "disposals", leaking)
    form = {"part": "rejected", "rejected-reason": "leaking", "rejected-note": ""}
    form |= tray_shown(ben, "/lab/disposals/", "rejected")
    assert "This field is required" in ben.post("/lab/disposals/", form).text
    assert leaking in here(town)
    page = ben.post("/lab/disposals/", form | beside(town, "cleo", prefix="rejected-")).text
    assert "Nothing is in the tray" in page
    assert here(town) == [sound]
    assert sql.rows("SELECT kind, reason, witness FROM lab_disposal") == [
        ("rejected", "leaking", "cleo")
    ]


def test_what_is_left_of_tested_and_expired_tubes_is_destroyed(town: Town) -> None:
    (tested,) = [swab.tube for swab in town.sampled([1])[0]]
    town.run("PLATE1", {tested: "negative"})
    in_test, expired = received(town, 2)
    loaded = load_plates(
        [Loading(LoadKind.TUBE, in_test, ("A1",))],
        plate="PLATE2",
        size=96,
        kit=KIT,
        lab=town.lab1,
        by=town.ben,
        at=LATER,
    )
    assert not loaded.refused, loaded.refused
    late = NOON + timedelta(days=4)
    expire_tubes([tubes_with_codes([expired])[expired][0].id], by=system_actor("results"), at=late)
    set_clocks_off([late - LATER], by=system_actor("setup"), at=late)
    ben = signed_in(town, "ben")
    page = scan(ben, "disposals", tested, expired, in_test)
    assert "This tube is in test: wait for its verdict." in page
    part = page.split('id="destroyed-title"')[1]
    assert tested in part
    assert expired in part
    form = {
        "part": "destroyed",
        "destroyed-reason": "kept_long_enough",
        **beside(town, "cleo", prefix="destroyed-"),
        **tray_shown(ben, "/lab/disposals/", "destroyed"),
    }
    assert "2</b> done" in ben.post("/lab/disposals/", form).text
    assert sql.rows("SELECT DISTINCT kind, reason FROM lab_disposal") == [
        ("destroyed", "kept_long_enough")
    ]


def test_a_tube_whose_list_never_came_is_destroyed(town: Town) -> None:
    (code,) = town.tubes(1)
    receive_tubes([code], lab=town.lab1, by=town.ben, at=NOON)
    ben = signed_in(town, "ben")
    assert "Waiting for a list that never came" in scan(ben, "disposals", code)
    form = {"part": "unlisted", "unlisted-reason": "unknown_origin"}
    form |= tray_shown(ben, "/lab/disposals/", "unlisted")
    ben.post("/lab/disposals/", form | beside(town, "cleo", prefix="unlisted-"))
    assert sql.rows("SELECT ended_as FROM lab_unlistedtube") == [("discarded",)]


def test_tubes_go_back_out_of_the_tray(town: Town) -> None:
    first, second, third = received(town, 3)
    ben = signed_in(town, "ben")
    scan(ben, "disposals", first, second, third)
    page = ben.post("/lab/disposals/", {"take": first}).text
    assert f'name="take" value="{first}"' not in page
    assert f'name="take" value="{second}"' in page
    assert "Nothing is in the tray" in ben.post("/lab/disposals/", {"empty": "1"}).text
    assert sorted(here(town)) == sorted([first, second, third])


def test_a_box_goes_on_to_another_laboratory(town: Town) -> None:
    positive, other, stays = received(town, 3)
    await_referral([tubes_with_codes([positive])[positive][0].id], lab=town.lab1)
    ben = signed_in(town, "ben")
    assert positive in ben.get("/lab/referral/").text.split('id="must-go-title"')[1]
    page = scan(ben, "referral", positive, other, "S0000999999")
    assert "This laboratory does not have this tube." in page
    form = {"send": "1", "code": "R1", "to": str(town.lab2), "reason": "capacity"}
    assert "This field is required" in ben.post("/lab/referral/", {"send": "1"}).text
    page = ben.post("/lab/referral/", form | {"taker": "Tổ xe", "temperature": "4"}).text
    # Laboratory two may not confirm: that tube stays in the tray with its reason.
    assert "that laboratory may not confirm" in page
    assert "1</b> done" in page
    assert page.index("In the box") < page.rindex(positive)
    assert sorted(here(town)) == sorted([positive, stays])
    assert sql.rows("SELECT code, reason, taker FROM sampling_manifest WHERE code = 'R1'") == [
        ("R1", "capacity", "Tổ xe")
    ]


def test_only_the_laboratorys_people_open_these_desks(town: Town) -> None:
    for desk in ("fridge", "disposals", "referral"):
        assert signed_in(town, "ben").get(f"/lab/{desk}/").status_code == 200
        for name in ("ana", "bao", "egon"):
            assert signed_in(town, name).get(f"/lab/{desk}/").status_code == 403


@pytest.mark.parametrize("desk", ["disposals", "referral"])
def test_a_tray_costs_the_same_however_much_lies_in_it(desk: str, town: Town) -> None:
    ben = signed_in(town, "ben")
    scan(ben, desk, *received(town, 1))
    one = statements(ben, f"/lab/{desk}/")
    scan(ben, desk, *received(town, 12, "M2"))
    assert statements(ben, f"/lab/{desk}/") == one <= 18
