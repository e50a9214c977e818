"""What is known of sessions, tubes and swabs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.errors import NotFound
from som.places import queries as places
from som.sampling.lists import UNITS_ENDED_ON, Names, Residence


@dataclass(frozen=True, slots=True)
class TubeRow:
    """A tube as laboratories see it: no person."""

    id: int
    code: str
    swabs: int
    tube_class: str
    first_swab_at: datetime | None
    use_by_at: datetime | None
    lab: int
    session: int
    manifest: int | None
    closed: bool


_TUBE = (
    "t.id, t.code, t.swabs, t.tube_class, t.first_swab_at, t.use_by_at, t.lab_id, t.session_id,"
    " t.manifest_id, coalesce(t.lost_at, t.expired_at) IS NOT NULL"
)


def tubes_with_codes(codes: Sequence[str], *, lab: int | None = None) -> dict[str, list[TubeRow]]:
    """Tubes in use by code; with `lab`, those addressed to it where a code is several issuers'."""
    found: dict[str, list[TubeRow]] = {}
    for line in sql.rows(
        f"SELECT {_TUBE} FROM sampling_tube t WHERE t.code = ANY(%s) AND t.swabs > 0 ORDER BY t.id",
        (list(codes),),
    ):
        tube = TubeRow(*line)
        found.setdefault(tube.code, []).append(tube)
    if lab is not None:
        for code, tubes in found.items():
            if len(tubes) > 1:
                found[code] = [t for t in tubes if t.lab == lab] or tubes
    return found


@dataclass(frozen=True, slots=True)
class SwabRow:
    """A swab as a release of results needs it: who, where, and whom to tell."""

    id: int
    tube: int
    person: int
    unit: int
    residence: int | None
    planned_by: int
    """The unit whose campaign it was: the CDC's, as a rule."""
    slip: str
    name: str
    phone: str
    taken_at: datetime
    due_at: datetime

    @property
    def answerable(self) -> tuple[int, ...]:
        """The units that answer for what is known of this swab."""
        return tuple(dict.fromkeys(u for u in (self.unit, self.residence) if u is not None))

    @property
    def told(self) -> tuple[int, ...]:
        """The units that must hear of a positive at once."""
        return tuple(dict.fromkeys((*self.answerable, self.planned_by)))


_SWABS = """
SELECT w.id, w.tube_id, w.person_id, w.unit_id, w.residence_id, c.unit_id, w.slip, w.name, w.phone,
       w.taken_at, w.due_at
FROM sampling_swab w
JOIN sampling_session s ON s.id = w.session_id JOIN sampling_campaign c ON c.id = s.campaign_id
"""


def swabs_in_tubes(tube_ids: Sequence[int]) -> list[SwabRow]:
    """The swabs in these tubes, for a command inside its own scope and audit."""
    return [
        SwabRow(*line)
        for line in sql.rows(
            _SWABS + " WHERE w.tube_id = ANY(%s) ORDER BY w.id",
            (list(tube_ids),),
        )
    ]


@dataclass(frozen=True, slots=True)
class RequestRow:
    """An open test request as the team that must answer it sees it."""

    id: int
    person: int
    name: str
    unit: int
    reason: str
    single: bool
    due_at: datetime


_ASKED = "r.ended_at IS NULL AND (%s OR r.unit_id = ANY(%s))"


def open_requests_by_lateness(*, by: Actor, at: datetime) -> dict[bool, int]:
    """How many people are asked for here and not yet swabbed: late, and not late."""
    with scope.entered(by, "sampling.read") as units:
        return dict(
            sql.rows(
                f"SELECT r.due_at < %s, count(*) FROM sampling_testrequest r WHERE {_ASKED}"
                " GROUP BY 1",
                (at, units is None, sorted(units or ())),
            )
        )


def open_requests(*, by: Actor, at: datetime, limit: int = 500) -> list[RequestRow]:
    """The people asked for here and not yet swabbed, due first."""
    with scope.entered(by, "sampling.read") as units:
        found = [
            RequestRow(*line)
            for line in sql.rows(
                f"""
                SELECT r.id, r.person_id, p.name, r.unit_id, r.reason, r.single, r.due_at
                FROM sampling_testrequest r JOIN people_person p ON p.id = r.person_id
                WHERE {_ASKED}
                ORDER BY r.due_at, r.id LIMIT %s
                """,
                (units is None, sorted(units or ()), limit),
            )
        ]
        audit.record(
            by, "sampling.open_requests", at=at, persons=[r.person for r in found], kind=audit.READ
        )
    return found


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


_SESSION = """
SELECT s.id, s.code, c.name, s.unit_id, s.lab_id, s.place, s.team, s.starts_at, s.closed_at,
       t.tubes, t.people, t.pools, t.sent, t.closed
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
    *, by: Actor, before: tuple[datetime, int] | None = None, limit: int = 50
) -> list[SessionRow]:
    """Sessions of the actor's units, newest first; `before` is the last page's last key."""
    by.must("sampling.read")
    units = by.units_for("sampling.read")
    started, last = before or (None, None)
    return [
        SessionRow(*line)
        for line in sql.rows(
            _SESSION
            + """
            WHERE (%(all)s OR s.unit_id = ANY(%(units)s))
              AND (%(started)s::timestamptz IS NULL
                   OR (s.starts_at, s.id) < (%(started)s, %(last)s))
            ORDER BY s.starts_at DESC, s.id DESC LIMIT %(limit)s
            """,
            {
                "all": units is None,
                "units": sorted(units or ()),
                "started": started,
                "last": last,
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
    """A tube of a session, and how far it has come here."""

    id: int
    code: str
    swabs: int
    tube_class: str
    first_swab_at: datetime
    use_by_at: datetime
    manifest: str | None
    closing_reason: str


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
                   t.closing_reason
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


def residences_named(names: Iterable[Names], *, on: date) -> dict[Names, Residence]:
    """What the units that a sampling list names are on this day.

    Names of today are taken as they are; names as before July 2025 are carried along the lineage. A
    unit that was divided means none of its parts: nothing is guessed.
    """
    asked = list(dict.fromkeys(names))
    today = places.units_named(asked, on)
    former = places.units_named([n for n in asked if n not in today], min(on, UNITS_ENDED_ON))
    carried = places.carried(former.values(), on)
    found = {name: Residence(unit) for name, unit in today.items()}
    for name, unit in former.items():
        here = carried[unit]
        found[name] = Residence(here.unit_id, divided=here.unit_id is None)
    return found
