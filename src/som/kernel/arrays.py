"""How lists travel to the database: whole, not element by element. For `sql`, and what it sends.

A batch is sent as arrays of a thousand numbers and texts. The driver asks of each element whether it
needs quotes; here a list of texts or numbers becomes one literal at once (what that saves: ADR 11). What
holds anything else goes the driver's way. Such a list goes without a type of its own: what it is of the
statement says (`%s::int[]`, `id = ANY(%s)`), and is one prepared statement whatever numbers it holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from psycopg import DataError, adapters
from psycopg.abc import Buffer, DumperKey, PyFormat
from psycopg.types.array import BaseListDumper, ListDumper

_BETWEEN = "\0"
"""What no text of PostgreSQL may hold."""
_QUOTED = f'"{_BETWEEN}"'
_LEAST, _MOST = -(2**31), 2**31 - 1
"""A list with numbers beyond says so, or a key that nothing has would be an error in its place."""


class WholeListDumper(ListDumper):
    """A list of texts, numbers, days or times, written as one array literal."""

    def get_key(self, obj: list[Any], format: PyFormat) -> DumperKey:  # noqa: A002 - the driver's word
        """All lists that go whole are alike."""
        return self.cls if _goes_whole(obj) else super().get_key(obj, format)

    def upgrade(self, obj: list[Any], format: PyFormat) -> BaseListDumper:  # noqa: A002 - the driver's word
        """What goes whole needs no dumper of its elements."""
        return self if _goes_whole(obj) else super().upgrade(obj, format)

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


def _goes_whole(obj: list[Any]) -> bool:
    """Whether a list has elements, all of one kind that needs no word about its type."""
    kinds = set(map(type, obj))
    nulls = type(None) in kinds
    kinds.discard(type(None))
    if kinds == {int}:
        numbers: list[int] = [one for one in obj if one is not None] if nulls else obj
        return min(numbers) >= _LEAST and max(numbers) <= _MOST
    return kinds in ({date}, {datetime}) or bool(kinds and all(issubclass(k, str) for k in kinds))


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
