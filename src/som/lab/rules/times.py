"""When a test can have been: after its swab and its beginning, and not in a time to come. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from som.kernel.outcomes import Refusal, gettext_noop


class TimeRefusal(Refusal):
    """Why a test cannot have been when it is said to have been: nobody is answered by it."""

    BEFORE_SWAB = (
        "test_before_swab",
        gettext_noop("The test was begun before the swab was taken."),
    )
    BEFORE_LOAD = (
        "test_before_load",
        gettext_noop("The run ended before its plate was loaded."),
    )
    ENDS_BEFORE = (
        "test_ends_before_it_begins",
        gettext_noop("The test was read before it was begun."),
    )
    IN_FUTURE = "test_in_future", gettext_noop("The test's time has not come yet.")


@dataclass(frozen=True, slots=True)
class WhenTested:
    """When a test was, and what is known to lie before it.

    `begun_at` by the clock that also says its end, `loaded_at` by this laboratory's own; None: not
    known. `swabbed_at`: when the last of its tubes got its first swab; None: it has none, as a plate of
    controls.
    """

    ended_at: datetime
    swabbed_at: datetime | None
    begun_at: datetime | None = None
    loaded_at: datetime | None = None


def fault_of_times(times: WhenTested, *, at: datetime, skew: timedelta) -> TimeRefusal | None:
    """Why a test cannot have been at these times, seen at `at`; None when it can.

    `skew`: by how much two clocks may differ and still be called right.
    """
    begun_at = times.begun_at or times.ended_at
    if times.swabbed_at is not None and begun_at < times.swabbed_at:
        return TimeRefusal.BEFORE_SWAB
    if times.ended_at < begun_at:
        return TimeRefusal.ENDS_BEFORE
    if times.loaded_at is not None and times.ended_at < times.loaded_at - skew:
        return TimeRefusal.BEFORE_LOAD
    if times.ended_at > at + skew:
        return TimeRefusal.IN_FUTURE
    return None
