"""Who hears of a positive, a hold and a correction: everyone concerned, once each."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from som.access.queries import system_actor
from som.access.roles import Held
from som.kernel import scope, sql
from som.kernel.actors import Actor
from som.kernel.errors import NotFound
from som.lab.commands import receive_tubes
from som.lab.verdicts import Verdict
from som.notices.queries import unacknowledged_notices
from som.people.commands import Registration, register_people
from som.people.rules import Declaration, Stay, StayKind
from som.places.queries import communes_of, covered_ids
from som.results.commands import (
    Correction,
    confirm_corrections,
    propose_corrections,
    release_verdicts,
)
from som.results.queries import corrections_open, swab_shown, waiting_for_release
from som.sampling.commands import Manifest, dispatch_tubes, record_swabs
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

SYSTEM, DELIVERER = system_actor("results"), system_actor("delivery")


def notices() -> list[tuple[str, int | str, str | None]]:
    """What is told to whom, with the value where one is said."""
    with scope.entered(DELIVERER, "notices.read"):
        return [
            (kind, unit or phone, value)
            for kind, unit, phone, value in sql.rows(
                "SELECT kind, to_unit_id, to_phone, body->>'value' FROM notices_notice ORDER BY id"
            )
        ]


def units(kind: str) -> list[int]:
    return sorted(to for what, to, _ in notices() if what == kind and isinstance(to, int))


def swabbed(town: Town, said: Declaration) -> str:
    """Somebody who says this, in a tube at laboratory one; the tube."""
    tube = town.tubes(1)[0]
    swab = town.swab(tube, said=said)
    assert not record_swabs([swab], session="S1", by=town.ana, at=NOON).refused
    box = Manifest(f"M-{tube}", town.north, town.lab1)
    assert not dispatch_tubes([tube], manifest=box, by=town.ana, at=NOON).refused
    assert not receive_tubes([tube], lab=town.lab1, by=town.ben, at=NOON).refused
    return tube


def released(town: Town, found: dict[str, str], plate: str = "R1") -> None:
    town.run(plate, found)
    waiting = [w.verdict for w in waiting_for_release(town.lab1, by=town.bao)]
    assert not release_verdicts(waiting, lab=town.lab1, by=town.bao, at=NOON).refused


def officer(town: Town, unit: int) -> Actor:
    return town._actor("hoa", Held("commune_officer", covered_ids([unit])))


def test_every_place_of_a_positive_hears_once_and_may_see_whose_it_is() -> None:
    town = Town()
    far = communes_of(town.other_province, NOON.date())[0].id
    said = town.declaration(
        residence=far, stays=(Stay(StayKind.WORKPLACE, town.south, "Công ty may"),)
    )
    released(town, {swabbed(town, said): "positive"})
    assert units("positive") == sorted(
        [town.north, town.south, far, town.province, town.other_province]
    )
    for unit in (town.north, town.south, far, town.province, town.other_province):
        (told,) = [
            n for n in unacknowledged_notices(by=officer(town, unit), at=NOON) if n.to_unit == unit
        ]
        assert "*" in told.body["name"] or told.body["name"] != said.name
        assert swab_shown(told.subject, by=officer(town, unit), at=NOON).name == said.name


def test_who_moved_between_swab_and_release_is_told_where_they_are_too() -> None:
    town = Town()
    said = town.declaration()
    tube = swabbed(town, said)
    lodging = replace(said, stays=(Stay(StayKind.LODGING, town.south, "Khu cách ly"),))
    meanwhile = [Registration("x", lodging)]
    assert register_people(meanwhile, unit=town.north, by=town.ana, at=NOON).unchanged
    sam = officer(town, town.south)
    with scope.entered(SYSTEM, "sampling.read"):
        swab = sql.rows("SELECT id FROM sampling_swab")[0][0]
    with pytest.raises(NotFound):
        swab_shown(swab, by=sam, at=NOON)
    released(town, {tube: "positive"})
    assert units("positive") == sorted([town.north, town.south, town.province])
    shown = swab_shown(swab, by=sam, at=NOON)
    assert (shown.name, [v.value for v in shown.versions]) == (said.name, ["positive"])


def test_a_negative_is_told_to_no_unit_and_shared_with_none() -> None:
    town = Town()
    said = town.declaration()
    tube = swabbed(town, said)
    lodging = replace(said, stays=(Stay(StayKind.LODGING, town.south, "Nhà nghỉ"),))
    register_people([Registration("x", lodging)], unit=town.north, by=town.ana, at=NOON)
    released(town, {tube: "negative"})
    assert [(kind, to) for kind, to, _ in notices()] == [("result_ready", said.phone)]
    with scope.entered(SYSTEM, "sampling.read"):
        assert sql.rows("SELECT unit_ids FROM sampling_swab") == [([town.north],)]


def test_one_telephone_of_many_gets_a_notice_for_each() -> None:
    town = Town()
    phone = "0912345678"
    said = [town.declaration(phone=phone) for _ in range(3)]
    released(town, {swabbed(town, one): "negative" for one in said})
    assert [(kind, to) for kind, to, _ in notices()] == [("result_ready", phone)] * 3
    with scope.entered(DELIVERER, "notices.read"):
        codes = [line[0] for line in sql.rows("SELECT body->>'code' FROM notices_notice")]
    assert len(set(codes)) == 3, "which of them is meant, the end of the slip's code says"


def test_without_a_telephone_nothing_is_sent() -> None:
    town = Town()
    released(town, {swabbed(town, town.declaration(phone="")): "negative"})
    assert notices() == []


def corrected(town: Town, value: Verdict) -> None:
    """The only verdict should have said this; a second reviewer agrees."""
    verdict = sql.rows("SELECT id FROM lab_verdict ORDER BY id DESC")[0][0]
    given = [Correction(verdict, value, "nhầm hàng")]
    later = NOON + timedelta(hours=1)
    assert propose_corrections(given, lab=town.lab1, by=town.bao, at=later).done
    (one,) = corrections_open(town.lab1, by=town.bao)
    assert confirm_corrections(
        [one.id], lab=town.lab1, by=replace(town.bao, name="bich"), at=later
    ).done


def test_a_positive_that_was_none_is_taken_back_everywhere_it_was_told() -> None:
    town = Town()
    said = town.declaration(stays=(Stay(StayKind.WORKPLACE, town.south, "Chợ"),))
    released(town, {swabbed(town, said): "positive"})
    corrected(town, Verdict.NEGATIVE)
    again = [line for line in notices() if line[0] == "corrected"]
    assert sorted(map(str, again)) == sorted(
        map(
            str,
            [
                *(
                    ("corrected", unit, "negative")
                    for unit in (town.north, town.south, town.province)
                ),
                ("corrected", said.phone, None),
            ],
        )
    )


def test_a_negative_that_was_positive_is_told_as_a_positive_to_be_acted_on() -> None:
    town = Town()
    said = town.declaration()
    released(town, {swabbed(town, said): "negative"})
    corrected(town, Verdict.POSITIVE)
    assert units("positive") == sorted([town.north, town.province])
    assert [to for kind, to, _ in notices() if kind == "corrected"] == [said.phone]


def test_a_positive_again_is_told_once_to_each_and_not_as_a_correction_beside_it() -> None:
    town = Town()
    released(town, {swabbed(town, town.declaration()): "positive"})
    corrected(town, Verdict.NEGATIVE)
    corrected(town, Verdict.POSITIVE)
    assert units("positive") == sorted([town.north, town.province] * 2)
    assert units("corrected") == sorted([town.north, town.province])
