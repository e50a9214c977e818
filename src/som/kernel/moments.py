"""How moments come from the database: by Python's own reader of ISO 8601. For `sql` alone.

A session speaks UTC, so a moment arrives as `2026-11-02 05:00:00+00`. The driver takes it apart with
a pattern and Django gives it its time zone once more (what that costs: ADR 11); a reception reads one
for each tube. What Python's reader does not know (years before Christ, infinity) goes the driver's way.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db.backends.signals import connection_created
from psycopg.abc import Buffer
from psycopg.types.datetime import TimestamptzLoader


class MomentLoader(TimestamptzLoader):
    """A moment, in UTC."""

    timezone = UTC
    """Django asks whether the loader gives what its settings say, and puts its own if not."""

    def load(self, data: Buffer) -> datetime:
        """The moment written so."""
        try:
            moment = datetime.fromisoformat(str(data, "ascii"))
        except ValueError:
            moment = super().load(data)
        return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


def _let_load(connection: Any, **_: object) -> None:
    connection.connection.adapters.register_loader("timestamptz", MomentLoader)


def register() -> None:
    """Let every connection made from now on read its moments so."""
    connection_created.connect(_let_load, dispatch_uid="som.kernel.moments")
