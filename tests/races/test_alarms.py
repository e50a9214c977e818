"""Alarms and messages in several hands at the same moment."""

from __future__ import annotations

from datetime import timedelta

import pytest

from som.access.queries import system_actor
from som.access.roles import Held
from som.kernel import scope, sql
from som.notices.commands import (
    acknowledge_alarms,
    claim_messages,
    close_alarms,
    note_deliveries,
    note_failures,
    raise_alarms,
)
from som.notices.rules import AlarmKind, AlarmWanted, Failure
from som.notices.work import take_up_unacknowledged
from som.results.commands import release_verdicts
from som.results.queries import waiting_for_release
from som.sampling.commands import share_swabs
from tests.races.at_once import at_once, done
from tests.town import NOON, Town

pytestmark = pytest.mark.slow

LAB, DELIVERER, SYSTEM = (system_actor(name) for name in ("lab", "delivery", "results"))


def wanted(town: Town) -> list[AlarmWanted]:
    return [
        AlarmWanted(f"a{n}", AlarmKind.HOLD, "results.review", organisation=town.lab1)
        for n in range(30)
    ]


def test_two_who_raise_the_same_call_once(town: Town) -> None:
    given = wanted(town)
    answers = at_once(*(lambda o=o: raise_alarms(given[::o], by=LAB, at=NOON) for o in (1, -1)))
    assert sorted(one.key for one in done(answers)) == sorted(one.key for one in given)


def test_one_of_two_takes_an_alarm_on_while_a_third_closes_it(town: Town) -> None:
    given = wanted(town)
    raise_alarms(given, by=LAB, at=NOON)
    ids = [line[0] for line in sql.rows("SELECT id FROM notices_alarm ORDER BY id")]
    bich = town._actor("bich", Held("lab_reviewer", organisation=town.lab1))
    answers = at_once(
        lambda: acknowledge_alarms(ids, by=town.bao, at=NOON),
        lambda: acknowledge_alarms(ids[::-1], by=bich, at=NOON),
        lambda: close_alarms([one.key for one in given][::-1], by=LAB, at=NOON),
    )
    assert sorted([*answers[0].done, *answers[1].done]) == ids
    assert len(answers[2].done) == len(given)


def test_what_arrived_is_not_put_off_by_whoever_thinks_it_failed(town: Town) -> None:
    raise_alarms(wanted(town), by=LAB, at=NOON)
    ids = [one.id for one in claim_messages(100, by=DELIVERER, at=NOON)]
    failed = [Failure(one, "timeout") for one in ids]
    answers = at_once(
        lambda: note_deliveries(ids, by=DELIVERER, at=NOON),
        lambda: note_failures(failed[::-1], by=DELIVERER, at=NOON),
    )
    assert sorted(answers[0].done) == sorted(ids)
    later = NOON + timedelta(days=1)
    assert claim_messages(100, by=DELIVERER, at=later) == []


def test_what_arrives_is_closed_at_the_same_moment(town: Town) -> None:
    """The order of keys is not that of ids: each takes them in the same one."""
    given = wanted(town)
    for one in reversed(given):
        raise_alarms([one], by=LAB, at=NOON)
    ids = [one.id for one in claim_messages(100, by=DELIVERER, at=NOON)]
    for _ in range(10):
        sql.execute("UPDATE notices_alarm SET closed_at = NULL, delivered_at = NULL")
        answers = at_once(
            lambda: close_alarms([one.key for one in given], by=LAB, at=NOON),
            lambda: note_deliveries(ids, by=DELIVERER, at=NOON),
            lambda: close_alarms([one.key for one in given][::-1], by=LAB, at=NOON),
        )
        assert sorted(done(answers)) == sorted([*ids, *(one.key for one in given)])


def test_a_swab_shared_by_two_is_shared_with_both(town: Town) -> None:
    town.sampled([1] * 20)
    with scope.entered(SYSTEM, "sampling.read"):
        ids = [line[0] for line in sql.rows("SELECT id FROM sampling_swab ORDER BY id")]

    def share(unit: int, order: int) -> None:
        with scope.entered(SYSTEM, "sampling.read"):
            share_swabs(dict.fromkeys(ids[::order], (unit,)))

    at_once(lambda: share(town.south, 1), lambda: share(town.other_province, -1))
    with scope.entered(SYSTEM, "sampling.read"):
        shared = sql.rows("SELECT unit_ids FROM sampling_swab")
    expected = {town.north, town.south, town.other_province}
    assert [set(units) for (units,) in shared] == [expected] * 20


def test_two_workers_call_the_province_once(town: Town) -> None:
    ((swab,),) = town.sampled([1])
    town.run("R1", {swab.tube: "positive"})
    waiting = [w.verdict for w in waiting_for_release(town.lab1, by=town.bao)]
    assert release_verdicts(waiting, lab=town.lab1, by=town.bao, at=NOON).done
    later = NOON + timedelta(hours=2)
    answers = at_once(*(lambda: take_up_unacknowledged(by=DELIVERER, at=later) for _ in range(2)))
    assert sum(answers) == 2, "of the north and of the province itself"
