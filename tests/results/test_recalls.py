"""Recalls: what they take back, who may, what waits meanwhile, and that they go on where they stopped."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.lab.queries import runs
from som.lab.verdicts import Verdict
from som.notices.queries import unacknowledged_notices
from som.people.commands import Death, note_deaths
from som.results import queries, work
from som.results.commands import (
    Correction,
    Decision,
    confirm_corrections,
    confirm_recalls,
    decide_discordant_pools,
    propose_corrections,
    release_verdicts,
    take_back_results,
    withdraw_recalls,
)
from som.results.queries import corrections_open, ledger_gaps, preview, waiting_for_release
from som.results.rules import PoolDecision, Which
from tests.results.recalled import (
    DAY,
    LATER,
    answered,
    answers,
    asked,
    confirmed,
    gaps,
    proposed,
    read,
    reasons,
    swab_ids,
)
from tests.results.reviews import bich
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db


def test_a_recall_takes_back_tells_and_asks_again() -> None:
    town = Town()
    swabs = answered(town, "positive", "negative", "inconclusive")
    (pool,) = town.sampled([3])
    number = read(town, {pool[0].tube: "negative"}, "R9")[pool[0].tube]
    assert release_verdicts([number], lab=town.lab1, by=town.bao, at=NOON).done
    recall = proposed(town)
    seen = preview(recall, by=bich(town))
    assert (seen.told, seen.waiting, seen.persons, seen.localities, seen.runs) == (6, 0, 6, 1, 2)
    assert confirm_recalls([recall], by=bich(town), at=LATER).done == [recall]
    assert len(answers(town)[swabs[0].slip]) == 1
    assert work.take_up_recalls(at=LATER) == 1
    assert {values[-1] for values in answers(town).values()} == {"withdrawn"}
    assert asked(town) == ["inconclusive", *["recalled_result"] * 6]
    told = [n for n in unacknowledged_notices(by=town.cleo, at=LATER) if n.kind == "corrected"]
    assert [n.body["value"] for n in told] == ["withdrawn"]
    with scope.entered(system_actor("delivery"), "notices.read"):
        ((phones,),) = sql.rows(
            "SELECT count(*) FROM notices_notice WHERE kind = 'corrected' AND to_phone <> ''"
        )
    assert phones == 6
    row = queries.recall(recall, by=town.dora)
    assert (row.state, row.swabs, row.taken_back, row.asked_again) == ("recall_done", 6, 6, 6)
    reached = queries.reach(recall, by=town.dora)
    # Results that somebody heard of, however many were told of each.
    assert (reached.told, reached.swabbed_again) == (phones, 0)
    assert work.take_up_recalls(at=LATER) == 0
    assert gaps(town) == []


@pytest.mark.parametrize(
    ("which", "gone"),
    [
        (Which.NEGATIVES, {"negative", "negative_by_pool"}),
        (Which.POSITIVES, {"positive"}),
        (Which.ALL, {"negative", "negative_by_pool", "positive", "inconclusive"}),
    ],
)
def test_a_recall_takes_back_the_answers_that_it_names(which: Which, gone: set[str]) -> None:
    town = Town()
    answered(town, "positive", "negative", "inconclusive")
    (pool,) = town.sampled([2])
    number = read(town, {pool[0].tube: "negative"}, "R9")[pool[0].tube]
    assert release_verdicts([number], lab=town.lab1, by=town.bao, at=NOON).done
    confirmed(town, which=which)
    work.take_up_recalls(at=LATER)
    for values in answers(town).values():
        assert values[1:] == (["withdrawn"] if values[0] in gone else [])
    assert gaps(town) == []


def test_a_recall_covers_its_laboratory_its_run_its_lot_and_its_time() -> None:
    town = Town()
    swabs = answered(town, "negative"), answered(town, "negative")
    (other,) = (swab for (swab,) in town.sampled([1], session="S2"))
    town.run("R9", {other.tube: "negative"}, lab=town.lab2, by=town.lan)
    (verdict,) = (w.verdict for w in waiting_for_release(town.lab2, by=town.long))
    assert release_verdicts([verdict], lab=town.lab2, by=town.long, at=NOON).done
    second, first = (run.id for run in runs(by=town.ben))
    for nothing in ({"kit_lot": "LOT-2"}, {"read_to": NOON}, {"read_from": NOON + DAY / 48}):
        assert preview(proposed(town, **nothing), by=bich(town)).told == 0
    assert preview(proposed(town, kit_lot=" lot-1 "), by=bich(town)).told == 2
    confirmed(town, run=first)
    work.take_up_recalls(at=LATER)
    values = answers(town)
    assert values[swabs[0][0].slip] == ["negative", "withdrawn"]
    assert values[swabs[1][0].slip] == values[other.slip] == ["negative"]
    assert second != first


def test_nothing_that_a_recall_covers_slips_out_meanwhile() -> None:
    """From the proposal on, in every way in which an answer is given or changed."""
    town = Town()
    (done,) = answered(town, "positive")
    singles = [swab for (swab,) in town.sampled([1] * 2)]
    members = [swab for (swab,) in town.sampled([1] * 2)]
    town.pooled("P1", [s.tube for s in members])
    ids = read(town, {singles[0].tube: "negative", singles[1].tube: "positive", "P1": "positive"},
               "R8")  # fmt: skip
    assert release_verdicts([ids["P1"]], lab=town.lab1, by=town.bao, at=NOON).done
    read(town, {s.tube: "negative" for s in members}, "R9")
    where = {"lab": town.lab1, "at": LATER}
    with scope.entered(system_actor("results"), "results.read"):
        ((old,),) = sql.rows("SELECT verdict_id FROM results_result")
    change = Correction(old, Verdict.NEGATIVE, "đọc lại")
    assert propose_corrections([change], by=town.bao, **where).done
    recall = proposed(town, which=Which.NEGATIVES)
    (waits,) = [w for w in waiting_for_release(town.lab1, by=town.bao) if w.value == "negative"
                and w.sample == singles[0].tube]  # fmt: skip
    assert str(waits.kept) == "recalled"
    assert reasons(release_verdicts([waits.verdict], by=bich(town), **where)) == ["recalled"]
    decision = Decision("P1", PoolDecision.NEGATIVE, "đã xem")
    assert reasons(decide_discordant_pools([decision], by=bich(town), **where)) == ["recalled"]
    (open_one,) = corrections_open(town.lab1, by=town.bao)
    assert reasons(confirm_corrections([open_one.id], by=bich(town), **where)) == ["recalled"]
    # What it does not cover goes on.
    assert release_verdicts([ids[singles[1].tube]], by=bich(town), **where).done
    assert answers(town)[done.slip] == ["positive"]

    assert withdraw_recalls([recall], by=bich(town), at=LATER).done == [recall]
    assert release_verdicts([waits.verdict], by=bich(town), **where).done
    assert confirm_corrections([open_one.id], by=bich(town), **where).done
    assert decide_discordant_pools([decision], by=bich(town), **where).done
    assert gaps(town) == []


def test_whoever_waits_for_a_release_that_will_not_come_is_asked_for_again() -> None:
    town = Town()
    single, other = (swab for (swab,) in town.sampled([1] * 2))
    members = [swab for (swab,) in town.sampled([1] * 2)]
    (field,) = town.sampled([2])
    town.pooled("P1", [s.tube for s in members])
    given = {single.tube: "negative", other.tube: "positive", "P1": "negative"}
    ids = read(town, given | {field[0].tube: "negative"})
    recall = confirmed(town, which=Which.NEGATIVES)
    seen = preview(recall, by=bich(town))
    assert (seen.told, seen.waiting) == (0, 5)
    assert work.take_up_recalls(at=LATER) == 1
    assert answers(town) == {}
    assert asked(town) == ["recalled_result"] * 5
    assert {w.sample for w in waiting_for_release(town.lab1, by=town.bao)} == {other.tube}
    where = {"lab": town.lab1, "by": bich(town), "at": LATER}
    assert reasons(release_verdicts([ids[single.tube]], **where)) == ["recalled"]
    assert release_verdicts([ids[other.tube]], **where).done
    assert gaps(town) == []


def test_a_recall_goes_on_where_it_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step is a transaction: whatever was killed between two of them is done once and whole."""
    town = Town()
    answered(town, *["negative"] * 7)
    monkeypatch.setattr(work, "CHUNK", 2)
    recall = confirmed(town)
    assert work.take_up_recalls(at=LATER, steps=2) == 2
    row = queries.recall(recall, by=town.dora)
    assert (row.state, row.swabs, row.taken_back) == ("recall_confirmed", 7, 4)
    calls = []

    def killed(swabs: list[int], **where: Any) -> object:
        calls.append(swabs)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return take_back_results(swabs, **where)

    monkeypatch.setattr(work, "take_back_results", killed)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        work.take_up_recalls(at=LATER)
    monkeypatch.setattr(work, "take_back_results", take_back_results)
    work.take_up_recalls(at=LATER)
    assert [len(values) for values in answers(town).values()] == [2] * 7
    assert asked(town) == ["recalled_result"] * 7
    assert queries.recall(recall, by=town.dora).state == "recall_done"
    assert gaps(town) == []


def test_the_same_swabs_again_change_nothing_and_others_are_not_touched() -> None:
    town = Town()
    answered(town, "negative", "positive")
    recall = confirmed(town, which=Which.NEGATIVES)
    worker = {"recall": recall, "by": system_actor("results"), "at": LATER}
    negative, positive = swab_ids()
    outcome = take_back_results([negative, positive, negative, -1], **worker)
    assert (outcome.done, reasons(outcome)) == ([negative], ["recall_not_covered"] * 2)
    assert take_back_results([negative], **worker).unchanged == [negative]
    assert reasons(take_back_results([negative], **(worker | {"recall": -1}))) == ["recall_unknown"]


def test_of_two_recalls_that_cover_an_answer_the_first_takes_it_back() -> None:
    town = Town()
    answered(town, "negative", "negative")
    one, other = confirmed(town), confirmed(town, kit_lot="LOT-1")
    assert work.take_up_recalls(at=LATER) == 1
    assert [len(values) for values in answers(town).values()] == [2, 2]
    rows = {row.id: row for row in queries.recalls(by=town.dora)}
    assert (rows[one].taken_back, rows[other].taken_back) == (2, 0)
    assert {row.state for row in rows.values()} == {"recall_done"}
    assert gaps(town) == []


def test_the_dead_are_told_of_and_not_asked_for() -> None:
    town = Town()
    answered(town, "negative")
    ((waits,),) = town.sampled([1])
    read(town, {waits.tube: "negative"}, "R9")
    with scope.entered(system_actor("results"), "results.read"):
        people = [line[0] for line in sql.rows("SELECT person_id FROM sampling_swab")]
    dead = [Death(person, NOON - DAY / 4) for person in people]
    assert note_deaths(dead, by=town.dora, at=LATER).done == dead
    confirmed(town)
    assert work.take_up_recalls(at=LATER) == 1
    assert list(answers(town).values()) == [["negative", "withdrawn"]]
    assert asked(town) == []


def test_a_new_test_of_the_same_tube_answers_after_a_recall() -> None:
    """A laboratory may test what is left with another lot: a verdict of a run that nothing recalls."""
    town = Town()
    (swab,) = answered(town, "negative")
    confirmed(town)
    work.take_up_recalls(at=LATER)
    with scope.entered(system_actor("results"), "results.read"):
        sql.execute("UPDATE lab_reception SET waits_for = 'retest'")
    after = LATER + timedelta(hours=1)
    town.run("R9", {swab.tube: "positive"}, at=after)
    (verdict,) = (w.verdict for w in waiting_for_release(town.lab1, by=town.bao))
    assert release_verdicts([verdict], lab=town.lab1, by=town.bao, at=after).done
    assert answers(town) == {swab.slip: ["negative", "withdrawn", "positive"]}
    assert [g.law for g in ledger_gaps(by=town.dora, at=after)] == []


def test_the_ledger_names_an_answer_that_a_done_recall_left() -> None:
    town = Town()
    answered(town, "negative", "positive")
    number = confirmed(town, which=Which.NEGATIVES)
    with scope.entered(system_actor("results"), "results.read"):
        sql.execute("UPDATE results_recall SET done_at = %s WHERE id = %s", (LATER, number))
    assert gaps(town) == ["recalled_answer_stands"]
