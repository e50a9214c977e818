"""Plates: what was put into which wells."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from som.kernel import audit, rulebook, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.errors import Conflict, NotFound
from som.kernel.outcomes import Outcome, Refused
from som.lab import rules
from som.lab.commands.benches import batches_here, pools_here, take_from_worklist, tubes_here
from som.lab.commands.capacity import room_on
from som.lab.kits import Method, method_of
from som.lab.rules import Bench, LayoutMode, Loading, LoadKind, LoadRefusal

_New = tuple[Loading, tuple[str, ...], int | None, int | None]


def load_plates(
    loadings: Sequence[Loading],
    *,
    plate: str,
    size: int,
    kit: str,
    lab: int,
    by: Actor,
    at: datetime,
) -> Outcome[Loading]:
    """Note what was put into which wells of a plate, making the plate with the first of them.

    Refuses, load by load, a well that the plate does not have or that is taken, a tube or pool
    that is not here, is in test already or is past its use-by, a control elsewhere than the
    laboratory's layout has it, everything on a held plate or at a held laboratory, and tests beyond
    what the laboratory may do on that day. What is already so stays as it is. Raises `NotFound` for
    a kit without a rule or not made for plates, and `Conflict` for a plate of another size or kit,
    or one that was run. Locks the laboratory's ceilings, its layout, the plate, then tubes and
    pools in the order of their ids.
    """
    outcome: Outcome[Loading] = Outcome()
    with scope.entered(by, "lab.plate", organisation=lab):
        on = at.astimezone(LOCAL).date()
        rule = rulebook.rule(f"lab.kit.{kit}", on=on)
        if method_of(rule.value) is not Method.PCR:
            raise NotFound(f"the kit {kit!r} is not made for plates")
        if not rules.is_plate_size(size) or not rules.CODE.fullmatch(plate):
            raise NotFound(f"no plate is called {plate!r} or has {size} wells")
        room = room_on([on], lab=lab)[on]
        plate_id, controls, begun = _locked_plate(plate, size=size, kit=kit, lab=lab, by=by, at=at)
        held = _held(plate_id, lab=lab)
        loads = _loads_of(plate_id) if begun else {}
        bench = Bench(
            size,
            wells={well: load for load, *_, wells in loads.values() for well in wells},
            samples={sample for _, sample in loads},
            tubes=tubes_here([g.code for g in loadings if g.kind is LoadKind.TUBE], lab),
            pools=pools_here([g.code for g in loadings if g.kind is LoadKind.POOL], lab),
            controls={kind: frozenset(there) for kind, there in controls.items()},
            batches=batches_here([g.batch for g in loadings if g.batch], lab),
            held=held,
            room=room,
        )
        new: list[_New] = []
        for given in loadings:
            positions = rules.wells_of(given, size)
            if isinstance(positions, str):
                outcome.refused.append(Refused(given, LoadRefusal.WELL_UNREADABLE, positions))
                continue
            before = loads.get((given.kind, given.code))
            if before is not None:
                if before[1:] == (given.batch, given.columns, frozenset(positions)):
                    outcome.unchanged.append(given)
                else:
                    outcome.refused.append(Refused(given, LoadRefusal.NOT_WAITING, given.code))
                continue
            fault = rules.fault_of_load(given, positions, bench, at=at)
            if fault is not None:
                outcome.refused.append(Refused(given, *fault))
                continue
            placeholder = -1 - len(new)
            bench.wells.update(dict.fromkeys(positions, placeholder))
            bench.samples.add(given.code)
            if bench.room is not None and not given.kind.control:
                bench.room -= 1
            loads[given.kind, given.code] = (
                placeholder,
                given.batch,
                given.columns,
                frozenset(positions),
            )
            tube = bench.tubes[given.code].tube if given.kind is LoadKind.TUBE else None
            pool = bench.pools[given.code][0] if given.kind is LoadKind.POOL else None
            new.append((given, positions, tube, pool))
            outcome.done.append(given)
        _insert_loads(new, bench, plate_id, lab, by, at)
        if not bench.wells:
            sql.execute("DELETE FROM lab_plate WHERE id = %s", (plate_id,))
        audit.record(
            by,
            "lab.load_plates",
            at=at,
            things=[tube for _, _, tube, _ in new if tube],
            note={"lab": lab, "plate": plate, "refused": len(outcome.refused)},
        )
    return outcome


def _locked_plate(
    code: str, *, size: int, kit: str, lab: int, by: Actor, at: datetime
) -> tuple[int, dict[str, list[str]], bool]:
    """The plate's id, locked until the transaction ends; the wells of its controls, and whether it
    was begun before. It is made if new."""
    # The layout's lock gives plates begun at the same moment their turns one after the other.
    layout = sql.row(
        "SELECT mode, wells::text FROM lab_layout"
        " WHERE lab_id = %s AND kit = %s AND size = %s FOR UPDATE",
        (lab, kit, size),
    )
    turn, controls = 0, None
    if layout is not None:
        turns = sql.row(
            "SELECT coalesce(max(turn), 0) + 1 FROM lab_plate"
            " WHERE lab_id = %s AND kit = %s AND size = %s",
            (lab, kit, size),
        )
        turn = turns[0] if turns else 1
        controls = rules.control_wells(LayoutMode(layout[0]), json.loads(layout[1]), size, turn)
    new = sql.row(
        """
        INSERT INTO lab_plate (lab_id, code, size, kit, controls, turn, made_at, made_by)
        VALUES (%s, %s, %s, %s, %s::jsonb, %s, %s, %s)
        ON CONFLICT (code, lab_id) DO NOTHING RETURNING id
        """,
        (lab, code, size, kit, json.dumps(controls) if controls else None, turn, at, by.name),
    )
    if new is not None:
        return int(new[0]), controls or {}, False
    found = sql.row(
        "SELECT id, size, kit, controls::text FROM lab_plate"
        " WHERE lab_id = %s AND code = %s FOR UPDATE",
        (lab, code),
    )
    if found is None:
        raise Conflict(f"plate {code} was taken away at this moment")
    if found[1:3] != (size, kit):
        raise Conflict(f"plate {code} has {found[1]} wells and the kit {found[2]}")
    # After the lock: a run that was read at this moment must be seen.
    if sql.row("SELECT 1 FROM lab_run WHERE plate_id = %s", (found[0],)):
        raise Conflict(f"plate {code} was run already")
    return int(found[0]), json.loads(found[3]) if found[3] else {}, True


def _held(plate_id: int, *, lab: int) -> LoadRefusal | None:
    """Why nothing may be loaded on this plate; None: nothing is on hold."""
    holds = {
        line[0]
        for line in sql.rows(
            "SELECT kind FROM lab_hold WHERE lab_id = %s AND lifted_at IS NULL"
            " AND (kind = 'lab' OR plate_id = %s)",
            (lab, plate_id),
        )
    }
    return LoadRefusal.LAB_HELD if "lab" in holds else LoadRefusal.PLATE_HELD if holds else None


_Load = tuple[int, str, tuple[int, int] | None, frozenset[str]]


def _loads_of(plate_id: int) -> dict[tuple[str, str], _Load]:
    """What is on the plate, by kind and sample: id, extraction batch, columns covered and wells."""
    return {
        (line[1], line[2]): (
            line[0],
            line[3],
            (line[4], line[5]) if line[4] else None,
            frozenset(line[6]),
        )
        for line in sql.rows(
            """
            SELECT l.id, l.kind, l.sample, coalesce(b.code, ''), l.first_column, l.last_column,
                   w.positions
            FROM lab_load l
            JOIN (SELECT load_id, array_agg(position) AS positions FROM lab_well
                  WHERE plate_id = %s GROUP BY load_id) w ON w.load_id = l.id
            LEFT JOIN lab_batch b ON b.id = l.batch_id
            WHERE l.plate_id = %s
            """,
            (plate_id, plate_id),
        )
    }


def _insert_loads(
    new: Sequence[_New], bench: Bench, plate_id: int, lab: int, by: Actor, at: datetime
) -> None:
    """Write loads with their wells, and take what was loaded from the worklists."""
    if not new:
        return
    given_now = [given for given, *_ in new]
    sql.execute(
        """
        WITH loaded AS (
            INSERT INTO lab_load (lab_id, plate_id, kind, sample, tube_id, pool_id, batch_id,
                                  first_column, last_column, loaded_at, loaded_by)
            SELECT %s, %s, l.kind, l.sample, l.tube, l.pool, l.batch, l.first, l.last, %s, %s
            FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[],
                        %s::int[], %s::int[])
                 AS l (kind, sample, tube, pool, batch, first, last)
            RETURNING sample, id
        )
        INSERT INTO lab_well (plate_id, position, load_id)
        SELECT %s, w.position, l.id
        FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS w (position, sample, place)
        JOIN loaded l ON l.sample = w.sample ORDER BY w.place
        """,
        (
            lab,
            plate_id,
            at,
            by.name,
            [given.kind for given in given_now],
            [given.code for given in given_now],
            [tube for _, _, tube, _ in new],
            [pool for *_, pool in new],
            [bench.batches.get(given.batch) for given in given_now],
            [given.columns[0] if given.columns else None for given in given_now],
            [given.columns[1] if given.columns else None for given in given_now],
            plate_id,
            [position for _, positions, *_ in new for position in positions],
            [given.code for given, positions, *_ in new for _ in positions],
        ),
    )
    tubes = [tube for _, _, tube, _ in new if tube]
    pools = [pool for *_, pool in new if pool]
    if tubes:
        take_from_worklist(tubes, lab)
    if pools:
        sql.execute(
            "UPDATE lab_pool SET waits_for = NULL WHERE id = ANY(%s::bigint[])",
            (pools,),
        )
