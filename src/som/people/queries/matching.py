"""Persons ready to compare, and others like them: in the background, and at a desk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.people import rules
from som.people.matching.likeness import (
    MOST_COMMUNES,
    Known,
    Likeness,
    hamlet_of,
    likeness,
    name_keys,
    rough_keys,
    sought_keys,
)
from som.people.matching.spelling import NO_NAME, name_bits, name_of
from som.people.queries.persons import PersonRow, selves
from som.people.rules import Declaration
from som.places.queries import carried

COMMUNE = 3
"""The level of a commune, as `places` counts them."""

MOST_ALIKE = 100
"""Others looked at for one person: those who share a key and whose names are most alike."""


def uncompared_persons(*, by: Actor, limit: int, after: int = 0) -> list[int]:
    """Persons whom nobody has compared with the others yet, longest known first, after this id."""
    with scope.entered(by, "people.match"):
        return [
            line[0]
            for line in sql.rows(
                "SELECT id FROM people_person WHERE compared_at IS NULL AND id > %s"
                " ORDER BY id LIMIT %s",
                (after, limit),
            )
        ]


def known_of(person_ids: Sequence[int], *, on: date) -> dict[int, Known]:
    """What is known of these persons that stand, of all their entries together, ready to compare.

    For a command inside its own scope. Who has no name yet is like nobody, and left out.
    """
    entries = selves(person_ids)
    phones: dict[int, set[str]] = defaultdict(set)
    numbers: dict[int, set[str]] = defaultdict(set)
    units: dict[int, set[int]] = defaultdict(set)
    hamlets: dict[int, set[str]] = defaultdict(set)
    said: dict[int, tuple[str, str | None, date | None, int | None]] = {}
    for person, *facts, phone in sql.rows(
        "SELECT id, name, sex, birth_date, birth_year, phone FROM people_person WHERE id = ANY(%s)",
        (list(entries),),
    ):
        stands = entries[person]
        if person == stands:
            said[person] = (facts[0], facts[1], facts[2], facts[3])
        if phone:
            phones[stands].add(phone)
    for person, number in sql.rows(
        """
        SELECT d.person_id, d.kind || ':' || d.number FROM people_document d
        WHERE d.person_id = ANY(%(entries)s)
        UNION ALL
        SELECT c.person_id, d.kind || ':' || d.number
        FROM people_sharednumber c JOIN people_document d ON d.id = c.document_id
        WHERE c.person_id = ANY(%(entries)s)
        """,
        {"entries": list(entries)},
    ):
        numbers[entries[person]].add(number)
    for person, unit, level, text in sql.rows(
        """
        SELECT w.person_id, w.unit_id, u.level, w.text
        FROM people_whereabouts w LEFT JOIN places_unit u ON u.id = w.unit_id
        WHERE w.person_id = ANY(%s) AND w.kind IN ('residence', 'lodging')
        """,
        (list(entries),),
    ):
        if level == COMMUNE:
            units[entries[person]].add(unit)
        if hamlet := hamlet_of(text):
            hamlets[entries[person]].add(hamlet)
    today = carried({unit for found in units.values() for unit in found}, on)
    return {
        person: Known(
            person,
            name_of(name),
            sex,
            birth_date,
            birth_year,
            frozenset(phones[person]),
            frozenset(numbers[person]),
            frozenset(new for unit in units[person] for new in today[unit].successors),
            frozenset(hamlets[person]),
        )
        for person, (name, sex, birth_date, birth_year) in said.items()
        if name
    }


@dataclass(frozen=True, slots=True)
class Similar:
    """Somebody who shares a key with one who is sought."""

    place: int
    name: str
    known: Known


def similar_to(
    sought: Sequence[Known], *, keys: Sequence[int] = (), most: int = MOST_ALIKE
) -> list[Similar]:
    """Others who may be these, by their place, as far as the scope of whoever asks reaches.

    For a command or query inside its own scope. Those sought may be among the others. They are
    looked for under `keys`, or each under their own.
    """
    placed = [
        (place, key) for place, one in enumerate(sought, 1) for key in keys or sought_keys(one)
    ]
    if not placed:
        return []
    return _similar(
        sql.rows(
            "SELECT * FROM people_similar(%s::text[], %s::int[], %s::bigint[], %s)",
            (
                ["" if one.name.newborn else " ".join(one.name.words) for one in sought],
                [place for place, _ in placed],
                [key for _, key in placed],
                most,
            ),
        )
    )


def _similar(lines: Iterable[tuple[Any, ...]]) -> list[Similar]:
    return [
        Similar(
            place - 1,
            name,
            Known(
                person,
                name_of(name),
                sex,
                birth_date,
                birth_year,
                frozenset(phones),
                frozenset(numbers),
                frozenset(communes),
                frozenset(hamlets),
            ),
        )
        for place, person, name, sex, birth_date, birth_year, phones, numbers, communes, hamlets in (
            lines
        )
    ]


def parted_before(person_ids: Iterable[int]) -> set[frozenset[int]]:
    """Pairs of these entries of which a review said that they are two people."""
    asked = list(person_ids)
    return {
        frozenset(line)
        for line in sql.rows(
            "SELECT one_id, other_id FROM people_candidate"
            " WHERE decision = 'parted' AND one_id = ANY(%s) AND other_id = ANY(%s)",
            (asked, asked),
        )
    }


# At a desk -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Likely:
    """Somebody known who may be the one that was described, and how likely."""

    person: PersonRow
    likeness: Likeness


def people_like(said: Declaration, *, by: Actor, at: datetime, limit: int = 20) -> list[Likely]:
    """Persons this actor answers for who may be the one described, likeliest first.

    A name without tones or turned round is enough. Typed wrong it wants the year of birth beside it
    and a word that tells (of a Nguyễn Thị whose given name is wrong: the residence, too), or a
    telephone or number.
    """
    tidy = rules.tidied(said)
    on = at.astimezone(LOCAL).date()
    with scope.entered(by, "people.read"):
        sought = _described(tidy, on)
        found = similar_to([sought], keys=[*sought_keys(sought), *name_keys(sought.name)])
        named = any(name_bits(sought.name, one.known.name)[0] > 0 for one in found)
        if not named and (keys := rough_keys(sought.name, sought.birth_year)):
            found += similar_to([sought], keys=sorted(keys))
        likely = sorted(
            (
                Likely(_row(one), one_like)
                for one in {one.known.id: one for one in found}.values()
                if (one_like := likeness(sought, one.known)).score > 0
            ),
            key=lambda one: (-one.likeness.score, one.person.id),
        )[:limit]
        audit.record(
            by,
            "people.people_like",
            at=at,
            persons=[one.person.id for one in likely],
            kind=audit.READ,
        )
    return likely


def _described(said: Declaration, on: date) -> Known:
    numbers = [(document.kind, document.number) for document in said.papers]
    communes: tuple[int, ...] = ()
    if said.residence is not None:
        communes = carried([said.residence], on)[said.residence].successors
    hamlet = hamlet_of(said.address)
    return Known(
        0,
        name_of(said.name) if said.name else NO_NAME,
        said.sex,
        said.birth_date,
        said.birth_year,
        frozenset([said.phone] if said.phone else []),
        frozenset(f"{kind}:{number}" for kind, number in numbers),
        frozenset(communes[:MOST_COMMUNES]),
        frozenset([hamlet] if hamlet else []),
    )


def _row(one: Similar) -> PersonRow:
    known = one.known
    return PersonRow(
        known.id,
        one.name,
        known.sex,
        known.birth_date,
        known.birth_year,
        min(known.phones, default=""),
    )
