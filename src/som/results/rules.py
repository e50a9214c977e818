"""What a verdict means for people, and who may say so. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from som.kernel.outcomes import Refusal, gettext_noop
from som.lab.rules import LoadKind, MemberVerdict, VerdictRow
from som.lab.verdicts import Verdict
from som.sampling.rules import RequestReason


class ResultValue(StrEnum):
    """What a person is told. *Suspected*: positive at a laboratory that may not confirm."""

    NEGATIVE = "negative"
    NEGATIVE_BY_POOL = "negative_by_pool"
    POSITIVE = "positive"
    SUSPECTED = "suspected"
    INCONCLUSIVE = "inconclusive"
    WITHDRAWN = "withdrawn"

    @property
    def told_to_localities(self) -> bool:
        return self in (ResultValue.POSITIVE, ResultValue.SUSPECTED)


class ReleaseRefusal(Refusal):
    """Why a verdict was not released, decided or corrected."""

    UNKNOWN = "verdict_unknown", gettext_noop("This laboratory has no such verdict.")
    READ_BY_SAME = "read_by_same", gettext_noop("Whoever read the run may not release it.")
    SUPERSEDED = "superseded", gettext_noop("A later verdict on the same tube or pool counts.")
    TO_REPEAT = "to_repeat", gettext_noop("The test was invalid and is to be repeated.")
    NO_RIGHT = "no_right", gettext_noop("The laboratory had no right to test on that day.")
    AWAITS_POOL = (
        "awaits_pool",
        gettext_noop("Other members of the positive pool are still being tested."),
    )
    DISCORDANT = (
        "discordant",
        gettext_noop("The pool was positive and no member is: a named person must decide."),
    )
    POOL_UNKNOWN = "pool_unknown", gettext_noop("This laboratory has no such pool.")
    NOT_DISCORDANT = "not_discordant", gettext_noop("There is nothing to decide about this pool.")
    DECIDED_OTHERWISE = "decided_otherwise", gettext_noop("This pool was decided the other way.")
    REASON_MISSING = "reason_missing", gettext_noop("A decision or correction needs a reason.")
    NOT_RELEASED = "not_released", gettext_noop("There is no result yet that could be corrected.")
    CORRECTION_OPEN = (
        "correction_open",
        gettext_noop(
            "Another correction of this verdict is proposed and waits for a second person."
        ),
    )
    CORRECTION_MISSING = (
        "correction_missing",
        gettext_noop("No correction of this verdict is proposed."),
    )
    PROPOSED_BY_SAME = (
        "proposed_by_same",
        gettext_noop("Whoever proposed a correction may not confirm it."),
    )
    CORRECTION_POINTLESS = (
        "correction_pointless",
        gettext_noop("An invalid test is no correction of a result."),
    )


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


def decoded(kind: LoadKind, value: Verdict, *, swabs: int, may_confirm: bool) -> Decoded:
    """What a verdict means for the people in it. The one place where pools are decoded."""
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
        return Decoded(ResultValue.POSITIVE if may_confirm else ResultValue.SUSPECTED)
    return Decoded(ResultValue.INCONCLUSIVE, again=RequestReason.INCONCLUSIVE)


def corrected(kind: LoadKind, value: Verdict, *, swabs: int, may_confirm: bool) -> Decoded:
    """What people hear when a released verdict should have been this one.

    Members of a pool that was negative and is not are not positive: their answer is withdrawn and
    each is asked for again.
    """
    meant = decoded(kind, value, swabs=swabs, may_confirm=may_confirm)
    if meant.value is None:
        return Decoded(ResultValue.WITHDRAWN, held=True, again=RequestReason.RECALLED_POOL)
    return meant


def fault_of_confirmation(
    read_by: str | None, proposed_by: str | None, *, reviewer: str
) -> ReleaseRefusal | None:
    """What forbids this reviewer to confirm a correction; None when nothing does.

    `read_by` is None for a verdict that this laboratory does not have, `proposed_by` where nothing
    is proposed.
    """
    if read_by is None:
        return ReleaseRefusal.UNKNOWN
    if proposed_by is None:
        return ReleaseRefusal.CORRECTION_MISSING
    if proposed_by == reviewer:
        return ReleaseRefusal.PROPOSED_BY_SAME
    if read_by == reviewer:
        return ReleaseRefusal.READ_BY_SAME
    return None


class Standing(StrEnum):
    """Where a lab pool stands once it was positive."""

    NOT_POSITIVE = "not_positive"
    EXPLAINED = "explained"
    WAITING = "waiting"
    DISCORDANT = "discordant"


def standing(members: Sequence[MemberVerdict]) -> Standing:
    """Where a lab pool stands: a member's positive explains it, members in test leave it waiting.

    A member whose tube was lost or is past its use-by is no longer waited for.
    """
    if not members or members[0].pool_value != Verdict.POSITIVE:
        return Standing.NOT_POSITIVE
    if any(m.value == Verdict.POSITIVE for m in members):
        return Standing.EXPLAINED
    if any(m.value in (None, Verdict.INVALID) and not m.closed for m in members):
        return Standing.WAITING
    return Standing.DISCORDANT


def standings(members: Iterable[MemberVerdict]) -> dict[int, Standing]:
    """The standing of each pool."""
    by_pool: dict[int, list[MemberVerdict]] = {}
    for member in members:
        by_pool.setdefault(member.pool, []).append(member)
    return {pool: standing(found) for pool, found in by_pool.items()}


def fault_of_release(
    verdict: VerdictRow | None,
    *,
    reviewer: str,
    may_test: bool,
    pools: Mapping[int, Standing],
) -> ReleaseRefusal | None:
    """What forbids this reviewer to release this verdict; None when nothing does."""
    if verdict is None:
        return ReleaseRefusal.UNKNOWN
    if verdict.read_by == reviewer:
        return ReleaseRefusal.READ_BY_SAME
    if verdict.superseded:
        return ReleaseRefusal.SUPERSEDED
    if verdict.value == Verdict.INVALID:
        return ReleaseRefusal.TO_REPEAT
    if not may_test:
        return ReleaseRefusal.NO_RIGHT
    if verdict.member_of is not None and verdict.value != Verdict.POSITIVE:
        where = pools.get(verdict.member_of, Standing.NOT_POSITIVE)
        if where is Standing.WAITING:
            return ReleaseRefusal.AWAITS_POOL
        if where is Standing.DISCORDANT:
            return ReleaseRefusal.DISCORDANT
    return None
