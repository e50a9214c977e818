"""`./som work`: takes up what waits between the stages."""

from __future__ import annotations

from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser
from procrastinate.contrib.django import app

from som.ops.management.commands.start import bring_up_to_date
from som.ops.serving import forget_owner, watch_over_database


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
        self.stdout.write("Sớm: at work  (Ctrl+C stops it)")
        self.stdout.flush()
        with app.replace_connector(app.connector.get_worker_connector()) as worker:  # type: ignore[attr-defined]
            worker.run_worker(concurrency=options["concurrency"], wait=not options["once"])
