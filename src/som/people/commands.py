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
from som.people.rules import Declaration, DeclarationRefusal


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
    accepted: list[Registration] = []
    for given in registrations:
        tidy = replace(given, said=rules.tidied(given.said))
        if fault := rules.fault_of(tidy.said, on=today):
            outcome.refused.append(Refused(given, *fault))
        else:
            accepted.append(tidy)
    if not accepted:
        return outcome

    # One claimant a number: whoever of this batch says it first. Others with the same number are
    # that person if they agree, and a person of their own if they do not.
    claimants: dict[tuple[str, str, str], int] = {}
    references: dict[str, int] = {}
    for place, given in enumerate(accepted):
        document = given.said.document
        if document is not None:
            claimants.setdefault(document, place)
        else:
            references.setdefault(given.reference, place)

    ids = [
        line[0]
        for line in sql.rows(
            "SELECT nextval(pg_get_serial_sequence('people_person', 'id'))"
            " FROM generate_series(1, %s)",
            (len(accepted),),
        )
    ]
    holder: dict[tuple[str, str, str], tuple[int, bool]] = {}
    agreeing: set[int] = set()
    if claimants:
        places = list(claimants.values())
        said = [accepted[place].said for place in places]
        answers = sql.rows(
            "SELECT * FROM people_claim_documents(%s::text[], %s::text[], %s::text[],"
            " %s::bigint[], %s::text[], %s::text[], %s::date[], %s::int[], %s)",
            (
                [document[0] for document in claimants],
                [document[1] for document in claimants],
                [document[2] for document in claimants],
                [ids[place] for place in places],
                [s.name_key for s in said],
                [s.sex for s in said],
                [s.birth_date for s in said],
                [s.birth_year for s in said],
                unit,
            ),
        )
        for (number, place), (person, claimed, agrees) in zip(
            claimants.items(), answers, strict=True
        ):
            holder[number] = (person, claimed)
            if agrees:
                agreeing.add(place)

    new: list[int] = []  # places of accepted whose person is made now
    known: dict[int, int] = {}  # place -> person already there
    for place, given in enumerate(accepted):
        document = given.said.document
        if document is None:
            first = references[given.reference]
            if first == place:
                new.append(place)
            else:
                known[place] = ids[first]
            continue
        first = claimants[document]
        person, claimed = holder[document]
        if place == first:
            if claimed or place not in agreeing:
                new.append(place)
            else:
                known[place] = person
        elif first in agreeing and rules.agree(accepted[first].said, given.said):
            known[place] = person
        else:
            new.append(place)

    made, held = _insert_persons([(ids[p], accepted[p], holder) for p in new], unit=unit, at=at)
    for place, given in enumerate(accepted):
        if place in known:
            person = held.get(known[place], known[place])
            outcome.unchanged.append(replace(given, person_id=person))
        elif ids[place] in made:
            outcome.done.append(replace(given, person_id=ids[place]))
        elif ids[place] in held:
            outcome.unchanged.append(replace(given, person_id=held[ids[place]]))
        else:
            outcome.refused.append(Refused(given, DeclarationRefusal.KNOWN_ELSEWHERE))
    _insert_whereabouts(outcome.held, unit=unit, at=at)
    return outcome


def _insert_persons(
    rows: Sequence[tuple[int, Registration, dict[tuple[str, str, str], tuple[int, bool]]]],
    *,
    unit: int,
    at: datetime,
) -> tuple[set[int], dict[int, int]]:
    """Insert these persons; say which ids were made, and for the others who holds the reference."""
    if not rows:
        return set(), {}

    def reference(
        person: int, given: Registration, holder: dict[tuple[str, str, str], tuple[int, bool]]
    ) -> str | None:
        """Holders of a number need no other natural key; everybody else keeps the reference."""
        document = given.said.document
        return None if document and holder[document][0] == person else given.reference

    references = [reference(*row) for row in rows]
    said = [given.said for _, given, _ in rows]
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
        return made, {}
    asked = {
        wanted: person
        for (person, _, _), wanted in zip(rows, references, strict=True)
        if wanted is not None and person not in made
    }
    held = dict(
        sql.rows(
            "SELECT reference, id FROM people_person WHERE reference = ANY(%s)", (list(asked),)
        )
    )
    return made, {asked[known]: person for known, person in held.items()}


def _insert_whereabouts(registrations: Sequence[Registration], *, unit: int, at: datetime) -> None:
    """Note where these persons say they live, unless that is already noted so."""
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
