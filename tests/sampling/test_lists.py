"""Sampling lists: every row read right, or named with its row and reason."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from som.kernel import workbooks
from som.kernel.outcomes import Outcome, Refused
from som.people.rules import Sex
from som.sampling.lists import (
    ListFault,
    Residence,
    RowRefusal,
    UnreadableList,
    WrittenList,
    outcome_of,
    prepared,
)
from som.sampling.lists import read_list as read_list_on
from som.sampling.rules import SwabRefusal, TubeClass
from som.simulation.forms import HEADINGS, FormRow, provincial_form

FILES = Path(__file__).resolve().parents[1] / "files" / "forms"
DAY = date(2026, 11, 1)
HOME = ("TỈNH THÁI NGUYÊN", "Thành phố Thái Nguyên", "Phường Túc Duyên")
TAKEN = datetime(2026, 11, 1, 0, 0, tzinfo=UTC)
AN = FormRow("001", "Nguyễn Văn An", "1980", "Nam", "0912345678", *HOME, "Tổ 3")
BINH = replace(AN, name="Trần Thị Bình", sex="Nữ", phone="0912345679")
CUC = replace(BINH, tube="002", name="Nông Thị Cúc", phone="0912345670", subject="Sốt, ho")


def read_list(data: bytes) -> WrittenList:
    """The list as it is read on its own day."""
    return read_list_on(data, on=DAY)


def form(*rows: FormRow, calculated: bool = False) -> bytes:
    return provincial_form(
        rows,
        day=DAY,
        unit="TN",
        team="01",
        place="Nhà văn hóa",
        calculated=calculated,
        lines=12,
    )


def sheet(*rows: tuple[object, ...], name: str = "BMXN") -> bytes:
    """A bare workbook with these cells."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    page = book.add_worksheet(name)
    for number, row in enumerate(rows):
        page.write_row(number, 0, row)
    book.close()
    return target.getvalue()


def test_the_filled_list_is_read_as_its_gold_says() -> None:
    given = read_list((FILES / "filled_samples_clean.xlsx").read_bytes())
    with (FILES / "filled_samples_clean.gold.csv").open(encoding="utf-8") as lines:
        gold = list(csv.DictReader(lines))
    sizes = given.pool_sizes()
    assert given.refused == ()
    assert given.day == date(2021, 9, 4)
    assert [
        {
            "sample_code": row.tube,
            "pool_size": str(sizes[row.tube]),
            "tube": row.tube[-3:],
            "person_code": row.person_code,
            "name": row.name,
            "birth_year": str(row.birth_year),
            "sex": row.sex.value if row.sex else "",
            "phone": row.phone,
            "district": row.residence[1],
            "commune": row.residence[2],
            "address": row.address,
        }
        for row in given.rows
    ] == gold


@pytest.mark.parametrize("calculated", [False, True])
def test_codes_are_computed_whether_or_not_the_file_holds_them(calculated: bool) -> None:
    given = read_list(form(AN, BINH, CUC, calculated=calculated))
    assert given.refused == ()
    assert [(r.row, r.tube, r.person_code) for r in given.rows] == [
        (2, "261101TN.01001", "261101TN.01001.0001"),
        (3, "261101TN.01001", "261101TN.01001.0002"),
        (4, "261101TN.01002", "261101TN.01002.0003"),
    ]
    assert given.pool_sizes() == {"261101TN.01001": 2, "261101TN.01002": 1}
    assert [r.sex for r in given.rows] == [Sex.MALE, Sex.FEMALE, Sex.FEMALE]
    assert given.rows[2].tube_class is TubeClass.SYMPTOM


def test_an_empty_form_has_nobody_in_it_whatever_stands_below() -> None:
    given = read_list(form())
    assert (given.rows, given.refused, given.rows_in) == ((), (), 0)


@pytest.mark.parametrize(
    ("wrong", "column", "reason", "detail"),
    [
        (replace(BINH, name=""), "Họ và tên", RowRefusal.NAME_MISSING, ""),
        (replace(BINH, tube="x"), "Mã TT", RowRefusal.TUBE_UNREADABLE, "x"),
        (replace(BINH, birth_year="1095"), "Năm sinh", RowRefusal.BIRTH_UNREADABLE, "1095"),
        (replace(BINH, birth_year="2031"), "Năm sinh", RowRefusal.BIRTH_UNREADABLE, "2031"),
        (replace(BINH, sex="Khác"), "Giới tính", RowRefusal.SEX_UNREADABLE, "Khác"),
        (
            replace(BINH, phone="091234567"),
            "Số điện thoại",
            RowRefusal.PHONE_UNREADABLE,
            "091234567",
        ),
        (AN, "Họ và tên", RowRefusal.TWICE, ""),
    ],
)
def test_a_wrong_row_is_named_and_harms_no_other(
    wrong: FormRow, column: str, reason: RowRefusal, detail: str
) -> None:
    given = read_list(form(AN, wrong, CUC, calculated=True))
    assert [row.row for row in given.rows] == [2, 4]
    assert [(r.row, r.column, r.reason, r.detail) for r in given.refused] == [
        (3, column, reason, detail)
    ]
    assert given.rows_in == 3


def head(*, without: str = "") -> tuple[str, ...]:
    return tuple(heading for heading in HEADINGS if heading != without)


def test_cells_that_became_numbers_are_taken_for_what_they_were() -> None:
    given = read_list(
        sheet(head(), (261101, "ĐP", 1, "", "", 7, "An", 1980, "Nam", 912345678, *HOME))
    )
    [row] = given.rows
    assert (row.tube, row.phone, row.birth_year) == ("261101DP.01007", "0912345678", 1980)


def test_a_list_without_names_of_its_head_keeps_the_codes_it_has() -> None:
    whole = ("", "", "", "261101TN.01007", "", "007", "An", 1980)
    bare = ("", "", "", "", "", "008", "Bình", 1981)
    given = read_list(sheet(head(), whole, bare))
    assert [(r.row, r.tube) for r in given.rows] == [(2, "261101TN.01007")]
    assert [(r.row, r.reason) for r in given.refused] == [(3, RowRefusal.DATE_UNREADABLE)]


def test_a_code_typed_over_its_formula_is_refused() -> None:
    typed = "261101TN.01999"
    given = read_list(sheet(head(), ("261101", "TN", "01", typed, "", "001", "An", 1980)))
    assert [(r.row, r.reason, r.detail) for r in given.refused] == [
        (2, RowRefusal.CODE_DIFFERS, typed)
    ]


def test_titles_above_the_headings_and_other_columns_do_not_matter() -> None:
    rows = (("SỞ Y TẾ",), (), tuple(reversed(head())))
    person = dict.fromkeys(HEADINGS, "") | {
        "Mã ngày": "261101",
        "Mã đơn vị": "TN",
        "Mã Tổ": "01",
        "Mã TT": "001",
        "Họ và tên": "An",
    }
    given = read_list(sheet(*rows, tuple(person[heading] for heading in reversed(head()))))
    assert [(r.row, r.tube, r.name) for r in given.rows] == [(4, "261101TN.01001", "An")]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", ListFault.EMPTY),
        (b"\x00\x01\x02\x03" * 99, ListFault.NO_WORKBOOK),
        (b"%PDF-1.7\n\x00\x01\xff", ListFault.NO_WORKBOOK),
        (b"a letter\nand no list\n", ListFault.NO_HEADINGS),
        (form(AN)[:-900], ListFault.DAMAGED),
        (sheet(("Tên hàng", "Số lượng")), ListFault.NO_HEADINGS),
    ],
)
def test_what_is_no_list_is_refused_as_a_whole(data: bytes, fault: ListFault) -> None:
    with pytest.raises(UnreadableList) as refusal:
        read_list(data)
    assert refusal.value.fault is fault
    assert fault.sentence


@pytest.mark.parametrize(
    ("first", "heading", "reason"),
    [
        (("261331", "TN", "01"), "Mã ngày", RowRefusal.DATE_UNREADABLE),
        (("261101", "7", "01"), "Mã đơn vị", RowRefusal.UNIT_UNREADABLE),
        (("261101", "TN", "A"), "Mã Tổ", RowRefusal.TEAM_UNREADABLE),
    ],
)
def test_an_unreadable_head_refuses_each_person(
    first: tuple[str, ...], heading: str, reason: RowRefusal
) -> None:
    person = ("", "", "001", "An", 1980)
    given = read_list(sheet(head(), (*first, *person), ("", "", "", *person[:3], "Bình", 1981)))
    assert given.rows == ()
    assert [(r.row, r.column, r.reason) for r in given.refused] == [
        (2, heading, reason),
        (3, heading, reason),
    ]


def test_a_missing_column_is_said_and_the_rest_is_read() -> None:
    given = read_list(
        sheet(head(without="Số điện thoại"), ("261101", "TN", "01", "", "", "001", "An"))
    )
    assert "Số điện thoại" in given.missing
    assert [r.name for r in given.rows] == ["An"]


def test_a_huge_list_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    for bound in ("LARGEST_FILE", "LARGEST_UNPACKED", "MOST_CELLS"):
        monkeypatch.setattr(workbooks, bound, 100)
        with pytest.raises(UnreadableList) as refusal:
            read_list(form(AN))
        assert refusal.value.fault is ListFault.TOO_LARGE
        monkeypatch.undo()


# --- swabs of a list -----------------------------------------------------------------------------

LIVES = {HOME: Residence(7)}


def ready(given: WrittenList, secret: bytes = b"s") -> dict[str, str]:
    """Name → slip of what is to be recorded."""
    swabs = prepared(given, LIVES, taken_at=TAKEN, secret=secret).swabs
    return {row.name: swab.slip for swab, row in swabs.items()}


def test_a_row_becomes_a_swab_that_says_what_the_row_says() -> None:
    [(swab, row)] = prepared(read_list(form(CUC)), LIVES, taken_at=TAKEN, secret=b"s").swabs.items()
    assert swab.said is not None
    assert (swab.tube, swab.taken_at, swab.tube_class) == (row.tube, TAKEN, TubeClass.SYMPTOM)
    assert (swab.said.name, swab.said.birth_year, swab.said.phone, swab.said.residence) == (
        "Nông Thị Cúc",
        1980,
        "0912345670",
        7,
    )


def test_the_same_list_means_the_same_slips_and_another_person_another() -> None:
    first = ready(read_list(form(AN, BINH)))
    assert ready(read_list(form(AN, BINH, CUC))).items() >= first.items()
    assert ready(read_list(form(AN, BINH)), b"other").keys() == first.keys()
    assert not set(ready(read_list(form(AN, BINH)), b"other").values()) & set(first.values())
    changed = ready(read_list(form(replace(AN, name="Lê Văn Dũng"), BINH)))
    assert changed["Lê Văn Dũng"] not in first.values()
    assert changed["Trần Thị Bình"] == first["Trần Thị Bình"]


def test_every_row_is_accounted_for() -> None:
    divided = ("TỈNH THÁI NGUYÊN", "Thành phố Thái Nguyên", "Phường Gia Sàng")
    province, district, commune = divided
    given = read_list(
        form(
            AN,
            replace(BINH, birth_year="1095"),
            replace(CUC, province=province, district=district, commune=commune),
            replace(CUC, name="Hà", commune="Phường Không Có"),
            replace(CUC, name="Hoa", tube="003"),
        )
    )
    prep = prepared(
        given, LIVES | {divided: Residence(None, divided=True)}, taken_at=TAKEN, secret=b"s"
    )
    an, hoa = prep.swabs
    recorded = Outcome([an], [], [Refused(hoa, SwabRefusal.TUBE_CLOSED, "gone")])
    outcome = outcome_of(prep, recorded)
    assert [row.row for row in outcome.done] == [2]
    assert [(r.item.row, r.reason) for r in outcome.refused] == [
        (3, RowRefusal.BIRTH_UNREADABLE),
        (4, RowRefusal.UNIT_SPLIT),
        (5, RowRefusal.UNIT_UNKNOWN),
        (6, SwabRefusal.TUBE_CLOSED),
    ]
    assert given.rows_in == len(outcome.done) + len(outcome.unchanged) + len(outcome.refused)


@pytest.mark.parametrize("more", ["a" * 1_000_001, "," * 1_000_001, "\n" * 1_100_001])
def test_a_text_without_end_is_refused_before_it_is_read(more: str) -> None:
    with pytest.raises(UnreadableList) as refusal:
        read_list(f"Họ và tên,Năm sinh,CCCD\n{more}\n".encode())
    assert refusal.value.fault is ListFault.TOO_LARGE
