"""What a pipetting robot is told of a plate: which sample goes into which well. Pure.

The table (CSV) has one line a well, wells in the order of a multichannel pipette:

    plate        the code of the plate
    well         A1, B1 … down the first column, then the next
    number       the same well counted from 1 in that order
    kind         tube, pool, no_template, negative or positive
    sample       the code on the tube or pool, or what the control is called
    batch        the extraction batch, if there is one
    source       the place of a planned sample in the source rack, counted from 1; else empty
    state        laid for what is noted as on the plate, planned for what is not
    fault        why what is planned may not be laid; empty where nothing speaks against it

Tecan's worklist (Gemini worklist, .gwl) has three records a sample: A (aspirate), D (dispense) and W
(wash or next tip), with the fields rack label, rack id, rack type, position, tube id, volume, liquid
class, tip type, tip mask, forced rack type (Freedom EVOware Software Manual, 393172). Positions count
down the columns. What is laid is not in it, nor what may not be laid: a robot would pipette it.
Controls are comments there: a robot must not take them from the samples' rack.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

COLUMNS = ("plate", "well", "number", "kind", "sample", "batch", "source", "state", "fault")

SOURCE_RACK, TARGET_RACK = "SOURCE", "PLATE"
"""What the two racks must be called on the robot's table."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A well with what is in it or is to go into it; `number` counts wells down the columns."""

    well: str
    number: int
    kind: str
    control: bool
    sample: str
    batch: str
    laid: bool
    fault: str = ""

    @property
    def due(self) -> bool:
        """Whether a robot is to put it there."""
        return not self.laid and not self.fault


def sources(wells: Sequence[Filled]) -> dict[str, int]:
    """The place in the source rack of each sample to pipette: in the order of the wells it goes into."""
    samples = dict.fromkeys(well.sample for well in wells if well.due and not well.control)
    return {sample: place for place, sample in enumerate(samples, 1)}


def robot_table(plate: str, wells: Sequence[Filled]) -> str:
    """The wells as a table that most robots' software reads."""
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(COLUMNS)
    place = sources(wells)
    for one in wells:
        source = place.get(one.sample, "") if one.due else ""
        state = "laid" if one.laid else "planned"
        named = (plate, one.well, one.number, one.kind, one.sample, one.batch)
        table.writerow((*named, source, state, one.fault))
    return written.getvalue()


def tecan_worklist(plate: str, wells: Sequence[Filled], volume: Decimal, liquid: str = "") -> str:
    """What is planned as a Tecan worklist: so many microlitres of each sample into its well."""
    lines, place = [f"C;{plate}"], sources(wells)
    for one in wells:
        if not one.due:
            continue
        if one.control:
            lines.append(f"C;{one.well} {one.sample}: by hand")
            continue
        much = f"{volume.normalize():f}"
        lines += [
            f"A;{SOURCE_RACK};;;{place[one.sample]};{one.sample};{much};{liquid};;;",
            f"D;{TARGET_RACK};{plate};;{one.number};;{much};{liquid};;;",
            "W;",
        ]
    return "\r\n".join(lines) + "\r\n"
