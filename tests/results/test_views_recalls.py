"""The pages of recalls and corrections, and what a swab's page says of every version."""

from __future__ import annotations

import re
from datetime import timedelta
from importlib import import_module

import pytest

from som.access.queries import system_actor
from som.kernel import audit, scope, sql
from som.kernel.errors import NotFound
from som.lab.queries import runs
from som.places.queries import units_by_id
from som.results import queries
from som.results.commands import propose_recalls, release_verdicts
from som.results.queries import waiting_for_release
from som.results.rules import RecallWanted
from som.results.work import take_up_recalls
from som.sampling.rules import SwabTaken
from tests.desks import signed_in, statements, stranger
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)
TODAY = "02/11/2026"


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

    again = bao.post("/results/recalls/new/", said(town))
    assert again.headers["Location"] == address
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


def recalled(town: Town, *found: str) -> tuple[list[SwabTaken], int, str]:
    """Answers of a run that were taken back: their swabs, the run and the recall's address."""
    swabs = answered(town, *found)
    bao, dora = signed_in(town, "bao"), signed_in(town, "dora")
    (row,) = runs(by=town.ben)
    given = {"which": "all", "reason": "nhầm mẻ"}
    address = bao.post(f"/results/recalls/run/{row.id}/", given).headers["Location"]
    assert dora.post(address, {"confirm": "1"}).status_code == 302
    assert take_up_recalls(at=LATER) == 1
    return swabs, row.id, address


def test_without_one_of_its_buttons_nothing_is_confirmed(town: Town) -> None:
    answered(town, "negative")
    address = signed_in(town, "bao").post("/results/recalls/new/", said(town)).headers["Location"]
    dora = signed_in(town, "dora")
    for sent in ({}, {"x": "1"}):
        assert dora.post(address, sent).status_code == 400
    (row,) = queries.recalls(by=town.dora)
    assert row.open


def test_a_taken_back_answer_is_so_wherever_the_tube_is_looked_for(town: Town) -> None:
    (one, _), run, address = recalled(town, "positive", "negative")
    for name in ("cleo", "ana", "ben", "bao"):
        page = signed_in(town, name).get(f"/where/?code={one.tube}").text
        assert "Answer taken back" in page, name
        assert "Its way has ended" not in page, name
        assert "Its people are to be swabbed again" in page, name
        assert (address in page) is (name == "bao"), name
    (line,) = queries.where_is(one.tube, by=town.ben, at=LATER)
    assert line.run == run


def test_what_waited_for_release_when_its_run_was_recalled_says_so(town: Town) -> None:
    ((swab,),) = town.sampled([1])
    town.run("R1", {swab.tube: "negative"})
    bao, dora = signed_in(town, "bao"), signed_in(town, "dora")
    address = bao.post("/results/recalls/new/", said(town)).headers["Location"]
    assert "To be released" in bao.get(f"/where/?code={swab.tube}").text
    assert dora.post(address, {"confirm": "1"}).status_code == 302
    page = bao.get(f"/where/?code={swab.tube}").text
    assert "Answer taken back" in page
    assert "To be released" not in page


def test_a_runs_page_says_that_it_is_recalled_and_offers_it_no_more(town: Town) -> None:
    answered(town, "negative")
    (run,) = runs(by=town.ben)
    bao, ben, dora = (signed_in(town, name) for name in ("bao", "ben", "dora"))
    slot, offer = f"/results/run/{run.id}/slot/", f"/results/recalls/run/{run.id}/"
    given = {"which": "all", "reason": "nhầm mẻ"}
    address = bao.post(offer, given).headers["Location"]
    page = bao.get(slot).text
    assert "A recall of this run was proposed" in page
    assert address in page
    assert offer not in page
    assert dora.post(address, {"confirm": "1"}).status_code == 302
    assert "is being taken back" in ben.get(slot).text
    assert take_up_recalls(at=LATER) == 1
    page = ben.get(slot).text
    assert "was taken back" in page
    assert address not in page, "the technician may not open recalls"


def test_the_reviewers_desk_says_which_runs_are_to_be_recalled(town: Town) -> None:
    ((swab,),) = town.sampled([1])
    town.run("R1", {swab.tube: "negative"})
    bao = signed_in(town, "bao")
    address = bao.post("/results/recalls/new/", said(town)).headers["Location"]
    page = bao.get("/results/review/").text
    assert "A recall of this run was proposed" in page
    assert address in page


def test_a_recall_names_its_run_its_day_and_its_people_by_their_names(town: Town) -> None:
    _, _, address = recalled(town, "negative")
    dora = signed_in(town, "dora")
    page, listed = dora.get(address).text, dora.get("/results/recalls/").text
    for shown in (page, listed):
        assert "R1" in shown
        assert "02/11/2026" in shown
        assert "Bao" in shown
    assert page.count("nhầm mẻ") == 1
    assert "Dora" in page
    assert queries.reach(int(address.split("/")[-2]), by=town.dora).told == 1


def test_a_recall_says_in_which_communes_and_names_nobody(town: Town) -> None:
    swabs = answered(town, "negative", "negative")
    bao, dora = signed_in(town, "bao"), signed_in(town, "dora")
    address = bao.post("/results/recalls/new/", said(town)).headers["Location"]
    number = int(address.split("/")[-2])
    with scope.entered(system_actor("results"), "results.read"):
        homes = sql.rows("SELECT coalesce(residence_id, unit_id) FROM sampling_swab")
    wanted = sorted({(unit, homes.count((unit,))) for (unit,) in homes}, key=lambda one: -one[1])
    assert queries.localities(number, by=town.dora) == wanted
    assert dora.post(address, {"confirm": "1"}).status_code == 302
    assert take_up_recalls(at=LATER) == 1
    assert queries.localities(number, by=town.dora) == wanted, "what was taken back is counted"
    page = dora.get(address).text
    assert units_by_id([wanted[0][0]])[wanted[0][0]].name in page
    for swab in swabs:
        assert swab.said is not None
        assert swab.said.name not in page
    with pytest.raises(NotFound):
        queries.localities(number, by=town.long)


def test_whom_a_recall_concerns_is_shown_masked_to_who_reads_results_there(town: Town) -> None:
    swabs = answered(town, "negative", "negative")
    bao, dora = signed_in(town, "bao"), signed_in(town, "dora")
    address = bao.post("/results/recalls/new/", said(town)).headers["Location"]
    (unit, number), *_ = queries.localities(int(address.split("/")[-2]), by=town.dora)
    people = f"{address}people/{unit}/"
    assert people in dora.get(address).text
    assert people not in bao.get(address).text, "a laboratory knows no names"
    for _confirmed in range(2):
        page = dora.get(people).text
        shown = [swab for swab in swabs if swab.tube in page]
        assert len(shown) == number
        for swab in shown:
            assert swab.said is not None
            assert swab.said.name not in page
        dora.post(address, {"confirm": "1"})
        take_up_recalls(at=LATER)
    with scope.entered(system_actor("results"), "results.read"):
        person = sql.rows(
            "SELECT person_id FROM sampling_swab WHERE tube_id = (SELECT id FROM"
            " sampling_tube WHERE code = %s)",
            (shown[0].tube,),
        )[0][0]
    noted = audit.entries_about(person, by=town.dora, at=LATER)
    assert [one.action for one in noted].count("results.people_of_recall") == 2
    assert bao.get(people).status_code == 403
    assert signed_in(town, "cleo").get(people).status_code == 403
    assert signed_in(town, "long").get(people).status_code == 404
    assert stranger().get(people).status_code == 302
