"""Where is it? A tube's way, station by station: who, when, what is next and by when."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from som.access.queries import system_actor
from som.kernel import audit, ids, scope, sql
from som.kernel.actors import Actor
from som.results.queries.barriers import COVERED
from som.sampling.queries.sight import seen_by, tube_seen

_JOINTS = re.compile(r"[\s\-‐–.]+")
"""What people put between the groups of a code when they read it aloud or type it."""


class StationKind(StrEnum):
    """The stations of a sample's way, in their order."""

    TAKEN = "taken"
    SENT = "sent"
    RECEIVED = "received"
    POOLED = "pooled"
    LOADED = "loaded"
    READ = "read"
    RELEASED = "released"
    CORRECTED = "corrected"
    TAKEN_BACK = "taken_back"
    REFERRED = "referred"
    ASKED_AGAIN = "asked_again"
    LOST = "lost"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Station:
    """A station a sample has passed: when, where or in what, through whom, with what outcome.

    Of what was loaded without a plate, `value` is the method: a strip is named by its kit. Of a
    correction `was` is what had been said before, and `reason` why that was wrong.
    """

    kind: StationKind
    at: datetime
    what: str
    who: str
    value: str = ""
    was: str = ""
    reason: str = ""


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
    recall: int | None
    stations: Sequence[Station] = field(default_factory=tuple)


def where_is(code: str, *, by: Actor, at: datetime) -> list[Way]:
    """The ways of the tubes this code may mean: a tube's, a pool's, somebody's slip or walk-in card.

    For whoever sees the tube's unit or a laboratory it went to; empty for all others, and for a
    code nobody knows, alike. Shows no name.
    """
    seen, sees_units = seen_by(by), by.may("sampling.read")
    slips = _tubes_of_slip(code, by) if sees_units else {}
    rows = sql.rows(
        _TUBES,
        seen | {"tubes": list(slips), "codes": spellings(code)},
    )
    tubes = [line[0] for line in rows]
    elsewhere = _released_elsewhere(tubes, by) if sees_units else {}
    taken_back = _taken_back(tubes, by, "sampling.read" if sees_units else "lab.see")
    ways = []
    for line in rows:
        passed = [*_passed(line[0]), *elsewhere.get(line[0], ())]
        recall, back = taken_back.get(line[0], (None, []))
        passed += [_Passed(station, None) for station in back]
        passed.sort(key=lambda one: one.station.at)
        answerable = {line[8], *slips.get(line[0], ())}
        reads_results = any(by.may("results.read", unit=unit) for unit in answerable)
        ways.append(
            Way(
                tube=line[1],
                swabs=line[2],
                tube_class=line[3],
                due_at=line[4],
                use_by_at=line[5],
                next=StationKind.REFERRED
                if line[9] and not back
                else _next(_decisive(passed), tube=line[1], swabs=line[2]),
                run=line[6],
                session=line[7],
                recall=recall,
                stations=[_as_seen(p, by, reads_results=reads_results) for p in passed],
            )
        )
    if sees_units:
        _note_reading(tubes, by, at)
    return ways


def spellings(code: str) -> list[str]:
    """How a code may stand on its label: foreign ones may have small letters, our own neither those
    nor anything between their groups."""
    return [code.strip(), code.strip().upper(), _JOINTS.sub("", code).upper()]


def _tubes_of_slip(code: str, by: Actor) -> dict[int, list[int]]:
    """The tube of a slip or of a walk-in's card, with the units that answer for its swab."""
    slip, card = ids.slip_code(code), ids.card_serial(code)
    if slip is None and card is None:
        return {}
    with scope.entered(by, "sampling.read"):
        return dict(
            sql.rows(
                """
                SELECT tube_id, unit_ids FROM sampling_swab
                WHERE slip = coalesce(
                    %s::text, (SELECT slip FROM sampling_card WHERE serial = %s::int))
                """,
                (slip, card),
            )
        )


def newest_version(slip: str, *, by: Actor) -> int | None:
    """Which version of this slip's answer holds, 0 before any; None where its swab is not seen.

    Beside `where_is`, which notes that somebody asked for it.
    """
    with scope.entered(by, "sampling.read"):
        found = sql.row(
            """
            SELECT (SELECT coalesce(max(r.version), 0) FROM results_result r WHERE r.swab_id = w.id)
            FROM sampling_swab w WHERE w.slip = %s
            """,
            (slip,),
        )
    return found[0] if found else None


def _released_elsewhere(tubes: Sequence[int], by: Actor) -> dict[int, list[_Passed]]:
    """The answers that another laboratory's reports gave to the people of these tubes."""
    found: dict[int, list[_Passed]] = {}
    with scope.entered(by, "sampling.read"):
        for tube, at, code, released_by, value, lab in sql.rows(
            """
            SELECT DISTINCT w.tube_id, r.released_at, t.code, r.released_by,
                   CASE r.value WHEN 'negative_by_pool' THEN 'negative' ELSE r.value END, r.lab_id
            FROM sampling_swab w JOIN sampling_tube t ON t.id = w.tube_id
            JOIN results_result r ON r.swab_id = w.id
            WHERE w.tube_id = ANY(%s) AND r.reported_id IS NOT NULL ORDER BY r.released_at
            """,
            (list(tubes),),
        ):
            station = Station(StationKind.RELEASED, at, code, released_by, value)
            found.setdefault(tube, []).append(_Passed(station, lab))
    return found


def _taken_back(
    tubes: Sequence[int], by: Actor, permission: str
) -> dict[int, tuple[int | None, list[Station]]]:
    """Of these tubes, which the actor may see: whose answers were withdrawn, and by which recall.

    A verdict that waited for its release when its run was recalled will not be released either.
    What a correction withdraws is a station of its own.
    """
    found: dict[int, tuple[int | None, list[Station]]] = {}
    with scope.entered(by, permission, behalf=system_actor("results")):
        for tube, at, reason, who, recall in sql.rows(
            f"""
            SELECT w.tube_id, max(r.released_at), coalesce(c.reason, ''), r.released_by, c.id
            FROM sampling_swab w JOIN results_result r ON r.swab_id = w.id
            LEFT JOIN results_recall c ON c.id = r.recall_id
            WHERE w.tube_id = ANY(%(tubes)s) AND r.value = 'withdrawn'
              AND (r.recall_id IS NOT NULL OR r.reported_id IS NOT NULL)
              AND NOT EXISTS (SELECT 1 FROM results_result n
                              WHERE n.swab_id = r.swab_id AND n.version > r.version)
            GROUP BY w.tube_id, c.id, r.released_by
            UNION ALL
            SELECT t.tube, max(c.confirmed_at), c.reason, c.confirmed_by, c.id
            FROM (SELECT id AS tube, id, NULL::bigint AS pool FROM unnest(%(tubes)s::bigint[]) id
                  UNION ALL
                  SELECT m.tube_id, NULL, m.pool_id FROM lab_member m
                  WHERE m.tube_id = ANY(%(tubes)s)) t
            JOIN lab_load l ON l.tube_id = t.id OR l.pool_id = t.pool
            JOIN lab_verdict v ON v.load_id = l.id JOIN lab_run n ON n.id = v.run_id
            JOIN results_recall c ON c.confirmed_at IS NOT NULL AND {COVERED}
             AND (c.which = 'all' OR c.which = v.value || 's')
            WHERE v.value <> 'invalid'
              AND NOT EXISTS (SELECT 1 FROM results_release e WHERE e.verdict_id = v.id)
              AND NOT EXISTS (SELECT 1 FROM lab_load ll JOIN lab_verdict lv ON lv.load_id = ll.id
                              WHERE lv.id > v.id
                                AND (ll.tube_id = t.tube OR ll.pool_id = l.pool_id))
              AND NOT EXISTS (SELECT 1 FROM sampling_swab w JOIN results_result r
                              ON r.swab_id = w.id WHERE w.tube_id = t.tube)
            GROUP BY t.tube, c.id
            ORDER BY 2
            """,
            {"tubes": list(tubes)},
        ):
            one = Station(StationKind.TAKEN_BACK, at, reason, who)
            found[tube] = (recall, [*found.get(tube, (None, []))[1], one])
    return found


def _note_reading(tubes: Sequence[int], by: Actor, at: datetime) -> None:
    """Where somebody's tube is says something of them: the asking is noted."""
    with scope.entered(by, "sampling.read"):
        persons = sql.rows(
            "SELECT person_id FROM sampling_swab WHERE tube_id = ANY(%s)", (list(tubes),)
        )
        audit.record(
            by,
            "results.where_is",
            at=at,
            persons=[line[0] for line in persons],
            things=tubes,
            kind=audit.READ,
        )


@dataclass(frozen=True, slots=True)
class _Passed:
    """A station, for what a run said the laboratory of the run, and what it was loaded as."""

    station: Station
    lab: int | None
    load: int | None = None


def _as_seen(passed: _Passed, by: Actor, *, reads_results: bool) -> Station:
    """The station without what this actor may not know.

    What a run said belongs to its laboratory until it is released, and then to those who read
    results of the units concerned. Whoever took the swab sees that it was read, not what it says.
    """
    station = passed.station
    if passed.lab is None or by.may("lab.see", organisation=passed.lab):
        return station
    if station.kind in (StationKind.RELEASED, StationKind.CORRECTED) and reads_results:
        return station
    return replace(station, value="", was="", reason="")


_TUBES = f"""
SELECT t.id, t.code, t.swabs, t.tube_class,
       t.first_swab_at + make_interval(hours => c.promise_hours), t.use_by_at,
       (SELECT v.run_id FROM lab_load l JOIN lab_verdict v ON v.load_id = l.id
        WHERE l.tube_id = t.id ORDER BY v.id DESC LIMIT 1),
       t.session_id, t.unit_id,
       EXISTS (SELECT 1 FROM lab_reception r WHERE r.tube_id = t.id AND r.waits_for = 'referral')
FROM sampling_tube t
JOIN sampling_session s ON s.id = t.session_id JOIN sampling_campaign c ON c.id = s.campaign_id
WHERE t.swabs > 0 AND (
    t.id = ANY(%(tubes)s)
    OR ((t.code = ANY(%(codes)s) OR t.id = ANY(ARRAY(
        SELECT m.tube_id FROM lab_pool p JOIN lab_member m ON m.pool_id = p.id
        WHERE p.code = ANY(%(codes)s)))) AND (
        {tube_seen("t")}
        OR EXISTS (SELECT 1 FROM lab_reception r
                   WHERE r.tube_id = t.id AND r.lab_id = ANY(%(labs)s)))))
ORDER BY t.id LIMIT 20
"""

_STATIONS = """
WITH tube AS (SELECT * FROM sampling_tube WHERE id = %(tube)s),
loads AS (
    SELECT l.id, l.kind, l.sample, l.loaded_at, l.loaded_by,
           coalesce(p.code, nullif(n.barcode, ''), n.kit) AS plate, coalesce(n.method, '') AS method
    FROM lab_load l LEFT JOIN lab_plate p ON p.id = l.plate_id
    LEFT JOIN lab_run n ON n.id = l.run_id AND l.plate_id IS NULL
    WHERE l.tube_id = %(tube)s
       OR l.pool_id = (SELECT pool_id FROM lab_member WHERE tube_id = %(tube)s)
), verdicts AS (
    SELECT v.id, v.value, r.read_at, r.read_by, r.lab_id, l.sample, l.kind, r.method, l.id AS load
    FROM lab_verdict v JOIN loads l ON l.id = v.load_id JOIN lab_run r ON r.id = v.run_id
), said AS (
    SELECT 7 AS place, v.*, e.released_at AS at, e.released_by AS who, v.value AS said, '' AS reason
    FROM verdicts v JOIN results_release e ON e.verdict_id = v.id
    UNION ALL
    SELECT 8, v.*, c.confirmed_at, c.confirmed_by, c.value, c.reason
    FROM verdicts v JOIN results_correction c ON c.verdict_id = v.id AND c.confirmed_at IS NOT NULL
), told AS (
    -- A positive that its laboratory or its method could not confirm is a suspicion.
    SELECT s.*, CASE WHEN s.said = 'positive' AND s.kind = 'tube' AND t.swabs = 1 AND (
               s.method = 'antigen' OR NOT EXISTS (
                   SELECT 1 FROM places_laboratoryright g
                   WHERE g.organisation_id = s.lab_id AND g."right" = 'confirm'
                     AND (s.at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
                         BETWEEN g.valid_from AND coalesce(g.valid_to, 'infinity')))
           THEN 'suspected' ELSE s.said END AS value_told
    FROM said s CROSS JOIN tube t
)
SELECT 1, 'taken', t.first_swab_at, s.place, s.team, '', NULL::int, NULL::bigint, '', ''
  FROM tube t JOIN sampling_session s ON s.id = t.session_id
UNION ALL
SELECT 2, 'sent', c.handed_at, m.code, c.giver, '', NULL, NULL, '', ''
  FROM sampling_custody c JOIN sampling_manifest m ON m.id = c.manifest_id
  WHERE c.tube_id = %(tube)s AND c.step = 'sent'
UNION ALL
SELECT 3, 'received', c.handed_at, o.name, c.taker, '', NULL, NULL, '', ''
  FROM sampling_custody c JOIN places_organisation o ON o.id = c.lab_id
  WHERE c.tube_id = %(tube)s AND c.step = 'received'
UNION ALL
SELECT 4, 'pooled', p.made_at, p.code, p.made_by, '', NULL, NULL, '', '' FROM lab_member m
  JOIN lab_pool p ON p.id = m.pool_id WHERE m.tube_id = %(tube)s
UNION ALL
SELECT 5, 'loaded', l.loaded_at, l.plate, l.loaded_by, l.method, NULL, l.id, '', '' FROM loads l
UNION ALL
SELECT 6, 'read', v.read_at, v.sample, v.read_by, v.value, v.lab_id, v.load, '', ''
  FROM verdicts v
UNION ALL
SELECT o.place, CASE o.place WHEN 7 THEN 'released' ELSE 'corrected' END, o.at, o.sample, o.who,
  o.value_told, o.lab_id, o.load,
  coalesce(lag(o.value_told) OVER (PARTITION BY o.id ORDER BY o.at, o.place), ''), o.reason
  FROM told o
UNION ALL
SELECT 9, 'lost', t.lost_at, t.closing_reason, array_to_string(t.closed_by, ', '), '', NULL, NULL,
  '', '' FROM tube t WHERE t.lost_at IS NOT NULL
UNION ALL
SELECT 9, 'expired', t.expired_at, '', '', '', NULL, NULL, '', ''
  FROM tube t WHERE t.expired_at IS NOT NULL
ORDER BY 3, 1
"""


def _passed(tube: int) -> list[_Passed]:
    return [
        _Passed(Station(StationKind(line[1]), *line[2:6], *line[8:]), *line[6:8])
        for line in sql.rows(_STATIONS, {"tube": tube})
    ]


def _decisive(passed: Sequence[_Passed]) -> Station:
    """The station that says what is next: the last one, or how far the last load has come.

    A positive pool may be released when its members are on plates of their own already.
    """
    last = passed[-1]
    newest = max((one.load for one in passed if one.load is not None), default=None)
    if last.load is not None and last.load != newest:
        last = [one for one in passed if one.load == newest][-1]
    return last.station


def _next(last: Station, *, tube: str, swabs: int) -> StationKind | None:
    """What a sample must come to next; None when its way has ended."""
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
        case StationKind.RELEASED | StationKind.CORRECTED:
            return _after_answer(last, tube=tube, swabs=swabs)
        case _:
            return StationKind.ASKED_AGAIN


def _after_answer(last: Station, *, tube: str, swabs: int) -> StationKind | None:
    """A negative, and a positive of one person, end the way; other pools and doubts do not.

    Of a lab pool the members are tested alone, unless they had been told that it was negative.
    """
    pooled_here = last.what != tube
    if last.value == "negative" or (last.value == "positive" and swabs == 1 and not pooled_here):
        return None
    tested_alone = pooled_here and last.kind is StationKind.RELEASED
    return StationKind.LOADED if tested_alone else StationKind.ASKED_AGAIN
