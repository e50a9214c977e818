"""What the worker reads in lists: their layout, their rows, and what it could not do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime

from django.conf import settings

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refused
from som.sampling.commands.imports.locked import locked_list, locked_lists
from som.sampling.lists.written import ListRow, RowRefused, WrittenList
from som.sampling.rules.imports import ImportRefusal, ListPurpose, ListRefusal, ListState, key_of


@dataclass(frozen=True, slots=True)
class Reading:
    """What the worker read in a list: its layout and how many rows; or why it is no list.

    `unread` are the headings of columns that have no place with us.
    """

    list_id: int
    kind: str = ""
    sheet: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    day: date | None = None
    rows: int = 0
    fault: str = ""
    detail: str = ""
    unread: tuple[str, ...] = ()

    @property
    def headings(self) -> dict[str, str]:
        """The headings by what they mean; one that means nothing here by itself, after a plus."""
        return {**self.columns, **{f"+{heading}": heading for heading in self.unread}}


def note_readings(readings: Sequence[Reading], *, by: Actor, at: datetime) -> Outcome[Reading]:
    """Note what was read in these lists, before their rows are noted.

    A list with a fault ends there as unreadable. One that was read already stays as it is. Locks
    the lists in the order of their ids.
    """
    outcome: Outcome[Reading] = Outcome()
    with scope.entered(by, "people.register"):
        held = locked_lists([r.list_id for r in readings])
        new: dict[int, Reading] = {}
        for given in readings:
            found = held.get(given.list_id)
            if found is None:
                outcome.refused.append(Refused(given, ListRefusal.UNKNOWN))
            elif (
                found.state is not ListState.WAITING
                or found.rows is not None
                or given.list_id in new
            ):
                outcome.unchanged.append(given)
            else:
                new[given.list_id] = given
                outcome.done.append(given)
        sql.execute(
            """
            UPDATE sampling_list l
            SET kind = g.kind, sheet = g.sheet, columns = g.columns::jsonb, day = g.day,
                rows = g.rows, fault = g.fault, fault_detail = g.detail,
                state = CASE WHEN g.fault <> '' THEN 'unreadable'
                             WHEN g.rows = 0 THEN 'previewed' ELSE l.state END,
                ended_at = CASE WHEN g.fault <> '' THEN %s::timestamptz END
            FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::date[], %s::int[],
                        %s::text[], %s::text[])
                 AS g (id, kind, sheet, columns, day, rows, fault, detail)
            WHERE l.id = g.id
            """,
            (
                at,
                list(new),
                [r.kind for r in new.values()],
                [r.sheet for r in new.values()],
                [json.dumps(r.headings, ensure_ascii=False) for r in new.values()],
                [r.day for r in new.values()],
                [r.rows for r in new.values()],
                [r.fault for r in new.values()],
                [r.detail for r in new.values()],
            ),
        )
        audit.record(by, "sampling.note_readings", at=at, things=list(new))
    return outcome


@dataclass(frozen=True, slots=True)
class RowRead:
    """A row as it was read: what it says, or why it is no row. `place` counts rows from 0."""

    place: int
    read: ListRow | RowRefused


def placed(written: WrittenList) -> list[RowRead]:
    """The rows of a list in the order of its sheets, read and refused alike."""
    every: list[ListRow | RowRefused] = [*written.rows, *written.refused]
    sheets = {sheet: n for n, sheet in enumerate(dict.fromkeys(row.sheet for row in every))}
    every.sort(key=lambda row: (sheets[row.sheet], row.row))
    return [RowRead(place, row) for place, row in enumerate(every)]


def note_rows(
    rows: Sequence[RowRead], *, list_id: int, by: Actor, at: datetime
) -> Outcome[RowRead]:
    """Note rows of a list that is being read; with the last of them the list is read.

    Refuses a place the list has not. A row already noted stays as it is, so that reading goes on
    after a crash. Locks the list.
    """
    outcome: Outcome[RowRead] = Outcome()
    with scope.entered(by, "people.register"):
        here = locked_list(list_id)
        if here.state is not ListState.WAITING or here.rows is None:
            outcome.unchanged.extend(rows)
            return outcome
        secret = settings.SECRET_KEY.encode()
        in_tubes = here.purpose is ListPurpose.SWABS
        new: dict[int, RowRead] = {}
        for given in rows:
            if not 0 <= given.place < here.rows:
                outcome.refused.append(Refused(given, ImportRefusal.ROW_UNKNOWN, str(given.place)))
            elif given.place in new:
                outcome.unchanged.append(given)
            else:
                new[given.place] = given
        refused = {p: r.read for p, r in new.items() if isinstance(r.read, RowRefused)}
        said = {p: r.read for p, r in new.items() if isinstance(r.read, ListRow)}
        # One text in place of arrays: each value of an array would be quoted by itself.
        told = [
            {
                "place": place,
                "row": given.read.row,
                "sheet": given.read.sheet,
                "key": key_of(said[place], where=here.where, in_tubes=in_tubes, secret=secret)
                if place in said
                else "",
                "said": said[place].told() if place in said else _who(refused[place]),
                "reason": str(refused[place].reason) if place in refused else "",
                "field": refused[place].column if place in refused else "",
                "detail": refused[place].detail if place in refused else "",
            }
            for place, given in new.items()
        ]
        made = {
            line[0]
            for line in sql.rows(
                """
                INSERT INTO sampling_listrow
                    (unit_ids, list_id, place, row, sheet, key, said, verdict, outcome, reason,
                     field, detail, cautions)
                SELECT %s, %s, g.place, g.row, g.sheet, g.key, g.said,
                       CASE g.reason WHEN '' THEN '' ELSE 'refused' END,
                       CASE g.reason WHEN '' THEN '' ELSE 'refused' END,
                       g.reason, g.field, g.detail, '{}'
                FROM jsonb_to_recordset(%s::jsonb)
                     AS g (place int, row int, sheet text, key text, said jsonb, reason text,
                           field text, detail text)
                ON CONFLICT (list_id, place) DO NOTHING RETURNING place
                """,
                (list(here.unit_ids), list_id, json.dumps(told, ensure_ascii=False)),
            )
        }
        for place, given in new.items():
            (outcome.done if place in made else outcome.unchanged).append(given)
        # Rows that could not be read need no look and end there.
        (state,) = sql.rows(
            """
            UPDATE sampling_list
            SET noted = noted + %(made)s, judged = judged + %(refused)s,
                refused = refused + %(refused)s,
                state = CASE WHEN noted + %(made)s < rows THEN state
                             WHEN judged + %(refused)s = rows THEN 'previewed' ELSE 'read' END
            WHERE id = %(list)s RETURNING state
            """,
            {
                "made": len(made),
                "refused": sum(place in made for place in refused),
                "list": list_id,
            },
        )[0]
        sql.execute(
            """
            UPDATE sampling_listrow r SET same_as = s.row
            FROM (SELECT id, place, first_value(row) OVER w AS row,
                         first_value(place) OVER w AS first
                  FROM sampling_listrow WHERE list_id = %s AND key <> '' AND %s <> 'waiting'
                  WINDOW w AS (PARTITION BY key ORDER BY place)) AS s
            WHERE r.id = s.id AND s.first < s.place
            """,
            (list_id, state),
        )
        audit.record(
            by, "sampling.note_rows", at=at, things=[list_id], note={"rows": len(outcome.done)}
        )
    return outcome


def _who(refused: RowRefused) -> dict[str, object]:
    """Of whom a row speaks that could not be read, as far as it says."""
    return {"row": refused.row, "name": refused.name} if refused.name else {}


@dataclass(frozen=True, slots=True)
class Halt:
    """That the work on a list cannot go on, and why."""

    list_id: int
    fault: ListRefusal
    detail: str = ""


def stop_lists(halts: Sequence[Halt], *, by: Actor, at: datetime) -> Outcome[Halt]:
    """Note that the work on lists cannot go on; one that is being taken in may be confirmed again.

    A list at which nothing is done stays as it is. Locks the lists in the order of their ids.
    """
    outcome: Outcome[Halt] = Outcome()
    with scope.entered(by, "sampling.record"):
        held = locked_lists([h.list_id for h in halts])
        new: dict[int, Halt] = {}
        for given in halts:
            here = held.get(given.list_id)
            if here is None:
                outcome.refused.append(Refused(given, ListRefusal.UNKNOWN, str(given.list_id)))
            elif not here.state.at_work or given.list_id in new:
                outcome.unchanged.append(given)
            else:
                new[given.list_id] = given
                outcome.done.append(given)
        sql.execute(
            """
            UPDATE sampling_list l
            SET state = CASE l.state WHEN 'confirmed' THEN 'stopped' ELSE 'unreadable' END,
                fault = g.fault, fault_detail = g.detail
            FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS g (id, fault, detail)
            WHERE l.id = g.id
            """,
            (
                list(new),
                [h.fault for h in new.values()],
                [h.detail for h in new.values()],
            ),
        )
        audit.record(by, "sampling.stop_lists", at=at, things=list(new))
    return outcome


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A list's refused rows, so many, in its own layout; None where they could not be written."""

    list_id: int
    rows: int
    content: bytes | None

    @property
    def digest(self) -> bytes | None:
        """What tells this file from every other."""
        return None if self.content is None else hashlib.sha256(self.content).digest()


def keep_refused_files(
    files: Sequence[RefusedFile], *, by: Actor, at: datetime
) -> Outcome[RefusedFile]:
    """Keep the refused rows of lists, ready to be downloaded, mended and sent again.

    The same rows again change nothing; of two files for one list the last is kept. Locks the lists
    in the order of their ids.
    """
    outcome: Outcome[RefusedFile] = Outcome()
    with scope.entered(by, "sampling.record"):
        held = locked_lists([f.list_id for f in files])
        digests = {
            line[0]: (line[1], bytes(line[2]) if line[2] is not None else None)
            for line in sql.rows(
                "SELECT id, refused_in_file, sha256(refused_file) FROM sampling_list"
                " WHERE id = ANY(%s)",
                (list(held),),
            )
        }
        kept: dict[int, RefusedFile] = {}
        for given in files:
            here = held.get(given.list_id)
            if here is None or here.state is ListState.DROPPED:
                outcome.refused.append(Refused(given, ListRefusal.UNKNOWN, str(given.list_id)))
            elif digests[given.list_id] == (given.rows, given.digest):
                outcome.unchanged.append(given)
            else:
                kept[given.list_id] = given
                digests[given.list_id] = (given.rows, given.digest)
                outcome.done.append(given)
        sql.execute(
            """
            UPDATE sampling_list l SET refused_file = g.content, refused_in_file = g.rows
            FROM unnest(%s::bigint[], %s::bytea[], %s::int[]) AS g (id, content, rows)
            WHERE l.id = g.id
            """,
            (list(kept), [f.content for f in kept.values()], [f.rows for f in kept.values()]),
        )
        audit.record(by, "sampling.keep_refused_files", at=at, things=list(kept))
    return outcome


_LOCK_SPACE = 0x50A1 << 48
"""Advisory locks of this file; ids of lists stay far below."""


@contextmanager
def alone_with(list_id: int) -> Iterator[bool]:
    """Whether no other worker has this list in hand, and none takes it until this ends.

    The lock ends with the connection: the list of a worker that was killed waits for nobody.
    """
    (held,) = sql.row("SELECT pg_try_advisory_lock(%s)", (_LOCK_SPACE + list_id,)) or (False,)
    try:
        yield held
    finally:
        if held:
            sql.row("SELECT pg_advisory_unlock(%s)", (_LOCK_SPACE + list_id,))
