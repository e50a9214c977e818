"""Numbered paper sheets as those see them who print them and read them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from som.kernel import audit, ids, scope, sql
from som.kernel.actors import Actor
from som.kernel.errors import NotFound
from som.sampling import rules
from som.sampling.queries.sessions import session as session_row
from som.sampling.rules import PrintedLine
from som.sampling.rules.sheets import Reading

SHEETS_PRINTED = 50
"""Sheets in one file: as many as a team takes along at once, with room."""


@dataclass(frozen=True, slots=True)
class SheetToRead:
    """A sheet of an open session on which two people do not agree yet, and what waits for whom.

    `first`: lines that nobody read. `mine`: those another read, for the actor to read a second time.
    `others`: those the actor read first. `differing`: those read differently, or not recorded.
    """

    id: int
    session: int
    place: str
    unit: int
    number: int
    printed_at: datetime
    lines: int
    first: int
    mine: int
    others: int
    differing: int


def sheets_to_read(
    *,
    by: Actor,
    session_id: int | None = None,
    before: tuple[datetime, int] | None = None,
    limit: int | None = 50,
) -> list[SheetToRead]:
    """The sheets of the actor's open sessions, or of one, that are to be read, the last printed first.

    `before` is the key of the last of the page before.
    """
    printed, last = before or (None, None)
    with scope.entered(by, "sampling.record") as units:
        return [
            SheetToRead(*line)
            for line in sql.rows(
                """
                SELECT s.id, n.id, n.place, n.unit_id, s.number, s.printed_at, l.lines, l.first,
                       l.mine, l.others, l.differing
                FROM sampling_sheet s JOIN sampling_session n ON n.id = s.session_id
                CROSS JOIN LATERAL (
                    SELECT count(*) AS lines, count(*) FILTER (WHERE o.first IS NULL) AS first,
                           count(*) FILTER (WHERE o.second IS NULL AND o.first IS NOT NULL
                                              AND o.first_by <> %(by)s) AS mine,
                           count(*) FILTER (WHERE o.second IS NULL AND o.first_by = %(by)s) AS others,
                           count(*) FILTER (WHERE o.second IS NOT NULL AND o.settled_at IS NULL)
                               AS differing,
                           count(o.settled_at) AS settled
                    FROM sampling_sheetline o WHERE o.sheet_id = s.id
                ) l
                WHERE n.closed_at IS NULL AND (%(all)s OR n.unit_id = ANY(%(units)s))
                  AND (%(session)s::int IS NULL OR n.id = %(session)s)
                  AND s.voided_at IS NULL AND l.settled < l.lines
                  AND (%(printed)s::timestamptz IS NULL
                       OR (s.printed_at, s.id) < (%(printed)s, %(last)s))
                ORDER BY s.printed_at DESC, s.id DESC LIMIT %(limit)s
                """,
                {
                    "by": by.name,
                    "session": session_id,
                    "all": units is None,
                    "units": sorted(units or ()),
                    "printed": printed,
                    "last": last,
                    "limit": limit,
                },
            )
        ]


@dataclass(frozen=True, slots=True)
class LineToRead:
    """A line of a sheet as its next reader may see it.

    `mine` is the actor's own reading. What another read, `other`, is told only where both were kept
    and differ: whoever has seen an answer does not read the paper any more. `second`: the actor's is
    the second reading. `fault`: why what both read was not recorded.
    """

    line: int
    tube: str
    slip: str
    read: bool
    settled: bool
    blank: bool
    second: bool
    mine: Reading | None
    other: Reading | None
    differing: tuple[str, ...]
    fault: str

    @property
    def state(self) -> str:
        """How far the line is, as a key of the table of states."""
        if self.settled:
            return "line_blank" if self.blank else "line_recorded"
        if self.differing or self.fault:
            return "differing"
        if not self.read:
            return "line_unread"
        return "line_second" if self.second else "line_read"


@dataclass(frozen=True, slots=True)
class SheetShown:
    """A numbered sheet with its lines."""

    number: int
    printed_at: datetime
    void_reason: str
    lines: tuple[LineToRead, ...]


def sheet(session_id: int, sheet_number: int, *, by: Actor, at: datetime) -> SheetShown:
    """A sheet for the actor to read; it is noted that it was opened.

    Raises `NotFound` outside the units where the actor records, and for a number never printed.
    """
    session_row(session_id, by=by)
    with scope.entered(by, "sampling.record") as units:
        found = sql.rows(
            """
            SELECT s.number, s.printed_at, s.void_reason, l.line, l.tube, l.slip, l.first::text,
                   l.first_by, l.second::text, l.second_by, l.differing, l.fault,
                   l.settled_at IS NOT NULL, s.id
            FROM sampling_sheet s JOIN sampling_session n ON n.id = s.session_id
            JOIN sampling_sheetline l ON l.sheet_id = s.id
            WHERE s.session_id = %s AND s.number = %s AND (%s OR n.unit_id = ANY(%s))
            ORDER BY l.line
            """,
            (session_id, sheet_number, units is None, sorted(units or ())),
        )
        if found:
            audit.record(
                by,
                "sampling.sheet",
                at=at,
                things=[found[0][13]],
                note={"session": session_id},
                kind=audit.READ,
            )
    if not found:
        raise NotFound(f"sheet {sheet_number}")
    lines = tuple(_line(by.name, *line[3:13]) for line in found)
    return SheetShown(*[*found[0][:3], lines])


def _line(
    me: str,
    line: int,
    tube: str,
    slip: str,
    first: str | None,
    first_by: str,
    second: str | None,
    second_by: str,
    differing: list[str],
    fault: str,
    settled: bool,
) -> LineToRead:
    one: Reading | None = json.loads(first) if first is not None else None
    other: Reading | None = json.loads(second) if second is not None else None
    mine = one if first_by == me else other if second_by == me else None
    theirs = other if first_by == me else one
    apart = one is not None and other is not None and not settled
    return LineToRead(
        line,
        tube,
        slip,
        read=one is not None,
        settled=settled,
        blank=one == {},
        second=one is not None and first_by != me,
        mine=None if settled else mine,
        other=theirs if apart else None,
        differing=tuple(differing),
        fault=fault,
    )


@dataclass(frozen=True, slots=True)
class SheetToPrint:
    """A sheet of which no line was read, with what is printed on its lines."""

    number: int
    lines: tuple[PrintedLine, ...]


def sheets_to_print(
    session_id: int, *, first: int, last: int, by: Actor, at: datetime
) -> list[SheetToPrint]:
    """These sheets of a session, as far as nothing was read on them; it is noted who read the slips.

    A sheet with readings is not printed again: its slips are in people's hands. Raises `NotFound`
    outside the units where the actor records.
    """
    session_row(session_id, by=by)
    with scope.entered(by, "sampling.record") as units:
        found = sql.rows(
            """
            SELECT s.number, array_agg(l.tube ORDER BY l.line), array_agg(l.slip ORDER BY l.line)
            FROM sampling_sheet s JOIN sampling_session n ON n.id = s.session_id
            JOIN sampling_sheetline l ON l.sheet_id = s.id
            WHERE s.session_id = %s AND s.number BETWEEN %s AND %s AND s.voided_at IS NULL
              AND (%s OR n.unit_id = ANY(%s))
            GROUP BY s.number HAVING count(l.first) = 0 ORDER BY s.number LIMIT %s
            """,
            (session_id, first, last, units is None, sorted(units or ()), SHEETS_PRINTED),
        )
        audit.record(
            by,
            "sampling.sheets_to_print",
            at=at,
            note={"session": session_id, "sheets": [line[0] for line in found]},
            kind=audit.READ,
        )
    return [
        SheetToPrint(number, tuple(map(PrintedLine, tubes, slips)))
        for number, tubes, slips in found
    ]


def next_sheet(session_id: int, *, by: Actor) -> int:
    """The number after the last sheet printed for a session."""
    session_row(session_id, by=by)
    return int(
        sql.rows(
            "SELECT coalesce(max(number), 0) + 1 FROM sampling_sheet WHERE session_id = %s",
            (session_id,),
        )[0][0]
    )


def labels_for_sheets(session_id: int, *, first: int | None, most: int, by: Actor) -> list[str]:
    """Codes of labels to print on a session's sheets, in their order: its handed-out ones or, from
    `first` on, any on a roll of the actor's units or in the session's hands.

    Not those in the hands of another session's team, on tubes in use, void, or printed on a line that
    is not settled yet. Raises `NotFound` outside the actor's units.
    """
    session_row(session_id, by=by)
    with scope.entered(by, "sampling.record") as units:
        return [
            ids.tube_code(serial)
            for (serial,) in sql.rows(
                """
                WITH runs AS (
                    SELECT h.first, h.last FROM sampling_handout h
                    WHERE h.session_id = %(session)s AND h.counted_at IS NULL
                    UNION ALL
                    SELECT r.first, r.last FROM sampling_roll r
                    WHERE %(first)s::int BETWEEN r.first AND r.last
                      AND (%(all)s OR r.unit_id = ANY(%(units)s)))
                SELECT DISTINCT g.serial FROM runs
                CROSS JOIN LATERAL (
                    SELECT g.serial FROM generate_series(
                        greatest(runs.first, coalesce(%(first)s::int, runs.first)), runs.last
                    ) AS g (serial)
                    WHERE NOT EXISTS (
                        SELECT 1 FROM sampling_tube t
                        WHERE t.code BETWEEN 'S' || lpad(g.serial::text, 9, '0')
                                         AND 'S' || lpad(g.serial::text, 9, '0') || '9'
                          AND t.scheme_id = %(own)s AND t.swabs > 0)
                      AND NOT EXISTS (
                        SELECT 1 FROM sampling_handout o
                        WHERE int4range(o.first, o.last, '[]') @> g.serial
                          AND o.counted_at IS NULL AND o.session_id <> %(session)s)
                      AND NOT EXISTS (SELECT 1 FROM sampling_voiding v
                                      WHERE int4range(v.first, v.last, '[]') @> g.serial)
                      AND NOT EXISTS (
                        SELECT 1 FROM sampling_sheetline l
                        WHERE l.settled_at IS NULL
                          AND l.tube BETWEEN 'S' || lpad(g.serial::text, 9, '0')
                                         AND 'S' || lpad(g.serial::text, 9, '0') || '9')
                    ORDER BY g.serial LIMIT %(most)s) g
                ORDER BY g.serial LIMIT %(most)s
                """,
                {
                    "session": session_id,
                    "first": first,
                    "all": units is None,
                    "units": sorted(units or ()),
                    "own": rules.OWN_SCHEME,
                    "most": most,
                },
            )
        ]
