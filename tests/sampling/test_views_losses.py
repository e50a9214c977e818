"""Tubes lost before their test and tubes kept at the station: the desks of both."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.test import Client

from som.kernel import clock, sql
from som.lab.commands import receive_tubes, reject_tubes
from som.lab.rules import Rejection, RejectReason
from som.results.work import take_up_lost
from som.sampling.commands import Loss, Manifest, dispatch_tubes, lose_tubes
from tests.desks import beside, clock_at, open_account, signed_in, tray_shown
from tests.sampling.box_desks import BOXES, HOUR, in_tray, page, scan, swabbed
from tests.town import NOON, Town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_hashing")]


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    clock_at(NOON + HOUR)
    yield
    clock.forget()


@pytest.fixture
def town() -> Town:
    return Town()


@pytest.fixture
def ana(town: Town) -> Client:
    return signed_in(town, "ana")


def test_lost_tubes_take_two_people_and_their_people_are_asked_again(
    town: Town, ana: Client
) -> None:
    pool, other = swabbed(town, 2, 1)
    here = f"{BOXES}lost/new/"
    assert "No tube with this code" in scan(ana, here, "S0000000000")
    scan(ana, here, pool)
    given = {"send": "1", "reason": "broken", "note": "rơi xuống sông"} | tray_shown(ana, here)
    assert "This field is required" in ana.post(here, given).content.decode()
    assert in_tray(town, "lost") == [pool]
    given |= beside(town, "cleo")
    shown = ana.post(here, given, follow=True).content.decode()
    assert "1 tube is noted as lost" in shown
    assert "Broken: rơi xuống sông" in shown
    assert in_tray(town, "lost") == []
    take_up_lost(at=NOON + HOUR)
    (tube,) = sql.rows("SELECT id FROM sampling_tube WHERE code = %s", (pool,))[0]
    people = page(ana, f"{BOXES}lost/{tube}/")
    assert people.count("Requested") == 2
    assert page(signed_in(town, "egon"), f"{BOXES}lost/").count(pool) == 0
    assert signed_in(town, "egon").get(f"{BOXES}lost/{tube}/").status_code == 404
    (whole,) = sql.rows("SELECT id FROM sampling_tube WHERE code = %s", (other,))[0]
    assert ana.get(f"{BOXES}lost/{whole}/").status_code == 404


def test_two_people_say_of_what_the_page_showed_that_it_is_lost(town: Town, ana: Client) -> None:
    shown, other = swabbed(town, 1, 1)
    here = f"{BOXES}lost/new/"
    given = {"send": "1", "reason": "leaked", "note": ""} | beside(town, "cleo")
    empty = ana.post(here, given | tray_shown(ana, here)).content.decode()
    assert "There is no tube on the list yet" in empty
    scan(ana, here, shown)
    given |= tray_shown(ana, here)
    after = scan(ana, here, other)
    assert 'name="witness_password"' in after, "with a tube more the password is typed anew"
    refused = ana.post(here, given).content.decode()
    assert "Other tubes lie here than this page showed" in refused
    assert sql.rows("SELECT count(*) FROM sampling_tube WHERE lost_at IS NOT NULL") == [(0,)]
    assert sql.rows(
        "SELECT count(*) FROM kernel_auditentry WHERE action LIKE 'access.second_person%%'"
    ) == [(0,)]
    sent = ana.post(here, given | tray_shown(ana, here), follow=True).content.decode()
    assert "2 tubes are noted as lost" in sent


def test_opening_the_people_of_a_lost_tube_is_noted(town: Town, ana: Client) -> None:
    (code,) = swabbed(town, 1)
    lose_tubes([Loss(code, "vỡ")], witness=town.cleo, by=town.ana, at=NOON)
    (tube,) = sql.rows("SELECT id FROM sampling_tube")[0]
    assert "Not asked" in page(ana, f"{BOXES}lost/{tube}/")
    noted = "SELECT cardinality(persons) FROM kernel_auditentry WHERE action = %s"
    assert sql.rows(noted, ("sampling.people_of_lost_tube",)) == [(1,)]


def test_tubes_go_into_the_fridge_by_scanning(town: Town, ana: Client) -> None:
    cold, warm, gone = swabbed(town, 1, 1, 1)
    dispatch_tubes([gone], manifest=Manifest("M1", town.north, town.lab1), by=town.ana, at=NOON)
    here = f"{BOXES}fridge/"
    given = {"kind": "fridge", "temperature": "4,5", "codes": cold}
    shown = ana.post(here, given, headers={"HX-Request": "true"}).content.decode()
    assert "In the fridge" in shown
    assert "In a cold box" in shown
    for wrong, said in (
        ({"codes": gone}, "This tube is not here"),
        ({"codes": warm, "temperature": "12"}, "Nothing is kept in this way"),
        ({"codes": warm, "temperature": "hot"}, "Enter a number"),
    ):
        assert said in ana.post(here, given | wrong).content.decode()
    shown = ana.post(here, {"kind": "room", "codes": warm}).content.decode()
    assert "it must be tested sooner" in shown
    assert "Kept warm" in page(ana, f"{BOXES}waiting/")
    kept = "SELECT kind, temperature, lab_id FROM sampling_storage ORDER BY id"
    assert sql.rows(kept) == [("fridge", Decimal("4.5"), None), ("room", None, None)]


def test_what_a_laboratory_rejects_was_not_lost_here(town: Town, ana: Client) -> None:
    lost, leaking = swabbed(town, 1, 1)
    lose_tubes([Loss(lost, "vỡ")], witness=town.cleo, by=town.ana, at=NOON)
    assert receive_tubes([leaking], lab=town.lab1, by=town.ben, at=NOON).done
    given = [Rejection(leaking, RejectReason.LEAKING)]
    open_account(town, "bao")
    assert reject_tubes(given, lab=town.lab1, witness=town.bao, by=town.ben, at=NOON + HOUR).done
    shown = page(ana, f"{BOXES}lost/")
    assert lost in shown
    assert leaking not in shown
