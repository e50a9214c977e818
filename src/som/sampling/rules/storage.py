"""How tubes are kept, and until when what was kept so may be tested. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from som.kernel.outcomes import Refusal, gettext_noop


class StorageKind(StrEnum):
    """A way to keep a tube."""

    FRIDGE = "fridge"
    FROZEN = "frozen"
    THAWED = "thawed"
    ROOM = "room"


TEMPERATURES: Mapping[StorageKind, tuple[Decimal, Decimal]] = {
    StorageKind.FRIDGE: (Decimal(2), Decimal(8)),
    StorageKind.FROZEN: (Decimal(-100), Decimal(-70)),
    StorageKind.THAWED: (Decimal(2), Decimal(8)),
    StorageKind.ROOM: (Decimal("-69.9"), Decimal(60)),
}
"""Between which °C a tube is kept so. The guidance knows 2 to 8 and -70, and never -20: whatever is
kept in between or warmer counts as kept at room temperature."""


class StorageRefusal(Refusal):
    """Why it was not noted how a tube is kept."""

    NOT_HERE = "stored_tube_not_here", gettext_noop("This laboratory does not have this tube.")
    NOT_AT_STATION = (
        "stored_tube_not_at_station",
        gettext_noop("This tube is not here: it is unknown, sent, or at a laboratory already."),
    )
    CLOSED = "stored_tube_closed", gettext_noop("This tube was noted as lost or expired.")
    USE_BY_PASSED = (
        "stored_use_by_passed",
        gettext_noop("The use-by has passed: no way of keeping it brings that back."),
    )
    TEMPERATURE = (
        "stored_temperature_differs",
        gettext_noop("Nothing is kept in this way at this temperature."),
    )
    BEFORE_LAST = (
        "stored_before_last",
        gettext_noop("Later than this it was noted already how this tube is kept."),
    )
    NOT_FROZEN = "stored_not_frozen", gettext_noop("Only what was frozen is thawed.")


@dataclass(frozen=True, slots=True)
class Keeping:
    """How a tube was kept from a moment on."""

    kind: StorageKind
    since: datetime


@dataclass(frozen=True, slots=True)
class KeepingRule:
    """For how long a tube may be tested.

    `fridge`: from its first swab, kept at 2 to 8 °C. `room`: at most so long is left once it was kept
    warmer. `frozen`: so long it may stay at -70 °C, where its time stands still. `thawed`: at most so
    long is left once it was thawed.
    """

    fridge: timedelta
    room: timedelta
    frozen: timedelta
    thawed: timedelta


def use_by(first_swab_at: datetime, events: Sequence[Keeping], rule: KeepingRule) -> datetime:
    """Until when a tube may be tested that was kept so since its first swab.

    Until anybody says otherwise it is in a cold box. Freezing stops the clock once: a tube that was
    thawed before goes on ageing. No event after the use-by moves it.
    """
    since, left = first_swab_at, rule.fridge
    frozen = thawed = False
    for event in sorted(events, key=lambda kept: kept.since):
        ends = since + (max(rule.frozen, left) if frozen else left)
        if event.since > ends:
            return ends
        stops = event.kind is StorageKind.FROZEN and not thawed
        if frozen and stops:
            continue
        if frozen:
            thawed, left = True, min(left, rule.thawed)
        else:
            left -= event.since - since
        if event.kind is StorageKind.ROOM:
            left = min(left, rule.room)
        since, frozen = event.since, stops
    return since + (max(rule.frozen, left) if frozen else left)


USE_BY_NEAR = timedelta(hours=12)
"""A use-by this near is marked: an answer is promised within this time, and a plate takes about half
a day from bench to verdict."""


def use_by_state(use_by_at: datetime, *, at: datetime) -> str:
    """How a use-by is marked: "late" once it has passed, "near" shortly before, else not at all."""
    if use_by_at < at:
        return "late"
    return "near" if use_by_at < at + USE_BY_NEAR else ""


@dataclass(frozen=True, slots=True)
class TubeKept:
    """A tube that is to be kept otherwise, as it was found: where, how kept so far.

    `held_by` is the laboratory that has it, `sent` whether it is in a box to one.
    """

    first_swab_at: datetime
    use_by_at: datetime
    closed: bool
    held_by: int | None
    events: tuple[Keeping, ...]
    sent: bool = False


def fault_of_storage(
    kind: StorageKind,
    temperature: Decimal | None,
    tube: TubeKept | None,
    *,
    lab: int | None,
    at: datetime,
) -> StorageRefusal | None:
    """What forbids noting that this tube is kept so from now on; None when nothing does.

    `lab` is the laboratory that keeps it, None the station that has not sent it yet.
    """
    low, high = TEMPERATURES[kind]
    if lab is None and (tube is None or tube.held_by is not None or tube.sent):
        return StorageRefusal.NOT_AT_STATION
    if tube is None or tube.held_by != lab:
        return StorageRefusal.NOT_HERE
    if tube.closed:
        return StorageRefusal.CLOSED
    if temperature is not None and not low <= temperature <= high:
        return StorageRefusal.TEMPERATURE
    if tube.use_by_at < at:
        return StorageRefusal.USE_BY_PASSED
    last = max(tube.events, key=lambda kept: kept.since, default=None)
    if at < tube.first_swab_at or (last is not None and at <= last.since):
        return StorageRefusal.BEFORE_LAST
    if kind is StorageKind.THAWED and (last is None or last.kind is not StorageKind.FROZEN):
        return StorageRefusal.NOT_FROZEN
    return None
