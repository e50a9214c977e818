"""The day's flow: how far the tubes of a day have come, and which of them stand where. No names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any

from som.kernel import scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.results.queries.standing import STATION
from som.results.queries.watch import TubeOnWatch, is_mine, is_past, shown
from som.results.rules import RunningClocks


class FlowStep(StrEnum):
    """How far a tube has come."""

    SWABBED = "swabbed"
    RECEIVED = "received"
    READ = "read"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Part:
    """Tubes with the people in them, and how many of these tubes are past a step of their time."""

    tubes: int
    people: int
    clocks: RunningClocks

    def __add__(self, other: Part) -> Part:
        return Part(
            self.tubes + other.tubes, self.people + other.people, self.clocks + other.clocks
        )


NONE = Part(0, 0, RunningClocks(0, 0, 0, 0))


@dataclass(frozen=True, slots=True)
class Flow:
    """The day's tubes by the last step they took; `closed`: lost or past their use-by.

    `mine`: tubes past a step of their time in the actor's own hands. `untold`: people of released
    tubes of whom something has not left the house; None where the actor does not see what is told.
    """

    parts: dict[FlowStep, Part]
    closed: Part
    mine: int
    untold: int | None

    def __bool__(self) -> bool:
        return bool(self.parts) or self.closed.tubes > 0

    def at_step(self, step: FlowStep) -> Part:
        """What has taken this step and no further one."""
        return self.parts.get(step, NONE)

    def reached(self, step: FlowStep) -> Part:
        """What has come as far as this step, or further."""
        order = list(FlowStep)
        found = sum(map(self.at_step, order[order.index(step) :]), NONE)
        return found + self.closed if step is FlowStep.SWABBED else found

    @property
    def clocks(self) -> RunningClocks:
        """All tubes whose people wait, as the watch counts them."""
        return sum((part.clocks for part in self.parts.values()), self.closed.clocks)


# The day's tubes of units by way of their sessions; those of laboratories by their use-by, which
# only tubes of the last few days have still before them.
_OF_UNITS = """
SELECT t.id FROM sampling_session s JOIN sampling_tube t ON t.session_id = s.id
WHERE (%(all)s OR s.unit_id = ANY(%(units)s)) AND s.starts_at < %(until)s
  AND (s.closed_at IS NULL OR s.closed_at >= %(since)s)
  AND t.first_swab_at >= %(since)s AND t.swabs > 0
"""
_OF_LABS = """
SELECT t.id FROM sampling_tube t
WHERE t.use_by_at > %(since)s AND t.first_swab_at >= %(since)s AND t.swabs > 0
  AND (%(all)s OR t.lab_id = ANY(%(labs)s))
"""
_RUNNING_OF_UNITS = "(%(all)s OR c.unit_id = ANY(%(units)s))"
_RUNNING_OF_LABS = "(%(all)s OR c.lab_id = ANY(%(labs)s))"

_COUNTED = """
WITH day AS (
    {tubes}
    UNION
    SELECT c.tube_id FROM results_clock c
    WHERE c.kind = 'taking' AND c.stopped_at IS NULL AND {running}
), known AS MATERIALIZED (
    SELECT t.id, t.swabs, t.lost_at IS NOT NULL OR t.expired_at IS NOT NULL AS closed,
           c.id AS clock_id, c.owner, c.started_at, c.due_at, c.stopped_at
    FROM day JOIN sampling_tube t ON t.id = day.id
    LEFT JOIN results_clock c ON c.tube_id = t.id AND c.kind = 'taking'
), stood AS (
    SELECT t.id, CASE WHEN s.station = 'read' AND NOT v.open THEN 'released'
                      WHEN s.station = 'read' THEN 'read'
                      WHEN s.station IN ('at_session', 'on_way') THEN 'swabbed'
                      ELSE 'received' END AS step
    {station} JOIN known k ON k.id = t.id AND k.stopped_at IS NULL AND NOT k.closed
)
SELECT CASE WHEN c.closed THEN 'closed' ELSE coalesce(stood.step, 'released') END,
       count(*), sum(c.swabs),
       count(*) FILTER (WHERE {runs}),
       count(*) FILTER (WHERE {runs} AND {half}),
       count(*) FILTER (WHERE {runs} AND {fourth}),
       count(*) FILTER (WHERE {runs} AND %(at)s >= c.due_at),
       count(*) FILTER (WHERE {runs} AND {mine})
FROM known c LEFT JOIN stood ON stood.id = c.id
GROUP BY 1
"""


def _counted(tubes: str, running: str) -> str:
    return _COUNTED.format(
        tubes=tubes,
        running=running,
        station=STATION,
        runs="c.clock_id IS NOT NULL AND c.stopped_at IS NULL",
        half=is_past(50),
        fourth=is_past(80),
        # Nobody owns a clock before its first step, save who took it over.
        mine=f"(c.owner <> '' OR {is_past(50)}) AND {is_mine('c.clock_id')}",
    )


def flow_of_units(*, by: Actor, at: datetime) -> Flow:
    """The flow of this day in the actor's units: tubes swabbed today and all whose people wait."""
    by.must("sampling.read")
    units = by.units_for("sampling.read")
    asked = {"all": units is None, "units": sorted(units or ())} | _day(by, at)
    found = sql.rows(_counted(_OF_UNITS, _RUNNING_OF_UNITS), asked)
    return _flow(found, _untold(by, at) if by.may("notices.read") else None)


def flow_of_labs(*, by: Actor, at: datetime) -> Flow:
    """The flow of this day at the actor's laboratories: tubes addressed to them. No names."""
    by.must("lab.see")
    labs = by.organisations_for("lab.see")
    asked = {"all": labs is None, "labs": sorted(labs or ())} | _day(by, at)
    return _flow(sql.rows(_counted(_OF_LABS, _RUNNING_OF_LABS), asked), None)


def _day(by: Actor, at: datetime) -> dict[str, object]:
    since = datetime.combine(at.astimezone(LOCAL).date(), time(), LOCAL)
    return {"since": since, "until": since + timedelta(days=1), "at": at, "me": by.name}


def _flow(lines: Sequence[tuple[Any, ...]], untold: int | None) -> Flow:
    parts = {
        step: Part(tubes, people, RunningClocks(*clocks))
        for step, tubes, people, *clocks, _ in lines
    }
    closed = parts.pop("closed", NONE)
    return Flow(
        {FlowStep(step): part for step, part in parts.items()},
        closed,
        sum(line[-1] for line in lines),
        untold,
    )


def _untold(by: Actor, at: datetime) -> int:
    """Of how many people of the day's released tubes something has not left the house yet.

    That a pool is held is told while its tubes are still tested: they are not among these.
    """
    units = by.units_for("notices.read")
    with scope.entered(by, "notices.read"):
        (line,) = sql.rows(
            f"""
            WITH untold AS MATERIALIZED (
                SELECT DISTINCT w.id, w.tube_id, c.stopped_at
                FROM notices_notice n JOIN sampling_swab w ON w.id = n.subject_id
                JOIN sampling_tube t ON t.id = w.tube_id
                LEFT JOIN results_clock c ON c.tube_id = t.id AND c.kind = 'taking'
                WHERE n.delivered_at IS NULL AND (%(all)s OR w.unit_id = ANY(%(units)s))
                  AND t.lost_at IS NULL AND t.expired_at IS NULL
                  AND (t.first_swab_at >= %(since)s
                       OR (c.id IS NOT NULL AND c.stopped_at IS NULL))
            )
            SELECT count(*) {STATION} JOIN untold u ON u.tube_id = t.id
            WHERE u.stopped_at IS NOT NULL OR (s.station = 'read' AND NOT v.open)
            """,
            {"all": units is None, "units": sorted(units or ())} | _day(by, at),
        )
    return int(line[0])


def pressing_of_units(*, by: Actor, limit: int = 5) -> list[TubeOnWatch]:
    """Tubes of the actor's units that are late or due next, with where and whose; due first."""
    by.must("sampling.read")
    units = by.units_for("sampling.read")
    asked = {"all": units is None, "units": sorted(units or ())}
    return _pressing(_RUNNING_OF_UNITS, asked, limit)


def pressing_of_labs(*, by: Actor, limit: int = 5) -> list[TubeOnWatch]:
    """Tubes of the actor's laboratories that are late or due next, with where and whose; due first."""
    by.must("lab.see")
    labs = by.organisations_for("lab.see")
    asked = {"all": labs is None, "labs": sorted(labs or ())}
    return _pressing(_RUNNING_OF_LABS, asked, limit)


def _pressing(running: str, asked: dict[str, object], limit: int) -> list[TubeOnWatch]:
    return [
        TubeOnWatch.of(line)
        for line in sql.rows(
            f"""
            WITH c AS MATERIALIZED (
                SELECT * FROM results_clock c
                WHERE c.kind = 'taking' AND c.stopped_at IS NULL AND {running}
                ORDER BY c.due_at, c.tube_id LIMIT %(limit)s
            )
            {shown("c")}
            ORDER BY c.due_at, c.tube_id
            """,
            asked | {"limit": limit},
        )
    ]
