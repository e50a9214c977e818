"""What a long-running process does beside its work."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

from django.db import connections

from som.ops import embedded


def watch_over_database() -> None:
    """Start the embedded server again when it is killed; nothing to do for a real server."""
    server = embedded.running(Path(os.environ.get("SOM_DATA", ".data")).absolute())
    if server is not None:
        server.keep_running()


def forget_owner() -> None:
    """Serve without the owner's password: its connection is from now on the application's."""
    for connection in connections.all(initialized_only=True):
        connection.close()
    os.environ.pop("DATABASE_OWNER_URL", None)
    # The very dictionaries that every thread's connections are made from.
    application, owner = connections.settings["default"], connections.settings["owner"]
    for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS"):
        owner[key] = application[key]


def end_with_parent(every: float = 1.0) -> None:
    """End this process when the one that started it is killed, so that its port is free again."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(every)
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()
