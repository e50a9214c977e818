"""What `drawn` says of a place in the row, said in SQL: for histories too long to be drawn one by one."""

from __future__ import annotations

from bench.heart.drawn import (
    FIRST_YEAR,
    NAMES,
    NUMBER_STEP,
    NUMBERS,
    PROVINCES,
    ROLL,
    ROLL_STEP,
    ROLLS,
    SERIALS,
    YEARS,
)

SLIP_STEP = 2_862_933_555_777  # odd: no two places share a slip
SLIPS = 2**52


def _check_digit() -> str:
    """The check digit of a label, as `ids.check_character` finds it for digits."""
    total = "10"
    for power in range(8, -1, -1):
        total = f"(({total} + serial / {10**power} % 10 + 9) % 10 + 1) * 2 % 11"
    return f"((11 - {total}) % 10)"


_PROVINCES = ",".join(PROVINCES)

FUNCTIONS = f"""
CREATE FUNCTION heart_scattered(place bigint) RETURNS bigint IMMUTABLE LANGUAGE sql AS $$
    SELECT place * {NUMBER_STEP} % {NUMBERS}
$$;

CREATE FUNCTION heart_number(place bigint) RETURNS text IMMUTABLE LANGUAGE sql AS $$
    SELECT ('{{{_PROVINCES}}}'::text[])[(1 + x.rest / {2 * YEARS})::int]
        || (x.rest / {YEARS} % 2
            + CASE WHEN {FIRST_YEAR} + x.rest % {YEARS} >= 2000 THEN 2 ELSE 0 END)::text
        || lpad((({FIRST_YEAR} + x.rest % {YEARS}) % 100)::text, 2, '0')
        || lpad((heart_scattered(place) % {SERIALS})::text, 6, '0')
    FROM (SELECT heart_scattered(place) / {SERIALS} AS rest) AS x
$$;

CREATE FUNCTION heart_born(place bigint) RETURNS date IMMUTABLE LANGUAGE sql AS $$
    SELECT make_date((heart_scattered(place) / {SERIALS} % {YEARS})::int + {FIRST_YEAR}, 1, 2)
           + (heart_scattered(place) % {SERIALS} % 360)::int
$$;

CREATE FUNCTION heart_sex(place bigint) RETURNS text IMMUTABLE LANGUAGE sql AS $$
    SELECT CASE heart_scattered(place) / {SERIALS * YEARS} % 2 WHEN 1 THEN 'F' ELSE 'M' END
$$;

CREATE FUNCTION heart_name(place bigint) RETURNS int IMMUTABLE LANGUAGE sql AS $$
    SELECT (1 + heart_scattered(place) % {NAMES})::int
$$;

CREATE FUNCTION heart_label(place bigint) RETURNS text IMMUTABLE LANGUAGE sql AS $$
    SELECT 'S' || lpad(serial::text, 9, '0') || {_check_digit()}::text
    FROM (SELECT place / {ROLL} * {ROLL_STEP} % {ROLLS} * {ROLL} + place % {ROLL} AS serial) AS x
$$;

CREATE FUNCTION heart_slip(place bigint) RETURNS text IMMUTABLE LANGUAGE sql AS $$
    SELECT upper(lpad(to_hex((place::numeric * {SLIP_STEP} % {SLIPS})::bigint), 13, '0'))
$$;

CREATE FUNCTION heart_phone(phone text, copy bigint) RETURNS text IMMUTABLE LANGUAGE sql AS $$
    SELECT CASE WHEN phone ~ '^09[0-9]{{8}}$'
        THEN '09' || lpad(((substr(phone, 3)::bigint + copy * 7654321) % 100000000)::text, 8, '0')
        ELSE phone END
$$;
"""
"""What history is written with. Its people stand at places from 0 on, before those of today."""

DROP_FUNCTIONS = (
    "DROP FUNCTION heart_number(bigint), heart_born(bigint), heart_sex(bigint), heart_name(bigint),"
    " heart_scattered(bigint), heart_label(bigint), heart_slip(bigint), heart_phone(text, bigint)"
)
