"""What else than a tube a scanned code may mean, and what lies beside a tube. No names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from som.kernel import sql
from som.kernel.actors import Actor
from som.results.queries.where import spellings
from som.sampling.queries.sight import BOX_SEEN, seen_by, tube_seen


class ThingKind(StrEnum):
    """What has a page of its own and a code that one scans."""

    SESSION = "session"
    BOX = "box"
    UNLISTED = "unlisted"
    POOL = "pool"
    BATCH = "batch"
    PLATE = "plate"
    RUN = "run"


@dataclass(frozen=True, slots=True)
class Thing:
    """Something with this code. `where`: the place of a session, else the laboratory it is at.

    `lab`: that laboratory, of what two laboratories may call alike.
    """

    kind: ThingKind
    id: int
    code: str
    where: str
    lab: int | None


@dataclass(frozen=True, slots=True)
class Beside:
    """What lies beside a tube: those swabbed before and after it at its session, its pool's others."""

    before: Sequence[str] = field(default_factory=tuple)
    after: Sequence[str] = field(default_factory=tuple)
    pooled: Sequence[str] = field(default_factory=tuple)


SHOWN_BESIDE = 2
"""On either side: enough to see whether two tubes were taken for each other."""

_THINGS = f"""
SELECT 'session', s.id, s.code, s.place, NULL::bigint FROM sampling_session s
WHERE s.code = ANY(%(codes)s) AND (%(all_units)s OR s.unit_id = ANY(%(units)s))
UNION ALL
SELECT 'box', m.id, m.code, o.name, NULL FROM sampling_manifest m
JOIN places_organisation o ON o.id = m.lab_id
WHERE m.code = ANY(%(codes)s) AND {BOX_SEEN}
UNION ALL
SELECT 'unlisted', x.id, x.code, o.name, NULL FROM lab_unlistedtube x
JOIN places_organisation o ON o.id = x.lab_id
WHERE x.code = ANY(%(codes)s) AND x.ended_at IS NULL
  AND (%(all_labs)s OR x.lab_id = ANY(%(labs)s))
UNION ALL
SELECT 'pool', p.id, p.code, o.name, p.lab_id FROM lab_pool p
JOIN places_organisation o ON o.id = p.lab_id
WHERE p.code = ANY(%(codes)s) AND (%(all_labs)s OR p.lab_id = ANY(%(labs)s))
UNION ALL
SELECT 'batch', b.id, b.code, o.name, b.lab_id FROM lab_batch b
JOIN places_organisation o ON o.id = b.lab_id
WHERE b.code = ANY(%(codes)s) AND (%(all_labs)s OR b.lab_id = ANY(%(labs)s))
UNION ALL
SELECT 'plate', p.id, p.code, o.name, p.lab_id FROM lab_plate p
JOIN places_organisation o ON o.id = p.lab_id
WHERE p.code = ANY(%(codes)s) AND (%(all_labs)s OR p.lab_id = ANY(%(labs)s))
UNION ALL
SELECT 'run', r.id, r.barcode, o.name, NULL FROM lab_run r JOIN places_organisation o ON o.id = r.lab_id
WHERE r.barcode = ANY(%(codes)s) AND r.barcode <> ''
  AND (%(all_labs)s OR r.lab_id = ANY(%(labs)s))
LIMIT 20
"""

_BESIDE = f"""
SELECT t.code,
  ARRAY(SELECT b.code FROM sampling_tube b
        WHERE b.session_id = t.session_id AND (b.first_swab_at, b.id) < (t.first_swab_at, t.id)
          AND {tube_seen("b")}
        ORDER BY b.first_swab_at DESC, b.id DESC LIMIT %(limit)s),
  ARRAY(SELECT a.code FROM sampling_tube a
        WHERE a.session_id = t.session_id AND (a.first_swab_at, a.id) > (t.first_swab_at, t.id)
          AND {tube_seen("a")}
        ORDER BY a.first_swab_at, a.id LIMIT %(limit)s),
  ARRAY(SELECT o.code FROM lab_member m JOIN lab_member n ON n.pool_id = m.pool_id
        JOIN sampling_tube o ON o.id = n.tube_id
        WHERE m.tube_id = t.id AND n.tube_id <> t.id
          AND {tube_seen("o")}
        ORDER BY n.id)
FROM sampling_tube t WHERE t.code = ANY(%(codes)s)
  AND {tube_seen("t")}
"""


def things_with_code(code: str, *, by: Actor) -> list[Thing]:
    """Sessions, boxes, pools, batches, plates and runs of this code, where this actor may look.

    A plate's run is reached from its plate; a run of its own is known by its cartridge's barcode.
    """
    rows = sql.rows(_THINGS, seen_by(by) | {"codes": spellings(code)})
    return [Thing(ThingKind(line[0]), *line[1:]) for line in rows]


def beside(tubes: Sequence[str], *, by: Actor) -> dict[str, Beside]:
    """Of each of these tubes what lies beside it, as far as this actor sees those tubes."""
    given = {"codes": list(tubes), "limit": SHOWN_BESIDE}
    return {line[0]: Beside(*line[1:]) for line in sql.rows(_BESIDE, seen_by(by) | given)}
