"""What a kit's rule makes of the readings of a run: verdicts of items, and controls. Pure.

An item in several wells of the same reaction has *replicates*. A *control* covers wells and voids
what it covers when it fails. A target is *doubtful* when its Ct lies between the cut-off and the end
of the kit's grey zone.

Where readings leave a choice, the choice is the one that makes somebody look again: wells that
disagree are inconclusive, a missing reading is invalid, an item whose names do not agree with the
plate map is not read at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from som.kernel.outcomes import Refusal, gettext_noop
from som.lab.formats.run_file import Reading
from som.lab.kits import ControlKind, Expected, KitRule, KitTarget, Role, folded


class Verdict(StrEnum):
    """What the readings of one loaded item in one run come to."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    INCONCLUSIVE = "inconclusive"
    INVALID = "invalid"


class Reason(Refusal):
    """Why a verdict is what it is, or why an item has none."""

    TARGETS_DETECTED = "targets_detected", gettext_noop("Enough targets were detected.")
    NOTHING_DETECTED = (
        "nothing_detected",
        gettext_noop("No target was detected and the internal control was."),
    )
    TOO_FEW_TARGETS = "too_few_targets", gettext_noop("Some targets were detected, but too few.")
    DOUBTFUL_CT = "doubtful_ct", gettext_noop("A Ct lies in the kit's grey zone.")
    WELLS_DISAGREE = "wells_disagree", gettext_noop("The wells of this item disagree.")
    INTERNAL_CONTROL_MISSING = (
        "internal_control_missing",
        gettext_noop("Neither a target nor the internal control was detected."),
    )
    READING_MISSING = "reading_missing", gettext_noop("A reading that the kit needs is missing.")
    CONTROL_FAILED = "control_failed", gettext_noop("A control that covers this item failed.")
    CONTROL_MISSING = (
        "control_missing",
        gettext_noop("No control of a kind that the kit needs covers this item."),
    )
    SAMPLE_DISAGREES = (
        "sample_disagrees",
        gettext_noop("The well's sample name is not the one of the plate map."),
    )
    SAMPLE_ELSEWHERE = (
        "sample_elsewhere",
        gettext_noop(
            "The sample's name also stands in a well that the plate map does not give it."
        ),
    )
    DEVICE_ERROR = "device_error", gettext_noop("The analyser ended the test with an error.")
    LINES_SEEN = "lines_seen", gettext_noop("The strip shows the test line and the control line.")
    ONLY_CONTROL_LINE = (
        "only_control_line",
        gettext_noop("The strip shows the control line and no test line."),
    )
    CONTROL_LINE_MISSING = (
        "control_line_missing",
        gettext_noop("The strip shows no control line."),
    )
    READ_TOO_EARLY = (
        "read_too_early",
        gettext_noop("The strip was read before the kit's minutes had passed."),
    )
    READ_TOO_LATE = (
        "read_too_late",
        gettext_noop("The strip was read after the kit's minutes had passed."),
    )
    CONTROL_AS_EXPECTED = "control_as_expected", gettext_noop("The control shows what it should.")
    TARGET_IN_CONTROL = (
        "target_in_control",
        gettext_noop("A target was detected where there must be none."),
    )
    CONTROL_NOT_DETECTED = (
        "control_not_detected",
        gettext_noop("The control does not show what it must."),
    )


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict of one item, and why."""

    value: Verdict
    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class LoadedItem:
    """What the plate map says was loaded: which wells, and under which sample name."""

    key: str
    wells: tuple[str, ...]
    sample: str


@dataclass(frozen=True, slots=True)
class LoadedControl:
    """A control of the plate map; `covers` None: the whole run."""

    key: str
    kind: ControlKind
    wells: tuple[str, ...]
    sample: str
    covers: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class ItemJudged:
    """An item of a run. `value` None: a fault, the item was not read."""

    key: str
    value: Verdict | None
    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ControlJudged:
    """A control of a run."""

    key: str
    kind: ControlKind
    passed: bool
    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class RunJudged:
    """A whole run. `strays`: wells of the file that the plate map does not know."""

    items: tuple[ItemJudged, ...]
    controls: tuple[ControlJudged, ...]
    strays: tuple[str, ...]


# --- one item ------------------------------------------------------------------------------------


class _State(StrEnum):
    DETECTED = "detected"
    DOUBTFUL = "doubtful"
    ABSENT = "absent"


def judge_item(readings: Sequence[Reading], kit: KitRule) -> Judgement:
    """The verdict on all readings of one loaded item.

    In this order: a missing reading is invalid; targets on which the wells disagree are
    inconclusive; enough targets are positive, whatever the internal control shows; too few or
    doubtful ones are inconclusive; none is negative if the internal control was found, else invalid.
    """
    missing = _missing(readings, kit)
    if missing:
        return Judgement(Verdict.INVALID, Reason.READING_MISSING, missing)
    states = _states(readings, kit)
    targets, controls = kit.of_role(Role.TARGET), kit.of_role(Role.INTERNAL_CONTROL)
    for target in targets:
        if len(states[target.name]) > 1:
            return Judgement(Verdict.INCONCLUSIVE, Reason.WELLS_DISAGREE, target.name)
    detected = [target.name for target in targets if _State.DETECTED in states[target.name]]
    doubtful = [target.name for target in targets if _State.DOUBTFUL in states[target.name]]
    if len(detected) >= kit.positives_needed or any(t.alone for t in targets if t.name in detected):
        return Judgement(Verdict.POSITIVE, Reason.TARGETS_DETECTED, ", ".join(detected))
    if detected:
        return Judgement(Verdict.INCONCLUSIVE, Reason.TOO_FEW_TARGETS, ", ".join(detected))
    if doubtful:
        return Judgement(Verdict.INCONCLUSIVE, Reason.DOUBTFUL_CT, ", ".join(doubtful))
    for control in controls:
        if states[control.name] == {_State.ABSENT}:
            return Judgement(Verdict.INVALID, Reason.INTERNAL_CONTROL_MISSING, control.name)
    for control in controls:
        if _State.ABSENT in states[control.name]:
            return Judgement(Verdict.INCONCLUSIVE, Reason.WELLS_DISAGREE, control.name)
    return Judgement(Verdict.NEGATIVE, Reason.NOTHING_DETECTED)


def _state(reading: Reading, target: KitTarget, kit: KitRule) -> _State:
    """A Ct at or above the kit's cycle count is not detected, whatever the file says."""
    if reading.ct is None or reading.ct >= kit.cycles:
        return _State.ABSENT
    if reading.ct < target.cut_off or (kit.cut_off_counts and reading.ct == target.cut_off):
        return _State.DETECTED
    if target.grey_to is not None and reading.ct <= target.grey_to:
        return _State.DOUBTFUL
    return _State.ABSENT


def _states(readings: Sequence[Reading], kit: KitRule) -> dict[str, set[_State]]:
    """What the wells show of each target. A doubtful internal control counts as found."""
    states: dict[str, set[_State]] = defaultdict(set)
    for reading in readings:
        target = kit.target_of(reading)
        if target is not None:
            states[target.name].add(_state(reading, target, kit))
    return states


def _missing(
    readings: Sequence[Reading], kit: KitRule, *, roles: frozenset[Role] | None = None
) -> str:
    """What is missing or given twice, well by well: "B2 N1"; empty when all is there."""
    roles = frozenset(Role) if roles is None else roles
    wanted: dict[str, set[str]] = defaultdict(set)
    for target in kit.targets:
        if target.role in roles:
            wanted[target.reaction].add(target.name)
    reactions_seen: set[str] = set()
    by_well: dict[str, list[KitTarget]] = defaultdict(list)
    for reading in readings:
        target_read = kit.target_of(reading)
        by_well[reading.position]
        if target_read is not None:
            by_well[reading.position].append(target_read)
    for position, targets in by_well.items():
        reactions = {target.reaction for target in targets}
        if len(reactions) != 1:
            return f"{position} ?" if not reactions else f"{position} {'+'.join(sorted(reactions))}"
        (reaction,) = reactions
        reactions_seen.add(reaction)
        names = [target.name for target in targets]
        lacking = wanted[reaction] - set(names)
        if lacking:
            return f"{position} {', '.join(sorted(lacking))}"
        if len(names) != len(set(names)):
            return f"{position} {', '.join(sorted({n for n in names if names.count(n) > 1}))}"
    unseen = [reaction for reaction in wanted if reaction not in reactions_seen]
    return ", ".join(sorted(set().union(*(wanted[reaction] for reaction in unseen))))


# --- one control ---------------------------------------------------------------------------------


def judge_control(
    kind: ControlKind, readings: Sequence[Reading], kit: KitRule
) -> tuple[bool, Reason, str]:
    """Whether a control shows what the kit's rule wants of it; if not, why and of what.

    Every well of the control must show it. What the rule leaves open need not have been read.
    """
    rule = kit.controls.get(kind)
    if rule is None:
        return False, Reason.CONTROL_NOT_DETECTED, f"{kit.code} has no rule for {kind}"
    expected = {Role.TARGET: rule.targets, Role.INTERNAL_CONTROL: rule.internal_control}
    read_roles = frozenset(role for role in Role if expected[role] is not Expected.ANY)
    missing = _missing(readings, kit, roles=read_roles) if readings else "?"
    if missing:
        return False, Reason.READING_MISSING, missing
    for reading in readings:
        target = kit.target_of(reading)
        if target is None:
            continue
        state = _state(reading, target, kit)
        detail = f"{reading.position} {target.name}"
        if expected[target.role] is Expected.ABSENT and state is not _State.ABSENT:
            return False, Reason.TARGET_IN_CONTROL, f"{detail} {reading.ct}"
        if expected[target.role] is Expected.DETECTED and state is not _State.DETECTED:
            return False, Reason.CONTROL_NOT_DETECTED, detail
    return True, Reason.CONTROL_AS_EXPECTED, ""


# --- a whole run ---------------------------------------------------------------------------------


def judge_run(
    readings: Iterable[Reading],
    items: Sequence[LoadedItem],
    controls: Sequence[LoadedControl],
    kit: KitRule,
) -> RunJudged:
    """Every item and control of a run, judged against the plate map.

    An item is a fault, and has no verdict, when a well's sample name is not the one of the plate map
    or when its name also stands in a well the map does not give it. A failed control, or none of a
    kind the kit needs, makes what it covers invalid. Raises ValueError if the plate map gives one
    well to two.
    """
    by_well: dict[str, list[Reading]] = defaultdict(list)
    for reading in readings:
        by_well[reading.position].append(reading)
    mapped = [well for item in items for well in item.wells]
    mapped += [well for control in controls for well in control.wells]
    if len(mapped) != len(set(mapped)):
        raise ValueError("the plate map gives one well to two")
    strays = tuple(sorted(set(by_well) - set(mapped), key=_in_plate_order))
    stray_names = {folded(read.sample): well for well in strays for read in by_well[well]}

    judged_controls = tuple(_judge_loaded_control(control, by_well, kit) for control in controls)
    failed = [
        (control, judged)
        for control, judged in zip(controls, judged_controls, strict=True)
        if not judged.passed
    ]
    judged_items = []
    for item in items:
        judged = _fault_of(item, by_well, stray_names)
        if judged is None:
            judged = _voided(item, controls, failed, kit)
        if judged is None:
            judged = _judge_loaded_item(item, by_well, kit)
        judged_items.append(judged)
    return RunJudged(tuple(judged_items), judged_controls, strays)


def _judge_loaded_item(
    item: LoadedItem, by_well: Mapping[str, Sequence[Reading]], kit: KitRule
) -> ItemJudged:
    for well in item.wells:
        if not by_well.get(well):
            return ItemJudged(item.key, Verdict.INVALID, Reason.READING_MISSING, well)
    found = judge_item([read for well in item.wells for read in by_well[well]], kit)
    return ItemJudged(item.key, found.value, found.reason, found.detail)


def _judge_loaded_control(
    control: LoadedControl, by_well: Mapping[str, Sequence[Reading]], kit: KitRule
) -> ControlJudged:
    for well in control.wells:
        readings = by_well.get(well, ())
        if not readings:
            return ControlJudged(control.key, control.kind, False, Reason.READING_MISSING, well)
        for reading in readings:
            if not _names_control(reading, control):
                detail = f"{well}: {reading.sample}"
                return ControlJudged(
                    control.key, control.kind, False, Reason.SAMPLE_DISAGREES, detail
                )
    readings_of_all = [read for well in control.wells for read in by_well[well]]
    passed, reason, detail = judge_control(control.kind, readings_of_all, kit)
    return ControlJudged(control.key, control.kind, passed, reason, detail)


def _fault_of(
    item: LoadedItem, by_well: Mapping[str, Sequence[Reading]], stray_names: Mapping[str, str]
) -> ItemJudged | None:
    name = folded(item.sample)
    for well in item.wells:
        for reading in by_well.get(well, ()):
            if folded(reading.sample) != name or not name:
                detail = f"{well}: {reading.sample}"
                return ItemJudged(item.key, None, Reason.SAMPLE_DISAGREES, detail)
    if name in stray_names:
        return ItemJudged(item.key, None, Reason.SAMPLE_ELSEWHERE, stray_names[name])
    return None


def _voided(
    item: LoadedItem,
    controls: Sequence[LoadedControl],
    failed: Sequence[tuple[LoadedControl, ControlJudged]],
    kit: KitRule,
) -> ItemJudged | None:
    for control, judged in failed:
        if _covers(control, item):
            detail = f"{control.key}: {judged.reason} {judged.detail}".strip()
            return ItemJudged(item.key, Verdict.INVALID, Reason.CONTROL_FAILED, detail)
    for kind, rule in kit.controls.items():
        covering = [control for control in controls if control.kind is kind]
        if rule.required and not any(_covers_all(control, item) for control in covering):
            return ItemJudged(item.key, Verdict.INVALID, Reason.CONTROL_MISSING, kind.value)
    return None


def _covers(control: LoadedControl, item: LoadedItem) -> bool:
    return control.covers is None or not control.covers.isdisjoint(item.wells)


def _covers_all(control: LoadedControl, item: LoadedItem) -> bool:
    return control.covers is None or control.covers.issuperset(item.wells)


# What software writes as the kind of a well whose sample was not named.
_KIND_WORDS = {
    ControlKind.NO_TEMPLATE: ("ntc",),
    ControlKind.NEGATIVE: ("neg",),
    ControlKind.POSITIVE: ("pos",),
}


def _names_control(reading: Reading, control: LoadedControl) -> bool:
    """Whether the well is this control by its name, or by its kind where the file has no name."""
    name = folded(reading.sample)
    if name:
        return name == folded(control.sample)
    return folded(reading.task).startswith(_KIND_WORDS[control.kind])


def _in_plate_order(position: str) -> tuple[int, str, int]:
    letters = position.rstrip("0123456789")
    return len(letters), letters, int(position[len(letters) :])
