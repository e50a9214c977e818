"""What other laboratories reported: the inbox, one report, and what waits for the worker."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.errors import NotFound
from som.results.rules import Stopped
from som.sampling.lists.written import ListRow, retold


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A report with how many of its rows are what."""

    id: int
    unit: int
    sender: str
    name: str
    kind: str
    list: int | None
    rows: int
    noted: int
    received_by: str
    received_at: datetime
    fault: str
    file_kept: bool
    counts: dict[str, int]

    @property
    def whole(self) -> bool:
        """Whether every row is there."""
        return self.noted >= self.rows

    @property
    def at_work(self) -> bool:
        """Whether the worker is still to note rows of it."""
        return not self.whole and not self.fault

    @property
    def percent(self) -> int:
        """How far the worker is with its rows."""
        return 100 * self.noted // self.rows


_REPORT = """
SELECT r.id, r.unit_id, o.name, r.name, r.kind, r.list_id, r.rows, r.noted, r.received_by,
       r.received_at, r.fault, r.forgotten_at IS NULL,
       (SELECT coalesce(jsonb_object_agg(g.state, g.n), '{}')::text FROM (
            SELECT d.state, count(*) AS n FROM results_reported d
            WHERE d.report_id = r.id GROUP BY d.state) g)
FROM results_report r JOIN places_organisation o ON o.id = r.sender_id
"""


def _line(line: tuple[Any, ...]) -> ReportLine:
    return ReportLine(*[*line[:12], json.loads(line[12])])


def reports_received(
    *, by: Actor, before: tuple[datetime, int] | None = None, limit: int = 50
) -> list[ReportLine]:
    """Reports of the actor's units, newest first; `before` is the last page's last key."""
    received_at, last = before or (None, None)
    with scope.entered(by, "results.receive_reports"):
        return [
            _line(line)
            for line in sql.rows(
                _REPORT
                + """
                WHERE %(at)s::timestamptz IS NULL OR (r.received_at, r.id) < (%(at)s, %(last)s)
                ORDER BY r.received_at DESC, r.id DESC LIMIT %(limit)s
                """,
                {"at": received_at, "last": last, "limit": limit},
            )
        ]


def report_received(report_id: int, *, by: Actor) -> ReportLine:
    """One report. Raises `NotFound` outside the actor's units."""
    with scope.entered(by, "results.receive_reports"):
        found = sql.row(_REPORT + " WHERE r.id = %s", (report_id,))
    if found is None:
        raise NotFound(f"report {report_id}")
    return _line(found)


def report_of_list(list_id: int, *, by: Actor) -> ReportLine | None:
    """The report as which this list was taken in, if it was."""
    with scope.entered(by, "results.receive_reports"):
        found = sql.row(_REPORT + " WHERE r.list_id = %s ORDER BY r.id DESC LIMIT 1", (list_id,))
    return _line(found) if found else None


@dataclass(frozen=True, slots=True)
class ReportedLine:
    """A row of a report as a receiver sees it. `answer`: the last answer to its swab, if one is."""

    id: int
    report: int
    sender: str
    place: int
    row: int
    sheet: str
    key: str
    said: ListRow | None
    value: str
    method: str
    ct: Decimal | None
    taken_at: datetime
    tested_on: date
    residence: int | None
    state: str
    reason: str
    field: str
    detail: str
    tube: int | None
    swab: int | None
    person: int | None
    received_by: str
    decided_by: str
    decided_at: datetime | None
    decision: str
    released_by: str
    released_at: datetime | None
    answer: str | None
    before: str | None
    """What the sender had said before."""


_ROW = """
SELECT d.id, d.report_id, o.name, d.place, d.row, d.sheet, d.key, d.said::text, d.value, d.method,
       d.ct, d.taken_at, d.tested_on, d.residence_id, d.state, d.reason, d.field, d.detail,
       d.tube_id, d.swab_id, d.person_id, r.received_by, d.decided_by, d.decided_at, d.decision,
       d.released_by, d.released_at,
       (SELECT a.value FROM results_result a WHERE a.swab_id = d.swab_id
        ORDER BY a.version DESC LIMIT 1),
       b.value
FROM results_reported d JOIN results_report r ON r.id = d.report_id
JOIN places_organisation o ON o.id = r.sender_id
LEFT JOIN results_reported b ON b.id = d.before_id
"""


def _row(line: tuple[Any, ...]) -> ReportedLine:
    said = retold(json.loads(line[7])) if line[7] != "{}" else None
    return ReportedLine(*[*line[:7], said, *line[8:]])


def reported_rows(
    report_id: int, *, by: Actor, at: datetime, only: str = "", after: int = -1, limit: int = 100
) -> list[ReportedLine]:
    """The rows of a report in their order; `after` is the last page's last place."""
    with scope.entered(by, "results.receive_reports"):
        found = sql.rows(
            _ROW
            + """
            WHERE d.report_id = %s AND d.place > %s AND (%s = '' OR d.state = %s)
            ORDER BY d.place LIMIT %s
            """,
            (report_id, after, only, only, limit),
        )
        _noted(found, by, at)
    return [_row(line) for line in found]


def refused_of_report(report_id: int, *, by: Actor, at: datetime) -> list[tuple[Any, ...]]:
    """The refused rows of a report: row, sheet, field, reason, detail, and what was decided."""
    with scope.entered(by, "results.receive_reports"):
        found = sql.rows(
            "SELECT row, sheet, field, reason, detail, decision FROM results_reported"
            " WHERE report_id = %s AND state = 'refused' ORDER BY place",
            (report_id,),
        )
        audit.record(by, "results.refused_of_report", at=at, things=[report_id], kind=audit.READ)
    return found


def reported_in_state(
    state: str, *, by: Actor, at: datetime, after: int = 0, limit: int = 100
) -> list[ReportedLine]:
    """Rows of all reports in this state, oldest first; `after` is the last page's last id."""
    with scope.entered(by, "results.receive_reports"):
        found = sql.rows(
            _ROW + " WHERE d.state = %s AND d.id > %s ORDER BY d.id LIMIT %s", (state, after, limit)
        )
        _noted(found, by, at)
    return [_row(line) for line in found]


def reported_row(reported_id: int, *, by: Actor, at: datetime) -> ReportedLine:
    """One row of a report. Raises `NotFound` outside the actor's units."""
    with scope.entered(by, "results.receive_reports"):
        found = sql.rows(_ROW + " WHERE d.id = %s", (reported_id,))
        _noted(found, by, at)
    if not found:
        raise NotFound(f"reported row {reported_id}")
    return _row(found[0])


def _noted(found: list[tuple[Any, ...]], by: Actor, at: datetime) -> None:
    audit.record(
        by,
        "results.reported_rows",
        at=at,
        persons=[line[20] for line in found if line[20] is not None],
        things=[line[0] for line in found],
        kind=audit.READ,
    )


def reported_by_state(*, by: Actor) -> dict[str, int]:
    """How many rows wait for a person or for their release."""
    with scope.entered(by, "results.receive_reports"):
        return dict(
            sql.rows(
                "SELECT state, count(*) FROM results_reported"
                " WHERE state IN ('review', 'waiting') GROUP BY state"
            )
        )


def reports_at_work(*, by: Actor) -> list[int]:
    """Reports whose rows are still to be noted, in the order in which they came."""
    with scope.entered(by, "results.receive_reports"):
        return [
            line[0]
            for line in sql.rows(
                "SELECT id FROM results_report WHERE noted < rows AND fault = '' ORDER BY id"
            )
        ]


def reports_stopped(*, by: Actor) -> list[Stopped]:
    """Reports that could not be read to their end, until the sender's next one of the unit was or
    the time of their files is over.
    """
    with scope.entered(by, "results.receive_reports"):
        return [
            Stopped(*line)
            for line in sql.rows(
                """
                SELECT r.id, o.name, r.unit_id
                FROM results_report r JOIN places_organisation o ON o.id = r.sender_id
                WHERE r.fault <> '' AND r.forgotten_at IS NULL AND NOT EXISTS (
                    SELECT 1 FROM results_report n
                    WHERE n.sender_id = r.sender_id AND n.unit_id = r.unit_id
                      AND n.received_at > r.received_at AND n.noted >= n.rows)
                ORDER BY r.id
                """
            )
        ]


def report_content(report_id: int, *, by: Actor) -> tuple[str, bytes]:
    """A report's file as it came: its name and bytes."""
    with scope.entered(by, "results.receive_reports"):
        found = sql.row("SELECT name, content FROM results_report WHERE id = %s", (report_id,))
    if found is None:
        raise NotFound(f"report {report_id}")
    return found[0], bytes(found[1])


def report_files_to_forget(*, by: Actor, before: datetime, limit: int, after: int = 0) -> list[int]:
    """Reports received before this time whose files are still kept, by id, from the one `after`."""
    with scope.entered(by, "results.forget"):
        return [
            line[0]
            for line in sql.rows(
                "SELECT id FROM results_report WHERE forgotten_at IS NULL AND received_at <= %s"
                " AND NOT (noted < rows AND fault = '') AND id > %s ORDER BY id LIMIT %s",
                (before, after, limit),
            )
        ]


def negatives_waiting(report_id: int, *, by: Actor, limit: int = 5_000) -> list[int]:
    """The rows of a report that say negative and wait for their release."""
    with scope.entered(by, "results.receive_reports"):
        return [
            line[0]
            for line in sql.rows(
                "SELECT id FROM results_reported WHERE report_id = %s AND state = 'waiting'"
                " AND value = 'negative' ORDER BY place LIMIT %s",
                (report_id, limit),
            )
        ]


@dataclass(frozen=True, slots=True)
class InTube:
    """Somebody in the tube of which a row speaks."""

    name: str
    sex: str | None
    birth_date: date | None
    birth_year: int | None


def people_in_tube(reported_id: int, *, by: Actor, at: datetime) -> list[InTube]:
    """Who was swabbed into the tube of which this row speaks, as far as the actor sees them."""
    with scope.entered(by, "results.receive_reports"):
        found = sql.rows(
            """
            SELECT coalesce(nullif(w.name, ''), p.name, ''), w.sex, w.birth_date, w.birth_year,
                   w.person_id
            FROM results_reported d JOIN sampling_swab w ON w.tube_id = d.tube_id
            -- OFFSET 0: asked once of the swab, not again wherever its answer is compared.
            CROSS JOIN LATERAL (SELECT people_standing(w.person_id) AS id OFFSET 0) stands
            LEFT JOIN people_person p ON p.id = stands.id
            WHERE d.id = %s ORDER BY w.id
            """,
            (reported_id,),
        )
        audit.record(
            by,
            "results.people_in_tube",
            at=at,
            persons=[line[4] for line in found],
            things=[reported_id],
            kind=audit.READ,
        )
    return [InTube(*line[:4]) for line in found]


def keys_of_reported(row_ids: Sequence[int], *, by: Actor) -> dict[int, str]:
    """What stands on the samples of these rows."""
    with scope.entered(by, "results.receive_reports"):
        return dict(
            sql.rows(
                "SELECT id, key FROM results_reported WHERE id = ANY(%s) AND key <> ''",
                (list(row_ids),),
            )
        )
