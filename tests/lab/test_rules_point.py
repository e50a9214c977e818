"""When a strip is read, and when a cartridge ended by its analyser's clock. Pure."""

from datetime import datetime, time, timedelta

import pytest

from som.kernel.clock import LOCAL
from som.lab.rules import last_at, reading_state
from tests.town import NOON

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("minutes", "state"),
    [(0, "waiting"), (14.9, "waiting"), (15, "ready"), (20, "ready"), (20.1, "late")],
)
def test_a_strip_is_read_in_its_minutes(minutes: float, state: str) -> None:
    limits = {"read_from": NOON + 15 * MINUTE, "read_until": NOON + 20 * MINUTE}
    assert reading_state(NOON + minutes * MINUTE, **limits) == state


@pytest.mark.parametrize(
    ("now", "typed", "day"),
    [
        ((3, 14, 30), time(14, 20), 3),
        ((3, 14, 30), time(14, 35), 3),  # a clock that is fast
        ((3, 0, 10), time(23, 50), 2),  # read before midnight, typed after it
        ((3, 23, 55), time(0, 5), 3),
    ],
)
def test_a_time_typed_belongs_to_the_day_that_it_can_be_of(
    now: tuple[int, int, int], typed: time, day: int
) -> None:
    before = datetime(2021, 11, *now, tzinfo=LOCAL)
    assert last_at(typed, before=before) == datetime.combine(
        before.replace(day=day).date(), typed, LOCAL
    )
