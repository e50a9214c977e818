"""Scenes of the commands of the laboratory."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st

from som.lab import commands
from som.lab.rules import Loading, LoadKind, PoolMade, RunGiven
from som.sampling.commands import Loss, Manifest, dispatch_tubes, lose_tubes, record_swabs
from som.sampling.rules import TubeClass
from tests.laws.laws import Case, Scene
from tests.town import KIT, NOON, Town, instrument_file

LATER = NOON + timedelta(hours=2)


def receptions() -> Scene:
    town = Town()
    one, two, lost, away, unlisted, misread = town.tubes(6)
    misread = misread[:-1] + str((int(misread[-1]) + 1) % 10)
    taken = [town.swab(tube) for tube in (one, two, lost, away)]
    record_swabs(taken, session="S1", by=town.ana, at=NOON)
    lose_tubes([Loss(lost, "vỡ")], witness=town.cleo, by=town.ana, at=NOON)
    dispatch_tubes([away], manifest=Manifest("M2", town.north, town.lab2), by=town.ana, at=NOON)
    return Scene(
        lambda items, by: commands.receive_tubes(items, lab=town.lab1, by=by, at=NOON),
        town.ben,
        st.sampled_from([one, two, unlisted, "211005DH.03001"]),
        st.sampled_from([lost, away, misread, "X"]),
        stranger=town.egon,
    )


def pools() -> Scene:
    """Pools of different tubes: of two that claim one tube the first would be made."""
    town = Town()
    singles = [swab.tube for (swab,) in town.sampled([1] * 19)]
    (field,) = town.sampled([2])
    away = [swab.tube for (swab,) in town.sampled([1, 1], session="S2")]
    (contact,) = town.tubes(1)
    record_swabs(
        [town.swab(contact, tube_class=TubeClass.CONTACT)], session="S1", by=town.ana, at=NOON
    )
    commands.receive_tubes([contact], lab=town.lab1, by=town.ben, at=NOON)
    town.pooled("P0", singles[17:])
    good = [
        PoolMade("P1", tuple(singles[:2])),
        PoolMade("P2", tuple(singles[2:7])),
        PoolMade("P2", (singles[3], singles[2], singles[4], singles[5], singles[6])),
        PoolMade("P0", (singles[18], singles[17])),
    ]
    rest = singles[7:17]
    bad = [
        PoolMade("p 9", tuple(rest[:2])),
        PoolMade("P9", (rest[0], rest[0])),
        PoolMade("P9", (*rest, singles[0])),
        PoolMade("P9", (rest[0], "X")),
        PoolMade("P9", (rest[0], away[0])),
        PoolMade("P9", (rest[0], field[0].tube)),
        PoolMade("P9", (rest[0], contact)),
        PoolMade("P9", (rest[0], singles[17])),
        PoolMade("P0", tuple(rest[:2])),
    ]
    return Scene(
        lambda items, by: commands.make_pools(items, lab=town.lab1, by=by, at=NOON),
        town.ben,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
        key=lambda pool: (pool.code, frozenset(pool.tubes)),
    )


def loadings() -> Scene:
    """Loads into different wells: of two that claim one well or one tube the first would stay."""
    town = Town()
    *tubes, first, second, third = [swab.tube for (swab,) in town.sampled([1] * 6)]
    town.pooled("P1", [first, second])
    placed = [
        Loading(LoadKind.TUBE, third, ("A1",)),
        Loading(LoadKind.NO_TEMPLATE, "NTC", ("H11", "H12")),
    ]

    def load(items, by, at=LATER):  # type: ignore[no-untyped-def]
        where = {"plate": "PL1", "size": 96, "kit": KIT, "lab": town.lab1}
        return commands.load_plates(items, **where, by=by, at=at)

    load(placed, town.ben, NOON)
    good = [
        Loading(LoadKind.TUBE, tubes[0], ("B1",)),
        Loading(LoadKind.TUBE, tubes[1], ("B2", "b03")),
        Loading(LoadKind.TUBE, tubes[1], ("B3", "B2")),
        Loading(LoadKind.POOL, "P1", ("C1",)),
        Loading(LoadKind.POSITIVE, "PC", ("H10",)),
        *placed,
    ]
    bad = [
        Loading(LoadKind.TUBE, tubes[2], ("Z1",)),
        Loading(LoadKind.TUBE, tubes[2], ()),
        Loading(LoadKind.TUBE, tubes[2], ("A1",)),
        Loading(LoadKind.TUBE, "X", ("D1",)),
        Loading(LoadKind.TUBE, first, ("D1",)),
        Loading(LoadKind.POOL, "P9", ("D1",)),
        Loading(LoadKind.TUBE, third, ("D1",)),
        Loading(LoadKind.NEGATIVE, "NTC", ("D1",)),
    ]
    return Scene(
        load,
        town.ben,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
        key=lambda load: (load.kind, load.code, len(load.wells)),
    )


def runs() -> Scene:
    """Files of four plates: singles and pools for the first time, and for the second.

    Of two files for one plate, and of two plates for one file, the first would be taken.
    """
    town = Town()
    tubes = [swab.tube for (swab,) in town.sampled([1] * 10)]
    for code, members in (("P1", tubes[4:6]), ("P2", tubes[6:8])):
        town.pooled(code, members)
    town.run("OLD", {tubes[0]: "invalid", tubes[8]: "negative", "P2": "invalid"})
    given = [
        loaded(town, "N1", {tubes[0]: "invalid", tubes[1]: "positive"}),
        loaded(town, "N2", {tubes[2]: "invalid", "P1": "positive"}),
        loaded(town, "N3", {tubes[3]: "negative", "P2": "invalid"}, water="positive"),
    ]
    other = loaded(town, "N4", {tubes[9]: "negative"})
    old = RunGiven("OLD", "a.txt", instrument_file("OLD", {"A1": ("X", "negative")}, NOON), "LOT")
    shown = {"A1": (tubes[9], "negative")}
    bad = [
        replace(given[0], plate="N9"),
        replace(other, content=instrument_file("N4", shown, NOON - timedelta(days=2))),
        replace(other, kit_lot="LOT-2", content=instrument_file("N1", shown, NOON)),
        replace(other, kit_lot="LOT-3", ended_at=NOON),
        replace(other, kit_lot=" "),
        replace(other, content=b"not a run"),
        old,
    ]
    return Scene(
        lambda items, by: commands.read_runs(items, lab=town.lab1, by=by, at=LATER),
        town.ben,
        st.sampled_from(given),
        st.sampled_from(bad),
        stranger=town.egon,
        most=4,
        key=lambda run: (run.plate, run.kit_lot, len(run.content)),
    )


def loaded(town: Town, plate: str, found: dict[str, str], *, water: str = "water") -> RunGiven:
    """A plate with these codes and controls, and the file that its run gave."""
    wells = {code: f"A{n}" for n, code in enumerate(found, start=1)} | {"NTC": "H11", "PC": "H12"}
    kinds = {"NTC": LoadKind.NO_TEMPLATE, "PC": LoadKind.POSITIVE}
    loadings = [
        Loading(
            kinds.get(code) or (LoadKind.POOL if code.startswith("P") else LoadKind.TUBE),
            code,
            (well,),
        )
        for code, well in wells.items()
    ]
    commands.load_plates(
        loadings, plate=plate, size=96, kit=KIT, lab=town.lab1, by=town.ben, at=NOON
    )
    shown = {wells[code]: (code, what) for code, what in found.items()}
    shown |= {"H11": ("NTC", water), "H12": ("PC", "positive")}
    return RunGiven(plate, f"{plate}.txt", instrument_file(plate, shown, NOON), "LOT-1")


CASES = (
    Case(commands.receive_tubes, receptions),
    Case(commands.make_pools, pools),
    Case(commands.load_plates, loadings),
    Case(commands.read_runs, runs),
)
