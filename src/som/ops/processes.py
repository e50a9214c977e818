"""Who runs, who may start or stop the server, and how long to wait for it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from som.ops.installation import say

SAY_SO_AFTER = 3.0  # seconds of silence before a wait is explained


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _noted_pid(cluster: Path) -> int | None:
    """The process named in PostgreSQL's own note, dead or alive."""
    try:
        return int((cluster / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def postmaster(cluster: Path) -> int | None:
    """The server's process, None when nothing runs.

    After a kill the note stays, and its number may be another program's by now; only a process
    that was started on this folder is the server. Command lines are readable even where a
    container forbids root to look further into another user's process.
    """
    pid = _noted_pid(cluster)
    if pid is None or not _alive(pid):
        return None
    if Path("/proc/self/cmdline").exists():
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return None
        return pid if os.fsencode(cluster) in words else None
    return pid


def clear_leftovers(cluster: Path) -> None:
    """Drop a note that names a stranger, at which PostgreSQL would stop.

    A note whose process is gone is left alone: by it PostgreSQL finds out whether processes of the
    killed server still end.
    """
    pid = _noted_pid(cluster)
    if pid is not None and _alive(pid) and postmaster(cluster) is None:
        (cluster / "postmaster.pid").unlink(missing_ok=True)


@contextlib.contextmanager
def patience(message: str) -> Iterator[_Wait]:
    """Wait as long as it takes, and say after three seconds what for."""
    yield _Wait(message)


class _Wait:
    def __init__(self, message: str) -> None:
        self.message = message
        self.began = time.monotonic()
        self.said = False

    def __call__(self) -> None:
        time.sleep(0.05)
        if not self.said and time.monotonic() - self.began > SAY_SO_AFTER:
            self.said = True
            say(f"{self.message} …")


def hold(path: Path, how: int) -> IO[str]:
    file = open(path, "a+")  # noqa: SIM115  kept open: closing it gives the lock back
    fcntl.flock(file, how)
    return file


@contextlib.contextmanager
def starting(folder: Path) -> Iterator[None]:
    """The right to start or stop the server, which one process has at a time."""
    file = open(folder / "start.lock", "a+")  # noqa: SIM115  closed below
    try:
        with patience("another process is starting or stopping the server; waiting") as waiting:
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    waiting()
        yield
    finally:
        file.close()
