"""What goes wrong at a laboratory and is put right, as the crawler's town has it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from som.lab.commands import (
    discard_tubes,
    discard_unlisted,
    load_plates,
    read_runs,
    receive_tubes,
    reject_tubes,
    set_control_layouts,
)
from som.lab.rules import (
    Discarding,
    DiscardReason,
    LayoutMode,
    LayoutWanted,
    Loading,
    LoadKind,
    Rejection,
    RejectReason,
    RunGiven,
)
from som.lab.verdicts import Verdict
from som.results.commands import (
    Correction,
    Decision,
    confirm_corrections,
    decide_discordant_pools,
    propose_corrections,
    release_verdicts,
)
from som.results.queries import corrections_open, waiting_for_release
from som.results.rules import PoolDecision
from som.sampling.commands import Session, open_sessions, record_swabs, store_tubes
from som.sampling.rules import StorageKind
from tests.town import KIT, NOON, Town, instrument_file

LATER = NOON + timedelta(hours=1)


def answers_go_wrong(town: Town) -> None:
    """Two answers are said to be wrong, one of them by two persons; two pools are positive without a
    positive member, one of them decided; and a sample is not the one that the plate has there."""
    lab, bao = town.lab1, town.bao
    wrong, doubted, *members = [swabs[0].tube for swabs in town.sampled([1, 1, 1, 1, 1, 1])]
    before = {one.verdict for one in waiting_for_release(lab, by=bao)}
    town.run("WRONG", {wrong: "positive", doubted: "positive"}, at=LATER)
    found = [w.verdict for w in waiting_for_release(lab, by=bao) if w.verdict not in before]
    assert len(release_verdicts(found, lab=lab, by=bao, at=LATER).done) == 2
    given = [Correction(one, Verdict.NEGATIVE, "nhầm") for one in found]
    assert not propose_corrections(given[:1], lab=lab, by=bao, at=LATER).refused
    ids = [one.id for one in corrections_open(lab, by=bao)]
    bich = replace(bao, name="bich")
    assert confirm_corrections(ids, lab=lab, by=bich, at=LATER).done
    assert not propose_corrections(given[1:], lab=lab, by=bao, at=LATER).refused
    pools = {"P-DECIDED": members[:2], "P-DOUBTED": members[2:]}
    for pool, tubes in pools.items():
        town.pooled(pool, tubes)
    town.run("POOLS", dict.fromkeys(pools, "positive"), at=LATER)
    town.run("MEMBERS", dict.fromkeys(members, "negative"), at=LATER)
    decision = Decision("P-DECIDED", PoolDecision.AGAIN, "đã xem")
    assert decide_discordant_pools([decision], lab=lab, by=bao, at=LATER).done
    mistaken, right = (swab.tube for (swab,) in town.sampled([1, 1]))
    loads = [
        Loading(LoadKind.TUBE, mistaken, ("A1",)),
        Loading(LoadKind.TUBE, right, ("B1",)),
        Loading(LoadKind.NO_TEMPLATE, "NTC", ("H11",)),
        Loading(LoadKind.POSITIVE, "PC", ("H12",)),
    ]
    loaded = load_plates(loads, plate="OTHER", size=96, kit=KIT, lab=lab, by=town.ben, at=LATER)
    assert not loaded.refused, loaded.refused
    shown = {"A1": ("SOMEBODY", "negative"), "B1": (right, "negative")}
    shown |= {"H11": ("NTC", "water"), "H12": ("PC", "positive")}
    file = instrument_file("OTHER", shown, LATER)
    given_file = RunGiven("OTHER", "other.txt", file, "LOT-1")
    assert read_runs([given_file], lab=lab, by=town.ben, at=LATER).done


def tubes_go_wrong(town: Town) -> None:
    """Tubes are kept cold, thrown away untested, tested and unknown; one is late; a layout is set."""
    lab, ben = town.lab1, town.ben
    cold, leaking, tested = [swabs[0].tube for swabs in town.sampled([1, 1, 1])]
    town.run("DONE", {tested: "negative"}, at=LATER)
    kept = store_tubes([cold], kind=StorageKind.FRIDGE, lab=lab, by=ben, at=NOON)
    assert not kept.refused, kept.refused
    where = {"lab": lab, "witness": town.cleo, "by": ben, "at": LATER}
    leaks = Rejection(leaking, RejectReason.LEAKING)
    assert reject_tubes([leaks], **where).done  # type: ignore[arg-type]
    spoiled = Discarding(tested, DiscardReason.DAMAGED)
    assert discard_tubes([spoiled], **where).done  # type: ignore[arg-type]
    (stray,) = town.tubes(1)
    assert receive_tubes([stray], lab=lab, by=ben, at=NOON)
    strange = Discarding(stray, DiscardReason.UNKNOWN_ORIGIN)
    assert discard_unlisted([strange], **where).done  # type: ignore[arg-type]
    began = NOON - timedelta(hours=8)
    early = Session("EARLY", "C1", town.north, lab, "Chợ Sớm", began, "Tổ 3")
    assert open_sessions([early], by=town.dora, at=NOON).done
    late = town.swab(town.tubes(1)[0], taken_at=began)
    assert record_swabs([late], session="EARLY", by=town.ana, at=NOON).done
    fixed = LayoutWanted("cdc_n1_n2", 384, LayoutMode.FIXED, ((LoadKind.POSITIVE, ("P24",)),))
    assert set_control_layouts([fixed], lab=lab, by=town.bao, at=NOON).done
