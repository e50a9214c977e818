"""The desk of walk-in cards: issued in rolls, printed while nobody holds them."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from som.kernel import ids, scope, sql
from som.kernel.ids import tube_code
from som.sampling.commands import CardRoll, issue_cards, record_swabs
from som.sampling.queries import card_rolls, next_card
from som.sampling.rules import SwabTaken
from tests.desks import clock_at, signed_in
from tests.sampling.test_views_labels import CARDS, filled
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db


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
