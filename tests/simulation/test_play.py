"""A small drawn day from end to end: every answer right, and a check that would notice."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from som.kernel import sql
from som.lab.queries import waiting_tubes
from som.results.queries import ledger_gaps, waiting_for_release
from som.sampling.lists import RowRefusal
from som.sampling.queries import open_requests
from som.simulation.check import checked
from som.simulation.evening import leave_under_way
from som.simulation.play import Played, play

ON = date(2026, 11, 1)
KEYS = [
    "people",
    "tubes",
    "wells",
    "tests_per_person",
    "positives_true",
    "positives_found",
    "false_positive_people",
    "wrong_person_results",
    "p50_h",
    "p95_h",
    "ledger_gaps",
    "planned_misses",
    "refused",
]

pytestmark = pytest.mark.slow


def unheard(_step: str, _more: int) -> None:
    pass


def played(outbox: Path, *, people: int = 200, seed: int = 1, on: date = ON) -> Played:
    return play(people=people, seed=seed, on=on, outbox=outbox, tell=unheard)


def test_a_small_day_answers_everybody_rightly(committed_db: str, tmp_path: Path) -> None:
    told: dict[str, int] = {}

    def tell(step: str, more: int) -> None:
        told[step] = told.get(step, 0) + more

    result = play(people=200, seed=1, on=ON, outbox=tmp_path, tell=tell)
    table = result.table.as_dict()
    assert list(table) == KEYS
    assert {key: table[key] for key in ("people", "wrong_person_results", "ledger_gaps")} == {
        "people": 200,
        "wrong_person_results": 0,
        "ledger_gaps": 0,
    }
    assert table["positives_found"] == table["positives_true"] > 0
    assert table["false_positive_people"] == table["planned_misses"] == 0
    assert 0 < table["tests_per_person"] < 1
    assert 2 < table["p50_h"] <= table["p95_h"] < 24
    assert told["swabs"] == told["answered"] == 200

    # A field pool was positive: its people were swabbed again, and only then answered.
    assert told["checked"] > 200

    # The list's mistakes were named; put right, only they were new.
    listed = result.day.listed
    first, again = listed.first, listed.again
    assert len(first.done) + len(first.refused) == listed.rows
    assert [refused.reason for refused in first.refused] == [
        RowRefusal.UNIT_UNKNOWN,
        RowRefusal.BIRTH_UNREADABLE,
        RowRefusal.PHONE_UNREADABLE,
        RowRefusal.UNIT_SPLIT,
    ]
    assert (len(again.done), len(again.unchanged), again.refused) == (4, listed.rows - 4, [])
    assert table["refused"] == 4

    # The genuine export was read: five negative at once, three invalid and repeated.
    counts = sql.rows(
        """
        SELECT v.value, count(*) FROM lab_verdict v JOIN lab_load l ON l.id = v.load_id
        WHERE l.sample LIKE '%% nCoV' AND %s GROUP BY v.value ORDER BY v.value
        """,
        (True,),
    )
    assert [tuple(count) for count in counts] == [("invalid", 3), ("negative", 8)]

    # Every notice left.
    lines = [line for path in tmp_path.iterdir() for line in path.read_text("utf-8").splitlines()]
    notices = [json.loads(line) for line in lines]
    kinds = {"result_ready", "positive", "pool_held", "run_read"}
    assert {notice["kind"] for notice in notices} == kinds
    assert sql.row("SELECT count(*) FROM lab_run WHERE format = 'cfx'") != (0,)


def test_every_desk_has_something_to_do_and_nothing_is_lost(
    committed_db: str, tmp_path: Path
) -> None:
    day = played(tmp_path, people=60).day
    bench = day.benches[1]
    lab, technician, reviewer = bench.lab.id, bench.lab.technician, bench.lab.reviewer
    officer, sampler = day.province.officer, day.province.samplers[1]
    assert not waiting_tubes(lab, by=technician)
    assert not waiting_for_release(lab, by=reviewer)
    assert not open_requests(by=officer, at=day.ended_at)
    now = leave_under_way(day, seed=1)
    assert waiting_tubes(lab, by=technician)
    assert waiting_for_release(lab, by=reviewer)
    assert open_requests(by=sampler, at=now)
    assert not ledger_gaps(by=officer, at=now)


def test_the_check_notices_slips_in_the_wrong_hands(committed_db: str, tmp_path: Path) -> None:
    result = played(tmp_path, people=60)
    assert result.table.wrong_person_results == 0
    swabs = result.day.world.swabs
    one, other = swabs[0], swabs[-1]
    one_slip, other_slip = one.slip, other.slip
    object.__setattr__(one, "slip", other_slip)
    object.__setattr__(other, "slip", one_slip)
    again = checked(result.day, seed=1, tell=unheard)
    assert again.wrong_person_results >= 2

    object.__setattr__(one, "slip", one_slip)
    object.__setattr__(other, "slip", other_slip)
    healthy = next(
        s for s in swabs if not s.person.infected and s.tube not in result.day.world.apart
    )
    healthy.person.infected, healthy.person.ct = True, 20.0
    missed = checked(result.day, seed=1, tell=unheard)
    assert missed.positives_found < missed.positives_true
    assert missed.wrong_person_results >= 1


def test_the_outcome_depends_on_people_and_seed_alone(
    committed_db: str, tmp_path: Path, databases: object, django_db_blocker: object
) -> None:
    from tests.databases import Databases, pointed_at

    assert isinstance(databases, Databases)
    first = played(tmp_path / "a").table
    with databases.clone() as name, pointed_at(databases, name):
        assert played(tmp_path / "b", on=date(2026, 3, 9)).table == first
