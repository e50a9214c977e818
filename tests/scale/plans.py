"""How the server goes about the statements of a call, and how tables are filled for that.

EXPLAIN shows the statement itself. It looks neither into the functions that a statement calls, such as
definers, nor into triggers: those that take a batch say `enable_seqscan = off` themselves, of the others
these tests say nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection, connections

from som.kernel import sql

_PLANNED = {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"}


def fill(statement: str, *values: object, **named: object) -> None:
    """Write as the owner, past policies and rights, and tell the planner how much there is."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement, values or named or None)
        cursor.execute("ANALYZE")


def plans(call: Callable[[], object], *, about: str = "") -> list[tuple[str, str]]:
    """Every statement of this call in which these words stand, each with its plan at that moment."""
    found: list[tuple[str, str]] = []
    asking = False

    def heard(execute: Any, statement: str, values: Any, many: bool, context: Any) -> Any:
        nonlocal asking
        planned = statement.split(maxsplit=1)[0].upper() in _PLANNED
        if planned and about in statement and not asking:
            asking = True
            plan = "\n".join(line for (line,) in sql.rows(f"EXPLAIN {statement}", values))
            asking = False
            found.append((statement, plan))
        return execute(statement, values, many, context)

    with connection.execute_wrapper(heard):
        call()
    assert found
    return found


def read_through(call: Callable[[], object], tables: Sequence[str]) -> list[str]:
    """Each of these tables that a statement of this call reads as a whole, with the statement."""
    return [
        f"{table}: {statement}"
        for statement, plan in plans(call)
        for table in tables
        if f"Seq Scan on {table} " in plan
    ]
