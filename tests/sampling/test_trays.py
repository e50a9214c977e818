"""What was scanned at a desk and not acted on yet: kept in order, for its own account alone."""

from datetime import timedelta

import pytest

from som.access.queries import system_actor
from som.access.roles import Held, actor_with
from som.kernel.actors import NOBODY
from som.kernel.errors import NotAllowed
from som.sampling.commands import (
    empty_trays,
    forget_tray_lines,
    lay_in_trays,
    take_from_trays,
    take_over_trays,
)
from som.sampling.queries import tray, tray_lines_to_forget, trays_beginning, trays_of_others
from som.sampling.rules import (
    MOST_IN_TRAY,
    Laid,
    TrayRefusal,
    fault_of_laying,
    fault_of_taking_over,
)
from som.sampling.views.trays import SHOWN, lying
from som.sampling.work import take_up_old_scans
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

BOX, PLATE = "box:S1", "plate:1"


def codes(desk: str, town: Town) -> list[str]:
    return [line.code for line in tray(desk, by=town.ana)]


def test_codes_lie_in_the_order_in_which_they_were_scanned() -> None:
    town = Town()
    lay_in_trays([Laid(BOX, code) for code in ("T3", "T1")], by=town.ana, at=NOON)
    again = lay_in_trays([Laid(BOX, code) for code in ("T1", "T2")], by=town.ana, at=NOON)
    assert again.unchanged == [Laid(BOX, "T1")]
    assert codes(BOX, town) == ["T3", "T1", "T2"]


def test_nobody_else_sees_or_empties_a_tray() -> None:
    town = Town()
    lay_in_trays([Laid(BOX, "T1")], by=town.ana, at=NOON)
    assert tray(BOX, by=town.sam) == []
    assert trays_beginning("box:", by=town.sam) == {}
    assert take_from_trays([Laid(BOX, "T1")], by=town.sam, at=NOON).done == []
    assert empty_trays([BOX], by=town.sam, at=NOON).done == []
    assert codes(BOX, town) == ["T1"]
    with pytest.raises(NotAllowed):
        tray(BOX, by=NOBODY)
    with pytest.raises(NotAllowed):
        tray(BOX, by=town.cleo)  # an officer scans nothing


def test_a_well_has_one_code_and_a_code_one_well() -> None:
    town = Town()
    lay_in_trays([Laid(PLATE, "P1", "A1")], by=town.ana, at=NOON)
    outcome = lay_in_trays(
        [Laid(PLATE, "P2", "A1"), Laid(PLATE, "P1"), Laid(PLATE, "P2", "B1")],
        by=town.ana,
        at=NOON,
    )
    assert [(r.reason, r.detail) for r in outcome.refused] == [(TrayRefusal.PLACE_TAKEN, "A1")]
    assert outcome.unchanged == [Laid(PLATE, "P1")]
    assert {line.code: line.place for line in tray(PLATE, by=town.ana)} == {"P1": "A1", "P2": "B1"}


def test_a_code_moves_to_a_free_well() -> None:
    town = Town()
    lay_in_trays([Laid(PLATE, "P1", "A1"), Laid(PLATE, "P2", "B1")], by=town.ana, at=NOON)
    moves = [Laid(PLATE, "P1", "C1"), Laid(PLATE, "P2", "A1"), Laid(PLATE, "P1", "B1")]
    assert lay_in_trays(moves, by=town.ana, at=NOON).done == moves
    assert {line.code: line.place for line in tray(PLATE, by=town.ana)} == {"P1": "B1", "P2": "A1"}
    assert take_from_trays([Laid(PLATE, "P1")], by=town.ana, at=NOON).done
    assert {line.code: line.place for line in tray(PLATE, by=town.ana)} == {"P2": "A1"}


def test_trays_are_counted_by_the_desks_they_stand_at() -> None:
    town = Town()
    lay_in_trays([Laid(BOX, "T1"), Laid(BOX, "T2"), Laid("box:S2", "T3")], by=town.ana, at=NOON)
    lay_in_trays([Laid(PLATE, "P1")], by=town.ana, at=NOON)
    assert trays_beginning("box:", by=town.ana) == {BOX: 2, "box:S2": 1}
    assert empty_trays([BOX, "box:S9"], by=town.ana, at=NOON).done == [BOX]
    assert trays_beginning("box:", by=town.ana) == {"box:S2": 1}


def test_a_tray_takes_no_more_than_anybody_packs() -> None:
    full = {f"T{n}": "" for n in range(MOST_IN_TRAY)}
    assert fault_of_laying(Laid(BOX, "T"), full) is TrayRefusal.FULL
    assert fault_of_laying(Laid(BOX, "T0"), full) is None
    del full["T0"]
    assert fault_of_laying(Laid(BOX, "T"), full) is None


@pytest.mark.parametrize(
    ("desk", "fault"),
    [
        ("plate:7:PL-1", None),
        ("plate:71:PL-1", TrayRefusal.NO_PLATE),
        ("pool:7", TrayRefusal.NO_PLATE),
        ("box:7", TrayRefusal.NO_PLATE),
        ("lost", TrayRefusal.NO_PLATE),
        ("", TrayRefusal.NO_PLATE),
    ],
)
def test_a_laboratorys_plates_alone_are_taken_over(desk: str, fault: TrayRefusal | None) -> None:
    assert fault_of_taking_over(desk, 7) is fault


def test_a_colleagues_plan_is_taken_over_but_for_what_one_planned_oneself() -> None:
    town = Town()
    desk = f"plate:{town.lab1}:PL-1"
    bich = actor_with(
        "bich", [Held("lab_technician", organisation=town.lab1)], account_id=0, label="Bích"
    )
    hers = [Laid(desk, "P1", "A1"), Laid(desk, "P2", "B1"), Laid(desk, "P3", "C1")]
    lay_in_trays([*hers, Laid("pool:9", "T1")], by=bich, at=NOON)
    lay_in_trays([Laid(desk, "P1", "D1"), Laid(desk, "P4", "B1")], by=town.ben, at=NOON)
    for other in (town.lan, town.ana):
        with pytest.raises(NotAllowed):
            take_over_trays([desk], lab=town.lab1, by=other, at=NOON)
    box = f"box:{town.lab1}"
    lay_in_trays([Laid(box, "T1")], by=town.ana, at=NOON)
    later = NOON + timedelta(hours=1)
    outcome = take_over_trays([desk, "pool:9", box], lab=town.lab1, by=town.ben, at=later)
    assert outcome.done == [desk]
    assert [one.item for one in outcome.refused] == ["pool:9", box]
    assert [line.code for line in tray(box, by=town.ana)] == ["T1"]
    mine = {line.code: line.place for line in tray(desk, by=town.ben)}
    assert mine == {"P1": "D1", "P4": "B1", "P3": "C1"}
    assert trays_of_others(desk, by=town.ben) == []
    assert [line.code for line in tray("pool:9", by=bich)] == ["T1"]
    # The time counts on from when it was scanned.
    assert {line.laid_at for line in tray(desk, by=town.ben)} == {NOON}


def test_what_nobody_acted_on_goes_after_two_weeks() -> None:
    town, day = Town(), timedelta(days=1)
    lay_in_trays([Laid(BOX, "T1"), Laid(PLATE, "P1", "A1")], by=town.ana, at=NOON)
    lay_in_trays([Laid(BOX, "T1")], by=town.sam, at=NOON + day)
    assert take_up_old_scans(at=NOON + 13 * day) == 0
    worker = system_actor("sampling")
    early = tray_lines_to_forget(by=worker, before=NOON, after=0, limit=9)
    refused = forget_tray_lines(early, by=worker, at=NOON + 13 * day).refused
    assert [one.reason for one in refused] == [TrayRefusal.KEPT_YET] * 2
    assert [take_up_old_scans(at=NOON + 14 * day) for _ in range(2)] == [2, 0]
    assert codes(BOX, town) == codes(PLATE, town) == []
    assert [line.code for line in tray(BOX, by=town.sam)] == ["T1"]
    with pytest.raises(NotAllowed):
        forget_tray_lines([], by=town.ana, at=NOON)


def test_a_desk_shows_first_what_may_not_be_acted_on_then_the_last_scanned() -> None:
    shown = lying(["T1", "T2", "T3"], {"T1": (TrayRefusal.NO_CODE, "why")}, near={"T3"})
    assert [(line.number, line.code, line.detail, line.near) for line in shown.lines] == [
        (1, "T1", "why", False),
        (3, "T3", "", True),
        (2, "T2", "", False),
    ]
    assert (shown.count, shown.wrong, shown.days) == (3, 1, 14)
    many = lying([f"T{n}" for n in range(SHOWN + 1)], {})
    assert (many.count, len(many.lines), many.lines[0].number) == (SHOWN + 1, SHOWN, SHOWN + 1)
