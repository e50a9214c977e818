"""What may be packed into a box, and where a box stands. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from som.kernel.outcomes import Refusal, gettext_noop
from som.sampling.rules.tubes import DispatchRefusal


class PackRefusal(Refusal):
    """Why a tube is not packed into this box or not sent, beside what `DispatchRefusal` names."""

    OTHER_LAB = (
        "packed_for_other_lab",
        gettext_noop("This tube goes to another laboratory: into another box."),
    )
    TESTED = "packed_tested_here", gettext_noop("This tube has been tested: it goes into no box.")
    USE_BY_PASSED = (
        "packed_use_by_passed",
        gettext_noop("Its use-by has passed: nobody may test it. Its people are asked again."),
    )


@dataclass(frozen=True, slots=True)
class TubeToPack:
    """A tube in use here that is to go into a box.

    `lab` is the laboratory its session sends to or, once it `arrived` without a box, the one that has
    it; `box` the one it is in, of the code `manifest`. `tested`: wherever; the desk alone asks.
    """

    lab: int
    box: int | None
    closed: bool
    arrived: bool
    use_by_at: datetime
    tested: bool = False
    manifest: str = ""


def fault_of_sending(tube: TubeToPack | None, *, lab: int, at: datetime) -> Refusal | None:
    """What forbids sending this tube to this laboratory; None when nothing does.

    What the laboratory has already its list may follow, however late. To which laboratory a session
    sends is a plan and binds nobody who sends elsewhere.
    """
    if tube is None:
        return DispatchRefusal.TUBE_UNKNOWN
    if tube.closed:
        return DispatchRefusal.TUBE_CLOSED
    if tube.box is not None:
        return DispatchRefusal.TUBE_ELSEWHERE
    if tube.arrived:
        return None if tube.lab == lab else DispatchRefusal.TUBE_ARRIVED
    return PackRefusal.USE_BY_PASSED if tube.use_by_at <= at else None


def fault_of_packing(tube: TubeToPack | None, *, lab: int, at: datetime) -> Refusal | None:
    """What forbids packing this tube at the desk of a box to this laboratory; None when nothing does.

    Whatever forbids sending it, and what is a mistake at a desk: a tube that has been tested, on the
    spot or where it came without a box, and one that goes into another box.
    """
    if fault := fault_of_sending(tube, lab=lab, at=at):
        return fault
    if tube is not None and tube.tested:
        return PackRefusal.TESTED
    return PackRefusal.OTHER_LAB if tube is not None and tube.lab != lab else None


def fault_of_losing(closed: bool | None) -> DispatchRefusal | None:
    """What forbids to note a tube as lost; None when nothing does.

    `closed`: whether it is lost or expired; None of one that is not in use here.
    """
    if closed is None:
        return DispatchRefusal.TUBE_UNKNOWN
    return DispatchRefusal.TUBE_CLOSED if closed else None


def fault_of_box_scanned(received: int | None) -> DispatchRefusal | None:
    """What forbids to scan a box among those to be handed over now; None when nothing does.

    Of it so many tubes were received; None of a box that was not sent from here. Who hands it over,
    and when, is not said yet: of that `fault_of_hand_over` judges.
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
