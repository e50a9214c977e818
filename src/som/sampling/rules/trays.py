"""What may be laid into a tray. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from som.kernel.outcomes import Refusal, gettext_noop

MOST_IN_TRAY = 2_000
"""Half an hour of scanning once a second: nobody packs a box or lays out a plate of so many."""

LONGEST_IN_TRAY = 80
"""Longer than any code, well or desk: whatever is longer was never scanned from a label."""


class TrayRefusal(Refusal):
    """Why a code was not laid into a tray."""

    NO_CODE = "tray_no_code", gettext_noop("This is no code of a label.")
    PLACE_TAKEN = "tray_place_taken", gettext_noop("Another code is at this place already.")
    FULL = "tray_full", gettext_noop("So many codes wait here already: act on them first.")
    NO_PLATE = "tray_of_no_plate_here", gettext_noop("This is no plate of this laboratory.")
    KEPT_YET = "tray_kept_yet", gettext_noop("This was scanned not long ago: it stays in its tray.")


@dataclass(frozen=True, slots=True)
class Laid:
    """A code laid into the tray of a desk; `place` is where it is to go, a well of a plate."""

    desk: str
    code: str
    place: str = ""


def fault_of_laying(given: Laid, tray: Mapping[str, str]) -> TrayRefusal | None:
    """What forbids laying this; None when nothing does, or when it lies there already.

    `tray`: the place of each code in the desk's tray. A code that lies there may move to a free place.
    """
    if not given.desk.strip() or not given.code.strip():
        return TrayRefusal.NO_CODE
    if max(len(given.desk), len(given.code), len(given.place)) > LONGEST_IN_TRAY:
        return TrayRefusal.NO_CODE
    if lies_there(given, tray):
        return None
    if given.place and given.place in tray.values():
        return TrayRefusal.PLACE_TAKEN
    full = given.code not in tray and len(tray) >= MOST_IN_TRAY
    return TrayRefusal.FULL if full else None


def fault_of_taking_over(desk: str, lab: int) -> TrayRefusal | None:
    """What forbids taking over what a colleague laid at this desk; None when nothing does.

    Plates alone are planned by several people, each at the desk of its laboratory: "plate:7:PL-1".
    """
    return None if desk.startswith(f"plate:{lab}:") else TrayRefusal.NO_PLATE


def lies_there(given: Laid, tray: Mapping[str, str]) -> bool:
    """Whether the code lies where it is to lie; to which no place is said, it lies well anywhere."""
    return given.code in tray and given.place in ("", tray[given.code])
