"""Who is known here. Every reading of persons is noted in the transaction that reads."""

from __future__ import annotations

from collections.abc import Sequence
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
    """Who holds these identity numbers and what is known of them, for a command inside its scope."""
    return {
        line[0]: (line[1], Declaration(line[2], Sex(line[3]) if line[3] else None, *line[4:]))
        for line in sql.rows(
            """
            SELECT d.number, p.id, p.name, p.sex, p.birth_date, p.birth_year
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
