"""Runs with their plates. No names anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from som.kernel.outcomes import gettext_noop as _
from som.lab import queries
from som.lab.formats.run_file import FaultCode
from som.lab.forms import RunHoldForm, RunsForm, WellsForm
from som.lab.kits import Method
from som.lab.rules import LoadKind, RunDoubt, VerdictReason
from som.lab.verdicts import Reason
from som.lab.views.holds import hold_lines, lifted, run_held
from som.lab.views.kits import kits_shown
from som.lab.views.people import named
from som.places import queries as places
from som.web.guard import may
from som.web.paging import written_key

RUNS_SHOWN = 50


KINDS = {
    LoadKind.TUBE: _("Tube"),
    LoadKind.POOL: _("Pool"),
    LoadKind.NO_TEMPLATE: _("No-template control"),
    LoadKind.NEGATIVE: _("Negative control"),
    LoadKind.POSITIVE: _("Positive control"),
}


FORMATS = {"quantstudio": "QuantStudio", "cfx": "CFX Maestro"}
"""Formats of files as their makers call them."""


METHODS = {
    Method.PCR: _("PCR on a plate"),
    Method.CARTRIDGE: _("Cartridge"),
    Method.ANTIGEN: _("Rapid antigen test"),
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


# What to do about a fault; what it means is said by the code itself.
TO_DO = {
    FaultCode.ROW_WITHOUT_WELL: _("Export the results again with the well position on each row."),
    FaultCode.BAD_POSITION: _("Check that the file belongs to a plate of this size."),
    FaultCode.WELL_CONTRADICTED: _("Export again without sorting the sheet by hand."),
    FaultCode.TARGET_MISSING: _("Name the targets in the instrument's software and export again."),
    FaultCode.SAMPLE_MISSING: _("Name the samples in the instrument's software before the run."),
    FaultCode.BAD_CT: _("Look at the curve; the reading was left out."),
    FaultCode.OMITTED: _("Repeat the test: a well left out by hand is not read."),
    FaultCode.DUPLICATE: _("Export the results once, without repeated rows."),
    FaultCode.ROW_CUT: _("Copy the file from the instrument again."),
    FaultCode.NO_RESULT: _("Export again after the analysis has ended."),
    Reason.SAMPLE_DISAGREES: _(
        "Nothing was read from this well. Find out which of the two names is right, then repeat."
    ),
    Reason.SAMPLE_ELSEWHERE: _(
        "Nothing was read. Look at both wells, correct the plate map, then repeat."
    ),
    RunDoubt.STRAY_WELL: _("Make sure that nothing was pipetted into this well; if so, repeat it."),
    RunDoubt.ENDED_BEFORE_RECEPTION: _(
        "Set the instrument's clock right, or find out whether the file is another plate's."
    ),
}


_MEANINGS = {
    str(code): code.sentence for family in (FaultCode, Reason, RunDoubt) for code in family
}


_REASONS = _MEANINGS | {str(code): code.sentence for code in VerdictReason}


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


@dataclass(frozen=True, slots=True)
class FaultGroup:
    """Faults of one kind: what it means, what to do, and where."""

    severity: str
    meaning: str
    to_do: str
    faults: Sequence[queries.FaultRow]


def state_of(well: queries.WellRow) -> str:
    """What a well has come to, as a key of `SIGNS`."""
    if LoadKind(well.kind).control:
        return "passed" if well.passed else "failed"
    return well.value or "fault"


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
        gettext(_REASONS[well.reason]) if well.reason in _REASONS else "",
        tuple((name, _ct(readings, name)) for name in targets),
    )


def _ct(readings: dict[str, tuple[Any, str]], target: str) -> str:
    """A Ct as read: a number, a dash where nothing was detected, nothing where nothing was read.

    Of a strip, whether the line was seen.
    """
    if target not in readings:
        return ""
    ct, said = readings[target]
    if said in LINES:
        return gettext(LINES[said])
    return "–" if ct is None else number_format(ct, 2)


def plate_of(lines: Iterable[WellLine], size: int) -> list[tuple[str, list[WellLine | None]]]:
    """The plate as rows of wells; None where nothing was loaded."""
    at = {line.well.position: line for line in lines}
    rows, columns = ("ABCDEFGHIJKLMNOP", 24) if size == 384 else ("ABCDEFGH", 12)
    return [(row, [at.get(f"{row}{column}") for column in range(1, columns + 1)]) for row in rows]


def fault_groups(faults: Iterable[queries.FaultRow]) -> list[FaultGroup]:
    """Faults by kind, in the order given: errors first."""
    return [
        FaultGroup(
            severity,
            gettext(_MEANINGS.get(code, code)),
            gettext(TO_DO[code]) if code in TO_DO else "",
            list(group),
        )
        for (severity, code), group in groupby(
            sorted(faults, key=lambda fault: (fault.severity, fault.code)),
            key=lambda fault: (fault.severity, fault.code),
        )
    ]


@may("lab.see")
@require_GET
def runs(request: HttpRequest) -> HttpResponse:
    """The runs of one's laboratories, newest first, of one method or of all."""
    form = RunsForm(request.GET)
    method = form.cleaned_data.get("method", "") if form.is_valid() else ""
    found = queries.runs(
        by=request.actor,  # type: ignore[attr-defined]
        before=form.cleaned_data["after"] if form.is_valid() else None,
        limit=RUNS_SHOWN + 1,
        method=method,
    )
    shown = found[:RUNS_SHOWN]
    labs = places.organisations_by_id([one.lab for one in shown])
    name = named(one.read_by for one in shown)
    return render(
        request,
        "lab/runs.html",
        {
            "lines": [
                (
                    replace(one, read_by=name(one.read_by)),
                    labs[one.lab],
                    one.instrument or (FORMATS.get(one.format, one.format) if one.plate else ""),
                    gettext(METHODS[Method(one.method)]),
                )
                for one in shown
            ],
            "methods": [(str(name), words) for name, words in METHODS.items()],
            "method": method,
            "after": written_key(shown[-1].read_at, shown[-1].id) if shown != found else "",
        },
    )


@may("lab.see")
@require_http_methods(["GET", "POST"])
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """One run: its file, its counts, its plate, its faults, what holds it, and each well's Ct."""
    actor = request.actor  # type: ignore[attr-defined]
    form = WellsForm(request.GET)
    only = form.cleaned_data["only"] if form.is_valid() else ""
    row = queries.run(run_id, by=actor)
    kits_now = kits_shown()
    kits = {code: kit.name for code, kit in kits_now.items()}
    outcome, hold_form, lift_form = None, RunHoldForm(), None
    if "hold" in request.POST:
        rows = queries.holds_of_run(run_id, by=actor)
        outcome, lift_form = lifted(request, actor, hold_lines(rows, actor, kits))
    elif request.method == "POST":
        outcome, hold_form = run_held(request, actor, row)
    wells = queries.wells_of_run(run_id, by=actor)
    targets = targets_of(wells)
    lines = [well_line(well, targets) for well in wells]
    listed = {"control": ("passed", "failed")}.get(only, (only,)) if only else tuple(SIGNS)
    holds = hold_lines(queries.holds_of_run(run_id, by=actor), actor, kits, lift_form)
    name = named([row.read_by, row.operator])
    return render(
        request,
        "lab/run.html",
        {
            "run": replace(row, read_by=name(row.read_by), operator=name(row.operator)),
            "lab": places.organisations_by_id([row.lab])[row.lab],
            "kit": kits.get(row.kit, row.kit),
            "kit_basis": kits_now[row.kit].basis if row.kit in kits_now else "",
            "method": METHODS[Method(row.method)],
            "format": FORMATS.get(row.format, row.format),
            "plate": plate_of(lines, row.size) if row.size else [],
            "columns": range(1, 25 if row.size == 384 else 13),
            "signs": [SIGNS[state] for state in SIGNS if any(x.state == state for x in lines)],
            "targets": targets,
            "lines": [line for line in lines if line.state in listed],
            "only": only,
            "faults": fault_groups(queries.faults_of_run(run_id, by=actor)),
            "holds": holds,
            "held": any(line.row.lifted_at is None for line in holds),
            "hold_form": hold_form if actor.may("lab.hold", organisation=row.lab) else None,
            "outcome": outcome,
        },
    )
