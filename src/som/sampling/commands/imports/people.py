"""Who stands in the rows of a list: what is declared, where they live, whether they are known."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.kernel.actors import Actor
from som.kernel.outcomes import Refusal
from som.people import rules as people_rules
from som.people.queries import holders_of
from som.people.rules import (
    Declaration,
    Document,
    DocumentKind,
    Stay,
    StayKind,
    document_of,
)
from som.sampling.commands.imports.locked import LockedList
from som.sampling.lists.written import ListRow, retold
from som.sampling.queries.lists import Lives, residences_meant
from som.sampling.rules.imports import RowCaution, reference_of


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it is kept."""

    id: int
    place: int
    row: int
    key: str
    same_as: int | None
    said: ListRow
    verdict: str
    outcome: str
    residence: int | None


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of a row, and of whom it tells."""

    outcome: str
    reason: Refusal | None = None
    detail: str = ""
    person: int | None = None


def rows_of(list_id: int, places: Sequence[int]) -> dict[int, Row]:
    """These rows of a list by their places."""
    return {
        line[1]: Row(*[*line[:5], _said(line[2], line[5]), *line[6:]])
        for line in sql.rows(
            """
            SELECT id, place, row, key, same_as, said::text, verdict, outcome, residence_id
            FROM sampling_listrow
            WHERE list_id = %s AND place BETWEEN %s AND %s AND place = ANY(%s)
            """,
            (list_id, min(places, default=0), max(places, default=0), list(places)),
        )
    }


def _said(row: int, told: str) -> ListRow:
    """What a row says; one that could not be read says nothing."""
    return retold(json.loads(told)) if told != "{}" else ListRow(row)


def lives_of(rows: Sequence[Row], here: LockedList, on: date) -> dict[int, Lives]:
    """Where the person of each row lives, by place."""
    written = {row.place: (row.said.residence, row.said.address) for row in rows}
    lives = residences_meant(set(written.values()), on=on, within=here.unit)
    return {place: lives[key] for place, key in written.items()}


def declaration_of(said: ListRow, residence: int | None) -> Declaration:
    """What a row declares of its person, as it is written there."""
    papers = [
        document_of(said.insurance, DocumentKind.INSURANCE),
        document_of(said.number, DocumentKind.PASSPORT, said.country) if said.country else None,
    ]
    return Declaration(
        said.name,
        said.sex,
        said.birth_date,
        said.birth_year,
        said.phone,
        "" if said.country else said.number,
        residence,
        said.address,
        documents=tuple(paper for paper in papers if isinstance(paper, Document)),
        guardian=said.guardian,
        stays=_stays(said, residence),
    )


def _stays(said: ListRow, residence: int | None) -> tuple[Stay, ...]:
    """Where the person works, and where they lodge if the row tells that from their home."""
    found = [Stay(StayKind.WORKPLACE, text=said.workplace)] if said.workplace else []
    if said.other.get("home") and said.address:
        found.append(Stay(StayKind.LODGING, residence, said.address))
    return tuple(found)


def declared_in(rows: Sequence[Row], lives: Mapping[int, Lives]) -> dict[int, Declaration]:
    """What each row declares of its person, who lives there, tidied; by place."""
    return {
        row.place: people_rules.tidied(declaration_of(row.said, lives[row.place].unit))
        for row in rows
    }


def fault_of_home(row: Row, lives: Lives) -> tuple[Refusal, str] | None:
    """That the row names a place that cannot be found."""
    if lives.fault is None:
        return None
    return lives.fault, ", ".join(filter(None, reversed(row.said.residence)))


@dataclass(frozen=True, slots=True)
class Met:
    """Who in some rows is known, by place; and what their numbers say beside that.

    `taken` has whose the number is where it is somebody else's, `rung` the places with another
    telephone number than is known of the person.
    """

    known: Mapping[int, int]
    taken: Mapping[int, int]
    rung: frozenset[int]

    @property
    def persons(self) -> list[int]:
        """Everybody about whom was asked."""
        return sorted({*self.known.values(), *self.taken.values()})


def cautions_of(row: Row, said: Declaration, lives: Lives, met: Met) -> tuple[str, ...]:
    """What is to be looked at in a row, by code."""
    found: list[Refusal] = [*row.said.warnings, *people_rules.warnings_for(said)]
    if lives.caution is not None:
        found.append(lives.caution)
    if row.place in met.taken:
        found.append(RowCaution.NUMBER_OF_ANOTHER)
    if row.place in met.rung:
        found.append(RowCaution.PHONE_CHANGED)
    if row.said.tube_class.single:
        found.append(RowCaution.ALONE)
    return tuple(str(code) for code in found)


def met_in(rows: Sequence[Row], declared: Mapping[int, Declaration], *, by: Actor) -> Met:
    """Who in these rows is known: by the number in hand everywhere, as registering finds them; else
    by the row's own key.
    """
    everywhere = system_actor("sampling")
    with scope.entered(by, "people.read", behalf=everywhere):
        holders = holders_of(paper for said in declared.values() for paper in said.papers)
    met = dict(
        sql.rows(
            "SELECT reference, CASE WHEN merged_into_id IS NULL THEN id ELSE people_standing(id) END"
            " FROM people_person WHERE reference = ANY(%s)",
            ([reference_of(row.key) for row in rows],),
        )
    )
    known: dict[int, int] = {}
    taken: dict[int, int] = {}
    rung: set[int] = set()
    for row in rows:
        said = declared[row.place]
        held = [holder for paper in said.papers if (holder := holders.get(paper)) is not None]
        if agreed := next((holder for holder in held if holder.agrees(said)), None):
            known[row.place] = agreed.person
            if agreed.phone_differs(said):
                rung.add(row.place)
            continue
        if held:
            taken[row.place] = held[0].person
        if (person := met.get(reference_of(row.key))) is not None:
            known[row.place] = person
    return Met(known, taken, frozenset(rung))
