"""What waits at people: whoever nobody has compared with the others yet."""

from __future__ import annotations

from datetime import datetime

from som.access.queries import system_actor
from som.kernel.batches import pages
from som.people.commands.matching import compare_people
from som.people.queries import uncompared_persons

MOST_AT_ONCE = 1_000
"""Persons in one transaction: a few seconds, in which nobody waits but who changes one of them."""


def take_up_uncompared(*, at: datetime, limit: int | None = None) -> int:
    """Compare whoever is new or of whom more is known; answer how many persons.

    `limit` ends it after about so many. Killed in the middle, it goes on where it was.
    """
    by = system_actor("matching")
    compared = 0
    for found in pages(lambda last: uncompared_persons(by=by, after=last, limit=MOST_AT_ONCE)):
        compared += len(compare_people(found, by=by, at=at).done)
        if limit is not None and compared >= limit:
            break
    return compared
