"""Reception, pools, plates and runs: what is refused, and what follows at the bench."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from som.kernel import sql
from som.kernel.errors import Conflict, NotAllowed, NotFound
from som.lab.commands import load_plates, make_pools, read_runs, receive_tubes
from som.lab.commands import runs as command
from som.lab.formats.registry import read_run
from som.lab.formats.run_file import RunFile
from som.lab.queries import faults_of_run, runs, waiting_pools, waiting_tubes, wells_of_run
from som.lab.rules import Loading, LoadKind, PoolMade, RunGiven
from tests.laws.lab import loaded
from tests.town import KIT, NOON, Town, instrument_file

pytestmark = pytest.mark.django_db


def waits(town: Town) -> dict[str, str]:
    """What waits at laboratory one, and for what."""
    found = {t.code: t.waits_for for t in waiting_tubes(town.lab1, by=town.ben)}
    return found | {p.code: p.waits_for for p in waiting_pools(town.lab1, by=town.ben)}


def load(town: Town, *loadings: Loading, plate: str = "N1", **changes):  # type: ignore[no-untyped-def]
    where = {"size": 96, "kit": KIT, "lab": town.lab1, "by": town.ben, "at": NOON} | changes
    return load_plates(loadings, plate=plate, **where)


def test_a_file_is_read_before_any_plate_is_locked(monkeypatch: pytest.MonkeyPatch) -> None:
    town = Town()
    ((swab,),) = town.sampled([1])
    given = loaded(town, "N1", {swab.tube: "negative"})
    locked: list[bool] = []

    def reading(data: bytes, filename: str) -> RunFile:
        locked.append(any("FOR UPDATE" in query["sql"] for query in asked.captured_queries))
        return read_run(data, filename)

    monkeypatch.setattr(command, "read_run", reading)
    with CaptureQueriesContext(connection) as asked:
        assert read_runs([given], lab=town.lab1, by=town.ben, at=NOON).done
    assert locked == [False]
    assert any("FOR UPDATE" in query["sql"] for query in asked.captured_queries)


def test_benches_belong_to_a_laboratory() -> None:
    town = Town()
    ((swab,),) = town.sampled([1])
    with pytest.raises(NotAllowed), transaction.atomic():
        receive_tubes([swab.tube], lab=town.lab1, by=town.lan, at=NOON)
    outcome = receive_tubes([swab.tube], lab=town.lab2, by=town.lan, at=NOON)
    assert [str(r.reason) for r in outcome.refused] == ["tube_sent_elsewhere"]


def test_a_pool_is_right_as_a_whole_or_not_at_all() -> None:
    town = Town()
    one, two = (swab.tube for (swab,) in town.sampled([1, 1]))
    (field,) = town.sampled([2])
    bad = PoolMade("P1", (one, two, field[0].tube))
    outcome = make_pools([bad], lab=town.lab1, by=town.ben, at=NOON)
    assert [(str(r.reason), r.detail) for r in outcome.refused] == [
        ("pool_tube_is_a_pool", field[0].tube)
    ]
    assert set(waits(town).values()) == {"test"}
    town.pooled("P1", [one, two])
    assert waits(town) == {field[0].tube: "test", "P1": "test"}


def test_a_plate_of_which_nothing_was_loaded_is_none() -> None:
    town = Town()
    outcome = load(town, Loading(LoadKind.TUBE, "X", ("A1",)))
    assert [str(r.reason) for r in outcome.refused] == ["load_not_here"]
    assert sql.row("SELECT count(*) FROM lab_plate") == (0,)


def test_a_plate_keeps_its_size_and_kit_and_takes_nothing_after_its_run() -> None:
    town = Town()
    one, two = (swab.tube for (swab,) in town.sampled([1, 1]))
    given = loaded(town, "N1", {one: "negative"})
    late = Loading(LoadKind.TUBE, two, ("B1",))
    with pytest.raises(Conflict), transaction.atomic():
        load(town, late, size=384)
    with pytest.raises(Conflict), transaction.atomic():
        load(town, late, kit="cdc_n1_n2")
    with pytest.raises(NotFound), transaction.atomic():
        load(town, late, kit="none_such")
    with pytest.raises(NotFound), transaction.atomic():
        load(town, late, plate="no plate")
    with pytest.raises(NotFound), transaction.atomic():
        load(town, late, plate="N2", size=100)
    assert read_runs([given], lab=town.lab1, by=town.ben, at=NOON).done
    with pytest.raises(Conflict), transaction.atomic():
        load(town, late)
    assert waits(town) == {two: "test"}


def test_past_its_use_by_nothing_is_pooled_or_loaded() -> None:
    town = Town()
    one, two, three = (swab.tube for (swab,) in town.sampled([1, 1, 1]))
    town.pooled("P1", [one, two])
    late = NOON + timedelta(hours=48)
    outcome = load(
        town,
        Loading(LoadKind.TUBE, three, ("A1",)),
        Loading(LoadKind.POOL, "P1", ("A2",)),
        at=late,
    )
    assert [str(r.reason) for r in outcome.refused] == ["load_use_by_passed"] * 2


def test_an_invalid_test_is_repeated_once_and_then_inconclusive() -> None:
    town = Town()
    ((swab,),) = town.sampled([1])
    town.run("R1", {swab.tube: "invalid"})
    assert waits(town) == {swab.tube: "retest"}
    town.run("R2", {swab.tube: "invalid"})
    assert waits(town) == {}
    found = sql.rows("SELECT value, reason FROM lab_verdict ORDER BY id")
    assert found == [("invalid", "internal_control_missing"), ("inconclusive", "invalid_twice")]


@pytest.mark.parametrize("shown", ["positive", "inconclusive"])
def test_a_suspicious_pool_sends_each_members_own_tube_to_the_retest_list(shown: str) -> None:
    town = Town()
    tubes = [swab.tube for (swab,) in town.sampled([1] * 3)]
    town.pooled("P1", tubes)
    town.run("R1", {"P1": shown})
    assert waits(town) == dict.fromkeys(tubes, "retest")


def test_a_pool_invalid_twice_is_inconclusive() -> None:
    town = Town()
    tubes = [swab.tube for (swab,) in town.sampled([1] * 2)]
    town.pooled("P1", tubes)
    town.run("R1", {"P1": "invalid"})
    assert waits(town) == {"P1": "retest"}
    town.run("R2", {"P1": "invalid"})
    assert waits(town) == dict.fromkeys(tubes, "retest")


@pytest.mark.parametrize("controls", [("positive", "positive"), ("negative", "negative")])
def test_a_failed_control_voids_the_run(controls: tuple[str, str]) -> None:
    town = Town()
    ((swab,),) = town.sampled([1])
    town.run("R1", {swab.tube: "positive"}, controls=controls)
    assert waits(town) == {swab.tube: "retest"}
    (run,) = runs(by=town.ben)
    assert (run.invalid, run.positive, run.controls_failed) == (1, 0, 1)


def test_a_well_with_another_name_is_a_fault_and_not_read() -> None:
    town = Town()
    one, two = (swab.tube for (swab,) in town.sampled([1, 1]))
    given = loaded(town, "N1", {one: "negative", two: "negative"})
    shown = {"A1": (one, "positive"), "A2": ("S0000000000", "positive"), "B7": ("stray", "water")}
    shown |= {"H11": ("NTC", "water"), "H12": ("PC", "positive")}
    mistaken = replace(given, content=instrument_file("N1", shown, NOON))
    assert read_runs([mistaken], lab=town.lab1, by=town.ben, at=NOON).done
    (run,) = runs(by=town.ben)
    codes = {fault.code for fault in faults_of_run(run.id, by=town.ben)}
    assert {"sample_disagrees", "stray_well"} <= codes
    assert waits(town) == {two: "retest"}
    wells = {well.position: well.value for well in wells_of_run(run.id, by=town.ben)}
    assert (wells["A1"], wells["A2"]) == ("positive", None)


def test_files_refused() -> None:
    town = Town()
    one, two = (swab.tube for (swab,) in town.sampled([1, 1]))
    given = loaded(town, "N1", {one: "negative"})
    other = loaded(town, "N2", {two: "negative"})

    def reason(run: RunGiven) -> list[str]:
        outcome = read_runs([run], lab=town.lab1, by=town.ben, at=NOON)
        return [str(r.reason) for r in outcome.refused]

    assert reason(replace(given, plate="N9")) == ["run_plate_unknown"]
    assert reason(replace(given, kit_lot="")) == ["run_kit_lot_missing"]
    assert reason(replace(given, content=b"PK")) == ["run_unreadable"]
    assert reason(given) == []
    assert reason(given) == []
    assert reason(replace(given, content=given.content + b"\r\n")) == ["run_plate_read"]
    assert reason(replace(other, content=given.content)) == ["run_file_elsewhere"]
    big = Loading(LoadKind.NO_TEMPLATE, "NTC", ("P24",))
    assert load(town, big, plate="N3", size=384).done
    assert reason(replace(other, plate="N3")) == ["run_block_differs"]
