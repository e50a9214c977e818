"""What was scanned at a desk and not acted on yet: kept in order, for its own account alone."""

import pytest

from som.kernel.actors import NOBODY
from som.kernel.errors import NotAllowed
from som.sampling.commands import empty_trays, lay_in_trays, take_from_trays
from som.sampling.queries import tray, trays_beginning
from som.sampling.rules import MOST_IN_TRAY, Laid, TrayRefusal, fault_of_laying
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
