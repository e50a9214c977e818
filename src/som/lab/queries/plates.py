"""Plates, extraction batches and layouts of controls as the bench sees them. No names anywhere."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from som.kernel import sql
from som.kernel.actors import Actor
from som.kernel.errors import NotFound
from som.lab.rules import LayoutMode, LoadKind, control_wells


@dataclass(frozen=True, slots=True)
class PlateRow:
    """A plate with what is on it, counted. `run`: that which read it; `held`: "plate" or "lab"."""

    id: int
    lab: int
    code: str
    size: int
    kit: str
    made_at: datetime
    made_by: str
    controls: Mapping[str, Sequence[str]]
    run: int | None
    tubes: int
    pools: int
    held: str


_PLATE = """
SELECT p.id, p.lab_id, p.code, p.size, p.kit, p.made_at, p.made_by, p.controls::text,
       (SELECT r.id FROM lab_run r WHERE r.plate_id = p.id),
       o.tubes, o.pools,
       coalesce((SELECT CASE WHEN bool_or(h.kind = 'lab') THEN 'lab' ELSE 'plate' END
                 FROM lab_hold h WHERE h.lab_id = p.lab_id AND h.lifted_at IS NULL
                 AND (h.kind = 'lab' OR h.plate_id = p.id) HAVING count(*) > 0), '')
FROM lab_plate p CROSS JOIN LATERAL (
    SELECT count(l.tube_id) AS tubes, count(l.pool_id) AS pools
    FROM lab_load l WHERE l.plate_id = p.id
) o
WHERE (%(all)s OR p.lab_id = ANY(%(labs)s))
"""


def _plate(line: Sequence[object]) -> PlateRow:
    return PlateRow(*[*line[:7], json.loads(str(line[7] or "{}")), *line[8:]])


def plates(lab: int, *, by: Actor, before: int | None = None, limit: int = 50) -> list[PlateRow]:
    """The plates of a laboratory, begun last first. `before`: the id of the last page's last."""
    by.must("lab.see", organisation=lab)
    return [
        _plate(line)
        for line in sql.rows(
            _PLATE
            + " AND (%(before)s::bigint IS NULL OR p.id < %(before)s) ORDER BY p.id DESC LIMIT %(limit)s",
            {"all": False, "labs": [lab], "before": before, "limit": limit},
        )
    ]


@dataclass(frozen=True, slots=True)
class LoadRow:
    """Something on a plate: in which wells, and what came of it where a run was read.

    `batch`: what it was extracted with. `people`: swabs in the tube, tubes in the pool.
    """

    kind: LoadKind
    code: str
    wells: tuple[str, ...]
    batch: str
    people: int | None
    use_by_at: datetime | None
    loaded_at: datetime
    value: str | None


def plate_of_lab(lab: int, code: str, *, by: Actor) -> PlateRow | None:
    """The plate of this code at a laboratory, if there is one."""
    by.must("lab.see", organisation=lab)
    found = sql.row(_PLATE + " AND p.code = %(code)s", {"all": False, "labs": [lab], "code": code})
    return _plate(found) if found else None


def plate(code: str, *, by: Actor, lab: int | None = None) -> tuple[PlateRow, list[LoadRow]]:
    """A plate of the actor's laboratories with all that is on it, in the order of loading.

    Raises `NotFound` elsewhere. `lab`: the laboratory meant; where it is not said and two of them have
    a plate of this code, the first of them.
    """
    by.must("lab.see", organisation=lab)
    labs = by.organisations_for("lab.see") if lab is None else [lab]
    found = sql.row(
        _PLATE + " AND p.code = %(code)s ORDER BY p.lab_id LIMIT 1",
        {"all": labs is None, "labs": sorted(labs or ()), "code": code},
    )
    if found is None:
        raise NotFound(f"plate {code}")
    row = _plate(found)
    loads = sql.rows(
        """
        SELECT l.kind, l.sample, w.positions, coalesce(b.code, ''), coalesce(t.swabs, o.size),
               coalesce(t.use_by_at,
                        (SELECT min(mt.use_by_at) FROM lab_member m
                         JOIN sampling_tube mt ON mt.id = m.tube_id WHERE m.pool_id = l.pool_id)),
               l.loaded_at, v.value
        FROM lab_load l
        JOIN (SELECT load_id, array_agg(position ORDER BY id) AS positions FROM lab_well
              WHERE plate_id = %(plate)s GROUP BY load_id) w ON w.load_id = l.id
        LEFT JOIN lab_batch b ON b.id = l.batch_id
        LEFT JOIN sampling_tube t ON t.id = l.tube_id
        LEFT JOIN lab_pool o ON o.id = l.pool_id
        LEFT JOIN lab_verdict v ON v.load_id = l.id AND v.run_id = %(run)s
        WHERE l.plate_id = %(plate)s ORDER BY l.id
        """,
        {"plate": row.id, "run": row.run},
    )
    return row, [LoadRow(LoadKind(line[0]), line[1], tuple(line[2]), *line[3:]) for line in loads]


@dataclass(frozen=True, slots=True)
class BatchRow:
    """An extraction batch: which lot of which kit it was extracted with."""

    id: int
    lab: int
    code: str
    kit: str
    kit_lot: str
    made_at: datetime
    made_by: str


def batches(lab: int, *, by: Actor, before: int | None = None, limit: int = 50) -> list[BatchRow]:
    """The extraction batches of a laboratory, noted last first.

    `before`: the id of the last page's last.
    """
    by.must("lab.see", organisation=lab)
    return [
        BatchRow(*line)
        for line in sql.rows(
            """
            SELECT id, lab_id, code, kit, kit_lot, made_at, made_by FROM lab_batch
            WHERE lab_id = %(lab)s AND (%(before)s::bigint IS NULL OR id < %(before)s)
            ORDER BY id DESC LIMIT %(limit)s
            """,
            {"lab": lab, "before": before, "limit": limit},
        )
    ]


def batch(code: str, *, by: Actor, lab: int | None = None) -> BatchRow:
    """An extraction batch of the actor's laboratories.

    Raises `NotFound` elsewhere. `lab`: the laboratory meant; where it is not said and two of them have
    a batch of this code, the first of them.
    """
    by.must("lab.see", organisation=lab)
    labs = by.organisations_for("lab.see") if lab is None else [lab]
    found = sql.row(
        "SELECT id, lab_id, code, kit, kit_lot, made_at, made_by FROM lab_batch"
        " WHERE code = %s AND (%s OR lab_id = ANY(%s)) ORDER BY lab_id LIMIT 1",
        (code, labs is None, sorted(labs or ())),
    )
    if found is None:
        raise NotFound(f"extraction batch {code}")
    return BatchRow(*found)


@dataclass(frozen=True, slots=True)
class ExtractRow:
    """Something of an extraction batch that was put on a plate."""

    kind: LoadKind
    code: str
    plate: str
    loaded_at: datetime


def loads_of_batch(
    code: str, *, by: Actor, lab: int | None = None, limit: int = 500
) -> list[ExtractRow]:
    """What was loaded of a batch, on plates begun from a week before it was noted to a month after.

    Extracts are loaded within days, and what is on a plate is found by the plate.
    """
    row = batch(code, by=by, lab=lab)
    return [
        ExtractRow(LoadKind(line[0]), *line[1:])
        for line in sql.rows(
            """
            SELECT l.kind, l.sample, p.code, l.loaded_at
            FROM lab_plate p JOIN lab_load l ON l.plate_id = p.id
            WHERE p.lab_id = %s AND p.made_at BETWEEN %s AND %s AND l.batch_id = %s
            ORDER BY l.id LIMIT %s
            """,
            (
                row.lab,
                row.made_at - timedelta(days=7),
                row.made_at + timedelta(days=30),
                row.id,
                limit,
            ),
        )
    ]


def batches_on_bench(codes: Sequence[str], *, lab: int, by: Actor) -> dict[str, int]:
    """Those of these that are extraction batches of this laboratory, by code."""
    by.must("lab.see", organisation=lab)
    if not codes:
        return {}
    return dict(
        sql.rows(
            "SELECT code, id FROM lab_batch WHERE lab_id = %s AND code = ANY(%s::text[])",
            (lab, list(codes)),
        )
    )


def controls_next(
    lab: int, kit: str, size: int, *, by: Actor
) -> dict[LoadKind, tuple[str, ...]] | None:
    """The wells of the controls on the next plate of a kit and size; None where no layout is set."""
    by.must("lab.see", organisation=lab)
    found = sql.row(
        """
        SELECT mode, wells::text,
               (SELECT coalesce(max(p.turn), 0) + 1 FROM lab_plate p
                WHERE p.lab_id = y.lab_id AND p.kit = y.kit AND p.size = y.size)
        FROM lab_layout y WHERE y.lab_id = %s AND y.kit = %s AND y.size = %s
        """,
        (lab, kit, size),
    )
    if found is None:
        return None
    wells = control_wells(LayoutMode(found[0]), json.loads(found[1]), size, found[2])
    return {LoadKind(kind): tuple(there) for kind, there in wells.items()}


@dataclass(frozen=True, slots=True)
class LayoutRow:
    """Where a laboratory wants the controls of its plates of one kit and size."""

    kit: str
    size: int
    mode: LayoutMode
    wells: Mapping[LoadKind, Sequence[str]]
    set_at: datetime
    set_by: str


def layouts(lab: int, *, by: Actor) -> list[LayoutRow]:
    """The layouts of controls of a laboratory: one at most for each kit and size."""
    by.must("lab.see", organisation=lab)
    return [
        LayoutRow(
            line[0],
            line[1],
            LayoutMode(line[2]),
            {LoadKind(kind): wells for kind, wells in json.loads(line[3]).items()},
            *line[4:],
        )
        for line in sql.rows(
            "SELECT kit, size, mode, wells::text, set_at, set_by FROM lab_layout"
            " WHERE lab_id = %s ORDER BY kit, size",
            (lab,),
        )
    ]
