"""What the database holds, told without surrogate keys, so that two ways to it can be compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.db import connection

LEFT_OUT = ("kernel_auditentry", "kernel_cache", "django_", "procrastinate_", "auth_", "account_")
"""Audit notes each call, caches and sessions are not the state of anything, the rest is Django's."""

MASKED = {
    "access_account": ("password", "first_code_hash"),
    "sampling_card": ("slip",),
}
"""Salted or drawn: only whether there is one is compared."""

SETS = ("unit_ids",)
"""Arrays whose order means nothing."""

Row = dict[str, Any]


def _models() -> dict[str, Any]:
    return {
        model._meta.db_table: model
        for model in apps.get_models()
        if not model._meta.db_table.startswith(LEFT_OUT)
    }


def _foreign_keys(model: Any) -> dict[str, str]:
    return {
        field.column: field.related_model._meta.db_table
        for field in model._meta.concrete_fields
        if field.is_relation
    }


MODELS = _models()
FOREIGN_KEYS = {table: _foreign_keys(model) for table, model in MODELS.items()}
KEYS = {table: model._meta.pk.column for table, model in MODELS.items()}
_EVERYTHING = " UNION ALL ".join(f"SELECT '{t}', to_jsonb(t)::text FROM {t} t" for t in MODELS)


class _Told:
    """Every row told by what it says, with the told row in place of each foreign key."""

    def __init__(self, tables: dict[str, dict[int, Row]]) -> None:
        self.tables = tables
        self.known: dict[tuple[str, int], str] = {}
        self.papers: dict[int, list[str]] = {}
        for paper in tables["people_document"].values():
            said = f"{paper['kind']} {paper['country']} {paper['number']}"
            self.papers.setdefault(paper["person_id"], []).append(said)

    def name(self, table: str, key: int | None) -> str:
        """A short name of a row that says which row it is, whatever its key."""
        if key is None:
            return "none"
        if (table, key) not in self.known:
            row = self.tables[table].get(key)
            told = self.row(table, row) if row is not None else {"missing": key}
            digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:12]
            said = next((told[c] for c in ("code", "slip", "name", "key") if c in told), "")
            self.known[table, key] = f"{table}:{said}:{digest}"
        return self.known[table, key]

    def row(self, table: str, row: Row) -> Row:
        keys, masked = FOREIGN_KEYS[table], MASKED.get(table, ())
        told: Row = {}
        for column, value in row.items():
            if column in keys:
                told[column] = self.name(keys[column], value)
            elif column in SETS:
                told[column] = sorted(value)
            elif column in masked:
                told[column] = bool(value)
            elif column != "id":
                told[column] = value
        if special := SPECIAL.get(table):
            special(self, row, told)
        return told


def _person(told: _Told, row: Row, said: Row) -> None:
    """A person with papers is the one those papers name."""
    said["papers"] = sorted(told.papers.get(row["id"], ()))


def _request(told: _Told, row: Row, said: Row) -> None:
    """Keys made by the product name the swab or request that they come from."""
    reason, _, rest = row["key"].partition(":")
    number, *others = rest.split(":")
    follows = reason in ("revisit", "transfer")
    if number.isdigit() and (follows or row["from_swab_id"] == int(number)):
        table = "sampling_testrequest" if follows else "sampling_swab"
        said["key"] = [reason, told.name(table, int(number)), *others]
    elif reason == "roster":  # campaign, turn, person
        said["key"] = [reason, number, others[0], told.name("people_person", int(others[1]))]


def _notice(told: _Told, row: Row, said: Row) -> None:
    """So do those of notices, whose subject is a swab."""
    said["subject_id"] = told.name("sampling_swab", row["subject_id"])
    parts = row["key"].split(":")
    if len(parts) == 4 and parts[1] == str(row["subject_id"]):
        parts[1] = said["subject_id"]
        if parts[0] == "held" and parts[2].isdigit():
            parts[2] = told.name("lab_verdict", int(parts[2]))
    said["key"] = parts


def _alarm(told: _Told, row: Row, said: Row) -> None:
    """And those of alarms, whose subject is what their kind says."""
    table = {
        "run_read": "lab_run",
        "pool_open": "lab_pool",
        "hold": "lab_hold",
        "recall": "results_recall",
    }.get(row["kind"])
    if table is not None and row["subject_id"] is not None:
        said["subject_id"] = told.name(table, row["subject_id"])
        said["key"] = [row["kind"], said["subject_id"]]


SPECIAL: dict[str, Callable[[_Told, Row, Row], None]] = {
    "people_person": _person,
    "sampling_testrequest": _request,
    "notices_alarm": _alarm,
    "notices_notice": _notice,
}

State = dict[str, list[str]]


def snapshot() -> State:
    """Everything the transaction sees when it may see everything: table → rows, each as text."""
    tables: dict[str, dict[int, Row]] = {table: {} for table in MODELS}
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('som.units', true)")
        before = cursor.fetchone()[0] or ""
        cursor.execute("SET LOCAL som.units = '*'")
        cursor.execute(_EVERYTHING)
        for table, text in cursor.fetchall():
            row = json.loads(text)
            tables[table][row[KEYS[table]]] = row
        cursor.execute(f"SET LOCAL som.units = '{before}'")
    told = _Told(tables)
    return {
        table: sorted(
            json.dumps(told.row(table, row), sort_keys=True, ensure_ascii=False)
            for row in rows.values()
        )
        for table, rows in tables.items()
    }


def difference(one: State, other: State) -> str:
    """What is in one state and not in the other, for the reader of a failed law; empty if nothing."""
    lines = []
    for table in one:
        left, right = list(one[table]), list(other[table])
        for row in one[table]:
            if row in right:
                right.remove(row)
                left.remove(row)
        lines += [f"- {table} {row}" for row in left] + [f"+ {table} {row}" for row in right]
    return "\n".join(lines)
