"""Units by id, code, name and day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from som.kernel import sql
from som.places import rules


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit with its path for people ("Xã X, Huyện Y, Tỉnh Z") and for dated rules (its codes).

    `territory` are the codes of the unit, its district if any, and its province: nearest first.
    """

    id: int
    code: str
    name: str
    kind: str
    level: int
    parent_id: int | None
    valid_from: date
    valid_to: date | None
    path: str
    territory: tuple[str, ...]

    @property
    def begins_unknown(self) -> bool:
        """Whether of its first day is only known that it was before November 2020."""
        return self.valid_from == rules.BEGINNING

    def in_force(self, on: date) -> bool:
        """Whether this is the unit on that day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


UNIT_COLUMNS = """
    u.id, u.code, u.name, u.kind, u.level, p.id, u.valid_from, u.valid_to,
    concat_ws(', ', u.name, p.name, g.name), array_remove(ARRAY[u.code, p.code, g.code], NULL)
"""
_DAY = """
    least(coalesce(u.valid_to, '9999-12-31'),
          greatest(u.valid_from, coalesce(%(on)s::date, '9999-12-31')))
"""
# A unit may stay while the one above it changes its name: the path is the one of the day asked
# about, or of the unit's day nearest to it.
UNIT_TABLES = f"""
    places_unit u
    LEFT JOIN places_unit p ON p.code = u.parent_code AND p.valid_from <= {_DAY}
         AND (p.valid_to IS NULL OR p.valid_to >= {_DAY})
    LEFT JOIN places_unit g ON g.code = p.parent_code AND g.valid_from <= {_DAY}
         AND (g.valid_to IS NULL OR g.valid_to >= {_DAY})
"""
IN_FORCE = "u.valid_from <= %(on)s AND (u.valid_to IS NULL OR u.valid_to >= %(on)s)"


def unit_row(columns: Sequence[Any]) -> UnitRow:
    """A unit from the columns of `UNIT_COLUMNS`."""
    return UnitRow(*[*columns[:9], tuple(columns[9])])


def unit_ids(codes: Iterable[str], on: date) -> dict[str, int]:
    """The unit that each code means on this day; codes that mean none are left out."""
    return dict(
        sql.rows(
            f"SELECT u.code, u.id FROM places_unit u WHERE u.code = ANY (%(codes)s) AND {IN_FORCE}",
            {"codes": list(set(codes)), "on": on},
        )
    )


def units_by_id(ids: Iterable[int], on: date | None = None) -> dict[int, UnitRow]:
    """Units with their paths as of a day; without a day, as of each unit's last."""
    found = sql.rows(
        f"SELECT {UNIT_COLUMNS} FROM {UNIT_TABLES} WHERE u.id = ANY (%(ids)s)",
        {"ids": list(set(ids)), "on": on},
    )
    return {row.id: row for row in map(unit_row, found)}


def units_there(ids: Collection[int]) -> frozenset[int]:
    """Those of these ids that are units', of whatever day."""
    if not ids:
        return frozenset()
    return frozenset(
        line[0]
        for line in sql.rows("SELECT u.id FROM places_unit u WHERE u.id = ANY (%s)", (list(ids),))
    )


def unit_path(ids: Iterable[int], on: date | None = None) -> dict[int, str]:
    """Units as people read them: "Xã Bách Thuận, Huyện Vũ Thư, Tỉnh Thái Bình"."""
    return {row.id: row.path for row in units_by_id(ids, on).values()}


def provinces(on: date) -> list[UnitRow]:
    """The provinces of a day, by code."""
    found = sql.rows(
        f"""
        SELECT {UNIT_COLUMNS} FROM {UNIT_TABLES}
        WHERE u.level = 1 AND {IN_FORCE} ORDER BY u.code
        """,
        {"on": on},
    )
    return [unit_row(row) for row in found]


def provinces_of(ids: Iterable[int], on: date) -> dict[int, frozenset[int]]:
    """The provinces of a day that answer for these units: of units before a merger the new one."""
    found: dict[int, set[int]] = defaultdict(set)
    for unit, province in sql.rows(
        f"""
        SELECT c.covered_id, u.id FROM places_coverage c JOIN places_unit u ON u.id = c.unit_id
        WHERE c.covered_id = ANY (%(ids)s) AND u.level = 1 AND {IN_FORCE}
        """,
        {"ids": list(set(ids)), "on": on},
    ):
        found[unit].add(province)
    return {unit: frozenset(above) for unit, above in found.items()}


def units_in_force(within: Collection[int], on: date) -> list[UnitRow]:
    """Those of these units that are in force on a day: provinces first, then by name."""
    found = sql.rows(
        f"""
        SELECT {UNIT_COLUMNS} FROM {UNIT_TABLES}
        WHERE u.id = ANY (%(within)s) AND {IN_FORCE} ORDER BY u.level, u.name_key, u.code
        """,
        {"within": list(within), "on": on},
    )
    return [unit_row(row) for row in found]


def units_below(unit_id: int, on: date) -> list[UnitRow]:
    """The unit's own districts or communes on a day, by name."""
    found = sql.rows(
        f"""
        SELECT {UNIT_COLUMNS} FROM {UNIT_TABLES}
        JOIN places_unit above ON above.id = %(above)s
        WHERE u.parent_code = above.code AND u.level > above.level AND {IN_FORCE}
          AND above.valid_from <= %(on)s AND (above.valid_to IS NULL OR above.valid_to >= %(on)s)
        ORDER BY u.level, u.name_key, u.code
        """,
        {"above": unit_id, "on": on},
    )
    return [unit_row(row) for row in found]


def communes_of(province_id: int, on: date) -> list[UnitRow]:
    """The communes of a day that a province (or district) answers for, by code.

    Asked for a day before a merger, the new province has the communes of all it took over.
    """
    found = sql.rows(
        f"""
        SELECT {UNIT_COLUMNS} FROM {UNIT_TABLES}
        JOIN places_coverage c ON c.covered_id = u.id AND c.unit_id = %(province)s
        WHERE u.level = 3 AND {IN_FORCE} ORDER BY u.code
        """,
        {"province": province_id, "on": on},
    )
    return [unit_row(row) for row in found]


def units_named(
    triples: Iterable[tuple[str, str, str]], on: date
) -> dict[tuple[str, str, str], int]:
    """The units that lists mean by (province, district, commune) on a day.

    Names are taken as people write them, with or without kind, in any case, and else exactly. The
    district may be '' (since July 2025 it must); without commune the district or province is meant.
    A triple that means no unit or several is left out: nothing is guessed.
    """
    asked = {triple: [part for part in triple if part.strip()] for triple in triples}
    keys = {key for parts in asked.values() if parts for _, key in rules.readings(parts[-1])}
    found = sql.rows(
        f"""
        SELECT u.id, u.level, u.kind, u.written_key,
               p.level, p.kind, p.written_key, g.level, g.kind, g.written_key
        FROM {UNIT_TABLES}
        WHERE u.written_key = ANY (%(keys)s) AND {IN_FORCE}
        """,
        {"keys": list(keys), "on": on},
    )
    candidates: dict[tuple[int, str], list[tuple[int, dict[int, tuple[str, str]]]]] = defaultdict(
        list
    )
    for unit_id, level, kind, key, *above in found:
        path = {level: (kind, key)}
        path.update({at: (k, w) for at, k, w in (above[:3], above[3:]) if at is not None})
        candidates[level, key].append((unit_id, path))
    named: dict[tuple[str, str, str], int] = {}
    for triple in asked:
        levels = {level: part for level, part in enumerate(triple, start=1) if part.strip()}
        if 1 not in levels:
            continue
        level = max(levels)
        meant = {
            unit_id
            for key in {key for _, key in rules.readings(levels[level])}
            for unit_id, path in candidates.get((level, key), ())
            if all(at in path and rules.means(part, *path[at]) for at, part in levels.items())
        }
        if len(meant) == 1:
            named[triple] = meant.pop()
    return named


@dataclass(frozen=True, slots=True)
class PopulationRow:
    """The latest count of a unit's people, with area and middle where known."""

    unit_id: int
    counted_on: date
    population: int | None
    area_km2: float | None
    lat: float | None
    lon: float | None


def populations(unit_ids: Iterable[int]) -> dict[int, PopulationRow]:
    """The latest count of each unit.

    A unit that only changed its name or status has the count made under the former one.
    """
    found = sql.rows(
        """
        WITH same AS (
            SELECT id AS unit_id, id AS counted_id, 0 AS steps
            FROM unnest(%(ids)s::int[]) AS asked(id)
            UNION ALL
            SELECT l.new_id, min(l.old_id), 1 FROM places_lineage l WHERE l.new_id = ANY (%(ids)s)
            GROUP BY l.new_id HAVING count(*) = 1 AND NOT bool_or(split)
        )
        SELECT DISTINCT ON (s.unit_id)
               s.unit_id, c.counted_on, c.population, c.area_km2, c.lat, c.lon
        FROM same s JOIN places_population c ON c.unit_id = s.counted_id
        ORDER BY s.unit_id, s.steps, c.counted_on DESC
        """,
        {"ids": list(set(unit_ids))},
    )
    return {row[0]: PopulationRow(*row) for row in found}


@dataclass(frozen=True, slots=True)
class PendingRow:
    """A change of a unit's status that is decided but not applied: its day is not published."""

    unit_id: int
    code: str
    name_now: str
    path: str
    name_then: str
    note: str


def pending_changes(unit_ids: Iterable[int] | None = None) -> list[PendingRow]:
    """Changes that are decided but not in force, of these units or of all, by code."""
    found = sql.rows(
        """
        SELECT u.id, u.code, u.name, concat_ws(', ', u.name, p.name, g.name), c.name_then, c.note
        FROM places_pendingchange c
        JOIN places_unit u ON u.id = c.unit_id
        LEFT JOIN places_unit p ON p.id = u.parent_id
        LEFT JOIN places_unit g ON g.id = p.parent_id
        WHERE u.valid_to IS NULL AND (%(all)s OR u.id = ANY (%(ids)s::int[]))
        ORDER BY u.level, u.code
        """,
        {"all": unit_ids is None, "ids": list(unit_ids or ())},
    )
    return [PendingRow(*row) for row in found]
