"""What the drawn world plans to go wrong, and what each person must then be told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from som.people.rules import Sex
from som.results.rules import ResultValue
from som.sampling.rules import TubeClass
from som.simulation import noise
from som.simulation.check import Error, planned_errors
from som.simulation.noise import ErrorKind, Noise
from som.simulation.people import Commune, Drawn
from som.simulation.world import Truth, World

NOON = datetime(2026, 11, 1, 5, tzinfo=UTC)
CITY = Commune(1, "Phường Phan Đình Phùng", 90_000, "019", (("kinh", 1),))


class Quiet(Noise):
    """Noise in which nothing happens."""

    def contaminates(self, swabs: Iterable[str]) -> Decimal | None:  # noqa: ARG002
        return None


class Planted(World):
    """A world in which only what a test plants goes wrong: by the slip, or by the tube or pool."""

    def misses(self, swab: Truth) -> bool:
        return swab.slip.startswith("missed")


def someone(serial: int, ct: float | None = None) -> Drawn:
    return Drawn(
        serial=serial,
        household=0,
        commune=CITY,
        name="An",
        sex=Sex.MALE,
        born=date(1990, 1, 1),
        phone="",
        number="",
        by_year=False,
        address="",
        infected=ct is not None,
        ct=ct or 0.0,
        tube_class=TubeClass.SCREENING,
    )


def world_of(*swabs: tuple[Drawn, str, str]) -> World:
    """A world of these people, each swabbed into a tube with a slip, one after the other."""
    world = Planted(list(dict.fromkeys(person for person, _, _ in swabs)), Quiet("1"))
    world.contaminated["splashed"] = Decimal(35)
    world.swabbed(
        Truth(person, tube, slip, NOON + timedelta(minutes=minute))
        for minute, (person, tube, slip) in enumerate(swabs)
    )
    return world


def told(world: World) -> list[tuple[ResultValue | None, int | None]]:
    return [(world.due(swab), world.versions(swab)) for swab in world.swabs]


# --- drawing -------------------------------------------------------------------------------------


def test_the_same_seed_draws_the_same_errors_about_as_often_as_the_sources_say() -> None:
    one, same, other = Noise("1"), Noise("1"), Noise("2")
    keys = [Truth(someone(number), "", "", NOON).key for number in range(20_000)]
    missed = [one.misses(key) for key in keys]
    assert missed == [same.misses(key) for key in keys] != [other.misses(key) for key in keys]
    assert sum(missed) / 20_000 == pytest.approx(1 - noise.SENSITIVITY, abs=0.01)
    splashed = [ct for key in keys if (ct := one.contaminates([key])) is not None]
    assert len(splashed) / 20_000 == pytest.approx(1 - noise.SPECIFICITY, abs=0.001)
    assert all(ct < noise.FOUND_UNTIL for ct in splashed)
    lines = {ill: sum(one.line(key, infected=ill) for key in keys) for ill in (True, False)}
    assert lines[True] / 20_000 == pytest.approx(noise.STRIP_SENSITIVITY, abs=0.01)
    assert lines[False] / 20_000 == pytest.approx(1 - noise.STRIP_SPECIFICITY, abs=0.005)


def test_a_weak_one_vanishes_in_a_pool_and_not_alone() -> None:
    weak, *well = someone(0, 36.0), *(someone(n) for n in range(1, 10))
    world = world_of(*((person, f"T{person.serial}", "") for person in (weak, *well)))
    world.pooled({"P": [f"T{serial}" for serial in range(10)]})
    assert world.ct_of("P") == Decimal("39.32")  # log2(10) cycles later
    assert world.shown("P") is None
    assert world.shown("T0") == Decimal("36.00")
    assert set(told(world)) == {(ResultValue.NEGATIVE_BY_POOL, 1)}
    assert planned_errors(world) == (Error(0, "", ErrorKind.DILUTION),)


# --- what people must be told --------------------------------------------------------------------


def test_nobody_of_a_splashed_pool_is_answered_where_no_member_is_positive() -> None:
    people = [someone(n) for n in range(3)]
    world = world_of(*((person, f"T{person.serial}", "") for person in people))
    world.pooled({"splashed": ["T0", "T1", "T2"]})
    assert set(told(world)) == {(None, None)}


def test_a_swab_that_took_nothing_is_a_planned_miss_unless_another_finds_it() -> None:
    ill = someone(0, 20.0)
    world = world_of((ill, "A", "missed"))
    assert told(world) == [(ResultValue.NEGATIVE, 1)]
    assert planned_errors(world) == (Error(0, "missed", ErrorKind.KIT_SENSITIVITY),)
    world.swabbed([Truth(ill, "B", "found", NOON + timedelta(hours=5))])
    assert planned_errors(world) == ()


def test_a_splashed_tube_is_a_planned_false_positive_until_it_is_corrected() -> None:
    world = world_of((someone(0), "splashed", "slip"))
    assert told(world) == [(ResultValue.POSITIVE, 1)]
    assert planned_errors(world) == (Error(0, "slip", ErrorKind.KIT_SPECIFICITY),)
    world.corrected.add("splashed")
    assert told(world) == [(ResultValue.NEGATIVE, 2)]
    assert planned_errors(world) == ()


def test_a_recall_takes_back_the_negatives_of_its_plate_and_no_others() -> None:
    world = world_of(
        *((someone(n, 20.0 if n == 1 else None), tube, "") for n, tube in enumerate("ABCDE"))
    )
    world.pooled({"P": ["C", "D"]})
    world.tested_on.update({"A": "one", "B": "one", "P": "one", "E": "other"})
    world.recalled.add("one")
    assert told(world) == [
        (ResultValue.WITHDRAWN, 2),
        (ResultValue.POSITIVE, 1),
        (ResultValue.WITHDRAWN, 2),
        (ResultValue.WITHDRAWN, 2),
        (ResultValue.NEGATIVE, 1),
    ]


def test_strips_say_suspected_and_what_is_never_tested_says_nothing() -> None:
    ill, well, unlucky = someone(0, 20.0), someone(1), someone(2, 20.0)
    world = world_of((ill, "A", "a"), (well, "B", "b"), (unlucky, "C", "c"))
    world.strips.update({"A": True, "B": False})
    world.never_tested["C"] = ErrorKind.LOST
    assert told(world) == [
        (ResultValue.SUSPECTED, 1),
        (ResultValue.NEGATIVE, 1),
        (None, None),
    ]
    assert planned_errors(world) == (Error(2, "c", ErrorKind.LOST),)


def test_whoever_was_not_at_home_is_missed_and_nobody_else_without_a_reason() -> None:
    held, away, well = someone(0, 20.0), someone(1, 20.0), someone(2)
    world = world_of((held, "pool", "h"), (well, "pool", "w"))
    world.people.append(away)
    assert planned_errors(world) == ()  # held, and nobody said that they were away
    world.absent.update({0, 1})
    assert planned_errors(world) == (
        Error(0, "h", ErrorKind.ABSENT),
        Error(1, "", ErrorKind.ABSENT),
    )
