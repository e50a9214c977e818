"""Paper sheets on the pages: read by one person, read again by another, and then recorded."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from som.access.commands import give_assignments
from som.access.queries import system_actor
from som.access.rules import NewAssignment
from som.kernel import scope, sql
from som.kernel.ids import new_slip_code, tube_code
from som.sampling.commands import (
    SheetWanted,
    Team,
    form_teams,
    print_sheets,
    record_swabs,
)
from som.sampling.forms import LineForm
from som.sampling.queries import LineToRead, sheets, sheets_to_read
from som.sampling.rules import PrintedLine
from som.sampling.rules.sheets import reading_of
from som.sampling.views.reading import FIELDS
from tests.desks import SINCE, clock_at, signed_in, statements
from tests.town import NOON, Town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_hashing")]

TO_READ = "/sampling/sheets/"


@pytest.fixture
def town() -> Town:
    clock_at(NOON + timedelta(hours=1))
    return Town()


def number(code: str = "S1") -> int:
    return int(sql.rows("SELECT id FROM sampling_session WHERE code = %s", (code,))[0][0])


def desk(rest: str = "", code: str = "S1") -> str:
    """A page of a session's paper sheets."""
    return f"/sampling/sessions/{number(code)}/sheets/{rest}"


def printed(town: Town, client: Client, **typed: str) -> list[dict[str, str]]:
    """A sheet printed from the page: the tube and the slip of each of its lines."""
    asked = {"number": "1", "how_many": "1", "lines": "10", "tubes": "on", "first": tube_code(50)}
    answer = client.post(desk(), {**asked, **typed})
    assert answer.status_code == 302, answer.content.decode()
    with scope.entered(town.dora, "sampling.read"):
        return [
            {"tube": tube, "slip": slip}
            for tube, slip in sql.rows(
                "SELECT l.tube, l.slip FROM sampling_sheetline l"
                " JOIN sampling_sheet s ON s.id = l.sheet_id ORDER BY s.number, l.line"
            )
        ]


def line(n: int, **typed: str) -> dict[str, str]:
    """What is sent for a line of somebody."""
    said = {
        "time": "9h15",
        "name": f"Nông Văn {['Ổn', 'Đào', 'Hạnh', 'Bình', 'An'][n % 5]}",
        "birth": f"0{n % 9 + 1}/05/1957",
        "sex": "M",
        "phone": f"09123456{n:02d}",
        "address": "Xóm 4",
        "why": "screening",
    }
    return {f"l{n}-{name}": value for name, value in {**said, **typed}.items()}


def sent(client: Client, *lines: dict[str, str], htmx: bool = False, **head: str) -> str:
    """The page after these lines were sent."""
    data = {"day": "02/11/2026", **head}
    for one in lines:
        data |= one
    headers = {"HX-Request": "true"} if htmx else {}
    answer = client.post(desk("1/"), data, headers=headers)
    assert answer.status_code == 200
    return answer.text


def recorded(town: Town) -> list[tuple[Any, ...]]:
    with scope.entered(town.dora, "people.read"):
        return sql.rows(
            "SELECT w.name, t.code, w.slip, w.birth_date::text, w.phone, w.address, w.sex::text"
            " FROM sampling_swab w JOIN sampling_tube t ON t.id = w.tube_id ORDER BY w.phone"
        )


def two(town: Town) -> tuple[Client, Client]:
    """Two people who record in the north."""
    cleo = signed_in(town, "cleo")
    given = [NewAssignment("cleo", "sampler", town.north, None, SINCE)]
    assert not give_assignments(given, by=system_actor("setup"), at=NOON).refused
    return signed_in(town, "ana"), cleo


def test_two_people_read_a_sheet_and_what_both_read_is_recorded(town: Town) -> None:
    ana, cleo = two(town)
    lines = printed(town, ana)
    first = sent(ana, line(1), line(2, time=""), line(3, time="", birth="1960"))
    assert "0 of 10 lines settled" in first
    assert recorded(town) == []
    page = ana.get(desk("1/")).text
    assert 'value="Nông Văn Đào"' in page, "one's own reading is there again"
    assert 'value="09:15"' in page
    second = cleo.get(desk("1/")).text
    assert "Nông Văn" not in second, "who has seen an answer does not read the paper any more"
    assert second.count("To be read a second time") >= 3
    answer = sent(cleo, line(1, name="NÔNG VĂN ĐÀO"), line(2), line(3, birth="1960"))
    assert "3 of 10 lines settled" in answer
    assert recorded(town) == [
        ("NÔNG VĂN ĐÀO", lines[0]["tube"], lines[0]["slip"], "1957-05-02", "0912345601", "Xóm 4", "M"),
        ("Nông Văn Hạnh", lines[1]["tube"], lines[1]["slip"], "1957-05-03", "0912345602", "Xóm 4", "M"),
        ("Nông Văn Bình", lines[2]["tube"], lines[2]["slip"], None, "0912345603", "Xóm 4", "M"),
    ]  # fmt: skip
    assert "Nông Văn" not in cleo.get(desk("1/")).text, "what is settled is told to nobody here"
    for client in (ana, cleo):
        sent(client, line(1, name="NÔNG VĂN ĐÀO"), line(2), line(3, birth="1960"))
    assert len(recorded(town)) == 3, "the whole sheet sent again harms nothing"


def test_a_line_is_saved_by_itself_with_its_own_answer(town: Town) -> None:
    ana, cleo = two(town)
    printed(town, ana)
    answer = sent(ana, line(4), htmx=True)
    assert 'id="said-4"' in answer
    assert "data-kept" in answer
    assert 'id="said-5"' not in answer
    assert 'hx-swap-oob="true"' in answer
    assert "<html" not in answer
    wrong = sent(cleo, line(4, birth="31/02/1957", phone="12"), htmx=True)
    assert 'data-wrong="birth"' in wrong
    assert "data-kept" not in wrong
    assert "data-kept" in sent(cleo, line(4), htmx=True)
    assert len(recorded(town)) == 1
    assert "Day and team above" in sent(ana, line(5), htmx=True, day="x")


def test_where_readings_differ_both_see_both_and_look_again(town: Town) -> None:
    ana, cleo = two(town)
    printed(town, ana)
    sent(ana, line(1), line(2))
    answer = sent(cleo, line(1, phone="0987654321", birth="03/05/1957", sex="F"), line(2))
    assert "1 of 10 lines settled" in answer
    for client, order in (
        (ana, ("0912345601", "0987654321")),
        (cleo, ("0987654321", "0912345601")),
    ):
        page = client.get(desk("1/")).text
        row = re.search(r'<th scope="row">Telephone</th><td>(\d+)</td><td>(\d+)</td>', page)
        assert row
        assert row.groups() == order
        assert page.count('<th scope="row">Born</th>') == 1
        assert '<th scope="row">Sex</th>' in page
    assert len(recorded(town)) == 1
    sent(cleo, line(1))
    assert len(recorded(town)) == 2
    assert "2 of 10 lines settled" in ana.get(desk("1/")).text


def test_every_field_in_which_readings_can_differ_has_its_name() -> None:
    line = LineToRead(1, "", "", False, False, False, False, None, None, (), "")
    typed = {
        "tube": tube_code(1), "slip": new_slip_code(), "time": "7:30", "name": "An",
        "birth": "03/05/1957", "sex": "F", "number": "019157000001", "phone": "0912345601",
        "address": "Xóm 4", "why": "contact",
    }  # fmt: skip
    sent = {f"l1-{name}": said for name, said in typed.items()}
    form = LineForm(sent, sheet=1, printed=line, on=NOON.date())
    assert form.is_valid(), form.errors
    form.read_as(NOON.date(), 1, None)
    assert form.read is not None
    reading = reading_of(form.read)
    assert len(reading) >= len(typed), "all that was typed is in it"
    assert reading.keys() - FIELDS.keys() == {"specimen"}, "which is the first on every paper"


def test_blank_lines_are_said_by_two_and_contradict_a_name(town: Town) -> None:
    ana, cleo = two(town)
    printed(town, ana)
    both = {f"l{n}-blank": "on" for n in range(1, 11)}
    wrong = sent(ana, both, {"l1-name": "Nông Văn An"})
    assert "Something stands on this line." in wrong
    sent(ana, both)
    sent(cleo, {f"l{n}-blank": "on" for n in range(2, 11)}, line(1))
    page = cleo.get(desk("1/")).text
    assert "<td>Nông Văn Đào</td><td>Blank line</td>" in page
    assert "9 of 10 lines settled" in page
    answer = sent(ana, line(1))
    assert "10 of 10 lines settled" in answer
    assert len(recorded(town)) == 1
    assert "No sheet waits to be entered" in ana.get(TO_READ).text


def test_what_is_wrong_with_a_line_stands_on_it_and_harms_no_other(town: Town) -> None:
    ana = signed_in(town, "ana")
    printed(town, ana)
    bad = [
        line(1, name=""),
        line(2, time="25h"),
        line(3, birth="45/13/1957"),
        line(4, phone="12"),
        line(5, number="12345"),
        line(6, name="???"),
        line(7),
    ]
    page = sent(ana, *bad)
    for n, field in enumerate(("name", "time", "birth", "phone", "number", "name"), start=1):
        assert re.search(rf'id="said-{n}"[^>]*data-wrong="{field}"', page), (n, field)
    assert re.search(r'id="said-7"[^>]*data-kept', page)
    assert 'value="45/13/1957"' in page, "what was typed is there still"
    (row,) = sheets(number(), by=town.ana)
    assert (row.read_once, row.unread) == (1, 9)
    later = sent(ana, line(8, time=""))
    assert "Type the time of the first line." in later


def test_what_cannot_be_recorded_says_why(town: Town) -> None:
    ana, cleo = two(town)
    lines = printed(town, ana)
    taken = [town.swab(lines[0]["tube"]) for _ in range(5)]
    assert not record_swabs(taken, session="S1", by=town.ana, at=NOON).refused
    sent(ana, line(1))
    answer = sent(cleo, line(1))
    assert "Both read this, and it cannot be recorded:" in answer
    assert "This tube already holds as many swabs as it may." in answer
    assert len(recorded(town)) == 5


def test_tubes_and_slips_that_are_written_in_are_checked(town: Town) -> None:
    ana, cleo = two(town)
    lines = printed(town, ana, tubes="", first="")
    assert 'data-wrong="tube"' in sent(ana, line(1), htmx=True)
    (tube,) = town.tubes(1)
    for client in (ana, cleo):
        assert "data-kept" in sent(client, line(1, tube=tube.lower()), htmx=True)
    assert [found[1:3] for found in recorded(town)] == [(tube, lines[0]["slip"])]


def test_the_team_that_filled_a_sheet_is_kept(town: Town) -> None:
    ana, cleo = two(town)
    formed = [Team("S1", 1, "An", "Bình"), Team("S1", 2, "Chi", "Dung")]
    assert not form_teams(formed, by=town.ana, at=NOON).refused
    printed(town, ana)
    sent(ana, line(1), team="2")
    assert re.search(r'<option value="2" selected>', ana.get(desk("1/")).text)
    assert "<td>–</td><td>2</td>" in sent(cleo, line(1)), "no team and team 2 are no agreement"
    sent(cleo, line(1), team="2")
    found = sql.rows(
        "SELECT m.number FROM sampling_tube t JOIN sampling_team m ON m.id = t.team_id"
    )
    assert found == [(2,)]


def test_the_sheets_to_read_say_what_waits_for_whom(town: Town) -> None:
    ana, cleo = two(town)
    printed(town, ana)
    sent(ana, line(1), line(2), line(3))
    sent(cleo, line(1), line(2, phone=""))

    def row(client: Client) -> list[str]:
        page = client.get(TO_READ).text
        return re.findall(r'<td class="number"[^>]*>(?:<strong>)?(\d+)', page)

    assert row(ana) == ["10", "7", "0", "1", "1"]
    assert row(cleo) == ["10", "7", "1", "0", "1"]
    sent(ana, *[line(n) for n in range(1, 11) if n != 2])
    sent(cleo, line(2))
    assert row(ana) == ["10", "0", "0", "8", "0"]
    assert "View sheet 1 of" in ana.get(TO_READ).text, "nothing is left for her"
    assert "Enter sheet 1 of" in cleo.get(TO_READ).text


def test_a_sheet_leads_on_to_the_next_of_its_session_however_many_wait_elsewhere(
    town: Town,
) -> None:
    ana, _ = two(town)
    for session, numbers, at in [("S1", (1, 2), 0), ("S2", range(1, 202), 1)]:
        wanted = [SheetWanted(n, (PrintedLine("", new_slip_code()),)) for n in numbers]
        printed_at = NOON + timedelta(minutes=at)
        assert print_sheets(wanted, session=session, by=town.ana, at=printed_at).done == wanted
    found = sheets_to_read(by=town.ana, session_id=number(), limit=None)
    assert sorted(one.number for one in found) == [1, 2]
    assert len(sheets_to_read(by=town.ana, limit=None)) == 203
    assert ana.get(desk("1/")).context["following"] == 2


def test_opening_a_sheet_is_noted(town: Town) -> None:
    ana, cleo = two(town)
    printed(town, ana)
    sent(ana, line(1))
    cleo.get(desk("1/"))
    noted = sql.rows(
        "SELECT actor FROM kernel_auditentry WHERE action = 'sampling.sheet' ORDER BY id DESC LIMIT 1"
    )
    assert noted == [("cleo",)]


def test_the_pages_cost_the_same_however_much_stands_on_them(town: Town) -> None:
    ana, cleo = two(town)
    printed(town, ana)
    few = [statements(ana, url) for url in (TO_READ, desk(), desk("1/"))]
    sent(ana, *[line(n) for n in range(1, 11)])
    sent(cleo, *[line(n, phone="") for n in range(1, 11)])
    printed(town, ana, number="2", how_many="9", lines="15", first=tube_code(900))
    many = [statements(ana, url) for url in (TO_READ, desk(), desk("1/"))]
    assert many == few
