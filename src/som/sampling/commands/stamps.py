"""The stamp of a swab: who answers for it, and who hears of a positive, as known when it is taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from som.kernel import sql
from som.people.queries import whereabouts_on
from som.places.queries import provinces_over


@dataclass(frozen=True, slots=True)
class Taken:
    """Whose swab was taken by which unit, for whose campaign, and where the person says they live."""

    person: int
    unit: int
    planned_by: int
    residence: int | None


@dataclass(frozen=True, slots=True)
class Stamp:
    """The units that answer for a swab, who took it first; and all that hear of a positive.

    `told` has whoever answers, the unit that planned the campaign, and every province of these.
    """

    answerable: tuple[int, ...]
    told: tuple[int, ...]


def stamps_of(taken: Sequence[Taken], *, on: date) -> list[Stamp]:
    """The stamps of these swabs in their order, for a command inside its own scope."""
    places = whereabouts_on([one.person for one in taken], on)
    answerable = [
        tuple(
            dict.fromkeys(
                unit
                for unit in (one.unit, one.residence, *places.get(one.person, ()))
                if unit is not None
            )
        )
        for one in taken
    ]
    provinces = provinces_over(
        {unit for units in answerable for unit in units} | {one.planned_by for one in taken}, on
    )
    return [
        Stamp(units, with_provinces((*units, one.planned_by), provinces))
        for one, units in zip(taken, answerable, strict=True)
    ]


def with_provinces(units: Sequence[int], provinces: Mapping[int, int]) -> tuple[int, ...]:
    """These units and the provinces over them, each once."""
    return tuple(dict.fromkeys((*units, *(provinces[unit] for unit in units if unit in provinces))))


def literal(units: Sequence[int]) -> str:
    """An array of units as the database writes it: arrays of many lengths travel as text."""
    return "{" + ",".join(map(str, units)) + "}"


def share_swabs(shared: Mapping[int, Sequence[int]]) -> None:
    """Let these units see these swabs too: they are told of them. For a command's own transaction.

    Locks the swabs in the order of their ids.
    """
    sql.execute(
        """
        WITH given AS MATERIALIZED (
            SELECT w.id, g.units::int[] AS units
            FROM unnest(%s::bigint[], %s::text[]) AS g (swab, units)
            JOIN sampling_swab w ON w.id = g.swab
            WHERE NOT w.unit_ids @> g.units::int[]
            ORDER BY w.id FOR NO KEY UPDATE OF w
        )
        UPDATE sampling_swab w
        SET unit_ids = w.unit_ids || ARRAY(SELECT unnest(g.units) EXCEPT SELECT unnest(w.unit_ids))
        FROM given g WHERE w.id = g.id
        """,
        (list(shared), [literal(units) for units in shared.values()]),
    )
