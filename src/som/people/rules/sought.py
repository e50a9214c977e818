"""What somebody typed in one box to find a person: name, birth, telephone, number, in any order. Pure."""

from __future__ import annotations

import re
from datetime import date

from som.people.rules.births import FIRST_BIRTH_YEAR, Birth, birth_of
from som.people.rules.declarations import Declaration
from som.people.rules.documents import Document, document_of
from som.people.rules.phones import phone_of

_DATE = re.compile(r"\d{1,2}([/.-])\d{1,2}\1\d{4}", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)
_NUMBERED = re.compile(r"\+?[\d.()-]*\d[\d.()-]*", re.ASCII)
_MOST_PARTS = 5
"""A telephone number is written in groups: 0912 345 678, +84 912 34 56 78."""


def sought_in(text: str, *, on: date) -> Declaration:
    """What the words and numbers of a search say of the person sought.

    Numbers may be written in groups. What is neither a birth, a telephone nor the number of a paper
    belongs to the name, as does whatever comes a second time.
    """
    words = text.replace(",", " ").replace(";", " ").split()
    name: list[str] = []
    birth: Birth | None = None
    phone = number = ""
    at = 0
    while at < len(words):
        taken, found_birth, found_phone, found_number = _read(words[at:], on)
        if found_birth is not None and birth is None:
            birth = found_birth
        elif found_phone and not phone:
            phone = found_phone
        elif found_number and not number:
            number = found_number
        else:
            taken = 1
            name.append(words[at])
        at += taken
    return Declaration(
        " ".join(name),
        birth_date=birth.date if birth else None,
        birth_year=birth.year if birth else None,
        phone=phone,
        number=number,
    )


def _read(words: list[str], on: date) -> tuple[int, Birth | None, str, str]:
    """What the first of these words begins: how many words, and the birth, telephone or number."""
    first = words[0]
    if _DATE.fullmatch(first) or (_YEAR.fullmatch(first) and int(first) >= FIRST_BIRTH_YEAR):
        found = birth_of(first, on=on)
        if isinstance(found, Birth):
            return 1, found, "", ""
    grouped = 0
    while grouped < min(len(words), _MOST_PARTS) and _NUMBERED.fullmatch(words[grouped]):
        grouped += 1
    for many in range(max(grouped, 1), 0, -1):
        joined = "".join(words[:many])
        if not any(sign.isdigit() for sign in joined):
            continue
        if grouped and (phone := phone_of(joined)):
            return many, None, phone, ""
        paper = document_of(joined)
        if isinstance(paper, Document):
            return many, None, "", paper.number
    return 1, None, "", ""
