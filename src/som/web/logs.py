"""What is written down of an error: when, where and of which kind, and nothing anybody typed.

The message of an error quotes what it failed on, a name or a date of birth; a database's adds the
row. Neither belongs in a log that is kept and copied elsewhere.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1]
LAST = 2
"""How many of the last frames are named wherever they are; before those, only our own."""


class PlacesOnly(logging.Formatter):
    """An error as its kinds, the page asked for, and the lines it passed through."""

    def format(self, record: logging.LogRecord) -> str:
        """One line an entry; without an error it is the entry's own words."""
        parts = [self.formatTime(record), record.levelname, record.name]
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return " ".join([*parts, record.getMessage()])
        parts.append(" from ".join(type(one).__qualname__ for one in _chain(error)))
        if request := getattr(record, "request", None):
            parts += [str(request.method), ascii(request.path)[1:-1]]
        return " ".join([*parts, "at", " < ".join(_places(error)) or "no line"])


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it came from, each once: two may name each other as their cause."""
    met: set[int] = set()
    while error is not None and id(error) not in met:
        met.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _places(error: BaseException) -> list[str]:
    """The lines the error passed through, the innermost first."""
    frames = list(reversed(traceback.extract_tb(error.__traceback__)))
    return [
        f"{_short(frame.filename)}:{frame.lineno}"
        for turn, frame in enumerate(frames)
        if turn < LAST or Path(frame.filename).is_relative_to(SOURCE)
    ]


def _short(filename: str) -> str:
    path = Path(filename)
    if path.is_relative_to(SOURCE):
        return str(path.relative_to(SOURCE.parent))
    return "/".join(path.parts[-3:])
