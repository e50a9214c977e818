"""Scenes of the commands about labels, paper sheets, hand-overs and tubes that come unlisted."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st

from som.access.queries import system_actor
from som.access.roles import Held
from som.kernel import ids, sql
from som.kernel.actors import Actor
from som.lab import commands as lab
from som.places.queries import covered_ids
from som.sampling import commands
from som.sampling.commands import (
    Handout,
    LabelPrint,
    Loss,
    Manifest,
    SheetVoid,
    SheetWanted,
    Team,
    Voiding,
    record_swabs,
)
from som.sampling.queries import tubes_with_codes
from som.sampling.rules import (
    Arrival,
    BoxPassed,
    LabelsLeft,
    LineRead,
    PrintAgain,
    PrintedLine,
    SheetVoidReason,
    VoidReason,
    merged,
)
from tests.laws.laws import Case, Scene
from tests.town import NOON, Town

LATER = NOON + timedelta(hours=3)


def second_reader(town: Town) -> Actor:
    """Bình of the north's station, who reads again what Ana read."""
    return town._actor("binh", Held("sampler", covered_ids([town.north])))


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


def printings() -> Scene:
    """Sheets, each number with one meaning: of two meanings the first would be printed."""
    town = Town()
    tubes = town.tubes(4)
    slips = [ids.new_slip_code(town.random) for _ in range(6)]
    commands.void_labels([Voiding(4_000, 4_000, VoidReason.DAMAGED)], by=town.ana, at=NOON)
    commands.hand_out_labels([Handout("S2", 4_500, 4_509)], by=town.dora, at=NOON)
    taken = town.swab(tubes[3])
    record_swabs([taken], session="S1", by=town.ana, at=NOON)

    def sheet(number: int, *lines: tuple[str, str]) -> SheetWanted:
        return SheetWanted(number, tuple(PrintedLine(*line) for line in lines))

    good = [
        sheet(1, (tubes[0], slips[0]), (tubes[0], slips[1])),
        sheet(1, (tubes[0], ids.printed_slip_code(slips[0]).lower()), (tubes[0], slips[1])),
        sheet(2, (tubes[1], slips[2]), ("211005DH.03001", "")),
        sheet(3, ("", ""), ("", "")),
        sheet(8, (tubes[2], slips[3])),
    ]
    commands.print_sheets(good[-1:], session="S1", by=town.ana, at=NOON)
    bad = [
        sheet(7),
        sheet(7, *[("", "")] * 41),
        sheet(0, ("", "")),
        sheet(7, ("X", "")),
        sheet(7, (ids.tube_code(900_000), "")),
        sheet(7, (ids.tube_code(4_000), "")),
        sheet(7, (ids.tube_code(4_500), "")),
        sheet(7, ("", "0" * 13)),
        sheet(7, ("", taken.slip)),
        sheet(7, ("", slips[3])),
        sheet(7, ("", slips[4]), ("", slips[4])),
        sheet(8, (tubes[2], slips[5])),
    ]
    return Scene(
        lambda items, by: commands.print_sheets(items, session="S1", by=by, at=NOON),
        town.ana,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
        key=lambda one: (one.number, [ids.slip_code(x.slip) or x.slip for x in one.lines]),
    )


def printed(town: Town, lines: int = 6) -> list[LineRead]:
    """A sheet with so many lines, three to a tube, and who stands on them; a void sheet beside it."""
    tubes = town.tubes(lines // 3)
    said = [town.swab(tubes[place // 3]) for place in range(lines)]
    sheet = SheetWanted(1, tuple(PrintedLine(one.tube, one.slip) for one in said))
    void = SheetWanted(2, (PrintedLine(),))
    assert not commands.print_sheets([sheet, void], session="S1", by=town.ana, at=NOON).refused
    commands.void_sheets([SheetVoid(2, SheetVoidReason.UNUSED)], session="S1", by=town.ana, at=NOON)
    return [LineRead(1, place, one) for place, one in enumerate(said, start=1)]


def entries() -> Scene:
    """First readings, one of each line: of two that differ the first would be kept."""
    town = Town()
    lines, binh = printed(town), second_reader(town)
    commands.enter_sheets(lines[3:5], session="S1", by=town.ana, at=NOON)
    commands.enter_sheets(lines[5:], session="S1", by=binh, at=NOON)
    commands.reenter_sheets(lines[4:5], session="S1", by=binh, at=NOON)
    others = [LineRead(1, 2), lines[0], lines[2], lines[3], lines[4]]
    first = lines[0].swab
    assert first is not None
    bad = [
        LineRead(1, 7),
        LineRead(9, 1),
        LineRead(2, 1),
        lines[5],
        LineRead(1, 5),
        LineRead(1, 1, replace(first, tube="S0000000000")),
        LineRead(1, 1, town.swab(first.tube)),
    ]
    return Scene(
        lambda items, by: commands.enter_sheets(items, session="S1", by=by, at=NOON),
        town.ana,
        st.sampled_from(others),
        st.sampled_from(bad),
        stranger=town.egon,
        key=lambda read: (read.sheet, read.line, read.swab),
    )


def reentries() -> Scene:
    """Second readings, one of each line: some agree, one differs, one is blank, one settled."""
    town = Town()
    lines, binh = printed(town), second_reader(town)
    blank = LineRead(1, 6)
    commands.enter_sheets([*lines[:4], blank], session="S1", by=town.ana, at=NOON)
    commands.reenter_sheets(lines[3:4], session="S1", by=binh, at=NOON)
    second = lines[1].swab
    assert second is not None
    assert second.said is not None
    other = replace(second, said=replace(second.said, name="Người Khác"))
    first = lines[0].swab
    assert first is not None
    assert first.said is not None
    shouted = replace(first, said=replace(first.said, name=first.said.name.upper()))
    good = [
        LineRead(1, 1, shouted),
        LineRead(1, 2, other),
        LineRead(1, 3, lines[2].swab),
        lines[3],
        blank,
    ]
    bad = [LineRead(1, 7), LineRead(9, 1), LineRead(2, 1), lines[4], LineRead(1, 4)]
    return Scene(
        lambda items, by: commands.reenter_sheets(items, session="S1", by=by, at=NOON),
        binh,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
        key=lambda read: (read.sheet, read.line, read.swab),
    )


def sheet_voidings() -> Scene:
    """Sheets, each void for one reason: of two reasons the first would be noted."""
    town = Town()
    blank = [SheetWanted(number, (PrintedLine(), PrintedLine())) for number in range(1, 6)]
    commands.print_sheets(blank, session="S1", by=town.ana, at=NOON)
    commands.enter_sheets([LineRead(4, 1), LineRead(5, 1)], session="S1", by=town.ana, at=NOON)
    good = [
        SheetVoid(1, SheetVoidReason.UNUSED),
        SheetVoid(2, SheetVoidReason.DAMAGED),
        SheetVoid(3, SheetVoidReason.LOST),
        SheetVoid(4, SheetVoidReason.LOST),
    ]
    bad = [
        SheetVoid(9, SheetVoidReason.UNUSED),
        SheetVoid(5, SheetVoidReason.DAMAGED),
        SheetVoid(5, SheetVoidReason.UNUSED),
    ]
    return Scene(
        lambda items, by: commands.void_sheets(
            items, session="S1", witness=town.cleo, by=by, at=NOON
        ),
        town.ana,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
    )


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
    Case(commands.form_teams, teams),
    Case(commands.hand_out_labels, handouts),
    Case(commands.print_labels, label_printings),
    Case(commands.void_labels, voidings),
    Case(commands.close_sessions, closings),
    Case(commands.print_sheets, printings),
    Case(commands.enter_sheets, entries),
    Case(commands.reenter_sheets, reentries),
    Case(commands.void_sheets, sheet_voidings),
    Case(commands.hand_over_boxes, boxes),
    Case(commands.note_arrivals, arrivals),
    Case(lab.receive_listed, listed),
)
