"""Exports of Applied Biosystems software: 7500, ViiA 7, QuantStudio; text, csv and workbook.

A text has lines "* Key = Value" and then sections "[Sample Setup]", "[Results]"; a workbook has a
sheet for each section with the keys and values above its table; Design & Analysis writes
"# Key: Value" above a csv. The Ct is headed CT, Ct, Cт (with a Cyrillic letter), Crt or Cq. The
7500 writes the position under "Well", the others also number the wells.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from som.lab.formats import wells
from som.lab.formats.documents import Row, Sheet, Table, fold_heading, table_in
from som.lab.formats.run_file import (
    Curve,
    Fault,
    FaultCode,
    RunFault,
    RunFile,
    Severity,
    UnreadableRun,
)

NAME = "quantstudio"
MEMBERS: frozenset[str] = frozenset()  # texts and workbooks, no archives

_KEY = re.compile(r"\*\s*(?P<star>.*?)\s*=\s*(?P<value>.*)|#\s*(?P<hash>[^:]*?)\s*:\s*(?P<rest>.*)")
_SECTION = re.compile(r"\[(.+)\]\s*")
# One of these above the tables tells the family; a bare table could be anyone's spreadsheet.
_OWN_KEYS = frozenset({"instrumenttype", "experimentname", "experimentfilename", "platefilename"})
_CT = ("ct", "crt", "cq", "c?")  # "C?" is "Cт" in a code page without Cyrillic
_CURVES = "amplificationdata"
_CYCLE = ("cycle", "cyclenumber")
_VALUE = ("deltarn", "drn", "rn")  # with the baseline taken off where it is told
_ALLELES = ("allele1", "allele2")
_ALLELE = re.compile("-Allele [12]$")


def recognises(sheets: Sequence[Sheet]) -> bool:
    """Whether the keys above the tables are those of this family."""
    return any(_OWN_KEYS & _parts(sheet)[0].keys() for sheet in sheets)


def read(sheets: Sequence[Sheet]) -> RunFile:
    """The run; refused when there is no table of results or nothing in it."""
    keys: dict[str, str] = {}
    tables: dict[str, Table] = {}
    for sheet in sheets:
        found_keys, found_tables = _parts(sheet)
        keys = {**found_keys, **keys}
        for name, table in found_tables.items():
            if name not in tables:
                tables[name] = table
    results = next((table for table in _results_first(tables) if _is_result(table)), None)
    if results is None:
        raise UnreadableRun(RunFault.NO_RESULT_TABLE, ", ".join(tables))
    if not any(any(row.cells) for row in results.rows):
        raise UnreadableRun(RunFault.NO_RESULTS)

    block = wells.block_wells(keys.get("blocktype", ""))
    cycles = _cycles(tables.get(_CURVES), results)
    setup = tables.get("samplesetup")
    lines = _lines(results, _allele_dyes(setup))
    readings, faults = wells.read_lines(lines, block=block, cycles=cycles)
    if setup is not None:
        seen = {(wells.position_of(line.position, block), _assay(line.target)) for line in lines}
        faults += _without_result(setup, seen, block)
    ended_at, zone = wells.run_end(
        keys.get("experimentrunendtime") or keys.get("platerunenddatetime", "")
    )
    return RunFile(
        format=NAME,
        instrument=keys.get("instrumenttype", ""),
        software=keys.get("softwarename", ""),
        serial=_said(keys.get("instrumentserialnumber", "")),
        experiment=keys.get("experimentname", "") or keys.get("platefilename", ""),
        run_ended_at=ended_at,
        run_ended_zone=zone,
        block_wells=block,
        cycles=cycles,
        wells=tuple(readings),
        faults=tuple(sorted(faults, key=lambda fault: fault.row or 0)),
    )


def curves(sheets: Sequence[Sheet]) -> list[Curve]:
    """The curves of the amplification data, where they were exported with the results."""
    parts = [_parts(sheet) for sheet in sheets]
    keys = {key: value for found, _ in reversed(parts) for key, value in found.items()}
    table = next((tables[_CURVES] for _, tables in parts if _CURVES in tables), None)
    if table is None:
        return []
    block = wells.block_wells(keys.get("blocktype", ""))
    at_position, at_number = table.column("wellposition", "well"), table.column("well")
    at_cycle, at_value = table.column(*_CYCLE), table.column(*_VALUE)
    at_target = table.column("targetname", "target", "snpassayname")
    points = []
    for row in table.rows:
        cycle, target, number = row.cell(at_cycle), row.cell(at_target), row.cell(at_number)
        position = wells.position_of(row.cell(at_position), block)
        if position is None and block and number.isdecimal():
            position = wells.position_at(str(int(number) - 1), block)
        if position and cycle.isdecimal():
            points.append((position, target, int(cycle), row.cell(at_value)))
    return wells.curves_of(points)


def _parts(sheet: Sheet) -> tuple[dict[str, str], dict[str, Table]]:
    """Keys with values, and tables by folded section or sheet name."""
    starts = [
        (index, found[1])
        for index, row in enumerate(sheet.rows)
        if row.raw.startswith("[") and (found := _SECTION.fullmatch(row.raw.rstrip("\t;,")))
    ]
    keys: dict[str, str] = {}
    tables: dict[str, Table] = {}
    if not starts:
        above, table = table_in(sheet.rows, open_ended=sheet.open_ended)
        keys = _keys(above)
        if table is not None:
            tables[fold_heading(sheet.name)] = table
        return keys, tables
    keys = _keys(sheet.rows[: starts[0][0]])
    ends = [index for index, _ in starts[1:]] + [len(sheet.rows)]
    for (start, name), end in zip(starts, ends, strict=True):
        last = end == len(sheet.rows)
        table = table_in(sheet.rows[start + 1 : end], open_ended=last and sheet.open_ended)[1]
        if table is not None:
            tables.setdefault(fold_heading(name), table)
    return keys, tables


def _keys(rows: Sequence[Row]) -> dict[str, str]:
    keys: dict[str, str] = {}
    for row in rows:
        found = _KEY.fullmatch(row.raw.rstrip("\t;,")) if row.raw else None
        if found:
            key = found["star"] or found["hash"] or ""
            value = found["value"] or found["rest"] or ""
        else:
            key, value = row.cell(0), row.cell(1)
        keys.setdefault(fold_heading(key), value.strip())
    keys.pop("", None)
    return keys


def _results_first(tables: dict[str, Table]) -> list[Table]:
    named = [table for name, table in tables.items() if name.startswith("result")]
    return named + [table for table in tables.values() if table not in named]


def _is_result(table: Table) -> bool:
    ct = table.column(*_CT, *(f"{allele}ct" for allele in _ALLELES))
    target = table.column("targetname", "target", "snpassayname")
    return ct is not None and target is not None and "fluor" not in table.columns


def _cycles(curves: Table | None, results: Table) -> int | None:
    """How many cycles were run, if the curves tell it and nothing in the results denies it."""
    if curves is None or "cycle" not in curves.columns:
        return None
    most = _largest(curves, "cycle")
    if most < wells.FEWEST_CYCLES or most < _largest(results, "baselineend"):
        return None
    return most


def _largest(table: Table, column: str) -> int:
    at = table.column(column)
    texts = (row.cell(at) for row in table.rows)
    return max((int(text) for text in texts if text.isdecimal()), default=0)


def _lines(table: Table, dyes: dict[tuple[str, str], str]) -> list[wells.Line]:
    at_position = table.column("wellposition", "well")
    at_number = table.column("well") if "wellposition" in table.columns else None
    at_sample = table.column("samplename", "sample")
    at_target = table.column("targetname", "target", "snpassayname")
    at_call = table.column("call", "ampstatus")
    at_task, at_dye, at_omit = (table.column(name) for name in ("task", "reporter", "omit"))
    at_ct = table.column(*_CT)
    cts = {"": at_ct} if at_ct is not None else {a: table.column(f"{a}ct") for a in _ALLELES}

    filled = _above_footer(table, at_position)
    usual = min((len(row.cells) for row in filled[:-1]), default=table.width)
    columns = (at_position, at_sample, at_target, at_call, at_task, at_dye, at_number, at_omit)
    lines = []
    for row in filled:
        position, sample, of_row, call, task, dye, number, omitted = row.picked(columns)
        ended = table.open_ended and row is table.rows[-1]
        for allele, at in cts.items():
            target = f"{of_row}-Allele {allele[-1]}" if allele and of_row else of_row
            lines.append(
                wells.Line(
                    row=row.number,
                    position=position,
                    sample=sample,
                    target=target,
                    ct=row.cell(at),
                    call=call,
                    task=task,
                    fluor=dyes.get((position, allele), "") if allele else dye,
                    number=number,
                    omitted=omitted.casefold() in {"true", "1", "yes"},
                    cut=ended and (len(row.cells) < usual or (at or 0) >= len(row.cells) - 1),
                )
            )
    return lines


def _above_footer(table: Table, at_position: int | None) -> list[Row]:
    """The rows with wells: below an empty line stand keys and values of the analysis."""
    rows: list[Row] = []
    below_empty = False
    for row in table.rows:
        filled = len(row.cells) - row.cells.count("")
        if not filled:
            below_empty = True
        elif not (
            below_empty and filled <= 2 and not wells.position_of(row.cell(at_position), None)
        ):
            rows.append(row)
    return rows


def _allele_dyes(setup: Table | None) -> dict[tuple[str, str], str]:
    """The dye of each allele by position: genotyping writes it in the setup only."""
    if setup is None:
        return {}
    at_position = setup.column("wellposition", "well")
    dyes = {
        allele: at for allele in _ALLELES if (at := setup.column(f"{allele}reporter")) is not None
    }
    return {
        (row.cell(at_position), allele): row.cell(at)
        for row in setup.rows
        for allele, at in dyes.items()
    }


def _assay(target: str) -> str:
    return _ALLELE.sub("", target).casefold()


def _without_result(
    setup: Table, seen: set[tuple[str | None, str]], block: int | None
) -> list[Fault]:
    """Targets that were set up in a well and of which the results say nothing."""
    at_position = setup.column("wellposition", "well")
    at_target = setup.column("targetname", "target", "snpassayname")
    faults = []
    for row in setup.rows:
        position, target = wells.position_of(row.cell(at_position), block), row.cell(at_target)
        if position and target and (position, target.casefold()) not in seen:
            faults.append(Fault(FaultCode.NO_RESULT, Severity.ERROR, position, row.number, target))
    return faults


def _said(text: str) -> str:
    """A value, empty where the software writes that there is none."""
    return "" if text.casefold() in {"na", "null", "n/a"} else text
