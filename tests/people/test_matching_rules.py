"""How alike two persons are: tables of what people write, and of those easily taken for each other."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from som.people.matching.evaluation import quality
from som.people.matching.likeness import Known, hamlet_of, kept_keys, likeness, sought_keys
from som.people.matching.reasons import Reason
from som.people.matching.reviews import Entry, Pair, ReviewRefusal, judged_joins, standing_first
from som.people.matching.spelling import name_bits, name_of
from som.people.views.reviews import WORDS

DAO = Known(
    1,
    name_of("Nông Thị Đào"),
    "F",
    date(1990, 4, 12),
    1990,
    frozenset(["0912345678"]),
    frozenset(["citizen_number:019190000001"]),
    frozenset([7]),
    frozenset(["5"]),
)


def like(**changes: object) -> Known:
    """The same person as somebody else wrote them down."""
    facts = {name: getattr(DAO, name) for name in Known.__slots__}
    if "name" in changes:
        changes["name"] = name_of(str(changes["name"]))
    return Known(**(facts | {"id": 2, "numbers": frozenset()} | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "written",
    ["NÔNG THỊ ĐÀO", "Nong Thi Dao", "Noong Thij DDaof", "No6ng Thi5 D9ao2", "Nông  Thị  Đào"],
)
def test_one_name_however_typed(written: str) -> None:
    assert name_bits(name_of("Nông Thị Đào"), name_of(written))[1] == [Reason.SAME_NAME]


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("Đào Thị Nông", Reason.NAME_ORDER),
        ("Nông Đào", Reason.NAME_SHORTENED),
        ("Nông T. Đào", Reason.NAME_SHORTENED),
        ("Nông Thị Đoà", Reason.NAME_MISSPELT),
        ("Nôgn Thị Đào", Reason.NAME_MISSPELT),
        ("Nông Thị Dao", Reason.OTHER_TONES),
        ("Nông Thị Mận", Reason.OTHER_NAME),
        ("Trần Thị Đào", Reason.OTHER_NAME),
    ],
)
def test_what_a_name_says(written: str, reason: Reason) -> None:
    assert reason in name_bits(name_of("Nông Thị Đào"), name_of(written))[1]


def test_tones_stand_on_either_letter() -> None:
    assert name_bits(name_of("Lò Văn Hòa"), name_of("Lò Văn Hoà"))[1] == [Reason.SAME_NAME]


@pytest.mark.parametrize(
    "other",
    [
        like(),
        like(name="NONG THI DAO", birth_date=None, phones=frozenset()),
        like(birth_date=date(1990, 12, 4), communes=frozenset([8]), hamlets=frozenset()),
        like(phones=frozenset(["0912345687"]), birth_date=None),
        like(name="Đào Thị Nông", hamlets=frozenset()),
        like(birth_date=date(1980, 4, 12), birth_year=1980),
        like(sex="M", phones=frozenset()),
        like(numbers=frozenset(["citizen_number:019190000010"]), phones=frozenset()),
        like(name="Con bà Nông Thị Mận"),
    ],
    ids=lambda one: " ".join(one.name.words),
)
def test_one_person_written_twice_is_proposed(other: Known) -> None:
    assert likeness(DAO, other).proposed
    assert likeness(other, DAO).score == likeness(DAO, other).score


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(like(name="Nông Thị Mận"), id="twins"),
        pytest.param(like(birth_date=None, birth_year=1965), id="mother and daughter of one name"),
        pytest.param(
            like(birth_date=date(1990, 8, 1), phones=frozenset(), hamlets=frozenset(["2"])),
            id="namesakes of one year and commune",
        ),
        pytest.param(
            like(name="Hà Văn Pó", sex="M", birth_date=None, birth_year=1988), id="one household"
        ),
        pytest.param(
            like(
                name="Nông Văn An", sex="M", birth_date=None, birth_year=2015, numbers=DAO.numbers
            ),
            id="a mother's number on her child",
        ),
        pytest.param(like(name="", birth_date=None), id="no name yet"),
    ],
)
def test_those_easily_taken_for_each_other_are_not_proposed(other: Known) -> None:
    assert not likeness(DAO, other).proposed


def test_twin_newborns_are_told_apart_by_their_number() -> None:
    one, other = (like(name=f"Con {n} bà Nông Thị Mận") for n in (1, 2))
    assert not likeness(one, other).proposed
    assert likeness(one, like(name="CB Nông Thị Mận 1")).score > 0


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_two_texts_are_compared_alike_both_ways(one: str, other: str) -> None:
    there, back = name_bits(name_of(one), name_of(other)), name_bits(name_of(other), name_of(one))
    assert there[0] == pytest.approx(back[0])
    assert set(there[1]) == set(back[1])


@pytest.mark.parametrize(
    ("address", "hamlet"),
    [
        ("Xóm 5, Xã Bảo Cường, Huyện Định Hóa", "5"),
        ("Thôn 05 - X. Bảo Cường", "5"),
        ("TDP Đông, Phường Cam Giá", "dong"),
        ("To dan pho 6, Pu Hong", "6"),
        ("Bản Nà Lùng", "na lung"),
        ("Xã Bảo Cường, Huyện Định Hóa", ""),
        ("12 đường Lê Lợi", ""),
        ("", ""),
    ],
)
def test_the_hamlet_an_address_begins_with(address: str, hamlet: str) -> None:
    assert hamlet_of(address) == hamlet


@pytest.mark.parametrize(
    "other",
    [
        like(name="Nông Đào", phones=frozenset(), communes=frozenset()),
        like(birth_date=date(1990, 12, 4), phones=frozenset(), communes=frozenset()),
        like(name="Nông Đào", birth_date=None, birth_year=1991, phones=frozenset()),
        like(birth_date=None, birth_year=1980, phones=frozenset(), communes=frozenset([9])),
        like(birth_date=None, birth_year=1954, phones=frozenset()),
        like(numbers=frozenset(["citizen_number:119190000001"]), birth_year=None, birth_date=None),
    ],
)
def test_others_are_found_under_a_key(other: Known) -> None:
    assert set(sought_keys(DAO)) & set(kept_keys(other))
    assert set(sought_keys(other)) & set(kept_keys(DAO))


def test_every_reason_has_its_words() -> None:
    assert set(WORDS) == set(Reason)


def test_who_died_has_a_name_or_a_number_stands() -> None:
    one, other = Entry(1, None, (1,)), Entry(2, None, (1,))
    assert standing_first(other, one) == (one, other)
    assert standing_first(one, Entry(2, None, (1,), numbered=True))[0].id == 2
    assert standing_first(one, Entry(2, None, (1,), died=True))[0].id == 2
    assert standing_first(Entry(1, None, (1,), named=False), other)[0].id == 2


def test_a_chain_of_joins_ends_in_one_entry_and_stops_at_two_people() -> None:
    entries = {n: Entry(n, None, (n,)) for n in range(1, 5)}
    pairs = [Pair(3, 2), Pair(1, 3), Pair(2, 1), Pair(4, 1)]
    found = judged_joins(pairs, entries, [frozenset((2, 4))])
    assert found.done == pairs[:2]
    assert found.unchanged == [pairs[2]]
    assert found.refused == [(pairs[3], ReviewRefusal.PARTED_BEFORE)]
    assert found.made == [(2, 3, (3,)), (1, 2, (2, 3))]
    assert found.units == {1: (1, 2, 3), 2: (2, 3)}


def test_quality_counts_pairs_of_records() -> None:
    truth = {"a": "P", "b": "P", "c": "P", "d": "Q"}
    found = quality(truth, {"a": 1, "b": 1, "c": 2, "d": 3}, [(2, 3)])
    assert found.as_dict() == {"precision": 0.5, "recall": 0.3333}
    found = quality(truth, {"a": 1, "b": 1, "c": 2, "d": 3}, [(1, 2)])
    assert found.as_dict() == {"precision": 1.0, "recall": 1.0}
    assert quality({"a": "P"}, {"a": 1}).as_dict() == {"precision": 1.0, "recall": 1.0}
