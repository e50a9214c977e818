"""Pooling and plate: what hands do with tubes at the bench."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from som.kernel import audit, rulebook, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.errors import Conflict, NotFound
from som.kernel.outcomes import Outcome, Refused, once
from som.lab import rules
from som.lab.rules import (
    Loading,
    LoadKind,
    LoadRefusal,
    PoolMade,
    PoolRefusal,
    Received,
    WaitsFor,
)


def _received(codes: Sequence[str], lab: int) -> dict[str, Received]:
    """Tubes at this laboratory by code, locked in the order of their ids."""
    found: dict[str, Received] = {}
    for code, *line in sql.rows(
        """
        SELECT t.code, t.id, t.swabs, t.tube_class, t.use_by_at, r.waits_for,
               coalesce(t.lost_at, t.expired_at) IS NOT NULL
        FROM lab_reception r JOIN sampling_tube t ON t.id = r.tube_id
        WHERE t.code = ANY(%s) AND r.lab_id = %s ORDER BY t.id FOR UPDATE OF r
        """,
        (list(codes), lab),
    ):
        waits = WaitsFor(line[4]) if line[4] else None
        found[code] = Received(line[0], line[1], line[2], line[3], waits, line[5])
    return found


def make_pools(
    pools: Sequence[PoolMade], *, lab: int, by: Actor, at: datetime
) -> Outcome[PoolMade]:
    """Note which tubes were pooled into one.

    Refuses a pool any of whose tubes may not be in it, naming the tube: a pool is right as a whole
    or not at all. Of two pools that claim one tube the first is made. A pool made before of the
    same tubes stays as it is. Locks the tubes in the order of their ids.
    """
    outcome: Outcome[PoolMade] = Outcome()
    with scope.entered(by, "lab.pool", organisation=lab):
        most = int(rulebook.rule("lab.pool.most", on=at.astimezone(LOCAL).date()).value)
        here = _received([code for p in pools for code in p.tubes], lab)
        held = {
            line[0]: frozenset(line[1])
            for line in sql.rows(
                """
                SELECT p.code, array_agg(t.code) FROM lab_pool p
                JOIN lab_member m ON m.pool_id = p.id JOIN sampling_tube t ON t.id = m.tube_id
                WHERE p.lab_id = %s AND p.code = ANY(%s) GROUP BY p.code
                """,
                (lab, [p.code for p in pools]),
            )
        }
        taken: set[str] = set()
        for given in pools:
            members = frozenset(given.tubes)
            if given.code in held:
                if held[given.code] == members:
                    outcome.unchanged.append(given)
                else:
                    outcome.refused.append(Refused(given, PoolRefusal.CODE_TAKEN, given.code))
            elif fault := rules.fault_of_pool(given, here, most=most, at=at):
                outcome.refused.append(Refused(given, *fault))
            elif twice := members & taken:
                outcome.refused.append(Refused(given, PoolRefusal.NOT_WAITING, min(twice)))
            else:
                held[given.code] = members
                taken |= members
                outcome.done.append(given)
        ids = dict(
            sql.rows(
                """
                INSERT INTO lab_pool (lab_id, code, size, made_at, made_by, waits_for)
                SELECT %s, p.code, p.size, %s, %s, 'test'
                FROM unnest(%s::text[], %s::int[]) AS p (code, size)
                ON CONFLICT (code, lab_id) DO NOTHING RETURNING code, id
                """,
                (
                    lab,
                    at,
                    by.name,
                    [p.code for p in outcome.done],
                    [len(set(p.tubes)) for p in outcome.done],
                ),
            )
        )
        if len(ids) < len(outcome.done):
            raise Conflict("somebody made a pool of the same code at this moment")
        members_of = [
            (ids[p.code], here[code].tube) for p in outcome.done for code in once(p.tubes)
        ]
        sql.execute(
            "INSERT INTO lab_member (pool_id, tube_id) SELECT * FROM unnest(%s::bigint[], %s::bigint[])",
            ([pool for pool, _ in members_of], [tube for _, tube in members_of]),
        )
        sql.execute(
            "UPDATE lab_reception SET waits_for = NULL WHERE lab_id = %s AND tube_id = ANY(%s)",
            (lab, [tube for _, tube in members_of]),
        )
        audit.record(
            by,
            "lab.make_pools",
            at=at,
            things=ids.values(),
            note={"lab": lab, "tubes": len(members_of), "refused": len(outcome.refused)},
        )
    return outcome


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
    that is not here, is in test already or is past its use-by. What is already so stays as it is.
    Raises `NotFound` for a kit without a rule and `Conflict` for a plate of another size or kit, or
    one that was run. Locks the plate, then tubes and pools in the order of their ids.
    """
    outcome: Outcome[Loading] = Outcome()
    with scope.entered(by, "lab.plate", organisation=lab):
        rulebook.rule(f"lab.kit.{kit}", on=at.astimezone(LOCAL).date())
        if not rules.is_plate_size(size) or not rules.CODE.fullmatch(plate):
            raise NotFound(f"no plate is called {plate!r} or has {size} wells")
        plate_id = _locked_plate(plate, size=size, kit=kit, lab=lab, by=by, at=at)
        wells = dict(
            sql.rows("SELECT position, load_id FROM lab_well WHERE plate_id = %s", (plate_id,))
        )
        loads = {
            (line[1], line[2]): line[0]
            for line in sql.rows(
                "SELECT id, kind, sample FROM lab_load WHERE plate_id = %s", (plate_id,)
            )
        }
        tubes = _received([g.code for g in loadings if g.kind is LoadKind.TUBE], lab)
        pools = _waiting_pools([g.code for g in loadings if g.kind is LoadKind.POOL], lab)
        samples = {sample for _, sample in loads}
        new: list[tuple[Loading, tuple[str, ...], int | None, int | None]] = []
        for given in loadings:
            positions = rules.wells_of(given, size)
            if isinstance(positions, str):
                outcome.refused.append(Refused(given, LoadRefusal.WELL_UNREADABLE, positions))
                continue
            if (given.kind, given.code) in loads:
                load = loads[given.kind, given.code]
                if {p for p, held in wells.items() if held == load} == set(positions):
                    outcome.unchanged.append(given)
                else:
                    outcome.refused.append(Refused(given, LoadRefusal.NOT_WAITING, given.code))
                continue
            fault = _fault_of_load(given, positions, wells, samples, tubes, pools, at)
            if fault is not None:
                outcome.refused.append(Refused(given, *fault))
                continue
            placeholder = -1 - len(new)
            wells.update(dict.fromkeys(positions, placeholder))
            loads[given.kind, given.code] = placeholder
            samples.add(given.code)
            tube = tubes[given.code].tube if given.kind is LoadKind.TUBE else None
            pool = pools[given.code][0] if given.kind is LoadKind.POOL else None
            new.append((given, positions, tube, pool))
            outcome.done.append(given)
        _insert_loads(new, plate_id, lab, by, at)
        if not wells:
            sql.execute("DELETE FROM lab_plate WHERE id = %s", (plate_id,))
        audit.record(
            by,
            "lab.load_plates",
            at=at,
            things=[tube for _, _, tube, _ in new if tube],
            note={"lab": lab, "plate": plate, "refused": len(outcome.refused)},
        )
    return outcome


def _locked_plate(code: str, *, size: int, kit: str, lab: int, by: Actor, at: datetime) -> int:
    """The plate's id, made if new, locked until the transaction ends."""
    sql.execute(
        """
        INSERT INTO lab_plate (lab_id, code, size, kit, made_at, made_by)
        VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (code, lab_id) DO NOTHING
        """,
        (lab, code, size, kit, at, by.name),
    )
    found = sql.row(
        """
        SELECT p.id, p.size, p.kit, EXISTS (SELECT 1 FROM lab_run r WHERE r.plate_id = p.id)
        FROM lab_plate p WHERE p.lab_id = %s AND p.code = %s FOR UPDATE OF p
        """,
        (lab, code),
    )
    if found is None:
        raise Conflict(f"plate {code} was taken away at this moment")
    if found[1:3] != (size, kit):
        raise Conflict(f"plate {code} has {found[1]} wells and the kit {found[2]}")
    if found[3]:
        raise Conflict(f"plate {code} was run already")
    return int(found[0])


def _waiting_pools(
    codes: Sequence[str], lab: int
) -> dict[str, tuple[int, WaitsFor | None, datetime]]:
    """Pools of this laboratory: id, what each waits for, and the earliest use-by of its members."""
    if not codes:
        return {}
    return {
        line[0]: (line[1], WaitsFor(line[2]) if line[2] else None, line[3])
        for line in sql.rows(
            """
            SELECT p.code, p.id, p.waits_for,
                   (SELECT min(t.use_by_at) FROM lab_member m
                    JOIN sampling_tube t ON t.id = m.tube_id WHERE m.pool_id = p.id)
            FROM lab_pool p WHERE p.lab_id = %s AND p.code = ANY(%s) ORDER BY p.id FOR UPDATE OF p
            """,
            (lab, list(codes)),
        )
    }


def _fault_of_load(
    given: Loading,
    positions: tuple[str, ...],
    wells: Mapping[str, int],
    samples: set[str],
    tubes: Mapping[str, Received],
    pools: Mapping[str, tuple[int, WaitsFor | None, datetime]],
    at: datetime,
) -> tuple[LoadRefusal, str] | None:
    for position in positions:
        if position in wells:
            return LoadRefusal.WELL_TAKEN, position
    if given.code in samples:
        return LoadRefusal.WELL_TAKEN, given.code
    if given.kind is LoadKind.TUBE:
        tube = tubes.get(given.code)
        if tube is None:
            return LoadRefusal.NOT_HERE, given.code
        if tube.waits_for is None or tube.closed:
            return LoadRefusal.NOT_WAITING, given.code
        if tube.use_by_at < at:
            return LoadRefusal.USE_BY_PASSED, given.code
    elif given.kind is LoadKind.POOL:
        pool = pools.get(given.code)
        if pool is None:
            return LoadRefusal.NOT_HERE, given.code
        if pool[1] is None:
            return LoadRefusal.NOT_WAITING, given.code
        if pool[2] < at:
            return LoadRefusal.USE_BY_PASSED, given.code
    return None


def _insert_loads(
    new: Sequence[tuple[Loading, tuple[str, ...], int | None, int | None]],
    plate_id: int,
    lab: int,
    by: Actor,
    at: datetime,
) -> None:
    ids = dict(
        sql.rows(
            """
            INSERT INTO lab_load (plate_id, kind, sample, tube_id, pool_id, loaded_at, loaded_by)
            SELECT %s, l.kind, l.sample, l.tube, l.pool, %s, %s
            FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[])
                 AS l (kind, sample, tube, pool)
            RETURNING sample, id
            """,
            (
                plate_id,
                at,
                by.name,
                [given.kind for given, *_ in new],
                [given.code for given, *_ in new],
                [tube for _, _, tube, _ in new],
                [pool for *_, pool in new],
            ),
        )
    )
    filled = [(position, ids[given.code]) for given, positions, *_ in new for position in positions]
    sql.execute(
        "INSERT INTO lab_well (plate_id, position, load_id)"
        " SELECT %s, * FROM unnest(%s::text[], %s::bigint[])",
        (plate_id, [position for position, _ in filled], [load for _, load in filled]),
    )
    sql.execute(
        "UPDATE lab_reception SET waits_for = NULL WHERE lab_id = %s AND tube_id = ANY(%s)",
        (lab, [tube for _, _, tube, _ in new if tube]),
    )
    sql.execute(
        "UPDATE lab_pool SET waits_for = NULL WHERE id = ANY(%s)",
        ([pool for *_, pool in new if pool],),
    )
