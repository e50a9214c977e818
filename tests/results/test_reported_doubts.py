"""What keeps another laboratory's word back: recalls, holds, custody, a second person; and its names."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.lab.commands import place_holds, read_antigen_tests
from som.lab.rules import AntigenTest, HoldKind, HoldWanted
from som.people.rules import Declaration
from som.results import commands, queries, work
from som.results.commands import Match, Rejection, ReportSent
from som.results.rules import RecallWanted, ReleaseRefusal, ReportRefusal, Which
from som.results.rules.reported import is_molecular
from som.sampling.lists import ReportedResult, RowRefusal, read_list
from som.sampling.lists.written import ListRow
from som.sampling.rules.imports import ResultRefusal
from tests.results.test_recalls import bich
from tests.results.test_reported import (
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
)
from tests.town import NOON

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def reasons(outcome: Any) -> list[Any]:
    return [one.reason for one in outcome.refused]


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


def test_the_same_file_is_not_another_laboratorys_report() -> None:
    reports = Reports()
    town = reports.town
    file = ReportSent(town.lab1, town.province, "a.xlsx", b"a", 1)
    theirs = replace(file, sender=town.lab2)
    outcome = commands.receive_reports([file, theirs], by=reports.dora, at=NOON)
    assert (len(outcome.done), reasons(outcome)) == (1, [ReportRefusal.OTHER_SENDER])
    again = commands.receive_reports([theirs], by=reports.dung, at=NOON)
    assert reasons(again) == [ReportRefusal.OTHER_SENDER]


def test_a_file_whose_rows_were_all_refused_may_come_as_its_true_senders() -> None:
    reports = Reports()
    town = reports.town
    ((wrong, *_),) = reports.sent(named(town.declaration(), NEGATIVE))
    assert commands.reject_reported(
        [Rejection(wrong, "nhầm phòng xét nghiệm")], by=reports.dora, at=NOON
    ).done
    file = ReportSent(town.lab2, town.province, "kq1.xlsx", b"1", 1)
    assert commands.receive_reports([file], by=reports.dora, at=NOON).done


HEAD = "STT,Họ và tên,Ngày sinh,Giới tính,Số CCCD,Mã xét nghiệm,Kết quả\n"


def received(reports: Reports, name: str, content: bytes) -> int:
    file = ReportSent(reports.town.lab1, reports.town.province, name, content, 1)
    (made,) = commands.receive_reports([file], by=reports.dora, at=NOON).done
    assert made.report_id is not None
    return made.report_id


def noted() -> list[tuple[Any, ...]]:
    with scope.entered(system_actor("results"), "results.receive_reports"):
        return sql.rows("SELECT name, noted, tries, fault FROM results_report ORDER BY id")


def test_a_cell_without_end_is_a_row_refused() -> None:
    reports = Reports()
    code = "".join(f"{n:X}" for n in range(3_000))[:9_000]
    report = received(
        reports, "a.csv", (HEAD + f"1,Nguyễn Văn An,01/02/1980,Nam,,{code},Âm tính\n").encode()
    )
    assert work.take_up_reports(at=NOON) == 1
    (found,) = queries.reported_rows(report, by=reports.dora, at=NOON)
    assert found.state == "refused"
    ((_, state, reason),) = reports.sent(named(reports.town.declaration(), NEGATIVE, lab_code=code))
    assert (state, reason) == ("refused", RowRefusal.CODE_TOO_LONG)


def test_a_report_that_fails_stops_and_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    reports = Reports()
    good = (HEAD + "1,Trần Văn Bình,01/02/1981,Nam,,XN-5,Dương tính\n").encode()
    received(reports, "bad.csv", b"bad" + good)
    received(reports, "good.csv", good)
    reader = read_list

    def read(content: bytes, *, filename: str) -> Any:
        if filename == "bad.csv":
            raise ValueError(filename)
        return reader(content, filename=filename)

    monkeypatch.setattr(work, "read_list", read)
    for _ in range(3):
        with pytest.raises(ValueError, match=r"bad\.csv"):
            work.take_up_reports(at=NOON)
    assert work.take_up_reports(at=NOON) == 1
    assert work.take_up_reports(at=NOON) == 0
    assert noted() == [("bad.csv", 0, 4, "report_unexpected"), ("good.csv", 1, 0, "")]


def called() -> list[tuple[int, int, bool]]:
    """To which reports, for which unit, whoever receives them is called, and whether still."""
    return sql.rows(
        "SELECT subject_id, unit_id, closed_at IS NULL FROM notices_alarm"
        " WHERE kind = 'report_stopped' AND permission = 'results.receive_reports' ORDER BY id"
    )


def test_a_report_that_stopped_calls_until_it_is_sent_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    reports = Reports()
    good = (HEAD + "1,Trần Văn Bình,01/02/1981,Nam,,XN-5,Dương tính\n").encode()
    report = received(reports, "kq.csv", good)
    with monkeypatch.context() as broken:
        broken.setattr(work, "read_list", lambda *_, **__: 1 // 0)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                work.take_up_reports(at=NOON)
        assert called() == []
        for days, taken in ((0, 1), (0, 0), (2, 0)):
            assert work.take_up_reports(at=NOON + days * DAY) == taken
            assert called() == [(report, reports.town.province, True)]
    file = ReportSent(reports.town.lab1, reports.town.province, "kq.csv", good, 1)
    assert commands.receive_reports([file], by=reports.dora, at=NOON).done
    assert commands.receive_reports([file], by=reports.dora, at=NOON).unchanged
    assert work.take_up_reports(at=NOON) == 1
    assert called() == [(report, reports.town.province, False)]
    assert noted() == [("kq.csv", 1, 0, "")]


def test_a_sound_report_of_the_sender_ends_the_call_too(monkeypatch: pytest.MonkeyPatch) -> None:
    reports = Reports()
    line = "1,Trần Văn Bình,01/02/1981,Nam,,XN-5,Dương tính\n"
    received(reports, "bad.csv", (HEAD + line).encode())
    with monkeypatch.context() as broken:
        broken.setattr(work, "read_list", lambda *_, **__: 1 // 0)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                work.take_up_reports(at=NOON)
        work.take_up_reports(at=NOON)
    reports.sent(named(reports.town.declaration(), NEGATIVE), at=NOON + DAY)
    work.take_up_reports(at=NOON + DAY)
    assert [is_open for *_, is_open in called()] == [False]


def test_a_report_that_goes_on_is_not_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    reports = Reports()
    lines = "".join(f"{n},Trần Văn Bình,01/02/1981,Nam,,XN-{n},Âm tính\n" for n in range(6))
    file = ReportSent(
        reports.town.lab1, reports.town.province, "kq.csv", (HEAD + lines).encode(), 6
    )
    assert commands.receive_reports([file], by=reports.dora, at=NOON).done
    monkeypatch.setattr(work, "chunks", lambda rows: [[row] for row in rows])
    noting, begun = work.note_reports, []

    def note(*args: Any, **kwargs: Any) -> Any:
        # As if the worker were ended after every row that is new.
        if noting(*args, **kwargs).done:
            begun.append(1)
            raise KeyboardInterrupt

    monkeypatch.setattr(work, "note_reports", note)
    for _ in range(6):
        with pytest.raises(KeyboardInterrupt):
            work.take_up_reports(at=NOON)
    assert (len(begun), noted()) == (6, [("kq.csv", 6, 0, "")])


def test_no_more_reports_are_taken_up_than_asked_for() -> None:
    reports = Reports()
    for n in range(3):
        line = f"1,Trần Văn Bình,01/02/1981,Nam,,XN-{n},Âm tính\n"
        received(reports, f"{n}.csv", (HEAD + line).encode())
    assert work.take_up_reports(at=NOON, steps=2) == 2
    assert [line[1] for line in noted()] == [1, 1, 0]


def test_the_file_is_forgotten_and_what_it_said_stays() -> None:
    reports = Reports()
    ((waits, *_),) = reports.sent(named(reports.town.declaration(), NEGATIVE))
    assert work.take_up_report_files(at=NOON + 29 * DAY) == 0
    assert work.take_up_report_files(at=NOON + 31 * DAY) == 1
    (one,) = queries.reports_received(by=reports.dora)
    assert not one.file_kept
    assert reports.released(waits).done
    file = ReportSent(reports.town.lab1, reports.town.province, "kq1.xlsx", b"1", 1)
    assert commands.receive_reports([file], by=reports.dora, at=NOON).unchanged


def waiting_values() -> list[Any]:
    with scope.entered(system_actor("results"), "results.receive_reports"):
        return sql.rows("SELECT value, state FROM results_reported ORDER BY id")


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


# --- numbers without any day ---------------------------------------------------------------------


def undated(said: Declaration, result: ReportedResult, **more: Any) -> ListRow:
    """A row with the sender's number that tells no day at all."""
    return named(said, result, **({"taken_on": None, "tested_on": None} | more))


def on_day(reports: Reports, days: int, *rows: ListRow) -> list[tuple[Any, ...]]:
    """Rows of a fresh report that came so many days later."""
    return reports.sent(*rows, at=NOON + days * DAY)


def test_a_number_without_a_day_is_another_sample_on_another_day() -> None:
    reports = Reports()
    one, two = reports.town.declaration(), reports.town.declaration()
    ((first, *_),) = on_day(reports, 0, undated(one, NEGATIVE))
    ((second, state, _),) = on_day(reports, 7, undated(two, POSITIVE))
    assert state == "waiting"
    assert len(reports.released(first, second).done) == 2
    # In one sample they were a pool, in which nobody is positive.
    assert answers() == [
        (one.name, "XN-77~2026-11-02", 1, "negative"),
        (two.name, "XN-77~2026-11-09", 1, "positive"),
    ]
    assert not asked()


def test_a_correction_on_the_day_itself_is_one_without_any_day_too() -> None:
    reports = Reports()
    said = reports.town.declaration()
    ((first, *_),) = on_day(reports, 0, undated(said, NEGATIVE))
    assert reports.released(first).done
    ((second, state, _),) = on_day(reports, 0, undated(said, POSITIVE))
    assert state == "waiting"
    assert reports.released(second).done
    assert [(version, value) for *_, version, value in answers()] == [
        (1, "negative"),
        (2, "positive"),
    ]


@pytest.mark.parametrize("dated", [False, True])
@pytest.mark.parametrize("released", [False, True])
def test_where_no_day_tells_a_named_person_says_whether_it_is_the_same_sample(
    dated: bool, released: bool
) -> None:
    reports = Reports()
    said = reports.town.declaration()
    ((first, *_),) = on_day(reports, 0, undated(said, NEGATIVE))
    if released:
        assert reports.released(first).done
    later = named(said, POSITIVE) if dated else undated(said, POSITIVE)
    ((doubt, state, reason),) = on_day(reports, 3, later)
    assert (state, reason) == ("review", ReportRefusal.SAMPLE_UNCLEAR)
    assert dict(waiting_values())["negative"] == ("released" if released else "waiting")
    same = Match(doubt, None, "đã gọi: sửa kết quả cũ", same=True)
    for wrong in (
        replace(same, reason=" "),
        replace(same, person=1),
        replace(same, reported=first),
    ):
        assert commands.match_reported([wrong], by=reports.dora, at=NOON).refused
    assert commands.match_reported([same], by=reports.dora, at=NOON).done == [same]
    assert commands.match_reported([same], by=reports.dora, at=NOON).unchanged == [same]
    other = replace(same, same=False)
    assert reasons(commands.match_reported([other], by=reports.dora, at=NOON)) == [
        ReportRefusal.NOT_IN_REVIEW
    ]
    assert reasons(reports.released(doubt, by=reports.dora)) == [ReportRefusal.RECEIVED_BY_SAME]
    assert reports.released(doubt).done == [doubt]
    found = [(version, value) for *_, version, value in answers()]
    assert found == ([(1, "negative"), (2, "positive")] if released else [(1, "positive")])
    assert len({tube for _, tube, *_ in answers()}) == 1
    assert dict(waiting_values())["negative"] == ("released" if released else "replaced")
    closed(reports)


def test_a_number_used_again_for_the_same_person_is_another_sample_by_a_named_persons_word() -> (
    None
):
    reports = Reports()
    said = reports.town.declaration()
    ((first, *_),) = on_day(reports, 0, undated(said, NEGATIVE))
    ((doubt, _, reason),) = on_day(reports, 7, undated(said, NEGATIVE))
    assert reason == ReportRefusal.SAMPLE_UNCLEAR
    another = Match(doubt, None, "đã gọi: mẫu mới", same=False)
    assert commands.match_reported([another], by=reports.dora, at=NOON).done == [another]
    assert len(reports.released(first, doubt).done) == 2
    assert [tube for _, tube, *_ in answers()] == ["XN-77~2026-11-02", "XN-77~2026-11-09"]


def test_a_list_without_days_that_grows_day_by_day_says_the_old_rows_once() -> None:
    reports = Reports()
    said = reports.town.declaration()
    ((first, *_),) = on_day(reports, 0, undated(said, NEGATIVE))
    for day in range(1, 6):
        ((_, state, _),) = on_day(reports, day, undated(said, NEGATIVE))
        assert state == "repeated"
    assert reports.released(first).done
    ((_, state, _),) = on_day(reports, 8, undated(said, NEGATIVE))
    assert state == "review"


def test_what_repeats_a_doubtful_word_is_said_once_and_after_a_recall_anew() -> None:
    reports = Reports()
    town = reports.town
    said = town.declaration()
    ((first, *_),) = on_day(reports, 0, undated(said, POSITIVE))
    (one, *_), (two, *_) = (on_day(reports, day, undated(said, POSITIVE))[0] for day in (4, 8))
    same = [Match(row_id, None, "đã gọi", same=True) for row_id in (one, two)]
    # The second is in doubt because of the first doubt: that is settled before.
    assert reasons(commands.match_reported(same[1:], by=reports.dora, at=NOON)) == [
        ReportRefusal.TUBE_DOUBTFUL
    ]
    assert commands.match_reported(same[:1], by=reports.dora, at=NOON).done
    assert waiting_values()[1] == ("positive", "repeated")
    assert reports.released(first).done


def test_days_that_differ_make_two_samples_without_asking() -> None:
    reports = Reports()
    said = reports.town.declaration()
    tested = [undated(said, NEGATIVE, tested_on=TODAY - days * DAY) for days in (9, 1)]
    assert [on_day(reports, 0, one)[0][1] for one in tested] == ["waiting", "waiting"]
    ((_, state, _),) = on_day(reports, 0, named(said, NEGATIVE, taken_on=TODAY))
    assert state == "waiting"
    # A day of sampling added to what was tested on that day.
    ((_, state, _),) = on_day(
        reports, 0, named(said, POSITIVE, tested_on=TODAY - DAY, taken_on=TODAY - 2 * DAY)
    )
    assert state == "review"
