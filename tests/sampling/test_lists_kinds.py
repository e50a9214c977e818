"""Every kind of list is known by its headings, wherever they stand, and read to its last cell."""

from __future__ import annotations

import csv
import json
from datetime import date, datetime
from pathlib import Path

import pytest

from som.people.rules import Sex
from som.sampling.lists import LAYOUTS, OWN, Purpose, ReportedResult, RowRefusal, inspected, retold
from tests.sampling.drawn_lists import KINDS, drawn
from tests.sampling.drawn_people import people, tubes
from tests.sampling.written_lists import ON, Cell, of_rows, paper, read, workbook

FILES = Path(__file__).resolve().parents[1] / "files" / "forms"


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
    others = [(FILES / name).read_bytes() for name in beside]
    seen = inspected((FILES / file).read_bytes(), beside=others, on=ON)
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
