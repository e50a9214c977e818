"""Bytes to rows of text cells, whether from a text file or a workbook."""

from __future__ import annotations

import codecs
import csv
import functools
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NamedTuple

import python_calamine

from som.lab.formats.run_file import RunFault, UnreadableRun

LARGEST_FILE = 64 * 1024 * 1024  # a 384-well export with all raw data is about 20 MB
LARGEST_UNPACKED = 512 * 1024 * 1024  # a workbook that unpacks to more is an attack, not a run
ROWS_OF_XLS = 65_536  # the most rows a sheet of the old .xls format can hold

MOST_CELLS = 10_000_000  # of a sheet; all raw data of 384 wells and 50 cycles are about 600,000

_CELL = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LINE_END = re.compile("\r\n|\r|\n")
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f]")
_BULKY = frozenset({"rawdata", "multicomponent", "multicomponentdata", "meltcurverawdata"})

# Cyrillic letters that instruments write for Latin ones: "Cт" with U+0442.
_LOOKALIKES = str.maketrans({"т": "t", "с": "c", "С": "c", "Т": "t"})


class Row(NamedTuple):
    """One row: its number from 1, its cells without outer spaces, and the line as written."""

    number: int
    cells: tuple[str, ...]
    raw: str = ""

    def cell(self, column: int | None) -> str:
        """The cell of this column, empty where the row is shorter."""
        return self.cells[column] if column is not None and column < len(self.cells) else ""


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


def opened(data: bytes) -> tuple[Sheet, ...]:
    """The sheets of a workbook, or one sheet for a text; refuses what is neither."""
    if not data.strip():
        raise UnreadableRun(RunFault.EMPTY)
    if len(data) > LARGEST_FILE:
        raise UnreadableRun(RunFault.TOO_LARGE, f"{len(data)} bytes")
    if data.startswith(_ZIP):
        _must_be_whole_workbook(data)
        return _workbook(data)
    if data.startswith(_OLE):
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


def _must_be_whole_workbook(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            if "xl/workbook.xml" not in names:
                raise UnreadableRun(
                    RunFault.UNKNOWN_FORMAT, "an archive that is no workbook, such as .eds or .rdml"
                )
            if sum(entry.file_size for entry in archive.infolist()) > LARGEST_UNPACKED:
                raise UnreadableRun(RunFault.TOO_LARGE, "unpacked")
            damaged = archive.testzip()
            if damaged is None:
                _must_be_dense(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        raise UnreadableRun(RunFault.TRUNCATED, str(error)) from error
    except RuntimeError as error:  # a password
        raise UnreadableRun(RunFault.NOT_TEXT, str(error)) from error
    if damaged is not None:
        raise UnreadableRun(RunFault.TRUNCATED, damaged)


def _must_be_dense(archive: zipfile.ZipFile) -> None:
    """Refuses a sheet that claims cells far apart: it is opened as the whole rectangle between them.

    One forgotten cell in the last column and row of a sheet asks for half a terabyte of memory.
    """
    for name in archive.namelist():
        if not name.startswith("xl/worksheets/"):
            continue
        rows = columns = 0
        for letters, digits in set(_CELL.findall(archive.read(name))):
            rows = max(rows, int(digits))
            columns = max(columns, functools.reduce(lambda n, c: n * 26 + c - 64, letters, 0))
        if rows * columns > MOST_CELLS:
            raise UnreadableRun(RunFault.TOO_LARGE, f"{name}: {rows} x {columns}")


def _workbook(data: bytes) -> tuple[Sheet, ...]:
    sheets = []
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        for name in book.sheet_names:
            if fold_heading(name) in _BULKY:
                continue
            values = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            rows = tuple(
                Row(number, tuple(_text(value) for value in line))
                for number, line in enumerate(values, start=1)
            )
            sheets.append(Sheet(name, rows))
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise UnreadableRun(RunFault.TRUNCATED, str(error)) from error
    except BaseException as error:  # a panic of the Rust library is no Exception
        if type(error).__name__ != "PanicException":
            raise
        raise UnreadableRun(RunFault.TRUNCATED, str(error)) from None
    if data.startswith(_OLE):
        for sheet in sheets:
            if len(sheet.rows) >= ROWS_OF_XLS and table_in(sheet.rows)[1] is not None:
                raise UnreadableRun(RunFault.ROW_LIMIT, sheet.name)
    return tuple(sheets)


def _text(value: object) -> str:
    """A cell of a workbook as an instrument would have written it in a text file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    return str(value).strip()


# --- text ----------------------------------------------------------------------------------------


def _text_sheet(data: bytes) -> Sheet:
    text, whole = _decoded(data)
    if not text.strip():
        raise UnreadableRun(RunFault.EMPTY)
    lines = _LINE_END.split(text)
    open_ended = not whole or lines[-1] != ""
    if lines[-1] == "":
        lines.pop()
    delimiter = _delimiter(lines)
    rows = tuple(
        Row(number, cells, line)
        for number, (line, cells) in enumerate(zip(lines, _split(lines, delimiter)), start=1)
    )
    return Sheet("", rows, open_ended)


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
    best, most = max("\t;,", key=lambda mark: sum(mark in line for line in first)), 0
    for line in lines:
        if "well" not in line.casefold():
            continue
        for candidate in "\t;,":
            cells = next(_split([line], candidate))
            if _is_heading(cells) and len(cells) > most:
                best, most = candidate, len(cells)
    return best


def _split(lines: Iterable[str], delimiter: str) -> Iterator[tuple[str, ...]]:
    """Line by line, so that a stray quotation mark never swallows the rows below it."""
    for line in lines:
        if '"' not in line:
            yield tuple(cell.strip() for cell in line.split(delimiter))
            continue
        cells = next(csv.reader([line], delimiter=delimiter), [])
        yield tuple(cell.strip() for cell in cells)
