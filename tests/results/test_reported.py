"""What other laboratories report: whose result it is, who may release it, and what is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.kernel.errors import NotFound
from som.lab.queries import waiting_tubes
from som.results import commands, queries
from som.results.commands import Match, Rejection, ReportSent
from som.results.rules import ReportRefusal
from som.results.work import take_up_expired
from som.sampling.commands import Loss, RowRead, lose_tubes
from som.sampling.lists import ReportedResult, RowRefusal, RowRefused
from som.sampling.lists.written import ListRow
from som.sampling.rules.imports import ResultRefusal
from tests.results.reports import (
    NEGATIVE,
    POSITIVE,
    TODAY,
    Reports,
    answers,
    asked,
    closed,
    named,
    of,
    row,
    told,
)
from tests.town import NOON

pytestmark = pytest.mark.django_db


def test_our_own_tube_is_answered_by_a_second_receiver() -> None:
    reports = Reports()
    (swab,) = reports.recorded()
    ((waits, state, _),) = reports.sent(of(swab, POSITIVE, tested_on=TODAY))
    assert state == "waiting"
    assert not answers()
    refused = reports.released(waits, by=reports.dora).refused
    assert [r.reason for r in refused] == [ReportRefusal.RECEIVED_BY_SAME]
    assert reports.released(waits).done == [waits]
    assert reports.released(waits).unchanged == [waits]
    assert swab.said is not None
    assert answers() == [(swab.said.name, swab.tube, 1, "positive")]
    assert {reports.town.north, reports.town.province} <= set(told("positive"))
    assert not asked()
    closed(reports)


def test_a_tube_whose_people_are_answered_waits_at_no_bench_any_more() -> None:
    reports = Reports()
    town = reports.town
    alone, suspected = (swab for (swab,) in town.sampled([1, 1]))
    first, _ = town.sampled([2])[0]
    assert len(waiting_tubes(town.lab1, by=town.ben)) == 3
    rows = [of(alone, NEGATIVE), of(first, NEGATIVE), of(suspected, POSITIVE, method="antigen")]
    sent = reports.sent(*rows)
    assert reports.released(*(row_id for row_id, *_ in sent)).refused == []
    waiting = [tube.code for tube in waiting_tubes(town.lab1, by=town.ben)]
    # Whom a rapid test found is to be confirmed: that tube still waits.
    assert waiting == [suspected.tube]


def test_a_tube_code_alone_is_enough_and_comes_in_either_column() -> None:
    reports = Reports()
    (one,), (other,) = reports.recorded(), reports.recorded()
    found = reports.sent(row(NEGATIVE, tube=one.tube), row(NEGATIVE, lab_code=other.tube))
    assert [state for _, state, _ in found] == ["waiting", "waiting"]
    assert len(reports.released(*[waits for waits, *_ in found]).done) == 2
    assert [value for *_, value in answers()] == ["negative", "negative"]
    closed(reports)


@pytest.mark.parametrize("name", ["Lò Thị Khác", "lo thi khac"])
def test_a_row_that_names_somebody_else_waits_for_a_named_person(name: str) -> None:
    reports = Reports()
    (swab,) = reports.recorded()
    ((doubt, state, reason),) = reports.sent(row(POSITIVE, tube=swab.tube, name=name))
    assert (state, reason) == ("review", ReportRefusal.NOT_IN_TUBE)
    (refused,) = reports.released(doubt).refused
    assert refused.reason is ReportRefusal.NOT_WAITING
    match = Match(doubt, None, "tên viết nhầm, đã gọi phòng xét nghiệm")
    (refused,) = commands.match_reported(
        [replace(match, reason=" ")], by=reports.dung, at=NOON
    ).refused
    assert refused.reason is ReportRefusal.REASON_MISSING
    assert commands.match_reported([match], by=reports.dung, at=NOON).done == [match]
    (refused,) = reports.released(doubt).refused
    assert refused.reason is ReportRefusal.MATCHED_BY_SAME
    assert reports.released(doubt, by=replace(reports.dora, name="duc")).done == [doubt]
    closed(reports)


def test_a_doubt_about_one_row_holds_the_others_of_its_tube() -> None:
    reports = Reports()
    (swab,) = reports.recorded()
    (sound, _, _), (doubt, _, _) = reports.sent(
        of(swab, NEGATIVE), row(NEGATIVE, tube=swab.tube, name="Lò Thị Khác")
    )
    (refused,) = reports.released(sound).refused
    assert refused.reason is ReportRefusal.TUBE_DOUBTFUL
    gone = Rejection(doubt, "người này không lấy mẫu ở đây")
    assert commands.reject_reported([gone], by=reports.dung, at=NOON).done == [gone]
    assert commands.reject_reported([gone], by=reports.dung, at=NOON).unchanged == [gone]
    # Whoever refused one of two answers does not give the other.
    (refused,) = reports.released(sound).refused
    assert refused.reason is ReportRefusal.MATCHED_BY_SAME
    assert reports.released(sound, by=replace(reports.dora, name="duc")).done == [sound]
    assert len(answers()) == 1


def test_a_negative_field_pool_answers_everybody_by_pool() -> None:
    reports = Reports()
    swabs = reports.recorded(3)
    found = reports.sent(*[of(swab, NEGATIVE) for swab in swabs])
    assert [state for _, state, _ in found] == ["waiting"] * 3
    # One row speaks of the tube; the others say the same.
    assert reports.released(found[1][0]).done == [found[1][0]]
    assert [value for *_, value in answers()] == ["negative_by_pool"] * 3
    assert len(reports.released(*[waits for waits, *_ in found]).unchanged) == 3
    closed(reports)


def test_nobody_is_positive_because_of_a_reported_pool() -> None:
    reports = Reports()
    swabs = reports.recorded(3)
    ((waits, _, _),) = reports.sent(row(POSITIVE, tube=swabs[0].tube))
    assert reports.released(waits).done
    assert not answers()
    assert asked() == [("recalled_pool", True)] * 3
    assert told("pool_held")
    closed(reports)


@pytest.mark.parametrize(
    ("lab", "method", "value"),
    [
        ("lab1", "RT-PCR", "positive"),
        ("lab2", "RT-PCR", "suspected"),
        ("lab1", "TEST NHANH", "suspected"),
        ("lab1", "Test nhanh kháng nguyên", "suspected"),
    ],
)
def test_who_may_not_confirm_or_tests_rapidly_only_suspects(
    lab: str, method: str, value: str
) -> None:
    reports = Reports()
    (swab,) = reports.recorded(session="S2" if lab == "lab2" else "S1")
    ((waits, _, _),) = reports.sent(
        of(swab, POSITIVE, method=method), lab=getattr(reports.town, lab)
    )
    assert reports.released(waits).done
    assert answers()[0][3] == value
    assert asked() == ([] if value == "positive" else [("confirmation", True)])
    closed(reports)


def test_the_right_counts_on_the_day_of_the_test() -> None:
    reports = Reports()
    (swab,) = reports.recorded()
    before = of(swab, POSITIVE, tested_on=date(2019, 12, 31))
    ((waits, _, _),) = reports.sent(before)
    assert reports.released(waits).done
    assert answers()[0][3] == "suspected"


def test_what_was_suspected_is_confirmed_by_a_laboratory_that_may() -> None:
    reports = Reports()
    (swab,) = reports.recorded(session="S2")
    ((first, _, _),) = reports.sent(of(swab, POSITIVE), lab=reports.town.lab2)
    assert reports.released(first).done
    ((second, state, reason),) = reports.sent(of(swab, NEGATIVE), lab=reports.town.lab1)
    assert (state, reason) == ("review", ReportRefusal.NOT_AT_SENDER)
    match = Match(second, None, "mẫu gửi khẳng định, có biên bản")
    assert commands.match_reported([match], by=reports.dora, at=NOON).done
    assert reports.released(second).done
    assert [(version, value) for *_, version, value in answers()] == [
        (1, "suspected"), (2, "negative"),
    ]  # fmt: skip
    assert told("corrected")
    closed(reports)


@pytest.mark.parametrize(
    ("value", "answer", "why"),
    [
        (ReportedResult.INCONCLUSIVE, ["inconclusive"], "inconclusive"),
        (ReportedResult.INVALID, ["inconclusive"], "inconclusive"),
        (ReportedResult.UNFIT, [], "inconclusive"),
        (ReportedResult.RESAMPLE, [], "inconclusive"),
        (ReportedResult.SUSPECTED, ["suspected"], "confirmation"),
    ],
)
def test_whoever_has_no_clear_answer_is_asked_again(
    value: ReportedResult, answer: list[str], why: str
) -> None:
    reports = Reports()
    (swab,) = reports.recorded()
    ((waits, _, _),) = reports.sent(of(swab, value))
    assert reports.released(waits).done
    assert [line[3] for line in answers()] == answer
    assert asked() == [(why, True)]
    closed(reports)


def test_the_same_file_twice_is_one_report() -> None:
    reports = Reports()
    town = reports.town
    file = ReportSent(town.lab1, town.province, "a.xlsx", b"a", 1)
    (first,) = commands.receive_reports([file, file], by=reports.dora, at=NOON).done
    again = commands.receive_reports([file], by=reports.dung, at=NOON)
    assert [one.report_id for one in again.unchanged] == [first.report_id]


def test_our_own_answer_is_never_overwritten() -> None:
    reports = Reports()
    town = reports.town
    ((swab,),) = town.sampled([1])
    town.run("R1", {swab.tube: "negative"})
    (verdict,) = [w.verdict for w in queries.waiting_for_release(town.lab1, by=town.bao)]
    assert commands.release_verdicts([verdict], lab=town.lab1, by=town.bao, at=NOON).done
    (_, same, _), (_, state, reason) = (
        reports.sent(of(swab, value), lab=town.lab2)[0] for value in (NEGATIVE, POSITIVE)
    )
    assert same == "repeated"
    assert (state, reason) == ("refused", ReportRefusal.ANSWERED_OTHERWISE)


def test_nobody_hears_of_a_lost_tube() -> None:
    reports = Reports()
    (swab,) = reports.recorded()
    ((waits, _, _),) = reports.sent(of(swab, NEGATIVE))
    lost = [Loss(swab.tube, "vỡ")]
    town = reports.town
    assert lose_tubes(lost, witness=town.cleo, by=town.ana, at=NOON).done
    (refused,) = reports.released(waits).refused
    assert refused.reason is ReportRefusal.TUBE_CLOSED
    ((_, state, reason),) = reports.sent(of(swab, POSITIVE))
    assert (state, reason) == ("refused", ReportRefusal.TUBE_CLOSED)


def test_a_tube_tested_after_its_use_by_is_not_answered() -> None:
    reports = Reports()
    (swab,) = reports.recorded()
    late = of(swab, NEGATIVE, tested_on=TODAY + timedelta(days=4))
    file = ReportSent(reports.town.lab1, reports.town.province, "a", b"a", 1)
    at = NOON + timedelta(days=4)
    (made,) = commands.receive_reports([file], by=reports.dora, at=at).done
    assert made.report_id is not None
    commands.note_reports([RowRead(0, late)], report=made.report_id, by=reports.dora, at=at)
    (found,) = queries.reported_rows(made.report_id, by=reports.dora, at=at)
    assert (found.state, found.reason) == ("refused", ReportRefusal.TUBE_CLOSED)


def test_a_tube_whose_report_waits_is_kept_open_for_some_hours_and_no_longer() -> None:
    reports = Reports()
    (swab,) = reports.recorded()
    ((waits, _, _),) = reports.sent(of(swab, NEGATIVE))
    later = NOON + timedelta(hours=60)
    assert take_up_expired(at=later) == 0
    assert not queries.ledger_gaps(by=reports.dora, at=later)
    later = NOON + timedelta(days=4)
    assert take_up_expired(at=later) == 1
    assert asked() == [("use_by_passed", True)]
    assert not queries.ledger_gaps(by=reports.dora, at=later)
    (refused,) = reports.released(waits).refused
    assert refused.reason is ReportRefusal.TUBE_CLOSED


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (row(ReportedResult.PENDING, lab_code="1", name="A"), ReportRefusal.NO_RESULT_YET),
        (row(None, lab_code="1", name="A"), ReportRefusal.NO_RESULT_YET),
        (row(NEGATIVE, name="Lò Văn An"), ResultRefusal.CODE_MISSING),
        (row(NEGATIVE, lab_code="1"), ResultRefusal.NOBODY_NAMED),
        (row(NEGATIVE, lab_code="1", names=("A", "B"), name="A"), ResultRefusal.SEVERAL_PEOPLE),
        (
            row(NEGATIVE, lab_code="1", name="A", taken_on=date(2099, 1, 1)),
            ResultRefusal.TAKEN_IN_FUTURE,
        ),
        (RowRefused(3, "Kết quả", RowRefusal.RESULT_UNREADABLE, "?"), RowRefusal.RESULT_UNREADABLE),
    ],
)
def test_rows_that_are_nobodys_result_are_kept_with_the_reason(
    given: ListRow | RowRefused, reason: Any
) -> None:
    reports = Reports()
    ((waits, state, why),) = reports.sent(given)
    assert (state, why) == ("refused", reason)
    assert not reports.released(waits).done
    closed(reports)


def test_a_tube_of_another_province_is_not_answered_here() -> None:
    reports = Reports()
    there = replace(reports.dora, units=reports.town.egon.units, name="egon2")
    (swab,) = reports.recorded()
    file = ReportSent(reports.town.lab1, reports.town.other_province, "a", b"a", 1)
    (made,) = commands.receive_reports([file], by=there, at=NOON).done
    assert made.report_id is not None
    commands.note_reports(
        [RowRead(0, of(swab, POSITIVE))], report=made.report_id, by=there, at=NOON
    )
    (found,) = queries.reported_rows(made.report_id, by=there, at=NOON)
    assert (found.state, found.reason) == ("refused", ReportRefusal.TUBE_ELSEWHERE)
    with pytest.raises(NotFound):
        queries.report_received(made.report_id, by=reports.dora)
    assert not queries.reported_rows(made.report_id, by=reports.dora, at=NOON)


def test_a_report_is_released_when_every_row_is_there() -> None:
    reports = Reports()
    (swab,) = reports.recorded()
    file = ReportSent(reports.town.lab1, reports.town.province, "a", b"a", 2)
    (made,) = commands.receive_reports([file], by=reports.dora, at=NOON).done
    assert made.report_id is not None
    first = [RowRead(0, of(swab, NEGATIVE))]
    commands.note_reports(first, report=made.report_id, by=reports.dora, at=NOON)
    (found,) = queries.reported_rows(made.report_id, by=reports.dora, at=NOON)
    (refused,) = reports.released(found.id).refused
    assert refused.reason is ReportRefusal.INCOMPLETE


def test_the_third_test_of_one_day_is_refused() -> None:
    reports = Reports()
    said = reports.town.declaration()
    found = reports.sent(*[named(said, NEGATIVE, lab_code=f"XN-{n}") for n in range(3)])
    outcome = reports.released(*[waits for waits, *_ in found])
    assert len(outcome.done) == 2
    assert len(outcome.refused) == 1
    closed(reports)


def test_the_way_of_a_tube_ends_with_what_was_reported() -> None:
    reports = Reports()
    (swab,) = reports.recorded()
    ((waits, _, _),) = reports.sent(of(swab, NEGATIVE))
    assert reports.released(waits).done
    (way,) = queries.where_is(swab.tube, by=reports.dora, at=NOON)
    assert (way.stations[-1].kind, way.stations[-1].value) == ("released", "negative")
    assert way.next is None


SPOILED = (
    # Without an origin, with two, before its release, by one person alone, of another tube.
    ("result_has_one_origin", "SELECT {swab}, 1, 'negative', NULL::bigint, {lab}, 'dora', 'dung'"),
    ("result_is_of_the_row_released", "SELECT {swab}, 1, 'negative', {row}, {lab}, 'dora', 'dung'"),
    ("result_is_by_a_second_person", "SELECT {swab}, 1, 'negative', {row}, {lab}, 'dora', 'dora'"),
    (
        "result_is_of_the_row_released",
        "SELECT {other}, 1, 'negative', {row}, {lab}, 'dora', 'dung'",
    ),
)


@pytest.mark.parametrize(("constraint", "values"), SPOILED)
def test_no_statement_answers_anybody_without_a_row_released(constraint: str, values: str) -> None:
    reports = Reports()
    (one,), (other,) = reports.recorded(), reports.recorded()
    ((row_id, _, _),) = reports.sent(of(one, NEGATIVE))
    with scope.entered(system_actor("results"), "results.read"):
        swab, another = (line[0] for line in sql.rows("SELECT id FROM sampling_swab ORDER BY id"))
    assert one.tube != other.tube
    said = values.format(swab=swab, other=another, row=row_id, lab=reports.town.lab1)
    with (
        scope.entered(system_actor("results"), "results.read"),
        pytest.raises(IntegrityError, match=constraint),
        transaction.atomic(),
    ):
        sql.execute(
            "INSERT INTO results_result (unit_ids, swab_id, version, value, reported_id, lab_id,"
            " read_by, released_by, released_at, reason)"
            f" SELECT ARRAY[1], s.*, now(), '' FROM ({said}) AS s"
        )
