"""`./som start`: the web pages."""

from __future__ import annotations

import ipaddress
import os
import socket
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, CommandParser, call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from som.kernel import demo
from som.ops.asked_demo import LAST_PORT
from som.ops.packaged import load_packaged_rules
from som.ops.serving import forget_owner, watch_over_database


class Command(BaseCommand):
    """Serve the pages until interrupted."""

    help = "Serve the pages. Stop with Ctrl+C."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to listen, and with how many processes."""
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on")
        parser.add_argument("--workers", type=int, default=1, help="processes")
        parser.add_argument("--threads", type=int, default=4, help="requests at once per process")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Bring tables and static files up to date, then serve."""
        host, port = options["host"], options["port"]
        refuse_open_house(host)
        refuse_taken_port(host, port)
        bring_up_to_date()
        call_command("collectstatic", interactive=False, verbosity=0)
        forget_owner()
        watch_over_database()
        self.stdout.write(f"Sớm: http://{host}:{port}  (Ctrl+C stops it)")
        self.stdout.flush()

        from granian import Granian
        from granian.constants import Interfaces
        from granian.log import LogLevels

        Granian(
            "som.ops.pages:application",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=options["workers"],
            blocking_threads=options["threads"],
            respawn_failed_workers=True,
            # A worker that lost its signal must not keep the page served after Ctrl+C.
            workers_kill_timeout=5,
            log_level=LogLevels.warning,
        ).serve()


def refuse_open_house(host: str) -> None:
    """Never open the accounts of people by one click, nor to other machines those of a demo."""
    if settings.DEMO and not demo.bears_mark():
        raise CommandError(
            "SOM_DEMO=1 lets anybody sign in as anybody, and this database was not made by"
            " './som demo'. Unset SOM_DEMO."
        )
    if (settings.DEMO or settings.DEBUG) and not _loopback(host):
        raise CommandError(
            f"a demo or SOM_DEBUG=1 is for this machine alone; --host {host} would show it to others"
        )


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def refuse_taken_port(host: str, port: int) -> None:
    """Say so at once when it is no port, or another program listens there."""
    if not 1 <= port <= LAST_PORT:
        raise CommandError(f"--port must be from 1 to {LAST_PORT}")
    try:
        with socket.create_server((host, port)):
            pass
    except OSError as error:
        raise CommandError(f"{host}:{port} cannot be used: {error}; try another --port") from error


def bring_up_to_date() -> None:
    """Apply what migrations are missing; without the owner's rights, say what to do."""
    if os.environ.get("DATABASE_OWNER_URL"):
        call_command("migrate", verbosity=0, interactive=False)
        return
    executor = MigrationExecutor(connections["default"])
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise CommandError(
            "the tables are older than the program. Run './som migrate' with DATABASE_URL and"
            " DATABASE_OWNER_URL set, then start again."
        )
    # A version may bring rules and no table.
    load_packaged_rules(print)
