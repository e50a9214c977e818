"""Chip cards: the citizen card of 2021 (7 fields) and the identity card of 2024 (10 and more). Pure.

number | old number or empty | name | ddmmyyyy | Nam or Nữ | address | ddmmyyyy of issue. What the
newer card adds (parents, spouse, cancelled numbers) is about other people and is not kept.
"""

from __future__ import annotations

from collections.abc import Sequence

from som.people.rules.cards.reading import OF_WARNINGS, CardRead, CardReason, gravest
from som.people.rules.cards.text import Fields, day_of, is_damaged, sex_of
from som.people.rules.documents import (
    Document,
    DocumentKind,
    bare_number,
    document_kind,
    repaired_number,
    warnings_of,
)
from som.people.rules.names import is_name

DOC = "CCCD"
WHOLE = 7
LENGTH_OF_DAY = 8


def is_chip(values: Sequence[str]) -> bool:
    """Whether these look like the fields of a chip card: a number first, or else sex after birth.

    The number may have been lost as a whole, never its place.
    """
    first = bare_number(values[0])
    if len(values) > 1 and first.isascii() and first.isdigit() and 8 <= len(first) <= 13:
        return True
    numbered = not first or any(sign.isdigit() for sign in first)
    return numbered and _place_of_sex(values) is not None


def read_chip(fields: Fields) -> CardRead:
    """What the fields of a chip card say, and how far they agree with its number."""
    reasons = [CardReason.TEXT_REPAIRED] if fields.letters_restored else []
    if fields.separators_changed:
        reasons.append(CardReason.SEPARATORS_CHANGED)
    values = _ordered(fields.values, reasons)
    cut = len(values) < WHOLE
    if cut:
        reasons.append(CardReason.TRUNCATED)
    written, old, name, birth, sex_said, address, issued = (*values, *[""] * WHOLE)[:WHOLE]

    day = day_of(birth)
    sex = sex_of(sex_said)
    if len(values) == 4 and len(birth) < LENGTH_OF_DAY - 1:
        day = day_of("")  # cut off inside the date
    number = bare_number(written)
    if not number:
        reasons.append(CardReason.NUMBER_MISSING)
    elif document_kind(number) is not DocumentKind.CITIZEN_NUMBER:
        restored = repaired_number(number, sex=sex, birth_year=day.year)
        reasons.append(CardReason.ZEROS_RESTORED if restored else CardReason.NUMBER_UNREADABLE)
        number = restored or number
    kind = document_kind(number)
    kind = kind if kind is DocumentKind.CITIZEN_NUMBER else None
    if kind:
        paper = Document(kind, number)
        reasons += [OF_WARNINGS[w] for w in warnings_of(paper, sex=sex, birth_year=day.year)]
    reasons += _of_birth(day.fault, cut=cut)
    if day.zero_restored:
        reasons.append(CardReason.ZEROS_RESTORED)
    if day.masked:
        reasons.append(CardReason.MASKED)
    old = _old_number(old, reasons)
    if is_damaged(name) or (name and not is_name(name)):
        name = ""
        reasons.append(CardReason.NAME_UNREADABLE)
    elif not name and not cut:
        reasons.append(CardReason.FIELDS_MISSING)
    if sex is None and (sex_said or not cut):
        reasons.append(CardReason.SEX_UNREADABLE)
    if is_damaged(address):
        address = ""
        reasons.append(CardReason.ADDRESS_UNREADABLE)
    elif not address and not cut:
        reasons.append(CardReason.FIELDS_MISSING)
    issue = day_of(issued)
    if not cut and issue.day is None:
        missing = issue.fault == "missing"
        reasons.append(CardReason.FIELDS_MISSING if missing else CardReason.ISSUE_UNREADABLE)
    if issue.zero_restored:
        reasons.append(CardReason.ZEROS_RESTORED)
    if issue.day and day.year and (issue.day < day.day if day.day else issue.day.year < day.year):
        reasons.append(CardReason.ISSUED_BEFORE_BIRTH)
    if fields.invisible_dropped:
        reasons.append(CardReason.INVISIBLE_SIGNS)
    return CardRead(
        DOC, gravest(reasons), number, old, name, day.day, day.year, sex, address, issue.day,
        kind=kind,
    )  # fmt: skip


def _of_birth(fault: str, *, cut: bool) -> list[CardReason]:
    if fault == "impossible":
        return [CardReason.BIRTH_IMPOSSIBLE]
    if fault == "unreadable":
        return [CardReason.BIRTH_UNREADABLE]
    return [CardReason.FIELDS_MISSING] if fault and not cut else []


def _old_number(written: str, reasons: list[CardReason]) -> str:
    """The number of the card before, of 9 digits or 12; with what is wrong with it said."""
    old = bare_number(written)
    if len(old) == 8 and (restored := repaired_number(old)):
        reasons.append(CardReason.ZEROS_RESTORED)
        return restored
    if old and not (old.isascii() and old.isdigit() and len(old) in (9, 12)):
        reasons.append(CardReason.OLD_NUMBER_UNREADABLE)
    return old


def _ordered(values: Sequence[str], reasons: list[CardReason]) -> list[str]:
    """The fields each at its place, though a separator is missing or there are some too many.

    The sex with a date before it tells where the others stand.
    """
    at = _place_of_sex(values)
    if at is None:
        return list(values)
    before = [value for value in values[1 : at - 1] if value]
    after = list(values[at + 1 :])
    if at != 4:
        # Without an old number there is one field between number and birth, with one there are two.
        reasons.append(CardReason.FIELDS_MISSING if at < 4 else CardReason.SEPARATORS_EXTRA)
    old = before[0] if len(before) > 1 and bare_number(before[0]).isdigit() else ""
    if at == 4:
        old, names = values[1], [values[2]]
    else:
        names = before[1:] if old else before
    if len(after) == 1 and _is_day(after[0]):
        after.insert(0, "")
    while len(after) > 2 and not after[0] and not _is_day(after[1]):
        after.pop(0)
        reasons.append(CardReason.SEPARATORS_EXTRA)
    last = next((p for p in range(1, len(after)) if _is_day(after[p])), None)
    if last is not None and last > 1:
        parts = [part for part in after[:last] if part]
        after = [", ".join(parts), *after[last:]]
        reasons.append(CardReason.SEPARATORS_EXTRA)
    return [values[0], old, " ".join(names), values[at - 1], values[at], *after]


def _place_of_sex(values: Sequence[str]) -> int | None:
    """Where the sex stands, after a day: at its place, or else the first (Nam is a name as well)."""
    places = [4, *range(2, len(values))] if len(values) > 4 else range(2, len(values))
    return next((p for p in places if sex_of(values[p]) and _is_day(values[p - 1])), None)


def _is_day(text: str) -> bool:
    """Whether this is written like a day, be there such a day or not."""
    return bool(text) and day_of(text).fault in ("", "impossible")
