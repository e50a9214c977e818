"""When a tube's answer grows late, and where the tube is meanwhile. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from som.kernel.outcomes import Refusal, gettext_noop

STEPS = (50, 80, 100)
"""Per cent of a clock's time at which it escalates, as the house asks; nothing pauses it."""


class ClockKind(StrEnum):
    """From when a clock runs: "12 hours" in the dispatches has no stated start."""

    TAKING = "taking"
    RECEPTION = "reception"


class WatchStation(StrEnum):
    """Where a tube is whose people have no answer yet."""

    AT_SESSION = "at_session"
    ON_WAY = "on_way"
    AT_LAB = "at_lab"
    IN_TEST = "in_test"
    READ = "read"
    REFERRED = "referred"


class WatchRefusal(Refusal):
    """Why a tube was not watched, taken over or a run not counted."""

    UNKNOWN = "watch_unknown", gettext_noop("There is no such tube with people in it.")
    NOT_RUNNING = (
        "watch_not_running",
        gettext_noop("No clock runs for this tube: its people are answered or asked again."),
    )
    RUN_UNKNOWN = "watch_run_unknown", gettext_noop("There is no such run.")


@dataclass(frozen=True, slots=True)
class WatchedTube:
    """What is known of a tube under watch. `over`: answered, asked again or closed.

    `lab` has it, or sent it on and nobody has received it yet; before that it is to go there.
    """

    tube: int
    unit: int
    lab: int
    first_swab_at: datetime
    promise_hours: int
    over: bool
    received_at: datetime | None
    station: WatchStation
    holder: str


@dataclass(frozen=True, slots=True)
class Late:
    """How many tubes are late at a laboratory, or of a unit before any laboratory had them."""

    lab: int | None
    unit: int | None
    tubes: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class RunningClocks:
    """How many clocks run, and how many of them are past each step."""

    running: int
    past_50: int
    past_80: int
    late: int

    def __bool__(self) -> bool:
        return self.running > 0

    @property
    def half(self) -> int:
        """Past half of the time, and not nearly late yet."""
        return self.past_50 - self.past_80

    @property
    def nearly(self) -> int:
        """Past four fifths of the time, and not late yet."""
        return self.past_80 - self.late

    def __add__(self, other: RunningClocks) -> RunningClocks:
        return RunningClocks(
            self.running + other.running,
            self.past_50 + other.past_50,
            self.past_80 + other.past_80,
            self.late + other.late,
        )


@dataclass(frozen=True, slots=True)
class Running:
    """A clock as it runs at a laboratory. `id` is None until it is written."""

    id: int | None
    tube: int
    kind: ClockKind
    lab: int
    started_at: datetime
    due_at: datetime
    next_at: datetime | None
    owner: str
    stopped: bool


@dataclass(frozen=True, slots=True)
class Advance:
    """What has to happen to the clocks of a tube by now."""

    start: tuple[Running, ...] = ()
    stop: tuple[Running, ...] = ()
    moved: tuple[Running, ...] = ()
    passed: tuple[tuple[Running, tuple[int, ...]], ...] = ()

    @property
    def empty(self) -> bool:
        return not (self.start or self.stop or self.moved or self.passed)


def step_at(started_at: datetime, due_at: datetime, step: int) -> datetime:
    """The moment at which so many per cent of a clock's time are over."""
    return started_at + (due_at - started_at) * step / 100


def steps_due(clock: Running, now: datetime) -> tuple[int, ...]:
    """The steps that fall due by now and were not taken yet."""
    if clock.next_at is None:
        return ()
    moments = ((step, step_at(clock.started_at, clock.due_at, step)) for step in STEPS)
    return tuple(step for step, moment in moments if clock.next_at <= moment <= now)


def next_step_at(started_at: datetime, due_at: datetime, now: datetime) -> datetime | None:
    """When the next step falls due; None after the last."""
    coming = (step_at(started_at, due_at, step) for step in STEPS)
    return next((moment for moment in coming if moment > now), None)


def advance(
    tube: WatchedTube, clocks: Sequence[Running], *, reception_hours: int, now: datetime
) -> Advance:
    """What has to happen to this tube's clocks by now.

    A tube that is over starts none and stops those that run. A clock started late, because its tube
    was recorded late, takes all its steps at once. Where the tube came to another laboratory its
    clocks go with it, and are whoever's has it now: nobody owns by name what left their house.
    """
    running = [one for one in clocks if not one.stopped]
    if tube.over:
        return Advance(stop=tuple(running))
    known = {one.kind for one in clocks}
    begun = [(ClockKind.TAKING, tube.first_swab_at, tube.promise_hours)]
    if tube.received_at is not None:
        begun.append((ClockKind.RECEPTION, tube.received_at, reception_hours))
    start = tuple(
        _started(tube, kind, at, at + timedelta(hours=hours))
        for kind, at, hours in begun
        if kind not in known
    )
    moved = tuple(replace(one, lab=tube.lab, owner="") for one in running if one.lab != tube.lab)
    stayed = [one for one in running if one.lab == tube.lab]
    passed = tuple(
        (one, steps) for one in (*stayed, *moved, *start) if (steps := steps_due(one, now))
    )
    return Advance(start, (), moved, passed)


def _started(tube: WatchedTube, kind: ClockKind, at: datetime, due_at: datetime) -> Running:
    next_at = step_at(at, due_at, STEPS[0])
    return Running(None, tube.tube, kind, tube.lab, at, due_at, next_at, "", stopped=False)
