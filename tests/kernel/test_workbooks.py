"""Workbooks of others: opened row by row, their blind spots named, hostile ones refused."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
import xlsxwriter

from som.kernel import workbooks
from som.kernel.workbooks import UnusableWorkbook, WorkbookFault


def book(**sheets: dict[str, object]) -> bytes:
    """A workbook with these cells by sheet and address."""
    target = io.BytesIO()
    made = xlsxwriter.Workbook(target, {"in_memory": True})
    for name, cells in sheets.items():
        page = made.add_worksheet(name)
        for address, value in cells.items():
            if isinstance(value, str) and value.startswith("="):
                formula, _, result = value.partition(" -> ")
                page.write_formula(address, formula, None, result)
            else:
                page.write(address, value)
    made.close()
    return target.getvalue()


def changed(data: bytes, path: str, pattern: bytes, by: bytes) -> bytes:
    """The same workbook with one of its files changed."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            new.writestr(name, re.sub(pattern, by, body) if name == path else body)
    return target.getvalue()


def test_rows_and_columns_are_counted_from_the_first() -> None:
    [sheet] = workbooks.opened(book(A={"C3": "x", "B5": 7}))
    assert list(sheet.rows()) == [
        ["", "", ""],
        ["", "", ""],
        ["", "", "x"],
        ["", "", ""],
        ["", 7.0, ""],
    ]
    assert list(sheet.rows()) == list(sheet.rows())
    assert (sheet.name, sheet.hidden, sheet.height) == ("A", False, 5)
    assert [name for name, _ in workbooks.sheets(book(A={}, B={"A1": 1}))] == ["A", "B"]


def test_formulas_without_a_value_and_errors_are_marked_by_sheet() -> None:
    data = book(
        **{"Một & hai": {"A1": "=B1", "B1": 2, "C2": "=1/0 -> #DIV/0!", "AA2": "=B1 -> 3"}},
        B={"A2": "=A1 -> x"},
    )
    one, two = workbooks.opened(data)
    assert one.marks.uncalculated == {1: 1}
    assert one.marks.in_error == {2: 1 << 2}
    assert (two.marks.uncalculated, two.marks.in_error) == ({}, {})


def test_an_empty_text_as_a_formula_s_value_is_a_value() -> None:
    data = book(A={"A1": "=B1"})
    data = changed(data, "xl/worksheets/sheet1.xml", rb'<c r="A1">', b'<c r="A1" t="str">')
    [sheet] = workbooks.opened(data)
    assert sheet.marks.uncalculated == {}


def test_marks_are_found_across_pieces_of_a_large_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    data = book(A={f"A{n}": "=B1" for n in range(1, 400)} | {"J400": "x"})
    for size in (97, 150, 1000):
        monkeypatch.setattr(workbooks, "_CHUNK", size)
        [sheet] = workbooks.opened(data)
        assert sheet.marks.uncalculated == dict.fromkeys(range(1, 400), 1)


def test_far_cells_and_giant_cells_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnusableWorkbook) as refusal:
        list(workbooks.opened(book(A={"A1": 1, "XFD1048576": 1})))
    assert refusal.value.fault is WorkbookFault.TOO_LARGE
    monkeypatch.setattr(workbooks, "LARGEST_CELL", 100)
    monkeypatch.setattr(workbooks, "_CHUNK", 50)
    data = changed(book(A={"A1": 1}), "xl/worksheets/sheet1.xml", rb"<v>1</v>", b"<v>" + b"1" * 999)
    with pytest.raises(UnusableWorkbook):
        list(workbooks.opened(data))


@pytest.mark.parametrize(
    "written",
    [b"r='XFD1048576'", b'r = "XFD1048576"', b'r="xfd1048576"', b'x:r="XFD1048576"'],
)
def test_far_cells_are_found_however_they_are_written(written: bytes) -> None:
    sheet = "xl/worksheets/sheet1.xml"
    data = changed(book(A={"A1": 1, "B2": 1}), sheet, rb'r="B2"', written)
    with pytest.raises(UnusableWorkbook) as refusal:
        list(workbooks.opened(data))
    assert refusal.value.fault is WorkbookFault.TOO_LARGE


def test_cells_without_a_reference_follow_the_one_before() -> None:
    sheet = "xl/worksheets/sheet1.xml"
    data = changed(book(A={"A1": 1, "A2": 1}), sheet, rb'<row r="2"', b'<row r="1048576"')
    data = changed(data, sheet, rb'<c r="A2">', b"<c/>" * 100 + b"<c>")
    with pytest.raises(UnusableWorkbook) as refusal:
        list(workbooks.opened(data))
    assert refusal.value.fault is WorkbookFault.TOO_LARGE


@pytest.mark.parametrize("at", [0.2, 0.5, 0.9])
def test_a_turned_byte_is_found_by_its_check_sum(at: float) -> None:
    data = bytearray(book(A={f"A{n}": f"text {n}" for n in range(1, 500)}))
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        entry = archive.getinfo("xl/sharedStrings.xml")
        start = entry.header_offset + 60
    data[start + int(entry.compress_size * at)] ^= 0x40
    with pytest.raises(UnusableWorkbook) as refusal:
        list(workbooks.opened(bytes(data)))
    assert refusal.value.fault is WorkbookFault.DAMAGED


def test_an_archive_that_is_no_workbook() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(UnusableWorkbook) as refusal:
        list(workbooks.opened(target.getvalue()))
    assert refusal.value.fault is WorkbookFault.NO_WORKBOOK
