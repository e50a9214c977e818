"""Two reviewers at one pair, and new people compared at once: each thing happens once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.kernel.errors import Conflict
from som.people.commands import (
    Naming,
    Registration,
    compare_people,
    join_persons,
    name_walk_ins,
    part_persons,
    register_people,
    reopen_candidates,
)
from som.people.matching.reviews import Pair, Parting
from som.people.queries import standing
from som.people.rules import Declaration
from tests.laws.matching import SAID, known
from tests.races.at_once import at_once, done, reasons
from tests.town import NOON, Town

pytestmark = pytest.mark.slow

MATCHING = system_actor("matching")


def entries(town: Town, count: int) -> list[int]:
    """So many entries of nobody else."""
    return known(town, *[replace(SAID, phone=f"09123456{n:02d}") for n in range(count)])


def test_of_a_join_and_a_parting_one_wins(town: Town) -> None:
    ids = entries(town, 10)
    for one, other in zip(ids[::2], ids[1::2], strict=True):
        pair = Pair(one, other)
        answers = at_once(
            lambda pair=pair: join_persons([pair], by=town.dora, at=NOON),
            lambda pair=pair: part_persons([Parting(pair.other, pair.one)], by=town.dora, at=NOON),
        )
        assert len(done(answers)) == 1
        assert reasons(answers)[0] in ("parted_before", "joined_meanwhile")


def test_two_reviewers_join_once(town: Town) -> None:
    one, other = entries(town, 2)
    answers = at_once(
        *[lambda: join_persons([Pair(one, other)], by=town.dora, at=NOON) for _ in range(4)]
    )
    assert len(done(answers)) == 1
    with scope.entered(MATCHING, "people.match"):
        assert sql.row("SELECT count(*) FROM people_join") == (1,)


def test_joins_of_a_ring_make_one_person_and_no_circle(town: Town) -> None:
    ids = entries(town, 4)
    ring = list(zip(ids, [*ids[1:], ids[0]], strict=True))
    pending = ring
    for _ in range(10):
        answers = at_once(
            *[
                lambda pair=pair: join_persons([Pair(*pair)], by=town.dora, at=NOON)
                for pair in pending
            ]
        )
        # Who lost the ground under their feet sends it again.
        pending = [
            pair
            for pair, answer in zip(pending, answers, strict=True)
            if isinstance(answer, Conflict)
        ]
        if not pending:
            break
    with scope.entered(MATCHING, "people.match"):
        assert len(set(standing(ids).values())) == 1
        assert sql.row("SELECT count(*) FROM people_join") == (3,)


def test_new_people_compared_at_once_do_not_miss_each_other(town: Town) -> None:
    one, other = known(town, SAID, replace(SAID, name="NONG THI DAO"))
    at_once(
        lambda: compare_people([one], by=MATCHING, at=NOON),
        lambda: compare_people([other], by=MATCHING, at=NOON),
    )
    with scope.entered(MATCHING, "people.match"):
        assert sql.row("SELECT count(*) FROM people_candidate") == (1,)


def test_a_parting_is_taken_back_once(town: Town) -> None:
    one, other = entries(town, 2)
    part_persons([Parting(one, other)], by=town.dora, at=NOON)
    answers = at_once(
        *[lambda: reopen_candidates([Pair(one, other)], by=town.dora, at=NOON) for _ in range(3)]
    )
    assert len(done(answers)) == 1


@pytest.mark.parametrize("walk_in_first", [True, False])
def test_a_naming_and_a_review_of_the_same_two_wait_in_one_order(
    town: Town, walk_in_first: bool
) -> None:
    """Whoever shows the number of somebody met before or after their card: one of the two joins."""
    rounds = 8
    told = [
        replace(SAID, name=f"Lò Thị {name}", number=f"0191800000{n:02d}", birth_year=1980)
        for n, name in enumerate("ABCDEGHI")
    ]

    def met(said: Sequence[Declaration], *, walk_in: bool) -> list[int]:
        given = [Registration(f"{walk_in}-{n}", one, walk_in=walk_in) for n, one in enumerate(said)]
        outcome = register_people(given, unit=town.north, by=town.ana, at=NOON)
        return [r.person_id or 0 for r in outcome.done]

    cards = [Declaration("")] * rounds
    if walk_in_first:
        walk_ins, known_ones = met(cards, walk_in=True), met(told, walk_in=False)
    else:
        known_ones, walk_ins = met(told, walk_in=False), met(cards, walk_in=True)
    for said, card, one in zip(told, walk_ins, known_ones, strict=True):
        at_once(
            lambda card=card, said=said: name_walk_ins(
                [Naming(card, said)], unit=town.north, by=town.ana, at=NOON
            ),
            lambda card=card, one=one: join_persons([Pair(one, card)], by=town.dora, at=NOON),
            lambda card=card, one=one: part_persons(
                [Parting(card, one, joined=True)], by=town.dora, at=NOON
            ),
        )
    with scope.entered(MATCHING, "people.match"):
        named = dict(sql.rows("SELECT id, name FROM people_person WHERE id = ANY(%s)", (walk_ins,)))
    assert set(named.values()) <= {"", *[said.name for said in told]}
