"""Sessions and their tubes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from som.kernel import sql
from som.kernel.actors import Actor
from som.kernel.errors import NotFound
from som.sampling.rules import tubes_expected


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session with its counts."""

    id: int
    code: str
    campaign: str
    unit: int
    lab: int
    place: str
    team: str
    starts_at: datetime
    closed_at: datetime | None
    tubes: int
    people: int
    pools: int
    sent: int
    closed_tubes: int
    campaign_id: int
    ends_at: datetime | None
    expected: int | None
    site: int | None
    pool_size: int
    second_specimens: bool
    slots: bool
    times_printed_at: datetime | None
    times_changed_at: datetime | None

    @property
    def list_is_old(self) -> bool:
        """Whether people got, changed or lost their times after the list of them was printed."""
        if self.times_printed_at is None or self.times_changed_at is None:
            return False
        return self.times_changed_at > self.times_printed_at

    @property
    def tubes_expected(self) -> int | None:
        """How many tubes the people reckoned with will fill."""
        if self.expected is None:
            return None
        return tubes_expected(
            self.expected, pool_size=self.pool_size, second_specimens=self.second_specimens
        )


_SESSION = """
SELECT s.id, s.code, c.name, s.unit_id, s.lab_id, s.place, s.team, s.starts_at, s.closed_at,
       t.tubes, t.people, t.pools, t.sent, t.closed, s.campaign_id,
       s.ends_at, s.expected, s.site_id, c.pool_size, c.second_specimens,
       EXISTS (SELECT 1 FROM sampling_slot z WHERE z.session_id = s.id),
       s.times_printed_at, s.times_changed_at
FROM sampling_session s
JOIN sampling_campaign c ON c.id = s.campaign_id
CROSS JOIN LATERAL (
    SELECT count(*) AS tubes, coalesce(sum(t.swabs), 0) AS people,
           count(*) FILTER (WHERE t.swabs > 1) AS pools,
           count(t.manifest_id) AS sent,
           count(coalesce(t.lost_at, t.expired_at)) AS closed
    FROM sampling_tube t WHERE t.session_id = s.id
) t
"""


def sessions(
    *,
    by: Actor,
    before: tuple[datetime, int] | None = None,
    campaign_id: int | None = None,
    limit: int = 50,
) -> list[SessionRow]:
    """Sessions of the actor's units, newest first; `before` is the last page's last key."""
    by.must("sampling.read")
    units = by.units_for("sampling.read")
    started, last = before or (None, None)
    return [
        SessionRow(*line)
        for line in sql.rows(
            _SESSION
            # The page first: what is counted of each session would be counted of all of them.
            + """
            WHERE s.id = ANY(ARRAY(
                SELECT id FROM sampling_session
                WHERE (%(all)s OR unit_id = ANY(%(units)s))
                  AND (%(started)s::timestamptz IS NULL
                       OR (starts_at, id) < (%(started)s, %(last)s))
                  AND (%(campaign)s::int IS NULL OR campaign_id = %(campaign)s)
                ORDER BY starts_at DESC, id DESC LIMIT %(limit)s))
            ORDER BY s.starts_at DESC, s.id DESC
            """,
            {
                "all": units is None,
                "units": sorted(units or ()),
                "started": started,
                "last": last,
                "campaign": campaign_id,
                "limit": limit,
            },
        )
    ]


def open_sessions(*, by: Actor) -> int:
    """How many sessions of the actor's units are not closed."""
    by.must("sampling.read")
    units = by.units_for("sampling.read")
    return int(
        sql.rows(
            "SELECT count(*) FROM sampling_session"
            " WHERE closed_at IS NULL AND (%s OR unit_id = ANY(%s))",
            (units is None, sorted(units or ())),
        )[0][0]
    )


def session(session_id: int, *, by: Actor) -> SessionRow:
    """One session with its counts. Raises `NotFound` outside the actor's units."""
    by.must("sampling.read")
    units = by.units_for("sampling.read")
    found = sql.row(
        _SESSION + " WHERE s.id = %s AND (%s OR s.unit_id = ANY(%s))",
        (session_id, units is None, sorted(units or ())),
    )
    if found is None:
        raise NotFound(f"session {session_id}")
    return SessionRow(*found)


@dataclass(frozen=True, slots=True)
class SessionTubeRow:
    """A tube of a session, and how far it has come here.

    `tested`: "read" or "released" where it was tested on the spot, on a strip or in a cartridge.
    """

    id: int
    code: str
    swabs: int
    tube_class: str
    first_swab_at: datetime
    use_by_at: datetime
    manifest: str | None
    closing_reason: str
    tested: str


def tubes_of_session(
    session_id: int, *, by: Actor, after: str = "", only: str = "", limit: int = 100
) -> list[SessionTubeRow]:
    """Tubes of a session by code; `after` is the last page's last code.

    `only` takes those that one of the session's counts counts: pools, sent or closed.
    """
    session(session_id, by=by)
    return [
        SessionTubeRow(*line)
        for line in sql.rows(
            """
            SELECT t.id, t.code, t.swabs, t.tube_class, t.first_swab_at, t.use_by_at, m.code,
                   t.closing_reason,
                   CASE WHEN t.manifest_id IS NULL THEN coalesce(
                       (SELECT CASE WHEN v.open THEN 'read' ELSE 'released' END
                        FROM lab_load l JOIN lab_verdict v ON v.load_id = l.id
                        WHERE l.tube_id = t.id ORDER BY v.id DESC LIMIT 1), '') ELSE '' END
            FROM sampling_tube t LEFT JOIN sampling_manifest m ON m.id = t.manifest_id
            WHERE t.session_id = %(session)s AND t.code > %(after)s AND t.swabs > 0
              AND CASE %(only)s WHEN 'pools' THEN t.swabs > 1
                                WHEN 'sent' THEN t.manifest_id IS NOT NULL
                                WHEN 'closed' THEN coalesce(t.lost_at, t.expired_at) IS NOT NULL
                                ELSE true END
            ORDER BY t.code LIMIT %(limit)s
            """,
            {"session": session_id, "after": after, "only": only, "limit": limit},
        )
    ]
