"""`./som stop`: stop the embedded server, whoever uses it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand

from som.ops import embedded


class Command(BaseCommand):
    """Stop the embedded server."""

    help = "Stop the embedded server. It also stops with the last process that uses it."
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Stop it orderly; the data stay."""
        folder = Path(os.environ["SOM_DATA"])
        stopped = embedded.stop(folder)
        self.stdout.write("PostgreSQL is stopped." if stopped else "PostgreSQL was not running.")
