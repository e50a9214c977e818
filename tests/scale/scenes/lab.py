"""From the tubes at reception to the run that is read."""

from __future__ import annotations

from som.lab import commands as lab
from som.lab.rules import Loading, LoadKind, PoolMade
from tests.laws.lab import loaded
from tests.scale.prepared import Call, prepared
from tests.scale.scenes.swabs import taken
from tests.town import KIT, NOON, Town


@prepared("lab.receive_tubes")
def _receptions(size: int) -> Call:
    town, tubes = taken(size)
    return lambda: lab.receive_tubes(tubes, lab=town.lab1, by=town.ben, at=NOON)


def here(size: int) -> tuple[Town, list[str]]:
    town, tubes = taken(size)
    assert not lab.receive_tubes(tubes, lab=town.lab1, by=town.ben, at=NOON).refused
    return town, tubes


@prepared("lab.make_pools")
def _pools(size: int) -> Call:
    town, tubes = here(size * 2)
    given = [PoolMade(f"P{n}", tuple(tubes[2 * n : 2 * n + 2])) for n in range(size)]
    return lambda: lab.make_pools(given, lab=town.lab1, by=town.ben, at=NOON)


@prepared("lab.load_plates", many=384)
def _loads(size: int) -> Call:
    town, tubes = here(size)
    wells = [f"{row}{column}" for row in "ABCDEFGHIJKLMNOP" for column in range(1, 25)]
    given = [
        Loading(LoadKind.TUBE, tube, (well,)) for tube, well in zip(tubes, wells, strict=False)
    ]
    return lambda: lab.load_plates(
        given, plate="PL", size=384, kit=KIT, lab=town.lab1, by=town.ben, at=NOON
    )


@prepared("lab.read_runs", many=40)
def _runs(size: int) -> Call:
    town, tubes = here(size * 3)
    town.pooled("P1", tubes[:2])
    given = [loaded(town, f"PL{n}", {tubes[3 * n + 2]: "invalid"}) for n in range(1, size)]
    given.append(loaded(town, "PL0", {tubes[2]: "positive", "P1": "positive"}))
    return lambda: lab.read_runs(given, lab=town.lab1, by=town.ben, at=NOON)
