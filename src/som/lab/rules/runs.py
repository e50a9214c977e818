"""Which files are taken, and what follows from a verdict at the bench. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from som.kernel.outcomes import Refusal, gettext_noop
from som.lab.kits import Method
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
    NAMES_ANOTHER = (
        "run_names_another_plate",
        gettext_noop("The file says that it is of another plate of this laboratory."),
    )
    NO_NAME_AGREES = (
        "run_no_name_agrees",
        gettext_noop("None of the plate's tubes and pools is in the file under its name."),
    )
    END_UNEXPLAINED = (
        "run_end_unexplained",
        gettext_noop("Whoever says when a run ended, against its file, says how they know."),
    )


class RunDoubt(Refusal):
    """What deserves a look in a run whose file says nothing wrong: it does not fit the plate map."""

    STRAY_WELL = (
        "stray_well",
        gettext_noop("The file has a well that the plate map does not know."),
    )


class VerdictReason(Refusal):
    """Why a verdict is not what the readings alone say."""

    INVALID_TWICE = (
        "invalid_twice",
        gettext_noop("Invalid for the second time: treated as inconclusive."),
    )


@dataclass(frozen=True, slots=True)
class RunGiven:
    """An instrument's file for a plate, byte for byte, with the lot of the kit that was used.

    `operator` ran it, which need not be whoever reads its file; `instrument` is what stands on the
    machine, for files that do not name it. `ended_at`: when the run truly ended, where the clock of
    the instrument was wrong, and `ended_why` how one knows.
    """

    plate: str
    filename: str
    content: bytes
    kit_lot: str
    operator: str = ""
    instrument: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    ended_why: str = ""


def covered_wells(
    batch: int | None,
    columns: tuple[int, int] | None,
    loads: Iterable[tuple[int | None, tuple[str, ...]]],
) -> frozenset[str] | None:
    """The wells that a control covers, of all loads with their batches; None: the whole plate.

    A control of an extraction batch covers what was extracted with it, one of some columns what is
    in these.
    """
    if batch is not None:
        return frozenset(well for other, wells in loads if other == batch for well in wells)
    if columns is not None:
        first, last = columns
        return frozenset(
            well for _, wells in loads for well in wells if first <= int(well[1:]) <= last
        )
    return None


def run_alarm_key(run: int) -> str:
    """The key of the alarm that a run was read: closed when nothing of it waits for release."""
    return f"run_read:{run}"


def kit_alarm_key(lab: int, kit: str, number: int) -> str:
    """The key of the call, one after so many, that devices of a kit were read at a laboratory."""
    return f"run_read:{lab}:{kit}:{number}"


def pool_alarm_key(pool: int) -> str:
    """The key of the alarm that a lab pool is positive: closed when its members have their answers."""
    return f"pool_open:{pool}"


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
    method: str = Method.PCR

    @property
    def confirms(self) -> bool:
        """Whether a positive of this method may stand as confirmed; a rapid antigen test's may not."""
        return Method(self.method).confirms


@dataclass(frozen=True, slots=True)
class MemberVerdict:
    """A member of a lab pool and the last verdict of its own tube, if there is one."""

    pool: int
    pool_value: str
    tube: int
    closed: bool
    verdict: int | None
    value: str | None
