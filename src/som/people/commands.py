"""Takes persons in: the only writer of persons, documents and whereabouts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.outcomes import Outcome, Refused
from som.people import rules
from som.people.rules import Declaration, DeclarationRefusal, Sex
from som.places.queries import units_by_id


@dataclass(frozen=True, slots=True)
class Registration:
    """One declaration to take in.

    `reference` is the natural key given where the declaration was made (the slip printed for it);
    it is what makes somebody without papers the same person when sent again. `person_id` is the
    answer.
    """

    reference: str
    said: Declaration
    person_id: int | None = None


def register_people(
    registrations: Sequence[Registration], *, unit: int, by: Actor, at: datetime
) -> Outcome[Registration]:
    """Take persons in as this unit met them, and answer with their ids.

    Somebody with a number already known, and no contradiction in name, sex or birth, is that
    person, wherever they were met before; this unit becomes answerable for them too. A number that
    contradicts stays with whom it is and makes a person of its own without it: a parent's number
    on a child harms neither. Refuses a declaration that cannot be true. Locks documents in the
    order of their numbers.
    """
    with scope.entered(by, "people.register", unit=unit):
        outcome = _enrolled(registrations, unit=unit, at=at)
        audit.record(
            by,
            "people.register_people",
            at=at,
            persons=[r.person_id for r in outcome.held if r.person_id],
            note={"unit": unit, "new": len(outcome.done), "refused": len(outcome.refused)},
        )
    return outcome


def _enrolled(
    registrations: Sequence[Registration], *, unit: int, at: datetime
) -> Outcome[Registration]:
    outcome: Outcome[Registration] = Outcome()
    today = at.astimezone(LOCAL).date()
    units = units_by_id([r.said.residence for r in registrations if r.said.residence is not None])
    accepted: list[Registration] = []
    for given in registrations:
        tidy = replace(given, said=rules.tidied(given.said))
        if fault := rules.fault_of(tidy.said, on=today, units=units):
            outcome.refused.append(Refused(given, *fault))
        else:
            accepted.append(tidy)
    if not accepted:
        return outcome

    ids = [
        line[0]
        for line in sql.rows(
            "SELECT nextval(pg_get_serial_sequence('people_person', 'id'))"
            " FROM generate_series(1, %s)",
            (len(accepted),),
        )
    ]
    holder = _claimed(accepted, ids, unit)
    place_of = {person: place for place, person in enumerate(ids)}
    references: dict[str, int] = {}
    new: list[int] = []  # places of accepted whose person is made now
    known: dict[int, int] = {}  # place -> person already there
    taken: set[int] = set()  # places whose reference stands for somebody else
    for place, given in enumerate(accepted):
        if place not in holder:
            first = references.setdefault(given.reference, place)
            if first == place:
                new.append(place)
            elif rules.agree(accepted[first].said, given.said):
                known[place] = ids[first]
            else:
                taken.add(place)
            continue
        person, agrees = holder[place]
        if agrees is None and person != ids[place]:
            # Somebody of this batch said the number first.
            agrees = rules.agree(accepted[place_of[person]].said, given.said)
        if agrees:
            known[place] = person
        else:
            new.append(place)

    numbered = {ids[place] for place, (person, _) in holder.items() if person == ids[place]}
    made, held, contradicted = _insert_persons(
        [
            # Holders of a number need no other natural key; everybody else keeps the reference.
            (ids[p], None if ids[p] in numbered else accepted[p].reference, accepted[p].said)
            for p in new
        ],
        unit=unit,
        at=at,
    )
    for place, given in enumerate(accepted):
        wanted = known.get(place, ids[place])
        person = held.get(wanted, wanted)
        if place in taken or wanted in contradicted:
            outcome.refused.append(Refused(given, DeclarationRefusal.REFERENCE_TAKEN))
        elif person in place_of and person not in made:
            outcome.refused.append(Refused(given, DeclarationRefusal.KNOWN_ELSEWHERE))
        elif place in known or wanted in held:
            outcome.unchanged.append(replace(given, person_id=person))
        else:
            outcome.done.append(replace(given, person_id=person))
    _insert_whereabouts(outcome.held, unit=unit, at=at)
    return outcome


def _claimed(
    accepted: Sequence[Registration], ids: Sequence[int], unit: int
) -> dict[int, tuple[int, bool | None]]:
    """Whose the numbers are: place of the declaration -> who holds its number, and whether they agree.

    Whether they agree is None where the holder said the number in this very batch.
    """
    numbered = [
        (place, document, given.said)
        for place, given in enumerate(accepted)
        if (document := given.said.document) is not None
    ]
    if not numbered:
        return {}
    answers = sql.rows(
        "SELECT * FROM people_claim_documents(%s::text[], %s::text[], %s::text[],"
        " %s::bigint[], %s::text[], %s::text[], %s::date[], %s::int[], %s)",
        (
            [document[0] for _, document, _ in numbered],
            [document[1] for _, document, _ in numbered],
            [document[2] for _, document, _ in numbered],
            [ids[place] for place, _, _ in numbered],
            [said.name_key for _, _, said in numbered],
            [said.sex for _, _, said in numbered],
            [said.birth_date for _, _, said in numbered],
            [said.birth_year for _, _, said in numbered],
            unit,
        ),
    )
    return {
        place: (person, agrees)
        for (place, _, _), (person, agrees) in zip(numbered, answers, strict=True)
    }


def _insert_persons(
    rows: Sequence[tuple[int, str | None, Declaration]], *, unit: int, at: datetime
) -> tuple[set[int], dict[int, int], set[int]]:
    """Insert these persons; say which ids were made, and of the others who holds the reference.

    Last come those whose reference stands for somebody who contradicts them: a slip printed for one
    person never makes another one of whoever declares it next.
    """
    if not rows:
        return set(), {}, set()
    references = [reference for _, reference, _ in rows]
    said = [said for _, _, said in rows]
    made = {
        line[0]
        for line in sql.rows(
            """
            INSERT INTO people_person (id, unit_ids, reference, name, name_key, sex, birth_date,
                                       birth_year, phone, registered_at)
            SELECT p.id, CASE WHEN p.residence IS NULL OR p.residence = %(unit)s
                              THEN ARRAY[%(unit)s] ELSE ARRAY[%(unit)s, p.residence] END,
                   p.reference, p.name, p.name_key, p.sex, p.birth_date, p.birth_year, p.phone,
                   %(at)s
            FROM unnest(%(ids)s::bigint[], %(residences)s::int[], %(references)s::text[],
                        %(names)s::text[], %(name_keys)s::text[], %(sexes)s::text[],
                        %(birth_dates)s::date[], %(birth_years)s::smallint[], %(phones)s::text[])
                 AS p (id, residence, reference, name, name_key, sex, birth_date, birth_year, phone)
            ORDER BY p.reference
            ON CONFLICT (reference) WHERE reference IS NOT NULL DO NOTHING
            RETURNING id
            """,
            {
                "unit": unit,
                "at": at,
                "ids": [person for person, _, _ in rows],
                "residences": [s.residence for s in said],
                "references": references,
                "names": [s.name for s in said],
                "name_keys": [s.name_key for s in said],
                "sexes": [s.sex for s in said],
                "birth_dates": [s.birth_date for s in said],
                "birth_years": [s.birth_year for s in said],
                "phones": [s.phone for s in said],
            },
        )
    }
    if len(made) == len(rows):
        return made, {}, set()
    asked = {
        person: (reference, declared)
        for person, reference, declared in rows
        if reference is not None and person not in made
    }
    held = {
        line[0]: (line[1], Declaration(line[2], Sex(line[3]) if line[3] else None, *line[4:]))
        for line in sql.rows(
            "SELECT reference, id, name, sex, birth_date, birth_year FROM people_person"
            " WHERE reference = ANY(%s)",
            ([reference for reference, _ in asked.values()],),
        )
    }
    same: dict[int, int] = {}
    contradicted: set[int] = set()
    for person, (reference, declared) in asked.items():
        if reference in held:
            holder, known = held[reference]
            if rules.agree(known, declared):
                same[person] = holder
            else:
                contradicted.add(person)
    return made, same, contradicted


def _insert_whereabouts(registrations: Sequence[Registration], *, unit: int, at: datetime) -> None:
    """Note where these persons say they live, unless that is already noted so.

    The unit where somebody lives becomes answerable for them, whenever that is said first.
    """
    said = {
        (r.person_id, r.said.residence, r.said.address): r
        for r in registrations
        if r.said.residence is not None or r.said.address
    }
    if not said:
        return
    sql.execute(
        """
        INSERT INTO people_whereabouts (unit_ids, person_id, kind, unit_id, text, as_of)
        SELECT CASE WHEN w.unit IS NULL OR w.unit = %(finding)s
                    THEN ARRAY[%(finding)s] ELSE ARRAY[%(finding)s, w.unit] END,
               w.person, 'residence', w.unit, w.text, %(on)s
        FROM unnest(%(persons)s::bigint[], %(units)s::int[], %(texts)s::text[])
             AS w (person, unit, text)
        WHERE NOT EXISTS (
            SELECT 1 FROM people_whereabouts noted
            WHERE noted.person_id = w.person AND noted.kind = 'residence'
              AND noted.unit_id IS NOT DISTINCT FROM w.unit AND noted.text = w.text)
        """,
        {
            "finding": unit,
            "on": at.astimezone(LOCAL).date(),
            "persons": [key[0] for key in said],
            "units": [key[1] for key in said],
            "texts": [key[2] for key in said],
        },
    )
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
        ([key[0] for key in said], [key[1] for key in said]),
    )
