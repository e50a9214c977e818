"""Scenes of the commands about teams, their labels, and the end of their session."""

from hypothesis import strategies as st

from som.kernel import ids
from som.sampling import commands
from som.sampling.commands import Handout, LabelPrint, SheetWanted, Team, Voiding, record_swabs
from som.sampling.rules import LabelsLeft, PrintAgain, PrintedLine, VoidReason, merged
from tests.laws.laws import Case, Scene
from tests.town import NOON, Town


def teams() -> Scene:
    """Teams, each number of two people: of two pairs the first would be taken."""
    town = Town()
    good = [
        Team("S1", 1, "Nông Thị Ổn", "Lê Văn Đào"),
        Team("S1", 1, " Nông  Thị Ổn", "Lê Văn Đào"),
        Team("S1", 2, "Lê Văn Đào", "Nông Thị Ổn"),
        Team("S2", 1, "An", "Bình"),
    ]
    bad = [
        Team("S9", 1, "An", "Bình"),
        Team("S3", 1, "An", "Bình"),
        Team("S1", 3, "An", "an "),
        Team("S1", 3, "An", ""),
        Team("S1", 0, "An", "Bình"),
        Team("S1", 4, "Khác", "Bình"),
    ]
    commands.form_teams([Team("S1", 4, "An", "Bình")], by=town.ana, at=NOON)
    return Scene(
        lambda items, by: commands.form_teams(items, by=by, at=NOON),
        town.ana,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
        key=lambda team: (team.session, team.number, team.swabber.split(), team.scribe.split()),
    )


def handouts() -> Scene:
    """Runs of different labels: of two that overlap the first would be handed out."""
    town = Town()
    commands.form_teams([Team("S1", 1, "An", "Bình")], by=town.ana, at=NOON)
    (used,) = town.tubes(1)
    record_swabs([town.swab(used)], session="S1", by=town.ana, at=NOON)
    serial = ids.tube_serial(used) or 0
    commands.void_labels([Voiding(4_000, 4_010, VoidReason.MISPRINTED)], by=town.ana, at=NOON)
    commands.hand_out_labels([Handout("S2", 5_000, 5_099)], by=town.dora, at=NOON)
    paper = SheetWanted(1, (PrintedLine(ids.tube_code(8_000)), PrintedLine("211005DH.03001")))
    assert commands.print_sheets([paper], session="S1", by=town.ana, at=NOON).held
    good = [
        Handout("S1", 8_000, 8_000),
        Handout("S1", 6_000, 6_099),
        Handout("S1", 6_100, 6_199, 1),
        Handout("S2", 6_200, 6_200),
        Handout("S2", 5_000, 5_099),
        Handout("S3", 100_000, 100_009),
    ]
    bad = [
        Handout("S9", 7_000, 7_001),
        Handout("S1", 7_000, 7_001, 2),
        Handout("S1", 7_001, 7_000),
        Handout("S1", 99_990, 300_000),
        Handout("S1", 5_050, 5_150),
        Handout("S1", serial, serial),
        Handout("S1", 4_005, 4_020),
        Handout("S2", 7_990, 8_009),
    ]
    return Scene(
        lambda items, by: commands.hand_out_labels(items, by=by, at=NOON),
        town.dora,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
    )


def label_printings() -> Scene:
    """Labels printed, each once: of two printings of the same labels the first would be noted."""
    town = Town()
    (used,) = town.tubes(1)
    record_swabs([town.swab(used)], session="S1", by=town.ana, at=NOON)
    serial = ids.tube_serial(used) or 0
    commands.void_labels([Voiding(4_000, 4_010, VoidReason.MISPRINTED)], by=town.ana, at=NOON)
    commands.hand_out_labels([Handout("S2", 5_000, 5_099)], by=town.dora, at=NOON)
    held = LabelPrint("P0", ((6_000, 6_099),))
    assert commands.print_labels([held], by=town.dora, at=NOON).done == [held]
    good = [
        held,
        LabelPrint("P1", ((6_100, 6_199),)),
        LabelPrint("P1", ((6_150, 6_199), (6_100, 6_149))),
        LabelPrint("P2", ((6_050, 6_059), (7_000, 7_009)), PrintAgain.SPOILED),
        LabelPrint("P3", ((5_000, 5_000),), PrintAgain.NOTHING_CAME),
        LabelPrint("P4", ((100_000, 100_009),), PrintAgain.OTHER_PAPER),
    ]
    bad = [
        LabelPrint("P0", ((6_000, 6_098),)),
        LabelPrint("P9", ()),
        LabelPrint("P9", ((9, 8),)),
        LabelPrint("P9", ((500_000, 500_000),)),
        LabelPrint("P9", ((6_099, 6_100),)),
        LabelPrint("P9", ((5_050, 5_050),)),
        LabelPrint("P9", ((serial, serial),), PrintAgain.SPOILED),
        LabelPrint("P9", ((4_005, 4_020),), PrintAgain.SPOILED),
    ]
    return Scene(
        lambda items, by: commands.print_labels(items, by=by, at=NOON),
        town.dora,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
        key=lambda one: (one.code, merged(one.labels), one.again),
    )


def voidings() -> Scene:
    """Runs of different labels: of two that overlap the first would be void."""
    town = Town()
    (used,) = town.tubes(1)
    record_swabs([town.swab(used)], session="S1", by=town.ana, at=NOON)
    serial = ids.tube_serial(used) or 0
    lost = Voiding(4_100, 4_200, VoidReason.LOST, "rơi xuống sông")
    commands.void_labels([Voiding(4_000, 4_010, VoidReason.MISPRINTED)], by=town.ana, at=NOON)
    good = [
        Voiding(4_000, 4_010, VoidReason.MISPRINTED),
        Voiding(4_005, 4_006, VoidReason.DAMAGED),
        Voiding(4_050, 4_050, VoidReason.DAMAGED, "ướt"),
        lost,
    ]
    bad = [
        Voiding(serial, serial, VoidReason.DAMAGED),
        Voiding(4_009, 4_012, VoidReason.DAMAGED),
        Voiding(9, 5, VoidReason.DAMAGED),
        Voiding(99_999, 100_000, VoidReason.DAMAGED),
        Voiding(500_000, 500_000, VoidReason.DAMAGED),
    ]
    return Scene(
        lambda items, by: commands.void_labels(items, witness=town.cleo, by=by, at=NOON),
        town.ana,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
    )


def closings() -> Scene:
    """Sessions with labels handed out: some add up, one does not, one has a sheet still open."""
    town = Town()
    used, spoiled = town.tubes(2)
    first, second = (ids.tube_serial(code) or 0 for code in (used, spoiled))
    commands.hand_out_labels([Handout("S1", first, first + 9)], by=town.dora, at=NOON)
    commands.hand_out_labels([Handout("S2", first + 10, first + 19)], by=town.dora, at=NOON)
    record_swabs([town.swab(used)], session="S1", by=town.ana, at=NOON)
    commands.void_labels([Voiding(second, second, VoidReason.DAMAGED)], by=town.ana, at=NOON)
    blank = SheetWanted(1, (PrintedLine(),))
    commands.print_sheets([blank], session="S3", by=town.sam, at=NOON)
    left = {"S1": LabelsLeft(((first + 2, first + 9),)), "S2": LabelsLeft(count=9)}
    return Scene(
        lambda items, by: commands.close_sessions(items, left=left, by=by, at=NOON),
        town.dora,
        st.just("S1"),
        st.sampled_from(["S2", "S3", "S9"]),
        stranger=town.egon,
    )


CASES = (
    Case(commands.form_teams, teams),
    Case(commands.hand_out_labels, handouts),
    Case(commands.print_labels, label_printings),
    Case(commands.void_labels, voidings),
    Case(commands.close_sessions, closings),
)
