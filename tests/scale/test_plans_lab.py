"""A laboratory's day costs as much after a year as on the first day: no statement reads a whole table."""

from __future__ import annotations

import pytest
from django.db import connections

from som.kernel import sql
from tests.scale.plans import read_through
from tests.town import NOON, Town

pytestmark = pytest.mark.slow

TUBES = 20_000
GROWN = (
    "sampling_tube", "sampling_custody", "lab_reception", "lab_pool", "lab_member", "lab_load",
    "lab_well", "lab_verdict",
)  # fmt: skip
_YEAR = """
INSERT INTO sampling_tube (scheme_id, code, session_id, unit_id, lab_id, tube_class, swabs,
                           first_swab_at, use_by_at, closing_reason, closed_by)
SELECT 1, 'H' || n, s.id, s.unit_id, s.lab_id, 'screening', 1, %(at)s, %(at)s, '', '{}'
FROM (SELECT * FROM sampling_session ORDER BY id LIMIT 1) s, generate_series(1, %(tubes)s) n;
INSERT INTO sampling_custody (tube_id, step, handed_at, giver, taker, seal, lab_id, noted_by, noted_at)
SELECT id, 'received', %(at)s, '', 'x', '', lab_id, 'x', %(at)s FROM sampling_tube;
INSERT INTO lab_reception (tube_id, lab_id, received_at, received_by, condition)
SELECT id, lab_id, %(at)s, 'x', 'good' FROM sampling_tube;
INSERT INTO lab_pool (lab_id, code, size, made_at, made_by)
SELECT lab_id, 'H' || id, 2, %(at)s, 'x' FROM sampling_tube WHERE id %% 2 = 0;
INSERT INTO lab_member (pool_id, tube_id)
SELECT p.id, t.id FROM lab_pool p JOIN sampling_tube t
  ON t.id IN (substr(p.code, 2)::int, substr(p.code, 2)::int + 1);
INSERT INTO lab_plate (lab_id, code, size, kit, made_at, made_by, unread)
SELECT lab_id, 'H' || n, 96, 'k', %(at)s, 'x', false
FROM (SELECT lab_id FROM lab_pool LIMIT 1) l, generate_series(0, %(tubes)s / 100) n;
INSERT INTO lab_load (lab_id, plate_id, kind, sample, pool_id, loaded_at, loaded_by)
SELECT p.lab_id, f.id, 'pool', p.code, p.id, %(at)s, 'x'
FROM lab_pool p JOIN lab_plate f ON f.code = 'H' || p.id %% (%(tubes)s / 100);
INSERT INTO lab_well (plate_id, position, load_id) SELECT plate_id, 'W' || id, id FROM lab_load;
INSERT INTO lab_run (lab_id, plate_id, kit, filename, sha256, content, format, instrument, software,
                     serial, kit_lot, rule_id, read_at, read_by)
SELECT lab_id, id, kit, '', code, '', '', '', '', '', 'L', (SELECT min(id) FROM kernel_rule), %(at)s,
       'x' FROM lab_plate;
INSERT INTO lab_verdict (run_id, load_id, value, reason, detail, open)
SELECT r.id, l.id, 'negative', '', '', false FROM lab_load l JOIN lab_run r USING (plate_id);
ANALYZE;
"""


@pytest.fixture
def town(committed_db: str) -> Town:
    """A town whose laboratory had a year behind it."""
    built = Town()
    for statement in _YEAR.strip().split(";\n"):
        with connections["owner"].cursor() as cursor:
            cursor.execute(statement, {"at": NOON, "tubes": TUBES})
    return built


def test_no_step_of_a_laboratory_reads_a_whole_table(town: Town) -> None:
    def day() -> None:
        tubes = [swab.tube for (swab,) in town.sampled([1] * 8)]
        town.pooled("P1", tubes[:2])
        town.pooled("P2", tubes[2:4])
        town.run(
            "N1", {"P1": "positive", "P2": "invalid", tubes[4]: "invalid", tubes[5]: "negative"}
        )
        town.run("N2", {tubes[0]: "positive", "P2": "invalid", tubes[4]: "invalid"})

    assert read_through(day, GROWN) == []
    waiting = sql.rows("SELECT tube_id FROM lab_reception WHERE waits_for = 'retest'")
    assert len(waiting) == 3  # the other member of the positive pool, and both of the other one
