"""Old binary workbooks (.xls), looked through before a library opens them. Pure.

The library lays out every sheet as the whole rectangle between its cells, at once, and trusts what the
file claims of its own sizes: a file of five thousand bytes can ask for a gigabyte or end the process.
Here the container ([MS-CFB]) and its records ([MS-XLS]) are walked as the library walks them, and only
what they claim is counted.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MOST_ROWS, MOST_COLUMNS = 65_536, 256
"""Of a sheet, in the format's own words ([MS-XLS] 2.4.90)."""
MOST_SHEETS = 256  # a program makes as many as memory holds; the largest lists have one a hamlet
MOST_RECORDS = 5_000_000  # looked at in all; each cell has at most one
LARGEST_MACROS = 1024 * 1024  # bytes; packed up to a thousand times smaller, and unpacked at once

_HEAD = 512
_ENTRY = 128
_SMALL = 4_096  # shorter streams stand together in one, in pieces of 64 bytes
_PIECE = 64
_LAST_SECTOR = 0xFFFFFFFA  # higher numbers are marks: free, end of chain, table
_END = 0xFFFFFFFE

_BOOKS = ("Workbook", "Book")
_MACROS = "_VBA_PROJECT_CUR"
_LOCKED = ("EncryptedPackage", "EncryptedSummary")
_BESIDE = frozenset({*_BOOKS, "\x05SummaryInformation", "\x05DocumentSummaryInformation"})

_SPENT = object()

_BOUND_SHEET, _END_OF_PART, _DIMENSIONS, _MANY, _STRINGS, _PASSWORD = (
    0x85,
    0x0A,
    0x200,
    0xBD,
    0xFC,
    0x2F,
)
_CELLS = frozenset({
    0x02, 0x03, 0x04, 0x05, 0x06, 0x0206, 0x0406, 0xD6, 0xFD, 0x0203, 0x0204, 0x0205, 0x027E,
})  # fmt: skip
"""Records of one cell; each begins with its row and column."""


class FalseClaim(ValueError):
    """The file says of itself what cannot be."""


class LockedFile(ValueError):
    """The file is locked with a password."""


def cells_asked_for(data: bytes) -> int:
    """How many cells the sheets of this workbook span together. Raises `FalseClaim`, `LockedFile`."""
    try:
        return sum(_spanned(book) for book in _books(data))
    except struct.error as error:
        raise FalseClaim("cut off") from error


# --- the container -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    kind: int
    start: int
    size: int


@dataclass(frozen=True, slots=True)
class _Container:
    data: bytes
    size: int
    """Bytes of a sector."""
    table: Sequence[int]
    """After each sector the next one of its stream; no entries for sectors that are not there."""

    @property
    def sectors(self) -> int:
        return max(0, -(-(len(self.data) - _HEAD) // self.size))

    def sector(self, number: int) -> bytes:
        if number >= self.sectors:
            raise FalseClaim("a sector past the end")
        at = max(_HEAD, self.size) + number * self.size
        return self.data[at : at + self.size]

    def stream(self, start: int) -> bytes:
        return b"".join(self.sector(number) for number in _chain(start, self.table))


def _chain(start: int, table: Sequence[int]) -> Iterator[int]:
    """The numbers of a stream's pieces; one that runs in a circle has no end."""
    for _ in range(len(table) + 1):
        if start == _END:
            return
        if start >= min(len(table), _LAST_SECTOR):
            raise FalseClaim("a piece past the end")
        yield start
        start = table[start]
    raise FalseClaim("a chain in a circle")


def _numbers(data: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])


def _opened(data: bytes) -> tuple[_Container, list[_Entry], tuple[int, ...]]:
    """The container, what it holds, and the table of its small pieces."""
    version, _, shift = struct.unpack_from("<HHH", data, 26)
    if shift not in (9, 12):
        raise FalseClaim("sectors of no known size")
    size = 1 << shift
    directories, tables, directory = struct.unpack_from("<III", data, 40)
    small, smalls, more, mores = struct.unpack_from("<IIII", data, 60)
    box = _Container(data, size, ())
    if max(directories, tables, smalls, mores) > box.sectors:
        raise FalseClaim("more sectors than there are")
    where = list(_numbers(data[76:_HEAD]))
    met: set[int] = set()
    while more < _LAST_SECTOR:
        if more in met:
            raise FalseClaim("a chain in a circle")
        met.add(more)
        *found, more = _numbers(box.sector(more))
        where += found
    where = [at for at in where if at < _LAST_SECTOR]
    if len(where) > box.sectors:
        raise FalseClaim("more sectors than there are")
    table = [n for at in where for n in _numbers(box.sector(at))]
    box = _Container(data, size, table[: box.sectors])
    listed = box.stream(directory)
    entries = [
        _entry(listed[at : at + _ENTRY], version)
        for at in range(0, len(listed) - _ENTRY + 1, _ENTRY)
    ]
    if any(entry.kind == 2 and entry.size > len(data) for entry in entries):
        raise FalseClaim("a stream longer than the file")
    return box, entries, _numbers(box.stream(small)) if smalls and small != _END else ()


def _entry(written: bytes, version: int) -> _Entry:
    length = min(struct.unpack_from("<H", written, 64)[0], 64)
    name = written[: max(0, length - 2)].decode("utf-16-le", "replace")
    start, size = struct.unpack_from("<IQ", written, 116)
    return _Entry(
        name.rstrip("\0"), written[66], start, size & 0xFFFFFFFF if version == 3 else size
    )


def _books(data: bytes) -> Iterator[bytes]:
    """The streams that the library may take for the workbook: the first of each name."""
    box, entries, small_table = _opened(data)
    names = {entry.name for entry in entries}
    if names.intersection(_LOCKED):
        raise LockedFile
    beside = sum(entry.size for entry in entries if entry.kind == 2 and entry.name not in _BESIDE)
    if _MACROS in names and beside > LARGEST_MACROS:
        raise FalseClaim("macros larger than any")
    for name in _BOOKS:
        entry = next((entry for entry in entries if entry.name == name), None)
        if entry is None:
            continue
        if entry.size >= _SMALL:
            yield box.stream(entry.start)[: entry.size]
            continue
        together = box.stream(entries[0].start)
        table = small_table[: -(-len(together) // _PIECE)]
        pieces = (together[n * _PIECE : (n + 1) * _PIECE] for n in _chain(entry.start, table))
        yield b"".join(pieces)[: entry.size or None]  # one of no size is taken to its chain's end


# --- the records ---------------------------------------------------------------------------------


def _records(book: bytes, at: int, looks: Iterator[None]) -> Iterator[tuple[int, int, int]]:
    """Kind, place and length of each record from here to the end of this part; one look each."""
    while at + 4 <= len(book):
        if next(looks, _SPENT) is _SPENT:
            raise FalseClaim("more records than are looked at")
        kind, length = struct.unpack_from("<HH", book, at)
        at += 4
        if at + length > len(book):
            raise FalseClaim("a record past the end")
        yield kind, at, length
        if kind == _END_OF_PART:
            return
        at += length


def _spanned(book: bytes) -> int:
    """How many cells the sheets span that this stream names, each as often as it is named.

    The places of sheets may overlap, so what is walked for all of them together is bounded.
    """
    places: list[int] = []
    looks = itertools.repeat(None, MOST_RECORDS)
    for kind, at, length in _records(book, 0, looks):
        if kind == _PASSWORD:
            raise LockedFile
        if (
            kind == _STRINGS
            and length >= 8
            and struct.unpack_from("<I", book, at + 4)[0] > len(book)
        ):
            raise FalseClaim("more texts than bytes")
        if kind == _BOUND_SHEET:
            places += struct.unpack_from("<I", book, at)
    if len(places) > MOST_SHEETS:
        raise FalseClaim("more sheets than are looked at")
    spans = {place: _span(book, place, looks) for place in set(places)}
    return sum(spans[place] for place in places)


def _span(book: bytes, place: int, looks: Iterator[None]) -> int:
    """The rectangle between the cells of one sheet."""
    top, bottom, left, right = MOST_ROWS, -1, MOST_COLUMNS, -1
    for kind, at, length in _records(book, place, looks):
        if kind == _DIMENSIONS:
            _must_be_possible(book, at, length)
        elif kind in _CELLS or kind == _MANY:
            if length < 4:
                raise FalseClaim("a cell nowhere")
            row, column = struct.unpack_from("<HH", book, at)
            last = struct.unpack_from("<H", book, at + length - 2)[0] if kind == _MANY else column
            if max(column, last) >= MOST_COLUMNS:
                raise FalseClaim("a cell past the last column")
            top, bottom = min(top, row), max(bottom, row)
            left, right = min(left, column), max(right, last)
    return (bottom - top + 1) * (right - left + 1) if bottom >= 0 else 0


def _must_be_possible(book: bytes, at: int, length: int) -> None:
    """The size a sheet claims is what is asked for in advance."""
    if length < 10:
        return
    rows, last = "<II" if length >= 14 else "<HH", 8 if length >= 14 else 4
    top, bottom = struct.unpack_from(rows, book, at)
    left, right = struct.unpack_from("<HH", book, at + last)
    if max(top, bottom) > MOST_ROWS or max(left, right) > MOST_COLUMNS:
        raise FalseClaim("a sheet larger than any")
