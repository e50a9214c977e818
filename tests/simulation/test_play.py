"""A small drawn day from end to end: every answer right, and a check that would notice."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.lab.rules import LoadRefusal
from som.sampling.lists import RowRefusal, RowRefused
from som.simulation.check import checked
from som.simulation.play import MUST_BE_ZERO, Played, play

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
    "unplanned_errors",
    "p50_h",
    "p95_h",
    "ledger_gaps",
    "planned_misses",
    "refused",
    "sessions",
    "lost_tubes",
    "expired_tubes",
    "late_list_tubes",
    "failed_controls",
    "corrections",
    "recalled_answers",
    "absent_people",
    "strips",
    "suspected_people",
]

pytestmark = pytest.mark.slow


def unheard(_step: str, _more: int) -> None:
    pass


def played(outbox: Path, *, people: int = 120, seed: int = 1, on: date = ON) -> Played:
    return play(people=people, seed=seed, on=on, outbox=outbox, tell=unheard)


def seen(statement: str, *said: object) -> tuple[Any, ...] | None:
    """The row that this statement finds, whoever's it is."""
    with scope.entered(system_actor("results"), "results.read"):
        return sql.row(statement, said)


def test_a_small_day_answers_everybody_rightly(committed_db: str, tmp_path: Path) -> None:
    told: dict[str, int] = {}

    def tell(step: str, more: int) -> None:
        told[step] = told.get(step, 0) + more

    result = play(people=300, seed=1, on=ON, outbox=tmp_path, tell=tell)
    table = result.table.as_dict()
    assert list(table) == KEYS
    assert result.sound
    assert {key: table[key] for key in ("people", *sorted(MUST_BE_ZERO))} == {
        "people": 300,
        "ledger_gaps": 0,
        "unplanned_errors": 0,
        "wrong_person_results": 0,
    }
    errors = table["positives_true"] - table["positives_found"] + table["false_positive_people"]
    assert errors == table["planned_misses"] == len(result.checked.planned)
    assert table["positives_found"] > 0
    assert 0 < table["tests_per_person"] < 1
    assert 2 < table["p50_h"] <= table["p95_h"] < 24
    assert told["swabs"] == len(result.day.world.last_swabs())
    assert told["answered"] == len(result.day.answered) > 290

    # People were swabbed again: of a field pool, of a lost tube, of a recalled run.
    assert told["checked"] > 300

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
    _assert_the_roster_was_mended(result)
    # Beside the wrong rows only the tube past its use-by was refused, when somebody tried to test it.
    assert [str(one.reason) for one in result.day.refused if one.reason in LoadRefusal] == [
        "load_use_by_passed"
    ]
    assert table["refused"] == 4 + 4 + 1

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
    assert {notice["kind"] for notice in notices} >= {
        "result_ready", "positive", "pool_held", "run_read", "corrected", "recall"
    }  # fmt: skip
    _assert_everything_went_wrong_once(result)


def _assert_the_roster_was_mended(result: Played) -> None:
    """Wrong rows named by row and column; the child with a parent's number and the twin their own."""
    rostered = result.rostered
    first, again = rostered.first.outcome, rostered.again.outcome
    people = sum(len(household.members) for household in rostered.households)
    assert [
        (r.item.column, str(r.reason)) for r in first.refused if isinstance(r.item, RowRefused)
    ] == [
        ("Số định danh / CCCD / hộ chiếu", "row_number_unreadable"),
        ("Ngày sinh hoặc năm sinh", "row_birth_unreadable"),
        ("Số điện thoại", "row_phone_unreadable"),
        ("Xã/Phường", "address_unknown"),
    ]
    assert (len(again.done), len(again.unchanged), again.refused) == (4, people - 4, [])
    assert rostered.first.cautious + rostered.again.cautious > 0
    # As many persons are asked for as there are rows, each once: nobody was taken for another.
    asked = seen(
        "SELECT count(DISTINCT person_id), count(*) FROM sampling_testrequest"
        " WHERE reason IN ('roster', 'symptom', 'contact') AND NOT starts_with(key, 'revisit:')"
    )
    assert asked == (people, people)
    twins = [p for h in rostered.households for p in h.members if p.name.endswith((" An", " Anh"))]
    assert len({p.born for p in twins}) < len(twins)


def _assert_everything_went_wrong_once(result: Played) -> None:
    table, world = result.table, result.day.world
    assert (table.lost_tubes, table.expired_tubes, table.failed_controls, table.corrections) == (
        1, 1, 1, 1
    )  # fmt: skip
    assert table.late_list_tubes > 0
    assert table.recalled_answers > 0
    assert table.absent_people > 0
    assert table.strips >= 6
    counts = """
        SELECT (SELECT count(*) FROM sampling_tube WHERE cardinality(closed_by) = 2),
               (SELECT count(*) FROM sampling_tube WHERE expired_at IS NOT NULL),
               (SELECT count(DISTINCT run_id) FROM lab_controlcheck WHERE NOT passed),
               (SELECT count(*) FROM results_correction WHERE confirmed_by <> proposed_by),
               (SELECT count(*) FROM results_recall
                WHERE confirmed_by <> proposed_by AND done_at IS NOT NULL)
    """
    assert seen(counts) == (1, 1, 1, 1, 1)
    waited = "SELECT count(*) FROM lab_unlistedtube WHERE ended_as = 'received'"
    assert seen(waited) == (table.late_list_tubes,)
    taken_back = "SELECT count(*) FROM results_result WHERE value = 'withdrawn'"
    assert seen(taken_back) == (table.recalled_answers,)
    away = "SELECT count(*) FROM sampling_testrequest WHERE ended_as = 'absent' AND revisit_on > %s"
    assert seen(away, ON) == (len(world.absent),)
    runs = sql.rows("SELECT kit, format, right(filename, 5) FROM lab_run")
    assert {kit for kit, _, _ in runs} == {
        "n1_n2_rp_multiplex",
        "orf1ab_n",
        "sarscov2_rp_texas_red",
        "ncov_fam_iec_vic",
        "standard_q_ag",
    }
    assert {read for _, read, _ in runs} == {"quantstudio", "cfx", "antigen"}
    assert {name.rpartition(".")[2] for _, _, name in runs} == {"txt", "xlsx", "csv", ""}


def test_the_check_notices_slips_in_the_wrong_hands(committed_db: str, tmp_path: Path) -> None:
    result = played(tmp_path, people=60)
    assert result.sound
    swabs = result.day.world.swabs
    one, other = swabs[0], swabs[-1]
    one_slip, other_slip = one.slip, other.slip
    object.__setattr__(one, "slip", other_slip)
    object.__setattr__(other, "slip", one_slip)
    again = checked(result.day, seed=1, tell=unheard).table
    assert again.wrong_person_results >= 2

    object.__setattr__(one, "slip", one_slip)
    object.__setattr__(other, "slip", other_slip)
    # Somebody infected of whom the world planned no error, told that they are not.
    world = result.day.world
    healthy = next(
        swab
        for swab in world.last_swabs().values()
        if world.due(swab) in ("negative", "negative_by_pool") and swab.tube not in world.strips
    )
    healthy.person.infected, healthy.person.ct = True, 20.0
    missed = checked(result.day, seed=1, tell=unheard).table
    assert missed.positives_found < missed.positives_true
    assert missed.unplanned_errors == 1


def test_the_outcome_depends_on_people_and_seed_alone(
    committed_db: str, tmp_path: Path, databases: object, django_db_blocker: object
) -> None:
    from tests.databases import Databases, pointed_at

    assert isinstance(databases, Databases)
    first = drawn(played(tmp_path / "a"))
    with databases.clone() as name, pointed_at(databases, name):
        # Another year: everybody is born in another one, too, and on the list that is what is known.
        assert drawn(played(tmp_path / "b", on=date(2027, 3, 9))) == first


def drawn(result: Played) -> tuple[object, ...]:
    """All that a seed draws: the table, and of each swab what it takes and what its tube shows."""
    world = result.day.world
    return (
        result.table,
        [(error.person, error.kind) for error in result.checked.planned],
        {
            swab.key: (world.misses(swab), world.shown(swab.tube), world.due(swab))
            for swab in world.counted()
        },
    )
