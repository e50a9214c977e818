"""Genuine exports are read as others read them; damaged ones never yield a reading they do not hold."""

from __future__ import annotations

import csv
import io
import json
import random
import re
import zipfile
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from som.lab.formats.registry import read_run
from som.lab.formats.run_file import (
    Fault,
    FaultCode,
    Reading,
    RunFault,
    RunFile,
    Severity,
    UnreadableRun,
)
from som.simulation import instruments
from som.simulation.genuine import GENUINE_FILE

FILES = Path(__file__).parent.parent / "files" / "pcr"
RESULTS_ONLY = FILES / "example_quantsudio_results_only.txt"
ZYMO = FILES / "20200331 Zymo Extraction.xlsx"
CODX = FILES / "CoDxEUA Experiment 1 and 2 _5-14-2020_data.xlsx"
COPIED = FILES / "5-26-20 CoDx_Norgen-BP_BEI LOD EUA expt Analyzed.xlsx"

Plain = tuple[str, str, str, float | None]  # position, sample, target, Ct


def read(path: Path) -> RunFile:
    return read_run(path.read_bytes(), path.name)


def plainly(run: RunFile) -> list[Plain]:
    return [
        (r.position, r.sample, r.target, None if r.ct is None else float(r.ct)) for r in run.wells
    ]


def found(run: RunFile) -> list[tuple[FaultCode, Severity, str]]:
    return [(fault.code, fault.severity, fault.position) for fault in run.faults]


def refused(data: bytes) -> RunFault:
    with pytest.raises(UnreadableRun) as caught:
        read_run(data, "run.txt")
    return caught.value.reason


# --- genuine files, against a second opinion -----------------------------------------------------


def asm_readings(path: Path) -> list[Plain]:
    """What the other project's parser makes of the file."""
    documents = json.loads(path.read_text("utf-8"))["qpcr aggregate document"]["qpcr document"]
    readings: list[Plain] = []
    for document in documents:
        for measured in document["measurement aggregate document"]["measurement document"]:
            sample = measured["sample document"]
            processed = measured.get("processed data aggregate document", {})
            (first, *_) = processed.get("processed data document", [{}])
            ct = first.get("cycle threshold result (qPCR)", {}).get("value")
            letter, number = (
                sample["well location identifier"][0],
                sample["well location identifier"][1:],
            )
            named = [sample["sample identifier"], measured.get("target DNA description", "N/A")]
            name, target = ("" if text == "N/A" else text for text in named)
            readings.append((f"{letter}{int(number)}", name, target, ct))
    return readings


@pytest.mark.parametrize(
    "name",
    [
        "appbio_quantstudio_example01.txt",
        "appbio_quantstudio_example05.txt",
        "appbio_quantstudio_minimal_missing_results.txt",
        "appbio_quantstudio_minimal_test01.txt",
        "example01.csv",
    ],
)
def test_reads_as_the_allotrope_parser_reads(name: str) -> None:
    expected = asm_readings((FILES / name).with_suffix(".json"))
    readings = plainly(read(FILES / name))
    # The other parser drops wells without a curve in the file; example05 and 01 hold 3 curves only.
    assert expected
    assert sorted(map(str, expected)) == sorted(
        str(one) for one in readings if one[:3] in {other[:3] for other in expected}
    )
    if name != "appbio_quantstudio_example05.txt" and "example01.txt" not in name:
        assert len(readings) == len(expected)


def plain_ct(text: str) -> float | None:
    return None if text in {"Undetermined", ""} else float(text)


def plain_text_results(path: Path) -> list[Plain]:
    """The result table read the obvious way: lines below [Results], split at tabs."""
    lines = path.read_text("utf-8").split("[Results]")[1].strip("\r\n").splitlines()
    heads = lines[0].split("\t")
    readings: list[Plain] = []
    for line in lines[1:]:
        if not line.strip() or line.startswith("["):
            break
        row = dict(
            zip(
                reversed(heads),
                reversed(line.split("\t") + [""] * (len(heads) - line.count("\t") - 1)),
                strict=True,
            )
        )
        if "CT" in row:
            readings.append(
                (row["Well Position"], row["Sample Name"], row["Target Name"], plain_ct(row["CT"]))
            )
        else:
            for allele in "12":
                target = f"{row['SNP Assay Name']}-Allele {allele}"
                ct = plain_ct(row[f"Allele{allele} Ct"])
                readings.append((row["Well Position"], row["Sample Name"], target, ct))
    return readings


@pytest.mark.parametrize("path", sorted(FILES.glob("*.txt")), ids=lambda path: path.name)
def test_texts_read_as_their_result_table_says(path: Path) -> None:
    expected = plain_text_results(path)
    assert expected
    assert plainly(read(path)) == expected


def plain_workbook_results(path: Path) -> list[Plain]:
    """The sheet "Results" read from the workbook's own XML."""
    main = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(path) as archive:
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        names = [sheet.get("name") for sheet in book.iter(f"{main}sheet")]
        sheet = ElementTree.fromstring(
            archive.read(f"xl/worksheets/sheet{names.index('Results') + 1}.xml")
        )
        shared = [
            "".join(part.text or "" for part in item.iter(f"{main}t"))
            for item in ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))
        ]
    rows = []
    for row in sheet.iter(f"{main}row"):
        cells = {}
        for cell in row.iter(f"{main}c"):
            value = cell.findtext(f"{main}v") or "".join(
                t.text or "" for t in cell.iter(f"{main}t")
            )
            letters = re.sub(r"\d", "", cell.get("r", ""))
            cells[letters] = shared[int(value)] if cell.get("t") == "s" else value
        rows.append(cells)
    start = next(index for index, cells in enumerate(rows) if cells.get("A") == "Well")
    heads = {text: letters for letters, text in rows[start].items()}
    at_ct = heads.get("CT") or heads.get("CRT") or heads["Cт"]
    at_position = heads.get("Well Position") or heads["Well"]  # a 7500 has no other column
    return [
        (
            cells[at_position],
            cells[heads["Sample Name"]],
            cells[heads["Target Name"]],
            plain_ct(cells[at_ct]),
        )
        for cells in rows[start + 1 :]
        if cells.get(heads["Target Name"]) and cells.get(heads["Sample Name"])
    ]


@pytest.mark.parametrize(
    ("path", "readings", "undetected"),
    [
        (GENUINE_FILE, 50, 26),
        (ZYMO, 92, 46),
        (FILES / "appbio_quantstudio_example08.xlsx", 36, 0),
        (CODX, 132, 53),
    ],
    ids=lambda value: value.name if isinstance(value, Path) else "",
)
def test_workbooks_read_as_their_result_sheet_says(
    path: Path, readings: int, undetected: int
) -> None:
    run = read(path)
    expected = plain_workbook_results(path)
    assert plainly(run) == expected
    assert len(expected) == readings
    assert sum(1 for one in expected if one[3] is None) == undetected
    assert run.faults == ()


def test_cfx_csv_reads_as_its_table_says() -> None:
    run = read(FILES / "example01.csv")
    with (FILES / "example01.csv").open(encoding="utf-8") as lines:
        expected = [
            (row["Well"].replace("0", "", 1), row["Fluor"], row["Sample"], row["Cq"])
            for row in csv.DictReader(lines)
        ]
    assert [(r.position, r.fluor, r.sample, r.said) for r in run.wells] == expected
    assert (run.format, run.instrument, run.block_wells, run.cycles) == (
        "cfx",
        "Bio-Rad CFX",
        None,
        None,
    )
    assert {r.task for r in run.wells} == {"Unkn"}


@pytest.mark.parametrize(
    ("name", "instrument", "serial", "ended", "zone", "block", "cycles"),
    [
        (
            "appbio_quantstudio_example01.txt",
            "ViiA 7",
            "INST_1",
            datetime(2001, 12, 31, 21, 9, 19),
            "EST",
            384,
            None,
        ),
        (
            "appbio_quantstudio_example02.txt",
            "QuantStudio(TM) 6 Flex System",
            "278880034",
            datetime(2010, 10, 1, 1, 44, 54),
            "EDT",
            96,
            40,
        ),
        (
            "example_quantsudio_results_only.txt",
            "QuantStudio(TM) 7 Flex System",
            "278875421",
            datetime(2024, 10, 1, 15, 2, 50),
            "EST",
            None,
            None,
        ),
        (
            "appbio_quantstudio_example08.xlsx",
            "QuantStudio(TM) 7 Flex System",
            "12345",
            datetime(2022, 8, 12, 16, 28, 28),
            "EDT",
            96,
            50,
        ),
        (
            ZYMO.name,
            "QuantStudio™ 3 System",
            "272320163",
            datetime(2020, 3, 31, 23, 46, 31),
            "PDT",
            96,
            50,
        ),
        (CODX.name, "sds7500", "", datetime(2020, 5, 14, 19, 13, 58), "PDT", 96, 50),
    ],
)
def test_the_keys_above_the_tables_are_read(
    name: str,
    instrument: str,
    serial: str,
    ended: datetime,
    zone: str,
    block: int | None,
    cycles: int | None,
) -> None:
    run = read(FILES / name)
    assert (run.instrument, run.serial) == (instrument, serial)
    assert (run.run_ended_at, run.run_ended_zone) == (ended, zone)
    assert (run.block_wells, run.cycles) == (block, cycles)


def test_faults_of_genuine_files() -> None:
    setup_only = read(FILES / "appbio_quantstudio_minimal_missing_results.txt")
    assert found(setup_only) == [(FaultCode.NO_RESULT, Severity.ERROR, "A2")]
    unnamed = read(FILES / "appbio_quantstudio_example05.txt")
    assert found(unnamed) == [
        (FaultCode.SAMPLE_MISSING, Severity.WARNING, position)
        for position in ("A1", "A7", "B1", "B7", "C1", "C7")
    ]


def test_genotyping_takes_the_dyes_from_the_setup() -> None:
    run = read(FILES / "appbio_quantstudio_example03.txt")
    assert [(r.target, r.fluor, str(r.ct)) for r in run.wells[2:4]] == [
        ("CYP19_2-Allele 1", "VIC", "27.546"),
        ("CYP19_2-Allele 2", "FAM", "29.013"),
    ]


# --- the same run in other dress -----------------------------------------------------------------

EXAMPLE = (FILES / "appbio_quantstudio_example05.txt").read_text("utf-8")


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


# --- what the simulation writes is read back -----------------------------------------------------

DYES = {"N1": "FAM", "N2": "VIC", "RP": "CY5"}
CTS = st.none() | st.decimals(min_value=8, max_value=Decimal("44.9"), places=3)
NAMES = st.text("ABCĐ0123456789-_/. ,;'\"ươ", min_size=1, max_size=14).map(
    lambda t: f"T{t.strip()}9"
)


@st.composite
def runs(draw: st.DrawFn) -> instruments.SimulatedRun:
    block = draw(st.sampled_from([96, 384]))
    rows, columns = (8, 12) if block == 96 else (16, 24)
    places = st.tuples(st.integers(0, rows - 1), st.integers(1, columns))
    wells = [
        instruments.SimulatedWell(
            f"{chr(65 + row)}{column}",
            draw(NAMES),
            {target: draw(CTS) for target in DYES},
            draw(st.sampled_from(instruments.Task)),
        )
        for row, column in draw(st.lists(places, min_size=1, max_size=6, unique=True))
    ]
    ended = draw(st.datetimes(datetime(2020, 1, 2), datetime(2030, 1, 1))).replace(
        microsecond=0, tzinfo=timezone(timedelta(hours=7))
    )
    return instruments.SimulatedRun(
        "211005-01", "QuantStudio(TM) 7 Flex System", "278875421", ended, 45, DYES, wells, block
    )


def written(run: instruments.SimulatedRun) -> set[Plain]:
    return {
        (well.position, well.sample, target, None if ct is None else float(ct))
        for well in run.wells
        for target, ct in well.cts.items()
    }


def nearly(run: RunFile) -> set[Plain]:
    return {
        (r.position, r.sample, r.target, None if r.ct is None else round(float(r.ct), 3))
        for r in run.wells
    }


@pytest.mark.slow
@given(runs())
@settings(max_examples=25, derandomize=True, deadline=None)
def test_what_is_written_is_read_back(run: instruments.SimulatedRun) -> None:
    local = run.ended_at.replace(tzinfo=None)
    for data in (instruments.quantstudio_text(run), instruments.quantstudio_workbook(run)):
        back = read_run(data, "")
        assert nearly(back) == written(run)
        assert back.faults == ()
        assert (back.instrument, back.serial) == (run.instrument, run.serial)
        assert (back.run_ended_at, back.run_ended_zone) == (local, "ICT")
        assert (back.block_wells, back.cycles) == (run.block, 45)

    back = read_run(instruments.abi7500_workbook(run), "")
    assert (nearly(back), back.faults, back.run_ended_at) == (written(run), (), local)

    for options in ({}, {"run_information": True}, {"decimal_comma": True}):
        back = read_run(instruments.cfx_csv(run, **options), "")
        assert (nearly(back), back.faults) == (written(run), ())
    unnamed = read_run(instruments.cfx_csv(run, name_targets=False), "")
    assert {(r.position, r.fluor) for r in unnamed.wells} == {
        (well.position, dye) for well in run.wells for dye in DYES.values()
    }


def one_run() -> instruments.SimulatedRun:
    ended = datetime(2021, 10, 5, 16, 30, tzinfo=instruments.ICT)
    wells = [
        instruments.SimulatedWell("A1", "211005DH.03001", {"N1": Decimal("21.187"), "RP": None}),
        instruments.SimulatedWell(
            "H12", "NTC", {"N1": None, "RP": None}, instruments.Task.NO_TEMPLATE
        ),
    ]
    return instruments.SimulatedRun("P1", "QuantStudio™ 3 System", "27", ended, 45, DYES, wells)


def test_the_same_run_gives_the_same_bytes() -> None:
    for write in (
        instruments.quantstudio_text,
        instruments.quantstudio_workbook,
        instruments.abi7500_workbook,
        instruments.cfx_csv,
    ):
        assert write(one_run()) == write(one_run())


def test_texts_look_as_the_instruments_write_them() -> None:
    text = instruments.quantstudio_text(one_run()).decode()
    genuine = RESULTS_ONLY.read_text("utf-8")
    heads = genuine.split("[Results]\n")[1].split("\n")[0]
    assert heads.startswith(text.split("[Results]\n")[1].split("\n")[0])
    assert "* Experiment Run End Time = 2021-10-05 16:30:00 PM ICT\n" in text
    assert "1\tA1\tfalse\t211005DH.03001\tN1\tUNKNOWN\tFAM\tNFQ-MGB\t21.187\t21.187\t\t" in text
    assert "96\tH12\tfalse\tNTC\tN1\tNTC\tFAM\tNFQ-MGB\tUndetermined\t\t\t" in text

    table = instruments.cfx_csv(one_run()).decode().splitlines()
    assert table[0] == (FILES / "example01.csv").read_text("utf-8").splitlines()[0]
    assert table[1] == ",A01,FAM,N1,Unkn,211005DH.03001,,21.187,21.187,0,NaN,NaN,NaN,0,60,"
    assert table[2] == ",H12,FAM,N1,NTC,NTC,,NaN,NaN,0,NaN,NaN,NaN,0,60,"
    comma = instruments.cfx_csv(one_run(), run_information=True, decimal_comma=True).decode()
    assert "Run Ended;10/05/2021 09:30:00 UTC\n" in comma
    assert "\nA01;FAM;N1;Unkn;211005DH.03001;;21,187;21,187;0;" in comma
    back = read_run(comma.encode(), "")
    assert (back.software, back.serial) == ("CFX Maestro 4.1.2433.1219", "27")
    assert (back.run_ended_at, back.run_ended_zone) == (datetime(2021, 10, 5, 9, 30), "UTC")
    assert (back.experiment, back.wells[1].task) == ("P1.pcrd", "NTC")


def test_a_well_that_the_plate_does_not_have_is_not_written() -> None:
    wells = [instruments.SimulatedWell("I1", "x", {"N1": None})]
    run = instruments.SimulatedRun(
        "P1", "x", "27", datetime(2021, 1, 1, tzinfo=instruments.ICT), 45, DYES, wells
    )
    with pytest.raises(ValueError, match="I1"):
        instruments.cfx_csv(run)


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
