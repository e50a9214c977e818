"""Kinds of alarms: what calls for somebody on duty. Pure.

An alarm says nothing of any person: it goes to whoever holds a permission at a laboratory or unit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from som.kernel.outcomes import Refusal, gettext_noop


class AlarmKind(StrEnum):
    """What calls."""

    RUN_READ = "run_read"  # verdicts wait for a second person; subject: the run
    POOL_OPEN = "pool_open"  # a positive pool whose members have no answer; subject: the pool
    DRIFT = "drift"  # rates of a laboratory, run or lot leave their limits
    HOLD = "hold"  # a plate, lot or laboratory is held; subject: the hold
    RECALL = "recall"  # released results are taken back; subject: the recall
    MISSING_TUBES = "missing_tubes"  # on the list of a box and not in it; subject: the manifest
    CLOCK = "clock"  # answers are late
    REPORT_STOPPED = "report_stopped"  # another laboratory's could not be read; subject: the report
    UNACKNOWLEDGED = "unacknowledged"  # a locality took no notice of a positive; subject: the unit


class AlarmField(StrEnum):
    """What an alarm may say. Nothing of a person is among it, and no free text."""

    LABORATORY = "laboratory"  # its name
    UNIT = "unit"  # its name
    RUN = "run"  # the plate's code or the run's number
    POOL = "pool"  # its code
    MANIFEST = "manifest"  # its code
    KIT_LOT = "kit_lot"
    TUBES = "tubes"  # how many
    RESULTS = "results"  # how many
    POSITIVES = "positives"  # how many
    COUNT = "count"  # how many, of whatever the kind says
    RATE = "rate"  # in per cent
    EXPECTED = "expected"  # in per cent
    STEP = "step"  # in per cent of a clock
    SINCE = "since"  # a time as in ISO 8601
    STATE = "state"  # a state as the colours' table knows it


TYPED = frozenset({AlarmField.RUN, AlarmField.POOL, AlarmField.MANIFEST, AlarmField.KIT_LOT})
"""Fields with a code that somebody typed or scanned: text of any kind might stand in them."""

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+-]{0,39}")
"""What a code looks like. A sentence and a Vietnamese name do not."""


class AlarmRefusal(Refusal):
    """Why an alarm was not acknowledged."""

    UNKNOWN = "alarm_unknown", gettext_noop("There is no such alarm to this desk.")


@dataclass(frozen=True, slots=True)
class AlarmWanted:
    """Something that calls for whoever holds this permission at one laboratory or unit.

    A `key` calls once for good: what may come again has a day or a number in its key. `subject_id`
    is the id of what the kind says.
    """

    key: str
    kind: AlarmKind
    permission: str
    organisation: int | None = None
    unit: int | None = None
    subject_id: int | None = None
    body: Mapping[AlarmField, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.organisation is None) == (self.unit is None):
            raise ValueError("an alarm goes to one laboratory or one unit")
        if unknown := set(self.body) - set(AlarmField):
            raise ValueError(f"an alarm does not say {sorted(unknown)}")


def body_of(wanted: AlarmWanted) -> dict[str, str]:
    """What an alarm says to whoever receives it: typed fields only where they hold a code."""
    return {
        name: value
        for name, value in wanted.body.items()
        if name not in TYPED or CODE.fullmatch(value)
    }
