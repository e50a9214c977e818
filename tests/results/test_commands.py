"""Releases, decisions and corrections: what they refuse, and who hears what."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from som.kernel.errors import NotAllowed
from som.notices.queries import unacknowledged_notices
from som.results.commands import Decision, decide_discordant_pools, release_verdicts
from som.results.queries import ledger_gaps
from som.results.rules import PoolDecision
from som.results.work import take_up_lost
from som.sampling.commands import Loss, lose_tubes
from som.sampling.queries import open_requests
from tests.results.reviews import bich, released, results, waiting
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db


def test_whoever_read_the_run_may_not_release_it() -> None:
    town = Town()
    ((swab,),) = town.sampled([1])
    town.run("R1", {swab.tube: "negative"}, by=replace(town.ben, name="bao"))
    ids = list(waiting(town).values())
    outcome = release_verdicts(ids, lab=town.lab1, by=town.bao, at=NOON)
    assert [str(r.reason) for r in outcome.refused] == ["read_by_same"]
    assert results(town) == []


def test_a_reviewer_releases_at_their_own_laboratory() -> None:
    town = Town()
    ((swab,),) = town.sampled([1])
    town.run("R1", {swab.tube: "negative"})
    ids = list(waiting(town).values())
    with pytest.raises(NotAllowed):
        release_verdicts(ids, lab=town.lab1, by=town.long, at=NOON)
    outcome = release_verdicts(ids, lab=town.lab2, by=town.long, at=NOON)
    assert [str(r.reason) for r in outcome.refused] == ["verdict_unknown"]


def test_a_screening_laboratory_suspects() -> None:
    town = Town()
    ((swab,),) = town.sampled([1], session="S2")
    town.run("R1", {swab.tube: "positive"}, lab=town.lab2, by=town.lan)
    ids = list(waiting(town, town.lab2).values())
    assert release_verdicts(ids, lab=town.lab2, by=town.long, at=NOON).done
    assert results(town) == [(swab.slip, 1, "suspected")]


@pytest.mark.parametrize("order", [1, -1])
def test_a_pool_and_its_members_released_together_say_each_their_own(order: int) -> None:
    town = Town()
    swabs = [s for (s,) in town.sampled([1] * 3)]
    town.pooled("P1", [s.tube for s in swabs])
    town.run("R1", {"P1": "positive"})
    town.run("R2", {s.tube: "negative" for s in swabs[1:]} | {swabs[0].tube: "positive"})
    ids = sorted(waiting(town).values())[::order]
    assert release_verdicts(ids, lab=town.lab1, by=town.bao, at=NOON).done == ids
    values = {slip: value for slip, _, value in results(town)}
    assert values == {s.slip: "negative" for s in swabs} | {swabs[0].slip: "positive"}
    told = unacknowledged_notices(by=town.cleo, at=NOON)
    assert sorted(n.kind for n in told) == ["pool_held"] * 3 + ["positive"]
    assert ledger_gaps(by=town.dora, at=NOON) == []


def test_members_of_an_unexplained_pool_wait_and_then_a_named_person_decides() -> None:
    town = Town()
    swabs = [s for (s,) in town.sampled([1] * 2)]
    town.pooled("P1", [s.tube for s in swabs])
    town.run("R1", {"P1": "positive"})
    released(town, "P1")
    town.run("R2", {swabs[0].tube: "negative"})
    held = release_verdicts([waiting(town)[swabs[0].tube]], lab=town.lab1, by=town.bao, at=NOON)
    assert [str(r.reason) for r in held.refused] == ["awaits_pool"]
    town.run("R3", {swabs[1].tube: "negative"})
    ids = list(waiting(town).values())
    held = release_verdicts(ids, lab=town.lab1, by=town.bao, at=NOON)
    assert [str(r.reason) for r in held.refused] == ["discordant"] * 2
    decision = Decision("P1", PoolDecision.NEGATIVE, "đường cong xấu")
    decided = decide_discordant_pools([decision], lab=town.lab1, by=town.bao, at=NOON)
    assert decided.done == [decision]
    assert [value for *_, value in results(town)] == ["negative"] * 2
    other = replace(decision, decision=PoolDecision.AGAIN)
    again = decide_discordant_pools([decision, other], lab=town.lab1, by=town.bao, at=NOON)
    assert again.unchanged == [decision]
    assert [str(r.reason) for r in again.refused] == ["decided_otherwise"]


@pytest.mark.parametrize("decision", PoolDecision)
def test_a_discordant_pool_with_a_member_that_could_not_be_tested(decision: PoolDecision) -> None:
    town = Town()
    swabs = [s for (s,) in town.sampled([1] * 3)]
    town.pooled("P1", [s.tube for s in swabs])
    town.run("R1", {"P1": "positive"})
    released(town, "P1")
    found = ["negative", "invalid", "inconclusive"]
    town.run("R2", {s.tube: what for s, what in zip(swabs, found, strict=True)})
    lose_tubes([Loss(swabs[1].tube, "vỡ")], witness=town.cleo, by=town.ana, at=NOON)
    assert take_up_lost(at=NOON) == 1
    given = Decision("P1", decision, "đã xem")
    assert decide_discordant_pools([given], lab=town.lab1, by=town.bao, at=NOON).done
    asked = {r.reason for r in open_requests(by=town.dora, at=NOON)}
    assert asked == ({"lost", "inconclusive"} if decision == "negative" else {"lost", "discordant"})
    assert ledger_gaps(by=town.dora, at=NOON + timedelta(hours=11)) == []


def test_who_read_a_members_run_does_not_decide() -> None:
    town = Town()
    swabs = [s for (s,) in town.sampled([1] * 2)]
    town.pooled("P1", [s.tube for s in swabs])
    town.run("R1", {"P1": "positive"})
    town.run("R2", {s.tube: "negative" for s in swabs}, by=replace(town.ben, name="bao"))
    given = Decision("P1", PoolDecision.NEGATIVE, "đã xem")
    outcome = decide_discordant_pools([given], lab=town.lab1, by=town.bao, at=NOON)
    assert [str(r.reason) for r in outcome.refused] == ["read_by_same"]


@pytest.mark.parametrize("earlier", ["pool", "member", "controls"])
def test_who_read_any_run_of_the_pool_or_a_member_does_not_decide(earlier: str) -> None:
    """Not only the run that counts: also the pool's own, and one that was invalid."""
    town = Town()
    swabs = [s for (s,) in town.sampled([1] * 2)]
    town.pooled("P1", [s.tube for s in swabs])
    reader = replace(town.ben, name="bao")
    if earlier == "controls":
        town.run("R0", {"P1": "positive"}, by=reader, controls=("positive", "positive"))
    town.run("R1", {"P1": "positive"}, by=reader if earlier == "pool" else town.ben)
    if earlier == "member":
        town.run("R2", {swabs[0].tube: "invalid"}, by=reader)
    town.run("R3", {s.tube: "negative" for s in swabs})
    given = Decision("P1", PoolDecision.NEGATIVE, "đã xem")
    outcome = decide_discordant_pools([given], lab=town.lab1, by=town.bao, at=NOON)
    assert [str(r.reason) for r in outcome.refused] == ["read_by_same"]
    assert decide_discordant_pools([given], lab=town.lab1, by=bich(town), at=NOON).done


def test_a_field_pool_invalid_twice_is_inconclusive_and_its_people_are_asked_for_singly() -> None:
    town = Town()
    (pool,) = town.sampled([3])
    town.run("R1", {pool[0].tube: "invalid"})
    assert waiting(town) == {}
    town.run("R2", {pool[0].tube: "invalid"})
    released(town, pool[0].tube)
    assert results(town) == []
    asked = open_requests(by=town.dora, at=NOON)
    assert [(r.reason, r.single) for r in asked] == [("recalled_pool", True)] * 3
    assert {n.kind for n in unacknowledged_notices(by=town.cleo, at=NOON)} == {"pool_held"}
