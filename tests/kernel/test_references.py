"""References that are checked for all rows of a statement at once."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.kernel.policies import NEVER_DROPPED
from som.lab.commands import make_pools
from som.lab.rules import PoolMade
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

_READING = """
INSERT INTO lab_reading (run_id, position, sample, target, fluor, call)
SELECT run, '', '', '', '', '' FROM unnest(%s::bigint[]) AS run
"""


def _constraint(error: BaseException) -> str | None:
    cause = error.__cause__
    assert cause is not None
    return str(cause.diag.constraint_name)  # type: ignore[attr-defined]


@pytest.fixture
def pool() -> int:
    town = Town()
    tubes = [swab.tube for (swab,) in town.sampled([1, 1])]
    made = make_pools([PoolMade("P1", tuple(tubes))], lab=town.lab1, by=town.ben, at=NOON)
    assert made.done
    (found,) = sql.rows("SELECT id FROM lab_pool")
    return int(found[0])


@pytest.mark.parametrize("runs", [[-1], [-1, -1], [-2, -1]])
def test_a_row_that_points_at_nothing_is_not_written(runs: list[int]) -> None:
    with pytest.raises(IntegrityError, match="names no row of lab_run") as raised:
        sql.execute(_READING, (runs,))
    assert _constraint(raised.value) == "lab_reading_run_id_is_there"


def test_one_wrong_row_among_right_ones_is_found(pool: int) -> None:
    members = (
        "INSERT INTO lab_member (pool_id, tube_id) SELECT %s, t FROM unnest(%s::bigint[]) AS t"
    )
    sql.execute("DELETE FROM lab_member")
    tubes = [line[0] for line in sql.rows("SELECT id FROM sampling_tube ORDER BY id")]
    with pytest.raises(IntegrityError) as raised, transaction.atomic():
        sql.execute(members, (pool, [*tubes, -1]))
    assert _constraint(raised.value) == "lab_member_tube_id_is_there"
    assert sql.execute(members, (pool, tubes)) == len(tubes) == 2


def test_a_row_is_not_turned_to_what_is_not_there(pool: int) -> None:
    with pytest.raises(IntegrityError) as raised, transaction.atomic():
        sql.execute("UPDATE lab_member SET pool_id = -1")
    assert _constraint(raised.value) == "lab_member_pool_id_is_there"
    assert sql.execute("UPDATE lab_member SET pool_id = %s", (pool,)) == 2


def test_what_is_empty_points_at_nothing(pool: int) -> None:
    assert sql.execute("UPDATE lab_reception SET box_id = NULL") == 2
    with pytest.raises(IntegrityError) as raised, transaction.atomic():
        sql.execute("UPDATE lab_reception SET box_id = -1")
    assert _constraint(raised.value) == "lab_reception_box_id_is_there"


@pytest.mark.parametrize("table", NEVER_DROPPED)
def test_what_is_pointed_at_stays(table: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        sql.execute(f"DELETE FROM {table}")


@pytest.mark.parametrize("table", NEVER_DROPPED)
def test_what_is_pointed_at_keeps_its_key(table: str) -> None:
    key = "verdict_id" if table == "results_release" else "id"
    with (
        pytest.raises(IntegrityError, match="stays_what_it_was"),
        scope.entered(system_actor("results"), "results.read"),
    ):
        sql.execute(f"UPDATE {table} SET {key} = {key} + 1000000")
