"""The pages of boxes: what waits for one, handing over, and where each box stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
import zxingcpp
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from som.kernel import clock, sql
from som.lab.commands import close_manifests, receive_tubes
from som.sampling.commands import Loss, Manifest, dispatch_tubes, lose_tubes, record_swabs
from som.sampling.queries import (
    BoxTube,
    box_sent,
    hands_of_box,
    missing_from_box,
    tubes_in_box,
)
from som.sampling.views.boxes import IN_A_BLOCK, list_of_box
from som.web.scanning import AT_ONCE, codes_of
from tests.desks import clock_at, signed_in, statements
from tests.papers import codes_on, text_of
from tests.sampling.box_desks import (
    BOXES,
    HOUR,
    PACK,
    in_tray,
    page,
    scan,
    sent,
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


# What waits


def test_what_waits_is_counted_and_its_list_opens(town: Town, ana: Client) -> None:
    codes = swabbed(town, 1, 5)
    shown = page(ana, BOXES)
    assert "2 tubes" in shown
    assert f"{PACK}{session_id()}/" in shown
    listed = page(ana, f"{BOXES}waiting/?session={session_id()}")
    assert all(code in listed for code in codes)
    assert "No tube waits here" in page(signed_in(town, "egon"), BOXES)
    assert codes[0] not in page(signed_in(town, "egon"), f"{BOXES}waiting/")


def test_what_must_be_tested_soon_stands_first_and_says_so(town: Town, ana: Client) -> None:
    swabbed(town, 1, session="S2")
    (early,) = town.tubes(1)
    taken = replace(town.swab(early), taken_at=NOON - 5 * HOUR)
    assert record_swabs([taken], session="S1", by=town.ana, at=NOON).done
    assert "desk-card tone-warning" not in page(ana, BOXES)
    clock_at(NOON + 33 * HOUR)  # ten hours before the one's use-by, fourteen before the other's
    shown = page(ana, BOXES)
    assert shown.index("Chợ Bắc") < shown.index("Bến xe")
    assert shown.count("desk-card tone-warning") == 1
    clock_at(NOON + 44 * HOUR)
    assert "Past use-by" in page(ana, BOXES)


def test_a_sent_lost_or_received_tube_waits_no_more(town: Town, ana: Client) -> None:
    sent, lost, come = swabbed(town, 1, 1, 1)
    dispatch_tubes([sent], manifest=Manifest("M1", town.north, town.lab1), by=town.ana, at=NOON)
    lose_tubes([Loss(lost, "vỡ")], witness=town.cleo, by=town.ana, at=NOON)
    receive_tubes([come], lab=town.lab1, by=town.ben, at=NOON)
    assert "No tube waits here" in page(ana, BOXES)


# Where a box stands


def test_a_box_goes_from_hand_to_hand(town: Town, ana: Client) -> None:
    sent(town)
    here = f"{BOXES}B1/"
    assert "Lái xe Hai has had it for 1 h 00 min." in page(ana, here)
    given = {"giver": "Lái xe Hai", "taker": "Trực ban", "temperature": "9"}
    shown = ana.post(here, given, follow=True).content.decode()
    assert "Trực ban has the box now." in shown
    assert "Lái xe Hai → Trực ban" in shown
    assert "already" in ana.post(here, given, follow=True).content.decode()
    assert [hand.step for hand in hands_of_box("B1", by=town.ana)] == ["sent", "carried"]
    assert (
        "two different people" in ana.post(here, {"giver": "Hai", "taker": "hai"}).content.decode()
    )


def test_a_box_says_what_came_of_it(town: Town, ana: Client) -> None:
    one, two = sent(town)
    here = f"{BOXES}B1/"
    assert "On its way" in page(ana, BOXES)
    receive_tubes([one], lab=town.lab1, by=town.ben, at=NOON)
    assert "Being unpacked" in page(ana, here)
    assert "To the next pair of hands" not in page(ana, here)
    close_manifests(["B1"], lab=town.lab1, by=town.ben, at=NOON)
    shown = page(ana, here)
    assert "1 missing" in shown
    assert "1 tube is not found" in shown
    ana.post(f"{BOXES}lost/new/", {"codes": two})
    assert in_tray(town, "lost") == [two]
    lose_tubes([Loss(two, "rơi")], witness=town.cleo, by=town.ana, at=NOON)
    assert "1 lost or past its use-by" in page(ana, here)
    assert "All received" in page(ana, here)


def test_what_is_missing_is_looked_for_on_every_page_of_the_list(
    town: Town, ana: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("som.sampling.views.boxes.TUBES_SHOWN", 2)
    here, *missing = sent(town, "B1", *[1] * 5)
    receive_tubes([here], lab=town.lab1, by=town.ben, at=NOON)
    close_manifests(["B1"], lab=town.lab1, by=town.ben, at=NOON)
    lose_tubes([Loss(missing.pop(1), "rơi")], witness=town.cleo, by=town.ana, at=NOON)
    assert f">{' '.join(missing)}</textarea>" in page(ana, f"{BOXES}B1/")
    assert missing_from_box("B1", by=town.ana) == missing


def test_what_came_of_a_box_is_counted_once(town: Town, ana: Client) -> None:
    sent(town)
    page(ana, f"{BOXES}B1/")
    with CaptureQueriesContext(connection) as asked:
        page(ana, f"{BOXES}B1/")
    assert sum("AS received" in one["sql"] for one in asked) == 1


def test_several_boxes_go_on_together(town: Town, ana: Client) -> None:
    sent(town, "B1")
    sent(town, "B2")
    come = sent(town, "B3")
    receive_tubes(come, lab=town.lab1, by=town.ben, at=NOON)
    here = f"{BOXES}hand-over/"
    assert "had reached its laboratory" in scan(ana, here, "B3")
    assert "No box with this code" in scan(ana, here, "B9")
    assert "To be handed over" in scan(ana, here, "B1", "B2")
    # Nobody is named as the giver: whoever has each box, and not who writes it down.
    holders = {code: box_sent(code, by=town.ana).holder for code in ("B1", "B2")}
    given = {"send": "1", "giver": "", "taker": "Lái xe Ba"}
    assert "Lái xe Ba has 2 boxes now." in ana.post(here, given, follow=True).content.decode()
    for code, holder in holders.items():
        *_, last = hands_of_box(code, by=town.ana)
        assert (last.giver, last.taker) == (holder, "Lái xe Ba")
    assert {box_sent(code, by=town.ana).holder for code in ("B1", "B2")} == {"Lái xe Ba"}
    assert "scan them first" in ana.post(here, given).content.decode()
    scan(ana, here, "B1")
    given |= {"giver": "Ana", "taker": "ana"}
    assert "two different people" in ana.post(here, given).content.decode()
    assert in_tray(town, "hand-over") == ["B1"]


def test_strangers_see_no_box(town: Town) -> None:
    sent(town)
    egon = signed_in(town, "egon")
    assert egon.get(f"{BOXES}B1/").status_code == 404
    assert egon.get(f"{BOXES}B1/list/").status_code == 404
    assert "B1" not in page(egon, BOXES)
    assert "No box with this code" in scan(egon, f"{BOXES}hand-over/", "B1")


# What pages cost, and who opens them


@pytest.mark.parametrize("url", ["", "waiting/", "lost/", "fridge/", "hand-over/", "B1/"])
def test_a_page_takes_as_many_statements_for_many(url: str, town: Town, ana: Client) -> None:
    def more(count: int) -> None:
        for n in range(count):
            tubes = swabbed(town, 2, 1, 1)
            name = f"B{sql.rows('SELECT count(*) FROM sampling_manifest')[0][0] + 1}"
            box = Manifest(name, town.north, town.lab1)
            dispatch_tubes(tubes[:1], manifest=box, by=town.ana, at=NOON)
            lose_tubes([Loss(tubes[1], "vỡ")], witness=town.cleo, by=town.ana, at=NOON)
            ana.post(f"{PACK}{session_id()}/", {"codes": tubes[2]})
            ana.post(f"{BOXES}hand-over/", {"codes": name})
            assert n >= 0

    more(1)
    few = statements(ana, f"{BOXES}{url}")
    more(3)
    assert statements(ana, f"{BOXES}{url}") == few


def test_an_officer_sees_boxes_and_packs_none(town: Town) -> None:
    sent(town)
    cleo = signed_in(town, "cleo")
    shown = page(cleo, BOXES)
    assert "B1" in shown
    assert PACK not in shown
    assert "To the next pair of hands" not in page(cleo, f"{BOXES}B1/")
    for desk in ("hand-over/", "fridge/", "lost/new/", "waiting/"):
        assert cleo.get(f"{BOXES}{desk}").status_code == 403


@pytest.mark.slow
def test_the_list_of_a_box_prints_with_codes_to_be_scanned(town: Town, ana: Client) -> None:
    tubes = sent(town, "B1", *([1] * (IN_A_BLOCK + 1)), 5)
    answer = ana.get(f"{BOXES}B1/list/")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Cache-Control"] == "no-store"
    paper = text_of(answer.content)
    assert all(code in paper for code in tubes)
    assert "N-7" in paper
    assert "×5" in paper
    assert "Nguyễn" not in paper
    printed = list_of_box(box_sent("B1", by=town.ana), tubes_in_box("B1", by=town.ana))
    found = codes_on("sampling/boxes.typ", printed)
    assert "B1" in found
    blocks = sorted((code for code in found if code != "B1"), key=len)
    assert [len(block.split()) for block in blocks] == [2, IN_A_BLOCK]
    assert sorted(code for block in blocks for code in block.split()) == sorted(tubes)
    assert max(map(len, blocks)) <= 200  # what a scan box takes at once
    assert signed_in(town, "ben").get(f"{BOXES}B1/list/").status_code == 200
    assert signed_in(town, "long").get(f"{BOXES}B1/list/").status_code == 404


@pytest.mark.parametrize(
    "code",
    ["{} nCoV", "{}", "211005DH.03{:03}/PXN-KV2-TN", "ABCDEF{:0194}", "S9000{:06}"],
    ids=["with a blank", "short", "long", "as long as a scan box", "like ours"],
)
def test_blocks_of_foreign_codes_fit_a_scan_box_and_come_apart(town: Town, code: str) -> None:
    (own,) = sent(town, "B1", 1)
    codes = sorted([own, *(code.format(n) for n in range(1, IN_A_BLOCK + 6))])
    tubes = [BoxTube(one, 1, "screening", NOON, "sent") for one in codes]
    blocks = list_of_box(box_sent("B1", by=town.ana), tubes)["blocks"]
    said = [_said_by(block["qr"]) for block in blocks]
    assert max(map(len, said)) <= AT_ONCE
    received = [codes_of(RequestFactory().post("/", {"codes": one})) for one in said]
    assert received == [[tube["code"] for tube in block["tubes"]] for block in blocks]
    assert [one for block in received for one in block] == codes


def _said_by(drawing: str) -> str:
    """What a QR code says, read from the strokes of its drawing."""
    side = int(drawing.split('viewBox="0 0 ')[1].split()[0])
    quiet, scale = 4, 3
    wide = (side + 2 * quiet) * scale
    grey = bytearray(b"\xff" * wide * wide)
    column = row = 0
    for right, down, long in re.findall(r"m(-?\d+) (-?\d+)h(\d+)", drawing):
        column, row = column + int(right), row + int(down)
        begin = (column + quiet) * scale
        for line in range((row + quiet) * scale, (row + quiet + 1) * scale):
            at = line * wide + begin
            grey[at : at + int(long) * scale] = bytes(int(long) * scale)
        column += int(long)
    picture = memoryview(bytes(grey)).cast("B", (wide, wide))
    (found,) = zxingcpp.read_barcodes(picture, zxingcpp.BarcodeFormat.QRCode)
    return str(found.text)
