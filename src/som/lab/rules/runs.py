"""Which files are taken, and what follows from a verdict at the bench. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from som.kernel.outcomes import Refusal, gettext_noop
from som.lab.rules.benches import LoadKind
from som.lab.verdicts import Verdict


class RunRefusal(Refusal):
    """Why a run's file was not taken."""

    UNREADABLE = "run_unreadable", gettext_noop("The file cannot be read.")
    PLATE_UNKNOWN = "run_plate_unknown", gettext_noop("This laboratory has no such plate.")
    PLATE_READ = "run_plate_read", gettext_noop("Another file was already read for this plate.")
    FILE_ELSEWHERE = "run_file_elsewhere", gettext_noop("This file was read for another plate.")
    KIT_LOT_MISSING = "run_kit_lot_missing", gettext_noop("The lot of the kit is missing.")
    BLOCK_DIFFERS = (
        "run_block_differs",
        gettext_noop("The instrument's block has another size than the plate."),
    )


class VerdictReason(Refusal):
    """Why a verdict is not what the readings alone say."""

    INVALID_TWICE = (
        "invalid_twice",
        gettext_noop("Invalid for the second time: treated as inconclusive."),
    )


@dataclass(frozen=True, slots=True)
class RunGiven:
    """An instrument's file for a plate, byte for byte, with the lot of the kit that was used."""

    plate: str
    filename: str
    content: bytes
    kit_lot: str


class Next(StrEnum):
    """What follows from a verdict at the laboratory."""

    NOTHING = "nothing"
    REPEAT = "repeat"
    RETEST_MEMBERS = "retest_members"


def after_verdict(
    kind: LoadKind, value: Verdict | None, *, invalid_before: int
) -> tuple[Verdict | None, Next]:
    """The verdict as it counts, and what follows at once, before anybody releases anything.

    A fault (no verdict) and a first invalid are repeated; a second invalid counts as inconclusive.
    A positive or inconclusive lab pool sends each member's own tube to the retest list.
    """
    if value is None:
        return None, Next.REPEAT
    if value is Verdict.INVALID:
        if invalid_before == 0:
            return value, Next.REPEAT
        value = Verdict.INCONCLUSIVE
    if kind is LoadKind.POOL and value in (Verdict.POSITIVE, Verdict.INCONCLUSIVE):
        return value, Next.RETEST_MEMBERS
    return value, Next.NOTHING


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """A verdict with all that a release must know of it. `tubes`: the tube, or the pool's members."""

    id: int
    lab: int
    run: int
    value: str
    reason: str
    kind: str
    sample: str
    swabs: int
    pool: int | None
    tubes: tuple[int, ...]
    read_by: str
    read_at: datetime
    superseded: bool
    member_of: int | None
    """For a tube tested after its pool: the lab pool."""


@dataclass(frozen=True, slots=True)
class MemberVerdict:
    """A member of a lab pool and the last verdict of its own tube, if there is one."""

    pool: int
    pool_value: str
    tube: int
    closed: bool
    verdict: int | None
    value: str | None
