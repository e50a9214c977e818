"""Printed codes and search keys. Pure."""

from __future__ import annotations

import random
import re
import secrets
import unicodedata
from datetime import date
from functools import lru_cache

DIGITS = "0123456789"
ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
UNMISTAKABLE = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O (read as 1 and 0) and no U."""

TUBE_SERIALS = 10**9
SLIP_LENGTH = 13
"""Twelve random characters (60 bits: guessing at a thousand tries a second among ten million slips
takes 3,600 years a hit) and one check character."""


def _steps(alphabet: str) -> list[dict[str, int]]:
    """What the running total becomes with each sign, by the total before."""
    size = len(alphabet)
    return [
        {
            sign: ((total + value) % size or size) * 2 % (size + 1)
            for value, sign in enumerate(alphabet)
        }
        for total in range(size + 1)
    ]


_STEPS = {alphabet: _steps(alphabet) for alphabet in (DIGITS, ALPHANUMERIC)}


def check_character(text: str, alphabet: str) -> str:
    """The check character of ISO/IEC 7064's hybrid systems: MOD 11,10 for digits, MOD 37,36 for 36 signs.

    Finds every single wrong character and nearly every swap of neighbours.
    """
    steps, size = _STEPS[alphabet], len(alphabet)
    total = size
    for sign in text:
        total = steps[total][sign]
    return alphabet[(size + 1 - total) % size]


def _numbered(letter: str, serial: int) -> str:
    if not 0 <= serial < TUBE_SERIALS:
        raise ValueError(f"serial out of range: {serial}")
    digits = f"{serial:09d}"
    return f"{letter}{digits}{check_character(digits, DIGITS)}"


def _serial(letter: str, code: str) -> int | None:
    if len(code) != 11 or code[0] != letter or not (code.isascii() and code[1:].isdigit()):
        return None
    digits = code[1:10]
    return int(digits) if check_character(digits, DIGITS) == code[10] else None


def tube_code(serial: int) -> str:
    """The printed code of our own tube with this serial number: S, nine digits, check digit."""
    return _numbered("S", serial)


@lru_cache(maxsize=2**12)
def tube_serial(code: str) -> int | None:
    """The serial number in one of our own tube codes, or None if it is not one."""
    return _serial("S", code)


def card_code(serial: int) -> str:
    """The printed code of a walk-in card with this serial number: W, nine digits, check digit."""
    return _numbered("W", serial)


def card_serial(code: str) -> int | None:
    """The serial number in a walk-in card's code as scanned or typed, or None if it is not one."""
    return _serial("W", _NOT_IN_SLIP.sub("", code).upper())


_DRAWN = UNMISTAKABLE[2:]
"""Without 0 and 1 too: whoever types a code does not know that there is no O, I or L in it."""


def drawn_code(on: date) -> str:
    """A code for something begun on this day: drawn with its form, so that sending twice is once."""
    return f"{on:%y%m%d}-{''.join(secrets.choice(_DRAWN) for _ in range(4))}"


def new_slip_code(source: random.Random | None = None) -> str:
    """A slip code nobody can guess. `source` only for drawn worlds; else the system's own randomness."""
    choose = source.choice if source else secrets.choice
    while True:
        body = "".join(choose(UNMISTAKABLE) for _ in range(SLIP_LENGTH - 1))
        check = check_character(body, ALPHANUMERIC)
        if check in UNMISTAKABLE:
            return body + check


_SLIP = re.compile(f"[{UNMISTAKABLE}]{{{SLIP_LENGTH}}}")
_NOT_IN_SLIP = re.compile(r"[\s\-.]+")
_MISREAD = str.maketrans("ILO", "110")


def slip_code(typed: str) -> str | None:
    """The slip code as stored, from what a person typed or scanned; None if it cannot be one.

    A scanned QR code is an address: the slip stands behind #, before the first dot.
    """
    code = typed
    if not _SLIP.fullmatch(code):
        _, scanned, behind = typed.partition("#")
        if scanned:
            typed = behind.partition(".")[0]
        code = _NOT_IN_SLIP.sub("", typed).upper().translate(_MISREAD)
        if not _SLIP.fullmatch(code):
            return None
    return code if check_character(code[:-1], ALPHANUMERIC) == code[-1] else None


def printed_slip_code(code: str) -> str:
    """A slip code in groups of four, as printed for human eyes."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


_STROKED = str.maketrans("đĐ", "dD")


def fold(text: str) -> str:
    """A search key: no tones, no marks, đ as d, lower case, single spaces."""
    if text.isascii():
        return " ".join(text.lower().split())
    return " ".join(filter(None, map(_folded, text.split())))


@lru_cache(maxsize=2**16)
def _folded(word: str) -> str:
    """One word of a search key: names are made of few words."""
    word = unicodedata.normalize("NFD", word.translate(_STROKED))
    return "".join(sign for sign in word if not unicodedata.combining(sign)).lower()
