"""What may be packed into a box, and where a box stands. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from som.kernel.outcomes import Refusal, gettext_noop
from som.sampling.rules.tubes import DispatchRefusal


class PackRefusal(Refusal):
    """Why a tube is not packed into this box, beside what `DispatchRefusal` names."""

    OTHER_LAB = (
        "packed_for_other_lab",
        gettext_noop("This tube goes to another laboratory: into another box."),
    )
    TESTED = "packed_tested_here", gettext_noop("This tube was tested on the spot.")
    USE_BY_PASSED = (
        "packed_use_by_passed",
        gettext_noop("Its use-by has passed: nobody may test it. Its people are asked again."),
    )


@dataclass(frozen=True, slots=True)
class TubeToPack:
    """A tube in use here that somebody scans into a box.

    `lab` is the laboratory its session sends to, `manifest` the box it is in, `arrived` whether some
    laboratory received it without one.
    """

    lab: int
    manifest: str | None
    closed: bool
    arrived: bool
    tested: bool
    use_by_at: datetime


def fault_of_packing(tube: TubeToPack | None, *, lab: int, at: datetime) -> Refusal | None:
    """What forbids packing this tube into a box to this laboratory; None when nothing does."""
    if tube is None:
        return DispatchRefusal.TUBE_UNKNOWN
    if tube.closed:
        return DispatchRefusal.TUBE_CLOSED
    if tube.manifest is not None:
        return DispatchRefusal.TUBE_ELSEWHERE
    if tube.arrived:
        return DispatchRefusal.TUBE_ARRIVED
    if tube.tested:
        return PackRefusal.TESTED
    if tube.lab != lab:
        return PackRefusal.OTHER_LAB
    if tube.use_by_at <= at:
        return PackRefusal.USE_BY_PASSED
    return None


def fault_of_losing(tube: TubeToPack | None) -> DispatchRefusal | None:
    """What forbids to note this tube as lost; None when nothing does."""
    if tube is None:
        return DispatchRefusal.TUBE_UNKNOWN
    return DispatchRefusal.TUBE_CLOSED if tube.closed else None


def fault_of_handing_on(received: int | None) -> DispatchRefusal | None:
    """What forbids to hand on a box of which so many tubes were received; None when nothing does.

    `received` is None of a box that was not sent from here.
    """
    if received is None:
        return DispatchRefusal.BOX_UNKNOWN
    return DispatchRefusal.BOX_ARRIVED if received else None


def box_state(*, sent: int, received: int, gone: int, unpacked: bool) -> str:
    """Where a box stands: under way, being unpacked, come, or come with tubes missing.

    Of `sent` tubes, `received` reached the laboratory and `gone` never will: lost or expired.
    """
    if received + gone >= sent:
        return "box_arrived"
    if unpacked:
        return "box_incomplete"
    return "box_unpacking" if received else "box_under_way"
