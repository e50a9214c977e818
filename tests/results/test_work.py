"""What the worker takes up at results."""

from datetime import timedelta

import pytest

from som.results.queries import ledger_gaps
from som.results.work import take_up_expired, take_up_lost
from som.sampling.commands import Loss, lose_tubes
from som.sampling.queries import open_requests
from tests.results.test_journey import released
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

LATE = NOON + timedelta(hours=48)


def test_untested_tubes_past_their_use_by_are_closed_and_their_people_asked_again():
    town = Town()
    tested, pool = town.sampled([1, 3])
    town.run("PLATE1", {tested[0].tube: "negative"})
    assert [gap.law for gap in ledger_gaps(by=town.dora, at=LATE)] == ["swab_without_an_end"] * 3
    assert take_up_expired(at=LATE) == 1
    asked = open_requests(by=town.cleo, at=LATE)
    assert sorted(r.name for r in asked) == sorted(" ".join(s.said.name.split()) for s in pool)
    assert {r.reason for r in asked} == {"use_by_passed"}
    assert ledger_gaps(by=town.dora, at=LATE) == []
    assert take_up_expired(at=LATE) == 0


def test_a_verdict_that_waits_for_release_keeps_its_tube():
    town = Town()
    ((swab,),) = town.sampled([1])
    town.run("PLATE1", {swab.tube: "negative"})
    assert take_up_expired(at=LATE) == 0


def test_members_of_a_positive_pool_not_tested_in_time_are_asked_again():
    town = Town()
    swabs = [s for (s,) in town.sampled([1] * 3)]
    town.pooled("P1", [s.tube for s in swabs])
    town.run("PLATE1", {"P1": "positive"})
    released(town)
    assert take_up_expired(at=LATE) == 3
    assert ledger_gaps(by=town.dora, at=LATE) == []


def test_people_of_a_lost_tube_are_asked_again_unless_they_have_their_answer():
    town = Town()
    answered, lost = (s for (s,) in town.sampled([1, 1]))
    town.run("PLATE1", {answered.tube: "negative"})
    released(town)
    losses = [Loss(swab.tube, "vỡ ống") for swab in (answered, lost)]
    assert len(lose_tubes(losses, witness=town.cleo, by=town.ana, at=NOON).done) == 2
    later = NOON + timedelta(hours=2)
    assert [g.law for g in ledger_gaps(by=town.dora, at=later)] == ["lost_and_not_asked_again"]
    assert take_up_lost(at=NOON) == 1
    (asked,) = open_requests(by=town.cleo, at=NOON)
    assert (asked.name, asked.reason) == (lost.said.name, "lost")
    assert take_up_lost(at=NOON) == 0
    assert ledger_gaps(by=town.dora, at=later) == []
