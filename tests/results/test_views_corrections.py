"""The page of corrections: proposed, confirmed or given up, and who was told."""

from __future__ import annotations

import sys
from datetime import timedelta

import pytest

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.lab.verdicts import Verdict
from som.places.queries import units_by_id
from som.results import queries
from som.results.commands import (
    Correction,
    confirm_corrections,
    propose_corrections,
    withdraw_corrections,
)
from som.results.queries import corrections_open
from som.sampling.rules import SwabTaken
from tests.desks import signed_in, statements
from tests.results.answered import answered as run_released
from tests.results.answered import taken
from tests.results.reviews import bich
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db


def answered(town: Town, *found: str) -> list[SwabTaken]:
    swabs = taken(town, [town.declaration() for _ in found])
    run_released(town, {s.tube: what for s, what in zip(swabs, found, strict=True)})
    return swabs


def test_a_correction_from_its_proposal_to_its_confirmation(town: Town) -> None:
    one, two = answered(town, "positive", "positive")
    bao, address = signed_in(town, "bao"), "/results/corrections/"
    assert "No correction waits here" in bao.get(address).text
    given = {
        "lab": town.lab1,
        "code": one.tube.lower(),
        "value": "negative",
        "reason": "nhầm giếng",
    }
    assert "<b>1</b> done" in bao.post(address, given).text
    assert "There is no result yet" in bao.post(address, given | {"code": "S0000000000"}).text
    assert "<b>1</b> done" in bao.post(address, given | {"code": two.tube}).text
    page = bao.get(address).text
    assert "Another person confirms it" in page
    assert 'value="confirm"' not in page
    first, second = corrections_open(town.lab1, by=town.bao)
    answer = {"lab": town.lab1, "correction": first.id, "do": "confirm"}
    assert "Whoever proposed a correction may not confirm it." in bao.post(address, answer).text
    withdrawn = answer | {"correction": second.id, "do": "withdraw"}
    assert "<b>1</b> done" in bao.post(address, withdrawn).text
    assert [c.id for c in corrections_open(town.lab1, by=town.bao)] == [first.id]
    sql.execute("UPDATE results_correction SET proposed_by = 'bich'")
    page = bao.get(address).text
    assert 'value="confirm"' in page
    assert "<b>1</b> done" in bao.post(address, answer).text
    assert corrections_open(town.lab1, by=town.bao) == []
    assert signed_in(town, "ben").get(address).status_code == 403
    assert signed_in(town, "long").post(address, answer).status_code == 403


def released_verdicts() -> list[int]:
    return [line[0] for line in sql.rows("SELECT verdict_id FROM results_release ORDER BY 1")]


def corrected(town: Town, value: str, minute: int) -> None:
    """Every answer that stands, of runs of laboratory one, corrected to this."""
    given = [Correction(verdict, Verdict(value), "nhầm giếng") for verdict in released_verdicts()]
    at = NOON + timedelta(minutes=minute)
    assert propose_corrections(given, lab=town.lab1, by=town.bao, at=at).done
    waiting = [one.id for one in corrections_open(town.lab1, by=town.bao)]
    at += timedelta(minutes=1)
    assert not confirm_corrections(waiting, lab=town.lab1, by=bich(town), at=at).refused


def test_a_correction_says_who_was_told_and_whether_they_were_told_again(town: Town) -> None:
    answered(town, "positive")
    bao, address = signed_in(town, "bao"), "/results/corrections/"
    assert "Nothing was corrected yet" in bao.get(address).text
    corrected(town, "negative", 5)
    (row,) = queries.corrections_decided(by=town.bao)
    reach = queries.correction_reaches([row.id], by=town.bao)[row.id]
    assert (reach.people, reach.asked_again, reach.no_phone) == (1, 0, 0)
    # The telephone and every unit that had heard of the positive.
    assert [(one.unit is None, one.before, one.now, one.sent, one.seen) for one in reach.heard] == [
        (True, 1, 1, 0, 0),
        *[(False, 1, 1, 0, 0)] * (len(reach.heard) - 1),
    ]
    assert {one.unit for one in reach.heard} >= {None, town.north}
    page = bao.get(address).text
    north = units_by_id([town.north])[town.north].name
    assert f"{north}: told before 1, now 1, sent 0" in page
    assert "By telephone: told before 1, now 1, sent 0" in page

    # One acknowledges, the notices leave the house; then it turns out to be a doubt.
    with scope.entered(system_actor("delivery"), "notices.read"):
        sql.execute("UPDATE notices_notice SET delivered_at = written_at")
        sql.execute(
            "UPDATE notices_notice SET acknowledged_at = written_at, acknowledged_by = 'cleo'"
            " WHERE to_unit_id = %s",
            (town.north,),
        )
    page = bao.get(address).text
    assert f"{north}: told before 1, now 1, sent 1, acknowledged 1" in page
    corrected(town, "inconclusive", 15)
    newest, _ = queries.corrections_decided(by=town.bao)
    assert (newest.was, newest.value, newest.decided_by) == ("negative", "inconclusive", "bich")
    reach = queries.correction_reaches([newest.id], by=town.bao)[newest.id]
    assert (reach.people, reach.asked_again, reach.swabbed_again) == (1, 1, 0)
    assert "asked for again 1, swabbed again 0" in bao.get(address).text


def test_whoever_has_no_telephone_and_what_was_given_up_are_named(town: Town) -> None:
    (one,) = taken(town, [town.declaration(phone="")])
    run_released(town, {one.tube: "negative"})
    given = [Correction(verdict, Verdict.POSITIVE, "nhầm giếng") for verdict in released_verdicts()]
    assert propose_corrections(given, lab=town.lab1, by=town.bao, at=NOON).done
    (waits,) = corrections_open(town.lab1, by=town.bao)
    assert withdraw_corrections([waits.id], lab=town.lab1, by=town.bao, at=NOON).done
    bao, address = signed_in(town, "bao"), "/results/corrections/"
    page = bao.get(address).text
    assert "Nobody: the answer stands as it was" in page
    corrected(town, "positive", 5)
    page = bao.get(address).text
    assert "Without a telephone 1" in page
    assert "By telephone" not in page
    long = signed_in(town, "long").get(address).text
    assert one.tube not in long, "another laboratory's"


def test_the_list_of_corrections_goes_on_and_asks_as_often_for_many(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["som.results.views.corrections"], "DECIDED_SHOWN", 3)
    answered(town, "positive", "positive")
    bao, address = signed_in(town, "bao"), "/results/corrections/"
    corrected(town, "negative", 5)
    few = statements(bao, address)
    corrected(town, "inconclusive", 15)
    assert statements(bao, address) == few
    first = bao.get(address)
    assert len(first.context["decided"]) == 3
    second = bao.get(f"{address}?after={first.context['after']}")
    assert len(second.context["decided"]) == 1
    assert second.context["after"] == ""
