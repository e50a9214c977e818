"""Bytes to rows of text cells, whether from a text file or a workbook."""

from __future__ import annotations

import codecs
import csv
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from som.kernel import workbooks
from som.kernel.workbooks import UnusableWorkbook, WorkbookFault
from som.lab.formats.run_file import RunFault, UnreadableRun

LARGEST_FILE = workbooks.LARGEST_FILE
LARGEST_UNPACKED = 256 * 1024 * 1024
"""Every reading of 384 wells in five dyes, raw, by dye and as a curve, is 2 million cells of 40 bytes;
genuine files of 96 wells come to 5 MB. This is thrice the former."""
LARGEST_MEMBERS = 16 * 1024 * 1024  # together; results of 384 wells with six curves are about 5 MB
LARGEST_LINE = 256 * 1024  # characters; a curve of 50 cycles has about a thousand
MOST_OF_A_LINE = 4_096  # cells; a curve has one a cycle
MOST_CELLS = 2_000_000  # of a text; raw data of 384 wells and five dyes have some 700,000
ROWS_OF_XLS = 65_536  # the most rows a sheet of the old .xls format can hold

_DELIMITERS = "\t;,"
_LINE_END = re.compile("\r\n|\r|\n")
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f]")
_BULKY = frozenset({"rawdata", "multicomponent", "multicomponentdata", "meltcurverawdata"})

# Cyrillic letters that instruments write for Latin ones ("Cт" with U+0442), and "ΔRn" in full.
_LOOKALIKES = str.maketrans(
    {"т": "t", "с": "c", "С": "c", "Т": "t", "δ": "delta", "\u2206": "delta"}
)


class Row(NamedTuple):
    """One row: its number from 1, its cells without outer spaces, and the line as written."""

    number: int
    cells: tuple[str, ...]
    raw: str = ""

    def cell(self, column: int | None) -> str:
        """The cell of this column, empty where the row is shorter."""
        return self.cells[column] if column is not None and column < len(self.cells) else ""

    def picked(self, columns: Sequence[int | None]) -> list[str]:
        """The cells of these columns, empty where there is none."""
        cells, many = self.cells, len(self.cells)
        return [cells[at] if at is not None and at < many else "" for at in columns]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook, or the whole of a text file; `open_ended`: no line end at the end."""

    name: str
    rows: tuple[Row, ...]
    open_ended: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows below a row of headings that begins with "Well"; columns by folded heading."""

    columns: dict[str, int]
    rows: tuple[Row, ...]
    open_ended: bool = False
    width: int = 0

    def column(self, *names: str) -> int | None:
        """The first of these columns that the table has."""
        return next((self.columns[name] for name in names if name in self.columns), None)


def fold_heading(text: str) -> str:
    """A heading without case, spaces, punctuation and lookalike letters: "Cт Mean" → "ctmean"."""
    return re.sub("[^a-z0-9?]", "", text.casefold().translate(_LOOKALIKES))


def opened(data: bytes, *, members: frozenset[str] = frozenset()) -> tuple[Sheet, ...]:
    """The sheets of a workbook, those of the texts `members` of an archive, or one sheet for a text.

    Refuses what is none of these.
    """
    if not data.strip():
        raise UnreadableRun(RunFault.EMPTY)
    if len(data) > LARGEST_FILE:
        raise UnreadableRun(RunFault.TOO_LARGE, f"{len(data)} bytes")
    if data.startswith(workbooks.ZIP):
        texts = _members(data, members)
        if texts:
            return tuple(
                _whole_text(text, name) if name.endswith(".xml") else _text_sheet(text, name)
                for name, text in texts.items()
            )
    if workbooks.is_workbook(data):
        return _workbook(data)
    return (_text_sheet(data),)


def table_in(
    rows: Sequence[Row], *, open_ended: bool = False
) -> tuple[tuple[Row, ...], Table | None]:
    """The rows above the headings, and the table below them if there is one."""
    for index, row in enumerate(rows):
        if _is_heading(row.cells):
            columns: dict[str, int] = {}
            for column, heading in enumerate(row.cells):
                columns.setdefault(fold_heading(heading), column)
            columns.pop("", None)
            below = tuple(rows[index + 1 :])
            return tuple(rows[:index]), Table(columns, below, open_ended, len(row.cells))
    return tuple(rows), None


def _is_heading(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell]
    return len(filled) >= 3 and fold_heading(filled[0]) == "well"


# --- workbooks -----------------------------------------------------------------------------------


_FAULTS = {
    WorkbookFault.TOO_LARGE: RunFault.TOO_LARGE,
    WorkbookFault.NO_WORKBOOK: RunFault.UNKNOWN_FORMAT,
    WorkbookFault.DAMAGED: RunFault.TRUNCATED,
    WorkbookFault.LOCKED: RunFault.NOT_TEXT,
}


def _workbook(data: bytes) -> tuple[Sheet, ...]:
    try:
        opened = workbooks.sheets(
            data,
            wanted=lambda name: fold_heading(name) not in _BULKY,
            largest=LARGEST_FILE,
            largest_unpacked=LARGEST_UNPACKED,
        )
        sheets = tuple(
            Sheet(name, tuple(Row(number, cells) for number, cells in enumerate(rows, start=1)))
            for name, rows in opened
        )
    except UnusableWorkbook as error:
        raise UnreadableRun(_FAULTS[error.fault], error.detail) from error
    if data.startswith(workbooks.OLE):
        for sheet in sheets:
            if len(sheet.rows) >= ROWS_OF_XLS and table_in(sheet.rows)[1] is not None:
                raise UnreadableRun(RunFault.ROW_LIMIT, sheet.name)
    return sheets


# --- archives ------------------------------------------------------------------------------------


def _members(data: bytes, wanted: frozenset[str]) -> dict[str, bytes]:
    """The wanted members of an archive, unpacked in memory; other members are never unpacked.

    A member is known by its whole name as the archive spells it, so that no name leads anywhere.
    """
    try:
        with workbooks.archive_of(data) as archive:
            names = [name for name in archive.namelist() if name in wanted]
            if len(names) != len(set(names)):
                raise UnreadableRun(RunFault.TRUNCATED, "a member twice")
            found, room = {}, LARGEST_MEMBERS
            for name in sorted(names):
                with archive.open(name) as stream:
                    found[name] = stream.read(room + 1)
                room -= len(found[name])
                if room < 0:
                    raise UnreadableRun(RunFault.TOO_LARGE, name)
            return found
    except UnusableWorkbook as error:
        raise UnreadableRun(_FAULTS[error.fault], error.detail) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise UnreadableRun(RunFault.TRUNCATED, str(error)) from error
    except (UnicodeDecodeError, ValueError, struct.error) as error:
        raise UnreadableRun(RunFault.TRUNCATED, str(error)) from error
    except RuntimeError as error:  # a password
        raise UnreadableRun(RunFault.NOT_TEXT, str(error)) from error


# --- text ----------------------------------------------------------------------------------------


def _whole_text(data: bytes, name: str) -> Sheet:
    """A text that is no table: one row without cells."""
    text, whole = _decoded(data)
    return Sheet(name, (Row(1, (), text),), not whole)


def _text_sheet(data: bytes, name: str = "") -> Sheet:
    text, whole = _decoded(data)
    if not text.strip():
        raise UnreadableRun(RunFault.EMPTY)
    lines = _LINE_END.split(text)
    room, few = MOST_CELLS, len(text) < MOST_CELLS
    for number, line in enumerate(lines, start=1):
        if few and len(line) < MOST_OF_A_LINE:
            continue  # no line has more cells than characters
        cells = max(map(line.count, _DELIMITERS)) + 1
        room -= cells
        if len(line) > LARGEST_LINE or cells > MOST_OF_A_LINE or room < 0:
            raise UnreadableRun(RunFault.TOO_LARGE, f"line {number}")
    open_ended = not whole or lines[-1] != ""
    if lines[-1] == "":
        lines.pop()
    delimiter = _delimiter(lines)
    rows = tuple(
        Row(number, cells, line)
        for number, (line, cells) in enumerate(
            zip(lines, _split(lines, delimiter), strict=False), start=1
        )
    )
    return Sheet(name, rows, open_ended)


def _decoded(data: bytes) -> tuple[str, bool]:
    """The text, and whether its last character was whole."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(mark):
            return _checked(data[len(mark) :], encoding)
    start = data[:4096]
    if b"\0" in start:
        if start[1::2].count(0) > len(start) // 3 and 0 not in start[0::2]:
            return _checked(data, "utf-16-le")
        if start[0::2].count(0) > len(start) // 3 and 0 not in start[1::2]:
            return _checked(data, "utf-16-be")
        raise UnreadableRun(RunFault.NOT_TEXT)
    try:
        return _checked(data, "utf-8")
    except UnreadableRun:
        return _checked(data, "cp1252")


def _checked(data: bytes, encoding: str) -> tuple[str, bool]:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        text = decoder.decode(data)  # keeps back what is cut off in mid-character
    except UnicodeDecodeError as error:
        raise UnreadableRun(RunFault.NOT_TEXT, str(error)) from error
    if _CONTROL.search(text):
        raise UnreadableRun(RunFault.NOT_TEXT, "control characters")
    pending = decoder.getstate()[0]
    return text, not pending


def _delimiter(lines: Sequence[str]) -> str:
    """The character that gives a row of headings the most cells, else the one in most lines."""
    first = lines[:50]
    best, most = max(_DELIMITERS, key=lambda mark: sum(mark in line for line in first)), 0
    for line in lines:
        if "well" not in line.casefold():
            continue
        for candidate in _DELIMITERS:
            cells = next(_split([line], candidate))
            if _is_heading(cells) and len(cells) > most:
                best, most = candidate, len(cells)
    return best


def _split(lines: Iterable[str], delimiter: str) -> Iterator[tuple[str, ...]]:
    """Line by line, so that a stray quotation mark never swallows the rows below it."""
    for line in lines:
        if '"' not in line:
            yield tuple(map(str.strip, line.split(delimiter)))
            continue
        cells = next(csv.reader([line], delimiter=delimiter), [])
        yield tuple(map(str.strip, cells))
