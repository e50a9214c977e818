"""What is late or soon to be, which use-by is near, and what runs found of late. No names."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from som.kernel import rulebook, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.places import queries as places
from som.results.queries.standing import HOLDING_LAB, STANDING, UNANSWERED
from som.results.rules import (
    LAST,
    STEPS,
    Counted,
    DriftRule,
    Late,
    RateOf,
    RateRow,
    RunningClocks,
    WatchStation,
    Weighed,
    weigh,
)

RATES_LOOK_BACK = timedelta(days=7)
"""Runs read so long ago are still counted; whatever is older was when the watch began."""


@dataclass(frozen=True, slots=True)
class StepPassed:
    """An escalation of a tube's clock from the taking: where the tube stood, and who had it."""

    step: int
    station: WatchStation
    owner: str
    raised_at: datetime


@dataclass(frozen=True, slots=True)
class TubeOnWatch:
    """A tube whose people wait, where it stands and with whom.

    `owned_at`: when its owner took it over by name; else it is somebody's by turn.
    """

    tube: int
    code: str
    swabs: int
    session: str
    team: str
    unit: int
    lab: int
    station: WatchStation
    owner: str
    owned_at: datetime | None
    started_at: datetime
    due_at: datetime
    received_at: datetime | None
    received_due_at: datetime | None
    use_by_at: datetime
    steps: tuple[StepPassed, ...]

    @property
    def taken_over(self) -> bool:
        return self.owned_at is not None

    @classmethod
    def of(cls, line: Sequence[Any]) -> TubeOnWatch:
        """What a line of `shown` says."""
        steps = tuple(
            StepPassed(step, WatchStation(station), owner, datetime.fromisoformat(raised_at))
            for step, station, owner, raised_at in json.loads(line[-1] or "[]")
        )
        return cls(*[*line[:-1], steps])


def shown(clocks: str = "results_clock") -> str:
    """SQL of what is shown of tubes on watch, by their running clocks `c` among these."""
    return f"""
SELECT t.id, t.code, t.swabs, x.code, x.team, c.unit_id, coalesce(r.lab_id, c.lab_id), s.station,
       coalesce(nullif(c.owner, ''), h.holder, ''), c.owned_at, c.started_at, c.due_at,
       b.started_at, b.due_at, t.use_by_at,
       (SELECT jsonb_agg(jsonb_build_array(e.step, e.station, e.owner, e.raised_at) ORDER BY e.step)
        FROM results_escalation e WHERE e.clock_id = c.id)::text
{STANDING}
JOIN {clocks} c ON c.tube_id = t.id AND c.kind = 'taking' AND c.stopped_at IS NULL
JOIN sampling_session x ON x.id = t.session_id
LEFT JOIN results_clock b ON b.tube_id = t.id AND b.kind = 'reception'
"""


def _may_see(by: Actor, lab: int | None) -> dict[str, object]:
    """Whose tubes: those of one laboratory to whoever works there, else of the actor's units."""
    if lab is not None:
        by.must("lab.see", organisation=lab)
        return {"lab": lab, "all": True, "units": []}
    by.must("sampling.read")
    units = by.units_for("sampling.read")
    return {"lab": None, "all": units is None, "units": sorted(units or ())}


_SEEN = """
c.kind = 'taking' AND c.stopped_at IS NULL
AND (%(all)s OR c.unit_id = ANY(%(units)s::int[]))
AND (%(lab)s::int IS NULL OR c.lab_id = %(lab)s)
"""


def is_past(share: int) -> str:
    """SQL: so many per cent of the time of the clock `c` are over."""
    return f"%(at)s >= c.started_at + (c.due_at - c.started_at) * ({share} / 100.0)"


def is_mine(clock: str) -> str:
    """SQL: the clock `c` of this id is the actor's, who took it over or had the tube at its last step."""
    return f"""%(me)s = coalesce(nullif(c.owner, ''), (
    SELECT e.owner FROM results_escalation e
    WHERE e.clock_id = {clock} ORDER BY e.step DESC LIMIT 1))"""


def tubes_by_due(
    *,
    by: Actor,
    at: datetime,
    lab: int | None = None,
    past: int = 0,
    mine: bool = False,
    stations: Collection[WatchStation] = (),
    after: tuple[datetime, int] | None = None,
    limit: int = 100,
) -> list[TubeOnWatch]:
    """Tubes whose people wait, the next due first; those of one laboratory where it is named.

    With `past` those past this step of their time and not yet the next; with `mine` those that passed
    a step and that the actor owns; with `stations` those that stand at one of these.

    What was answered or closed a moment ago may still stand here until the clocks' next minute.
    """
    given = _may_see(by, lab) | {"limit": limit, "at": at, "me": by.name}
    given |= {"due": after[0] if after else None, "tube": after[1] if after else None}
    given |= {"stations": [station.value for station in stations]}
    # Where a tube stands is found out of each: of a page's tubes alone, unless it is asked for.
    page = "" if stations else "LIMIT %(limit)s"
    beyond = min((step for step in STEPS if past and step > past), default=0)
    return [
        TubeOnWatch.of(line)
        for line in sql.rows(
            f"""
            WITH c AS MATERIALIZED (
                SELECT * FROM results_clock c WHERE {_SEEN}
                  {f"AND {is_past(past)}" if past else ""}
                  {f"AND NOT {is_past(beyond)}" if beyond else ""}
                  {f"AND {is_mine('c.id')}" if mine else ""}
                  AND (%(due)s::timestamptz IS NULL
                       OR (c.due_at, c.tube_id) > (%(due)s, %(tube)s::bigint))
                ORDER BY c.due_at, c.tube_id {page}
            )
            {shown("c")}
            {"WHERE s.station = ANY(%(stations)s)" if stations else ""}
            ORDER BY c.due_at, c.tube_id LIMIT %(limit)s
            """,
            given,
        )
    ]


def tubes_near_use_by(
    *, by: Actor, at: datetime, lab: int | None = None, limit: int = 100
) -> list[TubeOnWatch]:
    """Unanswered tubes whose use-by is near by the dated rule, and not yet tested; nearest first."""
    on = at.astimezone(LOCAL).date()
    near = timedelta(hours=rulebook.rule("results.watch.use_by_hours", on=on).value)
    given = _may_see(by, lab) | {"near": at + near, "limit": limit}
    return [
        TubeOnWatch.of(line)
        for line in sql.rows(
            f"""
            {shown()} WHERE {_SEEN} AND t.use_by_at < %(near)s AND s.station <> 'read'
            ORDER BY t.use_by_at, t.id LIMIT %(limit)s
            """,
            given,
        )
    ]


def clocks_running(*, by: Actor, at: datetime, lab: int | None = None) -> RunningClocks:
    """How many tubes are on time, past half and four fifths of their time, and late."""
    (line,) = sql.rows(
        f"""
        SELECT count(*),
               count(*) FILTER (WHERE {is_past(50)}),
               count(*) FILTER (WHERE {is_past(80)}),
               count(*) FILTER (WHERE %(at)s >= c.due_at)
        FROM results_clock c WHERE {_SEEN}
        """,
        _may_see(by, lab) | {"at": at},
    )
    return RunningClocks(*line)


# --- for the watch itself ------------------------------------------------------------------------


def tubes_to_watch(*, by: Actor, at: datetime, limit: int, after: int = 0) -> list[int]:
    """Tubes of which a clock must start, stop, move or take a step, by their ids after this one.

    A tube past its use-by is closed and asked for again within the minute; it starts no clock.
    """
    with scope.entered(by, "results.watch"):
        return [
            line[0]
            for line in sql.rows(
                f"""
                SELECT t.id FROM sampling_tube t
                WHERE t.use_by_at > %(at)s AND t.swabs > 0 AND t.id > %(after)s
                  AND t.lost_at IS NULL AND t.expired_at IS NULL
                  AND NOT EXISTS (SELECT 1 FROM results_clock c
                                  WHERE c.tube_id = t.id AND c.kind = 'taking')
                  AND {UNANSWERED}
                UNION
                SELECT t.id FROM results_clock c JOIN sampling_tube t ON t.id = c.tube_id
                WHERE c.stopped_at IS NULL AND c.tube_id > %(after)s
                  AND (c.next_at <= %(at)s
                       OR t.lost_at IS NOT NULL OR t.expired_at IS NOT NULL OR NOT {UNANSWERED}
                       OR c.lab_id <> {HOLDING_LAB}
                       OR (c.kind = 'taking'
                           AND EXISTS (SELECT 1 FROM lab_reception r WHERE r.tube_id = t.id)
                           AND NOT EXISTS (SELECT 1 FROM results_clock b
                                           WHERE b.tube_id = t.id AND b.kind = 'reception')))
                ORDER BY 1 LIMIT %(limit)s
                """,
                {"at": at, "limit": limit, "after": after},
            )
        ]


def late_by_holder(*, by: Actor, at: datetime) -> list[Late]:
    """Where tubes are late now: at which laboratory, or of which unit before any had them."""
    with scope.entered(by, "results.watch"):
        return [
            Late(*line)
            for line in sql.rows(
                """
                WITH late AS (
                    SELECT DISTINCT c.tube_id FROM results_clock c
                    WHERE c.stopped_at IS NULL AND c.kind IN ('taking', 'reception')
                      AND c.due_at <= %(at)s
                )
                SELECT b.lab_id, CASE WHEN b.lab_id IS NULL THEN a.unit_id END,
                       count(*), min(least(a.due_at, b.due_at))
                FROM late
                JOIN results_clock a ON a.tube_id = late.tube_id AND a.kind = 'taking'
                LEFT JOIN results_clock b ON b.tube_id = late.tube_id AND b.kind = 'reception'
                GROUP BY 1, 2 ORDER BY 1, 2
                """,
                {"at": at},
            )
        ]


def runs_uncounted(*, by: Actor, at: datetime, limit: int, after: int = 0) -> list[int]:
    """Runs read of late whose rates were not noted yet, by their ids after this one."""
    with scope.entered(by, "results.watch"):
        return [
            line[0]
            for line in sql.rows(
                """
                SELECT r.id FROM lab_run r
                WHERE r.read_at > %s AND r.read_at <= %s AND r.id > %s
                  AND NOT EXISTS (SELECT 1 FROM results_rate e WHERE e.run_id = r.id)
                ORDER BY r.id LIMIT %s
                """,
                (at - RATES_LOOK_BACK, at, after, limit),
            )
        ]


def plates_of_runs(run_ids: Sequence[int], *, by: Actor) -> dict[int, str]:
    """What the plates of these runs are called; a cartridge or strip has none."""
    with scope.entered(by, "results.watch"):
        return dict(
            sql.rows(
                "SELECT r.id, p.code FROM lab_run r JOIN lab_plate p ON p.id = r.plate_id"
                " WHERE r.id = ANY(%s)",
                (list(run_ids),),
            )
        )


# --- rates ---------------------------------------------------------------------------------------


def _weighed(at: datetime, runs: list[int] | None) -> list[Weighed]:
    """Laboratories, lots and runs of late; run by run the named ones, else those of the last day."""
    rule = DriftRule.of(rulebook.rule("results.drift", on=at.astimezone(LOCAL).date()).value)
    given = {"at": at, "from": at - timedelta(days=rule.days), "last": at - LAST, "runs": runs}
    rows = sql.rows(
        """
        SELECT lab_id, method, kit_lot, pooled, read_at > %(last)s,
               sum(tests), sum(positives), sum(invalids)
        FROM results_rate WHERE read_at > %(from)s AND read_at <= %(at)s
        GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
        """,
        given,
    )
    of_runs = sql.rows(
        """
        SELECT e.lab_id, e.method, e.kit_lot, e.pooled, true, e.tests, e.positives, e.invalids,
               e.run_id, coalesce(p.code, '')
        FROM results_rate e JOIN lab_run r ON r.id = e.run_id
        LEFT JOIN lab_plate p ON p.id = r.plate_id
        WHERE e.read_at > CASE WHEN %(runs)s::bigint[] IS NULL THEN %(last)s ELSE %(from)s END
          AND e.read_at <= %(at)s
          AND (%(runs)s::bigint[] IS NULL OR e.run_id = ANY(%(runs)s)) AND e.tests > 0
        ORDER BY e.run_id, e.pooled
        """,
        given,
    )
    return weigh(
        [_row(line) for line in rows],
        [_row(line, run=line[8], plate=line[9]) for line in of_runs],
        rule,
    )


def _row(line: Sequence[Any], run: int | None = None, plate: str = "") -> RateRow:
    lab, method, lot, pooled, last, *counts = line[:8]
    return RateRow(lab, method, lot, pooled, last, Counted(*map(int, counts)), run, plate)


def drifting(run_ids: Sequence[int], *, by: Actor, at: datetime) -> list[Weighed]:
    """What drifts now that these runs are counted: of themselves, their laboratories and lots."""
    with scope.entered(by, "results.watch"):
        found = _weighed(at, list(run_ids))
    labs = {one.lab for one in found if one.run is not None}
    lots = {(one.lab, one.kit_lot) for one in found if one.run is not None}
    return [
        one
        for one in found
        if one.drifts
        and one.lab in labs
        and (one.of is not RateOf.LOT or (one.lab, one.kit_lot) in lots)
    ]


def rates(*, by: Actor, at: datetime, lab: int | None = None) -> list[Weighed]:
    """Rates of late beside what is usual: of one laboratory, or of all in the actor's units.

    Of single runs those that drift. Rates say nothing about persons, and what is usual counts every
    laboratory here.
    """
    if lab is not None:
        by.must("lab.see", organisation=lab)
        labs = {lab}
    else:
        by.must("results.gaps")
        labs = set()
    found = _weighed(at, None)
    if lab is None:
        units = by.units_for("results.gaps")
        for row in places.organisations_by_id({one.lab for one in found}).values():
            if units is None or row.unit_id in units:
                labs.add(row.id)
    return [
        one
        for one in found
        if one.lab in labs and one.seen.tests and (one.run is None or one.drifts)
    ]
