"""Takes persons in: the only writer of persons, documents and whereabouts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.outcomes import Outcome, Refused, Warned
from som.people import rules
from som.people.queries import declarations_of
from som.people.rules import Declaration, DeclarationRefusal, Sex, Stay, StayKind
from som.places.queries import units_by_id


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
    units = units_by_id(
        [
            place
            for r in registrations
            for place in (r.said.residence, *[stay.unit for stay in r.said.stays])
            if place is not None
        ]
    )
    accepted: list[Registration] = []
    for given in registrations:
        tidy = replace(given, said=rules.tidied(given.said))
        if fault := rules.fault_of(tidy.said, on=today, units=units, named=not given.walk_in):
            outcome.refused.append(Refused(given, *fault))
        else:
            accepted.append(tidy)
    if not accepted:
        return outcome

    said = [given.said for given in accepted]
    ids = [
        line[0]
        for line in sql.rows(
            "SELECT nextval(pg_get_serial_sequence('people_person', 'id'))"
            " FROM generate_series(1, %s)",
            (len(accepted),),
        )
    ]
    held = claimed(said, ids, unit=unit)
    in_batch = any(n.agrees is None and n.person != ids[p] for p, ns in held.items() for n in ns)
    facts = (
        declarations_of([n.person for ns in held.values() for n in ns if n.agrees])
        if in_batch
        else {}
    )
    joining = rules.joined(said, [given.reference for given in accepted], ids, held, facts)
    hand_over(joining.handed_over)
    made, stood, contradicted = _insert_persons(
        [
            # Holders of a number need no other natural key; everybody else keeps the reference, and
            # so does a walk-in, whom nothing else names.
            (
                ids[p],
                None if p in joining.numbered and said[p].name else accepted[p].reference,
                said[p],
            )
            for p in joining.new
        ],
        unit=unit,
        at=at,
    )
    drawn = set(ids)
    persons: dict[int, int] = {}
    for place, given in enumerate(accepted):
        wanted = joining.known.get(place, ids[place])
        person = stood.get(wanted, wanted)
        if place in joining.taken or wanted in contradicted:
            outcome.refused.append(Refused(given, DeclarationRefusal.REFERENCE_TAKEN))
        elif person in drawn and person not in made:
            outcome.refused.append(Refused(given, DeclarationRefusal.KNOWN_ELSEWHERE))
        else:
            persons[place] = person
            known = place in joining.known or wanted in stood
            held_now = replace(given, person_id=person)
            (outcome.unchanged if known else outcome.done).append(held_now)
            outcome.warned.extend(Warned(held_now, w) for w in rules.warnings_for(given.said))
    note_shared([(persons[p], document) for p, document in joining.shared if p in persons])
    note_whereabouts([(persons[place], said[place]) for place in persons], unit=unit, on=today)
    return outcome


def claimed(
    said: Sequence[Declaration], ids: Sequence[int], *, unit: int
) -> dict[int, list[rules.Held]]:
    """Whose the numbers are: by the place of the declaration, in the order in which it names them.

    A number seen for the first time belongs to its claimant from now on.
    """
    numbered = [
        (place, document, declared)
        for place, declared in enumerate(said)
        for document in declared.papers
    ]
    if not numbered:
        return {}
    answers = sql.rows(
        "SELECT * FROM people_claim_documents(%s::text[], %s::text[], %s::text[],"
        " %s::bigint[], %s::text[], %s::text[], %s::date[], %s::int[], %s)",
        (
            [document.kind for _, document, _ in numbered],
            [document.country for _, document, _ in numbered],
            [document.number for _, document, _ in numbered],
            [ids[place] for place, _, _ in numbered],
            [declared.name_key for _, _, declared in numbered],
            [declared.sex for _, _, declared in numbered],
            [declared.birth_date for _, _, declared in numbered],
            [declared.birth_year for _, _, declared in numbered],
            unit,
        ),
    )
    found: dict[int, list[rules.Held]] = {}
    for (place, _, _), answer in zip(numbered, answers, strict=True):
        found.setdefault(place, []).append(rules.Held(*answer))
    return found


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
                                       birth_year, phone, guardian, registered_at)
            SELECT p.id, CASE WHEN p.residence IS NULL OR p.residence = %(unit)s
                              THEN ARRAY[%(unit)s] ELSE ARRAY[%(unit)s, p.residence] END,
                   p.reference, p.name, p.name_key, p.sex, p.birth_date, p.birth_year, p.phone,
                   p.guardian, %(at)s
            FROM unnest(%(ids)s::bigint[], %(residences)s::int[], %(references)s::text[],
                        %(names)s::text[], %(name_keys)s::text[], %(sexes)s::text[],
                        %(birth_dates)s::date[], %(birth_years)s::smallint[], %(phones)s::text[],
                        %(guardians)s::text[])
                 AS p (id, residence, reference, name, name_key, sex, birth_date, birth_year, phone,
                       guardian)
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
                "guardians": [s.guardian for s in said],
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
    said = list(
        dict.fromkeys(
            (person, stay.kind, stay.unit, stay.text)
            for person, one in declared
            for stay in (Stay(StayKind.RESIDENCE, one.residence, one.address), *one.stays)
            if stay.unit is not None or stay.text
        )
    )
    if not said:
        return
    sql.execute(
        """
        INSERT INTO people_whereabouts (unit_ids, person_id, kind, unit_id, text, as_of)
        SELECT CASE WHEN w.unit IS NULL OR w.unit = %(finding)s
                    THEN ARRAY[%(finding)s] ELSE ARRAY[%(finding)s, w.unit] END,
               w.person, w.kind, w.unit, w.text, %(on)s
        FROM unnest(%(persons)s::bigint[], %(kinds)s::text[], %(units)s::int[], %(texts)s::text[])
             AS w (person, kind, unit, text)
        -- Who goes away and comes back is noted again, but not twice a day.
        WHERE NOT EXISTS (
            SELECT 1 FROM people_whereabouts noted
            -- Named once more, or the planner reads the whole table.
            WHERE noted.person_id = ANY(%(persons)s) AND noted.person_id = w.person
              AND noted.kind = w.kind
              AND noted.unit_id IS NOT DISTINCT FROM w.unit AND noted.text = w.text
              AND noted.as_of >= least(%(on)s, (
                  SELECT max(l.as_of) FROM people_whereabouts l
                  WHERE l.person_id = w.person AND l.kind = w.kind)))
        """,
        {
            "finding": unit,
            "on": on,
            "persons": [line[0] for line in said],
            "kinds": [line[1] for line in said],
            "units": [line[2] for line in said],
            "texts": [line[3] for line in said],
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
        ([line[0] for line in said], [line[2] for line in said]),
    )
