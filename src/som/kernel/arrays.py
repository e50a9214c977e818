"""How lists travel to the database: whole, not element by element. For `sql`, and what it sends.

A batch is sent as arrays of a thousand numbers and texts. The driver asks of each element whether it
needs quotes; here a list of texts or numbers becomes one literal at once (what that saves: ADR 11). What
holds anything else goes the driver's way.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from psycopg import DataError, adapters
from psycopg.abc import Buffer
from psycopg.types.array import ListDumper

_BETWEEN = "\0"
"""What no text of PostgreSQL may hold."""
_QUOTED = f'"{_BETWEEN}"'


class WholeListDumper(ListDumper):
    """A list of texts, numbers, days or times, written as one array literal."""

    def dump(self, obj: list[Any]) -> Buffer | None:
        """The literal of this list."""
        kinds = set(map(type, obj))
        nulls = type(None) in kinds
        kinds.discard(type(None))
        if kinds == {int}:
            texts = ["NULL" if one is None else str(one) for one in obj] if nulls else map(str, obj)
            return f"{{{','.join(texts)}}}".encode()
        if kinds in ({date}, {datetime}):
            obj = [one and str(one) for one in obj]
        elif not kinds or not all(issubclass(kind, str) for kind in kinds):
            return super().dump(obj)
        if not nulls:
            return f"{{{_quoted(obj).replace(_BETWEEN, ',')}}}".encode()
        said = iter(_quoted([one for one in obj if one is not None]).split(_BETWEEN))
        return f"{{{','.join(['NULL' if one is None else next(said) for one in obj])}}}".encode()


def _quoted(texts: list[str]) -> str:
    """Each of these texts in quotes, and between each two what no text holds."""
    whole = _BETWEEN.join(texts)
    if whole.count(_BETWEEN) != len(texts) - 1:
        raise DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    whole = whole.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{whole.replace(_BETWEEN, _QUOTED)}"'


def literal(numbers: Iterable[int]) -> str:
    """An array of numbers as the database writes it: arrays of many lengths travel as texts."""
    return f"{{{','.join(map(str, numbers))}}}"


def register() -> None:
    """Let every connection made from now on send its lists so."""
    adapters.register_dumper(list, WholeListDumper)
