"""Campaigns as they go on: turn after turn, until somebody says that one has ended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.outcomes import Outcome, Refused, once
from som.people.queries import dead, selves
from som.sampling.rules import PlanRefusal, RequestReason, TurnFacts, fault_of_turn
from som.sampling.rules.imports import request_key, turn_of


def end_campaigns(codes: Sequence[str], *, by: Actor, at: datetime) -> Outcome[str]:
    """Say that campaigns have ended: they ask for nobody any more, and no session of them opens.

    Their last day is this day at the latest. Whoever of their lists was not swabbed is asked for no
    more: `work.take_up_ended` ends these requests. Refuses a campaign whose unit is not the actor's.
    One that was ended stays as it is. Locks the campaigns in the order of their codes.
    """
    outcome: Outcome[str] = Outcome()
    today = at.astimezone(LOCAL).date()
    with scope.entered(by, "sampling.plan"):
        held = {
            line[0]: line[1:]
            for line in sql.rows(
                "SELECT code, unit_id, ended_at IS NOT NULL FROM sampling_campaign"
                " WHERE code = ANY(%s) ORDER BY code FOR UPDATE",
                (list(codes),),
            )
        }
        for given in once(codes):
            if given not in held:
                outcome.refused.append(Refused(given, PlanRefusal.CAMPAIGN_UNKNOWN, given))
            elif not by.may("sampling.plan", unit=held[given][0]):
                outcome.refused.append(Refused(given, PlanRefusal.NOT_HERE))
            elif held[given][1]:
                outcome.unchanged.append(given)
            else:
                outcome.done.append(given)
        # Ended before it began, its only day is the first: a last day before that there is none.
        sql.execute(
            """
            UPDATE sampling_campaign
            SET ended_at = %(at)s, ended_by = %(by)s,
                ends_on = greatest(starts_on, least(ends_on, %(today)s::date))
            WHERE code = ANY(%(codes)s)
            """,
            {"at": at, "by": by.name, "today": today, "codes": outcome.done},
        )
        audit.record(by, "sampling.end_campaigns", at=at, note={"codes": outcome.done})
    return outcome


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request of a campaign that repeats, as its person's next turn depends on it."""

    id: int
    campaign: int
    person: int
    unit: int
    ended_at: datetime | None
    turned: bool
    """Whether it ended in a swab or a refusal, and so its turn with it."""
    followed: bool


@dataclass(frozen=True, slots=True)
class _Repeated:
    """A campaign as its turns depend on it."""

    frequency_days: int
    starts_on: date
    ends_on: date | None
    ended: bool

    def turn(self, on: date) -> int:
        """Which turn this day is in, counted as a list sent for the day counts it."""
        return turn_of(on, self.starts_on, self.frequency_days)


def ask_turns(requests: Sequence[int], *, by: Actor, at: datetime) -> Outcome[int]:
    """Ask the people of these ended requests for their campaign's next turn, due today.

    Of several requests that ended one turn of a person, under whatever entry, the last is followed
    by one new request, in the unit where the person was last asked for. Refuses what
    `rules.fault_of_turn` names, and a request not seen here. A turn asked for already stays as it
    is. Locks the campaigns against being ended, then the persons' requests in the order of their ids.
    """
    outcome: Outcome[int] = Outcome()
    today = at.astimezone(LOCAL).date()
    with scope.entered(by, "sampling.request") as units:
        persons = sql.rows(
            "SELECT person_id, campaign_id FROM sampling_testrequest"
            " WHERE id = ANY(%s) AND campaign_id IS NOT NULL",
            (list(requests),),
        )
        campaigns = _campaigns({campaign for _, campaign in persons})
        entries = selves(person for person, _ in persons)
        held = _requests(entries, campaigns)
        swabbed = _swabbed(entries, campaigns)
        died = dead(entries.values())
        reached = _reached(held.values())
        taken = _taken(entries, campaigns, today)
        turns: dict[tuple[int, int], list[_Asked]] = defaultdict(list)
        for one in held.values():
            turns[one.campaign, entries[one.person]].append(one)

        new: dict[int, tuple[int, str]] = {}
        ended: list[int] = []
        for given in once(requests):
            request = held.get(given)
            if request is None or (units is not None and request.unit not in units):
                outcome.refused.append(Refused(given, PlanRefusal.REQUEST_UNKNOWN))
                continue
            if request.followed:
                outcome.unchanged.append(given)
                continue
            person = entries[request.person]
            theirs = turns[request.campaign, person]
            open_turn = [one for one in theirs if one.turned and not one.followed]
            if not request.turned:
                outcome.refused.append(Refused(given, PlanRefusal.TURN_TO_COME))
                continue
            last = max(open_turn, key=lambda one: (one.ended_at, one.id))
            campaign = campaigns[request.campaign]
            facts = TurnFacts(
                last_on=max(
                    one.astimezone(LOCAL).date()
                    for one in (last.ended_at, swabbed.get((request.campaign, person)))
                    if one is not None
                ),
                frequency_days=campaign.frequency_days,
                starts_on=campaign.starts_on,
                ends_on=campaign.ends_on,
                ended=campaign.ended,
                asked=any(one.ended_at is None for one in theirs),
                died=person in died,
                reached=(request.campaign, last.unit) in reached,
            )
            if (fault := fault_of_turn(facts, on=today)) is not None:
                outcome.refused.append(Refused(given, fault))
                continue
            key = request_key(request.campaign, campaign.turn(today), person)
            if (request.campaign, person) in taken:
                key = f"turn:{last.id}"
            new[last.id] = person, key
            ended += [one.id for one in open_turn]
            outcome.done.append(given)
        sql.execute(
            """
            INSERT INTO sampling_testrequest
                (key, unit_ids, unit_id, person_id, reason, campaign_id, single, requested_at, due_at)
            SELECT g.key, r.unit_ids, r.unit_id, g.person, r.reason, r.campaign_id, r.single, %s, %s
            FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS g (id, person, key)
            JOIN sampling_testrequest r ON r.id = g.id ORDER BY g.key
            ON CONFLICT (key) DO NOTHING
            """,
            (
                at,
                datetime.combine(today + timedelta(days=1), time.min, tzinfo=LOCAL),
                list(new),
                [person for person, _ in new.values()],
                [key for _, key in new.values()],
            ),
        )
        sql.execute("UPDATE sampling_testrequest SET followed = true WHERE id = ANY(%s)", (ended,))
        audit.record(
            by,
            "sampling.ask_turns",
            at=at,
            persons=[person for person, _ in new.values()],
            things=sorted(new),
        )
    return outcome


def _campaigns(ids: Iterable[int]) -> dict[int, _Repeated]:
    """These campaigns; shared lock against their being ended."""
    return {
        line[0]: _Repeated(*line[1:])
        for line in sql.rows(
            "SELECT id, frequency_days, starts_on, ends_on, ended_at IS NOT NULL"
            " FROM sampling_campaign WHERE id = ANY(%s) ORDER BY id FOR SHARE",
            (list(ids),),
        )
    }


def _requests(entries: Iterable[int], campaigns: Iterable[int]) -> dict[int, _Asked]:
    """What these campaigns ever asked of these people, locked in the order of the ids.

    A day of a testing schedule is no turn: the schedule says when the next one is.
    """
    return {
        line[0]: _Asked(*line)
        for line in sql.rows(
            """
            SELECT id, campaign_id, person_id, unit_id, ended_at,
                   coalesce(ended_as IN ('swabbed', 'refused'), false) AND reason <> %s, followed
            FROM sampling_testrequest
            WHERE person_id = ANY(%s) AND campaign_id = ANY(%s) ORDER BY id FOR NO KEY UPDATE
            """,
            (RequestReason.DAY, list(entries), list(campaigns)),
        )
    }


def _swabbed(entries: dict[int, int], campaigns: Iterable[int]) -> dict[tuple[int, int], datetime]:
    """When these campaigns last swabbed these people, asked for or not."""
    found: dict[tuple[int, int], datetime] = {}
    for campaign, entry, taken_at in sql.rows(
        """
        SELECT s.campaign_id, w.person_id, max(w.taken_at)
        FROM sampling_swab w JOIN sampling_session s ON s.id = w.session_id
        WHERE w.person_id = ANY(%s) AND s.campaign_id = ANY(%s) GROUP BY 1, 2
        """,
        (list(entries), list(campaigns)),
    ):
        key = campaign, entries[entry]
        found[key] = max(found.get(key, taken_at), taken_at)
    return found


def _taken(
    entries: dict[int, int], campaigns: dict[int, _Repeated], today: date
) -> frozenset[tuple[int, int]]:
    """Campaign and person, where a list asked for this person's turn of this day before.

    Somebody swabbed early in a turn comes again within it: the list's key is taken then.
    """
    keys = {
        request_key(id_, campaign.turn(today), entry): (id_, person)
        for id_, campaign in campaigns.items()
        for entry, person in entries.items()
    }
    return frozenset(
        keys[line[0]]
        for line in sql.rows(
            "SELECT key FROM sampling_testrequest WHERE key = ANY(%s)", (list(keys),)
        )
    )


def _reached(requests: Iterable[_Asked]) -> frozenset[tuple[int, int]]:
    """Campaign and unit, where the campaign reaches the unit."""
    named = {(one.campaign, one.unit) for one in requests}
    return frozenset(
        (line[0], line[1])
        for line in sql.rows(
            """
            SELECT g.campaign, g.unit
            FROM unnest(%s::int[], %s::int[]) AS g (campaign, unit)
            JOIN sampling_campaign c ON c.id = g.campaign
            JOIN places_coverage v ON v.unit_id = c.unit_id AND v.covered_id = g.unit
            """,
            ([campaign for campaign, _ in named], [unit for _, unit in named]),
        )
    )
