"""What a list says: its rows, the rows that cannot be taken, and why. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from som.kernel import ids
from som.kernel.outcomes import Refusal
from som.people.rules import Sex
from som.sampling.lists.reasons import ListFault, RowWarning
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
    without zone. `nth` counts from 0 people of one tube (of the list, where it has no tubes) who have
    the same name, birth, sex and home. `other` has the cells that have no
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
        """What tells this person from others of the list, wherever the row stands.

        Without number and telephone: name, birth, sex and home, and which of several namesakes there
        it is.
        """
        name = ids.fold(self.name)
        born = self.birth_date.isoformat() if self.birth_date else str(self.birth_year or "")
        if self.number:
            return self.number, name, born
        if self.phone:
            return self.phone, name, born
        home = (*self.residence, self.address)
        return (*map(ids.fold, home), name, born, self.sex or "", str(self.nth or ""))

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
    """A row that was not taken: where, which column, why, what stood there, and of whom it speaks."""

    row: int
    column: str
    reason: Refusal
    detail: str = ""
    sheet: str = ""
    tube: str = ""
    name: str = ""


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
