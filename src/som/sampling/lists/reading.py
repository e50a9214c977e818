"""Reading a list: its sheets, and each of their rows to what it says or why it is refused. Pure.

Every row that speaks of somebody ends among the rows or among the refused, with the sheet's own
number.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain

from som.kernel import workbooks
from som.sampling.lists import tables
from som.sampling.lists.completing import Completed
from som.sampling.lists.headings import Table
from som.sampling.lists.judging import Judge
from som.sampling.lists.reasons import ListFault, RowRefusal, RowWarning
from som.sampling.lists.tables import Sheet
from som.sampling.lists.written import ListRow, Purpose, RowRefused, UnreadableList, WrittenList


def read_list(data: bytes, *, on: date) -> WrittenList:
    """Read a list, whichever kind it is: what a file is, its bytes tell, not its name.

    Raises `UnreadableList` where it is none.
    `on` is the day it is read, after which nobody was born.
    """
    read = [one for sheet in tables.sheets_of(data) if (one := _read(sheet, on))]
    if not read:
        raise UnreadableList(ListFault.NO_HEADINGS)
    if any(not one.hidden for one in read):
        read = [one for one in read if not one.hidden]
    first = max(read, key=_preference)
    alike = [one for one in read if one.kind == first.kind]
    others = [
        one for one in read if one.kind != first.kind and one.table.layout.known_by != ("name",)
    ]
    _must_be_below_limit(alike)
    return _list_of(first, alike, others)


@dataclass(slots=True)
class SheetRead:
    """One sheet with a list: its rows and the refused ones."""

    sheet: str
    hidden: bool
    table: Table
    judge: Judge
    rows: list[ListRow] = field(default_factory=list)
    refused: list[RowRefused] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return self.table.layout.kind


def _preference(read: SheetRead) -> tuple[bool, bool, int, int]:
    layout = read.table.layout
    return (
        bool(read.rows or read.refused),
        bool(layout.sheet) and read.sheet == layout.sheet,
        read.table.score,
        len(read.rows),
    )


def _read(sheet: Sheet, on: date) -> SheetRead | None:
    completed = Completed.of(sheet)
    if completed is None:
        return None
    table = completed.table
    judge = Judge(
        table,
        on,
        {**sheet.said, **completed.head()},
        completed.women_marked(),
    )
    read = SheetRead(sheet.name, sheet.hidden, table, judge)
    for number, said, fault in completed.rows():
        if fault is None and said.keys().isdisjoint(judge.facts):
            judge.tubes.note(said)
            continue
        judged = judge.row(number, said, fault)
        if isinstance(judged, ListRow):
            read.rows.append(judged)
        else:
            read.refused.append(judged)
    return read


def _must_be_below_limit(read: Sequence[SheetRead]) -> None:
    """A list whose last person stands in the last row of an old sheet was cut off there."""
    for one in read:
        last = max((*(row.row for row in one.rows), *(row.row for row in one.refused)), default=0)
        if last == workbooks.ROWS_OF_XLS:
            raise UnreadableList(ListFault.ROWS_AT_LIMIT, one.sheet)


# --- the list as a whole -------------------------------------------------------------------------


def _list_of(
    first: SheetRead, read: Sequence[SheetRead], others: Sequence[SheetRead]
) -> WrittenList:
    layout = first.table.layout
    several = len(read) > 1
    rows: list[ListRow] = []
    refused: list[RowRefused] = []
    for one in read:
        name = one.sheet if several else ""
        rows += [replace(row, sheet=name) for row in one.rows] if name else one.rows
        refused += [replace(row, sheet=name) for row in one.refused] if name else one.refused
        one.rows, one.refused = [], []
    for one in others:
        refused += [
            RowRefused(row.row, "", RowRefusal.OTHER_KIND, sheet=one.sheet, name=row.name)
            for row in chain[ListRow | RowRefused](one.rows, one.refused)
        ]
    rows, again = _once(rows, first)
    refused += again
    if any(row.tube for row in rows):
        rows = _with_pools(rows, refused, layout.purpose)
    order = {one.sheet: place for place, one in enumerate(read)}
    refused.sort(key=lambda one: (order.get(one.sheet, 0 if not one.sheet else 99), one.row))
    judge = first.judge
    return WrittenList(
        layout.kind,
        layout.purpose,
        first.sheet,
        first.table.bottom + 1,
        dict(first.table.names),
        tuple(rows),
        tuple(refused),
        judge.tubes.day,
        judge.tubes.unit,
        judge.tubes.team,
        tuple(
            " ".join(column.heading.split())
            for column in layout.columns
            if column.field not in first.table.columns
            and column.field not in judge.tubes.head
            and not column.filler
        ),
        tuple(
            dict.fromkeys(
                " ".join(heading.split())
                for one in read
                for _, heading in sorted(one.table.others.items())
            )
        ),
    )


def _once(rows: list[ListRow], first: SheetRead) -> tuple[list[ListRow], list[RowRefused]]:
    """Each person once: a row that says the same again is refused.

    Without number and telephone only a row that is equal in all it says of the person says the same
    again; any other is a namesake, told apart by `nth`, and stands there with a warning.
    """
    kept: list[ListRow] = []
    refused: list[RowRefused] = []
    known: set[int] = set()
    whole: set[int] = set()
    namesakes: Counter[int] = Counter()
    results = first.table.layout.purpose is Purpose.RESULTS
    said_of: dict[str, set[object]] = defaultdict(set)
    if results:
        for row in rows:
            if row.tube and not row.name and row.result:
                said_of[row.tube].add(row.result)
    for row in rows:
        if len(said_of.get(row.tube, ())) > 1 and not row.name:
            detail = ", ".join(sorted(str(one) for one in said_of[row.tube]))
            refused.append(
                RowRefused(
                    row.row,
                    first.judge.heading("result"),
                    RowRefusal.CONTRADICTED,
                    detail,
                    row.sheet,
                    name=row.name,
                )
            )
            continue
        code = (row.tube, row.lab_code) if results else ()
        certain = bool(row.phone or row.number) or (results and not row.name)
        person = hash((*code, *row.who[:3]) if certain else (row.tube, *code, *row.who))
        everything = hash((row.tube, *code, *_all_said(row, results=results)))
        if (certain and person in known) or everything in whole:
            field_name = "name" if row.name else "code"
            refused.append(
                RowRefused(
                    row.row,
                    first.judge.heading(field_name),
                    RowRefusal.TWICE,
                    sheet=row.sheet,
                    name=row.name,
                )
            )
            continue
        whole.add(everything)
        if certain:
            known.add(person)
        elif namesakes[person]:
            warnings = row.warnings if results else (*row.warnings, RowWarning.NAMESAKE)
            row = replace(row, nth=namesakes[person], warnings=warnings)
        if not certain:
            namesakes[person] += 1
        kept.append(row)
    return kept, refused


def _all_said(row: ListRow, *, results: bool) -> tuple[object, ...]:
    """All that a row says of its person; of results, as laboratories repeat them, less is enough."""
    said = (*row.who, row.phone, row.number, row.workplace, row.guardian, row.case_code)
    if results:
        return said
    cells = (
        row.insurance, row.nationality, row.occupation, row.subject, row.reason, row.note,
        *sorted(row.other.items()),
    )  # fmt: skip
    return (*said, *cells)


def _with_pools(
    rows: list[ListRow], refused: Sequence[RowRefused], purpose: Purpose
) -> list[ListRow]:
    """Each row with the number of people in its tube: all rows that name it, refused ones too.

    What is odd about a tube is odd about each of its rows.
    """
    sizes = Counter(row.tube for row in rows if row.tube)
    broken: set[str] = set()
    for one in refused:
        if one.tube and one.reason is not RowRefusal.TWICE:
            sizes[one.tube] += 1
            broken.add(one.tube)
    differing = {
        row.tube
        for row in rows
        if RowWarning.POOL_SIZE_DIFFERS in row.warnings
        or (row.pool_size is not None and row.pool_size != sizes[row.tube])
    }
    named = purpose is Purpose.SWABS or any(row.name for row in rows)
    found: list[ListRow] = []
    for row in rows:
        if row.tube and named and not row.names:
            size = sizes[row.tube]
            warnings = row.warnings
            if row.tube in differing:
                warnings = (*warnings, RowWarning.POOL_SIZE_DIFFERS)
            if row.tube in broken:
                warnings = (*warnings, RowWarning.POOL_NOT_WHOLE)
            row = replace(
                row,
                pool_size=size,
                pooled=size > 1,
                warnings=tuple(dict.fromkeys(warnings)) if warnings else (),
            )
        found.append(row)
    return found
