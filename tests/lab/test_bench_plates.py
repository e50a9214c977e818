"""The plate one scans into, its worklists for robots and its paper. No names anywhere."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest

from som.kernel import sql
from som.lab.commands import place_holds, set_capacities
from som.lab.rules import (
    CapacityWanted,
    HoldKind,
    HoldWanted,
    LayoutMode,
    LoadKind,
)
from som.web import printing
from tests.desks import clock_at, signed_in
from tests.lab.plate_desk import URL, begun, laid_out, planned, sent, wells
from tests.papers import codes_on, text_of
from tests.town import NOON, Town

database = pytest.mark.django_db


NTC, PC = LoadKind.NO_TEMPLATE, LoadKind.POSITIVE


@pytest.mark.slow
@database
def test_a_plate_is_begun_scanned_into_and_laid(town: Town) -> None:
    tubes = [swab.tube for (swab,) in town.sampled([1, 1, 1, 1])]
    town.pooled("P1", tubes[:2])
    ben = begun(signed_in(town, "ben"))
    assert wells() == {"G12": "NTC", "H12": "PC"}
    begun(ben)
    assert wells() == {"G12": "NTC", "H12": "PC"}
    page = ben.get(URL).text
    assert "A1: free, comes next" in page
    assert "set no layout of controls" in page
    assert "Into well A1" in sent(ben, "P1")
    assert "Into well C3" in sent(ben, tubes[2], well="C3")
    page = sent(ben, tubes[3])
    assert "Into well B1" in page
    assert "3 planned" in page
    assert planned(town) == {"P1": "A1", tubes[2]: "C3", tubes[3]: "B1"}
    assert "already" in sent(ben, "P1")
    assert "not at this laboratory" in sent(ben, "S9999999999")
    to_read = 'href="/lab/runs/new/?plate=PL1"'
    assert to_read not in page
    page = sent(ben, act="lay")
    assert to_read in page
    assert planned(town) == {}
    assert wells() == {"G12": "NTC", "H12": "PC", "A1": "P1", "C3": tubes[2], "B1": tubes[3]}
    page = ben.get(URL).text
    assert f"C3: {tubes[2]}, Tube" in page
    assert "0 planned" in page


@pytest.mark.slow
@database
def test_wells_are_freed_and_filled_by_due_time(town: Town) -> None:
    later = [swab.tube for (swab,) in town.sampled([1, 1], at=NOON)]
    town.pooled("P1", later)
    (retest,) = [swab.tube for (swab,) in town.sampled([1])]
    town.run("R1", {retest: "invalid"})
    field = [swabs[0].tube for swabs in town.sampled([3, 1])]
    ben = begun(signed_in(town, "ben"))
    page = sent(ben, act="fill:due")
    assert planned(town).keys() == {retest, "P1", field[0]}
    assert planned(town)[retest] == "A1"
    assert "3 planned" in page
    assert "Taken off the plate" in sent(ben, act="free", well="A1")
    assert retest not in planned(town)
    sent(ben, act="fill:all")
    assert planned(town).keys() == {retest, "P1", *field}
    assert planned(town)[retest] == "A1"
    sent(ben, act="empty")
    assert planned(town) == {}


@database
def test_the_layouts_controls_are_in_place_and_their_wells_stay_theirs(town: Town) -> None:
    laid_out(town, LayoutMode.MOVING)
    tubes = [swab.tube for (swab,) in town.sampled([1, 1])]
    ben = begun(signed_in(town, "ben"), "PL0")
    begun(ben)
    assert sql.rows("SELECT controls->>'positive' FROM lab_plate ORDER BY id") == [
        ('["B1"]',),
        ('["C1"]',),
    ]
    page = ben.get(URL).text
    assert "B1: NTC, No-template control" in page
    assert 'value="B1"' not in page
    sent(ben, *tubes)
    assert planned(town) == {tubes[0]: "A1", tubes[1]: "D1"}
    assert "layout has this control in other wells" in sent(ben, "PC-2")


@pytest.mark.slow
@database
def test_what_is_refused_at_the_end_stays_in_the_tray_with_its_reason(town: Town) -> None:
    tubes = [swab.tube for (swab,) in town.sampled([1, 1, 1])]
    ben = begun(signed_in(town, "ben"))
    sent(ben, *tubes)
    town.pooled("P1", tubes[:2])
    page = ben.get(URL).text
    assert "2 planned samples may not be laid by now" in page
    page = sent(ben, act="lay")
    assert "in test already" in page
    assert planned(town) == {tubes[0]: "A1", tubes[1]: "B1"}
    assert wells()["C1"] == tubes[2]


@database
def test_a_plate_on_hold_or_run_takes_nothing_more(town: Town) -> None:
    (one, two) = [swab.tube for (swab,) in town.sampled([1, 1])]
    town.run("R1", {one: "positive"})
    ben = begun(signed_in(town, "ben"))
    page = ben.get("/lab/plates/R1/").text
    assert "was run and read" in page
    assert "Positive" in page
    assert "data-scanning" not in page
    hold = HoldWanted(HoldKind.LAB, "x", lab=town.lab1)
    assert place_holds([hold], by=town.ben, at=NOON).done
    page = ben.get(URL).text
    assert "The laboratory is on hold" in page
    assert "data-scanning" not in page
    assert "on hold" in sent(ben, two)
    assert planned(town) == {}


@database
def test_the_ceiling_of_the_day_stops_the_filling(town: Town) -> None:
    tubes = [swab.tube for (swab,) in town.sampled([1, 1, 1])]
    given = CapacityWanted(town.lab1, 2, NOON.date())
    assert set_capacities([given], by=town.dora, at=NOON).done
    ben = begun(signed_in(town, "ben"))
    assert "may test 2 more today" in ben.get(URL).text
    page = sent(ben, act="fill:all")
    assert len(planned(town)) == 2
    assert "may test 0 more today" in page
    assert "as much as it may test" in sent(ben, tubes[2])


@pytest.mark.slow
@database
def test_a_code_of_another_plate_kit_or_form_is_refused_where_it_is_typed(town: Town) -> None:
    ben = begun(signed_in(town, "ben"))
    given = {"plate": "PL1", "kit": "cdc_n1_n2", "size": "96"}
    assert "with another kit or size" in ben.post("/lab/plates/", given).text
    assert "two to thirty-two" in ben.post("/lab/plates/", {**given, "plate": "p 1"}).text
    assert ben.get("/lab/plates/PL9/").status_code == 404
    assert signed_in(town, "long").get(URL).status_code == 404
    bao = signed_in(town, "bao")
    assert "data-scanning" not in bao.get(URL).text
    assert bao.post(URL, {"act": "lay"}).status_code == 403
    assert bao.post("/lab/plates/", {**given, "plate": "PL2"}).status_code == 403


@pytest.mark.slow
@database
def test_384_wells_have_a_grid_and_a_paper(town: Town) -> None:
    (tube,) = [swab.tube for (swab,) in town.sampled([1])]
    ben = begun(signed_in(town, "ben"), size=384)
    sent(ben, tube, well="P1")
    page = ben.get(URL).text
    assert page.count('name="well"') == 382
    assert planned(town) == {tube: "P1"}
    assert ben.get(f"{URL}print/").headers["Content-Type"] == "application/pdf"


@pytest.mark.slow
@database
def test_the_plate_on_paper_and_for_robots(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    tubes = [swab.tube for (swab,) in town.sampled([1, 1])]
    ben = begun(signed_in(town, "ben"))
    sent(ben, *tubes)
    drawn: list[Any] = []
    real = printing.pdf

    def noted(name: str, data: Any) -> bytes:
        drawn.append((name, data))
        return real(name, data)

    monkeypatch.setattr(printing, "pdf", noted)
    paper = text_of(ben.get(f"{URL}print/").content)
    assert tubes[0] in paper
    assert "NTC" in paper
    assert codes_on(*drawn[0]) == ["PL1"]
    table = ben.get(f"{URL}worklist/?format=csv")
    assert table.headers["Content-Disposition"] == 'attachment; filename="PL1.csv"'
    assert [line["sample"] for line in csv.DictReader(io.StringIO(table.text))] == [
        *tubes,
        "NTC",
        "PC",
    ]
    tecan = ben.get(f"{URL}worklist/?format=gwl&volume=2.5")
    assert f"A;SOURCE;;;1;{tubes[0]};2.5;;;;" in tecan.text
    assert ben.get(f"{URL}worklist/?format=gwl").headers["Location"] == URL
    assert "Say how many microlitres" in ben.get(URL).text
    assert ben.get(f"{URL}worklist/?format=gwl&volume=5&liquid=a%3Bb").status_code == 302


@pytest.mark.slow
@database
def test_a_second_worklist_pipettes_nothing_again_and_none_has_what_is_too_old(town: Town) -> None:
    tubes = [swab.tube for (swab,) in town.sampled([1, 1, 1])]
    ben = begun(signed_in(town, "ben"))
    url = f"{URL}worklist/?format=gwl&volume=5"
    sent(ben, *tubes[:2])
    sent(ben, act="lay")
    assert ben.get(url).headers["Location"] == URL
    assert "there is nothing to pipette" in ben.get(URL).text
    sent(ben, tubes[2])
    lines = ben.get(url).text.splitlines()
    assert lines[1:3] == [f"A;SOURCE;;;1;{tubes[2]};5;;;;", "D;PLATE;PL1;;3;;5;;;;"]
    assert not any(tube in line for line in lines for tube in tubes[:2])
    clock_at(NOON + timedelta(days=9))
    assert ben.get(url).headers["Location"] == URL
    assert "Take off first what may not be laid" in ben.get(URL).text
    table = list(csv.DictReader(io.StringIO(ben.get(f"{URL}worklist/?format=csv").text)))
    said = {line["sample"]: (line["state"], line["fault"], line["source"]) for line in table}
    assert said[tubes[0]] == ("laid", "", "")
    assert said[tubes[2]] == ("planned", "The use-by has passed: it may not be tested.", "")
