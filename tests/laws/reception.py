"""Scenes of the commands about how tubes are kept, sent on, rejected, destroyed, and about boxes."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st

from som.lab import commands
from som.lab.commands import load_plates, receive_tubes, reject_tubes
from som.lab.rules import (
    Discarding,
    DiscardReason,
    Loading,
    LoadKind,
    Referral,
    ReferralReason,
    Rejection,
    RejectReason,
)
from som.sampling import commands as sampling
from som.sampling.commands import Loss, Manifest, dispatch_tubes, lose_tubes, record_swabs
from som.sampling.rules import StorageKind
from tests.laws.laws import Case, Scene
from tests.town import KIT, NOON, Town

LATER = NOON + timedelta(hours=2)


def storages() -> Scene:
    """Tubes put on ice: fresh, from the fridge, on ice already; closed, elsewhere, late, unknown."""
    town = Town()
    fresh, cooled, iced, lost, late = [s.tube for (s,) in town.sampled([1] * 5)]
    (away,) = [s.tube for (s,) in town.sampled([1], session="S2")]
    where = {"lab": town.lab1, "by": town.ben}
    sampling.store_tubes([cooled], kind=StorageKind.FRIDGE, at=NOON, **where)  # type: ignore[arg-type]
    sampling.store_tubes([iced], kind=StorageKind.FROZEN, at=LATER, **where)  # type: ignore[arg-type]
    last = LATER + timedelta(hours=1)
    sampling.store_tubes([late], kind=StorageKind.FRIDGE, at=last, **where)  # type: ignore[arg-type]
    lose_tubes([Loss(lost, "vỡ")], witness=town.cleo, by=town.ana, at=NOON)
    return Scene(
        lambda items, by: sampling.store_tubes(
            items, kind=StorageKind.FROZEN, lab=town.lab1, by=by, at=LATER
        ),
        town.ben,
        st.sampled_from([fresh, cooled, iced]),
        st.sampled_from([lost, late, away, "X"]),
        stranger=town.egon,
    )


def referrals() -> Scene:
    """Tubes sent on: waiting, in the box already; lost, in test, elsewhere, unknown."""
    town = Town()
    one, two, gone, lost, on_plate = [s.tube for (s,) in town.sampled([1] * 5)]
    (away,) = [s.tube for (s,) in town.sampled([1], session="S2")]
    box = Referral("R1", town.lab1, town.lab2, ReferralReason.CAPACITY)
    commands.refer_tubes([gone], referral=box, by=town.ben, at=NOON)
    lose_tubes([Loss(lost, "vỡ")], witness=town.cleo, by=town.ana, at=NOON)
    loading = [Loading(LoadKind.TUBE, on_plate, ("A1",))]
    load_plates(loading, plate="PL1", size=96, kit=KIT, lab=town.lab1, by=town.ben, at=NOON)
    return Scene(
        lambda items, by: commands.refer_tubes(items, referral=box, by=by, at=LATER),
        town.ben,
        st.sampled_from([one, two, gone]),
        st.sampled_from([lost, on_plate, away, "X"]),
        stranger=town.egon,
    )


def rejections() -> Scene:
    """Tubes rejected as they come and later, each for one reason: of two the first would stay."""
    town = Town()
    here, done, tested = [s.tube for (s,) in town.sampled([1] * 3)]
    coming, lost, away = town.tubes(3)
    record_swabs([town.swab(t) for t in (coming, lost, away)], session="S1", by=town.ana, at=NOON)
    lose_tubes([Loss(lost, "vỡ")], witness=town.cleo, by=town.ana, at=NOON)
    dispatch_tubes([away], manifest=Manifest("M2", town.north, town.lab2), by=town.ana, at=NOON)
    town.run("PL1", {tested: "negative"})
    before = Rejection(done, RejectReason.BROKEN)
    reject_tubes([before], lab=town.lab1, witness=town.cleo, by=town.ben, at=NOON)
    good = [
        Rejection(here, RejectReason.LEAKING),
        Rejection(coming, RejectReason.OTHER, "không có nắp"),
        before,
    ]
    bad = [
        Rejection(lost, RejectReason.LEAKING),
        Rejection(away, RejectReason.LEAKING),
        Rejection(tested, RejectReason.LEAKING),
        Rejection("X", RejectReason.LEAKING),
        Rejection(here, RejectReason.OTHER),
        replace(before, reason=RejectReason.TOO_WARM),
    ]
    return Scene(
        lambda items, by: reject_tubes(items, lab=town.lab1, witness=town.cleo, by=by, at=LATER),
        town.ben,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
    )


def discardings() -> Scene:
    """Tubes destroyed after their test, or untested with leave to ask again; each for one reason."""
    town = Town()
    tested, waiting, done, lost, on_plate = [s.tube for (s,) in town.sampled([1] * 5)]
    (away,) = [s.tube for (s,) in town.sampled([1], session="S2")]
    town.run("PL1", {tested: "negative", done: "negative"})
    lose_tubes([Loss(lost, "vỡ")], witness=town.cleo, by=town.ana, at=NOON)
    loading = [Loading(LoadKind.TUBE, on_plate, ("A1",))]
    load_plates(loading, plate="PL2", size=96, kit=KIT, lab=town.lab1, by=town.ben, at=NOON)
    kept = DiscardReason.KEPT_LONG_ENOUGH
    before = Discarding(done, DiscardReason.DAMAGED)
    commands.discard_tubes([before], lab=town.lab1, witness=town.cleo, by=town.ben, at=NOON)
    good = [
        Discarding(tested, kept),
        Discarding(waiting, DiscardReason.DAMAGED, ask_again=True),
        before,
    ]
    bad = [Discarding(code, kept) for code in (waiting, lost, on_plate, away, "X", done)]
    return Scene(
        lambda items, by: commands.discard_tubes(
            items, lab=town.lab1, witness=town.cleo, by=by, at=LATER
        ),
        town.ben,
        st.sampled_from(good),
        st.sampled_from([*bad, Discarding(tested, DiscardReason.OTHER)]),
        stranger=town.egon,
    )


def strays() -> Scene:
    """Tubes whose list never came, each destroyed for one reason: of two the first would stay."""
    town = Town()
    one, two, done, away = town.tubes(4)
    receive_tubes([one, two, done], lab=town.lab1, by=town.ben, at=NOON)
    receive_tubes([away], lab=town.lab2, by=town.lan, at=NOON)
    before = Discarding(done, DiscardReason.UNKNOWN_ORIGIN)
    commands.discard_unlisted([before], lab=town.lab1, witness=town.cleo, by=town.ben, at=NOON)
    good = [
        Discarding(one, DiscardReason.UNKNOWN_ORIGIN),
        Discarding(two, DiscardReason.OTHER, "vỡ hai ống"),
        before,
    ]
    bad = [
        Discarding(away, DiscardReason.UNKNOWN_ORIGIN),
        Discarding("X", DiscardReason.UNKNOWN_ORIGIN),
        Discarding(one, DiscardReason.OTHER),
        replace(before, reason=DiscardReason.DAMAGED),
    ]
    return Scene(
        lambda items, by: commands.discard_unlisted(
            items, lab=town.lab1, witness=town.cleo, by=by, at=LATER
        ),
        town.ben,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
    )


def closings() -> Scene:
    """Boxes unpacked: whole, with a tube missing, closed before; not come, and sent elsewhere."""
    town = Town()
    tubes = town.tubes(6)
    record_swabs([town.swab(t) for t in tubes], session="S1", by=town.ana, at=NOON)
    parts = {"M1": tubes[:1], "M2": tubes[1:3], "M3": tubes[3:4], "M4": tubes[4:5], "M5": tubes[5:]}
    for code, part in parts.items():
        box = Manifest(code, town.north, town.lab2 if code == "M5" else town.lab1)
        dispatch_tubes(part, manifest=box, by=town.ana, at=NOON)
    came = [tubes[0], tubes[1], tubes[3]]
    assert not receive_tubes(came, lab=town.lab1, by=town.ben, at=NOON).refused
    commands.close_manifests(["M3"], lab=town.lab1, by=town.ben, at=NOON)
    return Scene(
        lambda items, by: commands.close_manifests(items, lab=town.lab1, by=by, at=LATER),
        town.ben,
        st.sampled_from(["M1", "M2", "M3"]),
        st.sampled_from(["M4", "M5", "M9"]),
        stranger=town.egon,
    )


CASES = (
    Case(sampling.store_tubes, storages),
    Case(commands.refer_tubes, referrals),
    Case(commands.reject_tubes, rejections),
    Case(commands.discard_tubes, discardings),
    Case(commands.discard_unlisted, strays),
    Case(commands.close_manifests, closings),
)
