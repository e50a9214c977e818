"""Test requests: why somebody is asked for, and how the asking ends. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from som.sampling.rules.plan import PlanRefusal


class RequestReason(StrEnum):
    """Why somebody is asked for."""

    ROSTER = "roster"
    SYMPTOM = "symptom"
    CONTACT = "contact"
    DAY = "day"
    RECALLED_POOL = "recalled_pool"
    INCONCLUSIVE = "inconclusive"
    USE_BY_PASSED = "use_by_passed"
    LOST = "lost"
    DISCORDANT = "discordant"
    CONFIRMATION = (
        "confirmation"  # suspected by a test that cannot confirm and left nothing to refer
    )
    RECALLED_RESULT = "recalled_result"  # the answer was taken back

    @property
    def single(self) -> bool:
        """Whether the swab that answers must stand alone in its tube."""
        return self is not RequestReason.ROSTER and self is not RequestReason.DAY


class RequestEnd(StrEnum):
    """How a test request ends: the ledger law knows no other way.

    Unable is an absence of another kind: the person was met and could not be swabbed that day. Like
    an absence it asks again on a day, so that nobody drops out. With its campaign ends only what the
    campaign's list asked for: whoever is asked for singly is tested whatever ends.
    """

    SWABBED = "swabbed"
    REFUSED = "refused"
    ABSENT = "absent"
    UNABLE = "unable"
    TRANSFERRED = "transferred"
    DIED = "died"
    CAMPAIGN_ENDED = "campaign_ended"

    @property
    def revisited(self) -> bool:
        """Whether the team comes again."""
        return self in (RequestEnd.ABSENT, RequestEnd.UNABLE)


class UnableReason(StrEnum):
    """Why somebody who was met could not be swabbed."""

    INJURED = "injured"
    TOO_ILL = "too_ill"
    CHILD_RESISTS = "child_resists"
    DISTRESSED = "distressed"
    NOTHING_TO_SWAB_WITH = "nothing_to_swab_with"
    OTHER = "other"


class TransferAnswer(StrEnum):
    """What became of handing a request to another unit. Withdrawn: the giver took it back."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


REQUEST_MOVES: Mapping[str, tuple[str, ...]] = {"open": tuple(RequestEnd)}
TRANSFER_MOVES: Mapping[str, tuple[str, ...]] = {"offered": tuple(TransferAnswer)}

REVISIT_WITHIN = timedelta(days=90)
"""No team plans a visit a season ahead: a later day is a mistyped year."""


def fault_of_ending(
    ended_as: RequestEnd, revisit_on: date | None, because: UnableReason | None, *, on: date
) -> PlanRefusal | None:
    """What is wrong with ending a request so on this day; None when nothing is.

    A swab is recorded, not said; a transfer is the other unit's word.
    """
    if ended_as is RequestEnd.SWABBED:
        return PlanRefusal.REQUEST_ENDED
    if ended_as is RequestEnd.TRANSFERRED:
        return PlanRefusal.TRANSFER_UNANSWERED
    if not ended_as.revisited:
        return None
    if ended_as is RequestEnd.UNABLE and because is None:
        return PlanRefusal.WHY_UNABLE_MISSING
    if revisit_on is None:
        return PlanRefusal.REVISIT_MISSING
    if not on <= revisit_on <= on + REVISIT_WITHIN:
        return PlanRefusal.REVISIT_IMPOSSIBLE
    return None


def is_near(unit: int, others: Iterable[int], provinces: Mapping[int, Collection[int]]) -> bool:
    """Whether a unit shares a province with one of these others; `provinces` are each unit's."""
    return any(
        not set(provinces.get(unit, ())).isdisjoint(provinces.get(other, ())) for other in others
    )


@dataclass(frozen=True, slots=True)
class TransferState:
    """The last transfer of a request to a unit in sight. `answer` is None while it waits."""

    transfer: int
    answer: TransferAnswer | None
    ended: bool
    person: int


def transfer_stands(state: TransferState | None, wanted: TransferAnswer) -> PlanRefusal | bool:
    """Whether a transfer is already answered so; False when it may be now; else why it may not."""
    if state is None:
        return PlanRefusal.REQUEST_UNKNOWN
    if state.answer is wanted:
        return True
    if state.answer is not None or state.ended:
        return PlanRefusal.TRANSFER_GONE
    return False
