"""Nobody is lost: refused rows sent again, names and births in parts, what a tube or a pool lacks."""

from __future__ import annotations

from datetime import date

import pytest

from som.people.rules import Sex
from som.sampling.lists import (
    RowRefusal,
    RowRefused,
    RowWarning,
    WrittenList,
    inspected,
    read_list,
    write_refused,
)
from tests.sampling.drawn_lists import KINDS, drawn
from tests.sampling.test_lists_templates import cells
from tests.sampling.written_lists import ON, Cell, Written, of_rows, workbook

REASONS = {reason.value: f"Họ và tên: {reason.sentence}" for reason in RowRefusal}


def read(*rows: list[Cell], merged: list[tuple[int, int, int, int]] | None = None) -> WrittenList:
    return read_list(of_rows(*rows, merged=merged), on=ON)


def count(given: WrittenList) -> int:
    return len(given.rows) + len(given.refused)


@pytest.mark.parametrize("cleared", [False, True])
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_everybody_of_a_refused_list_is_there_when_it_comes_back(
    kind: str, seed: int, cleared: bool
) -> None:
    written, _ = drawn(kind, seed, 3 + seed * 2)
    for row in written.rows:
        for at, heading in enumerate(written.headings):
            if heading.lower() in ("stt", "tt"):
                row[at] = None
    sent = workbook(written)
    given = read_list(sent, on=ON)
    rows = [row.row for row in given.rows] + [one.row for one in given.refused]
    back = write_refused(
        sent,
        [RowRefused(row, "Họ và tên", RowRefusal.NAME_UNREADABLE, "Năm sinh") for row in rows],
        sentences=REASONS,
    )
    headings, *lines = cells(back)
    assert len(lines) == len(rows)
    again = read_list(back, on=ON)
    assert (again.kind, again.heading_row, count(again)) == (given.kind, 1, len(rows))
    mended = workbook(
        Written("", list(headings), [[*line[:-1], "" if cleared else line[-1]] for line in lines])
    )
    once_more = read_list(mended, on=ON)
    assert (once_more.kind, count(once_more)) == (given.kind, len(rows))
    assert [row.name for row in once_more.rows] == [row.name for row in given.rows]
    assert [row.tube for row in once_more.rows] == [row.tube for row in given.rows]


def test_reasons_are_no_headings() -> None:
    given = read(
        ["STT", "Họ và tên", "Năm sinh", "Giới tính", "Xã/Phường", "Địa chỉ", "Lý do từ chối"],
        ["", "Triệu Sai", "31/02/1990", "Nữ", "Phường Đề Thám", "Tổ 3", "Năm sinh: không đọc được"],
        ["", "", "1990", "Nam", "Phường Đề Thám", "Tổ 3", "Họ và tên: không có họ tên"],
        ["", "Bế Văn Xa", "1990", "Nam", "Xã Không", "Tổ 3", "Xã/Phường: không có"],
    )
    assert given.heading_row == 1
    assert ([row.row for row in given.rows], [one.row for one in given.refused]) == ([4], [2, 3])


@pytest.mark.parametrize(
    "person",
    [
        ["Nguyễn Văn Nam", "", "Nam", "Xã", "Tổ 3", "Số điện thoại của mẹ"],
        ["Lý Thị Tha", "", "", "", "", "Họ tên sai"],
        ["", "Năm 1990", "Nữ", "Phường Đề Thám", "Thôn Hạ", ""],
        ["Trần Tên", "không rõ", "Nữ", "", "", ""],
    ],
)
def test_a_row_of_data_is_never_a_heading(person: list[Cell]) -> None:
    given = read(
        ["Họ và tên", "Năm sinh", "Giới tính", "Xã/Phường", "Địa chỉ", "Ghi chú"],
        person,
        ["Bế Văn Xa", 1990, "Nam", "", "", ""],
    )
    assert (given.heading_row, count(given)) == (1, 2)


def test_headings_over_several_rows_are_still_found() -> None:
    given = read(
        ["STT", "Họ và tên", "Năm sinh", "", "Nơi ở hiện tại", "", ""],
        ["", "", "Nam", "Nữ", "Tỉnh", "Huyện", "Xã"],
        [1, "Lý Thị Thử", "", 1988, "Tỉnh A", "Huyện B", "Xã C"],
    )
    [row] = given.rows
    assert (given.heading_row, row.sex, row.birth_year) == (2, Sex.FEMALE, 1988)
    assert row.residence == ("Tỉnh A", "Huyện B", "Xã C")


def test_sheets_of_two_teams_come_back_each_under_its_own_head() -> None:
    one, _ = drawn("thai_binh_bmxn", 1, 3)
    two, _ = drawn("thai_binh_bmxn", 2, 3)
    one.sheet, two.sheet = "A", "B"
    two.rows[0][:3] = ["210904", "VT", "02"]
    for row in two.rows:
        for place in (one.column(h) for h in ("Mã mẫu bệnh phẩm*", "Mã ống bệnh phẩm*")):
            row[place] = None
        row[one.column("Mã người được lấy mẫu*")] = None
    for written in (one, two):
        written.rows[2][written.column("Năm sinh")] = 1095
    sent = workbook(one, more=(two,))
    refused = read_list(sent, on=ON).refused
    again = read_list(write_refused(sent, refused), on=ON)
    assert [one.tube for one in again.refused] == [one.tube for one in refused]
    assert [one.tube[9:11] for one in refused] == ["01", "02"]


# --- births, names and sexes ---------------------------------------------------------------------


def test_an_age_in_the_column_of_the_year_is_no_birth() -> None:
    given = read(
        ["Họ và tên", "Năm sinh", "Địa chỉ"],
        ["An", 66, "a"],
        ["Bình", "66", "a"],
        ["Cúc", date(1900, 3, 6), "a"],
        ["Dần", 1966, "a"],
        ["Én", 24_200, "a"],
    )
    assert [row.name for row in given.rows] == ["Dần", "Én"]
    assert {(one.reason, one.detail) for one in given.refused} == {
        (RowRefusal.BIRTH_UNREADABLE, "66")
    }
    [row] = read(["Họ và tên", "Tuổi", "Địa chỉ"], ["An", 66, "a"]).rows
    assert (row.birth_year, row.warnings) == (1960, (RowWarning.BIRTH_FROM_AGE,))


@pytest.mark.parametrize("family", ["Họ và chữ đệm", "Họ đệm", "Họ", "Họ và tên đệm", "Họ lót"])
def test_names_in_two_columns_are_joined(family: str) -> None:
    sent = of_rows(
        ["STT", family, "Tên", "Ngày sinh", "Giới tính"],
        [1, "Nguyễn Thị", "Mai", "05/06/2012", "Nữ"],
        [2, "Trần Văn", "An", "31/06/2012", "Nam"],
    )
    given = read_list(sent, on=ON)
    assert [row.name for row in given.rows] == ["Nguyễn Thị Mai"]
    again = read_list(write_refused(sent, [RowRefused(2, "", RowRefusal.TWICE)]), on=ON)
    assert [row.name for row in again.rows] == ["Nguyễn Thị Mai"]


@pytest.mark.parametrize("parts", [False, True])
def test_a_heading_over_both_parts_of_the_name(parts: bool) -> None:
    sent = of_rows(
        ["STT", "Họ và tên", "", "Ngày sinh", "Lớp"],
        *([["", "Họ đệm", "Tên", "", ""]] if parts else []),
        [1, "Nguyễn Thị", "Mai", "05/06/2012", "6A"],
        merged=[(0, 1, 0, 2)],
    )
    given = read_list(sent, on=ON)
    assert [row.name for row in given.rows] == ["Nguyễn Thị Mai"]
    row = given.rows[0].row
    again = read_list(write_refused(sent, [RowRefused(row, "", RowRefusal.TWICE)]), on=ON)
    assert [row.name for row in again.rows] == ["Nguyễn Thị Mai"]


@pytest.mark.parametrize("parent", [False, True])
def test_births_in_three_columns_are_joined(parent: bool) -> None:
    below: list[Cell] = ["Họ và tên", "Ngày", "Tháng", "Năm", "Phái"]
    above: list[Cell] = ["Họ và tên", "Ngày sinh", "", "", "Phái"]
    heads = [above, ["", *below[1:4], ""]] if parent else [below]
    sent = of_rows(*heads, ["Lý Thử", 5, 7, 1988, "Nữ"], ["Lý Hai", "", "", 1990, "Nam"])
    given = read_list(sent, on=ON)
    assert given.refused == ()
    assert [(row.birth_date, row.birth_year) for row in given.rows] == [
        (date(1988, 7, 5), 1988),
        (None, 1990),
    ]
    back = write_refused(sent, [RowRefused(row.row, "", RowRefusal.TWICE) for row in given.rows])
    assert [r.birth_date for r in read_list(back, on=ON).rows] == [date(1988, 7, 5), None]


def test_a_column_that_marks_women_only() -> None:
    heads: list[Cell] = ["Họ và tên", "Ngày sinh", "Nữ"]
    given = read(heads, ["Mai", "05/06/2012", "x"], ["An", "07/06/2012", ""])
    assert [row.sex for row in given.rows] == [Sex.FEMALE, Sex.MALE]
    given = read(heads, ["Mai", "05/06/2012", ""], ["An", "07/06/2012", ""])
    assert [row.sex for row in given.rows] == [None, None]


@pytest.mark.parametrize("heading", ["Nam/Nữ", "Nữ/Nam", "Phái", "Giới", "Giới tính (Nam/Nữ)"])
def test_headings_of_the_sex(heading: str) -> None:
    [row] = read(["Họ và tên", "Năm sinh", heading], ["Mai", 1990, "Nữ"]).rows
    assert row.sex is Sex.FEMALE


def test_columns_that_are_not_read_are_named() -> None:
    sent = of_rows(
        ["Họ và tên", "Năm sinh", "Nhóm máu", "Ngày\ntiêm"], ["Mai", 1990, "A", "01/02/2021"]
    )
    given = read_list(sent, on=ON)
    assert given.unread == ("Nhóm máu", "Ngày tiêm")
    assert set(given.unread) == set(given.rows[0].other)
    assert inspected(sent, on=ON)["unread"] == ["Nhóm máu", "Ngày tiêm"]


# --- tubes, pools, results -----------------------------------------------------------------------


def test_a_code_as_above_is_the_code_above() -> None:
    written, _ = drawn("thai_binh_bmxn", 3, 20)
    plain = read_list(workbook(written), on=ON)
    place, before = written.column("Mã mẫu bệnh phẩm*"), None
    for row in written.rows:
        row[place], before = ("nt" if row[place] == before else row[place]), row[place]
    given = read_list(workbook(written), on=ON)
    assert given.refused == ()
    assert [row.tube for row in given.rows] == [row.tube for row in plain.rows]


def test_a_tube_of_which_rows_are_refused_is_not_whole() -> None:
    given = read(
        ["Mã ống", "Họ tên", "Năm sinh"],
        ["T1", "An", 1980],
        ["T1", "Bình", 1095],
        ["T2", "Cúc", 1981],
    )
    assert [row.warnings for row in given.rows] == [(RowWarning.POOL_NOT_WHOLE,), ()]


def test_a_form_of_three_over_five_rows() -> None:
    written, _ = drawn("thai_binh_bmxn", 3, 20)
    form, size = written.column("Hình thức lấy mẫu*"), written.column("Loại  gộp*")
    at = next(n for n, row in enumerate(written.rows) if row[size] == 5)
    written.rows[at][form] = "Gộp 3"
    given = read_list(workbook(written), on=ON)
    odd = [row for row in given.rows if RowWarning.POOL_SIZE_DIFFERS in row.warnings]
    assert {row.tube for row in odd} == {given.rows[at].tube}
    assert (len(odd), odd[0].pool_size) == (5, 5)


@pytest.mark.parametrize("between", ["\n", ";", " & ", "\r\n", ",\n"])
def test_names_of_a_pool_between_other_signs(between: str) -> None:
    written, _ = drawn("hcdc_tong", 2, 30)
    plain = read_list(workbook(written), on=ON)
    for row in written.rows:
        row[0] = str(row[0]).replace(", ", between)
    given = read_list(workbook(written), on=ON)
    assert given.refused == ()
    assert [row.names for row in given.rows] == [row.names for row in plain.rows]


def test_a_pool_of_one_name_is_odd() -> None:
    written, _ = drawn("hcdc_tong", 2, 30)
    at = next(n for n, row in enumerate(written.rows) if row[5] == "MẪU GỘP")
    written.rows[at][0] = "Lý Thử"
    given = read_list(workbook(written), on=ON)
    odd = [row.name for row in given.rows if RowWarning.POOL_SIZE_DIFFERS in row.warnings]
    assert odd == ["Lý Thử"]


def test_a_ct_that_is_none_is_left_out_and_said() -> None:
    written, _ = drawn("thai_binh_kqxn", 3, 5)
    ct = written.column("CT Value")
    for row, value in zip(written.rows, ["abc", 99, "nt", "25,3", "-"], strict=True):
        row[ct] = value
    given = read_list(workbook(written), on=ON)
    assert [RowWarning.CT_UNREADABLE in row.warnings for row in given.rows] == [
        True, True, True, False, False,
    ]  # fmt: skip
    assert [row.ct for row in given.rows] == [None, None, None, 25.3, None]


def test_a_result_is_never_copied_from_above() -> None:
    written, _ = drawn("thai_binh_kqxn", 3, 3)
    result = written.column("Kết quả xét nghiệm")
    written.rows[0][result], written.rows[1][result] = "Dương tính", "nt"
    given = read_list(workbook(written), on=ON)
    assert [(one.row, one.reason) for one in given.refused] == [(3, RowRefusal.RESULT_UNREADABLE)]
