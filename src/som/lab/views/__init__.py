"""Runs with their plates, and what waits at the benches. No names anywhere."""

from som.lab.views.boxes import box, boxes, closing_words
from som.lab.views.capacity import capacity
from som.lab.views.holds import holds
from som.lab.views.kits import kit_names
from som.lab.views.runs import (
    FORMATS,
    KINDS,
    RUNS_SHOWN,
    SIGNS,
    TO_DO,
    FaultGroup,
    WellLine,
    fault_groups,
    plate_of,
    run,
    runs,
    state_of,
    targets_of,
    well_line,
)
from som.lab.views.waiting import USE_BY_NEAR, WAITING_SHOWN, WHY_UNLISTED, Bench, slot, waiting

__all__ = [
    "FORMATS",
    "KINDS",
    "RUNS_SHOWN",
    "SIGNS",
    "TO_DO",
    "USE_BY_NEAR",
    "WAITING_SHOWN",
    "WHY_UNLISTED",
    "Bench",
    "FaultGroup",
    "WellLine",
    "box",
    "boxes",
    "capacity",
    "closing_words",
    "fault_groups",
    "holds",
    "kit_names",
    "plate_of",
    "run",
    "runs",
    "slot",
    "state_of",
    "targets_of",
    "waiting",
    "well_line",
]
