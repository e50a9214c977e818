"""What waits at laboratories without anybody asking: tubes whose list has come."""

from __future__ import annotations

from datetime import datetime

from som.kernel.actors import Actor
from som.kernel.batches import CHUNK, pages
from som.lab.commands import receive_listed
from som.lab.queries import unlisted_recorded


def take_up_listed(*, by: Actor, at: datetime) -> int:
    """Receive tubes that came before their list and are listed now; answer how many.

    What is refused (a list not yet whole, a manifest to another laboratory) goes on waiting and is
    looked at again the next time.
    """
    received = 0
    for found in pages(lambda last: unlisted_recorded(by=by, after=last, limit=CHUNK)):
        received += len(receive_listed(found, by=by, at=at).done)
    return received
