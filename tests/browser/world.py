"""A town for the crawler: something of every kind has happened, and at every desk something waits."""

from __future__ import annotations

from som.lab.commands import (
    load_plates,
    make_batches,
    place_holds,
    receive_tubes,
    set_capacities,
)
from som.lab.rules import BatchMade, CapacityWanted, HoldKind, HoldWanted, Loading, LoadKind
from som.sampling.commands import lay_in_trays
from som.sampling.rules import Laid
from tests.lab.test_boxes import sent
from tests.meta.world import Seen
from tests.town import KIT, NOON


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
