"""The key of a list's last line, as it stands in the address of the next page. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

_TIME = "%Y%m%dT%H%M%S.%fZ"


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
