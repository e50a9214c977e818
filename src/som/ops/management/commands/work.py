"""`./som work`: takes up what waits between the stages."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from typing import Any

import psycopg
from django.core.management import BaseCommand, CommandError, CommandParser
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status
from procrastinate.signals import on_stop

from som.ops.installation import say
from som.ops.management.commands.start import bring_up_to_date
from som.ops.serving import forget_owner, watch_over_database

PAUSE = 1.0
"""Seconds until a worker that lost its database looks for it again."""


class Command(BaseCommand):
    """Run the worker until interrupted."""

    help = "Take up waiting work. Stop with Ctrl+C; work in hand is finished first."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """How much at once, and whether to stop when nothing waits."""
        parser.add_argument("--concurrency", type=int, default=1, help="jobs at once")
        parser.add_argument("--once", action="store_true", help="stop when nothing waits")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Bring the tables up to date, then work."""
        if options["concurrency"] < 1:
            raise CommandError("--concurrency must be 1 or more")
        bring_up_to_date()
        forget_owner()
        watch_over_database()
        self.stdout.write("Sớm: the worker runs  (Ctrl+C stops it)")
        self.stdout.flush()
        work(options["concurrency"], wait=not options["once"])


def work(concurrency: int, *, wait: bool) -> None:
    """Take up jobs until asked to stop; where the database goes away, go on once it is back.

    Without this the library's worker ends when it loses its connection, and with no error if the
    database is back soon.
    """
    stopped = False

    async def at_work() -> None:
        this = asyncio.current_task()

        def stop() -> None:
            nonlocal stopped
            stopped = True
            # Whoever started it may ask once more while work in hand is being finished.
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            if this is not None:
                this.cancel()

        with on_stop(stop):
            async with app.open_async():
                # What a killed worker had in hand: its job only woke it, and the clock wakes again.
                for job in await app.job_manager.get_stalled_jobs():
                    await app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
                await app.run_worker_async(
                    concurrency=concurrency,
                    wait=wait,
                    install_signal_handlers=False,
                    delete_jobs="successful",  # dozens a minute, for years
                )

    while True:
        # Cancelled is who was asked to stop; whoever stops when nothing waits tells of an error.
        passed = (ConnectorException, psycopg.OperationalError) if wait else ()
        with (
            app.replace_connector(app.connector.get_worker_connector()),  # type: ignore[attr-defined]
            contextlib.suppress(asyncio.CancelledError, *passed),
        ):
            asyncio.run(at_work())
        if stopped or not wait:
            return
        say("the worker lost its database; going on when it is back")
        time.sleep(PAUSE)
