"""Tubes that were lost here, and the people who are asked to come again for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class LostTube:
    """A tube noted as lost: why, by which two people, and how many of its people are asked again.

    `again` of them have been swabbed anew. Whoever had an answer before is not asked.
    """

    id: int
    code: str
    place: str
    lost_at: datetime
    reason: str
    closed_by: Sequence[str]
    people: int
    asked: int
    again: int


# The swab beside the key: a key put together here is no way into an index under row-level security.
_LOST = """
SELECT t.id, t.code, s.place, t.lost_at, t.closing_reason, t.closed_by, n.people, n.asked, n.again
FROM sampling_tube t JOIN sampling_session s ON s.id = t.session_id
CROSS JOIN LATERAL (
    SELECT count(*) AS people, count(r.id) AS asked,
           count(*) FILTER (WHERE r.ended_as = 'swabbed') AS again
    FROM sampling_swab w LEFT JOIN sampling_testrequest r
      ON r.from_swab_id = w.id AND r.key = 'lost:' || w.id
    WHERE w.tube_id = t.id
) n
WHERE t.lost_at IS NOT NULL AND (%(all)s OR s.unit_id = ANY(%(units)s))
  AND NOT EXISTS (SELECT 1 FROM lab_disposal d WHERE d.tube_id = t.id)
"""


def lost_tubes(
    *, by: Actor, before: tuple[datetime, int] | None = None, limit: int = 50
) -> list[LostTube]:
    """Tubes lost here, the last first; `before` is the key of the last of the page before.

    What a laboratory rejected or destroyed was not lost here.
    """
    lost_at, last = before or (None, None)
    with scope.entered(by, "sampling.read") as units:
        return [
            LostTube(*line)
            for line in sql.rows(
                f"""
                {_LOST} AND (%(lost)s::timestamptz IS NULL
                             OR (t.lost_at, t.id) < (%(lost)s, %(last)s))
                ORDER BY t.lost_at DESC, t.id DESC LIMIT %(limit)s
                """,
                {
                    "all": units is None,
                    "units": sorted(units or ()),
                    "lost": lost_at,
                    "last": last,
                    "limit": limit,
                },
            )
        ]


def lost_tube(tube_id: int, *, by: Actor) -> LostTube:
    """One tube lost here. Raises `NotFound` outside the actor's units, and for one not lost."""
    with scope.entered(by, "sampling.read") as units:
        found = sql.row(
            f"{_LOST} AND t.id = %(tube)s",
            {"all": units is None, "units": sorted(units or ()), "tube": tube_id},
        )
    if found is None:
        raise NotFound(f"lost tube {tube_id}")
    return LostTube(*found)


@dataclass(frozen=True, slots=True)
class PersonOfLost:
    """Somebody whose swab was in a lost tube, and what became of the wish to swab them again.

    `due_at` is empty for whoever is not asked again, `ended_as` while it is open.
    """

    person: int
    name: str
    sex: str | None
    birth_year: int | None
    due_at: datetime | None
    ended_as: str | None


def people_of_lost_tube(tube_id: int, *, by: Actor, at: datetime) -> list[PersonOfLost]:
    """The people of a tube lost here, as they were swabbed. The reading is noted.

    Raises `NotFound` outside the actor's units, and for a tube that is not lost.
    """
    lost_tube(tube_id, by=by)
    with scope.entered(by, "people.read"):
        found = [
            PersonOfLost(*line)
            for line in sql.rows(
                """
                SELECT p.id, p.name, p.sex,
                       coalesce(extract(year FROM p.birth_date)::int, p.birth_year),
                       r.due_at, r.ended_as
                FROM sampling_swab w JOIN people_person p ON p.id = w.person_id
                LEFT JOIN sampling_testrequest r
                  ON r.from_swab_id = w.id AND r.key = 'lost:' || w.id
                WHERE w.tube_id = %s ORDER BY w.id
                """,
                (tube_id,),
            )
        ]
        audit.record(
            by,
            "sampling.people_of_lost_tube",
            at=at,
            persons=[one.person for one in found],
            things=[tube_id],
            kind=audit.READ,
        )
    return found
