"""Pages of holds and ceilings, and runs without a plate. No names anywhere."""

from __future__ import annotations

from datetime import timedelta

import pytest

from som.access.commands import open_accounts
from som.access.queries import system_actor
from som.access.rules import NewAccount
from som.kernel import sql
from som.kernel.rulebook import packaged_rules
from som.lab import commands
from som.lab.queries import held
from som.lab.rules import AntigenTest, HoldKind, HoldWanted
from som.lab.views.kits import KIT_BASES, KIT_NAMES
from som.sampling.commands import record_swabs
from tests.desks import clock_at, signed_in, statements, stranger
from tests.town import KIT, NOON, Town

pytestmark = pytest.mark.django_db

PAGES = ["/lab/holds/", "/lab/capacity/"]


def strip(town: Town, *, test: bool = True) -> str:
    """A strip read by Ben; the address of its run."""
    (tube,) = town.tubes(1)
    assert not record_swabs([town.swab(tube)], session="S1", by=town.ana, at=NOON).refused
    begun = NOON - timedelta(minutes=30)
    given = AntigenTest(tube, begun, begun + timedelta(minutes=20), True, test)
    where = {"lab": town.lab1, "kit": "standard_q_ag", "kit_lot": "Q1"}
    assert commands.read_antigen_tests([given], **where, by=town.ben, at=NOON).done
    return f"/lab/runs/{last_run()}/"


def last_run() -> int:
    return int(sql.rows("SELECT max(id) FROM lab_run")[0][0])


def plate(town: Town) -> str:
    ((swab,),) = town.sampled([1])
    town.run("R1", {swab.tube: "negative"})
    return f"/lab/runs/{last_run()}/"


@pytest.mark.parametrize("url", PAGES)
def test_a_stranger_is_asked_to_sign_in(url: str) -> None:
    assert stranger().get(url).headers["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("url", PAGES)
def test_a_sampler_has_no_business_here(town: Town, url: str) -> None:
    assert signed_in(town, "ana").get(url).status_code == 403


def test_a_strip_is_shown_without_a_plate(town: Town) -> None:
    url = strip(town)
    plate(town)
    ben = signed_in(town, "ben")
    page = ben.get(url).text
    assert "Rapid antigen test" in page
    assert "STANDARD Q" in page
    assert "The plate" not in page
    assert page.count(">line<") == 2
    runs = ben.get("/lab/runs/").text
    assert runs.count("/lab/runs/") >= 2
    strips = ben.get("/lab/runs/?method=antigen").text
    assert url in strips
    assert "R1" not in strips
    assert url not in ben.get("/lab/runs/?method=pcr").text


def test_a_run_is_held_on_its_page_and_lifted_by_a_second_person(town: Town) -> None:
    url = plate(town)
    ((verdict,),) = sql.rows("SELECT id FROM lab_verdict")
    ben, bao = signed_in(town, "ben"), signed_in(town, "bao")
    assert "Nothing of this run is on hold" in ben.get(url).text
    page = ben.post(url, {"what": "run", "reason": "mất điện"}).text
    assert "mất điện" in page
    assert "Lift the hold" not in page
    assert held([verdict]) == {verdict}
    assert "Lift the hold" in bao.get(url).text
    assert "Lift the hold" in bao.get("/lab/holds/").text
    assert "Lift the hold" not in signed_in(town, "egon").get("/lab/holds/").text
    number = sql.rows("SELECT id FROM lab_hold")[0][0]
    assert bao.post("/lab/holds/", {"hold": "%s\\", "reason": ""}).status_code == 200
    assert (
        bao.post(url, {"hold": number, "reason": ""}).text.count(f'id="lift-{number}-reason"') == 1
    )
    assert "hold_" not in bao.post(url, {"hold": number, "reason": "đã kiểm tra"}).text
    assert held([verdict]) == frozenset()
    assert "đã kiểm tra" in ben.get(url).text


def test_a_lot_and_a_laboratory_are_held_from_the_runs_page(town: Town) -> None:
    url = plate(town)
    ((verdict,),) = sql.rows("SELECT id FROM lab_verdict")
    ben = signed_in(town, "ben")
    for what in ("kit_lot", "lab"):
        ben.post(url, {"what": what, "reason": "x"})
    kinds = sql.rows("SELECT kind, kit, kit_lot FROM lab_hold ORDER BY kind")
    assert kinds == [("kit_lot", KIT, "LOT-1"), ("lab", "", "")]
    assert held([verdict]) == {verdict}
    for wrong in ({"what": "everything", "reason": "mất điện"}, {"what": "run", "reason": ""}):
        page = ben.post(url, wrong).text
        assert '<details class="other-way" open>' in page
        assert page.count('class="field-error" role="alert"') == 1
        assert f'value="{wrong["reason"]}"' in page or not wrong["reason"]
    assert sql.rows("SELECT count(*) FROM lab_hold") == [(2,)]


def test_the_cdc_holds_a_lot_in_the_whole_province(town: Town) -> None:
    plate(town)
    ((verdict,),) = sql.rows("SELECT id FROM lab_verdict")
    dora = signed_in(town, "dora")
    said = {"unit": town.province, "kit": KIT, "kit_lot": "lot-1", "reason": "thông báo thu hồi"}
    assert "thông báo thu hồi" in dora.post("/lab/holds/", said).text
    assert held([verdict]) == {verdict}
    elsewhere = said | {"unit": town.other_province, "kit_lot": "L2"}
    dora.post("/lab/holds/", elsewhere)
    assert sql.rows("SELECT count(*) FROM lab_hold") == [(1,)]
    assert "everywhere" not in signed_in(town, "bao").get("/lab/holds/").text


def test_the_cdc_sets_ceilings_of_its_own_laboratories(town: Town) -> None:
    plate(town)
    dora = signed_in(town, "dora")
    assert "No ceiling" in dora.get("/lab/capacity/").text
    said = {"lab": town.lab1, "tests_a_day": 1, "valid_from": "02/11/2026"}
    page = dora.post("/lab/capacity/", said).text
    assert "Full" in page
    assert "of 1 tests" in page
    for wrong in ({"tests_a_day": "x"}, {"valid_from": ""}, {"valid_from": "mai"}):
        page = dora.post("/lab/capacity/", said | wrong).text
        assert "was not set" in page
        own = page.split(f'aria-labelledby="lab-{town.lab1}"')[1].split("<section")[0]
        assert own.count('<div class="field-error') == page.count('<div class="field-error') == 1
    far = dora.post("/lab/capacity/", said | {"valid_from": "02/11/2028"}).text
    assert "of the coming year" in far
    assert 'value="02/11/2028"' in far
    page = dora.post("/lab/capacity/", said | {"tests_a_day": 0, "valid_from": "05/11/2026"}).text
    assert "From 05/11/2026: 0 tests a day" in page
    clock_at(NOON + timedelta(days=5))
    page = dora.get("/lab/capacity/").text
    assert "Nothing may be loaded" in page
    assert "of 0" not in page
    assert "Nothing may be loaded" in signed_in(town, "ben").get("/lab/waiting/").text
    egon = signed_in(town, "egon")
    assert "No laboratory in your territory" in egon.get("/lab/capacity/").text
    egon.post("/lab/capacity/", said | {"tests_a_day": 5})
    assert sql.rows("SELECT tests_a_day FROM lab_capacity ORDER BY 1") == [(0,), (1,)]


def test_a_hold_that_is_not_lifted_says_why_and_keeps_what_was_typed(town: Town) -> None:
    url = plate(town)
    ben, bao = signed_in(town, "ben"), signed_in(town, "bao")
    ben.post(url, {"what": "run", "reason": "mất điện"})
    number = sql.rows("SELECT id FROM lab_hold")[0][0]
    for address in (url, "/lab/holds/"):
        page = bao.post(address, {"hold": number, "reason": ""}).text
        assert page.count('class="field-error" role="alert"') == 1
        assert f'id="lift-{number}-reason"' in page
        # A run is named as people call it, with its day.
        assert "R1 · 02/11/2026" in page
        assert bao.post(address, {"hold": "x'", "reason": "y"}).status_code == 200
    assert sql.rows("SELECT lifted_at FROM lab_hold") == [(None,)]
    bao.post(url, {"what": "lab", "reason": "mất nước"})
    (own,) = sql.rows("SELECT id FROM lab_hold WHERE kind = 'lab'")[0]
    for address in (url, "/lab/holds/"):
        page = bao.post(address, {"hold": own, "reason": "thôi"}).text
        assert "may not lift it" in page
        assert '<td class="code">The whole laboratory</td>' in page


def test_people_are_called_by_their_names(town: Town) -> None:
    url = plate(town)
    open_accounts(
        [NewAccount("ben", "Nông Văn Bền", town.province)], by=system_actor("setup"), at=NOON
    )
    bao = signed_in(town, "bao")
    signed_in(town, "dora").post(
        "/lab/holds/", {"unit": town.province, "kit": KIT, "kit_lot": "LOT-1", "reason": "x"}
    )
    commands.place_holds([HoldWanted(HoldKind.LAB, "x", lab=town.lab1)], by=town.ben, at=NOON)
    for address in (url, "/lab/runs/", "/lab/holds/"):
        page = bao.get(address).text
        assert "Nông Văn Bền" in page
        assert ">ben<" not in page
        assert "by ben" not in page


def test_pages_ask_as_often_for_many_as_for_few(town: Town) -> None:
    url = plate(town)
    bao, dora = signed_in(town, "bao"), signed_in(town, "dora")

    def counted() -> list[int]:
        asked = [(bao, url), (bao, "/lab/holds/"), (bao, "/lab/runs/"), (dora, "/lab/capacity/")]
        return [statements(client, address) for client, address in asked]

    few = [HoldWanted(HoldKind.PLATE, "x", lab=town.lab1, plate="R1")]
    commands.place_holds(few, by=town.ben, at=NOON)
    before = counted()
    many = [
        HoldWanted(HoldKind.KIT_LOT, "x", lab=town.lab1, kit=KIT, kit_lot=f"LOT-{n}")
        for n in range(1, 30)
    ]
    commands.place_holds(many, by=town.ben, at=NOON)
    for _ in range(5):
        strip(town)
    assert counted() == before


def test_strips_of_one_lot_and_reader_stand_together_at_the_review(town: Town) -> None:
    for _ in range(3):
        strip(town)
    plate(town)
    page = signed_in(town, "bao").get("/results/review/").text
    assert page.count("standard_q_ag · Q1") >= 1
    assert page.count('<div class="panel-head">') == 2


def test_every_packaged_kit_has_a_name_to_translate_and_says_what_its_numbers_rest_on(
    town: Town,
) -> None:
    kits = [r for r in packaged_rules() if r["key"].startswith("lab.kit.")]
    assert sorted(r["value"]["name"] for r in kits) == sorted(KIT_NAMES)
    unsourced = {r["legal_basis"] for r in kits if "No source" in r["legal_basis"]}
    assert unsourced == set(KIT_BASES)
    assert "No source: cut-offs of the CDC" in signed_in(town, "ben").get(plate(town)).text
