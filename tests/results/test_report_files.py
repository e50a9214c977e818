"""Files of reports: sent again, spoiled, stopped on the way, and forgotten after some days."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.results import commands, queries, work
from som.results.commands import Rejection, ReportSent
from som.results.rules import ReportRefusal
from som.sampling.lists import RowRefusal, read_list
from tests.results.reports import DAY, NEGATIVE, Reports, named, reasons
from tests.town import NOON

pytestmark = pytest.mark.django_db


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

    def read(content: bytes, **more: Any) -> Any:
        if content.startswith(b"bad"):
            raise ValueError("bad.csv")
        return reader(content, **more)

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
