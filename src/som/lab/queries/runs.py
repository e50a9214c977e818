"""Runs with their wells and faults. No names anywhere."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from som.kernel import sql
from som.kernel.actors import Actor
from som.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run with its counts. A strip or cartridge has no plate: its code and size are empty.

    `name` is what people call it: the plate, or the tube on the strip or in the cartridge.
    """

    id: int
    lab: int
    plate: str
    size: int
    name: str
    method: str
    barcode: str
    kit: str
    kit_lot: str
    format: str
    instrument: str
    software: str
    filename: str
    sha256: str
    operator: str
    started_at: datetime | None
    ended_at: datetime | None
    ended_said: datetime | None
    ended_why: str
    read_at: datetime
    read_by: str
    positive: int
    negative: int
    inconclusive: int
    invalid: int
    faults: int
    doubts: int
    controls: int
    controls_failed: int


_RUN = """
SELECT r.id, r.lab_id, coalesce(p.code, ''), coalesce(p.size, 0),
       coalesce(p.code, (SELECT l.sample FROM lab_verdict d JOIN lab_load l ON l.id = d.load_id
                         WHERE d.run_id = r.id ORDER BY d.id LIMIT 1), ''), r.method, r.barcode, r.kit,
       r.kit_lot, r.format, r.instrument, r.software, r.filename, r.sha256, r.operator, r.started_at,
       r.ended_at, r.ended_said, r.ended_why, r.read_at, r.read_by,
       v.positive, v.negative, v.inconclusive, v.invalid,
       f.faults, f.doubts, c.controls, c.failed
FROM lab_run r LEFT JOIN lab_plate p ON p.id = r.plate_id
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE value = 'positive') AS positive,
           count(*) FILTER (WHERE value = 'negative') AS negative,
           count(*) FILTER (WHERE value = 'inconclusive') AS inconclusive,
           count(*) FILTER (WHERE value = 'invalid') AS invalid
    FROM lab_verdict WHERE run_id = r.id
) v
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE severity = 'error') AS faults,
           count(*) FILTER (WHERE severity = 'warning') AS doubts
    FROM lab_fault WHERE run_id = r.id
) f
CROSS JOIN LATERAL (
    SELECT count(*) AS controls, count(*) FILTER (WHERE NOT passed) AS failed
    FROM lab_controlcheck WHERE run_id = r.id
) c
"""


def runs(
    *,
    by: Actor,
    before: tuple[datetime, int] | None = None,
    limit: int = 50,
    method: str = "",
) -> list[RunRow]:
    """Runs of the actor's laboratories, newest first, of one method or of all.

    `before` is the last page's last key.
    """
    by.must("lab.see")
    labs = by.organisations_for("lab.see")
    read, last = before or (None, None)
    return [
        RunRow(*line)
        for line in sql.rows(
            _RUN
            + """
            WHERE r.id = ANY(ARRAY(
                -- Of each laboratory a page: what lies behind it is not read.
                SELECT n.id FROM places_organisation o CROSS JOIN LATERAL (
                    SELECT id, read_at FROM lab_run
                    WHERE lab_id = o.id AND (%(method)s = '' OR method = %(method)s)
                      AND (%(read)s::timestamptz IS NULL OR (read_at, id) < (%(read)s, %(last)s))
                    ORDER BY read_at DESC, id DESC LIMIT %(limit)s
                ) n
                WHERE %(all)s OR o.id = ANY(%(labs)s)
                ORDER BY n.read_at DESC, n.id DESC LIMIT %(limit)s))
            ORDER BY r.read_at DESC, r.id DESC
            """,
            {
                "all": labs is None,
                "labs": sorted(labs or ()),
                "read": read,
                "last": last,
                "limit": limit,
                "method": method,
            },
        )
    ]


def runs_by_id(run_ids: Collection[int], *, by: Actor) -> list[RunRow]:
    """Those of these runs that are of the actor's laboratories, with their counts."""
    by.must("lab.see")
    labs = by.organisations_for("lab.see")
    return [
        RunRow(*line)
        for line in sql.rows(
            _RUN + " WHERE r.id = ANY(%s::bigint[]) AND (%s OR r.lab_id = ANY(%s))",
            (sorted(set(run_ids)), labs is None, sorted(labs or ())),
        )
    ]


def run(run_id: int, *, by: Actor) -> RunRow:
    """One run with its counts. Raises `NotFound` outside the actor's laboratories."""
    found = runs_by_id([run_id], by=by)
    if not found:
        raise NotFound(f"run {run_id}")
    return found[0]


@dataclass(frozen=True, slots=True)
class WellRow:
    """A well of a run: what was loaded, what the instrument said, what came of it.

    A strip or cartridge is one without position. `readings`: target, Ct or none, and the word of
    the instrument or of whoever read the lines.
    """

    position: str
    kind: str
    sample: str
    readings: tuple[tuple[str, Decimal | None, str], ...]
    value: str | None
    reason: str | None
    detail: str
    passed: bool | None


def wells_of_run(run_id: int, *, by: Actor) -> list[WellRow]:
    """Every well of the run's plate map, as plates are filled: down each column."""
    run(run_id, by=by)
    found = [
        WellRow(
            *[
                *line[:3],
                tuple(
                    (name, Decimal(ct) if ct is not None else None, said)
                    for name, ct, said in zip(*(part or () for part in line[3:6]), strict=True)
                ),
                *line[6:],
            ]
        )
        for line in sql.rows(
            """
            SELECT x.position, l.kind, l.sample, g.names, g.cts::text[], g.said, v.value,
                   coalesce(v.reason, c.reason), coalesce(v.detail, c.detail, ''), c.passed
            FROM lab_run r
            CROSS JOIN LATERAL (
                SELECT w.position, w.load_id FROM lab_well w WHERE w.plate_id = r.plate_id
                UNION ALL
                SELECT '', d.load_id FROM lab_verdict d WHERE d.run_id = r.id AND r.plate_id IS NULL
            ) x
            JOIN lab_load l ON l.id = x.load_id
            LEFT JOIN lab_verdict v ON v.load_id = l.id AND v.run_id = r.id
            LEFT JOIN lab_controlcheck c ON c.load_id = l.id AND c.run_id = r.id
            LEFT JOIN LATERAL (
                SELECT array_agg(coalesce(nullif(g.target, ''), g.fluor) ORDER BY g.id) AS names,
                       array_agg(g.ct ORDER BY g.id) AS cts, array_agg(g.call ORDER BY g.id) AS said
                FROM lab_reading g WHERE g.run_id = r.id AND g.position = x.position
            ) g ON true
            WHERE r.id = %s
            """,
            (run_id,),
        )
    ]
    return sorted(found, key=lambda well: (int(well.position[1:] or 0), well.position[:1]))


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


class FaultKind(NamedTuple):
    """How often a run has one kind of fault; `detail`: what is said of the first."""

    run: int
    severity: str
    code: str
    number: int
    detail: str


def fault_kinds(run_ids: Collection[int], *, by: Actor) -> list[FaultKind]:
    """The kinds of faults of these runs of the actor's laboratories, errors first."""
    by.must("lab.see")
    labs = by.organisations_for("lab.see")
    return [
        FaultKind(*line)
        for line in sql.rows(
            """
            SELECT f.run_id, f.severity, f.code, count(*), min(f.detail)
            FROM lab_fault f JOIN lab_run r ON r.id = f.run_id
            WHERE f.run_id = ANY(%s::bigint[]) AND (%s OR r.lab_id = ANY(%s))
            GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
            """,
            (sorted(set(run_ids)), labs is None, sorted(labs or ())),
        )
    ]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a verdict rests on: its first well, its reason, and what was read of each target.

    `readings`: target, Ct or none, and the word of the instrument or of whoever read the lines.
    """

    position: str
    reason: str
    detail: str
    readings: tuple[tuple[str, Decimal | None, str], ...]


def evidence_of(verdict_ids: Sequence[int], *, lab: int, by: Actor) -> dict[int, Evidence]:
    """By verdict of this laboratory what it rests on."""
    by.must("lab.see", organisation=lab)
    return {
        line[0]: Evidence(
            line[1],
            line[2],
            line[3],
            tuple(
                (name, Decimal(ct) if ct is not None else None, said)
                for name, ct, said in zip(*(part or () for part in line[4:]), strict=True)
            ),
        )
        for line in sql.rows(
            """
            SELECT v.id, coalesce(w.positions[1], ''), v.reason, v.detail, g.names, g.cts, g.said
            FROM lab_verdict v JOIN lab_run r ON r.id = v.run_id JOIN lab_load l ON l.id = v.load_id
            LEFT JOIN LATERAL (
                SELECT array_agg(w.position ORDER BY w.id) AS positions
                FROM lab_well w WHERE w.plate_id = l.plate_id AND w.load_id = l.id
            ) w ON true
            LEFT JOIN LATERAL (
                SELECT array_agg(coalesce(nullif(g.target, ''), g.fluor) ORDER BY g.id) AS names,
                       array_agg(g.ct::text ORDER BY g.id) AS cts,
                       array_agg(g.call ORDER BY g.id) AS said
                FROM lab_reading g
                WHERE g.run_id = v.run_id AND g.position = ANY(coalesce(w.positions, ARRAY['']))
            ) g ON true
            WHERE v.id = ANY(%s) AND r.lab_id = %s
            """,
            (list(verdict_ids), lab),
        )
    }
