"""Runs written as instruments write them, for drawn towns, drills and tests. Pure.

Headings, sections, order of rows and form of numbers follow genuine exports: a QuantStudio 7 Flex
text, a QuantStudio 3 workbook, a 7500 workbook (with its Cyrillic "Cт"), a CFX Maestro csv. What
nobody reads (calibrations, colours, curves) is there in shape only. The same run gives the same
bytes.
"""

from __future__ import annotations

import io
import statistics
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum

import xlsxwriter

from som.lab.formats.wells import PLATES, number_of, position_of

ICT = timezone(timedelta(hours=7), "ICT")  # Indochina Time, as the instruments' software names it

_Cell = str | int | float
_ROW_LETTERS = "ABCDEFGHIJKLMNOP"
_COLOURS = ("176,23,31", "0,0,255", "0,139,69", "255,127,0", "139,137,112", "238,121,66")
_THRESHOLD = 0.2
_PLATEAU = 4.0


class Task(StrEnum):
    """What the operator declared a well to be."""

    UNKNOWN = "UNKNOWN"
    NO_TEMPLATE = "NTC"
    NEGATIVE = "NEGATIVE"
    POSITIVE = "POSITIVE"


_CFX_CONTENT = {
    Task.UNKNOWN: "Unkn",
    Task.NO_TEMPLATE: "NTC",
    Task.NEGATIVE: "Neg Ctrl",
    Task.POSITIVE: "Pos Ctrl",
}


@dataclass(frozen=True, slots=True)
class SimulatedWell:
    """A loaded well: what is in it, and the Ct of each target, None where none was found."""

    position: str
    sample: str
    cts: Mapping[str, Decimal | None]
    task: Task = Task.UNKNOWN


@dataclass(frozen=True, slots=True)
class SimulatedRun:
    """A run as it is to be written. `dyes`: the dye of each target; `ended_at` with its zone."""

    experiment: str
    instrument: str
    serial: str
    ended_at: datetime
    cycles: int
    dyes: Mapping[str, str]
    wells: Sequence[SimulatedWell]
    block: int = 96

    def in_order(self) -> list[SimulatedWell]:
        """The wells along the rows of the plate; raises ValueError for a well it does not have."""
        numbered: dict[int, SimulatedWell] = {}
        for well in self.wells:
            position = position_of(well.position, self.block)
            if position is None or number_of(position, self.block) in numbered:
                raise ValueError(f"{well.position} is twice or not on a plate of {self.block}")
            numbered[number_of(position, self.block)] = well
        return [numbered[number] for number in sorted(numbered)]


def quantstudio_text(run: SimulatedRun, *, curves: bool = True) -> bytes:
    """An export of QuantStudio Real-Time PCR Software as text, as a QuantStudio 7 Flex writes it."""
    lines = [f"* {key} = {value}" for key, value in _keys(run, f"{run.block}-Well Block (0.2mL)")]
    sections: list[tuple[str, Iterable[Sequence[_Cell]]]] = [("Sample Setup", _setup(run))]
    if curves:
        sections.append(("Amplification Data", _curves(run, with_position=False)))
    sections.append(("Results", _results(run, _FLEX_RESULTS)))
    for name, rows in sections:
        lines += ["", f"[{name}]"]
        lines += ["\t".join(_flex_text(cell) for cell in row) for row in rows]
    return ("\n".join(lines) + "\n").encode("utf-8")


def quantstudio_workbook(run: SimulatedRun, *, curves: bool = True) -> bytes:
    """An export of QuantStudio Design & Analysis as .xlsx, as a QuantStudio 3 writes it."""
    keys = _keys(run, f"{run.block}-Well 0.2-mL Block")
    sheets: dict[str, Iterable[Sequence[_Cell]]] = {"Sample Setup": _setup(run)}
    if curves:
        sheets["Amplification Data"] = _curves(run, with_position=True)
    sheets["Results"] = _results(run, _QS3_RESULTS)
    return _workbook(run, keys, sheets)


def abi7500_workbook(run: SimulatedRun, *, curves: bool = True) -> bytes:
    """An export of 7500 Software as .xlsx: the position stands under "Well", empty wells too."""
    end = _clock_time(run.ended_at)
    keys = [
        ("Block Type", f"{run.block}alum"),
        ("Chemistry", "TAQMAN"),
        ("Experiment File Name", f"D:\\Applied Biosystems\\{run.experiment}.eds"),
        ("Experiment Run End Time", end),
        ("Instrument Type", "sds7500"),
        ("Passive Reference", "ROX"),
    ]
    by_position = {position_of(well.position, run.block): well for well in run.in_order()}
    rows: list[Sequence[_Cell]] = [_ABI7500_RESULTS]
    means = _means(run)
    for _, position in _positions(run.block):
        well = by_position.get(position)
        if well is None:
            rows.append([position, *[""] * (len(_ABI7500_RESULTS) - 2), "N"])
            continue
        for target, ct in well.cts.items():
            mean, deviation = means[well.sample, target]
            cells = {
                "Well": position,
                "Sample Name": well.sample,
                "Target Name": target,
                "Task": _task(well),
                "Reporter": run.dyes[target],
                "Quencher": "NFQ-MGB",
                "Cт": _single(ct),
                "Cт Mean": mean,
                "Cт SD": deviation,
                "Automatic Ct Threshold": "false",
                "Ct Threshold": 70000.0,
                "Automatic Baseline": "false",
                "Baseline Start": 3,
                "Baseline End": 15,
                "HIGHSD": "N",
            }
            rows.append([cells.get(heading, "") for heading in _ABI7500_RESULTS])
    sheets: dict[str, Iterable[Sequence[_Cell]]] = {"Results": rows}
    if curves:
        sheets["Amplification Data"] = _curves(run, with_position=False)
    return _workbook(run, keys, sheets)


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
    lines: list[Sequence[_Cell]] = []
    first: list[_Cell] = [] if run_information else [""]
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
    lines.append([*first, *_CFX_RESULTS])
    means = _means(run)
    in_order = run.in_order()
    for target, dye in run.dyes.items():
        for well in in_order:
            if target not in well.cts:
                continue
            ct = well.cts[target]
            mean, deviation = means[well.sample, target]
            position = position_of(well.position, run.block) or ""
            cq: _Cell = "NaN" if ct is None else float(ct)
            shown: list[_Cell] = [f"{position[0]}{int(position[1:]):02}", dye]
            shown += [target if name_targets else "", _CFX_CONTENT[well.task], well.sample, ""]
            shown += [cq, "NaN" if mean == "" else mean, deviation or 0]
            shown += ["NaN", "NaN", "NaN", 0, 60, ""]
            lines.append([*first, *shown])
    text = (delimiter.join(_cfx_text(cell, decimal_comma) for cell in line) for line in lines)
    return ("\n".join(text) + "\n").encode("utf-8")


# --- what the exports share ----------------------------------------------------------------------


def _keys(run: SimulatedRun, block: str) -> list[tuple[str, str]]:
    """The keys above the tables, in the alphabetical order in which the software writes them."""
    calibrated = f"{run.ended_at.astimezone(ICT) - timedelta(days=60):%m-%d-%Y}"
    dyes = sorted({*run.dyes.values(), "ROX"})
    names = ["Background", *(f"Pure Dye {dye}" for dye in dyes), "ROI", "Uniformity"]
    keys = [("Block Type", block)]
    for name in names:
        gap = " " if name in {"Background", "ROI", "Uniformity"} else ""
        keys.append((f"Calibration {name} is expired{gap}", "No"))
        keys.append((f"Calibration {name} performed on", calibrated))
    return [
        *keys,
        ("Chemistry", "TAQMAN"),
        ("Date Created", _clock_time(run.ended_at - timedelta(minutes=115))),
        ("Experiment Barcode", ""),
        ("Experiment Comment", "NA"),
        ("Experiment File Name", f"D:\\Users\\INSTR-ADMIN\\Documents\\{run.experiment}.eds"),
        ("Experiment Name", run.experiment),
        ("Experiment Run End Time", _clock_time(run.ended_at)),
        ("Experiment Type", "Standard Curve"),
        ("Instrument Name", run.serial),
        ("Instrument Serial Number", run.serial),
        ("Instrument Type", run.instrument),
        ("Passive Reference", "ROX"),
        ("Quantification Cycle Method", "Ct"),
        ("Signal Smoothing On", "true"),
        ("Stage/ Cycle where Analysis is performed", "Stage 2, Step 2"),
        ("User Name", "NA"),
    ]


def _clock_time(moment: datetime) -> str:
    """A time as this software writes it: a 24-hour clock with its half of the day beside it."""
    return f"{moment.astimezone(ICT):%Y-%m-%d %H:%M:%S %p} ICT"


def _positions(block: int) -> Iterator[tuple[int, str]]:
    rows, columns = PLATES[block]
    for row in range(rows):
        for column in range(columns):
            yield row * columns + column + 1, f"{_ROW_LETTERS[row]}{column + 1}"


def _task(well: SimulatedWell) -> str:
    """The software knows no other control than the one without template."""
    return "NTC" if well.task is Task.NO_TEMPLATE else "UNKNOWN"


def _single(ct: Decimal | None) -> _Cell:
    """A Ct as the software keeps it, in single precision."""
    if ct is None:
        return "Undetermined"
    single: float = struct.unpack("f", struct.pack("f", float(ct)))[0]
    return single


def _means(run: SimulatedRun) -> dict[tuple[str, str], tuple[_Cell, _Cell]]:
    """Mean and standard deviation of the replicates of each sample and target; empty where none."""
    found: dict[tuple[str, str], list[float]] = {}
    for well in run.wells:
        for target, ct in well.cts.items():
            values = found.setdefault((well.sample, target), [])
            if ct is not None:
                values.append(float(ct))
    return {
        key: (
            statistics.fmean(values) if values else "",
            statistics.stdev(values) if len(values) > 1 else "",
        )
        for key, values in found.items()
    }


def _colour(number: int) -> str:
    return f"RGB({_COLOURS[number % len(_COLOURS)]})"


def _setup(run: SimulatedRun) -> Iterator[Sequence[_Cell]]:
    """The plate as the operator set it up: every well of the block, also the empty ones."""
    yield _SETUP
    by_position = {position_of(well.position, run.block): well for well in run.in_order()}
    targets = list(run.dyes)
    for number, position in _positions(run.block):
        well = by_position.get(position)
        if well is None:
            yield [number, position, *[""] * (len(_SETUP) - 2)]
            continue
        for target in well.cts:
            yield [
                number,
                position,
                well.sample,
                _colour(number),
                "",
                "",
                target,
                _colour(targets.index(target)),
                _task(well),
                run.dyes[target],
                "NFQ-MGB",
                "",
                "",
            ]


def _curves(run: SimulatedRun, *, with_position: bool) -> Iterator[Sequence[_Cell]]:
    """A curve for each target: a logistic one through the threshold at the Ct, or a flat one."""
    position_heading = ["Well Position"] if with_position else []
    yield ["Well", *position_heading, "Cycle", "Target Name", "Rn", "Delta Rn"]
    for well in run.in_order():
        position = position_of(well.position, run.block) or ""
        number = number_of(position, run.block)
        for target, ct in well.cts.items():
            for cycle in range(1, run.cycles + 1):
                wobble = ((number * 7 + cycle * 3) % 11 - 5) / 1000
                rise = 0.0
                if ct is not None:
                    rise = _PLATEAU / (1 + (_PLATEAU / _THRESHOLD - 1) * 2 ** (float(ct) - cycle))
                delta = round(rise + wobble, 6)
                place = [position] if with_position else []
                yield [number, *place, cycle, target, round(0.62 + delta, 6), delta]


def _results(run: SimulatedRun, headings: Sequence[str]) -> Iterator[Sequence[_Cell]]:
    yield headings
    means = _means(run)
    for well in run.in_order():
        position = position_of(well.position, run.block) or ""
        for target, ct in well.cts.items():
            mean, deviation = means[well.sample, target]
            cells: dict[str, _Cell] = {
                "Well": number_of(position, run.block),
                "Well Position": position,
                "Omit": "false",
                "Sample Name": well.sample,
                "Target Name": target,
                "Task": _task(well),
                "Reporter": run.dyes[target],
                "Quencher": "NFQ-MGB",
                "CT": _single(ct),
                "Ct Mean": mean,
                "Ct SD": deviation,
                "Automatic Ct Threshold": "true",
                "Ct Threshold": _THRESHOLD,
                "Automatic Baseline": "true",
                "Baseline Start": 3,
                "Baseline End": run.cycles - 1 if ct is None else max(4, int(ct) - 3),
                "Amp Score": 0.0 if ct is None else 1.238,
                "Cq Conf": 0.0 if ct is None else 0.974,
                "Amp Status": "No Amp" if ct is None else "Amp",
                "CQCONF": "Y" if ct is None else "N",
                "EXPFAIL": "N",
                "HIGHSD": "N",
            }
            yield [cells.get(heading, "") for heading in headings]


def _flex_text(cell: _Cell) -> str:
    """Whole numbers as they are, others with three decimals; colours in quotation marks."""
    if isinstance(cell, float):
        return f"{cell:,.3f}"
    return f'"{cell}"' if isinstance(cell, str) and cell.startswith("RGB(") else str(cell)


def _cfx_text(cell: _Cell, decimal_comma: bool) -> str:
    if isinstance(cell, float):
        text = f"{cell:.15g}"
        return text.replace(".", ",") if decimal_comma else text
    text = str(cell)
    delimiter = ";" if decimal_comma else ","
    return '"' + text.replace('"', '""') + '"' if delimiter in text or '"' in text else text


def _workbook(
    run: SimulatedRun,
    keys: Sequence[tuple[str, str]],
    sheets: Mapping[str, Iterable[Sequence[_Cell]]],
) -> bytes:
    """A workbook whose bytes depend on the run alone: it is dated with the end of the run."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    book.set_properties({"created": run.ended_at.astimezone(UTC).replace(tzinfo=None)})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, (key, value) in enumerate(keys):
            sheet.write_string(number, 0, key)
            sheet.write_string(number, 1, value)
        for number, row in enumerate(rows, start=len(keys) + 1):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    if cell:
                        sheet.write_string(number, column, cell)
                else:
                    sheet.write_number(number, column, cell)
    book.close()
    return target.getvalue()


def _headings(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


_SETUP = _headings(
    "Well|Well Position|Sample Name|Sample Color|Biogroup Name|Biogroup Color|Target Name|"
    "Target Color|Task|Reporter|Quencher|Quantity|Comments"
)
_FLEX_RESULTS = _headings(
    "Well|Well Position|Omit|Sample Name|Target Name|Task|Reporter|Quencher|CT|Ct Mean|Ct SD|"
    "Quantity|Quantity Mean|Quantity SD|Automatic Ct Threshold|Ct Threshold|Automatic Baseline|"
    "Baseline Start|Baseline End|Comments|Y-Intercept|R(superscript 2)|Slope|Efficiency|Amp Score|"
    "Cq Conf"
)
_QS3_RESULTS = _headings(
    "Well|Well Position|Omit|Sample Name|Target Name|Task|Reporter|Quencher|CT|Ct Mean|Ct SD|"
    "Quantity|Quantity Mean|Quantity SD|Y-Intercept|R(superscript 2)|Slope|Efficiency|"
    "Automatic Ct Threshold|Ct Threshold|Automatic Baseline|Baseline Start|Baseline End|Amp Status|"
    "Comments|CQCONF|EXPFAIL|HIGHSD"
)
_ABI7500_RESULTS = _headings(
    "Well|Sample Name|Target Name|Task|Reporter|Quencher|Cт|Cт Mean|Cт SD|Quantity|Quantity Mean|"
    "Quantity SD|Automatic Ct Threshold|Ct Threshold|Automatic Baseline|Baseline Start|"
    "Baseline End|Comments|HIGHSD"
)
_CFX_RESULTS = _headings(
    "Well|Fluor|Target|Content|Sample|Biological Set Name|Cq|Cq Mean|Cq Std. Dev|"
    "Starting Quantity (SQ)|Log Starting Quantity|SQ Mean|SQ Std. Dev|Set Point|Well Note"
)
