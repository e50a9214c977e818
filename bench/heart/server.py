"""A PostgreSQL of the bench's own, with stated settings, and what it has used so far."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from som.ops.doors import OWNER, SUPERUSER
from som.ops.server import Server

PROJECT = Path(__file__).resolve().parents[2]

SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_level": "replica",
    "wal_compression": "off",
    "shared_buffers": "2GB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "effective_cache_size": "12GB",
    "work_mem": "32MB",
    "maintenance_work_mem": "1GB",
    "random_page_cost": "1.1",
    "autovacuum": "on",
    "shared_preload_libraries": "pg_stat_statements",
    "track_io_timing": "off",
}
SHOWN = [*SETTINGS, "server_version", "jit", "data_checksums"]


@dataclass(frozen=True, slots=True)
class Used:
    """What the server has used since it started: processor seconds, bytes of WAL."""

    cpu: float
    wal: int

    def since(self, before: Used) -> Used:
        """What came on top."""
        return Used(self.cpu - before.cpu, self.wal - before.wal)


class HeartServer:
    """The server of one data folder. Several folders may be measured at once, each by itself."""

    def __init__(self, folder: Path) -> None:
        self.server = Server(folder, project=PROJECT, settings=SETTINGS)
        self.server.start()
        self.admin = psycopg.connect(self.server.url(SUPERUSER, "postgres"), autocommit=True)
        self.admin.execute("SET client_min_messages = error")
        self.admin.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")

    def close(self) -> None:
        """Let the server go; it stops with the last who used it."""
        self.admin.close()
        self.server.leave()

    # Databases

    def databases(self) -> list[str]:
        """The names of all."""
        return [name for (name,) in self.admin.execute("SELECT datname FROM pg_database")]

    def create(self, name: str, template: str = "template0") -> None:
        """A database of the owner's; one of that name goes first."""
        self.drop(name)
        locale = " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'"
        self.admin.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(OWNER), sql.Identifier(template)
            )
            + sql.SQL(locale if template == "template0" else "")
        )

    def drop(self, name: str) -> None:
        """Drop a database, whoever is in it."""
        self.admin.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )

    def rename(self, before: str, name: str) -> None:
        """Give a database that is whole the name by which it is found."""
        self.admin.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                sql.Identifier(before), sql.Identifier(name)
            )
        )

    def url(self, role: str, database: str) -> str:
        """How to reach a database as one of the server's roles."""
        parts = urlsplit(self.server.url(role))
        return urlunsplit(SplitResult(parts.scheme, parts.netloc, f"/{database}", parts.query, ""))

    def size(self, name: str) -> int:
        """Bytes of a database."""
        found = self.admin.execute("SELECT pg_database_size(%s)", [name]).fetchone()
        return int(found[0]) if found else 0

    def analyze(self, name: str) -> None:
        """Let the planner know what is in a database by now, as autovacuum does in time."""
        with psycopg.connect(self.url(SUPERUSER, name), autocommit=True) as connection:
            connection.execute("ANALYZE")

    # What is measured

    def checkpoint(self) -> None:
        """Write everything out, so that a group begins with full page images as after a pause."""
        self.admin.execute("CHECKPOINT")

    def used(self) -> Used:
        """Processor seconds of every process of the server, ended ones among them, and its WAL."""
        lsn = self.admin.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn").fetchone()
        return Used(self._cpu(), int(lsn[0]) if lsn else 0)

    def _cpu(self) -> float:
        postmaster = self.server.pid()
        if postmaster is None:
            raise RuntimeError("the server is gone")
        ended = sum(map(int, _stat(postmaster)[13:15]))  # of children it has waited for
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        running = sum(map(_on_cpu, [postmaster, *map(int, children)]))
        return ended / int(os.sysconf("SC_CLK_TCK")) + running

    def settings(self) -> dict[str, str]:
        """The settings that matter, as the server says them."""
        found = self.admin.execute(
            "SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY(%s)", [SHOWN]
        )
        return dict(sorted(found.fetchall()))

    # Statements

    def forget_statements(self) -> None:
        """Begin to count statements afresh."""
        self.admin.execute("SELECT pg_stat_statements_reset()")

    def statements(self, database: str) -> list[tuple[float, int, int, str]]:
        """The statements since, the longest first: milliseconds, calls, rows, text."""
        found = self.admin.execute(
            """
            SELECT s.total_exec_time, s.calls, s.rows, s.query
            FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
            WHERE d.datname = %s AND s.toplevel ORDER BY 1 DESC
            """,
            [database],
        )
        return found.fetchall()


def _stat(pid: int) -> list[str]:
    """The words of a process's line behind its name."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _on_cpu(pid: int) -> float:
    """Seconds this process has run, in nanoseconds' grain where the system keeps them."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except OSError:
        return 0.0
