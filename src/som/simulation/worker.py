"""The worker of the drawn day: what waits is pulled at drawn times by the pulls of the real one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from som.access.queries import system_actor
from som.lab.work import take_up_listed
from som.notices.work import take_up_unacknowledged, take_up_waiting, to_files
from som.results.work import (
    take_up_calls,
    take_up_clocks,
    take_up_expired,
    take_up_lost,
    take_up_rates,
    take_up_recalls,
)


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a round brought: tubes whose list came, and whether somebody was asked for again."""

    listed: int
    asked_again: bool


def pull(outbox: Path, at: datetime) -> Pulled:
    """One round of what moves tubes, people and notices."""
    listed = take_up_listed(by=system_actor("lab"), at=at)
    asked = take_up_expired(at=at) + take_up_lost(at=at) + take_up_recalls(at=at)
    deliver(outbox, at)
    return Pulled(listed, asked > 0)


def watch(at: datetime) -> None:
    """One round of what calls people at their desks."""
    take_up_clocks(at=at)
    take_up_rates(at=at)
    take_up_calls(at=at)
    take_up_unacknowledged(by=system_actor("delivery"), at=at)


def deliver(outbox: Path, at: datetime) -> None:
    """Send what is to be told."""
    take_up_waiting(to_files(outbox), by=system_actor("delivery"), at=at)
