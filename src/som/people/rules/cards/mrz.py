"""Machine-readable lines of passports and identity cards (ICAO Doc 9303, parts 3 to 6). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from som.people.rules.cards.reading import OF_WARNINGS, CardRead, CardReason, gravest
from som.people.rules.documents import (
    HOME_COUNTRY,
    Document,
    DocumentKind,
    Sex,
    document_kind,
    number_says,
    warnings_of,
)

DOC = "MRZ"

_VALUES = {sign: place for place, sign in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
_VALUES["<"] = 0
_WEIGHTS = (7, 3, 1)
_FOR_DIGITS = str.maketrans("OQDILZSGB", "000112568")
"""Letters that optical readers write for digits."""
_LINES = re.compile(r"[A-Z0-9<]+")
_FIRST_LINE = re.compile(r"P[A-Z<][A-Z<]{3}[A-Z<]{39}")

Span = tuple[int, int]


def check_digit(text: str) -> str:
    """The check digit of Doc 9303 part 3: values times 7, 3, 1 and so on, modulo 10."""
    return str(sum(_VALUES[s] * _WEIGHTS[p % 3] for p, s in enumerate(text)) % 10)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where what stands in the lines put together: from and to, and the places of the check digits."""

    size: int
    name: Span
    number: Span
    nationality: Span
    birth: Span
    sex: int
    expiry: Span
    optional: tuple[Span, ...]
    checked: tuple[tuple[tuple[Span, ...], int], ...]
    digits: tuple[Span, ...]


TD3 = Layout(
    88, (5, 44), (44, 53), (54, 57), (57, 63), 64, (65, 71), ((72, 86),),
    (
        (((44, 53),), 53), (((57, 63),), 63), (((65, 71),), 71), (((72, 86),), 86),
        (((44, 54), (57, 64), (65, 87)), 87),
    ),
    ((53, 54), (57, 64), (65, 72), (87, 88)),
)  # fmt: skip
TD2 = Layout(
    72, (5, 36), (36, 45), (46, 49), (49, 55), 56, (57, 63), ((64, 71),),
    (
        (((36, 45),), 45), (((49, 55),), 55), (((57, 63),), 63),
        (((36, 46), (49, 56), (57, 71)), 71),
    ),
    ((45, 46), (49, 56), (57, 64), (71, 72)),
)  # fmt: skip
TD1 = Layout(
    90, (60, 90), (5, 14), (45, 48), (30, 36), 37, (38, 44), ((15, 30), (48, 59)),
    (
        (((5, 14),), 14), (((30, 36),), 36), (((38, 44),), 44),
        (((5, 30), (30, 37), (38, 45), (48, 59)), 59),
    ),
    ((30, 37), (38, 45), (59, 60)),
)  # fmt: skip


def lines_in(text: str) -> str | None:
    """The machine-readable lines in a scanned text, put together; None if there are none."""
    lines = re.sub(r"\s+|\\r|\\n", "", text).upper()
    if not _LINES.fullmatch(lines) or "<<" not in lines:
        return None
    if len(lines) == 88 and lines[0] in "PV":
        return lines
    if len(lines) in (72, 90) and lines[0] in "ACIPV":
        return lines
    if len(lines) == 44 and (_FIRST_LINE.fullmatch(lines) or _is_second_line(lines)):
        return lines
    return None


def _is_second_line(line: str) -> bool:
    return check_digit(line[:10] + line[13:20] + line[21:43]) == line[43]


def read_mrz(lines: str, on: date | None) -> CardRead:
    """What machine-readable lines say. Years of birth are the latest before `on` or the expiry."""
    reasons: list[CardReason] = []
    if lines[0] == "V":
        return CardRead(DOC, CardReason.NOT_A_PAPER)
    if len(lines) == 44:
        reasons.append(CardReason.TRUNCATED)
        first = lines[0] == "P" and not _is_second_line(lines)
        lines = lines + "<" * 44 if first else "P<" + "<" * 42 + lines
        if first:
            country, name = _country(lines[2:5]), _name(lines[5:44])
            return CardRead(DOC, CardReason.TRUNCATED, name=name, country=country)
    layout = {88: TD3, 72: TD2, 90: TD1}[len(lines)]
    if not _agrees(lines, layout):
        mended = lines
        for start, end in layout.digits:
            mended = mended[:start] + mended[start:end].translate(_FOR_DIGITS) + mended[end:]
        if _agrees(mended, layout):
            lines = mended
            reasons.append(CardReason.ZEROS_RESTORED)
        else:
            reasons.append(CardReason.CHECK_DIGIT)
    return _read(lines, layout, reasons, on)


def _read(lines: str, layout: Layout, reasons: list[CardReason], on: date | None) -> CardRead:
    country = _country(lines[2:5] if lines[2:5].strip("<") else _at(lines, layout.nationality))
    number = _number(lines, layout)
    citizen = _citizen_number(lines, layout) if country == HOME_COUNTRY else ""
    expires = _future(_at(lines, layout.expiry))
    birth, year = _birth(_at(lines, layout.birth), on or expires, citizen)
    sex = {"M": Sex.MALE, "F": Sex.FEMALE}.get(lines[layout.sex])
    if birth is None and year is None:
        known = _at(lines, layout.birth).strip("<")
        reasons.append(CardReason.BIRTH_IMPOSSIBLE if known else CardReason.FIELDS_MISSING)
    passport = lines[0] == "P"
    kind: DocumentKind | None = DocumentKind.PASSPORT
    if not passport and country == HOME_COUNTRY:
        kind = DocumentKind.CITIZEN_NUMBER if citizen else None
        number = citizen or number
    elif passport and country == HOME_COUNTRY and document_kind(number) != DocumentKind.PASSPORT:
        reasons.append(CardReason.NUMBER_UNREADABLE)
    if citizen:
        paper = Document(DocumentKind.CITIZEN_NUMBER, citizen)
        reasons += [OF_WARNINGS[w] for w in warnings_of(paper, sex=sex, birth_year=year)]
    if not number:
        reasons.append(CardReason.NUMBER_UNREADABLE)
    name = _name(_at(lines, layout.name))
    if any(sign.isdigit() for sign in name):
        name = ""
        reasons.append(CardReason.NAME_UNREADABLE)
    elif not name and CardReason.TRUNCATED not in reasons:
        reasons.append(CardReason.FIELDS_MISSING)
    reason = gravest(reasons)
    trusted = reason not in (CardReason.CHECK_DIGIT, CardReason.NUMBER_UNREADABLE)
    return CardRead(
        DOC, reason, number, "", name, birth, year, sex,
        extra={
            "paper": "passport" if passport else "identity_card",
            "country": country,
            "nationality": _country(_at(lines, layout.nationality)),
            "valid_to": expires.isoformat() if expires else None,
            "citizen_number": citizen or None,
        },
        kind=kind if trusted else None,
        country=country,
    )  # fmt: skip


def _agrees(lines: str, layout: Layout) -> bool:
    """Whether every check digit is right; an empty optional part may have none."""
    for spans, place in layout.checked:
        text = "".join(lines[start:end] for start, end in spans)
        digit = lines[place]
        if layout is TD1 and place == 14 and digit == "<":
            continue  # a number longer than its field has its check digit further on
        if digit == "<" and not text.strip("<"):
            continue
        if digit != check_digit(text):
            return False
    return True


def _at(lines: str, span: Span) -> str:
    return lines[span[0] : span[1]]


def _number(lines: str, layout: Layout) -> str:
    number = _at(lines, layout.number)
    if layout is TD1 and lines[14] == "<" and (more := lines[15:30].split("<")[0]):
        number += more[:-1]
    return number.rstrip("<").replace("<", "")


def _citizen_number(lines: str, layout: Layout) -> str:
    """The 12 digits that Vietnamese cards and passports carry in their optional part."""
    for span in layout.optional:
        if found := re.fullmatch(r"(\d{12})<*\d?<*", _at(lines, span)):
            return found[1]
    return ""


def _country(code: str) -> str:
    code = code.strip("<")
    return "DEU" if code == "D" else code


def _name(field: str) -> str:
    family, _, given = field.strip("<").partition("<<")
    return " ".join(f"{family} {given}".replace("<", " ").split())


def _birth(field: str, on: date | None, citizen: str) -> tuple[date | None, int | None]:
    """Day and year of birth from yymmdd; unknown parts are filled with "<" (Doc 9303 part 3)."""
    if not field[:2].isdigit():
        return None, None
    last = on.year if on else 2099
    year = last // 100 * 100 + int(field[:2])
    if year > last:
        year -= 100
    if citizen and number_says(citizen).year % 100 == int(field[:2]):
        year = number_says(citizen).year if number_says(citizen).year <= last else year
    if not field[2:].isdigit():
        return None, year if set(field[4:]) <= {"<"} else None
    try:
        day = date(year, int(field[2:4]), int(field[4:]))
    except ValueError:
        return None, None
    if on and day > on:
        day = day.replace(year=year - 100)
    return day, day.year


def _future(field: str) -> date | None:
    try:
        return date(2000 + int(field[:2]), int(field[2:4]), int(field[4:]))
    except ValueError:
        return None
