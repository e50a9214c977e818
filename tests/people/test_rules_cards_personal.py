"""Codes of the apps of 2021."""

from __future__ import annotations

import pytest

from som.people.rules import Document, DocumentKind, Sex
from som.people.rules.cards import declaration_of, read_card
from tests.people.drawn_cards import PERSONAL


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
