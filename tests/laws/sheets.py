"""Scenes of the commands about paper sheets, read by two."""

from dataclasses import replace

from hypothesis import strategies as st

from som.access.roles import Held
from som.kernel import ids
from som.kernel.actors import Actor
from som.places.queries import covered_ids
from som.sampling import commands
from som.sampling.commands import Handout, SheetVoid, SheetWanted, Voiding, record_swabs
from som.sampling.rules import LineRead, PrintedLine, SheetVoidReason, VoidReason
from tests.laws.laws import Case, Scene
from tests.town import NOON, Town


def second_reader(town: Town) -> Actor:
    """Bình of the north's station, who reads again what Ana read."""
    return town._actor("binh", Held("sampler", covered_ids([town.north])))


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


CASES = (
    Case(commands.print_sheets, printings),
    Case(commands.enter_sheets, entries),
    Case(commands.reenter_sheets, reentries),
    Case(commands.void_sheets, sheet_voidings),
)
