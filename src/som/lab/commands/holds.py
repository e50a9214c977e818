"""Holds: what may not be released until a second person says so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from som.access.queries import system_actor
from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refused, once
from som.lab import rules
from som.lab.rules import HoldPlaced, HoldRefusal, HoldWanted, Lifting
from som.notices.commands import close_alarms, raise_alarms
from som.notices.rules import AlarmField, AlarmKind, AlarmWanted
from som.places.queries import organisations_by_id


def place_holds(holds: Sequence[HoldWanted], *, by: Actor, at: datetime) -> Outcome[HoldWanted]:
    """Hold plates, runs, lots of kits or laboratories: nothing of them is released from now on.

    Tests go on being read, and their verdicts are made; but nothing more is loaded on a held plate
    or at a held laboratory. Refuses what `rules.HoldRefusal` names, hold by hold. What is on hold
    already stays so, for the reason given first. Whoever may lift a hold is called to it.
    """
    outcome: Outcome[HoldWanted] = Outcome()
    with scope.entered(by, "lab.hold"):
        plates, runs = _subjects(holds)
        units = {
            one.id: one.unit_id
            for one in organisations_by_id([h.lab for h in holds if h.lab is not None]).values()
        }
        sound: list[HoldWanted] = []
        for given in holds:
            fault = rules.fault_of_hold(given)
            if fault is None and not _may("lab.hold", given.lab, given.unit, units, by):
                fault = HoldRefusal.NOT_YOURS
            if fault is None and given.plate and (given.lab, given.plate) not in plates:
                fault = HoldRefusal.PLATE_UNKNOWN
            if fault is None and given.run is not None and (given.lab, given.run) not in runs:
                fault = HoldRefusal.RUN_UNKNOWN
            if fault is not None:
                outcome.refused.append(Refused(given, fault, given.plate or given.kit_lot))
            else:
                sound.append(given)
        made = _inserted(sound, plates, by=by, at=at)
        alarms: list[AlarmWanted] = []
        for given in sound:
            hold = made.pop(_key(given, plates), None)
            (outcome.unchanged if hold is None else outcome.done).append(given)
            if hold is not None:
                alarms.append(_alarm(hold, given))
        raise_alarms(alarms, by=system_actor("lab"), at=at)
        audit.record(
            by,
            "lab.place_holds",
            at=at,
            things=[h.run for h in outcome.done if h.run is not None],
            note={
                "kinds": [str(h.kind) for h in outcome.done],
                "labs": [h.lab for h in outcome.done],
                "refused": len(outcome.refused),
            },
        )
    return outcome


def lift_holds(liftings: Sequence[Lifting], *, by: Actor, at: datetime) -> Outcome[Lifting]:
    """Lift holds: what they held may be released again.

    Refuses what `rules.fault_of_lifting` names, above all whoever placed the hold. One lifted
    already stays so. Locks the holds in the order of their ids.
    """
    outcome: Outcome[Lifting] = Outcome()
    with scope.entered(by, "lab.lift_hold"):
        placed: dict[int, HoldPlaced] = {}
        places: dict[int, tuple[int | None, int | None]] = {}
        for line in sql.rows(
            """
            SELECT id, held_by, lifted_at IS NOT NULL, lab_id, unit_id FROM lab_hold
            WHERE id = ANY(%s) ORDER BY id FOR UPDATE
            """,
            ([g.hold for g in liftings],),
        ):
            placed[line[0]] = HoldPlaced(*line[:3])
            places[line[0]] = line[3], line[4]
        units = {
            one.id: one.unit_id
            for one in organisations_by_id([lab for lab, _ in places.values() if lab]).values()
        }
        lifted: dict[int, str] = {}
        for given in liftings:
            hold = placed.get(given.hold)
            if hold and not _may("lab.lift_hold", *places[given.hold], units, by):
                hold = None
            fault = rules.fault_of_lifting(given, hold, by=by.name)
            if fault is not None:
                outcome.refused.append(Refused(given, fault))
            elif given.hold in lifted or (hold and hold.lifted):
                outcome.unchanged.append(given)
            else:
                lifted[given.hold] = given.reason.strip()
                outcome.done.append(given)
        sql.execute(
            """
            UPDATE lab_hold h SET lifted_by = %s, lifted_at = %s, lifted_for = g.reason
            FROM unnest(%s::bigint[], %s::text[]) AS g (id, reason) WHERE h.id = g.id
            """,
            (by.name, at, list(lifted), list(lifted.values())),
        )
        close_alarms([rules.hold_alarm_key(hold) for hold in lifted], by=system_actor("lab"), at=at)
        audit.record(
            by,
            "lab.lift_holds",
            at=at,
            note={"holds": list(lifted), "refused": len(outcome.refused)},
        )
    return outcome


_Key = tuple[str, int | None, int | None, int | None, int | None, str, str]


def _may(
    permission: str, lab: int | None, unit: int | None, units: dict[int, int], by: Actor
) -> bool:
    """Whether this is permitted for this laboratory, or for all of this territory."""
    if lab is None:
        return unit is not None and by.may(permission, unit=unit)
    return by.may(permission, organisation=lab) or (
        lab in units and by.may(permission, unit=units[lab])
    )


def _alarm(hold: int, given: HoldWanted) -> AlarmWanted:
    """The call to whoever may lift this hold, where it stands."""
    body = {AlarmField.KIT_LOT: given.kit_lot} if given.kit_lot else {}
    if given.plate or given.run is not None:
        body[AlarmField.RUN] = given.plate or str(given.run)
    return AlarmWanted(
        rules.hold_alarm_key(hold),
        AlarmKind.HOLD,
        "lab.lift_hold",
        organisation=given.lab,
        unit=given.unit,
        subject_id=hold,
        body=body,
    )


def _subjects(
    holds: Sequence[HoldWanted],
) -> tuple[dict[tuple[int | None, str], int], set[tuple[int | None, int]]]:
    """The plates by laboratory and code, and the runs with their laboratory, that are spoken of."""
    plates = {
        (line[0], line[1]): line[2]
        for line in sql.rows(
            """
            SELECT p.lab_id, p.code, p.id FROM lab_plate p
            JOIN unnest(%s::int[], %s::text[]) AS g (lab, code)
              ON p.lab_id = g.lab AND p.code = g.code
            """,
            ([h.lab for h in holds if h.plate], [h.plate for h in holds if h.plate]),
        )
    }
    runs = {
        (line[0], line[1])
        for line in sql.rows(
            "SELECT lab_id, id FROM lab_run WHERE id = ANY(%s)",
            ([h.run for h in holds if h.run is not None],),
        )
    }
    return plates, runs


def _key(given: HoldWanted, plates: dict[tuple[int | None, str], int]) -> _Key:
    plate = plates.get((given.lab, given.plate))
    lot = rules.lot_key(given.kit_lot)
    return str(given.kind), given.lab, given.unit, plate, given.run, given.kit, lot


def _inserted(
    holds: Sequence[HoldWanted],
    plates: dict[tuple[int | None, str], int],
    *,
    by: Actor,
    at: datetime,
) -> dict[_Key, int]:
    """Insert what is not on hold yet; answer which are new, with their ids."""
    first: dict[_Key, str] = {}
    for given in holds:
        first.setdefault(_key(given, plates), given.reason.strip())
    keys = once(first)
    return {
        tuple(line[:7]): line[7]
        for line in sql.rows(
            """
            INSERT INTO lab_hold (kind, lab_id, unit_id, plate_id, run_id, kit, kit_lot, reason,
                                  held_by, held_at, lifted_for)
            SELECT g.*, %s, %s, ''
            FROM unnest(%s::text[], %s::int[], %s::int[], %s::bigint[], %s::bigint[], %s::text[],
                        %s::text[], %s::text[])
                 AS g (kind, lab, unit, plate, run, kit, kit_lot, reason)
            ORDER BY g.kind, g.lab, g.unit, g.plate, g.run, g.kit, g.kit_lot
            ON CONFLICT DO NOTHING
            RETURNING kind, lab_id, unit_id, plate_id, run_id, kit, kit_lot, id
            """,
            (
                by.name,
                at,
                *([key[place] for key in keys] for place in range(7)),
                [first[key] for key in keys],
            ),
        )
    }
