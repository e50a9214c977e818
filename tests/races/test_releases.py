"""Our own release and another laboratory's report of the same tubes, at the same moment."""

from __future__ import annotations

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
    release_reported,
    release_verdicts,
)
from som.results.queries import waiting_for_release
from som.results.rules import ReleaseRefusal
from som.results.rules.reports import ReportRefusal
from som.sampling.commands import RowRead
from som.sampling.lists import ReportedResult
from som.sampling.lists.written import ListRow
from tests.races.at_once import at_once, done, reasons
from tests.town import NOON, Town

MANY = 30


@pytest.mark.parametrize("own", ["positive", "negative"])
def test_an_own_release_and_a_report_answer_each_swab_one_after_the_other(
    committed_db: str, own: str
) -> None:
    town = Town()
    tubes = [swab.tube for (swab,) in town.sampled([1] * MANY)]
    town.run("R1", dict.fromkeys(tubes, own))
    verdicts = [w.verdict for w in waiting_for_release(town.lab1, by=town.bao)]
    given = [
        RowRead(n, ListRow(n, tube=tube, result=ReportedResult.NEGATIVE))
        for n, tube in enumerate(tubes)
    ]
    sent = ReportSent(town.lab1, town.province, "kq.xlsx", b"kq", MANY)
    report = receive_reports([sent], by=town.dora, at=NOON).held[0].report_id
    assert report is not None
    note_reports(given, report=report, by=town.dora, at=NOON)
    with scope.entered(town.dora, "results.receive_reports"):
        rows = [line[0] for line in sql.rows("SELECT id FROM results_reported ORDER BY id DESC")]
    # Tested here too: the row waits until somebody has looked.
    looked = [Match(line, None, "đã xem") for line in rows]
    assert match_reported(looked, by=town.dora, at=NOON).done == looked
    outcomes = at_once(
        lambda: release_verdicts(verdicts, lab=town.lab1, by=town.bao, at=NOON),
        lambda: release_reported(rows, by=replace(town.dora, name="dung"), at=NOON),
    )
    assert set(reasons(outcomes)) <= {
        str(ReleaseRefusal.ANSWERED),
        str(ReportRefusal.ANSWERED),
        str(ReportRefusal.ANSWERED_OTHERWISE),
    }
    with scope.entered(system_actor("results"), "results.read"):
        found = sql.rows(
            "SELECT r.swab_id, array_agg(r.value ORDER BY r.version) FROM results_result r GROUP BY 1"
        )
    # What we found stands, whichever came first; what says the same was said once.
    said = [["positive"], ["negative", "positive"]] if own == "positive" else [["negative"]]
    assert len(found) == MANY
    assert all(values in said for _, values in found)
    assert len(done(outcomes)) == sum(len(values) for _, values in found)
