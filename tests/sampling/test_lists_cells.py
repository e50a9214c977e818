"""What single cells of a list mean, and which rows are refused by them."""

from __future__ import annotations

from datetime import date

import pytest

from som.sampling.lists import ListRow, ReportedResult, RowRefusal, RowWarning
from tests.sampling.drawn_lists import drawn
from tests.sampling.drawn_people import HOMES
from tests.sampling.written_lists import Cell, of_rows, read, workbook


def numbers(*written: Cell) -> list[tuple[str, str]]:
    """What becomes of each number of a man born in 1987: the number, or the code of the refusal."""
    head: list[Cell] = ["Họ tên", "Giới tính", "Năm sinh", "CCCD"]
    given = read(
        of_rows(
            head, *([f"Người {'ABCDEFGH'[n]}", "Nam", 1987, one] for n, one in enumerate(written))
        )
    )
    found = {row.row: (row.number, "") for row in given.rows}
    found |= {one.row: ("", one.reason.value) for one in given.refused}
    return [found[n + 2] for n in range(len(written))]


def test_numbers_that_a_spreadsheet_spoiled_are_repaired_or_refused() -> None:
    assert numbers(
        "019087000123", 19087000123, "1.9087000123E+10", "1.9087E+10", "019 087 000 123", 12345678,
        "không có", "12",
    ) == [
        ("019087000123", ""), ("019087000123", ""), ("019087000123", ""),
        ("", "row_number_rounded"), ("019087000123", ""), ("012345678", ""), ("", ""),
        ("", "row_number_unreadable"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "birth"),
    [
        (1980, (None, 1980)),
        ("1980", (None, 1980)),
        ("12/3/1980", (date(1980, 3, 12), 1980)),
        (date(1980, 3, 12), (date(1980, 3, 12), 1980)),
        (date(1905, 5, 8), (None, 1955)),  # 1955 typed into a cell made for dates
        (29292, (date(1980, 3, 12), 1980)),  # a date whose cell lost its format
        ("12.3.80", (date(1980, 3, 12), 1980)),
    ],
)
def test_births_are_read_as_people_and_spreadsheets_write_them(
    written: Cell, birth: tuple[date | None, int]
) -> None:
    [row] = read(of_rows(["Họ tên", "Ngày sinh", "Số thẻ BHYT"], ["An", written, ""])).rows
    assert (row.birth_date, row.birth_year) == birth


def test_a_foreign_passport_is_one_where_the_list_says_whose() -> None:
    head: list[Cell] = ["Họ tên", "Số hộ chiếu", "Quốc tịch"]
    given = read(of_rows(head, ["Kim", "M123A4567", "Hàn Quốc"], ["Ann", "X12A34567", ""]))
    [kim] = given.rows
    assert (kim.number, kim.country) == ("M123A4567", "KOR")
    assert [one.reason for one in given.refused] == [RowRefusal.NUMBER_UNREADABLE]


def test_insurance_cards_of_any_age_are_one_number() -> None:
    head: list[Cell] = ["Họ tên", "Năm sinh", "Mã thẻ BHYT"]
    cards = ("GD4341234567890", "1234567890", "034087000123", "x9")
    given = read(of_rows(head, *([f"Người {c[:1]}", 1980 + n, c] for n, c in enumerate(cards))))
    assert [row.insurance for row in given.rows] == ["1234567890", "1234567890", "034087000123"]
    assert given.rows[2].number == "034087000123"
    assert [one.reason for one in given.refused] == [RowRefusal.INSURANCE_UNREADABLE]


def test_as_above_with_nothing_above_and_for_a_name_is_refused() -> None:
    head: list[Cell] = ["Họ tên", "Năm sinh", "Xã", "CCCD"]
    given = read(
        of_rows(
            head,
            ["An", 1980, "nt", ""],
            ["Bình", 1981, "Xã A", "034081000123"],
            ["-nt-", 1982, '"', ""],
            ["Cúc", 1983, "n/t", "nt"],
            ["Dần", 1984, "như trên", ""],
        )
    )
    assert [(r.name, r.residence[2]) for r in given.rows] == [("Bình", "Xã A"), ("Dần", "Xã A")]
    assert [(r.row, r.column, r.reason) for r in given.refused] == [
        (2, "Xã", RowRefusal.NOTHING_ABOVE),
        (4, "Họ tên", RowRefusal.NOTHING_ABOVE),
        (5, "CCCD", RowRefusal.NOTHING_ABOVE),
    ]


def test_a_tube_on_the_first_row_of_its_pool_is_that_of_the_whole_pool() -> None:
    head: list[Cell] = ["Mã ống", "Số người trong ống", "Họ tên", "Năm sinh"]
    given = read(
        of_rows(
            head,
            ["T1", "", "An", 1980],
            ["", "", "Bình", 1981],
            ["T2", 1, "Cúc", 1982],
            ["", "", "Dần", 1983],  # the tube above is said to hold one person
            ["T3", 3, "Én", 1984],
            ["", "", "Giáp", 1985],
            ["", "", "", ""],
            ["", "", "Hà", 1986],  # an empty row ends a pool
        )
    )
    assert [(r.name, r.tube, r.pool_size) for r in given.rows] == [
        ("An", "T1", 2), ("Bình", "T1", 2), ("Cúc", "T2", 1), ("Én", "T3", 2), ("Giáp", "T3", 2),
    ]  # fmt: skip
    assert given.rows[3].warnings == (RowWarning.POOL_SIZE_DIFFERS,)
    assert [(r.row, r.reason) for r in given.refused] == [
        (5, RowRefusal.TUBE_MISSING),
        (9, RowRefusal.TUBE_MISSING),
    ]


def test_the_form_s_code_of_the_tube_on_the_first_row_alone_is_enough() -> None:
    written, _ = drawn("thai_binh_bmxn", 5, 12)
    whole = read(workbook(written))
    for name in ("Mã mẫu bệnh phẩm*", "Mã TT", "Mã ngày", "Mã đơn vị", "Mã Tổ"):
        place = written.column(name)
        written.headings.pop(place)
        for row in written.rows:
            del row[place]
    given = read(workbook(written))
    assert given.refused == ()
    assert [(r.tube, r.pool_size) for r in given.rows] == [
        (r.tube, r.pool_size) for r in whole.rows
    ]
    assert (given.day, given.unit, given.team) == (date(2021, 9, 4), "VT", "01")


def test_formulas_without_a_value_are_worked_out_or_refuse_the_row() -> None:
    written, _ = drawn("thai_binh_bmxn", 5, 6)
    whole = read(workbook(written))
    for heading in (
        "Mã mẫu bệnh phẩm*", "Hình thức lấy mẫu*", "Mã ống bệnh phẩm*", "Mã người được lấy mẫu*",
        "Ngày lấy mẫu*", "Hình thức*", "Loại  gộp*",
    ):  # fmt: skip
        for at in range(len(written.rows)):
            written.formulas[at + 1, written.column(heading)] = "=A1"
    written.formulas[3, written.column("Năm sinh")] = "=YEAR(A1)"
    given = read(workbook(written))
    assert [(r.row, r.column, r.reason) for r in given.refused] == [
        (4, "Năm sinh", RowRefusal.NOT_CALCULATED)
    ]
    assert [(r.tube, r.person_code, r.taken_on, r.pool_size) for r in given.rows] == [
        (r.tube, r.person_code, r.taken_on, r.pool_size) for r in whole.rows if r.row != 4
    ]


def test_cells_merged_over_several_rows_count_for_each_but_never_make_a_person() -> None:
    data = of_rows(
        ["Họ tên", "Năm sinh", "Địa chỉ", "SĐT"],
        ["An", 1980, "Thôn Hạ", "0912345678"],
        ["Bình", 1981, "", ""],
        ["", 1982, "", ""],
        merged=[(1, 2, 3, 2), (2, 0, 3, 0), (1, 3, 3, 3)],
    )
    given = read(data)
    assert [(r.name, r.address, r.phone) for r in given.rows] == [
        ("An", "Thôn Hạ", "0912345678"),
        ("Bình", "Thôn Hạ", "0912345678"),
    ]
    assert [(r.row, r.reason) for r in given.refused] == [(4, RowRefusal.NAME_MISSING)]


def test_somebody_who_stands_there_twice_is_refused_once_and_namesakes_are_two() -> None:
    head: list[Cell] = ["Họ tên", "Năm sinh", "Địa chỉ", "SĐT"]
    given = read(
        of_rows(
            head,
            ["An", 1980, "Thôn 1", "0912345678"],
            ["An", 1980, "Thôn 2", "0912345678"],
            ["Bình", 1980, "Thôn 1", ""],
            ["Bình", 1980, "Thôn 2", ""],
            ["Bình", 1980, "Thôn 2", ""],
        )
    )
    assert [(r.row, r.nth) for r in given.rows] == [(2, 0), (4, 0), (5, 0)]
    assert [(r.row, r.reason) for r in given.refused] == [
        (3, RowRefusal.TWICE),
        (6, RowRefusal.TWICE),
    ]
    assert len({row.who for row in given.rows}) == 3


def test_namesakes_of_one_hamlet_are_two_unless_the_row_says_all_the_same() -> None:
    head: list[Cell] = [
        "STT",
        "Họ tên",
        "Năm sinh",
        "Giới tính",
        "Địa chỉ",
        "Nghề nghiệp",
        "Ghi chú",
    ]
    an = ["An", 1980, "Nam", "Thôn 1"]
    given = read(
        of_rows(
            head,
            [1, *an, "Làm ruộng", ""],
            [2, *an, "Thợ may", ""],
            [3, *an, "Làm ruộng", "con ông Bảy"],
            [4, *an, "Làm ruộng", ""],
        )
    )
    assert [(r.row, r.nth) for r in given.rows] == [(2, 0), (3, 1), (4, 2)]
    assert [r.warnings for r in given.rows] == [(), (RowWarning.NAMESAKE,), (RowWarning.NAMESAKE,)]
    assert len({row.who for row in given.rows}) == 3
    assert [(r.row, r.reason, r.name) for r in given.refused] == [(5, RowRefusal.TWICE, "An")]


def test_two_results_for_one_sample_are_neither_taken() -> None:
    head: list[Cell] = ["Mã mẫu bệnh phẩm", "Mã xét nghiệm", "Tình trạng mẫu", "Kết quả xét nghiệm"]
    head += ["Phương pháp xét nghiệm"]
    given = read(
        of_rows(
            head,
            ["210904VT.01001", "1", "Đạt", "Âm tính", ""],
            ["210904VT.01002", "2", "Đạt", "Âm tính", ""],
            ["210904VT.01001", "3", "Đạt", "Dương tính", ""],
            ["210904VT.01003", "4", "Không đạt", "", ""],
            ["210904VT.01004", "5", "Đạt", "", ""],
            ["210904VT.01005", "6", "Đạt", "có thể", ""],
            ["", "7", "Đạt", "Âm tính", ""],
        )
    )
    assert [(r.tube, r.result) for r in given.rows] == [
        ("210904VT.01002", ReportedResult.NEGATIVE),
        ("210904VT.01003", ReportedResult.UNFIT),
    ]
    assert [(r.row, r.reason) for r in given.refused] == [
        (2, RowRefusal.CONTRADICTED),
        (4, RowRefusal.CONTRADICTED),
        (6, RowRefusal.RESULT_MISSING),
        (7, RowRefusal.RESULT_UNREADABLE),
        (8, RowRefusal.CODE_MISSING),
    ]


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("ÂM TÍNH", "negative"), ("Dương tính", "positive"), ("KHÔNG XÁC ĐỊNH", "inconclusive"),
        ("LẤY MẪU LẠI", "resample"), ("MẪU KHÔNG ĐẠT", "unfit"), ("NGHI NGỜ", "suspected"),
        ("Không xét nghiệm", "not_tested"), ("Chưa có kết quả", "pending"),
        ("Yêu cầu lấy lại mẫu", "resample"), ("(+)", "positive"), ("(-)", "negative"),
        ("âm", "negative"), ("nghi ngờ dương tính", "suspected"),
        ("ÂM TÍNH/DƯƠNG TÍNH", None), ("không dương tính", None), ("Nam", None),
    ],
)  # fmt: skip
def test_results_are_understood_or_refused_never_guessed(written: str, means: str | None) -> None:
    head: list[Cell] = ["Họ tên", "Năm sinh", "Kết quả"]
    given = read(of_rows(head, ["An", 1980, written]))
    assert [row.result for row in given.rows] == ([means] if means else [])
    assert len(given.refused) == (means is None)


def test_the_age_of_a_dengue_patient_is_that_at_admission() -> None:
    written, who = drawn("dengue_cases", 4, 5)
    given = read(workbook(written))
    assert [row.birth_year for row in given.rows] == [one.born.year for one in who]
    assert {row.warnings for row in given.rows} == {(RowWarning.BIRTH_FROM_AGE,)}


def test_a_row_says_no_more_than_the_list() -> None:
    assert ListRow(3).told() == {"row": 3}
    assert HOMES[0][0].startswith("TỈNH")
