"""What waits for a review, what reviews said, and both sides of a pair. Every reading is noted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.errors import NotFound
from som.people.matching.reasons import Reason


@dataclass(frozen=True, slots=True)
class Side:
    """One of two entries as a review sees it; who stands for others with what all of them said."""

    id: int
    name: str
    sex: str | None
    birth_date: date | None
    birth_year: int | None
    guardian: str
    died_at: datetime | None
    registered_at: datetime
    phones: tuple[str, ...]
    numbers: tuple[str, ...]
    residence: int | None
    address: str


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """A pair that may be one person, or what a review said of it; `joined` while a join holds."""

    id: int
    one: Side
    other: Side
    score: float
    reasons: tuple[Reason, ...]
    decision: str
    decided_at: datetime | None
    decided_by: str
    joined: bool


_PAIR = """
    SELECT c.id, c.one_id, c.other_id, c.score, c.reasons, c.decision, c.decided_at, c.decided_by,
           EXISTS (SELECT 1 FROM people_join j WHERE j.parted_at IS NULL
                   AND (j.kept_id, j.gone_id) IN ((c.one_id, c.other_id), (c.other_id, c.one_id)))
    FROM people_candidate c
    JOIN people_person one ON one.id = c.one_id JOIN people_person other ON other.id = c.other_id
"""
_OPEN = "c.decided_at IS NULL AND one.merged_into_id IS NULL AND other.merged_into_id IS NULL"


def open_candidates(
    *, by: Actor, at: datetime, limit: int, after: tuple[float, int] | None = None
) -> list[CandidateRow]:
    """Pairs of persons this actor sees that wait for a review, likeliest first."""
    with scope.entered(by, "people.match"):
        score, last = after or (None, None)
        lines = sql.rows(
            f"""
            {_PAIR} WHERE {_OPEN}
              AND (%(score)s::float IS NULL OR c.score < %(score)s
                   OR (c.score = %(score)s AND c.id > %(last)s))
            ORDER BY c.score DESC, c.id LIMIT %(limit)s
            """,
            {"score": score, "last": last, "limit": limit},
        )
        audit.record(by, "people.open_candidates", at=at, persons=_persons(lines), kind=audit.READ)
        return _candidates(lines)


def decided_candidates(
    *, by: Actor, at: datetime, limit: int, after: tuple[datetime, int] | None = None
) -> list[CandidateRow]:
    """Pairs that reviews joined or parted, newest first: what may be taken back."""
    with scope.entered(by, "people.match"):
        when, last = after or (None, None)
        lines = sql.rows(
            f"""
            {_PAIR} WHERE c.decided_at IS NOT NULL
              AND (%(when)s::timestamptz IS NULL OR (c.decided_at, c.id) < (%(when)s, %(last)s))
            ORDER BY c.decided_at DESC, c.id DESC LIMIT %(limit)s
            """,
            {"when": when, "last": last, "limit": limit},
        )
        audit.record(
            by, "people.decided_candidates", at=at, persons=_persons(lines), kind=audit.READ
        )
        return _candidates(lines)


def candidate_shown(candidate_id: int, *, by: Actor, at: datetime) -> CandidateRow:
    """A pair with its numbers and telephones. The asking is noted; raises `NotFound` elsewhere."""
    with scope.entered(by, "people.match"):
        lines = sql.rows(f"{_PAIR} WHERE c.id = %s", (candidate_id,))
        audit.record(by, "people.candidate_shown", at=at, persons=_persons(lines), kind=audit.READ)
        found = _candidates(lines)
    if not found:
        raise NotFound("candidate")
    return found[0]


MOST_COUNTED = 1_000


def open_candidates_counted(*, by: Actor) -> int:
    """How many pairs wait for a review, up to `MOST_COUNTED`: then there are more."""
    with scope.entered(by, "people.match"):
        found = sql.row(
            f"""
            SELECT count(*) FROM (
                SELECT 1 FROM people_candidate c
                JOIN people_person one ON one.id = c.one_id
                JOIN people_person other ON other.id = c.other_id
                WHERE {_OPEN} LIMIT %s) waiting
            """,
            (MOST_COUNTED,),
        )
        return int(found[0]) if found else 0


def _persons(lines: Sequence[tuple[Any, ...]]) -> list[int]:
    return [person for line in lines for person in line[1:3]]


def _candidates(lines: Sequence[tuple[Any, ...]]) -> list[CandidateRow]:
    """The pairs with both their sides."""
    sides = _sides(_persons(lines))
    return [
        CandidateRow(
            line[0],
            sides[line[1]],
            sides[line[2]],
            line[3],
            tuple(Reason(code) for code in line[4]),
            *line[5:],
        )
        for line in lines
    ]


def _sides(persons: Sequence[int]) -> dict[int, Side]:
    return {
        line[0]: Side(*[*line[:8], tuple(line[8]), tuple(line[9]), line[10], line[11] or ""])
        for line in sql.rows(
            """
            WITH entries AS MATERIALIZED (
                SELECT asked, entry AS id FROM people_selves(%s::bigint[])
            )
            SELECT p.id, p.name, p.sex, p.birth_date, p.birth_year, p.guardian, p.died_at,
                   p.registered_at,
                   ARRAY(SELECT DISTINCT o.phone FROM entries e JOIN people_person o ON o.id = e.id
                         WHERE e.asked = p.id AND (p.merged_into_id IS NULL OR e.id = p.id)
                           AND o.phone <> '' ORDER BY 1),
                   ARRAY(SELECT d.number FROM entries e JOIN people_document d ON d.person_id = e.id
                         WHERE e.asked = p.id AND (p.merged_into_id IS NULL OR e.id = p.id)
                         UNION
                         SELECT d.number FROM entries e JOIN people_sharednumber c ON c.person_id = e.id
                         JOIN people_document d ON d.id = c.document_id
                         WHERE e.asked = p.id AND (p.merged_into_id IS NULL OR e.id = p.id)
                         ORDER BY 1),
                   home.unit_id, home.text
            FROM people_person p
            LEFT JOIN LATERAL (
                SELECT w.unit_id, w.text FROM people_whereabouts w
                WHERE w.person_id = p.id AND w.kind = 'residence'
                ORDER BY w.as_of DESC, w.id DESC LIMIT 1
            ) home ON true
            WHERE p.id = ANY(%s)
            """,
            (list(persons), list(persons)),
        )
    }


def pairs_proposed(*, by: Actor) -> list[tuple[int, int]]:
    """Every pair that waits for a review, where all persons may be seen."""
    with scope.entered(by, "people.match"):
        return [
            (line[0], line[1])
            for line in sql.rows(
                "SELECT one_id, other_id FROM people_candidate WHERE decided_at IS NULL"
            )
        ]
