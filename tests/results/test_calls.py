"""Calls to reviewers: raised when a run is read, closed when nothing of it waits any more."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from som.kernel import sql
from som.lab.commands import read_antigen_tests
from som.lab.rules import AntigenTest
from som.results.commands import release_verdicts
from som.results.queries import waiting_for_release
from som.results.work import take_up_calls
from som.sampling.commands import record_swabs
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


def read_strip(town: Town, at: datetime = NOON) -> None:
    (tube,) = town.tubes(1)
    assert not record_swabs([town.swab(tube)], session="S1", by=town.ana, at=NOON).refused
    begun = at - timedelta(minutes=30)
    test = AntigenTest(tube, begun, begun + timedelta(minutes=20), True, False)
    where = {"lab": town.lab1, "kit": "standard_q_ag", "kit_lot": "Q1", "by": town.ben, "at": at}
    assert read_antigen_tests([test], **where).done


def test_strips_call_until_none_of_them_waits_and_then_again() -> None:
    town = Town()
    read_strip(town)
    read_strip(town)
    assert opened() == ["run_read"]
    assert take_up_calls(at=NOON) == 0
    release(town)
    assert take_up_calls(at=NOON) == 1
    assert opened() == []
    read_strip(town)
    assert opened() == ["run_read"]
    assert take_up_calls(at=NOON) == 0


def test_what_was_read_before_there_were_calls_is_called_for() -> None:
    town = Town()
    ((one,), (other,)) = town.sampled([1, 1])
    town.run("R1", {one.tube: "negative", other.tube: "positive"})
    read_strip(town)
    told = "SELECT key, subject_id, body FROM notices_alarm WHERE subject_id > 0 ORDER BY key"
    before = sql.rows(told)
    sql.execute("DELETE FROM notices_alarm")
    assert take_up_calls(at=NOON) == 2
    assert opened() == ["run_read", "run_read"]
    assert sql.rows(told) == before
    assert take_up_calls(at=NOON) == 0
    release(town)
    assert take_up_calls(at=NOON) == 2
    assert take_up_calls(at=NOON) == 0
