"""Rosters: people to be registered and asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from som.kernel import sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.people import rules as people_rules
from som.people.commands import Registration, register_people
from som.people.queries import dead, selves
from som.places.queries import units_by_id
from som.sampling.commands.imports.locked import LockedList
from som.sampling.commands.imports.people import (
    Ending,
    Row,
    cautions_of,
    declaration_of,
    declared_in,
    fault_of_home,
    lives_of,
    met_in,
)
from som.sampling.commands.requests import RequestWanted, request_tests
from som.sampling.queries.repeats import repeats_of
from som.sampling.rules.imports import (
    Judgement,
    RowFacts,
    judged,
    reason_of,
    reference_of,
    request_key,
    turn_of,
)
from som.sampling.rules.requests import RequestReason


@dataclass(frozen=True, slots=True)
class _Campaign:
    id: int
    code: str
    turn: int
    reason: RequestReason
    due_at: datetime


def _campaign(here: LockedList) -> _Campaign:
    """What the roster's campaign asks of each person."""
    found = sql.row(
        "SELECT id, code, starts_on, frequency_days FROM sampling_campaign WHERE id = %s",
        (here.campaign,),
    )
    assert found is not None
    assert here.due_on is not None
    day_after = here.due_on + timedelta(days=1)
    return _Campaign(
        found[0],
        found[1],
        turn_of(here.due_on, found[2], found[3]),
        RequestReason(here.reason),
        datetime.combine(day_after, datetime.min.time(), LOCAL),
    )


def _asked(campaign: _Campaign, persons: Iterable[int]) -> dict[int, str]:
    """Who of these was asked for this turn, under whichever of their entries: person → the key."""
    entries = selves(persons)
    keys = {
        request_key(campaign.id, campaign.turn, entry): person for entry, person in entries.items()
    }
    return {
        keys[line[0]]: line[0]
        for line in sql.rows(
            "SELECT key FROM sampling_testrequest WHERE key = ANY(%s) ORDER BY id", (list(keys),)
        )
    }


def judged_roster(
    rows: Sequence[Row], here: LockedList, *, by: Actor, at: datetime
) -> tuple[dict[int, Judgement], list[int]]:
    """What would happen to these rows, and whom that was asked about."""
    on = at.astimezone(LOCAL).date()
    campaign = _campaign(here)
    lives = lives_of(rows, here, on)
    declared = declared_in(rows, lives)
    units = units_by_id({said.residence for said in declared.values() if said.residence})
    met = met_in(rows, declared, by=by)
    known = met.known
    died = dead(known.values())
    asked = _asked(campaign, known.values())
    recent = repeats_of(known.values(), on)
    found = {}
    for row in rows:
        said, at_home = declared[row.place], lives[row.place]
        person = known.get(row.place)
        found[row.place] = judged(
            RowFacts(
                said,
                fault_of_home(row, at_home) or people_rules.fault_of(said, on=on, units=units),
                cautions_of(row, said, at_home, met),
                first=row.same_as,
                known=person is not None,
                held=person in asked,
                died=person in died,
                swabbed_at=recent.get(person) if person is not None else None,
            ),
        )
    return found, met.persons


def rostered(
    rows: Sequence[Row], here: LockedList, *, by: Actor, at: datetime
) -> dict[int, Ending]:
    """Register the people of these rows and ask for them; what became of each row, by place."""
    campaign = _campaign(here)
    found: dict[int, Ending] = {}
    met: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        met[reference_of(row.key)].append(row)
    registered = register_people(
        [
            Registration(ref, declaration_of(group[0].said, group[0].residence))
            for ref, group in met.items()
        ],
        unit=here.unit,
        by=by,
        at=at,
    )
    for refused in registered.refused:
        for row in met[refused.item.reference]:
            found[row.place] = Ending("refused", refused.reason, detail=refused.detail)
    within = _within(here.unit, [r.said.residence for r in registered.held if r.said.residence])
    asked_before = _asked(campaign, [e.person_id for e in registered.held if e.person_id])
    wanted: dict[str, tuple[RequestWanted, list[Row]]] = {}
    for entry in registered.held:
        assert entry.person_id is not None
        lives = entry.said.residence
        key = asked_before.get(entry.person_id) or request_key(
            campaign.id, campaign.turn, entry.person_id
        )
        group = met[entry.reference]
        wish = RequestWanted(
            key,
            entry.person_id,
            lives if lives in within else here.unit,
            reason_of(group[0].said, campaign.reason),
            campaign.due_at,
            lives,
            campaign=campaign.code,
        )
        wanted.setdefault(key, (wish, []))[1].extend(group)
    asked = request_tests([wish for wish, _ in wanted.values()], by=by, at=at)
    for wish in asked.done:
        # Of several rows about one person the first asks for them, the others change nothing.
        first, *others = sorted(wanted[wish.key][1], key=lambda row: row.place)
        found[first.place] = Ending("done", person=wish.person)
        found.update({row.place: Ending("unchanged", person=wish.person) for row in others})
    for wish in asked.unchanged:
        for row in wanted[wish.key][1]:
            found[row.place] = Ending("unchanged", person=wish.person)
    for refusal in asked.refused:
        for row in wanted[refusal.item.key][1]:
            found[row.place] = Ending(
                "refused", refusal.reason, detail=refusal.detail, person=refusal.item.person
            )
    return found


def _within(unit: int, residences: Sequence[int]) -> frozenset[int]:
    """Those of these units for which the list's unit answers: their teams ask their own people."""
    return frozenset(
        line[0]
        for line in sql.rows(
            "SELECT covered_id FROM places_coverage WHERE unit_id = %s AND covered_id = ANY(%s)",
            (unit, list(set(residences))),
        )
    )
