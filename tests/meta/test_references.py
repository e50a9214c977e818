"""Tests about references without a foreign key: each is checked, and what is pointed at is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.kernel.policies import APPEND_ONLY, NEVER_DROPPED
from som.results.commands import release_verdicts
from som.results.queries import waiting_for_release
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db


class Reference(NamedTuple):
    """A column that points at a row by the word of a trigger."""

    table: str
    column: str
    parent: str


REFERENCES = [
    Reference(model._meta.db_table, field.column, field.related_model._meta.db_table)
    for model in apps.get_models()
    for field in model._meta.concrete_fields
    if isinstance(field, models.ForeignKey) and not field.db_constraint
]
EARNED: Mapping[str, tuple[str, ...]] = {
    "results_release": ("verdict_id", "lab_id"),
    "results_result": ("swab_id", "verdict_id", "reported_id", "lab_id", "recall_id"),
}
"""Tables whose own triggers say more than that something is there."""

# Looked at by what results are earned by, and locked by corrections: known by its verdict.
NOT_POINTED_AT = {"results_release"}


def test_what_is_pointed_at_without_a_foreign_key_is_never_deleted() -> None:
    parents = {reference.parent for reference in REFERENCES}
    assert parents <= {*NEVER_DROPPED, *APPEND_ONLY}
    assert set(NEVER_DROPPED) - parents == NOT_POINTED_AT


def _triggers() -> dict[str, tuple[str, str]]:
    """By name the definition and the function's body of each trigger that is switched on."""
    return {
        line[0]: line[1:]
        for line in sql.rows(
            """
            SELECT t.tgname, pg_get_triggerdef(t.oid), p.prosrc
            FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
            WHERE NOT t.tgisinternal AND t.tgenabled = 'O'
            """
        )
    }


def test_every_such_reference_is_checked_when_written_and_when_changed() -> None:
    triggers = _triggers()
    unchecked = []
    for table, column, parent in REFERENCES:
        if table in EARNED:
            assert column in EARNED[table]
            continue
        written, said = triggers.get(f"{table}_refers", ("", ""))
        changed, said_anew = triggers.get(f"{table}_refers_anew", ("", ""))
        asked = f"FROM {parent} p WHERE p.id = "
        if not (
            f"AFTER INSERT ON public.{table} " in written
            and f"{asked}w.{column})" in said
            and f"{asked}ends.least_{column})" in said
            and re.search(rf"BEFORE UPDATE OF [^()]*\b{column}\b[^()]* ON public.{table} ", changed)
            and f"old.{column} IS DISTINCT FROM new.{column}" in changed
            and re.search(rf"{asked}NEW.{column}\s*\)", said_anew)
        ):
            unchecked.append(f"{table}.{column}")
    assert unchecked == []


def _copied(table: str, changes: Mapping[str, str]) -> str:
    """A row of the table once more, with these columns changed."""
    columns = [
        name
        for (name,) in sql.rows(
            "SELECT attname::text FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
            " AND NOT attisdropped AND attname <> 'id' ORDER BY attnum",
            (table,),
        )
    ]
    assert set(changes) <= set(columns)
    values = ", ".join(changes.get(name, name) for name in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} LIMIT 1"


_NEXT = {"version": "100::smallint", "reason": "'x'"}
_ANOTHER = {"verdict_id": "(SELECT max(id) FROM lab_verdict)"}


@pytest.mark.parametrize(
    ("table", "column", "beside", "constraint"),
    [
        ("results_release", "verdict_id", {}, "release_is_of_a_run_read"),
        ("results_release", "lab_id", _ANOTHER, "release_is_of_a_run_read"),
        ("results_result", "swab_id", _NEXT, "result_is_of_the_tube_tested"),
        ("results_result", "verdict_id", _NEXT, "result_was_released"),
        ("results_result", "lab_id", _NEXT, "result_was_released"),
        (
            "results_result",
            "reported_id",
            _NEXT | {"verdict_id": "NULL"},
            "result_is_of_the_row_released",
        ),
        ("results_result", "recall_id", _NEXT | {"value": "'withdrawn'"}, "result_is_of_a_recall"),
    ],
)
def test_no_answer_rests_on_nothing(
    table: str, column: str, beside: dict[str, str], constraint: str
) -> None:
    assert column in EARNED[table]
    town = Town()
    (one,), (other,) = town.sampled([1, 1])
    town.run("R1", {one.tube: "negative", other.tube: "negative"})
    first = min(w.verdict for w in waiting_for_release(town.lab1, by=town.bao))
    assert release_verdicts([first], lab=town.lab1, by=town.bao, at=NOON).done
    with scope.entered(system_actor("results"), "results.read"):
        # What differs in nothing but this is taken.
        whole = _copied(table, _NEXT if table == "results_result" else _ANOTHER)
        with transaction.atomic():
            assert sql.execute(whole) == 1
            transaction.set_rollback(True)
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            sql.execute(_copied(table, beside | {column: "-1"}))
