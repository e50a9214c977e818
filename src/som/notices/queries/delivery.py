"""What hinders what is on its way out."""

from __future__ import annotations

from datetime import datetime

from som.kernel import scope, sql
from som.kernel.actors import Actor


def receiver_due(*, by: Actor) -> datetime | None:
    """When a receiver that was away is to be tried again; None where nothing waits for that."""
    with scope.entered(by, "notices.deliver"):
        found = sql.row(
            """
            SELECT max(next_try_at) FROM (
                SELECT max(next_try_at) AS next_try_at FROM notices_notice
                WHERE delivered_at IS NULL AND away
                UNION ALL
                SELECT max(next_try_at) FROM notices_alarm
                WHERE delivered_at IS NULL AND away
            ) waiting
            """
        )
    due_at: datetime | None = found[0] if found else None
    return due_at
