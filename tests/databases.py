"""The databases of the tests: real PostgreSQL, made by migrations, used as the application only.

A *template* holds the migrated tables, the grants and what `tests.town.build_baseline` puts there.
It is kept between runs under a name that changes with whatever it was made from. Each pytest
process clones it once for its ordinary tests (rolled back after each), and once more for every
test that needs real commits. Without DATABASE_URL the server is the embedded one in `.data/test`,
with fsync off.

Advisory locks of the owner's database say which clones and templates are in use, so that what a
killed run left behind is dropped by the next one, and nothing else is.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

PROJECT = Path(__file__).resolve().parents[1]
PREFIX = "som_test_"
# What a change of these leaves as it was: pages, and the machinery around the tests.
NOT_IN_TEMPLATE = {"views.py", "urls.py", "forms.py", "templates", "static", "locale"}
NOT_IN_TEMPLATE |= {"__main__.py", "ops", "web", "home", "__pycache__"}


class TestDatabaseError(Exception):
    """The tests have no usable server, in words for the person at the keyboard."""

    __test__ = False


def server_urls() -> tuple[str, str]:
    """The application's and the owner's URL, of the given server or the embedded one."""
    app, owner = os.environ.get("DATABASE_URL"), os.environ.get("DATABASE_OWNER_URL")
    if bool(app) != bool(owner):
        raise TestDatabaseError(
            "The tests need both DATABASE_URL (the application's role) and DATABASE_OWNER_URL"
            " (a role with CREATEDB), or neither for the embedded server."
        )
    if app and owner:
        return app, owner
    from som.ops import embedded

    urls = embedded.ensure_started(PROJECT / ".data" / "test", project=PROJECT, throwaway=True)
    return urls.app, urls.owner


def template_key() -> str:
    """A name for everything the template is made from."""
    found = hashlib.sha256()
    source = PROJECT / "src" / "som"
    files = [path for path in source.rglob("*") if path.is_file()]
    for path in sorted([*files, PROJECT / "tests" / "town.py", PROJECT / "requirements.lock"]):
        parts = set(path.relative_to(PROJECT).parts)
        kept = not parts & NOT_IN_TEMPLATE or "migrations" in parts or path.name == "database.py"
        if kept and path.is_file() and "__pycache__" not in parts:
            found.update(str(path.relative_to(PROJECT)).encode() + b"\0")
            found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()[:16]


def _renamed(url: str, database: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(SplitResult(parts.scheme, parts.netloc, f"/{database}", parts.query, ""))


def _lock_number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


@dataclass
class Databases:
    """The template and the clones of one pytest process."""

    key: str = field(default_factory=template_key)
    clones: int = 0

    def __post_init__(self) -> None:
        self.app_url, self.owner_url = server_urls()
        self.app_role = unquote(urlsplit(self.app_url).username or "")
        self.template = f"{PREFIX}template_{self.key}"
        self.run = secrets.token_hex(4)
        self.held: set[str] = set()
        try:
            self.owner = psycopg.connect(self.owner_url, autocommit=True)
        except psycopg.OperationalError as error:
            raise TestDatabaseError(f"The owner cannot connect: {error}") from error
        self.owner.execute("SET client_min_messages = error")

    # Names in use

    def _lock(self, name: str, *, shared: bool = False) -> None:
        how = "_shared" if shared else ""
        self.owner.execute(f"SELECT pg_advisory_lock{how}(%s)", [_lock_number(name)])
        self.held.add(name)

    def _try_lock(self, name: str) -> bool:
        row = self.owner.execute("SELECT pg_try_advisory_lock(%s)", [_lock_number(name)]).fetchone()
        return bool(row and row[0])

    def _unlock(self, name: str) -> None:
        self.owner.execute("SELECT pg_advisory_unlock(%s)", [_lock_number(name)])
        self.held.discard(name)

    def names(self) -> list[str]:
        found = self.owner.execute(
            "SELECT datname FROM pg_database"
            " WHERE starts_with(datname, %s) AND pg_has_role(datdba, 'USAGE') ORDER BY datname",
            [PREFIX],
        )
        return [name for (name,) in found]

    def _drop(self, name: str) -> None:
        self.owner.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))

    def drop_leftovers(self) -> None:
        """Drop clones of runs that were killed, and templates nobody uses any more."""
        for name in self.names():
            if name not in self.held and self._try_lock(name):
                try:
                    with contextlib.suppress(psycopg.errors.ObjectInUse):
                        self._drop(name)
                finally:
                    self._unlock(name)

    # The template

    def prepare(self) -> None:
        """Make sure of the template; one process makes it while the others wait."""
        making = f"{PREFIX}making"
        self._lock(making)
        try:
            self._lock(self.template, shared=True)
            self.drop_leftovers()
            if self.template not in self.names():
                self._make_template()
        finally:
            self._unlock(making)

    def _make_template(self) -> None:
        """Build under another name, rename when whole: a killed build is never taken for one."""
        begun = f"{PREFIX}building_{self.key}"
        self._lock(begun)
        try:
            self._drop(begun)
            version = self.owner.info.server_version
            builtin = "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'"
            locale = builtin if version >= 170000 else "LOCALE 'C.UTF-8'"
            self.owner.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' {}").format(
                    sql.Identifier(begun), sql.SQL(locale)
                )
            )
            with pointed_at(self, begun):
                self._migrate()
                self._build_baseline()
            name = sql.Identifier(begun)
            # No statistics means bad plans where autovacuum has not come by yet.
            with psycopg.connect(_renamed(self.owner_url, begun), autocommit=True) as connection:
                connection.execute("SET client_min_messages = error")
                connection.execute("VACUUM (FREEZE, ANALYZE)")
            self.owner.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
            self.owner.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                    name, sql.Identifier(self.template)
                )
            )
        finally:
            self._unlock(begun)

    def _migrate(self) -> None:
        """Run the migrations as the owner and give the application its rights, as `./som` does."""
        from django.core.management import call_command

        call_command("migrate", database="owner", verbosity=0, interactive=False)

    def _build_baseline(self) -> None:
        """Let the town's baseline be built by commands, as the application, with real commits."""
        if importlib.util.find_spec("tests.town") is None:
            return
        from tests import town

        build = getattr(town, "build_baseline", None)
        if build is not None:
            build()

    # Clones

    @contextlib.contextmanager
    def clone(self) -> Iterator[str]:
        """A fresh copy of the template, dropped at the end."""
        self.clones += 1
        name = f"{PREFIX}clone_{self.run}_{self.clones}"
        self._lock(name)
        try:
            # Copying files ends with a flush of everything, which costs nothing with fsync off.
            row = self.owner.execute("SHOW fsync").fetchone()
            how = sql.SQL("file_copy" if row == ("off",) else "wal_log")
            self.owner.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY {}").format(
                    sql.Identifier(name), sql.Identifier(self.template), how
                )
            )
            yield name
        finally:
            self._end_sessions(name)
            self._drop(name)
            self._unlock(name)

    def _end_sessions(self, name: str) -> None:
        """End the application's own sessions in a clone, such as those of a test's threads."""
        with psycopg.connect(self.app_url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = %s AND usename = current_user AND pid <> pg_backend_pid()",
                [name],
            )

    def close(self) -> None:
        """Let go of the server; its locks end with the connection."""
        self.owner.close()


@contextlib.contextmanager
def pointed_at(databases: Databases, name: str) -> Iterator[None]:
    """Let Django's connections, of every thread, lead to this database; then back again."""
    from django.db import connections

    from som.settings import database

    urls = {"default": databases.app_url, "owner": databases.owner_url}
    before: dict[str, dict[str, Any]] = {}
    for alias, url in urls.items():
        settings = connections.settings[alias]
        before[alias] = {key: settings.get(key) for key in _ADDRESS}
        connections[alias].close()
        settings.update({key: database(_renamed(url, name))[key] for key in _ADDRESS})
        connections[alias].settings_dict.update({key: settings[key] for key in _ADDRESS})
    try:
        yield
    finally:
        for alias, address in before.items():
            connections[alias].close()
            connections.settings[alias].update(address)
            connections[alias].settings_dict.update(address)


_ADDRESS = ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
