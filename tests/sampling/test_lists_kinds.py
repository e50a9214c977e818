"""Every kind of list is known by its headings, wherever they stand, and read to its last cell."""

from __future__ import annotations

import csv
import json
from datetime import date, datetime
from pathlib import Path

import pytest

from som.people.rules import Sex
from som.sampling.lists import (
    LAYOUTS,
    OWN,
    ListRow,
    Purpose,
    ReportedResult,
    RowRefusal,
    RowWarning,
    WrittenList,
    inspected,
    read_list,
    retold,
)
from tests.sampling.drawn_lists import (
    HOMES,
    KINDS,
    Cell,
    Written,
    drawn,
    paper,
    people,
    tubes,
    workbook,
)

FILES = Path(__file__).resolve().parents[1] / "files" / "forms"
ON = date(2026, 11, 22)


def read(data: bytes) -> WrittenList:
    return read_list(data, on=ON)


def of_rows(*rows: list[Cell], merged: list[tuple[int, int, int, int]] | None = None) -> bytes:
    """A workbook of these rows."""
    return workbook(Written("", list(rows[0]), list(rows[1:]), merged=merged or []))  # type: ignore[arg-type]


def gold(name: str) -> list[dict[str, str]]:
    with (FILES / name).open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    return [row for row in rows if not next(iter(row.values())).startswith("#")]


@pytest.mark.parametrize(
    ("file", "gold_file", "beside"),
    [
        ("filled_samples_clean.xlsx", "filled_samples_clean.gold.csv", ()),
        (
            "filled_results_clean.xlsx",
            "filled_results_clean.gold.csv",
            ("hcdc_tong_synthetic.xlsx", "filled_samples_clean.xlsx"),
        ),
        ("hcdc_tong_synthetic.xlsx", "hcdc_tong_synthetic.gold.csv", ()),
    ],
)
def test_the_filled_forms_are_inspected_as_their_gold_says(
    file: str, gold_file: str, beside: tuple[str, ...]
) -> None:
    others = [(name, (FILES / name).read_bytes()) for name in beside]
    seen = inspected((FILES / file).read_bytes(), file, beside=others, on=ON)
    wanted = gold(gold_file)
    rows = json.loads(json.dumps(seen))["rows"]
    assert [{key: row[key] for key in wanted[0]} for row in rows] == wanted
    first = seen["heading_row"]
    assert [row["row"] for row in rows] == [first + 1 + at for at in range(len(wanted))]  # type: ignore[operator]
    assert seen["refused"] == []


def test_the_city_counts_people_by_its_own_rule() -> None:
    seen = inspected((FILES / "hcdc_tong_synthetic.xlsx").read_bytes(), on=ON)
    assert seen["counted"] == {"tested": 191, "positive": 1}


def test_without_the_sampling_list_nobody_knows_how_many_a_result_is_of() -> None:
    seen = inspected((FILES / "filled_results_clean.xlsx").read_bytes(), on=ON)
    rows = json.loads(json.dumps(seen))["rows"]
    assert {row["people"] for row in rows} == {""}


@pytest.mark.parametrize(
    ("file", "kind", "columns"),
    [
        ("blank_TTBP011121.xlsx", "thai_binh_bmxn", 41),
        ("blank_KQXN011121.xlsx", "thai_binh_kqxn", 11),
        ("blank_export_temp.xlsx", "thai_binh_export", 43),
        ("blank_BMG011121.docx", "thai_binh_bmg", 12),
    ],
)
def test_the_genuine_empty_forms_are_known_and_hold_nobody(
    file: str, kind: str, columns: int
) -> None:
    given = read((FILES / file).read_bytes())
    assert (given.kind, len(given.columns), given.rows, given.refused) == (kind, columns, (), ())


def test_every_kind_is_drawn_here() -> None:
    kinds = {drawn(kind, 1, 2)[0].kind for kind in KINDS} | {"thai_binh_bmg", "som_results"}
    assert kinds == {layout.kind for layout in (*LAYOUTS, *OWN)}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_clean_list_of_each_kind_is_read_whole(kind: str) -> None:
    written, who = drawn(kind, 7, 20)
    given = read(workbook(written))
    assert (given.kind, given.refused) == (written.kind, ())
    assert given.heading_row == written.first - 1
    assert [row.row for row in given.rows] == [written.first + n for n in range(len(written.rows))]
    assert all(retold(json.loads(json.dumps(row.told()))) == row for row in given.rows)
    if kind in ("hcdc_tong", "thai_binh_kqxn"):
        return
    for row, one in zip(given.rows, who, strict=True):
        assert (row.name, row.birth_year) == (one.name, one.born.year)
        assert row.sex is (Sex.MALE if one.sex == "Nam" else Sex.FEMALE)
        assert row.phone == (one.phone if "phone" in given.columns else "")
        assert row.number == (one.number if "number" in given.columns else "")
        if kind not in ("dengue_cases", "quarantine_arrivals", "hospital_rapid_test_import"):
            assert row.residence == one.home
        if given.purpose is Purpose.RESULTS:
            positive = row.result is ReportedResult.POSITIVE
            assert positive == (one.result == "Dương tính")


def test_results_name_their_samples_and_values() -> None:
    written, who = drawn("thai_binh_kqxn", 3, 30)
    given = read(workbook(written))
    assert [row.tube for row in given.rows] == [f"210904VT.01{n + 1:03d}" for n in range(30)]
    assert [row.ct for row in given.rows] == [one.ct for one in who]
    assert given.rows[0].tested_on == date(2021, 9, 4)


def test_a_pool_of_the_city_is_one_row_with_everybody() -> None:
    written, who = drawn("hcdc_tong", 3, 30)
    given = read(workbook(written))
    assert sum(row.pool_size or 0 for row in given.rows) == len(who)
    pool = next(row for row in given.rows if row.pooled)
    assert pool.names == tuple(one.name for one in who if one.name in pool.names)[: len(pool.names)]
    assert pool.residence[1] == "Thành phố Thủ Đức"  # "QUẬN 9" until 2020
    assert pool.taken_at == datetime(2021, 9, 4, 7, 30)


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("QUẬN 2", "Thành phố Thủ Đức"), ("Q.Thủ Đức", "Thành phố Thủ Đức"),
        ("TP THỦ ĐỨC", "Thành phố Thủ Đức"), ("QUẬN 01", "Quận 1"), ("Q1", "Quận 1"),
        ("Q. 12", "Quận 12"), ("BÌNH TÂN", "Quận Bình Tân"), ("huyện hóc môn", "Huyện Hóc Môn"),
        ("H. Củ Chi", "Huyện Củ Chi"), ("Quận Nào Đó", "Quận Nào Đó"),
    ],
)  # fmt: skip
def test_districts_of_the_city_are_named_as_today(written: str, means: str) -> None:
    head: list[Cell] = [
        "Họ và tên", "Năm sinh", "Giới tính", "Tỉnh/Thành", "Quận/Huyện", "Loại mẫu", "Mã XN",
        "Lý do XN", "Kỹ thuật XN", "Nơi lấy mẫu", "Thời gian lấy mẫu", "Thời gian kết quả",
        "Kết quả", "Đơn vị xét nghiệm",
    ]  # fmt: skip
    row: list[Cell] = [
        "An",
        1990,
        "NAM",
        "TP. HCM",
        written,
        "MẪU ĐƠN",
        "X1",
        "",
        "PCR",
        "",
        "",
        "",
        "ÂM TÍNH",
        "",
    ]
    [found] = read(of_rows(head, row)).rows
    assert found.residence[1] == means


def test_the_paper_list_is_read_from_word_with_the_tube_on_the_first_row_of_a_pool() -> None:
    who = people(3, 9)
    given = read(paper(who, 3))
    assert (given.kind, given.day, given.unit, given.team) == (
        "thai_binh_bmg", date(2021, 9, 4), "VT", "01",
    )  # fmt: skip
    places = tubes(9, 3)
    assert [row.tube for row in given.rows] == [f"210904VT.01{n:03d}" for n in places]
    assert [row.pool_size for row in given.rows] == [places.count(n) for n in places]
    assert [row.name for row in given.rows] == [one.name for one in who]
    assert {row.place for row in given.rows} == {"Nhà văn hóa"}
    assert given.refused == ()


def test_a_paper_list_without_its_day_refuses_each_person() -> None:
    given = read(paper(people(3, 4), 3, code="______"))
    assert given.rows == ()
    assert {one.reason for one in given.refused} == {RowRefusal.DATE_UNREADABLE}
    assert len(given.refused) == 4


# --- headings ------------------------------------------------------------------------------------


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


# --- cells ---------------------------------------------------------------------------------------


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
