"""Finding a person at a desk, and one person as a page shows them. Every reading is noted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.errors import NotFound
from som.people.queries.matching import people_like
from som.people.queries.persons import PersonRow, people_named, people_with_number, selves, standing
from som.people.rules import Declaration, tidied


@dataclass(frozen=True, slots=True)
class PersonFound:
    """Somebody who may be the one sought: whether much speaks for it, and where they live."""

    person: PersonRow
    likely: bool
    residence: int | None
    address: str
    died: bool


def people_sought(
    said: Declaration, *, by: Actor, at: datetime, limit: int = 20
) -> list[PersonFound]:
    """Persons the actor answers for who may be the one described: by number, likeness, name.

    Whoever holds the number comes first, then who is like the description, then whose name begins
    so, each once and as the entry that stands.
    """
    tidy = tidied(said)
    with scope.entered(by, "people.read"):
        found: dict[int, tuple[PersonRow, bool]] = {}
        for paper in tidy.papers:
            for row in people_with_number(paper.number, by=by, at=at):
                found.setdefault(row.id, (row, True))
        for one in people_like(said, by=by, at=at, limit=limit):
            found.setdefault(one.person.id, (one.person, one.likeness.proposed))
        if tidy.name and len(found) < limit:
            for row in people_named(tidy.name, by=by, at=at, limit=limit):
                found.setdefault(row.id, (row, False))
        stands = standing(found)
        kept = {person: found[person] for person in found if stands.get(person) == person}
        kept.update(
            {
                root: found[entry]
                for entry, root in stands.items()
                if root not in kept and entry in found
            }
        )
        more = {
            line[0]: line[1:]
            for line in sql.rows(
                """
                SELECT p.id, w.unit_id, coalesce(w.text, ''), p.died_at IS NOT NULL
                FROM people_person p
                LEFT JOIN LATERAL (
                    SELECT unit_id, text FROM people_whereabouts w
                    WHERE w.person_id = p.id AND w.kind = 'residence'
                    ORDER BY w.as_of DESC, w.id DESC LIMIT 1
                ) w ON true
                WHERE p.id = ANY(%s)
                """,
                (list(kept),),
            )
        }
        audit.record(by, "people.people_sought", at=at, persons=list(more), kind=audit.READ)
    return [
        PersonFound(row if row.id == person else _as(row, person), likely, *more[person])
        for person, (row, likely) in kept.items()
        if person in more
    ][:limit]


def _as(row: PersonRow, person: int) -> PersonRow:
    """What an entry says, under the entry that stands for it."""
    return PersonRow(person, row.name, row.sex, row.birth_date, row.birth_year, row.phone)


@dataclass(frozen=True, slots=True)
class PaperShown:
    """A paper that a person holds, or of which they say the number although another holds it."""

    kind: str
    country: str
    number: str
    held: bool


@dataclass(frozen=True, slots=True)
class StayShown:
    """A place where a person is said to live, lodge, work or learn, since a day."""

    kind: str
    unit: int | None
    text: str
    as_of: date


@dataclass(frozen=True, slots=True)
class EntryShown:
    """One entry of a person who was entered several times."""

    id: int
    name: str
    registered_at: datetime


@dataclass(frozen=True, slots=True)
class PersonShown:
    """A person with everything that is known of them under all their entries."""

    id: int
    name: str
    sex: str | None
    birth_date: date | None
    birth_year: int | None
    guardian: str
    died_at: datetime | None
    registered_at: datetime
    phones: tuple[str, ...]
    papers: tuple[PaperShown, ...]
    stays: tuple[StayShown, ...]
    entries: tuple[EntryShown, ...]


def person_shown(person_id: int, *, by: Actor, at: datetime, whole: bool = False) -> PersonShown:
    """The person meant, as the entry that stands for them. Raises `NotFound` out of sight.

    The asking is noted; `whole`: that numbers and telephones are looked at in full.
    """
    with scope.entered(by, "people.read"):
        stands = standing([person_id]).get(person_id)
        entries = list(selves([person_id]))
        lines = sql.rows(
            """
            SELECT id, name, sex::text, birth_date, birth_year, guardian, died_at, registered_at, phone
            FROM people_person WHERE id = ANY(%s) ORDER BY id = %s DESC, id
            """,
            (entries, stands),
        )
        papers = sql.rows(
            """
            SELECT DISTINCT ON (f.number, f.kind, f.country) f.kind, f.country, f.number, f.held
            FROM (
                SELECT d.kind, d.country, d.number, true AS held
                FROM people_document d WHERE d.person_id = ANY(%(entries)s)
                UNION ALL
                SELECT d.kind, d.country, d.number, false
                FROM people_sharednumber c JOIN people_document d ON d.id = c.document_id
                WHERE c.person_id = ANY(%(entries)s)
            ) f ORDER BY f.number, f.kind, f.country, f.held DESC
            """,
            {"entries": entries},
        )
        stays = sql.rows(
            """
            SELECT kind, unit_id, text, max(as_of) FROM people_whereabouts
            WHERE person_id = ANY(%s) GROUP BY kind, unit_id, text
            ORDER BY max(as_of) DESC, kind, unit_id, text
            """,
            (entries,),
        )
        audit.record(
            by,
            "people.person_shown",
            at=at,
            persons=[line[0] for line in lines],
            note={"whole": whole},
            kind=audit.READ,
        )
    if not lines or lines[0][0] != stands:
        raise NotFound(f"person {person_id}")
    person, name, sex, birth_date, birth_year = lines[0][:5]
    return PersonShown(
        person,
        name,
        sex,
        birth_date,
        birth_year,
        next((line[5] for line in lines if line[5]), ""),
        min((line[6] for line in lines if line[6]), default=None),
        min(line[7] for line in lines),
        tuple(dict.fromkeys(line[8] for line in lines if line[8])),
        tuple(PaperShown(*line) for line in papers),
        tuple(StayShown(*line) for line in stays),
        tuple(EntryShown(line[0], line[1], line[7]) for line in lines),
    )
