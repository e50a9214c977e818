"""A run as it is to be written: its wells, and what each shows. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from som.lab.formats.wells import number_of, position_of


class Task(StrEnum):
    """What the operator declared a well to be."""

    UNKNOWN = "UNKNOWN"
    NO_TEMPLATE = "NTC"
    NEGATIVE = "NEGATIVE"
    POSITIVE = "POSITIVE"


@dataclass(frozen=True, slots=True)
class SimulatedWell:
    """A loaded well: what is in it, and the Ct of each target, None where none was found."""

    position: str
    sample: str
    cts: Mapping[str, Decimal | None]
    task: Task = Task.UNKNOWN


@dataclass(frozen=True, slots=True)
class SimulatedRun:
    """A run as it is to be written. `dyes`: the dye of each target; `ended_at` with its zone."""

    experiment: str
    instrument: str
    serial: str
    ended_at: datetime
    cycles: int
    dyes: Mapping[str, str]
    wells: Sequence[SimulatedWell]
    block: int = 96

    def in_order(self) -> list[SimulatedWell]:
        """The wells along the rows of the plate; raises ValueError for a well it does not have."""
        numbered: dict[int, SimulatedWell] = {}
        for well in self.wells:
            position = position_of(well.position, self.block)
            if position is None or number_of(position, self.block) in numbered:
                raise ValueError(f"{well.position} is twice or not on a plate of {self.block}")
            numbered[number_of(position, self.block)] = well
        return [numbered[number] for number in sorted(numbered)]
