"""Takes persons in: the only writer of persons, documents and whereabouts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.outcomes import Outcome, Refused, Warned
from som.people import rules
from som.people.queries import declarations_of
from som.people.rules import Declaration, DeclarationRefusal, Document, Sex, StayKind
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


Place = tuple[int, StayKind, int | None, str]
"""A person, what they do at a place, its unit, and its name."""


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
        _places([(ids[p], said[p]) for p in met_now]),
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
    _answer_for(
        _places([(ids[p], replace(said[p], residence=None)) for p in found.fresh if said[p].stays])
    )
    note_whereabouts(
        [(person, said[p]) for p, person in found.persons.items() if p not in found.fresh],
        unit=unit,
        on=today,
    )
    return found


def claimed(
    said: Sequence[Declaration],
    papers_of: Sequence[Sequence[Document]],
    keys: Sequence[str],
    ids: Sequence[int],
    *,
    unit: int,
) -> tuple[set[int], dict[int, list[rules.Held]]]:
    """Whose the numbers are: the places of the declarations with a number that is new, and of the
    others who holds them, in the order in which a declaration names them.

    A number seen for the first time belongs to its claimant from now on.
    """
    places: list[int] = []
    papers: list[Document] = []
    for place, named in enumerate(papers_of):
        for paper in named:
            places.append(place)
            papers.append(paper)
    if not papers:
        return set(), {}
    found: dict[int, list[rules.Held]] = {}
    answers = sql.rows(
        "SELECT * FROM people_claim_documents(%s::text[], %s::text[], %s::text[],"
        " %s::bigint[], %s::text[], %s::text[], %s::date[], %s::int[], %s::int)",
        (
            [paper.kind for paper in papers],
            [paper.country for paper in papers],
            [paper.number for paper in papers],
            [ids[place] for place in places],
            [keys[place] for place in places],
            [said[place].sex for place in places],
            [said[place].birth_date for place in places],
            [said[place].birth_year for place in places],
            unit,
        ),
    )
    for nth, *held in answers:
        found.setdefault(places[nth - 1], []).append(rules.Held(*held))
    if not found:
        return set(places), found
    answered = {nth - 1 for nth, *_ in answers}
    return {place for nth, place in enumerate(places) if nth not in answered}, found


def hand_over(claimants: Mapping[int, int]) -> None:
    """Numbers claimed just now by somebody already known are that person's."""
    if claimants:
        sql.execute(
            "SELECT people_hand_over_documents(%s::bigint[], %s::bigint[])",
            (list(claimants), list(claimants.values())),
        )


def note_shared(shared: Sequence[tuple[int, int]]) -> None:
    """Note numbers said by one person and held by another; matching looks at both again."""
    if not shared:
        return
    persons = [person for person, _ in shared]
    sql.execute(
        "INSERT INTO people_sharednumber (person_id, document_id)"
        " SELECT * FROM unnest(%s::bigint[], %s::bigint[]) ON CONFLICT DO NOTHING",
        (persons, [document for _, document in shared]),
    )
    sql.execute(
        "UPDATE people_person SET compared_at = NULL"
        " WHERE id = ANY(%s) AND compared_at IS NOT NULL",
        (persons,),
    )


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
            | _columns(places),
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


def note_whereabouts(declared: Sequence[tuple[int, Declaration]], *, unit: int, on: date) -> None:
    """Note where these persons say they live, lodge, work and learn, unless it is already noted so.

    The unit of such a place becomes answerable for them, whenever that is said first.
    """
    said = _places(declared)
    if not said:
        return
    sql.execute(
        """
        INSERT INTO people_whereabouts (unit_ids, person_id, kind, unit_id, text, as_of)
        SELECT CASE WHEN w.unit IS NULL OR w.unit = %(finding)s::int
                    THEN ARRAY[%(finding)s::int] ELSE ARRAY[%(finding)s::int, w.unit] END,
               w.person, w.kind, w.unit, w.text, %(on)s::date
        FROM unnest(%(persons)s::bigint[], %(kinds)s::text[], %(units)s::int[], %(texts)s::text[])
             WITH ORDINALITY AS w (person, kind, unit, text, place)
        -- Who goes away and comes back is noted again, but not twice a day.
        WHERE NOT EXISTS (
            SELECT 1 FROM people_whereabouts noted
            -- Named once more, or the planner reads the whole table.
            WHERE noted.person_id = ANY(%(persons)s::bigint[]) AND noted.person_id = w.person
              AND noted.kind = w.kind
              AND noted.unit_id IS NOT DISTINCT FROM w.unit AND noted.text = w.text
              AND noted.as_of >= least(%(on)s::date, (
                  SELECT max(l.as_of) FROM people_whereabouts l
                  WHERE l.person_id = w.person AND l.kind = w.kind)))
        ORDER BY w.place
        """,
        _columns(said) | {"finding": unit, "on": on},
    )
    _answer_for(said)


def _places(declared: Sequence[tuple[int, Declaration]]) -> list[Place]:
    found: list[Place] = []
    for person, one in declared:
        if one.residence is not None or one.address:
            found.append((person, StayKind.RESIDENCE, one.residence, one.address))
        found += [
            (person, stay.kind, stay.unit, stay.text)
            for stay in one.stays
            if stay.unit is not None or stay.text
        ]
    return list(dict.fromkeys(found))


def _columns(said: Sequence[Place]) -> dict[str, Any]:
    return {
        "persons": [place[0] for place in said],
        "kinds": [place[1] for place in said],
        "units": [place[2] for place in said],
        "texts": [place[3] for place in said],
    }


def _answer_for(said: Sequence[Place]) -> None:
    """The units of these places become answerable for the persons."""
    if not said:
        return
    sql.execute(
        """
        UPDATE people_person p SET unit_ids = p.unit_ids || w.units
        FROM (SELECT g.person, array_agg(DISTINCT g.unit) AS units
              FROM unnest(%s::bigint[], %s::int[]) AS g (person, unit)
              JOIN people_person known ON known.id = g.person
              WHERE g.unit IS NOT NULL AND NOT known.unit_ids @> ARRAY[g.unit]
              GROUP BY g.person) AS w
        WHERE p.id = w.person
        """,
        ([place[0] for place in said], [place[2] for place in said]),
    )
