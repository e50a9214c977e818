"""Wells as the pages show them: a sign and a tone on the plate, Ct and reason in the list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext

from som.kernel.outcomes import gettext_noop as _
from som.lab import queries
from som.lab.rules import LoadKind, VerdictReason, columns_of, rows_of
from som.lab.verdicts import Reason

KINDS = {
    LoadKind.TUBE: _("Tube"),
    LoadKind.POOL: _("Pool"),
    LoadKind.NO_TEMPLATE: _("No-template control"),
    LoadKind.NEGATIVE: _("Negative control"),
    LoadKind.POSITIVE: _("Positive control"),
}

LINES = {"line": _("line"), "no line": _("no line")}
"""What whoever read a strip saw."""

# What a well's sign on the plate is, and its tone: the sign says the same as the colour.
SIGNS = {
    "positive": ("+", "positive", _("Positive")),
    "negative": ("−", "done", _("Negative")),
    "inconclusive": ("?", "warning", _("Inconclusive")),
    "invalid": ("!", "warning", _("Invalid")),
    "fault": ("×", "void", _("Not read: a fault")),
    "passed": ("C", "working", _("Control as expected")),
    "failed": ("C×", "late", _("Control failed")),
}

_REASONS = {str(code): code.sentence for family in (Reason, VerdictReason) for code in family}


@dataclass(frozen=True, slots=True)
class WellLine:
    """A well as it is shown: in the grid by its sign, in the table with its Ct."""

    well: queries.WellRow
    state: str
    sign: str
    tone: str
    label: str
    kind: str
    reason: str
    cts: tuple[tuple[str, str], ...]

    @property
    def short(self) -> str:
        """The end of the sample's name: what differs between tubes of one roll."""
        return self.well.sample if len(self.well.sample) <= 6 else "…" + self.well.sample[-5:]


def state_of(well: queries.WellRow) -> str:
    """What a well has come to, as a key of `SIGNS`."""
    if LoadKind(well.kind).control:
        return "passed" if well.passed else "failed"
    return well.value or "fault"


def reason_words(code: str) -> str:
    """Why a verdict is what it is, or why there is none, in words."""
    return gettext(_REASONS[code]) if code in _REASONS else ""


def targets_of(wells: Iterable[queries.WellRow]) -> list[str]:
    """The targets read in a run, in the order in which the wells name them."""
    return list(dict.fromkeys(name for well in wells for name, *_said in well.readings))


def well_line(well: queries.WellRow, targets: Sequence[str]) -> WellLine:
    """A well in the words of the page's language."""
    state = state_of(well)
    sign, tone, label = SIGNS[state]
    readings = {name: (ct, said) for name, ct, said in well.readings}
    return WellLine(
        well,
        state,
        sign,
        tone,
        gettext(label),
        gettext(KINDS[LoadKind(well.kind)]),
        reason_words(well.reason or ""),
        tuple((name, _ct(readings, name)) for name in targets),
    )


def reading_words(ct: Any, said: str) -> str:
    """A reading as shown: a Ct, a dash where nothing was detected, or whether a line was seen."""
    if said in LINES:
        return gettext(LINES[said])
    return "–" if ct is None else number_format(ct, 2)


def _ct(readings: dict[str, tuple[Any, str]], target: str) -> str:
    """A Ct as read: a number, a dash where nothing was detected, nothing where nothing was read.

    Of a strip, whether the line was seen.
    """
    if target not in readings:
        return ""
    return reading_words(*readings[target])


def plate_of(lines: Iterable[WellLine], size: int) -> list[tuple[str, list[WellLine | None]]]:
    """The plate as rows of wells; None where nothing was loaded."""
    at = {line.well.position: line for line in lines}
    return [
        (row, [at.get(f"{row}{column}") for column in columns_of(size)]) for row in rows_of(size)
    ]
