"""What may be declared of a person, and when two declarations are one person."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from som.people.rules import (
    Declaration,
    DeclarationRefusal,
    Document,
    DocumentKind,
    NumberWarning,
    Sex,
    Stay,
    StayKind,
    agree,
    document_kind,
    fault_of,
    masked,
    tidied,
    warnings_for,
)

ON = date(2026, 11, 2)
SAID = Declaration("Nguyễn Văn An", Sex.MALE, date(1980, 5, 1), 1980, "0912345678", "019080000001")


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("019080000001", DocumentKind.CITIZEN_NUMBER),
        ("123456789", DocumentKind.OLD_IDENTITY_CARD),
        ("B1234567", DocumentKind.PASSPORT),
        ("B12345678", DocumentKind.PASSPORT),
        ("B123456", None),
        ("1234567890", None),
        ("01908000000a", None),
        ("", None),
    ],
)
def test_kinds_of_papers(number: str, kind: DocumentKind | None) -> None:
    assert document_kind(number) is kind


def test_what_is_written_is_tidied() -> None:
    said = Declaration(
        "  Nguyễn   Văn An ", None, date(1980, 5, 1), 1979, "+84 912.345-678", " b 1234567 ",
        address=" Xóm  1 ",
    )  # fmt: skip
    assert tidied(said) == Declaration(
        "Nguyễn Văn An", None, date(1980, 5, 1), 1980, "0912345678", "B1234567", address="Xóm 1"
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"number": "19080000001"}, {"number": "019080000001"}),
        ({"number": "19080000001.0"}, {"number": "019080000001"}),
        ({"number": "CCCD: 019080000001"}, {"number": "019080000001"}),
        ({"number": "12345678"}, {"number": "012345678"}),
        ({"number": "19180000001"}, {"number": "19180000001"}),  # a woman's: stays, is refused
        ({"number": "1.9080E+10"}, {"number": "1.9080E+10"}),
        ({"number": " - "}, {"number": ""}),
        (
            {"number": "gd4 19 1234567890"},
            {"number": "", "documents": (Document(DocumentKind.INSURANCE, "1234567890"),)},
        ),
        (
            {"number": "pa 0123456"},
            {"number": "", "documents": (Document(DocumentKind.PASSPORT, "PA0123456", "XXX"),)},
        ),
        ({"phone": "01651234567"}, {"phone": "0351234567"}),
        ({"phone": "912345678"}, {"phone": "0912345678"}),
        ({"phone": "+856 20 55123456"}, {"phone": "+8562055123456"}),
        ({"phone": " không "}, {"phone": "không"}),
        ({"name": "1. Nguyễn Văn An"}, {}),
        (
            {"name": "Con bà Lò Thị Mai"},
            {"name": "Con bà Lò Thị Mai", "guardian": "Lò Thị Mai"},
        ),
        (
            {"name": "CB Lò Thị Mai", "guardian": " Lò  Văn Xuân"},
            {"name": "CB Lò Thị Mai", "guardian": "Lò Văn Xuân"},
        ),
        (
            {"documents": (Document(DocumentKind.PASSPORT, "B1234567"),) * 2},
            {"documents": (Document(DocumentKind.PASSPORT, "B1234567"),)},
        ),
        (
            {"stays": (Stay(StayKind.SCHOOL, 7, " Trường  A"),) * 2},
            {"stays": (Stay(StayKind.SCHOOL, 7, "Trường A"),)},
        ),
    ],
)
def test_spoiled_and_other_values_are_tidied(
    changes: dict[str, object], expected: dict[str, object]
) -> None:
    said = tidied(replace(SAID, **changes))  # type: ignore[arg-type]
    assert said == replace(SAID, **expected)  # type: ignore[arg-type]
    assert tidied(said) == said


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"name": "Nguyễn Văn An 0912345678"}, DeclarationRefusal.NAME_UNREADABLE),
        ({"name": "Nguy?n V?n An"}, DeclarationRefusal.NAME_UNREADABLE),
        ({"number": "190910001230"}, None),  # no province, which only warns
        ({"number": "19180000001"}, DeclarationRefusal.NUMBER_UNREADABLE),
        ({"number": "1.9080E+10"}, DeclarationRefusal.NUMBER_UNREADABLE),
        ({"phone": "0112345678"}, DeclarationRefusal.PHONE_UNREADABLE),
        ({"phone": "02083855123"}, None),
        ({"stays": (Stay(StayKind.LODGING, 7), Stay(StayKind.SCHOOL, None, "A"))}, None),
        ({"stays": (Stay(StayKind.LODGING, 8),)}, DeclarationRefusal.STAY_UNKNOWN),
        ({"name": ""}, DeclarationRefusal.NAME_MISSING),
        (
            {"birth_date": date(2026, 11, 3), "birth_year": 2026},
            DeclarationRefusal.BIRTH_IMPOSSIBLE,
        ),
        ({"birth_date": None, "birth_year": 1899}, DeclarationRefusal.BIRTH_IMPOSSIBLE),
        ({"birth_date": None, "birth_year": 2027}, DeclarationRefusal.BIRTH_IMPOSSIBLE),
        ({"birth_date": None, "birth_year": None}, None),
        ({"number": "12345"}, DeclarationRefusal.NUMBER_UNREADABLE),
        ({"number": ""}, None),
        ({"phone": "12"}, DeclarationRefusal.PHONE_UNREADABLE),
        ({"phone": "+85620123456"}, None),
        ({"residence": 7}, None),
        ({"residence": 8}, DeclarationRefusal.RESIDENCE_UNKNOWN),
    ],
)
def test_faults(changes: dict[str, object], reason: DeclarationRefusal | None) -> None:
    found = fault_of(replace(SAID, **changes), on=ON, units={7})  # type: ignore[arg-type]
    assert (found and found[0]) == reason


def test_a_walk_in_needs_no_name_but_a_name_must_be_one() -> None:
    assert fault_of(replace(SAID, name=""), on=ON, units=(), named=False) is None
    assert fault_of(replace(SAID, name="?"), on=ON, units=(), named=False) == (
        DeclarationRefusal.NAME_UNREADABLE,
        "",
    )


def test_a_number_that_differs_warns_and_is_no_fault() -> None:
    said = tidied(replace(SAID, sex=Sex.FEMALE, birth_date=date(1981, 5, 1)))
    assert fault_of(said, on=ON, units=()) is None
    assert warnings_for(said) == (NumberWarning.SEX_DIFFERS, NumberWarning.YEAR_DIFFERS)
    assert warnings_for(tidied(SAID)) == ()
    assert warnings_for(replace(SAID, number="")) == ()


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, True),
        ({"name": "NGUYEN VAN AN"}, True),
        ({"name": "Nguyễn Văn Ân"}, True),
        ({"name": "Nguyễn An"}, False),
        ({"sex": None}, True),
        ({"sex": Sex.FEMALE}, False),
        ({"birth_date": date(1980, 5, 2)}, False),
        ({"birth_date": None}, True),
        ({"birth_date": None, "birth_year": 1981}, False),
        ({"birth_date": None, "birth_year": None}, True),
        ({"phone": "0987654321", "residence": 5}, True),
    ],
)
def test_agreement(changes: dict[str, object], same: bool) -> None:
    other = replace(SAID, **changes)  # type: ignore[arg-type]
    assert agree(SAID, other) is agree(other, SAID) is same


def test_masked_names() -> None:
    assert masked("Nguyễn Văn An") == "N. V. An"
    assert masked("Ổn") == "Ổn"
