"""`./som destroy`: remove the embedded database and every file beside it, after asking."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from som.ops import embedded


class Command(BaseCommand):
    """Remove the installation's data."""

    help = "Remove the embedded database with all that was entered, after asking."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Let a script answer beforehand."""
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Ask, stop the server, remove the folder."""
        folder = Path(os.environ["SOM_DATA"])
        place = embedded.status(folder).folder
        if not options["yes"]:
            self.stdout.write(f"This removes {place} with every person, tube and result in it.")
            if input("Type 'destroy' to go on: ").strip() != "destroy":
                raise CommandError("nothing was removed")
        for removed in embedded.destroy(folder):
            self.stdout.write(f"Removed {removed}.")
