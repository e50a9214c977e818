"""Scenes of what a laboratory sets and holds, and of tests in a device of their own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import strategies as st

from som.kernel import sql
from som.lab import commands
from som.lab.rules import (
    AntigenTest,
    BatchMade,
    CapacityWanted,
    CartridgeRead,
    HoldKind,
    HoldWanted,
    LayoutMode,
    LayoutWanted,
    Lifting,
    LoadKind,
)
from som.sampling.commands import record_swabs
from tests.laws.laws import Case, Scene
from tests.town import KIT, NOON, Town

LATER = NOON + timedelta(hours=1)


def batches() -> Scene:
    """Batches of different codes: of two with one code the first would be noted."""
    town = Town()
    where = {"lab": town.lab1}
    good = [BatchMade(f"E{n}", "magbead", "L1") for n in range(3)]
    commands.make_batches([BatchMade("OLD", "magbead", "L1")], **where, by=town.ben, at=NOON)
    bad = [
        BatchMade("e 1", "magbead", "L1"),
        BatchMade("E9", "", "L1"),
        BatchMade("E9", "magbead", " "),
        BatchMade("OLD", "magbead", "L2"),
    ]
    return Scene(
        lambda items, by: commands.make_batches(items, **where, by=by, at=NOON),
        town.ben,
        st.sampled_from(
            [*good, replace(good[0], kit_lot=" L1"), BatchMade("OLD", "magbead", "L1")]
        ),
        st.sampled_from(bad),
        stranger=town.egon,
        key=lambda batch: batch.code,
    )


def layouts() -> Scene:
    """Layouts of different kits and sizes: of two for one the first would be set."""
    town = Town()
    fixed = LayoutWanted(KIT, 96, LayoutMode.FIXED, ((LoadKind.POSITIVE, ("H12",)),))
    good = [fixed, replace(fixed, size=384), replace(fixed, kit="cdc_n1_n2")]
    bad = [
        replace(fixed, kit="none_such"),
        replace(fixed, size=97),
        replace(fixed, wells=()),
        replace(fixed, wells=((LoadKind.POSITIVE, ("Z1",)),)),
        replace(fixed, wells=((LoadKind.POSITIVE, ("A1", "A01")),)),
    ]
    return Scene(
        lambda items, by: commands.set_control_layouts(items, lab=town.lab1, by=by, at=NOON),
        town.bao,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
    )


def ceilings() -> Scene:
    """Ceilings of different laboratories and days: of two for one the first would be set."""
    town = Town()
    day = NOON.date()
    good = [
        CapacityWanted(town.lab1, 100, day),
        CapacityWanted(town.lab1, 200, day + timedelta(days=1)),
        CapacityWanted(town.lab2, 0, day),
    ]
    bad = [
        CapacityWanted(town.lab1, -1, day),
        CapacityWanted(town.lab1, 5, day - timedelta(days=1)),
        CapacityWanted(town.cdc, 5, day),
        CapacityWanted(-1, 5, day),
    ]
    return Scene(
        lambda items, by: commands.set_capacities(items, by=by, at=NOON),
        town.dora,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
    )


def holds() -> Scene:
    """Holds with one reason for each thing: of two reasons the first would stand."""
    town = Town()
    ((swab,),) = town.sampled([1])
    town.run("R1", {swab.tube: "negative"})
    run = sql.rows("SELECT id FROM lab_run")[0][0]
    lab = town.lab1
    good = [
        HoldWanted(HoldKind.LAB, "x", lab=lab),
        HoldWanted(HoldKind.PLATE, "x", lab=lab, plate="R1"),
        HoldWanted(HoldKind.RUN, "x", lab=lab, run=run),
        HoldWanted(HoldKind.KIT_LOT, "x", lab=lab, kit=KIT, kit_lot="L1"),
        HoldWanted(HoldKind.KIT_LOT, "x", lab=lab, kit=KIT, kit_lot=" l1"),
        HoldWanted(HoldKind.KIT_LOT, "x", unit=town.province, kit=KIT, kit_lot="L1"),
    ]
    bad = [
        HoldWanted(HoldKind.LAB, "", lab=lab),
        HoldWanted(HoldKind.LAB, "x"),
        HoldWanted(HoldKind.PLATE, "x", lab=lab, plate="R9"),
        HoldWanted(HoldKind.RUN, "x", lab=town.lab2, run=run),
        HoldWanted(HoldKind.KIT_LOT, "x", unit=town.other_province, kit=KIT, kit_lot="L1"),
    ]
    return Scene(
        lambda items, by: commands.place_holds(items, by=by, at=NOON),
        town.dora,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
        key=lambda hold: (hold.kind, hold.lab, hold.unit, hold.plate, hold.run),
    )


def liftings() -> Scene:
    town = Town()
    wanted = [
        HoldWanted(HoldKind.KIT_LOT, "x", lab=town.lab1, kit=KIT, kit_lot=f"L{n}") for n in range(4)
    ]
    commands.place_holds(wanted[:3], by=town.ben, at=NOON)
    commands.place_holds(wanted[3:], by=town.dora, at=NOON)
    ids = [line[0] for line in sql.rows("SELECT id FROM lab_hold ORDER BY id")]
    return Scene(
        lambda items, by: commands.lift_holds(items, by=by, at=LATER),
        town.dora,
        st.sampled_from([Lifting(number, "đã xong") for number in ids[:3]]),
        st.sampled_from([Lifting(ids[3], "x"), Lifting(ids[0], " "), Lifting(-1, "x")]),
        stranger=town.egon,
    )


def _tubes(town: Town, count: int) -> list[str]:
    tubes = town.tubes(count)
    given = [town.swab(tube) for tube in tubes]
    assert not record_swabs(given, session="S1", by=town.ana, at=NOON).refused
    return tubes


def strips() -> Scene:
    """Strips of different tubes: the second of one tube would be a repeat of an invalid first."""
    town = Town()
    one, two, three, four = _tubes(town, 4)
    (field,) = town.sampled([2])
    begun = NOON - timedelta(minutes=30)
    read = AntigenTest(one, begun, begun + timedelta(minutes=20), True, False)
    good = [
        read,
        replace(read, tube=two, test_line=True),
        replace(read, tube=three, control_line=False),
    ]
    bad = [
        replace(read, tube=field[0].tube),
        replace(read, tube="X"),
        replace(read, tube=four, started_at=NOON - timedelta(hours=3)),
        replace(read, tube=four, read_at=begun - timedelta(minutes=1)),
        replace(read, tube=four, read_at=NOON + timedelta(hours=1)),
    ]
    return Scene(
        lambda items, by: commands.read_antigen_tests(
            items, lab=town.lab1, kit="standard_q_ag", kit_lot="Q1", by=by, at=NOON
        ),
        town.ben,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
    )


def cartridges() -> Scene:
    """Cartridges of different tubes and barcodes, for the same reason."""
    town = Town()
    one, two, three, four = _tubes(town, 4)
    begun, low = NOON - timedelta(minutes=50), Decimal("24.5")
    read = CartridgeRead(
        one, "C1", (("N2", low), ("E", low), ("SPC", low)), begun, NOON, "GX-1", "Hoa"
    )
    good = [
        read,
        replace(read, tube=two, barcode="C2", readings=(("N2", None), ("E", low), ("SPC", low))),
        replace(read, tube=three, barcode="C3", readings=(), error="5007"),
    ]
    bad = [
        replace(read, tube="X", barcode="C9"),
        replace(read, tube=four, barcode="?"),
        replace(read, tube=four, barcode="C9", started_at=NOON + timedelta(minutes=1)),
    ]
    return Scene(
        lambda items, by: commands.read_cartridges(
            items, lab=town.lab1, kit="xpert_sars_cov_2", kit_lot="X1", by=by, at=NOON
        ),
        town.ben,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
    )


CASES = (
    Case(commands.make_batches, batches),
    Case(commands.set_control_layouts, layouts),
    Case(commands.set_capacities, ceilings),
    Case(commands.place_holds, holds),
    Case(commands.lift_holds, liftings),
    Case(commands.read_antigen_tests, strips),
    Case(commands.read_cartridges, cartridges),
)
