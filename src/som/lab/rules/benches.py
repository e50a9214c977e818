"""What may be pooled, and what may be put into which wells. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from som.kernel.outcomes import Refusal, gettext_noop
from som.lab.formats.wells import position_of
from som.lab.kits import ControlKind
from som.lab.rules.reception import Received, WaitsFor

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
