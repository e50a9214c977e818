"""Units by code, name, day and lineage, on the whole country."""

from __future__ import annotations

from datetime import date

import pytest

from som.kernel import sql
from som.kernel.actors import Actor
from som.kernel.errors import NotFound
from som.places import commands, queries, rules

OLD, NEW = date(2021, 10, 5), date(2026, 11, 21)
JUNE, JULY = date(2025, 6, 30), date(2025, 7, 1)

pytestmark = pytest.mark.usefixtures("country")


def unit_id(code: str, on: date) -> int:
    return queries.unit_ids([code], on)[code]


def path(code: str, on: date) -> str:
    found = unit_id(code, on)
    return queries.unit_path([found])[found]


def test_a_code_means_a_unit_only_together_with_a_day() -> None:
    assert path("03408", OLD) == "Phường Đông Phong, Thành phố Lai Châu, Tỉnh Lai Châu"
    assert path("03408", NEW) == "Phường Tân Phong, Tỉnh Lai Châu"
    assert queries.unit_ids(["106", "nowhere"], NEW) == {}


@pytest.mark.parametrize(
    ("code", "before", "after"),
    [
        ("15", "Tỉnh Yên Bái", "Tỉnh Lào Cai"),
        ("24", "Tỉnh Bắc Giang", "Tỉnh Bắc Ninh"),
        ("44", "Tỉnh Quảng Bình", "Tỉnh Quảng Trị"),
        ("52", "Tỉnh Bình Định", "Tỉnh Gia Lai"),
        ("80", "Tỉnh Long An", "Tỉnh Tây Ninh"),
        ("82", "Tỉnh Tiền Giang", "Tỉnh Đồng Tháp"),
        ("91", "Tỉnh Kiên Giang", "Tỉnh An Giang"),
    ],
)
def test_seven_province_codes_changed_their_meaning(code: str, before: str, after: str) -> None:
    assert (path(code, JUNE), path(code, JULY)) == (before, after)


def test_every_parent_and_every_successor_is_found() -> None:
    orphans = "SELECT count(*) FROM places_unit WHERE parent_id IS NULL AND level > 1"
    assert sql.rows(orphans) == [(0,)]
    found = sql.rows(
        """
        SELECT code FROM places_unit u WHERE valid_to IS NOT NULL
        AND (SELECT count(*) FROM places_lineage l WHERE l.old_id = u.id)
            <> greatest(cardinality(successor_codes), 1) ORDER BY code
        """
    )
    assert found == [("10774",), ("28825",)]


def test_the_parent_is_the_one_of_the_day() -> None:
    dong_nai = unit_id("75", NEW)
    former = unit_id("75", date(2025, 8, 1))
    assert dong_nai != former
    assert len(queries.units_below(dong_nai, NEW)) == len(
        queries.units_below(former, date(2025, 8, 1))
    )
    assert queries.units_below(dong_nai, date(2025, 8, 1)) == []


def test_the_path_is_the_one_of_the_day() -> None:
    a_ngo = unit_id("20068", OLD)
    assert queries.unit_path([a_ngo], OLD)[a_ngo].endswith("Tỉnh Thừa Thiên Huế")
    assert queries.unit_path([a_ngo])[a_ngo].endswith("Thành phố Huế")
    assert queries.units_by_id([a_ngo], OLD)[a_ngo].parent_id == unit_id("481", OLD)
    for text in ("a ngo thua thien hue", "a ngo hue"):
        assert first(text).unit.id == a_ngo


def test_names_as_provinces_write_them() -> None:
    bach_thuan = unit_id("13243", OLD)
    asked = {
        ("Thái Bình", "Huyện Vũ Thư", "Xã Bách Thuận"): bach_thuan,
        ("TỈNH THÁI BÌNH", "vũ thư", "bách thuận"): bach_thuan,
        ("Thái Bình", "", "Bách Thuận"): bach_thuan,
        ("THÁI NGUYÊN", "", ""): unit_id("19", OLD),
        ("Thái Bình", "Huyện Vũ Thư", ""): unit_id("344", OLD),
        ("TP. Hồ Chí Minh", "Q1", "P. Bến Nghé"): unit_id("26740", OLD),
        ("Thái Bình", "Huyện Vũ Thư", "Xã Không Có"): None,
        ("Thái Bình", "Huyện Kiến Xương", "Xã Bách Thuận"): None,
        ("", "", "Xã Bách Thuận"): None,
        ("", "", ""): None,
    }
    assert queries.units_named(asked, OLD) == {k: v for k, v in asked.items() if v is not None}
    new = [("Lai Châu", "", "Phường Tân Phong"), ("Lai Châu", "Tam Đường", "Xã Bản Giang")]
    assert queries.units_named(new, NEW) == {new[0]: unit_id("03408", NEW)}


@pytest.mark.slow
def test_every_unit_is_found_by_its_own_path_unless_two_share_it() -> None:
    for on in (OLD, NEW):
        rows = [row for p in queries.provinces(on) for row in queries.communes_of(p.id, on)]
        triples: dict[tuple[str, str, str], list[int]] = {}
        for row in rows:
            names = row.path.split(", ")
            triple = (names[-1], names[1] if len(names) == 3 else "", names[0])
            triples.setdefault(triple, []).append(row.id)
        found = queries.units_named(triples, on)
        assert found == {triple: ids[0] for triple, ids in triples.items() if len(ids) == 1}


def test_an_ambiguous_name_is_not_guessed() -> None:
    ward = ("Thành phố Hồ Chí Minh", "", "Phường 1")
    assert queries.units_named([ward], OLD) == {}


def test_units_are_carried_along_their_lineage() -> None:
    ban_giang, split = unit_id("03418", OLD), unit_id("02494", JUNE)
    tan_phong = unit_id("03408", NEW)
    lost = unit_id("10774", OLD)
    found = queries.carried([ban_giang, split, lost, tan_phong], NEW)
    assert found[ban_giang] == queries.Carried(tan_phong, (tan_phong,))
    assert found[tan_phong] == queries.Carried(tan_phong, (tan_phong,))
    assert found[split].unit_id is None
    assert len(found[split].successors) == 2
    assert found[lost] == queries.Carried(None, ())
    assert queries.carried([tan_phong], OLD) == {tan_phong: queries.Carried(None, ())}
    assert queries.carried([ban_giang], OLD) == {
        ban_giang: queries.Carried(ban_giang, (ban_giang,))
    }


def test_441_communes_were_split_on_1_july_2025() -> None:
    (row,) = sql.rows(
        """
        SELECT count(DISTINCT u.id) FROM places_lineage l JOIN places_unit u ON u.id = l.old_id
        WHERE l.split AND u.level = 3 AND u.valid_to = %s
        """,
        (JUNE,),
    )
    assert row == (441,)


@pytest.mark.slow
def test_the_province_answers_for_all_that_it_took_over() -> None:
    for on, communes in ((JUNE, 280), (JULY, 92)):
        assert len(queries.communes_of(unit_id("19", NEW), on)) == communes
    every_old = {row.id for p in queries.provinces(JUNE) for row in queries.communes_of(p.id, JUNE)}
    today = [province.id for province in queries.provinces(NEW)]
    assert every_old <= queries.covered_ids(today)
    (shared,) = sql.rows(
        """
        SELECT count(*) FROM (
            SELECT c.covered_id FROM places_coverage c WHERE c.unit_id = ANY (%s)
            GROUP BY c.covered_id HAVING count(*) > 1
        ) AS twice
        """,
        (today,),
    )
    assert shared == (0,)


def test_a_split_commune_belongs_to_the_province_alone() -> None:
    split = unit_id("02494", JUNE)
    province = unit_id("08", NEW)
    (holders,) = sql.rows(
        """
        SELECT array_agg(u.level ORDER BY u.level) FROM places_coverage c
        JOIN places_unit u ON u.id = c.unit_id
        WHERE c.covered_id = %s AND u.valid_to IS NULL
        """,
        (split,),
    )
    assert holders == ([1],)
    assert split in queries.covered_ids([province])


def test_a_series_is_carried_and_what_is_left_is_said() -> None:
    communes = queries.communes_of(unit_id("19", NEW), OLD)
    found = queries.reaggregate({row.id: 1000.0 for row in communes}, NEW)
    assert len(found.values) == 92
    assert sum(found.values.values()) + sum(found.left.values()) == 1000 * len(communes)
    assert found.unconverted == pytest.approx(len(found.left) / len(communes))


def test_people_are_counted_also_after_a_change_of_name() -> None:
    dong_nai, thai_nguyen = unit_id("75", NEW), unit_id("19", NEW)
    found = queries.populations([dong_nai, thai_nguyen, unit_id("19", OLD)])
    assert {key: row.population for key, row in found.items()} == {
        dong_nai: 4_491_408,
        thai_nguyen: 1_799_489,
    }


def test_changes_without_a_day_are_listed_and_not_applied() -> None:
    pending = queries.pending_changes()
    assert len(pending) == 14
    assert (pending[0].name_now, pending[0].name_then) == (
        "Tỉnh Quảng Ninh",
        "Thành phố Quảng Ninh",
    )
    assert [row.code for row in queries.pending_changes([unit_id("24", NEW)])] == ["24"]


def first(text: str, on: date = NEW) -> queries.UnitFound:
    return queries.search_units(text, on, limit=5)[0]


@pytest.mark.parametrize(
    ("text", "path", "in_force"),
    [
        ("lai chau", "Tỉnh Lai Châu", True),
        ("tan phong lai chau", "Phường Tân Phong, Tỉnh Lai Châu", True),
        ("Bản Giang, Tam Đường", "Xã Bản Giang, Huyện Tam Đường, Tỉnh Lai Châu", False),
        ("bach thuan", "Xã Bách Thuận, Huyện Vũ Thư, Tỉnh Thái Bình", False),
        ("huyen vu thu", "Huyện Vũ Thư, Tỉnh Thái Bình", False),
        ("quan hoa", "Huyện Quan Hóa, Tỉnh Thanh Hoá", False),
        ("tphcm", "Thành phố Hồ Chí Minh", True),
        ("03408", "Phường Tân Phong, Tỉnh Lai Châu", True),
        ("ea hleo", "Xã Ea H'Leo, Tỉnh Đắk Lắk", True),
    ],
)
def test_a_search_finds_the_likely_unit_first(text: str, path: str, in_force: bool) -> None:
    found = first(text)
    assert (found.unit.path, found.in_force) == (path, in_force)


def test_a_search_shows_both_meanings_of_a_code_and_what_became_of_the_ended() -> None:
    now, then = queries.search_units("03408", NEW, limit=5)
    assert now.unit.name == "Phường Tân Phong"
    assert then.unit.name == "Phường Đông Phong"
    assert [step.unit.id for step in then.successors] == [now.unit.id]
    assert [one.unit.name for one in queries.search_units("03408", OLD, limit=5)] == [
        "Phường Đông Phong",
        "Phường Tân Phong",
    ]


@pytest.mark.parametrize("text", ["", "  ", "%", "_", "zzzz", "' OR 1=1 --"])
def test_a_search_for_nothing_finds_nothing(text: str) -> None:
    assert queries.search_units(text, NEW) == []


def test_the_page_of_a_unit() -> None:
    page = queries.unit_page(unit_id("03408", NEW), NEW)
    assert [row.name for row in page.above] == ["Tỉnh Lai Châu"]
    assert {(s.unit.code, s.split) for s in page.before if s.unit.level == 3} == {
        ("03387", False),
        ("03408", False),
        ("03409", False),
        ("03415", False),
        ("03418", False),
    }
    assert page.unit.territory == ("03408", "12")
    district = queries.unit_page(unit_id("106", OLD), NEW)
    assert (district.in_force, district.below_on) == (False, JUNE)
    assert "Xã Bản Giang" in [row.name for row in district.below]
    with pytest.raises(NotFound):
        queries.unit_page(0, NEW)


def test_organisations_and_the_rights_of_laboratories(setup_actor: Actor, at: object) -> None:
    province, commune = unit_id("12", NEW), unit_id("03408", NEW)
    commands.register_organisations(
        [
            rules.Organisation("T-CDC", "cdc", "CDC Lai Châu", commune),
            rules.Organisation("T-SCHOOL", "school", "Trường B", commune),
        ],
        by=setup_actor,
        at=at,  # type: ignore[arg-type]
    )
    commands.grant_laboratory_rights(
        [
            rules.LaboratoryRight("T-CDC", "screen", date(2020, 1, 1)),
            rules.LaboratoryRight("T-CDC", "confirm", date(2021, 6, 1), date(2021, 12, 31)),
        ],
        by=setup_actor,
        at=at,  # type: ignore[arg-type]
    )
    ids = queries.organisation_ids(["T-CDC", "T-SCHOOL", "T-NONE"])
    assert set(ids) == {"T-CDC", "T-SCHOOL"}
    cdc = ids["T-CDC"]
    assert queries.organisations_by_id([cdc])[cdc].name == "CDC Lai Châu"
    assert [row.code for row in queries.organisations_of([province], ["cdc"])] == ["T-CDC"]
    elsewhere = queries.organisations_of([unit_id("19", NEW)], ["cdc"])
    assert "T-CDC" not in [row.code for row in elsewhere]
    both = frozenset({rules.Right.SCREEN, rules.Right.CONFIRM})
    assert queries.laboratory_rights(ids.values(), OLD) == {
        cdc: both,
        ids["T-SCHOOL"]: frozenset(),
    }
    assert queries.laboratory_rights([cdc], NEW) == {cdc: frozenset({rules.Right.SCREEN})}
