"""The small PostgreSQL that comes with Sớm: for evaluation, a commune, a drill and the tests.

One data folder holds one server. Web, worker and shell processes of an installation share it:
the first one starts it, the last one out stops it, and whatever was killed on the way is picked up
by the next start. A province names a real server in DATABASE_URL instead, and none of this runs.

The folder:

    installation     which checkout on which machine this folder belongs to (JSON)
    start.lock       held while a process starts or stops the server
    use.lock         held shared by every process that uses the server
    secrets/         passwords of the roles, one file each, mode 0600
    postgres/        PostgreSQL's own files
    socket/          the local socket
    server.log       what PostgreSQL has to say
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from som.ops.doors import Urls
from som.ops.installation import EmbeddedError, claim, say
from som.ops.server import Server

__all__ = ["EmbeddedError", "Server", "Status", "Urls", "destroy", "ensure_started", "running"]
__all__ += ["say", "status", "stop"]


@dataclass(frozen=True)
class Status:
    """What a data folder holds at this moment."""

    folder: Path
    created: bool
    pid: int | None


_servers: dict[Path, Server] = {}


def _own_project() -> Path:
    """The checkout this program runs from."""
    return Path(__file__).resolve().parents[3]


def ensure_started(data_dir: Path, *, project: Path | None = None, throwaway: bool = False) -> Urls:
    """The database of this data folder, with its server running until this process ends."""
    server = running(data_dir)
    if server is None:
        server = Server(data_dir, project=project or _own_project(), throwaway=throwaway)
        _servers[data_dir] = server
    return server.start()


def running(data_dir: Path) -> Server | None:
    """The server this process has started or joined for a data folder."""
    server = _servers.get(data_dir)
    return server if server is not None and server.home == os.getpid() else None


def status(data_dir: Path, *, project: Path | None = None) -> Status:
    """What a data folder holds, without starting anything."""
    server = Server(data_dir, project=project or _own_project())
    created = (server.cluster / "PG_VERSION").exists()
    return Status(server.folder, created, server.pid())


def stop(data_dir: Path, *, project: Path | None = None) -> bool:
    """Stop the server of this folder, whoever uses it; False when none was running."""
    return Server(data_dir, project=project or _own_project()).stop()


def destroy(data_dir: Path, *, project: Path | None = None) -> list[Path]:
    """Stop the server and remove everything it kept, also that of the tests. No way back."""
    removed = []
    for folder in (data_dir / "test", data_dir):
        if folder.exists():
            server = Server(folder, project=project or _own_project())
            claim(server.folder, server.project)
            server.stop()
            shutil.rmtree(server.folder)
            removed.append(server.folder)
            if folder.exists():
                shutil.rmtree(folder)
                removed.append(folder)
    return removed
