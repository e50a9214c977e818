"""What waits for a second person, and whom a correction reached, is found past all that is over."""

from __future__ import annotations

import pytest
from django.db import connections

from som.kernel import sql
from som.results.commands import release_verdicts
from som.results.queries import (
    CorrectionReach,
    correction_reaches,
    corrections_decided,
    waiting_for_release,
)
from som.results.queries.review import WAITING
from tests.scale.history import Past
from tests.scale.plans import read_through
from tests.town import NOON, Town

pytestmark = pytest.mark.slow

MANY = 90
COPIES = 50


def test_what_waits_is_found_past_all_that_was_released(committed_db: str) -> None:
    town = Town()
    tubes = [swab.tube for (swab,) in town.sampled([1] * MANY)]
    town.run("R1", dict.fromkeys(tubes, "negative"))
    waiting = [w.verdict for w in waiting_for_release(town.lab1, by=town.bao)]
    given = {"lab": town.lab1, "by": town.bao, "at": NOON}
    assert len(release_verdicts(waiting[1:], **given).done) == MANY - 1
    with connections["owner"].cursor() as cursor:
        # The same run many times over, all of it released.
        cursor.execute(
            """
            INSERT INTO lab_run (lab_id, method, kit, filename, sha256, content, format, instrument,
                                 software, serial, kit_lot, rule_id, read_at, read_by, ended_at,
                                 barcode)
            SELECT lab_id, 'cartridge', kit, '', sha256 || n, '', format, '', '', '', kit_lot,
                   rule_id, read_at, read_by, read_at, 'B' || n
            FROM lab_run, generate_series(1, %s) n
            """,
            (COPIES,),
        )
        cursor.execute(
            """
            INSERT INTO lab_verdict (run_id, load_id, value, reason, detail, open)
            SELECT r.id, l.id, 'negative', '', '', false FROM lab_run r, lab_load l
            WHERE r.method = 'cartridge' AND l.kind = 'tube'
            """
        )
        cursor.execute("ANALYZE")
    found = "\n".join(
        line
        for (line,) in sql.rows(
            f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF) SELECT v.id {WAITING}",
            {"labs": [town.lab1]},
        )
    )
    assert "verdict_open" in found
    assert "Seq Scan on lab_verdict" not in found


def test_who_was_told_of_corrections_is_found_beside_a_long_past(committed_db: str) -> None:
    town = Past().town
    shown: list[CorrectionReach] = []

    def page() -> None:
        rows = corrections_decided(by=town.bao)
        confirmed = [row.id for row in rows if row.confirmed]
        shown.extend(correction_reaches(confirmed, by=town.bao).values())

    page()
    assert any(reach.heard for reach in shown)
    tables = ("results_correction", "results_result", "lab_verdict", "lab_load", "notices_notice")
    assert read_through(page, (*tables, "sampling_swab", "sampling_testrequest")) == []
