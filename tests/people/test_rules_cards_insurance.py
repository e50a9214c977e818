"""Codes on insurance cards, old and new."""

from __future__ import annotations

import unicodedata

import pytest

from som.people.rules import Document, DocumentKind
from som.people.rules.cards import declaration_of, read_card
from tests.people.drawn_cards import CHIP, INSURANCE, ON, PERSON


@pytest.mark.parametrize(
    ("payload", "valid", "reason", "number", "insured"),
    [
        (INSURANCE, "yes", "", "GD4191234567890", "1234567890"),
        (INSURANCE.upper(), "yes", "", "GD4191234567890", "1234567890"),
        (INSURANCE.replace("GD4", "gd4"), "yes", "", "GD4191234567890", "1234567890"),
        (INSURANCE.replace("GD419", ""), "yes", "", "1234567890", "1234567890"),
        (INSURANCE.replace("GD41912", "0"), "no", "number_unreadable", "034567890", ""),
        (INSURANCE.replace("GD41912", "1"), "partial", "zeros_restored", "0134567890", "0134567890"),
        (
            INSURANCE.replace("GD4191234567890", "019091000123"),
            "yes", "", "019091000123", "019091000123",
        ),
        (
            INSURANCE.replace("GD4191234567890", "019191000123"),
            "no", "sex_differs", "019191000123", "019191000123",
        ),
        (INSURANCE.replace("GD4", "GD0"), "no", "benefit_unknown", "GD0191234567890", ""),
        (INSURANCE.replace("GD419", "GD400"), "no", "province_unknown", "GD4001234567890", ""),
        (INSURANCE.replace("GD419", "GD41"), "no", "number_unreadable", "GD411234567890", ""),
        (INSURANCE[:-2], "partial", "truncated", "GD4191234567890", "1234567890"),
        (INSURANCE[:-1], "partial", "truncated", "GD4191234567890", "1234567890"),
        (INSURANCE.replace("|1|", "|3|"), "partial", "sex_unreadable", "GD4191234567890", "1234567890"),
        (
            INSURANCE.replace("02/03/1991", "31/02/1991"),
            "no", "birth_impossible", "GD4191234567890", "1234567890",
        ),
        (
            INSURANCE.replace("5068c6b", "5068c6"),
            "partial", "address_unreadable", "GD4191234567890", "1234567890",
        ),
        (INSURANCE.replace("|", "\t"), "yes", "separators_changed", "GD4191234567890", "1234567890"),
    ],
)  # fmt: skip
def test_insurance_cards(payload: str, valid: str, reason: str, number: str, insured: str) -> None:
    card = read_card(payload, on=ON)
    assert (card.doc, card.valid, card.reason) == ("BHYT", valid, reason)
    assert (card.number, card.insurance) == (number, insured)
    assert card.name == "Nguyễn Văn Thử"


@pytest.mark.parametrize(
    ("hexadecimal", "name", "valid"),
    [
        ("4e6775792", "", "partial"),
        ("4g677579e1bb856e2056c4836e205468e1bbad", "", "partial"),
        ("4e677579e1bb6e", "", "partial"),  # no UTF-8
        ("-", "", "partial"),
        ("", "", "partial"),
        ("30393132333435363738", "", "partial"),  # a telephone number
        ("Nguyễn Văn Thử", "Nguyễn Văn Thử", "yes"),  # decoded by an app
        ("c38e", "Î", "yes"),
        (unicodedata.normalize("NFD", "Lò Thị Bé").encode().hex(), "Lò Thị Bé", "yes"),
        ("Lò Thị Bé".encode().decode("latin-1").encode().hex(), "Lò Thị Bé", "yes"),
    ],
)
def test_names_on_insurance_cards(hexadecimal: str, name: str, valid: str) -> None:
    payload = INSURANCE.replace("4e677579e1bb856e2056c4836e205468e1bbad", hexadecimal)
    card = read_card(payload)
    assert (card.name, card.valid) == (name, valid)


def test_an_insurance_card_knows_year_and_parent() -> None:
    payload = INSURANCE.replace("02/03/1991", "1950").replace("|-|4|", "|4cc3b22056c4836e|4|")
    card = read_card(payload)
    assert (card.birth_date, card.birth_year, card.valid) == (None, 1950, "yes")
    assert card.as_said()["birth_date"] == "1950"
    said = declaration_of(card)
    assert (said.number, said.guardian) == ("", "Lò Văn")
    assert said.documents == (Document(DocumentKind.INSURANCE, "1234567890"),)
    assert card.extra == {
        "facility": "19 - 010",
        "valid_from": "2021-01-01",
        "valid_to": "2021-12-31",
    }


def test_a_card_of_2025_carries_the_citizen_number_and_nothing_else() -> None:
    card = read_card(INSURANCE.replace("GD4191234567890", "019091000123"))
    said = declaration_of(card)
    assert (said.number, said.documents) == ("019091000123", ())


@pytest.mark.parametrize("broken", ["zz", "ZZ", "4ezz", "4e677579e1bb85zz", "zz7579"])
def test_a_name_of_broken_hexadecimal_is_none(broken: str) -> None:
    card = read_card(INSURANCE.replace("4e677579e1bb856e2056c4836e205468e1bbad", broken))
    assert (card.doc, card.valid, card.reason, card.name) == (
        "BHYT", "partial", "name_unreadable", "",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("payload", "name"),
    [
        (CHIP.replace("Văn Thử", "Văn Th\u200bử"), "Nguyễn Văn Thử"),
        (CHIP.replace("Tổ 5", "Tổ\u2060 5"), "Nguyễn Văn Thử"),
        (
            INSURANCE.replace("56c4836e", "56e2808bc4836e"),  # inside the hexadecimal
            "Nguyễn Văn Thử",
        ),
        (INSURANCE.replace("|4e67", "|4e\u200b67"), "Nguyễn Văn Thử"),
    ],
)
def test_signs_nobody_sees_are_left_out_and_said(payload: str, name: str) -> None:
    card = read_card(payload)
    assert (card.valid, card.reason, card.name) == ("partial", "invisible_signs", name)


def test_a_chip_card_that_lost_its_number_still_says_whose_it_is() -> None:
    card = read_card(CHIP.replace("019091000123", ""))
    assert (card.doc, card.valid, card.reason) == ("CCCD", "no", "number_missing")
    assert (card.number, card.name, card.old_number) == ("", PERSON.name, PERSON.old_number)
    assert declaration_of(card).number == ""
