"""Insurance cards: 17 fields, names and addresses as hexadecimal UTF-8, and a last field "$". Pure.

number | name | birth | sex 1 or 2 | address | place of first treatment | valid from | to | issued |
code of management | parent | area | five years on | checksum | a digit | place | $, "-" where empty.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from som.people.rules.cards.reading import OF_WARNINGS, CardRead, CardReason, gravest
from som.people.rules.cards.text import (
    CardDay,
    Fields,
    day_of,
    has_invisible,
    is_damaged,
    one_line,
    repaired_text,
    sex_of,
)
from som.people.rules.documents import (
    Document,
    DocumentKind,
    Sex,
    bare_number,
    insurance_number,
    warnings_of,
)
from som.people.rules.names import is_name

DOC = "BHYT"
END = "$"

_SEXES = {"1": Sex.MALE, "2": Sex.FEMALE}
_HEX = re.compile(r"[0-9A-Fa-f]{2,}")
_SPOILT = re.compile(r"(?=\S*\d)\S{8,}")
"""One long word with digits: hexadecimal with a wrong sign in it, no text."""
_WORD = re.compile(r"[0-9A-Za-z]+")
_LETTERS = re.compile(r"[^\W\d_]")
_CARD = re.compile(r"[A-Z]{2}\d{13}", re.A)
_NUMBERS = re.compile(r"[A-Z]{2}\d{13}|\d{9,10}|\d{12}", re.A)


def is_insurance(values: Sequence[str]) -> bool:
    """Whether these look like the fields of an insurance card."""
    number = bare_number(values[0])
    if values[-1] == END and len(values) >= 5 and sum(s.isdigit() for s in number) >= 8:
        return True
    if len(values) < 2 or not _NUMBERS.fullmatch(number):
        return False
    if _CARD.fullmatch(number):
        return True
    by_hex = bool(_HEX.fullmatch(values[1])) and len(values[1]) >= 4
    return by_hex and len(values) > 3 and values[3] in _SEXES and not day_of(values[2]).fault


def read_insurance(fields: Fields) -> CardRead:
    """What the fields of an insurance card say."""
    reasons = [CardReason.TEXT_REPAIRED] if fields.letters_restored else []
    if fields.separators_changed:
        reasons.append(CardReason.SEPARATORS_CHANGED)
    values = list(fields.values)
    whole = values[-1] == END
    if whole:
        values.pop()
    else:
        reasons.append(CardReason.TRUNCATED)
    said = [*("" if value == "-" else value for value in values), *[""] * 17]
    number = bare_number(said[0])
    day = day_of(said[2])
    sex = _SEXES.get(said[3]) or sex_of(said[3])
    insured, number = _insured(number, reasons)
    kind = None
    if insured:
        kind = DocumentKind.INSURANCE if len(insured) == 10 else DocumentKind.CITIZEN_NUMBER
        paper = Document(kind, insured)
        reasons += [OF_WARNINGS[w] for w in warnings_of(paper, sex=sex, birth_year=day.year)]
    reasons += _of_birth(day, cut=not whole and len(values) < 4)
    if sex is None and (said[3] or len(values) > 3):
        reasons.append(CardReason.SEX_UNREADABLE)
    name = _decoded(said[1], reasons)
    if name is None or (len(values) > 1 and not is_name(name)):
        name = ""
        reasons.append(CardReason.NAME_UNREADABLE)
    address = _decoded(said[4], reasons)
    if address is None and (whole or len(values) > 5):
        reasons.append(CardReason.ADDRESS_UNREADABLE)
    issue = day_of(said[8])
    if issue.fault in ("impossible", "unreadable") and (whole or len(values) > 9):
        reasons.append(CardReason.ISSUE_UNREADABLE)
    guardian = _decoded(said[10], reasons) or ""
    if fields.invisible_dropped:
        reasons.append(CardReason.INVISIBLE_SIGNS)
    return CardRead(
        DOC,
        gravest(reasons),
        number,
        "",
        name,
        day.day,
        day.year,
        sex,
        address or "",
        issue.day,
        {
            "facility": said[5] or None,
            "valid_from": _iso(said[6]),
            "valid_to": _iso(said[7]),
        },
        kind=kind,
        insurance=insured or "",
        guardian=guardian,
    )


def _insured(number: str, reasons: list[CardReason]) -> tuple[str | None, str]:
    """The number that is the same on every card, and the one to show; with what is wrong said."""
    if _CARD.fullmatch(number):
        if number[2] not in "12345":
            reasons.append(CardReason.BENEFIT_UNKNOWN)
            return None, number
        if number[3:5] == "00":
            reasons.append(CardReason.PROVINCE_UNKNOWN)
            return None, number
        return number[5:], number
    insured = insurance_number(number)
    if insured is None:
        reasons.append(CardReason.NUMBER_UNREADABLE)
    elif insured != number:
        reasons.append(CardReason.ZEROS_RESTORED)
        number = insured
    return insured, number


def _of_birth(day: CardDay, *, cut: bool) -> list[CardReason]:
    found = [CardReason.ZEROS_RESTORED] if day.zero_restored else []
    if day.masked:
        found.append(CardReason.MASKED)
    if cut:
        return found
    if day.fault == "impossible":
        found.append(CardReason.BIRTH_IMPOSSIBLE)
    elif day.fault == "unreadable":
        found.append(CardReason.BIRTH_UNREADABLE)
    elif day.fault:
        found.append(CardReason.FIELDS_MISSING)
    return found


def _decoded(field: str, reasons: list[CardReason]) -> str | None:
    """Text from its hexadecimal; as it is where an app has decoded it already; None if it cannot be.

    One word of plain letters alone is no name or address that an app decoded, but broken hexadecimal.
    """
    if not field:
        return ""
    text = field
    if _HEX.fullmatch(field.replace(" ", "")):
        try:
            text = bytes.fromhex(field).decode("utf-8")
        except ValueError:  # of odd length, or no UTF-8
            return None
    elif _SPOILT.fullmatch(field) or not _LETTERS.search(field) or _WORD.fullmatch(field):
        return None
    text = repaired_text(text)
    if has_invisible(text):
        reasons.append(CardReason.INVISIBLE_SIGNS)
    text = one_line(text)
    return None if is_damaged(text) or any(not s.isprintable() for s in text) else text


def _iso(field: str) -> str | None:
    day = day_of(field).day
    return day.isoformat() if day else None
