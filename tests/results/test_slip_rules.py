"""Which answer may stand on which paper, in which order, and the seal."""

from __future__ import annotations

import random

import pytest

from som.kernel import ids
from som.results.rules import (
    Paper,
    ResultValue,
    Word,
    belongs_on,
    by_hamlet,
    sealed,
    unsealed,
    word_for,
)

SAID = {
    ResultValue.NEGATIVE: Word.NEGATIVE,
    ResultValue.NEGATIVE_BY_POOL: Word.NEGATIVE,
    ResultValue.POSITIVE: None,
    ResultValue.SUSPECTED: None,
    ResultValue.INCONCLUSIVE: Word.AGAIN,
    ResultValue.WITHDRAWN: Word.AGAIN,
}


@pytest.mark.parametrize("value", list(ResultValue))
def test_a_neighbour_reads_one_of_two_words_or_none(value: ResultValue) -> None:
    assert word_for(value, asked_again=False) is SAID[value]
    assert word_for(value, asked_again=True) is SAID[value]


def test_without_an_answer_only_being_asked_again_is_said() -> None:
    assert word_for(None, asked_again=True) is Word.AGAIN
    assert word_for(None, asked_again=False) is None


@pytest.mark.parametrize("value", [None, *ResultValue])
@pytest.mark.parametrize("paper", list(Paper))
def test_what_belongs_on_which_paper(paper: Paper, value: ResultValue | None) -> None:
    def on(**changes: bool) -> bool:
        said = {"asked_again": False, "called": False, "withheld": False, "here": True}
        return belongs_on(paper, value, **(said | changes))

    if paper is Paper.CALLS:
        told = value in (ResultValue.POSITIVE, ResultValue.SUSPECTED)
        assert on() is on(called=True) is on(withheld=True) is on(here=False) is told
        return
    handed = value is not None and SAID[value] is not None
    assert on() is handed
    assert on(withheld=True) is False
    assert on(here=False) is False
    assert on(called=True) is (handed and paper is not Paper.SEALED)
    assert on(asked_again=True) is (handed or value is None)


def test_hamlets_stand_by_number_and_their_people_as_lists_of_names_do() -> None:
    rows = [
        ("nhà cạnh chợ", "Lý Văn An"),
        ("Xóm 10", "Lý Văn An"),
        ("số 4, xóm 2", "Lý Văn Ổn"),
        ("Xom 2", "Lý Văn Đào"),
        ("Xóm 2", "Lý Văn Dung"),
        ("", "Lý Văn Bình"),
    ]
    found = by_hamlet(rows, lambda _: 1, lambda row: row[0], lambda row: row[1])
    assert [(hamlet.name, [row[1] for row in hamlet.rows]) for hamlet in found] == [
        ("Xóm 2", ["Lý Văn Dung", "Lý Văn Đào", "Lý Văn Ổn"]),
        ("Xóm 10", ["Lý Văn An"]),
        ("", ["Lý Văn An", "Lý Văn Bình"]),
    ]


def test_hamlets_of_one_name_in_two_communes_are_two() -> None:
    rows = [(2, "An"), (1, "Bình"), (2, "Đào")]
    found = by_hamlet(
        rows, lambda row: row[0], lambda _: "Xóm 1", lambda row: row[1], {1: "Xã B", 2: "Xã A"}
    )
    assert [(hamlet.commune, [row[1] for row in hamlet.rows]) for hamlet in found] == [
        (2, ["An", "Đào"]),
        (1, ["Bình"]),
    ]


def test_a_seal_fits_one_slip_one_version_and_one_key() -> None:
    draw = random.Random(1)
    slips = [ids.new_slip_code(draw) for _ in range(300)]
    codes = {
        (slip, version): sealed(slip, version, "key") for slip in slips for version in (0, 1, 12)
    }
    assert len(set(codes.values())) == len(codes)
    for (slip, version), code in codes.items():
        assert unsealed(code, ["key"]) == (slip, version)
        assert unsealed(code, ["other", "key"]) == (slip, version)
        assert unsealed(code, ["other"]) is None
        assert unsealed(code, []) is None
        begin, said, seal = code.split(".")
        assert unsealed(f"{begin}.{int(said) + 1}.{seal}", ["key"]) is None
        assert unsealed(f"https://som.example.vn/look-up/#{code.lower()}", ["key"]) is not None
        misread = code.lower().replace("0", "o").replace("1", "l").replace(".", " ")
        assert unsealed(misread, ["key"]) == (slip, version)
