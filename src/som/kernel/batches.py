"""Large inputs go in chunks, each its own transaction. Pure."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")

CHUNK = 5_000
"""Items in one transaction: long enough that statements cost nothing, short enough for its locks."""


def chunks(items: Sequence[Item], size: int = CHUNK) -> Iterator[Sequence[Item]]:
    """The items in order, at most `size` at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def pages(find: Callable[[int], list[int]]) -> Iterator[list[int]]:
    """What `find` finds after an id, page by page in the order of the ids.

    Each id is looked at once, whatever became of it: what does not move holds up nothing behind it.
    """
    last = 0
    while found := find(last):
        yield found
        last = found[-1]
