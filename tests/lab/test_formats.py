"""The same run in other dress is the same; a damaged file never yields a reading it does not hold."""

from __future__ import annotations

import io
import random
import re
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from som.lab.formats.registry import read_run
from som.lab.formats.run_file import Fault, FaultCode, Reading, RunFault, Severity, UnreadableRun
from som.simulation.genuine import GENUINE_FILE
from tests.lab.run_files import COPIED, EXAMPLE, FILES, RESULTS_ONLY, Plain, found, plainly, refused


@pytest.mark.parametrize(
    "data",
    [
        EXAMPLE.encode("utf-8-sig"),
        EXAMPLE.encode("utf-16"),
        EXAMPLE.encode("utf-16-le"),
        EXAMPLE.encode("utf-16-be"),
        EXAMPLE.encode("cp1252", errors="replace"),
        EXAMPLE.replace("\n", "\r\n").encode(),
        EXAMPLE.replace("\n", "\r").encode(),
        EXAMPLE.replace("\tCT\t", "\tCт\t").encode(),
        EXAMPLE.replace("\tCT\t", "\tCт\t").encode("cp1252", errors="replace"),
        EXAMPLE.replace("\tCT\t", "\tCt\t").encode(),
        EXAMPLE.replace("\tCT\t", "\tCq\t").encode(),
        EXAMPLE.replace("\tLung\t", '\t"Lung"\t').encode(),
        re.sub(r"(\d)\.(\d\d\d)\b", r"\1,\2", EXAMPLE).encode(),
        EXAMPLE.replace("\tD1\t", "\tD01\t").encode(),
    ],
    ids=[
        "bom",
        "utf16",
        "utf16le",
        "utf16be",
        "cp1252",
        "crlf",
        "cr",
        "Cт",
        "C?",
        "Ct",
        "Cq",
        "quoted",
        "comma",
        "D01",
    ],
)
def test_encodings_headings_and_regions_make_no_difference(data: bytes) -> None:
    usual = plainly(read_run(EXAMPLE.encode(), ""))
    assert plainly(read_run(data, "")) == usual
    assert ("D1", "Lung", "TGF-B", 30.155) in usual


@pytest.mark.parametrize(
    ("said", "ct"),
    [
        ("Undetermined", None),
        ("undetermined", None),
        ("NaN", None),
        ("N/A", None),
        ("", None),
        ("31.5", Decimal("31.5")),
        ("31,5", Decimal("31.5")),
        ("40", None),
        ("40.000", None),
        ("39.999", Decimal("39.999")),
    ],
)
def test_a_ct_is_a_number_below_the_cycle_count_or_not_detected(
    said: str, ct: Decimal | None
) -> None:
    text = (FILES / "appbio_quantstudio_example02.txt").read_text("utf-8")
    assert "\t32.874\t" in text
    run = read_run(text.replace("\t32.874\t", f"\t{said}\t").encode(), "")
    assert run.cycles == 40
    reading = next(r for r in run.wells if r.position == "A2" and r.target == "IPC")
    assert (reading.ct, reading.said) == (ct, said)
    assert run.faults == ()


# --- one bad row harms no other ------------------------------------------------------------------
HEAD = """* Block Type = 96-Well Block (0.2mL)
* Experiment Name = x
* Instrument Type = QuantStudio(TM) 5 System

[Results]
Well	Well Position	Omit	Sample Name	Target Name	Task	Reporter	CT	Comments
"""
GOOD = "96\tH12\tfalse\tS9\tN1\tUNKNOWN\tFAM\t21.5\t\n"
GOOD_READING = Reading("H12", "S9", "N1", Decimal("21.5"), "", "UNKNOWN", "FAM", "21.5")


@pytest.mark.parametrize(
    ("rows", "faults"),
    [
        ("1\t\tfalse\tS1\tN1\tUNKNOWN\tFAM\t20\t\n", [(FaultCode.ROW_WITHOUT_WELL, "error", "")]),
        ("1\tI1\tfalse\tS1\tN1\tUNKNOWN\tFAM\t20\t\n", [(FaultCode.BAD_POSITION, "error", "")]),
        ("1\tA13\tfalse\tS1\tN1\tUNKNOWN\tFAM\t20\t\n", [(FaultCode.BAD_POSITION, "error", "")]),
        ("1\tA0\tfalse\tS1\tN1\tUNKNOWN\tFAM\t20\t\n", [(FaultCode.BAD_POSITION, "error", "")]),
        (
            "2\tA1\tfalse\tS1\tN1\tUNKNOWN\tFAM\t20\t\n",
            [(FaultCode.WELL_CONTRADICTED, "error", "A1")],
        ),
        ("1\tA1\tfalse\tS1\t\tUNKNOWN\t\t20\t\n", [(FaultCode.TARGET_MISSING, "error", "A1")]),
        ("1\tA1\tfalse\tS1\tN1\tUNKNOWN\tFAM\tpositive\t\n", [(FaultCode.BAD_CT, "error", "A1")]),
        ("1\tA1\tfalse\tS1\tN1\tUNKNOWN\tFAM\t1,250.0\t\n", [(FaultCode.BAD_CT, "error", "A1")]),
        ("1\tA1\tfalse\tS1\tN1\tUNKNOWN\tFAM\t-3\t\n", [(FaultCode.BAD_CT, "error", "A1")]),
        ("1\tA1\tfalse\tS1\tN1\tUNKNOWN\tFAM\t0.0\t\n", [(FaultCode.BAD_CT, "error", "A1")]),
        ("1\tA1\tfalse\tS1\tN1\tUNKNOWN\tFAM\t101\t\n", [(FaultCode.BAD_CT, "error", "A1")]),
        ("1\tA1\ttrue\tS1\tN1\tUNKNOWN\tFAM\t\t\n", [(FaultCode.OMITTED, "error", "A1")]),
        (
            "1\tA1\tfalse\tS1\tN1\tUNKNOWN\tFAM\t20\t\n1\tA1\tfalse\tS1\tn1\tUNKNOWN\tFAM\t30\t\n",
            [(FaultCode.DUPLICATE, "error", "A1"), (FaultCode.DUPLICATE, "error", "A1")],
        ),
        ("1\tA1\tfalse\t\t\t\t\t\t\n", []),
        ("\n", []),
    ],
)
def test_a_bad_row_is_left_out_and_said(
    rows: str, faults: list[tuple[FaultCode, str, str]]
) -> None:
    for text in (HEAD + rows + GOOD, HEAD + GOOD + rows):
        run = read_run(text.encode(), "")
        assert run.wells == (GOOD_READING,)
        assert found(run) == faults


def test_the_same_row_twice_is_one_reading_and_a_warning() -> None:
    run = read_run((HEAD + GOOD + GOOD).encode(), "")
    assert run.wells == (GOOD_READING,)
    assert run.faults == (Fault(FaultCode.DUPLICATE, Severity.WARNING, "H12", 8, "N1"),)


def test_a_row_that_is_cut_off_is_no_reading() -> None:
    whole = HEAD + GOOD + "1\tA1\tfalse\tS1\tN1\tUNKNOWN\tFAM\t3"
    run = read_run(whole.encode(), "")
    assert run.wells == (GOOD_READING,)
    assert found(run) == [(FaultCode.ROW_CUT, Severity.ERROR, "A1")]


def test_a_stray_quotation_mark_swallows_no_row() -> None:
    run = read_run((HEAD + '1\tA1\tfalse\t"S1\tN1\tUNKNOWN\tFAM\t20\t\n' + GOOD).encode(), "")
    assert GOOD_READING in run.wells


# --- what is refused -----------------------------------------------------------------------------
WORKBOOK = GENUINE_FILE.read_bytes()
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + b"\x3e\0\3\0\xfe\xff\x09\0\6\0"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", RunFault.EMPTY),
        (b" \r\n\t\n", RunFault.EMPTY),
        (" \n".encode("utf-16"), RunFault.EMPTY),
        (WORKBOOK[:50_000], RunFault.TRUNCATED),
        (WORKBOOK[:30_000] + b"\0\0\0\0" + WORKBOOK[30_004:], RunFault.TRUNCATED),
        (OLD_WORKBOOK + bytes(600), RunFault.TRUNCATED),
        (OLD_WORKBOOK + bytes(700) + b"\1", RunFault.TRUNCATED),
        (b"%PDF-1.7\n\x00\x01\x02\xff", RunFault.NOT_TEXT),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", RunFault.NOT_TEXT),
        (b"name,result\nAn,positive\n", RunFault.UNKNOWN_FORMAT),
        (b"Well,Sample,Target,Ct\nA1,x,N1,20\n", RunFault.UNKNOWN_FORMAT),  # anyone's spreadsheet
        (EXAMPLE.split("[Results]")[0].encode(), RunFault.NO_RESULT_TABLE),
        (EXAMPLE.split("[Amplification Data]")[0].encode(), RunFault.NO_RESULT_TABLE),
        (HEAD.encode(), RunFault.NO_RESULTS),
        (
            b"File Name,x.pcrd\nCreated By User,admin\n\nCycle,A1,A2\n1,2.0,3.0\n",
            RunFault.NO_RESULT_TABLE,
        ),
        (b",Well,Fluor,Target,Content,Sample,Cq\n", RunFault.NO_RESULTS),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(data: bytes, reason: RunFault) -> None:
    assert refused(data) is reason


def test_a_copy_of_a_table_without_its_run_is_no_export() -> None:
    """Somebody's workbook, with the instrument's table on one sheet and sorted halves on others."""
    assert refused(COPIED.read_bytes()) is RunFault.UNKNOWN_FORMAT


@pytest.mark.slow
def test_a_sheet_with_a_cell_in_its_last_corner_is_not_opened() -> None:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    sheet = book.add_worksheet("Results")
    sheet.write(0, 0, "Well")
    sheet.write(1_048_575, 16_383, 1)
    book.close()
    assert refused(target.getvalue()) is RunFault.TOO_LARGE


def test_a_file_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("som.lab.formats.documents.LARGEST_FILE", 100)
    assert refused(EXAMPLE.encode()) is RunFault.TOO_LARGE
    monkeypatch.undo()
    monkeypatch.setattr("som.lab.formats.documents.LARGEST_UNPACKED", 100)
    assert refused(WORKBOOK) is RunFault.TOO_LARGE


@given(
    st.binary(max_size=400) | st.text(max_size=200).map(lambda text: HEAD.encode() + text.encode())
)
@settings(max_examples=60, derandomize=True)
def test_anything_at_all_is_read_or_refused(data: bytes) -> None:
    try:
        run = read_run(data, "")
    except UnreadableRun as refusal:
        assert refusal.reason.sentence
    else:
        assert all(r.position and (r.target or r.fluor) for r in run.wells)


@pytest.mark.parametrize(
    "path",
    [RESULTS_ONLY, FILES / "appbio_quantstudio_example05.txt", FILES / "example01.csv"],
    ids=lambda path: path.name,
)
def test_a_text_cut_anywhere_holds_no_reading_the_whole_does_not(path: Path) -> None:
    data = path.read_bytes()
    whole = set(read_run(data, "").wells)
    for end in range(len(data) - 3000, len(data), 17):
        try:
            run = read_run(data[:end], "")
        except UnreadableRun:
            continue
        assert set(run.wells) <= whole, data[end - 60 : end]


# --- an older export of CFX Manager --------------------------------------------------------------
CFX_MANAGER = (
    ",Well,Fluor,Target,Content,Sample,Biological Set Name,Cq,Cq Mean,Cq Std. Dev,"
    "Starting Quantity (SQ),Log Starting Quantity,SQ Mean,SQ Std. Dev,Set Point,Well Note"
)


def cfx_manager(source: random.Random) -> tuple[bytes, list[Plain]]:
    """A 384-well export of CFX Manager as drawn here, and its readings.

    One dye for all wells, the sample's kind under "Content" and its number under "Sample"; water
    has "N/A" for its Cq and no sample.
    """
    lines, readings = [CFX_MANAGER], []
    for row in "ABCDEFGHIJKLMNO":
        for column in range(1, 23):
            position, target = f"{row}{column}", source.choice(["G1", "G2", "G3"])
            water = column in (7, 8)
            cq = None if water else source.randrange(1_500, 3_900) / 100
            kind, sample = ("Neg Ctrl", "") if water else (f"kind-{column}", f"{column}-S{row}")
            told = "N/A,0.00,0.000,N/A,N/A" if cq is None else f"{cq:.2f},{cq:.2f},0.1,1E-01,-1"
            lines.append(
                f",{row}{column:02},SYBR,{target},{kind},{sample},,{told},1E-01,1E-02,60.0,"
            )
            readings.append((position, sample, target, cq))
    return ("\r\n".join(lines) + "\r\n").encode(), readings


def test_an_export_of_cfx_manager_reads_well_by_well() -> None:
    data, readings = cfx_manager(random.Random(1))
    run = read_run(data, "")
    assert len(readings) == 330
    assert sorted(plainly(run), key=str) == sorted(readings, key=str)
    assert {(r.position, r.sample) for r in run.wells if r.ct is None} == {
        (position, sample) for position, sample, _, cq in readings if cq is None
    }
