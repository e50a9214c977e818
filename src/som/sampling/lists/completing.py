"""Completing cells: each row of a sheet as its writer meant it. Pure.

Cells merged over several rows count for each of them, "as above" is what stands above, a tube written
only on the first row of its pool is that of the whole pool, formulas without a value are worked out
where the form's own formulas are known, and old character sets become Unicode.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from som.kernel import ids, legacy_text, workbooks
from som.kernel.legacy_text import Charset
from som.sampling.lists import cells
from som.sampling.lists.headings import DEEPEST, Table, table_in
from som.sampling.lists.layouts import Column, Layout, Said
from som.sampling.lists.reasons import RowRefusal
from som.sampling.lists.tables import Sheet

_SAMPLED = 2_000
"""So many rows tell in which character set a column is written."""
_REMEMBERED = 4_096
_LINES = re.compile(r"\s*[\r\n\v]+\s*")
_ERROR = re.compile(r"#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!)", re.IGNORECASE)
_MATTERS = frozenset({
    "name", "birth", "sex", "phone", "number", "insurance", "province", "district", "commune",
    "address", "tube_number", "tube_code", "code", "lab_code", "result", "taken",
})  # fmt: skip
_NOT_MERGED = frozenset({
    "name", "family", "number", "insurance", "birth", "born_day", "born_month", "code", "lab_code",
    "person_code",
})  # fmt: skip
_NOT_ABOVE = frozenset({
    "name", "family", "number", "insurance", "lab_code", "person_code", "order", "result", "ct",
})  # fmt: skip


CONVERTED = "converted"
"""A mark among a row's cells: some came from an old character set."""

Fault = tuple[str, RowRefusal, str]
"""Field, reason and what stood there."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell about which something is odd."""

    text: str
    converted: bool = False
    as_above: bool = False
    fault: RowRefusal | None = None


@dataclass(slots=True)
class Completed:
    """The rows of one sheet below its headings, each cell as its writer meant it."""

    sheet: Sheet
    table: Table
    charsets: Mapping[int, Charset | None] = field(default_factory=dict)
    places: list[tuple[str, int, dict[str, Cell | str]]] = field(default_factory=list)
    """Each field with its column, and what its cells were before: lists say the same often."""

    def __post_init__(self) -> None:
        places = [(name, place) for name, place in self.table.columns.items() if name != "order"]
        places += [
            (f"+{' '.join(heading.split())}", place) for place, heading in self.table.others.items()
        ]
        self.places = [(name, place, {}) for name, place in places]

    @classmethod
    def of(cls, sheet: Sheet) -> Completed | None:
        """The list on this sheet; None if there is none."""
        top = [list(map(_text, line)) for line in islice(sheet.rows(), DEEPEST)]
        table = table_in(top)
        if table is None:
            return None
        table = _with_parted_name(sheet, table)
        return cls(sheet, table, _charsets(sheet, table))

    def women_marked(self) -> bool:
        """Whether one column marks the women and none the men."""
        columns = self.table.columns
        place = columns.get("female")
        if place is None or "male" in columns or "sex" in columns:
            return False
        return any(
            place < len(line) and cells.is_mark(_text(line[place]))
            for line in islice(self.sheet.rows(), self.table.bottom + 1, None)
        )

    def head(self) -> Said:
        """Day, unit and team, which stand once: in the first row of the form, wherever it is now."""
        places = {name: self.table.columns.get(name) for name in self.table.layout.head}
        wanted = {name: place for name, place in places.items() if place is not None}
        found: Said = {}
        for line in islice(self.sheet.rows(), self.table.bottom + 1, None):
            for name, place in wanted.items():
                if name not in found and place < len(line) and _text(line[place]):
                    found[name] = line[place]
            if len(found) == len(wanted):
                break
        return {
            name: cells.tidy(value) if isinstance(value, str) else value
            for name, value in found.items()
        }

    def rows(self) -> Iterator[tuple[int, Said, Fault | None]]:
        """Number, cells by field, and what is wrong already, of each row that speaks of somebody.

        A row that only says day, unit and team comes with these alone.
        """
        table, layout = self.table, self.table.layout
        columns = {column.field: column for column in layout.columns}
        heads = frozenset(layout.head)
        merged = _Merged(self.sheet, table)
        above: dict[str, object] = {}
        tube = _TubeAbove(layout)
        for number, line in enumerate(self.sheet.rows(), start=1):
            if number <= table.bottom + 1:
                merged.pass_by(number, line)
                continue
            said, odd = self._cells(line)
            if number == table.bottom + 2 and _is_numbering(said):
                continue
            merged.complete(number, line, said)
            if said.keys().isdisjoint(layout.speaks) and not self._name_is_uncalculated(number):
                if not said.keys().isdisjoint(heads):
                    yield number, {name: said[name] for name in heads if name in said}, None
                if said.keys().isdisjoint(tube.fields):
                    tube.ends()
                continue
            if table.repeats(said) or _is_footer(said):
                continue
            fault = self._marked(number, said, columns, above)
            for name, cell in odd:
                if cell.fault is not None:
                    fault = fault or (name, cell.fault, cell.text)
                elif cell.as_above and name in above and name not in _NOT_ABOVE:
                    said[name] = above[name]
                elif cell.as_above and name == "result":  # a positive is never copied
                    fault = fault or (name, RowRefusal.RESULT_UNREADABLE, cell.text)
                elif cell.as_above and name in _MATTERS:
                    fault = fault or (name, RowRefusal.NOTHING_ABOVE, cell.text)
                elif cell.converted:
                    said[CONVERTED] = True
            above |= said
            tube.complete(said)
            yield number, said, fault

    def _cells(self, line: Sequence[object]) -> tuple[Said, list[tuple[str, Cell]]]:
        """The filled cells of a row by field, and those among them that are odd."""
        said: Said = {}
        odd: list[tuple[str, Cell]] = []
        width = len(line)
        for name, place, known in self.places:
            value = line[place] if place < width else ""
            if not isinstance(value, str):
                said[name] = value
                continue
            if not value:
                continue
            cell = known.get(value)
            if cell is None:
                cell = self._cell(place, value)
                if len(known) < _REMEMBERED:
                    known[value] = cell
            if isinstance(cell, str):
                if cell:
                    said[name] = cell
                continue
            said[name] = cell.text
            if name[0] != "+":
                odd.append((name, cell))
        return said, odd

    def _cell(self, place: int, written: str) -> Cell | str:
        """A cell's text, with what is odd about it if anything is."""
        if self.table.layout.several_names and place == self.table.columns.get("name"):
            written = _LINES.sub(", ", written.strip())
        text = cells.tidy(written)
        converted = False
        if not text.isascii() and not legacy_text.is_vietnamese(text):
            charset = legacy_text.charset_of(text) or self.charsets.get(place)
            better = cells.tidy(legacy_text.converted(text, charset))
            converted, text = better != text, better
        if "\ufffd" in text:
            return Cell(text, fault=RowRefusal.TEXT_BROKEN)
        if text[:1] == "#" and _ERROR.fullmatch(text):
            return Cell(text, fault=RowRefusal.CELL_IN_ERROR)
        if cells.is_as_above(text):
            return Cell(text, as_above=True)
        return Cell(text, converted=True) if converted else text

    def _name_is_uncalculated(self, number: int) -> bool:
        place = self.table.columns.get("name")
        bits = self.sheet.marks.uncalculated.get(number, 0)
        return place is not None and bool(bits >> place & 1)

    def _marked(
        self, number: int, said: Said, columns: Mapping[str, Column], above: Mapping[str, object]
    ) -> Fault | None:
        """What to do with formulas that have no value: known ones are worked out, others refuse."""
        fault: Fault | None = None
        for bits, reason in (
            (self.sheet.marks.uncalculated.get(number, 0), RowRefusal.NOT_CALCULATED),
            (self.sheet.marks.in_error.get(number, 0), RowRefusal.CELL_IN_ERROR),
        ):
            if not bits:
                continue
            for name, place in self.table.columns.items():
                if not bits >> place & 1:
                    continue
                column = columns.get(name)
                said.pop(name, None)
                if column is not None and column.copied:
                    if name in above:
                        said[name] = above[name]
                elif column is not None and (column.calculated or name == "order"):
                    continue
                elif name != "order":
                    fault = fault or (name, reason, "")
        return fault


def _text(value: object) -> str:
    return cells.tidy(workbooks.text(value)) if value != "" else ""


def _with_parted_name(sheet: Sheet, table: Table) -> Table:
    """The table where the heading of the name stands over two columns: family name, given name."""
    place = table.columns.get("name")
    if place is None or "family" in table.columns:
        return table
    if place + 1 in table.others or place + 1 in table.columns.values():
        return table
    for (top, left), (bottom, right) in sheet.merged():
        if table.top <= top and bottom <= table.bottom and (left, right) == (place, place + 1):
            columns = {**table.columns, "family": place, "name": place + 1}
            names = {**table.names, "family": table.names["name"]}
            return replace(table, columns=columns, names=names)
    return table


def _charsets(sheet: Sheet, table: Table) -> dict[int, Charset | None]:
    """The character set of each column, where cells alone do not tell."""
    samples: dict[int, list[str]] = defaultdict(list)
    for line in islice(sheet.rows(), table.bottom + 1, table.bottom + 1 + _SAMPLED):
        for place, value in enumerate(line):
            if isinstance(value, str) and not value.isascii():
                samples[place].append(value)
    found = {place: legacy_text.prevailing(texts) for place, texts in samples.items()}
    if not any(found.values()):
        return {}
    everywhere = legacy_text.prevailing(
        text for place, texts in samples.items() for text in texts if found[place]
    )
    native = {
        place for place, texts in samples.items() if any(map(legacy_text.is_vietnamese, texts))
    }
    return {
        place: charset or (everywhere if place not in native else None)
        for place, charset in found.items()
    }


def _is_numbering(said: Said) -> bool:
    """Whether this is the row of column numbers (1), (2), (3) … that forms have below headings."""
    numbers = []
    for value in said.values():
        text = workbooks.text(value).strip("()[] ")
        if not text.isdigit() and not (len(text) == 1 and text.isalpha()):
            return False
        numbers.append(text)
    digits = [int(text) for text in numbers if text.isdigit()]
    return (
        len(numbers) >= 3
        and len(digits) >= 2
        and all(0 < number < 100 for number in digits)
        and sorted(digits) == list(range(min(digits), min(digits) + len(digits)))
    )


_FOOTER = re.compile(
    r"(?:.*, ?)?ngay\b.{0,9}\bthang\b.{0,9}\bnam\b.{0,6}|nguoi lap(?: bieu| bang| danh sach)?"
    r"|thu truong don vi|truong (?:tram|khoa|phong)|giam doc|can bo lay mau"
    r"|\(?ky,? (?:va )?(?:ghi ro )?ho,? ?(?:va )?ten.*"
)


def _is_footer(said: Said) -> bool:
    """Whether a row holds nothing but the words that stand below lists: place, day, who signs."""
    return len(said) <= 4 and all(
        isinstance(value, str) and _FOOTER.fullmatch(ids.fold(value)) for value in said.values()
    )


class _Merged:
    """Cells merged over several rows: their text counts for each of them, but for names and numbers."""

    def __init__(self, sheet: Sheet, table: Table) -> None:
        names = {place: name for name, place in table.columns.items() if name not in _NOT_MERGED}
        self.starting: dict[int, list[tuple[int, str, int]]] = defaultdict(list)
        for (top, left), (bottom, right) in sheet.merged():
            if bottom > top and bottom > table.bottom:
                for place in range(left, min(right, left + 60) + 1):
                    if place in names:
                        self.starting[top + 1].append((left, names[place], bottom + 1))
        self.open: list[tuple[str, int, object]] = []

    def pass_by(self, number: int, line: Sequence[object]) -> None:
        for left, name, last in self.starting.pop(number, ()):
            value = line[left] if left < len(line) else ""
            self.open.append((name, last, cells.tidy(value) if isinstance(value, str) else value))

    def complete(self, number: int, line: Sequence[object], said: Said) -> None:
        if number in self.starting:
            self.pass_by(number, line)
        if self.open:
            self.open = [one for one in self.open if one[1] >= number]
            for name, _, value in self.open:
                if value not in ("", None):
                    said.setdefault(name, value)


class _TubeAbove:
    """The tube of a row that has none, where it is written on the first row of its pool only."""

    fields = ("tube_number", "tube_code", "tube_order")

    def __init__(self, layout: Layout) -> None:
        self.allowed = layout.tube_from_above
        size = layout.column("pool_size")
        self.said_by_hand = size is not None and not size.calculated
        self.last: dict[str, object] = {}
        self.left = 0

    def ends(self) -> None:
        """An empty row ends a pool."""
        self.last = {}

    def complete(self, said: Said) -> None:
        if not self.allowed:
            return
        given = {name: said[name] for name in self.fields if name in said}
        new_order = "tube_order" in given and given["tube_order"] != self.last.get("tube_order")
        if "tube_number" in given or "tube_code" in given or new_order:
            if self.last.get("tube_code") != given.get("tube_code") or "tube_number" in given:
                self.last, self.left = given, _declared(said) if self.said_by_hand else 0
                if self.left == 1:
                    self.last = {}
        elif self.last and ids.fold(str(said.get("form") or said.get("form_kind") or "")) != "don":
            for name, value in self.last.items():
                said.setdefault(name, value)
        if self.left:
            self.left -= 1
            if not self.left:
                self.last = {}


def _declared(said: Said) -> int:
    """The number of people in the tube by the row itself; 0 if it does not say."""
    text = workbooks.text(said.get("pool_size", ""))
    return int(text) if text.isdigit() and len(text) < 3 else 0
