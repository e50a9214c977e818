"""What runs every minute, and what is opened all day, goes by its index however much has been tested."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from som.access.queries import system_actor
from som.results.queries import clocks_running, late_by_holder, tubes_by_due, tubes_to_watch
from som.results.work import take_up_clocks
from tests.scale.plans import fill, read_through
from tests.town import NOON, Town

pytestmark = pytest.mark.slow

WATCH = system_actor("results")

OVER = 40_000
"""Tubes answered earlier, beside the few that wait."""


@pytest.fixture
def town(committed_db: str) -> Town:
    built = Town()
    built.sampled([1] * 20)
    take_up_clocks(at=NOON)
    fill(
        """
        WITH made AS (
            INSERT INTO sampling_tube (scheme_id, code, session_id, unit_id, lab_id, tube_class,
                                       swabs, first_swab_at, use_by_at, closing_reason, closed_by)
            SELECT t.scheme_id, 'X' || n, t.session_id, t.unit_id, t.lab_id, 'screening', 1,
                   %s - n * interval '1 minute', %s - n * interval '1 minute', '', '{}'
            FROM generate_series(1, %s) n
            CROSS JOIN LATERAL (SELECT * FROM sampling_tube ORDER BY id LIMIT 1) t
            RETURNING id, unit_id, lab_id, first_swab_at
        )
        INSERT INTO results_clock
            (tube_id, kind, unit_id, lab_id, started_at, due_at, owner, stopped_at)
        SELECT id, 'taking', unit_id, lab_id, first_swab_at, first_swab_at + interval '12 hours', '',
               first_swab_at + interval '9 hours' FROM made
        """,
        NOON - timedelta(days=3),
        NOON - timedelta(days=1),
        OVER,
    )
    return built


@pytest.mark.parametrize(
    "call",
    [
        lambda town: tubes_by_due(by=town.dora, at=NOON, limit=50),
        lambda town: clocks_running(by=town.dora, at=NOON),
        lambda _: tubes_to_watch(by=WATCH, at=NOON, limit=5_000),
        lambda _: late_by_holder(by=WATCH, at=NOON),
    ],
    ids=["by_due", "running", "to_watch", "late"],
)
def test_stopped_clocks_are_never_read_through(town: Town, call: Callable[..., object]) -> None:
    assert read_through(lambda: call(town), ("results_clock", "sampling_tube")) == []
