"""Campaigns, sessions, tube schemes and rolls of labels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from som.kernel import audit, rulebook, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.ids import TUBE_SERIALS, tube_code
from som.kernel.outcomes import Outcome, Refused, once
from som.places.queries import organisations_by_id
from som.sampling.rules import PATTERN, PlanRefusal


@dataclass(frozen=True, slots=True)
class Campaign:
    """Whom to test in this unit, why, and how many swabs a tube may hold."""

    code: str
    name: str
    unit: int
    reason: str
    starts_on: date
    pool_size: int = 1
    promise_hours: int | None = None
    legal_basis: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """A place and team of a campaign, sending its tubes to one laboratory."""

    code: str
    campaign: str
    unit: int
    lab: int
    place: str
    starts_at: datetime
    team: str = ""


@dataclass(frozen=True, slots=True)
class SchemeWanted:
    """A pattern (regular expression) of an issuer's tube codes."""

    issuer: int
    name: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Roll:
    """Labels of our own scheme from the first to the last serial number, issued to a unit."""

    first: int
    last: int
    unit: int


def plan_campaigns(campaigns: Sequence[Campaign], *, by: Actor, at: datetime) -> Outcome[Campaign]:
    """Decide whom to test, why and how.

    The promise is the dated rule's unless the campaign is stricter. Refuses a unit that is not the
    actor's, more swabs in a tube than the dated rule allows, a promise of no time, and a code that
    stands for another campaign.
    """
    outcome: Outcome[Campaign] = Outcome()
    with scope.entered(by, "sampling.plan"):
        on = at.astimezone(LOCAL).date()
        most = int(rulebook.rule("sampling.field_pool.most", on=on).value)
        promise = int(rulebook.rule("sampling.promise.hours", on=on).value)
        codes = [c.code for c in campaigns]
        sql.execute("LOCK TABLE sampling_campaign IN SHARE ROW EXCLUSIVE MODE")
        held = {
            line[0]: line[1:]
            for line in sql.rows(
                "SELECT code, name, unit_id, reason, starts_on, pool_size, promise_hours,"
                " legal_basis FROM sampling_campaign WHERE code = ANY(%s)",
                (codes,),
            )
        }
        new: list[tuple[object, ...]] = []
        for given in campaigns:
            hours = min(promise, given.promise_hours or promise)
            row = (
                given.name,
                given.unit,
                given.reason,
                given.starts_on,
                given.pool_size,
                hours,
                given.legal_basis,
            )
            if not by.may("sampling.plan", unit=given.unit):
                outcome.refused.append(Refused(given, PlanRefusal.NOT_HERE))
            elif not 1 <= given.pool_size <= most:
                outcome.refused.append(Refused(given, PlanRefusal.POOL_TOO_LARGE, str(most)))
            elif hours < 1:
                outcome.refused.append(Refused(given, PlanRefusal.PROMISE_IMPOSSIBLE))
            elif given.code in held:
                if held[given.code] == row:
                    outcome.unchanged.append(given)
                else:
                    outcome.refused.append(Refused(given, PlanRefusal.CODE_TAKEN, given.code))
            else:
                held[given.code] = row
                new.append((given.code, *row))
                outcome.done.append(given)
        columns = list(zip(*new, strict=True)) or [()] * 8
        sql.execute(
            """
            INSERT INTO sampling_campaign
                (code, name, unit_id, reason, starts_on, pool_size, promise_hours, legal_basis)
            SELECT * FROM unnest(%s::text[], %s::text[], %s::int[], %s::text[], %s::date[],
                                 %s::smallint[], %s::smallint[], %s::text[])
            """,
            [list(column) for column in columns],
        )
        audit.record(
            by, "sampling.plan_campaigns", at=at, note={"codes": [c.code for c in outcome.done]}
        )
    return outcome


def open_sessions(sessions: Sequence[Session], *, by: Actor, at: datetime) -> Outcome[Session]:
    """Open places where a campaign's swabs are taken.

    Refuses an unknown campaign or laboratory, a unit that is not the actor's or not the campaign's,
    and a code in use for another session.
    """
    outcome: Outcome[Session] = Outcome()
    with scope.entered(by, "sampling.plan"):
        campaigns = {
            (line[0], line[1]): line[2]
            for line in sql.rows(
                """
                SELECT DISTINCT g.campaign, g.unit, c.id
                FROM unnest(%s::text[], %s::int[]) AS g (campaign, unit)
                JOIN sampling_campaign c ON c.code = g.campaign
                JOIN places_coverage v ON v.unit_id = c.unit_id AND v.covered_id = g.unit
                """,
                ([s.campaign for s in sessions], [s.unit for s in sessions]),
            )
        }
        labs = organisations_by_id([s.lab for s in sessions])
        sql.execute("LOCK TABLE sampling_session IN SHARE ROW EXCLUSIVE MODE")
        held = {
            line[0]: line[1:]
            for line in sql.rows(
                "SELECT code, campaign_id, unit_id, lab_id, place, team, starts_at"
                " FROM sampling_session WHERE code = ANY(%s)",
                ([s.code for s in sessions],),
            )
        }
        new: list[tuple[object, ...]] = []
        for given in sessions:
            row = (
                campaigns.get((given.campaign, given.unit)),
                given.unit,
                given.lab,
                given.place,
                given.team,
                given.starts_at,
            )
            if not by.may("sampling.plan", unit=given.unit):
                outcome.refused.append(Refused(given, PlanRefusal.NOT_HERE))
            elif row[0] is None:
                outcome.refused.append(Refused(given, PlanRefusal.CAMPAIGN_UNKNOWN, given.campaign))
            elif given.lab not in labs:
                outcome.refused.append(Refused(given, PlanRefusal.LAB_UNKNOWN, str(given.lab)))
            elif given.code in held:
                if held[given.code] == row:
                    outcome.unchanged.append(given)
                else:
                    outcome.refused.append(Refused(given, PlanRefusal.CODE_TAKEN, given.code))
            else:
                held[given.code] = row
                new.append((given.code, *row))
                outcome.done.append(given)
        columns = list(zip(*new, strict=True)) or [()] * 7
        sql.execute(
            """
            INSERT INTO sampling_session
                (code, campaign_id, unit_id, lab_id, place, team, starts_at)
            SELECT * FROM unnest(%s::text[], %s::int[], %s::int[], %s::int[], %s::text[],
                                 %s::text[], %s::timestamptz[])
            """,
            [list(column) for column in columns],
        )
        audit.record(
            by, "sampling.open_sessions", at=at, note={"codes": [s.code for s in outcome.done]}
        )
    return outcome


def close_sessions(codes: Sequence[str], *, by: Actor, at: datetime) -> Outcome[str]:
    """Close sessions: no swab is recorded there any more.

    Refuses a session that is not the actor's. Locks the sessions in the order of their codes, so a
    batch of swabs under way is finished first.
    """
    outcome: Outcome[str] = Outcome()
    with scope.entered(by, "sampling.plan") as units:
        held = dict(
            sql.rows(
                """
                SELECT code, closed_at FROM sampling_session
                WHERE code = ANY(%s) AND (%s OR unit_id = ANY(%s)) ORDER BY code FOR UPDATE
                """,
                (list(codes), units is None, sorted(units or ())),
            )
        )
        for code in once(codes):
            if code not in held:
                outcome.refused.append(Refused(code, PlanRefusal.NOT_HERE))
            elif held[code] is not None:
                outcome.unchanged.append(code)
            else:
                outcome.done.append(code)
        sql.execute(
            "UPDATE sampling_session SET closed_at = %s WHERE code = ANY(%s)", (at, outcome.done)
        )
        audit.record(by, "sampling.close_sessions", at=at, note={"codes": outcome.done})
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


def issue_rolls(rolls: Sequence[Roll], *, by: Actor, at: datetime) -> Outcome[Roll]:
    """Issue runs of printed labels to units.

    Refuses impossible numbers, and a roll any of whose labels is on another roll: two tubes of one
    name would be two people of one result.
    """
    outcome: Outcome[Roll] = Outcome()
    with scope.entered(by, "sampling.plan"):
        sql.execute("LOCK TABLE sampling_roll IN SHARE ROW EXCLUSIVE MODE")
        possible = [r for r in rolls if 0 <= r.first <= r.last < TUBE_SERIALS]
        clashing = sql.rows(
            """
            SELECT r.first, r.last, r.unit_id
            FROM sampling_roll r JOIN unnest(%s::int[], %s::int[]) AS g (first, last)
              ON int4range(r.first, r.last, '[]') && int4range(g.first, g.last, '[]')
            """,
            (
                [r.first for r in possible],
                [r.last for r in possible],
            ),
        )
        taken = [Roll(*line) for line in set(clashing)]
        new: list[Roll] = []
        for given in rolls:
            if not by.may("sampling.plan", unit=given.unit):
                outcome.refused.append(Refused(given, PlanRefusal.NOT_HERE))
            elif given not in possible:
                outcome.refused.append(Refused(given, PlanRefusal.ROLL_IMPOSSIBLE))
            elif given in taken:
                outcome.unchanged.append(given)
            elif any(r.first <= given.last and given.first <= r.last for r in taken):
                outcome.refused.append(Refused(given, PlanRefusal.ROLL_OVERLAPS))
            else:
                taken.append(given)
                new.append(given)
                outcome.done.append(given)
        sql.execute(
            "INSERT INTO sampling_roll (first, last, unit_id, issued_at)"
            " SELECT *, %s FROM unnest(%s::int[], %s::int[], %s::int[])",
            (at, [r.first for r in new], [r.last for r in new], [r.unit for r in new]),
        )
        audit.record(
            by,
            "sampling.issue_rolls",
            at=at,
            note={"rolls": [[r.first, r.last, r.unit] for r in new]},
        )
    return outcome
