"""Runs with their plates, and what waits at the benches. No names anywhere."""

from som.lab.views.batches import batch, batches
from som.lab.views.boxes import box, boxes, closing_words
from som.lab.views.capacity import capacity
from som.lab.views.curves import run_curves
from som.lab.views.disposals import disposals
from som.lab.views.fridge import fridge
from som.lab.views.holds import holds
from som.lab.views.kits import kit_names
from som.lab.views.layouts import layout, layouts
from som.lab.views.plate import plate
from som.lab.views.plates import plate_print, plate_worklist, plates
from som.lab.views.point import point
from som.lab.views.pools import pool, pools
from som.lab.views.reception import reception
from som.lab.views.referral import referral
from som.lab.views.retests import retests
from som.lab.views.run_import import run_new
from som.lab.views.runs import (
    FORMATS,
    RUNS_SHOWN,
    TO_DO,
    FaultGroup,
    fault_groups,
    fault_words,
    run,
    runs,
)
from som.lab.views.waiting import WAITING_SHOWN, WHY_UNLISTED, Bench, slot, waiting
from som.lab.views.wells import (
    KINDS,
    SIGNS,
    WellLine,
    plate_of,
    reading_words,
    reason_words,
    state_of,
    targets_of,
    well_line,
)

__all__ = [
    "FORMATS",
    "KINDS",
    "RUNS_SHOWN",
    "SIGNS",
    "TO_DO",
    "WAITING_SHOWN",
    "WHY_UNLISTED",
    "Bench",
    "FaultGroup",
    "WellLine",
    "batch",
    "batches",
    "box",
    "boxes",
    "capacity",
    "closing_words",
    "disposals",
    "fault_groups",
    "fault_words",
    "fridge",
    "holds",
    "kit_names",
    "layout",
    "layouts",
    "plate",
    "plate_of",
    "plate_print",
    "plate_worklist",
    "plates",
    "point",
    "pool",
    "pools",
    "reading_words",
    "reason_words",
    "reception",
    "referral",
    "retests",
    "run",
    "run_curves",
    "run_new",
    "runs",
    "slot",
    "state_of",
    "targets_of",
    "waiting",
    "well_line",
]
