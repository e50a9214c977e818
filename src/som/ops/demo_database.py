"""The demo's own database: made anew each time, beside the real one, never in its place."""

from __future__ import annotations

import atexit
from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg
from psycopg import errors, sql

from som.kernel.demo import MARK
from som.ops.embedded import EmbeddedError, Urls

_SUFFIX = "_demo"
_BEGUN = "_being_made"

_alone: psycopg.Connection | None = None
"""Held open as long as this process lives: two demos begun together would make one database."""


def renamed(url: str, database: str) -> str:
    """The same server and role, another database."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, f"/{database}", parts.query, ""))


def make_anew(urls: Urls) -> Urls:
    """Drop the last demo, create an empty database, and answer with its two doors.

    Only a database that bears the demo's mark is ever dropped, or one under the name that a demo
    has while it is being made: it gets its own name when it is whole and marked, so that a kill
    leaves nothing in the way of the next.
    """
    name = unquote(urlsplit(urls.app).path.lstrip("/")) + _SUFFIX
    role = unquote(urlsplit(urls.app).username or "")
    try:
        connection = _be_alone(urls.owner, name)
        connection.execute("SET client_min_messages = error")
        _drop(connection, name)
        _create(connection, name, role)
    except errors.ObjectInUse as error:
        raise EmbeddedError(_RUNNING) from error
    except errors.InsufficientPrivilege as error:
        raise EmbeddedError(
            f"The role of DATABASE_OWNER_URL may not make the database {name!r}. As the server's\n"
            f'administrator type: ALTER ROLE "{unquote(urlsplit(urls.owner).username or "")}" CREATEDB;'
        ) from error
    except psycopg.OperationalError as error:
        raise EmbeddedError(f"The owner cannot connect: {error}") from error
    return Urls(renamed(urls.app, name), renamed(urls.owner, name))


_RUNNING = "A demo is running on this data. Stop it first (Ctrl+C there)."


def _be_alone(url: str, name: str) -> psycopg.Connection:
    """A connection that keeps every other demo of this name away until this process ends.

    The server lets go of a lock a moment after its holder hung up: that moment is waited for.
    """
    global _alone
    _leave()
    _alone = psycopg.connect(url, autocommit=True)
    _alone.execute("SET lock_timeout = '3s'")
    try:
        _alone.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])
    except errors.LockNotAvailable as error:
        raise EmbeddedError(_RUNNING) from error
    _alone.execute("RESET lock_timeout")
    return _alone


@atexit.register
def _leave() -> None:
    """Let other demos of this name begin: at the end of the process at the latest."""
    if _alone is not None:
        _alone.close()


def _drop(connection: psycopg.Connection, name: str) -> None:
    found = connection.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
    ).fetchone()
    if found is None:
        return
    if found[0] != MARK:
        raise EmbeddedError(
            f"There is a database {name!r} that no demo made. It is left alone: rename or drop it."
        )
    connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


def _create(connection: psycopg.Connection, name: str, role: str) -> None:
    """Create it with the order of letters that every PostgreSQL knows, and nothing worth a flush."""
    builtin = "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'"
    locale = builtin if connection.info.server_version >= 170000 else "LOCALE 'C.UTF-8'"
    database, app = sql.Identifier(name + _BEGUN), sql.Identifier(role)
    for statement in (
        sql.SQL("DROP DATABASE IF EXISTS {}").format(database),
        sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' " + locale).format(database),
        sql.SQL("COMMENT ON DATABASE {} IS {}").format(database, sql.Literal(MARK)),
        sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database),
        sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(database, app),
        sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(database),
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(database, sql.Identifier(name)),
    ):
        connection.execute(statement)
