"""Workbooks in the old binary format (.xls), written record by record: good ones and hostile ones."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

SECTOR = 512
END, FREE, FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
BOF, EOF, SHEET, DIMENSIONS, NUMBER, LABEL = 0x0809, 0x000A, 0x0085, 0x0200, 0x0203, 0x0204

Cells = Mapping[tuple[int, int], float | str]
"""By row and column, counted from 0."""


def record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def number(row: int, column: int, value: float) -> bytes:
    return record(NUMBER, struct.pack("<HHHd", row, column, 0, value))


def label(row: int, column: int, text: str) -> bytes:
    body = struct.pack("<HHHHB", row, column, 0, len(text), 1) + text.encode("utf-16-le")
    return record(LABEL, body)


def sheet(cells: Cells, *, claims: tuple[int, int, int, int] | None = None) -> bytes:
    """The records of one sheet; `claims` are first and last row and column, each last one past."""
    rows = [row for row, _ in cells] or [0]
    columns = [column for _, column in cells] or [0]
    first, last, left, right = claims or (
        min(rows), max(rows) + 1, min(columns), max(columns) + 1,
    )  # fmt: skip
    body = record(BOF, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
    body += record(DIMENSIONS, struct.pack("<IIHHH", first, last, left, right, 0))
    told = [
        label(row, column, value) if isinstance(value, str) else number(row, column, value)
        for (row, column), value in cells.items()
    ]
    return b"".join([body, *told, record(EOF)])


def stream(sheets: Sequence[tuple[str, bytes]]) -> bytes:
    """The stream of a workbook with these sheets."""
    begin = record(BOF, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    length = len(begin) + sum(12 + len(name) * 2 for name, _ in sheets) + len(record(EOF))
    body, at = begin, length
    for name, records in sheets:
        text = struct.pack("<BB", len(name), 1) + name.encode("utf-16-le")
        body += record(SHEET, struct.pack("<IBB", at, 0, 0) + text)
        at += len(records)
    return body + record(EOF) + b"".join(records for _, records in sheets)


def container(workbook: bytes, *, name: str = "Workbook") -> bytes:
    """The stream in a compound file of version 3."""
    workbook = workbook.ljust(4096, b"\0")  # a shorter one would stand in the small stream
    sectors = -(-len(workbook) // SECTOR)
    chain = [END, *range(2, sectors + 1), END]  # the directory first, the stream after it
    fats = 1
    while (len(chain) + fats) * 4 > fats * SECTOR:
        fats += 1
    table = [*chain, *[FAT] * fats]
    table += [FREE] * (fats * SECTOR // 4 - len(table))
    directory = _entry("Root Entry", 5, child=1) + _entry(name, 2, start=1, size=len(workbook))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH6xIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, fats, 0, 0, 4096)
    head += struct.pack("<IIII", END, 0, END, 0)
    head += struct.pack("<109I", *[len(chain) + n for n in range(fats)], *[FREE] * (109 - fats))
    body = directory.ljust(SECTOR, b"\0") + workbook.ljust(sectors * SECTOR, b"\0")
    return head + body + struct.pack(f"<{len(table)}I", *table)


def _entry(name: str, kind: int, *, child: int = FREE, start: int = 0, size: int = 0) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    entry = text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text), kind, 1, FREE, FREE, child)
    return entry.ljust(116, b"\0") + struct.pack("<IQ", start, size)


def old_book(**sheets: Cells) -> bytes:
    """A workbook with these cells by sheet."""
    return container(stream([(name, sheet(cells)) for name, cells in sheets.items()]))
