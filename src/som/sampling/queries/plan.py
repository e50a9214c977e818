"""What a plan must reckon with: the laboratories' days, the turns of a campaign, who takes its tubes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.sampling.queries.campaigns import campaign


@dataclass(frozen=True, slots=True)
class LaboratoryDay:
    """What a laboratory may test on a day, and the tubes that sessions of that day will send it.

    `ceiling` is None where none was set.
    """

    lab: int
    on: date
    ceiling: int | None
    planned: int

    @property
    def room(self) -> int | None:
        """How many more tubes it can take that day."""
        return None if self.ceiling is None else max(0, self.ceiling - self.planned)


def laboratory_days(
    labs: Sequence[int], on: date, *, by: Actor, without: int | None = None
) -> dict[int, LaboratoryDay]:
    """The room that laboratories have on a day, whoever plans for them; `without` one session.

    A session is reckoned with the tubes it expects, or has if these are more.
    """
    by.must("sampling.read")
    first = datetime.combine(on, time.min, LOCAL)
    return {
        line[0]: LaboratoryDay(line[0], on, line[1], line[2])
        for line in sql.rows(
            """
            SELECT g.lab,
                   (SELECT y.tests_a_day FROM lab_capacity y
                    WHERE y.lab_id = g.lab AND y.valid_from <= %(on)s
                    ORDER BY y.valid_from DESC LIMIT 1),
                   coalesce(n.tubes, 0)::int
            FROM unnest(%(labs)s::int[]) AS g (lab)
            LEFT JOIN (
                SELECT s.lab_id, sum(greatest(t.tubes, ceil(
                           s.expected * CASE WHEN c.second_specimens THEN 2.0 ELSE 1.0 END
                           / c.pool_size))) AS tubes
                FROM sampling_session s
                JOIN sampling_campaign c ON c.id = s.campaign_id
                CROSS JOIN LATERAL (
                    SELECT count(*) AS tubes FROM sampling_tube t
                    WHERE t.session_id = s.id AND t.swabs > 0
                ) t
                WHERE s.starts_at >= %(first)s AND s.starts_at < %(end)s
                  AND s.lab_id = ANY(%(labs)s) AND s.id IS DISTINCT FROM %(without)s
                GROUP BY s.lab_id
            ) n ON n.lab_id = g.lab
            """,
            {
                "labs": list(labs),
                "on": on,
                "first": first,
                "end": first + timedelta(days=1),
                "without": without,
            },
        )
    }


@dataclass(frozen=True, slots=True)
class TurnRow:
    """A turn of a campaign: how many people it asked for, and what became of it.

    `others`: whoever refused, was away, could not be swabbed, moved or died.
    """

    number: int
    first: date
    last: date | None
    asked: int
    swabbed: int
    waiting: int
    others: int


_TURN = """
CASE WHEN %(days)s = 0 THEN 0 ELSE
    greatest(0, (r.requested_at AT TIME ZONE %(local)s)::date - %(starts)s::date) / %(days)s END
"""

_PARTS = {
    "": "true",
    "swabbed": "r.ended_as = 'swabbed'",
    "waiting": "r.ended_at IS NULL",
    "others": "r.ended_as <> 'swabbed'",
}
"""Which part of a turn each of its numbers opens: one condition for both."""


def turns_of_campaign(campaign_id: int, *, by: Actor, limit: int = 30) -> list[TurnRow]:
    """The latest turns of a campaign in the actor's units, by the day on which people were asked for.

    One that asks once has one turn, from its first day to its last.
    """
    row = campaign(campaign_id, by=by)
    with scope.entered(by, "sampling.read") as units:
        found = sql.rows(
            f"""
            SELECT {_TURN} AS turn, count(*), count(*) FILTER (WHERE {_PARTS["swabbed"]}),
                   count(*) FILTER (WHERE {_PARTS["waiting"]}),
                   count(*) FILTER (WHERE {_PARTS["others"]})
            FROM sampling_testrequest r
            WHERE r.campaign_id = %(campaign)s AND (%(all)s OR r.unit_id = ANY(%(units)s))
            GROUP BY 1 ORDER BY 1 DESC LIMIT %(limit)s
            """,
            {
                "days": row.frequency_days,
                "local": str(LOCAL),
                "starts": row.starts_on,
                "campaign": campaign_id,
                "all": units is None,
                "units": sorted(units or ()),
                "limit": limit,
            },
        )
    turns = []
    for turn, *numbers in found:
        first = row.starts_on + timedelta(days=turn * row.frequency_days)
        last = first + timedelta(days=row.frequency_days - 1) if row.frequency_days else row.ends_on
        turns.append(TurnRow(turn + 1, first, last, *numbers))
    return turns


@dataclass(frozen=True, slots=True)
class CampaignPerson:
    """Somebody whom a campaign asked for, and what became of it."""

    request: int
    person: int
    name: str
    birth_year: int | None
    unit: int
    due_at: datetime
    ended_as: str | None
    ended_at: datetime | None


def people_of_campaign(
    campaign_id: int,
    *,
    by: Actor,
    at: datetime,
    turn: int | None = None,
    part: str = "",
    after: int = 0,
    limit: int = 100,
) -> list[CampaignPerson]:
    """Whom a campaign asked for in the actor's units, as they stand on the list; the reading is noted.

    `turn` takes one turn's alone, `part` one of the parts that `turns_of_campaign` counts; `after` is
    the last page's last request.
    """
    row = campaign(campaign_id, by=by)
    with scope.entered(by, "sampling.read") as units:
        found = [
            CampaignPerson(*line)
            for line in sql.rows(
                f"""
                SELECT r.id, r.person_id, p.name,
                       coalesce(extract(year FROM p.birth_date)::int, p.birth_year), r.unit_id,
                       r.due_at, r.ended_as, r.ended_at
                FROM sampling_testrequest r JOIN people_person p ON p.id = r.person_id
                WHERE r.campaign_id = %(campaign)s AND (%(all)s OR r.unit_id = ANY(%(units)s))
                  AND {_PARTS[part]} AND (%(turn)s::int IS NULL OR {_TURN} = %(turn)s - 1)
                  AND r.id > %(after)s
                ORDER BY r.id LIMIT %(limit)s
                """,
                {
                    "days": row.frequency_days,
                    "local": str(LOCAL),
                    "starts": row.starts_on,
                    "campaign": campaign_id,
                    "all": units is None,
                    "units": sorted(units or ()),
                    "turn": turn,
                    "after": after,
                    "limit": limit,
                },
            )
        ]
        audit.record(
            by,
            "sampling.people_of_campaign",
            at=at,
            persons=[one.person for one in found],
            kind=audit.READ,
        )
    return found


@dataclass(frozen=True, slots=True)
class CampaignLabRow:
    """A laboratory of a campaign: the sessions that send to it, their people and their tubes."""

    lab: int
    sessions: int
    expected: int
    people: int
    tubes: int
    sent: int


def labs_of_campaign(campaign_id: int, *, by: Actor) -> list[CampaignLabRow]:
    """Where a campaign's sessions of the actor's units send, the busiest laboratory first."""
    campaign(campaign_id, by=by)
    units = by.units_for("sampling.read")
    return [
        CampaignLabRow(*line)
        for line in sql.rows(
            """
            SELECT s.lab_id, count(*), coalesce(sum(s.expected), 0)::int, sum(t.people)::int,
                   sum(t.tubes)::int, sum(t.sent)::int
            FROM sampling_session s
            CROSS JOIN LATERAL (
                SELECT count(*) AS tubes, coalesce(sum(t.swabs), 0) AS people,
                       count(t.manifest_id) AS sent
                FROM sampling_tube t WHERE t.session_id = s.id AND t.swabs > 0
            ) t
            WHERE s.campaign_id = %s AND (%s OR s.unit_id = ANY(%s))
            GROUP BY s.lab_id ORDER BY 5 DESC, 1
            """,
            (campaign_id, units is None, sorted(units or ())),
        )
    ]
