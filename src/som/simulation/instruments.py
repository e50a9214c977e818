"""Runs written as instruments write them, for drawn towns, drills and tests. Pure.

Headings, sections, order of rows and form of numbers follow genuine exports: a QuantStudio 7 Flex
text, a QuantStudio 3 workbook, a 7500 workbook (with its Cyrillic "Cт"), a CFX Maestro csv. What
nobody reads (calibrations, colours, curves) is there in shape only. The same run gives the same
bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, timedelta

from som.lab.formats.wells import position_of
from som.simulation.exports import (
    ABI7500_RESULTS,
    CFX_RESULTS,
    FLEX_RESULTS,
    ICT,
    QS3_RESULTS,
    Cell,
    cfx_text,
    clock_time,
    curves_of,
    flex_text,
    keys_of,
    means_of,
    positions,
    results,
    setup,
    single,
    task_of,
    workbook,
)
from som.simulation.runs import SimulatedRun, SimulatedWell, Task

__all__ = [
    "ICT",
    "SimulatedRun",
    "SimulatedWell",
    "Task",
    "abi7500_workbook",
    "cfx_csv",
    "quantstudio_text",
    "quantstudio_workbook",
]

_CFX_CONTENT = {
    Task.UNKNOWN: "Unkn",
    Task.NO_TEMPLATE: "NTC",
    Task.NEGATIVE: "Neg Ctrl",
    Task.POSITIVE: "Pos Ctrl",
}


def quantstudio_text(run: SimulatedRun, *, curves: bool = True) -> bytes:
    """An export of QuantStudio Real-Time PCR Software as text, as a QuantStudio 7 Flex writes it."""
    lines = [f"* {key} = {value}" for key, value in keys_of(run, f"{run.block}-Well Block (0.2mL)")]
    sections: list[tuple[str, Iterable[Sequence[Cell]]]] = [("Sample Setup", setup(run))]
    if curves:
        sections.append(("Amplification Data", curves_of(run, with_position=False)))
    sections.append(("Results", results(run, FLEX_RESULTS)))
    for name, rows in sections:
        lines += ["", f"[{name}]"]
        lines += ["\t".join(flex_text(cell) for cell in row) for row in rows]
    return ("\n".join(lines) + "\n").encode("utf-8")


def quantstudio_workbook(run: SimulatedRun, *, curves: bool = True) -> bytes:
    """An export of QuantStudio Design & Analysis as .xlsx, as a QuantStudio 3 writes it."""
    keys = keys_of(run, f"{run.block}-Well 0.2-mL Block")
    sheets: dict[str, Iterable[Sequence[Cell]]] = {"Sample Setup": setup(run)}
    if curves:
        sheets["Amplification Data"] = curves_of(run, with_position=True)
    sheets["Results"] = results(run, QS3_RESULTS)
    return workbook(run, keys, sheets)


def abi7500_workbook(run: SimulatedRun, *, curves: bool = True) -> bytes:
    """An export of 7500 Software as .xlsx: the position stands under "Well", empty wells too."""
    end = clock_time(run.ended_at)
    keys = [
        ("Block Type", f"{run.block}alum"),
        ("Chemistry", "TAQMAN"),
        ("Experiment File Name", f"D:\\Applied Biosystems\\{run.experiment}.eds"),
        ("Experiment Run End Time", end),
        ("Instrument Type", "sds7500"),
        ("Passive Reference", "ROX"),
    ]
    by_position = {position_of(well.position, run.block): well for well in run.in_order()}
    rows: list[Sequence[Cell]] = [ABI7500_RESULTS]
    means = means_of(run)
    for _, position in positions(run.block):
        well = by_position.get(position)
        if well is None:
            rows.append([position, *[""] * (len(ABI7500_RESULTS) - 2), "N"])
            continue
        for target, ct in well.cts.items():
            mean, deviation = means[well.sample, target]
            cells = {
                "Well": position,
                "Sample Name": well.sample,
                "Target Name": target,
                "Task": task_of(well),
                "Reporter": run.dyes[target],
                "Quencher": "NFQ-MGB",
                "Cт": single(ct),
                "Cт Mean": mean,
                "Cт SD": deviation,
                "Automatic Ct Threshold": "false",
                "Ct Threshold": 70000.0,
                "Automatic Baseline": "false",
                "Baseline Start": 3,
                "Baseline End": 15,
                "HIGHSD": "N",
            }
            rows.append([cells.get(heading, "") for heading in ABI7500_RESULTS])
    sheets: dict[str, Iterable[Sequence[Cell]]] = {"Results": rows}
    if curves:
        sheets["Amplification Data"] = curves_of(run, with_position=False)
    return workbook(run, keys, sheets)


def cfx_csv(
    run: SimulatedRun,
    *,
    run_information: bool = False,
    decimal_comma: bool = False,
    name_targets: bool = True,
) -> bytes:
    """An export of CFX Maestro: "Quantification Cq Results", or a custom export.

    The custom export has the run information above its table and no empty first column. On a
    computer set to Vietnamese, cells are parted by semicolons and numbers written with a comma.
    Laboratories often leave the targets unnamed: then only the dye tells them apart.
    """
    delimiter = ";" if decimal_comma else ","
    ended = run.ended_at.astimezone(UTC)
    lines: list[Sequence[Cell]] = []
    first: list[Cell] = [] if run_information else [""]
    if run_information:
        started = ended - timedelta(minutes=99)
        lines += [
            ("File Name", f"{run.experiment}.pcrd"),
            ("Created By User", "admin"),
            ("Notes", ""),
            ("ID", ""),
            ("Run Started", f"{started:%m/%d/%Y %H:%M:%S} UTC"),
            ("Run Ended", f"{ended:%m/%d/%Y %H:%M:%S} UTC"),
            ("Sample Vol", 20),
            ("Lid Temp", 105),
            ("Protocol File Name", "RT-PCR.prcl"),
            ("Plate Setup File Name", f"{run.experiment}.pltd"),
            ("Base Serial Number", run.serial),
            ("Optical Head Serial Number", run.serial),
            ("CFX Maestro Version", "4.1.2433.1219. "),
            (),
        ]
    lines.append([*first, *CFX_RESULTS])
    means = means_of(run)
    in_order = run.in_order()
    for target, dye in run.dyes.items():
        for well in in_order:
            if target not in well.cts:
                continue
            ct = well.cts[target]
            mean, deviation = means[well.sample, target]
            position = position_of(well.position, run.block) or ""
            cq: Cell = "NaN" if ct is None else float(ct)
            shown: list[Cell] = [f"{position[0]}{int(position[1:]):02}", dye]
            shown += [target if name_targets else "", _CFX_CONTENT[well.task], well.sample, ""]
            shown += [cq, "NaN" if mean == "" else mean, deviation or 0]
            shown += ["NaN", "NaN", "NaN", 0, 60, ""]
            lines.append([*first, *shown])
    text = (delimiter.join(cfx_text(cell, decimal_comma) for cell in line) for line in lines)
    return ("\n".join(text) + "\n").encode("utf-8")
