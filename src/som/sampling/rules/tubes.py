"""Tubes: their classes, schemes of codes, and how they go on. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from som.kernel import ids
from som.kernel.outcomes import Refusal, gettext_noop

OWN_SCHEME = 1
"""The scheme of our own tubes: S, nine digits, check digit. Its row is made by the migration."""


class TubeClass(StrEnum):
    """Why the people in a tube are tested; it travels on the tube, so benches need no names."""

    SCREENING = "screening"
    SYMPTOM = "symptom"
    CONTACT = "contact"
    RECALLED = "recalled"

    @property
    def single(self) -> bool:
        """Symptomatic people, contacts and people called again go into single tubes only."""
        return self is not TubeClass.SCREENING


TUBE_MOVES: Mapping[str, tuple[str, ...]] = {
    "unused": ("open", "void"),
    "open": ("open", "sent", "received", "lost", "expired"),
    "sent": ("received", "lost", "expired"),
    "received": ("lost", "expired"),
}


class DispatchRefusal(Refusal):
    """Why a tube was not put on a manifest, not handed over, or not noted as lost."""

    TUBE_UNKNOWN = "tube_unknown_here", gettext_noop("No tube with this code is in use here.")
    TUBE_ELSEWHERE = "tube_on_other_manifest", gettext_noop("This tube is on another manifest.")
    TUBE_CLOSED = "tube_closed_here", gettext_noop("This tube is lost or expired.")
    TUBE_ARRIVED = (
        "tube_at_other_lab",
        gettext_noop("Another laboratory already has this tube; it cannot be sent elsewhere."),
    )
    REASON_MISSING = "loss_reason_missing", gettext_noop("A loss needs a reason.")
    WITNESS_MISSING = (
        "loss_witness_missing",
        gettext_noop("A loss needs a second person who holds a role today."),
    )
    WITNESS_STRANGE = (
        "loss_witness_strange",
        gettext_noop("The second person holds no role where this tube was taken."),
    )
    BOX_UNKNOWN = "box_unknown", gettext_noop("No box with this code was sent from here.")
    HANDS_MISSING = (
        "hands_missing",
        gettext_noop("A hand-over has two different people: who gives and who takes."),
    )
    TIME_IMPOSSIBLE = (
        "handed_at_impossible",
        gettext_noop("The box was not yet sent at this time, or the time has not come yet."),
    )
    BOX_ARRIVED = "box_arrived", gettext_noop("The box had reached its laboratory by then.")
    HANDED_OTHERWISE = (
        "handed_otherwise",
        gettext_noop("At this very time the box was handed over between other people."),
    )


class ArrivalRefusal(Refusal):
    """Why a tube did not arrive at a laboratory."""

    TUBE_UNKNOWN = "arrival_tube_unknown", gettext_noop("There is no such tube in use.")
    SENT_ELSEWHERE = "tube_sent_elsewhere", gettext_noop("This tube is on its way to another lab.")
    LOST = (
        "tube_noted_lost",
        gettext_noop(
            "This tube was noted as lost and its people are asked for again: it is not tested any"
            " more. Destroy it as waste."
        ),
    )
    EXPIRED = (
        "tube_noted_expired",
        gettext_noop(
            "This tube passed its use-by before it came and its people are asked for again: it is"
            " not tested any more. Destroy it as waste."
        ),
    )
    USE_BY_PASSED = (
        "arrival_use_by_passed",
        gettext_noop("The use-by has passed: reject it. Its people are asked for again."),
    )


NEVER_TESTED = frozenset(
    {ArrivalRefusal.LOST, ArrivalRefusal.EXPIRED, ArrivalRefusal.USE_BY_PASSED}
)
"""Why a tube that comes is not tested any more, wherever it is."""


@dataclass(frozen=True, slots=True)
class BoxPassed:
    """A box that went from one pair of hands to the next on its way, and when."""

    manifest: str
    handed_at: datetime
    giver: str
    taker: str
    seal: str = ""
    temperature: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A tube that reached a laboratory: when, from whose hands into whose, in which state.

    `returned`: it is unpacked from a box that this very laboratory sent. `rejected`: it comes in only
    to be thrown away, so nothing asks whether it may still be tested.
    """

    tube: int
    lab: int
    arrived_at: datetime
    taker: str
    giver: str = ""
    seal: str = ""
    temperature: Decimal | None = None
    returned: bool = False
    rejected: bool = False


class OnItsWay(NamedTuple):
    """A tube in use as its arrival finds it. `lab` is the addressee, `held_by` who has it now.

    Until it is on a `manifest` the addressee is the session's plan and binds nobody. A box that a
    laboratory sent, `sent_by`, may also come back to it; that must be said, or scanning a tube again
    after it was sent would bring it back.
    """

    tube: int
    code: str
    lab: int
    manifest: int | None
    lost: bool
    expired: bool
    use_by_at: datetime
    sent_by: int | None
    held_by: int | None


def fault_of_arrival(
    given: Arrival, tube: OnItsWay | None, *, at: datetime
) -> ArrivalRefusal | None:
    """What forbids this arrival; None when nothing does."""
    if tube is None:
        return ArrivalRefusal.TUBE_UNKNOWN
    if tube.lost:
        return ArrivalRefusal.LOST
    if tube.expired:
        return ArrivalRefusal.EXPIRED
    if tube.held_by is not None:
        return None if tube.held_by == given.lab else ArrivalRefusal.SENT_ELSEWHERE
    back = given.returned and given.lab == tube.sent_by
    if tube.manifest is not None and given.lab != tube.lab and not back:
        return ArrivalRefusal.SENT_ELSEWHERE
    if tube.use_by_at < at and not given.rejected:
        return ArrivalRefusal.USE_BY_PASSED
    return None


@dataclass(frozen=True, slots=True)
class BoxState:
    """What is known of a box when it is handed over."""

    sent_at: datetime
    arrived_at: datetime | None
    hands: dict[datetime, tuple[str, str]]


def fault_of_hand_over(
    given: BoxPassed, box: BoxState | None, *, at: datetime, skew: timedelta
) -> DispatchRefusal | None:
    """What forbids this hand-over; None when nothing does or when it is noted already."""
    giver, taker = given.giver.strip(), given.taker.strip()
    if box is None:
        return DispatchRefusal.BOX_UNKNOWN
    if not giver or not taker or giver.casefold() == taker.casefold():
        return DispatchRefusal.HANDS_MISSING
    if given.handed_at in box.hands:
        same = box.hands[given.handed_at] == (giver, taker)
        return None if same else DispatchRefusal.HANDED_OTHERWISE
    if not box.sent_at - skew <= given.handed_at <= at + skew:
        return DispatchRefusal.TIME_IMPOSSIBLE
    if box.arrived_at is not None and box.arrived_at < given.handed_at:
        return DispatchRefusal.BOX_ARRIVED
    return None


@dataclass(frozen=True, slots=True)
class Scheme:
    """A way to write tube codes: ours, or an issuer's registered pattern."""

    id: int
    pattern: str
    issuer: int | None = None


PATTERN = re.compile(
    r"(?:(?:\[[A-Za-z0-9\-]+\]|\\d|\\\.|[A-Za-z0-9./ \-])(?:\{\d{1,2}(?:,\d{1,2})?\}|\+|\?)?){1,40}"
)
"""What a registered pattern may be made of: letters, digits, sets, \\d and counts. No groups and no
choices, so that no pattern can take for ever on a code."""

LONGEST_CODE = 40
"""More than any printed tube code: the longest seen has 14 characters."""


def scheme_of(code: str, schemes: Sequence[Scheme]) -> Scheme | None:
    """The scheme of a tube code: ours by its check digit, else the first pattern that fits."""
    return scheme_of_serial(ids.tube_serial(code), code, schemes)


def scheme_of_serial(serial: int | None, code: str, schemes: Sequence[Scheme]) -> Scheme | None:
    """The same of a code whose serial number in our own scheme was read, if it has one."""
    if serial is not None:
        return next((s for s in schemes if s.id == OWN_SCHEME), None)
    if len(code) > LONGEST_CODE:
        return None
    return next((s for s in schemes if s.id != OWN_SCHEME and re.fullmatch(s.pattern, code)), None)
