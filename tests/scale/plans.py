"""How the server goes about the statements of a call, and how tables are filled for that.

EXPLAIN shows the statement itself. It looks neither into the functions that a statement calls, such as
definers, nor into triggers: those that take a batch say `enable_seqscan = off` themselves, of the others
these tests say nothing.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
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


_ONLY_READS = re.compile(
    r"\s*(SELECT|WITH)\b(?!.*\b(FOR (NO KEY )?(UPDATE|SHARE)|INSERT|UPDATE|DELETE)\b)",
    re.DOTALL | re.IGNORECASE,
)


@contextmanager
def rows_read() -> Iterator[dict[str, Counter[str]]]:
    """How many rows of each table the statements meanwhile go through, those left out among them.

    Each statement that only reads is run a second time by EXPLAIN ANALYZE, with tables read whole only
    where no index helps: here they are still so short that it would be quicker. Of a statement that is
    met again the greatest numbers stand.
    """
    found: dict[str, Counter[str]] = {}
    asking = False

    def heard(execute: Any, statement: str, values: Any, many: bool, context: Any) -> Any:
        nonlocal asking
        if not asking and not many and _ONLY_READS.match(statement):
            asking = True
            said = "EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF, FORMAT JSON)"
            sql.execute("SET enable_seqscan = off")
            ((plan,),) = sql.rows(f"{said} {statement}", values)
            sql.execute("RESET enable_seqscan")
            asking = False
            plan = json.loads(plan) if isinstance(plan, str) else plan
            before = found.setdefault(statement, Counter())
            found[statement] = before | Counter(dict(_gone_through(plan[0]["Plan"])))
        return execute(statement, values, many, context)

    with connection.execute_wrapper(heard):
        yield found


def _gone_through(node: dict[str, Any]) -> Counter[str]:
    """Rows by table that this part of a plan and those below it go through."""
    found = Counter[str]()
    if "Relation Name" in node:
        left_out = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
        each = sum(node.get(key, 0) for key in left_out)
        found[node["Relation Name"]] += round(each * node["Actual Loops"])
    for below in node.get("Plans", []):
        found += _gone_through(below)
    return found
