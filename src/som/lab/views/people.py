"""People on the laboratory's pages by their own names in place of their user names."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from som.access.queries import full_names


def named(usernames: Iterable[str | None]) -> Callable[[str | None], str]:
    """How to name these people, asked for in one statement; whoever has no account stays as written."""
    names = full_names({name for name in usernames if name})
    return lambda name: names.get(name, name) if name else ""
