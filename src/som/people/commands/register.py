"""Takes persons in, with the documents and places they name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.outcomes import Outcome, Refused, Warned
from som.people import rules
from som.people.commands.documents import claimed, hand_over, note_shared
from som.people.commands.whereabouts import (
    Place,
    answer_for,
    columns_of,
    note_whereabouts,
    places_of,
)
from som.people.queries import declarations_of
from som.people.rules import Declaration, DeclarationRefusal, Document, Sex
from som.places.queries import units_there


@dataclass(frozen=True, slots=True)
class Registration:
    """One declaration to take in.

    `reference` is the natural key given where the declaration was made (the slip printed for it);
    it is what makes somebody without papers the same person when sent again. `person_id` is the
    answer: of entries joined as one person, the one that stands. A `walk_in` needs no name yet.
    """

    reference: str
    said: Declaration
    person_id: int | None = None
    walk_in: bool = False


@dataclass(slots=True)
class Enrolled:
    """What became of declarations that were taken in, by their place in the batch."""

    persons: dict[int, int] = field(default_factory=dict)
    known: set[int] = field(default_factory=set)
    """The places of those who are somebody already known, or said before in the batch."""
    fresh: set[int] = field(default_factory=set)
    """The places of persons met now for the first time, of whom nothing was said but this."""
    refused: dict[int, DeclarationRefusal] = field(default_factory=dict)


def register_people(
    registrations: Sequence[Registration], *, unit: int, by: Actor, at: datetime
) -> Outcome[Registration]:
    """Take persons in as this unit met them, and answer with their ids.

    Somebody with a number already known, and no contradiction in name, sex or birth, is that
    person, wherever they were met before; this unit becomes answerable for them too. A number that
    contradicts stays with whom it is and makes a person of its own without it: a parent's number
    on a child harms neither. Refuses a declaration that cannot be true, and warns of a number that
    differs from the sex or birth said with it. Locks documents in the order of their numbers.
    """
    outcome: Outcome[Registration] = Outcome()
    with scope.entered(by, "people.register", unit=unit):
        on = at.astimezone(LOCAL).date()
        tidy = [rules.tidied(given.said) for given in registrations]
        units = units_there(rules.units_said(tidy))
        accepted: list[Registration] = []
        said: list[Declaration] = []
        for given, declared in zip(registrations, tidy, strict=True):
            if fault := rules.fault_of(declared, on=on, units=units, named=not given.walk_in):
                outcome.refused.append(Refused(given, *fault))
            else:
                accepted.append(given)
                said.append(declared)
        taken = enrolled(
            said,
            [given.reference for given in accepted],
            [declared.papers for declared in said],
            unit=unit,
            at=at,
        )
        for place, (given, declared) in enumerate(zip(accepted, said, strict=True)):
            person = taken.persons.get(place)
            if person is None:
                outcome.refused.append(Refused(given, taken.refused[place]))
                continue
            held = Registration(given.reference, declared, person, given.walk_in)
            (outcome.unchanged if place in taken.known else outcome.done).append(held)
            outcome.warned.extend(Warned(held, w) for w in rules.warnings_for(declared))
        audit.record(
            by,
            "people.register_people",
            at=at,
            persons=[r.person_id for r in outcome.held if r.person_id],
            note={"unit": unit, "new": len(outcome.done), "refused": len(outcome.refused)},
        )
    return outcome


def enrolled(
    said: Sequence[Declaration],
    references: Sequence[str],
    papers: Sequence[Sequence[Document]],
    *,
    unit: int,
    at: datetime,
) -> Enrolled:
    """Take in whoever declared this, inside a command: permission, scope and audit are the caller's.

    The declarations are tidied and without fault, and `papers` are theirs; `register_people` says
    the rest.
    """
    found = Enrolled()
    if not said:
        return found
    today = at.astimezone(LOCAL).date()
    ids = [
        line[0]
        for line in sql.rows(
            "SELECT nextval(s.drawn) FROM (SELECT pg_get_serial_sequence('people_person', 'id')"
            "::regclass AS drawn OFFSET 0) s, generate_series(1, %s::int)",
            (len(said),),
        )
    ]
    keys = [declared.name_key for declared in said]
    new, held = claimed(said, papers, keys, ids, unit=unit)
    in_batch = any(n.agrees is None for numbers in held.values() for n in numbers)
    facts = (
        declarations_of([n.person for ns in held.values() for n in ns if n.agrees])
        if in_batch
        else {}
    )
    joining = rules.joined(said, references, ids, new, held, facts)
    hand_over(joining.handed_over)
    again = set(joining.known.values())
    met_now = [p for p in joining.new if ids[p] not in again]
    made, stood, contradicted = _insert_persons(
        [ids[p] for p in joining.new],
        # Holders of a number need no other natural key; everybody else keeps the reference, and so
        # does a walk-in, whom nothing else names.
        [None if p in joining.numbered and said[p].name else references[p] for p in joining.new],
        [said[p] for p in joining.new],
        [keys[p] for p in joining.new],
        places_of([(ids[p], said[p]) for p in met_now]),
        unit=unit,
        at=at,
    )
    drawn = set(ids)
    for place, own in enumerate(ids):
        wanted = joining.known.get(place, own)
        person = stood.get(wanted, wanted)
        if place in joining.taken or wanted in contradicted:
            found.refused[place] = DeclarationRefusal.REFERENCE_TAKEN
        elif person in drawn and person not in made:
            found.refused[place] = DeclarationRefusal.KNOWN_ELSEWHERE
        else:
            found.persons[place] = person
            if place in joining.known or wanted in stood:
                found.known.add(place)
    note_shared([(found.persons[p], doc) for p, doc in joining.shared if p in found.persons])
    found.fresh = {p for p in met_now if ids[p] in made}
    # The unit of their home was written with the person.
    answer_for(
        places_of(
            [(ids[p], replace(said[p], residence=None)) for p in found.fresh if said[p].stays]
        )
    )
    note_whereabouts(
        [(person, said[p]) for p, person in found.persons.items() if p not in found.fresh],
        unit=unit,
        on=today,
    )
    return found


def _insert_persons(
    ids: Sequence[int],
    references: Sequence[str | None],
    said: Sequence[Declaration],
    keys: Sequence[str],
    places: Sequence[Place],
    *,
    unit: int,
    at: datetime,
) -> tuple[set[int], dict[int, int], set[int]]:
    """Insert these persons, and the places of those met for the first time; say which ids were made,
    and of the others who holds the reference.

    Last come those whose reference stands for somebody who contradicts them: a slip printed for one
    person never makes another one of whoever declares it next.
    """
    if not ids:
        return set(), {}, set()
    made = {
        line[0]
        for line in sql.rows(
            """
            WITH made AS (
                INSERT INTO people_person (id, unit_ids, reference, name, name_key, sex, birth_date,
                                           birth_year, phone, guardian, registered_at)
                SELECT p.id, CASE WHEN p.residence IS NULL OR p.residence = %(unit)s::int
                                  THEN ARRAY[%(unit)s::int]
                                  ELSE ARRAY[%(unit)s::int, p.residence] END,
                       p.reference, p.name, p.name_key, p.sex, p.birth_date, p.birth_year, p.phone,
                       p.guardian, %(at)s::timestamptz
                FROM unnest(%(ids)s::bigint[], %(residences)s::int[], %(references)s::text[],
                            %(names)s::text[], %(name_keys)s::text[], %(sexes)s::text[],
                            %(birth_dates)s::date[], %(birth_years)s::smallint[],
                            %(phones)s::text[], %(guardians)s::text[])
                     AS p (id, residence, reference, name, name_key, sex, birth_date, birth_year,
                           phone, guardian)
                ORDER BY p.reference, p.id
                ON CONFLICT (reference) WHERE reference IS NOT NULL DO NOTHING
                RETURNING id
            ), placed AS (
                INSERT INTO people_whereabouts (unit_ids, person_id, kind, unit_id, text, as_of)
                SELECT CASE WHEN w.unit IS NULL OR w.unit = %(unit)s::int
                            THEN ARRAY[%(unit)s::int] ELSE ARRAY[%(unit)s::int, w.unit] END,
                       w.person, w.kind, w.unit, w.text, %(on)s::date
                FROM unnest(%(persons)s::bigint[], %(kinds)s::text[], %(units)s::int[],
                            %(texts)s::text[])
                     WITH ORDINALITY AS w (person, kind, unit, text, place)
                JOIN made ON made.id = w.person
                -- Of several places said on one day the last is where they are.
                ORDER BY w.place
            )
            SELECT id FROM made
            """,
            {
                "unit": unit,
                "at": at,
                "on": at.astimezone(LOCAL).date(),
                "ids": list(ids),
                "residences": [s.residence for s in said],
                "references": list(references),
                "names": [s.name for s in said],
                "name_keys": list(keys),
                "sexes": [s.sex for s in said],
                "birth_dates": [s.birth_date for s in said],
                "birth_years": [s.birth_year for s in said],
                "phones": [s.phone for s in said],
                "guardians": [s.guardian for s in said],
            }
            | columns_of(places),
        )
    }
    if len(made) == len(ids):
        return made, {}, set()
    asked = {
        person: (reference, declared)
        for person, reference, declared in zip(ids, references, said, strict=True)
        if reference is not None and person not in made
    }
    held = {
        line[0]: (line[1], Declaration(line[2], Sex(line[3]) if line[3] else None, *line[4:]))
        for line in sql.rows(
            "SELECT reference,"
            " CASE WHEN merged_into_id IS NULL THEN id ELSE people_standing(id) END,"
            " name, sex, birth_date, birth_year FROM people_person WHERE reference = ANY(%s)",
            ([reference for reference, _ in asked.values()],),
        )
    }
    same: dict[int, int] = {}
    contradicted: set[int] = set()
    for person, (reference, declared) in asked.items():
        if reference in held:
            holder, known = held[reference]
            # A card stands for its walk-in, before and after their name came.
            if not (known.name and declared.name):
                known = replace(known, name=declared.name)
            if rules.agree(known, declared):
                same[person] = holder
            else:
                contradicted.add(person)
    return made, same, contradicted
