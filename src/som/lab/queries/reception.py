"""What the desk of reception is shown: whose boxes come, what came last. No names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from som.kernel import sql
from som.kernel.actors import Actor
from som.sampling.queries.boxes import RECEIVED_HERE

AWAITED_FOR = timedelta(days=14)
"""How long a box is awaited: a swab is of no use by then. Older ones stand in the list of boxes."""


@dataclass(frozen=True, slots=True)
class AwaitedBox:
    """A box on its way to a laboratory or being unpacked there.

    `tubes` were sent in it, `received` of them came, and `use_by_at` is the first of the others.
    """

    code: str
    sender: str
    sent_at: datetime
    tubes: int
    received: int
    use_by_at: datetime


@dataclass(frozen=True, slots=True)
class LastReceived:
    """A tube that waits at a laboratory, as it was received."""

    code: str
    received_at: datetime
    condition: str
    use_by_at: datetime


def box_codes(codes: Sequence[str], *, lab: int, by: Actor) -> frozenset[str]:
    """Those of these codes that are a box's sent to this laboratory, or from it and perhaps back."""
    by.must("lab.receive", organisation=lab)
    return frozenset(
        line[0]
        for line in sql.rows(
            "SELECT code FROM sampling_manifest"
            " WHERE code = ANY(%s) AND %s IN (lab_id, from_lab_id)",
            (list(codes), lab),
        )
    )


def waiting_for_list(codes: Sequence[str], *, lab: int, by: Actor) -> frozenset[str]:
    """Those of these codes whose tubes are here and wait for their list."""
    by.must("lab.see", organisation=lab)
    if not codes:
        return frozenset()
    return frozenset(
        line[0]
        for line in sql.rows(
            "SELECT code FROM lab_unlistedtube"
            " WHERE code = ANY(%s) AND lab_id = %s AND ended_at IS NULL",
            (list(codes), lab),
        )
    )


def boxes_awaited(lab: int, *, by: Actor, at: datetime, limit: int = 20) -> list[AwaitedBox]:
    """Boxes with tubes still to come to this laboratory, the nearest use-by first.

    One is left out as soon as all its tubes came or were closed, or somebody said it is unpacked.
    """
    by.must("lab.receive", organisation=lab)
    return [
        AwaitedBox(*line)
        for line in sql.rows(
            f"""
            SELECT m.code, coalesce(f.name, u.name), m.sent_at, n.sent, n.received, n.use_by_at
            FROM sampling_manifest m
            JOIN places_unit u ON u.id = m.unit_id
            LEFT JOIN places_organisation f ON f.id = m.from_lab_id
            CROSS JOIN LATERAL (
                SELECT count(*) AS sent, count(*) FILTER (WHERE x.came) AS received,
                       min(x.use_by_at) FILTER (WHERE NOT x.came AND NOT x.closed) AS use_by_at
                FROM (SELECT {RECEIVED_HERE} AS came, t.use_by_at,
                             coalesce(t.lost_at, t.expired_at) IS NOT NULL AS closed
                      FROM sampling_custody c JOIN sampling_tube t ON t.id = c.tube_id
                      WHERE c.manifest_id = m.id AND c.step = 'sent') x
            ) n
            WHERE m.lab_id = %s AND m.closed_at IS NULL AND m.sent_at > %s
              AND n.use_by_at IS NOT NULL
            ORDER BY n.use_by_at, m.id LIMIT %s
            """,
            (lab, at - AWAITED_FOR, limit),
        )
    ]


def last_received(lab: int, *, by: Actor, limit: int = 10) -> list[LastReceived]:
    """What was received here last and still waits, the newest first."""
    by.must("lab.see", organisation=lab)
    return [
        LastReceived(*line)
        for line in sql.rows(
            """
            SELECT t.code, r.received_at, r.condition, t.use_by_at
            FROM lab_reception r JOIN sampling_tube t ON t.id = r.tube_id
            WHERE r.lab_id = %s AND r.waits_for IS NOT NULL
            ORDER BY r.received_at DESC, r.id DESC LIMIT %s
            """,
            (lab, limit),
        )
    ]
