"""The databases of the tests are what they promise: the application's, whole, gone afterwards."""

from __future__ import annotations

from threading import Thread
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from django.contrib.staticfiles.finders import get_finders
from django.db import ProgrammingError, connection, transaction

from som.kernel.policies import APPEND_ONLY
from tests.conftest import LiveSite
from tests.databases import Databases


def asked(statement: str) -> tuple[object, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return tuple(cursor.fetchone())


def test_the_tests_run_without_special_rights(db: None) -> None:
    owned, special = asked(
        """
        SELECT (SELECT count(*) FROM pg_class WHERE relowner = r.oid)
             + (SELECT count(*) FROM pg_proc WHERE proowner = r.oid)
             + (SELECT count(*) FROM pg_database WHERE datdba = r.oid),
               rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb
        FROM pg_roles r WHERE rolname = current_user
        """
    )
    assert (owned, special) == (0, False)


def test_the_application_has_not_the_owners_rights(db: None) -> None:
    (member,) = asked(
        "SELECT bool_or(pg_has_role(current_user, relowner, 'MEMBER')) FROM pg_class"
        " WHERE relnamespace = 'public'::regnamespace"
    )
    assert member is False


def test_what_was_noted_stays_noted(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, may FROM pg_class,"
            " unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS may"
            " WHERE relname = ANY (%s) AND relkind = 'r'"
            " AND has_table_privilege(pg_class.oid, may)",
            [list(APPEND_ONLY)],
        )
        held = set(cursor.fetchall())
    assert held == {(table, may) for table in APPEND_ONLY for may in ("SELECT", "INSERT")}


def test_functions_are_not_for_everybody(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT p.oid::regprocedure::text FROM pg_proc p
            WHERE pronamespace = 'public'::regnamespace
              AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')
              AND (proacl IS NULL OR EXISTS (SELECT FROM aclexplode(proacl) WHERE grantee = 0))
            """
        )
        assert cursor.fetchall() == []


def test_the_application_cannot_change_the_tables(db: None) -> None:
    with pytest.raises(ProgrammingError), transaction.atomic():
        asked("CREATE TABLE stray (id int)")


def test_an_ordinary_test_leaves_nothing(databases: Databases, committed_db: str) -> None:
    assert asked("SELECT current_database()") == (committed_db,)
    assert committed_db in databases.names()


@pytest.mark.parametrize("turn", [1, 2])
def test_commits_are_real_and_seen_by_threads(turn: int, committed_db: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_session WHERE session_key = 'a'")
        assert cursor.fetchone() == (0,), "a fresh copy for each test"
        cursor.execute("INSERT INTO django_session VALUES ('a', 'b', now())")
    seen: list[tuple[object, ...]] = []

    def look() -> None:
        try:
            seen.append(asked("SELECT current_database(), count(*) FROM django_session"))
        finally:
            connection.close()

    threads = [Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [(committed_db, 1)] * 3


def test_what_a_killed_run_left_is_dropped_and_a_living_ones_copy_is_not(
    databases: Databases, committed_db: str
) -> None:
    left = "som_test_clone_of_a_killed_run"
    databases.owner.execute(f"CREATE DATABASE {left} TEMPLATE template0")
    neighbour = Databases(key=databases.key)
    try:
        assert {left, committed_db, databases.template} <= set(neighbour.names())
        neighbour.drop_leftovers()
        assert {committed_db, databases.template} <= set(neighbour.names())
        assert left not in neighbour.names()
    finally:
        neighbour.close()


def test_the_pages_can_be_stopped_and_started_under_a_browser(live_site: LiveSite) -> None:
    path = next(path for finder in get_finders() for path, _ in finder.list([]))
    address = f"{live_site.url}/static/{path}"
    assert urlopen(address).status == 200
    live_site.stop()
    with pytest.raises(URLError):
        urlopen(address)
    live_site.start()
    assert urlopen(address).status == 200
