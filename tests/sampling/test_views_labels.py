"""The desk of labels: rolls issued and printed, strips in teams’ hands, labels gone bad."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader

from som.kernel import sql
from som.kernel.ids import TUBE_SERIALS, tube_code
from som.sampling.commands import (
    Handout,
    LabelPrint,
    Roll,
    Team,
    Voiding,
    close_sessions,
    form_teams,
    hand_out_labels,
    issue_rolls,
    print_labels,
    record_swabs,
    void_labels,
)
from som.sampling.queries import ROLL_LINES, rolls
from som.sampling.rules import PRINT_OPEN, LabelsLeft, VoidReason
from tests.desks import beside, clock_at, signed_in, statements, stranger
from tests.town import NOON, Town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_hashing")]

LABELS, VOID, CARDS = "/sampling/labels/", "/sampling/labels/void/", "/sampling/cards/"


@pytest.fixture
def town() -> Town:
    clock_at(NOON + timedelta(hours=1))
    return Town()


def roll_of(town: Town, unit: str = "north") -> int:
    """The id of this unit's first roll."""
    found = sql.rows(
        "SELECT id FROM sampling_roll WHERE unit_id = %s ORDER BY id", (getattr(town, unit),)
    )
    return int(found[0][0])


def desk(code: str = "S1") -> str:
    """The page of a session's teams and labels."""
    number = sql.rows("SELECT id FROM sampling_session WHERE code = %s", (code,))[0][0]
    return f"/sampling/sessions/{number}/labels/"


def filled(client: Client, url: str, form: str, **typed: object) -> dict[str, object]:
    """What this form of a page sends when only this is typed into it."""
    page = client.get(url).text
    part = page[page.index(f'id="{form}"') :].split("</form>")[0]
    given: dict[str, object] = {}
    for tag in re.findall(r"<input[^>]*>", part):
        name, value = re.search(r'name="(\w+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and name[1] != "csrfmiddlewaretoken" and 'type="checkbox"' not in tag:
            given[name[1]] = value[1] if value else ""
    return {**given, **typed}


def test_who_may_open_them(town: Town) -> None:
    for url in (LABELS, VOID, CARDS, desk(), f"{LABELS}{roll_of(town)}/"):
        assert stranger().get(url).headers["Location"].startswith("/sign-in/")
        assert signed_in(town, "ben").get(url).status_code == 403
    ana, egon = signed_in(town, "ana"), signed_in(town, "egon")
    assert ana.get(CARDS).status_code == 403
    assert ana.get(f"{LABELS}{roll_of(town)}/print/").status_code == 403
    assert ana.get(f"{LABELS}{roll_of(town, 'south')}/").status_code == 404
    for url in (desk(), f"{LABELS}{roll_of(town)}/", f"{LABELS}{roll_of(town)}/print/?paper=l7651"):
        assert egon.get(url).status_code == 404
    assert "No labels were issued here yet" in egon.get(LABELS).text
    assert ana.post(LABELS, {"unit": "x"}).status_code == 403


def test_a_roll_is_issued_once_from_the_next_free_number_on(town: Town) -> None:
    dora = signed_in(town, "dora")
    given = filled(dora, LABELS, "issue", unit="Tỉnh Thái Nguyên", how_many="500")
    assert given["first"] == tube_code(200_000)
    for _ in range(2):
        there = dora.post(LABELS, given).headers["Location"]
        assert there == f"{LABELS}{rolls(by=town.dora)[0].id}/"
    own = dora.get(there).text
    assert "Print them now." in own
    assert 'id="print"' in own
    page = dora.get(LABELS).text
    assert f"{tube_code(200_000)}–{tube_code(200_499)}" in page
    assert len(rolls(by=town.dora)) == 3
    taken = dora.post(LABELS, {**given, "how_many": "501"}).text
    assert 'id="id_first_error"' in taken
    misread = dora.post(LABELS, {**given, "first": "S0002000001"}).text
    assert "a digit is missing or misread" in misread


def test_a_roll_tells_what_became_of_its_labels(town: Town) -> None:
    taken = [town.swab(tube_code(n)) for n in (1_000, 1_001, 2_000)]
    assert not record_swabs(taken, session="S1", by=town.ana, at=NOON).refused
    form_teams([Team("S1", 1, "An", "Bình")], by=town.ana, at=NOON)
    given = [Handout("S1", 1_002, 1_101, 1), Handout("S2", 3_000, 3_009)]
    assert not hand_out_labels(given, by=town.dora, at=NOON).refused
    used = [town.swab(tube_code(1_005)), town.swab(tube_code(1_006))]
    assert not record_swabs(used, session="S1", by=town.ana, at=NOON).refused
    bad = [
        Voiding(1_007, 1_009, VoidReason.DAMAGED),
        Voiding(5_000, 5_004, VoidReason.LOST),
        Voiding(9_000, 9_001, VoidReason.MISPRINTED),
    ]
    assert not void_labels(bad, witness=town.cleo, by=town.ana, at=NOON).refused
    left = {"S2": LabelsLeft(count=10)}
    assert close_sessions(["S2"], left=left, by=town.dora, at=NOON).done
    row = next(one for one in rolls(by=town.ana) if one.unit == town.north)
    assert (row.used, row.void, row.lost, row.in_hand) == (5, 5, 5, 95)
    assert row.left == 100_000 - 5 - 5 - 5 - 95
    assert row.fresh == 9_002
    page = signed_in(town, "ana").get(f"{LABELS}{row.id}/").text
    assert f"{tube_code(1_002)}–{tube_code(1_101)}" in page
    assert "Ana · Cleo" in page, "by their names"
    assert "Print labels" not in page, "a sampler prints none"


def printed(client: Client, roll_id: int, **typed: object) -> Any:
    """What comes of printing from the roll's page: the file, or the page that says what is wrong."""
    url = f"{LABELS}{roll_id}/"
    given = {"paper": "l7651", "again": "", **filled(client, url, "print"), **typed}
    return client.post(f"{url}print/", given, follow=True)


@pytest.mark.slow
def test_labels_are_printed_but_for_those_in_use_or_void(town: Town, drawn: dict[str, Any]) -> None:
    taken = town.swab(tube_code(1))
    assert not record_swabs([taken], session="S1", by=town.ana, at=NOON).refused
    assert void_labels([Voiding(3, 4, VoidReason.DAMAGED)], by=town.ana, at=NOON).done
    dora = signed_in(town, "dora")
    asked = {"first": tube_code(0), "how_many": "66", "used": "63"}
    for wrong in ({"paper": "x"}, {"first": "S1"}, {"how_many": "9999999"}, {"first": "99999999"}):
        page = printed(dora, roll_of(town), **{**asked, **wrong})
        assert page.headers["Content-Type"].startswith("text/html")
        assert "is-invalid" in page.text
    assert sql.rows("SELECT count(*) FROM sampling_labelprint") == [(0,)]
    answer = printed(dora, roll_of(town), **asked)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.content.startswith(b"%PDF")
    pages = drawn["data"]["pages"]
    codes = [one["code"] for page in pages for one in page]
    assert codes[:4] == [tube_code(n) for n in (0, 2, 5, 6)]
    assert [len(page) for page in pages] == [2, 64]
    thermal = printed(dora, roll_of(town), how_many="66", paper="thermal")
    assert thermal.content.startswith(b"%PDF")
    assert len(drawn["data"]["pages"]) == 66


def test_what_was_printed_is_kept_and_printed_again_for_a_reason(
    town: Town, drawn: dict[str, Any]
) -> None:
    dora, roll_id = signed_in(town, "dora"), roll_of(town)
    page = f"{LABELS}{roll_id}/"
    assert "Nothing of this roll was printed here yet." in dora.get(page).text
    assert filled(dora, page, "print")["first"] == tube_code(0)
    given = {"paper": "l7651", "again": "", **filled(dora, page, "print"), "how_many": "65"}
    files = [dora.post(f"{page}print/", given).headers["Location"] for _ in range(2)]
    assert files[0] == files[1], "sent twice is printed once"
    assert dora.get(files[0]).content.startswith(b"%PDF")
    assert filled(dora, page, "print")["first"] == tube_code(65), "the next ones are proposed"
    assert f"{tube_code(0)}–{tube_code(64)}" in dora.get(page).text
    refused = printed(dora, roll_id, first=tube_code(60), how_many="10").text
    assert "on paper already: say why" in refused
    assert f"{tube_code(60)}–{tube_code(64)}" in refused
    again = printed(dora, roll_id, first=tube_code(60), how_many="5", again="spoiled")
    assert again.headers["Content-Type"] == "application/pdf"
    assert len(drawn["data"]["pages"][0]) == 5
    assert sql.rows(
        "SELECT first, last, again, printed_by FROM sampling_labelprint ORDER BY id"
    ) == [(0, 64, "", "dora"), (60, 64, "spoiled", "dora")]
    shown = dora.get(page).text
    assert "The sheet is spoiled" in shown
    assert ">Dora</td>" in shown, "who printed, by name"
    (row,) = [one for one in rolls(by=town.dora) if one.id == roll_id]
    assert (row.on_paper, row.fresh) == (65, 65)
    # The file is open to whoever printed it, for a while.
    sql.execute("UPDATE sampling_labelprint SET printed_by = 'khac' WHERE again <> ''")
    theirs = sql.rows("SELECT code FROM sampling_labelprint WHERE again <> ''")[0][0]
    another = f"{page}print/?code={theirs}"
    assert dora.get(another).headers["Location"] == page
    assert dora.get(files[0]).status_code == 200
    clock_at(NOON + timedelta(hours=1) + PRINT_OPEN)
    assert dora.get(files[0]).headers["Location"] == page
    assert "This file is no longer open." in dora.get(page).text


def test_labels_opened_again_sit_on_the_paper_they_were_printed_on(
    town: Town, drawn: dict[str, Any]
) -> None:
    dora, roll_id = signed_in(town, "dora"), roll_of(town)
    page = f"{LABELS}{roll_id}/"
    given = {"paper": "thermal", "again": "", **filled(dora, page, "print"), "how_many": "5"}
    assert dora.post(f"{page}print/", given).status_code == 302
    other = printed(dora, roll_id, **given | {"paper": "l7651"}).text
    assert "This code already stands for other labels" in other
    new = re.search(r'name="code" value="([^"]+)"', other)
    assert new is not None
    assert new[1] != given["code"], "what is sent next is another print"
    given = filled(dora, page, "print") | {"paper": "l7651", "how_many": "3", "used": "64"}
    assert dora.post(f"{page}print/", given | {"again": ""}).status_code == 302
    files = re.findall(r'href="([^"]*print/\?code=[^"]*)"', dora.get(page).text)
    drawings = [(dora.get(file).status_code, drawn["data"]) for file in files]
    assert [
        (code, data["page"], [len(one) for one in data["pages"]]) for code, data in drawings
    ] == [
        (200, (210, 297), [1, 2]),
        (200, (50, 25), [1] * 5),
    ]


def test_no_label_of_another_roll_is_printed(town: Town) -> None:
    dora = signed_in(town, "dora")
    assert issue_rolls([Roll(500_000, 500_999, town.north)], by=town.dora, at=NOON).done
    newest = rolls(by=town.dora)[0]
    for first, said in (
        (7, "This label is not on this roll."),
        (501_000, "This label is not on this roll."),
    ):
        page = printed(dora, newest.id, first=tube_code(first), again="spoiled").text
        assert said in page
    assert sql.rows("SELECT count(*) FROM sampling_labelprint") == [(0,)]
    assert void_labels([Voiding(500_990, 500_999, VoidReason.DAMAGED)], by=town.ana, at=NOON).done
    page = printed(dora, newest.id, first=tube_code(500_990)).text
    assert "From this label on none of the roll is free." in page


def test_no_code_that_is_typed_says_that_labels_came_printed(
    town: Town, drawn: dict[str, Any]
) -> None:
    dora, roll_id = signed_in(town, "dora"), roll_of(town)
    file = printed(dora, roll_id, code="roll 0", how_many="5")
    assert file.headers["Content-Type"] == "application/pdf"
    assert len(drawn["data"]["pages"][0]) == 5
    assert "Came printed already" not in dora.get(f"{LABELS}{roll_id}/").text


def test_a_long_history_says_that_only_its_last_is_shown(town: Town) -> None:
    dora, roll_id = signed_in(town, "dora"), roll_of(town)
    given = [LabelPrint(f"P{n}", ((n, n),)) for n in range(ROLL_LINES + 1)]
    assert print_labels(given[:-2], by=town.dora, at=NOON).done
    assert "The last 100 are shown." not in dora.get(f"{LABELS}{roll_id}/").text
    assert print_labels(given, by=town.dora, at=NOON).done
    assert "The last 100 are shown." in dora.get(f"{LABELS}{roll_id}/").text


def test_labels_handed_out_are_on_paper(town: Town) -> None:
    assert hand_out_labels([Handout("S1", 10, 19)], by=town.dora, at=NOON).done
    dora, roll_id = signed_in(town, "dora"), roll_of(town)
    assert filled(dora, f"{LABELS}{roll_id}/", "print")["first"] == tube_code(20)
    assert "on paper already" in printed(dora, roll_id, first=tube_code(0), how_many="11").text


def test_a_roll_that_came_printed_is_not_printed_here_again(town: Town) -> None:
    dora = signed_in(town, "dora")
    given = filled(dora, LABELS, "issue", unit="Tỉnh Thái Nguyên", how_many="50", printed="on")
    for _ in range(2):
        there = dora.post(LABELS, given).headers["Location"]
        assert there == f"{LABELS}{rolls(by=town.dora)[0].id}/"
    newest = rolls(by=town.dora)[0]
    assert (newest.on_paper, newest.labels) == (50, 50)
    page = dora.get(f"{LABELS}{newest.id}/").text
    assert "Only spoiled ones are printed again." in page
    assert "Came printed already" in page
    assert "print/?code=" not in page, "it has no file here"
    page = printed(dora, newest.id, first=tube_code(newest.first), how_many="5").text
    assert "on paper already" in page


def test_a_roll_from_before_warns_that_nobody_knows_what_was_printed(town: Town) -> None:
    page = f"{LABELS}{roll_of(town)}/"
    dora = signed_in(town, "dora")
    assert "from before printing was noted" not in dora.get(page).text
    sql.execute("UPDATE sampling_roll SET prints_noted = false")
    assert "from before printing was noted" in dora.get(page).text


def test_a_team_is_formed_and_a_strip_of_labels_handed_to_it(town: Town) -> None:
    dora = signed_in(town, "dora")
    assert "Form a team" in dora.get(desk()).text
    given = filled(dora, desk(), "team", swabber="Lê An", scribe="Trần Bình")
    assert given["number"] == "1"
    for _ in range(2):
        assert dora.post(desk(), given).headers["Location"] == desk()
    assert "Team 1 is formed." in dora.get(desk()).text
    alone = dora.post(desk(), {**given, "number": "2", "scribe": "lê an"}).text
    assert "A team is two different people" in alone
    strip = {"team": "1", "first": tube_code(59), "last": tube_code(10)}
    for _ in range(2):
        assert dora.post(desk(), strip).headers["Location"] == desk()
    page = dora.get(desk()).text
    assert f"{tube_code(10)}–{tube_code(59)}" in page
    assert "50 labels are handed out" in page
    again = dora.post(desk(), {**strip, "last": tube_code(60)}).text
    assert "in the hands of another team" in again
    assert tube_code(60) in again, "what was typed is there still"
    strange = dora.post(desk(), {"team": "", "first": tube_code(150_000), "last": "300000"}).text
    assert "Some of these labels were not issued here." in strange
    ana = signed_in(town, "ana")
    assert "Hand labels to a team" not in ana.get(desk()).text
    assert "Form a team" in ana.get(desk()).text
    assert (
        ana.post(desk(), {**strip, "first": tube_code(99), "last": tube_code(99)}).status_code
        == 200
    )
    assert sql.rows("SELECT count(*) FROM sampling_handout") == [(1,)]
    assert close_sessions(["S1"], left={"S1": LabelsLeft(count=50)}, by=town.dora, at=NOON).done
    closed = dora.get(desk()).text
    assert "Form a team" not in closed
    assert dora.post(desk(), {**given, "number": "3"}).status_code == 200
    assert sql.rows("SELECT count(*) FROM sampling_team") == [(1,)]


def test_labels_are_taken_out_of_use_lost_ones_by_two_people(town: Town) -> None:
    ana = signed_in(town, "ana")
    taken = town.swab(tube_code(7))
    assert not record_swabs([taken], session="S1", by=town.ana, at=NOON).refused
    bad = {"labels": f"{tube_code(5)}\n{tube_code(7)} {tube_code(20)}–{tube_code(29)}"}
    page = ana.post(VOID, {**bad, "reason": "damaged"}).text
    assert "Some of these labels are on tubes in use." in page
    assert re.search(rf"<textarea[^>]*>\s*{tube_code(7)}</textarea>", page), "the refused alone"
    assert sql.rows("SELECT sum(last - first + 1) FROM sampling_voiding") == [(11,)]
    lost = {"labels": f"{tube_code(40)} - {tube_code(49)}", "reason": "lost"}
    assert 'id="id_witness_error"' in ana.post(VOID, lost).text
    answer = ana.post(VOID, {**lost, **beside(town, "cleo"), "note": "rơi xuống suối"})
    assert answer.headers["Location"] == VOID
    assert "10 labels are out of use." in ana.get(VOID).text
    assert sql.rows("SELECT voided_by, note FROM sampling_voiding WHERE reason = 'lost'") == [
        (["ana", "cleo"], "rơi xuống suối")
    ]
    assert "These are not codes" in ana.post(VOID, {**lost, "labels": "S0000000001"}).text
    assert "Scan or type at least one label." in ana.post(VOID, {**lost, "labels": " "}).text
    assert "is-invalid" in ana.post(VOID, {**lost, "labels": "S" * 30_000}).text


@pytest.mark.slow
def test_labels_are_called_so_in_the_language_of_the_page(
    town: Town, drawn: dict[str, Any]
) -> None:
    titles = []
    for language in ("en", "vi"):
        answer = printed(signed_in(town, "dora", language=language), roll_of(town), how_many="1")
        titles.append(PdfReader(io.BytesIO(answer.content)).metadata["/Title"])
    assert titles[0] == "Labels"
    assert titles[1] == drawn["data"]["title"] != titles[0]


def test_the_list_of_rolls_goes_on_and_costs_the_same(town: Town) -> None:
    dora = signed_in(town, "dora")
    few = statements(dora, LABELS)
    more = [Roll(300_000 + n * 10, 300_009 + n * 10, town.north) for n in range(30)]
    assert not issue_rolls(more, by=town.dora, at=NOON).refused
    hands = [Handout("S1", one.first, one.last) for one in more]
    assert not hand_out_labels(hands, by=town.dora, at=NOON).refused
    assert statements(dora, LABELS) == few
    page = dora.get(LABELS).text
    following = re.search(r'href="(\?after=\d+)" rel="next"', page)
    assert following
    assert tube_code(0) in dora.get(LABELS + following[1]).text
    assert "Issue the roll" in page
    assert statements(dora, f"{LABELS}{roll_of(town)}/") < 20


def test_a_sessions_page_costs_the_same_whatever_was_handed_out(town: Town) -> None:
    dora = signed_in(town, "dora")
    few = statements(dora, desk())
    teams = [Team("S1", n, f"An {n}", f"Bình {n}") for n in range(1, 9)]
    assert not form_teams(teams, by=town.ana, at=NOON).refused
    hands = [Handout("S1", n * 100, n * 100 + 9, n) for n in range(1, 9)]
    assert not hand_out_labels(hands, by=town.dora, at=NOON).refused
    assert statements(dora, desk()) == few


def test_after_the_last_number_the_desk_of_labels_still_opens(town: Town) -> None:
    last = TUBE_SERIALS - 1
    dora = signed_in(town, "dora")
    given = filled(dora, LABELS, "issue", unit="Tỉnh Thái Nguyên", how_many="2", first=str(last))
    page = dora.post(LABELS, given)
    assert page.status_code == 200
    assert "The numbers of the roll are impossible." in page.text
    there = dora.post(LABELS, {**given, "how_many": "1"})
    assert dora.get(there.headers["Location"]).status_code == 200
    assert filled(dora, LABELS, "issue")["first"] == ""
