"""What may be pooled, and what may be put into which wells. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from som.kernel.outcomes import Refusal, gettext_noop
from som.lab.formats.wells import PLATES, position_of
from som.lab.kits import ControlKind
from som.lab.rules.reception import Received, WaitsFor
from som.sampling.rules import TubeClass

CODE = re.compile(r"[A-Z0-9][A-Z0-9.\-]{1,31}")
"""How pools and plates are called: short, printable, in no need of quoting in instrument files."""

TESTED_HERE = frozenset({WaitsFor.TEST, WaitsFor.RETEST})
"""What a tube or pool must wait for to be pooled or loaded; one waiting to be referred is not."""


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
    CODE_ELSEWHERE = (
        "pool_code_elsewhere",
        gettext_noop("This is the code of a box, a plate or an extraction batch."),
    )
    TRAY_CHANGED = (
        "pool_tray_changed",
        gettext_noop("Other tubes lie here than this page showed: look again."),
    )
    TOO_FEW = "pool_too_few", gettext_noop("A pool needs at least two tubes.")
    TOO_MANY = "pool_too_many", gettext_noop("More tubes in the pool than the rule allows.")
    NOT_HERE = "pool_tube_not_here", gettext_noop("A tube of the pool is not at this laboratory.")
    UNLISTED = (
        "pool_tube_unlisted",
        gettext_noop("This tube is here and waits for its list: test it when that has come."),
    )
    CLOSED = (
        "pool_tube_closed",
        gettext_noop(
            "A tube of the pool was rejected, destroyed, lost or expired: not tested any more."
        ),
    )
    NOT_WAITING = (
        "pool_tube_not_waiting",
        gettext_noop("A tube of the pool is in test already, or was answered."),
    )
    FIELD_POOL = "pool_tube_is_a_pool", gettext_noop("A tube of the pool holds several swabs.")
    MUST_BE_SINGLE = (
        "pool_tube_must_be_single",
        gettext_noop("This tube is to be tested alone: lay it on a plate."),
    )
    USE_BY_PASSED = (
        "pool_tube_use_by_passed",
        gettext_noop("A tube of the pool is past its use-by."),
    )


class LoadRefusal(Refusal):
    """Why something was not put on a plate."""

    WELL_UNREADABLE = "well_unreadable", gettext_noop("There is no such well on this plate.")
    WELL_TAKEN = "well_taken", gettext_noop("Something else is in this well.")
    PLANNED = (
        "load_planned_by_colleague",
        gettext_noop("A colleague has planned this, or something else for this well."),
    )
    TRAY_CHANGED = (
        "load_tray_changed",
        gettext_noop("Something else is planned here than this page showed: look again."),
    )
    NOT_HERE = "load_not_here", gettext_noop("This tube or pool is not at this laboratory.")
    UNLISTED = (
        "load_unlisted",
        gettext_noop("This tube is here and waits for its list: test it when that has come."),
    )
    CODE_ELSEWHERE = (
        "load_code_elsewhere",
        gettext_noop("This is the code of a box, a plate or an extraction batch."),
    )
    CLOSED = (
        "load_closed",
        gettext_noop("This tube was rejected, destroyed, lost or expired: not tested any more."),
    )
    NOT_WAITING = (
        "load_not_waiting",
        gettext_noop("This tube or pool is in test already, or was answered."),
    )
    ON_PLATE = "load_on_plate_already", gettext_noop("This code is on the plate already.")
    USE_BY_PASSED = (
        "load_use_by_passed",
        gettext_noop("The use-by has passed: it may not be tested."),
    )
    PLATE_HELD = "load_plate_held", gettext_noop("The plate is on hold: nothing more is loaded.")
    LAB_HELD = "load_lab_held", gettext_noop("The laboratory is on hold: nothing is loaded.")
    OVER_CAPACITY = (
        "load_over_capacity",
        gettext_noop("The laboratory has loaded as much as it may test on this day."),
    )
    CONTROL_ELSEWHERE = (
        "load_control_elsewhere",
        gettext_noop("On this plate the laboratory's layout has this control in other wells."),
    )
    CONTROL_WELL = (
        "load_control_well",
        gettext_noop("The laboratory's layout has a control in this well."),
    )
    BATCH_UNKNOWN = (
        "load_batch_unknown",
        gettext_noop("This laboratory has no such extraction batch."),
    )
    COVERS_UNCLEAR = (
        "load_covers_unclear",
        gettext_noop("A control covers columns of the plate, or its extraction batch, not both."),
    )


class BatchRefusal(Refusal):
    """Why an extraction batch was not noted."""

    CODE_UNREADABLE = "batch_code_unreadable", gettext_noop("This is no code for a batch.")
    CODE_TAKEN = "batch_code_taken", gettext_noop("This batch was extracted with another kit.")
    LOT_MISSING = "batch_lot_missing", gettext_noop("The lot of the extraction kit is missing.")


@dataclass(frozen=True, slots=True)
class BatchMade:
    """A batch of an extraction: its code, and the kit and lot it was extracted with."""

    code: str
    kit: str
    kit_lot: str


def fault_of_batch(given: BatchMade) -> BatchRefusal | None:
    """What forbids to note this batch; None when nothing does."""
    if not CODE.fullmatch(given.code):
        return BatchRefusal.CODE_UNREADABLE
    if not given.kit.strip() or not given.kit_lot.strip():
        return BatchRefusal.LOT_MISSING
    return None


@dataclass(frozen=True, slots=True)
class PoolMade:
    """A lab pool as the bench says: its code, and the codes of the tubes in it."""

    code: str
    tubes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Loading:
    """What was put into which wells: a tube's or pool's code, or what the map calls a control.

    `batch`: what it was extracted with; a control of a batch covers that batch and nothing else.
    `columns`: a control that covers the plate's columns from first to last and no others.
    """

    kind: LoadKind
    code: str
    wells: tuple[str, ...]
    batch: str = ""
    columns: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class ToTest:
    """A tube or a pool that waits at a laboratory to be tested there.

    `people`: swabs in the tube, tubes in the pool. `since`: when it was received or made.
    """

    kind: LoadKind
    id: int
    code: str
    people: int
    tube_class: str
    waits_for: WaitsFor
    use_by_at: datetime
    since: datetime

    def is_pooled_first(self, at: datetime) -> bool:
        """Whether it belongs to the pooling bench: a tube that nothing forbids to pool."""
        tube = Received(
            self.id, self.people, self.tube_class, self.use_by_at, self.waits_for, False
        )
        return self.kind is LoadKind.TUBE and fault_of_member(tube, at=at) is None


@dataclass(slots=True)
class Bench:
    """A plate and what lies beside it, as loading needs to know them.

    `wells` and `samples`: what is taken. `tube_codes`: codes that can be a tube's, be it here or not:
    no control is called so. `unlisted`: tubes here that wait for their list; `others`: codes of boxes,
    plates and batches. `controls`: the wells that the laboratory's layout keeps
    for each kind of control. `held`: why nothing is loaded now. `room`: how many tests the day has
    left; None: no ceiling.
    """

    size: int
    wells: dict[str, int] = field(default_factory=dict)
    samples: set[str] = field(default_factory=set)
    tubes: Mapping[str, Received] = field(default_factory=dict)
    pools: Mapping[str, tuple[int, WaitsFor | None, datetime]] = field(default_factory=dict)
    tube_codes: Collection[str] = ()
    unlisted: Collection[str] = ()
    others: Collection[str] = ()
    controls: Mapping[str, frozenset[str]] = field(default_factory=dict)
    batches: Mapping[str, int] = field(default_factory=dict)
    held: LoadRefusal | None = None
    room: int | None = None

    @property
    def kept(self) -> set[str]:
        """The wells that stay free for controls."""
        return {well for wells in self.controls.values() for well in wells}

    @property
    def free(self) -> int:
        """How many wells anything may be put into."""
        return self.size - len(self.kept.union(self.wells))

    def room_for(self, each: int) -> int:
        """How many samples of so many wells each may still be put on the plate today."""
        wells = self.free // each
        return wells if self.room is None else min(wells, max(0, self.room))


def fault_of_load(
    given: Loading, positions: tuple[str, ...], bench: Bench, *, at: datetime
) -> tuple[LoadRefusal, str] | None:
    """What forbids to put this into these wells, and where; None when nothing does."""
    if bench.held is not None:
        return bench.held, given.code
    for position in positions:
        if position in bench.wells:
            return LoadRefusal.WELL_TAKEN, position
    if given.code in bench.samples:
        return LoadRefusal.WELL_TAKEN, given.code
    if fault := _fault_of_covering(given, bench) or _fault_of_layout(given, positions, bench):
        return fault
    if given.kind.control:
        return None
    if given.kind is LoadKind.TUBE:
        tube = bench.tubes.get(given.code)
        here = tube is not None
        if tube is not None and tube.closed:
            return LoadRefusal.CLOSED, given.code
        waits = tube.waits_for if tube is not None else None
        use_by_at = tube.use_by_at if tube is not None else at
    else:
        pool = bench.pools.get(given.code)
        here = pool is not None
        _, waits, use_by_at = pool or (0, None, at)
    if not here and given.code in bench.unlisted:
        return LoadRefusal.UNLISTED, given.code
    if not here and given.code in bench.others:
        return LoadRefusal.CODE_ELSEWHERE, given.code
    if not here:
        return LoadRefusal.NOT_HERE, given.code
    if waits not in TESTED_HERE:
        return LoadRefusal.NOT_WAITING, given.code
    if use_by_at < at:
        return LoadRefusal.USE_BY_PASSED, given.code
    if bench.room is not None and bench.room < 1:
        return LoadRefusal.OVER_CAPACITY, given.code
    return None


def _fault_of_covering(given: Loading, bench: Bench) -> tuple[LoadRefusal, str] | None:
    if given.batch and given.batch not in bench.batches:
        return LoadRefusal.BATCH_UNKNOWN, given.batch
    if given.columns is not None:
        first, last = given.columns
        whole = 1 <= first <= last <= PLATES[bench.size][1]
        if not given.kind.control or given.batch or not whole:
            return LoadRefusal.COVERS_UNCLEAR, f"{first}-{last}"
    return None


def _fault_of_layout(
    given: Loading, positions: tuple[str, ...], bench: Bench
) -> tuple[LoadRefusal, str] | None:
    kept = bench.controls.get(given.kind)
    if kept is not None and not kept.issuperset(positions):
        return LoadRefusal.CONTROL_ELSEWHERE, ", ".join(sorted(kept))
    for kind, wells in bench.controls.items():
        if kind != given.kind and not wells.isdisjoint(positions):
            return LoadRefusal.CONTROL_WELL, min(wells.intersection(positions))
    return None


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
        if fault := fault_of_member(here.get(code), at=at):
            return fault, code
    return None


def fault_of_member(tube: Received | None, *, at: datetime) -> PoolRefusal | None:
    """What forbids to put this tube into a pool; None when nothing does."""
    if tube is None:
        return PoolRefusal.NOT_HERE
    if tube.closed:
        return PoolRefusal.CLOSED
    if tube.waits_for not in TESTED_HERE:
        return PoolRefusal.NOT_WAITING
    if tube.swabs > 1:
        return PoolRefusal.FIELD_POOL
    if tube.tube_class != TubeClass.SCREENING or tube.waits_for is WaitsFor.RETEST:
        return PoolRefusal.MUST_BE_SINGLE
    if tube.use_by_at < at:
        return PoolRefusal.USE_BY_PASSED
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
