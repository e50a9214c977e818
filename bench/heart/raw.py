"""The same life in set-based SQL on a minimal schema: the physical limit, from one Python process.

One statement and one commit for each step of a batch; no permissions, no validation, no refusals,
no audit but the event, and nobody is told. A plate's wells come with its pools.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import psycopg

from bench.heart.drawn import NOON, Drawn
from bench.heart.installation import rolls_of
from bench.heart.life import Life
from bench.heart.plan import Group, Row
from som.kernel import ids

# Adding 0 keeps the planner from the worklist, which is short until a day grows long.
REGISTER = """
WITH given AS MATERIALIZED (
    SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::date[], %s::text[],
                         %s::text[], %s::text[], %s::timestamptz[])
        AS g (number, name, name_key, sex, birth_date, phone, address, barcode, taken_at)
), met AS (
    INSERT INTO person (id_number, id_type, name, name_key, sex, birth_date, phone, commune, address,
                        updated_at)
    SELECT number, 1, name, name_key, sex, birth_date, phone, %s, address, now() FROM given
    ON CONFLICT (id_number, id_type) DO UPDATE
    SET name = EXCLUDED.name, name_key = EXCLUDED.name_key, phone = EXCLUDED.phone,
        commune = EXCLUDED.commune, address = EXCLUDED.address, updated_at = EXCLUDED.updated_at
    RETURNING id, id_number
), taken AS (
    INSERT INTO specimen (barcode, person_id, campaign, commune, collected_at, status)
    SELECT g.barcode, m.id, 1, %s, g.taken_at, 0
    FROM given g JOIN met m ON m.id_number = g.number
    ON CONFLICT (barcode) DO NOTHING RETURNING id, collected_at
), counted AS (
    INSERT INTO counter (campaign, commune, hour, kind, n)
    SELECT 1, %s, date_trunc('hour', collected_at), 0, count(*) FROM taken GROUP BY 3
    ON CONFLICT (campaign, commune, hour, kind) DO UPDATE SET n = counter.n + EXCLUDED.n
)
INSERT INTO event (specimen_id, kind, at, actor) SELECT id, 0, now(), %s FROM taken
"""
RECEIVE = """
WITH come AS (
    UPDATE specimen SET status = 1 WHERE barcode = ANY(%s) AND status + 0 = 0 RETURNING id
)
INSERT INTO event (specimen_id, kind, at, actor) SELECT id, 1, now(), %s FROM come
"""
POOL = """
WITH given AS MATERIALIZED (
    SELECT barcode, ((place - 1) / 10)::smallint AS well
    FROM unnest(%s::text[]) WITH ORDINALITY AS g (barcode, place)
), made AS (
    INSERT INTO pool (plate, well) SELECT DISTINCT %s, well FROM given RETURNING id, well
), poured AS (
    UPDATE specimen s SET status = 2 FROM given g
    WHERE s.barcode = g.barcode AND s.status + 0 = 1 RETURNING s.id, g.well
), held AS (
    INSERT INTO pool_member (pool_id, specimen_id)
    SELECT m.id, p.id FROM poured p JOIN made m USING (well)
)
INSERT INTO event (specimen_id, kind, at, actor) SELECT id, 2, now(), %s FROM poured
"""
IMPORT = """
WITH shown AS (
    UPDATE pool p SET outcome = g.outcome
    FROM unnest(%s::smallint[], %s::smallint[]) AS g (well, outcome)
    WHERE p.plate = %s AND p.well = g.well RETURNING p.id, p.outcome
), decided AS (
    UPDATE specimen s SET status = CASE WHEN p.outcome = 0 THEN 9 ELSE 8 END
    FROM shown p JOIN pool_member m ON m.pool_id = p.id
    WHERE s.id = m.specimen_id RETURNING s.id, p.id AS pool, p.outcome
), answered AS (
    INSERT INTO result (specimen_id, pool_id, outcome, current, decided_at)
    SELECT id, pool, 0, true, now() FROM decided WHERE outcome = 0
)
INSERT INTO event (specimen_id, kind, at, actor) SELECT id, 3, now(), %s FROM decided
"""
PUBLISH = """
WITH told AS (
    UPDATE result r SET published_at = now()
    FROM pool p WHERE p.plate = %s AND r.pool_id = p.id AND r.published_at IS NULL
    RETURNING r.specimen_id
)
INSERT INTO event (specimen_id, kind, at, actor) SELECT specimen_id, 4, now(), %s FROM told
"""
DECODE = """
WITH given AS MATERIALIZED (
    SELECT * FROM unnest(%s::text[], %s::smallint[]) AS g (barcode, outcome)
), over AS (
    UPDATE specimen s SET status = 9 FROM given g
    WHERE s.barcode = g.barcode AND s.status + 0 = 8 RETURNING s.id, g.outcome
), answered AS (
    INSERT INTO result (specimen_id, outcome, current, decided_at, published_at)
    SELECT id, outcome, true, now(), now() FROM over
)
INSERT INTO event (specimen_id, kind, at, actor)
SELECT id, kind, now(), %s FROM over, unnest(ARRAY[3, 4]) AS kind
"""


class Raw(Life):
    """One client: a connection of its own, prepared statements, everything committed at once."""

    def __init__(self, client: int, first_place: int) -> None:
        self.client = client
        self.row = Row(rolls_of(client), first_place)
        self.connection = psycopg.connect(os.environ["HEART_RAW_URL"], autocommit=True)
        self.connection.prepare_threshold = 1

    def lay_out(self, group: Group) -> None:
        """The arrays that the statements take."""
        self.group, people = group, group.people
        self.name = f"H{self.client}-{self.row.next}"
        self.tubes = [one.tube for one in people]
        self.columns: list[list[Any]] = [
            [one.number for one in people],
            [one.name for one in people],
            [ids.fold(one.name) for one in people],
            [one.sex for one in people],
            [one.birth_date for one in people],
            [one.phone for one in people],
            [f"Xóm {one.place % 20}" for one in people],
            self.tubes,
            [NOON - timedelta(hours=1)] * len(people),
        ]
        self.singles = group.again()
        self.shown = {
            plate: [int(any(one.positive for one in pool)) for pool in group.pools(plate)]
            for plate in range(group.plates)
        }

    def register(self, first: int, end: int) -> None:
        given = [column[first:end] for column in self.columns]
        self._do(REGISTER, (*given, *[self.client] * 4))

    def receive(self, first: int, end: int) -> None:
        self._do(RECEIVE, (self.tubes[first:end], self.client))

    def pool(self, plate: int) -> None:
        tubes = [one.tube for pool in self.group.pools(plate) for one in pool]
        self._do(POOL, (tubes, f"{self.name}-{plate}", self.client))

    def import_run(self, plate: int) -> None:
        shown = self.shown[plate]
        self._do(IMPORT, (list(range(len(shown))), shown, f"{self.name}-{plate}", self.client))

    def release(self, plate: int) -> None:
        self._do(PUBLISH, (f"{self.name}-{plate}", self.client))

    def retest(self, plate: int) -> None:
        for people in self.singles.get(plate, ()):
            self._decode(people)

    def _decode(self, people: list[Drawn]) -> None:
        tubes = [one.tube for one in people]
        self._do(DECODE, (tubes, [int(one.positive) for one in people], self.client))

    def finished(self) -> int:
        found = self.connection.execute(
            "SELECT count(*) FROM specimen s JOIN result r ON r.specimen_id = s.id AND r.current"
            " WHERE s.barcode = ANY(%s) AND s.status = 9 AND r.published_at IS NOT NULL",
            (self.tubes,),
        ).fetchone()
        return int(found[0]) if found else 0

    def _do(self, statement: str, parameters: tuple[Any, ...]) -> None:
        self.connection.execute(statement, parameters)
