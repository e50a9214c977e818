"""Numbered paper tube sheets: two people read each line, and where they differ nothing is recorded.

Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from som.kernel import ids
from som.kernel.outcomes import Outcome, Refusal, Refused, gettext_noop
from som.people.rules import tidied
from som.sampling.rules.swabs import SwabTaken

MOST_LINES = 40
"""Lines a printed page can hold so that gloved hands can write on them: A4, 6 mm a line."""

SHEET_MOVES: Mapping[str, tuple[str, ...]] = {
    "printed": ("read", "void"),
    "read": ("read", "differing", "recorded", "blank", "void"),
    "differing": ("differing", "recorded", "blank", "void"),
}
"""The states of a sheet's line."""


class SheetRefusal(Refusal):
    """Why a sheet was not printed or voided, or a line read from it is not recorded."""

    NUMBER_TAKEN = "sheet_number_taken", gettext_noop("Another sheet of this number was printed.")
    LINES_IMPOSSIBLE = (
        "sheet_lines_impossible",
        gettext_noop("A sheet has at least one line and no more than a page holds."),
    )
    TUBE_UNKNOWN = (
        "sheet_tube_unknown",
        gettext_noop("A tube code of the sheet fits no scheme or was not issued here."),
    )
    TUBE_VOID = "sheet_tube_void", gettext_noop("The label of a tube of the sheet is void.")
    TUBE_ELSEWHERE = (
        "sheet_tube_elsewhere",
        gettext_noop("The label of a tube of the sheet is in the hands of another session's team."),
    )
    SLIP_UNREADABLE = "sheet_slip_unreadable", gettext_noop("A slip code of the sheet is no code.")
    SLIP_USED = "sheet_slip_used", gettext_noop("A slip of the sheet was already given out.")
    LINE_UNKNOWN = "sheet_line_unknown", gettext_noop("There is no such sheet or line here.")
    SHEET_VOID = "sheet_void", gettext_noop("This sheet is void.")
    LINE_TWICE = "sheet_line_twice", gettext_noop("This line was given twice and differently.")
    LINE_SETTLED = "sheet_line_settled", gettext_noop("This line was recorded differently before.")
    PRINT_DIFFERS = (
        "sheet_print_differs",
        gettext_noop("The tube or slip is not the one printed on this line."),
    )
    READ_BY_ANOTHER = (
        "sheet_read_by_another",
        gettext_noop("Somebody else read this line first: now it is to be read a second time."),
    )
    NOT_READ_YET = "sheet_not_read_yet", gettext_noop("Nobody has read this line a first time.")
    SAME_READER = (
        "sheet_same_reader",
        gettext_noop("The second reading is for another person than the first."),
    )
    READINGS_DIFFER = (
        "sheet_readings_differ",
        gettext_noop("The two readings differ. Both look at the paper again."),
    )
    IN_USE = "sheet_in_use", gettext_noop("Lines of this sheet were read already.")
    WITNESS = (
        "sheet_needs_a_witness",
        gettext_noop("A lost sheet needs a second person who holds a role today."),
    )
    WITNESS_STRANGE = (
        "sheet_witness_strange",
        gettext_noop("The second person holds no role where this session takes place."),
    )


class SheetVoidReason(StrEnum):
    """Why a numbered sheet will not be entered."""

    UNUSED = "unused"
    DAMAGED = "damaged"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """What is printed on a line: a tube's code, a slip's code, or neither."""

    tube: str = ""
    slip: str = ""


@dataclass(frozen=True, slots=True)
class LineRead:
    """What somebody reads on a line of a sheet; without a swab the line is blank."""

    sheet: int
    line: int
    swab: SwabTaken | None = None


Reading = dict[str, Any]
"""A reading in one spelling, ready to be kept and compared. Empty: the line is blank."""


@dataclass(frozen=True, slots=True)
class LineState:
    """What is known of a printed line."""

    id: int
    tube: str
    slip: str
    void: bool
    settled: bool
    first: Reading | None = None
    first_by: str = ""
    second: Reading | None = None
    second_by: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A reading to be kept: of which line, and the names of the fields that differ."""

    read: LineRead
    state: LineState
    reading: Reading
    differing: tuple[str, ...] | None
    """None while there is but one reading."""


def reading_of(read: LineRead) -> Reading:
    """What was read, in one spelling: an empty answer and an unanswered one are the same."""
    swab = read.swab
    if swab is None:
        return {}
    found = _plain(swab)
    found["slip"] = ids.slip_code(swab.slip) or swab.slip
    if swab.said is not None:
        found |= _plain(tidied(swab.said))
    found.pop("said", None)
    return {key: value for key, value in found.items() if value not in (None, "", [], False)}


def _plain(thing: Any) -> dict[str, Any]:
    return {field.name: _value(getattr(thing, field.name)) for field in fields(thing)}


def _value(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(value)
    if isinstance(value, tuple | list):
        return [_value(one) for one in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value


def differing(one: Reading, other: Reading) -> tuple[str, ...]:
    """The fields in which two readings differ. Names in capitals are the same names."""

    def told(reading: Reading, field: str) -> Any:
        value = reading.get(field)
        return value.casefold() if field in _ANY_CASE and isinstance(value, str) else value

    if not one or not other:
        return () if not one and not other else ("blank",)
    return tuple(f for f in sorted({*one, *other}) if told(one, f) != told(other, f))


_ANY_CASE = frozenset({"name", "guardian", "address"})


def judged(
    reads: Sequence[LineRead],
    states: Mapping[tuple[int, int], LineState],
    *,
    by: str,
    second: bool,
    outcome: Outcome[LineRead],
) -> list[Kept]:
    """The readings to be kept, in the order of the paper; what is refused goes to the outcome."""
    kept: dict[tuple[int, int], Kept] = {}
    for read in reads:
        place = (read.sheet, read.line)
        state, reading = states.get(place), reading_of(read)
        if place in kept:
            if kept[place].reading == reading:
                outcome.unchanged.append(read)
            else:
                outcome.refused.append(Refused(read, SheetRefusal.LINE_TWICE, words(place)))
            continue
        fault = _fault(state, reading, by=by, second=second)
        if fault is not None or state is None:
            outcome.refused.append(Refused(read, fault or SheetRefusal.LINE_UNKNOWN, words(place)))
        elif state.settled:
            if reading == (state.second if second else state.first):
                outcome.unchanged.append(read)
            else:
                outcome.refused.append(Refused(read, SheetRefusal.LINE_SETTLED, words(place)))
        else:
            other = state.first if second else state.second
            found = None if other is None else differing(reading, other)
            if reading == (state.second if second else state.first) and found is None:
                outcome.unchanged.append(read)
            else:
                kept[place] = Kept(read, state, reading, found)
    return [kept[place] for place in sorted(kept)]


def _fault(
    state: LineState | None, reading: Reading, *, by: str, second: bool
) -> SheetRefusal | None:
    if state is None:
        return SheetRefusal.LINE_UNKNOWN
    if state.void:
        return SheetRefusal.SHEET_VOID
    if reading and any(
        printed and reading.get(field) != printed
        for field, printed in (("tube", state.tube), ("slip", state.slip))
    ):
        return SheetRefusal.PRINT_DIFFERS
    if second:
        if state.first is None:
            return SheetRefusal.NOT_READ_YET
        return SheetRefusal.SAME_READER if state.first_by == by else None
    if state.second is not None and state.second_by == by:
        return SheetRefusal.SAME_READER
    if state.first is not None and state.first_by != by and state.second is None:
        return SheetRefusal.READ_BY_ANOTHER
    return None


def words(place: tuple[int, int]) -> str:
    """Sheet and line as people say them."""
    return f"{place[0]}/{place[1]}"
