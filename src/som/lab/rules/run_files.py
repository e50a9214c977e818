"""An instrument's file against plate maps: whose it is, and what becomes of each load. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import PurePosixPath

from som.lab.formats.run_file import RunFile
from som.lab.kits import ControlKind, KitRule, folded
from som.lab.rules.benches import LoadKind
from som.lab.rules.runs import covered_wells
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
    at_lab_since: datetime | None


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
        named = [plate for plate in plates if _names(text, plate.code)]
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


def _names(text: str, code: str) -> bool:
    """Whether a text, maybe a path with an ending, names this plate as a word of its own."""
    words = {text.upper()}
    last = PurePosixPath(text.upper().replace("\\", "/"))
    for part in (last.name, last.stem):
        words |= {part, *_WORDS.split(part)}
    return code.upper() in words
