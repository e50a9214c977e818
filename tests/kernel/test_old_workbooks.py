"""Old binary workbooks: opened where they are what they claim, refused before they cost anything."""

from __future__ import annotations

import struct
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from som.kernel import old_workbooks, workbooks
from som.kernel.workbooks import MOST_CELLS, UnusableWorkbook, WorkbookFault
from tests.kernel.old_books import container, number, old_book, record, sheet, stream

GOOD = old_book(A={(2, 1): "Nông Văn An", (4, 2): 7.0}, B={})
CORNERS = {(0, 0): 1.0, (65_535, 255): 2.0}


def fault(data: bytes) -> tuple[WorkbookFault, str]:
    """Why these bytes are not opened; hardly any memory may be asked for to find out."""
    tracemalloc.start()
    with pytest.raises(UnusableWorkbook) as raised:
        list(workbooks.opened(data))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 20 * len(data) + 1_000_000
    return raised.value.fault, raised.value.detail


def changed(at: int, by: bytes, data: bytes = GOOD) -> bytes:
    """The same file with some of its bytes changed."""
    return data[:at] + by + data[at + len(by) :]


def test_an_old_workbook_is_read_as_any_other() -> None:
    one, other = workbooks.opened(GOOD)
    assert (one.name, list(one.rows())) == (
        "A",
        [["", "", ""], ["", "", ""], ["", "Nông Văn An", ""], ["", "", ""], ["", "", 7.0]],
    )
    assert list(other.rows()) == []


def test_a_sheet_of_a_commune_in_full_is_not_too_large() -> None:
    rows = 20_000
    book = old_book(A={(row, column): "x" for row in (0, rows - 1) for column in range(20)})
    [one] = workbooks.opened(book)
    assert one.height == rows


@pytest.mark.parametrize(
    ("sheets", "detail"),
    [
        ([sheet(CORNERS)], f"{65_536 * 256} cells"),
        # Each alone would do; the library lays all of them out at once.
        ([sheet({(0, 0): 1.0, (65_535, 79): 1.0})] * 2, f"{65_536 * 80 * 2} cells"),
        ([sheet({(0, 0): 1.0})[:-4] + record(0xBD, struct.pack("<HH", 65_535, 0) + bytes(6)
          + struct.pack("<H", 200)) + record(0x0A)], f"{65_536 * 201} cells"),
    ],
)  # fmt: skip
def test_far_cells_are_refused_before_they_are_laid_out(sheets: list[bytes], detail: str) -> None:
    book = container(stream([(f"S{n}", one) for n, one in enumerate(sheets)]))
    assert fault(book) == (WorkbookFault.TOO_LARGE, detail)


def test_one_sheet_named_often_counts_as_often() -> None:
    one = sheet({(0, 0): 1.0, (65_535, 79): 1.0})
    begin, bound, rest = 20, 12 + 2, 4
    book = stream([("A", one), ("B", b"")])
    place = struct.pack("<I", begin + 2 * bound + rest)
    assert book[begin + 4 : begin + 8] == place
    twice = book[: begin + bound + 4] + place + book[begin + bound + 8 :]
    assert fault(container(twice))[1] == f"{65_536 * 80 * 2} cells"
    assert MOST_CELLS > 65_536 * 80


@pytest.mark.parametrize(
    ("book", "detail"),
    [
        (stream([("A", sheet({}, claims=(0, 2**32 - 1, 0, 1)))]), "a sheet larger than any"),
        (stream([("A", sheet({}, claims=(0, 1, 0, 65_535)))]), "a sheet larger than any"),
        (stream([("A", sheet({(0, 65_535): 1.0}, claims=(0, 1, 0, 1)))]),
         "a cell past the last column"),
        (stream([("A", sheet({})[:-4] + record(0x0203, b"\0"))]), "a cell nowhere"),
        (stream([("A", sheet({})[:-4] + struct.pack("<HH", 0x0203, 60_000))]),
         "a record past the end"),
        (record(0x0809, bytes(16)) + record(0xFC, struct.pack("<II", 1, 2**32 - 1)),
         "more texts than bytes"),
    ],
)  # fmt: skip
def test_what_a_stream_claims_of_itself_is_looked_at(book: bytes, detail: str) -> None:
    assert fault(container(book)) == (WorkbookFault.DAMAGED, detail)


TABLE = 512 + 9 * 512  # the directory and eight sectors of the stream stand before it


@pytest.mark.parametrize(
    ("book", "detail"),
    [
        (changed(30, b"\x14\0"), "sectors of no known size"),
        (changed(44, struct.pack("<I", 2**31)), "more sectors than there are"),
        (changed(64, struct.pack("<I", 2**31)), "more sectors than there are"),
        (changed(68, struct.pack("<I", 0)), "a chain in a circle"),
        (changed(76, struct.pack("<I", 7_000)), "a sector past the end"),
        (changed(TABLE + 8 * 4, struct.pack("<I", 1)), "a chain in a circle"),
        (changed(TABLE + 8 * 4, struct.pack("<I", 9_000)), "a piece past the end"),
        (changed(512 + 128 + 120, struct.pack("<I", 2**32 - 1)), "a stream longer than the file"),
        (GOOD[:600], "a sector past the end"),
        (GOOD[:40], "cut off"),
    ],
)
def test_what_a_container_claims_of_itself_is_looked_at(book: bytes, detail: str) -> None:
    assert fault(book) == (WorkbookFault.DAMAGED, detail)


def test_sheets_without_end_are_refused_at_once() -> None:
    """Sheets at overlapping places cost each the rest of the stream: 134 kB once took half a minute."""
    number_of = 5_000
    bound = [record(0x85, struct.pack("<II", number_of * 12 + 4 * n, 0)) for n in range(number_of)]
    padding = struct.pack("<HH", 0x3FF, 0) * number_of * 3
    detail = fault(container(b"".join(bound) + padding))[1]
    assert detail == "more sheets than are looked at"


def test_records_without_end_are_refused_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(old_workbooks, "MOST_RECORDS", 50_000)
    padding = struct.pack("<HH", 0x3FF, 0) * 1_000
    bound = [record(0x85, struct.pack("<II", 100 * 12 + 4 * n, 0)) for n in range(100)]
    book = container(b"".join(bound) + record(0x0A) + padding)
    assert fault(book) == (WorkbookFault.DAMAGED, "more records than are looked at")


def test_of_streams_of_one_name_the_first_is_looked_at() -> None:
    """As the library does: an embedded workbook has a stream of the same name."""
    second = GOOD[512 + 128 : 512 + 256]
    twice = changed(512 + 256, second)
    twice = changed(512 + 256 + 116, struct.pack("<IQ", 2**31, 5_000), twice)
    assert [one.name for one in workbooks.opened(twice)] == ["A", "B"]


def test_a_table_claimed_many_times_over_is_refused() -> None:
    lists = struct.pack("<109I", *[9] * 109)
    assert fault(changed(76, lists)) == (WorkbookFault.DAMAGED, "more sectors than there are")


def test_a_password_is_named() -> None:
    locked = record(0x0809, bytes(16)) + record(0x2F, bytes(6)) + record(0x0A)
    assert fault(container(locked)) == (WorkbookFault.LOCKED, "")
    assert fault(container(b"x", name="EncryptedPackage")) == (WorkbookFault.LOCKED, "")


@pytest.mark.slow
@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 5), st.integers(0, 2**32 - 1)), max_size=4))
def test_whatever_is_turned_is_opened_or_refused(changes: list[tuple[int, int]]) -> None:
    data = GOOD
    for at, value in changes:
        data = changed(at, struct.pack("<I", value), data)
    try:
        for one in workbooks.opened(data):
            assert sum(1 for _ in one.rows()) <= 65_536
    except UnusableWorkbook as refused:
        assert refused.fault in WorkbookFault


def test_a_number_is_written_as_the_reader_takes_it() -> None:
    """The writer of these tests is no better than the reader it is tested with."""
    book = container(stream([("A", sheet({})[:-4] + number(0, 0, 1.5) + record(0x0A))]))
    [one] = workbooks.opened(book)
    assert list(one.rows()) == [[1.5]]
