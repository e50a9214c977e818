"""Headings of lists: over two rows, repeated, on several sheets."""

from __future__ import annotations

from som.people.rules import Sex
from som.sampling.lists import RowRefusal, RowWarning
from tests.sampling.drawn_lists import drawn
from tests.sampling.written_lists import Cell, of_rows, read, workbook


def test_headings_over_two_rows_with_merged_parents() -> None:
    data = of_rows(
        ["DANH SÁCH"],
        ["TT", "Họ và tên", "Năm sinh", "", "Nơi ở hiện nay", "", "Điện thoại"],
        ["", "", "Nam", "Nữ", "Thôn", "Xã", ""],
        ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)"],
        [1, "An Văn Ba", 1980, "", "Hạ", "Xã A", "0912345678"],
        [2, "Trần Thị Tư", "", 1990, "nt", "nt", "912345679"],
        ["", "Tổng cộng: 2 người"],
        ["", "", "", "", "", "Thái Bình, ngày 5 tháng 9 năm 2021"],
        ["", "", "", "", "", "Người lập"],
        merged=[(1, 0, 2, 0), (1, 1, 2, 1), (1, 2, 1, 3), (1, 4, 1, 5), (1, 6, 2, 6)],
    )
    given = read(data)
    an, tu = given.rows
    assert (given.kind, given.heading_row, an.row, tu.row) == ("som_roster", 3, 5, 6)
    assert (an.sex, an.birth_year, tu.sex, tu.birth_year) == (Sex.MALE, 1980, Sex.FEMALE, 1990)
    assert (tu.address, tu.residence[2], tu.phone) == ("Hạ", "Xã A", "0912345679")
    assert tu.warnings == (RowWarning.ZERO_RESTORED,)
    assert [(one.row, one.reason) for one in given.refused] == [(7, RowRefusal.NO_PERSON)]


def test_sex_may_be_a_cross_under_nam_or_nu() -> None:
    data = of_rows(
        ["STT", "Họ và tên", "Giới tính", "", "Ngày sinh", "Địa chỉ"],
        ["", "", "Nam", "Nữ", "", ""],
        [1, "An", "x", "", "12/3/1987", "Thôn 1"],
        [2, "Bình", "", "X", "1990", "như trên"],
        [3, "Cúc", "x", "x", "1991", "nt"],
    )
    given = read(data)
    assert [(r.name, r.sex, r.address) for r in given.rows] == [
        ("An", Sex.MALE, "Thôn 1"),
        ("Bình", Sex.FEMALE, "Thôn 1"),
    ]
    assert [(r.row, r.reason) for r in given.refused] == [(5, RowRefusal.SEX_UNREADABLE)]


def test_headings_repeated_on_each_page_are_nobody() -> None:
    head: list[Cell] = ["Họ tên", "Năm sinh", "SĐT"]
    given = read(of_rows(head, ["An", 1980, "0912345678"], head, ["Bình", 1981, "0912345679"]))
    assert ([r.row for r in given.rows], given.refused) == ([2, 4], ())


def test_the_reporter_s_telephone_is_not_the_patient_s() -> None:
    head: list[Cell] = [
        "Họ tên",
        "Năm sinh",
        "SĐT người báo cáo",
        "Điện thoại",
        "Tỉnh đơn vị báo cáo",
    ]
    [row] = read(of_rows(head, ["An", 1980, "0911111111", "0912345678", "X"])).rows
    assert (row.phone, row.residence) == ("0912345678", ("", "", ""))
    assert row.other == {"SĐT người báo cáo": "0911111111", "Tỉnh đơn vị báo cáo": "X"}


def test_lists_on_several_sheets_are_read_together_and_other_kinds_are_named() -> None:
    one, _ = drawn("plain", 1, 3)
    two, _ = drawn("plain", 2, 4)
    three, _ = drawn("thai_binh_kqxn", 3, 2)
    one.sheet, two.sheet = "Thôn Hạ", "Thôn Thượng"
    given = read(workbook(one, more=(two,)))
    assert [(row.sheet, row.row) for row in given.rows] == [
        *(("Thôn Hạ", 4 + n) for n in range(3)),
        *(("Thôn Thượng", 4 + n) for n in range(4)),
    ]
    swabs, _ = drawn("thai_binh_bmxn", 4, 6)
    given = read(workbook(three, more=(swabs,)))
    assert (given.kind, len(given.rows)) == ("thai_binh_bmxn", 6)
    assert [(r.sheet, r.row, r.reason) for r in given.refused] == [
        ("KQXN", 2, RowRefusal.OTHER_KIND),
        ("KQXN", 3, RowRefusal.OTHER_KIND),
    ]
