"""The pages of recalls and corrections, and what a swab's page says of every version."""

from __future__ import annotations

import re
from datetime import timedelta
from importlib import import_module

import pytest
from django.core.cache import cache

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.lab.queries import runs
from som.results import queries
from som.results.commands import propose_recalls, release_verdicts
from som.results.queries import corrections_open, waiting_for_release
from som.results.rules import RecallWanted
from som.results.work import take_up_recalls
from som.sampling.rules import SwabTaken
from tests.desks import clock_at, signed_in, statements
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)
TODAY = "02/11/2026"


@pytest.fixture
def town() -> Town:
    cache.clear()
    clock_at(LATER)
    return Town()


def answered(town: Town, *found: str) -> list[SwabTaken]:
    swabs = [swab for (swab,) in town.sampled([1] * len(found))]
    town.run("R1", {s.tube: what for s, what in zip(swabs, found, strict=True)})
    waiting = [w.verdict for w in waiting_for_release(town.lab1, by=town.bao)]
    assert release_verdicts(waiting, lab=town.lab1, by=town.bao, at=NOON).done == waiting
    return swabs


def said(town: Town, **changes: object) -> dict[str, object]:
    """What the form of a recall sends."""
    given = {"lab": town.lab1, "read_from": TODAY, "read_to": TODAY, "which": "all"}
    return given | {"kit_lot": "", "reason": "đặt sai ngưỡng"} | changes


def test_a_recall_from_its_proposal_to_its_end(town: Town) -> None:
    swabs = answered(town, "negative", "positive")
    bao, dora = signed_in(town, "bao"), signed_in(town, "dora")
    assert "Nothing was ever recalled here" in bao.get("/results/recalls/").text
    proposed = bao.post("/results/recalls/new/", said(town))
    address = proposed.headers["Location"]
    page = bao.get(address).text
    assert "You proposed this recall" in page
    assert "Confirm the recall" not in page
    alone = bao.post(address, {"confirm": "1"})
    assert "Whoever proposed a recall may not confirm it." in alone.text

    page = dora.get(address).text
    assert "Confirm the recall" in page
    for name in (swabs[0].said, swabs[1].said):
        assert name is not None
        assert name.name not in page
    assert dora.post(address, {"confirm": "1"}).status_code == 302
    page = dora.get(address).text
    assert "0 of 2 results" in page
    assert "HX-Refresh" not in dora.get(f"{address}progress/").headers
    assert take_up_recalls(at=LATER) == 1
    done = dora.get(f"{address}progress/")
    assert done.headers["HX-Refresh"] == "true"
    assert "hx-trigger" not in done.text
    assert "Carried out" in dora.get(address).text
    assert "2 / 2" in dora.get("/results/recalls/").text


def test_a_proposal_is_withdrawn_on_its_page(town: Town) -> None:
    bao = signed_in(town, "bao")
    address = bao.post("/results/recalls/new/", said(town)).headers["Location"]
    assert bao.post(address, {"withdraw": "1"}).status_code == 302
    page = bao.get(address).text
    assert "Proposal withdrawn" in page
    assert 'name="confirm"' not in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"read_to": "01/11/2026"}, "The time ends before it begins."),
        ({"read_from": "03/11/2026", "read_to": "04/11/2026"}, "This day is still to come."),
        ({"read_from": "31/02/2026"}, "There is no such day."),
        ({"reason": ""}, "This field is required."),
        ({"lab": "9"}, "Select a valid choice"),
        ({"read_from": "01/01/2020"}, "The time must begin before it ends, and end by now."),
    ],
)
def test_what_a_proposal_may_not_say(town: Town, changes: dict[str, object], words: str) -> None:
    bao = signed_in(town, "bao")
    page = bao.post("/results/recalls/new/", said(town, **changes))
    assert page.status_code == 200
    assert words in page.text
    assert queries.recalls(by=town.dora) == []


def test_a_run_is_recalled_from_its_own_page(town: Town) -> None:
    answered(town, "negative")
    (run,) = runs(by=town.ben)
    bao, ben = signed_in(town, "bao"), signed_in(town, "ben")
    slot = f"/results/run/{run.id}/slot/"
    assert f"/results/recalls/run/{run.id}/" in bao.get(slot).text
    assert "/results/recalls/" not in ben.get(slot).text
    assert ben.get(f"/results/recalls/run/{run.id}/").status_code == 403
    assert signed_in(town, "long").get(f"/results/recalls/run/{run.id}/").status_code == 404
    page = bao.get(f"/results/recalls/run/{run.id}/").text
    assert "R1" in page
    assert "LOT-1" in page
    given = {"which": "negatives", "reason": "nhầm mẻ"}
    address = bao.post(f"/results/recalls/run/{run.id}/", given).headers["Location"]
    again = bao.post(f"/results/recalls/run/{run.id}/", given).headers["Location"]
    assert address == again
    (row,) = queries.recalls(by=town.dora)
    assert (row.run, row.which, queries.preview(row.id, by=town.dora).told) == (
        run.id, "negatives", 1,
    )  # fmt: skip
    assert "R1" in bao.get(address).text


def test_another_laboratory_sees_no_recall(town: Town) -> None:
    bao, long = signed_in(town, "bao"), signed_in(town, "long")
    address = bao.post("/results/recalls/new/", said(town)).headers["Location"]
    assert long.get(address).status_code == 404
    assert long.get(f"{address}progress/").status_code == 404
    assert "đặt sai ngưỡng" not in long.get("/results/recalls/").text
    assert signed_in(town, "ana").get("/results/recalls/").status_code == 403


def test_the_list_of_recalls_goes_on(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("som.results.views.recalls"), "RECALLS_SHOWN", 2)
    for n in range(3):
        begins = NOON - timedelta(hours=n + 1)
        given = RecallWanted(town.lab1, begins, NOON, f"lý do {n}")
        assert propose_recalls([given], by=town.bao, at=LATER + timedelta(minutes=n)).done
    dora = signed_in(town, "dora")
    first = dora.get("/results/recalls/").text
    assert [n for n in range(3) if f"lý do {n}" in first] == [1, 2]
    (after,) = re.findall(r"after=([^\"&]+)", first)
    second = dora.get(f"/results/recalls/?after={after}").text
    assert [n for n in range(3) if f"lý do {n}" in second] == [0]


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


def test_what_is_kept_back_says_why_on_the_reviewers_desk(town: Town) -> None:
    ((swab,),) = town.sampled([1])
    town.run("R1", {swab.tube: "negative"})
    bao = signed_in(town, "bao")
    assert "Release 1 negative" in bao.get("/results/review/").text
    bao.post("/results/recalls/new/", said(town))
    page = bao.get("/results/review/").text
    assert "A recall takes this back or is proposed to." in page
    assert "Release 1 negative" not in page


def test_a_swab_shows_every_version_with_its_reason(town: Town) -> None:
    (swab,) = answered(town, "negative")
    bao, dora, cleo = (signed_in(town, name) for name in ("bao", "dora", "cleo"))
    address = bao.post("/results/recalls/new/", said(town)).headers["Location"]
    assert dora.post(address, {"confirm": "1"}).status_code == 302
    take_up_recalls(at=LATER)
    with scope.entered(system_actor("results"), "results.read"):
        ((number,),) = sql.rows("SELECT id FROM sampling_swab WHERE slip = %s", (swab.slip,))
    page = cleo.get(f"/results/swab/{number}/").text
    assert "Version 2" in page
    assert "Recalled: đặt sai ngưỡng" in page


def test_pages_ask_as_often_for_many_as_for_few(town: Town) -> None:
    answered(town, "negative")
    dora, bao = signed_in(town, "dora"), signed_in(town, "bao")

    def propose(n: int) -> None:
        given = RecallWanted(town.lab1, NOON - timedelta(minutes=n + 1), NOON, f"lý do {n}")
        assert propose_recalls([given], by=town.bao, at=LATER).done

    propose(0)
    counts = []
    for most in (1, 12):
        for n in range(1, most):
            propose(n)
        dora.get("/results/recalls/")
        bao.get("/results/corrections/")
        counts.append(
            (statements(dora, "/results/recalls/"), statements(bao, "/results/corrections/"))
        )
    assert counts[0] == counts[1]
