"""The names of walk-ins: they come when somebody has time to ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from som.access.queries import system_actor
from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.outcomes import Outcome, Refused, Warned
from som.people import rules
from som.people.commands.documents import claimed, note_shared
from som.people.commands.reviews import join_persons
from som.people.commands.whereabouts import note_whereabouts
from som.people.matching.reviews import Pair
from som.people.queries import holders_of, selves
from som.people.rules import ChangeRefusal, Declaration, Document
from som.places.queries import units_by_id


@dataclass(frozen=True, slots=True)
class Naming:
    """Who a walk-in says they are."""

    person: int
    said: Declaration


def name_walk_ins(
    namings: Sequence[Naming], *, unit: int, by: Actor, at: datetime
) -> Outcome[Naming]:
    """Give walk-ins their names, papers and places.

    Whoever shows a number of somebody known with the year of their birth, and does not contradict
    them, is joined with them; any other number of somebody else is noted and joins nobody. Refuses
    a declaration that cannot be true, a person not seen here or joined with somebody meanwhile, and
    another name for a walk-in who has one; the same again stays as it is. Birth and sex tapped in
    haste give way to what is said now. Warns of a number that differs from sex or birth. Locks the
    persons and whoever holds their numbers, all entries in the order of their ids.
    """
    outcome: Outcome[Naming] = Outcome()
    today = at.astimezone(LOCAL).date()
    tidy = [rules.tidied(n.said) for n in namings]
    with scope.entered(by, "people.register", unit=unit):
        _lock([n.person for n in namings], [paper for said in tidy for paper in said.papers])
        units = units_by_id(
            [
                place
                for n in namings
                for place in (n.said.residence, *[stay.unit for stay in n.said.stays])
                if place is not None
            ]
        )
        names: dict[int, str] = {}
        gone: set[int] = set()
        for person, name_key, merged in sql.rows(
            "SELECT id, name_key, merged_into_id IS NOT NULL FROM people_person WHERE id = ANY(%s)",
            ([n.person for n in namings],),
        ):
            names[person] = name_key
            if merged:
                gone.add(person)
        new: dict[int, Declaration] = {}
        for given, said in zip(namings, tidy, strict=True):
            if fault := rules.fault_of(said, on=today, units=units):
                outcome.refused.append(Refused(given, *fault))
            elif given.person not in names:
                outcome.refused.append(Refused(given, ChangeRefusal.PERSON_UNKNOWN))
            elif names[given.person] == said.name_key:
                outcome.unchanged.append(given)
            elif given.person in gone:
                outcome.refused.append(Refused(given, ChangeRefusal.PERSON_UNKNOWN))
            elif names[given.person]:
                outcome.refused.append(Refused(given, ChangeRefusal.NAMED_ALREADY))
            else:
                names[given.person] = said.name_key
                new[given.person] = said
                outcome.done.append(given)
        held_now = set(outcome.held)
        outcome.warned.extend(
            Warned(given, warning)
            for given, said in zip(namings, tidy, strict=True)
            if given in held_now
            for warning in rules.warnings_for(said)
        )
        persons = list(new)
        declared = list(new.values())
        keys = [said.name_key for said in declared]
        papers = [said.papers for said in declared]
        sql.execute(
            """
            UPDATE people_person p
            SET name = g.name, name_key = g.name_key, sex = coalesce(g.sex, p.sex),
                birth_date = g.birth_date, birth_year = coalesce(g.birth_year, p.birth_year),
                phone = CASE WHEN g.phone = '' THEN p.phone ELSE g.phone END,
                guardian = g.guardian, named_at = %s, owed_since = %s, compared_at = NULL
            FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::date[],
                        %s::smallint[], %s::text[], %s::text[])
                 AS g (id, name, name_key, sex, birth_date, birth_year, phone, guardian)
            WHERE p.id = g.id
            """,
            (
                at,
                at,
                persons,
                [s.name for s in declared],
                keys,
                [s.sex for s in declared],
                [s.birth_date for s in declared],
                [s.birth_year for s in declared],
                [s.phone for s in declared],
                [s.guardian for s in declared],
            ),
        )
        joins: dict[Pair, int] = {}
        shared: list[tuple[int, int]] = []
        for place, held in claimed(declared, papers, keys, persons, unit=unit)[1].items():
            walk_in, kept = persons[place], None
            for number in held:
                if number.person == walk_in:
                    continue
                # A number and a name alone, as any neighbour knows them, join nobody.
                if number.agrees and kept is None and declared[place].birth_year is not None:
                    kept = number.person
                    joins[Pair(kept, walk_in)] = number.document
                elif number.person != kept:
                    shared.append((walk_in, number.document))
        note_whereabouts(list(new.items()), unit=unit, on=today)
        joined: Outcome[Pair] = Outcome()
        if joins:
            joined = join_persons(list(joins), by=system_actor("matching"), at=at)
        # A review said that these are two: the number stays a question.
        shared += [(r.item.other, joins[r.item]) for r in joined.refused]
        note_shared(shared)
        audit.record(
            by,
            "people.name_walk_ins",
            at=at,
            persons=[*persons, *[pair.one for pair in joined.held]],
            note={"unit": unit, "joined": len(joined.held), "refused": len(outcome.refused)},
        )
    return outcome


def _lock(persons: Sequence[int], papers: Sequence[Document]) -> None:
    """Lock these and the holders of these papers as reviews do: every entry, in the order of ids.

    A holder may be out of the actor's sight, and may be joined with the walk-in before this ends: to
    lock them only then could wait for a review of the two that waits for this.
    """
    with scope.entered(system_actor("matching"), "people.match"):
        holders = [holder.person for holder in holders_of(papers).values()]
        sql.execute(
            "SELECT FROM people_person WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
            (list(selves([*persons, *holders])),),
        )
