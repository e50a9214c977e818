"""What is known of a run after its file was read: plain values, without any laboratory's opinion."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from som.kernel.outcomes import Refusal, gettext_noop


class RunFault(Refusal):
    """Why a file is not read at all."""

    EMPTY = "empty", gettext_noop("The file is empty.")
    TOO_LARGE = "too_large", gettext_noop("The file is larger than any instrument's export.")
    TRUNCATED = (
        "truncated",
        gettext_noop("The file is cut off or damaged; export it again from the instrument."),
    )
    NOT_TEXT = (
        "not_text",
        gettext_noop(
            "The file is neither text nor a workbook; send the export, not the run itself."
        ),
    )
    ROW_LIMIT = (
        "row_limit",
        gettext_noop("The sheet is as long as an .xls file can be and may be cut; export .xlsx."),
    )
    NO_RESULT_TABLE = (
        "no_result_table",
        gettext_noop("The file has no table of results; export the results as well."),
    )
    NO_RESULTS = "no_results", gettext_noop("The table of results has no rows.")
    UNKNOWN_FORMAT = (
        "unknown_format",
        gettext_noop("This is not an export of an instrument that is read here."),
    )


class FaultCode(Refusal):
    """What is wrong with one row or well of a file that is otherwise read."""

    ROW_WITHOUT_WELL = "row_without_well", gettext_noop("A row names no well.")
    BAD_POSITION = "bad_position", gettext_noop("There is no such well on this plate.")
    WELL_CONTRADICTED = (
        "well_contradicted",
        gettext_noop("Well number and well position disagree; the sheet may have been sorted."),
    )
    TARGET_MISSING = "target_missing", gettext_noop("The row names neither target nor dye.")
    SAMPLE_MISSING = "sample_missing", gettext_noop("The row names no sample.")
    BAD_CT = "bad_ct", gettext_noop("The Ct is neither a number of cycles nor a known word.")
    OMITTED = "omitted", gettext_noop("The well was left out of the analysis by hand.")
    DUPLICATE = "duplicate", gettext_noop("The same target of the same well is given twice.")
    ROW_CUT = "row_cut", gettext_noop("The last row is cut off.")
    NO_RESULT = "no_result", gettext_noop("The plate setup names this target, the results do not.")


class Severity(StrEnum):
    """What a fault means for the reading it is about."""

    ERROR = "error"  # the reading is left out
    WARNING = "warning"  # the reading stands, or there was none to lose


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with one row or well; `row` counts from 1 within its sheet or text."""

    code: FaultCode
    severity: Severity
    position: str = ""
    row: int | None = None
    detail: str = ""


class Reading(NamedTuple):
    """What the instrument said of one target in one well.

    `ct` is None when the target was not detected; `said` is the Ct cell as written. `call` and
    `task` are the instrument's own words ("Amp", "NTC", "Unkn"); `fluor` is the dye.
    """

    position: str
    sample: str
    target: str
    ct: Decimal | None
    call: str = ""
    task: str = ""
    fluor: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Curve:
    """How the light of one target in one well grew: its value after each cycle, from the first on.

    The baseline is taken off where the file tells it so. None: a cycle the file does not tell.
    """

    position: str
    target: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class RunFile:
    """A run as its file tells it. What the file does not tell is empty or None.

    `run_ended_at` is the clock of the instrument's computer, `run_ended_zone` the zone as the file
    spells it ("PDT", "UTC"), which not always says which zone that is.
    """

    format: str
    instrument: str
    software: str
    serial: str
    experiment: str
    run_ended_at: datetime | None
    run_ended_zone: str
    block_wells: int | None
    cycles: int | None
    wells: tuple[Reading, ...]
    faults: tuple[Fault, ...]


class UnreadableRun(Exception):
    """The file as a whole is refused: reason, and what exactly was met."""

    def __init__(self, reason: RunFault, detail: str = "") -> None:
        super().__init__(f"{reason.sentence} {detail}".strip())
        self.reason = reason
        self.detail = detail
