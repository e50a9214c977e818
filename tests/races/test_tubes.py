"""Labels, sheets and boxes in several hands at once: each is used, void, read or received once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from som.access.queries import system_actor
from som.access.roles import Held
from som.kernel import sql
from som.kernel.actors import Actor
from som.kernel.errors import Conflict
from som.kernel.ids import tube_code
from som.lab.commands import receive_listed, receive_tubes
from som.places.queries import covered_ids
from som.results.queries import ledger_gaps
from som.sampling.commands import (
    CardPrint,
    CardRoll,
    Handout,
    LabelPrint,
    Manifest,
    SheetVoid,
    SheetWanted,
    Team,
    Voiding,
    close_sessions,
    dispatch_tubes,
    enter_sheets,
    form_teams,
    hand_out_labels,
    hand_over_boxes,
    issue_cards,
    note_arrivals,
    print_cards,
    print_labels,
    print_sheets,
    record_swabs,
    reenter_sheets,
    void_labels,
    void_sheets,
)
from som.sampling.queries import tubes_with_codes
from som.sampling.rules import (
    Arrival,
    BoxPassed,
    LabelsLeft,
    LineRead,
    PrintedLine,
    SheetVoidReason,
    VoidReason,
)
from tests.races.at_once import at_once, counted, done, reasons
from tests.town import NOON, Town

pytestmark = pytest.mark.slow

LATER = NOON + timedelta(hours=1)
WORKER = system_actor("results")


def binh(town: Town) -> Actor:
    return town._actor("binh", Held("sampler", covered_ids([town.north])))


def test_a_label_is_in_the_hands_of_one_team(town: Town) -> None:
    given = [Handout("S1", 1_000, 1_009), Handout("S2", 1_005, 1_014)]
    answers = at_once(*(lambda h=h: hand_out_labels([h], by=town.dora, at=NOON) for h in given))
    assert len(done(answers)) == 1
    assert reasons(answers) == ["labels_handed_out"]


def test_a_card_is_printed_once(town: Town) -> None:
    assert issue_cards([CardRoll(0, 29, town.north)], by=town.dora, at=NOON).done
    given = [CardPrint("P1", ((0, 19),)), CardPrint("P2", ((10, 29),))]
    answers = at_once(*(lambda p=p: print_cards([p], by=town.dora, at=NOON) for p in given))
    assert len(done(answers)) == 1
    assert reasons(answers) == ["cards_printed"]


def test_a_label_is_printed_once(town: Town) -> None:
    given = [LabelPrint("P1", ((1_000, 1_009),)), LabelPrint("P2", ((1_005, 1_014),))]
    answers = at_once(*(lambda p=p: print_labels([p], by=town.dora, at=NOON) for p in given))
    assert len(done(answers)) == 1
    assert reasons(answers) == ["labels_printed"]


def test_a_label_is_on_a_sheet_of_one_session_or_in_the_hands_of_another(town: Town) -> None:
    paper = SheetWanted(1, (PrintedLine(tube_code(1_005)),))
    printed, handed = at_once(
        lambda: print_sheets([paper], session="S1", by=town.ana, at=NOON),
        lambda: hand_out_labels([Handout("S2", 1_000, 1_009)], by=town.dora, at=NOON),
    )
    assert len(printed.done) + len(handed.done) == 1
    assert set(reasons([printed, handed])) <= {"sheet_tube_elsewhere", "labels_on_sheet"}


def test_labels_are_handed_out_before_the_session_closes_or_not_at_all(town: Town) -> None:
    handed, closed = at_once(
        lambda: hand_out_labels([Handout("S1", 1_000, 1_009)], by=town.dora, at=NOON),
        lambda: close_sessions(["S1"], by=town.dora, at=NOON),
    )
    assert len(handed.done) + len(closed.done) == 1


def test_a_label_is_void_or_used(town: Town) -> None:
    serials = range(1_000, 1_040)
    swabs = [town.swab(tube_code(serial)) for serial in serials]
    voids = [Voiding(serial, serial, VoidReason.DAMAGED) for serial in reversed(serials)]
    answers = at_once(
        lambda: record_swabs(swabs, session="S1", by=town.ana, at=NOON),
        lambda: void_labels(voids, by=town.ana, at=NOON),
    )
    assert len(done(answers)) == 40
    both = """
        SELECT count(*) FROM sampling_voiding v JOIN sampling_tube t
          ON substr(t.code, 2, 9)::int BETWEEN v.first AND v.last WHERE t.swabs > 0
    """
    assert counted(both) == 0


def test_a_label_is_void_once(town: Town) -> None:
    given = [
        [Voiding(1_000, 1_009, VoidReason.DAMAGED)],
        [Voiding(1_005, 1_014, VoidReason.MISPRINTED)],
    ]
    answers = at_once(*(lambda v=v: void_labels(v, by=town.ana, at=NOON) for v in given))
    assert len(done(answers)) == 1
    assert reasons(answers) == ["labels_void"]


def test_a_number_is_one_team(town: Town) -> None:
    given = [Team("S1", 1, "An", "Bình"), Team("S1", 1, "Chi", "Dũng")]
    answers = at_once(*(lambda t=t: form_teams([t], by=town.ana, at=NOON) for t in given))
    assert len(done(answers)) == 1
    assert reasons(answers) == ["team_taken"]
    assert counted("SELECT count(*) FROM sampling_team") == 1


def test_a_session_closes_before_or_after_what_is_counted(town: Town) -> None:
    hand_out_labels([Handout("S1", 1_000, 1_009)], by=town.dora, at=NOON)
    swabs = [town.swab(tube_code(serial)) for serial in range(1_000, 1_005)]
    recorded, closed = at_once(
        lambda: record_swabs(swabs, session="S1", by=town.ana, at=NOON),
        lambda: close_sessions(
            ["S1"], left={"S1": LabelsLeft(((1_005, 1_009),))}, by=town.dora, at=NOON
        ),
    )
    assert not isinstance(recorded, Conflict)
    assert [str(r.reason) for r in closed.refused] in ([], ["labels_unaccounted"])
    assert ledger_gaps(by=town.dora, at=NOON) == []


def sheet(town: Town, count: int = 12) -> list[LineRead]:
    """A sheet with so many people, three to a tube."""
    tubes = town.tubes(count // 3)
    swabs = [town.swab(tubes[place // 3]) for place in range(count)]
    wanted = SheetWanted(1, tuple(PrintedLine(s.tube, s.slip) for s in swabs))
    assert print_sheets([wanted], session="S1", by=town.ana, at=NOON).done
    return [LineRead(1, line, swab) for line, swab in enumerate(swabs, start=1)]


def test_a_number_is_one_sheet_and_a_slip_is_printed_once(town: Town) -> None:
    one = SheetWanted(1, (PrintedLine("", town.swab("X").slip),))
    other = SheetWanted(1, (PrintedLine(),))
    third = SheetWanted(2, one.lines)
    answers = at_once(
        *(
            lambda s=s: print_sheets([s], session="S1", by=town.ana, at=NOON)
            for s in (one, other, third)
        )
    )
    assert 1 <= len(done(answers)) <= 2
    assert set(reasons(answers)) <= {"sheet_number_taken", "sheet_slip_used"}
    assert counted("SELECT count(*) FROM sampling_sheetline WHERE slip <> ''") <= 1


def test_a_line_is_recorded_once_though_many_read_it_at_once(town: Town) -> None:
    lines, second = sheet(town), binh(town)
    enter_sheets(lines, session="S1", by=town.ana, at=NOON)
    answers = at_once(
        lambda: reenter_sheets(lines, session="S1", by=second, at=NOON),
        lambda: reenter_sheets(lines[::-1], session="S1", by=second, at=NOON),
        lambda: enter_sheets(lines, session="S1", by=town.ana, at=NOON),
    )
    assert reasons(answers) == []
    assert counted("SELECT count(*) FROM sampling_swab") == 12
    assert counted("SELECT count(*) FROM sampling_sheetline WHERE swab_id IS NOT NULL") == 12


def test_a_sheet_is_read_or_void(town: Town) -> None:
    lines = sheet(town, 3)
    read, void = at_once(
        lambda: enter_sheets(lines, session="S1", by=town.ana, at=NOON),
        lambda: void_sheets(
            [SheetVoid(1, SheetVoidReason.UNUSED)], session="S1", by=town.ana, at=NOON
        ),
    )
    assert bool(read.done) != bool(void.done)


def test_a_session_closes_with_its_sheets_read_twice_or_not_at_all(town: Town) -> None:
    lines, second = sheet(town, 3), binh(town)
    enter_sheets(lines, session="S1", by=town.ana, at=NOON)
    read, closed = at_once(
        lambda: reenter_sheets(lines, session="S1", by=second, at=NOON),
        lambda: close_sessions(["S1"], by=town.dora, at=NOON),
    )
    assert len(read.done) == 3
    assert [str(r.reason) for r in closed.refused] in ([], ["sheets_open"])


def boxed(town: Town) -> list[str]:
    tubes = town.tubes(20)
    record_swabs([town.swab(tube) for tube in tubes], session="S1", by=town.ana, at=NOON)
    return tubes


def test_a_hand_over_is_noted_once(town: Town) -> None:
    tubes = boxed(town)
    dispatch_tubes(tubes, manifest=Manifest("M1", town.north, town.lab1), by=town.ana, at=NOON)
    passed = BoxPassed("M1", LATER, "Tổ xe", "Lái xe Hai")
    answers = at_once(*(lambda: hand_over_boxes([passed], by=town.ana, at=LATER) for _ in range(3)))
    assert len(done(answers)) == 1
    assert counted("SELECT count(*) FROM sampling_custody WHERE step = 'carried'") == 20


def test_a_tube_is_received_here_or_sent_elsewhere(town: Town) -> None:
    tubes = boxed(town)
    away = Manifest("M1", town.north, town.lab2)
    answers = at_once(
        lambda: receive_tubes(tubes, lab=town.lab1, by=town.ben, at=NOON),
        lambda: dispatch_tubes(tubes[::-1], manifest=away, by=town.ana, at=NOON),
    )
    assert sorted(done(answers)) == sorted(tubes)
    assert set(reasons(answers)) <= {"tube_sent_elsewhere", "tube_at_other_lab"}
    lost = """
        SELECT count(*) FROM lab_reception r JOIN sampling_tube t ON t.id = r.tube_id
        WHERE t.lab_id <> r.lab_id
    """
    assert counted(lost) == 0


def test_an_arrival_is_noted_once(town: Town) -> None:
    tubes = boxed(town)
    given = [
        Arrival(rows[0].id, town.lab1, NOON, "ben") for rows in tubes_with_codes(tubes).values()
    ]
    answers = at_once(
        *(lambda o=o: note_arrivals(given[::o], by=town.ben, at=NOON) for o in (1, -1))
    )
    assert len(done(answers)) == 20
    assert counted("SELECT count(*) FROM sampling_custody") == 20


def test_unlisted_tubes_are_received_once_whoever_comes_first(town: Town) -> None:
    tubes = town.tubes(20)
    both = at_once(
        *(
            lambda o=o: receive_tubes(tubes[::o], lab=town.lab1, by=town.ben, at=NOON)
            for o in (1, -1)
        )
    )
    assert sorted(done(both)) == sorted(tubes)
    record_swabs([town.swab(tube) for tube in tubes], session="S1", by=town.ana, at=NOON)
    waiting = [line[0] for line in sql.rows("SELECT id FROM lab_unlistedtube")]
    box = Manifest("M1", town.north, town.lab1)
    answers = at_once(
        lambda: receive_listed(waiting, by=WORKER, at=LATER),
        lambda: receive_listed(waiting[::-1], by=WORKER, at=LATER),
        lambda: receive_tubes(tubes, lab=town.lab1, by=town.ben, at=LATER),
        lambda: dispatch_tubes(tubes[::-1], manifest=box, by=town.ana, at=LATER),
    )
    assert reasons(answers) == []
    assert counted("SELECT count(*) FROM lab_reception") == 20
    assert counted("SELECT count(*) FROM sampling_custody WHERE step = 'received'") == 20
    assert counted("SELECT count(*) FROM sampling_tube WHERE manifest_id IS NULL") == 0
