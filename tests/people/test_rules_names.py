"""Names as written, newborns, and the order of Vietnamese lists."""

from __future__ import annotations

import random
import unicodedata

import pytest

from som.people.rules import (
    is_name,
    is_newborn_name,
    name_sort_key,
    parent_in,
    tidy_name,
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Nguyễn Văn A", "Nguyễn Văn A"),
        ("  Nguyễn \u00a0 Văn\tA ", "Nguyễn Văn A"),
        (unicodedata.normalize("NFD", "Nguyễn Văn Ạ"), "Nguyễn Văn Ạ"),
        ("NGUYỄN VĂN A", "NGUYỄN VĂN A"),
        ("\ufeffLò\u200b Thị  D", "Lò Thị D"),
        ("1. Nguyễn Văn A", "Nguyễn Văn A"),
        ("12) Nguyễn Văn A", "Nguyễn Văn A"),
        ("- Nguyễn Văn A", "Nguyễn Văn A"),
        ("'Nguyễn Văn A", "Nguyễn Văn A"),
        ('"Nguyễn Văn A"', "Nguyễn Văn A"),
        ("Nguyễn Văn A,", "Nguyễn Văn A"),
        ("Lê Văn Chí.", "Lê Văn Chí"),
        ("Lê Văn C.", "Lê Văn C."),
        ("Ng. T. Hoa", "Ng. T. Hoa"),
        ("PHẠM T.NH", "PHẠM T.NH"),
        ("Y'Đức Niê", "Y'Đức Niê"),
        ("Jean-Luc O'Brien", "Jean-Luc O'Brien"),
        ("Nguyễn Văn G (Tý)", "Nguyễn Văn G (Tý)"),
        ("Ơ", "Ơ"),
        ("-", ""),
        (" . ", ""),
        ("", ""),
    ],
)
def test_names_are_tidied_and_kept_as_written(text: str, name: str) -> None:
    assert tidy_name(text) == name
    assert tidy_name(name) == name


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("A", True),
        ("Ơ", True),
        ("Nguyễn Văn An", True),
        ("Nguye64n Va8n An", True),  # typed with digits for tones
        ("Nguyễn Văn G (Tý)", True),
        ("陈伟", True),
        ("ສົມຈິດ", True),
        ("0912345678", False),
        ("Nguyễn Văn A 0912345678", False),
        ("Nguy?n V?n A", False),
        ("Nguy\ufffdn", False),
        ("a@b.c", False),
        ("<script>", False),
        ("=1+1", False),
        ("…", False),
        ("x" * 121, False),
        ("", False),
    ],
)
def test_what_can_be_a_name(name: str, good: bool) -> None:
    assert is_name(name) is good


@pytest.mark.parametrize(
    ("name", "parent"),
    [
        ("Con bà Nguyễn Thị X", "Nguyễn Thị X"),
        ("CON BÀ NGUYỄN THỊ X", "NGUYỄN THỊ X"),
        ("con ba nguyen thi x", "nguyen thi x"),
        ("Con chị Lò Thị Mai", "Lò Thị Mai"),
        ("Con của bà Lò Thị Mai", "Lò Thị Mai"),
        ("Con bà: Lò Thị Mai", "Lò Thị Mai"),
        ("Con sản phụ Đinh Thị K", "Đinh Thị K"),
        ("Con sp Đinh Thị K", "Đinh Thị K"),
        ("Con thứ 2 của bà Đinh Thị K", "Đinh Thị K"),
        ("Con 1 bà Lý Thị L", "Lý Thị L"),
        ("Con gái bà Lý Thị L", "Lý Thị L"),
        ("Con bà Ông Thị M", "Ông Thị M"),
        ("Con Nguyễn Thị G", "Nguyễn Thị G"),
        ("CB Nguyễn Thị Hoa", "Nguyễn Thị Hoa"),
        ("CB. Trần Thị B", "Trần Thị B"),
        ("CB1 Đinh Thị K", "Đinh Thị K"),
        ("C/b Lê Thị C", "Lê Thị C"),
        ("C.B. Lò Thị D", "Lò Thị D"),
        ("Bé trai con bà Vàng Thị E", "Vàng Thị E"),
        ("Bé gái con chị Giàng Thị Mỷ", "Giàng Thị Mỷ"),
        ("Bé của chị Lò Thị N", "Lò Thị N"),
        ("Cháu bé con chị Lò Thị N", "Lò Thị N"),
        ("Trẻ sơ sinh con bà Hà Thị F", "Hà Thị F"),
        ("Sơ sinh con Hà Thị F", "Hà Thị F"),
        ("Bé trai (mẹ Đinh Thị K)", "Đinh Thị K"),
        ("Con bà", ""),
        ("Bé trai", ""),
        ("Bé gái 2", ""),
        ("Trẻ sơ sinh", ""),
        ("Chưa đặt tên", ""),
        ("Con ông Nguyễn Văn H", "Nguyễn Văn H"),
    ],
)
def test_newborns_are_called_after_their_parent(name: str, parent: str) -> None:
    assert is_newborn_name(name)
    assert is_newborn_name(unicodedata.normalize("NFD", name))
    assert parent_in(name) == parent


def test_a_father_is_a_parent_and_no_mother() -> None:
    assert parent_in("Con ông Nguyễn Văn H") == "Nguyễn Văn H"
    assert parent_in("Con Nguyễn Văn H") == "Nguyễn Văn H"
    assert parent_in("Con bà Lò Thị N") == "Lò Thị N"
    assert parent_in("Lò Thị N") == ""


@pytest.mark.parametrize(
    "name",
    [
        "Bế Văn Đàn", "Bế Trai", "Lò Thị Bé", "Bé", "Bé Ba", "Châu Con", "Nguyễn Văn Con", "Y Con",
        "Con", "Côn Thị Sơn", "A", "Ơ", "C B", "Nam", "Nam Cao", "Hải Nam", "Em", "Gái", "Hai Văn Nam",
        "Hà Bé Gái", "So Thị Sinh", "Cơ Bình", "Nguyễn Thị Chị", "Bà Thị Con", "",
    ],
)  # fmt: skip
def test_names_that_only_look_so_are_names(name: str) -> None:
    assert not is_newborn_name(name)
    assert parent_in(name) == ""


def test_lists_are_sorted_the_vietnamese_way() -> None:
    right = [
        "",
        "Lê An",
        "Nguyễn Văn An",
        "Trần Thị Ảnh",
        "Lê Thị Ánh",
        "Bùi Ăn",
        "Nguyễn Văn Ân",
        "Đỗ Văn Dũng",
        "Đỗ Văn Đức",
        "Hà",
        "Bùi Hà",
        "Lê Hà",
        "Lê Thị Hà",
        "Hả",
        "Hạ",
        "Trần Văn Sơn",
        "Y",
    ]
    drawn = right[:]
    random.Random(3).shuffle(drawn)
    assert sorted(drawn, key=name_sort_key) == right


def test_case_and_composition_do_not_change_the_order() -> None:
    assert name_sort_key("LÊ THỊ ÁNH")[:2] == name_sort_key("Lê Thị Ánh")[:2]
    decomposed = unicodedata.normalize("NFD", "Lê Thị Ánh")
    assert name_sort_key(decomposed)[:2] == name_sort_key("Lê Thị Ánh")[:2]
