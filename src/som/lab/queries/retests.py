"""What waits for a second test, and why. No names anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from som.kernel import sql
from som.kernel.actors import Actor


class WhyRetest(StrEnum):
    """What sent a tube or pool to be tested again."""

    POOL = "pool"  # its lab pool was positive or inconclusive
    INVALID = "invalid"
    FAULT = "fault"  # nothing was read of it
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class RetestRow:
    """A tube or pool that waits for a second test, with the run that sent it there.

    `key` tells lines of one use-by apart. `pool`: the pool of a tube.
    """

    lab: int
    key: int
    code: str
    pool: str
    size: int
    use_by_at: datetime
    why: WhyRetest
    reason: str
    detail: str
    run: int | None
    plate: str
    read_at: datetime | None


_RETESTS = """
WITH waiting AS (
    SELECT r.lab_id AS lab, 2 * t.id AS key, t.code, coalesce(p.code, '') AS pool, 1 AS size,
           t.use_by_at, t.id AS tube_id, p.id AS pool_id
    FROM lab_reception r JOIN sampling_tube t ON t.id = r.tube_id
    LEFT JOIN lab_member m ON m.tube_id = t.id
    LEFT JOIN lab_pool p ON p.id = m.pool_id AND p.lab_id = r.lab_id
    WHERE r.waits_for = 'retest' AND coalesce(t.lost_at, t.expired_at) IS NULL
      AND (%(all)s OR r.lab_id = ANY(%(labs)s))
    UNION ALL
    SELECT p.lab_id, 2 * p.id + 1, p.code, '', p.size,
           (SELECT min(t.use_by_at) FROM lab_member m JOIN sampling_tube t ON t.id = m.tube_id
            WHERE m.pool_id = p.id), NULL, p.id
    FROM lab_pool p WHERE p.waits_for = 'retest' AND (%(all)s OR p.lab_id = ANY(%(labs)s))
), explained AS (
    SELECT w.*, last.run, last.plate, last.read_at, last.reason, last.detail,
           CASE WHEN last.kind = 'pool' AND w.tube_id IS NOT NULL THEN 'pool'
                WHEN last.value = 'invalid' THEN 'invalid'
                WHEN last.run IS NOT NULL AND last.value IS NULL THEN 'fault'
                ELSE 'other' END AS why
    FROM waiting w LEFT JOIN LATERAL (
        SELECT n.id AS run, coalesce(b.code, '') AS plate, n.read_at, l.kind, v.value,
               coalesce(v.reason, f.code, '') AS reason, coalesce(v.detail, f.detail, '') AS detail
        FROM lab_load l
        JOIN lab_run n ON n.id = coalesce(
            l.run_id, (SELECT o.id FROM lab_run o WHERE o.plate_id = l.plate_id))
        LEFT JOIN lab_plate b ON b.id = l.plate_id
        LEFT JOIN lab_verdict v ON v.load_id = l.id AND v.run_id = n.id
        LEFT JOIN LATERAL (SELECT f.code, f.detail FROM lab_fault f
                           WHERE f.run_id = n.id AND f.load_id = l.id ORDER BY f.id LIMIT 1) f ON true
        WHERE l.tube_id = w.tube_id OR l.pool_id = w.pool_id
        ORDER BY n.read_at DESC, l.id DESC LIMIT 1
    ) last ON true
)
"""


def retests(
    *, by: Actor, why: str = "", after: tuple[datetime, int] | None = None, limit: int = 100
) -> list[RetestRow]:
    """What waits for a second test at the actor's laboratories, nearest use-by first.

    `why`: for one reason alone. `after`: the last page's last key.
    """
    by.must("lab.see")
    use_by, key = after or (None, None)
    return [
        RetestRow(*[*line[:6], WhyRetest(line[6]), *line[7:]])
        for line in sql.rows(
            _RETESTS
            + """
            SELECT lab, key, code, pool, size, use_by_at, why, coalesce(reason, ''),
                   coalesce(detail, ''), run, coalesce(plate, ''), read_at
            FROM explained
            WHERE (%(why)s = '' OR why = %(why)s)
              AND (%(use_by)s::timestamptz IS NULL OR (use_by_at, key) > (%(use_by)s, %(key)s))
            ORDER BY use_by_at, key LIMIT %(limit)s
            """,
            _of(by) | {"why": why, "use_by": use_by, "key": key, "limit": limit},
        )
    ]


def retest_counts(*, by: Actor) -> dict[str, int]:
    """How many tubes and pools wait for a second test, by reason."""
    by.must("lab.see")
    return dict(sql.rows(f"{_RETESTS} SELECT why, count(*) FROM explained GROUP BY why", _of(by)))


def _of(by: Actor) -> dict[str, object]:
    labs = by.organisations_for("lab.see")
    return {"all": labs is None, "labs": sorted(labs or ())}
