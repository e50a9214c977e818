"""What waits at results without anybody asking: tubes whose use-by passed untested."""

from __future__ import annotations

from datetime import datetime

from som.access.queries import system_actor
from som.kernel.batches import CHUNK
from som.results.queries import tubes_untested_past_use_by
from som.sampling.commands import expire_tubes


def take_up_expired(*, at: datetime) -> int:
    """Close tubes past their use-by and ask for their people again; answer how many tubes."""
    by = system_actor("results")
    closed = 0
    while found := tubes_untested_past_use_by(by=by, at=at, limit=CHUNK):
        closed += len(expire_tubes(found, by=by, at=at).done)
    return closed
