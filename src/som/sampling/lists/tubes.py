"""Which tube a row speaks of: the code as written, or as day, unit, team and number make it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from som.kernel import workbooks
from som.sampling.lists.faults import Fault
from som.sampling.lists.headings import Table
from som.sampling.lists.layouts import Said
from som.sampling.lists.reasons import RowRefusal
from som.sampling.lists.written import Purpose
from som.sampling.rules import LONGEST_CODE

CODE = re.compile(r"\d{6}[A-Z]{2}\.\d{5}")
"""Day, unit, team and tube: 211005DH.03001."""


@dataclass(slots=True)
class Tubes:
    """The codes of one sheet's tubes; keeps the day, unit and team that hold until others are said."""

    table: Table
    head: dict[str, object] = field(default_factory=dict)
    day: date | None = None
    unit: str = ""
    team: str = ""

    def __post_init__(self) -> None:
        self.note(self.head)

    def note(self, said: Mapping[str, object]) -> None:
        """Take over day, unit and team where a row says them."""
        for name in self.table.layout.head:
            if said.get(name):
                self.head[name] = said[name]
        if self.head:
            with suppress(Fault):
                self.stem()

    def stem(self) -> str:
        """What day, unit and team begin each sample code with."""
        code = self.head.get("day_code", "")
        if isinstance(code, date):
            code = f"{code:%y%m%d}"
        written = workbooks.text(code)
        unit = workbooks.text(self.head.get("unit_code", ""))
        team = workbooks.text(self.head.get("team_code", ""))
        day, letters, digits = _head(written, unit, team)
        if day is not None:
            self.day = day
        if letters:
            self.unit = letters
        if digits:
            self.team = digits
        if day is None:
            raise Fault("day_code", RowRefusal.DATE_UNREADABLE, written)
        if not letters:
            raise Fault("unit_code", RowRefusal.UNIT_UNREADABLE, unit)
        if not digits:
            raise Fault("team_code", RowRefusal.TEAM_UNREADABLE, team)
        return f"{written}{letters}.{digits}"

    def code_of(self, said: Said) -> str:
        """The code on the tube of this row."""
        layout = self.table.layout
        if "tube" not in layout.needed:
            code = _code(said)
            if len(code) > LONGEST_CODE and layout.purpose is Purpose.RESULTS:
                raise Fault("code", RowRefusal.CODE_TOO_LONG, code[:LONGEST_CODE])
            return code
        if not layout.head:
            return self._written_tube(said)
        code = re.sub(r"\s+", "", workbooks.text(said.get("code", ""))).upper()
        if not CODE.fullmatch(code):
            code = re.sub(r"\s+", "", workbooks.text(said.get("tube_code", ""))).upper()
        whole = CODE.fullmatch(code) is not None
        number = workbooks.text(said.get("tube_number") or said.get("tube_order") or "")
        if not number:
            if not whole:
                raise Fault("tube_number", RowRefusal.TUBE_MISSING)
            self._note_code(code)
            return code
        if not re.fullmatch(r"\d{1,3}", number):
            raise Fault("tube_number", RowRefusal.TUBE_UNREADABLE, number)
        try:
            tube = self.stem() + number.zfill(3)
        except Fault:
            if whole and code.endswith(number.zfill(3)):
                self._note_code(code)
                return code
            raise
        if whole and code != tube:
            raise Fault("code", RowRefusal.CODE_DIFFERS, code)
        return tube

    def _note_code(self, code: str) -> None:
        day, letters, digits = _head(code[:6], code[6:8], code[9:11])
        self.day, self.unit, self.team = (
            self.day or day,
            self.unit or letters,
            self.team or digits,
        )

    def _written_tube(self, said: Said) -> str:
        code = _code(said)
        name = "code" if "code" in self.table.columns else "tube_code"
        if not code:
            reason = (
                RowRefusal.CODE_MISSING
                if self.table.layout.purpose is Purpose.RESULTS
                else RowRefusal.TUBE_MISSING
            )
            raise Fault(name, reason)
        if len(code) > LONGEST_CODE or not re.fullmatch(r"[0-9A-Z][0-9A-Z./_-]*", code):
            raise Fault(name, RowRefusal.TUBE_UNREADABLE, code)
        return code


def _code(said: Said) -> str:
    written = workbooks.text(said.get("code") or said.get("tube_code") or "")
    return re.sub(r"\s+", "", written).upper()


@lru_cache(maxsize=256)
def _head(written: str, unit: str, team: str) -> tuple[date | None, str, str]:
    """Day, letters of the unit and digits of the team, each empty where it cannot be read."""
    day = None
    if re.fullmatch(r"\d{6}", written):
        try:
            day = date(2000 + int(written[:2]), int(written[2:4]), int(written[4:]))
        except ValueError:
            day = None
    letters = unit[:2].upper().replace("Đ", "D")
    return (
        day,
        letters if re.fullmatch(r"[A-Z]{2}", letters) else "",
        team.zfill(2) if re.fullmatch(r"\d{1,2}", team) else "",
    )
