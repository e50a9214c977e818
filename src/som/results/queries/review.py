"""What waits for a reviewer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from som.kernel import sql
from som.kernel.actors import Actor
from som.lab.queries import members_of_pools
from som.results import rules
from som.results.rules import Standing


@dataclass(frozen=True, slots=True)
class Waiting:
    """A verdict nobody released yet; `held`: why it cannot be released now, if so."""

    verdict: int
    run: int
    kind: str
    sample: str
    value: str
    read_by: str
    read_at: datetime
    pool: str | None
    held: Standing | None


def waiting_for_release(
    lab: int, *, by: Actor, run: int | None = None, limit: int = 5_000
) -> list[Waiting]:
    """Verdicts of this laboratory that wait for their second person, oldest first.

    Invalid ones are repeated, not released, and do not stand here; nor do members of a pool that
    was decided.
    """
    by.must("results.review", organisation=lab)
    lines = sql.rows(
        """
        SELECT v.id, v.run_id, l.kind, l.sample, v.value, r.read_by, r.read_at, m.pool_id, p.code
        FROM lab_verdict v
        JOIN lab_run r ON r.id = v.run_id
        JOIN lab_load l ON l.id = v.load_id
        LEFT JOIN lab_member m ON m.tube_id = l.tube_id
        LEFT JOIN lab_pool p ON p.id = m.pool_id
        WHERE r.lab_id = %(lab)s AND v.value <> 'invalid'
          AND (%(run)s::bigint IS NULL OR r.id = %(run)s)
          AND NOT EXISTS (SELECT 1 FROM results_release e WHERE e.verdict_id = v.id)
          AND NOT EXISTS (SELECT 1 FROM results_pooldecision d WHERE d.pool_id = m.pool_id)
          AND NOT EXISTS (SELECT 1 FROM lab_load ll JOIN lab_verdict lv ON lv.load_id = ll.id
                          WHERE lv.id > v.id AND (ll.tube_id = l.tube_id OR ll.pool_id = l.pool_id))
        ORDER BY v.id LIMIT %(limit)s
        """,
        {"lab": lab, "run": run, "limit": limit},
    )
    pools = rules.standings(members_of_pools([line[7] for line in lines if line[7]]))
    found = []
    for line in lines:
        where = pools.get(line[7], Standing.NOT_POSITIVE)
        blocked = where in (Standing.WAITING, Standing.DISCORDANT) and line[4] != "positive"
        found.append(Waiting(*[*line[:7], line[8], where if blocked else None]))
    return found
