"""The stamp of a swab: who answers for it, and who hears of a positive, as known when it is taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from som.kernel import sql
from som.kernel.arrays import literal
from som.people.queries import whereabouts_on
from som.people.rules import Stay, StayKind
from som.places.queries import provinces_over


@dataclass(frozen=True, slots=True)
class Taken:
    """Whose swab was taken by which unit, for whose campaign, and where the person says they live.

    `stays` of somebody met just now are all that is known of where they are; else None.
    """

    person: int
    unit: int
    planned_by: int
    residence: int | None
    stays: tuple[Stay, ...] | None = None


@dataclass(frozen=True, slots=True)
class Stamp:
    """The units that answer for a swab, who took it first; and all that hear of a positive.

    `told` has whoever answers, the unit that planned the campaign, and every province of these.
    """

    answerable: tuple[int, ...]
    told: tuple[int, ...]


def stamps_of(
    taken: Sequence[Taken], *, on: date, provinces: Mapping[int, int | None] | None = None
) -> list[Stamp]:
    """The stamps of these swabs in their order, for a command inside its own scope.

    `provinces` are those of units that the caller asked about already.
    """
    asked = [one.person for one in taken if one.stays is None]
    places = whereabouts_on(asked, on) if asked else {}
    # Neighbours have one stamp: it is made once for all that are alike.
    kinds: dict[tuple[int, int, int | None, tuple[int, ...]], Stamp | None] = {}
    alike = []
    for one in taken:
        where = places.get(one.person, ()) if one.stays is None else units_of(one)
        alike.append((one.unit, one.planned_by, one.residence, where))
        kinds[alike[-1]] = None
    named = {
        unit
        for taken_by, planned_by, home, where in kinds
        for unit in (taken_by, planned_by, home, *where)
    }
    known = dict(provinces or {})
    if unasked := [unit for unit in named if unit is not None and unit not in known]:
        known |= provinces_over(unasked, on)
    for kind in kinds:
        unit, planned_by, residence, where = kind
        answerable = tuple(
            dict.fromkeys(place for place in (unit, residence, *where) if place is not None)
        )
        kinds[kind] = Stamp(answerable, with_provinces((*answerable, planned_by), known))
    return [stamp for kind in alike if (stamp := kinds[kind]) is not None]


def units_of(taken: Taken) -> tuple[int, ...]:
    """Where somebody met just now is, as `whereabouts_on` will say: of each kind what was said last."""
    if not taken.stays:
        return () if taken.residence is None else (taken.residence,)
    last = {StayKind.RESIDENCE: taken.residence} | {
        stay.kind: stay.unit for stay in taken.stays if stay.unit is not None or stay.text
    }
    return tuple(unit for _, unit in sorted(last.items(), reverse=True) if unit is not None)


def with_provinces(units: Sequence[int], provinces: Mapping[int, int | None]) -> tuple[int, ...]:
    """These units and the provinces over them, each once."""
    above = (provinces.get(unit) for unit in units)
    return tuple(dict.fromkeys((*units, *(unit for unit in above if unit is not None))))


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
