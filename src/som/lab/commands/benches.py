"""Pooling and extraction: what hands do with tubes at the bench before a plate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from som.kernel import audit, rulebook, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.errors import Conflict
from som.kernel.outcomes import Outcome, Refused, once
from som.lab import rules
from som.lab.rules import (
    BatchMade,
    BatchRefusal,
    PoolMade,
    PoolRefusal,
    Received,
    WaitsFor,
)

WAITS = {str(wait): wait for wait in WaitsFor}


def tubes_here(codes: Sequence[str], lab: int) -> dict[str, Received]:
    """Tubes at this laboratory by code: the tubes locked in the order of their codes, then what
    waits of them in the order of their ids.

    Whoever has the tube first (a reception, a swab more in it, a loss) is waited for, and what they
    wrote is seen.
    """
    found: dict[str, Received] = {}
    if not codes:
        return found
    tubes = sql.rows(
        "SELECT id FROM sampling_tube WHERE code = ANY(%s::text[])"
        " ORDER BY code, scheme_id FOR KEY SHARE",
        (list(codes),),
    )
    for code, *line in sql.rows(
        """
        SELECT t.code, t.id, t.swabs, t.tube_class, t.use_by_at, nullif(r.waits_for, 'referral'),
               coalesce(t.lost_at, t.expired_at) IS NOT NULL
        FROM lab_reception r JOIN sampling_tube t ON t.id = r.tube_id
        WHERE r.tube_id = ANY(%s::bigint[]) AND r.lab_id = %s AND r.left_at IS NULL
        ORDER BY r.tube_id FOR UPDATE OF r
        """,
        ([tube for (tube,) in tubes], lab),
    ):
        waits = WAITS[line[4]] if line[4] else None
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
        here = tubes_here([code for p in pools for code in p.tubes], lab)
        held = {
            line[0]: frozenset(line[1])
            for line in sql.rows(
                """
                SELECT p.code, array_agg(t.code) FROM lab_pool p
                JOIN lab_member m ON m.pool_id = p.id JOIN sampling_tube t ON t.id = m.tube_id
                WHERE p.lab_id = %s AND p.code = ANY(%s::text[]) GROUP BY p.code
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
        made, pooled = _write_pools(outcome.done, here, lab, by, at)
        audit.record(
            by,
            "lab.make_pools",
            at=at,
            things=made,
            note={"lab": lab, "tubes": pooled, "refused": len(outcome.refused)},
        )
    return outcome


def _write_pools(
    pools: Sequence[PoolMade], here: Mapping[str, Received], lab: int, by: Actor, at: datetime
) -> tuple[list[int], int]:
    """Write pools and their members, which wait no more; answer the pools' ids, and how many tubes."""
    if not pools:
        return [], 0
    members = [once(pool.tubes) for pool in pools]
    ids = dict(
        sql.rows(
            """
            INSERT INTO lab_pool (lab_id, code, size, made_at, made_by, waits_for)
            SELECT %s, p.code, p.size, %s, %s, 'test'
            FROM unnest(%s::text[], %s::int[]) AS p (code, size)
            ON CONFLICT (code, lab_id) DO NOTHING RETURNING code, id
            """,
            (lab, at, by.name, [pool.code for pool in pools], [len(codes) for codes in members]),
        )
    )
    if len(ids) < len(pools):
        raise Conflict("somebody made a pool of the same code at this moment")
    tubes = [here[code].tube for codes in members for code in codes]
    sql.execute(
        "INSERT INTO lab_member (pool_id, tube_id) SELECT * FROM unnest(%s::bigint[], %s::bigint[])",
        ([ids[p.code] for p, codes in zip(pools, members, strict=True) for _ in codes], tubes),
    )
    take_from_worklist(tubes, lab)
    return list(ids.values()), len(tubes)


def take_from_worklist(tubes: Sequence[int], lab: int) -> None:
    """What is in a pool or on a plate waits for nothing at this laboratory."""
    sql.execute(
        "UPDATE lab_reception SET waits_for = NULL"
        " WHERE tube_id = ANY(%s::bigint[]) AND lab_id = %s",
        (list(tubes), lab),
    )


def pools_here(codes: Sequence[str], lab: int) -> dict[str, tuple[int, WaitsFor | None, datetime]]:
    """Pools of this laboratory: id, what each waits for, and the earliest use-by of its members.

    Locked in the order of their ids.
    """
    if not codes:
        return {}
    return {
        line[0]: (line[1], WAITS[line[2]] if line[2] else None, line[3])
        for line in sql.rows(
            """
            SELECT p.code, p.id, p.waits_for,
                   (SELECT min(t.use_by_at) FROM lab_member m
                    JOIN sampling_tube t ON t.id = m.tube_id WHERE m.pool_id = p.id)
            FROM lab_pool p WHERE p.lab_id = %s AND p.code = ANY(%s::text[])
            ORDER BY p.id FOR UPDATE OF p
            """,
            (lab, list(codes)),
        )
    }


def make_batches(
    batches: Sequence[BatchMade], *, lab: int, by: Actor, at: datetime
) -> Outcome[BatchMade]:
    """Note extraction batches: what is loaded from one names it, and its own control covers it.

    Refuses what `rules.BatchRefusal` names. A batch noted before with the same kit and lot stays
    as it is.
    """
    outcome: Outcome[BatchMade] = Outcome()
    with scope.entered(by, "lab.plate", organisation=lab):
        sound: list[BatchMade] = []
        for given in batches:
            fault = rules.fault_of_batch(given)
            if fault is not None:
                outcome.refused.append(Refused(given, fault, given.code))
            else:
                sound.append(given)
        first: dict[str, BatchMade] = {}
        for given in sound:
            first.setdefault(given.code, given)
        new = {
            line[0]
            for line in sql.rows(
                """
                INSERT INTO lab_batch (lab_id, code, kit, kit_lot, made_at, made_by)
                SELECT %s, g.code, g.kit, g.lot, %s, %s
                FROM unnest(%s::text[], %s::text[], %s::text[]) AS g (code, kit, lot)
                ORDER BY g.code ON CONFLICT (code, lab_id) DO NOTHING RETURNING code
                """,
                (
                    lab,
                    at,
                    by.name,
                    list(first),
                    [b.kit.strip() for b in first.values()],
                    [b.kit_lot.strip() for b in first.values()],
                ),
            )
        }
        made = {
            line[0]: (line[1], line[2])
            for line in sql.rows(
                "SELECT code, kit, kit_lot FROM lab_batch WHERE lab_id = %s AND code = ANY(%s)",
                (lab, list(first)),
            )
        }
        for given in sound:
            if made[given.code] != (given.kit.strip(), given.kit_lot.strip()):
                outcome.refused.append(Refused(given, BatchRefusal.CODE_TAKEN, given.code))
            elif given.code in new:
                new.discard(given.code)
                outcome.done.append(given)
            else:
                outcome.unchanged.append(given)
        audit.record(
            by,
            "lab.make_batches",
            at=at,
            note={
                "lab": lab,
                "batches": [b.code for b in outcome.done],
                "refused": len(outcome.refused),
            },
        )
    return outcome


def batches_here(codes: Sequence[str], lab: int) -> dict[str, int]:
    """Extraction batches of this laboratory by code."""
    if not codes:
        return {}
    return dict(
        sql.rows(
            "SELECT code, id FROM lab_batch WHERE lab_id = %s AND code = ANY(%s)",
            (lab, list(codes)),
        )
    )
