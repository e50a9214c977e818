"""One transaction, one actor, one scope: what row-level security lets this transaction touch.

The scope is set with SET LOCAL, so it ends with the transaction, and is put back by hand where the
transaction goes on (a query inside a command, a test). Row-level security guards against a
forgotten filter; it does not guard against injected SQL, which is why all parameters are bound.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache

from django.db import connection, transaction

from som.kernel.actors import Actor

EVERYWHERE = "*"

_inside: ContextVar[str | None] = ContextVar("scope", default=None)
"""The setting that the innermost scope made; a command inside another of one scope asks nothing."""


@lru_cache(maxsize=256)
def _setting(units: frozenset[int] | None) -> str:
    if units is None:
        return EVERYWHERE
    return "{" + ",".join(str(int(unit)) for unit in sorted(units)) + "}"


@contextmanager
def entered(
    by: Actor,
    permission: str,
    *,
    unit: int | None = None,
    organisation: int | None = None,
    behalf: Actor | None = None,
) -> Iterator[frozenset[int] | None]:
    """Check the permission, open a transaction, and let it touch the rows of the actor's units.

    Yields those units (None: everywhere). `behalf` names a system actor whose scope the
    transaction takes instead: a reviewer releases results of people whom she may not see, and
    nothing about them is returned to her. Raises `NotAllowed` before any statement.
    """
    by.must(permission, unit=unit, organisation=organisation)
    units = (behalf or by).units_for(permission)
    setting = _setting(units)
    nested = connection.in_atomic_block
    with transaction.atomic(savepoint=False) if nested else transaction.atomic():
        before = (_inside.get() or _current()) if nested else ""
        if setting != before:
            _set(setting)
        token = _inside.set(setting)
        try:
            yield units
        finally:
            _inside.reset(token)
        if nested and setting != before:
            _set(before)


def _current() -> str:
    """What the transaction may touch that somebody else began: a test, the worker's own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('som.units', true)")
        return cursor.fetchone()[0] or ""


def _set(setting: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL som.units = '{setting}'")
