"""Who is known here. Every reading of persons is noted in the transaction that reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.ids import fold
from som.people.rules import Declaration, Document, DocumentKind, Holder, Sex


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

    For a command or query inside its own scope: entries out of sight are left out of the asking, not
    of the answer.
    """
    return dict(
        sql.rows(
            "SELECT DISTINCT entry, stands FROM people_selves(ARRAY("
            "SELECT p.id FROM people_person p WHERE p.id = ANY(%s)))",
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


def whereabouts_on(person_ids: Iterable[int], on: date) -> dict[int, tuple[int, ...]]:
    """The units where these live, lodge, work and learn on a day, as each of their entries says.

    Of each kind the last that was said by then. For a command inside its own scope and audit.
    """
    found: dict[int, dict[int, None]] = {}
    for person, unit in sql.rows(
        """
        SELECT s.asked, w.unit_id
        FROM people_selves(%s::bigint[]) s
        CROSS JOIN LATERAL (
            SELECT DISTINCT ON (w.kind) w.kind, w.unit_id FROM people_whereabouts w
            WHERE w.person_id = s.entry AND w.as_of <= %s
            ORDER BY w.kind, w.as_of DESC, w.id DESC
        ) w
        WHERE w.unit_id IS NOT NULL
        ORDER BY s.asked, s.entry, w.kind DESC
        """,
        (list(set(person_ids)), on),
    ):
        found.setdefault(person, {})[unit] = None
    return {person: tuple(units) for person, units in found.items()}


def units_known_of(person_ids: Iterable[int]) -> dict[int, frozenset[int]]:
    """The units where these are said to live, lodge, work or learn, or were, as any entry says.

    For a command inside its own scope and audit.
    """
    asked = list(person_ids)
    entries, stands = selves(asked), standing(asked)
    found: dict[int, set[int]] = {person: set() for person in stands.values()}
    for entry, unit in sql.rows(
        "SELECT DISTINCT person_id, unit_id FROM people_whereabouts"
        " WHERE person_id = ANY(%s) AND unit_id IS NOT NULL",
        (list(entries),),
    ):
        found[entries[entry]].add(unit)
    return {person: frozenset(found[root]) for person, root in stands.items()}


def persons_owed(*, by: Actor, limit: int, after: int = 0) -> list[int]:
    """Persons of whom more came to be known than when their results were told, after this id."""
    with scope.entered(by, "people.settle"):
        return [
            line[0]
            for line in sql.rows(
                "SELECT id FROM people_person WHERE owed_since IS NOT NULL AND id > %s"
                " ORDER BY id LIMIT %s",
                (after, limit),
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


def holders_of(papers: Iterable[Document]) -> dict[Document, Holder]:
    """Who stands for these papers, for a command in its scope.

    A number is somebody's only together with its kind and country.
    """
    asked = set(papers)
    found: dict[Document, Holder] = {}
    if not asked:
        return found
    for kind, number, country, person, *facts in sql.rows(
        "SELECT * FROM people_holders(%s::text[])",
        (list({paper.number for paper in asked}),),
    ):
        paper = Document(DocumentKind(kind), number, country)
        if paper in asked:
            said = tuple(
                Declaration(line[0], Sex(line[1]) if line[1] else None, *line[2:])
                for line in (facts[:5], facts[5:])
                if line[0] is not None
            )
            found[paper] = Holder(person, said)
    return found


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
