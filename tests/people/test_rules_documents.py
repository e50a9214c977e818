"""Numbers of papers as written, repaired where that is exact, and what they say."""

from __future__ import annotations

import csv
import gzip
from datetime import date
from pathlib import Path

import pytest

from som.people.rules import (
    PROVINCES,
    Document,
    DocumentFault,
    DocumentKind,
    NumberSays,
    NumberWarning,
    Sex,
    bare_number,
    document_of,
    insurance_number,
    number_says,
    repaired_number,
    warnings_of,
)

UNITS = Path(__file__).resolve().parents[2] / "src" / "som" / "places" / "data" / "units.csv.gz"

CITIZEN, CARD = DocumentKind.CITIZEN_NUMBER, DocumentKind.OLD_IDENTITY_CARD
PASSPORT, INSURANCE = DocumentKind.PASSPORT, DocumentKind.INSURANCE
LAISSEZ_PASSER = DocumentKind.LAISSEZ_PASSER


def test_provinces_of_the_numbers_are_those_of_the_packaged_list() -> None:
    with gzip.open(UNITS, "rt", encoding="utf-8", newline="") as file:
        until_2025 = {
            row["code"].zfill(3)
            for row in csv.DictReader(file)
            if row["level"] == "1"
            and not row["valid_from"] > "2025-06-30"
            and not (row["valid_to"] and row["valid_to"] < "2025-06-30")
        }
    assert until_2025 == PROVINCES
    assert len(PROVINCES) == 63


@pytest.mark.parametrize(
    ("number", "says"),
    [
        ("019091000123", NumberSays("019", Sex.MALE, 1991)),
        ("001192000456", NumberSays("001", Sex.FEMALE, 1992)),
        ("011205000789", NumberSays("011", Sex.MALE, 2005)),
        ("012303000321", NumberSays("012", Sex.FEMALE, 2003)),
        ("012503000321", NumberSays("012", Sex.FEMALE, 2103)),
    ],
)
def test_what_a_citizen_number_says(number: str, says: NumberSays) -> None:
    assert number_says(number) == says


@pytest.mark.parametrize(
    ("number", "sex", "year", "warnings"),
    [
        ("019091000123", Sex.MALE, 1991, ()),
        ("019091000123", None, None, ()),
        ("019191000123", Sex.MALE, 1991, (NumberWarning.SEX_DIFFERS,)),
        ("019091000123", Sex.MALE, 1990, (NumberWarning.YEAR_DIFFERS,)),
        ("019091000123", Sex.MALE, 2091, (NumberWarning.YEAR_DIFFERS,)),
        ("000091000123", Sex.MALE, 1991, (NumberWarning.PROVINCE_UNKNOWN,)),
        ("097091000123", Sex.FEMALE, 1992, tuple(NumberWarning)),
    ],
)
def test_a_number_that_differs_warns(
    number: str, sex: Sex | None, year: int | None, warnings: tuple[NumberWarning, ...]
) -> None:
    assert warnings_of(Document(CITIZEN, number), sex=sex, birth_year=year) == warnings


def test_the_date_counts_before_the_year_and_other_papers_say_nothing() -> None:
    paper = Document(CITIZEN, "019091000123")
    assert not warnings_of(paper, birth_date=date(1991, 3, 2), birth_year=1980)
    assert warnings_of(Document(CARD, "090000123"), sex=Sex.MALE, birth_year=1991) == ()
    assert warnings_of(None, sex=Sex.MALE) == ()


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        (" 019 091 000 123 ", "019091000123"),
        ("019.091.000.123", "019091000123"),
        ("'019091000123", "019091000123"),
        ("CCCD: 019091000123", "019091000123"),
        ("CMND 090000123", "090000123"),
        ("số 090000123", "090000123"),
        ("Hộ chiếu: b1234567", "B1234567"),
        ("０１９０９１０００１２３", "019091000123"),
        ("\ufeff019091000123\u200b", "019091000123"),
        ("19091000123.0", "19091000123"),
        ("19091000123,00", "19091000123"),
        ("1.9091000123E+10", "19091000123"),
        ("1,9091000123e10", "19091000123"),
        ("1.9091E+10", "1.9091E+10"),
        ("C1234567", "C1234567"),
        ("", ""),
    ],
)
def test_numbers_are_bared(text: str, bare: str) -> None:
    assert bare_number(text) == bare


@pytest.mark.parametrize(
    ("number", "sex", "year", "repaired"),
    [
        ("19091000123", None, None, "019091000123"),
        ("19091000123", Sex.MALE, 1991, "019091000123"),
        ("19091000123", Sex.FEMALE, 1991, None),  # contradicts
        ("19091000123", Sex.MALE, 1990, None),
        ("97091000123", None, None, None),  # 097 is no province
        ("19991000123", None, None, None),  # the 24th century
        ("01909100012", None, None, None),  # begins with 0: a digit is missing elsewhere
        ("1098000345", None, 1998, "001098000345"),
        ("1098000345", Sex.MALE, 1998, "001098000345"),
        ("1098000345", None, None, None),  # may be an insurance number
        ("1098000345", None, 1997, None),
        ("3098000345", None, 1998, None),  # 003 is no province
        ("12345678", None, None, "012345678"),
        ("02345678", None, None, None),
        ("1234567", None, None, None),
        ("123456789", None, None, None),
        ("", None, None, None),
        ("٣٤٥٦٧٨٩٠", None, None, None),
    ],
)
def test_lost_zeros_come_back_only_where_that_is_certain(
    number: str, sex: Sex | None, year: int | None, repaired: str | None
) -> None:
    if not number:
        assert document_of(number) is DocumentFault.EMPTY
        return
    assert repaired_number(number, sex=sex, birth_year=year) == repaired


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("GD4191234567890", "1234567890"),
        ("gd 4 19 123 456 7890", "1234567890"),
        ("1234567890", "1234567890"),
        ("019091000123", "019091000123"),
        ("123456789", "0123456789"),
        ("19091000123", "019091000123"),
        ("GD9191234567890", None),
        ("GD0191234567890", None),
        ("GD4001234567890", None),
        ("GD419123456789", None),
        ("G41912345678901", None),
        ("023456789", None),
        ("12345", None),
        ("", None),
    ],
)
def test_one_insured_person_has_one_number(text: str, number: str | None) -> None:
    assert insurance_number(text) == number


@pytest.mark.parametrize(
    ("text", "kind", "country", "document"),
    [
        ("019091000123", None, "VNM", Document(CITIZEN, "019091000123")),
        ("19091000123", None, "VNM", Document(CITIZEN, "019091000123")),
        ("090000123", None, "VNM", Document(CARD, "090000123")),
        ("12345678", None, "VNM", Document(CARD, "012345678")),
        ("b1234567", None, "VNM", Document(PASSPORT, "B1234567")),
        ("C12345678", PASSPORT, "VNM", Document(PASSPORT, "C12345678")),
        ("GD4191234567890", None, "VNM", Document(INSURANCE, "1234567890")),
        ("1234567890", INSURANCE, "VNM", Document(INSURANCE, "1234567890")),
        ("019091000123", INSURANCE, "VNM", Document(CITIZEN, "019091000123")),
        ("PA 0123456", None, "LAO", Document(PASSPORT, "PA0123456", "LAO")),
        ("123456789", None, "usa", Document(PASSPORT, "123456789", "USA")),
        ("E12345678", PASSPORT, "CHN", Document(PASSPORT, "E12345678", "CHN")),
        ("GTH 0012345", LAISSEZ_PASSER, "VNM", Document(LAISSEZ_PASSER, "0012345")),
        ("PA0123456", None, "VNM", Document(PASSPORT, "PA0123456", "XXX")),
        ("ab 123456", PASSPORT, "VNM", Document(PASSPORT, "AB123456", "XXX")),
        ("AB123456", CITIZEN, "VNM", DocumentFault.UNREADABLE),
        ("A" * 20_000 + "12", PASSPORT, "LAO", DocumentFault.UNREADABLE),
        ("AB 123456/LC", LAISSEZ_PASSER, "CHN", Document(LAISSEZ_PASSER, "AB123456/LC", "CHN")),
        ("", None, "VNM", DocumentFault.EMPTY),
        (" - ", None, "VNM", DocumentFault.EMPTY),
        ("1.9091E+10", None, "VNM", DocumentFault.DIGITS_LOST),
        ("1.9091E+10", INSURANCE, "VNM", DocumentFault.DIGITS_LOST),
        ("1234567890", None, "VNM", DocumentFault.UNREADABLE),
        ("0912345678", None, "VNM", DocumentFault.UNREADABLE),
        ("12345", None, "VNM", DocumentFault.UNREADABLE),
        ("không có", None, "VNM", DocumentFault.UNREADABLE),
        ("019091000123", PASSPORT, "VNM", DocumentFault.UNREADABLE),
        ("B1234567", CITIZEN, "VNM", DocumentFault.UNREADABLE),
        ("AB", None, "LAO", DocumentFault.UNREADABLE),
        ("không", LAISSEZ_PASSER, "VNM", DocumentFault.UNREADABLE),
    ],
)
def test_papers_as_written(
    text: str, kind: DocumentKind | None, country: str, document: Document | DocumentFault
) -> None:
    found = document_of(text, kind, country)
    assert found == document
    if isinstance(found, Document):
        assert document_of(found.number, found.kind, found.country) == found


def test_sex_and_birth_stand_witness_for_a_repair() -> None:
    assert document_of("1098000345", birth_year=1998) == Document(CITIZEN, "001098000345")
    assert document_of("19091000123", sex=Sex.FEMALE) is DocumentFault.UNREADABLE
