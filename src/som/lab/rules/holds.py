"""What may not be released until two people say so. Pure."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from som.kernel.outcomes import Refusal, gettext_noop


class HoldKind(StrEnum):
    """What a hold is put on."""

    PLATE = "plate"
    RUN = "run"
    KIT_LOT = "kit_lot"
    LAB = "lab"


class HoldRefusal(Refusal):
    """Why a hold was not placed or lifted."""

    INCOMPLETE = "hold_incomplete", gettext_noop("It is not said what is to be held, or where.")
    REASON_MISSING = "hold_reason_missing", gettext_noop("A hold, and its end, needs a reason.")
    PLATE_UNKNOWN = "hold_plate_unknown", gettext_noop("This laboratory has no such plate.")
    RUN_UNKNOWN = "hold_run_unknown", gettext_noop("This laboratory has no such run.")
    NOT_YOURS = "hold_not_yours", gettext_noop("You may not hold anything there.")
    UNKNOWN = "hold_unknown", gettext_noop("There is no such hold.")
    PLACED_BY_SAME = (
        "hold_placed_by_same",
        gettext_noop("Whoever placed a hold may not lift it."),
    )


@dataclass(frozen=True, slots=True)
class HoldWanted:
    """What is to be held, and why.

    A plate (by its code) and a run (by its id) are a laboratory's; a kit's lot is held in one
    laboratory or, with `unit`, in every laboratory of a territory, also for what is read later.
    """

    kind: HoldKind
    reason: str
    lab: int | None = None
    unit: int | None = None
    plate: str = ""
    run: int | None = None
    kit: str = ""
    kit_lot: str = ""


@dataclass(frozen=True, slots=True)
class Lifting:
    """A hold to be lifted, and why."""

    hold: int
    reason: str


@dataclass(frozen=True, slots=True)
class HoldPlaced:
    """A hold as it stands."""

    id: int
    held_by: str
    lifted: bool


def lot_key(kit_lot: str) -> str:
    """A lot as it is compared, kept beside every run as it was read.

    Hands, labels and scanners write it in capitals or not, with spaces or marks that nobody sees.
    """
    shown = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", kit_lot).upper())
    return "".join(sign for sign in shown if sign.isalnum() or sign in "-._/")


def hold_alarm_key(hold: int) -> str:
    """The key of the alarm that something is on hold: closed when it is lifted."""
    return f"hold:{hold}"


def fault_of_hold(given: HoldWanted) -> HoldRefusal | None:
    """What forbids a hold as it is asked for, before anybody looks whether its subject is there."""
    if not given.reason.strip():
        return HoldRefusal.REASON_MISSING
    lot = bool(given.kit and lot_key(given.kit_lot))
    asked = (bool(given.plate), given.run is not None, lot)
    wanted = {
        HoldKind.PLATE: (True, False, False),
        HoldKind.RUN: (False, True, False),
        HoldKind.KIT_LOT: (False, False, True),
        HoldKind.LAB: (False, False, False),
    }[given.kind]
    one_place = (given.lab is None) != (given.unit is None)
    if asked != wanted or not one_place:
        return HoldRefusal.INCOMPLETE
    if given.unit is not None and given.kind is not HoldKind.KIT_LOT:
        return HoldRefusal.INCOMPLETE
    return None


def fault_of_lifting(given: Lifting, hold: HoldPlaced | None, *, by: str) -> HoldRefusal | None:
    """What forbids this person to lift this hold; None when nothing does."""
    if hold is None:
        return HoldRefusal.UNKNOWN
    if not given.reason.strip():
        return HoldRefusal.REASON_MISSING
    if hold.held_by == by:
        return HoldRefusal.PLACED_BY_SAME
    return None
