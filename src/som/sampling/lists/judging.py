"""Judging a row: what it says of a person or a specimen, or why it cannot be taken. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

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
from som.sampling.lists.headings import Table
from som.sampling.lists.layouts import Said
from som.sampling.lists.tubes import Tubes
from som.sampling.lists.written import (
    Leftovers,
    ListRow,
    Names,
    Purpose,
    ReportedResult,
    RowRefusal,
    RowRefused,
    RowWarning,
)

_BETWEEN_NAMES = re.compile(r"\s*[,;&\n]+\s*")
_IN_NAME = re.compile(r"[,;&\n]")
_NUMBERED = re.compile(r"^\s*\d{1,2}\s*[.)/-]\s*")
_NOBODY = re.compile(
    r"^(?:tong(?: cong| so| so nguoi)?|cong|nguoi lap(?: bang| danh sach| bieu)?|lap bang|thu truong"
    r"(?: don vi)?|truong tram|giam doc|ky ten|xac nhan\b.*|ngay \d.*|can bo lay mau)\b[\s:.\d]*"
    r"(?:nguoi|mau|truong hop|ca)?$"
)
_LOST = re.compile("\ufffd|(?<=\\w)\\?(?=\\w)|(?<=\\w)\\?(?=\\s\\w)")
_SIZE = re.compile(r"\d+")

_USED = frozenset({
    "order", "day_code", "unit_code", "team_code", "code", "form", "form_kind", "tube_number",
    "tube_code", "tube_order", "person_code", "pool_size", "name", "birth", "age", "age_in", "sex",
    "male", "female", "phone", "number", "insurance", "nationality", "guardian", "province",
    "district", "commune", "address", "house", "cell", "quarter", "hamlet", "birth_again",
    "occupation", "workplace",
    "subject", "reason", "place", "taken", "taken_time", "lab_code", "case_code", "method", "tested",
    "laboratory", "result", "ct", "note", "converted", "listed", "list_file", "result_file",
    "reported_month", "reported_week", "admitted_month", "admitted_week", "admitted_year",
    "reported_year", "mended", "updated", "refusal", "family", "born_day", "born_month",
})  # fmt: skip
"""Fields with a place of their own in a row, or with nothing to say of anybody."""


_AS_WRITTEN = (
    "nationality", "guardian", "occupation", "workplace", "subject", "reason", "case_code",
    "lab_code", "method", "laboratory", "note",
)  # fmt: skip
_HOME = frozenset({"province", "district", "commune"})
_IN_ADDRESS = frozenset({"house", "cell", "quarter", "hamlet"})


@dataclass(slots=True)
class Judge:
    """Judges the rows of one sheet, one after the other; `said_above` was said once for all."""

    table: Table
    today: date
    said_above: Mapping[str, object]
    women_marked: bool = False
    """Whether the list marks women only, so that who has no mark is a man."""
    tubes: Tubes = field(init=False)
    facts: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.facts = self.table.layout.speaks
        self.tubes = Tubes(self.table, dict(self.said_above))

    @property
    def day(self) -> date | None:
        """The day that is said once for all rows."""
        return self.tubes.day

    def heading(self, name: str) -> str:
        """The heading of a field in this list, or as its layout has it."""
        if name in self.table.names:
            return " ".join(self.table.names[name].split())
        column = self.table.layout.column(name)
        return " ".join(column.heading.split()) if column else ""

    def row(
        self, number: int, said: Said, fault: tuple[str, RowRefusal, str] | None
    ) -> ListRow | RowRefused:
        """The row as read, or why it is refused."""
        self.tubes.note(said)
        tube = ""
        try:
            if self.table.layout.mend is not None:
                self.table.layout.mend(said)
            for name, value in self.table.layout.defaults.items():
                said.setdefault(name, value)
            if fault is not None:
                with suppress(Fault):
                    tube = self.tubes.code_of(said)
                raise Fault(*fault)
            tube = self.tubes.code_of(said)
            return self._row(number, _joined(said), tube)
        except Fault as refused:
            return RowRefused(
                number, self.heading(refused.field), refused.reason, refused.detail, tube=tube
            )

    def _row(self, number: int, said: Said, tube: str) -> ListRow:
        layout = self.table.layout
        warnings: list[RowWarning] = [RowWarning.TEXT_CONVERTED] if "converted" in said else []
        name, names = self._names(said)
        sex = self._sex(said)
        taken_on, taken_at = self._taken(said)
        born = self._birth(said, taken_on, warnings)
        year = born.year if born else None
        phone = self._phone(said, warnings)
        country = cells.country_of(workbooks.text(said.get("nationality", "")))
        paper = self._number(said, sex, year, country, warnings)
        insurance = self._insurance(said)
        if paper is not None and paper.kind is DocumentKind.INSURANCE:
            insurance, paper = insurance or paper.number, None
        if len(insurance) == 12 and paper is None:
            paper = Document(DocumentKind.CITIZEN_NUMBER, insurance)
        result = self._result(said)
        ct = self._ct(said, warnings)
        size, pooled = self._pool(said, names, warnings)
        if pooled and names and size is not None and size != len(names):
            warnings.append(RowWarning.POOL_SIZE_DIFFERS)
            size = max(size, len(names))
        elif pooled and name and not names and layout.several_names:
            warnings.append(RowWarning.POOL_SIZE_DIFFERS)
        text = Text(said)
        values: dict[str, Any] = {name: text(name) for name in _AS_WRITTEN if name in said}
        if tube and name and (layout.head or "person_code" in said):
            values["person_code"] = self._person_code(number, tube, text("person_code"))
        if born is not None:
            values["birth_date"], values["birth_year"] = born.date, born.year
        if paper is not None:
            values["number"] = paper.number
        if country and country != "VNM":
            values["country"] = country
        if not said.keys().isdisjoint(_HOME):
            values["residence"] = _names(text("province"), text("district"), text("commune"))
        if address := self._address(text):
            values["address"] = address
        if place := text("place") or text("place_kind") or str(self.tubes.head.get("place", "")):
            values["place"] = place
        if "tested" in said:
            values["tested_on"] = cells.day_of(said["tested"])
        return ListRow(
            row=number,
            tube=tube,
            pool_size=size,
            name=name,
            names=names,
            pooled=pooled,
            sex=sex,
            phone=phone,
            insurance=insurance,
            taken_on=taken_on,
            taken_at=taken_at,
            result=result,
            ct=ct,
            warnings=tuple(dict.fromkeys(warnings)) if warnings else (),
            other=self._other(said),
            **values,
        )

    def _person_code(self, number: int, tube: str, written: str) -> str:
        """The form's own code of the person: sample code and place in the list."""
        if written.startswith(tube):
            return written
        return f"{tube}.{number - self.table.bottom - 1:04d}"

    # --- who -------------------------------------------------------------------------------------

    def _names(self, said: Said) -> tuple[str, tuple[str, ...]]:
        written = workbooks.text(said.get("name", ""))
        layout = self.table.layout
        if not written:
            if "name" in layout.needed or not ({"lab_code", "code", "result"} & said.keys()):
                raise Fault("name", RowRefusal.NAME_MISSING)
            return "", ()
        if layout.several_names and _IN_NAME.search(written):
            names = tuple(
                tidy_name(_NUMBERED.sub("", one)) for one in _BETWEEN_NAMES.split(written) if one
            )
            for one in names:
                self._must_be_name(one, written)
            if len(names) > 1:
                return ", ".join(names), names
            return names[0] if names else "", ()
        name = tidy_name(written)
        self._must_be_name(name, written)
        if len(said.keys() & self.facts) == 1 and _NOBODY.match(ids.fold(name)):
            raise Fault("name", RowRefusal.NO_PERSON, written)
        return name, ()

    def _must_be_name(self, name: str, written: str) -> None:
        if _LOST.search(written):
            raise Fault("name", RowRefusal.TEXT_BROKEN, written)
        if not name or not is_name(name) or _IN_NAME.search(name) or cells.is_as_above(name):
            raise Fault("name", RowRefusal.NAME_UNREADABLE, written)

    def _sex(self, said: Said) -> Sex | None:
        male, female = said.get("male"), said.get("female")
        if male and female:
            raise Fault("sex" if "sex" in said else "female", RowRefusal.SEX_UNREADABLE)
        written = workbooks.text(said.get("sex", ""))
        if not written:
            if self.women_marked:
                return Sex.FEMALE if cells.is_mark(female) else Sex.MALE
            return Sex.MALE if male else Sex.FEMALE if female else None
        sex = cells.sex_of(written)
        if sex is None:
            raise Fault("sex", RowRefusal.SEX_UNREADABLE, written)
        return sex

    def _birth(self, said: Said, taken_on: date | None, warnings: list[RowWarning]) -> Birth | None:
        on = self.day or taken_on or self.today
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

    def _phone(self, said: Said, warnings: list[RowWarning]) -> str:
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

    def _number(
        self,
        said: Said,
        sex: Sex | None,
        year: int | None,
        country: str,
        warnings: list[RowWarning],
    ) -> Document | None:
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

    def _insurance(self, said: Said) -> str:
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

    def _address(self, text: Text) -> str:
        said = text.said
        if said.keys().isdisjoint(_IN_ADDRESS):
            return text("address") or text("home")
        pieces = [text("house")]
        for name, kind in (("cell", "tổ"), ("quarter", "khu phố/ấp")):
            if piece := text(name):
                pieces.append(f"{kind} {piece}" if piece[0].isdigit() else piece)
        pieces += [text("hamlet"), text("address") or text("home")]
        return ", ".join(filter(None, pieces))

    # --- pool and time ---------------------------------------------------------------------------

    def _pool(
        self, said: Said, names: tuple[str, ...], warnings: list[RowWarning]
    ) -> tuple[int | None, bool]:
        """How many people the list says are in the tube, and whether it calls it a pool."""
        form = ids.fold(workbooks.text(said.get("form") or said.get("form_kind") or ""))
        size = workbooks.text(said.get("pool_size", "")) or form
        digits = _SIZE.search(size)
        pooled = "gop" in form
        by_form = _SIZE.search(form) if pooled else None
        if by_form and digits and int(by_form[0]) != int(digits[0]):
            warnings.append(RowWarning.POOL_SIZE_DIFFERS)
        if form and "don" in form.split() and len(names) > 1:
            raise Fault("form", RowRefusal.POOL_UNREADABLE, said.get("form"))
        declared = int(digits[0]) if digits and 0 < int(digits[0]) <= 100 else None
        if declared is None and self.table.layout.several_names:
            declared = len(names) or 1
        elif declared is None and "don" in form.split():
            declared = 1
        return declared, pooled or len(names) > 1 or (declared or 0) > 1

    def _taken(self, said: Said) -> tuple[date | None, datetime | None]:
        value = said.get("taken")
        if value is None or value == "":
            return self.day, None
        column = self.table.layout.column("taken")
        day = cells.day_of(value)
        if day is None:
            if column is not None and column.calculated and self.day is not None:
                return self.day, None
            raise Fault("taken", RowRefusal.TIME_UNREADABLE, value)
        at = cells.moment_of(value)
        if at is None and "taken_time" in said:
            hour = cells.hour_of(said["taken_time"])
            if hour is None:
                raise Fault("taken_time", RowRefusal.TIME_UNREADABLE, said["taken_time"])
            at = datetime.combine(day, hour)
        elif at is not None and at.time() == time() and not isinstance(value, str):
            at = None
        return day, at

    # --- results ---------------------------------------------------------------------------------

    def _result(self, said: Said) -> ReportedResult | None:
        written = workbooks.text(said.get("result", ""))
        if not written:
            state = ids.fold(workbooks.text(said.get("state", "")))
            if state == "khong dat":
                return ReportedResult.UNFIT
            if self.table.layout.results_due:
                raise Fault("result", RowRefusal.RESULT_MISSING)
            return None
        found = cells.result_of(written)
        if found is None:
            if self.table.layout.purpose is not Purpose.RESULTS:
                return None
            raise Fault("result", RowRefusal.RESULT_UNREADABLE, written)
        return found

    def _ct(self, said: Said, warnings: list[RowWarning]) -> float | None:
        value = said.get("ct")
        if value is None or value == "":
            return None
        found, understood = cells.ct_of(workbooks.text(value))
        if not understood:
            warnings.append(RowWarning.CT_UNREADABLE)
        return found

    def _other(self, said: Said) -> Mapping[str, str]:
        """Cells that have no place in the row, by heading."""
        found: dict[str, str] = {}
        for name, value in said.items():
            if name[0] == "+":
                found[name[1:]] = value if isinstance(value, str) else workbooks.text(value)
            elif name not in _USED:
                found[self.heading(name)] = workbooks.text(value)
        if "ct" in said and cells.ct_of(workbooks.text(said["ct"]))[0] is None:
            found[self.heading("ct")] = workbooks.text(said["ct"])
        return Leftovers(found) if found else _NOTHING


_NOTHING: Mapping[str, str] = {}


class Text:
    """The text of a row's fields."""

    __slots__ = ("said",)

    def __init__(self, said: Said) -> None:
        self.said = said

    def __call__(self, name: str) -> str:
        value = self.said.get(name, "")
        return value if isinstance(value, str) else workbooks.text(value)


def _joined(said: Said) -> Said:
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


def _days(value: float | date) -> str:
    """What was typed into a cell that now counts as a day: 66 shows there as 6 March 1900."""
    if isinstance(value, date):
        return str((_day(value) - cells.DAY_0_OF_SHEETS).days)
    return workbooks.text(value)


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


@lru_cache(maxsize=4096)
def _names(province: str, district: str, commune: str) -> Names:
    return province, district, commune


@lru_cache(maxsize=16_384)
def _birth_of(value: str | float | date, on: date) -> Birth | None:
    serial = isinstance(value, float)
    if isinstance(value, float):
        if not value.is_integer():
            return None
        value = int(value)
    found = birth_of(value, on=on, serial=serial)
    return found if isinstance(found, Birth) else None
