"""`./som status`: which database this installation uses, and whether it runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand

from som.ops import embedded


class Command(BaseCommand):
    """Say which database is used, without starting it."""

    help = "Say which database this installation uses and whether it runs."
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Print where the data is; never a password."""
        if os.environ.get("DATABASE_URL"):
            self.stdout.write("The server named in DATABASE_URL is used.")
            return
        found = embedded.status(Path(os.environ["SOM_DATA"]))
        state = f"runs (process {found.pid})" if found.pid else "does not run"
        made = state if found.created else "is not made yet; './som start' makes it"
        self.stdout.write(f"The embedded server in {found.folder} {made}.")
