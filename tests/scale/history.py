"""A town with a long past: everything that happened in it has happened many times before, and is over.

What `Everything` left in each table is copied, each copy an hour earlier than the one before, and
everything in the copies that could wait for somebody is ended. What `Everything` itself left is the
present, and still waits at its desks.
"""

from __future__ import annotations

from datetime import timedelta

from django.apps import apps
from django.db import connections
from django.db.models import ForeignKey

from som.results.work import take_up_clocks, take_up_rates
from tests.browser.world import Everything
from tests.scale.plans import fill
from tests.town import NOON

COPIES = 1_000

FEW = {
    "lab_capacity": "a laboratory's ceiling holds until somebody sets another",
    "lab_layout": "one for each laboratory, kit and size of plate",
    "sampling_campaign": "a province begins some dozens in years",
    "sampling_campaignlaboratory": "laboratories of a campaign",
    "sampling_scheme": "one for each maker of tubes",
}
"""What stays short for ever, and why: pages may read all of it."""

TOLD_OF = {"notices_notice": {"subject_id": "sampling_swab"}}
"""References that the models do not declare."""

PRESENT = {"sampling_tray"}
"""What a desk acted on is no longer there. In every other table the town has something to copy."""

LABELS = 500_000
"""Each copy has labels of its own, so many after those of the copy before."""

SAID_ONCE = {"code", "key", "slip", "reference", "number", "sha256", "barcode"}
"""What no two rows have alike."""

_ENDED = {
    "people_person": "owed_since = NULL",
    "people_candidate": "decision = 'parted', decided_at = found_at, decided_by = 'x'"
    " WHERE decided_at IS NULL",
    "notices_notice": "delivered_at = written_at,"
    " acknowledged_at = CASE WHEN to_unit_id IS NOT NULL THEN written_at END",
    "notices_alarm": "closed_at = raised_at, delivered_at = raised_at",
    "sampling_session": "closed_at = starts_at",
    "sampling_tube": "expired_at = use_by_at WHERE lost_at IS NULL AND swabs > 0"
    " AND NOT EXISTS (SELECT FROM lab_load l WHERE l.tube_id = past.id)",
    "sampling_manifest": "closed_at = sent_at, closed_by = 'x', missing = 0 WHERE closed_at IS NULL",
    "sampling_handout": "counted_at = handed_at",
    "sampling_sheetline": "settled_at = coalesce(second_at, now()), differing = '{}',"
    " first = '{}', first_by = 'x', second = '{}', second_by = 'y' WHERE settled_at IS NULL",
    "sampling_transfer": "answered_at = offered_at, answer = 'accepted' WHERE answered_at IS NULL",
    "sampling_testrequest": "ended_at = requested_at, ended_as = 'refused', followed = true"
    " WHERE ended_at IS NULL",
    "sampling_list": "state = 'stopped', ended_at = sent_at WHERE ended_at IS NULL",
    "lab_reception": "waits_for = NULL",
    "lab_pool": "waits_for = NULL",
    "lab_unlistedtube": "ended_at = arrived_at, ended_as = 'received' WHERE ended_at IS NULL",
    "lab_hold": "lifted_at = held_at, lifted_by = 'y' WHERE lifted_at IS NULL",
    "lab_verdict": "open = false",
    "results_clock": "stopped_at = started_at",
    "results_recall": "confirmed_at = proposed_at, confirmed_by = 'x', swabs = 0,"
    " done_at = proposed_at WHERE confirmed_at IS NULL",
    "results_reported": "state = 'refused', reason = 'x' WHERE state IN ('review', 'waiting')",
    "results_correction": "withdrawn_at = proposed_at, withdrawn_by = 'x'"
    " WHERE coalesce(confirmed_at, withdrawn_at) IS NULL",
    # A plate that was planned and not run.
    "lab_plate": "DELETE FROM past WHERE id NOT IN (SELECT plate_id FROM lab_run)",
    "lab_load": "DELETE FROM past WHERE plate_id NOT IN (SELECT plate_id FROM lab_run)",
    "lab_well": "DELETE FROM past WHERE plate_id NOT IN (SELECT plate_id FROM lab_run)",
}  # fmt: skip
"""What ends a thing of each table: nothing of the past waits for anybody."""


class Past(Everything):
    """The town with its past. `grown`: the tables that grew, each with how many rows it now has."""

    def __init__(self) -> None:
        super().__init__()
        take_up_clocks(at=NOON)
        take_up_rates(at=NOON + timedelta(hours=1))
        tables = _tables()
        statements = [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in tables]
        statements += [_copied(table, tables) for table in tables]
        statements.append("SET CONSTRAINTS ALL IMMEDIATE")
        statements += [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in tables]
        fill(";\n".join(statements))
        self.grown = {table: one.rows * (COPIES + 1) for table, one in tables.items()}


class _Table:
    """A table of the town's present: its key, the last one, and which columns point at which tables."""

    def __init__(self, name: str, key: str, refers: dict[str, str]) -> None:
        self.name, self.key, self.refers = name, key, refers
        with connections["owner"].cursor() as cursor:
            cursor.execute(f"SELECT count(*), coalesce(max({key}), 0) FROM {name}")
            self.rows, self.last = cursor.fetchone()
            cursor.execute(
                """
                SELECT attname, format_type(atttypid, NULL), EXISTS (
                           SELECT FROM pg_index i WHERE i.indrelid = a.attrelid
                           AND (i.indisunique OR i.indisexclusion) AND a.attnum = ANY(i.indkey))
                FROM pg_attribute a
                WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
                  AND attgenerated = '' ORDER BY attnum
                """,
                (name,),
            )
            self.columns = cursor.fetchall()


def _tables() -> dict[str, _Table]:
    """Every table of the stages that grows, those pointed at before the others."""
    found = {}
    for model in apps.get_models():
        meta = model._meta
        label, name = meta.app_label, meta.db_table
        if label in ("people", "notices", "sampling", "lab", "results") and meta.managed:
            refers = {
                field.column: field.related_model._meta.db_table
                for field in meta.local_fields
                if isinstance(field, ForeignKey)
            }
            found[name] = _Table(name, str(meta.pk.column), refers | TOLD_OF.get(name, {}))
    left = {name: one for name, one in found.items() if name not in FEW.keys() | PRESENT}
    assert all(one.rows for one in left.values()), [n for n, one in left.items() if not one.rows]
    ordered: dict[str, _Table] = {}
    while left:
        ready = [n for n, one in left.items() if not (set(one.refers.values()) & left.keys()) - {n}]
        ordered |= {name: left.pop(name) for name in ready}
        assert ready, left.keys()
    return ordered


def _copied(name: str, tables: dict[str, _Table]) -> str:
    """End what happened, and copy that: what waits may be there once alone."""
    table = tables[name]
    columns = ", ".join(f'"{column}"' for column, _, _ in table.columns)
    values = ", ".join(_value(table, tables, *column) for column in table.columns)
    ended = _ENDED.get(name, "")
    if ended and not ended.startswith("DELETE"):
        ended = f"UPDATE past SET {ended}"
    return f"""
        CREATE TEMP TABLE past AS SELECT * FROM {name}; {ended};
        INSERT INTO {name} ({columns}) OVERRIDING SYSTEM VALUE
        SELECT {values} FROM past t CROSS JOIN generate_series(1, {COPIES}) k;
        DROP TABLE past
    """


def _value(table: _Table, tables: dict[str, _Table], column: str, kind: str, unique: bool) -> str:
    """What a copy has in this column."""
    value = f't."{column}"'
    parent = table if column == table.key else tables.get(table.refers.get(column, ""))
    if column == table.key and column in table.refers:
        parent = tables[table.refers[column]]
    if parent:
        return f"{value} + k * {parent.last + 1}"
    if column in ("first", "last") and kind == "integer":
        return f"{value} + k * {LABELS}"
    if kind == "timestamp with time zone":
        return f"{value} - k * interval '1 hour'"
    if kind == "date":
        return f"{value} - k / 24"
    if (table.name, column) == ("sampling_tube", "code"):
        return f"'S' || lpad((substr({value}, 2, 9)::int + k * {LABELS})::text, 9, '0') || '0'"
    if unique and kind == "text" and column in SAID_ONCE:
        return f"CASE WHEN {value} = '' THEN '' ELSE {value} || '-' || k END"
    return f"sha256({value} || k::text::bytea)" if kind == "bytea" and unique else value
