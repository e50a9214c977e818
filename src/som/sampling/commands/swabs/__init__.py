"""Recording swabs: the moment at which name, tube and slip are bound together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from som.kernel import audit, ids, rulebook, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.outcomes import Outcome, Refused, Warned
from som.people import rules as people_rules
from som.people.commands import Registration, register_people
from som.people.queries import declarations_of
from som.people.rules import Declaration
from som.places.queries import units_by_id
from som.sampling import rules
from som.sampling.commands.swabs.known import (
    OpenSession,
    facts_of,
    issued_here,
    open_session,
    team_of_tubes,
)
from som.sampling.commands.swabs.rows import end_requests_of, inserted_swabs
from som.sampling.commands.swabs.seats import locked_tubes, note_in_tubes, seated_in_tubes
from som.sampling.queries.labels import team_ids
from som.sampling.rules import SwabFacts, SwabRefusal, SwabTaken

__all__ = ["record_swabs"]


def record_swabs(
    swabs: Sequence[SwabTaken], *, session: str, by: Actor, at: datetime
) -> Outcome[SwabTaken]:
    """Note who was swabbed into which tube in this session.

    Refuses, swab by swab, what `rules.SwabRefusal` names. A slip already recorded with the same
    tube and person stays as it is, so a phone that lost its connection can send everything again;
    the same slip for somebody else is refused, or two people would be one. Warns of a number that
    differs from the sex or birth said with it. Tubes are
    filled in the order given: of too many swabs for one tube the first stay. Locks the session
    against closing, then the tubes in the order of their codes.
    """
    outcome: Outcome[SwabTaken] = Outcome()
    with scope.entered(by, "sampling.record") as units:
        here = open_session(session, units)
        on = at.astimezone(LOCAL).date()
        use_by = timedelta(hours=rulebook.rule("sampling.use_by.hours", on=on).value)
        schemes = [
            rules.Scheme(*line)
            for line in sql.rows("SELECT id, pattern, issuer_id FROM sampling_scheme ORDER BY id")
        ]
        issued = issued_here(swabs, units)
        # Tubes first: a batch sent again while the first is under way must find what that recorded.
        scheme_of = {
            swab.tube: scheme.id
            for swab in swabs
            if (scheme := rules.scheme_of(swab.tube, schemes))
            and (scheme.id != rules.OWN_SCHEME or swab.tube in issued)
        }
        teams = team_ids(here.id)
        tubes, made = locked_tubes(scheme_of, team_of_tubes(swabs, teams), here)
        facts = facts_of(swabs, here, issued, teams, at)

        chosen: list[SwabTaken] = []
        slips: dict[str, SwabTaken] = {}
        repeated: dict[SwabTaken, SwabTaken] = {}
        residences = units_by_id(
            [
                place
                for s in swabs
                if s.said
                for place in (s.said.residence, *[stay.unit for stay in s.said.stays])
                if place is not None
            ]
        )
        for swab in swabs:
            slip = ids.slip_code(swab.slip) or swab.slip
            known = facts.slips.get(slip)
            if known is not None:
                if rules.is_the_same(swab, known, facts):
                    outcome.unchanged.append(swab)
                else:
                    outcome.refused.append(Refused(swab, SwabRefusal.SLIP_USED, slip))
                continue
            if slip in slips:
                if replace(swab, slip=slips[slip].slip) == slips[slip]:
                    repeated[swab] = slips[slip]
                else:
                    outcome.refused.append(Refused(swab, SwabRefusal.SLIP_USED, slip))
                continue
            scheme = rules.scheme_of(swab.tube, schemes)
            fault: rules.Fault | None = rules.fault_before_tubes(swab, scheme, facts)
            if fault is None and swab.said is not None:
                fault = people_rules.fault_of(
                    people_rules.tidied(swab.said),
                    on=on,
                    units=residences,
                    named=not swab.card,
                )
            if fault is not None or scheme is None:
                outcome.refused.append(
                    Refused(swab, *(fault or (SwabRefusal.TUBE_UNKNOWN, swab.tube)))
                )
                continue
            slips[slip] = swab
            chosen.append(swab)

        seated = seated_in_tubes(chosen, tubes, facts, outcome)
        people = _people_of(seated, facts, here, by, at, outcome)
        recorded = inserted_swabs(
            [s for s in seated if s in people], people, tubes, here, at, outcome
        )
        note_in_tubes(recorded, tubes, made, use_by)
        answered = end_requests_of(recorded, here.pool_size)
        faults = {refused.item: refused for refused in outcome.refused}
        for swab, first in repeated.items():
            if first in recorded:
                outcome.unchanged.append(swab)
            else:
                outcome.refused.append(replace(faults[first], item=swab))
        outcome.warned.extend(
            Warned(swab, warning)
            for swab in outcome.held
            if swab.said is not None
            for warning in people_rules.warnings_for(people_rules.tidied(swab.said))
        )
        audit.record(
            by,
            "sampling.record_swabs",
            at=at,
            persons=dict.fromkeys([*[person for person, _ in people.values()], *answered]),
            things=[swab_id for swab_id, _ in recorded.values()],
            note={"session": here.id, "refused": len(outcome.refused)},
        )
    return outcome


def _people_of(
    seated: Sequence[SwabTaken],
    facts: SwabFacts,
    here: OpenSession,
    by: Actor,
    at: datetime,
    outcome: Outcome[SwabTaken],
) -> dict[SwabTaken, tuple[int, Declaration]]:
    """Who each swab is of, and what they declared."""
    people: dict[SwabTaken, tuple[int, Declaration]] = {}
    declared = [s for s in seated if s.request is None and s.said is not None]
    if declared:
        by_slip = {s.slip: s for s in declared}
        registered = register_people(
            [
                Registration(ids.slip_code(s.slip) or s.slip, s.said, walk_in=bool(s.card))
                for s in declared
                if s.said
            ],
            unit=here.unit,
            by=by,
            at=at,
        )
        by_reference = {ids.slip_code(s.slip) or s.slip: s for s in by_slip.values()}
        for entry in registered.held:
            assert entry.person_id is not None
            people[by_reference[entry.reference]] = (entry.person_id, entry.said)
        for refused in registered.refused:
            swab = by_reference[refused.item.reference]
            outcome.refused.append(Refused(swab, refused.reason, refused.detail))
    answering = [s for s in seated if s.request is not None]
    if answering:
        persons = {s: facts.requests[s.request].person for s in answering if s.request is not None}
        known = declarations_of(list(persons.values()))
        for swab, person in persons.items():
            if person in known:
                people[swab] = (person, known[person])
            else:
                outcome.refused.append(Refused(swab, SwabRefusal.REQUEST_UNKNOWN))
    return people
