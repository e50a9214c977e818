"""The pooling bench and extraction batches: scanned into a tray, made by a label. No names anywhere."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from som.kernel import ids, sql
from som.lab.commands import make_pools
from som.lab.rules import (
    PoolAdvice,
    PoolMade,
    PoolRefusal,
    Received,
    WaitsFor,
    code_after,
    pool_size,
    scanned_for_pools,
)
from som.lab.rules.pooling import cost_a_tube
from som.sampling.commands import lay_in_trays
from som.sampling.queries import tray
from som.sampling.rules import Laid
from tests.desks import signed_in, statements
from tests.town import NOON, Town

database = pytest.mark.django_db


def lying(town: Town, desk: str = "") -> list[str]:
    return [line.code for line in tray(desk or f"pool:{town.lab1}", by=town.ben)]


def scan(client: Client, *codes: str, url: str = "/lab/pools/", shown: str | None = None) -> str:
    """Scan on a page opened now; `shown`: what an older page sends of the tray that it showed."""
    said = {"codes": "\n".join(codes), "tray": shown_by(client.get(url).text, looked=True)}
    said |= {} if shown is None else {"tray": shown}
    return client.post(url, said, headers={"HX-Request": "true"}).text


def shown_by(page: str, *, looked: bool = False) -> str:
    """What a page sends of the tray with each scan. `looked`: its button was pressed where it asks."""
    asks = re.search(r'<button[^>]* name="tray" value="(\w+)"', page) if looked else None
    sends = asks or re.search(r'<input type="hidden" name="tray" value="(\w*)" form="scan"', page)
    return sends[1] if sends else ""


# --- pure ----------------------------------------------------------------------------------------


@given(tested=st.integers(0, 5_000), rate=st.floats(0, 1), most=st.integers(2, 10))
def test_no_other_size_costs_fewer_tests(tested: int, rate: float, most: int) -> None:
    positive = round(tested * rate)
    found = pool_size(tested, positive, most)
    if not tested:
        assert found.size == most
        assert found.advice is PoolAdvice.NOTHING_TESTED
        return
    costs = {n: cost_a_tube(n, positive / tested) for n in range(2, most + 1)}
    if found.advice is PoolAdvice.ALONE:
        assert found.size == 1
        assert min(costs.values()) >= 1
    else:
        assert costs[found.size] == min(costs.values()) < 1


def test_sizes_that_dorfman_published() -> None:
    """His table: 1 of 100 in groups of 11 saves 80 %, 1 of 20 in groups of 5 saves 57 %."""
    assert (pool_size(10_000, 100, 30).size, pool_size(10_000, 100, 30).tests_a_hundred) == (11, 20)
    assert (pool_size(10_000, 500, 30).size, pool_size(10_000, 500, 30).tests_a_hundred) == (5, 43)
    assert pool_size(100, 40, 10).advice is PoolAdvice.ALONE


@pytest.mark.parametrize(
    ("code", "following"),
    [("G-0009", "G-0010"), ("P99", "P100"), ("LAB", ""), ("7", "8"), ("A" * 30 + "99", "")],
)
def test_the_code_that_follows(code: str, following: str) -> None:
    assert code_after(code) == following


TUBE = Received(1, 1, "screening", NOON + timedelta(hours=9), WaitsFor.TEST, False)


def test_labels_close_the_pool_of_the_tubes_scanned_before_them() -> None:
    here = dict.fromkeys(["A1", "A2", "A3", "A4", "A5"], TUBE)
    found = scanned_for_pools(
        ["A2", "A2", "P1", "A3", "P2", "A4", "P2", "A5", "P1", "OLD"],
        ["A1"],
        here=here,
        tube_codes=(),
        pools={"OLD"},
        most=3,
        at=NOON,
    )
    assert found.pools == [PoolMade("P1", ("A1", "A2")), PoolMade("P2", ("A3", "A4"))]
    assert found.laid == ["A2", "A3", "A4", "A5"]
    assert found.again == ["A2"]
    assert found.left == ["A5"]
    assert [(one.item, one.reason) for one in found.refused] == [
        ("P2", PoolRefusal.TOO_FEW),
        ("P1", PoolRefusal.CODE_TAKEN),
        ("OLD", PoolRefusal.CODE_TAKEN),
    ]


def test_what_is_no_label_of_a_pool_makes_none() -> None:
    here = dict.fromkeys(["A1", "A2"], TUBE)
    wrong = {
        ids.tube_code(7): PoolRefusal.NOT_HERE,
        ids.tube_code(7)[:-1] + "X": PoolRefusal.NOT_HERE,
        ids.tube_code(7)[:-2]: PoolRefusal.NOT_HERE,
        "foreign.1": PoolRefusal.NOT_HERE,
        ids.card_code(3): PoolRefusal.CODE_UNREADABLE,
        ids.new_slip_code(): PoolRefusal.CODE_UNREADABLE,
        "a label": PoolRefusal.CODE_UNREADABLE,
    }
    found = scanned_for_pools(
        list(wrong), list(here), here=here, tube_codes={"foreign.1"}, pools=(), most=9, at=NOON
    )
    assert not found.pools
    assert {one.item: one.reason for one in found.refused} == wrong


# --- the pooling bench ---------------------------------------------------------------------------


@pytest.mark.slow
@database
def test_tubes_then_their_label_make_a_pool(town: Town) -> None:
    tubes = [swab.tube for (swab,) in town.sampled([1, 1, 1])]
    ben = signed_in(town, "ben")
    page = ben.get("/lab/pools/").text
    assert "No tube scanned yet" in page
    assert all(code in page for code in tubes)
    for code in tubes[:2]:
        assert "In the pool" in scan(ben, code)
    assert lying(town) == tubes[:2]
    assert "Scanned before" in scan(ben, tubes[0])
    page = scan(ben, "P-001")
    assert "Pool made" in page
    assert lying(town) == []
    made = sql.rows("SELECT code, size, made_by FROM lab_pool")
    assert made == [("P-001", 2, "ben")]
    assert "Scanned before" in scan(ben, "P-001")
    assert "tube of the pool is in test already" in scan(ben, tubes[0])
    listed = ben.get("/lab/pools/").text
    assert "/lab/pools/P-001/" in listed
    assert listed.count(tubes[2]) == 1
    assert tubes[0] not in listed


@pytest.mark.slow
@database
def test_what_is_scanned_stays_and_may_be_taken_out(town: Town) -> None:
    tubes = [swabs[0].tube for swabs in town.sampled([1, 1, 3])]
    ben = signed_in(town, "ben")
    scan(ben, *tubes)
    assert lying(town) == tubes[:2]
    page = signed_in(town, "ben").get("/lab/pools/").text
    assert f'name="take" value="{tubes[0]}"' in page
    assert tubes[2] not in page
    ben.post("/lab/pools/", {"take": tubes[0]})
    assert lying(town) == tubes[1:2]
    assert "A pool needs at least two tubes." in scan(ben, "P-1")
    ben.post("/lab/pools/", {"empty": "1"})
    assert lying(town) == []


@database
def test_a_label_pools_what_its_page_showed_and_nothing_scanned_elsewhere(town: Town) -> None:
    tubes = [swab.tube for (swab,) in town.sampled([1] * 6)]
    one, two = signed_in(town, "ben"), signed_in(town, "ben")
    shown = shown_by(scan(one, *tubes[:3]))
    also = scan(two, *tubes[3:5], shown=shown)
    # The label at the first bench: its page knows of three tubes, five lie here.
    page = scan(one, "P-1", shown=shown)
    assert "Other tubes lie here than this page showed: look again." in page
    assert all(code in page for code in tubes[:5])
    assert sql.rows("SELECT 1 FROM lab_pool") == []
    assert lying(town) == tubes[:5]
    # It stays so, whatever is scanned, until somebody says that he looked.
    assert shown_by(page) == ""
    page = scan(one, tubes[5], "P-1", shown=shown_by(page))
    assert lying(town) == tubes
    assert sql.rows("SELECT 1 FROM lab_pool") == []
    assert "Make pool" not in page
    page = one.post("/lab/pools/", {"tray": shown_by(page, looked=True)}).text
    for code in tubes[3:]:
        page = one.post("/lab/pools/", {"take": code, "tray": shown_by(page)}).text
    scan(one, "P-1", shown=shown_by(page))
    assert sql.rows("SELECT size FROM lab_pool") == [(3,)]
    assert shown_by(also) != shown_by(page)


@database
def test_tubes_left_lying_are_in_no_pool_before_somebody_looked(town: Town) -> None:
    tubes = [swab.tube for (swab,) in town.sampled([1] * 4)]
    scan(signed_in(town, "ben"), *tubes[:2])
    ben = signed_in(town, "ben")
    page = ben.get("/lab/pools/").text
    assert "Look what lies here." in page
    scan(ben, *tubes[2:], "P-1", shown=shown_by(page))
    assert sql.rows("SELECT 1 FROM lab_pool") == []
    page = scan(ben, "P-1", shown=shown_by(ben.get("/lab/pools/").text, looked=True))
    assert sql.rows("SELECT size FROM lab_pool") == [(4,)]
    assert "Look what lies here." not in page


@database
def test_codes_sent_again_after_a_lost_answer_are_known_to_their_page(town: Town) -> None:
    tubes = [swab.tube for (swab,) in town.sampled([1] * 4)]
    ben = signed_in(town, "ben")
    shown = shown_by(scan(ben, *tubes[:2]))
    scan(ben, tubes[2], shown=shown)
    page = scan(ben, tubes[2], tubes[3], "P-1", shown=shown)
    assert "Pool made" in page
    assert sql.rows("SELECT size FROM lab_pool") == [(4,)]
    assert "Scanned before" in scan(ben, "P-1", shown=shown)


@database
def test_the_code_of_a_box_a_plate_or_a_batch_is_no_label_of_a_pool(town: Town) -> None:
    tubes = [swab.tube for (swab,) in town.sampled([1, 1, 1])]
    ((box,),) = sql.rows("SELECT code FROM sampling_manifest")
    ben = signed_in(town, "ben")
    ben.post("/lab/plates/", {"plate": "PL1", "kit": "n1_n2_rp_multiplex", "size": "96"})
    ben.post("/lab/batches/", {"batch": "E-7", "kit": "magbead", "kit_lot": "L1"})
    scan(ben, *tubes)
    for code in (box, "PL1", "E-7"):
        assert "This is the code of a box, a plate or an extraction batch." in scan(ben, code)
    assert sql.rows("SELECT 1 FROM lab_pool") == []
    assert lying(town) == tubes


@database
def test_the_next_number_is_offered_and_the_advised_size_is_said(town: Town) -> None:
    tubes = [swab.tube for (swab,) in town.sampled([1] * 6)]
    town.pooled("G-0009", tubes[:2])
    ben = signed_in(town, "ben")
    assert "as many as the rule allows" in ben.get("/lab/pools/").text
    page = scan(ben, *tubes[2:4])
    assert "Make pool G-0010" in page
    town.run("R1", {tubes[4]: "positive", tubes[5]: "positive"})
    assert "Better tested alone." in scan(ben, "G-0010")
    assert sql.rows("SELECT size FROM lab_pool WHERE code = 'G-0010'") == [(2,)]


@database
def test_a_tube_that_was_loaded_meanwhile_is_marked_and_keeps_its_pool_from_being_made(
    town: Town,
) -> None:
    tubes = [swab.tube for (swab,) in town.sampled([1, 1, 1])]
    ben = signed_in(town, "ben")
    scan(ben, *tubes[:2])
    make_pools([PoolMade("X-1", tuple(tubes[1:]))], lab=town.lab1, by=town.ben, at=NOON)
    page = ben.get("/lab/pools/").text
    assert "A tube of the pool is in test already, or was answered." in page
    assert "in test already" in scan(ben, "P-1")
    assert lying(town) == tubes[:2]


@database
def test_a_pools_page_says_where_each_member_stands(town: Town) -> None:
    tubes = [swab.tube for (swab,) in town.sampled([1, 1])]
    town.pooled("P1", tubes)
    ben = signed_in(town, "ben")
    assert "Waiting" in ben.get("/lab/pools/P1/").text
    town.run("R1", {"P1": "positive"})
    page = ben.get("/lab/pools/P1/").text
    assert "Positive" in page
    assert "/lab/plates/R1/" in page
    assert page.count("To be retested") == 2
    town.run("R2", {tubes[0]: "positive", tubes[1]: "negative"})
    page = ben.get("/lab/pools/P1/").text
    assert page.count("/lab/plates/R2/") == 2
    assert "Negative" in page


@database
def test_the_reviewer_sees_the_bench_and_scans_nothing(town: Town) -> None:
    (tube,) = [swab.tube for (swab,) in town.sampled([1])]
    bao = signed_in(town, "bao")
    page = bao.get("/lab/pools/").text
    assert tube in page
    assert "data-scanning" not in page
    assert bao.post("/lab/pools/", {"codes": tube}).status_code == 403
    assert signed_in(town, "ana").get("/lab/pools/").status_code == 403
    assert signed_in(town, "long").get("/lab/pools/P1/").status_code == 404


@database
def test_another_laboratorys_pool_is_not_found(town: Town) -> None:
    town.pooled("P1", [swab.tube for (swab,) in town.sampled([1, 1])])
    assert signed_in(town, "bao").get("/lab/pools/P1/").status_code == 200
    assert signed_in(town, "long").get("/lab/pools/P1/").status_code == 404
    assert signed_in(town, "long").get(f"/lab/pools/?lab={town.lab1}").status_code == 403


@pytest.mark.slow
@database
def test_pages_of_pools_cost_the_same_however_many_there_are(town: Town) -> None:
    tubes = [swab.tube for (swab,) in town.sampled([1] * 12)]
    town.pooled("P1", tubes[:2])
    ben = signed_in(town, "ben")
    scan(ben, tubes[2])
    few = [statements(ben, url) for url in ("/lab/pools/", "/lab/pools/P1/")]
    scan(ben, tubes[3], "P2")
    for number in range(3, 6):
        town.pooled(f"P{number}", tubes[2 * number - 2 : 2 * number])
    lay_in_trays([Laid(f"pool:{town.lab1}", code) for code in tubes[10:]], by=town.ben, at=NOON)
    assert [statements(ben, url) for url in ("/lab/pools/", "/lab/pools/P1/")] == few


# --- extraction batches --------------------------------------------------------------------------


@pytest.mark.slow
@database
def test_a_batch_is_begun_scanned_into_and_goes_on_a_plate_with_its_name(town: Town) -> None:
    tubes = [swab.tube for (swab,) in town.sampled([1, 1, 1])]
    town.pooled("P1", tubes[:2])
    ben = signed_in(town, "ben")
    given = {"batch": "E-7", "kit": "magbead", "kit_lot": "L1"}
    assert ben.post("/lab/batches/", given).headers["Location"] == "/lab/batches/E-7/"
    page = scan(ben, "P1", tubes[2], tubes[0], "FOREIGN", url="/lab/batches/E-7/")
    assert lying(town, f"batch:{town.lab1}:E-7") == ["P1", tubes[2]]
    assert "in test already" in page
    assert "not at this laboratory" in page
    assert "2 without a plate" in ben.get("/lab/batches/").text
    ben.post("/lab/plates/", {"plate": "PL1", "kit": "n1_n2_rp_multiplex", "size": "96"})
    plate = "/lab/plates/PL1/"
    assert "look again" in ben.post(plate, {"act": "fill:E-7:1"}).text
    page = ben.post(plate, {"act": "fill:E-7:2"}).text
    assert "2 planned" in page
    page = ben.post(plate, {"act": "control:negative", "batch": "E-7"}).text
    page = ben.post(plate, {"act": "lay", "tray": shown_by(page)}).text
    assert lying(town, f"batch:{town.lab1}:E-7") == []
    assert sql.rows(
        "SELECT l.sample FROM lab_load l JOIN lab_batch b ON b.id = l.batch_id ORDER BY l.id"
    ) == [("P1",), (tubes[2],), ("NEG-E-7",)]
    assert "/lab/plates/PL1/" in ben.get("/lab/batches/E-7/").text


@database
def test_a_batch_of_another_lot_is_refused_and_stays_typed(town: Town) -> None:
    ben = signed_in(town, "ben")
    given = {"batch": "E-7", "kit": "magbead", "kit_lot": "L1"}
    ben.post("/lab/batches/", given)
    page = ben.post("/lab/batches/", {**given, "kit_lot": "L2"}).text
    assert "This batch was extracted with another kit." in page
    assert 'value="L2"' in page
    assert "two to thirty-two" in ben.post("/lab/batches/", {**given, "batch": "e 7"}).text
    assert ben.get("/lab/batches/E-8/").status_code == 404
    assert 'value="magbead"' in ben.get("/lab/batches/").text


@pytest.mark.slow
@database
def test_pages_of_batches_cost_the_same_however_much_lies_in_them(town: Town) -> None:
    tubes = [swab.tube for (swab,) in town.sampled([1] * 4)]
    ben = signed_in(town, "ben")
    urls = ("/lab/batches/", "/lab/batches/E-1/")
    ben.post("/lab/batches/", {"batch": "E-1", "kit": "magbead", "kit_lot": "L1"})
    scan(ben, tubes[0], url="/lab/batches/E-1/")
    few = [statements(ben, url) for url in urls]
    for number in range(2, 5):
        ben.post("/lab/batches/", {"batch": f"E-{number}", "kit": "magbead", "kit_lot": "L1"})
    scan(ben, *tubes[1:], url="/lab/batches/E-1/")
    assert [statements(ben, url) for url in urls] == few
    ben.post("/lab/batches/E-1/", {"take": tubes[0]})
    assert lying(town, f"batch:{town.lab1}:E-1") == tubes[1:]
    ben.post("/lab/batches/E-1/", {"empty": "1"})
    assert lying(town, f"batch:{town.lab1}:E-1") == []


def test_a_tube_that_waits_for_its_list_is_said_to_be_here() -> None:
    code = ids.tube_code(7)
    found = scanned_for_pools(
        [code], [], here={}, tube_codes={code}, pools=(), most=9, at=NOON, unlisted={code}
    )
    assert [(one.item, one.reason) for one in found.refused] == [(code, PoolRefusal.UNLISTED)]
