"""What waits at the benches. No names anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from som.kernel import sql
from som.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class WaitingTube:
    """A tube that waits at a laboratory to be tested."""

    tube: int
    code: str
    swabs: int
    tube_class: str
    waits_for: str
    received_at: datetime
    use_by_at: datetime
    condition: str


_WAITS = "r.waits_for IS NOT NULL AND coalesce(t.lost_at, t.expired_at) IS NULL"


def bench_counts(*, by: Actor, near: datetime) -> dict[str, int]:
    """How many tubes and pools wait at the actor's laboratories, where any do.

    Of the tubes, how many wait to be retested or for another laboratory to confirm them, and how
    many have a use-by before `near`; beside them those that wait for their list.
    """
    by.must("lab.see")
    labs = by.organisations_for("lab.see")
    found = sql.rows(
        f"""
        SELECT count(*), count(*) FILTER (WHERE r.waits_for = 'retest'),
               count(*) FILTER (WHERE r.waits_for = 'referral'),
               count(*) FILTER (WHERE t.use_by_at < %(near)s),
               (SELECT count(*) FROM lab_pool p
                WHERE p.waits_for IS NOT NULL AND (%(all)s OR p.lab_id = ANY(%(labs)s))),
               (SELECT count(*) FROM lab_unlistedtube u
                WHERE u.ended_at IS NULL AND (%(all)s OR u.lab_id = ANY(%(labs)s)))
        FROM lab_reception r JOIN sampling_tube t ON t.id = r.tube_id
        WHERE (%(all)s OR r.lab_id = ANY(%(labs)s)) AND {_WAITS}
        """,
        {"all": labs is None, "labs": sorted(labs or ()), "near": near},
    )[0]
    names = ("tubes", "retests", "referrals", "near", "pools", "unlisted")
    counted = dict(zip(names, found, strict=True))
    return {name: number for name, number in counted.items() if number}


def waiting_tubes(
    lab: int, *, by: Actor, waits_for: str | None = None, limit: int = 5_000
) -> list[WaitingTube]:
    """The bench's worklist: what waits here, nearest use-by first."""
    by.must("lab.see", organisation=lab)
    return [
        WaitingTube(*line)
        for line in sql.rows(
            f"""
            SELECT t.id, t.code, t.swabs, t.tube_class, r.waits_for, r.received_at, t.use_by_at,
                   r.condition
            FROM lab_reception r JOIN sampling_tube t ON t.id = r.tube_id
            WHERE r.lab_id = %(lab)s AND {_WAITS}
              AND (%(waits)s::text IS NULL OR r.waits_for = %(waits)s)
            ORDER BY t.use_by_at, t.id LIMIT %(limit)s
            """,
            {"lab": lab, "waits": waits_for, "limit": limit},
        )
    ]


@dataclass(frozen=True, slots=True)
class UnlistedRow:
    """A tube that waits at a laboratory for its list, and what stands against it, if anything.

    `why`: empty while nobody is recorded in it; "recorded" when somebody is and it is received as
    soon as the list is whole; "elsewhere" when its list goes to another laboratory (`other_lab`);
    "void" when its label was voided; "ambiguous" when several issuers have tubes of this code.
    """

    id: int
    code: str
    arrived_at: datetime
    noted_by: str
    seal: str
    temperature: Decimal | None
    why: str
    other_lab: str


def unlisted_tubes(lab: int, *, by: Actor, limit: int = 1_000) -> list[UnlistedRow]:
    """What waits here for its list, longest first."""
    by.must("lab.see", organisation=lab)
    return [
        UnlistedRow(*line)
        for line in sql.rows(
            """
            SELECT u.id, u.code, u.arrived_at, u.noted_by, u.seal, u.temperature,
                   CASE WHEN t.tubes > 1 THEN 'ambiguous'
                        WHEN t.elsewhere IS NOT NULL THEN 'elsewhere'
                        WHEN t.tubes = 1 THEN 'recorded'
                        WHEN v.id IS NOT NULL THEN 'void' ELSE '' END,
                   coalesce(o.name, '')
            FROM lab_unlistedtube u
            CROSS JOIN LATERAL (
                SELECT count(*) AS tubes,
                       max(t.lab_id) FILTER (WHERE t.manifest_id IS NOT NULL
                                             AND t.lab_id <> u.lab_id) AS elsewhere
                FROM sampling_tube t WHERE t.code = u.code AND t.swabs > 0
            ) t
            LEFT JOIN places_organisation o ON o.id = t.elsewhere
            LEFT JOIN sampling_voiding v
              ON int4range(v.first, v.last, '[]') @> CASE WHEN u.code ~ '^S[0-9]{10}$'
                                                     THEN substr(u.code, 2, 9)::int END
            WHERE u.lab_id = %s AND u.ended_at IS NULL
            ORDER BY u.arrived_at, u.id LIMIT %s
            """,
            (lab, limit),
        )
    ]


def unlisted_recorded(*, by: Actor, after: int, limit: int) -> list[int]:
    """Ids of tubes that wait for their list and in which somebody is recorded by now, by id.

    `after` is the last id of the page before.
    """
    by.must("lab.receive")
    labs = by.organisations_for("lab.receive")
    return [
        line[0]
        for line in sql.rows(
            """
            SELECT u.id FROM lab_unlistedtube u
            WHERE u.ended_at IS NULL AND u.id > %s AND (%s OR u.lab_id = ANY(%s))
              AND (EXISTS (SELECT 1 FROM sampling_tube t WHERE t.code = u.code AND t.swabs > 0)
                   OR EXISTS (SELECT 1 FROM lab_unlistedtube o
                              WHERE o.code = u.code AND o.arrived_at > u.arrived_at))
            ORDER BY u.id LIMIT %s
            """,
            (after, labs is None, sorted(labs or ()), limit),
        )
    ]


@dataclass(frozen=True, slots=True)
class WaitingPool:
    """A lab pool that waits for a plate."""

    id: int
    code: str
    size: int
    waits_for: str
    made_at: datetime


def waiting_pools(lab: int, *, by: Actor, limit: int = 5_000) -> list[WaitingPool]:
    """Pools not yet on a plate, or to be repeated, oldest first."""
    by.must("lab.see", organisation=lab)
    return [
        WaitingPool(*line)
        for line in sql.rows(
            "SELECT id, code, size, waits_for, made_at FROM lab_pool"
            " WHERE lab_id = %s AND waits_for IS NOT NULL ORDER BY made_at, id LIMIT %s",
            (lab, limit),
        )
    ]


@dataclass(frozen=True, slots=True)
class UnreadPlate:
    """A plate with tubes or pools on it that no run was read of. `tubes`: the pools' too."""

    code: str
    kit: str
    tubes: int
    pools: int
    loaded_at: datetime
    loaded_by: str
    use_by_at: datetime


def unread_plates(lab: int, *, by: Actor, limit: int = 1_000) -> list[UnreadPlate]:
    """Plates of this laboratory that wait for their run to be read, loaded first first."""
    by.must("lab.see", organisation=lab)
    return [
        UnreadPlate(*line)
        for line in sql.rows(
            """
            SELECT p.code, p.kit, o.tubes, o.pools, o.loaded_at, o.loaded_by, o.use_by_at
            FROM lab_plate p CROSS JOIN LATERAL (
                SELECT count(*) AS tubes, count(DISTINCT l.pool_id) AS pools,
                       min(l.loaded_at) AS loaded_at, min(t.use_by_at) AS use_by_at,
                       (array_agg(l.loaded_by ORDER BY l.id DESC))[1] AS loaded_by
                FROM lab_load l LEFT JOIN lab_member m ON m.pool_id = l.pool_id
                JOIN sampling_tube t ON t.id = coalesce(l.tube_id, m.tube_id)
                WHERE l.plate_id = p.id
            ) o
            WHERE p.lab_id = %s AND p.unread AND o.tubes > 0
            ORDER BY o.loaded_at, p.id LIMIT %s
            """,
            (lab, limit),
        )
    ]
