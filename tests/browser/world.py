"""A town for the crawler: something of every kind has happened, and at every desk something waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from som.access.roles import Held
from som.lab.commands import (
    load_plates,
    make_batches,
    place_holds,
    receive_tubes,
    set_capacities,
)
from som.lab.rules import BatchMade, CapacityWanted, HoldKind, HoldWanted, Loading, LoadKind
from som.places.queries import covered_ids
from som.sampling.commands import (
    CardPrint,
    Handout,
    LabelPrint,
    Roll,
    Session,
    SessionChange,
    SlotsWanted,
    SlotWanted,
    Team,
    Voiding,
    change_sessions,
    close_sessions,
    form_teams,
    give_slots,
    hand_out_labels,
    issue_rolls,
    lay_in_trays,
    note_times_printed,
    open_sessions,
    print_cards,
    print_labels,
    reenter_sheets,
    set_slots,
    void_labels,
)
from som.sampling.queries import requests_without_times, sessions
from som.sampling.rules import (
    LabelsLeft,
    Laid,
    LineRead,
    PrintAgain,
    SwabTaken,
    VoidReason,
)
from tests.browser.mishaps import answers_go_wrong, tubes_go_wrong
from tests.lab.test_boxes import sent
from tests.meta.world import Seen
from tests.town import KIT, NOON, Town


class Everything(Seen):
    """What `Seen` has, and what lies half done: boxes under way and half unpacked, a tube before its
    list, a pool, a batch and a plate not tested yet, trays with something in them, a hold."""

    def __init__(self) -> None:
        super().__init__()
        town = self.town
        lab, ben = town.lab1, town.ben
        sent(town, 2, "ON-ITS-WAY")
        come, _missing = sent(town, 2, "OPENED")
        early = town.tubes(1)[0]
        boxes = {come: "OPENED", early: "OPENED"}
        assert receive_tubes([come, early], lab=lab, by=ben, at=NOON, boxes=boxes).done
        plated, planned, scanned, *pooled = [
            swabs[0].tube for swabs in town.sampled([1, 1, 1, 1, 1])
        ]
        town.pooled("P-WAITS", pooled)
        assert make_batches([BatchMade("E-OPEN", "RNA", "X-1")], lab=lab, by=ben, at=NOON).done
        loads = [
            Loading(LoadKind.TUBE, plated, ("A1",), batch="E-OPEN"),
            Loading(LoadKind.NO_TEMPLATE, "NTC", ("H11",)),
            Loading(LoadKind.POSITIVE, "PC", ("H12",)),
        ]
        loaded = load_plates(loads, plate="HALF", size=96, kit=KIT, lab=lab, by=ben, at=NOON)
        assert not loaded.refused, loaded.refused
        lying = [
            Laid(f"plate:{lab}:HALF", planned, "B1"),
            Laid(f"pool:{lab}", scanned),
            Laid(f"batch:{lab}:E-OPEN", scanned),
        ]
        assert not lay_in_trays(lying, by=ben, at=NOON).refused
        held = HoldWanted(HoldKind.KIT_LOT, "mất điện", lab, kit=KIT, kit_lot="LOT-9")
        assert place_holds([held], by=ben, at=NOON).done
        room = CapacityWanted(lab, 500, NOON.date())
        assert set_capacities([room], by=town.dora, at=NOON).done
        _sessions_of_all_kinds(town, self.on_paper)
        answers_go_wrong(town)
        tubes_go_wrong(town)


def _sessions_of_all_kinds(town: Town, on_paper: SwabTaken) -> None:
    """A session closed with labels left; one that expects more than its laboratory can take, changed
    after its list was printed; a sheet that two people read differently; a roll printed, printed again
    and then void."""
    opened = [
        Session("CLOSED", "C1", town.north, town.lab1, "Chợ Đóng", NOON, "Tổ 1"),
        Session("OVER", "C1", town.north, town.lab1, "Sân vận động", NOON, expected=20_000),
    ]
    assert open_sessions(opened, by=town.dora, at=NOON).done == opened
    assert form_teams([Team("CLOSED", 1, "An", "Bình")], by=town.ana, at=NOON).done
    assert hand_out_labels([Handout("CLOSED", 80_000, 80_009, 1)], by=town.dora, at=NOON).done
    left = {"CLOSED": LabelsLeft(count=10)}
    assert close_sessions(["CLOSED"], left=left, by=town.dora, at=NOON).done
    day = SlotsWanted("OVER", NOON, NOON + timedelta(hours=2), 30, 20)
    assert set_slots([day], by=town.dora, at=NOON).done
    session = next(one.id for one in sessions(by=town.dora) if one.code == "OVER")
    waiting = requests_without_times(session, by=town.dora, at=NOON)
    if waiting:
        asked = [SlotWanted("OVER", one) for one in waiting]
        assert give_slots(asked, by=town.dora, at=NOON).done
    assert note_times_printed(["OVER"], by=town.dora, at=NOON).done
    later = NOON + timedelta(minutes=30)
    moved = SessionChange("OVER", "Nhà thi đấu", later, "Tổ 2", expected=20_000)
    assert change_sessions([moved], by=town.dora, at=later).done
    # What Ana read on the sheet of S1, somebody else reads with another telephone.
    binh = town._actor("binh", Held("sampler", covered_ids([town.north])))
    assert on_paper.said is not None
    other = replace(on_paper, said=replace(on_paper.said, phone="0987654321"))
    read = reenter_sheets([LineRead(1, 1, other)], session="S1", by=binh, at=NOON)
    assert [str(one.reason) for one in read.refused] == ["sheet_readings_differ"]
    roll = Roll(300_000, 300_064, town.north)
    assert issue_rolls([roll], by=town.dora, at=NOON).done
    printed = LabelPrint("P1", ((roll.first, roll.last),))
    again = LabelPrint("P2", ((roll.first, roll.first + 4),), PrintAgain.SPOILED)
    assert not print_labels([printed, again], by=town.dora, at=NOON).refused
    cards = [CardPrint("C1", ((0, 1),)), CardPrint("C2", ((1, 1),), PrintAgain.SPOILED)]
    assert not print_cards(cards, by=town.dora, at=NOON).refused
    void = Voiding(roll.first, roll.last, VoidReason.MISPRINTED, "in lệch")
    assert void_labels([void], by=town.ana, at=NOON).done
