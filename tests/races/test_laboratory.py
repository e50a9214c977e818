"""Benches that receive, pool, load and read at once: each thing is done once."""

from __future__ import annotations

import pytest

from som.lab.commands import load_plates, make_pools, read_runs, receive_tubes
from som.lab.rules import Loading, LoadKind, PoolMade, RunGiven
from som.sampling.commands import record_swabs
from tests.laws.lab import loaded
from tests.races.at_once import at_once, counted, done, reasons
from tests.town import KIT, NOON, Town, instrument_file

pytestmark = pytest.mark.slow


def test_a_tube_is_received_once(town: Town) -> None:
    tubes = town.tubes(20)
    record_swabs([town.swab(tube) for tube in tubes], session="S1", by=town.ana, at=NOON)
    answers = at_once(
        *(
            lambda order=order: receive_tubes(tubes[::order], lab=town.lab1, by=town.ben, at=NOON)
            for order in (1, -1)
        )
    )
    assert sorted(done(answers)) == sorted(tubes)
    assert reasons(answers) == []


def test_two_benches_pool_the_same_tubes_once(town: Town) -> None:
    tubes = [swab.tube for (swab,) in town.sampled([1] * 8)]
    one = [PoolMade("P1", tuple(tubes[:4])), PoolMade("P2", tuple(tubes[4:]))]
    other = [PoolMade("P3", tuple(tubes[2:6][::-1])), PoolMade("P4", (tubes[7], tubes[0]))]
    answers = at_once(
        *(lambda p=p: make_pools(p, lab=town.lab1, by=town.ben, at=NOON) for p in (one, other))
    )
    assert len(done(answers)) == 2
    assert reasons(answers) == ["pool_tube_not_waiting"] * 2
    assert counted("SELECT count(DISTINCT tube_id) FROM lab_member") == counted(
        "SELECT count(*) FROM lab_member"
    )


def test_the_same_pool_sent_twice_at_once_is_made_once(town: Town) -> None:
    tubes = [swab.tube for (swab,) in town.sampled([1] * 4)]
    pool = PoolMade("P1", tuple(tubes))
    answers = at_once(
        *(lambda: make_pools([pool], lab=town.lab1, by=town.ben, at=NOON) for _ in range(2))
    )
    assert len(done(answers)) == 1
    assert reasons(answers) == []


def test_a_tube_is_loaded_on_one_plate_and_a_well_holds_one_tube(town: Town) -> None:
    tubes = [swab.tube for (swab,) in town.sampled([1] * 12)]

    def load(plate: str, given: list[str]) -> object:
        loadings = [
            Loading(LoadKind.TUBE, tube, (f"A{n}",)) for n, tube in enumerate(given, start=1)
        ]
        return load_plates(
            loadings, plate=plate, size=96, kit=KIT, lab=town.lab1, by=town.ben, at=NOON
        )

    answers = at_once(
        lambda: load("PL1", tubes[:6]),
        lambda: load("PL2", tubes[:6][::-1]),
        lambda: load("PL1", tubes[6:]),
    )
    codes = [load.code for load in done(answers)]
    assert len(codes) == len(set(codes)) == counted("SELECT count(*) FROM lab_well")
    assert set(reasons(answers)) <= {"load_not_waiting", "well_taken"}


def test_a_file_is_read_once(town: Town) -> None:
    tubes = [swab.tube for (swab,) in town.sampled([1] * 2)]
    given = [loaded(town, "N1", {tubes[0]: "positive"}), loaded(town, "N2", {tubes[1]: "negative"})]
    answers = at_once(
        *(
            lambda order=order: read_runs(given[::order], lab=town.lab1, by=town.ben, at=NOON)
            for order in (1, -1)
        )
    )
    assert len(done(answers)) == 2
    assert reasons(answers) == []
    assert counted("SELECT count(*) FROM lab_verdict") == 2


def test_of_two_files_for_a_plate_one_is_read(town: Town) -> None:
    ((swab,),) = town.sampled([1])
    given = loaded(town, "N1", {swab.tube: "positive"})
    shown = {"A1": (swab.tube, "negative")}
    other = RunGiven("N1", "b.txt", instrument_file("N1", shown, NOON), "LOT")
    answers = at_once(
        *(lambda g=g: read_runs([g], lab=town.lab1, by=town.ben, at=NOON) for g in (given, other))
    )
    assert len(done(answers)) == 1
    assert reasons(answers) == ["run_plate_read"]


def test_reading_a_run_does_not_wait_for_a_bench_that_waits_for_it(town: Town) -> None:
    tubes = [swab.tube for (swab,) in town.sampled([1] * 12)]
    given = loaded(town, "N1", dict.fromkeys(tubes[6:12] + tubes[:6], "invalid"))
    where = {"size": 96, "kit": KIT, "lab": town.lab1, "by": town.ben, "at": NOON}
    again = [Loading(LoadKind.TUBE, tube, (f"B{n}",)) for n, tube in enumerate(tubes[:12], 1)]
    answers = at_once(
        lambda: read_runs([given], lab=town.lab1, by=town.ben, at=NOON),
        lambda: load_plates(again, plate="N2", **where),
    )
    assert len(answers[0].done) == 1
    assert len(answers[1].done) in (0, 12)
