"""What a recall takes back, and who may say so. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from som.kernel.outcomes import Refusal, gettext_noop
from som.lab.rules import lot_key
from som.lab.verdicts import Verdict
from som.results.rules.release import ResultValue


class Which(StrEnum):
    """Which answers a recall takes back. What was neither positive nor negative goes with all."""

    NEGATIVES = "negatives"
    POSITIVES = "positives"
    ALL = "all"

    @property
    def answers(self) -> tuple[ResultValue, ...]:
        """The answers that it takes back."""
        return _ANSWERS[self]

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdicts that nobody may release any more."""
        return _VERDICTS[self]


_NEGATIVES = (ResultValue.NEGATIVE, ResultValue.NEGATIVE_BY_POOL)
_POSITIVES = (ResultValue.POSITIVE, ResultValue.SUSPECTED)
_ANSWERS = {
    Which.NEGATIVES: _NEGATIVES,
    Which.POSITIVES: _POSITIVES,
    Which.ALL: (*_NEGATIVES, *_POSITIVES, ResultValue.INCONCLUSIVE),
}
_VERDICTS = {
    Which.NEGATIVES: (Verdict.NEGATIVE,),
    Which.POSITIVES: (Verdict.POSITIVE,),
    Which.ALL: (Verdict.NEGATIVE, Verdict.POSITIVE, Verdict.INCONCLUSIVE),
}


class RecallEnd(StrEnum):
    """The states of a recall after it is proposed."""

    WITHDRAWN = "withdrawn"
    CONFIRMED = "confirmed"
    DONE = "done"


RECALL_MOVES: Mapping[str, tuple[str, ...]] = {
    "proposed": (RecallEnd.WITHDRAWN, RecallEnd.CONFIRMED),
    RecallEnd.CONFIRMED: (RecallEnd.DONE,),
}


class RecallRefusal(Refusal):
    """Why a recall was not proposed, confirmed, given up or carried out."""

    NOT_HERE = "recall_not_here", gettext_noop("This laboratory is not yours to recall from.")
    UNKNOWN = "recall_unknown", gettext_noop("There is no such recall.")
    REASON_MISSING = "recall_reason_missing", gettext_noop("A recall needs a reason.")
    TIME_IMPOSSIBLE = (
        "recall_time_impossible",
        gettext_noop("The time must begin before it ends, and end by now."),
    )
    RUN_UNKNOWN = "recall_run_unknown", gettext_noop("This laboratory has no such run.")
    PROPOSED_BY_SAME = (
        "recall_proposed_by_same",
        gettext_noop("Whoever proposed a recall may not confirm it."),
    )
    READ_BY_SAME = (
        "recall_read_by_same",
        gettext_noop("Whoever read one of the runs may not confirm their recall."),
    )
    WITHDRAWN = "recall_withdrawn", gettext_noop("This proposal was withdrawn.")
    CONFIRMED = (
        "recall_confirmed",
        gettext_noop("This recall was confirmed: people are being told."),
    )
    NOT_CONFIRMED = (
        "recall_not_confirmed",
        gettext_noop("Nothing is taken back before a second person has confirmed it."),
    )
    NOT_DONE = "recall_not_done", gettext_noop("Answers are still to be taken back.")
    NOT_COVERED = (
        "recall_not_covered",
        gettext_noop("This recall does not take this answer back."),
    )


@dataclass(frozen=True, slots=True)
class RecallWanted:
    """Answers to be taken back: of which laboratory, read when, which, and why.

    By the time at which runs were read; a result of another system by the time of its release.
    `run` and `kit_lot` narrow it, a lot in any spelling.
    """

    lab: int
    read_from: datetime
    read_to: datetime
    reason: str
    which: Which = Which.ALL
    kit_lot: str = ""
    run: int | None = None

    @property
    def lot(self) -> str:
        """The kit's lot as lots are compared."""
        return lot_key(self.kit_lot)

    @property
    def scope(self) -> tuple[object, ...]:
        """What tells one recall from another."""
        return self.lab, self.which, self.lot, self.run, self.read_from, self.read_to


@dataclass(frozen=True, slots=True)
class RecallState:
    """A recall as it stands, with who read the runs that it covers."""

    id: int
    lab: int
    proposed_by: str
    withdrawn: bool
    confirmed: bool
    readers: frozenset[str]


MOST = timedelta(days=366)
"""A longer time is a mistyped year: the longest recall known, of 2021, went back six weeks."""


def fault_of_proposal(
    given: RecallWanted, *, at: datetime, run_known: bool
) -> RecallRefusal | None:
    """What is wrong with this proposal in itself; None when nothing is."""
    if not given.reason.strip():
        return RecallRefusal.REASON_MISSING
    # By whole minutes: what is proposed twice within one is one recall.
    end = at + timedelta(minutes=1)
    if not given.read_from < given.read_to <= end or given.read_to - given.read_from > MOST:
        return RecallRefusal.TIME_IMPOSSIBLE
    if given.run is not None and not run_known:
        return RecallRefusal.RUN_UNKNOWN
    return None


def fault_of_recall(state: RecallState, *, reviewer: str) -> RecallRefusal | None:
    """What forbids this reviewer to confirm an open recall; None when nothing does."""
    if state.withdrawn:
        return RecallRefusal.WITHDRAWN
    if state.proposed_by == reviewer:
        return RecallRefusal.PROPOSED_BY_SAME
    if reviewer in state.readers:
        return RecallRefusal.READ_BY_SAME
    return None
