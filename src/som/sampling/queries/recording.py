"""What a page needs that records swabs one by one: sessions to choose from, cards, the tube in hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from som.kernel import scope, sql
from som.kernel.actors import Actor
from som.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class RecordingSession:
    """A session into which this actor records. `pool_size`: how many swabs a tube may hold."""

    id: int
    code: str
    place: str
    team: str
    campaign: str
    unit: int
    starts_at: datetime
    pool_size: int
    people: int


_SESSION = """
SELECT s.id, s.code, s.place, s.team, c.name, s.unit_id, s.starts_at, c.pool_size,
       (SELECT coalesce(sum(t.swabs), 0) FROM sampling_tube t WHERE t.session_id = s.id)
FROM sampling_session s JOIN sampling_campaign c ON c.id = s.campaign_id
WHERE s.closed_at IS NULL AND (%(all)s OR s.unit_id = ANY(%(units)s))
"""


def sessions_to_record(*, by: Actor, limit: int = 50) -> list[RecordingSession]:
    """The open sessions of the units where this actor records swabs, newest first."""
    return _sessions("ORDER BY s.starts_at DESC, s.id DESC LIMIT %(key)s", limit, by=by)


def session_to_record(session_id: int, *, by: Actor) -> RecordingSession:
    """One open session. Raises `NotFound` outside the actor's units, and once it is closed."""
    found = _sessions("AND s.id = %(key)s", session_id, by=by)
    if not found:
        raise NotFound(f"session {session_id}")
    return found[0]


def _sessions(which: str, key: int, *, by: Actor) -> list[RecordingSession]:
    by.must("sampling.record")
    units = by.units_for("sampling.record")
    asked = {"all": units is None, "units": sorted(units or ()), "key": key}
    return [RecordingSession(*line) for line in sql.rows(f"{_SESSION} {which}", asked)]


def slips_of_cards(serials: Iterable[int], *, by: Actor) -> dict[int, str]:
    """The slips printed with these walk-in cards, as far as they were issued to the actor's units.

    For the page that records: whoever has a slip opens its result, so it is shown to nobody.
    """
    with scope.entered(by, "sampling.record"):
        return dict(
            sql.rows("SELECT serial, slip FROM sampling_card WHERE serial = ANY(%s)", ([*serials],))
        )


def swabs_in_tube(code: str, session_id: int, *, by: Actor) -> int:
    """How many swabs a tube of a session of the actor's units holds; 0 for any other."""
    by.must("sampling.record")
    units = by.units_for("sampling.record")
    found = sql.row(
        "SELECT swabs FROM sampling_tube WHERE code = %s AND session_id = %s"
        " AND (%s OR unit_id = ANY(%s)) ORDER BY swabs DESC LIMIT 1",
        (code, session_id, units is None, sorted(units or ())),
    )
    return int(found[0]) if found else 0
