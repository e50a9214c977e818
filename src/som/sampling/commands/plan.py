"""Campaigns, sessions and schemes of tube codes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from som.kernel import audit, rulebook, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import local_day
from som.kernel.ids import tube_code
from som.kernel.outcomes import Outcome, Refused
from som.places.queries import organisations_by_id, sites_by_id, units_by_id
from som.places.rules import MAY_TEST
from som.sampling import rules
from som.sampling.rules import PATTERN, CampaignFacts, Limits, PlanRefusal


@dataclass(frozen=True, slots=True)
class Campaign:
    """Whom to test in this unit, why, how often, and how many swabs a tube may hold.

    `frequency_days`: again every so many days, 0 for once. `labs`: to which laboratories alone its
    sessions send; none named allows all.
    """

    code: str
    name: str
    unit: int
    reason: str
    starts_on: date
    pool_size: int = 1
    promise_hours: int | None = None
    legal_basis: str = ""
    target_group: str = ""
    frequency_days: int = 0
    labs: tuple[int, ...] = ()
    second_specimens: bool = False
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A place and team of a campaign, sending its tubes to one laboratory.

    `site`: the registered place, where it is one. `expected`: how many people are reckoned with.
    """

    code: str
    campaign: str
    unit: int
    lab: int
    place: str
    starts_at: datetime
    team: str = ""
    site: int | None = None
    ends_at: datetime | None = None
    expected: int | None = None


@dataclass(frozen=True, slots=True)
class SchemeWanted:
    """A pattern (regular expression) of an issuer's tube codes."""

    issuer: int
    name: str
    pattern: str


def plan_campaigns(campaigns: Sequence[Campaign], *, by: Actor, at: datetime) -> Outcome[Campaign]:
    """Decide whom to test, why and how.

    The promise is the dated rule's of that territory unless the campaign is stricter. Refuses a unit
    that is not the actor's, more swabs in a tube than the rule allows, a promise of no time, days
    that cannot be, a first one more than a year away or a last one years later, an unknown laboratory,
    and a code that stands for another campaign.
    """
    outcome: Outcome[Campaign] = Outcome()
    with scope.entered(by, "sampling.plan"):
        on = local_day(at)
        limits = _limits([c.unit for c in campaigns], on)
        labs = _laboratories([lab for c in campaigns for lab in c.labs])
        sql.execute("LOCK TABLE sampling_campaign IN SHARE ROW EXCLUSIVE MODE")
        held = {
            line[0]: line[1:]
            for line in sql.rows(
                f"""
                SELECT c.code, {", ".join(f"c.{column}" for column in _CAMPAIGN)},
                       coalesce(array_agg(l.lab_id ORDER BY l.lab_id)
                                FILTER (WHERE l.lab_id IS NOT NULL), '{{}}')
                FROM sampling_campaign c
                LEFT JOIN sampling_campaignlaboratory l ON l.campaign_id = c.id
                WHERE c.code = ANY(%s) GROUP BY c.id
                """,
                ([c.code for c in campaigns],),
            )
        }
        new: dict[str, tuple[object, ...]] = {}
        for given in campaigns:
            if given.unit not in limits or not by.may("sampling.plan", unit=given.unit):
                outcome.refused.append(Refused(given, PlanRefusal.NOT_HERE))
                continue
            hours = rules.promise_of(given.promise_hours, limits[given.unit])
            row = (
                *(
                    hours if c == "promise_hours" else getattr(given, _FIELD.get(c, c))
                    for c in _CAMPAIGN
                ),
                sorted(set(given.labs)),
            )
            # Before what today forbids: what is sent again later is the same.
            if held.get(given.code) == row:
                outcome.unchanged.append(given)
            elif fault := rules.fault_of_campaign(
                reason=given.reason,
                pool_size=given.pool_size,
                promise_hours=hours,
                frequency_days=given.frequency_days,
                starts_on=given.starts_on,
                ends_on=given.ends_on,
                limits=limits[given.unit],
                today=on,
            ):
                outcome.refused.append(Refused(given, *fault))
            elif unknown := [lab for lab in given.labs if lab not in labs]:
                outcome.refused.append(Refused(given, PlanRefusal.LAB_UNKNOWN, str(unknown[0])))
            elif given.code in held:
                outcome.refused.append(Refused(given, PlanRefusal.CODE_TAKEN, given.code))
            else:
                held[given.code] = new[given.code] = row
                outcome.done.append(given)
        _insert_campaigns(new)
        audit.record(
            by, "sampling.plan_campaigns", at=at, note={"codes": [c.code for c in outcome.done]}
        )
    return outcome


_CAMPAIGN = {
    "name": "text",
    "unit_id": "int",
    "target_group": "text",
    "reason": "text",
    "legal_basis": "text",
    "frequency_days": "smallint",
    "pool_size": "smallint",
    "second_specimens": "boolean",
    "promise_hours": "smallint",
    "starts_on": "date",
    "ends_on": "date",
}
"""What a campaign consists of, beside its code and laboratories, with the columns' types."""

_FIELD = {"unit_id": "unit"}


def _insert_campaigns(new: Mapping[str, tuple[object, ...]]) -> None:
    """Insert campaigns, by code, and the laboratories that each names last."""
    columns = list(zip(*[(code, *row[:-1]) for code, row in new.items()], strict=True))
    types = ("text", *_CAMPAIGN.values())
    sql.execute(
        f"""
        INSERT INTO sampling_campaign (code, {", ".join(_CAMPAIGN)})
        SELECT * FROM unnest({", ".join(f"%s::{kind}[]" for kind in types)})
        """,
        [list(column) for column in columns] or [[]] * len(types),
    )
    named = [(code, lab) for code, row in new.items() for lab in cast("list[int]", row[-1])]
    sql.execute(
        """
        INSERT INTO sampling_campaignlaboratory (campaign_id, lab_id)
        SELECT c.id, g.lab FROM unnest(%s::text[], %s::int[]) AS g (code, lab)
        JOIN sampling_campaign c ON c.code = g.code
        """,
        ([code for code, _ in named], [lab for _, lab in named]),
    )


def _limits(units: Sequence[int], on: date) -> dict[int, Limits]:
    """What the dated rules of each unit's territory allow; units that are none are left out."""
    return {
        unit.id: Limits(
            *(
                int(rulebook.rule(key, on=on, territory=unit.territory).value)
                for key in ("sampling.field_pool.most", "sampling.promise.hours")
            )
        )
        for unit in units_by_id(units, on).values()
    }


def _laboratories(labs: Sequence[int]) -> frozenset[int]:
    """Those of these organisations that test."""
    return frozenset(one.id for one in organisations_by_id(labs).values() if one.kind in MAY_TEST)


def open_sessions(sessions: Sequence[Session], *, by: Actor, at: datetime) -> Outcome[Session]:
    """Open places where a campaign's swabs are taken.

    Refuses an unknown campaign or laboratory, one to which the campaign does not send, a campaign that
    was ended, a day on which it is not or more than a year ahead, hours and numbers that cannot be, a
    unit that is not the actor's or not the campaign's, a site that is not there, and a code in use for
    another session.
    Whoever opens one answers for its tubes at first.
    """
    outcome: Outcome[Session] = Outcome()
    with scope.entered(by, "sampling.plan"):
        campaigns = {
            (line[0], line[1]): CampaignFacts(*line[2:])
            for line in sql.rows(
                """
                SELECT DISTINCT g.campaign, g.unit, c.id, c.starts_on, c.ends_on,
                       ARRAY(SELECT l.lab_id FROM sampling_campaignlaboratory l
                             WHERE l.campaign_id = c.id ORDER BY l.lab_id),
                       c.ended_at IS NOT NULL
                FROM unnest(%s::text[], %s::int[]) AS g (campaign, unit)
                JOIN sampling_campaign c ON c.code = g.campaign
                JOIN places_coverage v ON v.unit_id = c.unit_id AND v.covered_id = g.unit
                """,
                ([s.campaign for s in sessions], [s.unit for s in sessions]),
            )
        }
        labs = _laboratories([s.lab for s in sessions])
        found = sites_by_id([s.site for s in sessions if s.site is not None])
        sites = {site.id: site.unit_id for site in found.values()}
        sql.execute("LOCK TABLE sampling_session IN SHARE ROW EXCLUSIVE MODE")
        held = {
            line[0]: line[1:]
            for line in sql.rows(
                "SELECT code, campaign_id, unit_id, lab_id, place, team, starts_at, site_id,"
                " ends_at, expected FROM sampling_session WHERE code = ANY(%s)",
                ([s.code for s in sessions],),
            )
        }
        new: list[tuple[object, ...]] = []
        for given in sessions:
            campaign = campaigns.get((given.campaign, given.unit))
            row = (
                campaign and campaign.id,
                given.unit,
                given.lab,
                given.place,
                given.team,
                given.starts_at,
                given.site,
                given.ends_at,
                given.expected,
            )
            if not by.may("sampling.plan", unit=given.unit):
                outcome.refused.append(Refused(given, PlanRefusal.NOT_HERE))
            elif held.get(given.code) == row:
                outcome.unchanged.append(given)
            elif campaign is None:
                outcome.refused.append(Refused(given, PlanRefusal.CAMPAIGN_UNKNOWN, given.campaign))
            elif given.lab not in labs:
                outcome.refused.append(Refused(given, PlanRefusal.LAB_UNKNOWN, str(given.lab)))
            elif fault := rules.fault_of_session(
                campaign,
                unit=given.unit,
                lab=given.lab,
                on=local_day(given.starts_at),
                today=local_day(at),
                hours=(given.starts_at, given.ends_at),
                expected=given.expected,
                site=given.site,
                sites=sites,
            ):
                outcome.refused.append(Refused(given, *fault))
            elif given.code in held:
                outcome.refused.append(Refused(given, PlanRefusal.CODE_TAKEN, given.code))
            else:
                held[given.code] = row
                new.append((given.code, *row))
                outcome.done.append(given)
        columns = list(zip(*new, strict=True)) or [()] * 10
        sql.execute(
            """
            INSERT INTO sampling_session
                (code, campaign_id, unit_id, lab_id, place, team, starts_at, site_id, ends_at,
                 expected, opened_by)
            SELECT s.*, %s FROM unnest(%s::text[], %s::int[], %s::int[], %s::int[], %s::text[],
                                       %s::text[], %s::timestamptz[], %s::int[],
                                       %s::timestamptz[], %s::int[]) AS s
            """,
            [by.name, *[list(column) for column in columns]],
        )
        audit.record(
            by, "sampling.open_sessions", at=at, note={"codes": [s.code for s in outcome.done]}
        )
    return outcome


def register_schemes(
    schemes: Sequence[SchemeWanted], *, by: Actor, at: datetime
) -> Outcome[SchemeWanted]:
    """Register how other issuers write their tube codes.

    Refuses an issuer outside the actor's units, a pattern that cannot be read, and one that would
    take our own codes.
    """
    outcome: Outcome[SchemeWanted] = Outcome()
    ours = tube_code(0)
    with scope.entered(by, "sampling.plan"):
        issuers = organisations_by_id([s.issuer for s in schemes])
        sql.execute("LOCK TABLE sampling_scheme IN SHARE ROW EXCLUSIVE MODE")
        held = set(sql.rows("SELECT issuer_id, pattern FROM sampling_scheme"))
        new: list[SchemeWanted] = []
        for given in schemes:
            issuer = issuers.get(given.issuer)
            if issuer is None or not by.may("sampling.plan", unit=issuer.unit_id):
                outcome.refused.append(Refused(given, PlanRefusal.NOT_HERE))
                continue
            if not PATTERN.fullmatch(given.pattern):
                outcome.refused.append(
                    Refused(given, PlanRefusal.PATTERN_UNREADABLE, given.pattern)
                )
                continue
            try:
                takes_ours = re.fullmatch(given.pattern, ours)
            except re.error as fault:
                outcome.refused.append(Refused(given, PlanRefusal.PATTERN_UNREADABLE, str(fault)))
                continue
            if takes_ours:
                outcome.refused.append(Refused(given, PlanRefusal.PATTERN_TAKES_OURS))
            elif (given.issuer, given.pattern) in held:
                outcome.unchanged.append(given)
            else:
                held.add((given.issuer, given.pattern))
                new.append(given)
                outcome.done.append(given)
        sql.execute(
            "INSERT INTO sampling_scheme (issuer_id, name, pattern)"
            " SELECT * FROM unnest(%s::int[], %s::text[], %s::text[])",
            ([s.issuer for s in new], [s.name for s in new], [s.pattern for s in new]),
        )
        audit.record(
            by, "sampling.register_schemes", at=at, note={"patterns": [s.pattern for s in new]}
        )
    return outcome
