"""Campaigns with what came of them here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from som.kernel import scope, sql
from som.kernel.actors import Actor
from som.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A campaign with its counts in the actor's units."""

    id: int
    code: str
    name: str
    unit: int
    target_group: str
    reason: str
    legal_basis: str
    frequency_days: int
    pool_size: int
    second_specimens: bool
    promise_hours: int
    starts_on: date
    ends_on: date | None
    labs: tuple[int, ...]
    ended_at: datetime | None
    ended_by: str
    sessions: int
    open_sessions: int

    def state(self, on: date) -> str:
        """Whether it is to come, under way or over on this day, or was ended."""
        if self.ended_at is not None:
            return "closed"
        if on < self.starts_on:
            return "planned"
        return "closed" if self.ends_on is not None and on > self.ends_on else "open"


_PLANNED = "c.code <> 'BC-' || c.unit_id"
"""Whether a campaign was planned here: not what holds together the results that others report."""

# Whoever works below the campaign's unit follows it, and whoever plans above.
_CAMPAIGN = """
SELECT c.id, c.code, c.name, c.unit_id, c.target_group, c.reason, c.legal_basis, c.frequency_days,
       c.pool_size, c.second_specimens, c.promise_hours, c.starts_on, c.ends_on,
       ARRAY(SELECT l.lab_id FROM sampling_campaignlaboratory l
             WHERE l.campaign_id = c.id ORDER BY l.lab_id),
       c.ended_at, c.ended_by, s.sessions, s.open
FROM sampling_campaign c
CROSS JOIN LATERAL (
    SELECT count(*) AS sessions, count(*) FILTER (WHERE s.closed_at IS NULL) AS open
    FROM sampling_session s
    WHERE s.campaign_id = c.id AND (%(all)s OR s.unit_id = ANY(%(units)s))
) s
WHERE (%(all)s OR EXISTS (
          SELECT 1 FROM places_coverage v
          WHERE v.unit_id = c.unit_id AND v.covered_id = ANY(%(units)s)))
"""


def _within(by: Actor, permission: str) -> dict[str, object]:
    by.must(permission)
    units = by.units_for(permission)
    return {"all": units is None, "units": sorted(units or ())}


def _row(line: tuple[Any, ...]) -> CampaignRow:
    return CampaignRow(*[*line[:13], tuple(line[13]), *line[14:]])


def campaigns(*, by: Actor, before: int | None = None, limit: int = 50) -> list[CampaignRow]:
    """Campaigns that reach the actor's units, last planned first; `before` is the last page's last."""
    return [
        _row(line)
        for line in sql.rows(
            _CAMPAIGN
            + f"""
              AND {_PLANNED}
              AND (%(before)s::int IS NULL OR c.id < %(before)s)
            ORDER BY c.id DESC LIMIT %(limit)s
            """,
            {**_within(by, "sampling.read"), "before": before, "limit": limit},
        )
    ]


def campaign(campaign_id: int, *, by: Actor) -> CampaignRow:
    """One campaign with its counts. Raises `NotFound` where it does not reach the actor's units."""
    found = sql.row(
        _CAMPAIGN + " AND c.id = %(id)s", {**_within(by, "sampling.read"), "id": campaign_id}
    )
    if found is None:
        raise NotFound(f"campaign {campaign_id}")
    return _row(found)


@dataclass(frozen=True, slots=True)
class CampaignSwabs:
    """What came of a campaign in the actor's units."""

    tubes: int
    people: int


def swabs_of_campaign(campaign_id: int, *, by: Actor) -> CampaignSwabs:
    """How many tubes and people a campaign's sessions here have so far."""
    campaign(campaign_id, by=by)
    found = sql.row(
        """
        SELECT count(*), coalesce(sum(t.swabs), 0)
        FROM sampling_session s JOIN sampling_tube t ON t.session_id = s.id
        WHERE s.campaign_id = %(id)s AND t.swabs > 0 AND (%(all)s OR s.unit_id = ANY(%(units)s))
        """,
        {**_within(by, "sampling.read"), "id": campaign_id},
    )
    return CampaignSwabs(*(int(number) for number in found or (0, 0)))


def requests_of_list(campaign_id: int, *, by: Actor) -> int:
    """How many open requests of a campaign's list would end with it."""
    with scope.entered(by, "sampling.plan"):
        found = sql.row(
            """
            SELECT count(*) FROM sampling_testrequest
            WHERE campaign_id = %s AND ended_at IS NULL AND reason = 'roster'
            """,
            (campaign_id,),
        )
    return found[0] if found else 0


def requests_of_ended_campaigns(*, by: Actor, limit: int, after: int = 0) -> list[int]:
    """Open requests of the lists of campaigns that were ended: they ask for nobody any more.

    In the order of their ids, from the one `after`. Asked every minute, of every campaign that ever
    ended: of each only an index of what is open is read.
    """
    with scope.entered(by, "sampling.read"):
        found = sql.rows(
            """
            SELECT q.id FROM sampling_campaign c
            -- OFFSET 0: one by one through the index, however many the planner expects.
            CROSS JOIN LATERAL (
                SELECT r.id FROM sampling_testrequest r
                WHERE r.campaign_id = c.id AND r.ended_at IS NULL AND r.reason = 'roster' OFFSET 0
            ) q
            WHERE c.ended_at IS NOT NULL AND q.id > %s ORDER BY q.id LIMIT %s
            """,
            (after, limit),
        )
    return [line[0] for line in found]


def turns_due(on: date, *, by: Actor, limit: int, after: int = 0) -> list[int]:
    """Requests that ended a person's turn of a campaign whose next turn is due on this day.

    In the order of their ids, from the one `after`. Those are left out who still wait for this turn,
    were swabbed by the campaign since, have died, or were handed to a unit that the campaign does not
    reach.
    """
    with scope.entered(by, "sampling.read"):
        found = sql.rows(
            """
            SELECT q.id
            FROM sampling_campaign c
            CROSS JOIN LATERAL (
                SELECT (%(on)s::date - c.frequency_days + 1)::timestamp
                           AT TIME ZONE 'Asia/Ho_Chi_Minh' AS before
            ) d
            -- OFFSET 0: one by one through the index, however many the planner expects.
            CROSS JOIN LATERAL (
                SELECT r.id, r.person_id, r.unit_id FROM sampling_testrequest r
                WHERE r.campaign_id = c.id AND r.ended_as IN ('swabbed', 'refused')
                  AND NOT r.followed AND r.ended_at < d.before AND r.reason <> 'day' OFFSET 0
            ) q
            WHERE c.frequency_days > 0 AND c.ended_at IS NULL AND c.starts_on <= %(on)s
              AND (c.ends_on IS NULL OR c.ends_on >= %(on)s)
              AND EXISTS (SELECT 1 FROM places_coverage v
                          WHERE v.unit_id = c.unit_id AND v.covered_id = q.unit_id)
              AND NOT EXISTS (
                  SELECT 1 FROM people_selves(ARRAY[q.person_id]) s
                  JOIN people_person p ON p.id = s.entry WHERE p.died_at IS NOT NULL)
              AND NOT EXISTS (
                  SELECT 1 FROM people_selves(ARRAY[q.person_id]) s
                  JOIN sampling_testrequest r ON r.person_id = s.entry
                  WHERE r.campaign_id = c.id
                    AND (r.ended_at IS NULL
                         OR (r.ended_as IN ('swabbed', 'refused') AND NOT r.followed
                             AND r.reason <> 'day' AND r.ended_at >= d.before)))
              AND NOT EXISTS (
                  SELECT 1 FROM people_selves(ARRAY[q.person_id]) s
                  JOIN sampling_swab w ON w.person_id = s.entry
                  JOIN sampling_session n ON n.id = w.session_id
                  WHERE n.campaign_id = c.id AND w.taken_at >= d.before)
              AND q.id > %(after)s
            ORDER BY q.id LIMIT %(limit)s
            """,
            {"on": on, "limit": limit, "after": after},
        )
    return [line[0] for line in found]


@dataclass(frozen=True, slots=True)
class CampaignChoice:
    """A campaign for which a session may be opened."""

    code: str
    name: str
    labs: tuple[int, ...]
    pool_size: int
    second_specimens: bool


def campaigns_under_way(on: date, *, by: Actor) -> list[CampaignChoice]:
    """Campaigns neither over on this day nor ended for which the actor may open sessions, last first."""
    return [
        CampaignChoice(line[0], line[1], tuple(line[2]), line[3], line[4])
        for line in sql.rows(
            f"""
            SELECT c.code, c.name,
                   ARRAY(SELECT l.lab_id FROM sampling_campaignlaboratory l
                         WHERE l.campaign_id = c.id ORDER BY l.lab_id),
                   c.pool_size, c.second_specimens
            FROM sampling_campaign c
            WHERE (c.ends_on IS NULL OR c.ends_on >= %(on)s) AND c.ended_at IS NULL AND {_PLANNED}
              AND (%(all)s OR EXISTS (
                  SELECT 1 FROM places_coverage v
                  WHERE v.unit_id = c.unit_id AND v.covered_id = ANY(%(units)s)))
            ORDER BY c.id DESC LIMIT 200
            """,
            {**_within(by, "sampling.plan"), "on": on},
        )
    ]
