"""Who may propose, confirm and withdraw a recall, and which are refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from som.access.queries import system_actor
from som.kernel import sql
from som.kernel.errors import NotAllowed, NotFound
from som.results import queries, work
from som.results.commands import (
    close_recalls,
    confirm_recalls,
    propose_recalls,
    take_back_results,
    withdraw_recalls,
)
from som.results.queries import preview
from tests.results.recalled import DAY, LATER, answered, proposed, reasons, swab_ids, wanted
from tests.results.reviews import bich
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db


def test_nobody_recalls_alone() -> None:
    town = Town()
    answered(town, "negative")
    number = proposed(town)
    given = wanted(town)
    again = propose_recalls([given, given], by=bich(town), at=LATER)
    assert (again.done, again.unchanged) == ([], [given, given])
    assert reasons(confirm_recalls([number], by=town.bao, at=LATER)) == ["recall_proposed_by_same"]
    reader = replace(town.bao, name="ben")
    assert reasons(confirm_recalls([number], by=reader, at=LATER)) == ["recall_read_by_same"]
    assert work.take_up_recalls(at=LATER) == 0
    (swab,) = swab_ids()
    worker = {"by": system_actor("results"), "at": LATER}
    early = take_back_results([swab], recall=number, **worker)
    assert reasons(early) == ["recall_not_confirmed"]
    assert reasons(close_recalls([number], **worker)) == ["recall_not_confirmed"]
    assert confirm_recalls([number, number], by=bich(town), at=LATER).done == [number]
    assert confirm_recalls([number], by=town.bao, at=LATER).unchanged == [number]
    assert reasons(withdraw_recalls([number], by=bich(town), at=LATER)) == ["recall_confirmed"]
    assert reasons(close_recalls([number], **worker)) == ["recall_not_done"]


def test_a_proposal_withdrawn_is_over_and_may_be_made_anew() -> None:
    town = Town()
    answered(town, "negative")
    number = proposed(town)
    assert withdraw_recalls([number, number], by=town.bao, at=LATER).done == [number]
    assert withdraw_recalls([number], by=town.bao, at=LATER).unchanged == [number]
    assert reasons(confirm_recalls([number], by=bich(town), at=LATER)) == ["recall_withdrawn"]
    assert queries.recall(number, by=town.dora).state == "recall_withdrawn"
    assert proposed(town) != number


def test_recalls_stay_with_whoever_answers_for_the_laboratory() -> None:
    town = Town()
    number = proposed(town)
    given = wanted(town)
    for stranger in (town.long, town.egon):
        assert reasons(propose_recalls([given], by=stranger, at=LATER)) == ["recall_not_here"]
        assert reasons(confirm_recalls([number], by=stranger, at=LATER)) == ["recall_unknown"]
        assert reasons(withdraw_recalls([number], by=stranger, at=LATER)) == ["recall_unknown"]
        assert queries.recalls(by=stranger) == []
        with pytest.raises(NotFound):
            queries.recall(number, by=stranger)
        with pytest.raises(NotFound):
            preview(number, by=stranger)
    with pytest.raises(NotAllowed):
        propose_recalls([given], by=town.ben, at=LATER)
    with pytest.raises(NotAllowed):
        queries.recalls(by=town.cleo)
    assert [lab.id for lab in queries.recall_labs(by=town.bao)] == [town.lab1]
    assert {lab.id for lab in queries.recall_labs(by=town.dora)} == {town.lab1, town.lab2}
    assert queries.recall_labs(by=town.egon) == []
    # The province's CDC follows all its laboratories.
    assert confirm_recalls([number], by=town.dora, at=LATER).done == [number]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"reason": " "}, "recall_reason_missing"),
        ({"read_to": NOON - DAY}, "recall_time_impossible"),
        ({"read_to": LATER + DAY}, "recall_time_impossible"),
        ({"read_from": NOON - 400 * DAY}, "recall_time_impossible"),
        ({"run": -1}, "recall_run_unknown"),
        ({"lab": -1}, "recall_not_here"),
    ],
)
def test_recalls_refused(changes: dict[str, object], reason: str) -> None:
    town = Town()
    outcome = propose_recalls([wanted(town, **changes)], by=town.bao, at=LATER)
    assert reasons(outcome) == [reason]
    assert queries.recalls(by=town.dora) == []


GIVEN_UP_AND_CONFIRMED = """
confirmed_by = 'bich', confirmed_at = now(), swabs = 1, withdrawn_by = 'x', withdrawn_at = now()
"""


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("confirmed_by = 'bao', confirmed_at = now(), swabs = 1", "recall_is_by_two_people"),
        ("reason = ''", "recall_has_a_reason"),
        ("which = 'some'", "recall_values_are_known"),
        ("read_to = read_from", "recall_covers_some_time"),
        ("done_at = now()", "recall_is_confirmed_whole"),
        (GIVEN_UP_AND_CONFIRMED, "recall_is_withdrawn_before"),
    ],
)
def test_what_the_database_knows_of_recalls(change: str, constraint: str) -> None:
    town = Town()
    proposed(town)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        sql.execute(f"UPDATE results_recall SET {change}")
