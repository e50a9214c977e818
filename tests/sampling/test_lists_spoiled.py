"""Spoiled lists end in a report: rows and refused rows account for everybody, and nothing breaks."""

from __future__ import annotations

import io
import json
import struct
from datetime import date

import pytest

from som.sampling.lists import (
    ListFault,
    RowRefusal,
    RowRefused,
    UnreadableList,
    inspected,
    read_list,
    write_refused,
)
from tests.sampling.drawn_lists import drawn
from tests.sampling.spoiled_lists import mutated
from tests.sampling.written_lists import text_file, workbook

ON = date(2026, 11, 22)
LISTS = 200
_BATCH = 20


@pytest.mark.parametrize("first", range(0, LISTS, _BATCH))
@pytest.mark.slow
def test_two_hundred_spoiled_lists_lose_nobody(first: int) -> None:
    for seed in range(first, first + _BATCH):
        spoiled = mutated(seed)
        seen = json.loads(json.dumps(inspected(spoiled.data, on=ON)))
        try:
            given = read_list(spoiled.data, on=ON)
        except UnreadableList as error:
            assert not spoiled.readable, (seed, spoiled.done)
            assert error.fault.sentence
            assert [one["reason"] for one in seen["refused"]] == [error.fault.value]
            continue
        rows = [row.row for row in given.rows] + [row.row for row in given.refused]
        assert len(rows) == len(set(rows)), (seed, spoiled.done)
        if spoiled.readable:
            assert spoiled.people <= set(rows), (seed, spoiled.done)
        assert all(one.reason.sentence for one in given.refused)
        assert [row["row"] for row in seen["rows"]] == [row.row for row in given.rows]
        assert len(seen["refused"]) == len(given.refused)
        if given.refused:
            assert write_refused(spoiled.data, given.refused)


@pytest.mark.slow
def test_sixty_thousand_rows_are_all_there() -> None:
    written, _ = drawn("plain", 11, 60_000)
    written.rows[17][1] = None
    given = read_list(text_file(written), on=ON)
    assert (len(given.rows), len(given.refused)) == (59_999, 1)
    assert given.refused[0].row == written.first + 17


@pytest.mark.parametrize(
    ("encoding", "separator"),
    [
        ("utf-8", ","), ("utf-8-sig", ";"), ("utf-16", "\t"), ("utf-16-le", "\t"), ("cp1258", ";"),
        ("tcvn3", ";"), ("vni", ","), ("utf-8", "|"),
    ],
)  # fmt: skip
def test_text_files_of_any_encoding_are_read_alike(encoding: str, separator: str) -> None:
    written, who = drawn("plain", 5, 30)
    given = read_list(text_file(written, separator=separator, encoding=encoding), on=ON)
    assert given.refused == ()
    assert [row.name for row in given.rows] == [one.name for one in who]
    assert [row.residence for row in given.rows] == [one.home for one in who]


def test_a_stray_quotation_mark_swallows_no_rows() -> None:
    lines = ["Họ tên,Năm sinh,Địa chỉ", 'An,1980,"Thôn 1', "Bình,1981,Thôn 2", 'Cúc,1982,Thôn "3"']
    given = read_list("\n".join(lines).encode(), on=ON)
    assert [(row.row, row.name) for row in given.rows] == [(2, "An"), (3, "Bình"), (4, "Cúc")]


def test_a_text_file_cut_off_in_a_letter_keeps_its_whole_rows() -> None:
    data = "Họ tên;Năm sinh\nAn;1980\nThủ".encode()[:-1]
    given = read_list(data, on=ON)
    assert [row.name for row in given.rows] == ["An"]
    assert [(r.row, r.reason) for r in given.refused] == [(3, RowRefusal.TEXT_BROKEN)]


@pytest.mark.parametrize("cut", [1, 10, 100, 1_000, -1, -30])
def test_a_workbook_cut_off_is_damaged(cut: int) -> None:
    data = workbook(drawn("plain", 1, 30)[0])
    with pytest.raises(UnreadableList) as refusal:
        read_list(data[:cut], on=ON)
    assert refusal.value.fault in (ListFault.DAMAGED, ListFault.NO_WORKBOOK, ListFault.NO_HEADINGS)


# --- old workbooks -------------------------------------------------------------------------------


def old_workbook(rows: int, *, headings: tuple[str, ...] = ("Ho ten", "Nam sinh")) -> bytes:
    """A workbook of before 2007 (BIFF8 in a compound file): headings and so many people."""

    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    def label(row: int, column: int, text: str) -> bytes:
        return record(
            0x0204, struct.pack("<HHHHB", row, column, 15, len(text), 0) + text.encode("latin-1")
        )

    begin = struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0x41, 6)
    start = struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0x41, 6)
    sheet = io.BytesIO()
    sheet.write(record(0x0809, begin))
    sheet.write(record(0x0200, struct.pack("<IIHHH", 0, rows + 1, 0, len(headings), 0)))
    for place, heading in enumerate(headings):
        sheet.write(label(0, place, heading))
    for at in range(1, rows + 1):
        sheet.write(label(at, 0, "Nguyen Van An"))
        sheet.write(record(0x0203, struct.pack("<HHHd", at, 1, 15, 1900 + at % 120)))
    sheet.write(record(0x000A, b""))
    name = b"DS"
    head = record(0x0809, start)
    bound = 4 + 8 + len(name)
    offset = len(head) + bound + 4
    stream = (
        head
        + record(0x0085, struct.pack("<IBBBB", offset, 0, 0, len(name), 0) + name)
        + record(0x000A, b"")
        + sheet.getvalue()
    )
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    sectors = len(stream) // 512
    tables = -(-(sectors + 2) // 127)  # the table has a place for each sector, itself too
    free, end = 0xFFFFFFFF, 0xFFFFFFFE
    chain = [0xFFFFFFFD] * tables + [end]
    first = tables + 1
    chain += [first + at + 1 for at in range(sectors - 1)] + [end]
    chain += [free] * (tables * 128 - len(chain))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    header += struct.pack("<IIIIIIIII", 0, tables, tables, 0, 4096, end, 0, end, 0)
    header += struct.pack("<109I", *range(tables), *[free] * (109 - tables))

    def entry(text: str, kind: int, child: int, sector: int, size: int) -> bytes:
        raw = text.encode("utf-16-le") + b"\0\0"
        return (
            raw.ljust(64, b"\0")
            + struct.pack("<HBBIII", len(raw), kind, 1, free, free, child)
            + b"\0" * 36
            + struct.pack("<IQ", sector, size)
        )

    folder = entry("Root Entry", 5, 1, end, 0) + entry("Workbook", 2, free, first, len(stream))
    folder += (b"\0" * 64 + struct.pack("<HBBIII", 0, 0, 0, free, free, free) + b"\0" * 48) * 2
    return header + struct.pack(f"<{len(chain)}I", *chain) + folder + stream


def test_an_old_workbook_is_read() -> None:
    given = read_list(old_workbook(3), on=ON)
    assert [(row.row, row.name, row.birth_year) for row in given.rows] == [
        (2, "Nguyen Van An", 1901),
        (3, "Nguyen Van An", 1902),
        (4, "Nguyen Van An", 1903),
    ]


@pytest.mark.slow
def test_an_old_workbook_at_its_last_row_is_refused() -> None:
    """15,841 cases were lost in October 2020 where such files ended."""
    with pytest.raises(UnreadableList) as refusal:
        read_list(old_workbook(65_535), on=ON)
    assert refusal.value.fault is ListFault.ROWS_AT_LIMIT


# --- what comes back -----------------------------------------------------------------------------


def test_an_unreadable_file_is_inspected_as_one_refusal() -> None:
    assert inspected(b"\x00\x01\x02", on=ON) == {
        "kind": "",
        "purpose": "",
        "columns": {},
        "rows": [],
        "refused": [
            {"row": 0, "field": "", "reason": ListFault.NO_WORKBOOK.value, "detail": ""},
        ],
    }


def test_a_refused_row_says_where_and_why() -> None:
    written, _ = drawn("plain", 1, 3)
    written.rows[1][written.column("SĐT")] = "12"
    given = read_list(workbook(written), on=ON)
    [refused] = given.refused
    assert isinstance(refused, RowRefused)
    assert (refused.row, refused.column, refused.detail) == (written.first + 1, "SĐT", "12")
