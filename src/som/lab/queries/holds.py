"""What is on hold, and where the controls of the next plate must be."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from som.kernel import sql
from som.kernel.actors import Actor
from som.kernel.errors import NotFound
from som.lab.rules import LayoutMode, control_wells


@dataclass(frozen=True, slots=True)
class HoldRow:
    """A hold as it stands, with what it holds in words that need no other table."""

    id: int
    kind: str
    lab: int | None
    unit: int | None
    plate: str
    run: int | None
    kit: str
    kit_lot: str
    reason: str
    origin: str
    held_by: str
    held_at: datetime
    lifted_by: str | None
    lifted_at: datetime | None
    lifted_for: str


_HOLD = """
SELECT h.id, h.kind, h.lab_id, h.unit_id, coalesce(p.code, ''), h.run_id, h.kit, h.kit_lot, h.reason,
       h.origin, h.held_by, h.held_at, h.lifted_by, h.lifted_at, h.lifted_for
FROM lab_hold h LEFT JOIN lab_plate p ON p.id = h.plate_id
"""


def holds_of_run(run_id: int, *, by: Actor) -> list[HoldRow]:
    """Every hold that is or was on this run: its own, its plate's, its lot's, its laboratory's.

    Those in force first. Raises `NotFound` outside the actor's laboratories.
    """
    by.must("lab.see")
    labs = by.organisations_for("lab.see")
    seen = sql.row(
        "SELECT id FROM lab_run WHERE id = %s AND (%s OR lab_id = ANY(%s))",
        (run_id, labs is None, sorted(labs or ())),
    )
    if seen is None:
        raise NotFound(f"run {run_id}")
    return [
        HoldRow(*line)
        for line in sql.rows(
            _HOLD
            + """
            JOIN lab_run r ON r.id = %s AND (
                h.run_id = r.id OR h.plate_id = r.plate_id
                OR (h.kind = 'lab' AND h.lab_id = r.lab_id)
                OR (h.kind = 'kit_lot' AND h.kit = r.kit
                    AND h.kit_lot = upper(regexp_replace(r.kit_lot, '[[:space:]]', '', 'g'))
                    AND (h.lab_id = r.lab_id OR h.unit_id IN (
                        SELECT c.unit_id FROM places_organisation o
                        JOIN places_coverage c ON c.covered_id = o.unit_id
                        WHERE o.id = r.lab_id))))
            ORDER BY h.lifted_at DESC NULLS FIRST, h.id DESC LIMIT 50
            """,
            (run_id,),
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


@dataclass(frozen=True, slots=True)
class PlateControls:
    """The wells in which the controls of a plate must be, by kind; the how-manieth plate it is."""

    turn: int
    wells: dict[str, list[str]]


def controls_of_plate(
    plate: str, *, kit: str, size: int, lab: int, by: Actor
) -> PlateControls | None:
    """Where the controls of this plate must be, or would be if it were begun now; None: anywhere."""
    by.must("lab.see", organisation=lab)
    begun = sql.row(
        "SELECT turn, controls::text FROM lab_plate WHERE lab_id = %s AND code = %s", (lab, plate)
    )
    if begun is not None:
        return PlateControls(begun[0], json.loads(begun[1])) if begun[1] else None
    layout = sql.row(
        """
        SELECT y.mode, y.wells::text,
               (SELECT coalesce(max(p.turn), 0) + 1 FROM lab_plate p
                WHERE p.lab_id = y.lab_id AND p.kit = y.kit AND p.size = y.size)
        FROM lab_layout y WHERE y.lab_id = %s AND y.kit = %s AND y.size = %s
        """,
        (lab, kit, size),
    )
    if layout is None:
        return None
    mode, wells, turn = LayoutMode(layout[0]), json.loads(layout[1]), layout[2]
    return PlateControls(turn, control_wells(mode, wells, size, turn))
