"""What time it is. Only pages and workers ask; commands are told.

A demo or a drill runs in its own time: real time plus a constant kept in the database. Sign-in and
rate limits use real time.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from som.kernel import sql

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
"""Vietnam has one zone and no daylight saving."""

_READ_AGAIN_AFTER = 5.0
_known: tuple[float, timedelta] | None = None


def real_now() -> datetime:
    """Real time, for sign-in and rate limits."""
    return datetime.now(UTC)


def now() -> datetime:
    """The time on the installation's clock; a changed offset is seen within five seconds."""
    global _known
    asked = time.monotonic()
    if _known is None or asked - _known[0] > _READ_AGAIN_AFTER:
        found = sql.row('SELECT "offset" FROM kernel_clockoffset')
        _known = (asked, found[0] if found else timedelta(0))
    return real_now() + _known[1]


def local_day(at: datetime) -> date:
    """The day it is here at this time: until seven in the morning it is yesterday in UTC."""
    return at.astimezone(LOCAL).date()


def forget() -> None:
    """Read the offset again at the next question."""
    global _known
    _known = None
