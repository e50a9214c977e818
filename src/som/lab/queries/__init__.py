"""What is known at the benches: worklists, runs, verdicts. No names anywhere."""

from som.lab.queries.capacity import (
    CapacityRow,
    capacities_used,
    capacity_used,
    ceilings_to_come,
)
from som.lab.queries.holds import (
    HoldRow,
    holds_in_force,
    holds_of_run,
)
from som.lab.queries.manifests import BoxRow, BoxTube, Reckoned, boxes, manifest_reckoned
from som.lab.queries.runs import FaultRow, RunRow, WellRow, faults_of_run, run, runs, wells_of_run
from som.lab.queries.verdicts import (
    ON_HOLD,
    held,
    members_of_pools,
    pool_ids,
    verdicts_by_id,
)
from som.lab.queries.waiting import (
    UnlistedRow,
    UnreadPlate,
    WaitingPool,
    WaitingTube,
    bench_counts,
    unlisted_recorded,
    unlisted_tubes,
    unread_plates,
    waiting_pools,
    waiting_tubes,
)

__all__ = [
    "ON_HOLD",
    "BoxRow",
    "BoxTube",
    "CapacityRow",
    "FaultRow",
    "HoldRow",
    "Reckoned",
    "RunRow",
    "UnlistedRow",
    "UnreadPlate",
    "WaitingPool",
    "WaitingTube",
    "WellRow",
    "bench_counts",
    "boxes",
    "capacities_used",
    "capacity_used",
    "ceilings_to_come",
    "faults_of_run",
    "held",
    "holds_in_force",
    "holds_of_run",
    "manifest_reckoned",
    "members_of_pools",
    "pool_ids",
    "run",
    "runs",
    "unlisted_recorded",
    "unlisted_tubes",
    "unread_plates",
    "verdicts_by_id",
    "waiting_pools",
    "waiting_tubes",
    "wells_of_run",
]
