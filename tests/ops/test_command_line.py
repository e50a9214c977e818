"""`./som` and its commands: which database, whose rights, and words for the person who types."""

from __future__ import annotations

import io
import os
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from som import __main__ as command_line
from som.kernel import rulebook
from som.ops.database import ApplicationRoleError, check_application, grant_application
from som.ops.installation import EmbeddedError
from som.ops.serving import forget_owner
from tests.databases import Databases


@pytest.fixture
def own_folder(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation's data folder, with no server named."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("DATABASE_OWNER_URL", raising=False)
    monkeypatch.setenv("SOM_DATA", str(project / "data"))
    return project / "data"


def told(command: str, **options: object) -> str:
    out = io.StringIO()
    call_command(command, stdout=out, **options)
    return out.getvalue().strip()


def test_a_command_for_the_owner_asks_for_the_owners_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://app@example/som")
    monkeypatch.delenv("DATABASE_OWNER_URL", raising=False)
    command_line.choose_database("start")
    with pytest.raises(EmbeddedError, match="DATABASE_OWNER_URL is not"):
        command_line.choose_database("migrate")


def test_the_owners_url_alone_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://owner@example/som")
    with pytest.raises(EmbeddedError, match="DATABASE_URL is not"):
        command_line.choose_database("start")


@pytest.mark.slow
def test_status_stop_and_destroy(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from som.ops import embedded

    assert "is not made yet" in told("status")
    embedded.ensure_started(own_folder)
    assert "runs (process" in told("status")
    assert told("stop") == "PostgreSQL is stopped."
    assert told("stop") == "PostgreSQL was not running."
    assert "does not run" in told("status")
    monkeypatch.setattr("builtins.input", lambda _prompt: "no")
    with pytest.raises(CommandError, match="nothing was removed"):
        told("destroy")
    assert own_folder.exists()
    monkeypatch.setattr("builtins.input", lambda _prompt: "destroy")
    assert str(own_folder) in told("destroy")
    assert not own_folder.exists()


def test_a_server_of_ones_own_has_no_status_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://app:secret@example/som")
    assert told("status") == "The server named in DATABASE_URL is used."


def test_granting_again_takes_back_what_is_too_much(
    databases: Databases, committed_db: str
) -> None:
    owner = connections["owner"]
    with owner.cursor() as cursor:
        cursor.execute(f"GRANT ALL ON kernel_auditentry TO {databases.app_role}")
    grant_application(owner, databases.app_role)
    grant_application(owner, databases.app_role)
    with owner.cursor() as cursor:
        cursor.execute(
            "SELECT has_table_privilege(%s, 'kernel_auditentry', 'UPDATE, DELETE, TRUNCATE'),"
            " has_table_privilege(%s, 'kernel_auditentry', 'INSERT')",
            [databases.app_role, databases.app_role],
        )
        assert cursor.fetchone() == (False, True)


def test_migrate_alone_leaves_no_packaged_rule_missing(committed_db: str) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM kernel_rule")
        (every,) = cursor.fetchone()
        cursor.execute("DELETE FROM kernel_rule WHERE key NOT LIKE 'people.%'")
    for _ in range(2):
        call_command("migrate", verbosity=0, interactive=False)
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM kernel_rule")
        assert cursor.fetchone() == (every,)
    assert every >= len(rulebook.packaged_rules())


def test_a_rule_that_another_stands_in_the_way_of_is_told(committed_db: str) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("UPDATE kernel_rule SET value = '0' WHERE key = 'notices.acknowledge.hours'")
    out = io.StringIO()
    call_command("migrate", verbosity=0, interactive=False, stdout=out)
    assert out.getvalue().startswith("  rule notices.acknowledge.hours: Another rule")


def test_a_role_that_passes_row_level_security_is_refused(
    databases: Databases, committed_db: str
) -> None:
    owner = connections["owner"]
    with psycopg.connect(databases.owner_url) as connection:
        row = connection.execute("SELECT current_user").fetchone()
    assert row is not None
    with pytest.raises(ApplicationRoleError, match="has the owner's rights"):
        check_application(owner, row[0])
    with pytest.raises(ApplicationRoleError, match="does not exist"):
        check_application(owner, "nobody_at_all")


def test_who_serves_does_not_know_the_owner(
    databases: Databases, committed_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_OWNER_URL", databases.owner_url)
    monkeypatch.setitem(
        connections.settings, "owner", dict(connections.settings["owner"], PASSWORD="secret")
    )
    before = connections["owner"]
    del connections["owner"]
    try:
        forget_owner()
        assert "DATABASE_OWNER_URL" not in os.environ
        assert "secret" not in repr(connections.settings)
        with connections["owner"].cursor() as cursor:
            cursor.execute("SELECT current_user")
            assert cursor.fetchone() == (databases.app_role,)
    finally:
        connections["owner"].close()
        connections["owner"] = before


def test_the_summary_needs_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["som"])
    command_line.main()
    assert "./som demo" in capsys.readouterr().out
