"""When a run can have ended, and whose a file is by its names: what is read, and what never is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from som.kernel import sql
from som.kernel.clock import LOCAL
from som.lab.commands import read_runs
from som.lab.formats.run_file import Reading, RunFile
from som.lab.queries import faults_of_run, runs
from som.lab.rules import (
    LoadKind,
    RunEnd,
    RunGiven,
    RunLoad,
    RunRefusal,
    TimeRefusal,
    WhenTested,
    end_in_file,
    end_of_run,
    fault_of_names,
    fault_of_times,
    under_their_names,
)
from tests.laws.lab import loaded
from tests.town import NOON, Town, instrument_file

SKEW = timedelta(minutes=5)
SWABBED = datetime(2021, 8, 2, 22, 50, tzinfo=LOCAL)
LOADED = datetime(2021, 8, 2, 23, 30, tzinfo=LOCAL)
"""An hour before midnight: the run ends on the next day."""
READ = datetime(2021, 8, 3, 1, 10, tzinfo=LOCAL)
GIVEN = RunGiven("P", "p.txt", b"", "L")


def load(
    well: str, sample: str, kind: LoadKind = LoadKind.TUBE, *, swabbed: datetime | None = SWABBED
) -> RunLoad:
    wells = tuple(well.split())
    return RunLoad(1, kind, sample, 1, None, wells, None, None, 0, swabbed, LOADED)


LOADS = [load("A1", "S1"), load("H12", "PC", LoadKind.POSITIVE, swabbed=None)]


def file(
    names: dict[str, str], *, experiment: str = "", ended: str = "", zone: str = ""
) -> RunFile:
    at = datetime.fromisoformat(ended) if ended else None
    wells = tuple(Reading(well, name, "N1", None) for well, name in names.items())
    return RunFile("cfx", "", "", "", experiment, at, zone, 96, 45, wells, ())


def end(at: datetime | None, **typed: object) -> object:
    given = replace(GIVEN, **typed)  # type: ignore[arg-type]
    found = end_of_run(at, given, LOADS, at=READ, skew=SKEW)
    return found if isinstance(found, RunEnd) else found[0]


def test_a_run_ends_after_its_plate_was_loaded_and_before_now() -> None:
    assert end(None) == RunEnd(None)
    for minutes in (-5, 0, 100, 105):
        ended = LOADED + timedelta(minutes=minutes)
        assert end(ended) == RunEnd(ended)
    assert end(LOADED - timedelta(minutes=6)) is TimeRefusal.BEFORE_LOAD
    assert end(SWABBED - timedelta(seconds=1)) is TimeRefusal.BEFORE_SWAB
    assert end(READ + timedelta(minutes=6)) is TimeRefusal.IN_FUTURE
    # A plate of controls was never swabbed; nothing is known of one without loads.
    controls = [load("H12", "PC", LoadKind.POSITIVE, swabbed=None)]
    found = end_of_run(SWABBED, GIVEN, controls, at=READ, skew=SKEW)
    assert found == (TimeRefusal.BEFORE_LOAD, "02/08/2021 22:50")
    assert end_of_run(SWABBED, GIVEN, [], at=READ, skew=SKEW) == RunEnd(SWABBED)


def test_a_device_is_read_after_it_was_begun() -> None:
    begun = SWABBED + timedelta(minutes=10)
    times = WhenTested(begun + timedelta(minutes=15), SWABBED, begun_at=begun)
    assert fault_of_times(times, at=READ, skew=SKEW) is None
    early = replace(times, ended_at=begun - timedelta(seconds=1))
    assert fault_of_times(early, at=READ, skew=SKEW) is TimeRefusal.ENDS_BEFORE
    before = replace(times, begun_at=SWABBED - timedelta(seconds=1))
    assert fault_of_times(before, at=READ, skew=SKEW) is TimeRefusal.BEFORE_SWAB


def test_a_persons_word_counts_with_a_reason_and_is_held_to_the_same() -> None:
    wrong, truly = datetime(2020, 1, 1, tzinfo=LOCAL), LOADED + timedelta(minutes=95)
    assert end(wrong) is TimeRefusal.BEFORE_SWAB
    assert end(wrong, ended_at=truly) is RunRefusal.END_UNEXPLAINED
    assert end(wrong, ended_at=truly, ended_why=" ") is RunRefusal.END_UNEXPLAINED
    said = RunEnd(truly, wrong, "pin cạn", TimeRefusal.BEFORE_SWAB)
    assert end(wrong, ended_at=truly, ended_why=" pin cạn ") == said
    assert end(None, ended_at=truly, ended_why="sổ máy") == RunEnd(truly, None, "sổ máy")
    early, late = LOADED - timedelta(minutes=6), READ + timedelta(minutes=6)
    # Only that the plate's map was on paper, and entered afterwards, may be said.
    assert end(early) is TimeRefusal.BEFORE_LOAD
    assert end(early, ended_at=early, ended_why="mất điện") == RunEnd(
        early, early, "mất điện", TimeRefusal.BEFORE_LOAD
    )
    unswabbed = SWABBED - timedelta(seconds=1)
    assert end(wrong, ended_at=unswabbed, ended_why="?") is TimeRefusal.BEFORE_SWAB
    assert end(wrong, ended_at=late, ended_why="?") is TimeRefusal.IN_FUTURE


@pytest.mark.parametrize(
    ("ended", "zone", "meant"),
    [
        ("2021-08-03T00:40", "", datetime(2021, 8, 3, 0, 40, tzinfo=LOCAL)),
        ("2021-08-03T00:40", "ICT", datetime(2021, 8, 3, 0, 40, tzinfo=LOCAL)),
        # As it came out of its box: the zone is a factory's, the clock was set right.
        ("2021-08-03T00:40", "PDT", datetime(2021, 8, 3, 0, 40, tzinfo=LOCAL)),
        ("2021-08-02T17:40", "UTC", datetime(2021, 8, 3, 0, 40, tzinfo=LOCAL)),
        ("2021-08-02T17:40", "GMT", datetime(2021, 8, 2, 17, 40, tzinfo=UTC)),
    ],
)
def test_a_time_without_zone_is_ours(ended: str, zone: str, meant: datetime) -> None:
    found = end_in_file(file({}, ended=ended, zone=zone), LOCAL)
    assert found == meant
    assert found.utcoffset() == timedelta(hours=7)
    assert end(found) == RunEnd(meant)


def test_a_clock_left_in_its_makers_zone_is_found_out() -> None:
    """Half past noon of the day before, in California, where it is summer."""
    california = timezone(timedelta(hours=-7))
    shown = (LOADED + timedelta(minutes=100)).astimezone(california).replace(tzinfo=None)
    found = end_in_file(file({}, ended=shown.isoformat(), zone="PDT"), LOCAL)
    assert end(found) is TimeRefusal.BEFORE_SWAB


def test_whose_a_file_is_by_its_names() -> None:
    def fault(one: RunFile, name: str = "export.txt") -> object:
        found = fault_of_names(one, name, "P-2", LOADS, {"P-1", "P-2"})
        return found and found[0]

    mine, others = {"A1": "s1", "H12": "PC"}, {"A1": "X", "H12": "PC"}
    assert fault(file(mine)) is None
    assert fault(file(mine, experiment="P-2"), "P-1.txt") is None
    assert fault(file(mine, experiment="P-1 and P-2")) is None
    assert fault(file(mine, experiment="P-1"), "P-2.txt") is RunRefusal.NAMES_ANOTHER
    assert fault(file(mine), "P-1.txt") is RunRefusal.NAMES_ANOTHER
    assert fault(file(mine, experiment="P-10")) is None
    # That a control is called as everywhere says nothing of whose the plate is.
    assert fault(file(others, experiment="P-2")) is RunRefusal.NO_NAME_AGREES
    assert fault(file({"B7": "S1"})) is RunRefusal.NO_NAME_AGREES
    assert fault(file({"A1": "", "H12": ""})) is None
    assert fault(file({"A1": "", "H12": "PC"})) is None
    assert fault(file({})) is None


def test_found_under_its_name_is_what_stands_in_all_its_wells_under_it() -> None:
    loads = [load("A1 A2", "S1"), load("B1", "S2"), load("C1", "S3"), LOADS[1]]
    said = {"A1": "S1", "A2": "S1", "B1": "S9", "H12": "PC"}
    assert under_their_names(file(said), loads) == 1
    assert under_their_names(file({"A1": "S1"}), loads) == 0


# --- at the bench --------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_run_of_an_impossible_time_is_refused_and_changes_nothing() -> None:
    town = Town()
    ((swab,),) = town.sampled([1])
    given = loaded(town, "N1", {swab.tube: "negative"})
    shown = {"A1": (swab.tube, "negative"), "H11": ("NTC", "water"), "H12": ("PC", "positive")}
    old = replace(given, content=instrument_file("N1", shown, NOON - timedelta(days=2)))
    where = {"lab": town.lab1, "by": town.ben, "at": NOON + timedelta(hours=2)}
    (refused,) = read_runs([old], **where).refused
    assert refused.reason is TimeRefusal.BEFORE_SWAB
    assert refused.detail == f"{(NOON - timedelta(days=2)).astimezone(LOCAL):%d/%m/%Y %H:%M}"
    assert sql.rows("SELECT 1 FROM lab_run") == []
    assert sql.rows("SELECT unread FROM lab_plate") == [(True,)]
    ended = NOON + timedelta(hours=1)
    told = replace(old, ended_at=ended, ended_why="Pin đồng hồ máy cạn")
    assert read_runs([told], **where).done == [told]
    (run,) = runs(by=town.ben)
    assert (run.ended_at, run.ended_said) == (ended, NOON - timedelta(days=2))
    assert (run.ended_why, run.faults, run.doubts) == ("Pin đồng hồ máy cạn", 0, 1)
    (fault,) = faults_of_run(run.id, by=town.ben)
    assert (fault.code, fault.severity) == ("test_before_swab", "warning")
    # The same file again is the run that stands there, whatever is said of its end.
    assert read_runs([old], **where).unchanged == [old]


@pytest.mark.django_db
def test_members_of_a_pool_are_swabbed_before_its_run_ends() -> None:
    town = Town()
    tubes = [swab.tube for (swab,) in town.sampled([1, 1])]
    town.pooled("P1", tubes)
    given = loaded(town, "N1", {"P1": "negative"})
    sql.execute(
        "UPDATE sampling_tube SET first_swab_at = %s WHERE code = %s",
        (NOON + timedelta(minutes=1), tubes[1]),
    )
    (refused,) = read_runs([given], lab=town.lab1, by=town.ben, at=NOON).refused
    assert refused.reason is TimeRefusal.BEFORE_SWAB


@pytest.mark.django_db
def test_a_file_of_another_plate_spends_none() -> None:
    town = Town()
    one, two = (swab.tube for (swab,) in town.sampled([1, 1]))
    first, second = (
        loaded(town, plate, {tube: "negative"}) for plate, tube in (("N1", one), ("N2", two))
    )
    where = {"lab": town.lab1, "by": town.ben, "at": NOON}
    (refused,) = read_runs([replace(first, plate="N2")], **where).refused
    assert (refused.reason, refused.detail) == (RunRefusal.NAMES_ANOTHER, "N1")
    strange = {"A1": ("SOMEBODY", "negative"), "H11": ("NTC", "water")}
    foreign = replace(first, content=instrument_file("", strange, NOON), filename="x.txt")
    (refused,) = read_runs([foreign], **where).refused
    assert (refused.reason, refused.detail) == (RunRefusal.NO_NAME_AGREES, "SOMEBODY")
    assert read_runs([first, second], **where).done == [first, second]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        "ended_said = now()",
        "ended_why = 'pin', ended_at = NULL",
    ],
)
def test_an_end_against_its_file_has_a_reason(wrong: str) -> None:
    town = Town()
    ((swab,),) = town.sampled([1])
    town.run("R1", {swab.tube: "negative"})
    with pytest.raises(Exception, match="run_end_against_its_file_has_a_reason"):
        sql.execute(f"UPDATE lab_run SET {wrong}")
