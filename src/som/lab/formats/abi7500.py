"""Runs as the software of the Applied Biosystems 7500 saves them: .eds, an archive with its results.

The archive's `analysis_result.txt` has a row for each target of a well, and below each row its curve.
Wells are counted from 0 along the rows. A target that was not detected has the number of cycles for
its Ct, and the curve tells that number. The member alone, taken out of its archive, is read as well;
workbooks exported from a 7500 are read by `quantstudio.py`.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from som.lab.formats import wells
from som.lab.formats.documents import Row, Sheet, Table, fold_heading, table_in
from som.lab.formats.run_file import Curve, RunFault, RunFile, UnreadableRun

NAME = "abi7500"

_RESULTS = "apldbio/sds/analysis_result.txt"
_PLATE = "apldbio/sds/plate_setup.xml"
_EXPERIMENT = "apldbio/sds/experiment.xml"
MEMBERS = frozenset({_RESULTS, _PLATE, _EXPERIMENT})

USUAL_BLOCK = 96
"""The 7500 has no other; larger ones that save the same archive name theirs in the plate setup."""

_CURVE = "rnvalues"
_DELTA = "deltarnvalues"
_BELOW_A_READING = frozenset({_CURVE, _DELTA, "ddctvalues"})

_ROWS = re.compile(r"<RowCount>\s*(\d{1,2})\s*</RowCount>")
_COLUMNS = re.compile(r"<ColumnCount>\s*(\d{1,2})\s*</ColumnCount>")
_RUN_END = re.compile(r"<RunEndTime>\s*(\d{12,14})\s*</RunEndTime>")  # milliseconds since 1970
_NAME = re.compile(r"<Name>([^<]{1,200})</Name>")


def recognises(sheets: Sequence[Sheet]) -> bool:
    """Whether members of such an archive are here, or the text of its results."""
    return any(sheet.name in MEMBERS for sheet in sheets) or _results(sheets) is not None


def read(sheets: Sequence[Sheet]) -> RunFile:
    """The run; refused when it was saved without an analysis or with nothing in it."""
    table = _results(sheets)
    if table is None:
        raise UnreadableRun(RunFault.NO_RESULT_TABLE, _RESULTS)
    if not any(any(row.cells) for row in table.rows):
        raise UnreadableRun(RunFault.NO_RESULTS)
    block = _block(_member(sheets, _PLATE))
    lines = _lines(table, block)
    cycles = _cycles(table, lines)
    readings, faults = wells.read_lines(lines, block=block, cycles=cycles)
    about = _member(sheets, _EXPERIMENT)
    named, ended = _NAME.search(about), _RUN_END.search(about)
    return RunFile(
        format=NAME,
        instrument="",
        software="",
        serial="",
        experiment=named[1].strip() if named else "",
        run_ended_at=_moment(int(ended[1])) if ended else None,
        run_ended_zone="UTC" if ended else "",
        block_wells=block,
        cycles=cycles,
        wells=tuple(readings),
        faults=tuple(sorted(faults, key=lambda fault: fault.row or 0)),
    )


def curves(sheets: Sequence[Sheet]) -> list[Curve]:
    """The curve below each reading, with the baseline taken off."""
    table = _results(sheets)
    if table is None:
        return []
    block = _block(_member(sheets, _PLATE))
    at_well, at_target = table.column("well"), table.column("detector")
    points: list[tuple[str, str, int, str]] = []
    position = target = ""
    for row in table.rows:
        heading = fold_heading(row.cell(0))
        if heading == _DELTA:
            values = enumerate(row.cells[1:], start=1)
            points += [(position, target, cycle, text) for cycle, text in values if position]
        elif heading not in _BELOW_A_READING:
            position = wells.position_at(row.cell(at_well), block) or ""
            target = row.cell(at_target)
    return wells.curves_of(points)


def _results(sheets: Sequence[Sheet]) -> Table | None:
    """The table below the line "Session Name"; other software of the maker has no such line."""
    for sheet in sheets:
        above, table = table_in(sheet.rows, open_ended=sheet.open_ended)
        session = bool(above) and fold_heading(above[0].cell(0)) == "sessionname"
        if session and table is not None and {"samplename", "detector", "ct"} <= set(table.columns):
            return table
    return None


def _member(sheets: Sequence[Sheet], name: str) -> str:
    return "\n".join(row.raw for sheet in sheets if sheet.name == name for row in sheet.rows)


def _block(plate: str) -> int:
    rows, columns = _ROWS.search(plate), _COLUMNS.search(plate)
    if rows and columns:
        shape = (int(rows[1]), int(columns[1]))
        for block, of_block in wells.PLATES.items():
            if of_block == shape:
                return block
        raise UnreadableRun(RunFault.UNKNOWN_FORMAT, f"{shape[0]} x {shape[1]}")
    return USUAL_BLOCK


def _moment(milliseconds: int) -> datetime:
    return datetime(1970, 1, 1) + timedelta(milliseconds=milliseconds)  # noqa: DTZ001 - zone beside it


def _is_cut(row: Row, table: Table) -> bool:
    return table.open_ended and row is table.rows[-1]


def _curves(table: Table) -> list[Row]:
    """The curves that are whole: what follows the last line end may be half of one."""
    return [
        row for row in table.rows if fold_heading(row.cell(0)) == _CURVE and not _is_cut(row, table)
    ]


def _cycles(table: Table, lines: Sequence[wells.Line]) -> int | None:
    """How many cycles were run, by the longest curve.

    Refuses curves that end before a Ct of theirs: every Ct above would read as not detected.
    """
    most = max((sum(map(bool, row.cells[1:])) for row in _curves(table)), default=None)
    if most is not None:
        if most < wells.FEWEST_CYCLES:
            raise UnreadableRun(RunFault.TRUNCATED, f"{most} cycles")
        for line in lines:
            with contextlib.suppress(wells.BadCt):
                if (wells.ct_of(line.ct, None) or 0) > most:
                    raise UnreadableRun(RunFault.TRUNCATED, f"{most} cycles, Ct {line.ct}")
    return most


def _lines(table: Table, block: int) -> list[wells.Line]:
    """A line for each reading; one whose curve is missing was cut off with the file."""
    names = ("well", "samplename", "detector", "ct", "task")
    at_well, at_sample, at_target, at_ct, at_task = map(table.column, names)
    curves = {id(row) for row in _curves(table)}
    lines = []
    for row, below in zip(table.rows, [*table.rows[1:], None], strict=True):
        if fold_heading(row.cell(0)) in _BELOW_A_READING:
            continue
        number = row.cell(at_well)
        lines.append(
            wells.Line(
                row=row.number,
                position=wells.position_at(number, block) or number,
                sample=row.cell(at_sample),
                target=row.cell(at_target),
                ct=row.cell(at_ct),
                task=row.cell(at_task),
                cut=id(below) not in curves,
            )
        )
    return lines
