"""Workbooks sent by others, opened with care: damaged, huge or hostile ones are refused. Pure."""

from __future__ import annotations

import functools
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from enum import StrEnum

import python_calamine

LARGEST_FILE = 64 * 1024 * 1024  # a 384-well export with all raw data is about 20 MB
LARGEST_UNPACKED = 512 * 1024 * 1024  # a workbook that unpacks to more is an attack
MOST_CELLS = 10_000_000  # of a sheet; the provincial form claims 5 million, nearly all empty

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_CELL = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')


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
    if len(data) > (largest or LARGEST_FILE):
        raise UnusableWorkbook(WorkbookFault.TOO_LARGE, f"{len(data)} bytes")
    if data.startswith(ZIP):
        _must_be_whole(data, largest_unpacked or LARGEST_UNPACKED)
    elif not data.startswith(OLE):
        raise UnusableWorkbook(WorkbookFault.NO_WORKBOOK)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        for name in book.sheet_names:
            if wanted is None or wanted(name):
                values = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
                yield name, [tuple(map(text, line)) for line in values]
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise UnusableWorkbook(WorkbookFault.DAMAGED, str(error)) from error
    except BaseException as error:  # a panic of the Rust library is no Exception
        if type(error).__name__ != "PanicException":
            raise
        raise UnusableWorkbook(WorkbookFault.DAMAGED, str(error)) from None


def text(value: object) -> str:
    """A cell as it would stand in a text file: whole numbers without a point, days as ISO 8601."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    return str(value).strip()


def _must_be_whole(data: bytes, largest_unpacked: int) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            if "xl/workbook.xml" not in names:
                raise UnusableWorkbook(WorkbookFault.NO_WORKBOOK, "an archive that is no workbook")
            if sum(entry.file_size for entry in archive.infolist()) > largest_unpacked:
                raise UnusableWorkbook(WorkbookFault.TOO_LARGE, "unpacked")
            damaged = archive.testzip()
            if damaged is None:
                _must_be_dense(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        raise UnusableWorkbook(WorkbookFault.DAMAGED, str(error)) from error
    except RuntimeError as error:  # a password
        raise UnusableWorkbook(WorkbookFault.LOCKED, str(error)) from error
    if damaged is not None:
        raise UnusableWorkbook(WorkbookFault.DAMAGED, damaged)


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
            raise UnusableWorkbook(WorkbookFault.TOO_LARGE, f"{name}: {rows} x {columns}")
