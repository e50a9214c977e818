"""Lists that are written: empty ones, and refused rows that come back mended."""

from __future__ import annotations

from datetime import date

import pytest

from som.kernel import workbooks
from som.sampling.lists import (
    LAYOUTS,
    OWN,
    REASON_HEADING,
    RowRefusal,
    RowRefused,
    read_list,
    write_refused,
    write_template,
)
from tests.sampling.drawn_lists import KINDS, drawn
from tests.sampling.drawn_people import people
from tests.sampling.written_lists import Written, paper, workbook

ON = date(2026, 11, 22)


def cells(data: bytes) -> list[tuple[str, ...]]:
    [(_, rows)] = workbooks.sheets(data)
    return rows


def sent_again(data: bytes, mend: dict[str, str]) -> bytes:
    """The refused rows as somebody mends them: by heading, the new text."""
    headings, *rows = cells(data)
    for row_at, row in enumerate(rows):
        rows[row_at] = tuple(
            mend.get(heading, value) for heading, value in zip(headings, row, strict=True)
        )
    return workbook(Written("", list(headings), [list(row) for row in rows]))


@pytest.mark.parametrize("layout", [*LAYOUTS, *OWN], ids=lambda layout: layout.kind)
def test_an_empty_template_is_known_as_its_kind(layout: object) -> None:
    kind = layout.kind  # type: ignore[attr-defined]
    given = read_list(write_template(kind), on=ON)
    assert (given.kind, given.rows, given.refused, given.missing) == (kind, (), (), ())
    assert write_template(kind) == write_template(kind)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"hcdc_tong", "thai_binh_kqxn"}))
def test_refused_rows_come_back_under_the_same_headings_and_are_taken_once_mended(
    kind: str,
) -> None:
    written, who = drawn(kind, 9, 12)
    name = next(h for h in written.headings if h.lower().replace("_", "") in _NAMES)
    good = written.rows[4][written.column(name)]
    written.rows[4][written.column(name)] = "???"
    first = read_list(workbook(written), on=ON)
    [refused] = first.refused
    assert refused.reason is RowRefusal.NAME_UNREADABLE
    back = write_refused(workbook(written), first.refused)
    headings, row = cells(back)
    assert [" ".join(heading.split()) for heading in headings] == [
        *(" ".join(heading.split()) for heading in written.headings),
        REASON_HEADING,
    ]
    assert refused.reason.sentence.removesuffix(".") in row[-1]
    again = read_list(sent_again(back, {name: str(good)}), on=ON)
    assert (again.kind, again.refused, len(again.rows)) == (first.kind, (), 1)
    [mended] = again.rows
    assert (mended.name, mended.tube) == (str(good), refused.tube)
    assert mended.birth_year == who[4].born.year


_NAMES = {"họ và tên", "họ tên", "họ tên bn", "hovaten", "hoten"}


def test_a_row_keeps_what_it_took_from_above() -> None:
    rows: list[list[str | int | None]] = [
        ["T1", "An", 1980, "Xã A"],
        [None, "Bình", 1981, "nt"],
        [None, "Cúc", 3000, "nt"],
    ]
    sent = workbook(Written("", ["Mã ống", "Họ tên", "Năm sinh", "Xã"], rows))  # type: ignore[arg-type]
    given = read_list(sent, on=ON)
    back = write_refused(sent, given.refused, sentences={"row_birth_unreadable": "Năm sinh sai"})
    assert cells(back)[1:] == [("T1", "Cúc", "3000", "Xã A", "Năm sinh: Năm sinh sai (3000).")]


def test_rows_refused_later_are_written_too_each_with_all_its_reasons() -> None:
    written, _ = drawn("plain", 2, 5)
    sent = workbook(written)
    refused = [
        RowRefused(5, "Xã", RowRefusal.UNIT_UNKNOWN, "Xã X"),
        RowRefused(7, "", RowRefusal.TWICE),
        RowRefused(5, "SĐT", RowRefusal.PHONE_UNREADABLE, "1"),
    ]
    _, one, two = cells(write_refused(sent, refused))
    assert one[-1] == (
        "Xã: There is no unit of exactly this name (Xã X);"
        " SĐT: The telephone number must have ten digits (1)."
    )
    assert two[-1] == RowRefusal.TWICE.sentence
    again = read_list(write_refused(sent, refused), on=ON)
    assert "Lý do từ chối" not in again.rows[0].other
    third = write_refused(write_refused(sent, refused), [RowRefused(2, "", RowRefusal.TWICE)])
    assert cells(third)[0].count(REASON_HEADING) == 1


def test_the_head_of_a_form_comes_back_with_its_rows() -> None:
    written, _ = drawn("thai_binh_bmxn", 4, 9)
    written.rows[6][written.column("Năm sinh")] = 1095
    sent = workbook(written)
    [refused] = read_list(sent, on=ON).refused
    again = read_list(sent_again(write_refused(sent, [refused]), {"Năm sinh": "1995"}), on=ON)
    assert (again.refused, [row.tube for row in again.rows]) == ((), [refused.tube])


def test_a_word_list_comes_back_as_a_workbook_with_its_head() -> None:
    sent = paper([*people(3, 3), *people(3, 1)], 3)  # the first stands there twice
    [refused] = read_list(sent, on=ON).refused
    back = write_refused(sent, [refused])
    assert cells(back)[0][:3] == ("Mã ngày", "Mã đơn vị", "Mã Tổ")
    again = read_list(back, on=ON)
    assert (again.kind, again.refused, len(again.rows)) == ("thai_binh_bmg", (), 1)


def test_sheets_of_one_list_come_back_together() -> None:
    one, _ = drawn("plain", 1, 3)
    two, _ = drawn("plain", 2, 3)
    one.sheet, two.sheet = "A", "B"
    one.rows[0][one.column("SĐT")] = two.rows[2][two.column("SĐT")] = "1"
    sent = workbook(one, more=(two,))
    given = read_list(sent, on=ON)
    assert [(r.sheet, r.row) for r in given.refused] == [("A", 4), ("B", 6)]
    assert len(cells(write_refused(sent, given.refused))) == 3


def test_nothing_written_is_ever_a_formula() -> None:
    evil = '=HYPERLINK("http://x","y")'
    sent = workbook(Written("", ["Họ tên", "Năm sinh", "Ghi chú"], [["An", 3000, evil]]))
    back = write_refused(sent, read_list(sent, on=ON).refused)
    assert cells(back)[1][2] == evil
    [sheet] = workbooks.opened(back)
    assert sheet.marks.uncalculated == {}
    assert b"<f>" not in _sheet_xml(back)


def _sheet_xml(data: bytes) -> bytes:
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read("xl/worksheets/sheet1.xml")
