"""Codes on identity papers: chip cards, insurance cards, the apps of 2021, passports. Pure.

Whatever is scanned is read as far as it goes: what it says, how far to trust it, and why not
further. Names come without marks from some codes and with them from others, so nobody is told apart
by a name's marks.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from som.kernel import ids
from som.people.rules.cards.chip import DOC as CHIP
from som.people.rules.cards.chip import is_chip, read_chip
from som.people.rules.cards.insurance import DOC as INSURANCE
from som.people.rules.cards.insurance import is_insurance, read_insurance
from som.people.rules.cards.mrz import lines_in, read_mrz
from som.people.rules.cards.personal import is_personal, read_personal
from som.people.rules.cards.reading import CardRead, CardReason, Validity
from som.people.rules.cards.text import LONGEST, bare_text, fields_of
from som.people.rules.declarations import Declaration
from som.people.rules.documents import (
    Document,
    DocumentKind,
    bare_number,
    insurance_number,
)

__all__ = ["CardRead", "CardReason", "Validity", "declaration_of", "read_card"]

_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1b]")


def read_card(payload: str, *, on: date | None = None) -> CardRead:
    """What a scanned payload says of whom. Junk is refused with a reason, never with an error.

    `on` is the day of the scan: nobody is born after it, which also tells the century of passports.
    """
    card = _read(payload, on)
    born_later = on and (card.birth_date or date.min) > on
    if born_later or (on and (card.birth_year or 0) > on.year):
        return replace(card, reason=CardReason.BIRTH_IMPOSSIBLE, birth_date=None, birth_year=None)
    return card


def _read(payload: str, on: date | None) -> CardRead:
    if len(payload) > LONGEST:
        return CardRead(reason=CardReason.TOO_LONG)
    text = bare_text(payload)
    if not text:
        return CardRead(reason=CardReason.EMPTY)
    if _NO_TEXT.search(text):
        return CardRead(reason=CardReason.NOT_IDENTITY)
    if lines := lines_in(text):
        return read_mrz(lines, on)
    fields = fields_of(text)
    if len(fields.values) == 1:
        return _alone(fields.values[0])
    if is_insurance(fields.values):
        return read_insurance(fields)
    if is_personal(fields.values):
        return read_personal(fields)
    if is_chip(fields.values):
        return read_chip(fields)
    return CardRead(reason=CardReason.NOT_IDENTITY)


def _alone(text: str) -> CardRead:
    """A number without anything else, as bar codes of older cards hold it; or one of our own codes."""
    number = bare_number(text)
    if re.fullmatch(r"0\d{11}", number, re.A) and int(number[3]) < 4:
        return CardRead(CHIP, CardReason.NUMBER_ALONE, number, kind=DocumentKind.CITIZEN_NUMBER)
    if re.fullmatch(r"[A-Z]{2}\d{13}", number, re.A) and (insured := insurance_number(number)):
        return CardRead(
            INSURANCE, CardReason.NUMBER_ALONE, number, kind=DocumentKind.INSURANCE,
            insurance=insured,
        )  # fmt: skip
    own = (ids.tube_serial(number), ids.card_serial(number), ids.slip_code(text))
    if any(code is not None for code in own):
        return CardRead(reason=CardReason.OWN_CODE)
    return CardRead(reason=CardReason.NOT_IDENTITY)


def declaration_of(card: CardRead) -> Declaration:
    """What the card declares of its holder, with every number of theirs that it carries.

    A number that differs from sex or birth is taken, with a warning to follow; one that is none, or
    hidden, is not.
    """
    number, papers = "", []
    if card.kind is DocumentKind.CITIZEN_NUMBER:
        number = card.insurance if len(card.insurance) == 12 else card.number
    elif card.kind not in (None, DocumentKind.INSURANCE):
        papers.append(Document(card.kind, card.number, card.country))
    if card.insurance:
        by_citizen_number = len(card.insurance) == 12
        papers.append(
            Document(
                DocumentKind.CITIZEN_NUMBER if by_citizen_number else DocumentKind.INSURANCE,
                card.insurance,
            )
        )
    if len(card.old_number) in (9, 12) and card.old_number.isdigit():
        old = len(card.old_number) == 9
        papers.append(
            Document(
                DocumentKind.OLD_IDENTITY_CARD if old else DocumentKind.CITIZEN_NUMBER,
                card.old_number,
            )
        )
    if card.extra and (citizen := card.extra.get("citizen_number")) and card.kind is not None:
        papers.append(Document(DocumentKind.CITIZEN_NUMBER, citizen))
    return Declaration(
        card.name,
        card.sex,
        card.birth_date,
        card.birth_year,
        phone=card.phone,
        number=number,
        address=card.address,
        documents=tuple(
            paper
            for paper in dict.fromkeys(papers)
            if (paper.kind, paper.number) != (DocumentKind.CITIZEN_NUMBER, number)
        ),
        guardian=card.guardian,
    )
