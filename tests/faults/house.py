"""One installation that may be killed: its data folder and its processes, as the driver sees them."""

from __future__ import annotations

import http.client
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg

from som.ops.embedded import Server
from som.ops.processes import postmaster
from tests.databases import PROJECT
from tests.faults.instrument import children, kill, kill_server
from tests.faults.strikes import Role
from tests.faults.template import (
    DATA,
    KEPT,
    SECRETS,
    copy,
    environment,
    place,
    whole_template,
)

PATIENCE = 120.0
"""Seconds after which something that was killed must be at work again, and whoever was asked answers."""

PORTS = range(21_000, 22_000, 3)
"""Below those that the kernel gives out, so that nobody has them while a server is dead."""

CSRF = "x" * 32


class NoAnswer(Exception):
    """Whoever was asked died, or could not: nobody knows whether it was done."""


@dataclass(frozen=True)
class Page:
    """What a page answered."""

    status: int
    text: str
    location: str


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def guarded_ports() -> tuple[socket.socket, int, int]:
    """Two ports for a house, and the guard before them that it holds as long as it stands."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    for first in PORTS[worker:]:
        guard = socket.socket()
        try:
            guard.bind(("127.0.0.1", first))
        except OSError:
            guard.close()  # another run of the tests stands there
        else:
            return guard, first + 1, first + 2
    raise OSError(f"no free ports among {PORTS}")


class House:
    """A data folder with the processes on it. `begin` gives it the template's data anew."""

    def __init__(self) -> None:
        self.template = whole_template()
        self.place = place()
        self.folder = self.place / "data"
        self.folder.mkdir(mode=0o711)
        (self.folder / "static").mkdir()
        copy(SECRETS, self.template, self.folder)
        self.server = Server(self.folder, project=PROJECT)
        self.key, self.secret = secrets.token_hex(16), secrets.token_hex(32)
        self.guard, self.web_port, self.hook_port = guarded_ports()
        self.pids: dict[str, int] = {}
        self.caller: Connection | None = None
        self.owner: psycopg.Connection | None = None
        self.seed = 0
        self.nursery = subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.faults.nursery", str(self.folder)),
                *(str(self.web_port), str(self.hook_port), self.key),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=PROJECT,
            env=environment(
                self.folder,
                SOM_WEBHOOK_URL=f"http://127.0.0.1:{self.hook_port}/",
                SOM_WEBHOOK_SECRET=self.secret,
            ),
        )

    # Life

    def begin(self, seed: int) -> None:
        """Fresh data; the processes of this day start on it."""
        self.stop()
        self.seed = seed
        for left in self.folder.iterdir():
            if left.name == DATA:
                shutil.rmtree(left)
            elif left.suffix in (".jsonl", ".log", ".order") or left.name in ("tame", "desk.port"):
                left.unlink()
        copy(DATA, self.template, self.folder)
        self.start("receiver")
        for role in Role:
            self.start(role)

    def stop(self) -> None:
        """Kill whatever runs. The data stay for whoever wants to look."""
        self._hang_up()
        for role in list(self.pids):
            self.kill(role)
        kill_server(self.server.cluster)

    def keep_traces(self) -> Path:
        """Stop, and put aside what this day left; its data only until another day fails."""
        self.stop()
        for old in KEPT.glob(f"failed-*/{DATA}"):
            shutil.rmtree(old, ignore_errors=True)
        kept = KEPT / f"failed-{self.seed}"
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir()
        for left in self.folder.iterdir():
            if left.name == DATA or left.suffix in (".log", ".jsonl"):
                copy(left.name, self.folder, kept)
        return kept

    def close(self) -> None:
        self.stop()
        self.nursery.communicate()
        self.guard.close()
        shutil.rmtree(self.place)

    def start(self, role: str) -> None:
        """Let the nursery fork this process."""
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        self.nursery.stdin.write(f"{role} {self.seed}\n")
        self.nursery.stdin.flush()
        self.pids[role] = int(self.nursery.stdout.readline())

    def runs(self, role: str) -> bool:
        return role in self.pids and _alive(self.pids[role])

    def kill(self, role: str) -> None:
        """SIGKILL, with the processes that it started, save PostgreSQL."""
        pid = self.pids.pop(role, None)
        if pid is None or not _alive(pid):
            return
        own = postmaster(self.server.cluster)
        below = [child for child in children(pid) if child != own]
        kill(pid)
        for child in below:
            kill(child)
        wait_until(lambda: not _alive(pid))

    def revive(self) -> None:
        """Whatever died is started again, as whoever runs the service does; then all is at work."""
        for role in ("receiver", *Role):
            if not self.runs(role):
                self.kill(role)
                self.start(role)
        self.wait_for_server()

    def wait_for_server(self) -> None:
        """PostgreSQL takes connections: its processes have started it again and it has recovered."""
        self._hang_up()
        wait_until(self._takes_connections)

    def _takes_connections(self) -> bool:
        with suppress(NoAnswer):
            self.rows("SELECT 1")
            return postmaster(self.server.cluster) is not None
        return False

    # What is asked

    def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Look past every policy, as the owner of the tables. Raises `NoAnswer` without a server."""
        try:
            if self.owner is None:
                self.owner = psycopg.connect(
                    self.server.urls.owner, autocommit=True, connect_timeout=5
                )
            return self.owner.execute(statement, parameters or None).fetchall()
        except psycopg.OperationalError as error:
            self._hang_up()
            raise NoAnswer(str(error)) from error

    def ask(self, name: str, *args: Any, timed: bool = True, **kwargs: Any) -> Any:
        """Let the desk call this function. Raises `NoAnswer` where it died or failed."""
        try:
            caller = self._connected()
            caller.send((name, args, kwargs, timed))
            assert caller.poll(PATIENCE), f"{name} neither answers nor fails"
            well, answer = caller.recv()
        except (OSError, EOFError, AuthenticationError) as error:
            self._hang_up()
            raise NoAnswer(f"{name}: {error!r}") from error
        if not well:
            raise NoAnswer(f"{name}:\n{answer}")
        return answer

    def _connected(self) -> Connection:
        if self.caller is not None:
            return self.caller
        place, port = self.folder / "desk.port", 0

        def listens() -> bool:
            nonlocal port
            with suppress(FileNotFoundError):
                pid, port = map(int, place.read_text().split())
                return pid == self.pids["desk"]
            return not self.runs("desk")

        wait_until(listens)
        if not self.runs("desk"):
            raise OSError("the desk is dead")
        self.caller = Client(("127.0.0.1", port), authkey=self.key.encode())
        return self.caller

    def _hang_up(self) -> None:
        if self.caller is not None:
            self.caller.close()
            self.caller = None
        if self.owner is not None:
            self.owner.close()
            self.owner = None

    def page(
        self,
        path: str,
        session: str = "",
        form: dict[str, Any] | None = None,
        file: tuple[str, bytes] | None = None,
    ) -> Page:
        """GET this page, or POST a form to it. Raises `NoAnswer` where nothing whole came back."""
        headers = {"Cookie": f"csrftoken={CSRF}; django_language=en; sessionid={session}"}
        body: bytes | None = None
        if form is not None:
            form = form | {"csrfmiddlewaretoken": CSRF}
            body, headers["Content-Type"] = _encoded(form, file)
        call = http.client.HTTPConnection("127.0.0.1", self.web_port, timeout=PATIENCE)
        try:
            call.request("POST" if form is not None else "GET", path, body, headers)
            answer = call.getresponse()
            text = answer.read().decode()
        except TimeoutError as error:
            raise AssertionError(f"{path} neither answers nor fails") from error
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(f"{path}: {error!r}") from error
        finally:
            call.close()
        if answer.status >= 500:
            raise NoAnswer(f"{path}: {answer.status}")
        return Page(answer.status, text, answer.headers.get("Location", ""))

    def wait_for_pages(self) -> None:
        def serves() -> bool:
            with suppress(NoAnswer):
                return self.page("/look-up/").status == 200
            if not self.runs("pages"):
                self.kill("pages")
                self.start("pages")
            return False

        wait_until(serves)


def _encoded(form: dict[str, Any], file: tuple[str, bytes] | None) -> tuple[bytes, str]:
    """A form as browsers send it, with a file called `content` where there is one."""
    if file is None:
        return urlencode(form).encode(), "application/x-www-form-urlencoded"
    line = b"--boundary"
    parts = [
        line + f'\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode()
        for k, v in form.items()
    ]
    parts.append(
        line
        + f'\r\nContent-Disposition: form-data; name="content"; filename="{file[0]}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n".encode()
        + file[1]
        + b"\r\n"
    )
    return b"".join(parts) + line + b"--\r\n", "multipart/form-data; boundary=boundary"


def wait_until(so: Any, *, every: float = 0.01) -> None:
    """Wait for something that must come true."""
    deadline = time.monotonic() + PATIENCE
    while not so():
        assert time.monotonic() < deadline, "nothing came of it"
        time.sleep(every)
