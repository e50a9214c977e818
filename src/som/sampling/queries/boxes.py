"""Tubes that wait to be sent, boxes under way, and where each box stands. No names of people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from som.kernel import sql
from som.kernel.actors import Actor
from som.kernel.errors import NotFound
from som.sampling.queries.sight import BOX_SEEN, seen_by
from som.sampling.rules.boxes import TubeToPack

_TESTED = "EXISTS (SELECT 1 FROM lab_load l WHERE l.tube_id = t.id)"
_ARRIVED = """
EXISTS (SELECT 1 FROM sampling_custody a WHERE a.tube_id = t.id AND a.step = 'received')
"""

# The worker closes what is past its use-by within minutes; a day leaves it time to have stood still.
_WAITING = f"""
t.swabs > 0 AND t.manifest_id IS NULL AND t.lost_at IS NULL AND t.expired_at IS NULL
AND t.use_by_at > %(at)s - interval '1 day' AND NOT {_ARRIVED} AND NOT {_TESTED}
AND (%(all)s OR s.unit_id = ANY(%(units)s))
"""


def _here(by: Actor, permission: str) -> dict[str, object]:
    by.must(permission)
    units = by.units_for(permission)
    return {"all": units is None, "units": sorted(units or ())}


@dataclass(frozen=True, slots=True)
class WaitingSession:
    """A session with tubes that nobody has sent yet: how many, since when, until when."""

    id: int
    code: str
    place: str
    team: str
    unit: int
    lab: int
    tubes: int
    oldest_at: datetime
    use_by_at: datetime


def sessions_waiting_to_send(
    *, by: Actor, at: datetime, after: tuple[datetime, int] | None = None, limit: int = 50
) -> list[WaitingSession]:
    """Sessions here with tubes not yet sent, the one whose tube must be tested first at the top.

    `after` is the key of the last of the page before: its nearest use-by and its id.
    """
    use_by, last = after or (None, None)
    return [
        WaitingSession(*line)
        for line in sql.rows(
            f"""
            SELECT s.id, s.code, s.place, s.team, s.unit_id, s.lab_id, count(*),
                   min(t.first_swab_at), min(t.use_by_at)
            FROM sampling_session s JOIN sampling_tube t ON t.session_id = s.id
            WHERE {_WAITING}
            GROUP BY s.id
            HAVING %(use_by)s::timestamptz IS NULL
                OR (min(t.use_by_at), s.id) > (%(use_by)s, %(last)s)
            ORDER BY min(t.use_by_at), s.id LIMIT %(limit)s
            """,
            _here(by, "sampling.dispatch")
            | {"at": at, "use_by": use_by, "last": last, "limit": limit},
        )
    ]


@dataclass(frozen=True, slots=True)
class TubeWaiting:
    """A tube nobody has sent yet."""

    id: int
    code: str
    swabs: int
    tube_class: str
    first_swab_at: datetime
    use_by_at: datetime
    kept: str
    session: int
    place: str


def tubes_waiting_to_send(
    *,
    by: Actor,
    at: datetime,
    session_id: int | None = None,
    after: tuple[datetime, int] | None = None,
    limit: int = 100,
) -> list[TubeWaiting]:
    """Tubes here not yet sent, nearest use-by first; of one session where it is named.

    `after` is the key of the last of the page before. `kept`: how it was last noted to be kept.
    """
    use_by, last = after or (None, None)
    return [
        TubeWaiting(*line)
        for line in sql.rows(
            f"""
            SELECT t.id, t.code, t.swabs, t.tube_class, t.first_swab_at, t.use_by_at,
                   coalesce((SELECT k.kind FROM sampling_storage k WHERE k.tube_id = t.id
                             ORDER BY k.stored_at DESC LIMIT 1), ''), s.id, s.place
            FROM sampling_tube t JOIN sampling_session s ON s.id = t.session_id
            WHERE {_WAITING} AND (%(session)s::int IS NULL OR s.id = %(session)s)
              AND (%(use_by)s::timestamptz IS NULL OR (t.use_by_at, t.id) > (%(use_by)s, %(last)s))
            ORDER BY t.use_by_at, t.id LIMIT %(limit)s
            """,
            _here(by, "sampling.dispatch")
            | {"at": at, "session": session_id, "use_by": use_by, "last": last, "limit": limit},
        )
    ]


def tubes_to_pack(codes: Sequence[str], *, by: Actor) -> dict[str, TubeToPack]:
    """Tubes in use here by their codes, as somebody who packs a box finds them."""
    return {
        line[0]: TubeToPack(*line[1:])
        for line in sql.rows(
            f"""
            SELECT t.code, t.lab_id, m.id, coalesce(t.lost_at, t.expired_at) IS NOT NULL,
                   {_ARRIVED}, t.use_by_at, {_TESTED}, coalesce(m.code, '')
            FROM sampling_tube t LEFT JOIN sampling_manifest m ON m.id = t.manifest_id
            WHERE t.code = ANY(%(codes)s) AND t.swabs > 0
              AND (%(all)s OR t.unit_id = ANY(%(units)s))
            ORDER BY t.code, t.scheme_id
            """,
            _here(by, "sampling.dispatch") | {"codes": list(codes)},
        )
    }


RECEIVED_HERE = """
EXISTS (SELECT 1 FROM sampling_custody a
        WHERE a.tube_id = c.tube_id AND a.step = 'received' AND a.lab_id = m.lab_id
          AND (a.manifest_id = m.id OR (a.manifest_id IS NULL AND m.from_lab_id IS NULL)))
"""
"""That a tube sent (`c`) in a box (`m`) reached its laboratory; the list may have come after it."""


@dataclass(frozen=True, slots=True)
class BoxSent:
    """A box with what is written on it, and what came of its tubes so far.

    `holder` has it, `since` when: who took it last on its way. Of `sent` tubes `received` reached the
    laboratory, `gone` were lost or expired before.
    """

    id: int
    code: str
    unit: int
    from_lab: int | None
    lab: int
    sent_at: datetime
    giver: str
    taker: str
    seal: str
    temperature: Decimal | None
    closed_at: datetime | None
    sent: int
    received: int
    gone: int
    holder: str
    since: datetime


_BOX = f"""
SELECT m.id, m.code, m.unit_id, m.from_lab_id, m.lab_id, m.sent_at, m.giver, m.taker, m.seal,
       m.temperature, m.closed_at, n.sent, n.received, n.gone,
       coalesce(h.taker, nullif(m.taker, ''), m.giver), coalesce(h.handed_at, m.sent_at)
FROM sampling_manifest m
CROSS JOIN LATERAL (
    SELECT count(*) AS sent, count(*) FILTER (WHERE r.come) AS received,
           count(*) FILTER (WHERE NOT r.come
                            AND coalesce(t.lost_at, t.expired_at) IS NOT NULL) AS gone
    FROM sampling_custody c JOIN sampling_tube t ON t.id = c.tube_id
    CROSS JOIN LATERAL (SELECT {RECEIVED_HERE} AS come) r
    WHERE c.manifest_id = m.id AND c.step = 'sent'
) n
LEFT JOIN LATERAL (
    SELECT c.taker, c.handed_at FROM sampling_tube t
    JOIN sampling_custody c ON c.tube_id = t.id AND c.step = 'carried' AND c.manifest_id = m.id
    WHERE t.manifest_id = m.id ORDER BY c.handed_at DESC, c.id DESC LIMIT 1
) h ON true
"""


def boxes_sent(
    *, by: Actor, before: tuple[datetime, int] | None = None, limit: int = 50
) -> list[BoxSent]:
    """Boxes sent from here, the last first; `before` is the key of the last of the page before."""
    sent_at, last = before or (None, None)
    return [
        BoxSent(*line)
        for line in sql.rows(
            f"""
            {_BOX} WHERE m.id = ANY(ARRAY(
                SELECT id FROM sampling_manifest
                WHERE from_lab_id IS NULL AND (%(all)s OR unit_id = ANY(%(units)s))
                  AND (%(sent)s::timestamptz IS NULL OR (sent_at, id) < (%(sent)s, %(last)s))
                ORDER BY sent_at DESC, id DESC LIMIT %(limit)s))
            ORDER BY m.sent_at DESC, m.id DESC
            """,
            _here(by, "sampling.read") | {"sent": sent_at, "last": last, "limit": limit},
        )
    ]


def box_sent(code: str, *, by: Actor) -> BoxSent:
    """One box, for whoever sees where it came from or goes to. Raises `NotFound` for all others."""
    return BoxSent(*_one_box(_BOX, code, by))


def _one_box(selected: str, code: str, by: Actor) -> tuple[Any, ...]:
    """What is selected of the box `m` of this code, for those who see it."""
    seen = seen_by(by)
    found = sql.row(f"{selected} WHERE m.code = %(code)s AND {BOX_SEEN}", seen | {"code": code})
    if found is None:
        raise NotFound(f"box {code}")
    return found


def _id_and_lab(code: str, by: Actor) -> tuple[int, int]:
    """The id of a box and where it goes, without counting what came of its tubes."""
    found = _one_box("SELECT m.id, m.lab_id FROM sampling_manifest m", code, by)
    return found[0], found[1]


@dataclass(frozen=True, slots=True)
class Hand:
    """A box's step from one pair of hands into the next, with how many of its tubes."""

    step: str
    handed_at: datetime
    giver: str
    taker: str
    seal: str
    temperature: Decimal | None
    tubes: int


def hands_of_box(code: str, *, by: Actor) -> list[Hand]:
    """The way of a box, in order of time: packed, handed over, received in one or several goes."""
    box, lab = _id_and_lab(code, by)
    return [
        Hand(*line)
        for line in sql.rows(
            """
            SELECT c.step, min(c.handed_at) AS begun, c.giver, c.taker, c.seal, c.temperature,
                   count(*)
            FROM sampling_custody b JOIN sampling_custody c ON c.tube_id = b.tube_id
            WHERE b.manifest_id = %(box)s AND b.step = 'sent'
              AND (c.manifest_id = %(box)s
                   OR (c.manifest_id IS NULL AND c.step = 'received' AND c.lab_id = %(lab)s))
            GROUP BY c.step, c.giver, c.taker, c.seal, c.temperature,
                     CASE WHEN c.step = 'received' THEN NULL ELSE c.handed_at END
            ORDER BY begun, CASE c.step WHEN 'sent' THEN 0 WHEN 'carried' THEN 1 ELSE 2 END
            """,
            {"box": box, "lab": lab},
        )
    ]


@dataclass(frozen=True, slots=True)
class BoxTube:
    """A tube on a box's list: what it holds, and what came of it: sent, received or gone."""

    code: str
    swabs: int
    tube_class: str
    use_by_at: datetime
    state: str


def tubes_in_box(
    code: str, *, by: Actor, after: str = "", limit: int | None = None
) -> list[BoxTube]:
    """The tubes on a box's list by code; `after` is the last code of the page before."""
    box, _ = _id_and_lab(code, by)
    return [
        BoxTube(*line)
        for line in sql.rows(
            f"""
            SELECT t.code, t.swabs, t.tube_class, t.use_by_at,
                   CASE WHEN {RECEIVED_HERE} THEN 'received'
                        WHEN t.lost_at IS NOT NULL THEN 'lost'
                        WHEN t.expired_at IS NOT NULL THEN 'past_use'
                        ELSE 'sent' END
            FROM sampling_custody c JOIN sampling_tube t ON t.id = c.tube_id
            JOIN sampling_manifest m ON m.id = c.manifest_id
            WHERE c.manifest_id = %(box)s AND c.step = 'sent' AND t.code > %(after)s
            ORDER BY t.code, t.id LIMIT %(limit)s
            """,
            {"box": box, "after": after, "limit": limit},
        )
    ]


def missing_from_box(code: str, *, by: Actor) -> list[str]:
    """The tubes on a box's list, however long, that neither reached the laboratory nor are gone."""
    box, _ = _id_and_lab(code, by)
    return [
        tube
        for (tube,) in sql.rows(
            f"""
            SELECT t.code
            FROM sampling_custody c JOIN sampling_tube t ON t.id = c.tube_id
            JOIN sampling_manifest m ON m.id = c.manifest_id
            WHERE c.manifest_id = %(box)s AND c.step = 'sent'
              AND coalesce(t.lost_at, t.expired_at) IS NULL AND NOT {RECEIVED_HERE}
            ORDER BY t.code, t.id
            """,
            {"box": box},
        )
    ]


def boxes_with_codes(codes: Sequence[str], *, by: Actor) -> dict[str, BoxSent]:
    """Boxes sent from here by their codes: which of those scanned may be handed over."""
    return {
        line[1]: BoxSent(*line)
        for line in sql.rows(
            f"{_BOX} WHERE m.code = ANY(%(codes)s) AND (%(all)s OR m.unit_id = ANY(%(units)s))",
            _here(by, "sampling.dispatch") | {"codes": list(codes)},
        )
    }


def is_box_code_taken(code: str, *, by: Actor) -> bool:
    """Whether a box of this code was ever sent, from anywhere: another one cannot be called so."""
    by.must("sampling.dispatch")
    return bool(sql.row("SELECT 1 FROM sampling_manifest WHERE code = %s", (code,)))
