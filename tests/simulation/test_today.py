"""Today at half past two: every desk has its work, and whoever goes on from there loses nobody."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from som.kernel.clock import LOCAL
from som.lab.queries import bench_counts, boxes
from som.notices.queries import alarms_counted
from som.people.queries import open_candidates
from som.results.queries import (
    answers_counted,
    corrections_open,
    flow_of_units,
    ledger_gaps,
    tubes_by_due,
    tubes_near_use_by,
    waiting_for_release,
)
from som.results.rules import WatchStation
from som.sampling.queries import open_requests
from som.sampling.queries.imports import list_counts, lists_sent
from som.simulation.play import play
from som.simulation.today import Today, stand_today

ON = date(2026, 11, 1)
NOW = datetime(2026, 11, 2, 14, 30, tzinfo=LOCAL)

pytestmark = pytest.mark.slow


def test_every_desk_has_work_and_going_on_loses_nobody(committed_db: str, tmp_path: Path) -> None:
    yesterday = play(people=200, seed=1, on=ON, outbox=tmp_path, tell=lambda _step, _more: None)
    today = stand_today(yesterday, seed=1, outbox=tmp_path)
    assert today.agenda.now == NOW
    assert not today.refused
    assert ledger_gaps(by=today.province.officer, at=NOW) == []
    laboratories_have_work(today)
    reviewers_have_work(today)
    communes_have_work(today)
    the_province_has_work(today)
    today.agenda.run()
    assert not today.refused
    a_week_later = today.ended_at + timedelta(days=7)
    assert ledger_gaps(by=today.province.officer, at=a_week_later) == []


def laboratories_have_work(today: Today) -> None:
    for bench in today.benches:
        lab, technician = bench.lab.id, bench.lab.technician
        waits = bench_counts(by=technician, near=NOW + timedelta(hours=12))
        assert waits["tubes"] > waits["near"] > 0
        under_way = tubes_by_due(by=technician, at=NOW, lab=lab, limit=5_000)
        assert {one.station for one in under_way} >= {
            WatchStation.AT_SESSION,
            WatchStation.ON_WAY,
            WatchStation.AT_LAB,
            WatchStation.IN_TEST,
            WatchStation.READ,
        }
        late = [one for one in under_way if one.due_at <= NOW]
        assert {one.station for one in late} >= {WatchStation.AT_SESSION, WatchStation.AT_LAB}
        assert all(one.owner or one.team for one in late)
        assert [step.step for step in late[0].steps] == [50, 80, 100]
        assert tubes_near_use_by(by=technician, at=NOW, lab=lab)
        sent = [one for one in boxes(by=technician, limit=1_000) if one.closed_at is None]
        assert [one for one in sent if one.received == 0], "on its way, or at the door"
        assert [one for one in sent if 0 < one.received < one.sent], "a tube of it is missing"


def reviewers_have_work(today: Today) -> None:
    for bench in today.benches:
        waiting = waiting_for_release(bench.lab.id, by=bench.lab.reviewer)
        positive = {one.kind for one in waiting if one.value == "positive"}
        assert positive == {"tube", "pool"}
        assert alarms_counted(by=bench.lab.reviewer).get(False)
    head = today.benches[0].lab.head
    assert head is not None
    assert corrections_open(today.benches[0].lab.id, by=head)


def communes_have_work(today: Today) -> None:
    officer, sampler = today.province.officers[0], today.province.samplers[0]
    asked = open_requests(by=sampler, at=NOW, limit=5_000)
    assert {one.reason for one in asked} >= {"confirmation", "lost"}
    (sent,) = [one for one in lists_sent(by=officer) if one.state == "previewed"]
    counts = list_counts(sent.id, by=officer)
    assert counts is not None
    assert counts.refused == 2
    assert open_candidates(by=officer, at=NOW, limit=10)
    counted = answers_counted(today.province.communes[0].unit, on=today.on, by=officer)
    assert counted["suspected"] == 1


def the_province_has_work(today: Today) -> None:
    flow = flow_of_units(by=today.province.officer, at=NOW)
    assert flow.clocks.late >= 8
    assert all(part.tubes for part in flow.parts.values())
    assert len(flow.parts) == 4
    assert flow.untold == 0
    assert alarms_counted(by=today.province.officer).get(False)
