"""What a laboratory may do with a tube, and what follows from a verdict. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from som.kernel.outcomes import Refusal, gettext_noop
from som.lab.formats.wells import position_of
from som.lab.kits import ControlKind
from som.lab.verdicts import Verdict

CODE = re.compile(r"[A-Z0-9][A-Z0-9.\-]{1,31}")
"""How pools and plates are called: short, printable, in no need of quoting in instrument files."""


class LoadKind(StrEnum):
    """What was put into wells."""

    TUBE = "tube"
    POOL = "pool"
    NO_TEMPLATE = ControlKind.NO_TEMPLATE.value
    NEGATIVE = ControlKind.NEGATIVE.value
    POSITIVE = ControlKind.POSITIVE.value

    @property
    def control(self) -> bool:
        return self not in (LoadKind.TUBE, LoadKind.POOL)


class WaitsFor(StrEnum):
    """What a received tube waits for."""

    TEST = "test"
    RETEST = "retest"


class ReceptionRefusal(Refusal):
    """Why a tube was not received."""

    TUBE_UNKNOWN = (
        "tube_not_known",
        gettext_noop("This code was misread, or its issuer is not registered."),
    )
    AMBIGUOUS = "tube_ambiguous", gettext_noop("Several issuers have a tube of this code.")
    NOT_WAITING = "tube_waits_for_no_list", gettext_noop("No such tube waits for its list.")
    NOT_LISTED = "tube_not_listed", gettext_noop("Nobody recorded a swab in this tube yet.")
    LIST_NOT_WHOLE = (
        "tube_list_not_whole",
        gettext_noop("More people of this tube may still be on their way."),
    )


LIST_SETTLES_AFTER = timedelta(minutes=15)
"""A tube that came before its list is received when nobody more can be recorded into it, or when for
so long nobody was: one person of a pool tested as if alone would be answered for all of it. Typing a
sheet of paper takes about so long; only experience can say better."""


class UnlistedEnd(StrEnum):
    """How a tube stops waiting for its list."""

    RECEIVED = "received"
    MOVED = "moved"
    CLOSED = "closed"


UNLISTED_MOVES: Mapping[str, tuple[str, ...]] = {"waiting": tuple(UnlistedEnd)}
"""The states of a tube that came before its list."""


@dataclass(frozen=True, slots=True)
class Unlisted:
    """A tube that came to a laboratory before its list."""

    id: int
    lab: int
    code: str
    arrived_at: datetime
    taker: str
    giver: str
    seal: str
    temperature: Decimal | None
    ended_as: str | None


def is_superseded(one: Unlisted, others: Sequence[Unlisted]) -> bool:
    """Whether the same tube came to another laboratory later: then it is there."""
    return any(
        other.ended_as != UnlistedEnd.CLOSED
        and (other.arrived_at, other.id) > (one.arrived_at, one.id)
        for other in others
    )


class PoolRefusal(Refusal):
    """Why a pool was not made."""

    CODE_UNREADABLE = "pool_code_unreadable", gettext_noop("This is no code for a pool.")
    CODE_TAKEN = "pool_code_taken", gettext_noop("This pool was made of other tubes.")
    TOO_FEW = "pool_too_few", gettext_noop("A pool needs at least two tubes.")
    TOO_MANY = "pool_too_many", gettext_noop("More tubes in the pool than the rule allows.")
    NOT_HERE = "pool_tube_not_here", gettext_noop("A tube of the pool is not at this laboratory.")
    NOT_WAITING = "pool_tube_not_waiting", gettext_noop("A tube of the pool is in test already.")
    FIELD_POOL = "pool_tube_is_a_pool", gettext_noop("A tube of the pool holds several swabs.")
    MUST_BE_SINGLE = (
        "pool_tube_must_be_single",
        gettext_noop("A tube of the pool must be tested alone."),
    )
    USE_BY_PASSED = (
        "pool_tube_use_by_passed",
        gettext_noop("A tube of the pool is past its use-by."),
    )


class LoadRefusal(Refusal):
    """Why something was not put on a plate."""

    WELL_UNREADABLE = "well_unreadable", gettext_noop("There is no such well on this plate.")
    WELL_TAKEN = "well_taken", gettext_noop("Something else is in this well.")
    NOT_HERE = "load_not_here", gettext_noop("This tube or pool is not at this laboratory.")
    NOT_WAITING = "load_not_waiting", gettext_noop("This tube or pool is in test already.")
    USE_BY_PASSED = (
        "load_use_by_passed",
        gettext_noop("The use-by has passed: it may not be tested."),
    )


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
class PoolMade:
    """A lab pool as the bench says: its code, and the codes of the tubes in it."""

    code: str
    tubes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Loading:
    """What was put into which wells: a tube's or pool's code, or what the map calls a control."""

    kind: LoadKind
    code: str
    wells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunGiven:
    """An instrument's file for a plate, byte for byte, with the lot of the kit that was used."""

    plate: str
    filename: str
    content: bytes
    kit_lot: str


@dataclass(frozen=True, slots=True)
class Received:
    """A tube at this laboratory, as pooling and loading need it."""

    tube: int
    swabs: int
    tube_class: str
    use_by_at: datetime
    waits_for: WaitsFor | None
    closed: bool


def fault_of_pool(
    given: PoolMade, here: dict[str, Received], *, most: int, at: datetime
) -> tuple[PoolRefusal, str] | None:
    """What forbids this pool, and which tube; None when nothing does."""
    if not CODE.fullmatch(given.code):
        return PoolRefusal.CODE_UNREADABLE, given.code
    if len(set(given.tubes)) < 2:
        return PoolRefusal.TOO_FEW, str(len(set(given.tubes)))
    if len(set(given.tubes)) > most:
        return PoolRefusal.TOO_MANY, str(most)
    for code in given.tubes:
        tube = here.get(code)
        if tube is None:
            return PoolRefusal.NOT_HERE, code
        if tube.waits_for is None or tube.closed:
            return PoolRefusal.NOT_WAITING, code
        if tube.swabs > 1:
            return PoolRefusal.FIELD_POOL, code
        if tube.tube_class != "screening" or tube.waits_for is WaitsFor.RETEST:
            return PoolRefusal.MUST_BE_SINGLE, code
        if tube.use_by_at < at:
            return PoolRefusal.USE_BY_PASSED, code
    return None


def wells_of(given: Loading, size: int) -> tuple[str, ...] | str:
    """The wells in one spelling, or the first that this plate does not have."""
    found = []
    for well in given.wells:
        position = position_of(well, size)
        if position is None:
            return well
        found.append(position)
    return tuple(dict.fromkeys(found)) if found else ""


PLATE_SIZES = frozenset({96, 384})
"""Wells of the plates that laboratories of a province load."""


def is_plate_size(size: int) -> bool:
    return size in PLATE_SIZES


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
