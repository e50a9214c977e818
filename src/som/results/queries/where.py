"""Where is this sample? Its way, station by station: who, when, what is next and by when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from som.kernel import audit, ids, scope, sql
from som.kernel.actors import Actor
from som.kernel.errors import NotAllowed


class StationKind(StrEnum):
    """The stations of a sample's way, in their order."""

    TAKEN = "taken"
    SENT = "sent"
    RECEIVED = "received"
    POOLED = "pooled"
    LOADED = "loaded"
    READ = "read"
    RELEASED = "released"
    ASKED_AGAIN = "asked_again"
    LOST = "lost"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Station:
    """A station a sample has passed: when, where or in what, through whom, with what outcome."""

    kind: StationKind
    at: datetime
    what: str
    who: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """The way of one tube. `due_at` is the promise of its earliest swab; `next` what comes now."""

    tube: str
    swabs: int
    tube_class: str
    due_at: datetime | None
    use_by_at: datetime
    next: StationKind | None
    run: int | None
    session: int
    stations: Sequence[Station] = field(default_factory=tuple)


def where_is(code: str, *, by: Actor, at: datetime) -> list[Way]:
    """The ways of the tubes this code may mean: a tube's code, or the slip of somebody in it.

    For whoever sees the tube's unit or a laboratory it went to; empty for all others, and for a
    code nobody knows, alike. Shows no name.
    """
    sees_units, sees_labs = by.may("sampling.read"), by.may("lab.see")
    if not (sees_units or sees_labs):
        raise NotAllowed("sampling.read")
    tubes: list[int] = []
    slip = ids.slip_code(code)
    if slip is not None and sees_units:
        with scope.entered(by, "sampling.read"):
            found = sql.rows(
                "SELECT tube_id, person_id FROM sampling_swab WHERE slip = %s", (slip,)
            )
            audit.record(
                by, "results.where_is", at=at, persons=[line[1] for line in found], kind=audit.READ
            )
        tubes = [line[0] for line in found]
    units = by.units_for("sampling.read")
    labs = by.organisations_for("lab.see")
    rows = sql.rows(
        _TUBES,
        {
            "tubes": tubes,
            "code": code.strip().upper(),
            "all_units": units is None,
            "units": sorted(units or ()),
            "all_labs": labs is None,
            "labs": sorted(labs or ()),
        },
    )
    ways = []
    for line in rows:
        stations = _stations(line[0])
        ways.append(
            Way(
                tube=line[1],
                swabs=line[2],
                tube_class=line[3],
                due_at=line[4],
                use_by_at=line[5],
                next=_next(stations, tube=line[1], swabs=line[2]),
                run=line[6],
                session=line[7],
                stations=stations,
            )
        )
    return ways


_TUBES = """
SELECT t.id, t.code, t.swabs, t.tube_class,
       t.first_swab_at + make_interval(hours => c.promise_hours), t.use_by_at,
       (SELECT v.run_id FROM lab_load l JOIN lab_verdict v ON v.load_id = l.id
        WHERE l.tube_id = t.id ORDER BY v.id DESC LIMIT 1),
       t.session_id
FROM sampling_tube t
JOIN sampling_session s ON s.id = t.session_id JOIN sampling_campaign c ON c.id = s.campaign_id
WHERE t.swabs > 0 AND (
    t.id = ANY(%(tubes)s)
    OR (t.code = %(code)s AND (
        %(all_units)s OR t.unit_id = ANY(%(units)s) OR %(all_labs)s OR t.lab_id = ANY(%(labs)s)
        OR EXISTS (SELECT 1 FROM lab_reception r
                   WHERE r.tube_id = t.id AND r.lab_id = ANY(%(labs)s)))))
ORDER BY t.id LIMIT 20
"""

_STATIONS = """
WITH tube AS (SELECT * FROM sampling_tube WHERE id = %(tube)s),
loads AS (
    SELECT l.id, l.kind, l.sample, l.loaded_at, l.loaded_by, p.code AS plate
    FROM lab_load l JOIN lab_plate p ON p.id = l.plate_id
    WHERE l.tube_id = %(tube)s
       OR l.pool_id = (SELECT pool_id FROM lab_member WHERE tube_id = %(tube)s)
), verdicts AS (
    SELECT v.id, v.value, v.run_id, r.read_at, r.read_by, l.sample, r.instrument
    FROM lab_verdict v JOIN loads l ON l.id = v.load_id JOIN lab_run r ON r.id = v.run_id
)
SELECT 1, 'taken', t.first_swab_at, s.place, s.team, '' FROM tube t
  JOIN sampling_session s ON s.id = t.session_id
UNION ALL
SELECT 2, 'sent', m.sent_at, m.code, m.giver, '' FROM tube t
  JOIN sampling_manifest m ON m.id = t.manifest_id
UNION ALL
SELECT 3, 'received', r.received_at, o.name, r.received_by, '' FROM lab_reception r
  JOIN places_organisation o ON o.id = r.lab_id WHERE r.tube_id = %(tube)s
UNION ALL
SELECT 4, 'pooled', p.made_at, p.code, p.made_by, '' FROM lab_member m
  JOIN lab_pool p ON p.id = m.pool_id WHERE m.tube_id = %(tube)s
UNION ALL
SELECT 5, 'loaded', l.loaded_at, l.plate, l.loaded_by, l.kind FROM loads l
UNION ALL
SELECT 6, 'read', v.read_at, v.sample, v.read_by, v.value FROM verdicts v
UNION ALL
SELECT 7, 'released', e.released_at, v.sample, e.released_by, v.value FROM verdicts v
  JOIN results_release e ON e.verdict_id = v.id
UNION ALL
SELECT 8, 'lost', t.lost_at, t.closing_reason, array_to_string(t.closed_by, ', '), ''
  FROM tube t WHERE t.lost_at IS NOT NULL
UNION ALL
SELECT 8, 'expired', t.expired_at, '', '', '' FROM tube t WHERE t.expired_at IS NOT NULL
ORDER BY 3, 1
"""


def _stations(tube: int) -> list[Station]:
    return [
        Station(StationKind(line[1]), *line[2:]) for line in sql.rows(_STATIONS, {"tube": tube})
    ]


def _next(stations: Sequence[Station], *, tube: str, swabs: int) -> StationKind | None:
    """What a sample must come to next; None when its way has ended."""
    last = stations[-1]
    match last.kind:
        case StationKind.TAKEN:
            return StationKind.SENT
        case StationKind.SENT:
            return StationKind.RECEIVED
        case StationKind.RECEIVED | StationKind.POOLED:
            return StationKind.LOADED
        case StationKind.LOADED:
            return StationKind.READ
        case StationKind.READ:
            return StationKind.LOADED if last.value == "invalid" else StationKind.RELEASED
        case StationKind.RELEASED:
            return _after_release(last, tube=tube, swabs=swabs)
        case _:
            return StationKind.ASKED_AGAIN


def _after_release(last: Station, *, tube: str, swabs: int) -> StationKind | None:
    """A negative, and a positive of one person, end the way; other pools and doubts do not."""
    if last.value == "negative" or (last.value == "positive" and swabs == 1 and last.what == tube):
        return None
    pooled_here = last.what != tube
    return StationKind.LOADED if pooled_here else StationKind.ASKED_AGAIN
