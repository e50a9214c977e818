"""Organisations, their rights, and sites."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from som.kernel import sql
from som.kernel.ids import fold
from som.places import rules


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    """Who takes swabs, tests or is visited."""

    id: int
    code: str
    kind: str
    name: str
    unit_id: int


@dataclass(frozen=True, slots=True)
class SiteRow:
    """Where swabs are taken or people are visited."""

    id: int
    unit_id: int
    organisation_id: int | None
    kind: str
    name: str
    address: str


def organisation_ids(codes: Iterable[str]) -> dict[str, int]:
    """The organisation of each code; unknown codes are left out."""
    return dict(
        sql.rows(
            "SELECT code, id FROM places_organisation WHERE code = ANY (%s)", (list(set(codes)),)
        )
    )


def organisations_by_id(ids: Iterable[int]) -> dict[int, OrganisationRow]:
    """Organisations of these ids."""
    found = sql.rows(
        "SELECT id, code, kind, name, unit_id FROM places_organisation WHERE id = ANY (%s)",
        (list(set(ids)),),
    )
    return {row[0]: OrganisationRow(*row) for row in found}


def organisations_of(
    unit_ids: Iterable[int] | None = None, kinds: Iterable[str] = ()
) -> list[OrganisationRow]:
    """Organisations in units that these units cover (None: anywhere), of these kinds, by name."""
    found = sql.rows(
        """
        SELECT o.id, o.code, o.kind, o.name, o.unit_id FROM places_organisation o
        WHERE (%(anywhere)s OR o.unit_id IN (
                  SELECT covered_id FROM places_coverage WHERE unit_id = ANY (%(units)s::int[])))
          AND (cardinality(%(kinds)s::text[]) = 0 OR o.kind = ANY (%(kinds)s::text[]))
        ORDER BY o.name, o.code
        """,
        {
            "anywhere": unit_ids is None,
            "units": list(unit_ids or ()),
            "kinds": [str(kind) for kind in kinds],
        },
    )
    return [OrganisationRow(*row) for row in found]


def organisations_within(
    unit_ids: Collection[int] | None, *, text: str = "", after: str = "", limit: int
) -> list[OrganisationRow]:
    """Organisations in just these units (None: anywhere) whose code and name hold every word.

    By name; `after` is the code of the last line of the page before.
    """
    found = sql.rows(
        f"""
        SELECT o.id, o.code, o.kind, o.name, o.unit_id FROM places_organisation o
        WHERE (%(anywhere)s OR o.unit_id = ANY (%(units)s::int[]))
          AND NOT EXISTS (
              SELECT 1 FROM unnest(%(words)s::text[]) AS asked(word)
              WHERE strpos({sql.folded("o.code || ' ' || o.name")}, asked.word) = 0)
          AND (%(after)s = '' OR (o.name, o.code) >
              (SELECT l.name, l.code FROM places_organisation l WHERE l.code = %(after)s))
        ORDER BY o.name, o.code LIMIT %(limit)s
        """,
        {
            "anywhere": unit_ids is None,
            "units": list(unit_ids or ()),
            "words": fold(text).split(),
            "after": after,
            "limit": limit,
        },
    )
    return [OrganisationRow(*row) for row in found]


@dataclass(frozen=True, slots=True)
class RightRow:
    """A right of a laboratory and its days."""

    organisation_id: int
    right: str
    valid_from: date
    valid_to: date | None


def rights_granted(lab_ids: Iterable[int]) -> dict[int, list[RightRow]]:
    """Every right these laboratories had, have or will have, oldest first."""
    granted: dict[int, list[RightRow]] = {}
    for row in sql.rows(
        """
        SELECT organisation_id, "right", valid_from, valid_to FROM places_laboratoryright
        WHERE organisation_id = ANY (%s) ORDER BY valid_from, "right"
        """,
        (list(set(lab_ids)),),
    ):
        granted.setdefault(row[0], []).append(RightRow(*row))
    return granted


def laboratory_rights(lab_ids: Iterable[int], on: date) -> dict[int, frozenset[rules.Right]]:
    """What each laboratory may say of a positive on a day; none has the empty set."""
    rights: dict[int, set[rules.Right]] = {lab_id: set() for lab_id in lab_ids}
    for lab_id, right in sql.rows(
        """
        SELECT organisation_id, "right" FROM places_laboratoryright
        WHERE organisation_id = ANY (%s)
          AND valid_from <= %s AND (valid_to IS NULL OR valid_to >= %s)
        """,
        (list(rights), on, on),
    ):
        rights[lab_id].add(rules.Right(right))
    return {lab_id: frozenset(held) for lab_id, held in rights.items()}


_SITE_COLUMNS = "s.id, s.unit_id, s.organisation_id, s.kind, s.name, s.address"


def sites_by_id(ids: Iterable[int]) -> dict[int, SiteRow]:
    """Sites of these ids."""
    found = sql.rows(
        f"SELECT {_SITE_COLUMNS} FROM places_site s WHERE s.id = ANY (%s)", (list(set(ids)),)
    )
    return {row[0]: SiteRow(*row) for row in found}


def sites_of(unit_ids: Iterable[int]) -> list[SiteRow]:
    """Sites in units that these units cover, by name."""
    found = sql.rows(
        f"""
        SELECT {_SITE_COLUMNS} FROM places_site s
        WHERE s.unit_id IN (SELECT covered_id FROM places_coverage WHERE unit_id = ANY (%s::int[]))
        ORDER BY s.name, s.id
        """,
        (list(unit_ids),),
    )
    return [SiteRow(*row) for row in found]
