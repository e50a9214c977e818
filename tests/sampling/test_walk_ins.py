"""Walk-ins: a card, a decade, a sex; the name comes later."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from som.access.queries import system_actor
from som.kernel import ids, scope, sql
from som.lab.commands import receive_tubes
from som.people.commands import (
    Naming,
    Registration,
    name_walk_ins,
    part_persons,
    register_people,
)
from som.people.matching.reviews import Parting
from som.people.rules import ChangeRefusal, Declaration, DeclarationRefusal, Sex
from som.results.commands import release_verdicts
from som.results.queries import SecondIdentifier, look_up, waiting_for_release
from som.results.work import take_up_owed
from som.sampling.commands import (
    CardRoll,
    Manifest,
    dispatch_tubes,
    issue_cards,
    record_swabs,
)
from som.sampling.rules import SwabRefusal, SwabTaken
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

SEEN = Declaration("", Sex.FEMALE, birth_year=1960)
TOLD = Declaration(
    "Lò Thị Bé", Sex.FEMALE, date(1961, 5, 4), number="019161000123", phone="0912000111"
)


def issued(town: Town, first: int = 0, last: int = 4) -> list[tuple[str, str]]:
    """Cards of the north: code and slip."""
    roll = CardRoll(first, last, town.north)
    assert issue_cards([roll], by=town.dora, at=NOON).held == [roll]
    with scope.entered(town.ana, "people.read"):
        found = sql.rows("SELECT serial, slip FROM sampling_card ORDER BY serial")
    return [(ids.card_code(serial), slip) for serial, slip in found]


def walked_in(town: Town, card: tuple[str, str], tube: str = "", **changes: object) -> SwabTaken:
    """A walk-in's swab, recorded."""
    swab = town.swab(tube or town.tubes(1)[0], slip=card[1], card=card[0], said=SEEN, **changes)
    assert record_swabs([swab], session="S1", by=town.ana, at=NOON).held == [swab]
    return swab


def person_of(town: Town, swab: SwabTaken) -> int:
    with scope.entered(town.ana, "people.read"):
        return int(
            sql.rows("SELECT person_id FROM sampling_swab WHERE slip = %s", (swab.slip,))[0][0]
        )


def answer(slip: str, **second: object):
    by = system_actor("public")
    return look_up(slip, SecondIdentifier(**second), by=by, at=NOON)  # type: ignore[arg-type]


def answered(town: Town, swab: SwabTaken, found: str) -> None:
    """Received, run and released."""
    box = Manifest(f"M-{swab.tube}", town.north, town.lab1)
    dispatch_tubes([swab.tube], manifest=box, by=town.ana, at=NOON)
    receive_tubes([swab.tube], lab=town.lab1, by=town.ben, at=NOON)
    town.run(f"R-{swab.tube}", {swab.tube: found})
    wanted = [w.verdict for w in waiting_for_release(town.lab1, by=town.bao)]
    assert release_verdicts(wanted, lab=town.lab1, by=town.bao, at=NOON).done == wanted


def told(town: Town) -> list[tuple[str, int | None, str]]:
    with scope.entered(system_actor("delivery"), "notices.read"):
        return sql.rows("SELECT kind, to_unit_id, to_phone FROM notices_notice ORDER BY id")


def test_the_card_alone_opens_the_answer_until_the_name_is_known() -> None:
    town = Town()
    card, other, *_ = issued(town)
    swab = walked_in(town, card)
    assert walked_in(town, card, swab.tube) == swab  # sent again
    serial = ids.card_serial(card[0])
    assert answer(card[1], card=serial) is not None
    assert answer(card[1], card=ids.card_serial(other[0])) is None
    assert answer(other[1], card=serial) is None
    naming = Naming(person_of(town, swab), TOLD)
    assert name_walk_ins([naming], unit=town.north, by=town.ana, at=NOON).done == [naming]
    assert answer(card[1], card=serial) is None
    for second in (
        {"birth_date": TOLD.birth_date},
        {"birth_year": 1961, "phone_end": "0111"},
    ):
        found = answer(card[1], **second)
        assert found is not None
        assert found.name == "L. T. Bé"
    assert answer(card[1], birth_year=1960, phone_end="0111") is None


def test_a_card_misread_made_up_or_of_elsewhere_is_refused() -> None:
    town = Town()
    card, other, *_ = issued(town)
    far = CardRoll(50, 50, town.other_province)
    assert issue_cards([far], by=town.egon, at=NOON).done == [far]
    with scope.entered(town.egon, "people.read"):
        ((far_slip,),) = sql.rows("SELECT slip FROM sampling_card")
    faults = {
        ("W0000000009", card[1]): SwabRefusal.CARD_UNREADABLE,
        (ids.card_code(9), card[1]): SwabRefusal.CARD_NOT_ISSUED,
        (other[0], card[1]): SwabRefusal.CARD_NOT_ISSUED,
        (ids.card_code(50), far_slip): SwabRefusal.CARD_NOT_ISSUED,
    }
    for (code, slip), reason in faults.items():
        swab = town.swab(town.tubes(1)[0], slip=slip, card=code, said=SEEN)
        (refused,) = record_swabs([swab], session="S1", by=town.ana, at=NOON).refused
        assert refused.reason is reason
    nameless = town.swab(town.tubes(1)[0], said=SEEN)
    (refused,) = record_swabs([nameless], session="S1", by=town.ana, at=NOON).refused
    assert refused.reason is DeclarationRefusal.NAME_MISSING


def test_numbers_of_cards_are_printed_once() -> None:
    town = Town()
    issued(town)
    outcome = issue_cards(
        [
            CardRoll(0, 4, town.north),
            CardRoll(4, 8, town.north),
            CardRoll(2, 1, town.north),
            CardRoll(0, 10_000, town.south),
            CardRoll(0, 4, town.other_province),
        ],
        by=town.dora,
        at=NOON,
    )
    assert outcome.unchanged == [CardRoll(0, 4, town.north)]
    assert [r.reason for r in outcome.refused] == [
        "roll_impossible",
        "roll_impossible",
        "not_here",
        "roll_overlaps",
    ]
    (refused,) = issue_cards([CardRoll(0, 4, town.other_province)], by=town.egon, at=NOON).refused
    assert refused.reason == "roll_overlaps"


def test_two_walk_ins_share_a_pool_and_nothing_else() -> None:
    town = Town()
    one, other, *_ = issued(town)
    tube = town.tubes(1)[0]
    first, second = walked_in(town, one, tube), walked_in(town, other, tube)
    assert person_of(town, first) != person_of(town, second)


def test_a_walk_in_named_after_the_release_hears_and_so_does_the_commune() -> None:
    town = Town()
    card, *_ = issued(town)
    swab = walked_in(town, card)
    answered(town, swab, "positive")
    before = told(town)
    assert {unit for _, unit, _ in before} == {town.north, town.province}
    assert take_up_owed(at=NOON) == 0
    said = replace(TOLD, residence=town.south)
    naming = Naming(person_of(town, swab), said)
    assert name_walk_ins([naming], unit=town.north, by=town.ana, at=NOON).done == [naming]
    assert take_up_owed(at=NOON) == 1
    new = told(town)[len(before) :]
    assert sorted(new, key=str) == [
        ("positive", town.south, ""),
        ("result_ready", None, TOLD.phone),
    ]
    assert take_up_owed(at=NOON) == 0
    assert len(told(town)) == len(before) + 2


def test_a_walk_in_named_before_the_release_is_told_as_well() -> None:
    town = Town()
    card, *_ = issued(town)
    swab = walked_in(town, card)
    naming = Naming(person_of(town, swab), replace(TOLD, residence=town.south))
    name_walk_ins([naming], unit=town.north, by=town.ana, at=NOON)
    assert take_up_owed(at=NOON) == 1
    assert told(town) == []
    answered(town, swab, "negative")
    assert take_up_owed(at=NOON) == 1
    assert told(town) == [("result_ready", None, TOLD.phone)]


def test_a_walk_in_who_shows_a_known_number_is_that_person() -> None:
    town = Town()
    known = register_people([Registration("K", TOLD)], unit=town.south, by=town.sam, at=NOON)
    person = known.done[0].person_id
    card, other, *_ = issued(town)
    swab, liar = walked_in(town, card), walked_in(town, other)
    namings = [
        Naming(person_of(town, swab), TOLD),
        Naming(person_of(town, liar), replace(TOLD, name="Lò Thị Con", birth_date=None)),
    ]
    assert name_walk_ins(namings, unit=town.north, by=town.ana, at=NOON).done == namings
    assert name_walk_ins(namings, unit=town.north, by=town.ana, at=NOON).unchanged == namings
    other_name = Naming(namings[0].person, replace(TOLD, name="Lò Thị Khác"))
    (refused,) = name_walk_ins([other_name], unit=town.north, by=town.ana, at=NOON).refused
    assert refused.reason is ChangeRefusal.PERSON_UNKNOWN
    with scope.entered(town.ana, "people.read"):
        merged = dict(sql.rows("SELECT id, merged_into_id FROM people_person"))
        assert merged[namings[0].person] == person
        assert merged[namings[1].person] is None
        assert sql.rows("SELECT person_id FROM people_sharednumber") == [(namings[1].person,)]
    again = town.swab(town.tubes(1)[0], said=TOLD)
    (refused,) = record_swabs([again], session="S1", by=town.ana, at=NOON).refused
    assert refused.reason is SwabRefusal.PERSON_TWICE


def test_what_a_naming_refuses() -> None:
    town = Town()
    card, *_ = issued(town)
    person = person_of(town, walked_in(town, card))
    faults = {
        Naming(person, replace(TOLD, name=" ")): DeclarationRefusal.NAME_MISSING,
        Naming(-1, TOLD): ChangeRefusal.PERSON_UNKNOWN,
    }
    for naming, reason in faults.items():
        (refused,) = name_walk_ins([naming], unit=town.north, by=town.ana, at=NOON).refused
        assert refused.reason is reason
    named = Naming(person, TOLD)
    assert name_walk_ins([named], unit=town.north, by=town.ana, at=NOON).done
    assert name_walk_ins([named], unit=town.north, by=town.ana, at=NOON).unchanged == [named]
    other = Naming(person, replace(TOLD, name="Lò Thị Khác"))
    (refused,) = name_walk_ins([other], unit=town.north, by=town.ana, at=NOON).refused
    assert refused.reason is ChangeRefusal.NAMED_ALREADY
    far = Naming(person, TOLD)
    (refused,) = name_walk_ins([far], unit=town.other_province, by=town.egon, at=NOON).refused
    assert refused.reason is ChangeRefusal.PERSON_UNKNOWN


def test_a_number_and_a_name_without_a_birth_join_nobody() -> None:
    town = Town()
    register_people([Registration("K", TOLD)], unit=town.south, by=town.sam, at=NOON)
    card, *_ = issued(town)
    swab = walked_in(town, card)
    known = Naming(person_of(town, swab), replace(TOLD, birth_date=None, phone="0987654321"))
    assert name_walk_ins([known], unit=town.north, by=town.ana, at=NOON).done == [known]
    with scope.entered(town.ana, "people.read"):
        assert sql.rows("SELECT DISTINCT merged_into_id FROM people_person") == [(None,)]
        assert sql.rows("SELECT person_id FROM people_sharednumber") == [(known.person,)]


def test_what_a_review_parted_a_name_does_not_join() -> None:
    town = Town()
    known = register_people([Registration("K", TOLD)], unit=town.north, by=town.ana, at=NOON)
    card, *_ = issued(town)
    person = person_of(town, walked_in(town, card))
    parting = Parting(known.done[0].person_id or 0, person)
    assert part_persons([parting], by=town.dora, at=NOON).done == [parting]
    naming = Naming(person, TOLD)
    assert name_walk_ins([naming], unit=town.north, by=town.ana, at=NOON).done == [naming]
    with scope.entered(town.ana, "people.read"):
        assert sql.rows("SELECT DISTINCT merged_into_id FROM people_person") == [(None,)]
        assert sql.rows("SELECT person_id FROM people_sharednumber") == [(person,)]
