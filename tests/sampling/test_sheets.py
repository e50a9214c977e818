"""Paper sheets: two people read every line, and only what both read is recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from som.access.roles import Held
from som.kernel import ids, scope, sql
from som.kernel.actors import Actor
from som.kernel.errors import Conflict, NotAllowed, NotFound
from som.places.queries import covered_ids
from som.results.queries import ledger_gaps
from som.sampling.commands import (
    Handout,
    SheetVoid,
    SheetWanted,
    close_sessions,
    enter_sheets,
    hand_out_labels,
    print_sheets,
    record_swabs,
    reenter_sheets,
    void_sheets,
)
from som.sampling.queries import labels_for_sheets, sheets, tubes_with_codes
from som.sampling.rules import LabelsLeft, LineRead, PrintedLine, SheetVoidReason, SwabTaken
from som.sampling.rules.sheets import differing, reading_of
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db


def binh(town: Town) -> Actor:
    return town._actor("binh", Held("sampler", covered_ids([town.north])))


def printed(town: Town, sizes: tuple[int, ...] = (2, 1), number: int = 1) -> list[LineRead]:
    """A sheet with tubes of these sizes, and the people who are written on it."""
    tubes = town.tubes(len(sizes))
    swabs = [town.swab(t) for t, size in zip(tubes, sizes, strict=True) for _ in range(size)]
    sheet = SheetWanted(number, tuple(PrintedLine(s.tube, s.slip) for s in swabs))
    assert print_sheets([sheet], session="S1", by=town.ana, at=NOON).done
    return [LineRead(number, line, swab) for line, swab in enumerate(swabs, start=1)]


def first(town: Town, *lines: LineRead) -> list[str]:
    outcome = enter_sheets(lines, session="S1", by=town.ana, at=NOON)
    return [str(r.reason) for r in outcome.refused]


def second(town: Town, *lines: LineRead) -> list[tuple[str, str]]:
    outcome = reenter_sheets(lines, session="S1", by=binh(town), at=NOON)
    return [(str(r.reason), r.detail) for r in outcome.refused]


def said(read: LineRead, **changes: object) -> LineRead:
    """The line as somebody reads it who takes these fields for others."""
    assert read.swab is not None
    assert read.swab.said is not None
    return replace(read, swab=replace(read.swab, said=replace(read.swab.said, **changes)))  # type: ignore[arg-type]


def state(town: Town) -> tuple[int, int, int, int]:
    """Of the first sheet: lines unread, read once, differing, settled."""
    number = sql.rows("SELECT id FROM sampling_session WHERE code = 'S1'")[0][0]
    row = sheets(number, by=town.ana)[0]
    return row.unread, row.read_once, row.differing, row.settled


def swabs(town: Town) -> int:
    with scope.entered(town.ana, "sampling.read"):
        return int(sql.rows("SELECT count(*) FROM sampling_swab")[0][0])


def test_what_two_people_read_alike_is_recorded_into_the_tube_printed_there() -> None:
    town = Town()
    lines = printed(town)
    assert first(town, *lines) == []
    assert (state(town), swabs(town)) == ((0, 3, 0, 0), 0)
    assert second(town, *lines) == []
    assert (state(town), swabs(town)) == ((0, 0, 0, 3), 3)
    pool = lines[0].swab
    assert pool is not None
    assert tubes_with_codes([pool.tube])[pool.tube][0].swabs == 2
    again = reenter_sheets(lines, session="S1", by=binh(town), at=NOON)
    assert again.unchanged == lines
    assert swabs(town) == 3
    with scope.entered(town.ana, "sampling.read"):
        led = sql.rows(
            "SELECT l.line, w.slip = l.slip FROM sampling_sheetline l"
            " JOIN sampling_swab w ON w.id = l.swab_id ORDER BY 1"
        )
        when = sql.rows("SELECT DISTINCT first_at, second_at, settled_at FROM sampling_sheetline")
    assert led == [(1, True), (2, True), (3, True)]
    assert when == [(NOON, NOON, NOON)]
    assert ledger_gaps(by=town.dora, at=NOON) == []


def test_where_the_readings_differ_nothing_is_recorded_until_both_agree() -> None:
    town = Town()
    lines = printed(town)
    first(town, *lines)
    misread = said(lines[1], name="Người Khác", phone="0900000000")
    assert second(town, lines[0], misread, lines[2]) == [
        ("sheet_readings_differ", "1/2: name, phone")
    ]
    assert (state(town), swabs(town)) == ((0, 0, 1, 2), 2)
    assert second(town, misread) == [("sheet_readings_differ", "1/2: name, phone")]
    assert second(town, lines[1]) == []
    assert (state(town), swabs(town)) == ((0, 0, 0, 3), 3)


def test_the_first_reader_may_have_misread_too() -> None:
    town = Town()
    lines = printed(town, (1,))
    first(town, said(lines[0], birth_date=date(1999, 1, 1)))
    assert second(town, *lines) == [("sheet_readings_differ", "1/1: birth_date, birth_year")]
    assert first(town, *lines) == []
    assert (state(town), swabs(town)) == ((0, 0, 0, 1), 1)


def test_the_second_reading_is_for_another_person() -> None:
    town = Town()
    lines = printed(town)
    assert second(town, lines[0]) == [("sheet_not_read_yet", "1/1")]
    first(town, *lines)
    alone = reenter_sheets(lines[:1], session="S1", by=town.ana, at=NOON)
    assert [str(r.reason) for r in alone.refused] == ["sheet_same_reader"]
    early = enter_sheets(lines[:1], session="S1", by=binh(town), at=NOON)
    assert [str(r.reason) for r in early.refused] == ["sheet_read_by_another"]
    second(town, said(lines[0], name="Khác"))
    turned = enter_sheets(lines[:1], session="S1", by=binh(town), at=NOON)
    assert [str(r.reason) for r in turned.refused] == ["sheet_same_reader"]
    with (
        scope.entered(town.ana, "sampling.record"),
        pytest.raises(IntegrityError, match="sheet_line_is_read_by_two_people"),
        transaction.atomic(),
    ):
        sql.execute("UPDATE sampling_sheetline SET second_by = first_by")


def test_a_blank_line_is_blank_to_two_people() -> None:
    town = Town()
    lines = printed(town, (1,))
    assert first(town, LineRead(1, 1)) == []
    assert second(town, *lines) == [("sheet_readings_differ", "1/1: blank")]
    assert second(town, LineRead(1, 1)) == []
    assert (state(town), swabs(town)) == ((0, 0, 0, 1), 0)
    assert first(town, *lines) == ["sheet_line_settled"]


def test_what_cannot_be_recorded_says_why_and_stays_open() -> None:
    town = Town()
    lines = printed(town, (1, 1))
    assert lines[0].swab is not None
    early = replace(lines[0], swab=replace(lines[0].swab, taken_at=NOON - timedelta(days=1)))
    first(town, early, lines[1])
    assert [reason for reason, _ in second(town, early, lines[1])] == ["taken_before_session"]
    assert state(town)[3] == 1
    number = sql.rows("SELECT id FROM sampling_session WHERE code = 'S1'")[0][0]
    assert (sheets(number, by=town.ana)[0].faults, sheets(number, by=town.ana)[0].state) == (
        1, "differing"
    )  # fmt: skip
    assert first(town, lines[0]) == ["sheet_readings_differ"]
    assert second(town, lines[0]) == []
    assert state(town)[3] == 2


def test_lines_that_are_not_as_printed_are_refused() -> None:
    town = Town()
    lines = printed(town, (1, 1))
    one, other = (read.swab for read in lines)
    assert one is not None
    assert other is not None
    wrong = [
        LineRead(1, 1, replace(one, tube=other.tube)),
        LineRead(1, 1, replace(one, slip=other.slip)),
        LineRead(1, 9, one),
        LineRead(2, 1, one),
    ]
    reasons = [first(town, read)[0] for read in wrong]
    assert reasons == ["sheet_print_differs"] * 2 + ["sheet_line_unknown"] * 2
    assert first(town, lines[0], said(lines[0], name="Khác")) == ["sheet_line_twice"]
    assert first(town, lines[0], lines[0]) == []


def test_names_in_capitals_and_spaces_are_read_alike_and_an_empty_answer_is_none() -> None:
    town = Town()
    one = LineRead(1, 1, town.swab("X", said=town.declaration(name="Nông  Văn Ổn", phone="")))
    assert one.swab is not None
    assert one.swab.said is not None
    other = said(one, name="NÔNG VĂN ỔN")
    assert differing(reading_of(one), reading_of(other)) == ()
    assert "phone" not in reading_of(one)
    assert differing(reading_of(one), reading_of(said(one, phone="0912345678"))) == ("phone",)
    assert differing(reading_of(one), {}) == ("blank",)


def test_a_sheet_is_printed_with_what_may_be_used_here() -> None:
    town = Town()
    taken = town.swab(town.tubes(1)[0])
    record_swabs([taken], session="S1", by=town.ana, at=NOON)
    slip = ids.new_slip_code(town.random)
    bad = [
        PrintedLine("X"),
        PrintedLine(ids.tube_code(150_000)),
        PrintedLine("", "0" * 13),
        PrintedLine("", taken.slip),
    ]
    wanted = [SheetWanted(n, (line,)) for n, line in enumerate(bad, start=1)]
    wanted += [SheetWanted(5, ()), SheetWanted(6, (PrintedLine("", slip), PrintedLine("", slip)))]
    outcome = print_sheets(wanted, session="S1", by=town.ana, at=NOON)
    assert [str(r.reason) for r in outcome.refused] == [
        "sheet_tube_unknown",
        "sheet_tube_unknown",
        "sheet_slip_unreadable",
        "sheet_slip_used",
        "sheet_lines_impossible",
        "sheet_slip_used",
    ]
    one = SheetWanted(7, (PrintedLine("", slip),))
    assert print_sheets([one], session="S1", by=town.ana, at=NOON).done
    assert print_sheets([one], session="S1", by=town.ana, at=NOON).unchanged
    elsewhere = print_sheets([replace(one, number=1)], session="S3", by=town.sam, at=NOON)
    assert [str(r.reason) for r in elsewhere.refused] == ["sheet_slip_used"]


def test_labels_in_the_hands_of_another_session_are_not_printed() -> None:
    town = Town()
    ((session,),) = sql.rows("SELECT id FROM sampling_session WHERE code = 'S1'")
    handed = [Handout("S2", 500, 501), Handout("S1", 503, 503)]
    assert not hand_out_labels(handed, by=town.dora, at=NOON).refused
    offered = labels_for_sheets(session, first=499, most=4, by=town.ana)
    assert offered == [ids.tube_code(n) for n in (499, 502, 503, 504)]
    wanted = [
        SheetWanted(n, (PrintedLine(ids.tube_code(serial)),))
        for n, serial in enumerate((499, 501, 503), start=1)
    ]
    outcome = print_sheets(wanted, session="S1", by=town.ana, at=NOON)
    assert outcome.done == [wanted[0], wanted[2]]
    assert [(str(r.reason), r.detail) for r in outcome.refused] == [
        ("sheet_tube_elsewhere", ids.tube_code(501))
    ]
    # Given back at that session's end, they are free.
    left = {"S2": LabelsLeft(count=2)}
    assert close_sessions(["S2"], left=left, by=town.dora, at=NOON).done
    assert print_sheets(wanted[1:2], session="S1", by=town.ana, at=NOON).done


def test_a_session_waits_for_its_sheets() -> None:
    town = Town()
    lines = printed(town, (1,))
    printed(town, (1,), number=2)
    outcome = close_sessions(["S1"], by=town.dora, at=NOON)
    assert [(str(r.reason), r.detail) for r in outcome.refused] == [("sheets_open", "1, 2")]
    first(town, *lines)
    second(town, *lines)
    void = SheetVoid(2, SheetVoidReason.UNUSED)
    assert void_sheets([void], session="S1", by=town.ana, at=NOON).done
    assert close_sessions(["S1"], by=town.dora, at=NOON).done == ["S1"]
    with pytest.raises(Conflict), transaction.atomic():
        enter_sheets(lines, session="S1", by=town.ana, at=NOON)


def test_a_lost_sheet_takes_two_people_and_a_read_one_is_not_thrown_away() -> None:
    town = Town()
    first(town, *printed(town))
    given = [
        SheetVoid(1, SheetVoidReason.DAMAGED),
        SheetVoid(1, SheetVoidReason.LOST),
        SheetVoid(9, SheetVoidReason.UNUSED),
    ]
    for witness, why in (
        (None, "sheet_needs_a_witness"),
        (town.ana, "sheet_needs_a_witness"),
        (town.egon, "sheet_witness_strange"),
    ):
        outcome = void_sheets(given, session="S1", witness=witness, by=town.ana, at=NOON)
        assert [str(r.reason) for r in outcome.refused] == [
            "sheet_in_use",
            why,
            "sheet_line_unknown",
        ]
    lost = [SheetVoid(1, SheetVoidReason.LOST)]
    assert void_sheets(lost, session="S1", witness=town.cleo, by=town.ana, at=NOON).done
    assert sql.rows("SELECT voided_by FROM sampling_sheet") == [(["ana", "cleo"],)]


def test_sheets_of_another_territory_do_not_exist() -> None:
    town = Town()
    lines = printed(town)
    for command in (enter_sheets, reenter_sheets):
        with pytest.raises(NotFound), transaction.atomic():
            command(lines, session="S1", by=town.egon, at=NOON)
        with pytest.raises(NotAllowed):
            command(lines, session="S1", by=town.ben, at=NOON)
    number = sql.rows("SELECT id FROM sampling_session WHERE code = 'S1'")[0][0]
    with pytest.raises(NotFound):
        sheets(number, by=town.egon)
    with scope.entered(town.egon, "sampling.read"):
        assert sql.rows("SELECT * FROM sampling_sheetline") == []


def test_a_reading_keeps_every_field_of_a_swab() -> None:
    town = Town()
    swab = SwabTaken(
        "S0000000000", ids.new_slip_code(town.random), NOON, town.declaration(address="Xóm 4")
    )
    found = reading_of(LineRead(1, 1, swab))
    assert found["taken_at"] == NOON.isoformat()
    assert {"tube", "slip", "tube_class", "name", "number", "phone", "residence", "address"} <= set(
        found
    )
