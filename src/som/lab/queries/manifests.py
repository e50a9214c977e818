"""Boxes as they were unpacked: what was in them, what was missing, what was more. No names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from som.kernel import sql
from som.kernel.actors import Actor
from som.kernel.errors import NotFound
from som.sampling.queries.boxes import RECEIVED_HERE
from som.sampling.queries.sight import BOX_SEEN, seen_by


@dataclass(frozen=True, slots=True)
class BoxRow:
    """A box sent to or from a laboratory, with how many tubes were sent in it and how many came."""

    id: int
    code: str
    unit: str
    from_lab: str
    lab: int
    lab_name: str
    reason: str
    sent_at: datetime
    giver: str
    taker: str
    seal: str
    temperature: Decimal | None
    closed_at: datetime | None
    closed_by: str
    missing: int | None
    sent: int
    received: int

    @property
    def still_missing(self) -> int:
        return self.sent - self.received


@dataclass(frozen=True, slots=True)
class BoxTube:
    """A tube of a box. `standing`: received, rejected, missing, elsewhere, closed or extra."""

    code: str
    standing: str
    at: datetime | None
    who: str
    detail: str


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A box with its tubes, each in one of these."""

    box: BoxRow
    received: Sequence[BoxTube]
    missing: Sequence[BoxTube]
    extra: Sequence[BoxTube]
    rejected: Sequence[BoxTube]
    elsewhere: Sequence[BoxTube]

    @property
    def tubes(self) -> list[BoxTube]:
        return [*self.received, *self.missing, *self.extra, *self.rejected, *self.elsewhere]


_BOX = f"""
SELECT m.id, m.code, u.name, coalesce(f.name, ''), m.lab_id, o.name, m.reason, m.sent_at, m.giver,
       m.taker, m.seal, m.temperature, m.closed_at, m.closed_by, m.missing, n.sent, n.received
FROM sampling_manifest m
JOIN places_unit u ON u.id = m.unit_id
JOIN places_organisation o ON o.id = m.lab_id
LEFT JOIN places_organisation f ON f.id = m.from_lab_id
CROSS JOIN LATERAL (
    SELECT count(*) AS sent, count(*) FILTER (WHERE {RECEIVED_HERE}) AS received
    FROM sampling_custody c WHERE c.manifest_id = m.id AND c.step = 'sent'
) n
"""


def boxes(
    *, by: Actor, before: tuple[datetime, int] | None = None, limit: int = 50
) -> list[BoxRow]:
    """Boxes from the actor's units and from and to their laboratories, sent last first.

    `before` is the key of the last of the page before.
    """
    sent_at, last = before or (None, None)
    return [
        BoxRow(*line)
        for line in sql.rows(
            f"""
            {_BOX} WHERE m.id = ANY(ARRAY(
                SELECT m.id FROM sampling_manifest m WHERE {BOX_SEEN}
                  AND (%(sent)s::timestamptz IS NULL OR (m.sent_at, m.id) < (%(sent)s, %(last)s))
                ORDER BY m.sent_at DESC, m.id DESC LIMIT %(limit)s))
            ORDER BY m.sent_at DESC, m.id DESC
            """,
            seen_by(by) | {"sent": sent_at, "last": last, "limit": limit},
        )
    ]


def manifest_reckoned(manifest: str, *, by: Actor) -> Reckoned:
    """What came of the tubes of a box: received, missing, rejected, or come elsewhere; and what was
    in it that is not on its list.

    For whoever sees the unit or laboratory it came from, or the laboratory it went to. Raises
    `NotFound` for all others.
    """
    found = sql.row(
        f"{_BOX} WHERE m.code = %(code)s AND {BOX_SEEN}", seen_by(by) | {"code": manifest}
    )
    if found is None:
        raise NotFound(f"box {manifest}")
    box = BoxRow(*found)
    tubes = [BoxTube(*line) for line in sql.rows(_TUBES, {"box": box.id, "lab": box.lab})]
    return Reckoned(
        box,
        *[
            [tube for tube in tubes if tube.standing in standings]
            for standings in (
                ("received",),
                ("missing",),
                ("extra",),
                ("rejected",),
                ("elsewhere", "closed"),
            )
        ],
    )


_TUBES = f"""
SELECT t.code,
       CASE WHEN d.kind = 'rejected' THEN 'rejected'
            WHEN {RECEIVED_HERE} THEN 'received'
            WHEN t.lost_at IS NOT NULL OR t.expired_at IS NOT NULL THEN 'closed'
            WHEN e.lab_id IS NOT NULL THEN 'elsewhere'
            ELSE 'missing' END,
       coalesce(d.disposed_at, r.received_at, t.lost_at, t.expired_at, e.handed_at),
       coalesce(d.disposed_by, r.received_by, e.taker, ''),
       coalesce(d.reason, nullif(r.condition, 'good'), o.name, t.closing_reason)
FROM sampling_custody c
JOIN sampling_manifest m ON m.id = c.manifest_id
JOIN sampling_tube t ON t.id = c.tube_id
LEFT JOIN lab_disposal d ON d.tube_id = t.id AND d.lab_id = m.lab_id
LEFT JOIN lab_reception r ON r.tube_id = t.id AND r.lab_id = m.lab_id
LEFT JOIN LATERAL (
    SELECT x.lab_id, x.handed_at, x.taker FROM sampling_custody x
    WHERE x.tube_id = t.id AND x.step = 'received' AND x.lab_id <> m.lab_id AND x.id > c.id
    ORDER BY x.id LIMIT 1
) e ON true
LEFT JOIN places_organisation o ON o.id = e.lab_id
WHERE c.manifest_id = %(box)s AND c.step = 'sent'
UNION ALL
SELECT t.code, 'extra', r.received_at, r.received_by, coalesce(m.code, '')
FROM lab_reception r JOIN sampling_tube t ON t.id = r.tube_id
LEFT JOIN sampling_manifest m ON m.id = t.manifest_id
WHERE r.box_id = %(box)s AND NOT EXISTS (
    SELECT 1 FROM sampling_custody c
    WHERE c.tube_id = t.id AND c.step = 'sent' AND c.manifest_id = r.box_id)
UNION ALL
SELECT u.code, 'extra', u.arrived_at, u.noted_by, '' FROM lab_unlistedtube u
WHERE u.box_id = %(box)s AND u.ended_at IS NULL
ORDER BY 1
"""
