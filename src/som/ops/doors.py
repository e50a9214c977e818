"""How the embedded server of a data folder is reached: its roles, its socket or its port."""

from __future__ import annotations

import contextlib
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from som.ops.installation import secret, write_whole

DATABASE = "som"
SUPERUSER = "postgres"
OWNER = "som_owner"
APPLICATION = "som_app"

# A socket's path must fit the 108 bytes of sockaddr_un, of which the last is NUL.
LONGEST_SOCKET_PATH = 107
SOCKET_NAME = ".s.PGSQL.5432"


@dataclass(frozen=True)
class Urls:
    """The two doors of a database: the application's, and the owner's for migrations."""

    app: str
    owner: str


class Doors:
    """The ways to the server of one data folder: its socket, or a loopback port where the path is
    too long for one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sockets = folder / "socket"

    def url(self, role: str, database: str) -> str:
        """How to reach a database of this server as one of its roles."""
        login = f"{role}:{quote(secret(self.folder, role), safe='')}"
        if self._by_socket():
            return f"postgresql://{login}@/{database}?host={quote(str(self.sockets), safe='')}"
        return f"postgresql://{login}@127.0.0.1:{self._port()}/{database}"

    @property
    def urls(self) -> Urls:
        """The two doors of the installation's database."""
        return Urls(app=self.url(APPLICATION, DATABASE), owner=self.url(OWNER, DATABASE))

    def settings(self) -> dict[str, str]:
        """What a server that starts now is told of where to listen."""
        if self._by_socket():
            return {
                "listen_addresses": "",
                "unix_socket_directories": str(self.sockets),
                "unix_socket_permissions": "0700",
            }
        return {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "port": str(self._free_port()),
        }

    def _by_socket(self) -> bool:
        return len(os.fsencode(self.sockets / SOCKET_NAME)) <= LONGEST_SOCKET_PATH

    def _port(self) -> int:
        """The loopback port kept for this folder."""
        place = self.folder / "port"
        with contextlib.suppress(FileNotFoundError, ValueError):
            return int(place.read_text())
        return self._new_port()

    def _new_port(self) -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        write_whole(self.folder / "port", f"{port}\n")
        return port

    def _free_port(self) -> int:
        """The folder's port, or a new one where another program has taken it meanwhile."""
        port = self._port()
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return self._new_port()
        return port
