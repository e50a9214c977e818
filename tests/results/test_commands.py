"""Releases, decisions and corrections: what they refuse, and who hears what."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.kernel.errors import NotAllowed
from som.lab.verdicts import Verdict
from som.notices.queries import unacknowledged_notices
from som.results.commands import (
    Correction,
    Decision,
    correct_results,
    decide_discordant_pools,
    release_verdicts,
)
from som.results.queries import ledger_gaps, waiting_for_release
from som.results.rules import PoolDecision
from som.sampling.commands import Loss, lose_tubes
from som.sampling.queries import open_requests
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db


def waiting(town: Town, lab: int | None = None) -> dict[str, int]:
    """What waits for its second person, by what was loaded."""
    by = town.long if lab == town.lab2 else town.bao
    return {w.sample: w.verdict for w in waiting_for_release(lab or town.lab1, by=by)}


def results(town: Town) -> list[tuple[str, int, str]]:
    """Every result: slip, version, value."""
    with scope.entered(system_actor("results"), "results.read"):
        return sql.rows(
            "SELECT w.slip, r.version, r.value FROM results_result r"
            " JOIN sampling_swab w ON w.id = r.swab_id ORDER BY w.slip, r.version"
        )


def released(town: Town, *codes: str) -> None:
    ids = [waiting(town)[code] for code in codes]
    outcome = release_verdicts(ids, lab=town.lab1, by=town.bao, at=NOON)
    assert outcome.done == ids


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
    lose_tubes([Loss(swabs[1].tube, "vỡ", "cleo")], by=town.ana, at=NOON)
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


def test_a_correction_tells_everyone_what_is_right_now() -> None:
    town = Town()
    ((swab,),) = town.sampled([1])
    town.run("R1", {swab.tube: "positive"})
    ids = waiting(town)
    released(town, swab.tube)
    given = Correction(ids[swab.tube], Verdict.NEGATIVE, "nhầm giếng")
    outcome = correct_results([given, given], lab=town.lab1, by=town.bao, at=NOON)
    assert (outcome.done, outcome.unchanged) == ([given], [given])
    assert [value for *_, value in results(town)] == ["positive", "negative"]
    told = {n.kind: n.body for n in unacknowledged_notices(by=town.cleo, at=NOON)}
    assert told["positive"]["value"] == "positive"
    assert told["corrected"]["value"] == "negative"
    with scope.entered(system_actor("delivery"), "notices.read"):
        phones = sql.rows("SELECT kind, body::text FROM notices_notice WHERE to_phone <> ''")
    assert sorted(kind for kind, _ in phones) == ["corrected", "result_ready"]
    assert not any("negative" in body or "positive" in body for _, body in phones)


def test_a_negative_pool_that_was_none_is_withdrawn_and_everybody_asked_for() -> None:
    town = Town()
    (pool,) = town.sampled([3])
    town.run("R1", {pool[0].tube: "negative"})
    ids = waiting(town)
    released(town, pool[0].tube)
    given = Correction(ids[pool[0].tube], Verdict.POSITIVE, "đọc lại")
    assert correct_results([given], lab=town.lab1, by=town.bao, at=NOON).done
    assert [value for _, version, value in results(town) if version == 2] == ["withdrawn"] * 3
    assert len(open_requests(by=town.dora, at=NOON)) == 3


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"verdict": -1}, "verdict_unknown"),
        ({"reason": " "}, "reason_missing"),
        ({"value": Verdict.INVALID}, "correction_pointless"),
        ({}, "not_released"),
    ],
)
def test_corrections_refused(changes: dict[str, object], reason: str) -> None:
    town = Town()
    ((swab,),) = town.sampled([1])
    town.run("R1", {swab.tube: "positive"})
    given = Correction(waiting(town)[swab.tube], Verdict.NEGATIVE, "nhầm")
    outcome = correct_results(
        [replace(given, **changes)],  # type: ignore[arg-type]
        lab=town.lab1,
        by=town.bao,
        at=NOON,
    )
    assert [str(r.reason) for r in outcome.refused] == [reason]


def test_two_different_corrections_sent_together_are_refused() -> None:
    town = Town()
    ((swab,),) = town.sampled([1])
    town.run("R1", {swab.tube: "positive"})
    ids = waiting(town)
    released(town, swab.tube)
    given = [
        Correction(ids[swab.tube], value, "nhầm")
        for value in (Verdict.NEGATIVE, Verdict.INCONCLUSIVE)
    ]
    outcome = correct_results(given, lab=town.lab1, by=town.bao, at=NOON)
    assert outcome.done == given[:1]
    assert [str(r.reason) for r in outcome.refused] == ["corrected_twice"]
