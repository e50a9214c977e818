"""Addresses as people write them, resolved on the whole country by the product's own units."""

from __future__ import annotations

import csv
import gzip
import io
import random
import unicodedata
from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from som.kernel.ids import fold
from som.places import queries, rules
from som.places.queries import Resolved, UnitRow, Written
from som.places.rules import AddressReason, Kind

OLD, NEW = date(2021, 11, 1), date(2026, 11, 21)
FILES = Path(__file__).parents[1] / "files" / "addresses"
SHARE = 0.97
"""What must resolve to one unit in force on 1 November 2021; what does is over 0.995."""

pytestmark = pytest.mark.usefixtures("country")


@cache
def written_addresses() -> tuple[tuple[str, str, str], ...]:
    """Ten thousand triples as business records of 2020 to 2025 hold them."""
    text = gzip.decompress((FILES / "written_2020_2025.csv.gz").read_bytes()).decode()
    lines = csv.DictReader(io.StringIO(text))
    return tuple((line["province"], line["district"], line["ward"]) for line in lines)


def resolve(text: Written, on: date, within: int | None = None) -> Resolved:
    return queries.resolve_addresses([text], on=on, within=within)[text]


def paths(ids: object, on: date) -> dict[int, str]:
    return queries.unit_path(ids, on)  # type: ignore[arg-type]


def path_of(text: Written, on: date) -> str:
    found = resolve(text, on)
    assert found.unit_id is not None, found
    return paths([found.unit_id], on)[found.unit_id]


def agrees(said: str, kind: str, name: str) -> bool:
    """Whether a written name may be this unit's: the kind, if said, and the name but for spelling.

    Slow and by itself: both are made plain, and numbers, farms, k and c, y and i made one.
    """
    wanted = said.lower().replace("tp.", "thành phố ").strip()
    wanted = " ".join(unicodedata.normalize("NFC", wanted).split())
    words = [(k, word.lower()) for k, word in rules.KIND_WORDS.items()]
    given = next((k for k, word in words if wanted.startswith(word + " ")), None)
    if given is not None and given != kind:
        return False
    bare = wanted.removeprefix(rules.KIND_WORDS[given].lower()) if given else wanted
    return plainest(bare) == plainest(rules.bare_name(name, kind))


def plainest(name: str) -> str:
    text = fold(name).replace("nong truong", "nt").replace("n.t", "nt")
    words = text.split()
    numbers = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7"}
    words[-1] = numbers.get(words[-1], words[-1])
    return "".join(words).replace("'", "").replace("k", "c").replace("y", "i")


def units_of(found: dict[Written, Resolved], on: date) -> dict[int, UnitRow]:
    ids = {r.unit_id for r in found.values() if r.unit_id is not None}
    rows = queries.units_by_id(ids, on)
    codes = {code for row in rows.values() for code in row.territory}
    above = queries.units_by_id(queries.unit_ids(codes, on).values(), on)
    return rows | above


@pytest.mark.slow
@pytest.mark.parametrize("style", ["columns", "text", "dashes", "plain", "turned", "hamlet"])
def test_the_addresses_of_business_records_resolve(style: str) -> None:
    triples = written_addresses()
    texts: dict[tuple[str, str, str], Written] = {
        (p, d, w): {
            "columns": (p, d, w),
            "text": f"{w}, {d}, {p}",
            "dashes": f"{w} - {d} - {p}",
            "plain": fold(f"{w},{d},{p}"),
            "turned": f"{p}, {d}, {w}",
            "hamlet": f"Tổ 5, {w}, {d}, {p}, Việt Nam",
        }[style]
        for p, d, w in triples
    }
    found = queries.resolve_addresses(texts.values(), on=OLD)
    rows = units_of(found, OLD)
    by_code = {row.code: row for row in rows.values()}
    clear = 0
    for triple, text in texts.items():
        resolved = found[text]
        if resolved.reason == AddressReason.CLEAR:
            assert resolved.unit_id is not None
            assert resolved.level == 3, text
            commune = rows[resolved.unit_id]
            assert commune.in_force(OLD)
            _, district, province = (by_code[code] for code in commune.territory)
            for said, unit in zip(triple, (province, district, commune), strict=True):
                assert agrees(said, unit.kind, unit.name), (text, commune.path)
            clear += 1
        elif resolved.unit_id is not None:
            assert resolved.reason == AddressReason.ANOTHER_DAY
            assert resolved.as_of not in (None, OLD)
        elif resolved.reason == AddressReason.AMBIGUOUS:
            assert len(resolved.candidates) > 1
        else:
            assert resolved.candidates or resolved.known_id, text
    assert clear / len(triples) >= SHARE


def test_three_hundred_that_were_checked_one_by_one() -> None:
    text = (FILES / "checked_300.csv").read_text("utf-8")
    lines = list(csv.DictReader(io.StringIO(text)))
    triples = [(line["province"], line["district"], line["ward"]) for line in lines]
    assert triples == random.Random(300).sample(written_addresses(), 300)
    found = queries.resolve_addresses(triples, on=OLD)
    rows = units_of(dict(found), OLD)
    for line, triple in zip(lines, triples, strict=True):
        resolved = found[triple]
        assert resolved.reason == line["reason"]
        assert resolved.unit_id is not None
        assert rows[resolved.unit_id].code == line["code"], line


@pytest.mark.parametrize(
    ("text", "unit", "rest"),
    [
        (
            "Ban Doai - X. Phu Lac - H. Dai Tu",
            "Xã Phú Lạc, Huyện Đại Từ, Tỉnh Thái Nguyên",
            "Ban Doai",
        ),
        (
            "Tổ 5, Phường Quang Trung, Thành phố Thái Nguyên, Thái Nguyên",
            "Phường Quang Trung, Thành phố Thái Nguyên, Tỉnh Thái Nguyên",
            "Tổ 5",
        ),
        ("Bản Giang, Bản Giang, Tam Đường, Lai Châu", "Xã Bản Giang, Huyện Tam Đường", ""),
        ("123/4 Lê Lợi P14 Q5 HCM", "Phường 14, Quận 5, Thành phố Hồ Chí Minh", "123/4 Lê Lợi"),
        (
            "Phường 1, Vũng Tàu, Bà Rịa Vũng Tàu",
            "Phường 1, Thành phố Vũng Tàu, Tỉnh Bà Rịa - Vũng Tàu",
            "",
        ),
        ("BACH THUAN VU THU THAI BINH", "Xã Bách Thuận, Huyện Vũ Thư", ""),
        ("X. Ea Kao, TP. Buôn Mê Thuột, Daklak", "Xã Ea Kao, Thành phố Buôn Ma Thuột", ""),
        ("Quan Hóa, Thanh Hóa", "Huyện Quan Hóa, Tỉnh Thanh Hoá", ""),
        ("Số 1 Phố Mẫu, Hai Bà Trưng, Hà Nội", "Quận Hai Bà Trưng", "Số 1 Phố Mẫu"),
        ("Phường Vỹ Dạ, Huế", "Phường Vỹ Dạ, Thành phố Huế, Tỉnh Thừa Thiên Huế", ""),
        ("Xã Bách Thuận", "Xã Bách Thuận, Huyện Vũ Thư", ""),
        (("TPHCM", "5", "14"), "Phường 14, Quận 5", ""),
        (("Thái Bình", "Vũ Thư", "Thôn Đoài, xã Bách Thuận"), "Xã Bách Thuận", "Thôn Đoài"),
    ],
)
def test_addresses_as_people_write_them(text: Written, unit: str, rest: str) -> None:
    assert path_of(text, OLD).startswith(unit)
    found = resolve(text, OLD)
    assert (found.reason, found.rest, found.as_of) == ("", rest, None)


@pytest.mark.parametrize(
    ("text", "reason", "candidates"),
    [
        ("", AddressReason.EMPTY, 0),
        ("Xã Không Có, Huyện Vũ Thư, Thái Bình", AddressReason.UNKNOWN, 0),
        ("Xã Bách Thuận, Huyện Kiến Xương, Thái Bình", AddressReason.CONTRADICTORY, 1),
        ("Phường Bách Thuận, Vũ Thư, Thái Bình", AddressReason.CONTRADICTORY, 1),
        ("Xã Bách Thuận, Huyện Vũ Thư, Hà Nội", AddressReason.CONTRADICTORY, 1),
        ("Xã Tân Tiến, Thái Nguyên", AddressReason.UNKNOWN, 0),
        ("Xã Tân Tiến, Bình Phước", AddressReason.AMBIGUOUS, 2),
        ("Phường 1, TP HCM", AddressReason.AMBIGUOUS, 9),
        ("Tân Châu", AddressReason.AMBIGUOUS, 2),
        ("Mường Tè, Mường Tè, Lai Châu", AddressReason.AMBIGUOUS, 2),
        # One sign mistyped: suggested, not taken.
        ("Xã Bách Thuậm, Huyện Vũ Thư, Thái Bình", AddressReason.UNKNOWN, 1),
        ("Số 12, Quang Trung, Hà Đông, Hà Nội", AddressReason.AMBIGUOUS, 1),
    ],
)
def test_what_is_not_clear_names_its_candidates(
    text: str, reason: AddressReason, candidates: int
) -> None:
    found = resolve(text, OLD)
    assert (found.unit_id, found.reason) == (None, reason)
    assert len(found.candidates) >= candidates
    assert (candidates == 0) == (found.candidates == ())


def test_the_district_is_certain_where_the_commune_is_not() -> None:
    found = resolve("Xóm 3, Xã Không Có, Vũ Thư, Thái Bình", OLD)
    assert found.known_id is not None
    assert paths([found.known_id], OLD)[found.known_id] == "Huyện Vũ Thư, Tỉnh Thái Bình"
    assert found.rest == "Xóm 3, Xã Không Có"


@pytest.mark.parametrize(
    ("text", "on", "unit", "as_of"),
    [
        # Renamed or risen the day before, or later.
        ("Phường Trang Hạ, Thị xã Từ Sơn, Bắc Ninh", OLD, "Phường Trang Hạ", date(2021, 10, 31)),
        ("Xã Thành Công, TP Phổ Yên, Thái Nguyên", OLD, "Xã Thành Công", date(2022, 4, 10)),
        ("Phường Linh Trung, Quận Thủ Đức, TP HCM", OLD, "Phường Linh", date(2020, 12, 31)),
        # Written before July 2025, asked today.
        (
            "Xã Bản Giang, Tam Đường, Lai Châu",
            NEW,
            "Phường Tân Phong, Tỉnh Lai Châu",
            date(2025, 6, 30),
        ),
        ("Phường Bến Nghé, Quận 1, TPHCM", NEW, "Phường Sài Gòn", date(2025, 6, 30)),
        # The commune of today in the province of yesterday, and the other way about.
        ("Xã Vũ Thư, Thái Bình", NEW, "Xã Vũ Thư, Tỉnh Hưng Yên", date(2025, 6, 30)),
        (
            "Xã Bách Thuận, Vũ Thư, Hưng Yên",
            NEW,
            "Xã Tân Thuận, Tỉnh Hưng Yên",
            date(2025, 6, 30),
        ),
        # The hamlet says to which part of a divided commune.
        (
            "Ấp Phú Thuận, Xã Phú Hội, An Phú, An Giang",
            NEW,
            "Xã Nhơn Hội, Tỉnh An Giang",
            date(2025, 6, 30),
        ),
    ],
)
def test_names_of_another_day_are_followed_along_the_lineage(
    text: str, on: date, unit: str, as_of: date
) -> None:
    found = resolve(text, on)
    assert (found.reason, found.as_of) == (AddressReason.ANOTHER_DAY, as_of)
    assert path_of(text, on).startswith(unit)


def test_a_divided_commune_is_known_as_it_was() -> None:
    found = resolve("Xã Phú Hội, An Phú, An Giang", NEW)
    assert (found.unit_id, found.reason) == (None, AddressReason.DIVIDED)
    assert {path.split(",")[0] for path in paths(found.candidates, NEW).values()} == {
        "Xã An Phú",
        "Xã Nhơn Hội",
    }
    assert found.known_id is not None
    assert paths([found.known_id], OLD)[found.known_id].startswith("Xã Phú Hội, Huyện An Phú")
    # So is a district, of which there are none since.
    district = resolve("Huyện Vũ Thư, Thái Bình", NEW)
    assert (district.unit_id, district.reason) == (None, AddressReason.DIVIDED)
    assert len(district.candidates) > 1


def test_a_commune_without_successor_has_ended() -> None:
    found = resolve("Xã Phú An Hòa, Châu Thành, Bến Tre", NEW)
    assert (found.unit_id, found.reason) == (None, AddressReason.ENDED)


def test_a_commune_made_of_several_later_names_them_all() -> None:
    found = resolve("Phường Kim Bảng, Tỉnh Ninh Bình", OLD)
    assert (found.unit_id, found.reason) == (None, AddressReason.AMBIGUOUS)
    assert len(found.candidates) == 3


def test_a_list_of_one_province_means_its_own_communes() -> None:
    thai_binh = queries.unit_ids(["34"], OLD)["34"]
    for text, unit in (
        ("Bách Thuận", "Xã Bách Thuận"),
        ("Xã Tân Phong", "Xã Tân Phong, Huyện Vũ Thư"),
        ("Vũ Thư", "Huyện Vũ Thư"),
        ("P. Mỏ Chè - TP Sông Công", "Phường Mỏ Chè, Thành phố Sông Công, Tỉnh Thái Nguyên"),
    ):
        found = resolve(text, OLD, thai_binh)
        assert found.unit_id is not None
        assert paths([found.unit_id], OLD)[found.unit_id].startswith(unit)
    assert resolve("Xã Tân Phong", OLD).reason == AddressReason.AMBIGUOUS
    assert len(resolve("Xã Tân Hòa", OLD, thai_binh).candidates) == 2


SHORT = {
    Kind.PROVINCE: ("T.", "T. ", "tỉnh "),
    Kind.CITY: ("TP ", "TP.", "Tp. ", "T.P "),
    Kind.RURAL_DISTRICT: ("H.", "H. ", "huyện "),
    Kind.URBAN_DISTRICT: ("Q.", "Q. ", "quận "),
    Kind.TOWN: ("TX ", "TX.", "T.X "),
    Kind.COMMUNE: ("X.", "X. ", "xã "),
    Kind.WARD: ("P.", "P. ", "phường "),
    Kind.TOWNSHIP: ("TT ", "TT. ", "thị trấn "),
    Kind.SPECIAL_ZONE: ("Đặc khu ",),
}
BEFORE = ("", "", "Thôn 5", "Xóm Đông", "Tổ 12", "Số 7 ngõ 3 Lê Lợi", "Bản Nà Mẫu", "KP 3")
BEFORE += ("Ấp Tân Lập", "12/3 Trần Phú", "Thôn Xuân Thành", "Tổ dân phố 8", "Thôn Quan Nhân")


def as_somebody_writes(unit: UnitRow, names: list[tuple[str, str]], draw: random.Random) -> str:
    """A unit's path with kinds full, short or missing, in one of many hands."""
    style = draw.choice(["full", "short", "none", "mixed"])
    parts = []
    for name, kind in names:
        bare = rules.bare_name(name, kind)
        hand = draw.choice(["full", "short", "none"]) if style == "mixed" else style
        short = draw.choice(SHORT[Kind(kind)]) + bare
        parts.append({"full": name, "short": short, "none": bare}[hand])
    if (missing := draw.random()) < 0.2:
        del parts[-1 if missing < 0.12 else len(parts) // 2]
    if before := draw.choice(BEFORE):
        parts.insert(0, before)
    elif draw.random() < 0.08:
        parts.reverse()
    text = draw.choice([", ", ",", " - ", " , ", "; ", " ", ", - ", ",, "]).join(parts)
    hand = draw.choice(["", "", "", "plain", "upper", "nfd", "loud"])
    if hand in ("plain", "loud"):
        text = fold(text)
    if hand in ("upper", "loud"):
        text = text.upper()
    return unicodedata.normalize("NFD", text) if hand == "nfd" else text


@pytest.mark.slow
@pytest.mark.parametrize(("on", "share"), [(OLD, 0.94), (NEW, 0.90)])
def test_whatever_the_hand_the_unit_is_right_or_not_given(on: date, share: float) -> None:
    draw = random.Random(7)
    communes = [c for p in queries.provinces(on) for c in queries.communes_of(p.id, on)]
    drawn = [draw.choice(communes) for _ in range(3000)]
    above = queries.unit_ids({code for c in drawn for code in c.territory}, on)
    rows = queries.units_by_id(above.values(), on)
    by_code = {row.code: row for row in rows.values()}
    texts: dict[str, UnitRow] = {}
    for commune in drawn:
        chain = [by_code[code] for code in commune.territory]
        names = [(unit.name, unit.kind) for unit in chain]
        texts[as_somebody_writes(commune, names, draw)] = commune
    found = queries.resolve_addresses(texts, on=on)
    counts: Counter[str] = Counter()
    for text, commune in texts.items():
        resolved = found[text]
        if resolved.unit_id is not None:
            # Where the commune could not be read, a unit that holds it may be given.
            unit = rows.get(resolved.unit_id)
            assert unit is not None, (text, commune.path)
            assert unit.code in commune.territory, (text, commune.path, unit.path)
            counts[str(unit.level)] += 1
        else:
            counts["none"] += 1
    assert counts["3"] / len(texts) >= share, counts


@pytest.mark.slow
def test_as_many_statements_for_ten_thousand_addresses_as_for_one() -> None:
    texts: list[Written] = [
        f"Tổ {n % 9}, {w}, {d}, {p}" for n, (p, d, w) in enumerate(written_addresses())
    ]
    made = []
    for some in ([], texts[:1], texts[:400] * 200):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            queries.resolve_addresses(some, on=NEW, within=1)
        made.append(len(captured))
    assert made == [made[0]] * 3
