"""What a kit's rule makes of the readings of a run: verdicts of items, and controls. Pure.

An item in several wells of the same reaction has *replicates*. A *control* covers wells and voids
what it covers when it fails. A target is *doubtful* when its Ct lies between the cut-off and the end
of the kit's grey zone.

Where readings leave a choice, the choice is the one that makes somebody look again: wells that
disagree are inconclusive, a missing reading is invalid, an item whose names do not agree with the
plate map is not read at all.
"""

from som.lab.verdicts.readings import Judgement, judge_control, judge_item
from som.lab.verdicts.runs import (
    ControlJudged,
    ItemJudged,
    LoadedControl,
    LoadedItem,
    RunJudged,
    judge_run,
)
from som.lab.verdicts.words import Reason, Verdict

__all__ = [
    "ControlJudged",
    "ItemJudged",
    "Judgement",
    "LoadedControl",
    "LoadedItem",
    "Reason",
    "RunJudged",
    "Verdict",
    "judge_control",
    "judge_item",
    "judge_run",
]
