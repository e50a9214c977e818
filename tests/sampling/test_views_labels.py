"""The desk of labels: rolls issued and printed, strips in teams’ hands, labels gone bad; cards."""

from __future__ import annotations

import io
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader

from som.kernel import ids, scope, sql
from som.kernel.ids import tube_code
from som.sampling.commands import (
    CardRoll,
    Handout,
    Roll,
    Team,
    Voiding,
    close_sessions,
    form_teams,
    hand_out_labels,
    issue_cards,
    issue_rolls,
    record_swabs,
    void_labels,
)
from som.sampling.queries import card_rolls, next_card, rolls
from som.sampling.rules import LabelsLeft, SwabTaken, VoidReason
from som.web import printing
from tests.desks import clock_at, signed_in, statements, stranger
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

LABELS, VOID, CARDS = "/sampling/labels/", "/sampling/labels/void/", "/sampling/cards/"


@pytest.fixture
def town() -> Town:
    clock_at(NOON + timedelta(hours=1))
    return Town()


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What was handed to the template of the last paper; it is drawn all the same."""
    kept: dict[str, Any] = {}
    real = printing.pdf

    def pdf(template: str, data: Any) -> bytes:
        kept.update(template=template, data=data)
        return real(template, data)

    monkeypatch.setattr(printing, "pdf", pdf)
    return kept


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
        if name and name[1] != "csrfmiddlewaretoken":
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
        assert dora.post(LABELS, given).headers["Location"] == LABELS
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
        Voiding(5_000, 5_004, VoidReason.LOST, witness="cleo"),
        Voiding(9_000, 9_001, VoidReason.MISPRINTED),
    ]
    assert not void_labels(bad, by=town.ana, at=NOON).refused
    left = {"S2": LabelsLeft(count=10)}
    assert close_sessions(["S2"], left=left, by=town.dora, at=NOON).done
    row = next(one for one in rolls(by=town.ana) if one.unit == town.north)
    assert (row.used, row.void, row.lost, row.in_hand) == (5, 5, 5, 95)
    assert row.left == 100_000 - 5 - 5 - 5 - 95
    assert row.fresh == 9_002
    page = signed_in(town, "ana").get(f"{LABELS}{row.id}/").text
    assert f"{tube_code(1_002)}–{tube_code(1_101)}" in page
    assert "ana · cleo" in page
    assert "Print labels" not in page, "a sampler prints none"


@pytest.mark.slow
def test_labels_are_printed_but_for_those_in_use_or_void(town: Town, drawn: dict[str, Any]) -> None:
    taken = town.swab(tube_code(1))
    assert not record_swabs([taken], session="S1", by=town.ana, at=NOON).refused
    assert void_labels([Voiding(3, 4, VoidReason.DAMAGED)], by=town.ana, at=NOON).done
    dora = signed_in(town, "dora")
    asked = {"paper": "l7651", "first": tube_code(0), "how_many": "66", "used": "63"}
    answer = dora.get(f"{LABELS}{roll_of(town)}/print/", asked)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.content.startswith(b"%PDF")
    pages = drawn["data"]["pages"]
    codes = [one["code"] for page in pages for one in page]
    assert codes[:4] == [tube_code(n) for n in (0, 2, 5, 6)]
    assert [len(page) for page in pages] == [2, 64]
    thermal = dora.get(f"{LABELS}{roll_of(town)}/print/", {**asked, "paper": "thermal", "used": ""})
    assert thermal.content.startswith(b"%PDF")
    assert len(drawn["data"]["pages"]) == 66
    for wrong in ({"paper": "x"}, {"first": "S1"}, {"how_many": "9999999"}, {"first": "99999999"}):
        page = dora.get(f"{LABELS}{roll_of(town)}/print/", {**asked, **wrong})
        assert page.headers["Content-Type"].startswith("text/html")
        assert "is-invalid" in page.text


def test_whoever_prints_is_told_that_printing_is_not_noted(town: Town) -> None:
    page = signed_in(town, "dora").get(f"{LABELS}{roll_of(town)}/").text
    assert "What was printed is not noted" in page
    assert "begin with the next one" in page


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
    for witness in ("", "ana", "khong.ai"):
        assert 'id="id_witness_error"' in ana.post(VOID, {**lost, "witness": witness}).text
    answer = ana.post(VOID, {**lost, "witness": "cleo", "note": "rơi xuống suối"})
    assert answer.headers["Location"] == VOID
    assert "10 labels are out of use." in ana.get(VOID).text
    assert sql.rows("SELECT voided_by, note FROM sampling_voiding WHERE reason = 'lost'") == [
        (["ana", "cleo"], "rơi xuống suối")
    ]
    assert "These are not codes" in ana.post(VOID, {**lost, "labels": "S0000000001"}).text
    assert "Scan or type at least one label." in ana.post(VOID, {**lost, "labels": " "}).text
    assert "is-invalid" in ana.post(VOID, {**lost, "labels": "S" * 30_000}).text


@pytest.mark.slow
def test_cards_are_issued_once_and_printed_while_nobody_holds_them(
    town: Town, drawn: dict[str, Any]
) -> None:
    dora = signed_in(town, "dora")
    assert "No card was issued here yet" in dora.get(CARDS).text
    given = filled(dora, CARDS, "issue", unit="Tỉnh Thái Nguyên", how_many="12")
    assert given["first"] == ids.card_code(0)
    for _ in range(2):
        assert dora.post(CARDS, given).headers["Location"] == CARDS
    assert f"{ids.card_code(0)}–{ids.card_code(11)}" in dora.get(CARDS).text
    assert next_card(by=town.dora) == 1_000
    with scope.entered(town.dora, "sampling.plan"):
        slip = sql.rows("SELECT slip FROM sampling_card WHERE serial = 3")[0][0]
    issue_cards([CardRoll(1_000, 1_001, town.north)], by=town.dora, at=NOON)
    with scope.entered(town.dora, "sampling.plan"):
        held = sql.rows("SELECT slip FROM sampling_card WHERE serial = 1000")[0][0]
    walk_in = SwabTaken(tube_code(1), held, NOON, town.declaration(), card=ids.card_code(1_000))
    assert not record_swabs([walk_in], session="S1", by=town.ana, at=NOON).refused
    assert [(one.first, one.last, one.given) for one in card_rolls(by=town.dora)[0]] == [
        (1_000, 1_001, 1), (0, 11, 0)
    ]  # fmt: skip
    answer = dora.get(f"{CARDS}print/?first=0&last=2000")
    assert answer.content.startswith(b"%PDF")
    cards = {one["code"]: one for one in drawn["data"]["cards"]}
    assert ids.card_code(1_000) not in cards, "in somebody's hand"
    assert len(cards) == 13
    assert cards[ids.card_code(3)]["slip"] == ids.printed_slip_code(slip)
    assert drawn["data"]["address"] == "testserver/look-up/"
    noted = sql.rows(
        "SELECT note::text FROM kernel_auditentry WHERE action = 'sampling.cards_to_print'"
    )
    assert [json.loads(note) for (note,) in noted] == [{"cards": [0, 2000], "found": 13}]
    assert dora.get(f"{CARDS}print/?first=500&last=600").status_code == 404
    assert dora.get(f"{CARDS}print/?first=x").status_code == 404
    assert signed_in(town, "egon").get(f"{CARDS}print/?first=0&last=2000").status_code == 404


def test_cards_say_where_everybody_looks_up(
    town: Town, drawn: dict[str, Any], settings: Any
) -> None:
    settings.PUBLIC_ADDRESS = "https://som.example.vn"
    issue_cards([CardRoll(0, 0, town.north)], by=town.dora, at=NOON)
    signed_in(town, "dora").get(f"{CARDS}print/?first=0&last=0")
    assert drawn["data"]["address"] == "som.example.vn/look-up/"


@pytest.mark.slow
def test_labels_are_called_so_in_the_language_of_the_page(
    town: Town, drawn: dict[str, Any]
) -> None:
    here = f"{LABELS}{roll_of(town)}/print/?paper=l7651&how_many=1&first={tube_code(1)}"
    titles = []
    for language in ("en", "vi"):
        answer = signed_in(town, "dora", language=language).get(here)
        titles.append(PdfReader(io.BytesIO(answer.content)).metadata["/Title"])
    assert titles[0] == "Labels"
    assert titles[1] == drawn["data"]["title"] != titles[0]


def test_a_large_roll_of_cards_is_printed_in_files(
    town: Town, drawn: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    issue_cards([CardRoll(0, 24, town.north)], by=town.dora, at=NOON)
    monkeypatch.setattr("som.sampling.queries.cards.AT_ONCE", 10)
    dora = signed_in(town, "dora")
    found = re.findall(r"print/\?first=(\d+)&amp;last=(\d+)", dora.get(CARDS).text)
    assert found == [("0", "9"), ("10", "19"), ("20", "24")]
    printed = []
    for first, last in found:
        assert dora.get(f"{CARDS}print/?first={first}&last={last}").status_code == 200
        printed += [one["code"] for one in drawn["data"]["cards"]]
    assert printed == [ids.card_code(serial) for serial in range(25)]
    # However many are asked for, a file has no more.
    assert dora.get(f"{CARDS}print/?first=0&last=24").status_code == 200
    assert len(drawn["data"]["cards"]) == 10


def test_rolls_of_cards_go_on_over_pages(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("som.sampling.queries.cards._CARDS_LOOKED_AT", 12)
    for n in range(5):
        roll = CardRoll(n * 5, n * 5 + 4, town.north)
        assert issue_cards([roll], by=town.dora, at=NOON + timedelta(minutes=n)).done
    seen: list[int] = []
    before: int | None = None
    while True:
        page, before = card_rolls(by=town.dora, before=before)
        seen += [one.first for one in page]
        assert all(one.cards == 5 for one in page)
        if before is None:
            break
    assert seen == [20, 15, 10, 5, 0]


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
