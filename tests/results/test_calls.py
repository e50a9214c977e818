"""Calls to reviewers: raised when a run is read, closed when nothing of it waits any more."""

from __future__ import annotations

import pytest

from som.kernel import sql
from som.results.commands import release_verdicts
from som.results.queries import waiting_for_release
from som.results.work import take_up_calls
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db


def opened() -> list[str]:
    """Kinds of calls that are open, in the order in which they were raised."""
    return [
        line[0]
        for line in sql.rows("SELECT kind FROM notices_alarm WHERE closed_at IS NULL ORDER BY id")
    ]


def release(town: Town) -> None:
    waiting = [one.verdict for one in waiting_for_release(town.lab1, by=town.bao)]
    release_verdicts(waiting, lab=town.lab1, by=town.bao, at=NOON)


def test_a_run_calls_until_everything_of_it_is_released() -> None:
    town = Town()
    ((one,), (other,)) = town.sampled([1, 1])
    town.run("R1", {one.tube: "negative", other.tube: "positive"})
    assert opened() == ["run_read"]
    assert take_up_calls(at=NOON) == 0
    release(town)
    assert take_up_calls(at=NOON) == 1
    assert opened() == []
    assert take_up_calls(at=NOON) == 0


def test_a_positive_pool_calls_until_each_of_its_members_has_an_answer() -> None:
    town = Town()
    tubes = [swab.tube for (swab,) in town.sampled([1, 1])]
    town.pooled("P1", tubes)
    town.run("R1", {"P1": "positive"})
    assert sorted(opened()) == ["pool_open", "run_read"]
    release(town)
    take_up_calls(at=NOON)
    assert opened() == ["pool_open"]
    town.run("R2", {tubes[0]: "positive", tubes[1]: "negative"})
    release(town)
    take_up_calls(at=NOON)
    assert opened() == []
