"""Reports in several hands at once: a row is noted once, and a swab answered by one of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.results.commands import (
    Match,
    ReportSent,
    match_reported,
    note_reports,
    receive_reports,
    reject_reported,
    release_reported,
)
from som.results.commands.reported import Rejection
from som.results.rules import ReportRefusal
from som.sampling.commands import RowRead, record_swabs
from som.sampling.lists import ReportedResult
from som.sampling.lists.written import ListRow
from tests.races.at_once import at_once, done, reasons
from tests.town import NOON, Town

pytestmark = pytest.mark.slow

MANY = 40


def rows(town: Town) -> list[RowRead]:
    """Tubes of ours and as many people by number."""
    tubes = town.tubes(MANY)
    swabs = [town.swab(code) for code in tubes]
    assert not record_swabs(swabs, session="S1", by=town.ana, at=NOON).refused
    given = [
        ListRow(n, tube=code, result=ReportedResult.POSITIVE, method="RT-PCR")
        for n, code in enumerate(tubes)
    ]
    for n in range(MANY):
        said = town.declaration()
        given.append(
            ListRow(
                n, lab_code=f"XN-{n}", name=said.name, birth_date=said.birth_date, sex=said.sex,
                number=said.number, result=ReportedResult.NEGATIVE,
            )
        )  # fmt: skip
    return [RowRead(place, row) for place, row in enumerate(given)]


def received(town: Town, name: str, many: int, lab: int) -> int:
    file = ReportSent(lab, town.province, name, name.encode(), many)
    outcome = receive_reports([file], by=town.dora, at=NOON)
    return outcome.held[0].report_id or 0


def waiting(town: Town, report: int) -> list[int]:
    with scope.entered(town.dora, "results.receive_reports"):
        return [
            line[0]
            for line in sql.rows(
                "SELECT id FROM results_reported WHERE report_id = %s AND state <> 'refused'"
                " ORDER BY id",
                (report,),
            )
        ]


def versions() -> Counter[int]:
    with scope.entered(system_actor("results"), "results.read"):
        return Counter(line[0] for line in sql.rows("SELECT version FROM results_result"))


def test_a_file_sent_by_two_is_one_report_and_its_rows_are_noted_once(town: Town) -> None:
    given = rows(town)
    first, second = at_once(
        lambda: received(town, "kq.xlsx", len(given), town.lab1),
        lambda: received(town, "kq.xlsx", len(given), town.lab1),
    )
    assert first == second
    noted = at_once(
        lambda: note_reports(given, report=first, by=town.dora, at=NOON),
        lambda: note_reports(given[::-1], report=first, by=town.dora, at=NOON),
    )
    assert len(done(noted)) == len(given)
    assert len(waiting(town, first)) == len(given)


def test_a_file_sent_at_once_as_the_report_of_two_laboratories_is_one_of_them(town: Town) -> None:
    def sent(lab: int, place: str) -> list[ReportSent]:
        names = [f"{n}.xlsx" for n in range(MANY)]
        names = names if place == "first" else names[::-1]
        return [ReportSent(lab, town.province, name, name.encode(), 1) for name in names]

    first, second = sent(town.lab1, "first"), sent(town.lab2, "second")
    outcomes = at_once(
        lambda: receive_reports(first, by=town.dora, at=NOON),
        lambda: receive_reports(second, by=replace(town.dora, name="dung"), at=NOON),
    )
    assert len(done(outcomes)) == MANY
    assert reasons(outcomes) == [ReportRefusal.OTHER_SENDER] * MANY


def test_two_receivers_release_every_row_once(town: Town) -> None:
    given = rows(town)
    report = received(town, "kq.xlsx", len(given), town.lab1)
    note_reports(given, report=report, by=town.dora, at=NOON)
    ids = waiting(town, report)
    dung, duc = (replace(town.dora, name=name) for name in ("dung", "duc"))
    outcomes = at_once(
        lambda: release_reported(ids, by=dung, at=NOON),
        lambda: release_reported(ids[::-1], by=duc, at=NOON),
    )
    assert sorted(done(outcomes)) == ids
    assert versions() == {1: len(ids)}


def test_two_laboratories_reports_of_one_tube_answer_it_once(town: Town) -> None:
    given = rows(town)[:MANY]
    ids = []
    for name, lab in (("a.xlsx", town.lab1), ("b.xlsx", town.lab2)):
        report = received(town, name, len(given), lab)
        note_reports(given, report=report, by=town.dora, at=NOON)
        ids.append(waiting(town, report))
    # The second laboratory never had these tubes: a named person says that it speaks of them.
    matches = [Match(n, None, "đã gọi") for n in ids[1]]
    assert match_reported(matches, by=town.dora, at=NOON).done == matches
    dung = replace(town.dora, name="dung")
    outcomes = at_once(
        lambda: release_reported(ids[0], by=dung, at=NOON),
        lambda: release_reported(ids[1][::-1], by=dung, at=NOON),
    )
    # Where the laboratory that may only screen came first, the other confirms what it suspected.
    found = versions()
    assert found[1] == MANY
    assert len(done(outcomes)) == found[1] + found[2]
    assert set(reasons(outcomes)) <= {str(ReportRefusal.ANSWERED)}


def test_a_row_is_matched_or_rejected_and_not_both(town: Town) -> None:
    given = [
        RowRead(
            n, ListRow(n, lab_code=f"XN-{n}", name="Lò Thị Lan", result=ReportedResult.NEGATIVE)
        )
        for n in range(MANY)
    ]
    report = received(town, "kq.xlsx", MANY, town.lab2)
    note_reports(given, report=report, by=town.dora, at=NOON)
    ids = waiting(town, report)
    outcomes = at_once(
        lambda: match_reported([Match(n, None, "đã gọi") for n in ids], by=town.dora, at=NOON),
        lambda: reject_reported([Rejection(n, "nhầm") for n in ids[::-1]], by=town.dora, at=NOON),
    )
    with scope.entered(town.dora, "results.receive_reports"):
        states = Counter(line[0] for line in sql.rows("SELECT state FROM results_reported"))
    # A match may still be rejected; a rejection is the end.
    assert states == {"refused": MANY}
    assert len([r for r in reasons(outcomes) if r != ReportRefusal.NOT_IN_REVIEW]) == 0
