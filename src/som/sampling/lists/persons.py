"""Whom a row speaks of: name, sex, birth, telephone, numbers, address; or why that is no person. Pure."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache

from som.kernel import ids, workbooks
from som.people.rules.births import Birth, birth_of
from som.people.rules.documents import (
    Document,
    DocumentFault,
    DocumentKind,
    Sex,
    document_of,
    insurance_number,
)
from som.people.rules.names import is_name, tidy_name
from som.people.rules.phones import MOBILE, phones_of
from som.sampling.lists import cells
from som.sampling.lists.faults import Fault
from som.sampling.lists.layouts import Layout, Said
from som.sampling.lists.reasons import RowRefusal, RowWarning

_BETWEEN_NAMES = re.compile(r"\s*[,;&\n]+\s*")
_IN_NAME = re.compile(r"[,;&\n]")
_NUMBERED = re.compile(r"^\s*\d{1,2}\s*[.)/-]\s*")
_NOBODY = re.compile(
    r"^(?:tong(?: cong| so| so nguoi)?|cong|nguoi lap(?: bang| danh sach| bieu)?|lap bang|thu truong"
    r"(?: don vi)?|truong tram|giam doc|ky ten|xac nhan\b.*|ngay \d.*|can bo lay mau)\b[\s:.\d]*"
    r"(?:nguoi|mau|truong hop|ca)?$"
)
_LOST = re.compile("\ufffd|(?<=\\w)\\?(?=\\w)|(?<=\\w)\\?(?=\\s\\w)")
LONGEST_NAME = 200
"""Signs shown of a name that could not be read."""
_IN_ADDRESS = frozenset({"house", "cell", "quarter", "hamlet"})


class Text:
    """The text of a row's fields."""

    __slots__ = ("said",)

    def __init__(self, said: Said) -> None:
        self.said = said

    def __call__(self, name: str) -> str:
        value = self.said.get(name, "")
        return value if isinstance(value, str) else workbooks.text(value)


def joined(said: Said) -> Said:
    """The row with its name and birth whole, where the list has them in parts."""
    if said.keys().isdisjoint(_PARTS):
        return said
    said = dict(said)
    if "family" in said:
        parts = (workbooks.text(said.get(name, "")) for name in ("family", "name"))
        said["name"] = " ".join(filter(None, parts))
    day, month = (workbooks.text(said.get(name, "")) for name in ("born_day", "born_month"))
    if day or month:
        said["birth"] = f"{day or '00'}/{month or '00'}/{workbooks.text(said.get('birth', ''))}"
    return said


_PARTS = frozenset({"family", "born_day", "born_month"})


def names_in(said: Said, layout: Layout) -> tuple[str, tuple[str, ...]]:
    """The name; and everybody's where one row stands for a pool."""
    written = workbooks.text(said.get("name", ""))
    if not written:
        if "name" in layout.needed or not ({"lab_code", "code", "result"} & said.keys()):
            raise Fault("name", RowRefusal.NAME_MISSING)
        return "", ()
    if layout.several_names and _IN_NAME.search(written):
        names = tuple(
            tidy_name(_NUMBERED.sub("", one)) for one in _BETWEEN_NAMES.split(written) if one
        )
        for one in names:
            _must_be_name(one, written)
        if len(names) > 1:
            return ", ".join(names), names
        return names[0] if names else "", ()
    name = tidy_name(written)
    _must_be_name(name, written)
    if len(said.keys() & layout.speaks) == 1 and _NOBODY.match(ids.fold(name)):
        raise Fault("name", RowRefusal.NO_PERSON, written)
    return name, ()


def _must_be_name(name: str, written: str) -> None:
    if _LOST.search(written):
        raise Fault("name", RowRefusal.TEXT_BROKEN, written)
    if not name or not is_name(name) or _IN_NAME.search(name) or cells.is_as_above(name):
        raise Fault("name", RowRefusal.NAME_UNREADABLE, written)


def name_of_row(said: Said) -> str:
    """The name as a refused row writes it, so that whoever mends the list finds the person."""
    return " ".join(workbooks.text(joined(said).get("name", "")).split())[:LONGEST_NAME]


def sex_in(said: Said, *, women_marked: bool) -> Sex | None:
    """The sex, from its own column or from one for each sex; `women_marked`: from one for women."""
    male, female = said.get("male"), said.get("female")
    if male and female:
        raise Fault("sex" if "sex" in said else "female", RowRefusal.SEX_UNREADABLE)
    written = workbooks.text(said.get("sex", ""))
    if not written:
        if women_marked:
            return Sex.FEMALE if cells.is_mark(female) else Sex.MALE
        return Sex.MALE if male else Sex.FEMALE if female else None
    sex = cells.sex_of(written)
    if sex is None:
        raise Fault("sex", RowRefusal.SEX_UNREADABLE, written)
    return sex


def birth_in(said: Said, on: date, warnings: list[RowWarning]) -> Birth | None:
    """The day or year of birth, written so or worked out from the age on this day."""
    value = said.get("birth", said.get("birth_again"))
    if value is None:
        value = said.get("male") or said.get("female")
        written = workbooks.text(value or "")
        value = value if re.search(r"\d", written) and written != "1" else None
    if value is not None and value != "":
        if cells.is_age_as_day(value):
            raise Fault("birth", RowRefusal.BIRTH_UNREADABLE, _days(value))
        if isinstance(value, date) and (year := cells.year_in_date(_day(value))) is not None:
            value = year
        found = _birth_of(value, on)
        if found is None:
            raise Fault("birth", RowRefusal.BIRTH_UNREADABLE, value)
        return found
    if "age" in said:
        written = workbooks.text(said["age"])
        age = cells.age_of(written)
        if age is None:
            raise Fault("age", RowRefusal.BIRTH_UNREADABLE, written)
        warnings.append(RowWarning.BIRTH_FROM_AGE)
        in_year = int(said["age_in"]) if "age_in" in said else on.year
        return Birth(None, in_year - age)
    return None


def phone_in(said: Said, warnings: list[RowWarning]) -> str:
    """The telephone number as dialled now, the first of several."""
    value = said.get("phone")
    if value is None:
        return ""
    written = workbooks.text(value)
    if MOBILE.fullmatch(written):
        return written
    if cells.says_nothing(written):
        return ""
    found = phones_of(written)
    if not found:
        raise Fault("phone", RowRefusal.PHONE_UNREADABLE, written)
    if len(found) > 1:
        warnings.append(RowWarning.PHONES_SEVERAL)
    elif written[0] not in "0+" and written == found[0][1:]:
        warnings.append(RowWarning.ZERO_RESTORED)
    return found[0]


def number_in(
    said: Said,
    sex: Sex | None,
    year: int | None,
    country: str,
    warnings: list[RowWarning],
) -> Document | None:
    """The paper whose number is written; of a foreigner a passport."""
    value = said.get("number")
    if value is None:
        return None
    written = workbooks.text(value)
    if cells.says_nothing(written):
        return None
    found = document_of(written, sex=sex, birth_year=year)
    if isinstance(found, DocumentFault) and country not in ("", "VNM"):
        found = document_of(written, DocumentKind.PASSPORT, country)
    if found is DocumentFault.DIGITS_LOST:
        raise Fault("number", RowRefusal.NUMBER_ROUNDED, written)
    if isinstance(found, DocumentFault):
        raise Fault("number", RowRefusal.NUMBER_UNREADABLE, written)
    if found.number == written.zfill(len(found.number)) != written:
        warnings.append(RowWarning.ZERO_RESTORED)
    return found


def insurance_in(said: Said) -> str:
    """The number of health insurance that is the same on every card of its holder."""
    value = said.get("insurance")
    if value is None:
        return ""
    written = workbooks.text(value)
    if cells.says_nothing(written):
        return ""
    found = insurance_number(written)
    if found is None:
        if re.search(r"[Ee]\+", written):
            raise Fault("insurance", RowRefusal.NUMBER_ROUNDED, written)
        raise Fault("insurance", RowRefusal.INSURANCE_UNREADABLE, written)
    return found


def address_in(text: Text) -> str:
    """House, street and hamlet in one line, whichever columns they stand in."""
    said = text.said
    if said.keys().isdisjoint(_IN_ADDRESS):
        return text("address") or text("home")
    pieces = [text("house")]
    for name, kind in (("cell", "tổ"), ("quarter", "khu phố/ấp")):
        if piece := text(name):
            pieces.append(f"{kind} {piece}" if piece[0].isdigit() else piece)
    pieces += [text("hamlet"), text("address") or text("home")]
    return ", ".join(filter(None, pieces))


def _days(value: float | date) -> str:
    """What was typed into a cell that now counts as a day: 66 shows there as 6 March 1900."""
    if isinstance(value, date):
        return str((_day(value) - cells.DAY_0_OF_SHEETS).days)
    return workbooks.text(value)


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


@lru_cache(maxsize=16_384)
def _birth_of(value: str | float | date, on: date) -> Birth | None:
    serial = isinstance(value, float)
    if isinstance(value, float):
        if not value.is_integer():
            return None
        value = int(value)
    found = birth_of(value, on=on, serial=serial)
    return found if isinstance(found, Birth) else None
