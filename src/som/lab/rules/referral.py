"""Which tubes go on to another laboratory, and what that one is to do with them. Pure."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from som.kernel.outcomes import Refusal, gettext_noop
from som.lab.rules.disposals import AtLab
from som.lab.rules.reception import WaitsFor
from som.places.rules import Right


class ReferralReason(StrEnum):
    """Why tubes go on to another laboratory."""

    CONFIRMATION = "confirmation"
    CAPACITY = "capacity"
    EQUIPMENT = "equipment"
    RETURN = "return"


class ReferralRefusal(Refusal):
    """Why a tube did not go on to another laboratory."""

    NOT_HERE = "referred_tube_not_here", gettext_noop("This laboratory does not have this tube.")
    CLOSED = "referred_tube_closed", gettext_noop("This tube was noted as lost or expired.")
    USE_BY_PASSED = (
        "referred_use_by_passed",
        gettext_noop("The use-by has passed: it may not be tested anywhere."),
    )
    IN_TEST = "referred_tube_in_test", gettext_noop("This tube is in test: wait for its verdict.")
    MAY_NOT_TEST = (
        "referred_lab_may_not_test",
        gettext_noop("That laboratory has no right to test on this day."),
    )
    MAY_NOT_CONFIRM = (
        "referred_lab_may_not_confirm",
        gettext_noop("This tube waits to be confirmed, and that laboratory may not confirm."),
    )


@dataclass(frozen=True, slots=True)
class Referral:
    """A box from one laboratory to another: its code, why, through whose hands, how packed."""

    code: str
    from_lab: int
    lab: int
    reason: ReferralReason
    giver: str = ""
    taker: str = ""
    seal: str = ""
    temperature: Decimal | None = None


def fault_of_referral(
    tube: AtLab | None, rights: Set[Right], *, at: datetime
) -> ReferralRefusal | None:
    """What forbids sending this tube on to a laboratory with these rights; None when nothing does."""
    if tube is None or not tube.here:
        return ReferralRefusal.NOT_HERE
    if tube.closed:
        return ReferralRefusal.CLOSED
    if tube.in_test:
        return ReferralRefusal.IN_TEST
    if tube.use_by_at < at:
        return ReferralRefusal.USE_BY_PASSED
    if tube.waits_for is None:
        return None
    if not rights:
        return ReferralRefusal.MAY_NOT_TEST
    if tube.waits_for is WaitsFor.REFERRAL and Right.CONFIRM not in rights:
        return ReferralRefusal.MAY_NOT_CONFIRM
    return None
