"""What was before the day that is measured, in the product's own tables.

A few plates are lived through the product's commands, the worker's pulls among them, and everything
that this left behind is copied as often as the history is long: every row of every table, with
numbers, labels, slips and moments of its own, in another commune. Which tables and which of their
columns refer to which others is read from the models, so that a history has whatever a life leaves
in the schema of today. Triggers rest meanwhile, those of foreign keys among them: afterwards every
reference is looked up.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from bench.heart.clients import together
from bench.heart.copies import DROP_FUNCTIONS, FUNCTIONS
from bench.heart.drawn import NOON, PLATE, POOL, ROLL, ROLL_STEP, ROLLS
from bench.heart.installation import in_a_process
from bench.heart.measure import clients_of
from bench.heart.server import HeartServer
from som.kernel.arrays import literal
from som.ops.doors import SUPERUSER

LIVED_PLATES = 2
LIVED = LIVED_PLATES * PLATE
DAYS = 60
"""Over so many days the history was."""
MANY = 200_000
"""From so many specimens on, indexes are dropped and built afterwards."""

LIFE = (
    "register", "compare", "dispatch", "receive", "pool", "import", "release", "retest", "follow",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lived:
    """A table in which the lived plates left rows: those after `last`, and what it refers to."""

    name: str
    key: str
    last: int
    span: int
    refers: dict[str, str]


def fill_product(server: HeartServer, database: str, size: int) -> None:
    """Give a fresh copy of the template a history of about so many specimens, all answered."""
    if not size:
        return
    models, communes = in_a_process(_known, server.server.folder, database)
    with psycopg.connect(server.url(SUPERUSER, database), autocommit=True) as connection:
        before = _lasts(connection, models)
        with clients_of(server, "product", database, 1, 0) as clients:
            together(clients, "prepare", LIVED_PLATES, 1_000)
            for step in LIFE:
                together(clients, "run", step)
            if together(clients, "finished") != [LIVED]:
                raise RuntimeError("the life that is to be copied did not come to its end")
        lived = _lived(connection, models, before)
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        connection.execute(FUNCTIONS)
        copies = max(1, size // LIVED - 1)
        rebuilt = _drop_indexes(connection, list(lived)) if size >= MANY else []
        _issue_rolls(connection, copies, communes)
        for table in lived.values():
            _copy(connection, table, lived, copies, communes)
        for statement in rebuilt:
            connection.execute(statement)
        connection.execute(DROP_FUNCTIONS)
        connection.execute("VACUUM ANALYZE")
        for table in lived.values():
            check_references(connection, table, models)


# Which tables, which references


Models = dict[str, tuple[str, dict[str, str]]]


def _known(folder: Path, database: str) -> tuple[Models, list[int]]:
    """Of every table its primary key, and which of its columns point at which tables; and the
    communes of the province, that of the first client first."""
    from bench.heart.installation import places_of, set_up_django

    with closing(HeartServer(folder)) as server:
        set_up_django(server, database)
    from django.apps import apps
    from django.db import connections
    from django.db.models import ForeignKey

    from som.places.queries import communes_of

    communes = [unit.id for unit in communes_of(places_of(0).province, NOON.date())]
    connections.close_all()

    found = {}
    for model in apps.get_models():
        meta = model._meta
        if meta.managed and model.__module__.startswith("som."):
            refers = {
                field.column: field.related_model._meta.db_table
                for field in meta.local_fields
                if isinstance(field, ForeignKey)
            }
            found[meta.db_table] = (str(meta.pk.column), refers)
    return found, communes


def _lasts(connection: psycopg.Connection[Any], models: Models) -> dict[str, int]:
    """The last key of each table whose keys are counted."""
    found = {}
    counted = {
        (table, column)
        for table, column in connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND data_type IN ('bigint', 'integer')"
        )
    }
    for table, (key, _) in models.items():
        if (table, key) in counted:
            line = connection.execute(f"SELECT coalesce(max({key}), 0) FROM {table}").fetchone()
            found[table] = int(line[0]) if line else 0
    return found


def _lived(
    connection: psycopg.Connection[Any], models: Models, before: dict[str, int]
) -> dict[str, Lived]:
    found = {}
    for table, after in _lasts(connection, models).items():
        if after > before[table]:
            key, refers = models[table]
            found[table] = Lived(table, key, before[table], after - before[table], refers)
    return found


# The copying


def _columns(connection: psycopg.Connection[Any], table: str) -> list[tuple[str, str]]:
    """Columns that are written, with their types."""
    found = connection.execute(
        "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"
        " ORDER BY attnum",
        [table],
    )
    return found.fetchall()


def _copy(
    connection: psycopg.Connection[Any],
    table: Lived,
    lived: dict[str, Lived],
    copies: int,
    communes: list[int],
) -> None:
    columns = _columns(connection, table.name)
    names = ", ".join(f'"{name}"' for name, _ in columns)
    values = ",\n       ".join(_value(table, lived, name, kind) for name, kind in columns)
    connection.execute(
        f"""
        INSERT INTO {table.name} ({names}) OVERRIDING SYSTEM VALUE
        SELECT {values}
        FROM (SELECT k, make_interval(days => {DAYS} - (k * {DAYS} / {copies + 1})::int) AS earlier,
                     '{literal(communes)}'::int[] AS communes
              FROM generate_series(1, {copies}) AS k) AS c
        CROSS JOIN LATERAL (SELECT t.*, c.k AS copy FROM {table.name} t
                            WHERE t.{table.key} > {table.last}
                              AND t.{table.key} <= {table.last + table.span}
                            ORDER BY t.{table.key} OFFSET 0) AS s
        """
    )
    counted = f"pg_get_serial_sequence('{table.name}', '{table.key}')"
    connection.execute(
        f"SELECT setval(s, (SELECT max({table.key}) FROM {table.name}))"
        f" FROM {counted} AS s WHERE s IS NOT NULL"
    )


def _value(table: Lived, lived: dict[str, Lived], column: str, kind: str) -> str:
    """What a copy of a row has in this column."""
    own = OWN.get((table.name, column))
    if own is not None:
        return own(table, lived)
    if column in table.refers and table.refers[column] in lived:
        return _shifted(f's."{column}"', lived[table.refers[column]])
    if column == table.key:
        return _shifted(f's."{column}"', table)
    if table.refers.get(column) == "places_unit":
        return _moved(f's."{column}"')
    if column in ("unit_ids", "stamp_ids", "communes"):
        return f"ARRAY(SELECT {_moved('u')} FROM unnest(s.{column}) AS u)"
    if kind == "timestamp with time zone" or (kind == "date" and column == "as_of"):
        return f's."{column}" - c.earlier'
    if column in ("phone", "to_phone"):
        return f"heart_phone(s.{column}, c.k)"
    return f's."{column}"'


def _shifted(value: str, table: Lived) -> str:
    """A reference to a lived row, now to that row's copy."""
    return f"CASE WHEN {value} > {table.last} THEN {value} + c.k * {table.span} ELSE {value} END"


def _moved(value: str) -> str:
    """The commune where the life was lived, now that of the copy; other units stay."""
    return (
        f"CASE WHEN {value} = c.communes[1]"
        f" THEN c.communes[1 + c.k % cardinality(c.communes)] ELSE {value} END"
    )


def _place(value: str, table: Lived, each: int = 1) -> str:
    """The place in the row of somebody of a copy, from a key counted within the life."""
    return f"(c.k * {LIVED} + ({value} - {table.last} - 1) * {each})"


def check_references(connection: psycopg.Connection[Any], table: Lived, models: Models) -> None:
    """Refuse a history in which a row points at nothing, with a foreign key or without."""
    for column, parent in table.refers.items():
        key, _ = models[parent]
        lost = connection.execute(
            f"""
            SELECT c."{column}" FROM {table.name} c WHERE c."{column}" IS NOT NULL
            AND NOT EXISTS (SELECT FROM {parent} p WHERE p."{key}" = c."{column}") LIMIT 1
            """
        ).fetchone()
        if lost:
            raise RuntimeError(f"{table.name}.{column} = {lost[0]} names no row of {parent}")


Own = Callable[[Lived, dict[str, Lived]], str]


def _text(expression: str) -> Own:
    return lambda _table, _lived: expression


def _subject(_: Lived, lived: dict[str, Lived]) -> str:
    """What a notice tells of: a swab."""
    return _shifted("s.subject_id", lived["sampling_swab"])


def _notice_key(table: Lived, lived: dict[str, Lived]) -> str:
    return f"replace(s.key, s.subject_id::text, ({_subject(table, lived)})::text)"


def _pool_code(value: str) -> Own:
    return lambda _table, lived: f"'P' || heart_label({_place(value, lived['lab_pool'], POOL)})"


def _load_sample(table: Lived, lived: dict[str, Lived]) -> str:
    tube = f"heart_label({_place('s.tube_id', lived['sampling_tube'])})"
    pool = _pool_code("s.pool_id")(table, lived)
    return f"CASE s.kind WHEN 'tube' THEN {tube} WHEN 'pool' THEN {pool} ELSE s.sample END"


OWN: dict[tuple[str, str], Own] = {
    ("people_document", "number"): lambda t, _: f"heart_number({_place('s.id', t)})",
    ("people_likeness", "numbers"): (
        lambda _, lived: (
            "ARRAY['citizen_number:' || heart_number("
            f"{_place('s.person_id', lived['people_person'])})]"
        )
    ),
    ("people_likeness", "phones"): _text(
        "ARRAY(SELECT heart_phone(p, c.k) FROM unnest(s.phones) AS p)"
    ),
    ("people_likeness", "keys"): _text(
        "ARRAY(SELECT key # (c.k::bigint * 1000003) FROM unnest(s.keys) key)"
    ),
    ("sampling_session", "code"): _text("s.code || '-' || c.k"),
    ("sampling_tube", "code"): lambda t, _: f"heart_label({_place('s.id', t)})",
    ("sampling_swab", "slip"): lambda t, _: f"heart_slip({_place('s.id', t)})",
    ("sampling_manifest", "code"): lambda t, _: f"'M' || heart_label({_place('s.id', t, ROLL)})",
    ("lab_pool", "code"): _pool_code("s.id"),
    ("lab_load", "sample"): _load_sample,
    ("lab_plate", "code"): _text("s.code || '-' || c.k"),
    ("lab_run", "filename"): _text("replace(s.filename, '.', '-' || c.k || '.')"),
    ("lab_run", "sha256"): _text("encode(sha256(convert_to(s.sha256 || c.k, 'UTF8')), 'hex')"),
    ("notices_notice", "subject_id"): _subject,
    ("notices_notice", "key"): _notice_key,
    ("notices_alarm", "key"): _text("s.key || '-' || c.k"),
    ("kernel_auditentry", "persons"): (
        lambda _, lived: (
            f"ARRAY(SELECT {_shifted('p', lived['people_person'])} FROM unnest(s.persons) AS p)"
        )
    ),
}
"""What no two lives share, and references that the models do not declare."""


def _issue_rolls(connection: psycopg.Connection[Any], copies: int, communes: list[int]) -> None:
    """The labels of the history were issued too."""
    rolls = (copies + 1) * LIVED // ROLL
    connection.execute(
        f"""
        INSERT INTO sampling_roll (first, last, unit_id, issued_at)
        SELECT r.first, r.first + {ROLL - 1},
               ('{literal(communes)}'::int[])[1 + r.n % {len(communes)}], now()
        FROM (SELECT n, n::bigint * {ROLL_STEP} % {ROLLS} * {ROLL} AS first
              FROM generate_series(0, {rolls}) AS n) AS r
        """
    )


# Indexes


def _drop_indexes(connection: psycopg.Connection[Any], tables: list[str]) -> list[str]:
    """Drop constraints and indexes of these tables; answer how they are made again."""
    named = [tables]
    foreign = connection.execute(
        """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE contype = 'f' AND (conrelid = ANY(%s::regclass[]) OR confrelid = ANY(%s::regclass[]))
        """,
        named * 2,
    ).fetchall()
    keyed = connection.execute(
        """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE contype IN ('p', 'u', 'x') AND conrelid = ANY(%s::regclass[])
        ORDER BY contype <> 'p'
        """,
        named,
    ).fetchall()
    # The copied rows are found by their key.
    kept = {(t, name) for t, name, text in keyed if text.startswith("PRIMARY KEY")}
    loose = connection.execute(
        """
        SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index i
        WHERE indrelid = ANY(%s::regclass[])
          AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid
                          AND c.contype IN ('p', 'u', 'x'))
        """,
        named,
    ).fetchall()
    for table, name, _ in foreign:
        connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    for table, name, _ in keyed:
        if (table, name) not in kept:
            connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    for name, _ in loose:
        connection.execute(f"DROP INDEX {name}")
    return [
        *(text for _, text in loose),
        *(
            f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {text}'
            for table, name, text in keyed
            if (table, name) not in kept
        ),
        *(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {text}' for table, name, text in foreign),
    ]
