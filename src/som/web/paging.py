"""The key of a list's last line, as it stands in the address of the next page. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

Line = TypeVar("Line")

_TIME = "%Y%m%dT%H%M%S.%fZ"


def paged(
    found: Sequence[Line], most: int, key: Callable[[Line], object]
) -> tuple[Sequence[Line], str]:
    """The lines of one page, of which one more was asked for, and the key after which the next begins.

    The key is empty on the last page.
    """
    shown = found[:most]
    return shown, str(key(shown[-1])) if len(found) > most else ""


def written_key(at: datetime, row_id: int) -> str:
    """The key of a line that is sorted by time and id."""
    return f"{at.astimezone(UTC).strftime(_TIME)}-{row_id}"


def read_key(text: str) -> tuple[datetime, int] | None:
    """The key in an address; None, the list's beginning, for whatever is none."""
    time, _, row_id = text.rpartition("-")
    try:
        return datetime.strptime(time, _TIME).replace(tzinfo=UTC), int(row_id)
    except ValueError:
        return None
