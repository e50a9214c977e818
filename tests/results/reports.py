"""The CDC that receives reports of other laboratories, rows of them, and what became of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.kernel.actors import Actor
from som.people.rules import Declaration
from som.results import commands, queries
from som.results.commands import ReportSent
from som.sampling.commands import RowRead, record_swabs
from som.sampling.lists import ReportedResult, RowRefused
from som.sampling.lists.written import ListRow
from som.sampling.rules import SwabTaken
from tests.town import NOON, Town

POSITIVE, NEGATIVE = ReportedResult.POSITIVE, ReportedResult.NEGATIVE
TODAY = NOON.date()
DAY = timedelta(days=1)


class Reports:
    """The province's CDC, with two officers, and what laboratory one or two reports to it."""

    def __init__(self) -> None:
        self.town = Town()
        self.dora = self.town.dora
        self.dung = replace(self.dora, name="dung", label="Dung")
        self.files = 0

    def sent(
        self,
        *rows: ListRow | RowRefused,
        lab: int | None = None,
        by: Actor | None = None,
        at: datetime = NOON,
    ) -> list[tuple[Any, ...]]:
        """Rows of a fresh report, noted: their ids, states and reasons."""
        self.files += 1
        file = ReportSent(
            lab or self.town.lab1, self.town.province, f"kq{self.files}.xlsx",
            b"%d" % self.files, len(rows),
        )  # fmt: skip
        (made,) = commands.receive_reports([file], by=by or self.dora, at=at).done
        assert made.report_id is not None
        given = [RowRead(place, row) for place, row in enumerate(rows)]
        assert (
            commands.note_reports(given, report=made.report_id, by=self.dora, at=at).done == given
        )
        with scope.entered(self.dora, "results.receive_reports"):
            return sql.rows(
                "SELECT id, state, reason FROM results_reported WHERE report_id = %s ORDER BY place",
                (made.report_id,),
            )

    def released(self, *ids: int, by: Actor | None = None) -> Any:
        return commands.release_reported(ids, by=by or self.dung, at=NOON)

    def recorded(self, size: int = 1, *, session: str = "S1") -> list[SwabTaken]:
        """A tube of ours with so many people, to go to the session's laboratory, not sent yet."""
        (code,) = self.town.tubes(1)
        swabs = [self.town.swab(code) for _ in range(size)]
        assert record_swabs(swabs, session=session, by=self.town.ana, at=NOON).done == swabs
        return swabs


def answers() -> list[tuple[Any, ...]]:
    """Every answer given: name, tube, version and value."""
    with scope.entered(system_actor("results"), "results.read"):
        return sql.rows(
            "SELECT w.name, t.code, r.version, r.value FROM results_result r"
            " JOIN sampling_swab w ON w.id = r.swab_id JOIN sampling_tube t ON t.id = w.tube_id"
            " ORDER BY r.id"
        )


def asked() -> list[tuple[Any, ...]]:
    with scope.entered(system_actor("results"), "sampling.read"):
        return sql.rows("SELECT reason, single FROM sampling_testrequest ORDER BY id")


def told(kind: str) -> list[int]:
    with scope.entered(system_actor("delivery"), "notices.read"):
        return [
            line[0]
            for line in sql.rows(
                "SELECT to_unit_id FROM notices_notice WHERE kind = %s AND to_unit_id IS NOT NULL"
                " ORDER BY id",
                (kind,),
            )
        ]


def closed(reports: Reports) -> None:
    """The ledger has no gap."""
    at = NOON + timedelta(hours=1)
    found = queries.ledger_gaps(by=reports.dora, at=at)
    assert not found


def row(result: ReportedResult | None, **said: Any) -> ListRow:
    return ListRow(2, result=result, **{"method": "RT-PCR", **said})


def of(swab: SwabTaken, result: ReportedResult, **said: Any) -> ListRow:
    """A row that names whoever was swabbed."""
    assert swab.said is not None
    facts = {"name": swab.said.name, "birth_date": swab.said.birth_date, "number": swab.said.number}
    return row(result, tube=swab.tube, **(facts | said))


def named(said: Declaration, result: ReportedResult, **more: Any) -> ListRow:
    """A row with the sender's own number and somebody's papers."""
    facts = {
        "lab_code": "XN-77", "name": said.name, "sex": said.sex, "birth_date": said.birth_date,
        "number": said.number, "phone": said.phone, "taken_on": TODAY - timedelta(days=1),
        "tested_on": TODAY,
    }  # fmt: skip
    return row(result, **(facts | more))


def reasons(outcome: Any) -> list[Any]:
    return [one.reason for one in outcome.refused]


def waiting_values() -> list[Any]:
    with scope.entered(system_actor("results"), "results.receive_reports"):
        return sql.rows("SELECT value, state FROM results_reported ORDER BY id")
