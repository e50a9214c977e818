"""How much a laboratory may test in a day. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from som.kernel.outcomes import Refusal, gettext_noop


class CapacityRefusal(Refusal):
    """Why a ceiling was not set."""

    LAB_UNKNOWN = (
        "capacity_lab_unknown",
        gettext_noop("There is no such laboratory in your territory."),
    )
    NO_NUMBER = "capacity_no_number", gettext_noop("A ceiling is a number of tests, 0 or more.")
    PAST = "capacity_past", gettext_noop("A ceiling holds from today or later.")
    FAR = "capacity_far", gettext_noop("A ceiling is set for a day of the coming year.")
    GIVEN_TWICE = (
        "capacity_given_twice",
        gettext_noop("Another ceiling is given for the same laboratory and day."),
    )


FURTHEST = timedelta(days=366)
"""How far ahead a ceiling may be set: beyond it a day is a slip of the hand."""


@dataclass(frozen=True, slots=True)
class CapacityWanted:
    """How many tests a laboratory may load a day, from a day on."""

    lab: int
    tests_a_day: int
    valid_from: date


def ceiling_on(ceilings: Sequence[tuple[date, int]], day: date) -> int | None:
    """The ceiling that holds on a day, of (valid from, tests a day); None: no ceiling was set."""
    holding = [found for found in ceilings if found[0] <= day]
    return max(holding)[1] if holding else None
