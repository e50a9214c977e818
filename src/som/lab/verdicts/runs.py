"""Every item and control of a run, judged against the plate map. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from som.lab.formats.run_file import Reading
from som.lab.kits import ControlKind, KitRule, folded
from som.lab.verdicts.readings import judge_control, judge_item
from som.lab.verdicts.words import Reason, Verdict


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
