"""Recalls beside releases, corrections and other recalls: no answer slips out, none is taken twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from som.access.queries import system_actor
from som.lab.commands import receive_tubes, refer_tubes
from som.lab.rules import Referral, ReferralReason
from som.lab.verdicts import Verdict
from som.results import queries
from som.results.commands import (
    Correction,
    confirm_corrections,
    confirm_recalls,
    propose_corrections,
    propose_recalls,
    release_verdicts,
    take_back_results,
    withdraw_corrections,
    withdraw_recalls,
)
from som.results.queries import corrections_open, swabs_to_take_back, waiting_for_release
from som.results.rules import RecallWanted, Which
from som.results.work import take_up_recalls
from tests.races.at_once import at_once, closes, counted, done, reasons
from tests.town import NOON, Town

pytestmark = pytest.mark.slow

LATER = NOON + timedelta(hours=1)
WORKER = system_actor("results")


def wanted(town: Town, lab: int | None = None) -> RecallWanted:
    return RecallWanted(lab or town.lab1, NOON - timedelta(hours=1), LATER, "đặt sai ngưỡng")


def read(town: Town, count: int) -> list[int]:
    tubes = [swab.tube for (swab,) in town.sampled([1] * count)]
    town.run("R1", dict.fromkeys(tubes, "negative"))
    return [w.verdict for w in waiting_for_release(town.lab1, by=town.bao)]


def confirmed(town: Town) -> int:
    assert propose_recalls([wanted(town)], by=town.bao, at=LATER).done
    (recall,) = (row.id for row in queries.recalls(by=town.dora))
    other = replace(town.bao, name="bich")
    assert confirm_recalls([recall], by=other, at=LATER).done
    return recall


def test_what_is_released_while_a_recall_is_proposed_is_taken_back_or_kept(town: Town) -> None:
    ids = read(town, 30)

    def recall() -> object:
        confirmed(town)
        return take_up_recalls(at=LATER)

    answers = at_once(lambda: release_verdicts(ids, lab=town.lab1, by=town.bao, at=NOON), recall)
    out = answers[0]
    assert len(out.done) in (0, 30)
    assert len(out.refused) == 30 - len(out.done)
    assert counted("SELECT count(*) FROM results_result WHERE value = 'withdrawn'") == len(out.done)
    assert counted("SELECT count(*) FROM sampling_testrequest") == 30
    assert release_verdicts(ids, lab=town.lab1, by=town.bao, at=LATER).done == []
    closes(town, at=LATER)


def test_two_workers_take_each_answer_back_once(town: Town) -> None:
    ids = read(town, 40)
    release_verdicts(ids, lab=town.lab1, by=town.bao, at=NOON)
    recall = confirmed(town)
    swabs = list(swabs_to_take_back(recall, by=WORKER, after=0, limit=100))
    assert len(swabs) == 40
    answers = at_once(
        lambda: take_back_results(swabs, recall=recall, by=WORKER, at=LATER),
        lambda: take_back_results(swabs[::-1], recall=recall, by=WORKER, at=LATER),
    )
    assert sorted(done(answers)) == swabs
    assert reasons(answers) == []
    assert counted("SELECT taken_back FROM results_recall") == 40
    take_up_recalls(at=LATER)
    assert counted("SELECT count(*) FROM results_result") == 80
    closes(town, at=LATER)


def test_a_correction_confirmed_while_a_recall_is_proposed(town: Town) -> None:
    ids = read(town, 10)
    release_verdicts(ids, lab=town.lab1, by=town.bao, at=NOON)
    given = [Correction(number, Verdict.INCONCLUSIVE, "nhầm") for number in ids]
    propose_corrections(given, lab=town.lab1, by=town.bao, at=NOON)
    waiting = [one.id for one in corrections_open(town.lab1, by=town.bao)]
    other = replace(town.bao, name="bich")

    def recall() -> object:
        confirmed(town)
        return take_up_recalls(at=LATER)

    answers = at_once(
        lambda: confirm_corrections(waiting, lab=town.lab1, by=other, at=NOON), recall
    )
    assert len(answers[0].done) in (0, 10)
    versions = 3 if answers[0].done else 2
    assert counted("SELECT count(*) FROM results_result") == 10 * versions
    assert counted("SELECT count(*) FROM results_result WHERE value = 'withdrawn'") == 10
    closes(town, at=LATER)


def test_a_recall_is_confirmed_or_withdrawn(town: Town) -> None:
    ids = read(town, 3)
    release_verdicts(ids, lab=town.lab1, by=town.bao, at=NOON)
    assert propose_recalls([wanted(town)], by=town.bao, at=LATER).done
    (recall,) = (row.id for row in queries.recalls(by=town.dora))
    other = replace(town.bao, name="bich")
    answers = at_once(
        lambda: confirm_recalls([recall], by=other, at=LATER),
        lambda: withdraw_recalls([recall], by=town.bao, at=LATER),
    )
    assert done(answers) == [recall]
    assert reasons(answers) in (["recall_withdrawn"], ["recall_confirmed"])
    take_up_recalls(at=LATER)
    closes(town, at=LATER)


def test_a_correction_is_confirmed_or_withdrawn(town: Town) -> None:
    ids = read(town, 8)
    release_verdicts(ids, lab=town.lab1, by=town.bao, at=NOON)
    given = [Correction(number, Verdict.POSITIVE, "nhầm") for number in ids]
    propose_corrections(given, lab=town.lab1, by=town.bao, at=NOON)
    waiting = [one.id for one in corrections_open(town.lab1, by=town.bao)]
    other = replace(town.bao, name="bich")
    answers = at_once(
        lambda: confirm_corrections(waiting, lab=town.lab1, by=other, at=NOON),
        lambda: withdraw_corrections(waiting[::-1], lab=town.lab1, by=town.bao, at=NOON),
    )
    assert sorted(done(answers)) == waiting
    assert len(reasons(answers)) == 8
    confirmed_ones = counted(
        "SELECT count(*) FROM results_correction WHERE confirmed_at IS NOT NULL"
    )
    assert counted("SELECT count(*) FROM results_result WHERE version = 2") == confirmed_ones
    closes(town, at=LATER)


def test_a_suspicion_is_confirmed_elsewhere_while_it_is_recalled_here(town: Town) -> None:
    """Laboratory one confirms what laboratory two suspected and now takes back: both are said."""
    swabs = [swab for (swab,) in town.sampled([1] * 6, session="S2")]
    codes = [swab.tube for swab in swabs]
    town.run("R1", dict.fromkeys(codes, "positive"), lab=town.lab2, by=town.lan)
    ids = [w.verdict for w in waiting_for_release(town.lab2, by=town.long)]
    release_verdicts(ids, lab=town.lab2, by=town.long, at=NOON)
    box = Referral("X-1", town.lab2, town.lab1, ReferralReason.CONFIRMATION)
    assert refer_tubes(codes, referral=box, by=town.lan, at=NOON).done
    assert receive_tubes(codes, lab=town.lab1, by=town.ben, at=NOON).done
    town.run("R2", dict.fromkeys(codes, "positive"))
    confirming = [w.verdict for w in waiting_for_release(town.lab1, by=town.bao)]
    given = replace(wanted(town, town.lab2), which=Which.POSITIVES)
    assert propose_recalls([given], by=town.long, at=LATER).done
    (recall,) = (row.id for row in queries.recalls(by=town.dora))
    assert confirm_recalls([recall], by=town.dora, at=LATER).done
    answers = at_once(
        lambda: release_verdicts(confirming, lab=town.lab1, by=town.bao, at=LATER),
        lambda: take_up_recalls(at=LATER),
    )
    assert len(answers[0].done) == 6
    last = "SELECT count(*) FROM (SELECT DISTINCT ON (swab_id) value FROM results_result ORDER BY swab_id, version DESC) r WHERE value = 'positive'"  # noqa: E501
    assert counted(last) == 6
    closes(town, at=LATER)
