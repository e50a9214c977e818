"""Tests in a device of their own: strips read by eye and cartridges. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from decimal import Decimal

from som.kernel.outcomes import Refusal, gettext_noop
from som.lab.formats.run_file import Reading
from som.lab.kits import KitRule
from som.lab.rules.benches import CODE, TESTED_HERE, LoadKind
from som.lab.rules.holds import lot_key
from som.lab.rules.reception import WaitsFor
from som.lab.rules.runs import Next, VerdictReason, after_verdict
from som.lab.rules.times import WhenTested, fault_of_times
from som.lab.strips import StripRule, judge_strip
from som.lab.verdicts import Judgement, Reason, Verdict, judge_item
from som.sampling.rules import ArrivalRefusal


class DeviceRefusal(Refusal):
    """Why a strip or cartridge was not taken."""

    TUBE_UNKNOWN = (
        "device_tube_unknown",
        gettext_noop("Nobody recorded a swab in this tube: record it first."),
    )
    AMBIGUOUS = "device_tube_ambiguous", gettext_noop("Several issuers have a tube of this code.")
    FIELD_POOL = (
        "device_tube_is_a_pool",
        gettext_noop("The tube holds several swabs: a device tests one person."),
    )
    NOT_WAITING = (
        "device_tube_not_waiting",
        gettext_noop("The tube is in test elsewhere, was answered or was closed."),
    )
    USE_BY_PASSED = (
        "device_use_by_passed",
        gettext_noop("The test was begun after the tube's use-by."),
    )
    KIT_LOT_MISSING = "device_kit_lot_missing", gettext_noop("The lot of the kit is missing.")
    LAB_HELD = "device_lab_held", gettext_noop("The laboratory is on hold: nothing is tested.")
    OVER_CAPACITY = (
        "device_over_capacity",
        gettext_noop("The laboratory has loaded as much as it may test on this day."),
    )
    BARCODE_UNREADABLE = (
        "device_barcode_unreadable",
        gettext_noop("This is no barcode of a cartridge."),
    )
    READ_OTHERWISE = (
        "device_read_otherwise",
        gettext_noop("This strip or cartridge was read already, with another result."),
    )


@dataclass(frozen=True, slots=True)
class AntigenTest:
    """A strip as read by eye: one person's tube, when it was begun and read, which lines it shows."""

    tube: str
    started_at: datetime
    read_at: datetime
    control_line: bool
    test_line: bool

    @property
    def loaded_at(self) -> datetime:
        return self.started_at

    @property
    def ended_at(self) -> datetime:
        return self.read_at

    @property
    def barcode(self) -> str:
        return ""

    @property
    def instrument(self) -> str:
        return ""

    @property
    def operator(self) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class CartridgeRead:
    """A cartridge as its analyser read it: its barcode, the tube, and a Ct or none for each target.

    `error` is the analyser's own word where it ended without a result.
    """

    tube: str
    barcode: str
    readings: tuple[tuple[str, Decimal | None], ...]
    started_at: datetime
    ended_at: datetime
    instrument: str
    operator: str = ""
    error: str = ""

    @property
    def loaded_at(self) -> datetime:
        return self.started_at


def reading_state(at: datetime, *, read_from: datetime, read_until: datetime) -> str:
    """Whether a strip is to be read now: "waiting" before its kit's minutes, "ready" in them, "late"
    after them."""
    if at < read_from:
        return "waiting"
    return "ready" if at <= read_until else "late"


def last_at(clock_time: time, *, before: datetime) -> datetime:
    """The last moment at which a clock showed this time; a clock of an instrument may go half a day
    ahead.

    Begun before midnight and typed after it, it was yesterday's.
    """
    ended = datetime.combine(before.date(), clock_time, before.tzinfo)
    return ended - timedelta(days=1) if ended > before + timedelta(hours=12) else ended


DeviceRead = AntigenTest | CartridgeRead


@dataclass(frozen=True, slots=True)
class DeviceTube:
    """The tube of a device: what it holds, and what it waits for at this laboratory.

    A tube that did not come yet waits for its test: it is received with it, unless it was sent to
    another laboratory.
    """

    id: int
    swabs: int
    first_swab_at: datetime
    use_by_at: datetime
    waits_for: WaitsFor | None
    invalid_before: int
    sent_elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class DeviceJudged:
    """A device's verdict as it counts, what the analyser or eye said, and what follows."""

    value: Verdict
    reason: str
    detail: str
    follows: Next
    lines: tuple[tuple[str, Decimal | None, str], ...]


def as_told(given: DeviceRead, *, kit: str, kit_lot: str) -> bytes:
    """What was told of a device, as one text: told again the same it is the same test."""
    said = {
        "tube": given.tube,
        "kit": kit,
        "lot": kit_lot.strip(),
        "started_at": given.started_at.isoformat(),
        "ended_at": given.ended_at.isoformat(),
    }
    if isinstance(given, AntigenTest):
        said |= {"control_line": str(given.control_line), "test_line": str(given.test_line)}
    else:
        read = {name: "" if ct is None else str(ct) for name, ct in given.readings}
        said |= {
            "barcode": given.barcode,
            "readings": json.dumps(read, ensure_ascii=False, sort_keys=True),
            "instrument": given.instrument,
            "operator": given.operator,
            "error": given.error,
        }
    return json.dumps(said, ensure_ascii=False, sort_keys=True).encode()


def fault_of_device(
    given: DeviceRead,
    tubes: Sequence[DeviceTube],
    *,
    kit_lot: str,
    at: datetime,
    skew: timedelta,
    held: bool,
    room: int | None,
) -> tuple[Refusal, str] | None:
    """What forbids to take this strip or cartridge; None when nothing does.

    `tubes`: those of its code. `room`: how many tests that day has left.
    """
    if held:
        return DeviceRefusal.LAB_HELD, given.tube
    if not lot_key(kit_lot):
        return DeviceRefusal.KIT_LOT_MISSING, given.tube
    if isinstance(given, CartridgeRead) and not CODE.fullmatch(given.barcode):
        return DeviceRefusal.BARCODE_UNREADABLE, given.barcode
    if not tubes:
        return DeviceRefusal.TUBE_UNKNOWN, given.tube
    if len(tubes) > 1:
        return DeviceRefusal.AMBIGUOUS, given.tube
    tube = tubes[0]
    if tube.swabs > 1:
        return DeviceRefusal.FIELD_POOL, given.tube
    times = WhenTested(given.ended_at, tube.first_swab_at, begun_at=given.started_at)
    if fault := fault_of_times(times, at=at, skew=skew):
        return fault, given.tube
    if tube.waits_for not in TESTED_HERE:
        return DeviceRefusal.NOT_WAITING, given.tube
    if tube.sent_elsewhere:
        return ArrivalRefusal.SENT_ELSEWHERE, given.tube
    if given.started_at > tube.use_by_at:
        return DeviceRefusal.USE_BY_PASSED, given.tube
    if room is not None and room < 1:
        return DeviceRefusal.OVER_CAPACITY, given.tube
    return None


def judged_device(
    given: DeviceRead, rule: StripRule | KitRule, *, invalid_before: int
) -> DeviceJudged:
    """The verdict on a strip or cartridge by its kit's rule, as it counts after earlier invalids."""
    if isinstance(given, AntigenTest):
        assert isinstance(rule, StripRule)
        found = judge_strip(
            control_line=given.control_line,
            test_line=given.test_line,
            started_at=given.started_at,
            read_at=given.read_at,
            rule=rule,
        )
        lines: tuple[tuple[str, Decimal | None, str], ...] = tuple(
            (name, None, "line" if seen else "no line")
            for name, seen in (("C", given.control_line), ("T", given.test_line))
        )
    else:
        assert isinstance(rule, KitRule)
        read = [Reading("1", given.tube, name, ct) for name, ct in given.readings]
        found = (
            Judgement(Verdict.INVALID, Reason.DEVICE_ERROR, given.error)
            if given.error
            else judge_item(read, rule)
        )
        lines = tuple((name, ct, "") for name, ct in given.readings)
    value, follows = after_verdict(LoadKind.TUBE, found.value, invalid_before=invalid_before)
    assert value is not None
    if value is found.value:
        return DeviceJudged(value, found.reason, found.detail, follows, lines)
    detail = f"{found.reason} {found.detail}".strip()
    return DeviceJudged(value, VerdictReason.INVALID_TWICE, detail, follows, lines)


def tube_after(tube: DeviceTube, judged: DeviceJudged) -> DeviceTube:
    """The tube after its test: it waits again when the test is to be repeated, else for nothing."""
    again = judged.follows is Next.REPEAT
    return replace(
        tube,
        waits_for=WaitsFor.RETEST if again else None,
        invalid_before=tube.invalid_before + (judged.value is Verdict.INVALID),
    )
