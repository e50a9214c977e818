"""What was before, in the minimal schema: everybody answered, as many positives as on the day."""

from __future__ import annotations

from pathlib import Path

import psycopg

from bench.heart.copies import DROP_FUNCTIONS, FUNCTIONS
from bench.heart.drawn import NOON, PLATE, POOL, POSITIVE_EVERY, names
from bench.heart.server import HeartServer
from som.kernel import ids
from som.ops.doors import OWNER, SUPERUSER

TABLES, KEYS = (Path(__file__).parent / "schema.sql").read_text().split("-- Keys\n")
DAYS = 60
COMMUNES = 92


def _fill(size: int) -> tuple[str, ...]:
    """The rows of so many specimens, in the order of their lives."""
    positive = f"place % {POSITIVE_EVERY} = {POSITIVE_EVERY // 2}"
    # Pools follow one another, so a positive specimen's pool is found by the place alone.
    split = f"(place / {POOL} * {POOL}) % {POSITIVE_EVERY} = {POSITIVE_EVERY // 2 // POOL * POOL}"
    days = f"make_interval(days => {DAYS} - (place * {DAYS} / {size})::int)"
    at = f"('{NOON:%Y-%m-%d %H:%M}Z'::timestamptz - {days})"
    return (
        f"""
        INSERT INTO person (id, id_number, id_type, name, name_key, sex, birth_date, phone, commune,
                            address, updated_at)
        SELECT place + 1, heart_number(place), 1, n.name, n.name_key, n.sex, heart_born(place),
               '09' || lpad((heart_scattered(place) % 100000000)::text, 8, '0'),
               place / {PLATE} % {COMMUNES}, 'Xóm ' || place % 20, {at}
        FROM generate_series(0::bigint, {size} - 1) AS place
        JOIN heart_names n ON n.sex = heart_sex(place) AND n.number = heart_name(place)
        """,
        f"""
        INSERT INTO specimen (id, barcode, person_id, campaign, commune, collected_at, status)
        SELECT place + 1, heart_label(place), place + 1, 1, place / {PLATE} % {COMMUNES}, {at}, 9
        FROM generate_series(0::bigint, {size} - 1) AS place
        """,
        f"""
        INSERT INTO pool (id, plate, well, outcome)
        SELECT place / {POOL} + 1, 'P' || place / {PLATE}, place % {PLATE} / {POOL}, ({split})::int
        FROM generate_series(0::bigint, {size} - 1, {POOL}) AS place
        """,
        f"""
        INSERT INTO pool_member (pool_id, specimen_id)
        SELECT place / {POOL} + 1, place + 1 FROM generate_series(0::bigint, {size} - 1) AS place
        """,
        f"""
        INSERT INTO result (specimen_id, pool_id, outcome, current, decided_at, published_at)
        SELECT place + 1, CASE WHEN {split} THEN NULL ELSE place / {POOL} + 1 END, ({positive})::int,
               true, {at}, {at}
        FROM generate_series(0::bigint, {size} - 1) AS place
        """,
        f"""
        INSERT INTO event (specimen_id, kind, at, actor)
        SELECT place + 1, kind, {at}, 0
        FROM generate_series(0::bigint, {size} - 1) AS place, generate_series(0, 4) AS kind
        """,
        """
        INSERT INTO counter (campaign, commune, hour, kind, n)
        SELECT campaign, commune, date_trunc('hour', collected_at), 0, count(*)
        FROM specimen GROUP BY 1, 2, 3
        """,
    )


def fill_raw(server: HeartServer, database: str, size: int) -> None:
    """The minimal schema with so many specimens before today; indexes come after the rows."""
    with psycopg.connect(server.url(OWNER, database), autocommit=True) as connection:
        connection.execute(TABLES)
        connection.execute("SET synchronous_commit = off")
        connection.execute(FUNCTIONS)
        connection.execute(
            "CREATE TABLE heart_names (sex text, number int, name text, name_key text)"
        )
        for sex in "MF":
            drawn = list(names(sex))
            connection.execute(
                "INSERT INTO heart_names"
                " SELECT %s, n, g.name, g.folded FROM unnest(%s::text[], %s::text[])"
                " WITH ORDINALITY AS g (name, folded, n)",
                (sex, drawn, [ids.fold(name) for name in drawn]),
            )
        connection.execute("ANALYZE heart_names")
        if size:
            for statement in _fill(size):
                connection.execute(statement)
            for table in ("person", "specimen", "pool"):
                connection.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
                )
        connection.execute(DROP_FUNCTIONS)
        connection.execute("DROP TABLE heart_names")
        connection.execute(KEYS)
    with psycopg.connect(server.url(SUPERUSER, database), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
