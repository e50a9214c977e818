"""The pages of results: release by a second person, where is it, and the public look-up."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from som.access.commands import give_assignments, open_accounts
from som.access.queries import full_names, system_actor
from som.access.rules import NewAccount, NewAssignment
from som.kernel import ids, scope, sql
from som.lab.commands import load_plates
from som.lab.rules import Loading, LoadKind
from som.lab.verdicts import Verdict
from som.results.commands import (
    Correction,
    confirm_corrections,
    confirm_recalls,
    propose_corrections,
    propose_recalls,
    release_verdicts,
)
from som.results.queries import corrections_open, recalls, waiting_for_release, where_is
from som.results.rules import DriftRule, RecallWanted
from som.results.work import take_up_rates, take_up_recalls
from som.sampling.commands import record_swabs
from som.sampling.lists import ReportedResult
from som.sampling.rules import SwabTaken
from tests.desks import BACKEND, clock_at, signed_in, statements, stranger
from tests.laws.results import reported
from tests.town import KIT, NOON, Town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    cache.clear()
    clock_at(NOON + timedelta(hours=1))
    return Town()


def waiting(town: Town) -> list[int]:
    return [w.verdict for w in waiting_for_release(town.lab1, by=town.bao)]


def release(town: Town) -> None:
    assert not release_verdicts(waiting(town), lab=town.lab1, by=town.bao, at=NOON).refused


# --- review


def test_review_is_for_reviewers(town: Town) -> None:
    assert stranger().get("/results/review/").headers["Location"].startswith("/sign-in/")
    for name in ("ana", "ben", "egon"):
        assert signed_in(town, name).get("/results/review/").status_code == 403


def test_a_second_person_releases_negatives_together_and_exceptions_each(town: Town) -> None:
    found = ["negative", "negative", "negative", "positive"]
    tubes = [swabs[0].tube for swabs in town.sampled([1] * 4)]
    town.run("PLATE1", dict(zip(tubes, found, strict=True)))
    bao = signed_in(town, "bao")
    page = bao.get("/results/review/").text
    assert "Release 3 negatives" in page
    assert tubes[3] in page
    assert "PLATE1" in page
    buttons = re.findall(r'name="verdicts" value="([0-9,]+)"', page)
    assert [len(button.split(",")) for button in buttons] == [3, 1]
    for button, done in zip(buttons, (3, 1), strict=True):
        after = bao.post("/results/review/", {"lab": town.lab1, "verdicts": button}).text
        assert f"<b>{done}</b> done" in after
    assert "Nothing waits for you" in after
    again = bao.post("/results/review/", {"lab": town.lab1, "verdicts": buttons[0]}).text
    assert "<b>0</b> done" in again
    assert "<b>3</b> already so" in again
    assert waiting(town) == []


def test_whoever_read_the_run_may_not_release_it(town: Town) -> None:
    (swab,) = town.sampled([1])[0]
    town.run("PLATE1", {swab.tube: "negative"}, by=replace(town.ben, name="bao"))
    bao = signed_in(town, "bao")
    page = bao.get("/results/review/").text
    assert "You read this run" in page
    assert "Release 1 negative" not in page
    (verdict,) = waiting(town)
    after = bao.post("/results/review/", {"lab": town.lab1, "verdicts": str(verdict)}).text
    assert "Whoever read the run may not release it." in after
    assert swab.tube in after
    assert waiting(town) == [verdict]


def test_another_laboratorys_reviewer_releases_nothing_here(town: Town) -> None:
    (swab,) = town.sampled([1])[0]
    town.run("PLATE1", {swab.tube: "positive"})
    long = signed_in(town, "long")
    assert swab.tube not in long.get("/results/review/").text
    (verdict,) = waiting(town)
    there = long.post("/results/review/", {"lab": town.lab1, "verdicts": str(verdict)})
    assert there.status_code == 403
    here = long.post("/results/review/", {"lab": town.lab2, "verdicts": str(verdict)}).text
    assert "This laboratory has no such verdict." in here
    assert swab.tube not in here
    assert waiting(town) == [verdict]


def test_members_of_a_positive_pool_are_shown_as_held(town: Town) -> None:
    one, other = (swabs[0].tube for swabs in town.sampled([1, 1]))
    town.pooled("P1", [one, other])
    town.run("PLATE1", {"P1": "positive"})
    town.run("PLATE2", {one: "negative"})
    page = signed_in(town, "bao").get("/results/review/").text
    assert "Waits until the other members of its positive pool are tested" in page


def test_a_run_beyond_its_limits_is_marked_where_it_is_released(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    loose = DriftRule(tail=0.001, weight=200, least=3, least_usual=6, days=14)
    monkeypatch.setattr(DriftRule, "of", lambda _: loose)
    for number, value in enumerate(("negative", "negative", "positive")):
        tubes = [group[0].tube for group in town.sampled([1] * 6)]
        read_at = NOON - timedelta(hours=30) if value == "negative" else NOON
        town.run(f"R{number}", dict.fromkeys(tubes, value), at=read_at)
    bao = signed_in(town, "bao")
    assert "Rates out of their limits" not in bao.get("/results/review/").text
    take_up_rates(at=NOON)
    page = bao.get("/results/review/").text
    # Of the laboratory, and of the one run.
    assert page.count("Rates out of their limits") == 2
    assert "before releasing more" in page


def kept_back(town: Town, tubes: list[str]) -> None:
    """Tubes read negative of which the same was reported and released meanwhile."""
    town.run(f"R{tubes[0]}", dict.fromkeys(tubes, "negative"))
    reported(town, dict.fromkeys(tubes, ReportedResult.NEGATIVE))


def test_what_an_answer_keeps_back_is_noted_and_closed_with_a_reason(town: Town) -> None:
    ((swab,),) = town.sampled([1])
    kept_back(town, [swab.tube])
    (verdict,) = waiting(town)
    bao = signed_in(town, "bao")
    page = bao.get("/results/review/").text
    assert "Kept back by an answer" in page
    assert "Its people were answered already" in page
    assert 'name="verdicts"' not in page
    given = {"lab": town.lab1, "close": verdict, "reason": ""}
    missing = bao.post("/results/review/", given).text
    assert "Say why: a decision needs a reason." in missing
    for name, status in (("ben", 403), ("egon", 403), ("long", 403)):
        sent = signed_in(town, name).post("/results/review/", given | {"reason": "x"})
        assert sent.status_code == status
    assert waiting(town) == [verdict]
    after = bao.post("/results/review/", given | {"reason": "đã có kết quả"}).text
    assert "<b>1</b> done" in after
    assert waiting(town) == []
    assert "Kept back by an answer" not in bao.get("/results/review/").text


def test_what_is_kept_back_costs_the_same_for_many(town: Town) -> None:
    kept_back(town, [swab.tube for (swab,) in town.sampled([1])])
    bao = signed_in(town, "bao")
    before = statements(bao, "/results/review/")
    kept_back(town, [swab.tube for (swab,) in town.sampled([1] * 20)])
    assert statements(bao, "/results/review/") == before


def test_review_costs_the_same_for_many(town: Town) -> None:
    (first,) = town.sampled([1])[0]
    town.run("PLATE1", {first.tube: "positive"})
    bao = signed_in(town, "bao")
    before = statements(bao, "/results/review/")
    town.run("PLATE2", {swabs[0].tube: "negative" for swabs in town.sampled([1] * 30)})
    assert statements(bao, "/results/review/") == before


# --- where is it


def test_where_asks_a_stranger_to_sign_in() -> None:
    assert stranger().get("/where/?code=S0000000017").status_code == 302


def test_the_way_of_a_tube_station_by_station(town: Town) -> None:
    (swab,) = town.sampled([1])[0]
    ana = signed_in(town, "ana")
    page = ana.get(f"/where/?code={swab.tube.lower()}").text
    for station in ("Swab taken", "Handed over with a manifest", "Received at the laboratory"):
        assert station in page
    assert "To be put on a plate" in page
    assert "Result promised by" in page
    town.run("PLATE1", {swab.tube: "negative"})
    assert "To be released by a second person" in ana.get(f"/where/?code={swab.tube}").text
    release(town)
    page = ana.post("/where/", {"code": ids.printed_slip_code(swab.slip)}).text
    assert "Its way has ended" in page
    assert "Result released" in page
    assert "negative" not in page, "whoever took the swab does not read results"
    page = signed_in(town, "cleo").get(f"/where/?code={swab.tube}").text
    assert "Result released: negative" in page
    assert "Run read: negative" not in page, "until its release a run is the laboratory's"
    assert swab.said is not None
    assert swab.said.name not in page


def test_a_positive_pool_says_what_its_people_wait_for(town: Town) -> None:
    tube = town.sampled([3])[0][0].tube
    town.run("PLATE1", {tube: "positive"})
    release(town)
    page = signed_in(town, "cleo").get(f"/where/?code={tube}").text
    assert "Pool positive: its people are to be tested alone" in page
    assert "Result released: positive" not in page


def test_a_pools_code_finds_its_tubes_and_what_is_next_is_their_own_plate(town: Town) -> None:
    one, other = (swabs[0].tube for swabs in town.sampled([1, 1]))
    town.pooled("P1", [one, other])
    town.run("PLATE1", {"P1": "positive"})
    loaded = load_plates(
        [Loading(LoadKind.TUBE, one, ("A1",))],
        plate="PLATE2", size=96, kit=KIT, lab=town.lab1, by=town.ben, at=NOON,
    )  # fmt: skip
    assert loaded.done
    release_verdicts(waiting(town), lab=town.lab1, by=town.bao, at=NOON + timedelta(hours=1))
    ways = {way.tube: way.next for way in where_is("P1", by=town.ben, at=NOON)}
    assert ways == {one: "read", other: "loaded"}
    page = signed_in(town, "ben").get("/where/?code=P1").text
    assert "The run is to be read" in page
    assert full_names(["ben"])["ben"] in page, "by name, not by user name"
    assert "No sample with the code" in signed_in(town, "long").get("/where/?code=P1").text


def test_a_tube_is_found_by_its_code_in_groups(town: Town) -> None:
    tube = town.sampled([1])[0][0].tube
    grouped = f" {tube[:4]} {tube[4:8]}-{tube[8:]} "
    assert tube in signed_in(town, "ana").post("/where/", {"code": grouped}).text


def test_a_foreign_code_with_small_letters_is_found(town: Town) -> None:
    town.sampled([1])
    sql.execute("UPDATE sampling_tube SET code = '2 nCoV' WHERE swabs > 0")
    assert "Swab taken" in signed_in(town, "ana").post("/where/", {"code": "2 nCoV"}).text


def test_the_work_plan_counts_what_waits_for_release(town: Town) -> None:
    tubes = [swabs[0].tube for swabs in town.sampled([1] * 3)]
    town.run("PLATE1", {tubes[0]: "positive", tubes[1]: "negative", tubes[2]: "negative"})
    found = {}
    for name in ("bao", "long"):
        page = signed_in(town, name).get("/results/review/slot/").text
        found[name] = re.findall(r'count-value">(\d+)<', page)
    assert found == {"bao": ["1", "2"], "long": ["0", "0"]}
    assert signed_in(town, "egon").get("/results/review/slot/").status_code == 403


def test_a_run_says_who_released_it(town: Town) -> None:
    town.run("PLATE1", {swabs[0].tube: "negative" for swabs in town.sampled([1] * 2)})
    ben = signed_in(town, "ben")
    (address,) = re.findall(r'hx-get="(/results/run/\d+/slot/)"', ben.get(run_url(ben)).text)
    assert "Nothing of this run" in ben.get(address).text
    release(town)
    assert "2 verdicts, by bao" in ben.get(address, headers={"hx-request": "true"}).text
    assert signed_in(town, "long").get(address).status_code == 404
    assert signed_in(town, "egon").get(address).status_code == 403


def run_url(client: Client) -> str:
    """The address of the newest run as the list gives it."""
    return re.findall(r'href="(/lab/runs/\d+/)"', client.get("/lab/runs/").text)[0]


def test_an_auditor_finds_a_person_by_number_or_slip(town: Town) -> None:
    (swab,) = town.sampled([1])[0]
    assert swab.said is not None
    setup = system_actor("setup")
    open_accounts([NewAccount("lan", "Lan", town.province)], by=setup, at=NOON)
    role = NewAssignment("lan", "auditor", None, None, date(2026, 1, 1))
    assert give_assignments([role], by=setup, at=NOON).done
    lan = stranger()
    lan.force_login(get_user_model().objects.get(username="lan"), BACKEND)
    assert "/results/find-person/" in lan.get("/audit/").text
    found = {
        lan.post("/results/find-person/", {"code": code}).headers["location"]
        for code in (swab.slip, ids.printed_slip_code(swab.slip), swab.said.number)
    }
    assert len(found) == 1
    assert "Recorded a swab" in lan.get(found.pop()).text
    nobody = lan.post("/results/find-person/", {"code": "000"}, follow=True)
    assert "No person has this identity number or slip code." in nobody.text
    egon = signed_in(town, "egon").post("/results/find-person/", {"code": swab.slip})
    assert egon.status_code == 403


def test_late_is_said(town: Town) -> None:
    (swab,) = town.sampled([1])[0]
    clock_at(NOON + timedelta(days=3))
    page = signed_in(town, "ben").get(f"/where/?code={swab.tube}").text
    assert "Late" in page
    assert "The use-by has passed: it may not be tested." in page


def test_an_unknown_code_and_one_elsewhere_look_alike(town: Town) -> None:
    (swab,) = town.sampled([1])[0]
    nowhere = town.tubes(1)[0]
    for name in ("egon", "long"):
        client = signed_in(town, name)
        pages = [
            without_token(client.get(f"/where/?code={code}").text).replace(code, "CODE")
            for code in (swab.tube, nowhere)
        ]
        assert pages[0] == pages[1]
        assert "No sample with the code" in pages[0]
    egon = signed_in(town, "egon")
    assert "Swab taken" not in egon.post("/where/", {"code": swab.slip}).text


def test_no_slip_stands_in_an_address(town: Town) -> None:
    (swab,) = town.sampled([1])[0]
    ana = signed_in(town, "ana")
    for typed in (swab.slip, ids.printed_slip_code(swab.slip).lower()):
        answer = ana.get("/where/", {"code": typed})
        assert (answer.status_code, answer.headers["location"]) == (302, "/where/")
        assert swab.tube in ana.post("/where/", {"code": typed}).text
    for page in ("/", "/where/"):
        (form,) = re.findall(r'<form[^>]*action="/where/"[^>]*>', ana.get(page).text)
        assert 'method="post"' in form
    careful = Client(enforce_csrf_checks=True)
    careful.cookies = ana.cookies
    assert careful.post("/where/", {"code": swab.slip}).status_code == 403


def test_where_costs_the_same_for_every_code(town: Town) -> None:
    one, pool = (swabs[0].tube for swabs in town.sampled([1, 5]))
    ana = signed_in(town, "ana")
    assert statements(ana, f"/where/?code={one}") == statements(ana, f"/where/?code={pool}")


# --- the public look-up


def without_token(page: str) -> str:
    """A page without what differs at every request: the form's token and the time."""
    page = re.sub(r'"csrfmiddlewaretoken" value="\w+"', "", page)
    page = re.sub(r"Updated at [0-9:]+ ", "", page)
    return re.sub(r'"X-CSRFToken": "\w+"', "", page)


def asked(client: Client, slip: str, **second: str) -> str:
    response = client.post("/look-up/", {"slip": slip, **second})
    assert response.status_code == 200
    assert "no-store" in response.headers["Cache-Control"]
    return response.text


def born(swab: SwabTaken) -> str:
    assert swab.said is not None
    assert swab.said.birth_date is not None
    return f"{swab.said.birth_date:%d/%m/%Y}"


def test_the_look_up_needs_no_sign_in_and_speaks_vietnamese_first() -> None:
    page = Client().get("/look-up/").text
    assert '<html lang="vi">' in page
    assert 'name="slip"' in page
    assert "Look up your result" in stranger().get("/look-up/").text


def test_every_answer_in_clear_words(town: Town) -> None:
    found = ["positive", "negative", "inconclusive"]
    singles = [swabs[0] for swabs in town.sampled([1] * 3)]
    pool, held, under_way = town.sampled([2, 2, 1])
    client = stranger()
    assert "Your sample is on its way" in asked(
        client, under_way[0].slip, birth_date=born(under_way[0])
    )
    shown = dict(zip((s.tube for s in singles), found, strict=True))
    town.run("PLATE1", shown | {pool[0].tube: "negative", held[0].tube: "positive"})
    release(town)
    words = ["The virus was found in your sample.", "not found in your sample.", "Inconclusive"]
    for swab, said in zip(singles, words, strict=True):
        page = asked(client, swab.slip, birth_date=born(swab))
        assert said in page
        assert swab.said is not None
        assert swab.said.name not in page
        assert swab.said.name.split()[-1] in page
    assert "Negative, by pooled test" in asked(client, pool[1].slip, birth_date=born(pool[1]))
    assert "Another swab is needed" in asked(client, held[1].slip, birth_date=born(held[1]))
    clock_at(NOON + timedelta(days=2))
    assert "Your result is late" in asked(client, under_way[0].slip, birth_date=born(under_way[0]))


def test_a_screening_laboratory_only_suspects(town: Town) -> None:
    (swab,) = town.sampled([1], session="S2")[0]
    town.run("PLATE9", {swab.tube: "positive"}, lab=town.lab2, by=town.lan)
    ids_ = [w.verdict for w in waiting_for_release(town.lab2, by=town.long)]
    release_verdicts(ids_, lab=town.lab2, by=town.long, at=NOON)
    page = asked(stranger(), swab.slip, birth_date=born(swab))
    assert "Suspected positive" in page
    assert "must confirm it" in page


def test_a_correction_says_that_it_is_one(town: Town) -> None:
    (swab,) = town.sampled([1])[0]
    town.run("PLATE1", {swab.tube: "positive"})
    (verdict,) = waiting(town)
    release(town)
    given = [Correction(verdict, Verdict.NEGATIVE, "nhầm giếng")]
    assert propose_corrections(given, lab=town.lab1, by=town.bao, at=NOON).done
    assert "This corrects" not in asked(stranger(), swab.slip, birth_date=born(swab))
    other = replace(town.bao, name="bich")
    (proposed,) = corrections_open(town.lab1, by=other)
    assert confirm_corrections([proposed.id], lab=town.lab1, by=other, at=NOON).done
    page = asked(stranger(), swab.slip, birth_date=born(swab))
    assert "This corrects an earlier answer." in page
    assert "not found in your sample." in page


def test_birth_year_and_the_end_of_the_telephone_do_as_well(town: Town) -> None:
    said = town.declaration(birth_date=None, birth_year=1957, phone="0912345678")
    swab = town.swab(town.tubes(1)[0], said=said)
    assert not record_swabs([swab], session="S1", by=town.ana, at=NOON).refused
    client = stranger()
    assert "on its way" in asked(client, swab.slip, birth_year="1957", phone_end="5678")
    for wrong in ({"birth_year": "1957", "phone_end": "5679"}, {"birth_date": "01/01/1957"}):
        assert "No result for this code" in asked(client, swab.slip, **wrong)


@pytest.mark.parametrize("written", ["5/3/1957", "05-03-1957", "05.03.1957", "05031957"])
def test_dates_as_people_write_them(town: Town, written: str) -> None:
    swab = town.swab(town.tubes(1)[0], said=town.declaration(birth_date=date(1957, 3, 5)))
    assert not record_swabs([swab], session="S1", by=town.ana, at=NOON).refused
    page = asked(stranger(), f" {ids.printed_slip_code(swab.slip).lower()} ", birth_date=written)
    assert "Your sample is on its way" in page


def test_a_wrong_code_and_a_wrong_identifier_get_the_same_page(town: Town) -> None:
    (swab,) = town.sampled([1])[0]
    nobodys = ids.new_slip_code(town.random)
    client = stranger()
    for second in ({"birth_date": "01/01/1901"}, {"birth_year": "1901", "phone_end": "0000"}):
        pages = [
            without_token(asked(client, slip, **second)).replace(slip, "SLIP")
            for slip in (swab.slip, nobodys)
        ]
        assert pages[0] == pages[1]
        assert "No result for this code and these details" in pages[0]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"slip": ""}, "Type the code printed on your slip."),
        ({"slip": "0000-0000-0000-Z"}, "missing or misread"),
        ({"birth_date": "5.1957"}, "Type day, month and year"),
        ({"birth_date": "1957"}, "With the year alone"),
        ({"birth_date": "31/02/1957"}, "There is no such day."),
        ({}, "or use the other way"),
        ({"birth_year": "1957"}, "Type four digits."),
        ({"phone_end": "1234"}, "Type the year of birth."),
    ],
)
def test_what_is_missing_is_said(town: Town, typed: dict[str, str], said: str) -> None:
    page = stranger().post("/look-up/", {"slip": ids.new_slip_code(town.random)} | typed)
    assert said in page.text


def test_trying_one_slip_is_limited_and_an_answer_takes_the_count_back(town: Town) -> None:
    (swab,) = town.sampled([1])[0]
    client = stranger()
    typed = {"slip": swab.slip, "birth_date": "01/01/1901"}
    for _ in range(9):
        assert client.post("/look-up/", typed).status_code == 200
    asked(client, swab.slip, birth_date=born(swab))
    for _ in range(10):
        assert client.post("/look-up/", typed).status_code == 200
    refused = client.post("/look-up/", typed)
    assert refused.status_code == 429
    assert "Too many tries" in refused.text
    right = client.post("/look-up/", typed | {"birth_date": born(swab)})
    assert right.status_code == 429
    assert "on its way" not in right.text
    other = client.post("/look-up/", typed | {"slip": ids.new_slip_code(town.random)})
    assert other.status_code == 200


def test_trying_many_slips_from_one_address_is_limited(town: Town) -> None:
    client = stranger()
    typed = {"birth_date": "01/01/1901"}
    for _ in range(120):
        slip = ids.new_slip_code(town.random)
        assert client.post("/look-up/", typed | {"slip": slip}).status_code == 200
    slip = ids.new_slip_code(town.random)
    assert client.post("/look-up/", typed | {"slip": slip}).status_code == 429


def test_the_look_up_costs_the_same_found_or_not(town: Town) -> None:
    (swab,) = town.sampled([1])[0]
    client = stranger()
    counts = []
    asked(client, swab.slip, birth_date="01/01/1901")
    for slip in (swab.slip, ids.new_slip_code(town.random)):
        with CaptureQueriesContext(connection) as found:
            asked(client, slip, birth_date="01/01/1901")
        counts.append(len([q for q in found if "cache" not in q["sql"]]))
    assert counts[0] == counts[1]


def test_a_swab_leads_to_the_other_swabs_of_its_person(town: Town) -> None:
    ((first,),) = town.sampled([1])
    later = replace(first, slip=ids.new_slip_code(town.random), tube=town.tubes(1)[0])
    assert record_swabs([later], session="S2", by=town.ana, at=NOON).done
    with scope.entered(system_actor("results"), "results.read"):
        (one,), (other,) = sql.rows("SELECT id FROM sampling_swab ORDER BY id")
    page = signed_in(town, "cleo").get(f"/results/swab/{other}/").text
    assert "Other swabs of this person" in page
    assert f"/results/swab/{one}/" in page
    assert "No answer yet" in page


def discordant(town: Town) -> list[str]:
    """A positive pool P1 neither of whose two members is: the members' tubes."""
    tubes = [swab.tube for (swab,) in town.sampled([1, 1])]
    town.pooled("P1", tubes)
    town.run("PLATE1", {"P1": "positive"})
    release(town)
    town.run("PLATE2", dict.fromkeys(tubes, "negative"))
    return tubes


def decided() -> list[tuple[str, str, str]]:
    return sql.rows("SELECT decision, reason, decided_by FROM results_pooldecision")


@pytest.mark.parametrize("choice", ["negative", "again"])
def test_a_named_person_decides_a_discordant_pool_on_the_reviewers_desk(
    town: Town, choice: str
) -> None:
    tubes = discordant(town)
    bao = signed_in(town, "bao")
    page = bao.get("/results/review/").text
    assert "Discordant pool" in page
    assert all(tube in page for tube in tubes)
    sent = {"lab": town.lab1, "pool": "P1", "reason": "đường cong xấu"}
    for missing in ({"reason": "", "decide": choice}, {}):
        again = bao.post("/results/review/", sent | missing).text
        assert decided() == []
        assert "required" in again or "needs a reason" in again
    done = bao.post("/results/review/", sent | {"decide": choice}).text
    assert "<b>1</b> done" in done
    assert "Discordant pool" not in done
    assert decided() == [(choice, "đường cong xấu", "bao")]


def test_a_discordant_pool_is_decided_by_nobody_from_outside(town: Town) -> None:
    discordant(town)
    sent = {"lab": town.lab1, "pool": "P1", "reason": "x", "decide": "negative"}
    assert "P1" not in signed_in(town, "long").get("/results/review/").text
    for name in ("long", "ben", "ana", "egon"):
        assert signed_in(town, name).post("/results/review/", sent).status_code == 403
    assert stranger().post("/results/review/", sent).status_code == 302
    assert decided() == []


def test_whoever_read_a_run_of_the_pool_is_told_that_somebody_else_decides(town: Town) -> None:
    discordant(town)
    sql.execute("UPDATE lab_run SET read_by = 'bao'")
    bao = signed_in(town, "bao")
    page = bao.get("/results/review/").text
    assert "somebody else must decide" in page
    assert 'name="decide"' not in page


def test_discordant_pools_cost_the_same_for_many(town: Town) -> None:
    discordant(town)
    bao = signed_in(town, "bao")
    before = statements(bao, "/results/review/")
    tubes = [swab.tube for (swab,) in town.sampled([1] * 10)]
    for n in range(5):
        town.pooled(f"PQ{n}", tubes[2 * n : 2 * n + 2])
    town.run("PLATE3", {f"PQ{n}": "positive" for n in range(5)})
    town.run("PLATE4", dict.fromkeys(tubes, "negative"))
    assert statements(bao, "/results/review/") == before


def test_a_release_of_nothing_says_so(town: Town) -> None:
    page = signed_in(town, "bao").post("/results/review/", {}).text
    assert "Nothing was chosen, so nothing was released." in page


def test_a_withdrawn_positive_still_says_to_keep_away_from_others(town: Town) -> None:
    (swab,) = town.sampled([1])[0]
    town.run("PLATE1", {swab.tube: "positive"})
    release(town)
    given = [RecallWanted(town.lab1, NOON - timedelta(days=1), NOON + timedelta(days=1), "nhầm")]
    late = NOON + timedelta(days=2)
    assert propose_recalls(given, by=town.bao, at=late).done
    (row,) = recalls(by=town.dora)
    assert confirm_recalls([row.id], by=town.dora, at=late).done
    assert take_up_recalls(at=late) == 1
    page = asked(stranger(), swab.slip, birth_date=born(swab))
    assert "is withdrawn" in page
    assert "This corrects" not in page
    assert "Taken back at" in page
    assert "keep away from others" in page
    assert "call 115" in page
