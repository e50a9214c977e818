"""The pages that find a tube, a pool, a slip or a person, and how far each has come."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client

from som.access.commands import give_assignments, open_accounts
from som.access.queries import full_names, system_actor
from som.access.rules import NewAccount, NewAssignment
from som.kernel import ids, scope, sql
from som.lab.commands import load_plates
from som.lab.rules import Loading, LoadKind
from som.people.commands import Naming, name_walk_ins
from som.people.rules import Declaration, Sex
from som.results.commands import release_verdicts
from som.results.queries import where_is
from som.results.rules import sealed
from som.sampling.commands import record_swabs
from tests.desks import BACKEND, clock_at, open_account, signed_in, statements, stranger
from tests.people.test_views_persons import known
from tests.results.test_views import release, waiting
from tests.results.test_views_look_up import without_token
from tests.sampling.test_views_walk_ins import walked_in
from tests.town import KIT, NOON, Town

pytestmark = pytest.mark.django_db


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
    open_account(town, "ben")
    page = signed_in(town, "ana").get("/where/?code=P1").text
    assert "The run is to be read" in page
    assert full_names(["ben"])["ben"] in page, "by name, not by user name"
    assert "Nothing with the code" in signed_in(town, "long").get("/where/?code=P1").text


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
        assert "Nothing with the code" in pages[0]
    egon = signed_in(town, "egon")
    assert "Swab taken" not in egon.post("/where/", {"code": swab.slip}).text


def test_a_name_nobody_has_is_no_code(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    dora = signed_in(town, "dora")
    page = dora.post("/where/", {"code": "Tráng Thị Không Ai"}).text
    assert "Nobody called Tráng Thị Không Ai" in page
    assert "Family name first" in page
    assert 'href="/people/"' in page
    assert "Nothing with the code" not in page
    assert "Nothing with the code" in dora.post("/where/", {"code": "S0000999999"}).text
    ben = signed_in(town, "ben").post("/where/", {"code": "Tráng Thị Không Ai"}).text
    assert "Nothing with the code" in ben, "a laboratory looks for nobody"
    (swab,) = town.sampled([1])[0]
    assert swab.said is not None
    more = "Only these are shown: type more"
    found = dora.post("/where/", {"code": swab.said.name})
    assert len(found.context["lines"]) == 1
    assert more not in found.text
    monkeypatch.setattr(sys.modules["som.results.views.where"], "FOUND_SHOWN", 1)
    assert more in dora.post("/where/", {"code": swab.said.name}).text


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
    way = careful.post("/where/", {"code": swab.slip}).headers["location"]
    assert way.startswith("/sign-in/")
    assert swab.slip not in way


def test_where_costs_the_same_for_every_code(town: Town) -> None:
    one, pool = (swabs[0].tube for swabs in town.sampled([1, 5]))
    ana = signed_in(town, "ana")
    assert statements(ana, f"/where/?code={one}") == statements(ana, f"/where/?code={pool}")


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


def test_a_printed_slip_leads_to_its_swab_and_says_whether_it_holds(town: Town) -> None:
    ((swab,),) = town.sampled([1])
    holds, replaced = "still holds", "no longer holds"
    waits = sealed(swab.slip, 0, settings.SECRET_KEY)
    ana = signed_in(town, "ana")
    page = ana.post("/where/", {"code": waits}).text
    assert swab.tube in page
    assert holds in page
    town.run("PLATE1", {swab.tube: "negative"})
    release(town)
    assert replaced in ana.post("/where/", {"code": waits}).text
    now = sealed(swab.slip, 1, settings.SECRET_KEY)
    for typed in (now, now.lower().replace(".", " "), f"https://som.vn/look-up/#{now}"):
        page = ana.post("/where/", {"code": typed}).text
        assert swab.tube in page
        assert holds in page
    assert ana.get("/where/", {"code": now}).headers["location"] == "/where/"
    forged = now[:-1] + ("2" if now[-1] != "2" else "3")
    page = ana.post("/where/", {"code": forged}).text
    assert swab.tube not in page
    assert holds not in page


def test_a_slip_of_elsewhere_says_nothing_of_its_seal(town: Town) -> None:
    ((swab,),) = town.sampled([1])
    code = sealed(swab.slip, 0, settings.SECRET_KEY)
    for name in ("egon", "ben"):
        page = signed_in(town, name).post("/where/", {"code": code}).text
        assert "Nothing with the code" in page
        assert "holds:" not in page
        assert swab.tube not in page


def test_a_card_leads_to_its_walk_in_and_once_named_to_the_tube(town: Town) -> None:
    ((person, card),) = walked_in(town)
    cleo = signed_in(town, "cleo")
    answer = cleo.post("/where/", {"code": card.lower()})
    assert answer.headers["location"] == f"/sampling/walk-ins/{person}/"
    assert cleo.get("/where/", {"code": card}).headers["location"] == "/where/"
    for name in ("egon", "ben"):
        page = signed_in(town, name).post("/where/", {"code": card}).text
        assert "Nothing with the code" in page
    naming = Naming(person, Declaration("Nông Thị Ổn", Sex.FEMALE, birth_year=1960))
    assert name_walk_ins([naming], unit=town.north, by=town.cleo, at=NOON).done
    page = cleo.post("/where/", {"code": card}).text
    assert "Swab taken" in page
    assert "Nông Thị Ổn" not in page
    assert "Swab taken" not in signed_in(town, "egon").post("/where/", {"code": card}).text


def test_a_given_name_with_the_year_of_birth_is_enough(town: Town) -> None:
    known(town, Declaration("Nông Thị Ổn", Sex.FEMALE, birth_year=1957, residence=town.north))
    ana = signed_in(town, "ana")
    assert [line.row.person.name for line in _lines(ana, "Ổn 1957")] == ["Nông Thị Ổn"]
    assert _lines(ana, "on 1956") == []
    assert _lines(signed_in(town, "egon"), "Ổn 1957") == []


def _lines(client: Client, words: str) -> list[Any]:
    return list(client.post("/where/", {"code": words}).context["lines"])
