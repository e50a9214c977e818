"""What is on hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from som.kernel import sql
from som.kernel.actors import Actor
from som.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class HoldRow:
    """A hold as it stands, with what it holds in words that need no other table."""

    id: int
    kind: str
    lab: int | None
    unit: int | None
    plate: str
    run: int | None
    run_name: str
    run_read_at: datetime | None
    kit: str
    kit_lot: str
    reason: str
    held_by: str
    held_at: datetime
    lifted_by: str | None
    lifted_at: datetime | None
    lifted_for: str


_HOLD = """
SELECT h.id, h.kind, h.lab_id, h.unit_id, coalesce(p.code, ''), h.run_id,
       coalesce(hp.code, (SELECT l.sample FROM lab_verdict d JOIN lab_load l ON l.id = d.load_id
                          WHERE d.run_id = h.run_id ORDER BY l.id LIMIT 1), ''),
       hr.read_at, h.kit, h.kit_lot, h.reason,
       h.held_by, h.held_at, h.lifted_by, h.lifted_at, h.lifted_for
FROM lab_hold h
LEFT JOIN lab_plate p ON p.id = h.plate_id
LEFT JOIN lab_run hr ON hr.id = h.run_id
LEFT JOIN lab_plate hp ON hp.id = hr.plate_id
"""


def holds_of_run(run_id: int, *, by: Actor) -> list[HoldRow]:
    """Every hold that is or was on this run: its own, its plate's, its lot's, its laboratory's.

    Those in force first. Raises `NotFound` outside the actor's laboratories.
    """
    by.must("lab.see")
    labs = by.organisations_for("lab.see")
    seen = sql.row(
        "SELECT plate_id, lab_id, kit, lot FROM lab_run WHERE id = %s AND (%s OR lab_id = ANY(%s))",
        (run_id, labs is None, sorted(labs or ())),
    )
    if seen is None:
        raise NotFound(f"run {run_id}")
    return [
        HoldRow(*line)
        for line in sql.rows(
            _HOLD
            + """
            WHERE (h.kind = 'run' AND h.run_id = %(run)s)
               OR (h.kind = 'plate' AND h.run_id IS NULL AND h.plate_id = %(plate)s)
               OR (h.kind = 'lab' AND h.run_id IS NULL AND h.plate_id IS NULL AND h.kit_lot = ''
                   AND h.lab_id = %(lab)s)
               OR (h.kind = 'kit_lot' AND h.run_id IS NULL AND h.plate_id IS NULL
                   AND h.kit_lot = %(lot)s AND h.kit = %(kit)s
                   AND (h.lab_id = %(lab)s OR h.unit_id IN (
                       SELECT c.unit_id FROM places_organisation o
                       JOIN places_coverage c ON c.covered_id = o.unit_id
                       WHERE o.id = %(lab)s)))
            ORDER BY h.lifted_at DESC NULLS FIRST, h.id DESC LIMIT 50
            """,
            {"run": run_id} | dict(zip(("plate", "lab", "kit", "lot"), seen, strict=True)),
        )
    ]


def holds_in_force(*, by: Actor, limit: int = 200) -> list[HoldRow]:
    """What is on hold at the actor's laboratories and in the actor's territory, newest first."""
    by.must("lab.hold")
    labs, units = by.organisations_for("lab.hold"), by.units_for("lab.hold")
    everywhere = labs is None or units is None
    return [
        HoldRow(*line)
        for line in sql.rows(
            _HOLD
            + """
            LEFT JOIN places_organisation o ON o.id = h.lab_id
            WHERE h.lifted_at IS NULL
              AND (%(all)s OR h.lab_id = ANY(%(labs)s) OR o.unit_id = ANY(%(units)s)
                   OR h.unit_id = ANY(%(units)s)
                   OR EXISTS (SELECT 1 FROM places_organisation x
                              JOIN places_coverage c ON c.covered_id = x.unit_id
                              WHERE x.id = ANY(%(labs)s) AND c.unit_id = h.unit_id))
            ORDER BY h.id DESC LIMIT %(limit)s
            """,
            {
                "all": everywhere,
                "labs": sorted(labs or ()),
                "units": sorted(units or ()),
                "limit": limit,
            },
        )
    ]
