"""Numbered paper sheets: printed, read by one person, read again by another, and then recorded."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from som.kernel import audit, ids, scope, sql
from som.kernel.actors import NOBODY, Actor, second_person
from som.kernel.errors import Conflict, NotFound
from som.kernel.outcomes import Outcome, Refused, once
from som.sampling import rules
from som.sampling.commands.swabs import record_swabs
from som.sampling.queries.labels import labels_elsewhere, labels_issued, labels_void
from som.sampling.rules import (
    Kept,
    LineRead,
    LineState,
    PrintedLine,
    SheetRefusal,
    SheetVoidReason,
    SwabTaken,
)
from som.sampling.rules.sheets import judged


@dataclass(frozen=True, slots=True)
class SheetWanted:
    """A numbered sheet of a session with what is printed on its lines."""

    number: int
    lines: tuple[PrintedLine, ...]


@dataclass(frozen=True, slots=True)
class SheetVoid:
    """A sheet that will not be entered, and why."""

    number: int
    reason: SheetVoidReason


def print_sheets(
    sheets: Sequence[SheetWanted], *, session: str, by: Actor, at: datetime
) -> Outcome[SheetWanted]:
    """Note which numbered sheets were printed for this session, line by line.

    Refuses a number printed with other lines, too many lines, tube codes that nobody here may use,
    labels in the hands of another session's team, and slips that are unreadable or on other paper.
    Locks the session, so that it is not closed.
    """
    outcome: Outcome[SheetWanted] = Outcome()
    with scope.entered(by, "sampling.record") as units:
        here = _open_session(session, units)
        sql.execute("LOCK TABLE sampling_sheet IN SHARE ROW EXCLUSIVE MODE")
        held = _printed(here[0], [s.number for s in sheets])
        lines = [line for sheet in sheets for line in sheet.lines]
        schemes = [
            rules.Scheme(*line)
            for line in sql.rows("SELECT id, pattern, issuer_id FROM sampling_scheme ORDER BY id")
        ]
        serials = [n for line in lines if (n := ids.tube_serial(line.tube)) is not None]
        issued, void = labels_issued(serials, units), labels_void(serials)
        elsewhere = labels_elsewhere(serials, here[0])
        taken = {
            row[0]
            for row in sql.rows(
                "SELECT * FROM sampling_slips_printed(%s::text[])",
                ([ids.slip_code(line.slip) or "" for line in lines if line.slip],),
            )
        }
        new: list[SheetWanted] = []
        for given in sheets:
            found = _as_kept(given.lines)
            slips = [line.slip for line in found if line.slip]
            if given.number in held:
                if held[given.number] == found:
                    outcome.unchanged.append(given)
                else:
                    outcome.refused.append(
                        Refused(given, SheetRefusal.NUMBER_TAKEN, str(given.number))
                    )
                continue
            fault = _fault_of_lines(given, schemes, issued, void, elsewhere)
            if fault is not None:
                outcome.refused.append(Refused(given, *fault))
            elif twice := next((s for s in slips if s in taken or slips.count(s) > 1), ""):
                outcome.refused.append(Refused(given, SheetRefusal.SLIP_USED, twice))
            else:
                held[given.number] = found
                taken |= set(slips)
                new.append(given)
                outcome.done.append(given)
        _insert_sheets(new, here, by, at)
        audit.record(
            by,
            "sampling.print_sheets",
            at=at,
            note={"session": here[0], "sheets": [s.number for s in new]},
        )
    return outcome


def _open_session(code: str, units: frozenset[int] | None) -> tuple[int, int]:
    """Id and unit of the session if this actor samples there and it is open; shared lock."""
    found = sql.row(
        "SELECT id, unit_id, closed_at FROM sampling_session WHERE code = %s FOR SHARE", (code,)
    )
    if found is None or (units is not None and found[1] not in units):
        raise NotFound(f"session {code}")
    if found[2] is not None:
        raise Conflict(f"session {code} is closed")
    return found[0], found[1]


def _as_kept(lines: Sequence[PrintedLine]) -> tuple[PrintedLine, ...]:
    return tuple(PrintedLine(x.tube, ids.slip_code(x.slip) or x.slip) for x in lines)


def _printed(session: int, numbers: Sequence[int]) -> dict[int, tuple[PrintedLine, ...]]:
    """Sheets of this session by number, with what is printed on their lines."""
    found: dict[int, tuple[PrintedLine, ...]] = {}
    for number, tube, slip in sql.rows(
        """
        SELECT s.number, l.tube, l.slip
        FROM sampling_sheet s JOIN sampling_sheetline l ON l.sheet_id = s.id
        WHERE s.session_id = %s AND s.number = ANY(%s) ORDER BY s.number, l.line
        """,
        (session, list(numbers)),
    ):
        found[number] = (*found.get(number, ()), PrintedLine(tube, slip))
    return found


def _fault_of_lines(
    given: SheetWanted,
    schemes: Sequence[rules.Scheme],
    issued: frozenset[int],
    void: frozenset[int],
    elsewhere: frozenset[int],
) -> tuple[SheetRefusal, str] | None:
    if not 1 <= len(given.lines) <= rules.MOST_LINES or not 1 <= given.number < 2**31:
        return SheetRefusal.LINES_IMPOSSIBLE, str(rules.MOST_LINES)
    for line in given.lines:
        if line.slip and ids.slip_code(line.slip) is None:
            return SheetRefusal.SLIP_UNREADABLE, line.slip
        if not line.tube:
            continue
        serial = ids.tube_serial(line.tube)
        if rules.scheme_of(line.tube, schemes) is None or (
            serial is not None and serial not in issued
        ):
            return SheetRefusal.TUBE_UNKNOWN, line.tube
        if serial in void:
            return SheetRefusal.TUBE_VOID, line.tube
        if serial in elsewhere:
            return SheetRefusal.TUBE_ELSEWHERE, line.tube
    return None


def _insert_sheets(
    new: Sequence[SheetWanted], here: tuple[int, int], by: Actor, at: datetime
) -> None:
    session, unit = here
    sql.execute(
        "INSERT INTO sampling_sheet (session_id, number, printed_at, printed_by, void_reason,"
        " voided_by) SELECT %s, g.number, %s, %s, '', '{}' FROM unnest(%s::int[]) AS g (number)",
        (session, at, by.name, [s.number for s in new]),
    )
    lines = [
        (sheet.number, place, line.tube, line.slip)
        for sheet in new
        for place, line in enumerate(_as_kept(sheet.lines), start=1)
    ]
    columns = list(zip(*lines, strict=True)) or [()] * 4
    sql.execute(
        """
        INSERT INTO sampling_sheetline
            (unit_ids, sheet_id, line, tube, slip, first_by, second_by, differing, fault)
        SELECT ARRAY[%s], s.id, g.line, g.tube, g.slip, '', '', '{}', ''
        FROM unnest(%s::int[], %s::smallint[], %s::text[], %s::text[])
             AS g (number, line, tube, slip)
        JOIN sampling_sheet s ON s.session_id = %s AND s.number = g.number
        """,
        (unit, *[list(column) for column in columns], session),
    )


def enter_sheets(
    lines: Sequence[LineRead], *, session: str, by: Actor, at: datetime
) -> Outcome[LineRead]:
    """Take down what one person reads on the lines of numbered sheets.

    Nothing is recorded yet: that takes the same reading by another person. Whoever read a line may
    read it again; where the second reading differs, that is what both must do. Refuses what
    `rules.SheetRefusal` names. Locks the session against closing, then sheets and lines in their order.
    """
    return _read(lines, session=session, second=False, by=by, at=at)


def reenter_sheets(
    lines: Sequence[LineRead], *, session: str, by: Actor, at: datetime
) -> Outcome[LineRead]:
    """Take down what a second person reads, and record the swabs of the lines on which both agree.

    Where they differ the reading is kept, the fields are named, and nothing is recorded until both
    agree: such a line is refused with these names. So is one whose swab is refused, with that
    reason. A line both found blank is settled. A line already settled stays as it is.
    """
    return _read(lines, session=session, second=True, by=by, at=at)


def _read(
    lines: Sequence[LineRead], *, session: str, second: bool, by: Actor, at: datetime
) -> Outcome[LineRead]:
    outcome: Outcome[LineRead] = Outcome()
    with scope.entered(by, "sampling.record") as units:
        here, _ = _open_session(session, units)
        states = _lines(here, lines)
        kept = judged(once(lines), states, by=by.name, second=second, outcome=outcome)
        agreed = [k for k in kept if k.differing == ()]
        swabs = list(dict.fromkeys(k.read.swab for k in agreed if k.read.swab is not None))
        faults: dict[SwabTaken, Refused[SwabTaken]] = {}
        if swabs:
            # Locked lines first, swabs then: as everybody does who reads sheets.
            recorded = record_swabs(swabs, session=session, by=by, at=at)
            faults = {refused.item: refused for refused in recorded.refused}
        for one in kept:
            fault = faults.get(one.read.swab) if one.read.swab else None
            if one.differing:
                names = ", ".join(one.differing)
                outcome.refused.append(
                    Refused(one.read, SheetRefusal.READINGS_DIFFER, f"{_place(one)}: {names}")
                )
            elif fault is not None:
                outcome.refused.append(Refused(one.read, fault.reason, fault.detail))
            else:
                outcome.done.append(one.read)
        _keep(kept, faults, second=second, by=by, at=at)
        audit.record(
            by,
            "sampling.reenter_sheets" if second else "sampling.enter_sheets",
            at=at,
            things=[k.state.id for k in kept],
            note={"session": here, "refused": len(outcome.refused)},
        )
    return outcome


def _place(kept: Kept) -> str:
    return f"{kept.read.sheet}/{kept.read.line}"


def _lines(session: int, reads: Sequence[LineRead]) -> dict[tuple[int, int], LineState]:
    """The lines that were read, locked in the order of sheet and line."""
    return {
        (line[0], line[1]): LineState(
            id=line[2],
            tube=line[3],
            slip=line[4],
            void=line[5],
            settled=line[6],
            first=json.loads(line[7]) if line[7] is not None else None,
            first_by=line[8],
            second=json.loads(line[9]) if line[9] is not None else None,
            second_by=line[10],
        )
        for line in sql.rows(
            """
            SELECT s.number, l.line, l.id, l.tube, l.slip, s.voided_at IS NOT NULL,
                   l.settled_at IS NOT NULL, l.first::text, l.first_by, l.second::text, l.second_by
            FROM sampling_sheet s JOIN sampling_sheetline l ON l.sheet_id = s.id
            WHERE s.session_id = %s
              AND (s.number, l.line) IN (SELECT * FROM unnest(%s::int[], %s::int[]))
            ORDER BY s.number, l.line FOR SHARE OF s FOR UPDATE OF l
            """,
            (session, [r.sheet for r in reads], [r.line for r in reads]),
        )
    }


def _keep(
    kept: Sequence[Kept],
    faults: dict[SwabTaken, Refused[SwabTaken]],
    *,
    second: bool,
    by: Actor,
    at: datetime,
) -> None:
    """Write the readings down, and what came of them."""
    which = "second" if second else "first"
    faulty = [faults[k.read.swab].reason if k.read.swab in faults else "" for k in kept]
    sql.execute(
        f"""
        UPDATE sampling_sheetline l
        SET {which} = g.reading::jsonb, {which}_by = %s, {which}_at = %s,
            differing = coalesce(string_to_array(nullif(g.differing, ''), ','), '{{}}'),
            fault = g.fault, settled_at = CASE WHEN g.settled THEN %s END, swab_id = w.id
        FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::boolean[], %s::text[])
             AS g (id, reading, differing, fault, settled, slip)
        LEFT JOIN sampling_swab w ON w.slip = g.slip AND g.settled
        WHERE l.id = g.id
        """,
        (
            by.name,
            at,
            at,
            [k.state.id for k in kept],
            [json.dumps(k.reading) for k in kept],
            [",".join(k.differing or ()) for k in kept],
            faulty,
            [k.differing == () and not fault for k, fault in zip(kept, faulty, strict=True)],
            [k.reading.get("slip", "") for k in kept],
        ),
    )


def void_sheets(
    sheets: Sequence[SheetVoid],
    *,
    session: str,
    witness: Actor | None = None,
    by: Actor,
    at: datetime,
) -> Outcome[SheetVoid]:
    """Note numbered sheets that will not be entered, so that each number is accounted for.

    Refuses a sheet that is not this session's, one of which lines were read, unless it was lost, and
    a loss that no second person of the place says too. Lines read of a lost sheet stay, for whoever
    looks for these people. Locks the session against closing, then the sheets by number.
    """
    outcome: Outcome[SheetVoid] = Outcome()
    with scope.entered(by, "sampling.record") as units:
        here, unit = _open_session(session, units)
        held = {
            line[0]: line[1:]
            for line in sql.rows(
                "SELECT number, id, void_reason FROM sampling_sheet"
                " WHERE session_id = %s AND number = ANY(%s) ORDER BY number FOR UPDATE",
                (here, [s.number for s in sheets]),
            )
        }
        # After the locks: a reading under way must be seen.
        read = {
            line[0]
            for line in sql.rows(
                "SELECT DISTINCT sheet_id FROM sampling_sheetline"
                " WHERE sheet_id = ANY(%s) AND first IS NOT NULL",
                ([sheet for sheet, _ in held.values()],),
            )
        }
        second = second_person(witness, beside=by)
        new: dict[int, SheetVoid] = {}
        for given in sheets:
            number, reason = str(given.number), given.reason
            sheet = held.get(given.number)
            if sheet is None:
                outcome.refused.append(Refused(given, SheetRefusal.LINE_UNKNOWN, number))
                continue
            before = new[given.number].reason if given.number in new else sheet[1]
            if before == reason:
                outcome.unchanged.append(given)
            elif before:
                outcome.refused.append(Refused(given, SheetRefusal.SHEET_VOID, number))
            elif sheet[0] in read and reason is not SheetVoidReason.LOST:
                outcome.refused.append(Refused(given, SheetRefusal.IN_USE, number))
            elif reason is SheetVoidReason.LOST and second is NOBODY:
                outcome.refused.append(Refused(given, SheetRefusal.WITNESS))
            elif reason is SheetVoidReason.LOST and not second.holds(unit=unit):
                outcome.refused.append(Refused(given, SheetRefusal.WITNESS_STRANGE, second.name))
            else:
                new[given.number] = given
                outcome.done.append(given)
        said_by = [by.name] if second is NOBODY else [by.name, second.name]
        sql.execute(
            """
            UPDATE sampling_sheet s
            SET voided_at = %s, void_reason = g.reason, voided_by = %s::text[]
            FROM unnest(%s::int[], %s::text[]) AS g (id, reason)
            WHERE s.id = g.id
            """,
            (at, said_by, [held[n][0] for n in new], [v.reason for v in new.values()]),
        )
        audit.record(
            by,
            "sampling.void_sheets",
            at=at,
            note={
                "session": here,
                "sheets": [[n, v.reason] for n, v in new.items()],
                "by": said_by,
            },
        )
    return outcome
