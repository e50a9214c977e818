"""What is made ready for the commands that watch over tubes and rates."""

from __future__ import annotations

from datetime import timedelta

from som.access.queries import system_actor
from som.kernel import sql
from som.results import commands as results
from som.results.work import take_up_clocks
from som.sampling.commands import record_swabs
from tests.scale.prepared import Call, prepared
from tests.town import NOON, Town


def _recorded(size: int) -> tuple[Town, list[int]]:
    town = Town()
    swabs = [town.swab(code) for code in town.tubes(size)]
    assert not record_swabs(swabs, session="S1", by=town.ana, at=NOON).refused
    return town, [line[0] for line in sql.rows("SELECT id FROM sampling_tube ORDER BY id")]


@prepared("results.advance_clocks")
def _advances(size: int) -> Call:
    _, tubes = _recorded(size)
    late = NOON + timedelta(hours=9)
    return lambda: results.advance_clocks(tubes, by=system_actor("results"), at=late)


@prepared("results.take_over_clocks")
def _take_overs(size: int) -> Call:
    town, tubes = _recorded(size)
    take_up_clocks(at=NOON)
    return lambda: results.take_over_clocks(tubes, by=town.dora, at=NOON)


@prepared("results.note_rates", many=20)
def _counts(size: int) -> Call:
    town = Town()
    codes = [group[0].tube for group in town.sampled([1] * size)]
    for number, code in enumerate(codes):
        town.run(f"R{number}", {code: "negative"})
    runs = [line[0] for line in sql.rows("SELECT id FROM lab_run")]
    return lambda: results.note_rates(runs, by=system_actor("results"), at=NOON)
