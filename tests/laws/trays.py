"""Scenes of the commands about trays, and of tubes kept at the station that took them."""

from datetime import timedelta

from hypothesis import strategies as st

from som.access.queries import system_actor
from som.access.roles import Held, actor_with
from som.lab.commands import receive_tubes
from som.sampling import commands
from som.sampling.commands import Loss, Manifest, lay_in_trays
from som.sampling.queries import tray_kept, tray_lines_to_forget
from som.sampling.rules import LONGEST_IN_TRAY, Laid, StorageKind
from tests.laws.laws import Case, Scene
from tests.town import NOON, Town

BOX, PLATE = "box:S1", "plate:1"


def layings() -> Scene:
    """Codes laid into trays, each into one well: of two wells it would move to the one laid last."""
    town = Town()
    lying = [Laid(PLATE, "P0", "A1"), Laid(PLATE, "P2", "C1"), Laid(BOX, "T0")]
    lay_in_trays(lying, by=town.ana, at=NOON)
    good = [Laid(BOX, "T0"), Laid(BOX, "T1"), Laid(BOX, "T2"), Laid(PLATE, "P0"), Laid("x", "T1")]
    good += [Laid(PLATE, "P0", "A1"), Laid(PLATE, "P1", "B1"), Laid(PLATE, "P2", "D1")]
    bad = [
        Laid(BOX, ""),
        Laid(" ", "T9"),
        Laid(BOX, "T" * (LONGEST_IN_TRAY + 1)),
        Laid(PLATE, "P9", "A1"),
    ]
    return Scene(
        lambda items, by: commands.lay_in_trays(items, by=by, at=NOON),
        town.ana,
        st.sampled_from(good),
        st.sampled_from(bad),
    )


def _laid() -> Town:
    town = Town()
    lying = [Laid(BOX, "T0"), Laid(BOX, "T1"), Laid(PLATE, "P0", "A1")]
    for who in (town.ana, town.ben):
        assert lay_in_trays(lying, by=who, at=NOON).done == lying
    return town


def takings() -> Scene:
    """Codes taken out of trays in which they lie or do not: nothing is refused."""
    town = _laid()
    taken = [Laid(BOX, "T0"), Laid(BOX, "T1"), Laid(PLATE, "P0"), Laid(PLATE, "T0"), Laid("", "")]
    return Scene(
        lambda items, by: commands.take_from_trays(items, by=by, at=NOON),
        town.ana,
        st.sampled_from(taken),
        st.nothing(),
        exceptions={"bad item": "nothing is refused: what does not lie there is not there"},
    )


def emptyings() -> Scene:
    """Trays emptied, one of which was empty: nothing is refused."""
    town = _laid()
    return Scene(
        lambda items, by: commands.empty_trays(items, by=by, at=NOON),
        town.ana,
        st.sampled_from([BOX, PLATE, "x"]),
        st.nothing(),
        exceptions={"bad item": "nothing is refused: an empty tray is empty"},
    )


def plans_taken_over() -> Scene:
    """Plans of a colleague for plates, one also planned oneself; and a plate that nobody planned."""
    town = Town()
    desks = [f"plate:{town.lab1}:{name}" for name in ("PL-1", "PL-2", "PL-3")]
    theirs = [Laid(desks[0], "P0", "A1"), Laid(desks[0], "P1", "B1"), Laid(desks[1], "P2", "A1")]
    colleague = actor_with(
        "bich", [Held("lab_technician", organisation=town.lab1)], account_id=0, label="Bích"
    )
    assert lay_in_trays(theirs, by=colleague, at=NOON).done == theirs
    lay_in_trays([Laid(desks[0], "P0", "C1"), Laid(desks[1], "P9", "A1")], by=town.ben, at=NOON)
    return Scene(
        lambda items, by: commands.take_over_trays(items, lab=town.lab1, by=by, at=NOON),
        town.ben,
        st.sampled_from(desks),
        st.sampled_from([f"plate:{town.lab2}:PL-1", "box:S1", "lost", ""]),
        stranger=town.lan,
    )


def lines_forgotten() -> Scene:
    """Lines of trays: laid long ago by two accounts, laid later, gone."""
    town = Town()
    over = NOON - tray_kept(NOON)
    for who in (town.ana, town.ben):
        lay_in_trays([Laid(BOX, "T0"), Laid(PLATE, "P0", "A1")], by=who, at=over)
        lay_in_trays([Laid(BOX, "T1")], by=who, at=over + timedelta(seconds=1))
    worker = system_actor("sampling")
    old = tray_lines_to_forget(by=worker, before=over, after=0, limit=10)
    late = set(tray_lines_to_forget(by=worker, before=NOON, after=0, limit=10)) - set(old)
    return Scene(
        lambda items, by: commands.forget_tray_lines(items, by=by, at=NOON),
        worker,
        st.sampled_from([*old, max(late) + 1]),
        st.sampled_from(sorted(late)),
        stranger=town.ana,
    )


def kept_at_stations() -> Scene:
    """Tubes put into the station's fridge: fresh, there already; sent, lost, at a laboratory."""
    town = Town()
    fresh, other, cooled, sent, lost, come = tubes = town.tubes(6)
    commands.record_swabs([town.swab(t) for t in tubes], session="S1", by=town.ana, at=NOON)
    away = Manifest("M1", town.north, town.lab1)
    commands.dispatch_tubes([sent], manifest=away, by=town.ana, at=NOON)
    commands.lose_tubes([Loss(lost, "vỡ")], witness=town.cleo, by=town.ana, at=NOON)
    receive_tubes([come], lab=town.lab1, by=town.ben, at=NOON)
    commands.store_tubes([cooled], kind=StorageKind.FRIDGE, lab=None, by=town.ana, at=NOON)
    return Scene(
        lambda items, by: commands.store_tubes(
            items, kind=StorageKind.FRIDGE, lab=None, by=by, at=NOON
        ),
        town.ana,
        st.sampled_from([fresh, other, cooled]),
        st.sampled_from([sent, lost, come, "X"]),
        stranger=town.egon,
    )


CASES = (
    Case(commands.lay_in_trays, layings),
    Case(commands.take_from_trays, takings),
    Case(commands.empty_trays, emptyings),
    Case(commands.take_over_trays, plans_taken_over),
    Case(commands.forget_tray_lines, lines_forgotten),
    Case(commands.store_tubes, kept_at_stations),
)
