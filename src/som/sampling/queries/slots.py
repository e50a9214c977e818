"""The slots of sessions, who comes in which, and who has no time yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.places.rules import hamlet_order
from som.sampling.queries.sessions import session
from som.sampling.rules import Waiting, home_in

MOST_PRINTED = 5_000
"""People on one printed list: more than come to any place in a day."""

HamletKey = tuple[int, tuple[tuple[int, int, str], ...]]
"""What one hamlet is known by, however it is written: its commune, and its place among its hamlets."""


def _key(unit: int, hamlet: str) -> HamletKey:
    return unit, hamlet_order(hamlet)


@dataclass(frozen=True, slots=True)
class AskedFor:
    """Somebody who is asked for, and their time if they have one.

    `sessions`: in which of the sessions asked about they may be swabbed. `stands`: their slot is not
    over, and its session is not closed.
    """

    request: int
    person: int
    unit: int
    address: str
    phone: str
    birth_year: int | None
    apart: bool
    slot: int | None
    slot_session: int | None
    stands: bool
    sessions: frozenset[int]

    def slot_in(self, session_id: int) -> int | None:
        """Their slot in this session, unless it is over."""
        return self.slot if self.stands and self.slot_session == session_id else None

    def waiting(self, session_id: int) -> Waiting:
        """What matters for when they come to this session."""
        return Waiting(
            self.request,
            self.unit,
            self.address,
            self.phone,
            self.birth_year,
            self.apart,
            self.slot_in(session_id),
        )


_HOME = """
LEFT JOIN LATERAL (
    SELECT w.unit_id, w.text FROM people_whereabouts w
    WHERE w.person_id = r.person_id AND w.kind = 'residence'
    ORDER BY w.as_of DESC, w.id DESC LIMIT 1
) w ON true
"""

_BORN = "coalesce(extract(year FROM p.birth_date)::int, p.birth_year)"


def people_asked(
    requests: Sequence[int], *, sessions: Sequence[int], at: datetime
) -> dict[int, AskedFor]:
    """Those of these requests that are open, and whoever has a time in these sessions, by request.

    For a command inside its own scope and audit.
    """
    return {
        line[0]: AskedFor(*[*line[:-1], frozenset(line[-1])])
        for line in sql.rows(
            f"""
            SELECT r.id, r.person_id, coalesce(w.unit_id, r.unit_id), coalesce(w.text, ''), p.phone,
                   {_BORN}, r.single, a.slot_id, z.session_id,
                   coalesce(z.ends_at > %(at)s AND n.closed_at IS NULL, false),
                   ARRAY(SELECT s.id FROM sampling_session s
                         JOIN places_coverage v ON v.unit_id = s.unit_id
                         WHERE s.id = ANY(%(sessions)s) AND s.campaign_id = r.campaign_id
                           AND v.covered_id = r.unit_id)
            FROM (
                SELECT unnest(%(requests)s::bigint[]) AS id
                UNION
                SELECT a.request_id FROM sampling_slot z
                JOIN sampling_appointment a ON a.slot_id = z.id
                WHERE z.session_id = ANY(%(sessions)s)
            ) g
            JOIN sampling_testrequest r ON r.id = g.id AND r.ended_at IS NULL
            JOIN people_person p ON p.id = r.person_id
            {_HOME}
            LEFT JOIN sampling_appointment a ON a.request_id = r.id
            LEFT JOIN sampling_slot z ON z.id = a.slot_id
            LEFT JOIN sampling_session n ON n.id = z.session_id
            """,
            {"at": at, "sessions": list(sessions), "requests": list(requests)},
        )
    }


@dataclass(frozen=True, slots=True)
class SlotRow:
    """A slot of a session: its places, how many people were given one, how many of them came."""

    id: int
    starts_at: datetime
    ends_at: datetime
    places: int
    given: int
    came: int

    @property
    def left(self) -> int:
        return max(0, self.places - self.given)


def slots_of_session(session_id: int, *, by: Actor) -> list[SlotRow]:
    """The slots of a session in their order. Raises `NotFound` outside the actor's units."""
    session(session_id, by=by)
    with scope.entered(by, "sampling.read"):
        return [
            SlotRow(*line)
            for line in sql.rows(
                f"""
                SELECT z.id, z.starts_at, z.ends_at, z.places, count(r.id),
                       count(r.id) FILTER (WHERE {_TIMES["came"]})
                FROM sampling_slot z
                LEFT JOIN sampling_appointment a ON a.slot_id = z.id
                LEFT JOIN sampling_testrequest r ON r.id = a.request_id AND {_TIMES["given"]}
                WHERE z.session_id = %s GROUP BY z.id ORDER BY z.starts_at
                """,
                (session_id,),
            )
        ]


CAME = """(r.ended_as = 'swabbed' AND EXISTS (
    SELECT 1 FROM sampling_swab w WHERE w.id = r.swab_id AND w.session_id = z.session_id))"""
"""Whether whoever is asked for by request `r`, with a time in slot `z`, came: was swabbed in its
session, at whatever time."""

RECKONED = f"(r.ended_at IS NULL OR {CAME})"
"""Whether they take up a place there: not whoever was swabbed elsewhere or is asked for no more."""

_TIMES = {
    "given": RECKONED,
    "came": CAME,
    "awaited": "r.ended_at IS NULL",
    "changed": """r.ended_at IS NULL AND a.given_at > (
        SELECT s.times_printed_at FROM sampling_session s WHERE s.id = z.session_id)""",
}
"""Which part of the list of people with a time each count opens: one condition for both."""


@dataclass(frozen=True, slots=True)
class SlotPerson:
    """Somebody with a time in a session, or still without one; the hamlet as their address says."""

    request: int
    person: int
    name: str
    sex: str | None
    birth_year: int | None
    unit: int
    address: str
    starts_at: datetime | None
    ends_at: datetime | None
    came: bool

    @property
    def hamlet(self) -> str:
        return home_in(self.address).hamlet

    @property
    def hamlet_key(self) -> HamletKey:
        return _key(self.unit, self.hamlet)


def people_with_times(
    session_id: int,
    *,
    by: Actor,
    at: datetime,
    part: str = "given",
    slot: int | None = None,
    after: tuple[datetime, int] | None = None,
    limit: int = 100,
) -> list[SlotPerson]:
    """Who has a time in a session, by their slots; `after` is the last page's last key.

    `part`: given, came, awaited, or changed since the list was printed; `slot` takes one slot's
    people alone. The reading is noted.
    """
    session(session_id, by=by)
    starts, last = after or (None, None)
    with scope.entered(by, "sampling.read"):
        found = [
            SlotPerson(*line)
            for line in sql.rows(
                f"""
                SELECT r.id, r.person_id, p.name, p.sex, {_BORN}, coalesce(w.unit_id, r.unit_id),
                       coalesce(w.text, ''), z.starts_at, z.ends_at, {_TIMES["came"]}
                FROM sampling_slot z
                JOIN sampling_appointment a ON a.slot_id = z.id
                JOIN sampling_testrequest r ON r.id = a.request_id
                JOIN people_person p ON p.id = r.person_id
                {_HOME}
                WHERE z.session_id = %(session)s AND {_TIMES[part]}
                  AND (%(slot)s::bigint IS NULL OR z.id = %(slot)s)
                  AND (%(starts)s::timestamptz IS NULL
                       OR (z.starts_at, r.id) > (%(starts)s, %(last)s))
                ORDER BY z.starts_at, r.id LIMIT %(limit)s
                """,
                {
                    "session": session_id,
                    "slot": slot,
                    "starts": starts,
                    "last": last,
                    "limit": limit,
                },
            )
        ]
        audit.record(
            by,
            "sampling.people_with_times",
            at=at,
            persons=[one.person for one in found],
            kind=audit.READ,
        )
    return found


_UNTIMED = """
FROM sampling_session s
JOIN places_coverage v ON v.unit_id = s.unit_id
JOIN sampling_testrequest r
    ON r.unit_id = v.covered_id AND r.campaign_id = s.campaign_id AND r.ended_at IS NULL
JOIN people_person p ON p.id = r.person_id
"""
# A time that is over, of somebody who did not come, is none.
_NO_TIME = """
NOT EXISTS (
    SELECT 1 FROM sampling_appointment a JOIN sampling_slot z ON z.id = a.slot_id
    JOIN sampling_session n ON n.id = z.session_id
    WHERE a.request_id = r.id AND z.ends_at > %(at)s AND n.closed_at IS NULL)
"""


@dataclass(frozen=True, slots=True)
class HamletWaiting:
    """How many people of a commune's hamlet a session's campaign asks for who have no time yet."""

    unit: int
    hamlet: str
    people: int


def number_without_times(session_id: int, *, by: Actor, at: datetime) -> int:
    """How many could be called to a session and have no time yet."""
    session(session_id, by=by)
    with scope.entered(by, "sampling.read"):
        return int(
            sql.rows(
                f"SELECT count(*) {_UNTIMED} WHERE s.id = %(session)s AND {_NO_TIME}",
                {"session": session_id, "at": at},
            )[0][0]
        )


def hamlets_without_times(session_id: int, *, by: Actor, at: datetime) -> list[HamletWaiting]:
    """The hamlets of those who could be called to a session and have no time yet, in their order.

    Hamlets of one name in two communes are two.
    """
    session(session_id, by=by)
    with scope.entered(by, "sampling.read"):
        addresses = sql.rows(
            f"""
            SELECT coalesce(w.unit_id, r.unit_id), coalesce(w.text, ''), count(*)
            {_UNTIMED} {_HOME}
            WHERE s.id = %(session)s AND {_NO_TIME} GROUP BY 1, 2
            """,
            {"session": session_id, "at": at},
        )
    # One hamlet is written in several ways: the commonest stands for all.
    merged: dict[HamletKey, Counter[str]] = {}
    for unit, address, people in addresses:
        hamlet = home_in(address).hamlet
        merged.setdefault(_key(unit, hamlet), Counter())[hamlet] += people
    return [
        HamletWaiting(key[0], ways.most_common(1)[0][0], ways.total())
        for key, ways in sorted(merged.items(), key=lambda one: one[0])
    ]


def requests_without_times(
    session_id: int,
    *,
    by: Actor,
    at: datetime,
    hamlets: Collection[tuple[int, str]] | None = None,
) -> list[int]:
    """The requests that could be called to a session, by list: of these hamlets (None: of all), each
    said by its commune and its name."""
    wanted = None if hamlets is None else {_key(*one) for one in hamlets}
    session(session_id, by=by)
    with scope.entered(by, "sampling.read"):
        found = sql.rows(
            f"""
            SELECT r.id, coalesce(w.unit_id, r.unit_id), coalesce(w.text, '') {_UNTIMED} {_HOME}
            WHERE s.id = %(session)s AND {_NO_TIME} ORDER BY r.id
            """,
            {"session": session_id, "at": at},
        )
    return [
        request
        for request, unit, address in found
        if wanted is None or _key(unit, home_in(address).hamlet) in wanted
    ]


def people_without_times(
    session_id: int, *, by: Actor, at: datetime, after: int = 0, limit: int = 100
) -> list[SlotPerson]:
    """Who could be called to a session and has no time yet, as they stand on the list.

    `after` is the last page's last request. The reading is noted.
    """
    session(session_id, by=by)
    with scope.entered(by, "sampling.read"):
        found = [
            SlotPerson(*line)
            for line in sql.rows(
                f"""
                SELECT r.id, r.person_id, p.name, p.sex, {_BORN}, coalesce(w.unit_id, r.unit_id),
                       coalesce(w.text, ''), NULL, NULL, false
                {_UNTIMED} {_HOME}
                WHERE s.id = %(session)s AND {_NO_TIME} AND r.id > %(after)s
                ORDER BY r.id LIMIT %(limit)s
                """,
                {"session": session_id, "at": at, "after": after, "limit": limit},
            )
        ]
        audit.record(
            by,
            "sampling.people_without_times",
            at=at,
            persons=[one.person for one in found],
            kind=audit.READ,
        )
    return found
