"""Telephone numbers as people write them."""

from __future__ import annotations

import pytest

from som.people.rules import is_phone, phone_of, phones_of
from som.people.rules.phones import OLD_PREFIXES


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("0912345678", "0912345678"),
        (" 0912 345 678 ", "0912345678"),
        ("0912.345.678", "0912345678"),
        ("0912-345-678", "0912345678"),
        ("(091) 234 5678", "0912345678"),
        ("'0912345678", "0912345678"),
        ("０９１２３４５６７８", "0912345678"),
        ("912345678", "0912345678"),  # a spreadsheet dropped the zero
        ("912345678.0", "0912345678"),
        ("9.12345678E+8", "0912345678"),
        ("9.1234E+8", None),  # rounded
        ("+84912345678", "0912345678"),
        ("+84 (0) 912 345 678", "0912345678"),
        ("+840912345678", "0912345678"),
        ("84912345678", "0912345678"),
        ("0084912345678", "0912345678"),
        ("841234567", "0841234567"),  # 084 is a prefix of its own
        ("01651234567", "0351234567"),
        ("1651234567", "0351234567"),
        ("+841651234567", "0351234567"),
        ("841651234567", "0351234567"),
        ("0120 123 4567", "0701234567"),
        ("01111234567", None),
        ("02438251234", "02438251234"),
        ("0208 3855 123", "02083855123"),
        ("2438251234", "02438251234"),
        ("ĐT: 0912345678", "0912345678"),
        ("SĐT 0912345678", "0912345678"),
        ("0912345678 (con gái)", "0912345678"),
        ("0912345678 / 0987654321", "0912345678"),
        ("0912345678, 0987654321", "0912345678"),
        ("0912345678 - 0987654321", "0912345678"),
        ("0912345678\n0987654321", "0912345678"),
        ("12 / 0987654321", "0987654321"),
        ("+856 20 55 123 456", "+8562055123456"),
        ("00856 20 55 123 456", "+8562055123456"),
        ("+86 138 0013 8000", "+8613800138000"),
        ("+1 (202) 555-0142", "+12025550142"),
        ("+85620123456", "+85620123456"),
        ("+84123", None),
        ("+999123456789", None),
        ("0112345678", None),
        ("0000000000", None),
        ("12", None),
        ("", None),
        ("không có", None),
        ("0912345678a", None),
        ("019091000123", None),
        ("19/05/1991", None),
        ("²³⁴", None),
    ],
)
def test_numbers_as_written(text: str, phone: str | None) -> None:
    assert phone_of(text) == phone
    if phone:
        assert is_phone(phone)
        assert phone_of(phone) == phone


@pytest.mark.parametrize(("old", "new"), OLD_PREFIXES.items())
def test_old_mobile_numbers_are_converted(old: str, new: str) -> None:
    assert phone_of(f"{old}1234567") == f"{new}1234567"
    assert phone_of(f"+84{old[1:]}1234567") == f"{new}1234567"


def test_numbers_dialled_abroad_get_their_countrys_code() -> None:
    assert phone_of("020 55 123 456", "LA") == "+8562055123456"
    assert phone_of("138 0013 8000", "CN") == "+8613800138000"
    assert phone_of("+84 912 345 678", "LA") == "0912345678"


def test_every_number_of_a_cell_is_found_once() -> None:
    assert phones_of("0912345678; 01651234567 hoặc 0912345678") == ("0912345678", "0351234567")
    assert phones_of("12; 13") == ()


@pytest.mark.parametrize("text", ["912345678", "+84912345678", "01651234567", "+12", "", "x"])
def test_other_forms_are_not_the_one_form(text: str) -> None:
    assert not is_phone(text)
