"""What a verdict or its correction means for people. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from som.lab.rules import LoadKind
from som.lab.verdicts import Verdict
from som.results.rules.release import ReleaseRefusal, ResultValue
from som.sampling.rules import RequestReason


class PoolDecision(StrEnum):
    """What a named person decides of a discordant pool."""

    NEGATIVE = "negative"
    AGAIN = "again"


@dataclass(frozen=True, slots=True)
class Decoded:
    """What one verdict means for each person in its tubes."""

    value: ResultValue | None
    """The result of each; None: nobody has a result from this."""
    held: bool = False
    """Whether localities hear that these people wait for another test."""
    again: RequestReason | None = None
    """Why each is asked for again, singly and at once; None: nobody is."""
    refer: bool = False
    """Whether what is left in the tube goes to a laboratory that may confirm."""

    @property
    def told_widely(self) -> bool:
        """Whether more than the person hears of it."""
        return self.held or (self.value is not None and self.value.told_to_localities)


def decoded(
    kind: LoadKind, value: Verdict, *, swabs: int, may_confirm: bool, confirms: bool = True
) -> Decoded:
    """What a verdict means for the people in it. The one place where pools are decoded.

    `may_confirm`: whether the laboratory may; `confirms`: whether the method does. One that does
    not leaves nothing in the tube that another laboratory could test.
    """
    alone = kind is LoadKind.TUBE and swabs == 1
    if value is Verdict.NEGATIVE:
        return Decoded(ResultValue.NEGATIVE if alone else ResultValue.NEGATIVE_BY_POOL)
    if value is Verdict.INVALID:
        raise ValueError("an invalid verdict is repeated, not decoded")
    if not alone:
        # Of a field pool nothing is left to test; of a lab pool each member's own tube is.
        again = RequestReason.RECALLED_POOL if kind is LoadKind.TUBE else None
        return Decoded(None, held=True, again=again)
    if value is Verdict.POSITIVE:
        return Decoded(ResultValue.POSITIVE) if may_confirm and confirms else suspected(confirms)
    return Decoded(ResultValue.INCONCLUSIVE, again=RequestReason.INCONCLUSIVE)


def suspected(refer: bool) -> Decoded:
    """What a positive means that does not stand by itself: another test, of the tube or the person."""
    again = None if refer else RequestReason.CONFIRMATION
    return Decoded(ResultValue.SUSPECTED, again=again, refer=refer)


def corrected(
    kind: LoadKind, value: Verdict, *, swabs: int, may_confirm: bool, confirms: bool = True
) -> Decoded:
    """What people hear when a released verdict should have been this one.

    Members of a pool that was negative and is not are not positive: their answer is withdrawn and
    each is asked for again.
    """
    meant = decoded(kind, value, swabs=swabs, may_confirm=may_confirm, confirms=confirms)
    if meant.value is None:
        return Decoded(ResultValue.WITHDRAWN, held=True, again=RequestReason.RECALLED_POOL)
    return meant


@dataclass(frozen=True, slots=True)
class Proposed:
    """A correction as it stands."""

    id: int
    verdict: int
    value: str
    reason: str
    read_by: str
    proposed_by: str
    confirmed: bool
    withdrawn: bool


def fault_of_confirmation(proposed: Proposed | None, *, reviewer: str) -> ReleaseRefusal | None:
    """What forbids this reviewer to confirm an open correction; None when nothing does."""
    if proposed is None:
        return ReleaseRefusal.CORRECTION_UNKNOWN
    if proposed.withdrawn:
        return ReleaseRefusal.CORRECTION_WITHDRAWN
    if proposed.proposed_by == reviewer:
        return ReleaseRefusal.PROPOSED_BY_SAME
    if proposed.read_by == reviewer:
        return ReleaseRefusal.READ_BY_SAME
    return None
