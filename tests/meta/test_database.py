"""Tests about the database: who may see and change what, asked of its own catalogue."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from som.kernel import scope, sql
from som.kernel.policies import APPEND_ONLY, UNGUARDED_ABOUT_PERSONS
from tests.meta.world import Seen, guarded
from tests.town import Town

pytestmark = pytest.mark.django_db


def about_persons() -> set[str]:
    """Tables with units answerable for the row, or that point at a person, near or far."""
    found = {
        name
        for (name,) in sql.rows(
            """
            WITH RECURSIVE about AS (
                SELECT c.oid FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
                WHERE a.attname = 'unit_ids' AND c.relkind = 'r'
                UNION SELECT 'people_person'::regclass::oid
                UNION SELECT k.conrelid FROM pg_constraint k JOIN about ON k.confrelid = about.oid
                WHERE k.contype = 'f'
            )
            SELECT c.relname FROM about JOIN pg_class c ON c.oid = about.oid
            """
        )
    }
    return found - set(UNGUARDED_ABOUT_PERSONS)


def test_every_table_about_a_person_is_guarded() -> None:
    assert about_persons() == set(guarded())
    assert "people_person" in guarded()


def test_no_table_holds_a_name_or_number_of_a_person_without_a_guard() -> None:
    private = {
        table
        for (table,) in sql.rows(
            """
            SELECT DISTINCT table_name FROM information_schema.columns
            WHERE table_schema = 'public'
              AND column_name IN ('birth_date', 'birth_year', 'phone', 'to_phone', 'number',
                                  'name_key', 'person_id', 'persons')
            """
        )
    }
    # Units have keys of their names, teams and sheets of paper are numbered: none is a person's.
    others = {"places_unit", "sampling_team", "sampling_sheet"}
    assert private - set(guarded()) <= {*UNGUARDED_ABOUT_PERSONS, *others}


def test_the_application_is_no_superuser_bypasses_nothing_and_owns_nothing() -> None:
    assert sql.row(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles"
        " WHERE rolname = current_user"
    ) == (False, False, False, False)
    owned = sql.rows(
        "SELECT relname FROM pg_class WHERE pg_has_role(current_user, relowner, 'USAGE')"
        " AND relpersistence <> 't'"
    )
    owned += sql.rows("SELECT proname FROM pg_proc WHERE pg_has_role(proowner, 'USAGE')")
    assert owned == []


def test_definers_look_at_our_tables_alone() -> None:
    loose = sql.rows(
        "SELECT proname, proconfig FROM pg_proc WHERE prosecdef"
        " AND pronamespace = 'public'::regnamespace"
    )
    assert loose
    assert [name for name, config in loose if "search_path=public, pg_temp" not in config] == []


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
def test_what_was_noted_stays_noted(table: str, statement: str) -> None:
    town = Town()
    with (
        scope.entered(town.ana, "people.read"),
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
    ):
        sql.execute(statement.format(table))


@pytest.mark.parametrize("lost", [False, True])
def test_without_a_scope_nothing_about_persons_is_read_or_written(lost: bool) -> None:
    """Neither where none was ever set, nor where one was and is gone again (it then reads '')."""
    Seen()
    with connection.cursor() as cursor:
        cursor.execute("RESET som.units" if not lost else "SET LOCAL som.units = ''")
    # Not the key: what others point at keeps it, whoever asks.
    columns = {
        model._meta.db_table: next(
            f.column for f in model._meta.concrete_fields if not f.primary_key
        )
        for model in apps.get_models()
    }
    for table in guarded():
        change = f"UPDATE {{}} SET {columns[table]} = {columns[table]}"
        for statement in ("SELECT * FROM {}", "DELETE FROM {}", change):
            if table == "people_document" and not statement.startswith("SELECT"):
                continue  # nobody but the definer writes there
            with (
                pytest.raises(DatabaseError, match=r"no scope was set|permission denied"),
                transaction.atomic(),
            ):
                sql.execute(statement.format(table))


def test_guards_use_operators_that_leak_nothing() -> None:
    """Indexes that lead a work list of a guarded table are of kinds a policy can use."""
    leaky = sql.rows(
        """
        SELECT o.oprname FROM pg_operator o JOIN pg_proc p ON p.oid = o.oprcode
        WHERE o.oprname IN ('=', '<', '>=') AND NOT p.proleakproof
          AND o.oprleft IN ('int4'::regtype, 'int8'::regtype, 'text'::regtype,
                            'timestamptz'::regtype) AND o.oprright = o.oprleft
        """
    )
    assert leaky == []
