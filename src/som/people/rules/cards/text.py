"""Scanned text made whole: what scanners, keyboards and spreadsheets do to a card's code. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from som.kernel.ids import fold
from som.people.rules.documents import Sex

LONGEST = 10_000
"""Signs. A QR code holds 2,953 bytes (version 40, level L, ISO/IEC 18004); letters mangled twice take
three times that."""

_AROUND = " \t\r\n\x00\x02\x03\x04\x1c\x1d\x1e\x1f\ufeff\u200b\u2060"
_SCANNER = re.compile(r"^\][A-Za-z][0-9A-Za-z](?=[0-9A-Z])")
"""The symbology identifier some scanners send first (ISO/IEC 15424), as "]Q1"."""
_MANGLED_BOM = "ï»¿"


def bare_text(payload: str) -> str:
    """The payload without byte order mark, line end, quotes and scanner's prefix around it."""
    text = payload.strip(_AROUND).removeprefix(_MANGLED_BOM)
    text = _SCANNER.sub("", text).strip(_AROUND)
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


# Letters


def _table(encoding: str) -> dict[str, int]:
    found = {}
    for byte in range(0x80, 0x100):
        sign = bytes([byte]).decode(encoding, "ignore")
        if sign:
            found[sign] = byte
    return found


_TABLES = (_table("cp1252"), _table("cp1258"))
"""How Windows reads single bytes in the West and in Viet Nam; Latin-1 is what is left."""
_SPACE_FOR_A0 = re.compile(r"(?<=[\u00c3\u0102\u00cc\u00cd]) |(?<=\u00e1[\u00ba\u00bb]) ")
_MANGLED = re.compile(
    r"[\u00c3\u00c2\u0102][\u0080-\u00bf]|\u00e1[\u00ba\u00bb]|\u00c4[\u0080-\u00bf\u2018-\u201d]"
    r"|\u00c6[\u00a0-\u00bf]|\ufffd"
)
_LOST = re.compile(r"\w\?\w?|\?\w")


def repaired_text(text: str) -> str:
    """The text with its letters restored where UTF-8 was read as single bytes, up to three times.

    Only a text that is whole UTF-8 again, of Latin letters, is taken, so that nothing else is
    changed. A byte A0 that became a plain space on the way counts as itself, where other letters are
    mangled too.
    """
    for _ in range(3):
        if text.isascii():
            break
        restored = _restored(text)
        if restored is None and _MANGLED.search(text):
            restored = _restored(_SPACE_FOR_A0.sub("\u00a0", text))
        if restored is None:
            break
        text = restored
    return text


def _restored(text: str) -> str | None:
    for table in _TABLES:
        codes = [table.get(sign, ord(sign)) for sign in text]
        if max(codes) < 256:
            try:
                restored = bytes(codes).decode("utf-8")
            except UnicodeDecodeError:
                continue
            if all(s.isascii() or not s.isalpha() or _is_latin(s) for s in restored):
                return restored
    return None


def _is_latin(sign: str) -> bool:
    return ord(sign) < 256 or unicodedata.name(sign, "").startswith("LATIN")


def is_damaged(text: str) -> bool:
    """Whether letters of this text are lost: question marks inside words, or bytes nobody can join."""
    return bool(_MANGLED.search(text) or _LOST.search(text))


def one_line(text: str) -> str:
    """NFC with single spaces, without invisible signs."""
    text = unicodedata.normalize("NFC", text)
    return " ".join("".join(sign for sign in text if not _is_invisible(sign)).split())


def has_invisible(text: str) -> bool:
    """Whether signs nobody sees stand in this text, such as spaces without width."""
    return not text.isascii() and any(map(_is_invisible, text))


def _is_invisible(sign: str) -> bool:
    return not sign.isspace() and unicodedata.category(sign) in ("Cf", "Cc")


# Fields

_OTHER_SEPARATORS = ("\uff5c", "\u00a6", "\u2502", "&#124;", "%7C", "%7c", "\t", ";", "^", "~")


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of a payload in their order, and what was done to its text to read them."""

    values: tuple[str, ...]
    letters_restored: bool
    separators_changed: bool
    invisible_dropped: bool


def fields_of(text: str) -> Fields:
    """The payload cut at its separators, each field with its letters restored."""
    changed = False
    if "|" not in text:
        for separator in _OTHER_SEPARATORS:
            if text.count(separator) >= 4:
                text, changed = text.replace(separator, "|"), True
                break
        else:
            by_commas = text.split(",")
            if len(by_commas) >= 7 and by_commas[0].strip().isdigit() and day_of(by_commas[3]).day:
                address = ",".join(by_commas[5:-1])
                text, changed = "|".join([*by_commas[:5], address, by_commas[-1]]), True
    raw = text.split("|")
    whole = [repaired_text(part) for part in raw]
    invisible = any(map(has_invisible, whole))
    return Fields(tuple(one_line(part) for part in whole), whole != raw, changed, invisible)


# Values


@dataclass(frozen=True, slots=True)
class CardDay:
    """A day on a card: whole, or its year alone; `fault` is empty, missing, unreadable or impossible."""

    day: date | None = None
    year: int | None = None
    fault: str = ""
    zero_restored: bool = False
    masked: bool = False


_BY_PARTS = re.compile(
    r"(\d{1,2}|[*xX]{1,2})[/\-. ]+(\d{1,2}|[*xX]{1,2})[/\-. ]+(\d{4}|[*xX]{4})", re.A
)
_ISO = re.compile(r"(\d{4}|[*xX]{4})[/\-.](\d{1,2}|[*xX]{1,2})[/\-.](\d{1,2}|[*xX]{1,2})", re.A)
_CLOCK = re.compile(r"[T ]\d{2}:\d{2}.*$", re.A)


def day_of(text: str) -> CardDay:
    """A day as cards and scanner apps write it: ddmmyyyy, with signs between, in ISO order, a year alone.

    Seven digits lost the zero in front. Day and month 00, and four digits, are a year alone.
    """
    text = _CLOCK.sub("", unicodedata.normalize("NFKC", text).strip())
    if not text or text in "--":
        return CardDay(fault="missing")
    if found := _ISO.fullmatch(text):
        return _made(found[3], found[2], found[1])
    if found := _BY_PARTS.fullmatch(text):
        return _made(found[1], found[2], found[3])
    if not re.fullmatch(r"\d+", text, re.A):
        return CardDay(fault="unreadable")
    if len(text) == 4:
        return _made("00", "00", text)
    if len(text) == 7:
        whole = _made("0" + text[0], text[1:3], text[3:])
        return CardDay(whole.day, whole.year, whole.fault, zero_restored=True)
    if len(text) != 8:
        return CardDay(fault="unreadable")
    made = _made(text[:2], text[2:4], text[4:])
    if made.fault and 1900 <= int(text[:4]) < 2100 and not made.year:
        turned = _made(text[6:], text[4:6], text[:4])
        return made if turned.fault else turned
    return made


def _made(day: str, month: str, year: str) -> CardDay:
    hidden = not (day + month + year).isdigit()
    if not year.isdigit():
        return CardDay(fault="missing", masked=True)
    if not 1900 <= int(year) < 2100:
        return CardDay(fault="impossible")
    if hidden or int(day) == 0:
        if not hidden and int(month) > 12:
            return CardDay(fault="impossible")
        return CardDay(year=int(year), masked=hidden)
    try:
        return CardDay(date(int(year), int(month), int(day)), int(year))
    except ValueError:
        return CardDay(fault="impossible")


_SEXES = {
    "nam": Sex.MALE, "male": Sex.MALE, "m": Sex.MALE, "trai": Sex.MALE,
    "nu": Sex.FEMALE, "female": Sex.FEMALE, "f": Sex.FEMALE, "gai": Sex.FEMALE,
}  # fmt: skip


def sex_of(text: str) -> Sex | None:
    """The sex as a card writes it, with or without marks, in any case."""
    return _SEXES.get(fold(text).strip(" ."))
