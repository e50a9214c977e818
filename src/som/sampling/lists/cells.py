"""What single cells of a list say: dates, ages, sexes, results, "as above". Pure.

Numbers of papers, telephones, births and names are read by `people.rules`.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from som.kernel import ids
from som.people.rules.documents import Sex
from som.sampling.lists.written import ReportedResult

DAY_0_OF_SHEETS = date(1899, 12, 30)

_ODD = re.compile("\\s\\s|[\n\r\t\x0b\x0c\xa0\u200b-\u200d\u2060\ufeff\xad]")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))
_NOTHING = re.compile(r"[-–—._/…\s]+")
_OF_NOTHING = frozenset("-–—._/… ")


def tidy(text: str) -> str:
    """A cell's text in NFC with single spaces; dashes and dots alone are nothing."""
    if not text.isascii():
        if not unicodedata.is_normalized("NFC", text):
            text = unicodedata.normalize("NFC", text)
        if _ODD.search(text):
            text = " ".join(text.translate(_INVISIBLE).split())
    elif _ODD.search(text):
        text = " ".join(text.split())
    text = text.strip()
    if text[:1] in _OF_NOTHING and len(text) < 24 and _NOTHING.fullmatch(text):
        return ""
    return text


_NONE_SAID = frozenset({
    "khong", "ko", "k", "kc", "kh", "khong co", "ko co", "k co", "chua co", "chua", "khong nho",
    "n/a", "na", "null", "none", "nan", "x", "?", "0",
})  # fmt: skip


def says_nothing(text: str) -> bool:
    """Whether a cell for a number says that there is none."""
    return len(text) < 12 and ids.fold(text) in _NONE_SAID


_ABOVE = re.compile(
    r"[\s\-–.\"'“”’(]*(?:n\s*[./]?\s*t\.?|như trên|nhu tren|ntr|n\.?tr)[\s\-–.\"'“”’)]*"
    r"|[-–\s]*(?:[\"“”„〃]|''|,,|’’|´´)+[-–\s]*",
    re.IGNORECASE,
)


_FIRST_OF_ABOVE = frozenset(" -–.\"'“”’„〃,´(nN")


def is_as_above(text: str) -> bool:
    """Whether a cell says "the same as above": nt, -nt-, như trên, a ditto sign."""
    return len(text) < 16 and text[:1] in _FIRST_OF_ABOVE and _ABOVE.fullmatch(text) is not None


# --- days and hours ------------------------------------------------------------------------------

_DAY = re.compile(r"(?<![\d:])(\d{1,2})\s*[/\-.]\s*(\d{1,2})\s*[/\-.]\s*(\d{4}|\d{2})(?![\d/])")
_ISO_DAY = re.compile(r"(?<![\d:])(\d{4})[/\-.](\d{1,2})[/\-.](\d{1,2})(?!\d)")
_LONG_DAY = re.compile(r"ngày\s+(\d{1,2})\s+tháng\s+(\d{1,2})\s+năm\s+(\d{4})", re.IGNORECASE)
_HOUR = re.compile(r"(?<![\d/])(\d{1,2})\s*(?:[:hg]|giờ)\s*(\d{2})?(?::(\d{2}))?(?![\d/])", re.I)
_SERIAL = range(36_526, 73_051)
"""Days of the years 2000 to 2099 as spreadsheets count them."""


def day_of(value: object) -> date | None:
    """The day in a cell: a date, a spreadsheet's count of days, or day, month and year in text."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, (int, float)):
        return _counted(float(value))
    return _day_in(str(value))


@lru_cache(maxsize=4096)
def _day_in(text: str) -> date | None:
    if re.fullmatch(r"\d{5}(?:\.\d+)?", text):
        return _counted(float(text))
    if found := _LONG_DAY.search(text) or _DAY.search(text):
        day, month, year = found.groups()
    elif found := _ISO_DAY.search(text):
        year, month, day = found.groups()
    else:
        return None
    try:
        return date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))
    except ValueError:
        return None


def _counted(days: float) -> date | None:
    return DAY_0_OF_SHEETS + timedelta(int(days)) if int(days) in _SERIAL else None


def moment_of(value: object) -> datetime | None:
    """The day and hour in a cell, without zone; None if the hour is not said."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None, microsecond=0)
    day = day_of(value)
    if day is None:
        return None
    if isinstance(value, float):
        seconds = round(value % 1 * 86_400)
        return datetime.combine(day, time()) + timedelta(seconds=seconds) if seconds else None
    if not isinstance(value, str):
        return None
    hour = hour_of(_DAY.sub(" ", _ISO_DAY.sub(" ", _LONG_DAY.sub(" ", value))))
    return datetime.combine(day, hour) if hour is not None else None


def hour_of(value: object) -> time | None:
    """The time of day in a cell."""
    if isinstance(value, datetime):
        return value.time().replace(microsecond=0)
    if isinstance(value, time):
        return value.replace(microsecond=0)
    if isinstance(value, float):
        minutes, second = divmod(round(value % 1 * 86_400) % 86_400, 60)
        return time(minutes // 60, minutes % 60, second)
    if not (found := _HOUR.search(str(value))):
        return None
    hour, minute, second = (int(piece or 0) for piece in found.groups())
    return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def year_in_date(value: date) -> int | None:
    """The year that was typed into a cell made for dates: 1955 shows there as 8 May 1905."""
    days = (value - DAY_0_OF_SHEETS).days
    return days if 1900 <= days <= 2100 else None


_NOT_A_DAY = 1_000
"""Counts below are ages or errors: nobody on a list was born before 26 September 1902."""


def is_age_as_day(value: object) -> bool:
    """Whether a number in a cell for births is too small for the day or year of a birth."""
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return (value - DAY_0_OF_SHEETS).days < _NOT_A_DAY
    return isinstance(value, (int, float)) and value < _NOT_A_DAY


def is_mark(value: object) -> bool:
    """Whether a box is ticked: x, 1 or any word but no."""
    return ids.fold(str(value or "")) not in ("", "0", "0.0", "khong", "ko", "k")


_AGE = re.compile(
    r"(\d{1,3})(?:[.,]\d+)?\s*(tuổi|tuoi|t|th|tháng|thang|ngày|ngay|tuần|tuan)?\.?", re.I
)


def age_of(text: str) -> int | None:
    """The age in whole years; months, weeks and days are none."""
    found = _AGE.fullmatch(text.strip())
    if found is None:
        return None
    if ids.fold(found[2] or "") in ("th", "thang", "ngay", "tuan"):
        return int(found[1]) // 12 if ids.fold(found[2]) in ("th", "thang") else 0
    return int(found[1]) if int(found[1]) <= 125 else None


# --- sex and results -----------------------------------------------------------------------------

_SEXES = {
    "nam": Sex.MALE, "nu": Sex.FEMALE, "m": Sex.MALE, "f": Sex.FEMALE, "male": Sex.MALE,
    "female": Sex.FEMALE, "trai": Sex.MALE, "gai": Sex.FEMALE, "nam gioi": Sex.MALE,
    "nu gioi": Sex.FEMALE, "ong": Sex.MALE, "ba": Sex.FEMALE, "be trai": Sex.MALE,
    "be gai": Sex.FEMALE,
}  # fmt: skip


@lru_cache(maxsize=1024)
def sex_of(text: str) -> Sex | None:
    """The sex as lists write it; None for anything else."""
    return _SEXES.get(ids.fold(text).strip(" ."))


_RESULTS: tuple[tuple[re.Pattern[str], ReportedResult], ...] = tuple(
    (re.compile(pattern), result)
    for pattern, result in (
        (r"\blay (?:lai )?mau lai\b|\blay lai\b|\blay mau lan\b", ReportedResult.RESAMPLE),
        (r"\bkhong dat\b|\btra lai\b|\bkhong du tieu chuan\b", ReportedResult.UNFIT),
        (r"\bkhong (?:xet nghiem|thuc hien|lam)\b", ReportedResult.NOT_TESTED),
        (r"\bkhong hop le\b|\binvalid\b", ReportedResult.INVALID),
        (r"\bchua co\b|\bcho ket qua\b|\bdang\b|\bpending\b", ReportedResult.PENDING),
        (r"\bnghi ngo\b|\bnghi\b", ReportedResult.SUSPECTED),
        (r"\bkhong (?:xac dinh|ro)\b|\bchua xac dinh\b|\binconclusive\b", ReportedResult.INCONCLUSIVE),
        (r"\bduong\b|\bpositive\b|\bpos\b|^\(?\+\)?$|^dt$|\bduongtinh\b|\(\+\)", ReportedResult.POSITIVE),
        (r"\bam\b|\bnegative\b|\bneg\b|^\(?-\)?$|^at$|\bamtinh\b|\(-\)", ReportedResult.NEGATIVE),
        (r"\bxac dinh\b", ReportedResult.INCONCLUSIVE),
    )
)  # fmt: skip
_NOT_BOTH = {ReportedResult.POSITIVE, ReportedResult.NEGATIVE}


@lru_cache(maxsize=1024)
def result_of(text: str) -> ReportedResult | None:
    """What a list says of a specimen; None for what we do not know, and for "dương … âm …"."""
    key = " ".join(ids.fold(text).replace("_", " ").split())
    found = [result for pattern, result in _RESULTS if pattern.search(key)]
    if not found or set(found) >= _NOT_BOTH:
        return None
    if found[0] in _NOT_BOTH and re.search(r"\bkhong\b", key):
        return None
    return found[0]


_CT = re.compile(r"\d{1,2}(?:[.,]\d+)?")
_NO_CT = re.compile(r"(?:undet\w*|khong.*|n/?a|nd|neg\w*|am.*|no ct|nan|>\s*\d+(?:[.,]\d+)?)", re.I)


def ct_of(text: str) -> tuple[float | None, bool]:
    """The Ct value, and whether the cell is understood. Several values are none, but understood."""
    if _NO_CT.fullmatch(ids.fold(text)):
        return None, True
    values = [float(value.replace(",", ".")) for value in _CT.findall(text)]
    if len(values) != 1:
        return None, len(values) > 1
    return (values[0], True) if 0 < values[0] <= 50 else (None, False)


# --- countries -----------------------------------------------------------------------------------

_COUNTRIES = {
    "viet nam": "VNM", "vn": "VNM", "vietnam": "VNM", "vnm": "VNM", "trung quoc": "CHN",
    "china": "CHN", "han quoc": "KOR", "korea": "KOR", "nhat ban": "JPN", "nhat": "JPN",
    "japan": "JPN", "dai loan": "TWN", "taiwan": "TWN", "lao": "LAO", "campuchia": "KHM",
    "cambodia": "KHM", "thai lan": "THA", "thailand": "THA", "my": "USA", "hoa ky": "USA",
    "usa": "USA", "anh": "GBR", "phap": "FRA", "duc": "DEU", "nga": "RUS", "uc": "AUS",
    "canada": "CAN", "an do": "IND", "india": "IND", "singapore": "SGP", "malaysia": "MYS",
    "philippines": "PHL", "indonesia": "IDN", "myanmar": "MMR",
}  # fmt: skip
UNKNOWN_COUNTRY = "XXX"
"""The code of ICAO Doc 9303 for a nationality that is not stated."""


def country_of(text: str) -> str:
    """The three letters of a country as lists write it; "" for none, XXX for one not known here."""
    key = ids.fold(text)
    if not key:
        return ""
    if re.fullmatch(r"[A-Z]{3}", text):
        return text
    return _COUNTRIES.get(key, UNKNOWN_COUNTRY)
