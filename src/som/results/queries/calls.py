"""Which calls to reviewers are over, and which are missing.

A call is over when nothing of the run is left to release, or every member of the pool has its answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from som.kernel import scope, sql
from som.kernel.actors import Actor
from som.kernel.errors import NotAllowed
from som.results.queries.review import WAITING

UNCALLED_LOOK_BACK = timedelta(days=7)
"""Runs read so long ago are still called for; longer than any tube may wait for its test."""


@dataclass(frozen=True, slots=True)
class Uncalled:
    """A run of which verdicts wait and to which nobody is called; `plate` is empty for a device."""

    run: int
    lab: int
    plate: str
    kit: str
    results: int
    positives: int


def runs_uncalled(*, by: Actor, at: datetime) -> list[Uncalled]:
    """Runs read of late that wait for release without a call: read before there were calls, or by
    a device when the call before was just being closed. For work alone, as `calls_over`.
    """
    if by.units_for("results.gaps") is not None:
        raise NotAllowed("results.gaps")
    with scope.entered(by, "results.gaps"):
        given = {"from": at - UNCALLED_LOOK_BACK, "at": at}
        uncalled = sql.rows(
            """
            SELECT q.id, q.lab_id FROM lab_run q
            WHERE q.read_at > %(from)s AND q.read_at <= %(at)s AND NOT EXISTS (
                SELECT 1 FROM notices_alarm a
                WHERE q.plate_id IS NOT NULL AND a.key = 'run_read:' || q.id
            ) AND NOT EXISTS (
                SELECT 1 FROM notices_alarm a
                WHERE q.plate_id IS NULL AND a.organisation_id = q.lab_id AND a.closed_at IS NULL
                  AND starts_with(a.key, 'run_read:' || q.lab_id || ':' || q.kit || ':'))
            """,
            given,
        )
        if not uncalled:
            return []
        return [
            Uncalled(*line)
            for line in sql.rows(
                f"""
                SELECT r.id, r.lab_id,
                       coalesce((SELECT e.code FROM lab_plate e WHERE e.id = r.plate_id), ''),
                       r.kit, count(*), count(*) FILTER (WHERE v.value = 'positive')
                {WAITING} AND v.run_id = ANY(%(runs)s)
                GROUP BY r.id ORDER BY r.id
                """,
                {
                    "labs": sorted({line[1] for line in uncalled}),
                    "runs": [line[0] for line in uncalled],
                },
            )
        ]


def calls_over(*, by: Actor, limit: int, after: int = 0) -> list[tuple[int, str]]:
    """Alarms, still open, of runs of which nothing waits for release and of positive lab pools whose
    members each have an answer, are asked for again or are lost: id and key, from the id `after`.

    For work alone: to whoever sees but a part of the people, every pool would seem to be answered.
    """
    if by.units_for("results.gaps") is not None:
        raise NotAllowed("results.gaps")
    with scope.entered(by, "results.gaps"):
        labs = sql.rows(
            "SELECT DISTINCT organisation_id FROM notices_alarm"
            " WHERE kind = 'run_read' AND closed_at IS NULL"
        )
        found = sql.rows(
            f"""
            SELECT a.id, a.key FROM notices_alarm a
            WHERE a.kind = 'run_read' AND a.closed_at IS NULL AND a.id > %(after)s AND NOT EXISTS (
                SELECT 1 {WAITING} AND v.run_id = a.subject_id)
              AND (a.subject_id IS NOT NULL OR NOT EXISTS (
                SELECT 1 {WAITING} AND r.plate_id IS NULL AND r.lab_id = a.organisation_id
                               AND r.kit = split_part(a.key, ':', 3)))
            ORDER BY a.id LIMIT %(limit)s
            """,
            {"labs": [line[0] for line in labs], "limit": limit, "after": after},
        )
        found += sql.rows(
            """
            SELECT a.id, a.key FROM notices_alarm a
            WHERE a.kind = 'pool_open' AND a.closed_at IS NULL AND a.id > %s AND NOT EXISTS (
                SELECT 1 FROM lab_member m
                JOIN sampling_tube t ON t.id = m.tube_id JOIN sampling_swab s ON s.tube_id = t.id
                WHERE m.pool_id = a.subject_id AND coalesce(t.lost_at, t.expired_at) IS NULL
                  AND NOT EXISTS (SELECT 1 FROM results_result r WHERE r.swab_id = s.id)
                  AND NOT EXISTS (SELECT 1 FROM sampling_testrequest q WHERE q.from_swab_id = s.id))
            ORDER BY a.id LIMIT %s
            """,
            (after, limit),
        )
    # Of two lists each cut at the limit what stands before both cuts is whole.
    return sorted((line[0], line[1]) for line in found)[:limit]
