"""What lies at the benches before a plate: tubes, pools and what waits for either. No names anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from som.kernel import sql
from som.kernel.actors import Actor
from som.kernel.errors import NotFound
from som.lab.rules import LoadKind, Received, ToTest, WaitsFor


def waiting_to_test(lab: int, *, by: Actor, limit: int = 5_000) -> list[ToTest]:
    """The worklist of the benches: retests first, then the nearest use-by, tubes and pools alike.

    What another laboratory must confirm is not among them.
    """
    by.must("lab.see", organisation=lab)
    return [
        ToTest(*[LoadKind(line[0]), *line[1:5], WaitsFor(line[5]), *line[6:]])
        for line in sql.rows(
            """
            SELECT * FROM (
                SELECT 'tube', t.id, t.code, t.swabs, t.tube_class, r.waits_for, t.use_by_at,
                       r.received_at
                FROM lab_reception r JOIN sampling_tube t ON t.id = r.tube_id
                WHERE r.lab_id = %(lab)s AND r.waits_for IN ('test', 'retest')
                  AND coalesce(t.lost_at, t.expired_at) IS NULL
                UNION ALL
                SELECT 'pool', p.id, p.code, p.size, '', p.waits_for,
                       (SELECT min(t.use_by_at) FROM lab_member m
                        JOIN sampling_tube t ON t.id = m.tube_id WHERE m.pool_id = p.id),
                       p.made_at
                FROM lab_pool p WHERE p.lab_id = %(lab)s AND p.waits_for IS NOT NULL
            ) AS w (kind, id, code, people, tube_class, waits_for, use_by_at, since)
            ORDER BY waits_for <> 'retest', use_by_at, kind, id LIMIT %(limit)s
            """,
            {"lab": lab, "limit": limit},
        )
    ]


def tubes_on_bench(codes: Sequence[str], *, lab: int, by: Actor) -> dict[str, Received]:
    """Those of these tubes that are at this laboratory, by code, as the rules of the benches ask."""
    by.must("lab.see", organisation=lab)
    if not codes:
        return {}
    return {
        line[0]: Received(*[*line[1:5], WaitsFor(line[5]) if line[5] else None, line[6]])
        for line in sql.rows(
            """
            SELECT t.code, t.id, t.swabs, t.tube_class, t.use_by_at, nullif(r.waits_for, 'referral'),
                   coalesce(t.lost_at, t.expired_at) IS NOT NULL
            FROM sampling_tube t JOIN lab_reception r ON r.tube_id = t.id
            WHERE t.code = ANY(%s::text[]) AND r.lab_id = %s AND r.left_at IS NULL
            """,
            (list(codes), lab),
        )
    }


def pools_on_bench(
    codes: Sequence[str], *, lab: int, by: Actor
) -> dict[str, tuple[int, WaitsFor | None, datetime]]:
    """Those of these that are pools of this laboratory: id, what each waits for, its use-by."""
    by.must("lab.see", organisation=lab)
    if not codes:
        return {}
    return {
        line[0]: (line[1], WaitsFor(line[2]) if line[2] else None, line[3])
        for line in sql.rows(
            """
            SELECT p.code, p.id, p.waits_for,
                   (SELECT min(t.use_by_at) FROM lab_member m
                    JOIN sampling_tube t ON t.id = m.tube_id WHERE m.pool_id = p.id)
            FROM lab_pool p WHERE p.lab_id = %s AND p.code = ANY(%s::text[])
            """,
            (lab, list(codes)),
        )
    }


def codes_of_others(codes: Sequence[str], *, lab: int, by: Actor) -> frozenset[str]:
    """Those of these codes that a box, or a plate or an extraction batch of this laboratory, has."""
    by.must("lab.see", organisation=lab)
    if not codes:
        return frozenset()
    return frozenset(
        line[0]
        for line in sql.rows(
            """
            SELECT code FROM lab_plate WHERE lab_id = %(lab)s AND code = ANY(%(codes)s::text[])
            UNION ALL
            SELECT code FROM lab_batch WHERE lab_id = %(lab)s AND code = ANY(%(codes)s::text[])
            UNION ALL
            SELECT code FROM sampling_manifest WHERE code = ANY(%(codes)s::text[])
            """,
            {"lab": lab, "codes": list(codes)},
        )
    )


def last_tested(lab: int, *, by: Actor, runs: int = 20) -> tuple[int, int]:
    """How many people the last runs of this laboratory tested first, and how many were positive.

    A positive pool counts as one positive of its people: with few positives there are hardly two in
    a pool. What was tested a second time is not counted again.
    """
    by.must("lab.see", organisation=lab)
    (found,) = sql.rows(
        """
        SELECT coalesce(sum(n.people), 0)::int, count(*) FILTER (WHERE n.value = 'positive')
        FROM (
            SELECT v.value, coalesce(p.size, t.swabs) AS people
            FROM (SELECT id FROM lab_run WHERE lab_id = %s AND method = 'pcr'
                  ORDER BY read_at DESC, id DESC LIMIT %s) r
            JOIN lab_verdict v ON v.run_id = r.id
            JOIN lab_load l ON l.id = v.load_id
            LEFT JOIN lab_pool p ON p.id = l.pool_id
            LEFT JOIN sampling_tube t ON t.id = l.tube_id
            WHERE v.value IN ('positive', 'negative')
              AND NOT EXISTS (SELECT 1 FROM lab_member m WHERE m.tube_id = l.tube_id)
              AND NOT EXISTS (SELECT 1 FROM lab_load b WHERE b.id < l.id
                              AND (b.tube_id = l.tube_id OR b.pool_id = l.pool_id))
        ) n
        """,
        (lab, runs),
    )
    return int(found[0]), int(found[1])


@dataclass(frozen=True, slots=True)
class PoolRow:
    """A lab pool: what it waits for, or the plate it was last put on and what came of it there.

    `run`: the run that read that plate, none while nobody has. `value`: its verdict in that run.
    """

    id: int
    lab: int
    code: str
    size: int
    waits_for: str | None
    made_at: datetime
    made_by: str
    plate: str | None
    run: int | None
    value: str | None


_POOL = """
SELECT p.id, p.lab_id, p.code, p.size, p.waits_for, p.made_at, p.made_by, o.plate, o.run, o.value
FROM lab_pool p LEFT JOIN LATERAL (
    SELECT x.code AS plate, r.id AS run, v.value
    FROM lab_load l JOIN lab_plate x ON x.id = l.plate_id
    LEFT JOIN lab_run r ON r.plate_id = x.id
    LEFT JOIN lab_verdict v ON v.load_id = l.id AND v.run_id = r.id
    WHERE l.pool_id = p.id ORDER BY l.id DESC LIMIT 1
) o ON true
WHERE (%(all)s OR p.lab_id = ANY(%(labs)s))
"""


def pools(lab: int, *, by: Actor, before: int | None = None, limit: int = 50) -> list[PoolRow]:
    """The pools of a laboratory, made last first. `before`: the id of the last page's last."""
    by.must("lab.see", organisation=lab)
    return [
        PoolRow(*line)
        for line in sql.rows(
            _POOL
            + " AND (%(before)s::bigint IS NULL OR p.id < %(before)s) ORDER BY p.id DESC LIMIT %(limit)s",
            {"all": False, "labs": [lab], "before": before, "limit": limit},
        )
    ]


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A tube in a lab pool, and where it stands by itself since: only if it had to be tested alone."""

    code: str
    waits_for: str | None
    closed: bool
    use_by_at: datetime
    plate: str | None
    run: int | None
    value: str | None


def pool(code: str, *, by: Actor, lab: int | None = None) -> tuple[PoolRow, list[MemberRow]]:
    """A pool of the actor's laboratories with its members, in the order in which they were scanned.

    Raises `NotFound` elsewhere. `lab`: the laboratory meant; where it is not said and two of them have
    a pool of this code, the first of them.
    """
    by.must("lab.see", organisation=lab)
    labs = by.organisations_for("lab.see") if lab is None else [lab]
    found = sql.row(
        _POOL + " AND p.code = %(code)s ORDER BY p.lab_id LIMIT 1",
        {"all": labs is None, "labs": sorted(labs or ()), "code": code},
    )
    if found is None:
        raise NotFound(f"pool {code}")
    row = PoolRow(*found)
    members = sql.rows(
        """
        SELECT t.code, r.waits_for, coalesce(t.lost_at, t.expired_at) IS NOT NULL, t.use_by_at,
               o.plate, o.run, o.value
        FROM lab_member m JOIN sampling_tube t ON t.id = m.tube_id
        LEFT JOIN lab_reception r ON r.tube_id = t.id AND r.lab_id = %s
        LEFT JOIN LATERAL (
            SELECT x.code AS plate, n.id AS run, v.value
            FROM lab_load l LEFT JOIN lab_plate x ON x.id = l.plate_id
            LEFT JOIN lab_run n ON n.plate_id = x.id
            LEFT JOIN lab_verdict v ON v.load_id = l.id AND v.run_id = n.id
            WHERE l.tube_id = t.id ORDER BY l.id DESC LIMIT 1
        ) o ON true
        WHERE m.pool_id = %s ORDER BY m.id
        """,
        (row.lab, row.id),
    )
    return row, [MemberRow(*line) for line in members]
