"""Set-based SQL where the ORM would loop. For commands, queries and audit alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

from som.kernel import arrays, moments

arrays.register()
moments.register()


def folded(text: str) -> str:
    """The SQL that folds a text expression as `ids.fold` does, for searches in short tables."""
    bare = f"regexp_replace(normalize(translate({text}, 'đĐ', 'dD'), NFD), '[\\u0300-\\u036f]', '', 'g')"
    return f"regexp_replace(lower({bare}), '\\s+', ' ', 'g')"


def rows(statement: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> list[tuple[Any, ...]]:
    """Run one statement and return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def row(statement: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> tuple[Any, ...] | None:
    """Run one statement and return its first row, or None."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        found: tuple[Any, ...] | None = cursor.fetchone()
        return found


def execute(statement: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> int:
    """Run one statement and return how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        return int(cursor.rowcount)
