"""Machine-readable lines of passports and citizen cards."""

from __future__ import annotations

from datetime import date

import pytest

from som.people.rules import Document, DocumentKind, Sex
from som.people.rules.cards import declaration_of, read_card
from som.people.rules.cards.mrz import check_digit
from tests.people.drawn_cards import ON, PASSPORT


@pytest.mark.parametrize(
    ("payload", "number", "paper"),
    [
        (PASSPORT, "L898902C3", "passport"),
        (PASSPORT[:44] + " \\n" + PASSPORT[44:].lower(), "L898902C3", "passport"),
        (
            "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<D231458907UTO7408122F1204159<<<<<<<6",
            "D23145890",
            "identity_card",
        ),
        (
            (
                "I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6"
                "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"
            ),
            "D23145890",
            "identity_card",
        ),
    ],
)
def test_the_specimens_of_doc_9303(payload: str, number: str, paper: str) -> None:
    card = read_card(payload, on=ON)
    assert (card.doc, card.valid, card.reason) == ("MRZ", "yes", "")
    assert (card.number, card.name) == (number, "ERIKSSON ANNA MARIA")
    assert (card.birth_date, card.sex, card.country) == (date(1974, 8, 12), Sex.FEMALE, "UTO")
    assert card.extra is not None
    assert (card.extra["paper"], card.extra["valid_to"]) == (paper, "2012-04-15")


def passport(number: str = "B1234567<", optional: str = "<" * 14, sex: str = "M") -> str:
    """A passport of Viet Nam."""
    born, until = "910302", "310302"
    line = f"{number}{check_digit(number)}VNM{born}{check_digit(born)}{sex}{until}"
    line += check_digit(until) + optional + check_digit(optional)
    line += check_digit(line[:10] + line[13:20] + line[21:43])
    return "P<VNMNGUYEN<<VAN<THU<<<<<<<<<<<<<<<<<<<<<<<<" + line


def test_a_passport_of_viet_nam_carries_the_citizen_number_too() -> None:
    card = read_card(passport(optional="019091000123<<"), on=ON)
    assert (card.valid, card.name, card.birth_date) == ("yes", "NGUYEN VAN THU", date(1991, 3, 2))
    assert declaration_of(card).documents == (
        Document(DocumentKind.PASSPORT, "B1234567"),
        Document(DocumentKind.CITIZEN_NUMBER, "019091000123"),
    )
    differs = read_card(passport(optional="019191000123<<"), on=ON)
    assert (differs.valid, differs.reason) == ("no", "sex_differs")


def test_the_lines_on_a_citizen_card_hold_its_number() -> None:
    first = "IDVNM091000123"
    first += check_digit(first[5:14]) + "019091000123<<"
    first += check_digit("019091000123<<")
    second = "910302" + check_digit("910302") + "M310302" + check_digit("310302") + "VNM" + "<" * 11
    whole = first[5:30] + second[:7] + second[8:15] + second[18:29]
    card = read_card(first + second + check_digit(whole) + "NGUYEN<<VAN<THU<<<<<<<<<<<<<<<", on=ON)
    assert (card.valid, card.number) == ("yes", "019091000123")
    assert declaration_of(card).number == "019091000123"


@pytest.mark.parametrize(
    ("payload", "valid", "reason"),
    [
        (PASSPORT.replace("7408122", "74O8122"), "partial", "zeros_restored"),
        (PASSPORT.replace("7408122", "7408132"), "no", "check_digit"),
        (PASSPORT.replace("L898902C", "L898903C"), "no", "check_digit"),
        (PASSPORT[:-1] + "1", "no", "check_digit"),
        (PASSPORT[:44], "partial", "truncated"),
        (PASSPORT[44:], "partial", "truncated"),
        ("V" + PASSPORT[1:], "no", "not_a_paper"),
    ],
)
def test_lines_with_faults(payload: str, valid: str, reason: str) -> None:
    card = read_card(payload, on=ON)
    assert (card.doc, card.valid, card.reason) == ("MRZ", valid, reason)
    if reason == "check_digit":
        assert declaration_of(card).documents == ()


@pytest.mark.parametrize(
    ("on", "year"), [(date(2026, 11, 22), 1927), (date(2027, 11, 22), 2027), (None, 2027)]
)
def test_the_century_of_a_passport(on: date | None, year: int) -> None:
    lines = passport()
    born = "270101"
    line = lines[44:57] + born + check_digit(born) + lines[64:87]
    line += check_digit(line[:10] + line[13:20] + line[21:43])
    assert read_card(lines[:44] + line, on=on).birth_year == year
