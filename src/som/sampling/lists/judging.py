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
from som.people.rules.documents import Document, DocumentKind
from som.sampling.lists import cells
from som.sampling.lists.faults import Fault
from som.sampling.lists.headings import Table
from som.sampling.lists.layouts import Said
from som.sampling.lists.persons import (
    Text,
    address_in,
    birth_in,
    insurance_in,
    joined,
    name_of_row,
    names_in,
    number_in,
    phone_in,
    sex_in,
)
from som.sampling.lists.reasons import RowRefusal, RowWarning
from som.sampling.lists.tubes import Tubes
from som.sampling.lists.written import (
    Leftovers,
    ListRow,
    Names,
    Purpose,
    ReportedResult,
    RowRefused,
)
from som.sampling.rules import LONGEST_CODE

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
            return self._row(number, joined(said), tube)
        except Fault as refused:
            return RowRefused(
                number,
                self.heading(refused.field),
                refused.reason,
                refused.detail,
                tube=tube,
                name=name_of_row(said),
            )

    def _row(self, number: int, said: Said, tube: str) -> ListRow:
        layout = self.table.layout
        warnings: list[RowWarning] = [RowWarning.TEXT_CONVERTED] if "converted" in said else []
        name, names = names_in(said, layout)
        sex = sex_in(said, women_marked=self.women_marked)
        taken_on, taken_at = self._taken(said)
        born = birth_in(said, self.day or taken_on or self.today, warnings)
        year = born.year if born else None
        phone = phone_in(said, warnings)
        country = cells.country_of(workbooks.text(said.get("nationality", "")))
        paper = number_in(said, sex, year, country, warnings)
        insurance = insurance_in(said)
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
        lab_code: str = values.get("lab_code", "")
        if len(lab_code) > LONGEST_CODE and layout.purpose is Purpose.RESULTS:
            raise Fault("lab_code", RowRefusal.CODE_TOO_LONG, lab_code[:LONGEST_CODE])
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
        if address := address_in(text):
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


@lru_cache(maxsize=4096)
def _names(province: str, district: str, commune: str) -> Names:
    return province, district, commune
