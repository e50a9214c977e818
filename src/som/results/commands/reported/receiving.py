"""Reports taken in: the file as it came, then its rows, each with whose result it is."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time

import psycopg
from django.conf import settings
from django.db import connection

from som.access.queries import system_actor
from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.errors import NotFound
from som.kernel.outcomes import Outcome, Refused
from som.places.queries import organisations_by_id
from som.places.rules import MAY_TEST
from som.results.commands.reported.facts import SenderKnown, facts_of
from som.results.rules.reported import LONGEST_KEY, Judged, RowFacts, judged, sampled_on, who
from som.results.rules.reports import ReportedState, ReportRefusal
from som.sampling.commands import RowRead
from som.sampling.commands.imports.reported import end_results_list
from som.sampling.lists.written import ListRow, RowRefused


@dataclass(frozen=True, slots=True)
class ReportSent:
    """A file or message with results of another laboratory, and how many rows it has.

    `unit` receives it. `list`: the list in which it was sent, if it was. `report_id` is the answer.
    """

    sender: int
    unit: int
    name: str
    content: bytes
    rows: int
    kind: str = ""
    list: int | None = None
    report_id: int | None = None

    @property
    def digest(self) -> bytes:
        """What tells this file from every other."""
        return hashlib.sha256(self.content).digest()


def receive_reports(
    reports: Sequence[ReportSent], *, by: Actor, at: datetime
) -> Outcome[ReportSent]:
    """Take in what other laboratories report, as it came; the worker notes its rows.

    The same file of the same laboratory stays the one report that it is; one that could not be read
    to its end is tried again. Refuses an empty one, an
    organisation that does not test, a unit that is not the actor's, and a file that came already as
    the report of another laboratory, unless every row of that was refused. Locks the files by their
    digests.
    """
    outcome: Outcome[ReportSent] = Outcome()
    with scope.entered(by, "results.receive_reports"):
        senders = organisations_by_id([r.sender for r in reports])
        _alone_with([r.digest for r in reports])
        others = _senders_of([r.digest for r in reports])
        new: dict[tuple[int, bytes], ReportSent] = {}
        sound: list[ReportSent] = []
        for given in reports:
            sender = senders.get(given.sender)
            if not by.may("results.receive_reports", unit=given.unit):
                outcome.refused.append(Refused(given, ReportRefusal.NOT_HERE))
            elif sender is None or sender.kind not in MAY_TEST:
                outcome.refused.append(Refused(given, ReportRefusal.SENDER_UNKNOWN))
            elif not given.content or given.rows < 1:
                outcome.refused.append(Refused(given, ReportRefusal.EMPTY))
            elif others.get(given.digest, given.sender) != given.sender:
                outcome.refused.append(Refused(given, ReportRefusal.OTHER_SENDER))
            else:
                others[given.digest] = given.sender
                sound.append(given)
                new.setdefault((given.sender, given.digest), given)
        made = {
            (line[0], bytes(line[1])): line[2]
            for line in sql.rows(
                """
                INSERT INTO results_report
                    (unit_ids, unit_id, sender_id, name, content, digest, kind, list_id, rows, noted,
                     received_by, received_at)
                SELECT ARRAY[g.unit], g.unit, g.sender, g.name, '', g.digest, g.kind, g.list, g.rows,
                       0, %s, %s
                FROM unnest(%s::int[], %s::int[], %s::text[], %s::bytea[], %s::text[], %s::bigint[],
                            %s::int[])
                     AS g (unit, sender, name, digest, kind, list, rows)
                ORDER BY g.sender, g.digest
                ON CONFLICT (sender_id, digest) DO NOTHING RETURNING sender_id, digest, id
                """,
                (
                    by.name,
                    at,
                    [r.unit for r in new.values()],
                    [r.sender for r in new.values()],
                    [r.name for r in new.values()],
                    [r.digest for r in new.values()],
                    [r.kind for r in new.values()],
                    [r.list for r in new.values()],
                    [r.rows for r in new.values()],
                ),
            )
        }
        _keep({made[key]: given.content for key, given in new.items() if key in made})
        held = {
            (line[0], bytes(line[1])): line[2]
            for line in sql.rows(
                "SELECT sender_id, digest, id FROM results_report"
                " WHERE sender_id = ANY(%s) AND digest = ANY(%s::bytea[])",
                ([sender for sender, _ in new], [digest for _, digest in new]),
            )
        }
        revived = _taken_up_again([held[key] for key in new if key in held and key not in made])
        said: set[tuple[int, bytes]] = set()
        for given in sound:
            key = (given.sender, given.digest)
            if key not in held:
                # Another province received it first: its rows are told there.
                outcome.refused.append(Refused(given, ReportRefusal.NOT_HERE))
                continue
            answer = replace(given, report_id=held[key])
            moved = key in made or held[key] in revived
            (outcome.done if moved and key not in said else outcome.unchanged).append(answer)
            said.add(key)
        audit.record(by, "results.receive_reports", at=at, things=[*made.values(), *revived])
    return outcome


def _alone_with(digests: Sequence[bytes]) -> None:
    """Let nobody else take these files in until this is committed, as whosever report."""
    sql.rows(
        "SELECT pg_advisory_xact_lock(g.key) FROM (SELECT DISTINCT hashtextextended(encode(d, 'hex'),"
        " hashtext('results.receive_reports')) AS key FROM unnest(%s::bytea[]) AS d ORDER BY 1) AS g",
        (list(digests),),
    )


def _taken_up_again(reports: Sequence[int]) -> set[int]:
    """Let the worker try again those of these reports that stopped and whose files are still kept."""
    return {
        line[0]
        for line in sql.rows(
            "UPDATE results_report SET fault = '', tries = 0"
            " WHERE id = ANY(%s) AND fault <> '' AND forgotten_at IS NULL RETURNING id",
            (sorted(reports),),
        )
    }


def _senders_of(digests: Sequence[bytes]) -> dict[bytes, int]:
    """As whose reports these files came already, where a row of them still counts."""
    return {
        bytes(line[0]): line[1]
        for line in sql.rows(
            """
            SELECT r.digest, r.sender_id FROM results_report r
            WHERE r.digest = ANY(%s::bytea[]) AND (r.noted < r.rows AND r.fault = '' OR EXISTS (
                SELECT 1 FROM results_reported d
                WHERE d.report_id = r.id AND d.state <> 'refused'))
            ORDER BY r.id DESC
            """,
            (list(digests),),
        )
    }


def _keep(contents: Mapping[int, bytes]) -> None:
    """Keep the bytes of these files. They go as they are: as text they take twice the memory."""
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(
            "UPDATE results_report r SET content = g.content"
            " FROM unnest(%b::bigint[], %b::bytea[]) AS g (id, content) WHERE r.id = g.id",
            (list(contents), list(contents.values())),
        )


@dataclass(frozen=True, slots=True)
class _Locked:
    """A report that this transaction notes rows of."""

    unit: int
    unit_ids: tuple[int, ...]
    sender: int
    rows: int
    received_at: datetime


def note_reports(
    rows: Sequence[RowRead], *, report: int, by: Actor, at: datetime
) -> Outcome[RowRead]:
    """Note rows of a report and whose result each is; nobody is told anything yet.

    A row speaks of a tube of ours by its code, else of whoever holds the identity number in it;
    where neither says it, the row waits for a named person. What the sender said before of the same
    sample is replaced if it was not released, and corrected if it was; where no day tells whether it
    is the same sample, a named person does. Who holds a number is asked
    across territories. Refuses, row by row, what `rules.ReportRefusal` names, and keeps it with the
    others. A row already noted stays as it is. Raises `NotFound` where there is no such report of
    the actor's. Locks the report.
    """
    outcome: Outcome[RowRead] = Outcome()
    behalf = system_actor("results")
    with scope.entered(by, "results.receive_reports", behalf=behalf):
        here = _locked(report, by)
        placed = {
            line[0]
            for line in sql.rows(
                "SELECT place FROM results_reported WHERE report_id = %s AND place = ANY(%s)",
                (report, [r.place for r in rows]),
            )
        }
        new: dict[int, RowRead] = {}
        for given in rows:
            if not 0 <= given.place < here.rows:
                outcome.refused.append(Refused(given, ReportRefusal.ROW_UNKNOWN, str(given.place)))
            elif given.place in placed or given.place in new:
                outcome.unchanged.append(given)
            else:
                new[given.place] = given
        on = at.astimezone(LOCAL).date()
        read = {p: r.read for p, r in new.items() if isinstance(r.read, ListRow)}
        received_on = here.received_at.astimezone(LOCAL).date()
        sender = SenderKnown(here.sender, here.unit, report, received_on)
        facts = facts_of(read, sender, no_code=_drawn_key, on=on)
        found = {place: judged(row, facts[place]) for place, row in read.items()}
        _insert(new, found, facts, report, here)
        # Whoever said otherwise before and was not released yet gives way.
        sql.execute(
            "UPDATE results_reported SET state = 'replaced'"
            " WHERE id = ANY(%s) AND state IN ('review', 'waiting')",
            ([j.displaces for j in found.values() if j.displaces],),
        )
        sql.execute(
            # Whoever goes on is not given up: tries count beginnings that note nothing.
            "UPDATE results_report SET noted = noted + %s,"
            " tries = CASE WHEN %s > 0 THEN 0 ELSE tries END WHERE id = %s",
            (len(new), len(new), report),
        )
        _end_list(report, at=at)
        outcome.done.extend(new.values())
        audit.record(
            by,
            "results.note_reports",
            at=at,
            persons=[j.person for j in found.values() if j.person is not None],
            things=[report],
            note={"rows": len(new)},
            behalf=behalf,
        )
    return outcome


def _end_list(report: int, *, at: datetime) -> None:
    """End the list in which a report was sent once every row of it is noted, with what they became."""
    counted = sql.row(
        """
        SELECT r.list_id, count(*) FILTER (WHERE d.state NOT IN ('refused', 'repeated')),
               count(*) FILTER (WHERE d.state = 'repeated'),
               count(*) FILTER (WHERE d.state = 'refused')
        FROM results_report r JOIN results_reported d ON d.report_id = r.id
        WHERE r.id = %s AND r.list_id IS NOT NULL AND r.noted >= r.rows GROUP BY r.list_id
        """,
        (report,),
    )
    if counted is not None:
        end_results_list(*counted, at=at)


def _locked(report: int, by: Actor) -> _Locked:
    """This report, locked. Raises `NotFound` where it is not the actor's."""
    found = sql.row(
        "SELECT unit_id, unit_ids, sender_id, rows, received_at FROM results_report"
        " WHERE id = %s FOR UPDATE",
        (report,),
    )
    if found is None or not by.may("results.receive_reports", unit=found[0]):
        raise NotFound(f"report {report}")
    return _Locked(found[0], tuple(found[1]), *found[2:])


def _drawn_key(row: ListRow) -> str:
    """The key of a sample without a code: its person's number and the day, hidden; '' without both.

    Rapid tests come so: the same test told again is the same sample.
    """
    day = sampled_on(row)
    if not row.number or day is None:
        return ""
    text = f"{row.number.upper()}\n{day.isoformat()}\n{row.method}"
    drawn = hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256)
    return f"KQ-{drawn.hexdigest()[:16].upper()}"


def _times(row: ListRow, received_at: datetime) -> tuple[datetime, date]:
    """When the sample was taken and on which day it was tested, as far as the row says."""
    received = received_at.astimezone(LOCAL)
    if row.taken_at is not None:
        taken = row.taken_at.replace(tzinfo=LOCAL)
    else:
        day = row.taken_on or row.tested_on
        taken = datetime.combine(day, time(), LOCAL) if day else received
    return taken, row.tested_on or taken.date()


def _insert(
    new: Mapping[int, RowRead],
    found: Mapping[int, Judged],
    facts: Mapping[int, RowFacts],
    report: int,
    here: _Locked,
) -> None:
    """Insert these rows as they were judged; those that could not be read with their reason."""
    told = []
    for place, given in new.items():
        read = given.read
        line: dict[str, object] = {"place": place, "row": read.row, "sheet": read.sheet}
        if isinstance(read, RowRefused):
            taken, tested = here.received_at.astimezone(LOCAL), None
            line |= {
                "key": read.tube[:LONGEST_KEY],
                "said": {},
                "state": ReportedState.REFUSED,
                "reason": str(read.reason),
                "field": read.column,
                "detail": read.detail,
            }
        else:
            one = found[place]
            taken, tested = _times(read, here.received_at)
            line |= {
                "key": facts[place].key[:LONGEST_KEY],
                "residence": facts[place].said.residence,
                "said": read.told(),
                "who": who(read),
                "value": str(read.result or ""),
                "method": read.method,
                "ct": read.ct,
                "state": one.state,
                "reason": str(one.reason or ""),
                "detail": one.detail,
                "tube": one.tube,
                "swab": one.swab,
                "person": one.person,
                "before": one.before,
            }
        line |= {"taken": taken.isoformat(), "tested": (tested or taken.date()).isoformat()}
        told.append(line)
    sql.execute(
        """
        INSERT INTO results_reported
            (unit_ids, report_id, place, row, sheet, key, said, who, value, method, ct, taken_at,
             tested_on, residence_id, state, reason, field, detail, tube_id, swab_id, person_id,
             before_id, decided_by, decision, released_by)
        SELECT %s, %s, g.place, g.row, g.sheet, g.key, g.said, coalesce(g.who, ''),
               coalesce(g.value, ''), coalesce(g.method, ''), g.ct, g.taken, g.tested,
               g.residence, g.state, g.reason, coalesce(g.field, ''), coalesce(g.detail, ''),
               g.tube, g.swab, g.person, g.before, '', '', ''
        FROM jsonb_to_recordset(%s::jsonb)
             AS g (place int, row int, sheet text, key text, said jsonb, who text, value text,
                   method text, ct numeric, taken timestamptz, tested date, residence int,
                   state text, reason text, field text, detail text,
                   tube bigint, swab bigint, person bigint, before bigint)
        ORDER BY g.place
        """,
        (list(here.unit_ids), report, json.dumps(told, ensure_ascii=False)),
    )
