"""Lists on their way in, and the rows of one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import Any

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.errors import NotFound
from som.kernel.outcomes import Refusal
from som.people.rules import DeclarationRefusal, NumberWarning
from som.places.rules import AddressReason
from som.sampling.lists.reasons import ListFault, RowRefusal, RowWarning
from som.sampling.lists.written import ListRow, RowRefused, retold
from som.sampling.rules.imports import (
    ImportRefusal,
    ListPurpose,
    ListRefusal,
    ListState,
    ResultRefusal,
    RowCaution,
)
from som.sampling.rules.plan import PlanRefusal
from som.sampling.rules.swabs import SwabRefusal

REASONS: Mapping[str, Refusal] = {
    str(one): one
    for family in (
        ListFault,
        ListRefusal,
        RowRefusal,
        RowWarning,
        ImportRefusal,
        ResultRefusal,
        RowCaution,
        DeclarationRefusal,
        NumberWarning,
        AddressReason,
        PlanRefusal,
        SwabRefusal,
    )
    for one in chain[Refusal](family)
}
"""What a list or row may be refused or looked at for, by the code that is kept of it."""


@dataclass(frozen=True, slots=True)
class ListLine:
    """A list and how far it has come. `target` is the campaign's name or the session's place.

    `columns` are the headings by what they mean, `unread` those of columns that mean nothing here.
    """

    id: int
    name: str
    unit: int
    purpose: ListPurpose
    target: str
    kind: str
    sheet: str
    columns: Mapping[str, str]
    day: date | None
    reason: str
    due_on: date | None
    state: ListState
    fault: str
    fault_detail: str
    rows: int | None
    judged: int
    done: int
    unchanged: int
    refused: int
    sent_at: datetime
    sent_by: str
    confirmed_at: datetime | None
    confirmed_by: str
    ended_at: datetime | None
    refused_ready: bool
    unread: tuple[str, ...] = ()

    @property
    def accounted(self) -> int:
        """Rows of which is known what became of them."""
        return self.done + self.unchanged + self.refused

    @property
    def percent(self) -> int:
        """How far the work in hand has come."""
        done = self.accounted if self.state == ListState.CONFIRMED else self.judged
        return min(100, 100 * done // self.rows) if self.rows else 0


_LIST = """
SELECT l.id, l.name, l.unit_id, l.purpose, coalesce(c.name, s.place, ''), l.kind, l.sheet,
       l.columns::text, l.day, l.reason, l.due_on, l.state, l.fault, l.fault_detail, l.rows, l.judged,
       l.done, l.unchanged, l.refused, l.sent_at, l.sent_by, l.confirmed_at, l.confirmed_by,
       l.ended_at, l.refused_file IS NOT NULL
FROM sampling_list l
LEFT JOIN sampling_campaign c ON c.id = l.campaign_id
LEFT JOIN sampling_session s ON s.id = l.session_id
"""


def _line(columns: tuple[Any, ...]) -> ListLine:
    values: list[Any] = list(columns)
    values[3], values[11] = ListPurpose(values[3]), ListState(values[11])
    headings: dict[str, str] = json.loads(values[7])
    values[7] = {name: text for name, text in headings.items() if name[0] != "+"}
    values.append(tuple(sorted(text for name, text in headings.items() if name[0] == "+")))
    return ListLine(*values)


def lists_sent(
    *, by: Actor, before: tuple[datetime, int] | None = None, limit: int = 50
) -> list[ListLine]:
    """Lists of the actor's units, newest first; `before` is the last page's last key."""
    sent_at, last = before or (None, None)
    with scope.entered(by, "sampling.read"):
        return [
            _line(line)
            for line in sql.rows(
                _LIST
                + """
                WHERE l.state <> 'dropped'
                  AND (%(at)s::timestamptz IS NULL OR (l.sent_at, l.id) < (%(at)s, %(last)s))
                ORDER BY l.sent_at DESC, l.id DESC LIMIT %(limit)s
                """,
                {"at": sent_at, "last": last, "limit": limit},
            )
        ]


def list_sent(list_id: int, *, by: Actor) -> ListLine:
    """One list. Raises `NotFound` outside the actor's units."""
    with scope.entered(by, "sampling.read"):
        found = sql.row(_LIST + " WHERE l.id = %s", (list_id,))
    if found is None:
        raise NotFound(f"list {list_id}")
    return _line(found)


@dataclass(frozen=True, slots=True)
class ListCounts:
    """How many rows of a list are what, by the preview or, once taken in, by what became of them."""

    rows: int = 0
    new: int = 0
    known: int = 0
    unchanged: int = 0
    refused: int = 0
    cautious: int = 0
    recent: int = 0
    done: int = 0


_ONLY = {
    "": "true",
    "new": "r.verdict = 'new'",
    "known": "r.verdict = 'known'",
    "unchanged": "CASE r.outcome WHEN '' THEN r.verdict ELSE r.outcome END = 'unchanged'",
    "refused": "CASE r.outcome WHEN '' THEN r.verdict ELSE r.outcome END = 'refused'",
    "cautious": "r.cautions <> '{}' AND r.verdict <> 'refused'",
    "recent": "r.swabbed_at IS NOT NULL",
    "done": "r.outcome = 'done'",
}
ONLY = tuple(_ONLY)
"""Which rows of a list may be asked for."""


def list_counts(list_id: int, *, by: Actor) -> ListCounts | None:
    """How many rows of this list are what; each figure opens the rows it counts.

    None where no row is seen.
    """
    names = ("new", "known", "unchanged", "refused", "cautious", "recent", "done")
    counts = ", ".join(f"count(*) FILTER (WHERE {_ONLY[name]})" for name in names)
    with scope.entered(by, "sampling.read"):
        found = sql.row(
            f"SELECT count(*), {counts} FROM sampling_listrow r WHERE r.list_id = %s", (list_id,)
        )
    return ListCounts(*found) if found and found[0] else None


@dataclass(frozen=True, slots=True)
class ListRowLine:
    """A row of a list with what the preview says of it and what became of it."""

    place: int
    row: int
    sheet: str
    said: ListRow | None
    verdict: str
    outcome: str
    reason: str
    field: str
    detail: str
    cautions: tuple[str, ...]
    residence: int | None
    swabbed_at: datetime | None


def list_rows(
    list_id: int, *, by: Actor, at: datetime, only: str = "", after: int = -1, limit: int = 100
) -> list[ListRowLine]:
    """The rows of a list in their order; `after` is the last page's last place."""
    with scope.entered(by, "sampling.read"):
        found = sql.rows(
            f"""
            SELECT r.place, r.row, r.sheet, r.said::text, r.verdict, r.outcome, r.reason, r.field,
                   r.detail, r.cautions, r.residence_id, r.swabbed_at, r.person_id
            FROM sampling_listrow r
            WHERE r.list_id = %s AND r.place > %s AND {_ONLY[only]}
            ORDER BY r.place LIMIT %s
            """,
            (list_id, after, limit),
        )
        audit.record(
            by,
            "sampling.list_rows",
            at=at,
            persons=[line[12] for line in found if line[12] is not None],
            things=[list_id],
            note={"rows": len(found), "only": only},
            kind=audit.READ,
        )
    return [
        ListRowLine(
            *[
                *line[:3],
                retold(said) if (said := json.loads(line[3])) else None,
                *line[4:9],
                tuple(line[9]),
                *line[10:12],
            ]
        )
        for line in found
    ]


def refused_file(list_id: int, *, by: Actor, at: datetime) -> tuple[str, bytes]:
    """The refused rows of a list in its own layout, with the name of the file it came as."""
    with scope.entered(by, "sampling.read"):
        found = sql.row(
            "SELECT name, refused_file FROM sampling_list WHERE id = %s"
            " AND refused_file IS NOT NULL",
            (list_id,),
        )
        if found is not None:
            audit.record(by, "sampling.refused_file", at=at, things=[list_id], kind=audit.READ)
    if found is None:
        raise NotFound(f"refused rows of list {list_id}")
    return found[0], bytes(found[1])


@dataclass(frozen=True, slots=True)
class ListTargets:
    """What a list may be for: campaigns and open sessions, each as code and words."""

    campaigns: tuple[tuple[str, str], ...]
    sessions: tuple[tuple[str, str], ...]


def list_targets(*, by: Actor, on: date, limit: int = 200) -> ListTargets:
    """The campaigns that go on and the open sessions within the actor's units, newest first.

    A commune sends its list for the province's campaign: those of units above count.
    """
    by.must("sampling.read")
    campaigns: list[tuple[str, str]] = []
    sessions: list[tuple[str, str]] = []
    if by.may("sampling.request"):
        units = by.units_for("sampling.request")
        campaigns = sql.rows(
            """
            SELECT c.code, c.name FROM sampling_campaign c
            WHERE (c.ends_on IS NULL OR c.ends_on >= %s) AND c.ended_at IS NULL
              AND (%s OR EXISTS (SELECT FROM places_coverage v
                                 WHERE v.unit_id = c.unit_id AND v.covered_id = ANY(%s)))
            ORDER BY c.starts_on DESC, c.id DESC LIMIT %s
            """,
            (on, units is None, sorted(units or ()), limit),
        )
    if by.may("sampling.record"):
        units = by.units_for("sampling.record")
        sessions = sql.rows(
            """
            SELECT s.code, concat_ws(' · ', s.place, nullif(s.team, ''),
                   to_char(s.starts_at AT TIME ZONE 'Asia/Ho_Chi_Minh', 'DD/MM/YYYY HH24:MI'))
            FROM sampling_session s
            WHERE s.closed_at IS NULL AND (%s OR s.unit_id = ANY(%s))
            ORDER BY s.starts_at DESC, s.id DESC LIMIT %s
            """,
            (units is None, sorted(units or ()), limit),
        )
    return ListTargets(tuple(campaigns), tuple(sessions))


def session_unit(code: str, *, by: Actor) -> int | None:
    """The unit of a session where this actor records swabs; None where there is no such one."""
    by.must("sampling.record")
    units = by.units_for("sampling.record")
    found = sql.row(
        "SELECT unit_id FROM sampling_session WHERE code = %s AND (%s OR unit_id = ANY(%s))",
        (code, units is None, sorted(units or ())),
    )
    return int(found[0]) if found else None


# For the worker


@dataclass(frozen=True, slots=True)
class ListAtWork:
    """A list that waits for the worker, and in whose name the next step is taken."""

    id: int
    state: ListState
    account: int | None
    refused: int


def lists_at_work(*, by: Actor) -> list[ListAtWork]:
    """The lists at which the worker has something to do, in the order in which they came.

    To be read, looked through or taken in; or their refused rows are to be written down.
    """
    with scope.entered(by, "sampling.read"):
        return [
            ListAtWork(line[0], ListState(line[1]), line[2], line[3])
            for line in sql.rows(
                """
                SELECT id, state, coalesce(confirmed_by_account, sent_by_account), refused
                FROM sampling_list
                WHERE state IN ('waiting', 'read', 'confirmed')
                   OR (state IN ('previewed', 'done') AND refused > refused_in_file)
                ORDER BY id
                """
            )
        ]


def list_content(list_id: int, *, by: Actor) -> tuple[str, ListPurpose, bytes]:
    """The file as it was sent, for the worker: its name, what it is for, its bytes."""
    with scope.entered(by, "sampling.read"):
        found = sql.row(
            "SELECT name, purpose, content FROM sampling_list WHERE id = %s", (list_id,)
        )
    if found is None:
        raise NotFound(f"list {list_id}")
    return found[0], ListPurpose(found[1]), bytes(found[2])


def rows_refused(list_id: int, *, by: Actor) -> list[RowRefused]:
    """The rows of a list refused so far, each with its reason, for the worker."""
    with scope.entered(by, "sampling.read"):
        found = sql.rows(
            f"""
            SELECT r.row, r.field, r.reason, r.detail, r.sheet FROM sampling_listrow r
            WHERE r.list_id = %s AND {_ONLY["refused"]} ORDER BY r.place
            """,
            (list_id,),
        )
    return [RowRefused(line[0], line[1], REASONS[line[2]], *line[3:]) for line in found]


def places_waiting(list_id: int, state: ListState, *, by: Actor, limit: int) -> list[int]:
    """The next rows of a list to be looked through or, once it is confirmed, to be taken in."""
    column = "outcome" if state is ListState.CONFIRMED else "verdict"
    with scope.entered(by, "sampling.read"):
        return [
            line[0]
            for line in sql.rows(
                f"SELECT place FROM sampling_listrow WHERE list_id = %s AND {column} = ''"
                " ORDER BY place LIMIT %s",
                (list_id, limit),
            )
        ]


def files_to_forget(*, by: Actor, before: datetime, limit: int, after: int = 0) -> list[int]:
    """Lists that ended before this time and whose files are still kept, by id, from the one `after`."""
    with scope.entered(by, "sampling.forget"):
        return [
            line[0]
            for line in sql.rows(
                "SELECT id FROM sampling_list WHERE forgotten_at IS NULL AND ended_at <= %s"
                " AND id > %s ORDER BY id LIMIT %s",
                (before, after, limit),
            )
        ]
