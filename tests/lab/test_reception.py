"""Boxes that come before their list: nothing is turned away, and nobody is answered too early."""

from __future__ import annotations

from datetime import timedelta

import pytest

from som.access.queries import system_actor
from som.kernel import ids, sql
from som.kernel.errors import NotAllowed
from som.lab.commands import receive_listed, receive_tubes
from som.lab.queries import unlisted_tubes, waiting_tubes
from som.lab.rules import ReceptionRefusal
from som.lab.work import take_up_listed
from som.results.queries import ledger_gaps
from som.sampling.commands import (
    Loss,
    Manifest,
    SheetWanted,
    Voiding,
    close_sessions,
    dispatch_tubes,
    expire_tubes,
    lose_tubes,
    print_sheets,
    record_swabs,
    void_labels,
)
from som.sampling.queries import custody, tubes_with_codes
from som.sampling.rules import ArrivalRefusal, PrintedLine, TubeClass, VoidReason
from tests.desks import clock_at, signed_in
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

EARLY = NOON - timedelta(hours=2)
WORKER = system_actor("lab")
SETTLED = timedelta(minutes=15)


def come(town: Town, *codes: str) -> None:
    assert receive_tubes(codes, lab=town.lab1, by=town.ben, at=EARLY).done == list(codes)


def why(town: Town) -> dict[str, str]:
    return {row.code: row.why for row in unlisted_tubes(town.lab1, by=town.ben)}


def bench(town: Town) -> dict[str, object]:
    return {row.code: row.received_at for row in waiting_tubes(town.lab1, by=town.ben)}


def record(town: Town, *tubes: str, session: str = "S1", at: object = NOON) -> None:
    swabs = [town.swab(tube) for tube in tubes]
    assert not record_swabs(swabs, session=session, by=town.ana, at=at).refused  # type: ignore[arg-type]


def test_a_box_without_a_list_waits_and_is_received_as_of_when_it_came() -> None:
    town = Town()
    ours, (foreign) = town.tubes(1)[0], "211005DH.03001"
    come(town, ours, foreign)
    again = receive_tubes([ours, foreign], lab=town.lab1, by=town.ben, at=NOON)
    assert again.unchanged == [ours, foreign]
    assert (why(town), bench(town)) == ({ours: "", foreign: ""}, {})
    assert take_up_listed(by=WORKER, at=NOON) == 0

    record(town, ours, foreign)
    box = Manifest("M1", town.north, town.lab1)
    assert not dispatch_tubes([ours, foreign], manifest=box, by=town.ana, at=NOON).refused
    assert take_up_listed(by=WORKER, at=NOON) == 2
    assert (why(town), bench(town)) == ({}, {ours: EARLY, foreign: EARLY})
    assert [(s.step, s.handed_at, s.taker) for s in custody(ours, by=town.ben)] == [
        ("received", EARLY, "ben"),
        ("sent", NOON, ""),
    ]
    assert take_up_listed(by=WORKER, at=NOON) == 0
    assert ledger_gaps(by=town.dora, at=NOON) == []


def test_misread_codes_are_still_turned_away() -> None:
    town = Town()
    (code,) = town.tubes(1)
    misread = code[:-1] + str((int(code[-1]) + 1) % 10)
    outcome = receive_tubes([misread, "X", ""], lab=town.lab1, by=town.ben, at=EARLY)
    assert [str(r.reason) for r in outcome.refused] == ["tube_not_known"] * 3


def test_what_is_no_tubes_code_is_called_so() -> None:
    town = Town()
    ((swab,),) = town.sampled([1])
    town.run("PLATE-7", {swab.tube: "negative"})
    codes = [ids.card_code(3), ids.new_slip_code(), "PLATE-7", "PLATE-8"]
    found = receive_tubes(codes, lab=town.lab1, by=town.ben, at=EARLY)
    assert [one.reason for one in found.refused] == [
        ReceptionRefusal.NO_TUBE,
        ReceptionRefusal.NO_TUBE,
        ReceptionRefusal.NO_TUBE,
        ReceptionRefusal.TUBE_UNKNOWN,
    ]


def test_of_a_closed_tube_it_is_said_why_and_what_to_do_with_it() -> None:
    town = Town()
    lost, expired = town.tubes(2)
    record(town, lost)
    record(town, expired)
    assert lose_tubes([Loss(lost, "đổ")], witness=town.cleo, by=town.ana, at=NOON).done
    tube = tubes_with_codes([expired])[expired][0].id
    late = NOON + timedelta(hours=60)
    assert expire_tubes([tube], by=system_actor("results"), at=late).done
    found = receive_tubes([lost, expired], lab=town.lab1, by=town.ben, at=late)
    assert [one.reason for one in found.refused] == [ArrivalRefusal.LOST, ArrivalRefusal.EXPIRED]


def test_of_a_pool_still_being_typed_nobody_is_tested_as_if_alone() -> None:
    town = Town()
    (tube,) = town.tubes(1)
    come(town, tube)
    record(town, tube)
    assert take_up_listed(by=WORKER, at=NOON) == 0
    assert why(town) == {tube: "recorded"}
    scanned = receive_tubes([tube], lab=town.lab1, by=town.ben, at=NOON)
    assert scanned.unchanged == [tube]
    assert bench(town) == {}
    record(town, tube, at=NOON + timedelta(minutes=10))
    assert take_up_listed(by=WORKER, at=NOON + SETTLED) == 0
    assert take_up_listed(by=WORKER, at=NOON + 2 * SETTLED) == 1
    assert tubes_with_codes([tube])[tube][0].swabs == 2


@pytest.mark.parametrize("ended", ["full", "alone", "closed"])
def test_a_tube_into_which_nobody_more_can_come_is_received_at_once(ended: str) -> None:
    town = Town()
    (tube,) = town.tubes(1)
    come(town, tube)
    if ended == "full":
        record(town, *[tube] * 5)
    elif ended == "alone":
        contact = town.swab(tube, tube_class=TubeClass.CONTACT)
        record_swabs([contact], session="S1", by=town.ana, at=NOON)
    else:
        record(town, tube)
        assert close_sessions(["S1"], by=town.dora, at=NOON).done
    assert take_up_listed(by=WORKER, at=NOON) == 1


def test_a_tube_with_people_still_on_paper_waits_for_them() -> None:
    town = Town()
    (tube,) = town.tubes(1)
    come(town, tube)
    sheet = SheetWanted(1, (PrintedLine(tube),))
    assert print_sheets([sheet], session="S1", by=town.ana, at=NOON).done
    record(town, tube)
    late = NOON + timedelta(hours=3)
    assert take_up_listed(by=WORKER, at=late) == 0


def test_the_list_follows_the_tube_and_the_tube_is_where_it_came_last() -> None:
    town = Town()
    one, other = town.tubes(2)
    come(town, one, other)
    assert receive_tubes([other], lab=town.lab2, by=town.lan, at=NOON).done
    record(town, one, session="S2")
    record(town, other)
    late = NOON + timedelta(hours=1)
    assert take_up_listed(by=WORKER, at=late) == 3
    labs = {code: rows[0].lab for code, rows in tubes_with_codes([one, other]).items()}
    assert labs == {one: town.lab1, other: town.lab2}
    assert list(bench(town)) == [one]
    assert [row.code for row in waiting_tubes(town.lab2, by=town.lan)] == [other]


def test_a_list_to_another_laboratory_and_a_void_label_are_shown() -> None:
    town = Town()
    away, void = town.tubes(2)
    come(town, away, void)
    record(town, away)
    box = Manifest("M2", town.north, town.lab2)
    assert dispatch_tubes([away], manifest=box, by=town.ana, at=NOON).done
    serial = int(void[1:10])
    void_labels([Voiding(serial, serial, VoidReason.DAMAGED)], by=town.ana, at=NOON)
    assert take_up_listed(by=WORKER, at=NOON) == 0
    assert why(town) == {away: "elsewhere", void: "void"}
    (row,) = [r for r in unlisted_tubes(town.lab1, by=town.ben) if r.why == "elsewhere"]
    assert row.other_lab == "Phòng xét nghiệm Hai"


def test_a_tube_lost_before_its_list_came_waits_no_more() -> None:
    town = Town()
    (tube,) = town.tubes(1)
    come(town, tube)
    record(town, tube)
    lose_tubes([Loss(tube, "vỡ")], witness=town.cleo, by=town.ana, at=NOON)
    assert take_up_listed(by=WORKER, at=NOON + timedelta(hours=1)) == 1
    assert (why(town), bench(town)) == ({}, {})
    assert sql.rows("SELECT ended_as FROM lab_unlistedtube") == [("closed",)]


def test_waiting_tubes_are_received_by_the_worker_alone() -> None:
    town = Town()
    (tube,) = town.tubes(1)
    come(town, tube)
    (row,) = unlisted_tubes(town.lab1, by=town.ben)
    outcome = receive_listed([row.id, -1], by=WORKER, at=NOON)
    assert [str(r.reason) for r in outcome.refused] == ["tube_not_listed", "tube_waits_for_no_list"]
    for actor in (town.ben, town.ana):
        with pytest.raises(NotAllowed):
            receive_listed([row.id], by=actor, at=NOON)
    with pytest.raises(NotAllowed):
        unlisted_tubes(town.lab1, by=town.lan)


def test_the_benchs_page_shows_what_waits_for_its_list_and_what_to_do() -> None:
    town = Town()
    clock_at(NOON)
    (tube,) = town.tubes(1)
    receive_tubes([tube], lab=town.lab1, by=town.ben, at=EARLY, seal="NP7")
    page = signed_in(town, "ben").get("/lab/waiting/").text
    part = page.split('id="unlisted-1"')[1]
    assert tube in part
    assert "NP7" in part
    assert "Ask the team that sent the box for its list." in part
    assert 'count-value">1<' in signed_in(town, "ben").get("/lab/slot/").text
    assert tube not in signed_in(town, "long").get("/lab/waiting/").text
    assert signed_in(town, "egon").get("/lab/waiting/").status_code == 403
