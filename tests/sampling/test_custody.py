"""Whose hands a tube passes through, from the team to the laboratory, and who may lose it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from som.access.queries import system_actor
from som.kernel import sql
from som.kernel.actors import NOBODY, Actor
from som.kernel.errors import NotAllowed
from som.lab.commands import receive_tubes
from som.lab.queries import waiting_tubes
from som.sampling.commands import (
    Loss,
    Manifest,
    dispatch_tubes,
    hand_over_boxes,
    lose_tubes,
    note_arrivals,
    record_swabs,
)
from som.sampling.queries import custody, tubes_with_codes
from som.sampling.rules import Arrival, BoxPassed
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def boxed(town: Town, count: int = 2, code: str = "M1") -> list[str]:
    """Tubes recorded and sent to laboratory one at noon."""
    tubes = town.tubes(count)
    record_swabs([town.swab(t) for t in tubes], session="S1", by=town.ana, at=NOON)
    box = Manifest(code, town.north, town.lab1, "Tổ xe", "NP1", Decimal("4.5"))
    assert not dispatch_tubes(tubes, manifest=box, by=town.ana, at=NOON).refused
    return tubes


def test_every_tube_of_a_box_has_its_steps_with_hands_seal_and_temperature() -> None:
    town = Town()
    tubes = boxed(town)
    passed = BoxPassed("M1", NOON + HOUR, "Tổ xe", "Lái xe Hai", "NP2", Decimal("6.0"))
    assert hand_over_boxes([passed], by=town.ana, at=NOON + HOUR).done == [passed]
    at = NOON + 2 * HOUR
    receive_tubes(
        tubes, lab=town.lab1, by=town.ben, at=at, giver="Lái xe Hai", seal="NP2",
        temperature=Decimal("7.5"),
    )  # fmt: skip
    for tube in tubes:
        steps = custody(tube, by=town.ben)
        assert [(s.step, s.handed_at, s.giver, s.taker, s.seal, s.temperature) for s in steps] == [
            ("sent", NOON, "Ana", "Tổ xe", "NP1", Decimal("4.5")),
            ("carried", NOON + HOUR, "Tổ xe", "Lái xe Hai", "NP2", Decimal("6.0")),
            ("received", at, "Lái xe Hai", "ben", "NP2", Decimal("7.5")),
        ]
        assert {s.manifest for s in steps} == {"M1"}


def test_hand_overs_that_cannot_be_are_refused() -> None:
    town = Town()
    tubes = boxed(town)
    one = BoxPassed("M1", NOON + HOUR, "Tổ xe", "Lái xe Hai")
    given = [
        replace(one, manifest="M9"),
        replace(one, taker="tổ xe "),
        replace(one, giver=""),
        replace(one, handed_at=NOON - HOUR),
        replace(one, handed_at=NOON + 3 * HOUR),
    ]
    outcome = hand_over_boxes(given, by=town.ana, at=NOON + 2 * HOUR)
    assert [str(r.reason) for r in outcome.refused] == [
        "box_unknown",
        "hands_missing",
        "hands_missing",
        "handed_at_impossible",
        "handed_at_impossible",
    ]
    assert hand_over_boxes([one], by=town.ana, at=NOON + HOUR).done
    assert hand_over_boxes([one], by=town.ana, at=NOON + HOUR).unchanged
    other = hand_over_boxes([replace(one, taker="Người Ba")], by=town.ana, at=NOON + HOUR)
    assert [str(r.reason) for r in other.refused] == ["handed_otherwise"]
    receive_tubes(tubes, lab=town.lab1, by=town.ben, at=NOON + 2 * HOUR)
    late = replace(one, handed_at=NOON + 3 * HOUR)
    outcome = hand_over_boxes([late], by=town.ana, at=NOON + 4 * HOUR)
    assert [str(r.reason) for r in outcome.refused] == ["box_arrived"]
    strange = hand_over_boxes([one], by=town.egon, at=NOON + HOUR)
    assert [str(r.reason) for r in strange.refused] == ["box_unknown"]
    with pytest.raises(NotAllowed):
        hand_over_boxes([one], by=town.ben, at=NOON)


def test_a_tube_a_laboratory_has_is_not_sent_to_another() -> None:
    town = Town()
    (tube,) = town.tubes(1)
    record_swabs([town.swab(tube)], session="S1", by=town.ana, at=NOON)
    assert receive_tubes([tube], lab=town.lab1, by=town.ben, at=NOON).done
    away = Manifest("M2", town.north, town.lab2)
    outcome = dispatch_tubes([tube], manifest=away, by=town.ana, at=NOON + HOUR)
    assert [str(r.reason) for r in outcome.refused] == ["tube_at_other_lab"]
    assert tubes_with_codes([tube])[tube][0].lab == town.lab1
    late = Manifest("M3", town.north, town.lab1)
    assert dispatch_tubes([tube], manifest=late, by=town.ana, at=NOON + HOUR).done


def test_what_is_past_its_use_by_is_not_sent_but_a_list_may_come_as_late() -> None:
    town = Town()
    here, come = town.tubes(2)
    record_swabs([town.swab(t) for t in (here, come)], session="S1", by=town.ana, at=NOON)
    assert receive_tubes([come], lab=town.lab1, by=town.ben, at=NOON).done
    box = Manifest("M3", town.north, town.lab1)
    outcome = dispatch_tubes([here, come], manifest=box, by=town.ana, at=NOON + 49 * HOUR)
    assert outcome.done == [come]
    assert [str(r.reason) for r in outcome.refused] == ["packed_use_by_passed"]


def test_of_a_tube_on_its_way_elsewhere_it_is_said_where() -> None:
    town = Town()
    tubes = boxed(town)
    outcome = receive_tubes(tubes[:1], lab=town.lab2, by=town.lan, at=NOON)
    assert [(str(r.reason), r.detail) for r in outcome.refused] == [
        ("tube_sent_elsewhere", "Phòng xét nghiệm Một")
    ]
    assert [step.step for step in custody(tubes[0], by=town.ana)] == ["sent"]


def test_a_tube_on_no_manifest_is_received_where_it_comes() -> None:
    town = Town()
    tubes = town.tubes(2)
    record_swabs([town.swab(tube) for tube in tubes], session="S1", by=town.ana, at=NOON)
    assert tubes_with_codes(tubes)[tubes[0]][0].lab == town.lab1
    assert receive_tubes(tubes, lab=town.lab2, by=town.lan, at=NOON).done == tubes
    assert {rows[0].lab for rows in tubes_with_codes(tubes).values()} == {town.lab2}
    assert [row.code for row in waiting_tubes(town.lab2, by=town.lan)] == tubes
    outcome = receive_tubes(tubes[:1], lab=town.lab1, by=town.ben, at=NOON)
    assert [(str(r.reason), r.detail) for r in outcome.refused] == [
        ("tube_sent_elsewhere", "Phòng xét nghiệm Hai")
    ]
    late = Manifest("M9", town.north, town.lab2)
    assert dispatch_tubes(tubes, manifest=late, by=town.ana, at=NOON + HOUR).done == tubes


def test_arrivals_are_noted_once_and_only_by_their_laboratory() -> None:
    town = Town()
    (tube, _) = boxed(town)
    number = tubes_with_codes([tube])[tube][0].id
    come = Arrival(number, town.lab1, NOON, "ben")
    assert note_arrivals([come], by=town.ben, at=NOON).done
    assert note_arrivals([replace(come, arrived_at=NOON + HOUR)], by=town.ben, at=NOON).unchanged
    outcome = note_arrivals(
        [replace(come, lab=town.lab2), replace(come, tube=-1)], by=town.ben, at=NOON
    )
    assert [str(r.reason) for r in outcome.refused] == [
        "tube_sent_elsewhere",
        "arrival_tube_unknown",
    ]
    with pytest.raises(NotAllowed):
        note_arrivals([come], by=town.ana, at=NOON)


def test_nobody_loses_a_tube_alone_or_with_a_name_made_up() -> None:
    town = Town()
    tubes = boxed(town)

    def refused(reason: str, witness: Actor | None) -> list[str]:
        lost = [Loss(tubes[0], reason)]
        outcome = lose_tubes(lost, witness=witness, by=town.ana, at=NOON)
        return [str(one.reason) for one in outcome.refused]

    for reason in ("", "  "):
        assert refused(reason, town.cleo) == ["loss_reason_missing"]
    for witness in (None, NOBODY, town.ana, system_actor("results"), Actor("roleless", 7)):
        assert refused("vỡ", witness) == ["loss_witness_missing"]
    assert refused("vỡ", town.sam) == ["loss_witness_strange"]
    assert lose_tubes([Loss(tubes[0], "vỡ")], witness=town.cleo, by=town.ana, at=NOON).done
    assert sql.rows("SELECT closed_by FROM sampling_tube WHERE code = %s", (tubes[0],)) == [
        (["ana", "cleo"],)
    ]


def test_only_whoever_sees_the_tube_sees_its_hands() -> None:
    town = Town()
    (tube, _) = boxed(town)
    assert custody(tube, by=town.ana)
    assert custody(tube, by=town.ben)
    assert custody(tube, by=town.lan) == []
    assert custody(tube, by=town.egon) == []
    with pytest.raises(NotAllowed):
        custody(tube, by=replace(town.ana, units={}))
