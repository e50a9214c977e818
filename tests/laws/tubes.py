"""Scenes of the commands about hand-overs of boxes and tubes that come unlisted."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st

from som.access.queries import system_actor
from som.kernel import sql
from som.lab import commands as lab
from som.sampling import commands
from som.sampling.commands import Loss, Manifest, record_swabs
from som.sampling.queries import tubes_with_codes
from som.sampling.rules import Arrival, BoxPassed
from tests.laws.laws import Case, Scene
from tests.town import NOON, Town

LATER = NOON + timedelta(hours=3)


def boxes() -> Scene:
    """Hand-overs of boxes under way and of one that has arrived."""
    town = Town()
    tubes = town.tubes(4)
    record_swabs([town.swab(t) for t in tubes], session="S1", by=town.ana, at=NOON)
    for code, part in (("M1", tubes[:2]), ("M2", tubes[2:3]), ("M3", tubes[3:])):
        box = Manifest(code, town.north, town.lab1, "Tổ xe")
        commands.dispatch_tubes(part, manifest=box, by=town.ana, at=NOON)
    lab.receive_tubes(tubes[3:], lab=town.lab1, by=town.ben, at=NOON + timedelta(hours=1))
    empty = Manifest("M4", town.north, town.lab1)
    commands.dispatch_tubes([], manifest=empty, by=town.ana, at=NOON)
    one = BoxPassed("M1", NOON + timedelta(hours=1), "Tổ xe", "Lái xe Hai", "N-7")
    good = [
        one,
        replace(one, giver=" Tổ xe "),
        replace(one, handed_at=LATER, giver="Lái xe Hai", taker="Trực ban"),
        replace(one, manifest="M2"),
        replace(one, manifest="M3", handed_at=NOON + timedelta(minutes=30)),
    ]
    bad = [
        replace(one, manifest="M9"),
        replace(one, manifest="M4"),
        replace(one, manifest="M2", taker="tổ XE"),
        replace(one, manifest="M2", giver=""),
        replace(one, manifest="M2", handed_at=NOON - timedelta(hours=1)),
        replace(one, manifest="M2", handed_at=LATER + timedelta(hours=1)),
        replace(one, manifest="M3", handed_at=LATER),
    ]
    return Scene(
        lambda items, by: commands.hand_over_boxes(items, by=by, at=LATER),
        town.ana,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
        key=lambda box: (box.manifest, box.handed_at, box.giver.strip(), box.taker.casefold()),
    )


def arrivals() -> Scene:
    """Arrivals at one laboratory, each tube once: of two times the first would be noted."""
    town = Town()
    tubes = town.tubes(6)
    record_swabs([town.swab(t) for t in tubes[:5]], session="S1", by=town.ana, at=NOON)
    record_swabs([town.swab(t) for t in tubes[5:]], session="S2", by=town.ana, at=NOON)
    commands.lose_tubes([Loss(tubes[3], "vỡ")], witness=town.cleo, by=town.ana, at=NOON)
    away = Manifest("M2", town.north, town.lab2)
    commands.dispatch_tubes(tubes[4:5], manifest=away, by=town.ana, at=NOON)
    found = {code: rows[0].id for code, rows in tubes_with_codes(tubes).items()}

    def come(code: str, **changes: object) -> Arrival:
        arrival = Arrival(found[code], town.lab1, NOON, "ben", seal="N-7")
        return replace(arrival, **changes)  # type: ignore[arg-type]

    commands.note_arrivals([come(tubes[2])], by=town.ben, at=NOON)
    good = [come(tubes[0]), come(tubes[1]), come(tubes[2]), come(tubes[5])]
    bad = [
        come(tubes[0], tube=-1),
        come(tubes[0], lab=town.lab2),
        come(tubes[3]),
        come(tubes[4]),
    ]
    return Scene(
        lambda items, by: commands.note_arrivals(items, by=by, at=NOON),
        town.ben,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
    )


def listed() -> Scene:
    """Tubes that came before their list: at one laboratory, at two, listed, not yet, lost since."""
    town = Town()
    whole, moved, lost, pool, nobody, away = tubes = town.tubes(6)
    early = NOON - timedelta(hours=1)
    lab.receive_tubes(tubes, lab=town.lab1, by=town.ben, at=early)
    lab.receive_tubes([moved], lab=town.lab2, by=town.lan, at=NOON)
    swabs = [town.swab(tube) for tube in (whole, moved, lost)]
    record_swabs(swabs, session="S1", by=town.ana, at=NOON)
    record_swabs([town.swab(pool)], session="S1", by=town.ana, at=LATER)
    record_swabs([town.swab(away)], session="S1", by=town.ana, at=NOON)
    box = Manifest("M2", town.north, town.lab2)
    commands.dispatch_tubes([away], manifest=box, by=town.ana, at=NOON)
    commands.lose_tubes([Loss(lost, "vỡ")], witness=town.cleo, by=town.ana, at=NOON)
    found = {
        line[:2]: line[2] for line in sql.rows("SELECT code, lab_id, id FROM lab_unlistedtube")
    }
    good = [
        found[whole, town.lab1],
        found[moved, town.lab1],
        found[moved, town.lab2],
        found[lost, town.lab1],
    ]
    bad = [-1, *(found[code, town.lab1] for code in (pool, nobody, away))]
    return Scene(
        lambda items, by: lab.receive_listed(items, by=by, at=LATER),
        system_actor("results"),
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
    )


CASES = (
    Case(commands.hand_over_boxes, boxes),
    Case(commands.note_arrivals, arrivals),
    Case(lab.receive_listed, listed),
)
