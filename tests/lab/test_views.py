"""The pages of the laboratory: runs with their plates, and what waits. No names anywhere."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from som.kernel.errors import NotAllowed
from som.lab.commands import load_plates, read_runs
from som.lab.queries import unread_plates
from som.lab.rules import Loading, LoadKind, RunGiven
from som.lab.views import plate_of
from tests.desks import clock_at, signed_in, statements, stranger
from tests.town import KIT, NOON, Town, instrument_file

pytestmark = pytest.mark.django_db

PAGES = ["/lab/runs/", "/lab/runs/1/", "/lab/waiting/"]


def run_url(client: Client) -> str:
    """The address of the newest run as the list gives it."""
    found = re.search(r"/lab/runs/\d+/", client.get("/lab/runs/").text)
    assert found
    return found[0]


@pytest.mark.parametrize("url", PAGES)
def test_a_stranger_is_asked_to_sign_in(url: str) -> None:
    assert stranger().get(url).headers["Location"].startswith("/sign-in/")


def test_a_run_leads_to_its_tubes_its_pools_and_its_review(town: Town) -> None:
    first, *others = [swabs[0].tube for swabs in town.sampled([1] * 16)]
    town.pooled("P1", others[:2])
    town.run("PLATE1", dict.fromkeys(["P1", first, *others[2:]], "negative"))  # more than one row
    ben, bao = signed_in(town, "ben"), signed_in(town, "bao")
    page = ben.get(run_url(ben)).text
    table = page.split('id="wells"')[1]
    assert f'href="/where/?code={first}"' in table
    assert f'href="/lab/pools/P1/?lab={town.lab1}"' in table
    wells = re.findall(r"\?well=(\w+)#curves", table)
    assert wells == sorted(wells, key=lambda well: (int(well[1:]), well[0]))
    assert wells[:2] == ["A1", "B1"]
    review = 'href="/results/review/"'
    assert "nobody does so alone" in page
    assert "nobody does so alone" not in bao.get(run_url(bao)).text
    assert review in bao.get(run_url(bao)).text.split('id="wells"')[0].split("<main")[1]


@pytest.mark.parametrize("url", PAGES)
def test_a_sampler_has_no_business_here(town: Town, url: str) -> None:
    assert signed_in(town, "ana").get(url).status_code == 403


def test_empty_pages_say_what_to_do(town: Town) -> None:
    ben = signed_in(town, "ben")
    assert "as soon as its instrument" in ben.get("/lab/runs/").text
    assert "as soon as reception scans them in" in ben.get("/lab/waiting/").text


def test_a_run_shows_its_plate_its_counts_and_its_ct_but_no_name(town: Town) -> None:
    tubes = town.sampled([1, 1, 1, 3])
    codes = [swabs[0].tube for swabs in tubes]
    shown = ["positive", "negative", "inconclusive", "invalid"]
    town.run("PLATE1", dict(zip(codes, shown, strict=True)))
    ben = signed_in(town, "ben")
    page = ben.get(run_url(ben)).text
    assert "Plate PLATE1" in page
    assert "LOT-1" in page
    assert "SHA-256" in page
    assert page.count('class="tone-positive well-positive"') == 1
    assert f"{codes[0]}: Positive" in page
    assert page.count('class="tone-working well-passed"') == 2
    assert "24.50" in page
    assert 'href="?only=positive#wells"' in page
    for swabs in tubes:
        for swab in swabs:
            assert swab.said is not None
            assert swab.said.name not in page
            assert swab.said.phone not in page


def test_a_number_opens_its_list(town: Town) -> None:
    one, other = (swabs[0].tube for swabs in town.sampled([1, 1]))
    town.run("PLATE1", {one: "positive", other: "negative"})
    ben = signed_in(town, "ben")
    wells = ben.get(run_url(ben) + "?only=positive").text.split('id="wells"')[1]
    assert one in wells
    assert other not in wells


def test_faults_say_what_to_do(town: Town) -> None:
    (swab,) = town.sampled([1])[0]
    town.run("PLATE1", {swab.tube: "negative"}, controls=("positive", "positive"))
    ben = signed_in(town, "ben")
    page = ben.get(run_url(ben)).text
    assert "A control failed." in page
    assert "well-failed" in page
    assert "A control that covers this item failed." in page


def test_a_well_of_another_name_is_a_fault_and_not_read(town: Town) -> None:
    right, wrong = (swabs[0].tube for swabs in town.sampled([1, 1]))
    loads = [
        Loading(LoadKind.TUBE, right, ("A1",)),
        Loading(LoadKind.TUBE, wrong, ("A2",)),
        Loading(LoadKind.NO_TEMPLATE, "NTC", ("H11",)),
        Loading(LoadKind.POSITIVE, "PC", ("H12",)),
    ]
    lab, by = town.lab1, town.ben
    load_plates(loads, plate="PLATE1", size=96, kit=KIT, lab=lab, by=by, at=NOON)
    shown = {"A1": (right, "negative"), "A2": ("S0000000000", "negative"), "B1": ("X", "negative")}
    shown |= {"H11": ("NTC", "water"), "H12": ("PC", "positive")}
    given = RunGiven("PLATE1", "a.txt", instrument_file("PLATE1", shown, NOON), "LOT-1")
    assert not read_runs([given], lab=lab, by=by, at=NOON).refused
    ben = signed_in(town, "ben")
    page = ben.get(run_url(ben)).text
    faults = page.split('id="faults"')[1].split("</section>")[0]
    assert f"A2 {wrong}" in faults
    assert "Find out which of the two names is right, then repeat." in faults
    assert "Make sure that nothing was pipetted into this well" in faults
    assert f"{wrong}: Not read: a fault" in page
    listed = ben.get(run_url(ben) + "?only=fault").text.split('id="wells"')[1]
    assert wrong in listed
    assert right not in listed


@pytest.mark.parametrize(("size", "rows", "columns"), [(96, 8, 12), (384, 16, 24)])
def test_a_plate_has_a_place_for_every_well(size: int, rows: int, columns: int) -> None:
    plate = plate_of([], size)
    assert len(plate) == rows
    assert all(len(wells) == columns for _, wells in plate)


def test_other_laboratories_see_neither_runs_nor_tubes(town: Town) -> None:
    one, waiting = (swabs[0].tube for swabs in town.sampled([1, 1]))
    town.run("PLATE1", {one: "positive"})
    url = run_url(signed_in(town, "ben"))
    client = signed_in(town, "long")
    assert "PLATE1" not in client.get("/lab/runs/").text
    assert client.get(url).status_code == 404
    assert waiting not in client.get("/lab/waiting/").text
    egon = signed_in(town, "egon")
    assert [egon.get(page).status_code for page in ("/lab/runs/", url, "/lab/waiting/")] == [
        403
    ] * 3


def test_what_waits_retests_first(town: Town) -> None:
    later, member, other, alone = (swabs[0].tube for swabs in town.sampled([1, 1, 1, 1]))
    town.pooled("P1", [member, other])
    town.run("PLATE1", {"P1": "positive", alone: "negative"})
    page = signed_in(town, "ben").get("/lab/waiting/").text
    assert alone not in page
    assert page.index(member) < page.index(later)
    assert "To be retested" in page
    assert "Near" not in page
    clock_at(NOON + timedelta(hours=40))
    assert "Near" in signed_in(town, "ben").get("/lab/waiting/").text


def test_plates_that_were_not_read_stand_with_what_waits(town: Town) -> None:
    one, *pooled = (swabs[0].tube for swabs in town.sampled([1] * 4))
    town.pooled("P1", pooled)
    given = [Loading(LoadKind.TUBE, one, ("A1",)), Loading(LoadKind.POOL, "P1", ("A2",))]
    loaded = load_plates(
        given, plate="PLATE8", size=96, kit=KIT, lab=town.lab1, by=town.ben, at=NOON
    )
    assert loaded.done
    town.run("PLATE9", {town.sampled([1])[0][0].tube: "negative"})
    (plate,) = unread_plates(town.lab1, by=town.ben)
    assert (plate.code, plate.tubes, plate.pools) == ("PLATE8", 4, 1)
    page = signed_in(town, "ben").get("/lab/waiting/").text
    assert "PLATE8" in page
    assert "PLATE9" not in page
    with pytest.raises(NotAllowed):
        unread_plates(town.lab1, by=town.long)


def test_the_number_of_statements_is_fixed(town: Town) -> None:
    (first,) = town.sampled([1])[0]
    town.run("PLATE1", {first.tube: "negative"})
    town.sampled([1])
    ben = signed_in(town, "ben")
    pages = ("/lab/runs/", "/lab/waiting/")
    before = [statements(ben, page) for page in (*pages, run_url(ben))]
    more = [swabs[0].tube for swabs in town.sampled([1] * 40)]
    town.run("PLATE2", dict.fromkeys(more[:30], "negative"))
    assert [statements(ben, page) for page in (*pages, run_url(ben))] == before


def test_the_work_plan_counts_what_waits(town: Town) -> None:
    tubes = [swabs[0].tube for swabs in town.sampled([1] * 4)]
    town.pooled("P1", tubes[:2])
    ben = signed_in(town, "ben")
    for headers in ({}, {"hx-request": "true"}):
        page = ben.get("/lab/slot/", headers=headers).text
        assert re.findall(r'count-value">(\d+)<', page) == ["0", "0", "0", "2", "1", "0"]
        opened = re.findall(r'class="count[^>]*href="([^"]+)"', page)
        waiting = "/lab/waiting/"
        assert opened == [waiting, "/lab/retests/", waiting, "/lab/pools/", "/lab/plates/", waiting]
    assert f'/where/?code={tubes[2]}"' in ben.get("/lab/waiting/").text
    assert "/lab/slot/" in ben.get("/").text
    assert signed_in(town, "cleo").get("/lab/slot/").status_code == 403
    assert signed_in(town, "egon").get("/lab/slot/").status_code == 403
