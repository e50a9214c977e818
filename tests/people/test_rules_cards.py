"""Codes on identity papers: the gold file, what scanners and spreadsheets do to them, and junk."""

from __future__ import annotations

import csv
import json
import random
import unicodedata
from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from som.kernel import ids
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
from som.people.rules.cards import CardRead, CardReason, Validity, declaration_of, read_card
from som.people.rules.cards.mrz import check_digit
from som.people.rules.cards.reading import validity_of

CASES = Path(__file__).resolve().parents[1] / "files" / "id_qr" / "id_qr_cases.csv"
ON = date(2026, 11, 22)

CHIP = (
    "019091000123|090000123|Nguyễn Văn Thử|02031991|Nam|"
    "Tổ 5, Phường Quang Trung, Thành phố Thái Nguyên, Thái Nguyên|10052021"
)
INSURANCE = (
    "GD4191234567890|4e677579e1bb856e2056c4836e205468e1bbad|02/03/1991|1|"
    "5068c6b0e1bb9d6e67204de1baab752c205468c3a169204e677579c3aa6e|19 - 010|01/01/2021|31/12/2021|"
    "01/01/2021|19000000000001|-|4|01/01/2026|00112233445566aa-0001|4|5468c3a169204e677579c3aa6e|$"
)
PERSONAL = (
    "019091000123|NGUYEN VAN THU|1991-03-02|0|162979388586171100|<1<GD4191234567890<0912345678"
)
PASSPORT = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
)  # the specimen of ICAO Doc 9303 part 4

PERSON = CardRead(
    "CCCD", CardReason.NOTHING, "019091000123", "090000123", "Nguyễn Văn Thử", date(1991, 3, 2),
    1991, Sex.MALE, "Tổ 5, Phường Quang Trung, Thành phố Thái Nguyên, Thái Nguyên",
    date(2021, 5, 10), kind=DocumentKind.CITIZEN_NUMBER,
)  # fmt: skip
"""Whom the chip card above is about."""


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


# Chip cards


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


# Insurance cards


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


# The apps of 2021


def test_the_personal_code_of_the_apps() -> None:
    card = read_card(PERSONAL)
    assert card.as_said() == {
        "doc": "QR1405",
        "valid": "yes",
        "reason": "",
        "number": "019091000123",
        "old_number": "",
        "name": "NGUYEN VAN THU",
        "birth_date": "1991-03-02",
        "sex": "M",
        "address": "",
        "issue_date": "",
        "extra": {
            "declared_by": "self",
            "qid": "162979388586171100",
            "declarant_qid": None,
            "insurance": "GD4191234567890",
            "phone": "0912345678",
            "signature": None,
        },
    }
    said = declaration_of(card)
    assert (said.number, said.phone) == ("019091000123", "0912345678")
    assert said.documents == (Document(DocumentKind.INSURANCE, "1234567890"),)


@pytest.mark.parametrize(
    ("payload", "valid", "reason", "sex"),
    [
        (PERSONAL.rsplit("|", 1)[0], "yes", "", None),
        (PERSONAL.replace("|<1", "|1"), "yes", "", Sex.MALE),
        (PERSONAL.replace("<1<", "<0<"), "yes", "", None),
        (PERSONAL.replace("<1<", "<2<"), "no", "sex_differs", Sex.FEMALE),
        (PERSONAL + "<signed|and|more", "yes", "", Sex.MALE),
        (PERSONAL.replace("1991-03-02", "1990-03-02"), "no", "year_differs", Sex.MALE),
        (PERSONAL.replace("1991-03-02", "1991-02-30"), "no", "birth_impossible", Sex.MALE),
        (PERSONAL.replace("|0|", "|7|"), "partial", "declarant_unreadable", Sex.MALE),
        (PERSONAL.replace("019091000123", "19091000123"), "partial", "zeros_restored", Sex.MALE),
        (PERSONAL.replace("019091000123", "01909100"), "no", "number_unreadable", Sex.MALE),
        (PERSONAL.replace("019091000123", "090000123"), "yes", "", Sex.MALE),
        (PERSONAL.replace("019091000123", "B1234567"), "yes", "", Sex.MALE),
        ("|".join(PERSONAL.split("|")[:4]), "partial", "truncated", None),
        (PERSONAL.replace("019091000123", ""), "no", "number_missing", Sex.MALE),
        (
            PERSONAL.replace("86171100", "8617\ufffd00"),
            "partial",
            "platform_id_unreadable",
            Sex.MALE,
        ),
        (
            PERSONAL.replace("162979388586171100", "1.62979E+17"),
            "partial",
            "platform_id_unreadable",
            Sex.MALE,
        ),
        (
            PERSONAL.replace("162979388586171100", "zzzzzzzzz"),
            "partial",
            "platform_id_unreadable",
            Sex.MALE,
        ),
        (PERSONAL.replace("|<1", "|x<1"), "partial", "further_unreadable", Sex.MALE),
        (PERSONAL.replace("<1<", "<9<"), "partial", "further_unreadable", None),
        (PERSONAL.replace("GD4191234567890", "GD4zz"), "partial", "further_unreadable", Sex.MALE),
        (PERSONAL.replace("0912345678", "junk"), "partial", "further_unreadable", Sex.MALE),
        (PERSONAL.replace("0912345678", "091****678"), "partial", "masked", Sex.MALE),
        (PERSONAL.replace("NGUYEN", "NGU\u200bYEN"), "partial", "invisible_signs", Sex.MALE),
    ],
)
def test_personal_codes(payload: str, valid: str, reason: str, sex: Sex | None) -> None:
    card = read_card(payload)
    assert (card.doc, card.valid, card.reason, card.sex) == ("QR1405", valid, reason, sex)
    assert card.name == "NGUYEN VAN THU"


def test_what_the_holder_hides_is_not_guessed() -> None:
    hidden = PERSONAL.replace("019091", "******").replace("1991-03-02", "1991-**-**")
    card = read_card(hidden)
    assert (card.valid, card.reason) == ("partial", "masked")
    said = declaration_of(card)
    assert (said.number, said.birth_date, said.birth_year) == ("", None, 1991)
    wholly = read_card(hidden.replace("1991-**-**", "****-**-**"))
    assert (wholly.reason, wholly.birth_year) == ("masked", None)


def test_who_declares_for_another_does_not_lend_them_a_telephone() -> None:
    card = read_card(PERSONAL.replace("|0|", "|1|").replace("|<1", "|162979388586171199<1"))
    assert card.extra is not None
    assert (card.extra["declared_by"], card.extra["declarant_qid"]) == (
        "other", "162979388586171199",
    )  # fmt: skip
    assert declaration_of(card).phone == ""


# Machine-readable lines


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
