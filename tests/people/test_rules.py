"""What may be declared of a person, and when two declarations are one person."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from som.people.rules import (
    Declaration,
    DeclarationRefusal,
    DocumentKind,
    Sex,
    agree,
    document_kind,
    fault_of,
    masked,
    tidied,
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
    ("changes", "reason"),
    [
        ({}, None),
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
