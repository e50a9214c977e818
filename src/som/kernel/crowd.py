"""Work so large that only a few may be at it at once, in whichever processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from som.kernel import sql


@contextmanager
def one_of(what: str, most: int) -> Iterator[bool]:
    """Whether this is one of no more than so many at it; whoever is not waits for nobody.

    A place ends with the connection: that of a server that was killed is free at once.
    """
    (place,) = sql.row(
        """
        SELECT min(g.place) FROM (
            SELECT n AS place FROM generate_series(1, %(most)s) n
            WHERE pg_try_advisory_lock(hashtextextended(%(what)s, n)) LIMIT 1
        ) g
        """,
        {"what": f"som.crowd.{what}", "most": most},
    ) or (None,)
    try:
        yield place is not None
    finally:
        if place is not None:
            sql.row(
                "SELECT pg_advisory_unlock(hashtextextended(%s, %s))",
                (f"som.crowd.{what}", place),
            )
