"""What a list says: its rows, the rows that cannot be taken, and why. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from som.kernel import ids
from som.kernel.outcomes import Refusal, gettext_noop
from som.people.rules import Sex
from som.sampling.rules import TubeClass

Names = tuple[str, str, str]
"""Province, district and commune as written."""

NOWHERE: Names = ("", "", "")


class Purpose(StrEnum):
    """What a list is for: people to be swabbed, swabs taken, results, reported cases, arrivals."""

    ROSTER = "roster"
    SWABS = "swabs"
    RESULTS = "results"
    CASES = "cases"
    ARRIVALS = "arrivals"


class ReportedResult(StrEnum):
    """What another laboratory's list says of a specimen."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    INCONCLUSIVE = "inconclusive"
    SUSPECTED = "suspected"
    INVALID = "invalid"
    RESAMPLE = "resample"
    UNFIT = "unfit"
    NOT_TESTED = "not_tested"
    PENDING = "pending"


class ListFault(Refusal):
    """Why a file is not read at all."""

    EMPTY = "list_empty", gettext_noop("The file is empty.")
    NO_WORKBOOK = "list_no_workbook", gettext_noop("The file is no workbook, text table or form.")
    TOO_LARGE = "list_too_large", gettext_noop("The file is larger than any list.")
    DAMAGED = "list_damaged", gettext_noop("The file is damaged or cut off; save it again.")
    LOCKED = "list_locked", gettext_noop("The file is locked with a password.")
    ROWS_AT_LIMIT = (
        "list_rows_at_limit",
        gettext_noop(
            "The sheet ends at row 65,536, where old Excel files are cut off: send it as .xlsx."
        ),
    )
    NO_HEADINGS = "list_no_headings", gettext_noop("No sheet has the headings of a list we know.")


class RowRefusal(Refusal):
    """Why one row was not taken."""

    NAME_MISSING = "row_name_missing", gettext_noop("The row has no name.")
    NAME_UNREADABLE = "row_name_unreadable", gettext_noop("This is no name of a person.")
    NO_PERSON = "row_no_person", gettext_noop("This row is a total or a signature, not a person.")
    TUBE_MISSING = "row_tube_missing", gettext_noop("The row has no tube.")
    TUBE_UNREADABLE = "row_tube_unreadable", gettext_noop("The tube number must have three digits.")
    CODE_DIFFERS = (
        "row_code_differs",
        gettext_noop("The sample code is not the one that date, unit, team and tube give."),
    )
    CODE_MISSING = "row_code_missing", gettext_noop("The row has no code of a sample or test.")
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
    BIRTH_UNREADABLE = (
        "row_birth_unreadable",
        gettext_noop("The birth is no day or year in which somebody living was born."),
    )
    SEX_UNREADABLE = "row_sex_unreadable", gettext_noop("The sex must be Nam or Nữ.")
    PHONE_UNREADABLE = (
        "row_phone_unreadable",
        gettext_noop("The telephone number must have ten digits."),
    )
    NUMBER_UNREADABLE = (
        "row_number_unreadable",
        gettext_noop(
            "This is no identity number: it has 12 digits, 9 digits, or a letter and 7-8."
        ),
    )
    NUMBER_ROUNDED = (
        "row_number_rounded",
        gettext_noop("The spreadsheet has rounded this number; its last digits are lost."),
    )
    INSURANCE_UNREADABLE = (
        "row_insurance_unreadable",
        gettext_noop("This is no health insurance number."),
    )
    TIME_UNREADABLE = "row_time_unreadable", gettext_noop("This is no date or time of that day.")
    RESULT_MISSING = "row_result_missing", gettext_noop("The row has no result.")
    RESULT_UNREADABLE = "row_result_unreadable", gettext_noop("This is no result we know.")
    POOL_UNREADABLE = (
        "row_pool_unreadable",
        gettext_noop("The list says this is a single sample, but the row names several people."),
    )
    NOTHING_ABOVE = (
        "row_nothing_above",
        gettext_noop("The row says “as above”, but nothing stands above it."),
    )
    NOT_CALCULATED = (
        "row_not_calculated",
        gettext_noop("The cell holds a formula without a value: open the file, save it, send it."),
    )
    CELL_IN_ERROR = "row_cell_in_error", gettext_noop("The cell holds an error of a formula.")
    TEXT_BROKEN = (
        "row_text_broken",
        gettext_noop("Letters of this cell were lost when the file was saved."),
    )
    TWICE = "row_twice", gettext_noop("This person stands in the list twice.")
    CONTRADICTED = (
        "row_contradicted",
        gettext_noop("The list says different results for this sample."),
    )
    OTHER_KIND = (
        "row_other_kind",
        gettext_noop("This sheet is a list of another kind: send it as a file of its own."),
    )
    UNIT_UNKNOWN = "row_unit_unknown", gettext_noop("There is no unit of exactly this name.")
    UNIT_SPLIT = (
        "row_unit_split",
        gettext_noop("This unit was divided in 2025: write the name of today's unit."),
    )


class RowWarning(Refusal):
    """What is odd about a row that was taken."""

    POOL_SIZE_DIFFERS = (
        "row_pool_size_differs",
        gettext_noop("The list says another number of people in this tube than it names."),
    )
    POOL_NOT_WHOLE = (
        "row_pool_not_whole",
        gettext_noop("Other rows of this tube are refused: mend them before the tube is sent."),
    )
    CT_UNREADABLE = (
        "row_ct_unreadable",
        gettext_noop("The Ct value is not a number from 1 to 50 and was left out."),
    )
    ZERO_RESTORED = (
        "row_zero_restored",
        gettext_noop("The spreadsheet had dropped the zero in front; it was put back."),
    )
    TEXT_CONVERTED = (
        "row_text_converted",
        gettext_noop("The text was written in an old character set and was converted."),
    )
    PHONES_SEVERAL = (
        "row_phones_several",
        gettext_noop("The row has several telephone numbers; the first was taken."),
    )
    BIRTH_FROM_AGE = (
        "row_birth_from_age",
        gettext_noop("The birth year was worked out from the age."),
    )


class UnreadableList(Exception):
    """The file is no list."""

    def __init__(self, fault: ListFault, detail: str = "") -> None:
        super().__init__(fault, detail)
        self.fault = fault
        self.detail = detail


class Leftovers(Mapping[str, str]):
    """Cells that have no place in a row, by heading: rows are many and share their headings."""

    __slots__ = ("headings", "values_said")
    _shared: ClassVar[dict[tuple[str, ...], tuple[str, ...]]] = {}

    def __init__(self, said: Mapping[str, str]) -> None:
        headings = tuple(said)
        if len(self._shared) < 1_000:
            headings = self._shared.setdefault(headings, headings)
        self.headings = headings
        self.values_said = tuple(said.values())

    def __getitem__(self, heading: str) -> str:
        try:
            return self.values_said[self.headings.index(heading)]
        except ValueError:
            raise KeyError(heading) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.headings)

    def __len__(self) -> int:
        return len(self.headings)

    def __repr__(self) -> str:
        return repr(dict(self))


_NOTHING: Mapping[str, str] = {}


def _nothing() -> Mapping[str, str]:
    return _NOTHING


@dataclass(frozen=True, slots=True)
class ListRow:
    """One row of the list: a person, or a specimen with its result.

    `row` is the row of the sheet as its reader counts, `sheet` the name of the sheet where the
    list stands on several. Text is NFC with single spaces, as written but for that.

    `tube` is the code on the tube, `pool_size` how many people the list has in it. `lab_code` is
    the laboratory's own number of the test. `names` has everybody where one row stands for a pool,
    and `pooled` says that the list calls it one. `country` (three letters) is that of a foreign
    passport's number.
    `taken_on` stands alone where the hour is not said; `taken_at` is the wall clock of the place,
    without zone. `nth` counts equal people of one tube from 0. `other` has the cells that have no
    place here, by heading.
    """

    row: int
    sheet: str = ""
    tube: str = ""
    pool_size: int | None = None
    person_code: str = ""
    name: str = ""
    names: tuple[str, ...] = ()
    pooled: bool = False
    birth_date: date | None = None
    birth_year: int | None = None
    sex: Sex | None = None
    phone: str = ""
    number: str = ""
    insurance: str = ""
    nationality: str = ""
    country: str = ""
    guardian: str = ""
    residence: Names = NOWHERE
    address: str = ""
    occupation: str = ""
    workplace: str = ""
    subject: str = ""
    reason: str = ""
    place: str = ""
    taken_on: date | None = None
    taken_at: datetime | None = None
    case_code: str = ""
    lab_code: str = ""
    method: str = ""
    tested_on: date | None = None
    laboratory: str = ""
    result: ReportedResult | None = None
    ct: float | None = None
    note: str = ""
    nth: int = 0
    warnings: tuple[RowWarning, ...] = ()
    other: Mapping[str, str] = field(default_factory=_nothing)

    @property
    def tube_class(self) -> TubeClass:
        """Why this person is tested, by the form's own list of subjects or of reasons."""
        return (
            _CLASSES.get(ids.fold(self.subject))
            or _CLASSES.get(ids.fold(self.reason))
            or TubeClass.SCREENING
        )

    @property
    def who(self) -> tuple[str, ...]:
        """What tells this person from others of the list, wherever the row stands."""
        name = ids.fold(self.name)
        born = self.birth_date.isoformat() if self.birth_date else str(self.birth_year or "")
        if self.number:
            return self.number, name, born
        if self.phone:
            return self.phone, name, born
        return (*map(ids.fold, self.residence), name, born, str(self.nth or ""))

    def told(self) -> dict[str, object]:
        """The row as JSON can hold it, without what it does not say; `retold` reads it back."""
        said: dict[str, object] = {}
        for name, empty in _EMPTY.items():
            value = getattr(self, name)
            if value == empty:
                continue
            if isinstance(value, date):
                value = value.isoformat()
            elif isinstance(value, tuple):
                value = [str(one) for one in value]
            elif isinstance(value, Mapping):
                value = dict(value)
            elif isinstance(value, StrEnum):
                value = value.value
            said[name] = value
        return said


_EMPTY = {f.name: f.default for f in fields(ListRow)} | {"row": None, "other": _NOTHING}


def retold(said: Mapping[str, object]) -> ListRow:
    """The row that `ListRow.told` wrote down."""
    values = dict(said)
    for name, read in _READ_BACK.items():
        if name in values:
            values[name] = read(values[name])
    return ListRow(**values)  # type: ignore[arg-type]


_READ_BACK: Mapping[str, Callable[[Any], object]] = {
    "names": tuple,
    "residence": tuple,
    "birth_date": date.fromisoformat,
    "taken_on": date.fromisoformat,
    "tested_on": date.fromisoformat,
    "taken_at": datetime.fromisoformat,
    "sex": Sex,
    "result": ReportedResult,
    "warnings": lambda codes: tuple(map(RowWarning, codes)),
}


@dataclass(frozen=True, slots=True)
class RowRefused:
    """A row that was not taken: where, which column, why, and what stood there."""

    row: int
    column: str
    reason: Refusal
    detail: str = ""
    sheet: str = ""
    tube: str = ""


@dataclass(frozen=True, slots=True)
class WrittenList:
    """What a file says: its people or specimens, and the rows that cannot be taken.

    `columns` maps each of our fields to the heading it was found under, `missing` names the
    columns of this kind that the file lacks, `unread` the headings of columns that are not read,
    as written: their cells are in each row's `other`. Day, unit and team are said once for many kinds.
    """

    kind: str
    purpose: Purpose
    sheet: str
    heading_row: int
    columns: Mapping[str, str]
    rows: tuple[ListRow, ...]
    refused: tuple[RowRefused, ...]
    day: date | None = None
    unit: str = ""
    team: str = ""
    missing: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def rows_in(self) -> int:
        return len(self.rows) + len(self.refused)

    def pool_sizes(self) -> Counter[str]:
        """How many people of the list are in each tube: 1 is Đơn, n is Gộp n."""
        return Counter(row.tube for row in self.rows if row.tube)


_CLASSES = {
    ids.fold(subject): tube_class
    for subject, tube_class in {
        # the provincial form's subjects
        "Sốt, ho": TubeClass.SYMPTOM,
        "F0 nghi ngờ": TubeClass.SYMPTOM,
        "Test nhanh dương tính": TubeClass.SYMPTOM,
        "Trường hợp F1": TubeClass.CONTACT,
        "F1": TubeClass.CONTACT,
        # Ho Chi Minh City's reasons
        "test nhanh dương": TubeClass.SYMPTOM,
        "chùm ca viêm hô hấp": TubeClass.SYMPTOM,
        "nguy cơ rất cao (F1 gần)": TubeClass.CONTACT,
        "nguy cơ cao (F1 xa)": TubeClass.CONTACT,
        "mẫu gộp dương": TubeClass.RECALLED,
    }.items()
}
