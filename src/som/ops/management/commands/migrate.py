"""`./som migrate`: tables up to date as their owner, the application's rights, then the rules."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from django.core.management import CommandError, CommandParser
from django.core.management.commands import migrate
from django.db import connections

from som.ops.database import ApplicationRoleError, grant_application
from som.ops.packaged import load_packaged_rules
from som.ops.processes import patience


class Command(migrate.Command):
    """Django's command, on the owner's connection, followed by the grants and the dated rules."""

    help = (
        "Bring the tables up to date, give the application's role its rights and load the dated"
        " rules that are missing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take Django's arguments; the database is the owner's unless named."""
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate, grant, and load the rules; each may be repeated.

        Where only a part is migrated the tables of rules may be older than the program: none is loaded.
        Processes that start together do this one after the other.
        """
        with _alone(options["database"]):
            self._bring_up_to_date(*args, **options)

    def _bring_up_to_date(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        alias = options["database"]
        if options.get("plan") or options.get("check_unapplied") or options.get("prune"):
            return
        try:
            role = connections["default"].settings_dict["USER"]
            grant_application(connections[alias], role)
        except ApplicationRoleError as error:
            raise CommandError(str(error)) from error
        finally:
            connections[alias].close()
        if not options.get("app_label"):
            load_packaged_rules(self.stdout.write)


@contextlib.contextmanager
def _alone(alias: str) -> Iterator[None]:
    """Let no other process migrate or grant meanwhile: PostgreSQL fails one of two at once.

    Asked again and again in place of waited for: an index built concurrently would wait in turn for
    whoever waits inside a statement.
    """
    with contextlib.closing(connections[alias].copy()) as guard, guard.cursor() as cursor:
        with patience("another process brings the tables up to date; waiting") as waiting:
            while True:
                cursor.execute("SELECT pg_try_advisory_lock(hashtext('som.migrate'))")
                if cursor.fetchone() == (True,):
                    break
                waiting()
        yield
