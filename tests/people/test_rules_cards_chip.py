"""Codes on chip cards, and what scanners and spreadsheets do to them."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import date

import pytest

from som.people.rules import (
    Declaration,
    Document,
    DocumentKind,
    NumberWarning,
    Sex,
    fault_of,
    tidied,
    warnings_for,
)
from som.people.rules.cards import CardReason, declaration_of, read_card
from tests.people.drawn_cards import CHIP, ON, PERSON


def mangled(text: str, encoding: str, times: int = 1) -> str:
    """The text as a program shows it that reads UTF-8 as single bytes."""
    for _ in range(times):
        signs = []
        for byte in text.encode():
            try:
                signs.append(bytes([byte]).decode(encoding))
            except UnicodeDecodeError:
                signs.append(chr(byte))
        text = "".join(signs)
    return text


@pytest.mark.parametrize("times", [1, 2, 3])
@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "cp1258"])
def test_mangled_letters_are_restored(encoding: str, times: int) -> None:
    card = read_card(mangled(CHIP, encoding, times))
    assert card == replace(PERSON, reason=CardReason.TEXT_REPAIRED)
    assert card.valid == "yes"
    with_mark = read_card(mangled("\ufeff" + CHIP, encoding, times))
    assert with_mark.number == PERSON.number


def test_mangled_letters_are_restored_where_a_byte_became_a_space() -> None:
    assert read_card(mangled(CHIP, "latin-1").replace("\xa0", " ")).address == PERSON.address


@pytest.mark.parametrize("name", ["LÃ THANH MAI", "LÃ", "LÊ NGÃ", "TÔ HÀ", "Đào Ân", "ÂU Á"])
def test_names_that_look_mangled_stay_as_they_are(name: str) -> None:
    card = read_card(CHIP.replace("Nguyễn Văn Thử", name))
    assert (card.name, card.reason) == (name, "")


@pytest.mark.parametrize(
    "payload",
    [
        CHIP + "\r\n",
        "\ufeff" + CHIP,
        "]Q1" + CHIP,
        f'"{CHIP}"',
        f" \t{CHIP}\x00",
        unicodedata.normalize("NFD", CHIP),
        CHIP.replace("Nam|", "NAM |"),
        CHIP.replace("Nam|", "nam|"),
        CHIP.replace("02031991", "02/03/1991").replace("10052021", "10-5-2021"),
        CHIP.replace("02031991", "2.3.1991"),
        CHIP.replace("02031991", "1991-03-02").replace("10052021", "2021-05-10"),
        CHIP.replace("02031991", "19910302"),
        CHIP.replace("019091000123", "019 091 000 123"),
        CHIP.replace(" ", "\u00a0"),
        CHIP + "|",
        CHIP + "||||",
        CHIP + "|Nguyễn Văn B|Trần Thị C||Bộ Công an|01012040",
    ],
)
def test_the_same_card_however_it_was_scanned(payload: str) -> None:
    assert read_card(payload) == PERSON


@pytest.mark.parametrize("separator", ["\t", ";", "｜", "¦", ","])
def test_other_separators(separator: str) -> None:
    card = read_card(CHIP.replace("|", separator))
    assert card == replace(PERSON, reason=CardReason.SEPARATORS_CHANGED)


@pytest.mark.parametrize("sex", ["Nữ", "nữ", "NỮ", "Nu", "nu", "Female", "Nư\u0303"])
def test_women_however_it_is_written(sex: str) -> None:
    card = read_card(CHIP.replace("Nam", sex).replace("019091", "019191"))
    assert (card.sex, card.valid) == (Sex.FEMALE, "yes")


@pytest.mark.parametrize(
    ("payload", "reason", "changes"),
    [
        (CHIP[: CHIP.index("|Nam")], "truncated", {"sex": None, "address": "", "issue_date": None}),
        (CHIP.rsplit("|", 1)[0], "truncated", {"issue_date": None}),
        (CHIP[:-3], "issue_unreadable", {"issue_date": None}),
        (CHIP.replace("10052021", "31022021"), "issue_unreadable", {"issue_date": None}),
        (CHIP.replace("10052021", ""), "fields_missing", {"issue_date": None}),
        (CHIP.replace("|090000123", ""), "fields_missing", {"old_number": ""}),
        (CHIP.replace("Nguyễn Văn Thử", ""), "fields_missing", {"name": ""}),
        (CHIP.replace("02031991", ""), "fields_missing", {"birth_date": None, "birth_year": None}),
        (CHIP.replace("Nam", "Khác"), "sex_unreadable", {"sex": None}),
        (CHIP.replace("Nam", ""), "sex_unreadable", {"sex": None}),
        (CHIP.replace("ễ", "\ufffd"), "name_unreadable", {"name": ""}),
        (CHIP.replace("ễ", "?"), "name_unreadable", {"name": ""}),
        (CHIP.replace("Thử", "12345678"), "name_unreadable", {"name": ""}),
        (CHIP.replace("ờ", "?"), "address_unreadable", {"address": ""}),
        (CHIP.replace("090000123|", "090000123||"), "separators_extra", {}),
        (CHIP.replace("Nam|", "Nam||"), "separators_extra", {}),
        (CHIP.replace("Tổ 5, ", "Tổ 5|"), "separators_extra", {}),
        (CHIP.replace("019091000123", "19091000123"), "zeros_restored", {}),
        (CHIP.replace("019091000123", "19091000123.0"), "zeros_restored", {}),
        (CHIP.replace("019091000123", "1.9091000123E+10"), "zeros_restored", {}),
        (CHIP.replace("02031991", "2031991"), "zeros_restored", {}),
        (CHIP.replace("090000123", "90000123"), "zeros_restored", {}),
        (CHIP.replace("090000123", "1234567"), "old_number_unreadable", {"old_number": "1234567"}),
        (CHIP.replace("02031991", "1991"), "", {"birth_date": None}),
        (CHIP.replace("02031991", "00001991"), "", {"birth_date": None}),
        ("019091000123", "number_alone", None),
        ("019091000123|", "truncated", None),
    ],
)
def test_what_is_lost_or_put_right(
    payload: str, reason: str, changes: dict[str, object] | None
) -> None:
    card = read_card(payload, on=ON)
    if changes is None:
        assert (card.number, card.name, card.reason) == (PERSON.number, "", reason)
    else:
        expected = replace(PERSON, reason=CardReason(reason), **changes)  # type: ignore[arg-type]
        assert card == expected
    assert card.valid == ("partial" if reason else "yes")


def test_nam_is_a_name_as_well() -> None:
    payload = CHIP.replace("Nguyễn Văn Thử", "Nam").replace("090000123", "01011985")
    card = read_card(payload)
    assert (card.name, card.sex, card.birth_date) == ("Nam", Sex.MALE, date(1991, 3, 2))


def test_two_zeros_of_hanoi_come_back_with_the_birth_as_witness() -> None:
    payload = "1098000345|12000678|NGUYỄN VĂN A|15081998|Nam|Hà Nội|25082024||||"
    card = read_card(payload)
    assert (card.number, card.old_number) == ("001098000345", "012000678")
    assert card.valid == "partial"
    other = read_card(payload.replace("15081998", "15081997"))
    assert (other.number, other.reason) == ("1098000345", "number_unreadable")


@pytest.mark.parametrize(
    ("payload", "reason", "warnings"),
    [
        (CHIP.replace("019091", "019191"), "sex_differs", (NumberWarning.SEX_DIFFERS,)),
        (CHIP.replace("019091", "019090"), "year_differs", (NumberWarning.YEAR_DIFFERS,)),
        (CHIP.replace("019091", "019291"), "year_differs", (NumberWarning.YEAR_DIFFERS,)),
        (CHIP.replace("019091", "097091"), "province_unknown", (NumberWarning.PROVINCE_UNKNOWN,)),
        (CHIP.replace("019091", "999091"), "province_unknown", (NumberWarning.PROVINCE_UNKNOWN,)),
    ],
)
def test_what_differs_is_no_good_card_and_still_declares_a_person(
    payload: str, reason: str, warnings: tuple[NumberWarning, ...]
) -> None:
    card = read_card(payload, on=ON)
    assert (card.valid, card.reason) == ("no", reason)
    said = tidied(declaration_of(card))
    assert said.number == payload[:12]
    assert fault_of(said, on=ON, units=()) is None
    assert warnings_for(said) == warnings


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (CHIP.replace("019091000123", "01909100012"), "number_unreadable"),
        (CHIP.replace("019091000123", "0190910001234"), "number_unreadable"),
        (CHIP.replace("019091000123", "O19091000123"), "number_unreadable"),
        (CHIP.replace("019091000123", "019O91000123"), "number_unreadable"),
        (CHIP.replace("019091000123", "1.9091E+10"), "number_unreadable"),
        (CHIP.replace("019091000123", "090000123"), "number_unreadable"),
        (CHIP.replace("02031991", "31021991"), "birth_impossible"),
        (CHIP.replace("02031991", "00131991"), "birth_impossible"),
        (CHIP.replace("02031991", "02032031"), "birth_impossible"),
        (CHIP.replace("02031991", "hôm qua"), "birth_unreadable"),
        (CHIP.replace("10052021", "10051980"), "issued_before_birth"),
    ],
)
def test_what_cannot_be_true(payload: str, reason: str) -> None:
    card = read_card(payload, on=ON)
    assert (card.doc, card.valid, card.reason, card.name) == ("CCCD", "no", reason, PERSON.name)
    said = tidied(declaration_of(card))
    assert fault_of(said, on=ON, units=()) is None
    assert (said.number == "") is (reason == "number_unreadable")


def test_a_chip_card_declares_both_its_numbers() -> None:
    assert declaration_of(PERSON) == Declaration(
        PERSON.name, Sex.MALE, date(1991, 3, 2), 1991, number="019091000123",
        address=PERSON.address,
        documents=(Document(DocumentKind.OLD_IDENTITY_CARD, "090000123"),),
    )  # fmt: skip
