"""Boxes unpacked to the end: what was on their list and not in them is said, and somebody called."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from som.access.queries import system_actor
from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refused, once
from som.lab.rules import ManifestRefusal
from som.notices.commands import close_alarms, raise_alarms
from som.notices.rules import AlarmField, AlarmKind, AlarmWanted
from som.sampling.queries.boxes import RECEIVED_HERE


def close_manifests(codes: Sequence[str], *, lab: int, by: Actor, at: datetime) -> Outcome[str]:
    """Say that boxes are unpacked: what was on their list and not in them is missing from now on.

    Missing tubes stay under way, and whoever sent and whoever waited for them are called; one that
    comes later is received as ever. Refuses a box that was not sent here and one of which nothing
    has come. A box closed already stays as it is. Locks manifests in the order of their codes.
    """
    outcome: Outcome[str] = Outcome()
    with scope.entered(by, "lab.receive", organisation=lab):
        held = {
            line[0]: line[1:]
            for line in sql.rows(
                "SELECT code, id, unit_id, from_lab_id, closed_at FROM sampling_manifest"
                " WHERE lab_id = %s AND code = ANY(%s) ORDER BY code FOR UPDATE",
                (lab, list(codes)),
            )
        }
        counts = {
            line[0]: (line[1], line[2])
            for line in sql.rows(
                f"""
                SELECT m.id, count(*) FILTER (WHERE {RECEIVED_HERE}),
                       count(*) FILTER (WHERE NOT {RECEIVED_HERE} AND t.lost_at IS NULL)
                FROM sampling_manifest m
                JOIN sampling_custody c ON c.manifest_id = m.id AND c.step = 'sent'
                JOIN sampling_tube t ON t.id = c.tube_id
                WHERE m.id = ANY(%s) GROUP BY m.id
                """,
                ([box[0] for box in held.values()],),
            )
        }
        missing: dict[str, int] = {}
        for code in once(codes):
            box = held.get(code)
            came, missed = counts.get(box[0], (0, 0)) if box is not None else (0, 0)
            if box is None:
                outcome.refused.append(Refused(code, ManifestRefusal.UNKNOWN))
            elif box[3] is not None:
                outcome.unchanged.append(code)
            elif not came:
                outcome.refused.append(Refused(code, ManifestRefusal.NOTHING_CAME))
            else:
                missing[code] = missed
                outcome.done.append(code)
        sql.execute(
            """
            UPDATE sampling_manifest m SET closed_at = %s, closed_by = %s, missing = g.missing
            FROM unnest(%s::int[], %s::int[]) AS g (id, missing) WHERE m.id = g.id
            """,
            (at, by.name, [held[code][0] for code in missing], list(missing.values())),
        )
        raise_alarms(
            [
                alarm
                for code, many in missing.items()
                if many
                for alarm in _alarms(code, many, lab, *held[code][:3])
            ],
            by=system_actor("lab"),
            at=at,
        )
        audit.record(by, "lab.close_manifests", at=at, note={"lab": lab, "missing": missing})
    return outcome


def _alarms(
    code: str, many: int, lab: int, box: int, unit: int, from_lab: int | None
) -> list[AlarmWanted]:
    """Who is called: whoever waited for these tubes, and whoever sent them."""
    body = {AlarmField.MANIFEST: code, AlarmField.TUBES: str(many)}
    kind = AlarmKind.MISSING_TUBES
    key = f"missing:{box}"
    here = AlarmWanted(f"{key}:lab", kind, "lab.receive", lab, None, box, body)
    if from_lab is not None:
        sender = AlarmWanted(f"{key}:sender", kind, "lab.receive", from_lab, None, box, body)
    else:
        sender = AlarmWanted(f"{key}:sender", kind, "sampling.dispatch", None, unit, box, body)
    return [here, sender]


def found_again(manifests: Collection[int], *, at: datetime) -> None:
    """Where the last missing tube of a closed box has come by now, nobody need look for it.

    Within the transaction of the reception of tubes that are on these manifests.
    """
    if not manifests:
        return
    # A box that is being closed at this moment counts either these tubes or waits for this look.
    locked = sql.rows(
        "SELECT id, missing FROM sampling_manifest WHERE id = ANY(%s::int[])"
        " ORDER BY id FOR KEY SHARE",
        (sorted(manifests),),
    )
    closed = [box for box, missing in locked if missing]
    if not closed:
        return
    whole = sql.rows(
        f"""
        SELECT m.id FROM sampling_manifest m
        WHERE m.id = ANY(%s::int[])
          AND NOT EXISTS (
              SELECT 1 FROM sampling_custody c JOIN sampling_tube t ON t.id = c.tube_id
              WHERE c.manifest_id = m.id AND c.step = 'sent' AND t.lost_at IS NULL
                AND NOT {RECEIVED_HERE})
        ORDER BY m.id
        """,
        (closed,),
    )
    if whole:
        close_alarms(
            [f"missing:{box}:{end}" for (box,) in whole for end in ("lab", "sender")],
            by=system_actor("lab"),
            at=at,
        )
