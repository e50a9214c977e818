"""What the readings of one item, or of one control, come to. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from som.lab.formats.run_file import Reading
from som.lab.kits import ControlKind, Expected, KitRule, KitTarget, Role
from som.lab.verdicts.words import Reason, Verdict


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict of one item, and why."""

    value: Verdict
    reason: Reason
    detail: str = ""


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
