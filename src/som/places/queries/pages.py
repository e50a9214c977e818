"""What the pages of places show: a search, and one unit with all that is known of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from som.kernel import sql
from som.kernel.errors import NotFound
from som.places import rules
from som.places.queries.units import (
    IN_FORCE,
    UNIT_COLUMNS,
    UNIT_TABLES,
    PendingRow,
    PopulationRow,
    UnitRow,
    pending_changes,
    populations,
    unit_row,
    units_below,
    units_by_id,
)


@dataclass(frozen=True, slots=True)
class Step:
    """A unit before or after another; `split` if the old one went to several."""

    unit: UnitRow
    split: bool


@dataclass(frozen=True, slots=True)
class UnitFound:
    """A unit that answers a search, on the day asked about in force or not."""

    unit: UnitRow
    in_force: bool
    successors: tuple[Step, ...]


def search_units(
    text: str,
    on: date,
    limit: int = 20,
    *,
    within: Collection[int] | None = None,
    ended: bool = True,
) -> list[UnitFound]:
    """Units of both eras whose name and path hold every word, tones aside; or whose code begins so.

    The name itself comes first, then what begins with it, then the rest; units in force on the day
    before ended ones, provinces before communes. Reads the whole register, which takes 4 ms: a
    trigram index takes 2 and PostgreSQL does not choose it for 15,000 rows. `within` keeps to these
    units, and without `ended` only units in force on the day are found.
    """
    words = rules.search_words(text)
    if not words:
        return []
    key = " ".join(words)
    parameters: dict[str, object] = {
        "on": on,
        "limit": limit,
        "code": "".join(words) if key.replace(" ", "").isdigit() else None,
        "key": key,
        "bare": rules.without_kind(key),
        "anywhere": within is None,
        "within": list(within or ()),
        "ended": ended,
    }
    conditions = []
    for number, word in enumerate(words):
        parameters[f"word{number}"] = f"% {word}%"
        conditions.append(f"u.search_key LIKE %(word{number})s")
    found = sql.rows(
        f"""
        SELECT {UNIT_COLUMNS}, {IN_FORCE}
        FROM {UNIT_TABLES}
        WHERE (({" AND ".join(conditions)}) OR u.code LIKE %(code)s || '%%')
            AND (%(anywhere)s OR u.id = ANY (%(within)s::int[]))
            AND (%(ended)s OR {IN_FORCE})
        ORDER BY CASE
                WHEN u.code = %(code)s OR u.name_key = %(key)s
                    OR u.search_key LIKE ' ' || %(key)s || ' ' || p.name_key || '%%'
                    OR u.name_key = %(bare)s AND starts_with(u.search_key, ' ' || %(key)s) THEN 0
                WHEN u.name_key = %(bare)s THEN 1
                WHEN starts_with(%(key)s, u.name_key || ' ')
                    OR starts_with(%(bare)s, u.name_key || ' ') THEN 2
                WHEN starts_with(u.name_key, %(key)s) OR starts_with(u.name_key, %(bare)s) THEN 3
                WHEN strpos(' ' || u.name_key, ' ' || %(key)s) > 0 THEN 4
                ELSE 5
            END,
            NOT ({IN_FORCE}), u.level, length(u.name_key), u.name_key, u.code, u.valid_from DESC
        LIMIT %(limit)s
        """,
        parameters,
    )
    after = _steps([row[0] for row in found], on)[1]
    return [
        UnitFound(unit_row(row), row[10], () if row[10] else tuple(after.get(row[0], ())))
        for row in found
    ]


def _steps(
    unit_ids: Iterable[int], on: date
) -> tuple[dict[int, list[Step]], dict[int, list[Step]]]:
    """The units right before and right after each of these, by code."""
    ids = list(unit_ids)
    before: dict[int, list[Step]] = defaultdict(list)
    after: dict[int, list[Step]] = defaultdict(list)
    found = sql.rows(
        f"""
        SELECT {UNIT_COLUMNS}, l.split, l.new_id AS of_id, true AS comes_before
        FROM places_lineage l JOIN {UNIT_TABLES} ON u.id = l.old_id WHERE l.new_id = ANY (%(ids)s)
        UNION ALL
        SELECT {UNIT_COLUMNS}, l.split, l.old_id, false
        FROM places_lineage l JOIN {UNIT_TABLES} ON u.id = l.new_id WHERE l.old_id = ANY (%(ids)s)
        ORDER BY 2, 7
        """,
        {"ids": ids, "on": on},
    )
    for *columns, split, of_id, comes_before in found:
        (before if comes_before else after)[of_id].append(Step(unit_row(columns), split))
    return before, after


@dataclass(frozen=True, slots=True)
class UnitPage:
    """All that is known of a unit; `below` are its own units on the day, or on its last day."""

    unit: UnitRow
    in_force: bool
    below_on: date
    above: tuple[UnitRow, ...]
    before: tuple[Step, ...]
    after: tuple[Step, ...]
    below: tuple[UnitRow, ...]
    population: PopulationRow | None
    pending: tuple[PendingRow, ...]


def unit_page(unit_id: int, on: date) -> UnitPage:
    """A unit with its path, days, lineage, people and the units below it."""
    unit = units_by_id([unit_id], on).get(unit_id)
    if unit is None:
        raise NotFound(f"no unit {unit_id}")
    if unit.valid_to is not None and unit.valid_to < on:
        day = unit.valid_to
    else:
        day = max(on, unit.valid_from)
    before, after = _steps([unit_id], on)
    return UnitPage(
        unit=unit,
        in_force=unit.in_force(on),
        below_on=day,
        above=_above(unit, day),
        before=tuple(before[unit_id]),
        after=tuple(after[unit_id]),
        below=tuple(units_below(unit_id, day)),
        population=populations([unit_id]).get(unit_id),
        pending=tuple(pending_changes([unit_id])),
    )


def _above(unit: UnitRow, on: date) -> tuple[UnitRow, ...]:
    """The units above this one, nearest first: at most district and province."""
    found = sql.rows(
        f"""
        SELECT {UNIT_COLUMNS} FROM {UNIT_TABLES}
        WHERE u.code = ANY (%(codes)s) AND {IN_FORCE} ORDER BY u.level DESC
        """,
        {"codes": list(unit.territory[1:]), "on": on},
    )
    return tuple(unit_row(row) for row in found)
