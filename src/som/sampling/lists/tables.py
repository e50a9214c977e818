"""Bytes to rows: workbooks, text tables in any encoding, tables of a Word document. Pure.

Rows are numbered as the sheet counts them. What cannot be opened is refused as a whole, with the
reason; hostile files are held off by `kernel.workbooks`.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from som.kernel import workbooks
from som.kernel.workbooks import ROWS_OF_XLS, Area, Marks, UnusableWorkbook, WorkbookFault
from som.sampling.lists import word
from som.sampling.lists.reasons import ListFault
from som.sampling.lists.written import UnreadableList

MOST_TEXT_LINES = 1_100_000  # a sheet of Excel ends at 1,048,576
_ENDLESS_LINE = re.compile(rb"[^\n\r]{1000000}")  # a row of a list has some hundred signs
LARGEST_TEXT_CELL = 32_767
"""As many characters as a cell of a workbook can hold; a longer one is an unclosed quotation."""

_FAULTS = {
    WorkbookFault.TOO_LARGE: ListFault.TOO_LARGE,
    WorkbookFault.NO_WORKBOOK: ListFault.NO_WORKBOOK,
    WorkbookFault.DAMAGED: ListFault.DAMAGED,
    WorkbookFault.LOCKED: ListFault.LOCKED,
}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_SEPARATORS = "\t;,|"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet, a text file or a table of a document; `said` is what stands above it, by field."""

    name: str
    rows: Callable[[], Iterator[Sequence[object]]]
    hidden: bool = False
    marks: Marks = field(default_factory=Marks)
    merged: Callable[[], Sequence[Area]] = lambda: ()
    said: Mapping[str, str] = field(default_factory=dict)


def sheets_of(data: bytes) -> Iterator[Sheet]:
    """The sheets of a file, each to be read before the next is asked for.

    Raises `UnreadableList`, at once or while rows are read.
    """
    if not data.strip():
        raise UnreadableList(ListFault.EMPTY)
    if len(data) > workbooks.LARGEST_FILE:
        raise UnreadableList(ListFault.TOO_LARGE, f"{len(data)} bytes")
    if workbooks.is_workbook(data):
        try:
            yield from _document(data) if _is_document(data) else _workbook(data)
        except UnusableWorkbook as error:
            raise UnreadableList(_FAULTS[error.fault], error.detail) from error
    elif data.startswith(b"PK"):
        raise UnreadableList(ListFault.DAMAGED)
    else:
        yield Sheet("", _text_rows(_text_of(data)))


# --- workbooks -----------------------------------------------------------------------------------


def _workbook(data: bytes) -> Iterator[Sheet]:
    old = data.startswith(workbooks.OLE)
    for sheet in workbooks.opened(data):
        if old and sheet.height >= ROWS_OF_XLS:
            raise UnreadableList(ListFault.ROWS_AT_LIMIT, sheet.name)
        yield Sheet(
            sheet.name,
            lambda rows=sheet.rows: _guarded(rows()),  # type: ignore[misc]
            sheet.hidden,
            sheet.marks,
            sheet.merged,
        )


def _guarded(rows: Iterator[list[object]]) -> Iterator[list[object]]:
    try:
        yield from rows
    except UnusableWorkbook as error:
        raise UnreadableList(_FAULTS[error.fault], error.detail) from error


def _document(data: bytes) -> Iterator[Sheet]:
    for table in word.tables_of(data):
        yield Sheet(table.name, lambda rows=table.rows: iter(rows), said=table.said)  # type: ignore[misc]


def _is_document(data: bytes) -> bool:
    if not data.startswith(workbooks.ZIP):
        return False
    try:
        with workbooks.archive_of(data) as archive:
            return "word/document.xml" in archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError):
        return False


# --- text ----------------------------------------------------------------------------------------


def _text_of(data: bytes) -> str:
    """The text of a file: UTF-8 or UTF-16, else Western letters that `legacy_text` sorts out."""
    if _ENDLESS_LINE.search(data) or data.count(b"\n") > MOST_TEXT_LINES:
        raise UnreadableList(ListFault.TOO_LARGE, "lines")
    text = _decoded(data)
    controls = len(_CONTROL.findall(text[:100_000]))
    if controls * 1000 > min(len(text), 100_000):
        raise UnreadableList(ListFault.NO_WORKBOOK)
    return _CONTROL.sub("", text)


def _decoded(data: bytes) -> str:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    start = data[:4096]
    if b"\0" in start:
        if start[1::2].count(0) * 3 > len(start) and start[0::2].count(0) * 20 < len(start):
            return data.decode("utf-16-le", "replace")
        if start[0::2].count(0) * 3 > len(start) and start[1::2].count(0) * 20 < len(start):
            return data.decode("utf-16-be", "replace")
        raise UnreadableList(ListFault.NO_WORKBOOK)
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd") - data.count("\ufffd".encode())
    if not broken or (broken == 1 and text.endswith("\ufffd")):
        return text
    whole = sum(1 for sign in text if sign > "\x7f") - broken
    if broken * 4 < whole:  # cut off in mid-letter, or a cell pasted from elsewhere
        return text
    return data.decode("cp1252", "surrogateescape").translate(_UNASSIGNED)


_UNASSIGNED = {0xDC00 + byte: byte for byte in range(0x80, 0x100)}


def _text_rows(text: str) -> Callable[[], Iterator[list[str]]]:
    """Rows of cells, to be gone through as often as wanted.

    A stray quotation mark never swallows the rows below it: where one would, none is taken for more
    than a sign.
    """
    separator = _separator(text[:100_000])
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if '"' in text and _quotes_pair(text, separator):
        return lambda: csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    lines = text.split("\n")
    return lambda: ([_bare(cell) for cell in line.split(separator)] for line in lines)


def _quotes_pair(text: str, separator: str) -> bool:
    """Whether the quotation marks of a text table pair up, none of them around several rows."""
    csv.field_size_limit(max(csv.field_size_limit(), LARGEST_TEXT_CELL * 4))
    try:
        width = 0
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True):
            width = max(width, len(row))
            for cell in row:
                if len(cell) > LARGEST_TEXT_CELL or (
                    "\n" in cell
                    and any(
                        line.count(separator) >= max(2, width * 0.6) for line in cell.split("\n")
                    )
                ):
                    return False
    except csv.Error:
        return False
    return True


def _bare(cell: str) -> str:
    cell = cell.strip()
    return cell.strip('"') if len(cell) > 1 else cell


def _separator(text: str) -> str:
    """The sign that parts most lines into equally many cells, at least two."""
    if text[:4].lower() == "sep=" and len(text) > 5:
        return text[4]
    lines = [line for line in text.splitlines()[:200] if line.strip()]

    def agreement(sign: str) -> tuple[int, int]:
        counts = [line.count(sign) for line in lines]
        filled = [count for count in counts if count]
        if not filled:
            return 0, 0
        usual = max(set(filled), key=lambda count: (filled.count(count) * count, count))
        return filled.count(usual) * min(usual, 4), usual

    return max(_SEPARATORS, key=agreement)
