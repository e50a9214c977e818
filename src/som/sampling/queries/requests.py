"""Who is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.sampling.queries.repeats import repeats_of


@dataclass(frozen=True, slots=True)
class RequestRow:
    """An open test request as the team that must answer it sees it.

    `swabbed_at`: when the person was last swabbed, if that was within the days of the dated rule.
    `offered_to` is the unit that was asked to take it over, `declined_by` the one that would not.
    """

    id: int
    person: int
    name: str
    unit: int
    reason: str
    single: bool
    due_at: datetime
    day_number: int | None = None
    campaign: str = ""
    again: bool = False
    sex: str | None = None
    birth_year: int | None = None
    residence: int | None = None
    address: str = ""
    offered_to: int | None = None
    declined_by: int | None = None
    swabbed_at: datetime | None = None


_ASKED = "r.ended_at IS NULL AND (%(all)s OR r.unit_id = ANY(%(units)s))"

_ONLY = {
    "": "true",
    "late": "r.due_at < %(at)s",
    "single": "r.single",
    "offered": """
        EXISTS (SELECT 1 FROM sampling_transfer t
                WHERE t.request_id = r.id AND t.answered_at IS NULL)
    """,
}
"""Which part of the list each of its counts opens: one condition for both."""


def request_counts(*, by: Actor, at: datetime, campaign_id: int | None = None) -> dict[str, int]:
    """How many people are asked for here and not yet swabbed: in all, and each part of the list.

    Parts without anybody are left out; '' is the whole.
    """
    with scope.entered(by, "sampling.read") as units:
        found = sql.row(
            f"""
            SELECT {", ".join(f"count(*) FILTER (WHERE {part})" for part in _ONLY.values())}
            FROM sampling_testrequest r
            WHERE {_ASKED} AND (%(campaign)s::int IS NULL OR r.campaign_id = %(campaign)s)
            """,
            {
                "all": units is None,
                "units": sorted(units or ()),
                "at": at,
                "campaign": campaign_id,
            },
        )
    return {part: number for part, number in zip(_ONLY, found or (), strict=False) if number}


def open_requests(
    *,
    by: Actor,
    at: datetime,
    after: tuple[datetime, int] | None = None,
    only: str = "",
    campaign_id: int | None = None,
    ids: Sequence[int] | None = None,
    limit: int = 500,
) -> list[RequestRow]:
    """The people asked for here and not yet swabbed, due first.

    `after` is the last page's last key; `only` one of the parts that `request_counts` counts; `ids`
    takes just these requests.
    """
    due, last = after or (None, None)
    with scope.entered(by, "sampling.read") as units:
        lines = sql.rows(
            f"""
            SELECT r.id, r.person_id, p.name, r.unit_id, r.reason, r.single, r.due_at, r.day_number,
                   coalesce(c.name, ''), r.from_swab_id IS NOT NULL, p.sex,
                   coalesce(extract(year FROM p.birth_date)::int, p.birth_year), w.unit_id,
                   coalesce(w.text, ''),
                   CASE WHEN t.answered_at IS NULL THEN t.to_unit_id END,
                   CASE WHEN t.answer = 'declined' THEN t.to_unit_id END
            FROM sampling_testrequest r
            JOIN people_person p ON p.id = r.person_id
            LEFT JOIN sampling_campaign c ON c.id = r.campaign_id
            LEFT JOIN LATERAL (
                SELECT w.unit_id, w.text FROM people_whereabouts w
                WHERE w.person_id = r.person_id AND w.kind = 'residence'
                ORDER BY w.as_of DESC, w.id DESC LIMIT 1
            ) w ON true
            LEFT JOIN LATERAL (
                SELECT t.to_unit_id, t.answered_at, t.answer FROM sampling_transfer t
                WHERE t.request_id = r.id ORDER BY t.id DESC LIMIT 1
            ) t ON true
            WHERE {_ASKED} AND {_ONLY.get(only, "true")}
              AND (%(campaign)s::int IS NULL OR r.campaign_id = %(campaign)s)
              AND (%(ids)s::bigint[] IS NULL OR r.id = ANY(%(ids)s))
              AND (%(due)s::timestamptz IS NULL OR (r.due_at, r.id) > (%(due)s, %(last)s))
            ORDER BY r.due_at, r.id LIMIT %(limit)s
            """,
            {
                "all": units is None,
                "units": sorted(units or ()),
                "at": at,
                "campaign": campaign_id,
                "ids": None if ids is None else list(ids),
                "due": due,
                "last": last,
                "limit": limit,
            },
        )
        swabbed = repeats_of([line[1] for line in lines], at.astimezone(LOCAL).date())
        found = [RequestRow(*[*line, swabbed.get(line[1])]) for line in lines]
        audit.record(
            by, "sampling.open_requests", at=at, persons=[r.person for r in found], kind=audit.READ
        )
    return found


def requests_of_the_dead(*, by: Actor, limit: int, after: int = 0) -> list[int]:
    """Open requests for people who have died, under whatever entry they were met, by id `after` one.

    Asked every minute, of everybody who ever died: of each only an index of open requests is read.
    """
    with scope.entered(by, "sampling.read"):
        found = sql.rows(
            """
            SELECT DISTINCT r.id
            FROM people_selves(ARRAY(
                SELECT p.id FROM people_person p WHERE p.died_at IS NOT NULL)) s
            -- OFFSET 0: one by one through the index, however many the planner expects.
            CROSS JOIN LATERAL (
                SELECT q.id FROM sampling_testrequest q
                WHERE q.person_id = s.entry AND q.ended_at IS NULL OFFSET 0
            ) r
            WHERE r.id > %s ORDER BY r.id LIMIT %s
            """,
            (after, limit),
        )
    return [line[0] for line in found]


@dataclass(frozen=True, slots=True)
class EndedByDeath:
    """A request that ended because its person had died, who has not."""

    id: int
    person: int
    unit: int
    residence: int | None
    reason: str
    due_at: datetime
    day_number: int | None
    campaign: str | None
    from_swab: int | None


def requests_of_the_living(*, by: Actor, limit: int, after: int = 0) -> list[EndedByDeath]:
    """Requests that ended in a death that was taken back, or was another entry's: asked again.

    In the order of their ids, from the one `after`. Those asked again already are left out, and the
    lists of campaigns that were ended since.
    """
    with scope.entered(by, "sampling.read"):
        return [
            EndedByDeath(*line)
            for line in sql.rows(
                """
                WITH gone AS MATERIALIZED (
                    SELECT DISTINCT r.person_id FROM sampling_testrequest r
                    WHERE r.ended_as = 'died'
                ), dead AS (
                    SELECT DISTINCT s.asked
                    FROM people_selves(ARRAY(SELECT g.person_id FROM gone g)) s
                    JOIN people_person p ON p.id = s.entry WHERE p.died_at IS NOT NULL
                )
                SELECT r.id, r.person_id, r.unit_id,
                       (SELECT u FROM unnest(r.unit_ids) AS u WHERE u <> r.unit_id LIMIT 1),
                       r.reason, r.due_at, r.day_number, c.code, r.from_swab_id
                FROM gone g
                JOIN sampling_testrequest r ON r.person_id = g.person_id AND r.ended_as = 'died'
                LEFT JOIN sampling_campaign c ON c.id = r.campaign_id
                WHERE NOT EXISTS (SELECT 1 FROM dead d WHERE d.asked = g.person_id)
                  AND NOT (r.reason = 'roster' AND coalesce(c.ended_at IS NOT NULL, false))
                  AND NOT EXISTS (SELECT 1 FROM sampling_testrequest n WHERE n.key = 'alive:' || r.id)
                  AND r.id > %s
                ORDER BY r.id LIMIT %s
                """,
                (after, limit),
            )
        ]


@dataclass(frozen=True, slots=True)
class AnsweredByAnother:
    """A request that a swab ended while its person was taken for somebody else."""

    id: int
    person: int
    unit: int
    reason: str
    from_swab: int | None


def requests_answered_by_others(person_ids: Sequence[int]) -> list[AnsweredByAnother]:
    """Requests of these entries that ended in a swab of somebody they are no longer one with.

    Those asked again already are left out. For a command inside its own scope and audit.
    """
    return [
        AnsweredByAnother(*line)
        for line in sql.rows(
            """
            -- The key is put together first: under policies only a plain column is looked up by index.
            WITH answered AS MATERIALIZED (
                SELECT q.id, q.person_id, q.unit_id, q.reason, q.from_swab_id,
                       'parted:' || q.id AS parted
                FROM sampling_testrequest q JOIN sampling_swab w ON w.id = q.swab_id
                WHERE q.person_id = ANY(%s) AND w.person_id <> q.person_id
                  AND people_standing(w.person_id) <> people_standing(q.person_id)
            )
            SELECT q.id, q.person_id, q.unit_id, q.reason, q.from_swab_id FROM answered q
            WHERE NOT EXISTS (SELECT 1 FROM sampling_testrequest n WHERE n.key = q.parted)
            ORDER BY q.id
            """,
            (list(person_ids),),
        )
    ]
