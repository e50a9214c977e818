"""Days with the plug pulled; see the package's docstring for how to run one again."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest

from tests.faults.closing import assert_whole
from tests.faults.day import DELIVER, Day
from tests.faults.house import House
from tests.faults.instrument import kill_server
from tests.faults.office import SHAKEN, Office

pytestmark = pytest.mark.slow


def seeds() -> list[int]:
    """The days to run: named in SOM_FAULTS, else as many as the depth of the tests asks for."""
    if named := os.environ.get("SOM_FAULTS"):
        first, _, last = named.partition("-")
        return list(range(int(first), int(last or first) + 1))
    return list(range(1, int(os.environ.get("HYPOTHESIS_MAX_EXAMPLES") or 20) + 1))


class Failures:
    """Whether a day failed, so that its folder is kept."""

    kept = False


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    found = House()
    yield found
    found.close(keep=Failures.kept)


@pytest.mark.parametrize("seed", seeds())
def test_a_day_with_the_plug_pulled(seed: int, house: House) -> None:
    house.begin(seed)
    office = Office(house, seed)
    try:
        house.wait_for_pages()
        day = Day(office)
        day.run()
        assert_whole(office, day)
        noted = office.orders.noted()
        assert len(noted) >= 3, "a day has three strikes at least"
        assert sum(struck.inside for struck in noted) * 2 >= len(noted), "half are inside"
    except BaseException:
        Failures.kept = True
        print(f"seed {seed}: see {house.folder}")
        raise
    finally:
        for struck in office.orders.noted():
            print(seed, struck)
        house.stop()


def test_the_worker_outlives_its_database(house: House) -> None:
    house.begin(0)
    office = Office(house, 0)
    office.plan.clear()
    house.wait_for_pages()
    office.work(DELIVER)
    worker = house.pids["worker"]
    kill_server(house.server.cluster)
    house.wait_for_server()
    office.shaken_until = time.time() + SHAKEN  # a first question may still find a dead connection
    office.work(DELIVER)
    assert house.pids["worker"] == worker
    house.stop()
