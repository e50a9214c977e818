"""When and where the plug is pulled. Drawn from a seed; no process is touched here."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any


class Role(StrEnum):
    """Whose statements are counted."""

    DESK = "desk"
    PAGES = "pages"
    WORKER = "worker"


class Victim(StrEnum):
    """Who is killed."""

    SELF = "self"  # the process whose statements are counted
    SERVER = "server"  # PostgreSQL with all its processes, as in a power cut
    POSTMASTER = "postmaster"  # its first process alone; the others end when they notice
    BACKEND = "backend"  # the process of this very connection; PostgreSQL starts itself anew


class Moment(StrEnum):
    """When. The first two are inside an open transaction."""

    STATEMENT = "statement"  # before the nth statement, in a transaction that has begun
    BEFORE_COMMIT = "before_commit"
    COMMIT = "commit"  # a moment after COMMIT was sent, on either side of its end
    AFTER_COMMIT = "after_commit"  # committed, and nobody was told yet
    IDLE = "idle"  # between two commands


INSIDE = (Moment.STATEMENT, Moment.BEFORE_COMMIT)
LISTS, RECALLS = "sampling.take_up_lists", "results.carry_out_recalls"
LOST = "som.ops.timetable.ask_for_lost"
JOBS = (
    *(LISTS,) * 2,
    *("som.ops.timetable.deliver_notices",) * 3,
    *(RECALLS,) * 3,
    LOST,
    "som.ops.timetable.call_reviewers",
    "som.ops.timetable.watch_clocks",
)
"""Which of the worker's jobs are struck, the more often the more hangs on them."""

OF_THE_MORNING = (LISTS, LOST)
"""Jobs that are done early, so that strikes wait for them from the first call."""

LONGEST = 0.003
"""Seconds after which a COMMIT that was sent is cut; one takes about a millisecond."""


@dataclass(frozen=True)
class Strike:
    """One kill. `nth`: which statement, or which COMMIT that wrote something.

    It waits from call `since` of the day for one of its role.
    """

    number: int
    since: int
    role: Role
    victim: Victim
    moment: Moment
    nth: int = 1
    delay: float = 0.0
    job: str = ""  # of a worker: while it does this; else whatever comes

    def fits(self, role: Role, jobs: Sequence[str]) -> bool:
        """Whether it may fall into a call of this role, by which a worker does these jobs."""
        return self.role is role and (not self.job or self.job in jobs)


@dataclass(frozen=True)
class Struck:
    """What was noted of a strike just before it fell."""

    strike: Strike
    doing: str
    statement: int
    inside: bool
    at: float


def drawn(seed: int, calls: int) -> list[Strike]:
    """The strikes of a day, in the order in which they wait, from one of so many calls on.

    Two in three are inside a transaction.
    """
    draw = random.Random(f"strikes {seed}")
    count = draw.randint(4, 7)
    within = -(-count * 2 // 3)
    inside = [True] * within + [False] * (count - within)
    draw.shuffle(inside)
    found = []
    for number, (place, held) in enumerate(
        zip(sorted(draw.sample(range(calls), count)), inside, strict=True), 1
    ):
        moment = draw.choice(
            [Moment.STATEMENT] * 3 + [Moment.BEFORE_COMMIT]
            if held
            else [Moment.COMMIT] * 2 + [Moment.AFTER_COMMIT] * 2 + [Moment.IDLE]
        )
        role = draw.choice([Role.DESK] * 3 + [Role.PAGES] * 3 + [Role.WORKER] * 4)
        job = draw.choice(JOBS) if role is Role.WORKER else ""
        victims = [Victim.SELF] * 4 + [Victim.SERVER] * 2 + [Victim.POSTMASTER, Victim.BACKEND]
        found.append(
            Strike(
                number,
                0 if job in OF_THE_MORNING else place,
                role,
                draw.choice(victims),
                moment,
                draw.randint(2, 24) if moment is Moment.STATEMENT else draw.choice([1, 1, 2]),
                round(draw.uniform(0, LONGEST), 5),
                job,
            )
        )
    return found


def eased(strike: Strike) -> Strike:
    """The same strike where its moment never came: at the first COMMIT."""
    moment = Moment.BEFORE_COMMIT if strike.moment is Moment.STATEMENT else strike.moment
    return replace(strike, moment=moment, nth=1)


class Orders:
    """The folder through which a process is told of its strike, and tells that it falls."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "struck.jsonl"

    def _place(self, role: Role) -> Path:
        return self.folder / f"{role}.order"

    def give(self, strike: Strike) -> None:
        begun = self.folder / f"{strike.role}.new"
        begun.write_text(json.dumps(asdict(strike)))
        begun.rename(self._place(strike.role))

    def take_back(self, role: Role) -> None:
        self._place(role).unlink(missing_ok=True)

    def standing(self, role: Role) -> Strike | None:
        try:
            said = json.loads(self._place(role).read_text())
        except FileNotFoundError:
            return None
        return _strike(said)

    def note(self, struck: Struck) -> None:
        """Write it down and drop the order, before it falls."""
        with open(self.log, "a") as file:
            file.write(json.dumps(asdict(struck)) + "\n")
        self.take_back(struck.strike.role)

    def note_done(self, job: str, began: float) -> None:
        """A job of the worker that began then went well."""
        with open(self.folder / "done.jsonl", "a") as file:
            file.write(json.dumps([job, began]) + "\n")

    def done_since(self, began: float) -> set[str]:
        """The jobs that began after this moment and went well."""
        place = self.folder / "done.jsonl"
        lines = place.read_text().splitlines() if place.exists() else []
        return {job for job, at in map(json.loads, lines) if at >= began}

    def noted(self) -> list[Struck]:
        if not self.log.exists():
            return []
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [Struck(**line | {"strike": _strike(line["strike"])}) for line in lines]


def _strike(said: dict[str, Any]) -> Strike:
    kinds = {"role": Role, "victim": Victim, "moment": Moment}
    return Strike(**said | {name: kind(said[name]) for name, kind in kinds.items()})
