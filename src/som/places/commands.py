"""Loads units, counts and announced changes; registers organisations, rights and sites."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple
from datetime import datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.errors import NotAllowed
from som.kernel.outcomes import Outcome
from som.places import rules

_LOCK = "LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE"
"""Loading and registering wait for each other, so that what is judged is what is written."""


@contextmanager
def _for_the_country(by: Actor) -> Iterator[None]:
    """The register of units is one for the country: who manages a territory may not rewrite it."""
    by.must("places.manage")
    if by.units_for("places.manage") is not None:
        raise NotAllowed("places.manage")
    with scope.entered(by, "places.manage"):
        yield


def load_units(units: Sequence[rules.Unit], *, by: Actor, at: datetime) -> Outcome[rules.Unit]:
    """Take a list of units into the register, and derive from it who is above, after and covered.

    A unit already there with the same first day is mended where it differs (a last day given, a
    name set right) and keeps its id; new ones get the next ids in order of code and day. Refuses,
    unit by unit, what would give a code two meanings on one day. Parents and successors may come
    in a later list. One transaction for the whole list: half a list would cover half a province.
    """
    with _for_the_country(by):
        sql.execute(_LOCK.format("places_unit"))
        held = _held_units()
        by_key = {unit.key: unit for unit in held.values()}
        outcome = rules.judge_units(units, by_key)
        ids = {unit.key: unit_id for unit_id, unit in held.items()}
        mended = [unit for unit in outcome.done if unit.key in by_key]
        new = sorted((u for u in outcome.done if u.key not in by_key), key=lambda u: u.key)
        for next_id, unit in enumerate(new, start=max(held, default=0) + 1):
            ids[unit.key] = next_id
        register = held | {ids[unit.key]: unit for unit in outcome.done}
        family = rules.family(register)
        derived = _held_derivations()
        changed = [
            unit_id
            for unit_id, unit in held.items()
            if register[unit_id] != unit or derived[unit_id] != family.derivation(unit_id)
        ]
        sql.execute(_MEND_UNITS, _unit_arrays(changed, register, family))
        sql.execute(_INSERT_UNITS, _unit_arrays([ids[u.key] for u in new], register, family))
        _write_lineage(family)
        audit.record(
            by,
            "places.load_units",
            at=at,
            note={"new": len(new), "mended": [f"{u.code} {u.valid_from}" for u in mended]},
        )
    return outcome


def _held_units() -> dict[int, rules.Unit]:
    return {
        row[0]: rules.Unit(*[*row[1:8], tuple(row[8])])
        for row in sql.rows(
            "SELECT id, code, name, kind, level, parent_code, valid_from, valid_to, successor_codes"
            " FROM places_unit"
        )
    }


def _held_derivations() -> dict[int, tuple[int | None, str]]:
    return {
        row[0]: (row[1], row[2])
        for row in sql.rows("SELECT id, parent_id, search_key FROM places_unit")
    }


_UNIT_ARRAYS = """
    unnest(%s::int[], %s::text[], %s::text[], %s::text[], %s::int[], %s::text[], %s::date[],
           %s::date[], %s::text[], %s::text[], %s::text[], %s::int[], %s::text[])
    AS given(id, code, name, kind, level, parent_code, valid_from, valid_to, successors, name_key,
             written_key, parent_id, search_key)
"""
_INSERT_UNITS = f"""
INSERT INTO places_unit (id, code, name, kind, level, parent_code, valid_from, valid_to,
                         successor_codes, name_key, written_key, parent_id, search_key)
SELECT id, code, name, kind, level, parent_code, valid_from, valid_to,
       string_to_array(successors, ' '), name_key, written_key, parent_id, search_key
FROM {_UNIT_ARRAYS} ORDER BY id
"""
_MEND_UNITS = f"""
UPDATE places_unit u
SET name = given.name, kind = given.kind, level = given.level, parent_code = given.parent_code,
    valid_to = given.valid_to, successor_codes = string_to_array(given.successors, ' '),
    name_key = given.name_key, written_key = given.written_key, parent_id = given.parent_id,
    search_key = given.search_key
FROM {_UNIT_ARRAYS} WHERE u.id = given.id
"""


def _unit_arrays(
    ids: Sequence[int], register: Mapping[int, rules.Unit], family: rules.Family
) -> tuple[list[object], ...]:
    units = [register[unit_id] for unit_id in ids]
    bare = [rules.bare_name(unit.name, unit.kind) for unit in units]
    return (
        list(ids),
        [unit.code for unit in units],
        [unit.name for unit in units],
        [str(unit.kind) for unit in units],
        [int(unit.level) for unit in units],
        [unit.parent_code for unit in units],
        [unit.valid_from for unit in units],
        [unit.valid_to for unit in units],
        [" ".join(unit.successor_codes) for unit in units],
        [rules.search_key(name) for name in bare],
        [rules.written(name) for name in bare],
        [family.parents.get(unit_id) for unit_id in ids],
        [family.search_keys[unit_id] for unit_id in ids],
    )


def _write_lineage(family: rules.Family) -> None:
    """Write what changed of lineage and coverage."""
    steps = set(sql.rows("SELECT old_id, new_id, split FROM places_lineage"))
    wanted = {(old, new, split) for (old, new), split in family.lineage.items()}
    sql.execute(
        """
        DELETE FROM places_lineage l USING unnest(%s::int[], %s::int[]) AS gone(old_id, new_id)
        WHERE l.old_id = gone.old_id AND l.new_id = gone.new_id
        """,
        _columns(((old, new) for old, new, _ in steps - wanted), 2),
    )
    sql.execute(
        """
        INSERT INTO places_lineage (old_id, new_id, split)
        SELECT * FROM unnest(%s::int[], %s::int[], %s::boolean[])
        """,
        _columns(wanted - steps, 3),
    )
    pairs = set(sql.rows("SELECT unit_id, covered_id FROM places_coverage"))
    sql.execute(
        """
        DELETE FROM places_coverage c
        USING unnest(%s::int[], %s::int[]) AS gone(unit_id, covered_id)
        WHERE c.unit_id = gone.unit_id AND c.covered_id = gone.covered_id
        """,
        _columns(pairs - family.coverage, 2),
    )
    sql.execute(
        """
        INSERT INTO places_coverage (unit_id, covered_id)
        SELECT * FROM unnest(%s::int[], %s::int[])
        """,
        _columns(family.coverage - pairs, 2),
    )


def _columns(rows: Iterable[tuple[object, ...]], width: int) -> tuple[list[object], ...]:
    """Rows as one array a column, sorted so that pages of the table fill in order."""
    columns = list(zip(*sorted(rows), strict=True))
    return tuple(list(column) for column in columns) if columns else ([],) * width


def load_populations(
    counts: Sequence[rules.Population], *, by: Actor, at: datetime
) -> Outcome[rules.Population]:
    """Take in how many people lived in units on a day; the code means the unit of that day.

    The same count again stays as it is. Refuses another count of the same day.
    """
    with _for_the_country(by):
        sql.execute(_LOCK.format("places_population"))
        asked = sorted({(count.code, count.counted_on) for count in counts})
        found = sql.rows(
            """
            SELECT given.code, given.day, u.id
            FROM unnest(%s::text[], %s::date[]) AS given(code, day)
            JOIN places_unit u ON u.code = given.code AND u.valid_from <= given.day
                 AND (u.valid_to IS NULL OR u.valid_to >= given.day)
            """,
            ([code for code, _ in asked], [day for _, day in asked]),
        )
        unit_of = {(code, day): unit_id for code, day, unit_id in found}
        held = {
            (row[0], row[2]): rules.Population(*row[1:])
            for row in sql.rows(
                """
                SELECT c.unit_id, u.code, c.counted_on, c.population, c.area_km2, c.lat, c.lon
                FROM places_population c JOIN places_unit u ON u.id = c.unit_id
                WHERE c.unit_id = ANY (%s)
                """,
                (sorted(set(unit_of.values())),),
            )
        }
        outcome = rules.judge_populations(counts, unit_of, held)
        sql.execute(
            """
            INSERT INTO places_population (unit_id, counted_on, population, area_km2, lat, lon)
            SELECT * FROM unnest(%s::int[], %s::date[], %s::int[], %s::float8[], %s::float8[],
                                 %s::float8[])
            """,
            (
                [unit_of[count.code, count.counted_on] for count in outcome.done],
                [count.counted_on for count in outcome.done],
                [count.population for count in outcome.done],
                [count.area_km2 for count in outcome.done],
                [count.lat for count in outcome.done],
                [count.lon for count in outcome.done],
            ),
        )
        audit.record(by, "places.load_populations", at=at, note={"counts": len(outcome.done)})
    return outcome


def load_pending_changes(
    changes: Sequence[rules.PendingChange], *, by: Actor, at: datetime
) -> Outcome[rules.PendingChange]:
    """Take in changes of status that are decided but have no day yet: shown, not applied."""
    with _for_the_country(by):
        sql.execute(_LOCK.format("places_pendingchange"))
        found = sql.rows(
            """
            SELECT u.code, u.name, u.id, c.name_then
            FROM places_unit u LEFT JOIN places_pendingchange c ON c.unit_id = u.id
            WHERE u.code = ANY (%s) AND u.valid_to IS NULL
            """,
            (sorted({change.code for change in changes}),),
        )
        ids = {code: unit_id for code, _, unit_id, _ in found}
        outcome = rules.judge_pending(
            changes,
            {code: name for code, name, _, _ in found},
            {(code, then) for code, _, _, then in found if then is not None},
        )
        sql.execute(
            """
            INSERT INTO places_pendingchange (unit_id, name_then, note)
            SELECT * FROM unnest(%s::int[], %s::text[], %s::text[])
            """,
            (
                [ids[change.code] for change in outcome.done],
                [change.name_then for change in outcome.done],
                [change.note for change in outcome.done],
            ),
        )
        audit.record(
            by, "places.load_pending_changes", at=at, note={"codes": [c.code for c in outcome.done]}
        )
    return outcome


def register_organisations(
    organisations: Sequence[rules.Organisation], *, by: Actor, at: datetime
) -> Outcome[rules.Organisation]:
    """Take organisations into the register, by their codes.

    Refuses a unit outside the actor's territory, and a code that already belongs to another name,
    kind or place: a code never comes to mean another organisation.
    """
    with scope.entered(by, "places.manage") as within:
        sql.execute(_LOCK.format("places_organisation"))
        units = _known_units(one.unit_id for one in organisations)
        held = {
            row[0]: rules.Organisation(*row)
            for row in sql.rows(
                "SELECT code, kind, name, unit_id FROM places_organisation WHERE code = ANY (%s)",
                (sorted({one.code for one in organisations}),),
            )
        }
        outcome = rules.judge_organisations(organisations, units, within, held)
        written = sql.rows(
            """
            INSERT INTO places_organisation (code, kind, name, unit_id)
            SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::int[]) RETURNING id
            """,
            _fields(outcome.done, 4),
        )
        audit.record(by, "places.register_organisations", at=at, things=[row[0] for row in written])
    return outcome


def grant_laboratory_rights(
    rights: Sequence[rules.LaboratoryRight], *, by: Actor, at: datetime
) -> Outcome[rules.LaboratoryRight]:
    """Note that laboratories may confirm or screen, from one day to another.

    Refuses, right by right, laboratories of another territory, organisations that do not test, and
    days on which the laboratory has the right already. Registering a laboratory is not enough to
    grant it rights: that is for who administers the province.
    """
    with scope.entered(by, "places.grant_rights") as within:
        sql.execute(_LOCK.format("places_laboratoryright"))
        codes = sorted({right.organisation_code for right in rights})
        found = sql.rows(
            "SELECT id, code, kind, name, unit_id FROM places_organisation WHERE code = ANY (%s)",
            (codes,),
        )
        ids = {row[1]: row[0] for row in found}
        laboratories = {row[1]: rules.Organisation(*row[1:]) for row in found}
        held = [
            rules.LaboratoryRight(*row)
            for row in sql.rows(
                """
                SELECT o.code, r.right, r.valid_from, r.valid_to
                FROM places_laboratoryright r JOIN places_organisation o ON o.id = r.organisation_id
                WHERE o.code = ANY (%s)
                """,
                (codes,),
            )
        ]
        outcome = rules.judge_rights(rights, laboratories, within, held)
        written = sql.rows(
            """
            INSERT INTO places_laboratoryright (organisation_id, "right", valid_from, valid_to)
            SELECT * FROM unnest(%s::int[], %s::text[], %s::date[], %s::date[]) RETURNING id
            """,
            (
                [ids[right.organisation_code] for right in outcome.done],
                [str(right.right) for right in outcome.done],
                [right.valid_from for right in outcome.done],
                [right.valid_to for right in outcome.done],
            ),
        )
        audit.record(
            by, "places.grant_laboratory_rights", at=at, things=[row[0] for row in written]
        )
    return outcome


def register_sites(sites: Sequence[rules.Site], *, by: Actor, at: datetime) -> Outcome[rules.Site]:
    """Take sites into the register; unit, kind and name together mean one site."""
    with scope.entered(by, "places.manage") as within:
        sql.execute(_LOCK.format("places_site"))
        units = _known_units(site.unit_id for site in sites)
        found = sql.rows(
            "SELECT code, id FROM places_organisation WHERE code = ANY (%s)",
            (sorted({site.organisation_code for site in sites}),),
        )
        organisations = dict(found)
        held = {
            (row[0], row[1], row[2]): rules.Site(*row)
            for row in sql.rows(
                """
                SELECT s.unit_id, s.kind, s.name, s.address, coalesce(o.code, '')
                FROM places_site s LEFT JOIN places_organisation o ON o.id = s.organisation_id
                WHERE s.unit_id = ANY (%s)
                """,
                (sorted({site.unit_id for site in sites}),),
            )
        }
        outcome = rules.judge_sites(sites, units, within, set(organisations), held)
        written = sql.rows(
            """
            INSERT INTO places_site (unit_id, kind, name, address, organisation_id)
            SELECT * FROM unnest(%s::int[], %s::text[], %s::text[], %s::text[], %s::int[])
            RETURNING id
            """,
            (
                [site.unit_id for site in outcome.done],
                [str(site.kind) for site in outcome.done],
                [site.name for site in outcome.done],
                [site.address for site in outcome.done],
                [organisations.get(site.organisation_code) for site in outcome.done],
            ),
        )
        audit.record(by, "places.register_sites", at=at, things=[row[0] for row in written])
    return outcome


def _known_units(unit_ids: Iterable[int]) -> set[int]:
    found = sql.rows("SELECT id FROM places_unit WHERE id = ANY (%s)", (sorted(set(unit_ids)),))
    return {row[0] for row in found}


def _fields(things: Sequence[rules.Organisation], width: int) -> tuple[list[object], ...]:
    """Frozen rows as one array a field."""
    columns = list(zip(*map(astuple, things), strict=True))
    return tuple(list(column) for column in columns) if columns else ([],) * width
