"""Reviewers who release, correct and decide at once, and workers that tell of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from som.access.queries import system_actor
from som.lab.verdicts import Verdict
from som.notices.commands import acknowledge_notices, claim_messages, note_deliveries
from som.results.commands import (
    Correction,
    Decision,
    confirm_corrections,
    decide_discordant_pools,
    propose_corrections,
    release_verdicts,
)
from som.results.queries import corrections_open, waiting_for_release
from som.results.rules import PoolDecision
from tests.races.at_once import at_once, closes, counted, done, reasons
from tests.town import NOON, Town

pytestmark = pytest.mark.slow

DELIVERER = system_actor("delivery")


def read(town: Town, found: list[str]) -> list[int]:
    swabs = [swab.tube for (swab,) in town.sampled([1] * len(found))]
    town.run("R1", dict(zip(swabs, found, strict=True)))
    return [waiting.verdict for waiting in waiting_for_release(town.lab1, by=town.bao)]


def test_two_reviewers_release_each_verdict_once(town: Town) -> None:
    ids = read(town, ["positive", "negative", "inconclusive"] * 5)
    other = replace(town.bao, name="bich")
    answers = at_once(
        lambda: release_verdicts(ids, lab=town.lab1, by=town.bao, at=NOON),
        lambda: release_verdicts(ids[::-1], lab=town.lab1, by=other, at=NOON),
    )
    assert sorted(done(answers)) == sorted(ids)
    assert reasons(answers) == []
    assert counted("SELECT count(*) FROM results_result") == 15
    assert counted("SELECT count(*) FROM sampling_testrequest") == 5
    closes(town)


@pytest.mark.parametrize(
    ("other", "refused"),
    [(Verdict.INCONCLUSIVE, []), (Verdict.NEGATIVE, ["correction_open"] * 6)],
)
def test_of_two_corrections_proposed_at_once_one_is_open(
    town: Town, other: Verdict, refused: list[str]
) -> None:
    ids = read(town, ["positive"] * 6)
    release_verdicts(ids, lab=town.lab1, by=town.bao, at=NOON)

    def propose(value: Verdict, name: str, order: int) -> object:
        given = [Correction(number, value, "nhầm") for number in ids[::order]]
        by = replace(town.bao, name=name)
        return propose_corrections(given, lab=town.lab1, by=by, at=NOON)

    answers = at_once(
        lambda: propose(Verdict.INCONCLUSIVE, "bao", 1), lambda: propose(other, "bich", -1)
    )
    assert sorted(c.verdict for c in done(answers)) == sorted(ids)
    assert reasons(answers) == refused
    assert counted("SELECT count(*) FROM results_correction") == 6
    assert counted("SELECT count(*) FROM results_result WHERE version > 1") == 0
    closes(town)


def test_a_correction_confirmed_twice_at_once_is_one_version(town: Town) -> None:
    ids = read(town, ["positive", "negative"] * 3)
    release_verdicts(ids, lab=town.lab1, by=town.bao, at=NOON)
    given = [Correction(number, Verdict.INCONCLUSIVE, "nhầm") for number in ids]
    propose_corrections(given, lab=town.lab1, by=town.bao, at=NOON)
    waiting = [c.id for c in corrections_open(town.lab1, by=town.bao)]

    def confirm(name: str, order: int) -> object:
        by = replace(town.bao, name=name)
        return confirm_corrections(waiting[::order], lab=town.lab1, by=by, at=NOON)

    answers = at_once(lambda: confirm("bich", 1), lambda: confirm("binh", -1))
    assert sorted(done(answers)) == sorted(waiting)
    assert reasons(answers) == []
    assert counted("SELECT count(*) FROM results_result WHERE version = 2") == 6
    closes(town)


def test_what_is_proposed_again_while_it_is_confirmed_is_one_version(town: Town) -> None:
    ids = read(town, ["positive"] * 6)
    release_verdicts(ids, lab=town.lab1, by=town.bao, at=NOON)
    given = [Correction(number, Verdict.NEGATIVE, "nhầm") for number in ids]
    propose_corrections(given, lab=town.lab1, by=town.bao, at=NOON)
    other = replace(town.bao, name="bich")
    waiting = [c.id for c in corrections_open(town.lab1, by=town.bao)]
    answers = at_once(
        lambda: propose_corrections(given[::-1], lab=town.lab1, by=town.bao, at=NOON),
        lambda: confirm_corrections(waiting, lab=town.lab1, by=other, at=NOON),
    )
    assert answers[0].unchanged == given[::-1]
    assert answers[1].done == waiting
    assert counted("SELECT count(*) FROM results_correction") == 6
    closes(town)


def test_a_pool_is_decided_once(town: Town) -> None:
    groups = [[swab.tube for (swab,) in town.sampled([1] * 2)] for _ in range(4)]
    for n, tubes in enumerate(groups):
        town.pooled(f"P{n}", tubes)
    town.run("R1", {f"P{n}": "positive" for n in range(4)})
    town.run("R2", {tube: "negative" for tubes in groups for tube in tubes})
    pools = [f"P{n}" for n in range(4)]

    def decide(decision: PoolDecision, order: int) -> object:
        given = [Decision(pool, decision, "đã xem") for pool in pools[::order]]
        return decide_discordant_pools(given, lab=town.lab1, by=town.bao, at=NOON)

    answers = at_once(
        lambda: decide(PoolDecision.NEGATIVE, 1), lambda: decide(PoolDecision.AGAIN, -1)
    )
    assert sorted(d.pool for d in done(answers)) == pools
    assert reasons(answers) == ["decided_otherwise"] * 4


def test_two_workers_never_take_up_the_same_notice(town: Town) -> None:
    ids = read(town, ["positive"] * 10)
    release_verdicts(ids, lab=town.lab1, by=town.bao, at=NOON)
    answers = at_once(*(lambda: claim_messages(15, by=DELIVERER, at=NOON) for _ in range(2)))
    taken = [notice.id for answer in answers for notice in answer]
    assert len(taken) == len(set(taken))
    rest = claim_messages(100, by=DELIVERER, at=NOON)
    every = [*taken, *(notice.id for notice in rest)]
    assert counted("SELECT count(*) FROM notices_notice") == len(
        [one for one in every if one.startswith("notice-")]
    )
    answers = at_once(
        *(
            lambda order=order: note_deliveries(every[::order], by=DELIVERER, at=NOON)
            for order in (1, -1)
        )
    )
    assert sorted(done(answers)) == sorted(every)
    notices = [int(one.removeprefix("notice-")) for one in every if one.startswith("notice-")]
    answers = at_once(
        *(
            lambda order=order: acknowledge_notices(notices[::order], by=town.cleo, at=NOON)
            for order in (1, -1)
        )
    )
    assert len(done(answers)) == len(set(done(answers))) > 0
