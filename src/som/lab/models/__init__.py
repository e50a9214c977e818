"""Receptions, pools, plates, runs, readings and verdicts. Nothing here is about a person."""

from som.lab.models.benches import Batch, Layout, Load, Member, Plate, Pool, Well
from som.lab.models.capacity import Capacity
from som.lab.models.holds import Hold
from som.lab.models.reception import Disposal, Reception, UnlistedTube
from som.lab.models.runs import ControlCheck, Fault, Reading, Run, Verdict

__all__ = [
    "Batch",
    "Capacity",
    "ControlCheck",
    "Disposal",
    "Fault",
    "Hold",
    "Layout",
    "Load",
    "Member",
    "Plate",
    "Pool",
    "Reading",
    "Reception",
    "Run",
    "UnlistedTube",
    "Verdict",
    "Well",
]
