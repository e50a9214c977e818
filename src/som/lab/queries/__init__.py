"""What is known at the benches: worklists, runs, verdicts. No names anywhere."""

from som.lab.queries.runs import FaultRow, RunRow, WellRow, faults_of_run, run, runs, wells_of_run
from som.lab.queries.verdicts import members_of_pools, pool_ids, verdicts_by_id
from som.lab.queries.waiting import (
    UnlistedRow,
    WaitingPool,
    WaitingTube,
    bench_counts,
    unlisted_recorded,
    unlisted_tubes,
    waiting_pools,
    waiting_tubes,
)

__all__ = [
    "FaultRow",
    "RunRow",
    "UnlistedRow",
    "WaitingPool",
    "WaitingTube",
    "WellRow",
    "bench_counts",
    "faults_of_run",
    "members_of_pools",
    "pool_ids",
    "run",
    "runs",
    "unlisted_recorded",
    "unlisted_tubes",
    "verdicts_by_id",
    "waiting_pools",
    "waiting_tubes",
    "wells_of_run",
]
