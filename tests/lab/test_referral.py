"""Tubes that go on to another laboratory: who may have them, and what is done with them there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from som.kernel import sql
from som.kernel.actors import Actor
from som.kernel.errors import Conflict, NotAllowed, NotFound
from som.lab.commands import (
    await_referral,
    load_plates,
    make_pools,
    receive_tubes,
    refer_tubes,
)
from som.lab.queries import waiting_tubes
from som.lab.rules import Loading, LoadKind, PoolMade, Referral, ReferralReason
from som.places.queries import organisation_ids
from som.results.queries import ledger_gaps
from som.sampling.commands import Loss, Manifest, dispatch_tubes, lose_tubes, record_swabs
from som.sampling.queries import custody, tubes_with_codes
from tests.town import KIT, NOON, Town

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def referral(
    town: Town, code: str = "R1", *, back: bool = False, why: str = "capacity"
) -> Referral:
    """A box from laboratory two to one; with `back`, the other way."""
    labs = (town.lab1, town.lab2) if back else (town.lab2, town.lab1)
    return Referral(code, *labs, ReferralReason(why), "Lan", "Lái xe Hai", "NP9", Decimal("4.5"))


def at_two(town: Town, count: int = 1) -> list[str]:
    """Tubes received at laboratory two, which may only screen."""
    return [swab.tube for (swab,) in town.sampled([1] * count, session="S2")]


def refused(town: Town, codes: list[str], by: Actor | None = None, **changes: object) -> list[str]:
    given = replace(referral(town), **changes)  # type: ignore[arg-type]
    outcome = refer_tubes(codes, referral=given, by=by or town.lan, at=NOON + HOUR)
    return [str(r.reason) for r in outcome.refused]


def waits(town: Town, lab: int, by: Actor) -> dict[str, str]:
    return {tube.code: tube.waits_for for tube in waiting_tubes(lab, by=by)}


def load(town: Town, code: str, lab: int, by: Actor, plate: str = "PL") -> list[str]:
    loading = [Loading(LoadKind.TUBE, code, ("A1",))]
    outcome = load_plates(loading, plate=plate, size=96, kit=KIT, lab=lab, by=by, at=NOON + HOUR)
    return [str(r.reason) for r in outcome.refused]


def test_a_tube_goes_on_and_is_tested_where_it_comes() -> None:
    town = Town()
    one, two = at_two(town, 2)
    at = NOON + HOUR
    assert refer_tubes([one, two], referral=referral(town), by=town.lan, at=at).done == [one, two]
    again = refer_tubes([one], referral=referral(town), by=town.lan, at=at)
    assert again.unchanged == [one]
    assert waits(town, town.lab2, town.lan) == {}
    assert load(town, one, town.lab2, town.lan) == ["load_not_here"]
    assert receive_tubes([one], lab=town.lab1, by=town.ben, at=at + HOUR).done == [one]
    assert waits(town, town.lab1, town.ben) == {one: "test"}
    assert load(town, one, town.lab1, town.ben) == []
    assert [(s.step, s.giver, s.taker, s.seal, s.lab) for s in custody(one, by=town.lan)][2:] == [
        ("sent", "Lan", "Lái xe Hai", "NP9", town.lab1),
        ("received", "", "ben", "", town.lab1),
    ]
    assert ledger_gaps(by=town.dora, at=at) == []


def test_a_tube_on_its_way_is_nowhere_and_may_come_back_unopened() -> None:
    town = Town()
    (code,) = at_two(town)
    refer_tubes([code], referral=referral(town), by=town.lan, at=NOON + HOUR)
    late = Manifest("M9", town.north, town.lab2)
    outcome = dispatch_tubes([code], manifest=late, by=town.ana, at=NOON + HOUR)
    assert [str(r.reason) for r in outcome.refused] == ["tube_on_other_manifest"]
    again = receive_tubes([code], lab=town.lab2, by=town.lan, at=NOON + 2 * HOUR)
    assert [str(r.reason) for r in again.refused] == ["tube_sent_elsewhere"]
    back = receive_tubes([code], lab=town.lab2, by=town.lan, at=NOON + 2 * HOUR, boxes={code: "R1"})
    assert back.done == [code]
    assert waits(town, town.lab2, town.lan) == {code: "test"}
    elsewhere = receive_tubes([code], lab=town.lab1, by=town.ben, at=NOON + 2 * HOUR)
    assert [(str(r.reason), r.detail) for r in elsewhere.refused] == [
        ("tube_sent_elsewhere", "Phòng xét nghiệm Hai")
    ]
    assert load(town, code, town.lab2, town.lan) == []


def test_a_positive_of_a_screening_laboratory_goes_where_it_can_be_confirmed() -> None:
    town = Town()
    code, other = at_two(town, 2)
    town.run("PL9", {code: "positive"}, lab=town.lab2, by=town.lan)
    await_referral(list({rows[0].id for rows in tubes_with_codes([code]).values()}), lab=town.lab2)
    assert waits(town, town.lab2, town.lan) == {code: "referral", other: "test"}
    assert load(town, code, town.lab2, town.lan, "PL8") == ["load_not_waiting"]
    pool = [PoolMade("P1", (code, other))]
    pooled = make_pools(pool, lab=town.lab2, by=town.lan, at=NOON)
    assert [str(r.reason) for r in pooled.refused] == ["pool_tube_not_waiting"]
    assert refused(town, [code], reason=ReferralReason.CONFIRMATION) == []
    (third,) = [s.tube for (s,) in town.sampled([1])]
    receive_tubes([code], lab=town.lab1, by=town.ben, at=NOON + HOUR)
    assert waits(town, town.lab1, town.ben) == {code: "retest", third: "test"}
    pool = [PoolMade("P2", (code, third))]
    pooled = make_pools(pool, lab=town.lab1, by=town.ben, at=NOON)
    assert [str(r.reason) for r in pooled.refused] == ["pool_tube_must_be_single"]
    assert load(town, code, town.lab1, town.ben) == []


def test_who_may_not_confirm_gets_no_tube_that_waits_for_that() -> None:
    town = Town()
    (code,) = [s.tube for (s,) in town.sampled([1])]
    town.run("PL9", {code: "positive"})
    await_referral([tubes_with_codes([code])[code][0].id], lab=town.lab1)
    given = referral(town, back=True, why="confirmation")
    outcome = refer_tubes([code], referral=given, by=town.ben, at=NOON)
    assert [str(r.reason) for r in outcome.refused] == ["referred_lab_may_not_confirm"]


def test_what_remains_of_a_tested_tube_comes_back_and_waits_for_nothing() -> None:
    town = Town()
    (code,) = at_two(town)
    assert refused(town, [code]) == []
    receive_tubes([code], lab=town.lab1, by=town.ben, at=NOON + HOUR)
    town.run("PL9", {code: "negative"}, at=NOON + HOUR)
    back = referral(town, "R2", back=True, why="return")
    assert refer_tubes([code], referral=back, by=town.ben, at=NOON + 2 * HOUR).done == [code]
    assert receive_tubes([code], lab=town.lab2, by=town.lan, at=NOON + 3 * HOUR).done == [code]
    assert waits(town, town.lab2, town.lan) == {}
    assert waits(town, town.lab1, town.ben) == {}
    # It goes a second time to a laboratory that had it.
    third = referral(town, "R3")
    assert refer_tubes([code], referral=third, by=town.lan, at=NOON + 4 * HOUR).done == [code]
    assert receive_tubes([code], lab=town.lab1, by=town.ben, at=NOON + 5 * HOUR).done == [code]
    assert [step.lab for step in custody(code, by=town.dora) if step.step == "received"] == [
        town.lab2,
        town.lab1,
        town.lab2,
        town.lab1,
    ]


def test_a_tube_released_as_suspected_while_under_way_is_tested_where_it_comes() -> None:
    town = Town()
    (code,) = at_two(town)
    town.run("PL9", {code: "positive"}, lab=town.lab2, by=town.lan)
    assert refused(town, [code], reason=ReferralReason.RETURN) == []
    await_referral([tubes_with_codes([code])[code][0].id], lab=town.lab2)
    receive_tubes([code], lab=town.lab1, by=town.ben, at=NOON + HOUR)
    assert waits(town, town.lab1, town.ben) == {code: "retest"}


def test_what_may_not_go_on_is_refused_tube_by_tube() -> None:
    town = Town()
    lost, on_plate, pooled, other, good = at_two(town, 5)
    lose_tubes([Loss(lost, "vỡ")], witness=town.cleo, by=town.ana, at=NOON)
    make_pools([PoolMade("P1", (pooled, other))], lab=town.lab2, by=town.lan, at=NOON)
    load(town, on_plate, town.lab2, town.lan)
    (fresh,) = town.tubes(1)
    record_swabs([town.swab(fresh)], session="S2", by=town.ana, at=NOON)
    assert refused(town, [lost, on_plate, pooled, fresh, "X"]) == [
        "referred_tube_closed",
        "referred_tube_in_test",
        "referred_tube_in_test",
        "referred_tube_not_here",
        "referred_tube_not_here",
    ]
    late = refer_tubes([good], referral=referral(town), by=town.lan, at=NOON + 48 * HOUR)
    assert [str(r.reason) for r in late.refused] == ["referred_use_by_passed"]
    cdc = organisation_ids(["CDC-19"])["CDC-19"]
    assert refused(town, [good], code="R7", lab=cdc) == ["referred_lab_may_not_test"]


def test_a_box_is_one_box_and_goes_somewhere_else() -> None:
    town = Town()
    codes = at_two(town, 2)
    with pytest.raises(NotFound), transaction.atomic():
        refused(town, codes, lab=town.lab2)
    with pytest.raises(NotFound), transaction.atomic():
        refused(town, codes, lab=-1)
    with pytest.raises(NotAllowed):
        refused(town, codes, by=town.ben)
    with pytest.raises(NotAllowed):
        refused(town, codes, by=town.long)
    field = Manifest("R1", town.north, town.lab1)
    (fresh,) = town.tubes(1)
    record_swabs([town.swab(fresh)], session="S1", by=town.ana, at=NOON)
    assert dispatch_tubes([fresh], manifest=field, by=town.ana, at=NOON).done
    with pytest.raises(Conflict), transaction.atomic():
        refused(town, codes)
    assert refused(town, codes, code="R2") == []
    with pytest.raises(Conflict), transaction.atomic():
        dispatch_tubes([fresh], manifest=replace(field, code="R2"), by=town.ana, at=NOON)


def test_the_database_knows_no_tube_that_left_and_waits() -> None:
    town = Town()
    (code,) = at_two(town)
    refused(town, [code])
    with pytest.raises(Exception, match="reception_left_waits_no_more"):
        sql.execute("UPDATE lab_reception SET waits_for = 'test'")
