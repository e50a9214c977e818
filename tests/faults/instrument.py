"""Inside a process that may be struck: counts its statements, and pulls the plug at the one drawn."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import threading
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from django.core.signals import request_started
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.backends.signals import connection_created
from psycopg.pq import TransactionStatus

from som.ops.processes import postmaster
from tests.faults.strikes import INSIDE, Moment, Orders, Role, Strike, Struck, Victim

_WRITES = re.compile(
    r"\b(INSERT\s+INTO|DELETE\s+FROM|UPDATE\s+\S+\s+(\w+\s+)?SET)\b", re.IGNORECASE
)


def children(pid: int) -> list[int]:
    """The processes that this one started."""
    found = []
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            try:
                stat = (place / "stat").read_text()
            except OSError:
                continue
            if int(stat.rpartition(")")[2].split()[1]) == pid:
                found.append(int(place.name))
    return found


def _open(connection: BaseDatabaseWrapper) -> bool:
    """Whether the server holds a transaction open for it. BEGIN goes with the first statement."""
    return (
        connection.connection is not None
        and connection.connection.info.transaction_status is TransactionStatus.INTRANS
    )


def kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def kill_server(cluster: Path) -> None:
    """PostgreSQL with all its processes at once; none of them gets to clean up."""
    first = postmaster(cluster)
    if first is None:
        return
    try:
        os.kill(first, signal.SIGSTOP)  # it starts no process meanwhile
    except ProcessLookupError:
        return
    for pid in children(first):
        kill(pid)
    kill(first)


class Instrument:
    """Watches every connection of this process."""

    def __init__(self, role: Role, folder: Path, cluster: Path) -> None:
        self.role, self.cluster = role, cluster
        self.orders = Orders(folder)
        self.now = threading.local()
        self.standing: Strike | None = None
        self.count = self.commits = 0

    def install(self) -> None:
        connection_created.connect(self._watch, weak=False)
        request_started.connect(self._page, weak=False)
        commit = DatabaseWrapper._commit  # type: ignore[attr-defined]
        instrument = self

        @wraps(commit)
        def committing(connection: BaseDatabaseWrapper) -> Any:
            if not getattr(connection, "wrote", False):
                return commit(connection)
            connection.wrote = False  # type: ignore[attr-defined]
            return instrument._committed(connection, commit)

        DatabaseWrapper._commit = committing  # type: ignore[attr-defined]

    def doing(self, what: str) -> None:
        """From here on statements belong to this command, page or job."""
        self.now.doing = what
        self.count = self.commits = 0

    def task(self, name: str, func: Callable[..., Any]) -> Callable[..., Any]:
        """A job of the worker, with its name known here; that it was done is noted."""

        @wraps(func)
        def done(*args: Any, **kwargs: Any) -> Any:
            began = time.time()
            self.doing(name)
            try:
                answer = func(*args, **kwargs)
            finally:
                self.doing("")
            self.orders.note_done(name, began)
            return answer

        return done

    def _page(self, environ: dict[str, Any], **_: Any) -> None:
        self.doing(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")

    def _watch(self, connection: BaseDatabaseWrapper, **_: Any) -> None:
        connection.wrote = False  # type: ignore[attr-defined]
        if self._statement not in connection.execute_wrappers:
            connection.execute_wrappers.append(self._statement)

    def _order(self) -> Strike | None:
        strike = self.orders.standing(self.role)
        if strike is None or (strike.job and strike.job != getattr(self.now, "doing", "")):
            return None
        return strike

    def _statement(
        self, execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        connection = context["connection"]
        if connection.in_atomic_block:
            self.count += 1
            strike = self._order()
            if (
                strike
                and strike.moment is Moment.STATEMENT
                and self.count >= strike.nth
                and _open(connection)
            ):
                self._strike(strike, connection)
            if _WRITES.search(str(sql)):
                connection.wrote = True
        return execute(sql, params, many, context)

    def _committed(self, connection: BaseDatabaseWrapper, commit: Callable[..., Any]) -> Any:
        self.commits += 1
        strike = self._order()
        if strike is None or strike.moment is Moment.STATEMENT or self.commits < strike.nth:
            return commit(connection)
        if strike.moment is Moment.BEFORE_COMMIT:
            self._strike(strike, connection)
            return commit(connection)
        if strike.moment is Moment.COMMIT:
            self._note(strike, connection)
            falls = threading.Thread(target=self._fall_later, args=(strike, connection))
            falls.start()
            try:
                return commit(connection)
            finally:
                falls.join()
        answer = commit(connection)
        self._strike(strike, connection)
        return answer

    def _strike(self, strike: Strike, connection: BaseDatabaseWrapper) -> None:
        self._note(strike, connection)
        self._fall(strike, connection)

    def _note(self, strike: Strike, connection: BaseDatabaseWrapper) -> None:
        self.orders.note(
            Struck(
                strike,
                getattr(self.now, "doing", ""),
                self.count,
                strike.moment in INSIDE and _open(connection),
                time.time(),
            )
        )

    def _fall_later(self, strike: Strike, connection: BaseDatabaseWrapper) -> None:
        time.sleep(strike.delay)
        self._fall(strike, connection)

    def _fall(self, strike: Strike, connection: BaseDatabaseWrapper) -> None:
        match strike.victim:
            case Victim.SELF:
                kill(os.getpid())
                time.sleep(60)
            case Victim.SERVER:
                kill_server(self.cluster)
            case Victim.POSTMASTER:
                if (first := postmaster(self.cluster)) is not None:
                    kill(first)
            case Victim.BACKEND:
                kill(connection.connection.info.backend_pid)
