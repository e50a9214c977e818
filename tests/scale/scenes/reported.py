"""What is made ready for the commands about what other laboratories report."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.results import commands as results
from som.results.commands import Closing, Match, Rejection, ReportSent
from som.results.queries import waiting_for_release
from som.sampling import commands as sampling
from som.sampling.commands import RowRead
from som.sampling.lists import ReportedResult
from som.sampling.lists.written import ListRow
from tests.scale.prepared import Call, prepared
from tests.town import NOON, Town


def _file(town: Town, name: str, rows: int) -> ReportSent:
    return ReportSent(town.lab1, town.province, name, name.encode(), rows)


@prepared("results.receive_reports")
def _reports(size: int) -> Call:
    town = Town()
    given = [_file(town, f"{n}.xlsx", 1) for n in range(size)]
    return lambda: results.receive_reports(given, by=town.dora, at=NOON)


def _received(town: Town, rows: list[RowRead]) -> int:
    file = _file(town, "kq.xlsx", len(rows))
    (made,) = results.receive_reports([file], by=town.dora, at=NOON).done
    assert made.report_id is not None
    return made.report_id


def _rows(town: Town, size: int, *, numbered: bool = True) -> list[RowRead]:
    """For each of so many a tube of ours and somebody by number, or somebody without one."""
    tubes = town.tubes(size)
    swabs = [town.swab(code) for code in tubes]
    assert not sampling.record_swabs(swabs, session="S1", by=town.ana, at=NOON).refused
    people = [town.declaration() for _ in range(size)]
    rows = [ListRow(n, tube=code, result=ReportedResult.POSITIVE) for n, code in enumerate(tubes)]
    rows += [
        ListRow(
            n, lab_code=f"XN-{n}", name=said.name, number=said.number if numbered else "",
            birth_date=said.birth_date, sex=said.sex, result=ReportedResult.POSITIVE,
        )
        for n, said in enumerate(people)
    ]  # fmt: skip
    return [RowRead(place, row) for place, row in enumerate(rows)]


@prepared("results.note_reports")
def _rows_noted(size: int) -> Call:
    town = Town()
    rows = _rows(town, size)
    report = _received(town, rows)
    return lambda: results.note_reports(rows, report=report, by=town.dora, at=NOON)


def _waiting(size: int, state: str, *, numbered: bool = True) -> tuple[Town, list[int]]:
    town = Town()
    rows = _rows(town, size, numbered=numbered)
    report = _received(town, rows)
    results.note_reports(rows, report=report, by=town.dora, at=NOON)
    with scope.entered(town.dora, "results.receive_reports"):
        found = sql.rows("SELECT id FROM results_reported WHERE state = %s", (state,))
    assert len(found) >= size
    return town, [line[0] for line in found]


@prepared("results.close_verdicts", many=90)
def _closings(size: int) -> Call:
    town = Town()
    tubes = [swab.tube for (swab,) in town.sampled([1] * size)]
    town.run("R1", dict.fromkeys(tubes, "negative"))
    rows = [
        RowRead(n, ListRow(n, tube=code, result=ReportedResult.NEGATIVE))
        for n, code in enumerate(tubes)
    ]
    report = _received(town, rows)
    results.note_reports(rows, report=report, by=town.dora, at=NOON)
    with scope.entered(town.dora, "results.receive_reports"):
        ids = [line[0] for line in sql.rows("SELECT id FROM results_reported")]
    results.match_reported([Match(n, None, "đã gọi") for n in ids], by=town.dora, at=NOON)
    results.release_reported(ids, by=replace(town.dora, name="dung"), at=NOON)
    waiting = waiting_for_release(town.lab1, by=town.bao)
    given = [Closing(one.verdict, "đã có kết quả") for one in waiting]
    assert len(given) == size
    return lambda: results.close_verdicts(given, lab=town.lab1, by=town.bao, at=NOON)


@prepared("results.match_reported")
def _matches(size: int) -> Call:
    town, ids = _waiting(size, "review", numbered=False)
    given = [Match(number, None, "đã gọi điện") for number in ids]
    return lambda: results.match_reported(given, by=town.dora, at=NOON)


@prepared("results.reject_reported")
def _rejections(size: int) -> Call:
    town, ids = _waiting(size, "waiting")
    given = [Rejection(number, "gửi nhầm") for number in ids]
    dung = replace(town.dora, name="dung")
    return lambda: results.reject_reported(given, by=dung, at=NOON)


@prepared("results.release_reported")
def _releases(size: int) -> Call:
    town, ids = _waiting(size, "waiting")
    dung = replace(town.dora, name="dung")
    return lambda: results.release_reported(ids, by=dung, at=NOON)


@prepared("results.forget_reports")
def _forgotten(size: int) -> Call:
    town, worker = Town(), system_actor("results")
    given = [_file(town, f"{n}.xlsx", 1) for n in range(size)]
    ids = [one.report_id or 0 for one in results.receive_reports(given, by=town.dora, at=NOON).done]
    row = RowRead(0, ListRow(2, lab_code="XN-1", result=ReportedResult.NEGATIVE))
    for report in ids:
        results.note_reports([row], report=report, by=town.dora, at=NOON)
    return lambda: results.forget_reports(ids, by=worker, at=NOON + timedelta(days=40))
