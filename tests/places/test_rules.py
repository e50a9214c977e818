"""Names as people write them, lineage, coverage, and what is refused."""

from __future__ import annotations

from datetime import date
from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from som.kernel.outcomes import Refusal
from som.places import queries, rules
from som.places.rules import (
    BEGINNING,
    Kind,
    LaboratoryRight,
    Level,
    Organisation,
    PendingChange,
    Population,
    Site,
    Unit,
)

JUNE, JULY = date(2025, 6, 30), date(2025, 7, 1)


def unit(
    code: str,
    name: str = "Xã A",
    *,
    level: Level = Level.COMMUNE,
    parent: str = "",
    first: date = BEGINNING,
    last: date | None = None,
    after: str = "",
) -> Unit:
    kind = {Level.PROVINCE: Kind.PROVINCE, Level.DISTRICT: Kind.RURAL_DISTRICT}.get(
        level, Kind.COMMUNE
    )
    return Unit(code, name, kind, level, parent, first, last, tuple(after.split()))


# Names


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        ("Huyện Vũ Thư", "Huyện Vũ Thư", Kind.RURAL_DISTRICT),
        ("VŨ THƯ", "Huyện Vũ Thư", Kind.RURAL_DISTRICT),
        ("  huyện   vũ thư ", "Huyện Vũ Thư", Kind.RURAL_DISTRICT),
        ("H. Vũ Thư", "Huyện Vũ Thư", Kind.RURAL_DISTRICT),
        ("Xã Bách Thuận", "Xã Bách Thuận", Kind.COMMUNE),
        ("THÁI NGUYÊN", "Tỉnh Thái Nguyên", Kind.PROVINCE),
        ("Tỉnh Thái Nguyên", "Tỉnh Thái Nguyên", Kind.PROVINCE),
        ("TP. Hồ Chí Minh", "Thành phố Hồ Chí Minh", Kind.CITY),
        ("TP Hồ Chí Minh", "Thành phố Hồ Chí Minh", Kind.CITY),
        ("Q1", "Quận 1", Kind.URBAN_DISTRICT),
        ("Phường 01", "Phường 1", Kind.WARD),
        ("Quan Hóa", "Huyện Quan Hoá", Kind.RURAL_DISTRICT),
        ("Ba\u0300 Ri\u0323a Vu\u0303ng Ta\u0300u", "Tỉnh Bà Rịa - Vũng Tàu", Kind.PROVINCE),
        ("Ea H\u2019leo", "Huyện Ea H'leo", Kind.RURAL_DISTRICT),
    ],
)
def test_a_written_name_means_the_unit(text: str, name: str, kind: Kind) -> None:
    assert rules.means(text, kind, rules.written(rules.bare_name(name, kind)))


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        ("Xã Vũ Thư", "Huyện Vũ Thư", Kind.RURAL_DISTRICT),
        ("Vu Thu", "Huyện Vũ Thư", Kind.RURAL_DISTRICT),
        ("Vũ Thú", "Huyện Vũ Thư", Kind.RURAL_DISTRICT),
        ("", "Huyện Vũ Thư", Kind.RURAL_DISTRICT),
        ("Phường 11", "Phường 1", Kind.WARD),
    ],
)
def test_another_kind_or_tone_is_another_name(text: str, name: str, kind: Kind) -> None:
    assert not rules.means(text, kind, rules.written(rules.bare_name(name, kind)))


@given(st.text(max_size=30))
def test_one_spelling_is_final(text: str) -> None:
    assert rules.written(rules.written(text)) == rules.written(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("TP.HCM", ["thanh", "pho", "ho", "chi", "minh"]),
        ("q1", ["q", "1"]),
        ("Bách Thuận, Vũ Thư", ["bach", "thuan", "vu", "thu"]),
        ("Ea H'leo", ["ea", "hleo"]),
        ("100%_\\", ["100"]),
        ("", []),
    ],
)
def test_words_of_a_search(text: str, words: list[str]) -> None:
    assert rules.search_words(text) == words


# Lineage and coverage


def covered(family: rules.Family, unit_id: int) -> set[int]:
    return {other for one, other in family.coverage if one == unit_id}


PROVINCE_OLD, DISTRICT, WHOLE, SPLIT, LOST, PROVINCE_NEW, FIRST, SECOND = range(1, 9)
REFORM = {
    PROVINCE_OLD: unit("02", "Tỉnh Cũ", level=Level.PROVINCE, last=JUNE, after="08"),
    DISTRICT: unit("020", "Huyện H", level=Level.DISTRICT, parent="02", last=JUNE, after="B1 B2"),
    WHOLE: unit("B1", "Xã Nguyên", parent="020", last=JUNE, after="B1"),
    SPLIT: unit("B3", "Xã Chia", parent="020", last=JUNE, after="B1 B2"),
    LOST: unit("B4", "Xã Mất", parent="020", last=date(2024, 12, 31)),
    PROVINCE_NEW: unit("08", "Tỉnh Mới", level=Level.PROVINCE, first=JULY),
    FIRST: unit("B1", "Xã Một", parent="08", first=JULY),
    SECOND: unit("B2", "Xã Hai", parent="08", first=JULY),
}


def test_a_code_means_a_successor_only_on_its_day() -> None:
    family = rules.family(REFORM)
    assert family.lineage == {
        (PROVINCE_OLD, PROVINCE_NEW): False,
        (DISTRICT, FIRST): True,
        (DISTRICT, SECOND): True,
        (WHOLE, FIRST): False,
        (SPLIT, FIRST): True,
        (SPLIT, SECOND): True,
    }
    assert family.parents[WHOLE] == DISTRICT
    assert family.parents[FIRST] == PROVINCE_NEW
    assert family.search_keys[WHOLE] == " xa nguyen huyen h tinh cu"


def test_a_split_commune_is_covered_by_the_province_and_not_by_the_communes() -> None:
    family = rules.family(REFORM)
    assert covered(family, FIRST) == {FIRST, WHOLE}
    assert covered(family, SECOND) == {SECOND}
    assert covered(family, PROVINCE_NEW) == set(REFORM)
    assert covered(family, PROVINCE_OLD) == {PROVINCE_OLD, DISTRICT, WHOLE, SPLIT, LOST}


def test_a_unit_under_a_renamed_parent_is_covered_under_both_names() -> None:
    units = {
        1: unit(
            "75",
            "Tỉnh Đồng Nai",
            level=Level.PROVINCE,
            first=JULY,
            last=date(2026, 4, 29),
            after="75",
        ),
        2: unit("75", "Thành phố Đồng Nai", level=Level.PROVINCE, first=date(2026, 4, 30)),
        3: unit("C", parent="75", first=JULY),
    }
    family = rules.family(units)
    assert family.parents == {3: 2}
    assert covered(family, 1) == {1, 3}
    assert covered(family, 2) == {1, 2, 3}


def slow_coverage(units: dict[int, Unit]) -> set[tuple[int, int]]:
    """Start from the unit itself and look over all pairs again until nothing is added."""

    def successors(old: Unit) -> list[int]:
        return [
            number
            for number, new in units.items()
            if old.valid_to is not None
            and new.code in old.successor_codes
            and new.valid_from.toordinal() <= old.valid_to.toordinal() + 1
            and (new.valid_to is None or new.valid_to > old.valid_to)
        ]

    pairs = {(number, number) for number in units}
    while True:
        more = {
            (one, other)
            for one, other in product(units, units)
            if any(
                (one, middle) in pairs
                and units[other].parent_code == units[middle].code
                and units[other].overlaps(units[middle])
                for middle in units
            )
            or (
                units[other].successor_codes
                and len(successors(units[other])) == len(units[other].successor_codes)
                and all((one, number) in pairs for number in successors(units[other]))
            )
        }
        if more <= pairs:
            return pairs
        pairs |= more


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["P1", "P2", "P3"]),
            st.lists(st.sampled_from(["C1", "C2", "C3"]), max_size=3, unique=True),
            st.sampled_from(["P1", "P2"]),
        ),
        min_size=3,
        max_size=3,
    )
)
def test_coverage_agrees_with_the_slow_way(drawn: list[tuple[str, list[str], str]]) -> None:
    units = [
        unit(code, level=Level.PROVINCE, last=JUNE, after=after)
        for code, after in (("P1", "P1"), ("P2", "P1 P2"), ("P3", "P2"))
    ]
    units += [unit(code, level=Level.PROVINCE, first=JULY) for code in ("P1", "P2")]
    for number, (old_parent, after, new_parent) in enumerate(drawn, start=1):
        units.append(unit(f"C{number}", parent=old_parent, last=JUNE, after=" ".join(after)))
        units.append(unit(f"C{number}", parent=new_parent, first=JULY))
    numbered = dict(enumerate(units))
    assert rules.family(numbered).coverage == slow_coverage(numbered)


def test_what_cannot_be_carried_is_said() -> None:
    found = rules.reaggregated({1: 30.0, 2: 50.0, 3: 20.0}, {1: 9, 2: 9, 3: None})
    assert found == rules.Reaggregated({9: 80.0}, {3: 20.0}, 0.2)
    assert rules.reaggregated({}, {}).unconverted == 0


# Judgements


def refusals(outcome: object) -> list[Refusal]:
    return [refused.reason for refused in outcome.refused]  # type: ignore[attr-defined]


def test_units_are_new_mended_unchanged_or_refused() -> None:
    held = {u.key: u for u in [unit("A"), unit("B")]}
    ended = unit("A", last=JUNE, after="A")
    begun = unit("A", "Xã Mới", first=JULY)
    wrong = unit("B", "Xã Khác", first=JULY)
    backwards = unit("C", first=JULY, last=JUNE)
    nameless = unit("D", "")
    given_units = [begun, wrong, ended, backwards, nameless, unit("B"), unit("E")]
    for order in permutations(given_units, len(given_units)):
        outcome = rules.judge_units(order, held)
        assert set(outcome.done) == {ended, begun, unit("E")}
        assert outcome.unchanged == [unit("B")]
        assert {(r.item, r.reason) for r in outcome.refused} == {
            (wrong, rules.UnitRefusal.OVERLAPS),
            (backwards, rules.UnitRefusal.DAYS),
            (nameless, rules.UnitRefusal.INCOMPLETE),
        }
        if order[0] == wrong:
            break


def test_a_kind_or_level_unknown_is_refused() -> None:
    odd = Unit("A", "Bản A", "ban", 3)
    deep = Unit("A", "Xã A", Kind.COMMUNE, 4)
    assert refusals(rules.judge_units([odd, deep], {})) == [rules.UnitRefusal.INCOMPLETE] * 2


def test_a_count_is_not_replaced_by_another() -> None:
    count = Population("01", JULY, 10)
    other = Population("01", JULY, 11)
    unit_of = {("01", JULY): 7}
    assert rules.judge_populations([count], unit_of, {}).done == [count]
    assert rules.judge_populations([count], unit_of, {(7, JULY): count}).unchanged == [count]
    outcome = rules.judge_populations(
        [other, Population("99", JULY, 1)], unit_of, {(7, JULY): count}
    )
    assert refusals(outcome) == [
        rules.PopulationRefusal.DIFFERS,
        rules.PopulationRefusal.UNKNOWN_UNIT,
    ]


def test_an_announced_change_is_told_once_and_not_after_it_happened() -> None:
    change = PendingChange("22", "Tỉnh Quảng Ninh", "Thành phố Quảng Ninh")
    now, then = {"22": change.name_now}, {"22": change.name_then}
    assert rules.judge_pending([change, change], now, set()).done == [change]
    assert rules.judge_pending([change], now, {("22", change.name_then)}).unchanged == [change]
    assert rules.judge_pending([change], then, set()).unchanged == [change]
    assert refusals(rules.judge_pending([change], {}, set())) == [rules.PendingRefusal.UNKNOWN_UNIT]


LAB = Organisation("LAB1", "laboratory", "Phòng xét nghiệm", 1)


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (Organisation("", "laboratory", "A", 1), rules.OrganisationRefusal.INCOMPLETE),
        (Organisation("A", "laboratory", "", 1), rules.OrganisationRefusal.INCOMPLETE),
        (Organisation("A", "shop", "A", 1), rules.OrganisationRefusal.UNKNOWN_KIND),
        (Organisation("A", "school", "A", 9), rules.OrganisationRefusal.UNKNOWN_UNIT),
        (Organisation("A", "school", "A", 2), rules.OrganisationRefusal.ELSEWHERE),
        (Organisation("LAB1", "laboratory", "B", 1), rules.OrganisationRefusal.DIFFERS),
    ],
)
def test_a_bad_organisation_harms_no_other(item: Organisation, reason: Refusal) -> None:
    good = Organisation("CDC", "cdc", "Trung tâm", 1)
    outcome = rules.judge_organisations([item, LAB, good], {1, 2}, {1}, {"LAB1": LAB})
    assert (outcome.done, outcome.unchanged, refusals(outcome)) == ([good], [LAB], [reason])


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (LaboratoryRight("X", "confirm", JULY), rules.RightRefusal.UNKNOWN_ORGANISATION),
        (LaboratoryRight("SCH", "confirm", JULY), rules.RightRefusal.NOT_A_LABORATORY),
        (LaboratoryRight("FAR", "confirm", JULY), rules.RightRefusal.ELSEWHERE),
        (LaboratoryRight("LAB1", "guess", JULY), rules.RightRefusal.UNKNOWN_RIGHT),
        (LaboratoryRight("LAB1", "screen", JULY, JUNE), rules.RightRefusal.DAYS),
        (LaboratoryRight("LAB1", "confirm", JUNE, JULY), rules.RightRefusal.OVERLAPS),
    ],
)
def test_a_bad_right_harms_no_other(item: LaboratoryRight, reason: Refusal) -> None:
    held = LaboratoryRight("LAB1", "confirm", JULY)
    good = LaboratoryRight("LAB1", "screen", JULY)
    laboratories = {
        "LAB1": LAB,
        "SCH": Organisation("SCH", "school", "Trường", 1),
        "FAR": Organisation("FAR", "cdc", "Xa", 2),
    }
    outcome = rules.judge_rights([item, held, good], laboratories, {1}, [held])
    assert (outcome.done, outcome.unchanged, refusals(outcome)) == ([good], [held], [reason])


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (Site(1, "school", ""), rules.SiteRefusal.INCOMPLETE),
        (Site(1, "moon", "A"), rules.SiteRefusal.UNKNOWN_KIND),
        (Site(9, "school", "A"), rules.SiteRefusal.UNKNOWN_UNIT),
        (Site(2, "school", "A"), rules.SiteRefusal.ELSEWHERE),
        (Site(1, "school", "A", "", "X"), rules.SiteRefusal.UNKNOWN_ORGANISATION),
        (Site(1, "hall", "Nhà văn hoá", "số 2"), rules.SiteRefusal.DIFFERS),
    ],
)
def test_a_bad_site_harms_no_other(item: Site, reason: Refusal) -> None:
    held = Site(1, "hall", "Nhà văn hoá", "số 1")
    good = Site(1, "school", "Trường B", organisation_code="LAB1")
    outcome = rules.judge_sites(
        [item, held, good], {1, 2}, {1}, {"LAB1"}, {(1, "hall", "Nhà văn hoá"): held}
    )
    assert (outcome.done, outcome.unchanged, refusals(outcome)) == ([good], [held], [reason])


def test_every_kind_of_organisation_has_words() -> None:
    assert set(rules.ORGANISATION_LABELS) == set(rules.OrganisationKind)


# What ships


@pytest.mark.parametrize(
    ("on", "provinces", "districts", "communes"),
    [
        (date(2020, 10, 15), 63, 707, 10_614),
        (date(2021, 7, 15), 63, 705, 10_603),
        (date(2021, 11, 15), 63, 705, 10_599),
        (JUNE, 63, 696, 10_035),
        (JULY, 34, 0, 3_321),
        (date(2026, 11, 21), 34, 0, 3_321),
    ],
)
def test_the_packaged_units_count_as_the_decrees_say(
    on: date, provinces: int, districts: int, communes: int
) -> None:
    in_force = [
        one
        for one in queries.packaged_units()
        if one.valid_from <= on and (one.valid_to is None or on <= one.valid_to)
    ]
    assert [sum(one.level == level for one in in_force) for level in Level] == [
        provinces,
        districts,
        communes,
    ]
