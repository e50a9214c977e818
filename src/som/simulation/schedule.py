"""Drawn times: how long hands, roads and machines take. Pure.

Everything happens in events, the earliest first; of two at one moment the one planned first. The
numbers are guesses of a practitioner where no source is named, and stand here to be argued with.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

Action = Callable[[datetime], None]

FIRST_SWAB = timedelta(hours=7)
"""After midnight of the drawn day."""
PER_PERSON = timedelta(seconds=30)
"""Scan, swab, seal: a lane takes 60 to 120 people an hour."""
PER_HOUSEHOLD = timedelta(seconds=20)
PEOPLE_PER_TEAM = 350
"""A morning's work of one team, some four hours."""
BOX_EVERY = timedelta(minutes=75)
"""A box leaves for the laboratory as often as this, and when the team is done."""
PACKING = timedelta(minutes=5)
CLEARING = timedelta(hours=3)
"""A team's list is looked through and its session closed so long after its last box."""
LANES = 4
"""Hands that swab people who are asked for again in one commune."""
PULL_EVERY = timedelta(minutes=15)
WATCH_EVERY = timedelta(minutes=30)
"""The worker looks every minute; on the drawn day this is often enough."""
UNPACKING = timedelta(minutes=10)
RUN_TIME = timedelta(minutes=120)
"""Extraction and PCR, from the loaded plate to the file."""
LOADING = timedelta(minutes=25)
"""Pooling and pipetting a plate."""
READING = timedelta(minutes=5)
REVIEW = timedelta(minutes=15)
PATIENCE = timedelta(minutes=40)
"""A plate that is not full waits so long for more."""
RECALL_AFTER = timedelta(minutes=45)
"""From the release of a positive field pool until a team is at the door of its people."""
PEOPLE_PER_INSTRUMENT = 1_500
"""A province brings more instruments to a larger campaign; never fewer than two a laboratory."""


RUNS_A_DAY = 8
"""Of one instrument, day and night, with pipetting between them."""


def instruments_for(people: int, share: float) -> int:
    """Instruments of a laboratory that tests this share of the people."""
    return max(2, math.ceil(people * share / PEOPLE_PER_INSTRUMENT))


def road(source: random.Random) -> timedelta:
    """From a commune to a laboratory."""
    return timedelta(minutes=source.randint(25, 70))


@dataclass(slots=True)
class Agenda:
    """What is to happen, and until when it has happened."""

    now: datetime
    _waiting: list[tuple[datetime, int, Action]] = field(default_factory=list)
    _planned: int = 0

    @property
    def waiting(self) -> int:
        """How many things are planned."""
        return len(self._waiting)

    def plan(self, at: datetime, action: Action) -> None:
        """Let this happen then, or at once where the time has passed."""
        self._planned += 1
        heapq.heappush(self._waiting, (max(at, self.now), self._planned, action))

    def run(self, until: datetime | None = None) -> None:
        """Let everything happen in its order: all that is planned, or what is planned until then.

        What is later stays planned, and it is then that moment.
        """
        while self._waiting and (until is None or self._waiting[0][0] <= until):
            self.now, _, action = heapq.heappop(self._waiting)
            action(self.now)
        if until is not None:
            self.now = max(self.now, until)


def pool_sizes(tubes: int, *, smallest: int = 5, usual: int = 8, largest: int = 10) -> list[int]:
    """How to part so many tubes into lab pools of about the usual size, none too small or large.

    Fewer tubes than the smallest pool make none.
    """
    if tubes < smallest:
        return []
    pools = max(-(-tubes // largest), min(tubes // smallest, round(tubes / usual)))
    size, over = divmod(tubes, pools)
    return [size + (place < over) for place in range(pools)]


def seats(households: list[int], *, most: int) -> list[list[tuple[int, int]]]:
    """Field pools by household: tubes as lists of (household, how many of it).

    Small households share a tube while they fit whole; a household larger than a tube fills several.
    """
    tubes: list[list[tuple[int, int]]] = []
    room = 0
    for household, size in enumerate(households):
        if size > room or not tubes:
            while size > most:
                tubes.append([(household, most)])
                size -= most
            tubes.append([])
            room = most
        tubes[-1].append((household, size))
        room -= size
    return tubes
