"""What becomes owed when entries are joined and parted again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from som.access.queries import system_actor
from som.kernel import ids, scope, sql
from som.people.commands import join_persons, part_persons
from som.people.matching.reviews import Pair, Parting
from som.results.commands import release_verdicts
from som.results.queries import ledger_gaps, waiting_for_release
from som.results.work import take_up_owed
from som.sampling.commands import RequestWanted, record_swabs, request_tests
from som.sampling.queries import open_requests
from som.sampling.rules import RequestReason, SwabTaken, TubeClass
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db


def persons(town: Town) -> list[int]:
    with scope.entered(system_actor("results"), "results.read"):
        return [line[0] for line in sql.rows("SELECT person_id FROM sampling_swab ORDER BY id")]


def told(town: Town) -> list[tuple[str, int | None]]:
    with scope.entered(system_actor("delivery"), "notices.read"):
        return sql.rows(
            "SELECT kind, to_unit_id FROM notices_notice WHERE to_unit_id IS NOT NULL ORDER BY id"
        )


def positive(town: Town, swab: SwabTaken) -> None:
    town.run("R1", {swab.tube: "positive"})
    waiting = [w.verdict for w in waiting_for_release(town.lab1, by=town.bao)]
    assert release_verdicts(waiting, lab=town.lab1, by=town.bao, at=NOON).done


@pytest.mark.parametrize("first", ["join", "release"])
def test_where_the_other_entry_lives_hears_of_a_positive_whichever_came_first(first: str) -> None:
    town = Town()
    ((one,),) = town.sampled([1])
    assert one.said is not None
    said = replace(one.said, number="", phone="", residence=town.south)
    other = town.swab(town.tubes(1)[0], said=said)
    assert record_swabs([other], session="S2", by=town.ana, at=NOON).done
    pair = Pair(*persons(town))
    if first == "release":
        positive(town, one)
        assert ("positive", town.south) not in told(town)
    assert join_persons([pair], by=town.dora, at=NOON).done == [pair]
    if first == "join":
        positive(town, one)
    assert take_up_owed(at=NOON) == 1
    assert told(town).count(("positive", town.south)) == 1
    assert take_up_owed(at=NOON) == 0
    assert ledger_gaps(by=town.dora, at=NOON) == []


def test_who_was_asked_for_and_answered_by_another_is_asked_for_again() -> None:
    town = Town()
    ((one,), _) = town.sampled([1, 1])
    first, second = persons(town)
    later, due = NOON + timedelta(hours=1), NOON + timedelta(hours=5)
    wish = RequestWanted("w", second, town.north, RequestReason.CONTACT, due)
    assert request_tests([wish], by=town.cleo, at=NOON).done
    assert join_persons([Pair(first, second)], by=town.dora, at=NOON).done
    swab = replace(
        one,
        slip=ids.new_slip_code(town.random),
        tube=town.tubes(1)[0],
        taken_at=later,
        tube_class=TubeClass.CONTACT,
    )
    assert record_swabs([swab], session="S2", by=town.ana, at=later).done
    assert open_requests(by=town.cleo, at=later) == []
    take_up_owed(at=later)
    assert part_persons([Parting(first, second, joined=True)], by=town.dora, at=later).done
    assert ledger_gaps(by=town.dora, at=later) != []
    assert take_up_owed(at=later) == 2
    (asked,) = open_requests(by=town.cleo, at=later)
    assert (asked.person, asked.reason) == (second, "contact")
    assert ledger_gaps(by=town.dora, at=later) == []
    assert take_up_owed(at=later) == 0
