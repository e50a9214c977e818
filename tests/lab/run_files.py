"""Files of runs, and what tests of their formats ask of what was read."""

from __future__ import annotations

from pathlib import Path

import pytest

from som.lab.formats.registry import read_run
from som.lab.formats.run_file import FaultCode, RunFault, RunFile, Severity, UnreadableRun

FILES = Path(__file__).parent.parent / "files" / "pcr"
RESULTS_ONLY = FILES / "example_quantsudio_results_only.txt"
ZYMO = FILES / "20200331 Zymo Extraction.xlsx"
CODX = FILES / "CoDxEUA Experiment 1 and 2 _5-14-2020_data.xlsx"
COPIED = FILES / "5-26-20 CoDx_Norgen-BP_BEI LOD EUA expt Analyzed.xlsx"
EXAMPLE = (FILES / "appbio_quantstudio_example05.txt").read_text("utf-8")

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
