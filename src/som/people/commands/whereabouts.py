"""Where persons say they live, lodge, work and learn, and which units answer for them by that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from som.kernel import sql
from som.people.rules import Declaration, StayKind

Place = tuple[int, StayKind, int | None, str]
"""A person, what they do at a place, its unit, and its name."""


def places_of(declared: Sequence[tuple[int, Declaration]]) -> list[Place]:
    """The places that these persons named, each once."""
    found: list[Place] = []
    for person, one in declared:
        if one.residence is not None or one.address:
            found.append((person, StayKind.RESIDENCE, one.residence, one.address))
        found += [
            (person, stay.kind, stay.unit, stay.text)
            for stay in one.stays
            if stay.unit is not None or stay.text
        ]
    return list(dict.fromkeys(found))


def columns_of(said: Sequence[Place]) -> dict[str, Any]:
    """These places as the columns in which they travel to the database."""
    return {
        "persons": [place[0] for place in said],
        "kinds": [place[1] for place in said],
        "units": [place[2] for place in said],
        "texts": [place[3] for place in said],
    }


def note_whereabouts(declared: Sequence[tuple[int, Declaration]], *, unit: int, on: date) -> None:
    """Note where these persons say they live, lodge, work and learn, unless it is already noted so.

    The unit of such a place becomes answerable for them, whenever that is said first.
    """
    said = places_of(declared)
    if not said:
        return
    sql.execute(
        """
        INSERT INTO people_whereabouts (unit_ids, person_id, kind, unit_id, text, as_of)
        SELECT CASE WHEN w.unit IS NULL OR w.unit = %(finding)s::int
                    THEN ARRAY[%(finding)s::int] ELSE ARRAY[%(finding)s::int, w.unit] END,
               w.person, w.kind, w.unit, w.text, %(on)s::date
        FROM unnest(%(persons)s::bigint[], %(kinds)s::text[], %(units)s::int[], %(texts)s::text[])
             WITH ORDINALITY AS w (person, kind, unit, text, place)
        -- Who goes away and comes back is noted again, but not twice a day.
        WHERE NOT EXISTS (
            SELECT 1 FROM people_whereabouts noted
            -- Named once more, or the planner reads the whole table.
            WHERE noted.person_id = ANY(%(persons)s::bigint[]) AND noted.person_id = w.person
              AND noted.kind = w.kind
              AND noted.unit_id IS NOT DISTINCT FROM w.unit AND noted.text = w.text
              AND noted.as_of >= least(%(on)s::date, (
                  SELECT max(l.as_of) FROM people_whereabouts l
                  WHERE l.person_id = w.person AND l.kind = w.kind)))
        ORDER BY w.place
        """,
        columns_of(said) | {"finding": unit, "on": on},
    )
    answer_for(said)


def answer_for(said: Sequence[Place]) -> None:
    """The units of these places become answerable for the persons."""
    if not said:
        return
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
        ([place[0] for place in said], [place[2] for place in said]),
    )
