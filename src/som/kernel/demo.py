"""Whether this is a demo: asked for in the settings, and on a database that a demo made."""

from __future__ import annotations

from django.conf import settings

from som.kernel import sql

MARK = "Sớm demo: dropped and made anew by ./som demo"
"""The comment by which the database of a demo is told from one with people in it."""


PASSWORD = "thu-nghiem-som"  # noqa: S105  for everybody to read
"""Of every account of a demo, shown on its pages: who plays two people types it for the second."""


def bears_mark() -> bool:
    """Whether the connected database was made by `./som demo`. The application cannot mark one."""
    found = sql.row(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database"
        " WHERE datname = current_database()"
    )
    return found is not None and found[0] == MARK


def stands_open() -> bool:
    """Whether anybody may sign in here with one click."""
    return bool(settings.DEMO) and bears_mark()
