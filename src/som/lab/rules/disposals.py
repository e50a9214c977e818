"""Which tubes are thrown away, why, and which may be. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from som.kernel.outcomes import Refusal, gettext_noop
from som.lab.rules.reception import WaitsFor


class DisposalKind(StrEnum):
    """How a tube ends at a laboratory: before it could be tested, or after its answer."""

    REJECTED = "rejected"
    DESTROYED = "destroyed"


class RejectReason(StrEnum):
    """Why a tube cannot be tested."""

    LEAKING = "leaking"
    BROKEN = "broken"
    UNLABELLED = "unlabelled"
    TOO_LITTLE = "too_little"
    WRONG_MEDIUM = "wrong_medium"
    TOO_WARM = "too_warm"
    USE_BY_PASSED = "use_by_passed"
    OTHER = "other"


class DiscardReason(StrEnum):
    """Why what is left of a tested tube is destroyed, or a tube nobody knows anything of."""

    KEPT_LONG_ENOUGH = "kept_long_enough"
    CONTAMINATED = "contaminated"
    DAMAGED = "damaged"
    UNKNOWN_ORIGIN = "unknown_origin"
    OTHER = "other"


class DisposalRefusal(Refusal):
    """Why a tube was not thrown away."""

    TUBE_UNKNOWN = "disposal_tube_unknown", gettext_noop("No such tube is here.")
    AMBIGUOUS = "disposal_tube_ambiguous", gettext_noop("Several issuers have a tube of this code.")
    WITNESS_MISSING = (
        "disposal_witness_missing",
        gettext_noop(
            "Nobody throws a tube away alone: it needs a second person who holds a role today."
        ),
    )
    WITNESS_STRANGE = (
        "disposal_witness_strange",
        gettext_noop(
            "The second person holds no role at this laboratory or where this tube was taken."
        ),
    )
    NOTE_MISSING = (
        "disposal_note_missing",
        gettext_noop("Say in a few words what is wrong with this tube."),
    )
    CLOSED = "disposal_tube_closed", gettext_noop("This tube was noted as lost or expired.")
    DISPOSED = (
        "disposal_done_otherwise",
        gettext_noop("This tube was thrown away already, for another reason."),
    )
    IN_TEST = "disposal_tube_in_test", gettext_noop("This tube is in test: wait for its verdict.")
    TESTED = (
        "disposal_tube_tested",
        gettext_noop("This tube was tested: it is not rejected but destroyed."),
    )
    UNTESTED = (
        "disposal_tube_untested",
        gettext_noop("This tube still waits to be tested: say that its people are asked again."),
    )


@dataclass(frozen=True, slots=True)
class Rejection:
    """A tube that cannot be tested, by its code, and why."""

    code: str
    reason: RejectReason
    note: str = ""


@dataclass(frozen=True, slots=True)
class Discarding:
    """A tube that is to be destroyed, by its code, and why.

    `ask_again`: it was not tested, and whoever is in it is to be asked for again.
    """

    code: str
    reason: DiscardReason
    note: str = ""
    ask_again: bool = False


@dataclass(frozen=True, slots=True)
class AtLab:
    """A tube as this laboratory has it, or could have it if it came now; taken in `unit`.

    `here`: received and not sent on. `tested`: its last test has a verdict and nothing more is to be
    done; `in_test`: it is in a pool or on a plate that has none yet. `disposed`: how and why it was
    thrown away.
    """

    tube: int
    unit: int
    here: bool
    lost: bool
    expired: bool
    use_by_at: datetime
    manifest: int | None
    waits_for: WaitsFor | None
    tested: bool
    in_test: bool
    disposed: tuple[DisposalKind, str] | None

    @property
    def closed(self) -> bool:
        return self.lost or self.expired


def fault_of_rejection(given: Rejection, tube: AtLab) -> DisposalRefusal | None:
    """What forbids rejecting this tube once two people say so; None when nothing does."""
    if given.reason is RejectReason.OTHER and not given.note.strip():
        return DisposalRefusal.NOTE_MISSING
    if tube.disposed is not None:
        return DisposalRefusal.DISPOSED
    if tube.closed:
        return DisposalRefusal.CLOSED
    if tube.in_test:
        return DisposalRefusal.IN_TEST
    if tube.tested:
        return DisposalRefusal.TESTED
    return None


def fault_of_discarding(given: Discarding, tube: AtLab) -> DisposalRefusal | None:
    """What forbids destroying this tube once two people say so; None when nothing does."""
    if given.reason is DiscardReason.OTHER and not given.note.strip():
        return DisposalRefusal.NOTE_MISSING
    if not tube.here:
        return DisposalRefusal.TUBE_UNKNOWN
    if tube.disposed is not None:
        return DisposalRefusal.DISPOSED
    if tube.lost:
        return DisposalRefusal.CLOSED
    # Of an expired tube whoever has no answer was asked for again when it expired.
    if tube.expired:
        return None
    if tube.in_test:
        return DisposalRefusal.IN_TEST
    if not tube.tested and not given.ask_again:
        return DisposalRefusal.UNTESTED
    return None


def way_out(tube: AtLab) -> DisposalKind | DisposalRefusal:
    """How this tube may be thrown away, or why not at all; the reason is still to be said.

    What was not tested is rejected, so that its people are asked for again; whoever is in an expired
    tube was asked when it expired.
    """
    if tube.disposed is not None:
        return DisposalRefusal.DISPOSED
    if tube.lost or (tube.expired and not tube.here):
        return DisposalRefusal.CLOSED
    if tube.expired:
        return DisposalKind.DESTROYED
    if tube.in_test:
        return DisposalRefusal.IN_TEST
    if tube.tested:
        return DisposalKind.DESTROYED if tube.here else DisposalRefusal.TUBE_UNKNOWN
    return DisposalKind.REJECTED
