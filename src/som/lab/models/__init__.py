"""Receptions, pools, plates, runs, readings and verdicts. Nothing here is about a person."""

from som.lab.models.benches import Load, Member, Plate, Pool, Well
from som.lab.models.reception import Reception, UnlistedTube
from som.lab.models.runs import ControlCheck, Fault, Reading, Run, Verdict

__all__ = [
    "ControlCheck",
    "Fault",
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
