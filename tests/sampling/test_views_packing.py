"""The desk at which a box is packed by scanning, and sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from django.test import Client

from som.kernel import clock, sql
from som.kernel.ids import tube_code
from som.sampling.commands import Loss, Manifest, dispatch_tubes, lose_tubes
from som.sampling.queries import (
    box_sent,
    tubes_to_pack,
)
from tests.desks import clock_at, signed_in, statements
from tests.sampling.box_desks import (
    BOXES,
    HOUR,
    PACK,
    in_tray,
    page,
    scan,
    session_id,
    swabbed,
)
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db


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


def test_a_box_is_packed_by_scanning_and_sent(town: Town, ana: Client) -> None:
    codes = swabbed(town, 1, 5)
    here = f"{PACK}{session_id()}/"
    assert "In the box" in scan(ana, here, codes[0])
    assert "In the box already" in scan(ana, here, codes[0])
    scan(ana, here, codes[1].lower())
    assert in_tray(town) == codes
    assert "Go on packing (2)" in page(ana, BOXES)
    assert "goes out of the tray after 14 days" in page(ana, here)
    given = {"send": "1", "taker": "Lái xe Hai", "seal": "N-7", "temperature": "4,5", "code": "B1"}
    answer = ana.post(here, given, follow=True)
    shown = answer.content.decode()
    assert answer.redirect_chain[0][0] == f"{BOXES}B1/"
    assert "2 tubes are on their way in box B1." in shown
    assert all(code in shown for code in codes)
    assert in_tray(town) == []
    box = box_sent("B1", by=town.ana)
    assert (box.lab, box.giver, box.taker, box.seal) == (town.lab1, "Ana", "Lái xe Hai", "N-7")
    assert (box.temperature, box.sent, box.holder) == (Decimal("4.5"), 2, "Lái xe Hai")


def test_sent_twice_it_is_one_box(town: Town, ana: Client) -> None:
    codes = swabbed(town, 1)
    here = f"{PACK}{session_id()}/"
    scan(ana, here, *codes)
    given = {"send": "1", "taker": "Hai", "code": "B1"}
    for _ in range(2):
        assert ana.post(here, given).headers["Location"] == f"{BOXES}B1/"
    assert sql.rows("SELECT count(*) FROM sampling_manifest") == [(1,)]
    scan(ana, here, *swabbed(town, 1))
    assert "was sent already" in ana.post(here, given).content.decode()
    assert len(in_tray(town)) == 1


def test_a_tube_that_may_not_travel_is_refused_with_its_reason(town: Town, ana: Client) -> None:
    good, sent, lost = swabbed(town, 1, 1, 1)
    (other,) = swabbed(town, 1, session="S2")
    dispatch_tubes([sent], manifest=Manifest("M1", town.north, town.lab1), by=town.ana, at=NOON)
    lose_tubes([Loss(lost, "vỡ")], witness=town.cleo, by=town.ana, at=NOON)
    here = f"{PACK}{session_id()}/"
    for code, why in (
        (sent, "on another manifest"),
        (lost, "lost or expired"),
        (other, "goes to another laboratory"),
        ("S0000000000", "No tube with this code"),
        (tube_code(4_321), "No tube with this code"),
    ):
        shown = scan(ana, here, code)
        assert why in shown
        assert 'data-beep="refused"' in shown
    assert in_tray(town) == []
    assert 'data-beep="accepted"' in scan(ana, here, good)
    clock_at(NOON + 48 * HOUR)
    shown = page(ana, here)
    assert "Its use-by has passed" in shown
    assert "cannot be sent" in shown
    shown = ana.post(here, {"send": "1", "taker": "Hai", "code": "B1"}).content.decode()
    assert "Its use-by has passed" in shown
    assert in_tray(town) == [good]
    assert sql.rows("SELECT code FROM sampling_manifest") == [("M1",)]


def test_what_is_tested_on_the_spot_while_it_lies_in_the_tray_is_not_sent(
    town: Town, ana: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    stays, goes = swabbed(town, 1, 1)
    here = f"{PACK}{session_id()}/"
    scan(ana, here, stays, goes)
    found = tubes_to_pack([stays, goes], by=town.ana)
    found[stays] = replace(found[stays], tested=True)
    monkeypatch.setattr("som.sampling.queries.tubes_to_pack", lambda *_, **__: found)
    shown = ana.post(here, {"send": "1", "taker": "Hai", "code": "B1"}).content.decode()
    assert "This tube has been tested: it goes into no box." in shown
    assert in_tray(town) == [stays]
    assert box_sent("B1", by=town.ana).sent == 1


def test_what_is_refused_when_sent_stays_in_the_tray(town: Town, ana: Client) -> None:
    good, gone = swabbed(town, 1, 1)
    here = f"{PACK}{session_id()}/"
    scan(ana, here, good, gone)
    lose_tubes([Loss(gone, "vỡ")], witness=town.cleo, by=town.ana, at=NOON)
    shown = ana.post(here, {"send": "1", "taker": "Hai", "code": "B1"}).content.decode()
    assert "This tube is lost or expired." in shown
    assert in_tray(town) == [gone]
    assert box_sent("B1", by=town.ana).sent == 1


def test_a_tube_is_taken_out_again_or_all_of_them(town: Town, ana: Client) -> None:
    one, two, three = swabbed(town, 1, 1, 1)
    here = f"{PACK}{session_id()}/"
    scan(ana, here, one, two, three)
    ana.post(here, {"take": two})
    assert in_tray(town) == [one, three]
    ana.post(here, {"empty": "1"})
    assert in_tray(town) == []
    assert (
        "scan them first"
        in ana.post(here, {"send": "1", "taker": "Hai", "code": "B1"}).content.decode()
    )


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"taker": ""}, "This field is required"),
        ({"temperature": "99"}, "less than or equal to 60"),
        ({"temperature": "warm"}, "Enter a number"),
        ({"code": "a b"}, "Letters, digits, points and lines alone."),
        ({"code": "M9"}, "was sent already"),
    ],
)
def test_a_box_with_something_wrong_written_on_it_is_not_sent(
    wrong: dict[str, str], said: str, town: Town, ana: Client
) -> None:
    (code,) = swabbed(town, 1)
    elsewhere = Manifest("M9", town.south, town.lab1)
    dispatch_tubes([], manifest=elsewhere, by=town.sam, at=NOON)
    here = f"{PACK}{session_id()}/"
    scan(ana, here, code)
    given = {"send": "1", "taker": "Hai", "code": "B1", **wrong}
    assert said in ana.post(here, given).content.decode()
    assert in_tray(town) == [code]


def test_nobody_packs_for_a_session_elsewhere(town: Town, ana: Client) -> None:
    assert ana.get(f"{PACK}{session_id('S3')}/").status_code == 404
    assert signed_in(town, "egon").get(f"{PACK}{session_id()}/").status_code == 404
    assert signed_in(town, "cleo").get(f"{PACK}{session_id()}/").status_code == 403


def test_packing_takes_as_many_statements_for_many(town: Town, ana: Client) -> None:
    here = f"{PACK}{session_id()}/"
    scan(ana, here, *swabbed(town, 1))
    few = statements(ana, here)
    scan(ana, here, *swabbed(town, 1, 1, 1))
    assert statements(ana, here) == few
