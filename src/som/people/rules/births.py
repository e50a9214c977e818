"""Births as people write them: a whole date, or a year alone. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from som.kernel.outcomes import Refusal, gettext_noop

FIRST_BIRTH_YEAR = 1900
"""The provincial sampling forms take whole numbers from 1900 (column "Năm sinh")."""


class BirthFault(Refusal):
    """Why what is written is no birth."""

    UNREADABLE = "birth_unreadable", gettext_noop("This is neither a date nor a year.")
    NO_SUCH_DAY = "birth_no_such_day", gettext_noop("There is no such day.")
    IMPOSSIBLE = "birth_impossible", gettext_noop("Nobody living was born then.")


@dataclass(frozen=True, slots=True)
class Birth:
    """When somebody was born: a day and its year, or the year alone."""

    date: date | None
    year: int


_LABEL = re.compile(r"^(?:sinh\s+)?(?:năm\s+sinh|ngày\s+sinh|ngày|năm|sinh|sn|ns)\s*[:.]*\s*", re.I)
_CLOCK = re.compile(r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$")
_PARTED = re.compile(
    r"(\d{1,4}|[-*x?]{1,4})[/\-. ,]+(\d{1,2}|[-*x?]{1,2})[/\-. ,]+(\d{1,4}|[*x?]{1,2})", re.A
)
_LONG = re.compile(r"(\d{1,2})\s*tháng\s*(\d{1,2})\s*năm\s*(\d{4})", re.A | re.I)
_MONTH = re.compile(r"\d{1,2}[/\-.](\d{4})", re.A)
_WHOLE = re.compile(r"(\d+)[.,]0+", re.A)
_UNIX_OF_SHEETS = date(1899, 12, 30)
"""Day 0 of a spreadsheet, so that 1 March 1900 and every day after it is right (it has a 29 February
1900 that never was)."""


def birth_of(
    said: str | int | float | date | datetime, *, on: date, serial: bool = False
) -> Birth | BirthFault:
    """The birth in what is written: day, month and year in that order, ISO order, or the year alone.

    Two-digit years are the latest that are not after `on`. Day and month 00 or struck out mean that
    only the year is known. `serial`: bare numbers of up to five digits are days as spreadsheets
    count them. Refuses what is no day, is before 1900 or after `on`.
    """
    if isinstance(said, datetime):
        return _judged(said.date(), on)
    if isinstance(said, date):
        return _judged(said, on)
    text = unicodedata.normalize("NFKC", str(said)).strip(" \t\r\n'’`.,;﻿​")
    text = _CLOCK.sub("", text)
    text = _LABEL.sub("", text).strip()
    if whole := _WHOLE.fullmatch(text):
        text = whole[1]
    if re.fullmatch(r"\d+", text, re.A):
        return _of_digits(text, on, serial=serial)
    if long := _LONG.fullmatch(text):
        return _day(long[1], long[2], long[3], on)
    if parted := _PARTED.fullmatch(text.replace(" ", "") if "/" in text else text):
        if len(parted[1]) == 4 and parted[1].isdigit():
            return _day(parted[3], parted[2], parted[1], on)
        return _day(parted[1], parted[2], parted[3], on)
    if month := _MONTH.fullmatch(text.replace(" ", "")):
        return _year(int(month[1]), on)
    return BirthFault.UNREADABLE


def _of_digits(text: str, on: date, *, serial: bool) -> Birth | BirthFault:
    if len(text) == 4:
        return _year(int(text), on)
    if serial and len(text) <= 5:
        return _judged(_UNIX_OF_SHEETS + timedelta(int(text)), on)
    if len(text) == 7:
        text = "0" + text
    if len(text) != 8:
        return BirthFault.UNREADABLE
    found = _day(text[:2], text[2:4], text[4:], on)
    if isinstance(found, BirthFault) and FIRST_BIRTH_YEAR <= int(text[:4]) <= on.year:
        other = _day(text[6:], text[4:6], text[:4], on)
        return other if isinstance(other, Birth) else found
    return found


def _day(day: str, month: str, year: str, on: date) -> Birth | BirthFault:
    if len(year) == 2:
        whole = on.year // 100 * 100 + int(year)
        year = str(whole if whole <= on.year else whole - 100)
    if len(year) != 4 or not year.isdigit():
        return BirthFault.UNREADABLE
    if not day.strip("0-*x?") and not month.strip("0-*x?"):
        return _year(int(year), on)
    if not day.strip("0-*x?") and month.isdigit() and 1 <= int(month) <= 12:
        return _year(int(year), on)
    try:
        return _judged(date(int(year), int(month), int(day)), on)
    except ValueError:
        return BirthFault.NO_SUCH_DAY


def _judged(day: date, on: date) -> Birth | BirthFault:
    if day.year < FIRST_BIRTH_YEAR or day > on:
        return BirthFault.IMPOSSIBLE
    return Birth(day, day.year)


def _year(year: int, on: date) -> Birth | BirthFault:
    if not FIRST_BIRTH_YEAR <= year <= on.year:
        return BirthFault.IMPOSSIBLE
    return Birth(None, year)
