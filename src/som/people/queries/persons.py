"""Who is known here. Every reading of persons is noted in the transaction that reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.ids import fold
from som.people.rules import Declaration, Sex


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person as those see them who answer for them."""

    id: int
    name: str
    sex: str | None
    birth_date: date | None
    birth_year: int | None
    phone: str


def standing(person_ids: Iterable[int]) -> dict[int, int]:
    """Who each entry stands for now: itself, or whoever it was joined into.

    For a command inside its own scope; entries out of sight are left out.
    """
    return dict(
        sql.rows(
            "SELECT p.id, CASE WHEN p.merged_into_id IS NULL THEN p.id"
            " ELSE people_standing(p.id) END FROM people_person p WHERE p.id = ANY(%s)",
            (list(set(person_ids)),),
        )
    )


def selves(person_ids: Iterable[int]) -> dict[int, int]:
    """Every entry that is one with these persons, themselves included -> the one that stands.

    For a command or query inside its own scope.
    """
    return dict(
        sql.rows(
            "SELECT DISTINCT entry, stands FROM people_selves(%s::bigint[])",
            (list(set(person_ids)),),
        )
    )


def dead(person_ids: Iterable[int]) -> frozenset[int]:
    """Those of these persons who died, under whichever of their entries it is noted.

    For a command or query inside its own scope.
    """
    asked = list(person_ids)
    stands = standing(asked)
    entries = selves(asked)
    died = {
        entries[line[0]]
        for line in sql.rows(
            "SELECT id FROM people_person WHERE id = ANY(%s) AND died_at IS NOT NULL",
            (list(entries),),
        )
    }
    return frozenset(person for person, root in stands.items() if root in died)


@dataclass(frozen=True, slots=True)
class Reach:
    """How an entry's person is reached: by name, telephone and the unit they last said to live in."""

    name: str
    phone: str
    residence: int | None


def reach_of(person_ids: Iterable[int]) -> dict[int, Reach]:
    """How to reach these, for a command inside its own scope and audit."""
    return {
        line[0]: Reach(*line[1:])
        for line in sql.rows(
            """
            SELECT p.id, p.name, p.phone, w.unit_id FROM people_person p
            LEFT JOIN LATERAL (
                SELECT unit_id FROM people_whereabouts w
                WHERE w.person_id = p.id AND w.kind = 'residence'
                ORDER BY w.as_of DESC, w.id DESC LIMIT 1
            ) w ON true
            WHERE p.id = ANY(%s) ORDER BY p.id
            """,
            (list(person_ids),),
        )
    }


def persons_owed(*, by: Actor, limit: int) -> list[int]:
    """Persons of whom more came to be known than when their results were told, longest first."""
    with scope.entered(by, "people.settle"):
        return [
            line[0]
            for line in sql.rows(
                "SELECT id FROM people_person WHERE owed_since IS NOT NULL"
                " ORDER BY owed_since, id LIMIT %s",
                (limit,),
            )
        ]


_COLUMNS = "p.id, p.name, p.sex, p.birth_date, p.birth_year, p.phone"


def people_named(beginning: str, *, by: Actor, at: datetime, limit: int = 50) -> list[PersonRow]:
    """Persons whose name begins so, tone marks aside, in the order of their names."""
    key = fold(beginning)
    with scope.entered(by, "people.read"):
        found = [
            PersonRow(*line)
            for line in sql.rows(
                f"""
                SELECT {_COLUMNS} FROM people_person p
                WHERE p.name_key >= %s AND p.name_key < %s
                ORDER BY p.name_key, p.id LIMIT %s
                """,
                (key, key + "\U0010ffff", limit),
            )
        ]
        audit.record(
            by, "people.people_named", at=at, persons=[p.id for p in found], kind=audit.READ
        )
    return found


def declarations_of(person_ids: Sequence[int]) -> dict[int, Declaration]:
    """What is known of these persons, for a command inside its own scope and audit."""
    return {
        line[0]: Declaration(line[1], Sex(line[2]) if line[2] else None, *line[3:])
        for line in sql.rows(
            """
            SELECT p.id, p.name, p.sex, p.birth_date, p.birth_year, p.phone, '', w.unit_id,
                   coalesce(w.text, '')
            FROM people_person p
            LEFT JOIN LATERAL (
                SELECT unit_id, text FROM people_whereabouts w
                WHERE w.person_id = p.id AND w.kind = 'residence'
                ORDER BY w.as_of DESC, w.id DESC LIMIT 1
            ) w ON true
            WHERE p.id = ANY(%s)
            """,
            (list(person_ids),),
        )
    }


def holders_of(numbers: Sequence[str]) -> dict[str, tuple[int, Declaration]]:
    """Who stands for these identity numbers and what their holder said, for a command in its scope."""
    return {
        line[0]: (line[1], Declaration(line[2], Sex(line[3]) if line[3] else None, *line[4:]))
        for line in sql.rows(
            """
            SELECT d.number, CASE WHEN p.merged_into_id IS NULL THEN p.id
                                  ELSE people_standing(p.id) END,
                   p.name, p.sex, p.birth_date, p.birth_year
            FROM people_document d JOIN people_person p ON p.id = d.person_id
            WHERE d.number = ANY(%s)
            """,
            (list(numbers),),
        )
    }


def people_with_number(number: str, *, by: Actor, at: datetime) -> list[PersonRow]:
    """The person who holds this identity number, if this actor's units answer for them."""
    with scope.entered(by, "people.read"):
        found = [
            PersonRow(*line)
            for line in sql.rows(
                f"""
                SELECT {_COLUMNS} FROM people_document d
                JOIN people_person p ON p.id = d.person_id WHERE d.number = %s
                ORDER BY p.id
                """,
                (number.strip().upper(),),
            )
        ]
        audit.record(
            by, "people.people_with_number", at=at, persons=[p.id for p in found], kind=audit.READ
        )
    return found
