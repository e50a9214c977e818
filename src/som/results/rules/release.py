"""What a result may be, and what forbids its release. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from som.kernel.outcomes import Refusal, gettext_noop
from som.lab.rules import MemberVerdict, VerdictRow
from som.lab.verdicts import Verdict


class ResultValue(StrEnum):
    """What a person is told. *Suspected*: positive by a laboratory or method that cannot confirm."""

    NEGATIVE = "negative"
    NEGATIVE_BY_POOL = "negative_by_pool"
    POSITIVE = "positive"
    SUSPECTED = "suspected"
    INCONCLUSIVE = "inconclusive"
    WITHDRAWN = "withdrawn"

    @property
    def told_to_localities(self) -> bool:
        return self in (ResultValue.POSITIVE, ResultValue.SUSPECTED)


ANSWERED, NOT_ANSWERED = "answered", "waiting"
"""Asked for in place of one of these: whichever, as long as there is an answer; or none yet."""


class WhyAgain(StrEnum):
    """Why a further verdict on a tube answers its people again; a correction has its own words."""

    CONFIRMATION = "confirmation"
    TESTED_AGAIN = "tested_again"


@dataclass(frozen=True, slots=True)
class LastAnswer:
    """What the person of a swab was answered last, and by which verdict, if by one of ours."""

    swab: int
    tube: int
    value: ResultValue
    verdict: int | None
    version: int = 1

    @property
    def clear(self) -> bool:
        """Whether it stands by itself: nobody was asked for again, no other test is waited for."""
        return self.value not in _FOLLOWED


class ReleaseRefusal(Refusal):
    """Why a verdict was not released, decided or corrected."""

    UNKNOWN = "verdict_unknown", gettext_noop("This laboratory has no such verdict.")
    READ_BY_SAME = "read_by_same", gettext_noop("Whoever read the run may not release it.")
    SUPERSEDED = "superseded", gettext_noop("A later verdict on the same tube or pool counts.")
    TO_REPEAT = "to_repeat", gettext_noop("The test was invalid and is to be repeated.")
    NO_RIGHT = "no_right", gettext_noop("The laboratory had no right to test on that day.")
    HELD = (
        "held",
        gettext_noop("The run, its kit's lot or the laboratory is on hold."),
    )
    RECALLED = "recalled", gettext_noop("A recall takes this back or is proposed to.")
    PAST_USE_BY = (
        "tested_past_use_by",
        gettext_noop("It was tested after its use-by: its people are asked for again."),
    )
    ANSWERED = (
        "answered",
        gettext_noop("Its people were answered already: only a correction can say otherwise."),
    )
    MAY_NOT_CONFIRM = (
        "may_not_confirm",
        gettext_noop("Only a laboratory with the right to confirm can settle a suspicion."),
    )
    AWAITS_POOL = (
        "awaits_pool",
        gettext_noop("Other members of the positive pool are still being tested."),
    )
    DISCORDANT = (
        "discordant",
        gettext_noop("The pool was positive and no member is: a named person must decide."),
    )
    MEMBER_POSITIVE = (
        "member_positive",
        gettext_noop(
            "A member was answered positive or suspected: ask for every member again, or settle"
            " that answer first."
        ),
    )
    MAY_BE_RELEASED = (
        "may_be_released",
        gettext_noop("This verdict can still be released: nothing is to be closed."),
    )
    POSITIVE_STANDS_ALONE = (
        "positive_stands_alone",
        gettext_noop("It is positive and its people were answered otherwise: correct the answer."),
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
    CORRECTION_UNKNOWN = (
        "correction_unknown",
        gettext_noop("This laboratory has no such correction."),
    )
    CORRECTION_WITHDRAWN = (
        "correction_withdrawn",
        gettext_noop("This proposal was withdrawn."),
    )
    CORRECTION_CONFIRMED = (
        "correction_confirmed",
        gettext_noop("This correction was confirmed already: another must correct it."),
    )
    PROPOSED_BY_SAME = (
        "proposed_by_same",
        gettext_noop("Whoever proposed a correction may not confirm it."),
    )
    CORRECTION_POINTLESS = (
        "correction_pointless",
        gettext_noop("An invalid test is no correction of a result."),
    )


class Standing(StrEnum):
    """Where a lab pool stands once it was positive."""

    NOT_POSITIVE = "not_positive"
    EXPLAINED = "explained"
    WAITING = "waiting"
    DISCORDANT = "discordant"


_SAME_AS = {
    ResultValue.NEGATIVE: Verdict.NEGATIVE,
    ResultValue.NEGATIVE_BY_POOL: Verdict.NEGATIVE,
    ResultValue.POSITIVE: Verdict.POSITIVE,
    ResultValue.SUSPECTED: Verdict.POSITIVE,
    ResultValue.INCONCLUSIVE: Verdict.INCONCLUSIVE,
}
"""The verdict of which a reported answer speaks; what was taken back speaks of none."""


def standing(
    members: Sequence[MemberVerdict], reported: Mapping[int, ResultValue] = MappingProxyType({})
) -> Standing:
    """Where a lab pool stands: a member's positive explains it, members in test leave it waiting.

    Of a member whose own tube was not tested counts what another laboratory reported of it
    (`reported`, by tube): nobody waits for a test that may never come, and where no member is
    positive a named person decides. A member whose tube was lost or is past its use-by is no longer
    waited for.
    """
    if not members or members[0].pool_value != Verdict.POSITIVE:
        return Standing.NOT_POSITIVE
    said = [(_said_of(member, reported), member.closed) for member in members]
    if any(value == Verdict.POSITIVE for value, _ in said):
        return Standing.EXPLAINED
    if any(value is None and not closed for value, closed in said):
        return Standing.WAITING
    return Standing.DISCORDANT


def _said_of(member: MemberVerdict, reported: Mapping[int, ResultValue]) -> str | None:
    """What is known of a member's own tube: its last verdict, else what was reported of it."""
    if member.value not in (None, Verdict.INVALID):
        return member.value
    answer = reported.get(member.tube)
    return _SAME_AS.get(answer) if answer is not None else None


def standings(
    members: Iterable[MemberVerdict], reported: Mapping[int, ResultValue] = MappingProxyType({})
) -> dict[int, Standing]:
    """The standing of each pool."""
    by_pool: dict[int, list[MemberVerdict]] = {}
    for member in members:
        by_pool.setdefault(member.pool, []).append(member)
    return {pool: standing(found, reported) for pool, found in by_pool.items()}


@dataclass(frozen=True, slots=True)
class Barriers:
    """Verdicts that something beside themselves keeps from being released, or that are already."""

    held: Collection[int] = ()
    recalled: Collection[int] = ()
    past_use_by: Collection[int] = ()
    released: Collection[int] = ()

    def fault_of(self, verdict: int) -> ReleaseRefusal | None:
        """What keeps this verdict back; None when nothing does."""
        if verdict in self.recalled:
            return ReleaseRefusal.RECALLED
        if verdict in self.past_use_by:
            return ReleaseRefusal.PAST_USE_BY
        if verdict in self.held:
            return ReleaseRefusal.HELD
        return None

    def fault_of_any(self, verdicts: Iterable[int]) -> ReleaseRefusal | None:
        """What keeps the first of these back that is kept back; None when none is."""
        return next(filter(None, map(self.fault_of, verdicts)), None)


_FOLLOWED = frozenset({ResultValue.SUSPECTED, ResultValue.INCONCLUSIVE, ResultValue.WITHDRAWN})
"""Answers after which another test of the same tube says more; a clear one only a correction changes."""


def faults_of_answers(
    verdict: VerdictRow, answered: Iterable[LastAnswer], *, may_confirm: bool
) -> dict[int, ReleaseRefusal]:
    """By swab, why the answer that its person has keeps this verdict from being the next.

    A suspicion is settled by whoever may confirm. A clear answer of one of our verdicts only a
    correction changes; another laboratory's word never silences a test of ours that says otherwise
    of the same tube.
    """
    found = {}
    for before in answered:
        if before.value is ResultValue.SUSPECTED and not (may_confirm and verdict.confirms):
            found[before.swab] = ReleaseRefusal.MAY_NOT_CONFIRM
        elif before.clear and not contradicts(verdict, before):
            found[before.swab] = ReleaseRefusal.ANSWERED
        elif before.value is ResultValue.POSITIVE and not (may_confirm and verdict.confirms):
            found[before.swab] = ReleaseRefusal.MAY_NOT_CONFIRM
    return found


def contradicts(verdict: VerdictRow, before: LastAnswer) -> bool:
    """Whether a test of the very tube says otherwise than what was reported of it and answered."""
    said = _SAID_BY.get(before.value)
    return before.verdict is None and verdict.pool is None and said not in (None, verdict.value)


_SAID_BY = {
    ResultValue.NEGATIVE: Verdict.NEGATIVE,
    ResultValue.NEGATIVE_BY_POOL: Verdict.NEGATIVE,
    ResultValue.POSITIVE: Verdict.POSITIVE,
}
"""The verdict that clear answers speak of."""


def fault_of_release(
    verdict: VerdictRow | None,
    *,
    reviewer: str,
    may_test: bool,
    may_confirm: bool,
    pools: Mapping[int, Standing],
    barriers: Barriers,
    answered: Collection[LastAnswer],
) -> ReleaseRefusal | None:
    """What forbids this reviewer to release this verdict; None when nothing does.

    `answered`: what the people in its tubes were answered before. As long as one of them may be
    answered by it, it is released to these.
    """
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
    if kept := barriers.fault_of(verdict.id):
        return kept
    against = faults_of_answers(verdict, answered, may_confirm=may_confirm)
    if against and len(against) >= verdict.swabs:
        return next(iter(against.values()))
    if verdict.member_of is not None and verdict.value != Verdict.POSITIVE:
        where = pools.get(verdict.member_of, Standing.NOT_POSITIVE)
        if where is Standing.WAITING:
            return ReleaseRefusal.AWAITS_POOL
        if where is Standing.DISCORDANT:
            return ReleaseRefusal.DISCORDANT
    return None


def fault_of_closing(
    verdict: VerdictRow | None,
    *,
    reviewer: str,
    may_confirm: bool,
    answered: Collection[LastAnswer],
) -> ReleaseRefusal | None:
    """What forbids this reviewer to close this verdict for good, unreleased; None when nothing does.

    Closed is what cannot be the next answer of anybody in its tubes. What is positive is closed only
    where its people were answered so: nobody is freed by it.
    """
    if verdict is None:
        return ReleaseRefusal.UNKNOWN
    if verdict.read_by == reviewer:
        return ReleaseRefusal.READ_BY_SAME
    against = faults_of_answers(verdict, answered, may_confirm=may_confirm)
    if not against or len(against) < verdict.swabs:
        return ReleaseRefusal.MAY_BE_RELEASED
    if verdict.value == Verdict.POSITIVE and not all(
        before.value.told_to_localities for before in answered
    ):
        return ReleaseRefusal.POSITIVE_STANDS_ALONE
    return None


def why_again(answered: Collection[LastAnswer]) -> str:
    """Why people who were answered before are answered again; empty for the first time."""
    if not answered:
        return ""
    if any(before.value is ResultValue.SUSPECTED for before in answered):
        return WhyAgain.CONFIRMATION
    return WhyAgain.TESTED_AGAIN
