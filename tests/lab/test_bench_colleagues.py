"""Plates that several lay out: colleagues at one, and laboratories that call theirs alike."""

from __future__ import annotations

import pytest

from som.access.commands import give_assignments, open_accounts
from som.access.queries import system_actor
from som.access.roles import Held, actor_with
from som.access.rules import NewAccount, NewAssignment
from som.kernel import sql
from som.sampling.commands import lay_in_trays
from som.sampling.rules import Laid
from tests.desks import signed_in
from tests.lab.plate_desk import URL, begun, counted, laid_out, planned, sent, shown_by, wells
from tests.papers import text_of
from tests.town import KIT, NOON, Town

database = pytest.mark.django_db


@database
def test_colleagues_see_each_others_plan_and_never_the_same_well(town: Town) -> None:
    given = NewAccount("bich", "Nông Thị Bích", town.province)
    open_accounts([given], by=system_actor("setup"), at=NOON)
    tubes = [swab.tube for (swab,) in town.sampled([1, 1, 1])]
    ben = begun(signed_in(town, "ben"))
    sent(ben, tubes[0])
    # As if both had scanned at once, and something else before.
    theirs = [(tubes[0], "B1"), (tubes[1], "C1")]
    sql.rows(
        "INSERT INTO sampling_tray (kept_by, desk, code, place, laid_at)"
        " SELECT 'bich', %s, c, p, now() FROM unnest(%s::text[], %s::text[]) u (c, p) RETURNING id",
        (f"plate:{town.lab1}:PL1", *(list(said) for said in zip(*theirs, strict=True))),
    )
    page = ben.get(URL).text
    assert f"C1: {tubes[1]}, planned by Nông Thị Bích, not laid yet" in page
    assert 'value="C1"' not in page
    assert "planned by a colleague" in page
    # A sample or a well of a colleague's is given nobody else.
    assert "This code is on the plate already." in sent(ben, tubes[1])
    assert "Something else is in this well." in sent(ben, tubes[2], well="C1")
    assert "Into well D1" in sent(ben, tubes[2])
    sent(ben, act="empty")
    sent(ben, act="fill:all")
    assert planned(town) == {tubes[2]: "A1"}
    # What both planned is in no worklist, on no paper and is not laid.
    sql.rows("UPDATE sampling_tray SET place = 'A1' WHERE place = 'C1' RETURNING id")
    assert "A colleague has planned this" in ben.get(URL).text
    assert ben.get(f"{URL}worklist/?format=gwl&volume=5").status_code == 302
    assert tubes[2] not in text_of(ben.get(f"{URL}print/").content)
    assert "A colleague has planned this" in sent(ben, act="lay")
    assert tubes[2] not in wells().values()
    assert planned(town) == {tubes[2]: "A1"}


@database
def test_a_plan_that_a_colleague_left_lying_is_taken_over(town: Town) -> None:
    given = NewAccount("bich", "Nông Thị Bích", town.province)
    open_accounts([given], by=system_actor("setup"), at=NOON)
    bich = actor_with(
        "bich", [Held("lab_technician", organisation=town.lab1)], account_id=0, label="Bích"
    )
    first, second = [swab.tube for (swab,) in town.sampled([1, 1])]
    ben = begun(signed_in(town, "ben"))
    sent(ben, second)
    lay_in_trays([Laid(f"plate:{town.lab1}:PL1", first, "B1")], by=bich, at=NOON)
    page = ben.get(URL).text
    assert "Nông Thị Bích has planned 1 sample here, since" in page
    assert signed_in(town, "bao").post(URL, {"act": "take-over"}).status_code == 403
    assert signed_in(town, "long").post(URL, {"act": "take-over"}).status_code == 404
    assert planned(town) == {second: "A1"}
    page = sent(ben, act="take-over")
    assert "has planned" not in page
    assert "2 planned" in page
    assert planned(town) == {second: "A1", first: "B1"}
    sent(ben, act="lay")
    assert {"A1": second, "B1": first}.items() <= wells().items()


@database
def test_what_its_page_did_not_show_is_not_laid(town: Town) -> None:
    tubes = [swab.tube for (swab,) in town.sampled([1, 1])]
    one, two = begun(signed_in(town, "ben")), signed_in(town, "ben")
    sent(one, tubes[0])
    shown = shown_by(one)
    sent(two, tubes[1])
    page = sent(one, act="lay", tray=shown)
    assert "Something else is planned here than this page showed: look again." in page
    assert planned(town).keys() == set(tubes)
    sent(one, act="lay")
    assert planned(town) == {}


@database
def test_two_laboratories_may_call_their_plates_pools_and_batches_alike(town: Town) -> None:
    ben, since = signed_in(town, "ben"), NOON.date()
    given = NewAssignment("ben", "lab_technician", organisation_id=town.lab2, valid_from=since)
    assert give_assignments([given], by=system_actor("setup"), at=NOON).done
    tubes = [swab.tube for (swab,) in town.sampled([1, 1, 1])]
    town.pooled("P1", tubes[:2])
    labs = (town.lab1, town.lab2)
    for lab in labs:
        said = {"plate": "PL1", "kit": KIT, "size": "96"}
        answer = ben.post(f"/lab/plates/?lab={lab}", said)
        assert answer.headers["Location"] == f"/lab/plates/PL1/?lab={lab}"
        said = {"batch": "E-7", "kit": "magbead", "kit_lot": f"L{lab}"}
        answer = ben.post(f"/lab/batches/?lab={lab}", said)
        assert answer.headers["Location"] == f"/lab/batches/E-7/?lab={lab}"
        assert f"L{lab}" in ben.get(f"/lab/batches/E-7/?lab={lab}").text
    here, there = (f"{URL}?lab={lab}" for lab in labs)
    said = {"codes": tubes[2]}
    assert "Into well A1" in ben.post(here, said).text
    assert planned(town) == {tubes[2]: "A1"}
    page = ben.get(there).text
    assert tubes[2] not in page
    assert "not at this laboratory" in ben.post(there, said).text
    page = ben.get(here).text
    for address in (URL, f"{URL}print/", "/lab/plates/"):
        assert f'"{address}?lab={town.lab1}"' in page
    assert f"worklist/?format=csv&amp;lab={town.lab1}" in page
    assert f'<input type="hidden" name="lab" value="{town.lab1}">' in page
    assert tubes[2] in ben.get(f"{URL}worklist/?format=csv&lab={town.lab1}").text
    assert tubes[2] not in ben.get(f"{URL}worklist/?format=csv&lab={town.lab2}").text
    assert ben.get(f"/lab/pools/P1/?lab={town.lab1}").status_code == 200
    assert ben.get(f"/lab/pools/P1/?lab={town.lab2}").status_code == 404
    # A code alone leads to both.
    found = ben.get("/where/?code=PL1").text
    assert all(f'href="{URL}?lab={lab}"' in found for lab in labs)


@database
def test_plates_pages_cost_the_same_however_much_is_on_them(town: Town) -> None:
    tubes = [swab.tube for (swab,) in town.sampled([1] * 8)]
    ben = begun(signed_in(town, "ben"))
    urls = ("/lab/plates/", URL, f"{URL}worklist/?format=csv", f"{URL}print/", "/lab/layouts/")
    sent(ben, tubes[0])
    few = [counted(ben, url) for url in urls]
    sent(ben, *tubes[1:4])
    sent(ben, act="lay")
    sent(ben, *tubes[4:])
    for number in range(3):
        begun(ben, f"PX{number}")
    laid_out(town)
    assert [counted(ben, url) for url in urls] == few
