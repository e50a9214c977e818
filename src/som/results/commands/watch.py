"""Runs the clocks of tubes under way, lets them be taken over by name, and counts what runs found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from som.kernel import audit, rulebook, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.outcomes import Outcome, Refused, once
from som.results import rules
from som.results.queries.standing import STANDING, UNANSWERED
from som.results.rules import (
    Advance,
    ClockKind,
    Running,
    WatchedTube,
    WatchRefusal,
    WatchStation,
    next_step_at,
)


def advance_clocks(tubes: Sequence[int], *, by: Actor, at: datetime) -> Outcome[int]:
    """Start, stop and escalate the clocks of these tubes, as of now.

    A tube whose people are all answered or asked again, or which was closed, runs no clock. Each
    step is noted once, with where the tube stood and who had it. The clocks of a tube that came to
    another laboratory go with it. Refuses what is no tube with people
    in it. Locks the clocks in the order of their tubes.
    """
    outcome: Outcome[int] = Outcome()
    with scope.entered(by, "results.watch"):
        asked = once(tubes)
        known = _locked(asked)
        watched = {tube.tube: tube for tube in _watched(asked)}
        hours = rulebook.rule(
            "results.answer.hours_from_reception", on=at.astimezone(LOCAL).date()
        ).value
        ahead: list[Advance] = []
        for given in asked:
            tube = watched.get(given)
            if tube is None:
                outcome.refused.append(Refused(given, WatchRefusal.UNKNOWN))
                continue
            move = rules.advance(tube, known[given], reception_hours=hours, now=at)
            (outcome.unchanged if move.empty else outcome.done).append(given)
            ahead.append(move)
        ids = _start([one for move in ahead for one in move.start], watched)
        _stop([one for move in ahead for one in move.stop], at)
        _move([one for move in ahead for one in move.moved])
        _escalate([pair for move in ahead for pair in move.passed], ids, watched, at)
        audit.record(by, "results.advance_clocks", at=at, things=outcome.done)
    return outcome


def take_over_clocks(
    tubes: Sequence[int], *, by: Actor, at: datetime, lab: int | None = None
) -> Outcome[int]:
    """Own these tubes by name from now on, until their people are answered or they go elsewhere.

    With `lab`, tubes of that laboratory by whoever works there; else tubes of the actor's units by
    whoever watches over them. Refuses a tube for which no clock runs, or not there. A tube that
    somebody else took over changes hands. Locks the clocks in the order of their tubes.
    """
    outcome: Outcome[int] = Outcome()
    permission = "results.gaps" if lab is None else "lab.see"
    with scope.entered(by, permission, organisation=lab):
        units = by.units_for(permission) if lab is None else None
        asked = once(tubes)
        owners: dict[int, set[str]] = defaultdict(set)
        for tube, owner in sql.rows(
            """
            SELECT c.tube_id, c.owner FROM results_clock c
            WHERE c.tube_id = ANY(%(tubes)s) AND c.stopped_at IS NULL
              AND EXISTS (SELECT 1 FROM results_clock o
                          WHERE o.tube_id = c.tube_id
                            AND (%(all)s OR o.unit_id = ANY(%(units)s::int[]))
                            AND (%(lab)s::int IS NULL OR o.lab_id = %(lab)s))
            ORDER BY c.tube_id, c.kind FOR UPDATE OF c
            """,
            {"tubes": asked, "all": units is None, "units": sorted(units or ()), "lab": lab},
        ):
            owners[tube].add(owner)
        for given in asked:
            if given not in owners:
                outcome.refused.append(Refused(given, WatchRefusal.NOT_RUNNING))
            else:
                (outcome.unchanged if owners[given] == {by.name} else outcome.done).append(given)
        sql.execute(
            "UPDATE results_clock SET owner = %s, owned_at = %s"
            " WHERE tube_id = ANY(%s) AND stopped_at IS NULL AND owner <> %s",
            (by.name, at, outcome.done, by.name),
        )
        audit.record(by, "results.take_over_clocks", at=at, things=outcome.done)
    return outcome


def note_rates(runs: Sequence[int], *, by: Actor, at: datetime) -> Outcome[int]:
    """Count what these runs found in first tests. A run counted before stays as it was counted.

    A test is a first one if its tube or pool had no verdict before, its tube is in no lab pool, and
    its people were not asked again: what is usual among those is unlike what is usual among others.
    Refuses what is no run.
    """
    outcome: Outcome[int] = Outcome()
    with scope.entered(by, "results.watch"):
        asked = once(runs)
        counted = {line[0] for line in sql.rows(_COUNT, {"runs": asked})}
        there = {
            line[0] for line in sql.rows("SELECT id FROM lab_run WHERE id = ANY(%s)", (asked,))
        }
        for given in asked:
            if given not in there:
                outcome.refused.append(Refused(given, WatchRefusal.RUN_UNKNOWN))
            else:
                (outcome.done if given in counted else outcome.unchanged).append(given)
        audit.record(by, "results.note_rates", at=at, things=outcome.done)
    return outcome


# --- clocks --------------------------------------------------------------------------------------


def _locked(tubes: Sequence[int]) -> dict[int, list[Running]]:
    known: dict[int, list[Running]] = defaultdict(list)
    for line in sql.rows(
        """
        SELECT id, tube_id, kind, lab_id, started_at, due_at, next_at, owner, stopped_at IS NOT NULL
        FROM results_clock WHERE tube_id = ANY(%s) ORDER BY tube_id, kind FOR UPDATE
        """,
        (list(tubes),),
    ):
        known[line[1]].append(Running(line[0], line[1], ClockKind(line[2]), *line[3:]))
    return known


def _watched(tubes: Sequence[int]) -> list[WatchedTube]:
    return [
        WatchedTube(
            line[0],
            line[1],
            line[2],
            line[3],
            line[4],
            line[5],
            line[6],
            WatchStation(line[7]),
            line[8] or "",
        )
        for line in sql.rows(
            f"""
            SELECT t.id, t.unit_id, coalesce(r.lab_id, t.lab_id), t.first_swab_at, c.promise_hours,
                   t.lost_at IS NOT NULL OR t.expired_at IS NOT NULL OR NOT {UNANSWERED},
                   f.received_at, s.station, h.holder
            {STANDING}
            JOIN sampling_session x ON x.id = t.session_id
            JOIN sampling_campaign c ON c.id = x.campaign_id
            CROSS JOIN LATERAL (
                SELECT min(b.received_at) AS received_at FROM lab_reception b WHERE b.tube_id = t.id
            ) f
            WHERE t.id = ANY(%s) AND t.swabs > 0
            """,
            (list(tubes),),
        )
    ]


def _start(
    clocks: Sequence[Running], watched: dict[int, WatchedTube]
) -> dict[tuple[int, str], int]:
    """Write clocks that begin; their ids by tube and kind."""
    lines = sql.rows(
        """
        INSERT INTO results_clock
            (tube_id, kind, unit_id, lab_id, started_at, due_at, next_at, owner)
        SELECT c.tube, c.kind, c.unit, c.lab, c.started, c.due, c.next, ''
        FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::int[], %s::timestamptz[],
                    %s::timestamptz[], %s::timestamptz[])
             AS c (tube, kind, unit, lab, started, due, next)
        ORDER BY c.tube, c.kind
        ON CONFLICT (tube_id, kind) DO NOTHING RETURNING id, tube_id, kind
        """,
        (
            [one.tube for one in clocks],
            [one.kind for one in clocks],
            [watched[one.tube].unit for one in clocks],
            [one.lab for one in clocks],
            [one.started_at for one in clocks],
            [one.due_at for one in clocks],
            [one.next_at for one in clocks],
        ),
    )
    return {(line[1], line[2]): line[0] for line in lines}


def _stop(clocks: Sequence[Running], at: datetime) -> None:
    sql.execute(
        "UPDATE results_clock SET stopped_at = %s WHERE id = ANY(%s)",
        (at, [one.id for one in clocks]),
    )


def _move(clocks: Sequence[Running]) -> None:
    """Let these clocks run at the laboratories where their tubes are now."""
    sql.execute(
        """
        UPDATE results_clock c SET lab_id = m.lab, owner = '', owned_at = NULL
        FROM unnest(%s::bigint[], %s::int[]) AS m (id, lab) WHERE c.id = m.id
        """,
        ([one.id for one in clocks], [one.lab for one in clocks]),
    )


def _escalate(
    passed: Sequence[tuple[Running, tuple[int, ...]]],
    begun: dict[tuple[int, str], int],
    watched: dict[int, WatchedTube],
    at: datetime,
) -> None:
    """Note steps passed, and when the next one falls due.

    A clock that another pass began meanwhile is not among `begun`: that pass takes its steps.
    """
    rows = [
        (clock, step, watched[one.tube].station, one.owner or watched[one.tube].holder)
        for one, steps in passed
        if (clock := one.id or begun.get((one.tube, one.kind))) is not None
        for step in steps
    ]
    sql.execute(
        """
        INSERT INTO results_escalation (clock_id, step, station, owner, raised_at)
        SELECT e.clock, e.step, e.station, e.owner, %s
        FROM unnest(%s::bigint[], %s::smallint[], %s::text[], %s::text[])
             AS e (clock, step, station, owner)
        ORDER BY e.clock, e.step ON CONFLICT (clock_id, step) DO NOTHING
        """,
        (at, *[[row[place] for row in rows] for place in range(4)]),
    )
    moved = {
        clock: next_step_at(one.started_at, one.due_at, at)
        for one, _ in passed
        if (clock := one.id or begun.get((one.tube, one.kind))) is not None
    }
    sql.execute(
        """
        UPDATE results_clock c SET next_at = m.next
        FROM unnest(%s::bigint[], %s::timestamptz[]) AS m (id, next) WHERE c.id = m.id
        """,
        (list(moved), list(moved.values())),
    )


# --- rates ---------------------------------------------------------------------------------------

_COUNT = """
INSERT INTO results_rate
    (run_id, lab_id, method, kit_lot, pooled, read_at, tests, positives, invalids)
SELECT r.id, r.lab_id, r.method, r.lot, p.pooled, r.read_at,
       count(f.value), count(*) FILTER (WHERE f.value = 'positive'),
       count(*) FILTER (WHERE f.value = 'invalid')
FROM lab_run r
CROSS JOIN (VALUES (false), (true)) AS p (pooled)
LEFT JOIN LATERAL (
    SELECT v.value FROM lab_verdict v JOIN lab_load l ON l.id = v.load_id
    LEFT JOIN sampling_tube t ON t.id = l.tube_id
    WHERE v.run_id = r.id AND (l.kind = 'pool' OR t.swabs > 1) = p.pooled
      AND t.tube_class IS DISTINCT FROM 'recalled'
      AND NOT EXISTS (SELECT 1 FROM lab_member m WHERE m.tube_id = l.tube_id)
      AND NOT EXISTS (SELECT 1 FROM lab_load b JOIN lab_verdict e ON e.load_id = b.id
                      WHERE (b.tube_id = l.tube_id OR b.pool_id = l.pool_id) AND e.id < v.id)
) f ON true
WHERE r.id = ANY(%(runs)s)
GROUP BY r.id, p.pooled ORDER BY r.id, p.pooled
ON CONFLICT (run_id, pooled) DO NOTHING RETURNING run_id
"""
