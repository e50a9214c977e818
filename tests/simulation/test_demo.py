"""`./som demo`: its figures on the screen and in the file, on a database of its own."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
import pytest
from django.core.management import CommandError, call_command
from psycopg import sql

from som.kernel.demo import MARK
from som.ops.demo_database import make_anew, renamed
from som.ops.embedded import EmbeddedError, Urls
from som.ops.management.commands.start import refuse_open_house
from tests.databases import Databases

pytestmark = pytest.mark.slow


def test_the_figures_are_shown_and_written(
    committed_db: str,
    databases: Databases,
    settings: Any,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    comment = sql.SQL("COMMENT ON DATABASE {} IS {}")
    databases.owner.execute(comment.format(sql.Identifier(committed_db), sql.Literal(MARK)))
    settings.DEMO = True
    settings.OUTBOX_DIR = tmp_path / "outbox"
    file = tmp_path / "table.json"
    call_command("demo", people=160, seed=2, no_serve=True, json=str(file))
    table = json.loads(file.read_text("utf-8"))
    assert (table["people"], table["wrong_person_results"], table["ledger_gaps"]) == (160, 0, 0)
    shown = capsys.readouterr().out
    assert "Wrong answers" in shown
    assert f"{table['wells']:,}" in shown
    assert "Phường Gia Sàng" in shown  # a wrong row of the list, named


@pytest.mark.parametrize("asked", [False, True])
def test_it_keeps_away_from_a_working_installation(
    asked: bool, committed_db: str, settings: Any
) -> None:
    settings.DEMO = asked
    with pytest.raises(CommandError, match="a database of its own"):
        call_command("demo", people=160, no_serve=True)


def test_a_working_installation_is_not_served_as_a_demo(committed_db: str, settings: Any) -> None:
    settings.DEMO = True
    with pytest.raises(CommandError, match="was not made by"):
        call_command("start")


@pytest.mark.parametrize("setting", ["DEMO", "DEBUG"])
@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "som.example.vn", "::"])
def test_a_demo_is_for_its_own_machine(
    setting: str, host: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("som.kernel.demo.bears_mark", lambda: True)
    setattr(settings, setting, True)
    with pytest.raises(CommandError, match="for this machine alone"):
        call_command("start", host=host)
    refuse_open_house("127.0.0.1")
    refuse_open_house("::1")
    refuse_open_house("localhost")


@pytest.mark.parametrize("people", [0, 19, 10**7])
def test_senseless_sizes_are_refused(people: int) -> None:
    with pytest.raises(CommandError, match="--people must be from"):
        call_command("demo", people=people, no_serve=True)


@pytest.fixture
def apart(databases: Databases) -> Iterator[Urls]:
    """Addresses whose demo's database is nobody else's."""
    name = f"som_test_drawn_{secrets.token_hex(4)}"
    yield Urls(renamed(databases.app_url, name), databases.owner_url)
    database = sql.Identifier(f"{name}_demo")
    databases.owner.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(database))


def test_the_demo_has_a_database_of_its_own_made_anew_each_time(apart: Urls) -> None:
    for _ in range(2):
        made = make_anew(apart)
        with psycopg.connect(made.owner, autocommit=True) as owner:
            assert owner.execute("SELECT to_regclass('left_behind')").fetchone() == (None,)
            owner.execute("CREATE TABLE left_behind ()")
        with psycopg.connect(made.app) as app:
            assert app.execute("SELECT current_database()").fetchone() == (
                made.app.partition("?")[0].rpartition("/")[2],
            )


@pytest.mark.parametrize("after", range(1, 7))
def test_a_kill_while_it_is_made_is_no_hindrance(
    after: int, apart: Urls, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute, done = psycopg.Connection.execute, 0

    def killed(self: Any, query: Any, *rest: Any, **named: Any) -> Any:
        nonlocal done
        if isinstance(query, sql.Composed):
            done += 1
            if done > after:
                raise KeyboardInterrupt
        return execute(self, query, *rest, **named)

    with monkeypatch.context() as patched:
        patched.setattr(psycopg.Connection, "execute", killed)
        with pytest.raises(KeyboardInterrupt):
            make_anew(apart)
    with psycopg.connect(make_anew(apart).app) as app:
        assert app.execute("SELECT 1").fetchone() == (1,)


def test_a_running_demo_is_not_pulled_away(apart: Urls) -> None:
    with psycopg.connect(make_anew(apart).app), pytest.raises(EmbeddedError, match="is running"):
        make_anew(apart)


def test_two_demos_are_not_made_at_once_but_one_that_just_ended_is_waited_for(
    apart: Urls, databases: Databases
) -> None:
    name = unquote(urlsplit(apart.app).path.lstrip("/")) + "_demo"
    with psycopg.connect(apart.owner, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])
        with pytest.raises(EmbeddedError, match="is running"):
            make_anew(apart)
        ends = threading.Timer(0.5, other.close)
        ends.start()
        with psycopg.connect(make_anew(apart).app) as app:
            assert app.execute("SELECT 1").fetchone() == (1,)
        ends.join()


def test_a_database_that_no_demo_made_is_left_alone(apart: Urls, databases: Databases) -> None:
    name = make_anew(apart).app.partition("?")[0].rpartition("/")[2]
    comment = sql.SQL("COMMENT ON DATABASE {} IS {}")
    databases.owner.execute(comment.format(sql.Identifier(name), sql.Literal("ours")))
    with pytest.raises(EmbeddedError, match="no demo made"):
        make_anew(apart)
    databases.owner.execute(comment.format(sql.Identifier(name), sql.Literal(MARK)))
