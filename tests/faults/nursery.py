"""A warm process from which the others are forked: everything imported, no connection open.

Reads one order a line, `desk`, `pages`, `worker` or `receiver SEED`, and answers with the new
process's number. When its input ends it kills what it started, and goes.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    folder, web_port, hook_port, key = Path(sys.argv[1]), *sys.argv[2:5]
    _warm(folder)
    from som.__main__ import PROJECT
    from som.ops.embedded import Server
    from tests.faults.instrument import kill, kill_server

    started: list[int] = []
    signal.signal(signal.SIGCHLD, _reap)
    for line in iter(sys.stdin.readline, ""):
        role, *more = line.split()
        pid = os.fork()
        if pid == 0:
            _become(role, more, folder, web_port, hook_port, key)
        started.append(pid)
        print(pid, flush=True)
    for pid in started:
        kill(pid)
    kill_server(Server(folder, project=PROJECT).cluster)


def _reap(*_: Any) -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _warm(folder: Path) -> None:
    """Import all that a process of the installation needs, with the folder's database as its own."""
    from som.__main__ import PROJECT
    from som.ops.embedded import Server

    urls = Server(folder, project=PROJECT).urls
    os.environ |= {"DATABASE_URL": urls.app, "DATABASE_OWNER_URL": urls.owner}
    import django

    django.setup()
    import granian  # noqa: F401
    import procrastinate.psycopg_connector  # noqa: F401
    from django.db.migrations.loader import MigrationLoader
    from django.urls import get_resolver

    import som.ops.timetable
    import som.wsgi  # noqa: F401
    from tests.faults import desk, receiver  # noqa: F401

    get_resolver().url_patterns  # noqa: B018  imports every view
    MigrationLoader(None)  # imports every migration
    del os.environ["DATABASE_URL"], os.environ["DATABASE_OWNER_URL"]


def _become(
    role: str, more: list[str], folder: Path, web_port: str, hook_port: str, key: str
) -> None:
    """Be that process from here on; never returns."""
    status = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        log = os.open(folder / f"{role}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        null = os.open(os.devnull, os.O_RDONLY)
        for old, new in ((null, 0), (log, 1), (log, 2)):
            os.dup2(old, new)
        if role == "receiver":
            from django.conf import settings

            from tests.faults import receiver

            receiver.serve(folder, int(hook_port), settings.WEBHOOK_SECRET, int(more[0]))
        _watched(role, folder, web_port, key)
        status = 0
    except SystemExit as end:
        status = int(end.code or 0)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(status)


def _watched(role: str, folder: Path, web_port: str, key: str) -> None:
    """A process of the installation, with every statement counted."""
    from psycopg_pool.base import AttemptWithBackoff

    from som.__main__ import PROJECT
    from som.__main__ import main as som
    from som.kernel import clock
    from som.ops import embedded, server
    from som.ops.embedded import Server
    from som.ops.management.commands import work
    from tests.faults.instrument import Instrument
    from tests.faults.strikes import Role

    # Hours pass between two steps of a day, and nobody waits for a server longer than it takes.
    clock._READ_AGAIN_AFTER = 0.0
    server.WATCHED_EVERY = work.PAUSE = 0.1
    AttemptWithBackoff.INITIAL_DELAY = 0.1
    cluster = Server(folder, project=PROJECT).cluster
    instrument = Instrument(Role(role), folder, cluster)
    instrument.install()
    if role == "desk":
        from tests.faults import desk

        embedded.ensure_started(folder, project=PROJECT)
        joined = embedded.running(folder)
        assert joined is not None
        joined.keep_running()
        desk.serve(folder, key.encode(), instrument)
    elif role == "worker":
        from procrastinate.contrib.django import app

        for name, task in app.tasks.items():
            if name.startswith("builtin:"):
                continue
            task.func = instrument.task(name, task.func)
        sys.argv = ["som", "work"]
        som()
    else:
        multiprocessing.set_start_method("fork", force=True)
        sys.argv = ["som", "start", "--port", web_port]
        som()


if __name__ == "__main__":
    main()
