"""Persons known twice: found in the background, joined and parted by a review, and back again."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest

from som.access.queries import system_actor
from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.errors import NotAllowed, NotFound
from som.people import queries
from som.people.commands import (
    Registration,
    compare_people,
    join_persons,
    part_persons,
    register_people,
    reopen_candidates,
)
from som.people.matching.reasons import Reason
from som.people.matching.reviews import Pair, Parting
from som.people.queries import open_candidates, people_like, standing
from som.people.rules import Declaration, Sex
from som.people.work import take_up_uncompared
from som.simulation.names import family_name, full_name
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

MATCHING = system_actor("matching")
SAID = Declaration("Nông Thị Đào", Sex.FEMALE, date(1990, 4, 12), phone="0912345678")


def known(town: Town, *said: Declaration, unit: int | None = None, key: str = "K") -> list[int]:
    unit = unit or town.north
    by = {town.north: town.ana, town.south: town.sam}.get(unit, town.egon)
    given = [Registration(f"{key}{unit}-{n}", one) for n, one in enumerate(said)]
    outcome = register_people(given, unit=unit, by=by, at=NOON)
    assert not outcome.refused
    ids = {r.reference: r.person_id for r in outcome.held}
    return [ids[g.reference] or 0 for g in given]


def waiting(by: Actor) -> set[tuple[int, int]]:
    return {(c.one.id, c.other.id) for c in open_candidates(by=by, at=NOON, limit=100)}


def units(person: int) -> set[int]:
    with scope.entered(MATCHING, "people.match"):
        found = sql.row("SELECT unit_ids FROM people_person WHERE id = %s", (person,))
        return set(found[0]) if found else set()


def test_who_was_met_twice_waits_for_a_review_and_is_compared_once() -> None:
    town = Town()
    one, other, twin = known(
        town,
        replace(SAID, residence=town.north, address="Xóm 5"),
        replace(SAID, name="Nông Đào", residence=town.north, birth_date=None, birth_year=1990),
        replace(SAID, name="Nông Thị Mận", residence=town.north, address="Xóm 5"),
    )
    assert take_up_uncompared(at=NOON) == 3
    assert take_up_uncompared(at=NOON) == 0
    assert waiting(town.cleo) == {(one, other)}
    [found] = open_candidates(by=town.cleo, at=NOON, limit=5)
    assert {Reason.SAME_PHONE, Reason.NAME_SHORTENED, Reason.SAME_BIRTH_YEAR} <= set(found.reasons)
    assert "people.open_candidates" in [entry.action for entry in _seen(one, town)]
    assert twin not in {one, other}


def _seen(person: int, town: Town) -> list[audit.Entry]:
    return audit.entries_about(person, by=town.dora, at=NOON)


def test_a_pair_is_shown_to_whoever_answers_for_both() -> None:
    town = Town()
    [one] = known(town, SAID)
    [south] = known(town, SAID, unit=town.south)
    [far] = known(town, SAID, unit=town.other_province)
    take_up_uncompared(at=NOON)
    assert waiting(town.dora) == {(one, south)}
    assert waiting(town.cleo) == waiting(town.egon) == set()
    assert waiting(MATCHING) == {(one, south), (one, far), (south, far)}
    with scope.entered(MATCHING, "people.match"):
        found = sql.row("SELECT min(id) FROM people_candidate WHERE other_id = %s", (far,))
        assert found
    for by in (town.egon, town.dora):
        with pytest.raises(NotFound):
            queries.candidate_shown(found[0], by=by, at=NOON)
    refused = join_persons([Pair(one, far)], by=town.egon, at=NOON).refused
    assert [str(r.reason) for r in refused] == ["entry_unknown"]
    with pytest.raises(NotAllowed):
        open_candidates(by=town.ana, at=NOON, limit=5)
    with pytest.raises(NotAllowed):
        compare_people([one], by=town.dora, at=NOON)


def test_a_join_makes_one_person_and_parting_undoes_exactly_that() -> None:
    town = Town()
    [one] = known(town, SAID)
    [other] = known(town, replace(SAID, number="019190000007"), unit=town.south)
    take_up_uncompared(at=NOON)
    before = units(one), units(other)
    pair = Pair(one, other)
    assert join_persons([pair], by=town.dora, at=NOON).done == [pair]
    # Who holds a number stands.
    with scope.entered(town.dora, "people.read"):
        assert standing([one, other]) == {one: other, other: other}
    assert units(other) == {town.north, town.south}
    assert join_persons([pair], by=town.dora, at=NOON).unchanged == [pair]
    assert waiting(town.dora) == set()
    assert take_up_uncompared(at=NOON) == 1, "who stands is compared with what is known of both"
    # Whoever comes with the number is the one that stands, also where the other was met.
    assert known(town, replace(SAID, number="019190000007"), key="L") == [other]

    wrong = part_persons([Parting(one, other)], by=town.dora, at=NOON)
    assert [str(r.reason) for r in wrong.refused] == ["joined_meanwhile"]
    undone = Parting(other, one, joined=True)
    assert part_persons([undone], by=town.dora, at=NOON).done == [undone]
    assert part_persons([undone], by=town.dora, at=NOON).unchanged == [undone]
    assert units(one) == before[0]
    assert units(other) - before[1] <= {town.north}
    with scope.entered(MATCHING, "people.match"):
        assert standing([one, other]) == {one: one, other: other}
    take_up_uncompared(at=NOON)
    assert waiting(town.dora) == set(), "what a review parted is not proposed again"
    [decided] = queries.decided_candidates(by=town.dora, at=NOON, limit=5)
    assert (decided.decision, decided.decided_by, decided.joined) == ("parted", "dora", False)


def test_units_added_twice_go_with_the_last_join() -> None:
    town = Town()
    [one] = known(town, SAID)
    two, three = known(town, replace(SAID, phone=""), SAID, unit=town.south)
    joined = [Pair(one, two), Pair(one, three)]
    assert not join_persons(joined, by=town.dora, at=NOON).refused
    assert units(one) == {town.north, town.south}
    part_persons([Parting(one, two, joined=True)], by=town.dora, at=NOON)
    assert units(one) == {town.north, town.south}
    part_persons([Parting(one, three, joined=True)], by=town.dora, at=NOON)
    assert units(one) == {town.north}


def test_what_was_parted_is_not_joined_through_a_third_until_taken_back() -> None:
    town = Town()
    one, two, three = known(town, SAID, replace(SAID, phone=""), replace(SAID, sex=None))
    assert part_persons([Parting(one, three)], by=town.cleo, at=NOON).done
    assert join_persons([Pair(one, two)], by=town.cleo, at=NOON).done
    refused = join_persons([Pair(two, three)], by=town.cleo, at=NOON).refused
    assert [str(r.reason) for r in refused] == ["parted_before"]
    assert reopen_candidates([Pair(three, one)], by=town.cleo, at=NOON).done
    assert join_persons([Pair(two, three)], by=town.cleo, at=NOON).done
    refused = reopen_candidates([Pair(one, two)], by=town.cleo, at=NOON).refused
    assert [str(r.reason) for r in refused] == ["not_decided"]


def test_a_join_under_another_is_taken_back_last() -> None:
    town = Town()
    one, two, three = known(town, SAID, replace(SAID, phone=""), replace(SAID, sex=None))
    assert join_persons([Pair(two, three)], by=town.cleo, at=NOON).done
    assert join_persons([Pair(one, two)], by=town.cleo, at=NOON).done
    below = Parting(two, three, joined=True)
    reasons = [str(r.reason) for r in part_persons([below], by=town.cleo, at=NOON).refused]
    assert reasons == ["joined_further"]
    assert part_persons([Parting(one, two, joined=True), below], by=town.cleo, at=NOON).done


def test_a_pair_that_is_alike_no_more_leaves_the_list() -> None:
    town = Town()
    one, other = known(town, SAID, replace(SAID, name="Nông Đào"))
    take_up_uncompared(at=NOON)
    assert waiting(town.cleo) == {(one, other)}
    # A third entry with a death of its own takes the first's place.
    assert join_persons([Pair(one, other)], by=town.cleo, at=NOON).done
    take_up_uncompared(at=NOON)
    with scope.entered(MATCHING, "people.match"):
        assert sql.row("SELECT count(*) FROM people_likeness") == (1,)


def test_a_contradicted_number_is_looked_at_again() -> None:
    """The same number with a birth typed wrong: the second entry does not hold it, but claims it."""
    town = Town()
    said = replace(SAID, number="019190000007", phone="")
    one, other = known(town, said, replace(said, birth_date=date(1990, 5, 12)))
    assert one != other
    take_up_uncompared(at=NOON)
    assert waiting(town.cleo) == {(one, other)}
    [found] = open_candidates(by=town.cleo, at=NOON, limit=5)
    assert Reason.SAME_NUMBER in found.reasons


def test_walk_ins_without_a_name_are_like_nobody() -> None:
    town = Town()
    nameless = Declaration("", Sex.FEMALE, birth_year=1990, residence=town.north)
    given = [Registration(f"W{n}", nameless, walk_in=True) for n in range(3)]
    assert len(register_people(given, unit=town.north, by=town.ana, at=NOON).done) == 3
    known(town, replace(SAID, residence=town.north))
    take_up_uncompared(at=NOON)
    assert waiting(MATCHING) == set()


@pytest.mark.slow
def test_nobody_is_joined_wrongly() -> None:
    """Parents' numbers on children, mistyped digits, twins and namesakes, whoever comes first."""
    town, source = Town(), random.Random(11)
    drawn: list[tuple[int, Declaration]] = []
    who = 0
    for _ in range(600):
        sex = source.choice(list(Sex))
        family = family_name(source)
        parent = Declaration(
            full_name(source, family, sex),
            sex,
            date(1960, 1, 1) + timedelta(days=source.randrange(9_000)),
            phone=f"09{source.randrange(10**8):08d}",
            number=f"0190{source.randrange(60, 85)}{source.randrange(10**6):06d}",
            residence=town.north,
        )
        born = date(2008, 1, 1) + timedelta(days=source.randrange(4_000))
        child = replace(parent, name=full_name(source, family, sex), birth_date=born)
        twin = replace(child, name=full_name(source, family, sex), number="")
        namesake = replace(
            parent, birth_date=parent.birth_date + timedelta(days=40 + source.randrange(200))
        )
        if source.random() > 0.02:  # else the parent's number stays on the child
            child = replace(child, number="")
        if source.random() > 0.3:
            namesake = replace(namesake, number="")
        for one in (parent, child, twin, namesake):
            for _ in range(source.choice((1, 2))):
                said = one
                if said.number and source.random() < 0.01:  # a digit typed wrong
                    at = source.randrange(6, 12)
                    digit = source.choice("0123456789")
                    said = replace(said, number=said.number[:at] + digit + said.number[at + 1 :])
                drawn.append((who, said))
            who += 1
    source.shuffle(drawn)
    ids = known(town, *[said for _, said in drawn])
    people: dict[int, set[int]] = {}
    for person, (real, _) in zip(ids, drawn, strict=True):
        people.setdefault(person, set()).add(real)
    assert [found for found in people.values() if len(found) > 1] == []
    assert len(people) < len(drawn), "those who agree are one without asking"


def test_a_person_is_found_at_a_desk_by_what_is_known_roughly() -> None:
    town = Town()
    [one, _] = known(
        town, replace(SAID, residence=town.north, address="Xóm 5"), Declaration("Lò Văn Pó")
    )
    [far] = known(town, SAID, unit=town.other_province)
    take_up_uncompared(at=NOON)

    def found(by: Actor, **said: object) -> list[int]:
        asked = Declaration(**({"name": ""} | said))  # type: ignore[arg-type]
        return [one.person.id for one in people_like(asked, by=by, at=NOON)]

    assert found(town.ana, name="nong thi dao") == [one]
    assert found(town.ana, name="Nog Thi Dao", birth_year=1990) == [one]
    assert found(town.ana, name="Đào Thị Nông", birth_year=1990) == [one]
    assert found(town.ana, phone="0912 345 678") == [one]
    assert found(town.egon, name="nong thi dao") == [far]
    assert found(town.sam, name="nong thi dao") == []
    assert found(town.ana) == []
    assert "people.people_like" in [entry.action for entry in _seen(one, town)]
