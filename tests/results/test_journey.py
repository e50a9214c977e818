"""The way of tubes from swab to person, as the town works."""

import pytest

from som.access.queries import system_actor
from som.results.commands import release_verdicts
from som.results.queries import SecondIdentifier, ledger_gaps, look_up, waiting_for_release
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db
PUBLIC = system_actor("public")


def released(town: Town) -> None:
    waiting = [w.verdict for w in waiting_for_release(town.lab1, by=town.bao) if w.held is None]
    outcome = release_verdicts(waiting, lab=town.lab1, by=town.bao, at=NOON)
    assert not outcome.refused, outcome.refused


def answer(swab, *, at=NOON):
    second = SecondIdentifier(birth_date=swab.said.birth_date)
    found = look_up(swab.slip, second, by=PUBLIC, at=at)
    return found and found.value


def test_single_tubes_and_a_field_pool_come_to_the_right_people():
    town = Town()
    one, other, pool = town.sampled([1, 1, 3])
    town.run(
        "PLATE1", {one[0].tube: "positive", other[0].tube: "negative", pool[0].tube: "negative"}
    )
    released(town)
    assert answer(one[0]) == "positive"
    assert answer(other[0]) == "negative"
    assert [answer(s) for s in pool] == ["negative_by_pool"] * 3
    assert ledger_gaps(by=town.dora, at=NOON) == []


def test_positive_lab_pool_answers_its_members_by_their_own_tubes():
    town = Town()
    swabs = [s for (s,) in town.sampled([1] * 5)]
    town.pooled("P1", [s.tube for s in swabs])
    town.run("PLATE1", {"P1": "positive"})
    released(town)
    assert [answer(s) for s in swabs] == [None] * 5
    town.run("PLATE2", {s.tube: "negative" for s in swabs[1:]} | {swabs[0].tube: "positive"})
    released(town)
    assert [answer(s) for s in swabs] == ["positive"] + ["negative"] * 4
    assert ledger_gaps(by=town.dora, at=NOON) == []
