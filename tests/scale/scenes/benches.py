"""What a laboratory sets and holds, and tests in a device of their own."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from som.kernel import sql
from som.lab import commands as lab
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
from som.sampling import commands as sampling
from tests.scale.prepared import Call, prepared
from tests.town import KIT, NOON, Town

BEGUN = NOON - timedelta(minutes=30)


@prepared("lab.make_batches")
def _batches(size: int) -> Call:
    town = Town()
    given = [BatchMade(f"E{n}", "magbead", "L1") for n in range(size)]
    return lambda: lab.make_batches(given, lab=town.lab1, by=town.ben, at=NOON)


@prepared("lab.set_control_layouts", many=4)
def _layouts(size: int) -> Call:
    town = Town()
    given = [
        LayoutWanted(kit, wells, LayoutMode.FIXED, ((LoadKind.POSITIVE, ("H12",)),))
        for kit in (KIT, "cdc_n1_n2")
        for wells in (96, 384)
    ][:size]
    return lambda: lab.set_control_layouts(given, lab=town.lab1, by=town.bao, at=NOON)


@prepared("lab.set_capacities")
def _ceilings(size: int) -> Call:
    town = Town()
    given = [  # both laboratories on every day of the year for which a ceiling can be set
        CapacityWanted((town.lab1, town.lab2)[n % 2], n, NOON.date() + timedelta(days=n // 2))
        for n in range(min(size, 700))
    ]
    return lambda: lab.set_capacities(given, by=town.dora, at=NOON)


def _held(size: int) -> tuple[Town, list[HoldWanted]]:
    town = Town()
    return town, [
        HoldWanted(HoldKind.KIT_LOT, "x", lab=town.lab1, kit=KIT, kit_lot=f"L{n}")
        for n in range(size)
    ]


@prepared("lab.place_holds")
def _holds(size: int) -> Call:
    town, given = _held(size)
    return lambda: lab.place_holds(given, by=town.ben, at=NOON)


@prepared("lab.lift_holds")
def _liftings(size: int) -> Call:
    town, given = _held(size)
    assert not lab.place_holds(given, by=town.ben, at=NOON).refused
    lifted = [Lifting(line[0], "x") for line in sql.rows("SELECT id FROM lab_hold")]
    return lambda: lab.lift_holds(lifted, by=town.dora, at=NOON)


def _taken(size: int) -> tuple[Town, list[str]]:
    town = Town()
    tubes = town.tubes(size)
    swabs = [town.swab(tube) for tube in tubes]
    assert not sampling.record_swabs(swabs, session="S1", by=town.ana, at=NOON).refused
    return town, tubes


@prepared("lab.read_antigen_tests")
def _strips(size: int) -> Call:
    town, tubes = _taken(size)
    ended = BEGUN + timedelta(minutes=20)
    given = [AntigenTest(tube, BEGUN, ended, bool(n), n > 1) for n, tube in enumerate(tubes)]
    where = {"lab": town.lab1, "kit": "standard_q_ag", "kit_lot": "Q1"}
    return lambda: lab.read_antigen_tests(given, **where, by=town.ben, at=NOON)


@prepared("lab.read_cartridges")
def _cartridges(size: int) -> Call:
    town, tubes = _taken(size)
    low = Decimal("24.5")
    given = [
        CartridgeRead(tube, f"C{n}", (("N2", None), ("E", None), ("SPC", low)), BEGUN, NOON, "GX")
        for n, tube in enumerate(tubes)
    ]
    where = {"lab": town.lab1, "kit": "xpert_sars_cov_2", "kit_lot": "X1"}
    return lambda: lab.read_cartridges(given, **where, by=town.ben, at=NOON)
