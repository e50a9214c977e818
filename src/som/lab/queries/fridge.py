"""What a laboratory holds that must be tested, and until when it may be. No names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from som.kernel import sql
from som.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class FridgeTube:
    """A tube that a laboratory holds and that was not tested: until when it may be, how it is kept."""

    id: int
    code: str
    swabs: int
    waits_for: str
    received_at: datetime
    use_by_at: datetime
    condition: str
    kept: str
    kept_since: datetime | None
    expired: bool


@dataclass(frozen=True, slots=True)
class FridgeCounts:
    """How many tubes are in each part of the fridge. `sound`: neither near nor past."""

    past: int
    near: int
    sound: int
    unlisted: int


# What was thrown away or sent on waits for nothing.
_HELD = """
FROM lab_reception r JOIN sampling_tube t ON t.id = r.tube_id
WHERE r.lab_id = %(lab)s AND r.waits_for IS NOT NULL AND t.lost_at IS NULL
"""

FRIDGE_PARTS = {
    "past": "t.use_by_at < %(now)s",
    "near": "t.use_by_at >= %(now)s AND t.use_by_at < %(near)s",
    "sound": "t.use_by_at >= %(near)s",
}
"""The parts of what is held, by the use-by."""


def fridge_counts(lab: int, *, by: Actor, now: datetime, near: datetime) -> FridgeCounts:
    """How much this laboratory holds untested, by how near the use-by is, and what has no list."""
    by.must("lab.see", organisation=lab)
    counts = ", ".join(f"count(*) FILTER (WHERE {part})" for part in FRIDGE_PARTS.values())
    found = sql.rows(
        f"""
        SELECT {counts},
               (SELECT count(*) FROM lab_unlistedtube u
                WHERE u.lab_id = %(lab)s AND u.ended_at IS NULL)
        {_HELD}
        """,
        {"lab": lab, "now": now, "near": near},
    )
    return FridgeCounts(*found[0])


def fridge_tubes(
    lab: int,
    *,
    by: Actor,
    now: datetime,
    near: datetime,
    part: str = "",
    after: tuple[datetime, int] | None = None,
    limit: int = 100,
) -> list[FridgeTube]:
    """What this laboratory holds untested, nearest use-by first, past ones before all.

    `part` is one of `FRIDGE_PARTS`, empty for all; `after` the key of the last of the page before.
    """
    by.must("lab.see", organisation=lab)
    use_by, last = after or (None, None)
    return [
        FridgeTube(*line)
        for line in sql.rows(
            f"""
            SELECT f.id, f.code, f.swabs, f.waits_for, f.received_at, f.use_by_at, f.condition,
                   coalesce(s.kind, ''), s.stored_at, f.expired
            FROM (
                SELECT t.id, t.code, t.swabs, r.waits_for, r.received_at, t.use_by_at, r.condition,
                       t.expired_at IS NOT NULL AS expired
                {_HELD} AND {FRIDGE_PARTS.get(part, "true")}
                  AND (%(use_by)s::timestamptz IS NULL
                       OR (t.use_by_at, t.id) > (%(use_by)s, %(last)s))
                ORDER BY t.use_by_at, t.id LIMIT %(limit)s
            ) f
            LEFT JOIN LATERAL (
                SELECT k.kind, k.stored_at FROM sampling_storage k WHERE k.tube_id = f.id
                ORDER BY k.stored_at DESC LIMIT 1
            ) s ON true
            ORDER BY f.use_by_at, f.id
            """,
            {
                "lab": lab,
                "now": now,
                "near": near,
                "use_by": use_by,
                "last": last,
                "limit": limit,
            },
        )
    ]
