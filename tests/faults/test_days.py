"""Days with the plug pulled; see the package's docstring for how to run one again."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.faults.day import DELIVER, Day
from tests.faults.house import House
from tests.faults.instrument import kill_server
from tests.faults.office import SHAKEN, Office
from tests.faults.whole import assert_whole

pytestmark = pytest.mark.slow

SEEDS = "1-20"


def seeds() -> list[int]:
    """The days to run: one, or from one to another."""
    first, _, last = os.environ.get("SOM_FAULTS", SEEDS).partition("-")
    return list(range(int(first), int(last or first) + 1))


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    found = House()
    yield found
    found.close()


@contextmanager
def an_office(house: House, seed: int) -> Iterator[Office]:
    """A day begins there; what it leaves is kept if it fails."""
    began = time.monotonic()
    house.begin(seed)
    office = Office(house, seed)
    try:
        house.wait_for_pages()
        yield office
    except BaseException:
        print(f"what day {seed} left: {house.keep_traces()}")
        raise
    finally:
        for struck in office.orders.noted():
            print(seed, struck)
        print(f"day {seed}: {time.monotonic() - began:.1f} s")
        house.stop()


@pytest.mark.parametrize("seed", seeds())
def test_a_day_with_the_plug_pulled(seed: int, house: House) -> None:
    with an_office(house, seed) as office:
        day = Day(office)
        day.run()
        assert_whole(office, day)
        noted = office.orders.noted()
        assert {struck.strike.number for struck in noted} == office.numbers, "all that were drawn"
        assert sum(struck.inside for struck in noted) * 2 >= len(noted), "half are inside"


def test_the_worker_outlives_its_database(house: House) -> None:
    with an_office(house, 0) as office:
        office.plan.clear()
        office.work(DELIVER)
        worker = house.pids["worker"]
        kill_server(house.server.cluster)
        house.wait_for_server()
        office.shaken_until = time.time() + SHAKEN  # a first question may find a dead connection
        office.work(DELIVER)
        assert house.pids["worker"] == worker
