"""Corrections of a laboratory: what waits for a second person, what was decided, who was told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.kernel.actors import Actor

_CORRECTIONS = """
SELECT c.id, v.id, v.run_id, l.kind, l.sample,
       coalesce((SELECT b.value FROM results_correction b
                 WHERE b.verdict_id = v.id AND b.confirmed_at IS NOT NULL AND b.id < c.id
                 ORDER BY b.id DESC LIMIT 1), v.value),
       c.value, c.reason, r.read_by, c.proposed_by, c.proposed_at,
       coalesce(c.confirmed_by, c.withdrawn_by, ''), coalesce(c.confirmed_at, c.withdrawn_at),
       c.confirmed_at IS NOT NULL
FROM results_correction c JOIN lab_verdict v ON v.id = c.verdict_id
JOIN lab_run r ON r.id = v.run_id JOIN lab_load l ON l.id = v.load_id
"""


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """A correction: what the verdict was, what it should have been, who says so and why.

    `decided_by` confirmed it, or withdrew it; empty while it waits.
    """

    id: int
    verdict: int
    run: int
    kind: str
    sample: str
    was: str
    value: str
    reason: str
    read_by: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str
    decided_at: datetime | None
    confirmed: bool


def corrections_open(lab: int, *, by: Actor, limit: int = 5_000) -> list[CorrectionRow]:
    """Corrections at this laboratory that wait for their second person, oldest first."""
    by.must("results.review", organisation=lab)
    return [
        CorrectionRow(*line)
        for line in sql.rows(
            _CORRECTIONS
            + """
            WHERE c.lab_id = %s AND c.confirmed_at IS NULL AND c.withdrawn_at IS NULL
            ORDER BY c.proposed_at, c.id LIMIT %s
            """,
            (lab, limit),
        )
    ]


def corrections_decided(
    *, by: Actor, before: int | None = None, limit: int = 20
) -> list[CorrectionRow]:
    """Corrections of the actor's laboratories that were confirmed or withdrawn, the newest first.

    `before` is the number of the last of the page before.
    """
    by.must("results.review")
    return [
        CorrectionRow(*line)
        for line in sql.rows(
            _CORRECTIONS
            + """
            WHERE c.lab_id = ANY(%(labs)s) AND coalesce(c.confirmed_at, c.withdrawn_at) IS NOT NULL
              AND (%(before)s::bigint IS NULL OR c.id < %(before)s)
            ORDER BY c.id DESC LIMIT %(limit)s
            """,
            {"labs": _labs(by), "before": before, "limit": limit},
        )
    ]


def corrections_of_run(run_id: int) -> list[CorrectionRow]:
    """What was corrected of this run. For a query that has found it among its actor's."""
    return [
        CorrectionRow(*line)
        for line in sql.rows(
            _CORRECTIONS + " WHERE v.run_id = %s AND c.confirmed_at IS NOT NULL ORDER BY c.id",
            (run_id,),
        )
    ]


def _labs(by: Actor) -> list[int]:
    return sorted(by.organisations_for("results.review") or ())


@dataclass(frozen=True, slots=True)
class Heard:
    """How many people a unit was told of, or how many were told on their telephone (no `unit`).

    `before` of the answer corrected, `now` of the correction; `sent`: it has left the house; `seen`:
    somebody of the unit acknowledged it.
    """

    unit: int | None
    before: int
    now: int
    sent: int
    seen: int


@dataclass(frozen=True, slots=True)
class CorrectionReach:
    """Whom a correction has reached: numbers alone.

    `no_phone`: people who are told by nobody, and find it at the look-up and on a new slip.
    """

    people: int
    asked_again: int
    swabbed_again: int
    no_phone: int
    heard: Sequence[Heard]


_SAID = """
WITH said AS MATERIALIZED (
    SELECT c.id AS correction, c.confirmed_at AS at, r.swab_id, r.version
    FROM results_correction c JOIN results_result r
      ON r.verdict_id = c.verdict_id AND r.released_at = c.confirmed_at AND r.version > 1
    WHERE c.id = ANY(%(corrections)s) AND c.lab_id = ANY(%(labs)s)
)
"""


def correction_reaches(corrections: Sequence[int], *, by: Actor) -> dict[int, CorrectionReach]:
    """By correction, of the actor's laboratories, whom it has reached.

    What a correction tells is written in one moment with it; what was told before, earlier.
    """
    asked = {"corrections": list(corrections), "labs": _labs(by)}
    with scope.entered(by, "results.review", behalf=system_actor("results")):
        counted = sql.rows(
            _SAID
            + """
            SELECT s.correction, count(*), count(q.id), count(q.id) FILTER (WHERE q.ended_as = 'swabbed'),
                   count(*) FILTER (WHERE NOT EXISTS (
                       SELECT 1 FROM notices_notice n
                       WHERE n.subject_id = s.swab_id AND n.written_at = s.at AND n.to_phone <> ''))
            FROM said s LEFT JOIN sampling_testrequest q
              ON q.from_swab_id = s.swab_id
             AND q.key = q.reason || ':' || s.swab_id || ':' || s.version
            GROUP BY s.correction
            """,
            asked,
        )
        told = sql.rows(
            _SAID
            + """
            SELECT s.correction, h.unit, count(*) FILTER (WHERE h.before),
                   count(*) FILTER (WHERE h.now), count(*) FILTER (WHERE h.sent),
                   count(*) FILTER (WHERE h.seen)
            FROM said s CROSS JOIN LATERAL (
                SELECT n.to_unit_id AS unit, bool_or(n.written_at < s.at) AS before,
                       bool_or(n.written_at = s.at) AS now,
                       bool_or(n.written_at = s.at AND n.delivered_at IS NOT NULL) AS sent,
                       bool_or(n.written_at = s.at AND n.acknowledged_at IS NOT NULL) AS seen
                FROM notices_notice n WHERE n.subject_id = s.swab_id AND n.written_at <= s.at
                GROUP BY n.to_unit_id, n.to_phone
            ) h
            GROUP BY 1, 2 ORDER BY 1, 2 NULLS FIRST
            """,
            asked,
        )
    heard: dict[int, list[Heard]] = {}
    for number, *line in told:
        heard.setdefault(number, []).append(Heard(*line))
    return {
        number: CorrectionReach(*line, heard.get(number, ()))  # type: ignore[call-arg]
        for number, *line in counted
    }
