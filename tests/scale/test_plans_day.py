"""The day's flow is read by its sessions, use-bys and running clocks, however much was tested before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from som.results.queries import flow_of_labs, flow_of_units, pressing_of_labs, pressing_of_units
from som.results.work import take_up_clocks
from tests.scale.plans import fill, read_through
from tests.town import NOON, Town

pytestmark = pytest.mark.slow

SESSIONS, TUBES = 200, 200
"""Of earlier weeks: so many sessions, each with so many tubes that were answered."""


@pytest.fixture
def town(committed_db: str) -> Town:
    built = Town()
    built.sampled([1] * 20)
    take_up_clocks(at=NOON)
    fill(
        """
        WITH held AS (
            INSERT INTO sampling_session
                (code, campaign_id, unit_id, lab_id, place, team, starts_at, closed_at)
            SELECT 'X' || n, s.campaign_id, s.unit_id, s.lab_id, '', '',
                   %s - n * interval '6 hours', %s - n * interval '6 hours'
            FROM generate_series(1, %s) n CROSS JOIN sampling_session s WHERE s.code = 'S1'
            RETURNING id, starts_at
        ), made AS (
            INSERT INTO sampling_tube (scheme_id, code, session_id, unit_id, lab_id, tube_class,
                                       swabs, first_swab_at, use_by_at, closing_reason, closed_by)
            SELECT t.scheme_id, 'X' || h.id || '-' || n, h.id, t.unit_id, t.lab_id, 'screening', 1,
                   h.starts_at, h.starts_at + interval '2 days', '', '{}'
            FROM held h CROSS JOIN generate_series(1, %s) n
            CROSS JOIN LATERAL (SELECT * FROM sampling_tube ORDER BY id LIMIT 1) t
            RETURNING id, unit_id, lab_id, first_swab_at
        ), received AS (
            INSERT INTO lab_reception (tube_id, lab_id, received_at, received_by, condition)
            SELECT id, lab_id, first_swab_at, 'ben', 'good' FROM made
        )
        INSERT INTO results_clock
            (tube_id, kind, unit_id, lab_id, started_at, due_at, owner, stopped_at)
        SELECT id, 'taking', unit_id, lab_id, first_swab_at, first_swab_at + interval '12 hours', '',
               first_swab_at + interval '9 hours' FROM made
        """,
        NOON - timedelta(days=4),
        NOON - timedelta(days=3),
        SESSIONS,
        TUBES,
    )
    return built


def test_earlier_days_are_never_read_through(town: Town) -> None:
    calls: list[Callable[[], object]] = [
        lambda: flow_of_units(by=town.dora, at=NOON),
        lambda: flow_of_units(by=town.ana, at=NOON),
        lambda: flow_of_labs(by=town.ben, at=NOON),
        lambda: pressing_of_units(by=town.dora),
        lambda: pressing_of_labs(by=town.ben),
    ]
    for call in calls:
        assert read_through(call, ("results_clock", "sampling_tube", "lab_reception")) == []
