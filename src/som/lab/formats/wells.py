"""Rows to readings: positions, Ct values and what may be wrong with either. Shared by all formats."""

from __future__ import annotations

import functools
import math
import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from som.lab.formats.run_file import Curve, Fault, FaultCode, Reading, Severity

# Rows and columns of the blocks that instruments have.
PLATES = {24: (4, 6), 48: (6, 8), 96: (8, 12), 384: (16, 24), 1536: (32, 48)}
_LARGEST_USUAL = 384  # what is allowed when the file does not tell its block

MOST_CYCLES = 100  # no instrument runs more
FEWEST_CYCLES = 20  # curves with fewer were cut; no assay decides on so few

# How instruments write that a target was not detected.
NOT_DETECTED = frozenset(
    {"", "undetermined", "undet", "undet.", "nan", "n/a", "na", "no ct", "no cq"}
)
_CT = re.compile(
    r"\d{1,3}(?:[.,]\d+)?"
)  # no instrument runs 1,000 cycles: a comma is a decimal one
_POSITION = re.compile(r"([A-Za-z]{1,2})0*([1-9]\d?)")
_NUMBER = re.compile(r"[0-9]{1,4}")
_WELL_NUMBER = re.compile(r"(\d+)(?:\.0*)?")
_BLOCK = re.compile(r"(?<!\d)(1536|384|96|48|24)(?!\d)")
_RUN_END = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d|\d\d/\d\d/\d{4})[ T](?P<hour>\d\d?):(?P<minute>\d\d):(?P<second>\d\d)"
    r"(?: (?P<half>[AP]M))?(?: (?P<zone>\S.*))?"
)


class Line(NamedTuple):
    """One row of a result table before it is judged; every field as written."""

    row: int
    position: str
    sample: str
    target: str
    ct: str
    call: str = ""
    task: str = ""
    fluor: str = ""
    number: str = ""
    omitted: bool = False
    cut: bool = False


class BadCt(ValueError):
    """A Ct cell that is neither a number of cycles nor a known word."""


def block_wells(text: str) -> int | None:
    """The number of wells in a block's name: "Fast 96-Well Block (0.1mL)" → 96."""
    found = _BLOCK.search(text)
    return int(found[1]) if found else None


@functools.lru_cache(maxsize=8192)  # the wells of some plates, as often as they are named
def position_of(text: str, block: int | None) -> str | None:
    """A position as it is kept, 'A01' → 'A1'; None when the block has no such well."""
    found = _POSITION.fullmatch(text)
    if not found:
        return None
    letters, column = found[1].upper(), int(found[2])
    row = ord(letters[-1]) - 64 + 26 * (ord(letters[0]) - 64 if len(letters) == 2 else 0)
    rows, columns = PLATES[block or _LARGEST_USUAL]
    return f"{letters}{column}" if row <= rows and column <= columns else None


def position_at(number: str, block: int) -> str | None:
    """The position of a well counted from 0 along the rows, '12' → 'B1'; None when there is none."""
    if not _NUMBER.fullmatch(number) or int(number) >= block:
        return None
    row, column = divmod(int(number), PLATES[block][1])
    letters = chr(65 + row) if row < 26 else f"A{chr(65 + row - 26)}"
    return f"{letters}{column + 1}"


@functools.lru_cache(maxsize=8192)
def number_of(position: str, block: int) -> int:
    """The well's number, counted from 1 along the rows, as instruments number them."""
    found = _POSITION.fullmatch(position)
    assert found is not None, position
    letters = found[1]
    row = ord(letters[-1]) - 64 + 26 * (ord(letters[0]) - 64 if len(letters) == 2 else 0)
    return (row - 1) * PLATES[block][1] + int(found[2])


def ct_of(text: str, cycles: int | None) -> Decimal | None:
    """The Ct, or None for "not detected"; a Ct at or above the cycle count is not detected."""
    word = text.strip().casefold()
    if word in NOT_DETECTED:
        return None
    if not _CT.fullmatch(word):
        raise BadCt(text)
    ct = Decimal(word.replace(",", "."))
    if not 0 < ct <= MOST_CYCLES:
        raise BadCt(text)
    return None if cycles is not None and ct >= cycles else ct


def curves_of(points: Iterable[tuple[str, str, int, str]]) -> list[Curve]:
    """Curves from points: position, target, cycle from 1 on, value as written.

    A value that is no number is not drawn, nor is a curve without any.
    """
    found: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    for position, target, cycle, text in points:
        value = value_of(text)
        if value is not None and 1 <= cycle <= MOST_CYCLES:
            found[position, target].setdefault(cycle, value)
    return [
        Curve(position, target, tuple(at.get(cycle) for cycle in range(1, max(at) + 1)))
        for (position, target), at in found.items()
    ]


def value_of(text: str) -> float | None:
    """A measured value, with a point or a decimal comma; None for what is no number."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def run_end(text: str) -> tuple[datetime | None, str]:
    """When a run ended by the instrument's clock, and the zone as written.

    Half-days are written on a 12-hour or on a 24-hour clock ("23:09:26 PM"); they never conflict.
    A date with slashes is month first (Bio-Rad) unless that month does not exist.
    """
    found = _RUN_END.fullmatch(text.strip())
    if not found:
        return None, ""
    hour = int(found["hour"])
    if found["half"] == "PM" and hour < 12:
        hour += 12
    if found["half"] == "AM" and hour == 12:
        hour = 0
    if "-" in found["date"]:
        year, month, day = map(int, found["date"].split("-"))
    else:
        month, day, year = map(int, found["date"].split("/"))
        if month > 12:
            month, day = day, month
    try:
        ended = datetime(year, month, day, hour, int(found["minute"]), int(found["second"]))
    except ValueError:
        return None, ""
    return ended, found["zone"] or ""


def read_lines(
    lines: Iterable[Line], *, block: int | None, cycles: int | None
) -> tuple[list[Reading], list[Fault]]:
    """The readings of a result table and the faults of its rows, each row judged by itself.

    Of two rows for the same target of the same well neither is believed, unless they say the same.
    """
    faults: list[Fault] = []
    kept: dict[tuple[str, str], list[tuple[int, Reading]]] = defaultdict(list)
    for line in lines:
        if not (line.position or line.sample or line.target or line.ct or line.fluor):
            continue
        read = _read_line(line, block, cycles, faults)
        if read is not None:
            key = (read.position, read.target.casefold() or f"dye {read.fluor.casefold()}")
            kept[key].append((line.row, read))

    readings: list[tuple[int, Reading]] = []
    for (position, _), same in kept.items():
        if len(same) == 1:
            readings.append(same[0])
            continue
        agree = len({reading for _, reading in same}) == 1
        if agree:
            readings.append(same[0])
        for row, reading in same[1:] if agree else same:
            severity = Severity.WARNING if agree else Severity.ERROR
            detail = reading.target or reading.fluor
            faults.append(Fault(FaultCode.DUPLICATE, severity, position, row, detail))
    readings.sort(key=lambda pair: pair[0])
    return [reading for _, reading in readings], faults


def _read_line(
    line: Line, block: int | None, cycles: int | None, faults: list[Fault]
) -> Reading | None:
    def fault(code: FaultCode, severity: Severity = Severity.ERROR, detail: str = "") -> None:
        faults.append(Fault(code, severity, position or "", line.row, detail))

    position = position_of(line.position, block)
    if not line.position:
        fault(FaultCode.ROW_WITHOUT_WELL, detail=line.sample or line.target)
        return None
    if position is None:
        fault(FaultCode.BAD_POSITION, detail=line.position)
        return None
    if line.number and block and not _same_number(line.number, number_of(position, block)):
        fault(FaultCode.WELL_CONTRADICTED, detail=f"{line.number} / {line.position}")
        return None
    if not line.target and not line.fluor:
        if line.sample or line.ct:
            fault(FaultCode.TARGET_MISSING, detail=line.sample)
        return None
    if line.cut:
        fault(FaultCode.ROW_CUT, detail=line.target)
        return None
    if line.omitted:
        fault(FaultCode.OMITTED, detail=line.target)
        return None
    try:
        ct = ct_of(line.ct, cycles)
    except BadCt:
        fault(FaultCode.BAD_CT, detail=f"{line.target} {line.ct}".strip())
        return None
    if not line.sample:
        fault(FaultCode.SAMPLE_MISSING, Severity.WARNING, line.target)
    return Reading(
        position, line.sample, line.target, ct, line.call, line.task, line.fluor, line.ct
    )


def _same_number(text: str, number: int) -> bool:
    """Whether the well number, written "1" or "1.0", is this one; other writing is not compared."""
    found = _WELL_NUMBER.fullmatch(text)
    return found is None or int(found[1]) == number
