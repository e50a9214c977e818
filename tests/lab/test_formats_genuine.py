"""Genuine exports are read as others read them."""

from __future__ import annotations

import csv
import json
import re
import zipfile
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from som.lab.formats.run_file import FaultCode, Severity
from som.simulation.genuine import GENUINE_FILE
from tests.lab.run_files import CODX, FILES, ZYMO, Plain, found, plainly, read


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
