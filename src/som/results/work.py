"""What waits at results without anybody asking: tubes nobody can answer, people to tell again."""

from __future__ import annotations

from datetime import datetime

from som.access.queries import system_actor
from som.kernel import scope
from som.kernel.batches import CHUNK
from som.people.queries import persons_owed
from som.results.commands import tell_newly_owed
from som.results.queries import tubes_lost_unanswered, tubes_untested_past_use_by
from som.sampling.commands import expire_tubes, request_tests, requests_again
from som.sampling.queries import swabs_in_tubes
from som.sampling.rules import RequestReason


def take_up_expired(*, at: datetime) -> int:
    """Close tubes past their use-by and ask for their people again; answer how many tubes."""
    by = system_actor("results")
    closed = 0
    while found := tubes_untested_past_use_by(by=by, at=at, limit=CHUNK):
        closed += len(expire_tubes(found, by=by, at=at).done)
    return closed


def take_up_lost(*, at: datetime) -> int:
    """Ask for the people of lost tubes who have no answer; answer how many tubes."""
    by = system_actor("results")
    asked = 0
    while found := tubes_lost_unanswered(by=by, at=at, limit=CHUNK):
        with scope.entered(by, "results.read"):
            swabs = swabs_in_tubes(found)
        request_tests(requests_again(swabs, RequestReason.LOST, at=at), by=by, at=at)
        asked += len(found)
    return asked


def take_up_owed(*, at: datetime) -> int:
    """Tell what became owed since entries were joined and walk-ins named; answer for how many."""
    by = system_actor("results")
    told = 0
    while found := persons_owed(by=by, limit=CHUNK):
        told += len(tell_newly_owed(found, by=by, at=at).done)
    return told
