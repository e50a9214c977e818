"""What written addresses mean among a few units of a drawn country; no database."""

from __future__ import annotations

from datetime import date

import pytest

from som.places import rules
from som.places.rules import AddressReason, Kind, Level, Path

ON, BEFORE, AFTER = date(2021, 11, 1), date(2020, 12, 31), date(2025, 7, 1)
BEGAN = date(1900, 1, 1)
MIDDLE_ENDS = date(2025, 6, 30)

# id: kind, name, parent, first day, last day. Two provinces before 2025; one commune of each tier's
# trouble: a name in two districts, a district and a commune of one name, names without their tones.
DRAWN: dict[int, tuple[Kind, str, int | None, date, date | None]] = {
    1: (Kind.PROVINCE, "Sông Lam", None, BEGAN, MIDDLE_ENDS),
    2: (Kind.CITY, "Núi Hồng", None, BEGAN, None),
    10: (Kind.RURAL_DISTRICT, "Đông Hưng", 1, BEGAN, MIDDLE_ENDS),
    11: (Kind.CITY, "Sông Lam", 1, BEGAN, MIDDLE_ENDS),
    12: (Kind.TOWN, "Krông Pắc", 1, BEGAN, BEFORE),
    13: (Kind.CITY, "Krông Pắc", 1, date(2021, 1, 1), MIDDLE_ENDS),
    20: (Kind.URBAN_DISTRICT, "5", 2, BEGAN, MIDDLE_ENDS),
    100: (Kind.COMMUNE, "Bách Thuận", 10, BEGAN, MIDDLE_ENDS),
    101: (Kind.TOWNSHIP, "Đông Hưng", 10, BEGAN, MIDDLE_ENDS),
    102: (Kind.COMMUNE, "Tân Lập", 10, BEGAN, MIDDLE_ENDS),
    103: (Kind.COMMUNE, "Bản Giang", 10, BEGAN, MIDDLE_ENDS),
    110: (Kind.WARD, "Tân Lập", 11, BEGAN, MIDDLE_ENDS),
    111: (Kind.WARD, "Quang Trung", 11, BEGAN, MIDDLE_ENDS),
    112: (Kind.WARD, "III", 11, BEGAN, MIDDLE_ENDS),
    120: (Kind.TOWNSHIP, "NT Mộc Sơn", 13, BEGAN, MIDDLE_ENDS),
    121: (Kind.COMMUNE, "Ea H'Leo", 13, BEGAN, MIDDLE_ENDS),
    122: (Kind.COMMUNE, "Thanh An", 13, BEGAN, MIDDLE_ENDS),
    123: (Kind.COMMUNE, "Thạnh An", 13, BEGAN, MIDDLE_ENDS),
    200: (Kind.WARD, "14", 20, BEGAN, MIDDLE_ENDS),
    300: (Kind.COMMUNE, "Đông Hưng", 2, AFTER, None),
}


def paths_of(unit: int) -> tuple[Path, ...]:
    _, _, parent, since, until = DRAWN[unit]
    if parent is None:
        return (Path(unit, None, None, since, until),)
    above = DRAWN[parent][2]
    if above is None and until == MIDDLE_ENDS and unit < 100:
        return (Path(parent, unit, None, since, until),)
    if above is None:
        return (Path(parent, None, unit, since, until),)
    found = [Path(above, parent, unit, max(since, DRAWN[parent][3]), DRAWN[parent][4])]
    if parent == 13:
        found.append(Path(above, 12, unit, BEGAN, BEFORE))
    return tuple(found)


def level_of(unit: int) -> Level:
    return Level.PROVINCE if unit < 10 else Level.DISTRICT if unit < 100 else Level.COMMUNE


REGISTER = rules.Register(
    rules.NamedUnit(
        unit, level_of(unit), kind, rules.written(name), rules.looks(name), paths_of(unit)
    )
    for unit, (kind, name, *_) in DRAWN.items()
)


def meaning(text: str | tuple[str, str, str], within: frozenset[int] = frozenset()) -> rules.Meant:
    cut = rules.reading(text) if isinstance(text, str) else rules.column_reading(*text)
    return rules.address_meaning(cut, REGISTER, ON, within)


@pytest.mark.parametrize(
    ("text", "unit", "rest"),
    [
        ("Thôn Đoài, Xã Bách Thuận, Huyện Đông Hưng, Tỉnh Sông Lam", 100, "Thôn Đoài"),
        ("Thon Doai - X. Bach Thuan - H. Dong Hung - T. Song Lam", 100, "Thon Doai"),
        ("BÁCH THUẬN, ĐÔNG HƯNG, SÔNG LAM", 100, ""),
        ("xã Bách Thuận huyện Đông Hưng tỉnh Sông Lam", 100, ""),
        ("Thôn Đoài Bách Thuận Đông Hưng Sông Lam", 100, "Thôn Đoài"),
        ("x bach thuan h dong hung t song lam", 100, ""),
        ("Xã: Bách Thuận; Huyện: Đông Hưng; Tỉnh: Sông Lam; Việt Nam", 100, ""),
        ("Tỉnh Sông Lam, Huyện Đông Hưng, Xã Bách Thuận, Thôn Đoài", 100, "Thôn Đoài"),
        ("Đ/c: Tổ 5 Bách Thuận,, Đông Hưng, - Sông Lam", 100, "Tổ 5"),
        ("Xã Bách Thuận (Đông Hưng, Sông Lam)", 100, ""),
        ("Xã Bách Thuận, Huyện Đông Hưng, Xã Bách Thuận, Huyện Đông Hưng, Sông Lam", 100, ""),
        ("Bản Giang, Bản Giang, Đông Hưng, Sông Lam", 103, ""),
        ("TT Đông Hưng, Đông Hưng", 101, ""),
        ("Thị trấn Đông Hưng", 101, ""),
        ("Đông Hưng, Sông Lam", 10, ""),
        ("Sông Lam, Sông Lam", 11, ""),
        ("Sông Lam", 1, ""),
        ("Tp. Sông Lam", 11, ""),
        ("P. Tân Lập, Sông Lam", 110, ""),
        ("Tân Lập, TP Sông Lam, Sông Lam", 110, ""),
        ("12/3 Lê Lợi P14 Q5 Núi Hồng", 200, "12/3 Lê Lợi"),
        ("Phường 014, Quận 05, TP. Núi Hồng, 700000", 200, ""),
        ("F.14 Q.5", 200, ""),
        ("Phường 3, TP Sông Lam", 112, ""),
        ("Thị trấn Nông trường Mộc Sơn, Krông Pắk, Sông Lam", 120, ""),
        ("Xã Ea Hleo, Tp Krông Pắc, Sông Lam", 121, ""),
        ("Xã Ea H' leo, Tp Krông Păc, Sông Lam", 121, ""),
        ("Xã Thạnh An, Tp Krông Pắc, Sông Lam", 123, ""),
        ("Số 5 ngõ 7, Đông Hưng, Sông Lam", 10, "Số 5 ngõ 7"),
        ("12 Quang Trung, Sông Lam, Sông Lam", 11, "12 Quang Trung"),
        ("Thôn Quan Nhân, Bách Thuận, Đông Hưng, Sông Lam", 100, "Thôn Quan Nhân"),
    ],
)
def test_a_text_means_a_unit(text: str, unit: int, rest: str) -> None:
    meant = meaning(text)
    assert (meant.unit_id, meant.rest, meant.as_of, meant.reason) == (unit, rest, ON, "")


@pytest.mark.parametrize(
    ("columns", "unit"),
    [
        (("Sông Lam", "Đông Hưng", "Bách Thuận"), 100),
        (("TP Núi Hồng", "5", "14"), 200),
        (("Sông Lam", "", "Xã Bách Thuận"), 100),
        (("Sông Lam", "Huyện Đông Hưng", ""), 10),
        (("Sông Lam", "Huyện Đông Hưng", "Thôn Đoài, xã Bách Thuận"), 100),
        (("Sông Lam", "Huyện Đông Hưng, Sông Lam", "Bách Thuận"), 100),
        (("Sông Lam", "", "Đông Hưng"), 101),
    ],
)
def test_columns_name_units_of_their_own_tier(columns: tuple[str, str, str], unit: int) -> None:
    assert meaning(columns).unit_id == unit


@pytest.mark.parametrize(
    ("text", "reason", "candidates", "known"),
    [
        ("", AddressReason.EMPTY, (), None),
        (" ,;- Việt Nam", AddressReason.EMPTY, (), None),
        ("Trung Quốc", AddressReason.UNKNOWN, (), None),
        ("Xã Không Có, Huyện Đông Hưng, Sông Lam", AddressReason.UNKNOWN, (), 10),
        ("Thôn Đoài, Xã Không Có, Đông Hưng, Sông Lam", AddressReason.UNKNOWN, (), 10),
        ("Không Có, Đông Hưng, Sông Lam", AddressReason.UNKNOWN, (), 10),
        ("Huyện Không Có, Sông Lam", AddressReason.UNKNOWN, (), 1),
        # The commune lies in another district, or is of another kind.
        ("Xã Bách Thuận, TP Sông Lam, Sông Lam", AddressReason.CONTRADICTORY, (100,), 1),
        ("Phường Bách Thuận, Đông Hưng, Sông Lam", AddressReason.CONTRADICTORY, (100,), 10),
        ("Xã Bách Thuận, Huyện Đông Hưng, TP Núi Hồng", AddressReason.CONTRADICTORY, (100,), None),
        ("Tân Lập, Sông Lam", AddressReason.AMBIGUOUS, (102, 110), 1),
        ("Tân Lập", AddressReason.AMBIGUOUS, (102, 110), 1),
        ("Bách Thuận", AddressReason.AMBIGUOUS, (100,), None),
        ("xa thanh an, song lam", AddressReason.AMBIGUOUS, (122, 123), 13),
        # The street or the ward: a house number stands right before it.
        ("Số 12, Quang Trung, TP Sông Lam", AddressReason.AMBIGUOUS, (111,), 11),
        ("P. Quang Trung, Phường Tân Lập, TP Sông Lam", AddressReason.CONTRADICTORY, None, None),
        ("Phường 1 - 4 - Quận 5", AddressReason.UNKNOWN, (), 20),
    ],
)
def test_what_is_not_clear_is_said(
    text: str, reason: AddressReason, candidates: tuple[int, ...] | None, known: int | None
) -> None:
    meant = meaning(text)
    assert (meant.unit_id, meant.reason) == (None, reason)
    assert meant.known_id == known
    if candidates is not None:
        assert meant.candidates == candidates


def test_the_names_of_another_day_are_taken_when_those_of_the_day_do_not_fit() -> None:
    former = meaning("Xã Ea H'Leo, Thị xã Krông Pắc, Sông Lam")
    assert (former.unit_id, former.as_of) == (121, BEFORE)
    later = meaning("Xã Đông Hưng, Núi Hồng")
    assert (later.unit_id, later.as_of) == (300, AFTER)


def test_a_list_made_in_one_province_means_its_own_units() -> None:
    within = frozenset({1, 10, 11, 13, *range(100, 124)})
    assert meaning("Bách Thuận", within).unit_id == 100
    assert meaning("Xã Tân Lập", within).unit_id == 102
    assert meaning("Đông Hưng", within).unit_id == 10
    assert meaning("Phường 14, Quận 5", within).unit_id == 200


@pytest.mark.parametrize(
    "text",
    [
        "Sông Lam, " * 4000,
        "Tân Lập " * 3000,
        "\x00\ud800\U0001f600, Xã 💉, ١٢٣",
        "'" * 5000,
        "P" * 3000 + "1" * 3000,
        "ngõ " * 500 + "1/2/3/4",
        "T. T. T. T. X. H. P. Q.",
        "e\u0301\u0323" * 4000,
    ],
)
def test_no_text_is_too_odd(text: str) -> None:
    meaning(text)
    meaning((text, text, text))


def test_hamlets_look_alike_however_written() -> None:
    assert rules.hamlet_keys("Ấp Phú Thuận") == rules.hamlet_keys("PHU THUAN")
    assert rules.hamlet_keys("Tổ 3, Khu phố 2") == {"to3", "cp2"}
    assert rules.hamlet_keys("KP 2") == {"cp2"}
    assert rules.hamlet_keys("Ấp 2") != rules.hamlet_keys("Khóm 2")


def test_a_hamlet_is_one_however_written_and_stands_by_its_number() -> None:
    written = ["số 4, xóm 09", "Xom 9", "XÓM 9"]
    assert {rules.hamlet_key(one) for one in written} == {"xom 9"}
    assert [rules.hamlet_named(one) for one in ("kp 3", "tổ 2, KP 3")] == ["KP 3", "Tổ 2"]
    names = ["", "Xóm 10", "Thôn Đông", "xóm 9", "xom 09"]
    assert sorted(names, key=rules.hamlet_order) == ["Thôn Đông", "xóm 9", "xom 09", "Xóm 10", ""]
    assert rules.hamlet_key("12 Lê Lợi") == ""


def test_names_mistyped_by_a_sign_are_near() -> None:
    units = [(1, "bach thuan"), (2, "bach thuy"), (3, "tan lap")]
    assert rules.nearly(rules.looks("bach thuam"), units) == {1}
    assert rules.nearly(rules.looks("tan lop"), units) == {3}
    assert rules.nearly(rules.looks("xuan thuy"), units) == set()
