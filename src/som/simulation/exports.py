"""What the exports of several instruments share: keys, sheets and tables in their headings. Pure."""

from __future__ import annotations

import io
import statistics
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import xlsxwriter

from som.lab.formats.wells import PLATES, number_of, position_of
from som.simulation.runs import SimulatedRun, SimulatedWell, Task

ICT = timezone(timedelta(hours=7), "ICT")  # Indochina Time, as the instruments' software names it

Cell = str | int | float
_ROW_LETTERS = "ABCDEFGHIJKLMNOP"
_COLOURS = ("176,23,31", "0,0,255", "0,139,69", "255,127,0", "139,137,112", "238,121,66")
_THRESHOLD = 0.2
_PLATEAU = 4.0


def keys_of(run: SimulatedRun, block: str) -> list[tuple[str, str]]:
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
        ("Date Created", clock_time(run.ended_at - timedelta(minutes=115))),
        ("Experiment Barcode", ""),
        ("Experiment Comment", "NA"),
        ("Experiment File Name", f"D:\\Users\\INSTR-ADMIN\\Documents\\{run.experiment}.eds"),
        ("Experiment Name", run.experiment),
        ("Experiment Run End Time", clock_time(run.ended_at)),
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


def clock_time(moment: datetime) -> str:
    """A time as this software writes it: a 24-hour clock with its half of the day beside it."""
    return f"{moment.astimezone(ICT):%Y-%m-%d %H:%M:%S %p} ICT"


def positions(block: int) -> Iterator[tuple[int, str]]:
    rows, columns = PLATES[block]
    for row in range(rows):
        for column in range(columns):
            yield row * columns + column + 1, f"{_ROW_LETTERS[row]}{column + 1}"


def task_of(well: SimulatedWell) -> str:
    """The software knows no other control than the one without template."""
    return "NTC" if well.task is Task.NO_TEMPLATE else "UNKNOWN"


def single(ct: Decimal | None) -> Cell:
    """A Ct as the software keeps it, in single precision."""
    if ct is None:
        return "Undetermined"
    single: float = struct.unpack("f", struct.pack("f", float(ct)))[0]
    return single


def means_of(run: SimulatedRun) -> dict[tuple[str, str], tuple[Cell, Cell]]:
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


def setup(run: SimulatedRun) -> Iterator[Sequence[Cell]]:
    """The plate as the operator set it up: every well of the block, also the empty ones."""
    yield _SETUP
    by_position = {position_of(well.position, run.block): well for well in run.in_order()}
    targets = list(run.dyes)
    for number, position in positions(run.block):
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
                task_of(well),
                run.dyes[target],
                "NFQ-MGB",
                "",
                "",
            ]


def curves_of(run: SimulatedRun, *, with_position: bool) -> Iterator[Sequence[Cell]]:
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


def results(run: SimulatedRun, headings: Sequence[str]) -> Iterator[Sequence[Cell]]:
    yield headings
    means = means_of(run)
    for well in run.in_order():
        position = position_of(well.position, run.block) or ""
        for target, ct in well.cts.items():
            mean, deviation = means[well.sample, target]
            cells: dict[str, Cell] = {
                "Well": number_of(position, run.block),
                "Well Position": position,
                "Omit": "false",
                "Sample Name": well.sample,
                "Target Name": target,
                "Task": task_of(well),
                "Reporter": run.dyes[target],
                "Quencher": "NFQ-MGB",
                "CT": single(ct),
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


def flex_text(cell: Cell) -> str:
    """Whole numbers as they are, others with three decimals; colours in quotation marks."""
    if isinstance(cell, float):
        return f"{cell:,.3f}"
    return f'"{cell}"' if isinstance(cell, str) and cell.startswith("RGB(") else str(cell)


def cfx_text(cell: Cell, decimal_comma: bool) -> str:
    if isinstance(cell, float):
        text = f"{cell:.15g}"
        return text.replace(".", ",") if decimal_comma else text
    text = str(cell)
    delimiter = ";" if decimal_comma else ","
    return '"' + text.replace('"', '""') + '"' if delimiter in text or '"' in text else text


def workbook(
    run: SimulatedRun,
    keys: Sequence[tuple[str, str]],
    sheets: Mapping[str, Iterable[Sequence[Cell]]],
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
FLEX_RESULTS = _headings(
    "Well|Well Position|Omit|Sample Name|Target Name|Task|Reporter|Quencher|CT|Ct Mean|Ct SD|"
    "Quantity|Quantity Mean|Quantity SD|Automatic Ct Threshold|Ct Threshold|Automatic Baseline|"
    "Baseline Start|Baseline End|Comments|Y-Intercept|R(superscript 2)|Slope|Efficiency|Amp Score|"
    "Cq Conf"
)
QS3_RESULTS = _headings(
    "Well|Well Position|Omit|Sample Name|Target Name|Task|Reporter|Quencher|CT|Ct Mean|Ct SD|"
    "Quantity|Quantity Mean|Quantity SD|Y-Intercept|R(superscript 2)|Slope|Efficiency|"
    "Automatic Ct Threshold|Ct Threshold|Automatic Baseline|Baseline Start|Baseline End|Amp Status|"
    "Comments|CQCONF|EXPFAIL|HIGHSD"
)
ABI7500_RESULTS = _headings(
    "Well|Sample Name|Target Name|Task|Reporter|Quencher|Cт|Cт Mean|Cт SD|Quantity|Quantity Mean|"
    "Quantity SD|Automatic Ct Threshold|Ct Threshold|Automatic Baseline|Baseline Start|"
    "Baseline End|Comments|HIGHSD"
)
CFX_RESULTS = _headings(
    "Well|Fluor|Target|Content|Sample|Biological Set Name|Cq|Cq Mean|Cq Std. Dev|"
    "Starting Quantity (SQ)|Log Starting Quantity|SQ Mean|SQ Std. Dev|Set Point|Well Note"
)
