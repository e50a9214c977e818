"""Recording swabs: the moment at which name, tube and slip are bound together."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from som.kernel import audit, rulebook, scope
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.outcomes import Outcome, Refused, Warned
from som.people import rules as people_rules
from som.people.commands import enrolled
from som.people.queries import declarations_of
from som.people.rules import Declaration
from som.places.queries import units_with_provinces
from som.sampling import rules
from som.sampling.commands.swabs.known import (
    OpenSession,
    facts_of,
    labels_here,
    open_session,
    schemes_of,
    team_of_tubes,
)
from som.sampling.commands.swabs.rows import end_requests_of, inserted_swabs
from som.sampling.commands.swabs.seats import note_in_tubes, seated_in_tubes, tubes_of
from som.sampling.rules import SwabFacts, SwabRefusal, SwabTaken, SwabTold

__all__ = ["record_swabs"]


def record_swabs(
    swabs: Sequence[SwabTaken], *, session: str, by: Actor, at: datetime
) -> Outcome[SwabTaken]:
    """Note who was swabbed into which tube in this session.

    Refuses, swab by swab, what `rules.SwabRefusal` names. A slip already recorded with the same
    tube and person stays as it is, so a phone that lost its connection can send everything again;
    the same slip for somebody else is refused, or two people would be one. Warns of a number that
    differs from the sex or birth said with it. Tubes are filled in the order given: of too many swabs
    for one tube the first stay. Locks the session against closing, the rolls of the labels against
    voiding, then the tubes in the order of their codes.
    """
    outcome: Outcome[SwabTaken] = Outcome()
    with scope.entered(by, "sampling.record") as units:
        here = open_session(session, units)
        on = at.astimezone(LOCAL).date()
        use_by = timedelta(hours=rulebook.rule("sampling.use_by.hours", on=on).value)
        schemes = schemes_of(swabs)
        given = [rules.told(swab, schemes) for swab in swabs]
        issued, void = labels_here(given, units)
        # Tubes first: a batch sent again while the first is under way must find what that recorded.
        tubes, made = tubes_of(given, issued, team_of_tubes(given, here.teams), here, use_by)
        facts = facts_of(given, here, issued, void, at)
        said = people_rules.units_said([swab.said for swab in given if swab.said is not None])
        provinces = units_with_provinces(said | {here.unit, here.planned_by}, on)
        chosen, repeated = _chosen(given, facts, on, provinces, outcome)
        seated = seated_in_tubes(chosen, tubes, facts, outcome)
        people = _people_of(seated, here, by, at, outcome)
        recorded = inserted_swabs(people, tubes, here, provinces, at, outcome)
        note_in_tubes([s for s, _ in people if s.key in recorded], tubes, made, use_by)
        answered = end_requests_of(people, recorded, here.pool_size)
        faults = {id(refused.item): refused for refused in outcome.refused} if repeated else {}
        for swab, first in repeated:
            if first.key in recorded:
                outcome.unchanged.append(swab)
            else:
                outcome.refused.append(replace(faults[id(first.given)], item=swab))
        outcome.warned.extend(_warnings(given, outcome))
        audit.record(
            by,
            "sampling.record_swabs",
            at=at,
            persons=[*(swab.person for swab, _ in people if swab.person), *answered],
            things=recorded.values(),
            note={"session": here.id, "refused": len(outcome.refused)},
        )
    return outcome


def _chosen(
    given: Sequence[SwabTold],
    facts: SwabFacts,
    on: date,
    units: Container[int],
    outcome: Outcome[SwabTaken],
) -> tuple[list[SwabTold], list[tuple[SwabTaken, SwabTold]]]:
    """Those with nothing wrong but perhaps their tube; and what repeats one of them, with that one."""
    chosen: dict[str, SwabTold] = {}
    repeated: list[tuple[SwabTaken, SwabTold]] = []
    for swab in given:
        taken, key = swab.given, swab.key
        known = facts.slips.get(key)
        if known is not None:
            if rules.is_the_same(swab, known, facts):
                outcome.unchanged.append(taken)
            else:
                outcome.refused.append(Refused(taken, SwabRefusal.SLIP_USED, key))
            continue
        first = chosen.get(key)
        if first is not None:
            if replace(taken, slip=first.given.slip) == first.given:
                repeated.append((taken, first))
            else:
                outcome.refused.append(Refused(taken, SwabRefusal.SLIP_USED, key))
            continue
        fault = rules.fault_before_tubes(swab, facts)
        if fault is None and swab.said is not None:
            fault = people_rules.fault_of(swab.said, on=on, units=units, named=not taken.card)
        if fault is None:
            chosen[key] = swab
        else:
            outcome.refused.append(Refused(taken, *fault))
    return list(chosen.values()), repeated


def _people_of(
    seated: Sequence[SwabTold],
    here: OpenSession,
    by: Actor,
    at: datetime,
    outcome: Outcome[SwabTaken],
) -> list[tuple[SwabTold, Declaration]]:
    """The swabs of which it is known who was swabbed, and what these declared."""
    people: list[tuple[SwabTold, Declaration]] = []
    declared = [(s, s.said) for s in seated if s.given.request is None and s.said is not None]
    if declared:
        with scope.entered(by, "people.register", unit=here.unit):
            taken = enrolled(
                [said for _, said in declared],
                [s.key for s, _ in declared],
                [s.papers for s, _ in declared],
                unit=here.unit,
                at=at,
            )
        for place, (swab, said) in enumerate(declared):
            swab.person = taken.persons.get(place)
            if swab.person is None:
                outcome.refused.append(Refused(swab.given, taken.refused[place]))
            else:
                swab.fresh = place in taken.fresh
                people.append((swab, said))
    answering = [s for s in seated if s.given.request is not None]
    if answering:
        known = declarations_of([s.person for s in answering if s.person is not None])
        for swab in answering:
            if swab.person in known:
                people.append((swab, known[swab.person]))
            else:
                outcome.refused.append(Refused(swab.given, SwabRefusal.REQUEST_UNKNOWN))
    return people


def _warnings(
    given: Sequence[SwabTold], outcome: Outcome[SwabTaken]
) -> Iterator[Warned[SwabTaken]]:
    """Of those recorded now or before, whose number differs from sex or birth."""
    refused = {id(refused.item) for refused in outcome.refused}
    for swab in given:
        if swab.said is not None and id(swab.given) not in refused:
            for warning in people_rules.warnings_for(swab.said, swab.papers):
                yield Warned(swab.given, warning)
