"""What keeps another laboratory's word back: recalls, holds, custody, a second person; and its names."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from som.lab.commands import place_holds, read_antigen_tests
from som.lab.rules import AntigenTest, HoldKind, HoldWanted
from som.results import commands, queries, work
from som.results.commands import Match, Rejection
from som.results.rules import RecallWanted, ReleaseRefusal, ReportRefusal, Which
from som.results.rules.reported import is_molecular
from som.sampling.rules.imports import ResultRefusal
from tests.results.reports import (
    DAY,
    NEGATIVE,
    POSITIVE,
    TODAY,
    Reports,
    answers,
    asked,
    closed,
    named,
    of,
    reasons,
    row,
    waiting_values,
)
from tests.results.reviews import bich
from tests.town import NOON

pytestmark = pytest.mark.django_db


def recalled(reports: Reports, which: Which = Which.ALL) -> int:
    """A recall of laboratory one's last days, proposed."""
    town = reports.town
    given = RecallWanted(town.lab1, NOON - 3 * DAY, NOON, "lô sinh phẩm hỏng", which)
    assert commands.propose_recalls([given], by=town.bao, at=NOON).done
    return queries.recalls(by=town.dora)[0].id


def test_a_recall_of_the_sender_keeps_its_reports_back() -> None:
    reports = Reports()
    town = reports.town
    ((waits, *_),) = reports.sent(named(town.declaration(), NEGATIVE))
    ((older, *_),) = reports.sent(
        named(town.declaration(), NEGATIVE, lab_code="XN-1", taken_on=TODAY - 9 * DAY,
              tested_on=TODAY - 8 * DAY)
    )  # fmt: skip
    recall = recalled(reports)
    assert reasons(reports.released(waits)) == [ReportRefusal.RECALLED]
    # Tested before what the recall covers.
    assert reports.released(older).done == [older]
    assert commands.confirm_recalls([recall], by=bich(town), at=NOON).done
    work.take_up_recalls(at=NOON)
    assert reasons(reports.released(waits)) == [ReportRefusal.RECALLED]
    assert [value for *_, value in answers()] == ["negative"]


def test_a_recall_takes_back_what_was_tested_in_its_days_whenever_it_was_released() -> None:
    reports = Reports()
    town = reports.town
    days = [(TODAY - 1 * DAY, "XN-1"), (TODAY - 9 * DAY, "XN-2")]
    rows = [
        named(town.declaration(), NEGATIVE, lab_code=code, taken_on=day, tested_on=day)
        for day, code in days
    ]
    found = reports.sent(*rows)
    assert len(reports.released(*[waits for waits, *_ in found]).done) == 2
    assert commands.confirm_recalls([recalled(reports)], by=bich(town), at=NOON).done
    work.take_up_recalls(at=NOON)
    assert [(code, value) for _, code, _, value in answers()] == [
        ("XN-1@2026-11-01", "negative"),
        ("XN-2@2026-10-24", "negative"),
        ("XN-1@2026-11-01", "withdrawn"),
    ]


def test_a_recall_of_negatives_lets_positives_pass() -> None:
    reports = Reports()
    town = reports.town
    found = reports.sent(
        named(town.declaration(), NEGATIVE, lab_code="XN-1"),
        named(town.declaration(), POSITIVE, lab_code="XN-2"),
    )
    recalled(reports, Which.NEGATIVES)
    outcome = reports.released(*[waits for waits, *_ in found])
    assert (outcome.done, reasons(outcome)) == ([found[1][0]], [ReportRefusal.RECALLED])


def test_a_hold_on_the_sender_keeps_its_reports_back() -> None:
    reports = Reports()
    town = reports.town
    ((waits, *_),) = reports.sent(named(town.declaration(), NEGATIVE))
    hold = HoldWanted(HoldKind.LAB, "nhiễm chéo", lab=town.lab1)
    assert place_holds([hold], by=town.bao, at=NOON).done
    assert reasons(reports.released(waits)) == [ReportRefusal.HELD]
    assert not answers()


def test_the_same_word_after_a_recall_reaches_the_person() -> None:
    reports = Reports()
    town = reports.town
    said = named(town.declaration(), NEGATIVE)
    ((first, *_),) = reports.sent(said)
    assert reports.released(first).done
    assert commands.confirm_recalls([recalled(reports)], by=bich(town), at=NOON).done
    work.take_up_recalls(at=NOON)
    # Tested anew, after what the recall covers.
    ((again, state, _),) = reports.sent(replace(said, tested_on=TODAY + 2 * DAY), at=NOON + 2 * DAY)
    assert state == "waiting"
    assert reports.released(again).done == [again]
    assert [(version, value) for *_, version, value in answers()] == [
        (1, "negative"), (2, "withdrawn"), (3, "negative"),
    ]  # fmt: skip


def test_a_laboratory_that_never_had_the_tube_is_asked_about() -> None:
    reports = Reports()
    town = reports.town
    ((swab,),) = town.sampled([1])
    ((doubt, state, reason),) = reports.sent(row(NEGATIVE, tube=swab.tube), lab=town.lab2)
    assert (state, reason) == ("review", ReportRefusal.NOT_AT_SENDER)
    town.run("R1", {swab.tube: "positive"})
    (own,) = queries.waiting_for_release(town.lab1, by=town.bao)
    assert commands.release_verdicts([own.verdict], lab=town.lab1, by=town.bao, at=NOON).done
    assert [value for *_, value in answers()] == ["positive"]
    match = Match(doubt, None, "đã gọi")
    assert commands.match_reported([match], by=reports.dora, at=NOON).done
    assert reasons(reports.released(doubt)) == [ReportRefusal.ANSWERED]


def test_a_tube_that_is_tested_here_too_is_asked_about_even_if_loaded_later() -> None:
    reports = Reports()
    town = reports.town
    (one,), (other,) = town.sampled([1, 1])
    ((waits, state, _),) = reports.sent(row(NEGATIVE, tube=other.tube))
    assert state == "waiting"
    town.run("R1", {one.tube: "positive", other.tube: "positive"})
    ((_, state, reason),) = reports.sent(row(NEGATIVE, tube=one.tube))
    assert (state, reason) == ("review", ReportRefusal.TESTED_HERE)
    assert reasons(reports.released(waits)) == [ReportRefusal.TESTED_HERE]
    match = Match(waits, None, "mẫu chia đôi, đã gọi")
    assert commands.match_reported([match], by=reports.dora, at=NOON).done
    assert not answers()


def test_one_person_does_not_choose_between_two_answers() -> None:
    reports = Reports()
    (swab,) = reports.recorded()
    (good, *_), (bad, *_) = reports.sent(of(swab, NEGATIVE), of(swab, POSITIVE))
    assert reasons(reports.released(good)) == [ReportRefusal.TUBE_DOUBTFUL]
    gone = Rejection(bad, "gõ nhầm")
    refused = commands.reject_reported([gone], by=reports.dora, at=NOON)
    assert reasons(refused) == [ReportRefusal.SECOND_PERSON]
    assert commands.reject_reported([gone], by=reports.dung, at=NOON).done == [gone]
    assert reasons(reports.released(good)) == [ReportRefusal.MATCHED_BY_SAME]
    third = replace(reports.dora, name="duc")
    assert reports.released(good, by=third).done == [good]


def test_whoever_matched_a_positive_does_not_refuse_it() -> None:
    reports = Reports()
    said = reports.town.declaration()
    ((doubt, *_),) = reports.sent(named(said, POSITIVE, number=""))
    match = Match(doubt, None, "người mới")
    assert commands.match_reported([match], by=reports.dung, at=NOON).done
    refused = commands.reject_reported([Rejection(doubt, "thôi")], by=reports.dung, at=NOON)
    assert reasons(refused) == [ReportRefusal.SECOND_PERSON]


def test_a_number_used_again_is_another_sample() -> None:
    reports = Reports()
    one, two = reports.town.declaration(), reports.town.declaration()
    old = {"taken_on": date(2026, 9, 1), "tested_on": date(2026, 9, 1)}
    ((first, *_),) = reports.sent(named(one, NEGATIVE, lab_code="12", **old))
    assert reports.released(first).done
    new = {"taken_on": date(2026, 10, 30), "tested_on": date(2026, 10, 31)}
    found = reports.sent(
        named(one, NEGATIVE, lab_code="12", **new), named(two, POSITIVE, lab_code="13", **new)
    )
    assert [state for _, state, _ in found] == ["waiting", "waiting"]
    ((other, *_),) = reports.sent(named(two, POSITIVE, lab_code="12"))
    assert len(reports.released(*[waits for waits, *_ in found], other).done) == 3
    assert sorted(line[:4] for line in answers()) == sorted(
        [
            (one.name, "12@2026-09-01", 1, "negative"),
            (one.name, "12@2026-10-30", 1, "negative"),
            (two.name, "13@2026-10-30", 1, "positive"),
            (two.name, "12@2026-11-01", 1, "positive"),
        ]
    )
    assert not asked()
    closed(reports)


@pytest.mark.parametrize(
    ("method", "molecular"),
    [
        ("RT-PCR", True), ("Realtime RT-PCR", True), ("real - time", True), ("RT-LAMP", True),
        ("GeneXpert", True), ("Xpert Xpress", True), ("Sinh học phân tử", True), ("NAAT", True),
        ("", False), ("Ag", False), ("KN", False), ("Panbio", False), ("SD Biosensor", False),
        ("Test nhanh", False), ("Test nhanh PCR", False), ("Kháng nguyên", False), ("RDT", False),
        ("ELISA", False),
    ],
)  # fmt: skip
def test_only_a_method_known_to_look_for_the_gene_confirms(method: str, molecular: bool) -> None:
    assert is_molecular(method) is molecular


@pytest.mark.parametrize("method", ["", "Ag", "KN", "Panbio", "SD Biosensor"])
def test_a_positive_by_an_unknown_method_is_only_suspected(method: str) -> None:
    reports = Reports()
    (swab,) = reports.recorded()
    ((waits, *_),) = reports.sent(of(swab, POSITIVE, method=method))
    assert reports.released(waits).done
    assert [value for *_, value in answers()] == ["suspected"]


def test_a_positive_that_names_nobody_stays_before_somebodys_eyes() -> None:
    reports = Reports()
    found = reports.sent(row(POSITIVE, lab_code="1"), row(NEGATIVE, lab_code="2"))
    assert [(state, reason) for _, state, reason in found] == [
        ("review", ReportRefusal.POSITIVE_OF_NOBODY),
        ("refused", ResultRefusal.NOBODY_NAMED),
    ]


def test_a_refused_row_takes_the_place_of_nothing() -> None:
    reports = Reports()
    said = reports.town.declaration()
    reports.sent(named(said, POSITIVE))
    reports.sent(named(said, NEGATIVE, birth_date=date(1700, 1, 1)))
    assert waiting_values() == [("positive", "waiting"), ("negative", "refused")]


def test_nobody_makes_a_positive_vanish_by_a_later_row_and_its_rejection() -> None:
    reports = Reports()
    said = reports.town.declaration()
    reports.sent(named(said, POSITIVE))
    ((later, *_),) = reports.sent(named(said, NEGATIVE))
    assert waiting_values() == [("positive", "replaced"), ("negative", "waiting")]
    given = [Rejection(later, "nhầm")]
    assert commands.reject_reported(given, by=reports.dora, at=NOON).refused
    assert commands.reject_reported(given, by=reports.dung, at=NOON).done == given


def test_a_strip_does_not_refute_a_confirmed_positive() -> None:
    reports = Reports()
    town = reports.town
    ((swab,),) = town.sampled([1])
    hour = timedelta(hours=1)
    strip = AntigenTest(swab.tube, NOON, NOON + hour / 4, control_line=True, test_line=False)
    where = {"lab": town.lab1, "kit": "standard_q_ag", "kit_lot": "L1"}
    assert read_antigen_tests([strip], by=town.ben, at=NOON + hour, **where).done == [strip]
    ((waits, *_),) = reports.sent(of(swab, POSITIVE, tested_on=TODAY, method="RT-PCR"))
    matched = [Match(waits, None, "đã gọi hỏi")]
    assert commands.match_reported(matched, by=reports.dora, at=NOON).done == matched
    assert reports.released(waits).done == [waits]
    shown = queries.waiting_for_release(town.lab1, by=town.bao)
    outcome = commands.release_verdicts(
        [one.verdict for one in shown], lab=town.lab1, by=town.bao, at=NOON + 2 * hour
    )
    assert reasons(outcome) == [ReleaseRefusal.MAY_NOT_CONFIRM]
    assert [answer[-1] for answer in answers()] == ["positive"]
    assert not queries.ledger_gaps(by=town.dora, at=NOON + 40 * hour)


def test_a_recall_is_not_passed_by_way_of_a_second_row() -> None:
    reports = Reports()
    town = reports.town
    said = town.declaration()
    (inside, *_), (outside, *_) = reports.sent(
        named(said, NEGATIVE, tested_on=TODAY - DAY), named(said, NEGATIVE, tested_on=TODAY)
    )
    given = RecallWanted(town.lab1, NOON - 3 * DAY, NOON - DAY / 2, "ngưỡng sai")
    assert commands.propose_recalls([given], by=town.bao, at=NOON).done
    for one in (inside, outside):
        assert not reports.released(one).done
    assert not answers()


def test_nobody_chooses_alone_between_two_reports() -> None:
    reports = Reports()
    said = reports.town.declaration()
    ((first, *_),) = reports.sent(named(said, POSITIVE))
    assert commands.reject_reported([Rejection(first, "x")], by=reports.dung, at=NOON).done
    ((second, *_),) = reports.sent(named(said, NEGATIVE))
    assert reasons(reports.released(second)) == [ReportRefusal.MATCHED_BY_SAME]
    third = replace(reports.dora, name="third")
    assert reports.released(second, by=third).done == [second]
