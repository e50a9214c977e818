"""The plate one scans into, its worklists for robots and its paper. No names anywhere."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from som.access.commands import give_assignments, open_accounts
from som.access.queries import system_actor
from som.access.rules import NewAccount, NewAssignment
from som.kernel import rulebook, sql
from som.lab.commands import place_holds, set_capacities, set_control_layouts
from som.lab.formats.worklists import Filled, robot_table, tecan_worklist
from som.lab.kits import kit_rule
from som.lab.rules import (
    Bench,
    CapacityWanted,
    HoldKind,
    HoldWanted,
    LayoutMode,
    LayoutWanted,
    Loading,
    LoadKind,
    LoadRefusal,
    Received,
    Spot,
    WaitsFor,
    control_loadings,
    next_wells,
    scanned_onto_plate,
    spot_of,
    usual_controls,
    wells_a_sample,
    wells_by_column,
    wells_from,
)
from som.sampling.queries import tray
from som.web import printing
from tests.desks import clock_at, signed_in, statements
from tests.papers import codes_on, text_of
from tests.town import KIT, NOON, Town

database = pytest.mark.django_db

NTC, PC = LoadKind.NO_TEMPLATE, LoadKind.POSITIVE
URL = "/lab/plates/PL1/"


@pytest.fixture
def town() -> Town:
    cache.clear()
    clock_at(NOON + timedelta(hours=1))
    return Town()


def begun(client: Client, plate: str = "PL1", size: int = 96) -> Client:
    answer = client.post("/lab/plates/", {"plate": plate, "kit": KIT, "size": str(size)})
    assert answer.headers["Location"] == f"/lab/plates/{plate}/"
    return client


def sent(client: Client, *codes: str, **also: str) -> str:
    said = {"codes": "\n".join(codes), "tray": shown_by(client), **also}
    return client.post(URL, said, headers={"HX-Request": "true"}).text


def shown_by(client: Client, url: str = URL) -> str:
    """What the page of a plate, opened now, sends of what is planned on it."""
    found = re.search(r'<input type="hidden" name="tray" value="(\w*)"', client.get(url).text)
    return found[1] if found else ""


def planned(town: Town, plate: str = "PL1") -> dict[str, str]:
    return {line.code: line.place for line in tray(f"plate:{town.lab1}:{plate}", by=town.ben)}


def wells() -> dict[str, str]:
    """What is noted as being in which well."""
    return dict(
        sql.rows("SELECT w.position, l.sample FROM lab_well w JOIN lab_load l ON l.id = w.load_id")
    )


def counted(client: Client, url: str) -> int:
    """The statements of a page; the rules, which are read again each half minute, are read before."""
    rulebook.forget()
    return statements(client, url)


def laid_out(town: Town, mode: LayoutMode = LayoutMode.FIXED) -> None:
    wanted = LayoutWanted(KIT, 96, mode, ((NTC, ("A1",)), (PC, ("B1",))))
    assert set_control_layouts([wanted], lab=town.lab1, by=town.bao, at=NOON).done


# --- pure ----------------------------------------------------------------------------------------


@pytest.mark.slow
@given(size=st.sampled_from([96, 384]), taken=st.integers(0, 384), needed=st.integers(1, 3))
def test_wells_fill_down_the_columns(size: int, taken: int, needed: int) -> None:
    order = wells_by_column(size)
    assert len(set(order)) == size
    assert order[:3] == ("A1", "B1", "C1")
    assert order[16 if size == 384 else 8] == "A2"
    found = next_wells(size, order[:taken], needed)
    assert found == (order[taken : taken + needed] if taken + needed <= size else ())
    assert wells_from(size, order[0], order[:taken], 1) == (() if taken else ("A1",))


@given(wells=st.lists(st.sampled_from(["A1", "B1", "H12"]), min_size=1, unique=True))
def test_a_spot_is_read_as_it_was_written(wells: list[str]) -> None:
    for batch in ("", "E-7"):
        spot = Spot(tuple(wells), batch)
        assert spot_of(spot.written) == spot


def test_controls_of_a_kit_without_layout_are_in_the_last_wells() -> None:
    kits = {r["value"]["code"]: r["value"] for r in rulebook.packaged_rules() if "kit." in r["key"]}
    multiplex, single = kit_rule(kits[KIT]), kit_rule(kits["cdc_n1_n2"])
    assert (wells_a_sample(multiplex), wells_a_sample(single)) == (1, 3)
    assert usual_controls(multiplex, 96) == {NTC: ("G12",), PC: ("H12",)}
    assert usual_controls(single, 96) == {NTC: ("C12", "D12", "E12"), PC: ("F12", "G12", "H12")}
    two = control_loadings({NTC: ["A1", "B1"], PC: ["C1"]}, 1)
    assert [(one.code, one.wells) for one in two] == [
        ("NTC-1", ("A1",)),
        ("NTC-2", ("B1",)),
        ("PC", ("C1",)),
    ]
    assert control_loadings({NTC: ["A1", "B1"]}, 2) == [Loading(NTC, "NTC", ("A1", "B1"))]


def bench(**changes: Any) -> Bench:
    late = NOON + timedelta(hours=9)
    tubes = {code: Received(1, 1, "screening", late, WaitsFor.TEST, False) for code in "TUVW"}
    return Bench(96, tubes=tubes, **changes)


def test_codes_go_from_the_chosen_well_on_and_never_where_controls_are_kept() -> None:
    kept = {"positive": frozenset({"B1", "B2"})}
    found = scanned_onto_plate(["T", "U"], {}, bench(controls=kept), each=1, at=NOON)
    assert found.laid == [("T", Spot(("A1",))), ("U", Spot(("C1",)))]
    assert found.chosen == ""
    found = scanned_onto_plate(["T", "U"], {}, bench(controls=kept), each=1, chosen="A2", at=NOON)
    assert found.laid == [("T", Spot(("A2",))), ("U", Spot(("C2",)))]
    assert found.chosen == "D2"
    found = scanned_onto_plate(["T"], {}, bench(wells={"A2": 1}), each=1, chosen="A2", at=NOON)
    assert [(one.item, one.reason) for one in found.refused] == [("T", LoadRefusal.WELL_TAKEN)]
    three = scanned_onto_plate(["T", "U"], {}, bench(controls=kept), each=3, batch="", at=NOON)
    assert [spot.written for _, spot in three.laid] == ["A1,C1,D1", "E1,F1,G1"]


def test_a_tube_called_like_a_control_is_none() -> None:
    foreign = ("PC-0001", "NEG-77", "NTC-5")
    found = scanned_onto_plate(foreign, {}, bench(tube_codes=foreign), each=1, at=NOON)
    assert [one.reason for one in found.refused] == [LoadRefusal.NOT_HERE] * 3
    assert not found.laid
    ours = scanned_onto_plate(["PC-2", "NEG"], {}, bench(tube_codes=["NEG"]), each=1, at=NOON)
    assert [code for code, _ in ours.laid] == ["PC-2", "NEG"]


def test_doubles_foreign_codes_and_full_plates_are_refused() -> None:
    full = bench(wells=dict.fromkeys(wells_by_column(96)[:95], 1), samples={"OLD"})
    found = scanned_onto_plate(["T", "T", "OLD", "X", "U"], {}, full, each=1, at=NOON)
    assert found.laid == [("T", Spot(("H12",)))]
    assert [(one.item, one.reason, one.detail) for one in found.refused] == [
        ("T", LoadRefusal.ON_PLATE, "H12"),
        ("OLD", LoadRefusal.ON_PLATE, ""),
        ("X", LoadRefusal.WELL_TAKEN, ""),
        ("U", LoadRefusal.WELL_TAKEN, ""),
    ]
    for room, reason in ((0, LoadRefusal.OVER_CAPACITY), (1, None)):
        found = scanned_onto_plate(["T", "PC"], {}, bench(room=room), each=1, at=NOON)
        assert [one.reason for one in found.refused] == ([reason] if reason else [])
        assert found.laid[-1][0] == "PC"


WELLS = [
    Filled("A1", 1, "tube", False, "S1", "E-7", True),
    Filled("B1", 2, "pool", False, "P1", "", False),
    Filled("C1", 3, "negative", True, "NEG", "", False),
    Filled("D1", 4, "tube", False, "S2", "", False, "too old"),
    Filled("H12", 96, "positive", True, "PC", "", True),
]


def test_a_robots_table_has_a_line_a_well() -> None:
    lines = list(csv.DictReader(io.StringIO(robot_table("PL1", WELLS))))
    assert lines[0] == {
        "plate": "PL1", "well": "A1", "number": "1", "kind": "tube", "sample": "S1",
        "batch": "E-7", "source": "", "state": "laid", "fault": "",
    }  # fmt: skip
    assert [(one["source"], one["state"], one["fault"]) for one in lines[1:]] == [
        ("1", "planned", ""),
        ("", "planned", ""),
        ("", "planned", "too old"),
        ("", "laid", ""),
    ]


def test_tecans_worklist_moves_what_is_planned_once_and_leaves_controls_to_hands() -> None:
    lines = tecan_worklist("PL1", WELLS, Decimal("5.0"), "Water").splitlines()
    assert lines == [
        "C;PL1",
        "A;SOURCE;;;1;P1;5;Water;;;",
        "D;PLATE;PL1;;2;;5;Water;;;",
        "W;",
        "C;C1 NEG: by hand",
    ]


# --- one plate -----------------------------------------------------------------------------------


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


# --- layouts -------------------------------------------------------------------------------------


@database
def test_a_layout_is_clicked_together_and_set(town: Town) -> None:
    bao = signed_in(town, "bao")
    url = f"/lab/layouts/{KIT}/96/"
    page = bao.get(url).text
    assert 'value="G12"' in page
    given = {"mode": "moving", "no_template": "G12", "positive": "H12", "kind": "negative"}
    page = bao.post(url, {**given, "well": "F12"}).text
    assert 'name="negative" value="F12"' in page
    page = bao.post(url, {**given, "kind": "no_template", "well": "H12"}).text
    assert 'name="no_template" value="G12, H12"' in page
    assert 'name="positive" value="H12"' not in page
    assert sql.rows("SELECT 1 FROM lab_layout") == []
    wrong = bao.post(url, {**given, "positive": "Z99"}).text
    assert "There is no such well on a plate of this size." in wrong
    assert 'value="Z99"' in wrong
    set_ = bao.post(url, {**given, "no_template": "g12 f12"})
    assert set_.headers["Location"] == "/lab/layouts/"
    page = bao.get("/lab/layouts/").text
    assert "G12, F12" in page
    assert "one well further on with each plate" in page
    assert "Bao" in page


@database
def test_who_lays_plates_sees_layouts_and_sets_none(town: Town) -> None:
    ben = signed_in(town, "ben")
    assert f'href="/lab/layouts/{KIT}/96/"' not in ben.get("/lab/layouts/").text
    assert ben.get(f"/lab/layouts/{KIT}/96/").status_code == 403
    bao = signed_in(town, "bao")
    assert bao.get("/lab/layouts/nothing/96/").status_code == 404
    assert bao.get(f"/lab/layouts/{KIT}/95/").status_code == 404
