"""What a run that was read leaves behind: its row, readings, verdicts, checks and faults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from som.kernel import sql
from som.kernel.actors import Actor
from som.lab import rules
from som.lab.formats.run_file import Fault, RunFile, Severity
from som.lab.kits import KitRule
from som.lab.rules import Next, RunDoubt, RunEnd, RunGiven, RunLoad, VerdictReason
from som.lab.verdicts import ItemJudged, RunJudged


@dataclass(slots=True)
class RunRead:
    """One run's file, read and judged, before it is written."""

    given: RunGiven
    sha256: str
    file: RunFile
    plate: int
    kit: KitRule
    rule: int
    loads: list[RunLoad]
    end: RunEnd
    judged: RunJudged = field(default_factory=lambda: RunJudged((), (), ()))
    id: int = 0
    pools_split: list[tuple[int, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Rows:
    """What is to be written for a set of runs."""

    verdicts: list[tuple[int, int, str, str, str]] = field(default_factory=list)
    faults: list[tuple[int, int | None, str, str, str, int | None, str]] = field(
        default_factory=list
    )
    tubes_again: list[int] = field(default_factory=list)
    pools_again: list[int] = field(default_factory=list)
    pools_split: list[int] = field(default_factory=list)
    tested: list[int] = field(default_factory=list)


def write_read(read: Sequence[RunRead], lab: int, by: Actor, at: datetime) -> list[int]:
    """Write runs, readings, verdicts, checks and faults; set waiting what waits again."""
    if not read:
        return []
    ids = dict(
        sql.rows(
            """
            WITH p AS (UPDATE lab_plate SET unread = false WHERE id = ANY(%s) RETURNING id, kit)
            INSERT INTO lab_run (lab_id, plate_id, kit, filename, sha256, content, format,
                                 instrument, software, serial, operator, started_at, ended_at,
                                 ended_said, ended_why, kit_lot, lot, rule_id, read_at, read_by)
            SELECT %s, r.plate, p.kit, r.filename, r.sha256, r.content, r.format, r.instrument,
                   r.software, r.serial, r.operator, r.started_at, r.ended_at,
                   r.ended_said, r.ended_why, r.kit_lot, r.lot, r.rule, %s, %s
            FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bytea[], %s::text[], %s::text[],
                        %s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[],
                        %s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::int[])
                 AS r (plate, filename, sha256, content, format, instrument, software, serial,
                       operator, started_at, ended_at, ended_said, ended_why, kit_lot, lot, rule)
            JOIN p ON p.id = r.plate
            RETURNING plate_id, id
            """,
            (
                [r.plate for r in read],
                lab,
                at,
                by.name,
                [r.plate for r in read],
                [r.given.filename for r in read],
                [r.sha256 for r in read],
                [r.given.content for r in read],
                [r.file.format for r in read],
                [r.file.instrument or r.given.instrument.strip() for r in read],
                [r.file.software for r in read],
                [r.file.serial for r in read],
                [r.given.operator.strip() for r in read],
                [r.given.started_at for r in read],
                [r.end.at for r in read],
                [r.end.said for r in read],
                [r.end.why for r in read],
                [r.given.kit_lot.strip() for r in read],
                [rules.lot_key(r.given.kit_lot) for r in read],
                [r.rule for r in read],
            ),
        )
    )
    _insert_readings(read, ids)
    rows = _Rows()
    checks: list[tuple[int, int, bool, str, str]] = []
    for run in read:
        run.id = run_id = ids[run.plate]
        by_key = {str(load.id): load for load in run.loads}
        for judged in run.judged.items:
            _take_verdict(run, by_key[judged.key], judged, rows)
        checks += [
            (run_id, by_key[c.key].id, c.passed, c.reason, c.detail) for c in run.judged.controls
        ]
        rows.faults += [_fault_row(run_id, fault) for fault in run.file.faults]
        rows.faults += [
            (run_id, None, RunDoubt.STRAY_WELL, Severity.WARNING, position, None, "")
            for position in run.judged.strays
        ]
        if run.end.doubt and run.end.said:
            said = rules.moment_said(run.end.said)
            rows.faults.append((run_id, None, run.end.doubt, Severity.WARNING, "", None, said))
    _insert_judgements(rows, checks)
    _set_waiting(rows, lab)
    return rows.tested


def _take_verdict(run: RunRead, load: RunLoad, judged: ItemJudged, rows: _Rows) -> None:
    value, follows = rules.after_verdict(
        load.kind, judged.value, invalid_before=load.invalid_before
    )
    if value is None:
        rows.faults.append(
            (run.id, load.id, judged.reason, Severity.ERROR, load.wells[0], None, judged.detail)
        )
    else:
        reason: str = judged.reason
        detail = judged.detail
        if value is not judged.value:
            reason, detail = VerdictReason.INVALID_TWICE, f"{judged.reason} {judged.detail}".strip()
        rows.verdicts.append((run.id, load.id, value, reason, detail))
        if load.tube is not None:
            rows.tested.append(load.tube)
    if follows is Next.REPEAT and load.tube is not None:
        rows.tubes_again.append(load.tube)
    elif follows is Next.REPEAT and load.pool is not None:
        rows.pools_again.append(load.pool)
    elif follows is Next.RETEST_MEMBERS and load.pool is not None:
        rows.pools_split.append(load.pool)
        run.pools_split.append((load.pool, load.sample))


def _fault_row(run_id: int, fault: Fault) -> tuple[int, int | None, str, str, str, int | None, str]:
    return (run_id, None, fault.code, fault.severity, fault.position, fault.row, fault.detail)


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _insert_readings(read: Sequence[RunRead], ids: dict[int, int]) -> None:
    rows = [
        (
            ids[run.plate],
            r.position,
            r.sample,
            r.target,
            r.fluor,
            None if r.ct is None else str(r.ct),
            r.call,
        )
        for run in read
        for r in run.file.wells
    ]
    if rows:
        sql.execute(
            """
            INSERT INTO lab_reading (run_id, position, sample, target, fluor, ct, call)
            SELECT r.run, r.position, r.sample, r.target, r.fluor, r.ct::numeric, r.call
            FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
                        %s::text[]) AS r (run, position, sample, target, fluor, ct, call)
            """,
            _columns(rows),
        )


def _insert_judgements(rows: _Rows, checks: Sequence[tuple[int, int, bool, str, str]]) -> None:
    if rows.verdicts:
        sql.execute(
            """
            INSERT INTO lab_verdict (run_id, load_id, value, reason, detail)
            SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[])
            """,
            _columns(rows.verdicts),
        )
    if checks:
        sql.execute(
            """
            INSERT INTO lab_controlcheck (run_id, load_id, passed, reason, detail)
            SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::boolean[], %s::text[], %s::text[])
            """,
            _columns(checks),
        )
    if rows.faults:
        sql.execute(
            """
            INSERT INTO lab_fault (run_id, load_id, code, severity, position, "row", detail)
            SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[],
                                 %s::int[], %s::text[])
            """,
            _columns(rows.faults),
        )


def _set_waiting(rows: _Rows, lab: int) -> None:
    """Members of split pools, first invalids and faults wait again.

    Receptions are locked in the order of their tubes, as the benches lock them.
    """
    again = list(rows.tubes_again)
    if rows.pools_split:
        again += [
            tube
            for (tube,) in sql.rows(
                "SELECT tube_id FROM lab_member WHERE pool_id = ANY(%s::bigint[])",
                (rows.pools_split,),
            )
        ]
    if again:
        sql.execute(
            """
            WITH again AS MATERIALIZED (
                SELECT id FROM lab_reception WHERE lab_id = %s AND tube_id = ANY(%s::bigint[])
                ORDER BY tube_id FOR UPDATE
            )
            UPDATE lab_reception r SET waits_for = 'retest' FROM again WHERE r.id = again.id
            """,
            (lab, again),
        )
    if rows.pools_again:
        sql.execute(
            "UPDATE lab_pool SET waits_for = 'retest' WHERE id = ANY(%s::bigint[])",
            (rows.pools_again,),
        )
