"""Where a test of statement counts finds, for each command, how to make so many things ready."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

MANY = 1_000
Call = Callable[[], Any]

PREPARED: dict[str, tuple[Callable[[int], Call], int]] = {}


def prepared(name: str, many: int = MANY) -> Callable[[Any], Any]:
    """A function that makes so many things ready, and gives the call to be counted."""

    def noted(function: Callable[[int], Call]) -> Callable[[int], Call]:
        PREPARED[name] = function, many
        return function

    return noted
