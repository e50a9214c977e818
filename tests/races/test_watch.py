"""The watch in several hands at once: each step is noted once, each run counted once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from som.access.queries import system_actor
from som.kernel import sql
from som.results.commands import advance_clocks, note_rates, take_over_clocks
from som.results.queries import tubes_by_due
from som.results.work import take_up_clocks
from tests.races.at_once import at_once, done
from tests.town import NOON, Town

pytestmark = pytest.mark.slow

WATCH = system_actor("results")
LATE = NOON + timedelta(hours=9)
MANY = 40


def tubes_of(town: Town) -> list[int]:
    town.sampled([1] * MANY)
    return [line[0] for line in sql.rows("SELECT id FROM sampling_tube ORDER BY id")]


def test_two_passes_note_every_step_once(town: Town) -> None:
    tubes = tubes_of(town)
    at_once(
        lambda: advance_clocks(tubes, by=WATCH, at=LATE),
        lambda: advance_clocks(tubes[::-1], by=WATCH, at=LATE),
    )
    take_up_clocks(at=LATE)
    found = sql.rows(
        "SELECT c.kind, e.step, count(*), count(DISTINCT c.tube_id) FROM results_escalation e"
        " JOIN results_clock c ON c.id = e.clock_id GROUP BY 1, 2 ORDER BY 1, 2"
    )
    assert found == [
        ("reception", 50, MANY, MANY),
        ("taking", 50, MANY, MANY),
        ("taking", 80, MANY, MANY),
    ]


def test_taking_over_and_watching_wait_for_each_other(town: Town) -> None:
    tubes = tubes_of(town)
    take_up_clocks(at=NOON)
    at_once(
        lambda: take_over_clocks(tubes, by=town.dora, at=NOON),
        lambda: take_over_clocks(tubes[::-1], lab=town.lab1, by=town.bao, at=NOON),
        lambda: advance_clocks(tubes[::-1], by=WATCH, at=LATE),
    )
    owners = {(one.owner, one.taken_over) for one in tubes_by_due(by=town.dora, at=NOON)}
    assert owners <= {("dora", True), ("bao", True)}
    assert len(owners) == 1


def test_a_run_is_counted_once(town: Town) -> None:
    codes = [group[0].tube for group in town.sampled([1] * 3)]
    town.run("R1", dict.fromkeys(codes, "negative"))
    runs = [line[0] for line in sql.rows("SELECT id FROM lab_run")]
    counts = at_once(*[lambda: note_rates(runs, by=WATCH, at=NOON)] * 3)
    assert done(counts) == runs
    assert sql.rows("SELECT pooled, tests FROM results_rate ORDER BY 1") == [(False, 3), (True, 0)]
