"""Workbooks sent by others, opened with care: damaged, huge or hostile ones are refused. Pure."""

from __future__ import annotations

import functools
import html
import io
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import IO, Any

import python_calamine

from som.kernel import old_workbooks

LARGEST_FILE = 64 * 1024 * 1024  # a 384-well export with all raw data is about 20 MB
LARGEST_UNPACKED = 512 * 1024 * 1024  # a workbook that unpacks to more is an attack
LARGEST_LIST = 4 * 1024 * 1024  # of an archive's entries: some 40,000; a workbook has some dozens
TIGHTEST = 40  # to one: genuine sheets pack 8 to 15, one text in every cell packs 25
SMALL = 32 * 1024 * 1024  # unpacked: looked through in half a second, however tightly it is packed
LARGEST_CELL = 4 * 1024 * 1024  # Excel itself ends a cell at 32,767 characters
MOST_CELLS = 10_000_000  # of a sheet; the provincial form claims 5 million, nearly all empty
ROWS_OF_XLS = 65_536  # the most rows a sheet of the old .xls format can hold

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_CHUNK = 1024 * 1024
_REFERENCE = re.compile(rb"""\br\s*=\s*["']\s*([A-Za-z]{0,3})([0-9]{1,7})\s*["']""")
_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*>")
_UNNUMBERED = re.compile(
    rb"""<(?:\w+:)?row\b(?![^>]*\br\s*=\s*["']\s*[A-Za-z]{0,3}[0-9]{1,7}\s*["'])[^>]*>"""
)
_UNPLACED = re.compile(rb"<(?:\w+:)?c(?![^>]*\br\s*=)[\s/>]")  # a cell without a reference
LARGEST_TAG = 64 * 1024  # more without a tag is a picture
_FORMULA = re.compile(
    rb'<c r="([A-Z]{1,3})([0-9]{1,7})"([^>]*)>\s*<f(?:[^>]*/>|[^>]*>[^<]*</f>)'
    rb"\s*(?:<v[^>]*>([^<]*)</v>)?"
)
_ERROR = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"[^>]*\bt="e"')
_SHEET = re.compile(r"<(?:\w+:)?sheet\s[^>]*>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\s[^>]*>")
_ATTRIBUTE = re.compile(r"([\w:]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")

Area = tuple[tuple[int, int], tuple[int, int]]
"""First and last row and column of merged cells, counted from 0."""


class WorkbookFault(StrEnum):
    """Why a workbook is not opened."""

    TOO_LARGE = "too_large"
    NO_WORKBOOK = "no_workbook"
    DAMAGED = "damaged"
    LOCKED = "locked"


class UnusableWorkbook(Exception):
    """The bytes are no workbook that may be opened."""

    def __init__(self, fault: WorkbookFault, detail: str = "") -> None:
        super().__init__(fault, detail)
        self.fault = fault
        self.detail = detail


@dataclass(slots=True)
class Marks:
    """Cells of a sheet that its reader shows as empty though something stands there.

    By row, counted from 1: a bit for each column, the first one lowest.
    """

    uncalculated: dict[int, int] = field(default_factory=dict)
    """Formulas without a stored value, as written by programs that work nothing out."""
    in_error: dict[int, int] = field(default_factory=dict)
    """Formulas whose value is an error, such as #N/A."""


@dataclass(frozen=True, slots=True)
class OpenSheet:
    """A sheet whose rows are read one after the other, so that a large one needs little memory."""

    name: str
    hidden: bool
    height: int
    marks: Marks
    rows: Callable[[], Iterator[list[object]]]
    """Its rows from the first on, each from the first column on, values as the file has them."""
    merged: Callable[[], list[Area]]


def is_workbook(data: bytes) -> bool:
    """Whether the bytes begin as .xlsx, .ods or .xls files do."""
    return data.startswith((ZIP, OLE))


def sheets(
    data: bytes,
    *,
    wanted: Callable[[str], bool] | None = None,
    largest: int | None = None,
    largest_unpacked: int | None = None,
) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    """Each wanted sheet with its rows of text cells, from the first row and column on.

    Raises `UnusableWorkbook` for what is damaged, locked, larger than `largest` bytes or unpacks
    to more than `largest_unpacked`.
    """
    for sheet in opened(data, wanted=wanted, largest=largest, largest_unpacked=largest_unpacked):
        yield sheet.name, [tuple(map(text, line)) for line in sheet.rows()]


def opened(
    data: bytes,
    *,
    wanted: Callable[[str], bool] | None = None,
    largest: int | None = None,
    largest_unpacked: int | None = None,
) -> Iterator[OpenSheet]:
    """Each wanted sheet, to be read row by row before the next one is asked for.

    Raises `UnusableWorkbook` as `sheets` does, at once or while the rows are read.
    """
    if len(data) > (largest or LARGEST_FILE):
        raise UnusableWorkbook(WorkbookFault.TOO_LARGE, f"{len(data)} bytes")
    marks: Mapping[str, Marks] = {}
    if data.startswith(ZIP):
        marks = _looked_through(data, largest_unpacked or LARGEST_UNPACKED)
    elif data.startswith(OLE):
        _must_be_small(data)
    else:
        raise UnusableWorkbook(WorkbookFault.NO_WORKBOOK)
    book = _careful(python_calamine.CalamineWorkbook.from_filelike, io.BytesIO(data))
    for about in _careful(lambda: book.sheets_metadata):
        if wanted is None or wanted(about.name):
            sheet = _careful(book.get_sheet_by_name, about.name)
            yield OpenSheet(
                about.name,
                about.visible is not python_calamine.SheetVisibleEnum.Visible,
                _height(sheet),
                marks.get(about.name, Marks()),
                functools.partial(_rows, sheet),
                functools.partial(_merged, sheet),
            )


def text(value: object) -> str:
    """A cell as it would stand in a text file: whole numbers without a point, days as ISO 8601."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (datetime, date, time)):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    return str(value).strip()


# --- the reader, which is a library of another language ------------------------------------------


def _careful(act: Callable[..., Any], *given: object) -> Any:
    """What the library answers; whatever it makes of damaged bytes is one exception."""
    try:
        return act(*given)
    except (python_calamine.CalamineError, OSError, ValueError, OverflowError) as error:
        raise UnusableWorkbook(WorkbookFault.DAMAGED, str(error)) from error
    except BaseException as error:  # a panic of the Rust library is no Exception
        if type(error).__name__ != "PanicException":
            raise
        raise UnusableWorkbook(WorkbookFault.DAMAGED, str(error)) from None


def _height(sheet: python_calamine.CalamineSheet) -> int:
    end = _careful(lambda: sheet.end)
    return end[0] + 1 if end else 0


def _rows(sheet: python_calamine.CalamineSheet) -> Iterator[list[object]]:
    start = _careful(lambda: sheet.start)
    if start is None:
        return
    margin = [""] * start[1]  # rows come from the first on, columns only from the first filled one
    lines = _careful(sheet.iter_rows)
    none: list[object] = []
    while (line := _careful(next, lines, none)) is not none:
        yield margin + line if margin else line


def _merged(sheet: python_calamine.CalamineSheet) -> list[Area]:
    return _careful(lambda: sheet.merged_cell_ranges) or []


def _must_be_small(data: bytes) -> None:
    """Refuse an old workbook that claims what cannot be, or of which too much would be laid out."""
    try:
        cells = old_workbooks.cells_asked_for(data)
    except old_workbooks.LockedFile as error:
        raise UnusableWorkbook(WorkbookFault.LOCKED) from error
    except old_workbooks.FalseClaim as error:
        raise UnusableWorkbook(WorkbookFault.DAMAGED, str(error)) from error
    if cells > MOST_CELLS:
        raise UnusableWorkbook(WorkbookFault.TOO_LARGE, f"{cells} cells")


# --- the archive, looked through before the reader opens it --------------------------------------


def archive_of(data: bytes) -> zipfile.ZipFile:
    """The archive in these bytes, when its list of entries is short and each packed in a plain way.

    An entry that is stored or deflated unpacks by pieces, so whoever reads it may stop. The other ways
    of packing unpack all that was read at once, to a million times as much: no office program and no
    instrument packs so.
    """
    _must_list_few(data)
    archive = zipfile.ZipFile(io.BytesIO(data))
    for entry in archive.infolist():
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise UnusableWorkbook(WorkbookFault.DAMAGED, f"packing {entry.compress_type}")
    return archive


def _must_list_few(data: bytes) -> None:
    """Refuse an archive whose list of entries is huge before it is read: each takes memory."""
    at = data.rfind(b"PK\5\6")
    if at < 0 or len(data) < at + 22:
        raise UnusableWorkbook(WorkbookFault.DAMAGED, "no end of archive")
    (length,) = struct.unpack_from("<L", data, at + 12)
    if at >= 20 and data[at - 20 : at - 16] == b"PK\6\7":  # there is a longer end, which holds
        longer = at - 76
        (stands,) = struct.unpack_from("<Q", data, at - 12)
        if longer < 0 or stands != longer or data[longer : longer + 4] != b"PK\6\6":
            raise UnusableWorkbook(WorkbookFault.DAMAGED, "no longer end of archive")
        (length,) = struct.unpack_from("<Q", data, longer + 40)
    if length > LARGEST_LIST:
        raise UnusableWorkbook(WorkbookFault.TOO_LARGE, "entries")


def must_unpack_to_little(archive: zipfile.ZipFile, *, sent: int, largest: int) -> None:
    """Refuse an archive of so many bytes that says it unpacks to too much, before anything is unpacked.

    An entry that unpacks to more than it says is refused by those who read it. So whoever wants to
    keep us busy must send as much as an honest file of that work has.
    """
    unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > min(largest, max(SMALL, TIGHTEST * sent)):
        raise UnusableWorkbook(WorkbookFault.TOO_LARGE, f"unpacked {unpacked}")


def _looked_through(data: bytes, largest_unpacked: int) -> Mapping[str, Marks]:
    """Every entry read once to its end; the marks of each sheet by its name."""
    try:
        with archive_of(data) as archive:
            names = set(archive.namelist())
            if "xl/workbook.xml" not in names:
                raise UnusableWorkbook(WorkbookFault.NO_WORKBOOK, "an archive that is no workbook")
            must_unpack_to_little(archive, sent=len(data), largest=largest_unpacked)
            found: dict[str, Marks] = {}
            for entry in archive.infolist():
                with archive.open(entry) as stream:
                    if entry.filename.startswith("xl/worksheets/"):
                        found[entry.filename] = _marks_of(stream, entry.filename)
                    else:
                        _look_through(stream, entry.filename)
            return {
                name: found[path] for name, path in _sheet_paths(archive, names) if path in found
            }
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        raise UnusableWorkbook(WorkbookFault.DAMAGED, str(error)) from error
    except (KeyError, UnicodeDecodeError, ValueError) as error:
        raise UnusableWorkbook(WorkbookFault.DAMAGED, str(error)) from error
    except RuntimeError as error:  # a password
        raise UnusableWorkbook(WorkbookFault.LOCKED, str(error)) from error


def _sheet_paths(archive: zipfile.ZipFile, names: set[str]) -> Iterator[tuple[str, str]]:
    relations = "xl/_rels/workbook.xml.rels"
    if relations not in names:
        return
    targets = {
        one.get("Id", ""): posixpath.normpath(posixpath.join("xl", one.get("Target", "")))
        for one in _tags(_RELATION, archive.read(relations))
    }
    for sheet in _tags(_SHEET, archive.read("xl/workbook.xml")):
        path = targets.get(sheet.get("r:id") or sheet.get("relationships:id") or "", "")
        yield sheet.get("name", ""), path.lstrip("/")


def _tags(pattern: re.Pattern[str], data: bytes) -> Iterator[dict[str, str]]:
    for tag in pattern.findall(data.decode("utf-8", "replace")):
        yield {
            name: html.unescape(double or single)
            for name, double, single in _ATTRIBUTE.findall(tag)
        }


class _Extent:
    """How far apart the cells of a part of the archive claim to be, however it is written.

    A sheet is opened as the whole rectangle between its cells, and one forgotten cell in the last
    column and row asks for half a terabyte of memory. References are found in any case and
    quotes; cells and rows without one follow the one before.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.rows = self.columns = self.unnumbered = self.unplaced = self.in_row = 0

    def take(self, piece: bytes) -> None:
        """Look through the next piece, which ends before a tag."""
        # A sheet has a million references, and a thousand rows and columns that they name.
        references = _REFERENCE.findall(piece)
        columns = {letters for letters, _ in references} - {b""}
        self.columns = max([self.columns, *(_column(one.upper()) + 1 for one in columns)])
        self.rows = max([self.rows, *map(int, {digits for _, digits in references})])
        after = 0
        if _UNPLACED.search(piece) is None:
            self.in_row = 0 if _ROW.search(piece) else self.in_row
            self.unnumbered += sum(1 for _ in _UNNUMBERED.finditer(piece))
            return
        for row in _ROW.finditer(piece):
            self._cells(piece, after, row.start())
            self.in_row, after = 0, row.end()
            self.unnumbered += _REFERENCE.search(row[0]) is None
        self._cells(piece, after, len(piece))

    def must_be_near(self) -> None:
        """Refuse cells too far apart, once the part's check sum was compared."""
        rows, columns = self.rows + self.unnumbered, self.columns + self.unplaced
        if rows * columns > MOST_CELLS:
            raise UnusableWorkbook(WorkbookFault.TOO_LARGE, f"{self.name}: {rows} x {columns}")

    def _cells(self, piece: bytes, start: int, end: int) -> None:
        self.in_row += sum(1 for _ in _UNPLACED.finditer(piece, start, end))
        self.unplaced = max(self.unplaced, self.in_row)


def _marks_of(stream: IO[bytes], name: str) -> Marks:
    """The marks of one sheet, its XML read piece by piece. Refuses cells too far apart."""
    marks, extent = Marks(), _Extent(name)
    kept = b""
    while piece := stream.read(_CHUNK):
        piece = kept + piece
        cut = piece.rfind(b"<c ")
        if cut < 0:
            cut = max(0, len(piece) - 64)
        piece, kept = piece[:cut], piece[cut:]
        if len(kept) > LARGEST_CELL:
            raise UnusableWorkbook(WorkbookFault.TOO_LARGE, name)
        extent.take(piece)
        _mark(piece, marks)
    extent.take(kept)
    extent.must_be_near()
    _mark(kept, marks)
    return marks


def _look_through(stream: IO[bytes], name: str) -> None:
    """Read a part to its end, where its check sum is compared; it may be a sheet by another name."""
    extent, kept = _Extent(name), b""
    while piece := stream.read(_CHUNK):
        piece = kept + piece
        cut = max(piece.rfind(b"<"), 0)
        if len(piece) - cut > LARGEST_TAG:
            cut = len(piece)
        piece, kept = piece[:cut], piece[cut:]
        extent.take(piece)
    extent.take(kept)
    extent.must_be_near()


def _mark(piece: bytes, marks: Marks) -> None:
    if b"<f" in piece:
        for letters, digits, attributes, value in _FORMULA.findall(piece):
            if not value and b't="str"' not in attributes and b't="e"' not in attributes:
                _add(marks.uncalculated, letters, digits)
    if b't="e"' in piece:
        for letters, digits in _ERROR.findall(piece):
            _add(marks.in_error, letters, digits)


def _add(marks: dict[int, int], letters: bytes, digits: bytes) -> None:
    row = int(digits)
    marks[row] = marks.get(row, 0) | 1 << _column(letters)


def _column(letters: bytes) -> int:
    return functools.reduce(lambda n, c: n * 26 + c - 64, letters, 0) - 1
