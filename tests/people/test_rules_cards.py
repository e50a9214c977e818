"""Codes on identity papers: the gold file, and junk."""

from __future__ import annotations

import csv
import json
import random
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from som.kernel import ids
from som.people.rules import fault_of, tidied
from som.people.rules.cards import CardReason, Validity, declaration_of, read_card
from som.people.rules.cards.reading import validity_of
from tests.people.drawn_cards import CHIP, INSURANCE, ON, PASSPORT, PERSONAL

CASES = Path(__file__).resolve().parents[1] / "files" / "id_qr" / "id_qr_cases.csv"


def gold() -> list[dict[str, str]]:
    with CASES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("case", gold(), ids=lambda case: case["id"])
def test_the_gold_cases(case: dict[str, str]) -> None:
    said = read_card(case["payload"], on=ON).as_said()
    assert said.pop("reason") == "" or case["reason"]
    expected: dict[str, object] = {key: case[key] for key in said}
    expected["extra"] = json.loads(case["extra"]) if case["extra"] else None
    assert said == expected


# Junk


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ("", "empty"),
        (" \r\n\t", "empty"),
        ("\ufeff", "empty"),
        ("9" * 200_000, "too_long"),
        ("\x89PNG\r\n\x1a\n\x00\x00", "not_identity"),
        ("xin chào", "not_identity"),
        ("https://example.org/a|b|c|d|e|f|g", "not_identity"),
        ('{"cccd": "019091000123"}', "not_identity"),
        ("WIFI:S:som;T:WPA;P:x;;", "not_identity"),
        ("😀|😀|😀|😀|😀|😀|😀", "not_identity"),
        ("a|b|c|d|e|f|g", "not_identity"),
        ("a|b|c|d|$", "not_identity"),
        ("|||||||", "not_identity"),
        ("|" * 9000, "not_identity"),
        ("$", "not_identity"),
        ("<<<<<<<<", "not_identity"),
        ("1234567890", "not_identity"),
        ("0912345678", "not_identity"),
        (ids.tube_code(0), "own_code"),
        (ids.card_code(7), "own_code"),
        (ids.printed_slip_code(ids.new_slip_code(random.Random(1))), "own_code"),
    ],
)
def test_junk_is_refused_with_a_reason(payload: str, reason: str) -> None:
    card = read_card(payload, on=ON)
    assert (card.doc, card.valid, card.number, card.name) == ("", "no", "", "")
    assert card.reason == reason


def test_every_reason_has_words_and_a_worth() -> None:
    for reason in CardReason:
        assert bool(reason.sentence) is bool(reason)
        assert validity_of(reason) in Validity


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([CHIP, INSURANCE, PERSONAL, PASSPORT]),
    st.lists(
        st.tuples(
            st.integers(0, 300),
            st.integers(0, 25),
            st.text("0123456789|<>$-/.,; \t\r\nNamữÃ\u00a0\u0301\x85\ufffd²٣😀E+*'", max_size=3),
        ),
        max_size=4,
    ),
)
def test_no_payload_ends_in_an_error_or_a_good_card_without_a_person(
    payload: str, changes: list[tuple[int, int, str]]
) -> None:
    for at, length, text in changes:
        payload = payload[:at] + text + payload[at + length :]
    card = read_card(payload, on=ON)
    assert {field.name for field in fields(card)} >= {"doc", "reason"}
    json.dumps(card.as_said())
    said = tidied(declaration_of(card))
    fault_of(said, on=ON, units=(), named=False)
    if card.valid == "yes":
        assert card.name
        assert card.kind
        assert card.number
    if said.number:
        assert said.number.isdigit()
        assert len(said.number) == 12
