"""Tubes as a laboratory has them, or could have them if they came now. No names."""

from __future__ import annotations

from collections.abc import Sequence

from som.kernel import sql
from som.kernel.actors import Actor
from som.lab.rules import AtLab, DisposalKind, WaitsFor

_AT_LAB = """
SELECT t.code, t.id, t.unit_id, r.id IS NOT NULL, t.lost_at IS NOT NULL, t.expired_at IS NOT NULL,
       t.use_by_at, t.manifest_id, r.waits_for,
       -- Its own last load, or its pool's, has a verdict and the pool is not to be repeated.
       r.waits_for IS NULL AND coalesce(last.judged, false) AND p.waits_for IS NULL,
       r.waits_for IS NULL AND (NOT coalesce(last.judged, p.id IS NULL) OR p.waits_for IS NOT NULL),
       d.kind, d.reason
FROM sampling_tube t
LEFT JOIN lab_reception r ON r.tube_id = t.id AND r.lab_id = %(lab)s AND r.left_at IS NULL
LEFT JOIN lab_disposal d ON d.tube_id = t.id
LEFT JOIN lab_member m ON m.tube_id = t.id
LEFT JOIN lab_pool p ON p.id = m.pool_id
LEFT JOIN LATERAL (
    SELECT EXISTS (SELECT 1 FROM lab_verdict v WHERE v.load_id = l.id) AS judged
    FROM lab_load l WHERE l.tube_id = t.id OR l.pool_id = p.id ORDER BY l.id DESC LIMIT 1
) last ON true
WHERE {which} AND t.swabs > 0 ORDER BY t.code, r.id NULLS LAST, t.id
"""


def locked_at_lab(tube_ids: Sequence[int], *, lab: int) -> dict[str, AtLab]:
    """These tubes by code, for a command that has locked them."""
    return _read("t.id = ANY(%(tubes)s)", {"lab": lab, "tubes": list(tube_ids)})


def tubes_as_here(codes: Sequence[str], *, lab: int, by: Actor) -> dict[str, AtLab]:
    """Tubes in use of these codes by code; where several issuers use one code, the one that is here.

    What a desk shows of what it scanned; the command judges again what it locked.
    """
    by.must("lab.see", organisation=lab)
    return _read("t.code = ANY(%(codes)s)", {"lab": lab, "codes": list(codes)})


def _read(which: str, asked: dict[str, object]) -> dict[str, AtLab]:
    found: dict[str, AtLab] = {}
    for line in sql.rows(_AT_LAB.format(which=which), asked):
        waits = WaitsFor(line[8]) if line[8] else None
        disposed = (DisposalKind(line[11]), line[12]) if line[11] else None
        found.setdefault(line[0], AtLab(*[*line[1:8], waits, *line[9:11], disposed]))
    return found
