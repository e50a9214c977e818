"""The sampling list of the provincial centres for disease control (sheet BMXN), read and judged. Pure.

Date, unit and team stand once, in the first row below the headings. Sample code, kind, person code
and size of the pool are formulas there; files written by other programs hold no value for them, so
they are computed again: code = yymmdd + unit + "." + team + tube, and all rows of one tube are one
pool. Columns are found by their headings. The form goes on with pick lists beside the table and,
below row 1000, with 63,000 stray numbers: a row without name, birth and telephone is nobody.
"""

from __future__ import annotations

import hashlib
import hmac
import random
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from som.kernel import ids, workbooks
from som.kernel.outcomes import Outcome, Refusal, Refused, gettext_noop
from som.kernel.workbooks import UnusableWorkbook, WorkbookFault
from som.people.rules import FIRST_BIRTH_YEAR, Declaration, Sex
from som.sampling.rules import SwabTaken, TubeClass

SHEET = "BMXN"
UNITS_ENDED_ON = date(2025, 6, 30)
"""The last day of districts: lists name units as they stood then, or as they stand now."""

Names = tuple[str, str, str]
"""Province, district and commune as written."""


class ListFault(Refusal):
    """Why a file is not read at all."""

    NO_WORKBOOK = "list_no_workbook", gettext_noop("The file is no workbook.")
    TOO_LARGE = "list_too_large", gettext_noop("The file is larger than any sampling list.")
    DAMAGED = "list_damaged", gettext_noop("The file is damaged or locked; save it again.")
    NO_HEADINGS = "list_no_headings", gettext_noop("No sheet has the headings of the list.")
    COLUMN_MISSING = "list_column_missing", gettext_noop("A column of the list is missing.")
    DATE_UNREADABLE = (
        "list_date_unreadable",
        gettext_noop("The date in the first row must have six digits: year, month, day."),
    )
    UNIT_UNREADABLE = (
        "list_unit_unreadable",
        gettext_noop("The unit in the first row must have two letters."),
    )
    TEAM_UNREADABLE = (
        "list_team_unreadable",
        gettext_noop("The team in the first row must have two digits."),
    )


class RowRefusal(Refusal):
    """Why one row was not taken."""

    NAME_MISSING = "row_name_missing", gettext_noop("The row has no name.")
    TUBE_UNREADABLE = "row_tube_unreadable", gettext_noop("The tube number must have three digits.")
    CODE_DIFFERS = (
        "row_code_differs",
        gettext_noop("The sample code is not the one that date, unit, team and tube give."),
    )
    BIRTH_UNREADABLE = (
        "row_birth_unreadable",
        gettext_noop("The birth year is no year in which somebody living was born."),
    )
    SEX_UNREADABLE = "row_sex_unreadable", gettext_noop("The sex must be Nam or Nữ.")
    PHONE_UNREADABLE = (
        "row_phone_unreadable",
        gettext_noop("The telephone number must have ten digits."),
    )
    TWICE = "row_twice", gettext_noop("This person stands in the list twice.")
    UNIT_UNKNOWN = "row_unit_unknown", gettext_noop("There is no unit of exactly this name.")
    UNIT_SPLIT = (
        "row_unit_split",
        gettext_noop("This unit was divided in 2025: write the name of today's unit."),
    )


class UnreadableList(Exception):
    """The file is no sampling list."""

    def __init__(self, fault: ListFault, detail: str = "") -> None:
        super().__init__(fault, detail)
        self.fault = fault
        self.detail = detail


@dataclass(frozen=True, slots=True)
class ListRow:
    """One person of the list. `row` is the row of the sheet, as its reader counts."""

    row: int
    tube: str
    name: str
    birth_year: int | None = None
    sex: Sex | None = None
    phone: str = ""
    residence: Names = ("", "", "")
    address: str = ""
    subject: str = ""

    @property
    def person_code(self) -> str:
        """The form's own code of the person: sample code and place in the list."""
        return f"{self.tube}.{self.row - 1:04d}"

    @property
    def tube_class(self) -> TubeClass:
        return _CLASSES.get(ids.fold(self.subject), TubeClass.SCREENING)


@dataclass(frozen=True, slots=True)
class RowRefused:
    """A row that was not taken: where, which column, why, and what stood there."""

    row: int
    column: str
    reason: Refusal
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SamplingList:
    """What a file says: day, unit and team, its people, and the rows that cannot be taken."""

    day: date
    unit: str
    team: str
    rows: tuple[ListRow, ...]
    refused: tuple[RowRefused, ...]

    @property
    def rows_in(self) -> int:
        return len(self.rows) + len(self.refused)

    def pool_sizes(self) -> Counter[str]:
        """How many people of the list are in each tube: 1 is Đơn, n is Gộp n."""
        return Counter(row.tube for row in self.rows)


_CLASSES = {
    ids.fold(subject): tube_class
    for subject, tube_class in {
        "Sốt, ho": TubeClass.SYMPTOM,
        "F0 nghi ngờ": TubeClass.SYMPTOM,
        "Test nhanh dương tính": TubeClass.SYMPTOM,
        "Trường hợp F1": TubeClass.CONTACT,
    }.items()
}
_SEXES = {"": None, "nam": Sex.MALE, "nu": Sex.FEMALE}

# Headings without marks, case and stars; the first that fits counts, pick lists stand further right.
_COLUMNS = {
    "date": "ma ngay",
    "unit": "ma don vi",
    "team": "ma to",
    "code": "ma mau benh pham",
    "tube": "ma tt",
    "name": "ho va ten",
    "birth_year": "nam sinh",
    "sex": "gioi tinh",
    "phone": "so dien thoai",
    "province": "tinh (noi o hien tai)",
    "district": "huyen (noi o hien tai)",
    "commune": "xa (noi o hien tai)",
    "address": "dia chi so nha, duong, thon, xom… (noi o hien tai)",
    "subject": "phan loai doi tuong lay mau",
}
_NEEDED = ("date", "unit", "team", "tube", "name", "birth_year", "phone", "province", "commune")
_FAULTS = {
    WorkbookFault.TOO_LARGE: ListFault.TOO_LARGE,
    WorkbookFault.NO_WORKBOOK: ListFault.NO_WORKBOOK,
    WorkbookFault.DAMAGED: ListFault.DAMAGED,
    WorkbookFault.LOCKED: ListFault.DAMAGED,
}
_MOST_HEADING_ROWS = 20  # a title or two may stand above the headings, not a page
_WHOLE_CODE = re.compile(r"\d{6}[A-Z]{2}\.\d{5}")
_PHONE = re.compile(r"0\d{9}")
_PHONE_AS_NUMBER = re.compile(r"[235789]\d{8}")  # a cell that became a number has lost its zero


class _Sheet:
    """A sheet's cells by the names of `_COLUMNS`."""

    def __init__(self, rows: Sequence[tuple[str, ...]], at: int, headings: Mapping[str, int]):
        self.rows, self.at, self.headings = rows, at, headings

    def cell(self, place: int, column: str) -> str:
        index = self.headings.get(column)
        row = self.rows[place]
        return row[index] if index is not None and index < len(row) else ""


def read_list(data: bytes) -> SamplingList:
    """Read a filled form. Raises `UnreadableList` where it is none."""
    try:
        sheets = dict(workbooks.sheets(data))
    except UnusableWorkbook as error:
        raise UnreadableList(_FAULTS[error.fault], error.detail) from error
    found = [sheet for rows in sheets.values() if (sheet := _with_headings(rows)) is not None]
    if SHEET in sheets and (named := _with_headings(sheets[SHEET])) is not None:
        found = [named]
    if not found:
        raise UnreadableList(ListFault.NO_HEADINGS)
    sheet = found[0]
    for column in _NEEDED:
        if column not in sheet.headings:
            raise UnreadableList(ListFault.COLUMN_MISSING, _COLUMNS[column])
    return _read(sheet)


def _heading(text: str) -> str:
    return ids.fold(unicodedata.normalize("NFC", text).replace("*", " ").replace("...", "…"))


def _with_headings(rows: Sequence[tuple[str, ...]]) -> _Sheet | None:
    wanted = {heading: column for column, heading in _COLUMNS.items()}
    for at, row in enumerate(rows[:_MOST_HEADING_ROWS]):
        headings: dict[str, int] = {}
        for index, text in enumerate(row):
            if text and (column := wanted.get(_heading(text))) is not None:
                headings.setdefault(column, index)
        if {"name", "tube"} <= headings.keys():
            return _Sheet(rows, at, headings)
    return None


def _read(sheet: _Sheet) -> SamplingList:
    first = sheet.at + 1
    if first >= len(sheet.rows):
        raise UnreadableList(ListFault.DATE_UNREADABLE)
    written, unit, team = (sheet.cell(first, column) for column in ("date", "unit", "team"))
    try:
        if not re.fullmatch(r"\d{6}", written):
            raise ValueError(written)
        day = date(2000 + int(written[:2]), int(written[2:4]), int(written[4:]))
    except ValueError:
        raise UnreadableList(ListFault.DATE_UNREADABLE, written) from None
    letters = unit[:2].upper().replace("Đ", "D")
    if not re.fullmatch(r"[A-Z]{2}", letters):
        raise UnreadableList(ListFault.UNIT_UNREADABLE, unit)
    if not re.fullmatch(r"\d{1,2}", team):
        raise UnreadableList(ListFault.TEAM_UNREADABLE, team)
    stem = f"{written}{letters}.{team.zfill(2)}"
    rows: list[ListRow] = []
    refused: list[RowRefused] = []
    seen: set[tuple[str, int | None, str]] = set()
    for place in range(first, len(sheet.rows)):
        if not any(sheet.cell(place, column) for column in ("name", "birth_year", "phone")):
            continue
        read = _read_row(sheet, place, stem, day)
        if isinstance(read, ListRow):
            who = (ids.fold(read.name), read.birth_year, read.phone)
            if read.phone and who in seen:
                read = RowRefused(read.row, "Họ và tên", RowRefusal.TWICE)
            else:
                seen.add(who)
                rows.append(read)
        if isinstance(read, RowRefused):
            refused.append(read)
    return SamplingList(day, letters, team.zfill(2), tuple(rows), tuple(refused))


def _read_row(sheet: _Sheet, place: int, stem: str, day: date) -> ListRow | RowRefused:
    number = place + 1
    cells = {column: sheet.cell(place, column) for column in _COLUMNS}
    if not cells["name"]:
        return RowRefused(number, "Họ và tên", RowRefusal.NAME_MISSING)
    if not re.fullmatch(r"\d{1,3}", cells["tube"]):
        return RowRefused(number, "Mã TT", RowRefusal.TUBE_UNREADABLE, cells["tube"])
    tube = stem + cells["tube"].zfill(3)
    if _WHOLE_CODE.fullmatch(cells["code"]) and cells["code"] != tube:
        return RowRefused(number, "Mã mẫu bệnh phẩm*", RowRefusal.CODE_DIFFERS, cells["code"])
    year = int(cells["birth_year"]) if re.fullmatch(r"\d{4}", cells["birth_year"]) else None
    if cells["birth_year"] and (year is None or not FIRST_BIRTH_YEAR <= year <= day.year):
        return RowRefused(number, "Năm sinh", RowRefusal.BIRTH_UNREADABLE, cells["birth_year"])
    sex = ids.fold(cells["sex"])
    if sex not in _SEXES:
        return RowRefused(number, "Giới tính", RowRefusal.SEX_UNREADABLE, cells["sex"])
    phone = re.sub(r"[\s.\-]", "", cells["phone"])
    phone = f"0{phone}" if _PHONE_AS_NUMBER.fullmatch(phone) else phone
    if phone and not _PHONE.fullmatch(phone):
        return RowRefused(number, "Số điện thoại", RowRefusal.PHONE_UNREADABLE, cells["phone"])
    return ListRow(
        number,
        tube,
        " ".join(unicodedata.normalize("NFC", cells["name"]).split()),
        year,
        _SEXES[sex],
        phone,
        (cells["province"], cells["district"], cells["commune"]),
        cells["address"],
        cells["subject"],
    )


@dataclass(frozen=True, slots=True)
class Residence:
    """What the names of a row mean today: a unit, or none because it was divided or unknown."""

    unit: int | None
    divided: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """A list made ready for `record_swabs`: the swabs with their rows, and what was refused."""

    swabs: Mapping[SwabTaken, ListRow]
    refused: tuple[RowRefused, ...]


def prepared(
    given: SamplingList,
    residences: Mapping[Names, Residence],
    *,
    taken_at: datetime,
    secret: bytes,
) -> Prepared:
    """The list as swabs to record, and every row that cannot be one.

    The list has no slips: each row's is drawn from `secret` and from who stands in which tube, so
    that the same list sent again means the same swabs, and somebody else in that place never means
    the swab recorded before.
    """
    swabs: dict[SwabTaken, ListRow] = {}
    refused = list(given.refused)
    for row in given.rows:
        lives = residences.get(row.residence, Residence(None))
        if lives.unit is None:
            reason = RowRefusal.UNIT_SPLIT if lives.divided else RowRefusal.UNIT_UNKNOWN
            written = ", ".join(filter(None, reversed(row.residence)))
            refused.append(RowRefused(row.row, "Xã (nơi ở hiện tại)", reason, written))
            continue
        said = Declaration(
            row.name,
            row.sex,
            birth_year=row.birth_year,
            phone=row.phone,
            residence=lives.unit,
            address=row.address,
        )
        slip = slip_of(row, secret)
        swabs[SwabTaken(row.tube, slip, taken_at, said, tube_class=row.tube_class)] = row
    return Prepared(swabs, tuple(refused))


def outcome_of(ready: Prepared, recorded: Outcome[SwabTaken]) -> Outcome[ListRow | RowRefused]:
    """What became of every row: rows in = done + unchanged + refused, each refused with its row."""
    here = [
        RowRefused(ready.swabs[fault.item].row, "", fault.reason, fault.detail)
        for fault in recorded.refused
    ]
    refused = sorted((*ready.refused, *here), key=lambda one: one.row)
    return Outcome(
        [ready.swabs[swab] for swab in recorded.done],
        [ready.swabs[swab] for swab in recorded.unchanged],
        [Refused(one, one.reason, one.detail) for one in refused],
    )


def slip_of(row: ListRow, secret: bytes) -> str:
    """The slip of one row; nobody without the secret can guess it."""
    who = (row.person_code, ids.fold(row.name), str(row.birth_year), row.phone)
    drawn = hmac.digest(secret, "\n".join(who).encode(), hashlib.sha256)
    return ids.new_slip_code(random.Random(drawn))  # noqa: S311 (seeded with 256 secret bits)
