"""An instrument's file against plate maps: whose it is, and what becomes of each load. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from pathlib import PurePosixPath

from som.kernel.outcomes import Refusal
from som.lab.formats.run_file import RunFile
from som.lab.kits import ControlKind, KitRule, folded
from som.lab.rules.benches import LoadKind
from som.lab.rules.runs import RunGiven, RunRefusal, covered_wells
from som.lab.rules.times import TimeRefusal, WhenTested, fault_of_times
from som.lab.verdicts import LoadedControl, LoadedItem, RunJudged, judge_run

_WORDS = re.compile(r"[^A-Z0-9.\-]+")


@dataclass(frozen=True, slots=True)
class RunLoad:
    """A load of a plate map, with what is known of its past."""

    id: int
    kind: LoadKind
    sample: str
    tube: int | None
    pool: int | None
    wells: tuple[str, ...]
    batch: int | None
    columns: tuple[int, int] | None
    invalid_before: int
    swabbed_at: datetime | None
    """When the last of its tubes was first swabbed into; None: a control."""
    loaded_at: datetime


_UTC = frozenset({"UTC", "GMT", "Z"})


def end_in_file(file: RunFile, here: tzinfo) -> datetime | None:
    """When the instrument says the run ended, by the clocks here.

    UTC where the file says so; any other clock is taken to show the time here, whatever zone its
    computer was left at when it was unpacked.
    """
    if file.run_ended_at is None:
        return None
    zone = UTC if file.run_ended_zone in _UTC else here
    return file.run_ended_at.replace(tzinfo=zone).astimezone(here)


def fault_of_end(
    ended_at: datetime | None, loads: Sequence[RunLoad], *, at: datetime, skew: timedelta
) -> TimeRefusal | None:
    """Why a run of these loads cannot have ended then; None when it can, or nothing is said."""
    if ended_at is None:
        return None
    swabbed = max((load.swabbed_at for load in loads if load.swabbed_at is not None), default=None)
    loaded = max((load.loaded_at for load in loads), default=None)
    return fault_of_times(WhenTested(ended_at, swabbed, loaded_at=loaded), at=at, skew=skew)


@dataclass(frozen=True, slots=True)
class RunEnd:
    """When a run ended, as it counts.

    Where a person says otherwise than the file: `said` is what the file says, `why` how they know,
    `doubt` why the file's cannot be.
    """

    at: datetime | None
    said: datetime | None = None
    why: str = ""
    doubt: TimeRefusal | None = None


def end_of_run(
    said: datetime | None,
    given: RunGiven,
    loads: Sequence[RunLoad],
    *,
    at: datetime,
    skew: timedelta,
) -> RunEnd | tuple[Refusal, str]:
    """When a run ended, or why it is not read: a time that cannot be gives no answer by itself.

    `said`: as its file says. A person's word in place of it has a reason and is held to the same, but
    that it may lie before the plate was entered here: its map was on paper first, as when the power
    was out.
    """
    doubt = fault_of_end(said, loads, at=at, skew=skew)
    if given.ended_at is None:
        return (doubt, moment_said(said)) if doubt and said else RunEnd(said)
    if not given.ended_why.strip():
        return RunRefusal.END_UNEXPLAINED, given.plate
    fault = fault_of_end(given.ended_at, loads, at=at, skew=skew)
    if fault and fault is not TimeRefusal.BEFORE_LOAD:
        return fault, moment_said(given.ended_at)
    return RunEnd(given.ended_at, said, given.ended_why.strip(), doubt)


def moment_said(moment: datetime) -> str:
    """A moment beside a refusal or fault, as people here write it."""
    return f"{moment:%d/%m/%Y %H:%M}"


def judged_against(file: RunFile, loads: Sequence[RunLoad], kit: KitRule) -> RunJudged:
    """Every load of a plate, judged by the kit's rule on what the file says of its wells."""
    batches = [(load.batch, load.wells) for load in loads]
    return judge_run(
        file.wells,
        [LoadedItem(str(x.id), x.wells, x.sample) for x in loads if not x.kind.control],
        [
            LoadedControl(
                str(x.id),
                ControlKind(x.kind),
                x.wells,
                x.sample,
                covered_wells(x.batch, x.columns, batches),
            )
            for x in loads
            if x.kind.control
        ],
        kit,
    )


class FoundBy(StrEnum):
    """How the plate of a file was found."""

    CHOSEN = "chosen"
    NAME = "name"
    SAMPLES = "samples"


@dataclass(frozen=True, slots=True)
class PlateWaiting:
    """A plate whose run was not read yet. `samples`: the sample name of each of its wells."""

    id: int
    code: str
    size: int
    kit: str
    samples: Mapping[str, str]


def plate_of_file(
    file: RunFile, filename: str, plates: Sequence[PlateWaiting]
) -> tuple[PlateWaiting, FoundBy] | None:
    """The one plate that the file is of: named by its experiment or its own name, else by samples.

    By samples it is the plate of which most wells have the name that the file gives them, and more
    than half of what the file names. None where two would do as well: a person chooses then.
    """
    for text in (file.experiment, filename):
        words = _words(text)
        named = [plate for plate in plates if plate.code.upper() in words]
        if len(named) == 1:
            return named[0], FoundBy.NAME
    said = {one.position: folded(one.sample) for one in file.wells if one.sample}
    agreeing = sorted(
        (
            (sum(folded(name) == said.get(well) for well, name in plate.samples.items()), plate)
            for plate in plates
        ),
        key=lambda found: found[0],
        reverse=True,
    )
    if not agreeing or agreeing[0][0] * 2 <= len(said):
        return None
    if len(agreeing) > 1 and agreeing[1][0] == agreeing[0][0]:
        return None
    return agreeing[0][1], FoundBy.SAMPLES


def fault_of_names(
    file: RunFile, filename: str, plate: str, loads: Sequence[RunLoad], plates: Collection[str]
) -> tuple[RunRefusal, str] | None:
    """Why a file is not of this plate, by what it calls itself and its samples; None when it may be.

    `plates`: the plates of this laboratory, whatever became of them, that `plates_meant` finds.
    A file without names says nothing of whose it is, nor does one that names the controls alone.
    """
    for text in (file.experiment, filename):
        named = sorted(_words(text).intersection(plates))
        if plate in named:
            break
        if named:
            return RunRefusal.NAMES_ANOTHER, named[0]
    said = _names_by_well(file)
    items = [load for load in loads if not load.kind.control]
    agrees = any(folded(x.sample) in said.get(well, ()) for x in items for well in x.wells)
    controls = {well for load in loads if load.kind.control for well in load.wells}
    names = [x.sample for x in file.wells if x.sample.strip() and x.position not in controls]
    return (RunRefusal.NO_NAME_AGREES, names[0]) if names and items and not agrees else None


def plates_meant(file: RunFile, filename: str) -> set[str]:
    """What a file may call a plate: words of its experiment and of its own name."""
    return _words(file.experiment) | _words(filename)


def under_their_names(file: RunFile, loads: Sequence[RunLoad]) -> int:
    """How many tubes and pools of a plate the file tells of under their names, in all their wells."""
    said = _names_by_well(file)
    return sum(
        all(said.get(well) == {folded(load.sample)} for well in load.wells)
        for load in loads
        if not load.kind.control
    )


def _names_by_well(file: RunFile) -> dict[str, set[str]]:
    said: dict[str, set[str]] = {}
    for one in file.wells:
        said.setdefault(one.position, set()).add(folded(one.sample))
    return said


def _words(text: str) -> set[str]:
    """The words that may be a plate's code in a text, maybe a path with an ending."""
    words = {text.upper()}
    last = PurePosixPath(text.upper().replace("\\", "/"))
    for part in (last.name, last.stem):
        words |= {part, *_WORDS.split(part)}
    return words - {""}
