"""Rates of laboratories, lots and runs: what counts, and when they leave their limits."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from math import comb
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from som.access.queries import system_actor
from som.kernel import sql
from som.kernel.errors import NotAllowed
from som.results.commands import note_rates
from som.results.queries import rates
from som.results.rules import Counted, Drift, DriftRule, RateOf, RateRow, drifts, tails, weigh
from som.results.work import take_up_rates
from tests.town import NOON, Town

RULE = DriftRule(tail=0.001, weight=200, least=30, least_usual=200, days=14)
USUAL = Counted(5_000, 100, 50)
HOUR = timedelta(hours=1)


# --- the judgement -------------------------------------------------------------------------------


def rising(start: Fraction, times: int) -> Fraction:
    product = Fraction(1)
    for step in range(times):
        product *= start + step
    return product


def slowly(seen: int, tests: int, usual_seen: int, usual_tests: int) -> tuple[Fraction, Fraction]:
    """The chance of so few and of so many, count by count, in fractions."""
    a, b = usual_seen + Fraction(1, 2), usual_tests - usual_seen + Fraction(1, 2)
    chances = [
        comb(tests, k) * rising(a, k) * rising(b, tests - k) / rising(a + b, tests)
        for k in range(tests + 1)
    ]
    assert sum(chances) == 1
    return sum(chances[: seen + 1], Fraction()), sum(chances[seen:], Fraction())


@given(st.data())
@settings(max_examples=50, derandomize=True, deadline=None)
def test_tails_are_the_sums_of_their_chances(data: st.DataObject) -> None:
    tests = data.draw(st.integers(0, 40))
    seen = data.draw(st.integers(0, tests))
    usual = data.draw(st.integers(0, 60))
    of_them = data.draw(st.integers(0, usual))
    expected = slowly(seen, tests, of_them, usual)
    assert tails(seen, tests, of_them, usual, weight=1_000) == pytest.approx(
        tuple(map(float, expected)), abs=1e-9
    )


@pytest.mark.parametrize(
    ("seen", "found"),
    [
        (Counted(94, 2, 1), ()),
        (Counted(94, 0, 0), ()),  # with 2 % none among 94 is no surprise
        (Counted(1_000, 0, 10), (Drift.FEW_POSITIVES,)),  # among 1,000 it is
        (Counted(94, 15, 0), (Drift.MANY_POSITIVES,)),
        (Counted(94, 1, 12), (Drift.MANY_INVALIDS,)),
        (Counted(94, 0, 94), (Drift.MANY_INVALIDS,)),
        (Counted(94, 20, 30), (Drift.MANY_POSITIVES, Drift.MANY_INVALIDS)),
        (Counted(29, 29, 0), ()),  # too few tests
    ],
)
def test_rates_beyond_chance_are_named(seen: Counted, found: tuple[Drift, ...]) -> None:
    assert drifts(seen, USUAL, RULE) == found


def test_nothing_is_judged_where_little_is_usual() -> None:
    assert drifts(Counted(94, 60, 30), Counted(199, 2, 1), RULE) == ()


def test_only_days_unlike_the_others_call() -> None:
    """Of all that a laboratory with 2 % can show in 500 tests, ten being usual."""
    calling = {n for n in range(501) if drifts(Counted(500, n), Counted(5_000, 100), RULE)}
    assert calling == set(range(min(calling), 501))
    assert 25 < min(calling) < 50


# --- whose rate beside whose ---------------------------------------------------------------------


def row(lab: int, count: Counted, *, lot: str = "A", last: bool = False, run: int | None = None,
        pooled: bool = False) -> RateRow:  # fmt: skip
    return RateRow(lab, "pcr", lot, pooled, last, count, run)


def test_a_laboratory_is_measured_by_itself_and_a_new_one_by_the_others() -> None:
    before = [row(1, Counted(1_000, 50)), row(2, Counted(1_000, 10))]
    today = [row(1, Counted(100, 5), last=True), row(3, Counted(100, 40), last=True)]
    found = {one.lab: one for one in weigh([*before, *today], [], RULE) if one.of is RateOf.LAB}
    assert found[1].usual == Counted(1_000, 50)
    assert found[1].drifts == ()
    assert found[3].usual == Counted(2_000, 60)
    assert found[3].drifts == (Drift.MANY_POSITIVES,)


def test_a_lot_is_measured_by_all_other_lots() -> None:
    rows = [row(1, Counted(1_000, 50)), row(2, Counted(1_000, 50), lot="B"),
            row(1, Counted(1_000, 0), lot="C", last=True)]  # fmt: skip
    found = {(one.lab, one.kit_lot): one for one in weigh(rows, [], RULE) if one.of is RateOf.LOT}
    assert found[1, "C"].usual == Counted(2_000, 100)
    assert found[1, "C"].drifts == (Drift.FEW_POSITIVES,)
    assert found[2, "B"].usual == Counted(2_000, 50)


def test_a_run_is_measured_by_all_else_of_its_laboratory() -> None:
    seen = row(1, Counted(90, 40), last=True, run=7)
    (found,) = [
        one
        for one in weigh([row(1, Counted(1_000, 20)), seen], [seen], RULE)
        if one.of is RateOf.RUN
    ]
    assert (found.run, found.usual, found.drifts) == (
        7,
        Counted(1_000, 20),
        (Drift.MANY_POSITIVES,),
    )


def test_pools_and_singles_are_never_mixed() -> None:
    rows = [row(1, Counted(1_000, 20)), row(1, Counted(90, 40), last=True, pooled=True)]
    assert all(not one.drifts for one in weigh(rows, [], RULE))


# --- what runs found -----------------------------------------------------------------------------


def noted() -> list[tuple[object, ...]]:
    return sql.rows(
        "SELECT p.code, e.pooled, e.tests, e.positives, e.invalids FROM results_rate e"
        " JOIN lab_run r ON r.id = e.run_id JOIN lab_plate p ON p.id = r.plate_id ORDER BY 1, 2"
    )


@pytest.mark.django_db
def test_first_tests_count_and_what_is_tested_again_does_not() -> None:
    town = Town()
    codes = [group[0].tube for group in town.sampled([1] * 7 + [3])]
    singles, members, field = codes[:5], codes[5:7], codes[7]
    town.pooled("P1", members)
    values = ("positive", "negative", "negative", "inconclusive", "invalid")
    found = dict(zip(singles, values, strict=True))
    town.run("R1", found | {"P1": "positive", field: "negative"})
    town.run("R2", {singles[4]: "positive", members[0]: "positive", members[1]: "negative"})
    assert take_up_rates(at=NOON) == 2
    assert noted() == [
        ("R1", False, 5, 1, 1),
        ("R1", True, 2, 1, 0),
        ("R2", False, 0, 0, 0),
        ("R2", True, 0, 0, 0),
    ]
    assert take_up_rates(at=NOON) == 0


@pytest.mark.django_db
def test_who_was_asked_again_is_no_first_test() -> None:
    town = Town()
    codes = [group[0].tube for group in town.sampled([1] * 2)]
    sql.execute("UPDATE sampling_tube SET tube_class = 'recalled' WHERE code = %s", (codes[1],))
    town.run("R1", {codes[0]: "positive", codes[1]: "negative"})
    assert take_up_rates(at=NOON) == 1
    assert noted() == [("R1", False, 1, 1, 0), ("R1", True, 0, 0, 0)]


@pytest.mark.django_db
def test_a_run_that_drifts_calls_its_laboratory_and_the_province(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    town = Town()
    loose = replace(RULE, least=3, least_usual=6)
    monkeypatch.setattr(DriftRule, "of", lambda _: loose)
    for number in range(2):
        tubes = [group[0].tube for group in town.sampled([1] * 6)]
        read_at = NOON - 30 * HOUR
        sql.execute(
            "UPDATE sampling_tube SET first_swab_at = %s WHERE code = ANY(%s)", (read_at, tubes)
        )
        town.run(f"R{number}", dict.fromkeys(tubes, "negative"), at=read_at)
    take_up_rates(at=NOON - 29 * HOUR)
    assert _called() == []
    tubes = [group[0].tube for group in town.sampled([1] * 6)]
    town.run("R9", dict.fromkeys(tubes, "positive"))
    for _ in range(2):
        take_up_rates(at=NOON)
    unit = sql.row("SELECT unit_id FROM places_organisation WHERE id = %s", (town.lab1,))
    assert unit is not None
    body = {"rate": "100.0", "expected": "0.0", "count": "6", "state": "positive"}
    lab_call, unit_call = _called("drift:run:%")
    assert lab_call[:3] == ("results.review", town.lab1, None)
    assert unit_call[:3] == ("results.gaps", None, unit[0])
    assert body.items() <= lab_call[3].items()
    assert lab_call[3]["run"] == "R9"
    assert len(_called("drift:lab:%")) == 2
    drifting = [one for one in rates(by=town.dora, at=NOON) if one.drifts]
    assert {one.of for one in drifting} == {RateOf.LAB, RateOf.RUN}


@pytest.mark.django_db
def test_each_sees_the_rates_of_their_own() -> None:
    town = Town()
    ((swab,),) = town.sampled([1])
    town.run("R1", {swab.tube: "negative"})
    take_up_rates(at=NOON)
    assert {one.lab for one in rates(by=town.dora, at=NOON)} == {town.lab1}
    assert {one.lab for one in rates(by=town.ben, at=NOON, lab=town.lab1)} == {town.lab1}
    assert rates(by=town.lan, at=NOON, lab=town.lab2) == []
    assert rates(by=town.egon, at=NOON) == []
    with pytest.raises(NotAllowed):
        rates(by=town.lan, at=NOON, lab=town.lab1)


@pytest.mark.django_db
def test_what_is_no_run_is_refused() -> None:
    outcome = note_rates([-1], by=system_actor("results"), at=NOON)
    assert [str(one.reason) for one in outcome.refused] == ["watch_run_unknown"]


def _called(like: str = "drift:%") -> list[tuple[Any, ...]]:
    return [
        (*line[:3], json.loads(line[3]))
        for line in sql.rows(
            "SELECT permission, organisation_id, unit_id, body::text FROM notices_alarm"
            " WHERE key LIKE %s ORDER BY key",
            (like,),
        )
    ]
