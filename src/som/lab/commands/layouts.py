"""Where the controls of a laboratory's plates must be."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.outcomes import Outcome, Refused
from som.lab import rules
from som.lab.kit_list import kits_on
from som.lab.rules import LayoutRefusal, LayoutWanted


def set_control_layouts(
    layouts: Sequence[LayoutWanted], *, lab: int, by: Actor, at: datetime
) -> Outcome[LayoutWanted]:
    """Set where this laboratory's controls must be, for plates of a kit and size begun from now on.

    Plates already begun keep the wells they were begun with. Refuses what `rules.LayoutRefusal`
    names. The layout that holds already stays as it is, another one takes its place. Locks the
    layouts in the order of their kits and sizes.
    """
    outcome: Outcome[LayoutWanted] = Outcome()
    with scope.entered(by, "lab.set_layout", organisation=lab):
        today = at.astimezone(LOCAL).date()
        kits = frozenset(code for code, kit in kits_on(today).items() if kit.on_plate)
        before = {
            (line[0], line[1]): (line[2], json.loads(line[3]))
            for line in sql.rows(
                """
                SELECT kit, size, mode, wells::text FROM lab_layout
                WHERE lab_id = %s AND kit = ANY(%s) ORDER BY kit, size FOR UPDATE
                """,
                (lab, [g.kit for g in layouts]),
            )
        }
        wanted: dict[tuple[str, int], LayoutWanted] = {}
        for given in layouts:
            key = given.kit, given.size
            fault = rules.fault_of_layout(given, kits)
            now = wanted.get(key)
            holds = (now.mode, now.as_data) if now else before.get(key)
            if fault is not None:
                outcome.refused.append(Refused(given, *fault))
            elif holds == (given.mode, given.as_data):
                outcome.unchanged.append(given)
            elif now is not None:
                outcome.refused.append(Refused(given, LayoutRefusal.GIVEN_TWICE, given.kit))
            else:
                wanted[key] = given
                outcome.done.append(given)
        sql.execute(
            """
            INSERT INTO lab_layout (lab_id, kit, size, mode, wells, set_at, set_by)
            SELECT %s, g.kit, g.size, g.mode, g.wells::jsonb, %s, %s
            FROM unnest(%s::text[], %s::int[], %s::text[], %s::text[])
                 AS g (kit, size, mode, wells) ORDER BY g.kit, g.size
            ON CONFLICT (lab_id, kit, size) DO UPDATE
            SET mode = EXCLUDED.mode, wells = EXCLUDED.wells, set_at = EXCLUDED.set_at,
                set_by = EXCLUDED.set_by
            """,
            (
                lab,
                at,
                by.name,
                [g.kit for g in wanted.values()],
                [g.size for g in wanted.values()],
                [g.mode for g in wanted.values()],
                [json.dumps(g.as_data) for g in wanted.values()],
            ),
        )
        audit.record(
            by,
            "lab.set_control_layouts",
            at=at,
            note={
                "lab": lab,
                "set": [[g.kit, g.size, str(g.mode)] for g in wanted.values()],
                "refused": len(outcome.refused),
            },
        )
    return outcome
