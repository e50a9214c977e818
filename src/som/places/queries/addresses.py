"""The units that written addresses mean."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from som.kernel import sql
from som.places import rules
from som.places.queries.lineage import carried, covered_ids
from som.places.queries.packaged import packaged_hamlets

Written: TypeAlias = "str | tuple[str, str, str]"
"""An address in one text, or the columns of a list: province, district, commune."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a written address means on a day.

    `unit_id` is one unit in force on that day, of tier `level`; `reason` is '' if it is so named on
    that day, else ANOTHER_DAY, with `as_of` the nearest day on which the words were right. Without
    `unit_id`, `reason` says why, `candidates` are the units of the day that could be meant (those
    that a divided unit went to, too), and `known_id` is the smallest unit that is certain all the
    same: the divided unit itself, or the district or province. `rest` is what the text says besides
    units: hamlet, street, house.
    """

    unit_id: int | None
    level: int | None
    reason: rules.AddressReason
    candidates: tuple[int, ...] = ()
    rest: str = ""
    as_of: date | None = None
    known_id: int | None = None


def resolve_addresses(
    texts: Iterable[Written], *, on: date, within: int | None = None
) -> dict[Written, Resolved]:
    """The unit of a day that each address means, as people write it; nothing is guessed.

    Kinds may be shortened or left out, tones lost, the order turned round. Names of another day are
    followed along the lineage. `within` is the unit where addresses without a province are sought
    first. Each distinct text is read once; the number of statements does not depend on how many.
    """
    readings = {
        text: rules.reading(text) if isinstance(text, str) else rules.column_reading(*text)
        for text in dict.fromkeys(texts)
    }
    register = _register({name for reading in readings.values() for name in reading.names()}, on)
    inside = covered_ids([within]) if within is not None else frozenset()
    meant = {
        text: rules.address_meaning(reading, register, on, inside)
        for text, reading in readings.items()
    }
    moves = _Moves(meant.values(), on)
    return {text: moves.resolved(one) for text, one in meant.items()}


_LATER = "coalesce({}.valid_to, '9999-12-31')"


def _register(keys: Collection[str], on: date) -> rules.Register:
    """The units of any day whose names look so, with those above them on each of their days."""
    found = sql.rows(
        f"""
        SELECT u.id, u.level, u.kind, u.written_key, looks.key, p.id, p.level, g.id,
               greatest(u.valid_from, p.valid_from, g.valid_from),
               nullif(least({_LATER.format("u")}, {_LATER.format("p")}, {_LATER.format("g")}),
                      '9999-12-31')
        FROM places_unit u
        CROSS JOIN LATERAL (SELECT translate(u.name_key, %(alike)s, %(one)s) AS key) looks
        LEFT JOIN places_unit p ON p.code = u.parent_code AND p.level < u.level
             AND p.valid_from <= {_LATER.format("u")} AND {_LATER.format("p")} >= u.valid_from
        LEFT JOIN places_unit g ON g.code = p.parent_code AND g.level < p.level
             AND g.valid_from <= least({_LATER.format("u")}, {_LATER.format("p")})
             AND {_LATER.format("g")} >= greatest(u.valid_from, p.valid_from)
        WHERE looks.key = ANY (%(keys)s)
        ORDER BY u.id
        """,
        {"keys": list(keys), "alike": "ky '.-\u2019", "one": "ci"},
    )
    paths: dict[int, list[rules.Path]] = defaultdict(list)
    facts: dict[int, tuple[int, str, str, str]] = {}
    for unit, level, kind, spelling, key, parent, parent_level, above, since, until in found:
        facts[unit] = (level, kind, spelling, key)
        ids = {level: unit, parent_level: parent}
        if above is not None:
            ids[rules.Level.PROVINCE] = above
        paths[unit].append(rules.Path(ids.get(1), ids.get(2), ids.get(3), since, until))
    for unit, path in dict.fromkeys(_mixed_paths(facts, on)):
        paths[unit].append(path)
    return rules.Register(
        rules.NamedUnit(
            unit, rules.Level(level), rules.Kind(kind), spelling, key, tuple(paths[unit])
        )
        for unit, (level, kind, spelling, key) in facts.items()
    )


def _mixed_paths(units: Collection[int], on: date) -> Iterator[tuple[int, rules.Path]]:
    """Communes of one era with districts and provinces of the other, as people write afterwards."""
    found = sql.rows(
        """
        SELECT DISTINCT o.id, n.id, d.id, p.id, a.id, o.valid_to
        FROM places_lineage l
        JOIN places_unit o ON o.id = l.old_id AND o.level = 3
        JOIN places_unit n ON n.id = l.new_id AND n.level = 3
        JOIN places_unit d ON d.id = o.parent_id AND d.level = 2
        JOIN places_unit p ON p.id = d.parent_id
        JOIN places_unit a ON a.code = n.parent_code AND a.level = 1 AND a.valid_from <= n.valid_from
             AND (a.valid_to IS NULL OR a.valid_to >= n.valid_from)
        WHERE (o.id = ANY (%(ids)s::int[]) OR n.id = ANY (%(ids)s::int[])
               OR d.id = ANY (%(ids)s::int[])) AND o.valid_to < %(on)s
        """,
        {"ids": list(units), "on": on},
    )
    wanted = set(units)
    for old, new, district, province, above, day in found:
        if new in wanted:
            yield new, rules.Path(province, district, new, day, day, mixed=True)
            yield new, rules.Path(above, district, new, day, day, mixed=True)
        if above == province:
            continue
        if district in wanted:
            yield district, rules.Path(above, district, None, day, day, mixed=True)
        if old in wanted:
            yield old, rules.Path(above, district, old, day, day, mixed=True)


class _Moves:
    """From the units that words mean to those of the asked day, forward or back."""

    def __init__(self, meant: Collection[rules.Meant], on: date) -> None:
        self._on = on
        asked = {
            unit
            for one in meant
            for unit in (one.unit_id, one.known_id, *one.candidates)
            if unit is not None
        }
        self._later = carried(asked, on)
        self._earlier = _carried_back(asked, on)
        self._near = _units_like({(m.known_id, m.claim) for m in meant if m.claim}, on)
        self._hamlets = _divided_hamlets(
            {
                unit: here.successors
                for unit, here in self._later.items()
                if len(here.successors) > 1
            }
        )

    def resolved(self, meant: rules.Meant) -> Resolved:
        """What an address means on the asked day."""
        as_of = None if meant.as_of in (None, self._on) else meant.as_of
        if meant.unit_id is not None:
            return self._one(meant, meant.unit_id, as_of)
        candidates = {here for unit in meant.candidates for here in self._parts(unit)}
        candidates |= self._near.get((meant.known_id, meant.claim), set())
        known = self._known(meant.known_id)
        wholes = {self._whole(unit) for unit in meant.candidates}
        if as_of and meant.level and len(wholes) == 1 and None not in wholes:
            # Several units of another day, all of which are one on this.
            return self._found(wholes.pop(), meant, as_of)
        return Resolved(
            None, None, meant.reason, tuple(sorted(candidates)), meant.rest, as_of, known
        )

    def _one(self, meant: rules.Meant, unit: int, as_of: date | None) -> Resolved:
        whole = self._whole(unit)
        parts = self._parts(unit)
        if whole is None and (hamlet := self._hamlet(unit, meant.rest)):
            whole, parts = hamlet, (hamlet,)
        if meant.also_id is not None and whole != meant.also_id:
            parts = tuple(sorted({*parts, meant.also_id}))
            reason = rules.AddressReason.AMBIGUOUS
            return Resolved(None, None, reason, parts, meant.rest, as_of)
        if whole is not None:
            return self._found(whole, meant, as_of)
        reason = rules.AddressReason.DIVIDED if parts else rules.AddressReason.ENDED
        if unit in self._earlier:
            # It began later, out of several.
            reason = rules.AddressReason.AMBIGUOUS
        return Resolved(None, None, reason, parts, meant.rest, as_of, unit)

    def _found(self, unit: int | None, meant: rules.Meant, as_of: date | None) -> Resolved:
        reason = rules.AddressReason.ANOTHER_DAY if as_of else rules.AddressReason.CLEAR
        level = None if meant.level is None else int(meant.level)
        return Resolved(unit, level, reason, (), meant.rest, as_of, unit)

    def _whole(self, unit: int) -> int | None:
        """The one unit of the asked day that holds all of this one."""
        earlier = self._earlier.get(unit, ())
        return earlier[0] if len(earlier) == 1 else self._later[unit].unit_id

    def _parts(self, unit: int) -> tuple[int, ...]:
        """The units of the asked day that hold some of this one."""
        return self._later[unit].successors or self._earlier.get(unit, ())

    def _known(self, unit: int | None) -> int | None:
        return unit if unit is None else self._whole(unit) or unit

    def _hamlet(self, unit: int, rest: str) -> int | None:
        """The part of a divided commune in which its hamlet lies, if the text names one."""
        parts = self._hamlets.get(unit, {})
        found = {parts[key] for key in rules.hamlet_keys(rest) if key in parts}
        return found.pop() if len(found) == 1 else None


def _carried_back(units: Iterable[int], on: date) -> dict[int, tuple[int, ...]]:
    """The units of an earlier day that became these, which had not begun then."""
    found = sql.rows(
        """
        WITH RECURSIVE walk(start, id) AS (
            SELECT id, id FROM unnest(%(ids)s::int[]) AS asked(id)
            UNION
            SELECT w.start, l.old_id
            FROM walk w JOIN places_unit u ON u.id = w.id AND u.valid_from > %(on)s
            JOIN places_lineage l ON l.new_id = u.id
        )
        SELECT w.start, array_agg(w.id ORDER BY w.id)
        FROM walk w JOIN places_unit u ON u.id = w.id
        JOIN places_unit s ON s.id = w.start AND s.valid_from > %(on)s
        WHERE u.level = s.level AND u.valid_from <= %(on)s
          AND (u.valid_to IS NULL OR u.valid_to >= %(on)s)
        GROUP BY w.start
        """,
        {"ids": list(units), "on": on},
    )
    return {start: tuple(ids) for start, ids in found}


def _units_like(
    claims: Collection[tuple[int | None, str]], on: date
) -> dict[tuple[int | None, str], set[int]]:
    """The units right within one that are written nearly so: what was mistyped, perhaps."""
    below: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for parent, unit, key in sql.rows(
        """
        SELECT p.id, u.id, u.name_key
        FROM places_unit p JOIN places_unit u ON u.parent_code = p.code AND u.level > p.level
        WHERE p.id = ANY (%(ids)s::int[]) AND u.valid_from <= %(on)s
          AND (u.valid_to IS NULL OR u.valid_to >= %(on)s)
          AND p.valid_from <= %(on)s AND (p.valid_to IS NULL OR p.valid_to >= %(on)s)
        """,
        {"ids": [known for known, _ in claims if known is not None], "on": on},
    ):
        below[parent].append((unit, key))
    return {(known, claim): rules.nearly(claim, below[known]) for known, claim in claims if known}


def _divided_hamlets(divided: dict[int, tuple[int, ...]]) -> dict[int, dict[str, int]]:
    """Of each divided commune the part that each of its hamlets went to, as far as published."""
    codes: dict[int, str] = dict(
        sql.rows(
            "SELECT id, code FROM places_unit WHERE id = ANY (%s)",
            ([*divided, *{part for parts in divided.values() for part in parts}],),
        )
    )
    published: dict[str, list[tuple[str, str]]] = defaultdict(list)
    if divided:
        for old_code, hamlet, new_code in packaged_hamlets():
            published[old_code].append((hamlet, new_code))
    found: dict[int, dict[str, int]] = {}
    for unit, parts in divided.items():
        ids = {codes[part]: part for part in parts}
        told: dict[str, set[str]] = defaultdict(set)
        for hamlet, new_code in published.get(codes[unit], ()):
            for key in rules.hamlet_keys(hamlet):
                told[key].add(new_code)
        found[unit] = {
            key: ids[next(iter(to))] for key, to in told.items() if len(to) == 1 and to <= set(ids)
        }
    return found
