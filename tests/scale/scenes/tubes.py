"""Labels, paper sheets, hand-overs and tubes that come before their list."""

from __future__ import annotations

from datetime import timedelta

from som.access.queries import system_actor
from som.access.roles import Held
from som.kernel import sql
from som.lab import commands as lab
from som.places.queries import covered_ids
from som.sampling import commands as sampling
from som.sampling.commands import (
    Handout,
    LabelPrint,
    Manifest,
    SheetVoid,
    SheetWanted,
    Team,
    Voiding,
)
from som.sampling.queries import tubes_with_codes
from som.sampling.rules import (
    Arrival,
    BoxPassed,
    LineRead,
    PrintedLine,
    SheetVoidReason,
    VoidReason,
)
from tests.scale.prepared import Call, prepared
from tests.town import NOON, Town

LATER = NOON + timedelta(hours=3)


@prepared("sampling.form_teams", many=900)
def _teams(size: int) -> Call:
    town = Town()
    given = [Team("S1", n, f"An {n}", f"Bình {n}") for n in range(1, size + 1)]
    return lambda: sampling.form_teams(given, by=town.ana, at=NOON)


@prepared("sampling.hand_out_labels")
def _handouts(size: int) -> Call:
    town = Town()
    given = [Handout("S1", 10 * n, 10 * n + 9) for n in range(1, size + 1)]
    return lambda: sampling.hand_out_labels(given, by=town.dora, at=NOON)


@prepared("sampling.print_labels")
def _label_printings(size: int) -> Call:
    town = Town()
    given = [LabelPrint(f"P{n}", ((10 * n, 10 * n + 8),)) for n in range(size)]
    return lambda: sampling.print_labels(given, by=town.dora, at=NOON)


@prepared("sampling.void_labels")
def _voidings(size: int) -> Call:
    town = Town()
    given = [Voiding(10 * n, 10 * n + 4, VoidReason.LOST) for n in range(size)]
    return lambda: sampling.void_labels(given, witness=town.cleo, by=town.ana, at=NOON)


def _sheets(size: int) -> tuple[Town, list[SheetWanted], list[LineRead]]:
    """Sheets with so many lines in all, each with a tube and a person of its own."""
    town = Town()
    swabs = [town.swab(tube) for tube in town.tubes(size)]
    sheets, lines = [], []
    for number, start in enumerate(range(0, size, 40), start=1):
        part = swabs[start : start + 40]
        sheets.append(SheetWanted(number, tuple(PrintedLine(s.tube, s.slip) for s in part)))
        lines += [LineRead(number, place, swab) for place, swab in enumerate(part, start=1)]
    return town, sheets, lines


@prepared("sampling.print_sheets")
def _printings(size: int) -> Call:
    town, sheets, _ = _sheets(size)
    return lambda: sampling.print_sheets(sheets, session="S1", by=town.ana, at=NOON)


@prepared("sampling.enter_sheets")
def _entries(size: int) -> Call:
    town, sheets, lines = _sheets(size)
    assert not sampling.print_sheets(sheets, session="S1", by=town.ana, at=NOON).refused
    return lambda: sampling.enter_sheets(lines, session="S1", by=town.ana, at=NOON)


@prepared("sampling.reenter_sheets")
def _reentries(size: int) -> Call:
    town, sheets, lines = _sheets(size)
    binh = town._actor("binh", Held("sampler", covered_ids([town.north])))
    assert not sampling.print_sheets(sheets, session="S1", by=town.ana, at=NOON).refused
    assert not sampling.enter_sheets(lines, session="S1", by=town.ana, at=NOON).refused
    return lambda: sampling.reenter_sheets(lines, session="S1", by=binh, at=NOON)


@prepared("sampling.void_sheets")
def _sheet_voidings(size: int) -> Call:
    town = Town()
    blank = [SheetWanted(n, (PrintedLine(),)) for n in range(1, size + 1)]
    assert not sampling.print_sheets(blank, session="S1", by=town.ana, at=NOON).refused
    given = [SheetVoid(sheet.number, SheetVoidReason.LOST) for sheet in blank]
    return lambda: sampling.void_sheets(
        given, session="S1", witness=town.cleo, by=town.ana, at=NOON
    )


def _recorded(size: int) -> tuple[Town, list[str]]:
    town = Town()
    tubes = town.tubes(size)
    swabs = [town.swab(tube) for tube in tubes]
    assert not sampling.record_swabs(swabs, session="S1", by=town.ana, at=NOON).refused
    return town, tubes


@prepared("sampling.hand_over_boxes", many=40)
def _boxes(size: int) -> Call:
    town, tubes = _recorded(size)
    for n, tube in enumerate(tubes):
        box = Manifest(f"M{n}", town.north, town.lab1, "Tổ xe")
        assert sampling.dispatch_tubes([tube], manifest=box, by=town.ana, at=NOON).done
    given = [BoxPassed(f"M{n}", LATER, "Tổ xe", "Lái xe Hai") for n in range(size)]
    return lambda: sampling.hand_over_boxes(given, by=town.ana, at=LATER)


@prepared("sampling.note_arrivals")
def _arrivals(size: int) -> Call:
    town, tubes = _recorded(size)
    given = [
        Arrival(rows[0].id, town.lab1, NOON, "ben") for rows in tubes_with_codes(tubes).values()
    ]
    return lambda: sampling.note_arrivals(given, by=town.ben, at=NOON)


@prepared("lab.receive_listed")
def _listed(size: int) -> Call:
    town = Town()
    tubes = town.tubes(size)
    assert not lab.receive_tubes(tubes, lab=town.lab1, by=town.ben, at=NOON).refused
    swabs = [town.swab(tube) for tube in tubes]
    assert not sampling.record_swabs(swabs, session="S1", by=town.ana, at=NOON).refused
    waiting = [line[0] for line in sql.rows("SELECT id FROM lab_unlistedtube")]
    return lambda: lab.receive_listed(waiting, by=system_actor("results"), at=LATER)
