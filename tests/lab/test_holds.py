"""Holds: placed by one person, lifted by another, and what they keep from being loaded or released."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from som.kernel import sql
from som.kernel.errors import NotAllowed, NotFound
from som.lab import commands
from som.lab.queries import held, holds_in_force, holds_of_run
from som.lab.rules import (
    HoldKind,
    HoldRefusal,
    HoldWanted,
    Lifting,
    Loading,
    LoadKind,
    fault_of_hold,
    lot_key,
)
from tests.laws.lab import loaded
from tests.town import KIT, NOON, Town

PLATE, RUN, LOT, LAB = HoldKind.PLATE, HoldKind.RUN, HoldKind.KIT_LOT, HoldKind.LAB
LATER = NOON + timedelta(hours=1)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (HoldWanted(LAB, "x", lab=1), None),
        (HoldWanted(PLATE, "x", lab=1, plate="N1"), None),
        (HoldWanted(RUN, "x", lab=1, run=1), None),
        (HoldWanted(LOT, "x", lab=1, kit="k", kit_lot="L"), None),
        (HoldWanted(LOT, "x", unit=1, kit="k", kit_lot="L"), None),
        (HoldWanted(LAB, " ", lab=1), HoldRefusal.REASON_MISSING),
        (HoldWanted(LAB, "x"), HoldRefusal.INCOMPLETE),
        (HoldWanted(LAB, "x", unit=1), HoldRefusal.INCOMPLETE),
        (HoldWanted(LAB, "x", lab=1, unit=1), HoldRefusal.INCOMPLETE),
        (HoldWanted(LAB, "x", lab=1, plate="N1"), HoldRefusal.INCOMPLETE),
        (HoldWanted(PLATE, "x", lab=1), HoldRefusal.INCOMPLETE),
        (HoldWanted(LOT, "x", lab=1, kit="k", kit_lot=" "), HoldRefusal.INCOMPLETE),
        (HoldWanted(LOT, "x", lab=1, kit_lot="L"), HoldRefusal.INCOMPLETE),
    ],
)
def test_what_a_hold_must_say(given: HoldWanted, reason: HoldRefusal | None) -> None:
    assert fault_of_hold(given) is reason


def test_lots_are_compared_however_they_are_written() -> None:
    assert lot_key(" lot-1 a") == lot_key("LOT-1A") == "LOT-1A"
    # What a label's code, a paste or a full-width keyboard adds and nobody sees.
    assert lot_key("L\u200bO\ufeffT-\u00ad1\u3000A\u0301") == lot_key("ｌｏｔ－１Á") == "LOT-1Á"
    assert lot_key("straße") == lot_key("STRASSE")
    assert lot_key(" \u200b*") == ""


pytestmark = pytest.mark.django_db


def place(town: Town, *holds: HoldWanted, by: Any = None) -> Any:
    return commands.place_holds(holds, by=by or town.ben, at=NOON)


def lift(town: Town, by: Any, reason: str = "đã kiểm tra") -> Any:
    ids = [line[0] for line in sql.rows("SELECT id FROM lab_hold ORDER BY id")]
    return commands.lift_holds([Lifting(number, reason) for number in ids], by=by, at=LATER)


def reasons(outcome: Any) -> list[str]:
    return [str(refused.reason) for refused in outcome.refused]


def two_runs(town: Town) -> tuple[int, int, frozenset[int]]:
    """Two plates of laboratory one, run with the lot LOT-1: the first's run and verdict, and all."""
    one, two = (swab.tube for (swab,) in town.sampled([1, 1]))
    town.run("R1", {one: "negative"})
    town.run("R2", {two: "negative"})
    ((run, verdict),) = sql.rows(
        "SELECT v.run_id, v.id FROM lab_verdict v JOIN lab_load l ON l.id = v.load_id"
        " WHERE l.tube_id = (SELECT id FROM sampling_tube WHERE code = %s)",
        (one,),
    )
    return run, verdict, frozenset(line[0] for line in sql.rows("SELECT id FROM lab_verdict"))


def test_holds_hold_what_they_say() -> None:
    town = Town()
    run, verdict, all_of_them = two_runs(town)
    for given, kept in (
        (HoldWanted(PLATE, "x", lab=town.lab1, plate="R1"), {verdict}),
        (HoldWanted(RUN, "x", lab=town.lab1, run=run), {verdict}),
        (HoldWanted(LAB, "x", lab=town.lab1), all_of_them),
        (HoldWanted(LAB, "x", lab=town.lab2), set()),
        (HoldWanted(LOT, "x", lab=town.lab1, kit=KIT, kit_lot="lot-1"), all_of_them),
        (HoldWanted(LOT, "x", lab=town.lab1, kit=KIT, kit_lot="LOT-2"), set()),
        (HoldWanted(LOT, "x", lab=town.lab1, kit="cdc_n1_n2", kit_lot="LOT-1"), set()),
        (HoldWanted(LOT, "x", unit=town.province, kit=KIT, kit_lot="LOT 1"), set()),
        (HoldWanted(LOT, "x", unit=town.province, kit=KIT, kit_lot="LOT-1"), all_of_them),
        (HoldWanted(LOT, "x", unit=town.south, kit=KIT, kit_lot="LOT-1"), set()),
    ):
        with transaction.atomic():
            assert place(town, given, by=town.dora).done == [given]
            assert held(sorted(all_of_them)) == kept, given
            assert bool(holds_of_run(run, by=town.ben)) is (verdict in kept)
            transaction.set_rollback(True)
    assert held(sorted(all_of_them)) == frozenset()


def test_a_hold_is_lifted_by_a_second_person() -> None:
    town = Town()
    run, verdict, _ = two_runs(town)
    given = HoldWanted(RUN, "mất điện giữa chừng", lab=town.lab1, run=run)
    assert place(town, given, by=town.bao).done
    assert place(town, given).unchanged == [given]
    assert reasons(lift(town, town.bao)) == ["hold_placed_by_same"]
    with pytest.raises(NotAllowed), transaction.atomic():
        lift(town, town.ben)
    assert reasons(lift(town, town.long)) == ["hold_unknown"]
    assert reasons(lift(town, town.egon)) == ["hold_unknown"]
    assert reasons(lift(town, town.dora, " ")) == ["hold_reason_missing"]
    assert len(lift(town, town.dora).done) == 1
    assert len(lift(town, town.dora).unchanged) == 1
    assert held([verdict]) == frozenset()
    (row,) = holds_of_run(run, by=town.ben)
    assert (row.lifted_by, row.lifted_for) == ("dora", "đã kiểm tra")
    assert place(town, given, by=town.bao).done == [given]
    assert held([verdict]) == {verdict}


def test_only_what_is_ones_own_is_held() -> None:
    town = Town()
    run, _, _ = two_runs(town)
    lab = HoldWanted(LAB, "x", lab=town.lab1)
    for who in (town.lan, town.egon):
        assert reasons(place(town, lab, by=who)) == ["hold_not_yours"]
    wide = HoldWanted(LOT, "x", unit=town.province, kit=KIT, kit_lot="L")
    assert reasons(place(town, wide, by=town.bao)) == ["hold_not_yours"]
    assert reasons(place(town, replace(lab, kind=PLATE, plate="R9"))) == ["hold_plate_unknown"]
    elsewhere = HoldWanted(RUN, "x", lab=town.lab2, run=run)
    assert reasons(place(town, elsewhere, by=town.dora)) == ["hold_run_unknown"]
    with pytest.raises(NotAllowed):
        place(town, lab, by=town.ana)
    with pytest.raises(NotFound):
        holds_of_run(run, by=town.lan)


def test_nothing_more_is_loaded_on_a_held_plate_or_at_a_held_laboratory() -> None:
    town = Town()
    one, two = (swab.tube for (swab,) in town.sampled([1, 1]))
    given = loaded(town, "N1", {one: "negative"})
    assert place(town, HoldWanted(PLATE, "x", lab=town.lab1, plate="N1")).done
    where = {"size": 96, "kit": KIT, "lab": town.lab1, "by": town.ben, "at": NOON}
    more = [Loading(LoadKind.TUBE, two, ("B1",))]
    assert reasons(commands.load_plates(more, plate="N1", **where)) == ["load_plate_held"]
    assert place(town, HoldWanted(LAB, "x", lab=town.lab1)).done
    assert reasons(commands.load_plates(more, plate="N2", **where)) == ["load_lab_held"]
    # What was on the plate is read, judged and kept: only its release waits.
    assert commands.read_runs([given], lab=town.lab1, by=town.ben, at=NOON).done
    ((verdict,),) = sql.rows("SELECT id FROM lab_verdict")
    assert held([verdict]) == {verdict}


def test_who_sees_which_holds() -> None:
    town = Town()
    wide = HoldWanted(LOT, "x", unit=town.province, kit=KIT, kit_lot="L")
    assert place(town, HoldWanted(LAB, "x", lab=town.lab1), wide, by=town.dora).done
    seen = {who.name: len(holds_in_force(by=who)) for who in (town.ben, town.lan, town.dora)}
    assert seen == {"ben": 2, "lan": 1, "dora": 2}
    assert holds_in_force(by=town.egon) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE lab_hold SET lifted_by = held_by, lifted_at = held_at",
        "UPDATE lab_hold SET lifted_at = held_at",
        "UPDATE lab_hold SET lab_id = NULL",
        "UPDATE lab_hold SET reason = ''",
        "UPDATE lab_hold SET kind = 'plate'",
        "UPDATE lab_hold SET kind = 'everything'",
    ],
)
def test_what_the_database_does_not_let_be(statement: str) -> None:
    town = Town()
    assert place(town, HoldWanted(LAB, "x", lab=town.lab1)).done
    with pytest.raises(IntegrityError), transaction.atomic():
        sql.execute(statement)
