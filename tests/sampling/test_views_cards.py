"""The desk of walk-in cards: issued in rolls, printed while nobody holds them."""

from __future__ import annotations

import json
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.test import Client

from som.kernel import ids, scope, sql
from som.kernel.ids import tube_code
from som.sampling.commands import CardRoll, issue_cards, record_swabs
from som.sampling.queries import card_rolls, next_card, prints_of_cards
from som.sampling.rules import SwabTaken
from tests.desks import clock_at, signed_in
from tests.sampling.test_views_labels import CARDS, filled
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

PRINT = f"{CARDS}print/"


@pytest.fixture
def town() -> Town:
    clock_at(NOON + timedelta(hours=1))
    return Town()


@pytest.mark.slow
def test_cards_are_issued_once_and_printed_while_nobody_holds_them(
    town: Town, drawn: dict[str, Any]
) -> None:
    dora = signed_in(town, "dora")
    assert "No card was issued here yet" in dora.get(CARDS).text
    given = filled(dora, CARDS, "issue", unit="Tỉnh Thái Nguyên", how_many="12")
    assert given["first"] == ids.card_code(0)
    for _ in range(2):
        assert dora.post(CARDS, given).headers["Location"] == f"{PRINT}?first=0&last=11"
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
    there = sent(dora, 0, 2000)
    answer = dora.get(there.headers["Location"])
    assert answer.content.startswith(b"%PDF")
    cards = {one["code"]: one for one in drawn["data"]["cards"]}
    assert list(cards) == [ids.card_code(n) for n in range(12)], "a thousand numbers at once"
    assert cards[ids.card_code(3)]["slip"] == ids.printed_slip_code(slip)
    assert drawn["data"]["address"] == "testserver/look-up/"
    dora.get(sent(dora, 1_000, 1_001).headers["Location"])
    cards = {one["code"]: one for one in drawn["data"]["cards"]}
    assert list(cards) == [ids.card_code(1_001)], "the other is in somebody's hand"
    noted = sql.rows(
        "SELECT note::text FROM kernel_auditentry WHERE action = 'sampling.cards_to_print' ORDER BY id"
    )
    assert [json.loads(note) for (note,) in noted] == [
        {"cards": [[0, 11]], "found": 12},
        {"cards": [[1_001, 1_001]], "found": 1},
    ]
    assert dora.get(f"{PRINT}?first=500&last=600").status_code == 404
    assert dora.get(f"{PRINT}?first=x").status_code == 404
    egon = signed_in(town, "egon")
    for url in (f"{PRINT}?first=0&last=2000", there.headers["Location"]):
        assert egon.get(url, follow=True).status_code == 404


def sent(client: Client, begin: int, end: int, **typed: object) -> Any:
    """The answer to cards printed from their page, with what else is typed there."""
    page = f"{PRINT}?first={begin}&last={end}"
    return client.post(page, filled(client, page, "print", **typed))


def test_a_card_is_printed_again_only_for_a_reason(town: Town, drawn: dict[str, Any]) -> None:
    issue_cards([CardRoll(0, 9, town.north)], by=town.dora, at=NOON)
    dora = signed_in(town, "dora")
    page = f"{PRINT}?first=0&last=9"
    form = filled(dora, page, "print", how_many="4")
    one = dora.post(page, form).headers["Location"]
    assert dora.post(page, form).headers["Location"] == one, "sent twice it is printed once"
    assert [p.cards for p in prints_of_cards(0, 9, by=town.dora)] == [((0, 3),)]
    assert dora.get(one).content.startswith(b"%PDF")
    shown = dora.get(page).text
    assert f'value="{ids.card_code(4)}"' in shown, "the next begins behind them"
    assert ">Dora</td>" in shown
    again = sent(dora, 0, 9, first=ids.card_code(2), how_many="8").text
    assert "are on paper already" in again[again.index('id="id_again_error"') :]
    assert f"{ids.card_code(2)}–{ids.card_code(3)}" in again
    two = sent(dora, 0, 9, first=ids.card_code(2), how_many="8", again="spoiled")
    assert dora.get(two.headers["Location"]).content.startswith(b"%PDF")
    assert [c["code"] for c in drawn["data"]["cards"]] == [ids.card_code(n) for n in range(2, 10)]
    shown = dora.get(page).text
    assert "The sheet is spoiled" in shown
    assert "Only spoiled ones are printed again." in shown
    other = sent(dora, 0, 9, code=form["code"], first=ids.card_code(7), again="spoiled").text
    assert "This code already stands for other cards" in other
    strange = sent(dora, 5, 9, first=ids.card_code(4)).text
    assert "From this card on none is to be printed here." in strange
    # The file closes after a while.
    clock_at(NOON + timedelta(hours=1, minutes=15))
    late = dora.get(one, follow=True)
    assert "This file is no longer open." in late.text


def test_of_cards_from_before_nobody_knows_what_was_printed(town: Town) -> None:
    issue_cards([CardRoll(0, 4, town.north), CardRoll(5, 9, town.south)], by=town.dora, at=NOON)
    before = import_module("som.sampling.migrations.0015_cards_printed")
    with scope.entered(town.dora, "sampling.plan"):
        sql.execute(before.UNKNOWN)
    dora = signed_in(town, "dora")
    page = dora.get(f"{PRINT}?first=0&last=4").text
    assert "From before printing was noted: nobody knows" in page
    assert "are on paper already" in sent(dora, 0, 4).text
    assert sent(dora, 0, 4, again="nothing_came").status_code == 302


def test_cards_say_where_everybody_looks_up(
    town: Town, drawn: dict[str, Any], settings: Any
) -> None:
    settings.PUBLIC_ADDRESS = "https://som.example.vn"
    issue_cards([CardRoll(0, 0, town.north)], by=town.dora, at=NOON)
    dora = signed_in(town, "dora")
    dora.get(sent(dora, 0, 0).headers["Location"])
    assert drawn["data"]["address"] == "som.example.vn/look-up/"


def test_a_large_roll_of_cards_is_printed_a_thousand_at_a_time(town: Town) -> None:
    issue_cards([CardRoll(0, 1_499, town.north)], by=town.dora, at=NOON)
    dora = signed_in(town, "dora")
    assert "print/?first=0&amp;last=1499" in dora.get(CARDS).text
    for _ in range(2):
        assert sent(dora, 0, 1_499).status_code == 302
    printed = [one.cards for one in prints_of_cards(0, 1_499, by=town.dora)]
    assert printed == [((1_000, 1_499),), ((0, 999),)]
    more = sent(dora, 0, 1_499, how_many="1001", again="spoiled").text
    assert 'id="id_how_many_error"' in more


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


def test_after_the_last_number_the_desk_of_cards_still_opens(town: Town) -> None:
    last = ids.TUBE_SERIALS - 1
    dora = signed_in(town, "dora")
    given = filled(dora, CARDS, "issue", unit="Tỉnh Thái Nguyên", how_many="2", first=str(last))
    page = dora.post(CARDS, given)
    assert page.status_code == 200
    assert "The numbers of the roll are impossible." in page.text
    assert dora.post(CARDS, {**given, "how_many": "1"}).status_code == 302
    assert next_card(by=town.dora) is None
    assert filled(dora, CARDS, "issue")["first"] == ""
    assert dora.get(f"{PRINT}?first={last}&last={last}").status_code == 200
    assert dora.get(f"{PRINT}?first={last}&last={last + 1}").status_code == 404
