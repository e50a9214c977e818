"""What may be received, and when a tube that came before its list is. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from som.kernel.outcomes import Refusal, gettext_noop


class WaitsFor(StrEnum):
    """What a received tube waits for."""

    TEST = "test"
    RETEST = "retest"
    REFERRAL = "referral"
    """A positive that a laboratory with the right to confirm must test again; nobody tests it here."""


class Condition(StrEnum):
    """How a tube looked when it was received."""

    GOOD = "good"
    WARM = "warm"
    LEAKING = "leaking"
    BROKEN = "broken"
    UNLABELLED = "unlabelled"


class ReceptionRefusal(Refusal):
    """Why a tube was not received."""

    TUBE_UNKNOWN = (
        "tube_not_known",
        gettext_noop("This code was misread, or its issuer is not registered."),
    )
    NO_TUBE = (
        "code_of_no_tube",
        gettext_noop("This is no tube's code, but that of a card, slip, box, plate or batch."),
    )
    AMBIGUOUS = "tube_ambiguous", gettext_noop("Several issuers have a tube of this code.")
    NOT_WAITING = "tube_waits_for_no_list", gettext_noop("No such tube waits for its list.")
    NOT_LISTED = "tube_not_listed", gettext_noop("Nobody recorded a swab in this tube yet.")
    LIST_NOT_WHOLE = (
        "tube_list_not_whole",
        gettext_noop("More people of this tube may still be on their way."),
    )


class ManifestRefusal(Refusal):
    """Why a box was not closed."""

    UNKNOWN = "closed_box_unknown", gettext_noop("No box with this code was sent here.")
    NOTHING_CAME = "closed_box_nothing_came", gettext_noop("Nothing of this box has come yet.")


LIST_SETTLES = "lab.list.settles_minutes"
"""The dated rule by which a tube that came before its list is received when nobody more can be
recorded into it, or when for so long nobody was: one person of a pool tested as if alone would be
answered for all of it."""


class UnlistedEnd(StrEnum):
    """How a tube stops waiting for its list."""

    RECEIVED = "received"
    MOVED = "moved"
    CLOSED = "closed"
    DISCARDED = "discarded"


UNLISTED_MOVES: Mapping[str, tuple[str, ...]] = {"waiting": tuple(UnlistedEnd)}
"""The states of a tube that came before its list."""


@dataclass(frozen=True, slots=True)
class Unlisted:
    """A tube that came to a laboratory before its list."""

    id: int
    lab: int
    code: str
    arrived_at: datetime
    taker: str
    giver: str
    seal: str
    temperature: Decimal | None
    condition: str
    box: int | None
    ended_as: str | None


def is_superseded(one: Unlisted, others: Sequence[Unlisted]) -> bool:
    """Whether the same tube came to another laboratory later: then it is there."""
    return any(
        other.ended_as not in (UnlistedEnd.CLOSED, UnlistedEnd.DISCARDED)
        and (other.arrived_at, other.id) > (one.arrived_at, one.id)
        for other in others
    )


@dataclass(frozen=True, slots=True)
class Received:
    """A tube at this laboratory, as pooling and loading need it."""

    tube: int
    swabs: int
    tube_class: str
    use_by_at: datetime
    waits_for: WaitsFor | None
    closed: bool
