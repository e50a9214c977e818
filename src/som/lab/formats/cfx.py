"""Exports of Bio-Rad CFX Manager and CFX Maestro: "Quantification Cq Results" and custom exports.

The table may stand alone, with an empty first column, or below lines of run information. A well has
a row for each dye; the target may be empty, and then the dye tells it. Numbers follow the computer's
region: comma between cells and point in numbers, or semicolon and comma.
"""

from __future__ import annotations

from collections.abc import Sequence

from som.lab.formats import wells
from som.lab.formats.documents import Sheet, Table, fold_heading, table_in
from som.lab.formats.run_file import Curve, RunFault, RunFile, UnreadableRun

NAME = "cfx"
MEMBERS: frozenset[str] = frozenset()  # texts and workbooks, no archives

_OWN_KEYS = frozenset({"createdbyuser", "protocolfilename", "opticalheadserialnumber"})
_CQ = ("cq", "ct", "c?", "thresholdcyclect")


def recognises(sheets: Sequence[Sheet]) -> bool:
    """Whether there is a table with a row for each dye, or the run information of this family."""
    for sheet in sheets:
        above, table = table_in(sheet.rows)
        if table is not None and _is_result(table):
            return True
        if _OWN_KEYS & {fold_heading(row.cell(0)) for row in above}:
            return True
    return False


def read(sheets: Sequence[Sheet]) -> RunFile:
    """The run; refused when there is no table of Cq values or nothing in it."""
    keys: dict[str, str] = {}
    results: Table | None = None
    for sheet in sheets:
        above, table = table_in(sheet.rows, open_ended=sheet.open_ended)
        for row in above:
            keys.setdefault(fold_heading(row.cell(0)), row.cell(1))
        if results is None and table is not None and _is_result(table):
            results = table
    if results is None:
        raise UnreadableRun(RunFault.NO_RESULT_TABLE)
    if not any(any(row.cells) for row in results.rows):
        raise UnreadableRun(RunFault.NO_RESULTS)

    readings, faults = wells.read_lines(_lines(results), block=None, cycles=None)
    ended_at, zone = wells.run_end(keys.get("runended", ""))
    return RunFile(
        format=NAME,
        instrument="Bio-Rad CFX",
        software=_software(keys),
        serial=keys.get("baseserialnumber", "") or keys.get("opticalheadserialnumber", ""),
        experiment=keys.get("filename", ""),
        run_ended_at=ended_at,
        run_ended_zone=zone,
        block_wells=None,
        cycles=None,
        wells=tuple(readings),
        faults=tuple(sorted(faults, key=lambda fault: fault.row or 0)),
    )


def curves(sheets: Sequence[Sheet]) -> list[Curve]:
    """None: this family exports its curves as files of their own, a dye each."""
    del sheets
    return []


def _is_result(table: Table) -> bool:
    return "fluor" in table.columns and table.column(*_CQ) is not None


def _software(keys: dict[str, str]) -> str:
    for name in ("CFX Maestro", "CFX Manager"):
        version = keys.get(fold_heading(f"{name} Version"))
        if version is not None:
            return f"{name} {version.rstrip(' .')}".strip()
    return ""


def _lines(table: Table) -> list[wells.Line]:
    names = ("well", "sample", "target", "fluor", "content", "call")
    at_well, at_sample, at_target, at_fluor, at_content, at_call = map(table.column, names)
    at_cq = table.column(*_CQ)
    filled = [row for row in table.rows if any(row.cells)]
    usual = min((len(row.cells) for row in filled[:-1]), default=table.width)
    lines = []
    for row in filled:
        ended = table.open_ended and row is table.rows[-1]
        lines.append(
            wells.Line(
                row=row.number,
                position=row.cell(at_well),
                sample=row.cell(at_sample),
                target=row.cell(at_target),
                ct=row.cell(at_cq),
                call=row.cell(at_call),
                task=row.cell(at_content),
                fluor=row.cell(at_fluor),
                cut=ended and (len(row.cells) < usual or (at_cq or 0) >= len(row.cells) - 1),
            )
        )
    return lines
