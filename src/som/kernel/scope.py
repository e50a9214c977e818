"""One transaction, one actor, one scope: what row-level security lets this transaction touch.

The scope is set with SET LOCAL, so it ends with the transaction, and is put back by hand where the
transaction goes on (a query inside a command, a test). Row-level security guards against a
forgotten filter; it does not guard against injected SQL, which is why all parameters are bound.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from som.kernel.actors import Actor

EVERYWHERE = "*"


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
    nested = connection.in_atomic_block
    with transaction.atomic(savepoint=False) if nested else transaction.atomic():
        with connection.cursor() as cursor:
            before = ""
            if nested:
                cursor.execute("SELECT current_setting('som.units', true)")
                before = cursor.fetchone()[0] or ""
            cursor.execute(f"SET LOCAL som.units = '{_setting(units)}'")
        yield units
        if nested:
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL som.units = '{before}'")
