"""Today at half past two: every desk has its work, and whoever goes on from there loses nobody."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.lab.queries import bench_counts, boxes, capacities_used
from som.notices.queries import alarms_counted, alarms_open, unacknowledged_notices
from som.notices.rules import AlarmKind
from som.people.queries import open_candidates
from som.results.queries import (
    TubeOnWatch,
    answers_counted,
    corrections_open,
    flow_of_units,
    ledger_gaps,
    tubes_by_due,
    tubes_near_use_by,
    waiting_for_release,
)
from som.results.rules import WatchStation
from som.sampling.forms import LineForm, typed_of
from som.sampling.queries import open_requests, sheet, sheets_to_read
from som.sampling.queries.imports import list_counts, lists_sent
from som.sampling.rules.sheets import reading_of
from som.simulation import schedule
from som.simulation.day import Day
from som.simulation.play import Played, play
from som.simulation.today import Today, stand_today

ON = date(2026, 11, 1)
NOW = datetime(2026, 11, 2, 14, 30, tzinfo=LOCAL)

pytestmark = pytest.mark.slow


def test_every_desk_has_work_and_going_on_loses_nobody(committed_db: str, tmp_path: Path) -> None:
    yesterday = play(people=200, seed=1, on=ON, outbox=tmp_path, tell=lambda _step, _more: None)
    nothing_drifts(yesterday.day)
    today = stand_today(yesterday, seed=1, outbox=tmp_path)
    assert today.agenda.now == NOW
    assert not today.refused
    assert ledger_gaps(by=today.province.officer, at=NOW) == []
    laboratories_have_work(today)
    reviewers_have_work(today)
    the_point_has_work(today)
    communes_have_work(today)
    the_province_has_work(today)
    most_of_yesterday_was_read(yesterday, today)
    today.agenda.run()
    assert not today.refused
    a_week_later = today.ended_at + timedelta(days=7)
    assert ledger_gaps(by=today.province.officer, at=a_week_later) == []


def nothing_drifts(day: Day) -> None:
    """Nobody tested otherwise than usual on this day: no rate left its limits."""
    for bench in day.benches:
        called = {alarm.kind for alarm in alarms_open(by=bench.lab.reviewer)}
        assert AlarmKind.DRIFT not in called


def laboratories_have_work(today: Today) -> None:
    for bench in today.benches:
        lab, technician = bench.lab.id, bench.lab.technician
        waits = bench_counts(by=technician, near=NOW + timedelta(hours=12))
        assert waits["tubes"] > waits["near"] > 0
        assert waits["retests"] >= 5, "a positive pool's tubes are yet to be tested alone"
        assert waits["unlisted"] == 2
        assert alarms_counted(by=technician).get(False), "a tube is missing from an unpacked box"
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
        officers = {officer.name for officer in today.province.officers}
        assert {o.owner for o in late if o.station is WatchStation.AT_SESSION} <= officers
        nearly = [one for one in under_way if one.due_at > NOW and share(one) >= 0.8]
        assert len(nearly) >= 2
        assert all(0.84 < share(one) < 0.86 for one in nearly)
        called_in_time([*late, *nearly])
        assert tubes_near_use_by(by=technician, at=NOW, lab=lab)
        sent = [one for one in boxes(by=technician, limit=1_000) if one.closed_at is None]
        assert [one for one in sent if one.received == 0], "on its way, or at the door"
        assert [one for one in sent if 0 < one.received < one.sent], "a tube of it is missing"


def share(tube: TubeOnWatch) -> float:
    """How much of its time is over."""
    return (NOW - tube.started_at) / (tube.due_at - tube.started_at)


def called_in_time(tubes: list[TubeOnWatch]) -> None:
    """By day and by night, each step was noted when it was passed."""
    for tube in tubes:
        whole = tube.due_at - tube.started_at
        for step in tube.steps:
            passed_at = tube.started_at + whole * step.step / 100
            assert passed_at <= step.raised_at <= passed_at + schedule.WATCH_EVERY


def the_point_has_work(today: Today) -> None:
    point = today.province.point
    waits = bench_counts(by=point.technician, near=NOW)
    assert waits == {"tubes": 2}
    waiting = waiting_for_release(point.id, by=point.reviewer)
    assert [one.value for one in waiting] == ["negative", "negative"]


def reviewers_have_work(today: Today) -> None:
    for bench in today.benches:
        waiting = waiting_for_release(bench.lab.id, by=bench.lab.reviewer)
        positive = {one.kind for one in waiting if one.value == "positive"}
        assert positive == {"tube", "pool"}
        assert alarms_counted(by=bench.lab.reviewer).get(False)
    head = today.benches[0].lab.head
    assert head is not None
    assert corrections_open(today.benches[0].lab.id, by=head)


def most_of_yesterday_was_read(yesterday: Played, today: Today) -> None:
    """Of what localities were told until yesterday evening, a few notices lie there."""
    assert yesterday.day.inbox.told.total() > 6
    evening = datetime(2026, 11, 1, 19, tzinfo=LOCAL)
    old = [
        notice
        for notice in unacknowledged_notices(by=today.province.officer, at=NOW, limit=1_000)
        if notice.written_at < evening
    ]
    assert 1 <= len(old) <= 8
    assert {notice.id for notice in old} <= today.inbox.left


def communes_have_work(today: Today) -> None:
    officer, sampler = today.province.officers[0], today.province.samplers[0]
    asked = open_requests(by=sampler, at=NOW, limit=5_000)
    assert {one.reason for one in asked} >= {"confirmation", "lost"}
    (sent,) = [one for one in lists_sent(by=officer) if one.state == "previewed"]
    counts = list_counts(sent.id, by=officer)
    assert counts is not None
    assert counts.refused == 2
    assert open_candidates(by=officer, at=NOW, limit=10)
    (paper,) = sheets_to_read(by=today.province.reader)
    assert (paper.number, paper.mine) == (1, 5), "read by one sampler, to be read by this one"
    the_page_reads_the_sheet_so(paper.session, sampler)
    counted = answers_counted(today.province.communes[0].unit, on=today.on, by=officer)
    assert counted["suspected"] == 1


def the_page_reads_the_sheet_so(session: int, reader: Actor) -> None:
    """What the first sampler read can be typed, so that a second who types the same agrees."""
    lines = sheet(session, 1, by=reader, at=NOW).lines
    written = [line for line in lines if line.mine]
    assert len(written) == 3
    for line in written:
        assert line.mine is not None
        typed = {f"l{line.line}-{name}": said for name, said in typed_of(line.mine).items()}
        form = LineForm(typed, sheet=1, printed=line, on=NOW.date())
        assert form.is_valid(), form.errors
        form.read_as(NOW.date(), None, None)
        assert form.read is not None
        assert reading_of(form.read) == line.mine


def the_province_has_work(today: Today) -> None:
    flow = flow_of_units(by=today.province.officer, at=NOW)
    assert flow.clocks.late >= 8
    assert all(part.tubes for part in flow.parts.values())
    assert len(flow.parts) == 4
    assert flow.untold == 0
    assert alarms_counted(by=today.province.officer).get(False)
    labs = [bench.lab.id for bench in today.benches]
    rows = capacities_used(labs, on=today.on, by=today.province.officer)
    assert len({row.tests_a_day for row in rows}) == 2, (
        "one laboratory may load more than the other"
    )
