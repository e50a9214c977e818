"""What is known at the benches: worklists, runs, verdicts. No names anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from som.kernel import sql
from som.kernel.actors import Actor
from som.kernel.errors import NotFound
from som.lab.rules import MemberVerdict, VerdictRow


@dataclass(frozen=True, slots=True)
class WaitingTube:
    """A tube that waits at a laboratory to be tested."""

    tube: int
    code: str
    swabs: int
    tube_class: str
    waits_for: str
    received_at: datetime
    use_by_at: datetime


_WAITS = "r.waits_for IS NOT NULL AND coalesce(t.lost_at, t.expired_at) IS NULL"


def bench_counts(*, by: Actor, near: datetime) -> dict[str, int]:
    """How many tubes and pools wait at the actor's laboratories, where any do.

    Of the tubes, how many wait to be retested and how many for a use-by before `near`; beside them
    those that wait for their list.
    """
    by.must("lab.see")
    labs = by.organisations_for("lab.see")
    found = sql.rows(
        f"""
        SELECT count(*), count(*) FILTER (WHERE r.waits_for = 'retest'),
               count(*) FILTER (WHERE t.use_by_at < %(near)s),
               (SELECT count(*) FROM lab_pool p
                WHERE p.waits_for IS NOT NULL AND (%(all)s OR p.lab_id = ANY(%(labs)s))),
               (SELECT count(*) FROM lab_unlistedtube u
                WHERE u.ended_at IS NULL AND (%(all)s OR u.lab_id = ANY(%(labs)s)))
        FROM lab_reception r JOIN sampling_tube t ON t.id = r.tube_id
        WHERE (%(all)s OR r.lab_id = ANY(%(labs)s)) AND {_WAITS}
        """,
        {"all": labs is None, "labs": sorted(labs or ()), "near": near},
    )[0]
    counted = dict(zip(("tubes", "retests", "near", "pools", "unlisted"), found, strict=True))
    return {name: number for name, number in counted.items() if number}


def waiting_tubes(
    lab: int, *, by: Actor, waits_for: str | None = None, limit: int = 5_000
) -> list[WaitingTube]:
    """The bench's worklist: what waits here, nearest use-by first."""
    by.must("lab.see", organisation=lab)
    return [
        WaitingTube(*line)
        for line in sql.rows(
            f"""
            SELECT t.id, t.code, t.swabs, t.tube_class, r.waits_for, r.received_at, t.use_by_at
            FROM lab_reception r JOIN sampling_tube t ON t.id = r.tube_id
            WHERE r.lab_id = %(lab)s AND {_WAITS}
              AND (%(waits)s::text IS NULL OR r.waits_for = %(waits)s)
            ORDER BY t.use_by_at, t.id LIMIT %(limit)s
            """,
            {"lab": lab, "waits": waits_for, "limit": limit},
        )
    ]


@dataclass(frozen=True, slots=True)
class UnlistedRow:
    """A tube that waits at a laboratory for its list, and what stands against it, if anything.

    `why`: empty while nobody is recorded in it; "recorded" when somebody is and it is received as
    soon as the list is whole; "elsewhere" when its list goes to another laboratory (`other_lab`);
    "void" when its label was voided; "ambiguous" when several issuers have tubes of this code.
    """

    id: int
    code: str
    arrived_at: datetime
    noted_by: str
    seal: str
    temperature: Decimal | None
    why: str
    other_lab: str


def unlisted_tubes(lab: int, *, by: Actor, limit: int = 1_000) -> list[UnlistedRow]:
    """What waits here for its list, longest first."""
    by.must("lab.see", organisation=lab)
    return [
        UnlistedRow(*line)
        for line in sql.rows(
            """
            SELECT u.id, u.code, u.arrived_at, u.noted_by, u.seal, u.temperature,
                   CASE WHEN t.tubes > 1 THEN 'ambiguous'
                        WHEN t.elsewhere IS NOT NULL THEN 'elsewhere'
                        WHEN t.tubes = 1 THEN 'recorded'
                        WHEN v.id IS NOT NULL THEN 'void' ELSE '' END,
                   coalesce(o.name, '')
            FROM lab_unlistedtube u
            CROSS JOIN LATERAL (
                SELECT count(*) AS tubes,
                       max(t.lab_id) FILTER (WHERE t.manifest_id IS NOT NULL
                                             AND t.lab_id <> u.lab_id) AS elsewhere
                FROM sampling_tube t WHERE t.code = u.code AND t.swabs > 0
            ) t
            LEFT JOIN places_organisation o ON o.id = t.elsewhere
            LEFT JOIN sampling_voiding v
              ON int4range(v.first, v.last, '[]') @> CASE WHEN u.code ~ '^S[0-9]{10}$'
                                                     THEN substr(u.code, 2, 9)::int END
            WHERE u.lab_id = %s AND u.ended_at IS NULL
            ORDER BY u.arrived_at, u.id LIMIT %s
            """,
            (lab, limit),
        )
    ]


def unlisted_recorded(*, by: Actor, after: int, limit: int) -> list[int]:
    """Ids of tubes that wait for their list and in which somebody is recorded by now, by id.

    `after` is the last id of the page before.
    """
    by.must("lab.receive")
    labs = by.organisations_for("lab.receive")
    return [
        line[0]
        for line in sql.rows(
            """
            SELECT u.id FROM lab_unlistedtube u
            WHERE u.ended_at IS NULL AND u.id > %s AND (%s OR u.lab_id = ANY(%s))
              AND (EXISTS (SELECT 1 FROM sampling_tube t WHERE t.code = u.code AND t.swabs > 0)
                   OR EXISTS (SELECT 1 FROM lab_unlistedtube o
                              WHERE o.code = u.code AND o.arrived_at > u.arrived_at))
            ORDER BY u.id LIMIT %s
            """,
            (after, labs is None, sorted(labs or ()), limit),
        )
    ]


@dataclass(frozen=True, slots=True)
class WaitingPool:
    """A lab pool that waits for a plate."""

    id: int
    code: str
    size: int
    waits_for: str
    made_at: datetime


def waiting_pools(lab: int, *, by: Actor, limit: int = 5_000) -> list[WaitingPool]:
    """Pools not yet on a plate, or to be repeated, oldest first."""
    by.must("lab.see", organisation=lab)
    return [
        WaitingPool(*line)
        for line in sql.rows(
            "SELECT id, code, size, waits_for, made_at FROM lab_pool"
            " WHERE lab_id = %s AND waits_for IS NOT NULL ORDER BY made_at, id LIMIT %s",
            (lab, limit),
        )
    ]


_VERDICT = """
SELECT v.id, r.lab_id, v.run_id, v.value, v.reason, l.kind, l.sample,
       CASE WHEN l.kind = 'tube' THEN (SELECT t.swabs FROM sampling_tube t WHERE t.id = l.tube_id)
            ELSE p.size END,
       l.pool_id,
       CASE WHEN l.kind = 'tube' THEN ARRAY[l.tube_id]
            ELSE ARRAY(SELECT m.tube_id FROM lab_member m WHERE m.pool_id = l.pool_id
                       ORDER BY m.tube_id) END,
       r.read_by, r.read_at,
       EXISTS (SELECT 1 FROM lab_load ll JOIN lab_verdict lv ON lv.load_id = ll.id
               WHERE lv.id > v.id AND (ll.tube_id = l.tube_id OR ll.pool_id = l.pool_id)),
       (SELECT m.pool_id FROM lab_member m WHERE m.tube_id = l.tube_id)
FROM lab_verdict v
JOIN lab_run r ON r.id = v.run_id
JOIN lab_load l ON l.id = v.load_id
LEFT JOIN lab_pool p ON p.id = l.pool_id
"""


def _verdict(line: tuple[Any, ...]) -> VerdictRow:
    fields = list(line)
    fields[9] = tuple(fields[9])
    return VerdictRow(*fields)


def verdicts_by_id(verdict_ids: Sequence[int], *, lab: int) -> dict[int, VerdictRow]:
    """These verdicts of this laboratory."""
    return {
        line[0]: _verdict(line)
        for line in sql.rows(
            _VERDICT + " WHERE v.id = ANY(%s) AND r.lab_id = %s", (list(verdict_ids), lab)
        )
    }


def members_of_pools(pools: Sequence[int]) -> list[MemberVerdict]:
    """Every member of these pools with the last verdict of its own tube."""
    return [
        MemberVerdict(*line)
        for line in sql.rows(
            """
            SELECT m.pool_id,
                   (SELECT v.value FROM lab_load l JOIN lab_verdict v ON v.load_id = l.id
                    WHERE l.pool_id = m.pool_id ORDER BY v.id DESC LIMIT 1),
                   m.tube_id, coalesce(t.lost_at, t.expired_at) IS NOT NULL, last.id, last.value
            FROM lab_member m JOIN sampling_tube t ON t.id = m.tube_id
            LEFT JOIN LATERAL (
                SELECT v.id, v.value FROM lab_load l JOIN lab_verdict v ON v.load_id = l.id
                WHERE l.tube_id = m.tube_id ORDER BY v.id DESC LIMIT 1
            ) last ON true
            WHERE m.pool_id = ANY(%s) ORDER BY m.pool_id, m.tube_id
            """,
            (list(pools),),
        )
    ]


def pool_ids(codes: Sequence[str], *, lab: int) -> dict[str, int]:
    """Pools of this laboratory by code, locked in the order of their ids."""
    return dict(
        sql.rows(
            "SELECT code, id FROM lab_pool WHERE lab_id = %s AND code = ANY(%s)"
            " ORDER BY id FOR UPDATE",
            (lab, list(codes)),
        )
    )


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run with its counts."""

    id: int
    lab: int
    plate: str
    size: int
    kit: str
    kit_lot: str
    format: str
    instrument: str
    software: str
    filename: str
    sha256: str
    ended_at: datetime | None
    read_at: datetime
    read_by: str
    positive: int
    negative: int
    inconclusive: int
    invalid: int
    faults: int
    controls: int
    controls_failed: int


_RUN = """
SELECT r.id, r.lab_id, p.code, p.size, p.kit, r.kit_lot, r.format, r.instrument, r.software,
       r.filename, r.sha256, r.ended_at, r.read_at, r.read_by,
       v.positive, v.negative, v.inconclusive, v.invalid,
       (SELECT count(*) FROM lab_fault f WHERE f.run_id = r.id),
       c.controls, c.failed
FROM lab_run r JOIN lab_plate p ON p.id = r.plate_id
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE value = 'positive') AS positive,
           count(*) FILTER (WHERE value = 'negative') AS negative,
           count(*) FILTER (WHERE value = 'inconclusive') AS inconclusive,
           count(*) FILTER (WHERE value = 'invalid') AS invalid
    FROM lab_verdict WHERE run_id = r.id
) v
CROSS JOIN LATERAL (
    SELECT count(*) AS controls, count(*) FILTER (WHERE NOT passed) AS failed
    FROM lab_controlcheck WHERE run_id = r.id
) c
"""


def runs(*, by: Actor, before: tuple[datetime, int] | None = None, limit: int = 50) -> list[RunRow]:
    """Runs of the actor's laboratories, newest first; `before` is the last page's last key."""
    by.must("lab.see")
    labs = by.organisations_for("lab.see")
    read, last = before or (None, None)
    return [
        RunRow(*line)
        for line in sql.rows(
            _RUN
            + """
            WHERE (%(all)s OR r.lab_id = ANY(%(labs)s))
              AND (%(read)s::timestamptz IS NULL OR (r.read_at, r.id) < (%(read)s, %(last)s))
            ORDER BY r.read_at DESC, r.id DESC LIMIT %(limit)s
            """,
            {
                "all": labs is None,
                "labs": sorted(labs or ()),
                "read": read,
                "last": last,
                "limit": limit,
            },
        )
    ]


def run(run_id: int, *, by: Actor) -> RunRow:
    """One run with its counts. Raises `NotFound` outside the actor's laboratories."""
    by.must("lab.see")
    labs = by.organisations_for("lab.see")
    found = sql.row(
        _RUN + " WHERE r.id = %s AND (%s OR r.lab_id = ANY(%s))",
        (run_id, labs is None, sorted(labs or ())),
    )
    if found is None:
        raise NotFound(f"run {run_id}")
    return RunRow(*found)


@dataclass(frozen=True, slots=True)
class WellRow:
    """A well of a run: what was loaded, what the instrument said, what came of it."""

    position: str
    kind: str
    sample: str
    readings: tuple[tuple[str, Decimal | None], ...]
    value: str | None
    reason: str | None
    detail: str
    passed: bool | None


def wells_of_run(run_id: int, *, by: Actor) -> list[WellRow]:
    """Every well of the run's plate map, in plate order."""
    run(run_id, by=by)
    found = [
        WellRow(
            *[
                *line[:3],
                tuple(
                    (name, Decimal(ct) if ct is not None else None)
                    for name, ct in zip(line[3] or (), line[4] or (), strict=True)
                ),
                *line[5:],
            ]
        )
        for line in sql.rows(
            """
            SELECT w.position, l.kind, l.sample, g.names, g.cts::text[], v.value,
                   coalesce(v.reason, c.reason), coalesce(v.detail, c.detail, ''), c.passed
            FROM lab_run r
            JOIN lab_well w ON w.plate_id = r.plate_id
            JOIN lab_load l ON l.id = w.load_id
            LEFT JOIN lab_verdict v ON v.load_id = l.id AND v.run_id = r.id
            LEFT JOIN lab_controlcheck c ON c.load_id = l.id AND c.run_id = r.id
            LEFT JOIN LATERAL (
                SELECT array_agg(coalesce(nullif(g.target, ''), g.fluor) ORDER BY g.id) AS names,
                       array_agg(g.ct ORDER BY g.id) AS cts
                FROM lab_reading g WHERE g.run_id = r.id AND g.position = w.position
            ) g ON true
            WHERE r.id = %s
            """,
            (run_id,),
        )
    ]
    return sorted(found, key=lambda well: (well.position[0], int(well.position[1:])))


@dataclass(frozen=True, slots=True)
class FaultRow:
    """Something wrong in a run's file or with one load."""

    code: str
    severity: str
    position: str
    row: int | None
    sample: str | None
    detail: str


def faults_of_run(run_id: int, *, by: Actor) -> list[FaultRow]:
    """The run's faults, errors first."""
    run(run_id, by=by)
    return [
        FaultRow(*line)
        for line in sql.rows(
            """
            SELECT f.code, f.severity, f.position, f."row", l.sample, f.detail
            FROM lab_fault f LEFT JOIN lab_load l ON l.id = f.load_id
            WHERE f.run_id = %s ORDER BY f.severity, f.id
            """,
            (run_id,),
        )
    ]
