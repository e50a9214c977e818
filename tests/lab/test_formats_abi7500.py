"""Runs saved by a 7500: read as their result text says, and hostile archives refused within bounds."""

from __future__ import annotations

import io
import struct
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from som.kernel import sql
from som.lab.commands import load_plates, read_runs
from som.lab.formats.registry import read_run
from som.lab.formats.run_file import FaultCode, RunFault, RunFile, UnreadableRun
from som.lab.kits import ControlKind
from som.lab.queries import runs, waiting_pools
from som.lab.rules import Loading, LoadKind, RunGiven
from som.lab.verdicts import LoadedControl, LoadedItem, Reason, Verdict, judge_run
from tests.lab.kits import packaged
from tests.town import NOON, Town

FILES = Path(__file__).parent.parent / "files" / "pcr"
RESULTS = "apldbio/sds/analysis_result.txt"
PASSING = (FILES / "passing_plate.eds").read_bytes()
MOCK = (FILES / "mock_cdc_4.eds").read_bytes()
DEMO = (FILES / "DEMO_COVID2020_THERMO.eds").read_bytes()

# How the two CDC plates were loaded: the file gives a sample name to each well.
CONTROLS = [
    (ControlKind.NO_TEMPLATE, "NTC 1", ("A1", "A2", "A3")),
    (ControlKind.POSITIVE, "PTC 1", ("A9", "A10", "A11")),
    (ControlKind.NEGATIVE, "EC 1", ("D2", "D3", "D4")),
]
ITEMS = [
    ("INM01", ("B5", "B6", "B7")),
    ("INM02", ("B9", "B10", "B11")),
    ("INM03", ("C1", "C2", "C3")),
    ("INM04", ("C5", "C6", "C7")),
]


def archive(members: dict[str, bytes], *, packed: bool = True) -> bytes:
    target = io.BytesIO()
    how = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(target, "w", how) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return target.getvalue()


def text_of(data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return file.read(RESULTS)


def refused(data: bytes) -> RunFault:
    with pytest.raises(UnreadableRun) as caught:
        read_run(data, "run.eds")
    return caught.value.reason


def plain(data: bytes) -> list[tuple[str, str, str, float | None]]:
    """The rows that begin with a number, split at tabs; a Ct of the last cycle is none."""
    lines = [line.split("\t") for line in text_of(data).decode().splitlines()]
    cycles = max(sum(map(bool, line)) - 1 for line in lines if line[0] == "Rn values")
    found = []
    for line in lines:
        if line[0].isdigit():
            row, column = divmod(int(line[0]), 12)
            ct = float(line[4])
            found.append(
                (f"{'ABCDEFGH'[row]}{column + 1}", line[1], line[2], ct if ct < cycles else None)
            )
    return found


def read_as(run: RunFile) -> list[tuple[str, str, str, float | None]]:
    return [
        (r.position, r.sample, r.target, None if r.ct is None else float(r.ct)) for r in run.wells
    ]


@pytest.mark.parametrize(
    ("data", "readings", "cycles"), [(PASSING, 21, 45), (MOCK, 21, 45), (DEMO, 24, 40)]
)
def test_runs_read_as_their_result_text_says(data: bytes, readings: int, cycles: int) -> None:
    run = read_run(data, "run.eds")
    assert read_as(run) == plain(data)
    assert (len(run.wells), run.cycles, run.block_wells) == (readings, cycles, 96)
    assert (run.format, run.faults) == ("abi7500", ())
    assert read_run(text_of(data), "analysis_result.txt") == run


def test_a_ct_of_the_last_cycle_is_not_detected() -> None:
    run = read_run(DEMO, "")
    water = [r for r in run.wells if r.sample == "Agua"]
    assert {r.said for r in water} == {"40.0"}
    assert {r.ct for r in water} == {None}


@pytest.mark.parametrize("data", [PASSING, MOCK])
def test_a_plate_whose_water_amplifies_answers_nobody(data: bytes) -> None:
    """By name one of them passes; its no-template control shows every target at 27 cycles."""
    judged = judge_run(
        read_run(data, "").wells,
        [LoadedItem(name, wells, name) for name, wells in ITEMS],
        [LoadedControl(name, kind, wells, name) for kind, name, wells in CONTROLS],
        packaged("cdc_n1_n2"),
    )
    water = judged.controls[0]
    assert (water.key, water.passed, water.reason) == ("NTC 1", False, Reason.TARGET_IN_CONTROL)
    assert [(one.key, one.value, one.reason) for one in judged.items] == [
        (name, Verdict.INVALID, Reason.CONTROL_FAILED) for name, _ in ITEMS
    ]
    assert all("NTC 1" in one.detail for one in judged.items)
    assert judged.strays == ()


# --- what the archive's other members tell -------------------------------------------------------

PLATE = (
    b"<Plate><PlateKind><RowCount>%d</RowCount><ColumnCount>%d</ColumnCount></PlateKind></Plate>"
)


def test_the_plate_setup_tells_a_larger_block() -> None:
    members = {RESULTS: text_of(PASSING), "apldbio/sds/plate_setup.xml": PLATE % (16, 24)}
    run = read_run(archive(members), "")
    assert run.block_wells == 384
    assert run.wells[12].position == "B1"  # well 24
    members["apldbio/sds/plate_setup.xml"] = PLATE % (3, 3)
    assert refused(archive(members)) is RunFault.UNKNOWN_FORMAT


def test_the_experiment_tells_its_name_and_end() -> None:
    about = b"<Experiment><Name>211005-1</Name><RunEndTime>1633423800000</RunEndTime></Experiment>"
    run = read_run(archive({RESULTS: text_of(PASSING), "apldbio/sds/experiment.xml": about}), "")
    assert (run.experiment, str(run.run_ended_at), run.run_ended_zone) == (
        "211005-1",
        "2021-10-05 08:50:00",
        "UTC",
    )


@pytest.mark.parametrize("number", [b"96", b"-1", b"1.0", b"99999999999"])
def test_a_well_that_the_plate_does_not_have_is_left_out(number: bytes) -> None:
    text = text_of(PASSING).replace(b"\n39\tEC 1\t", b"\n" + number + b"\tEC 1\t")
    run = read_run(archive({RESULTS: text}), "")
    assert [fault.code for fault in run.faults] == [FaultCode.BAD_POSITION]
    assert len(run.wells) == 20


# --- damaged and hostile files -------------------------------------------------------------------


def test_a_text_cut_anywhere_holds_no_reading_the_whole_does_not() -> None:
    for data in (PASSING, DEMO):
        text = text_of(data)
        whole = set(read_run(text, "").wells)
        for end in range(0, len(text), 41):
            try:
                run = read_run(archive({RESULTS: text[:end]}, packed=False), "")
            except UnreadableRun:
                continue
            assert set(run.wells) <= whole, text[end - 60 : end]


def test_an_archive_cut_anywhere_is_refused() -> None:
    for end in range(4, len(PASSING) - 1, 23):
        assert refused(PASSING[:end]) is RunFault.TRUNCATED


def test_curves_shorter_than_a_ct_are_not_believed() -> None:
    """Else every Ct beyond them would read as not detected, and the plate as negative."""
    lines = text_of(PASSING).splitlines()
    short = [b"\t".join(x.split(b"\t")[:31]) if x.startswith(b"Rn") else x for x in lines]
    assert refused(archive({RESULTS: b"\n".join(short) + b"\n"})) is RunFault.TRUNCATED
    shorter = [b"\t".join(x.split(b"\t")[:9]) if x.startswith(b"Rn") else x for x in lines]
    assert refused(archive({RESULTS: b"\n".join(shorter) + b"\n"})) is RunFault.TRUNCATED


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"apldbio/sds/plate_setup.xml": b"<Plate/>"}, RunFault.NO_RESULT_TABLE),
        (
            {RESULTS: b"Session Name\t\nWell\tSample Name\tDetector\tTask\tCt\n"},
            RunFault.NO_RESULTS,
        ),
        ({RESULTS: b"Session Name\t\n"}, RunFault.NO_RESULT_TABLE),
        ({RESULTS: b""}, RunFault.EMPTY),
        ({RESULTS: b"\x89PNG\0\1\2"}, RunFault.NOT_TEXT),
        ({"apldbio/readme.txt": b"x"}, RunFault.UNKNOWN_FORMAT),
        ({f"../{RESULTS}": text_of(PASSING)}, RunFault.UNKNOWN_FORMAT),
        ({f"/{RESULTS}": text_of(PASSING)}, RunFault.UNKNOWN_FORMAT),
        ({RESULTS.replace("/", "\\"): text_of(PASSING)}, RunFault.UNKNOWN_FORMAT),
        ({RESULTS.replace("sds/", "sds/../sds/"): text_of(PASSING)}, RunFault.UNKNOWN_FORMAT),
    ],
)
def test_archives_without_their_results_are_refused(
    members: dict[str, bytes], reason: RunFault
) -> None:
    data = archive(members)
    if any("\\" in name for name in members):  # the library writes such names with slashes
        data = data.replace(RESULTS.encode(), RESULTS.replace("/", "\\").encode())
    assert refused(data) is reason


def test_a_member_twice_is_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        file.writestr(RESULTS, text_of(PASSING))
        with pytest.warns(UserWarning, match="Duplicate"):
            file.writestr(RESULTS, text_of(MOCK))
    assert refused(target.getvalue()) is RunFault.TRUNCATED


def test_a_locked_archive_is_refused() -> None:
    data = bytearray(PASSING)
    at = data.rfind(b"PK\1\2")
    data[at + 8] |= 1
    assert refused(bytes(data)) is RunFault.NOT_TEXT


@pytest.mark.slow
def test_a_member_that_unpacks_without_end_takes_no_memory_to_refuse() -> None:
    bomb = archive({RESULTS: bytes(256 * 1024 * 1024)})
    lying = bytearray(bomb)
    at = lying.rfind(b"PK\1\2")
    struct.pack_into("<L", lying, at + 24, 1000)  # it says that it unpacks to 1,000 bytes
    for data, reasons in (
        (bomb, {RunFault.TOO_LARGE}),
        (bytes(lying), {RunFault.TOO_LARGE, RunFault.TRUNCATED}),
    ):
        tracemalloc.start()
        began = time.perf_counter()
        assert refused(data) in reasons
        assert time.perf_counter() - began < 10
        assert tracemalloc.get_traced_memory()[1] < 160 * 1024 * 1024
        tracemalloc.stop()


@pytest.mark.parametrize(
    "text", [b"well" + b"\t" * 5_000, b"x" * 300_000, (b"well" + b"\t" * 4_000 + b"\n") * 600]
)
def test_a_text_of_very_many_cells_is_not_split(text: bytes) -> None:
    for data in (text, archive({RESULTS: text})):
        assert refused(data) is RunFault.TOO_LARGE


def test_members_have_one_budget_together_and_xml_is_never_split() -> None:
    third = b"<a>" + b"well,\t" * 1_000_000
    plate, experiment = "apldbio/sds/plate_setup.xml", "apldbio/sds/experiment.xml"
    assert len(read_run(archive({RESULTS: text_of(PASSING), plate: third}), "").wells) == 21
    many = archive({RESULTS: text_of(PASSING), plate: third * 2, experiment: third})
    assert refused(many) is RunFault.TOO_LARGE


@pytest.mark.slow
def test_an_archive_of_very_many_members_is_not_listed() -> None:
    many = archive({f"{number:060}": b"" for number in range(60_000)}, packed=False)
    assert refused(many) is RunFault.TOO_LARGE


# --- at the bench --------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("data", [PASSING, MOCK])
def test_every_item_of_the_plate_is_repeated(data: bytes) -> None:
    """Seven loads over three wells each; four pools wait again, and nobody is answered."""
    town = Town()
    tubes = [swab.tube for (swab,) in town.sampled([1] * 8)]
    for number, (pool, _) in enumerate(ITEMS):
        town.pooled(pool, tubes[2 * number : 2 * number + 2])
    loadings = [Loading(LoadKind.POOL, name, wells) for name, wells in ITEMS]
    loadings += [Loading(LoadKind(kind), name, wells) for kind, name, wells in CONTROLS]
    at_bench = {"lab": town.lab1, "by": town.ben, "at": NOON}
    loaded = load_plates(loadings, plate="CDC-1", size=96, kit="cdc_n1_n2", **at_bench)
    assert not loaded.refused, loaded.refused
    read = read_runs([RunGiven("CDC-1", "run.eds", data, "LOT-1")], **at_bench)
    assert not read.refused, read.refused
    verdicts = sql.rows(
        "SELECT l.sample, v.value, v.reason FROM lab_verdict v JOIN lab_load l ON l.id = v.load_id"
        " ORDER BY l.sample"
    )
    assert verdicts == [(name, "invalid", "control_failed") for name, _ in ITEMS]
    (run,) = runs(by=town.ben)
    assert (run.invalid, run.controls_failed) == (4, 2)  # water and extraction control
    waiting = waiting_pools(town.lab1, by=town.ben)
    assert {(pool.code, pool.waits_for) for pool in waiting} == {
        (name, "retest") for name, _ in ITEMS
    }
