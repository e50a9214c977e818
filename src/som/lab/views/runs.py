"""Runs with their plates. No names anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from som.kernel.outcomes import gettext_noop as _
from som.lab import queries, rules
from som.lab.formats.run_file import FaultCode
from som.lab.forms import RunHoldForm, RunsForm, WellsForm
from som.lab.kits import Method
from som.lab.rules import RunDoubt, TimeRefusal
from som.lab.verdicts import Reason
from som.lab.views.curves import curves_of_well
from som.lab.views.holds import hold_lines, lifted, run_held
from som.lab.views.kits import kits_shown
from som.lab.views.people import named
from som.lab.views.wells import SIGNS, plate_of, targets_of, well_line
from som.places import queries as places
from som.web.guard import may
from som.web.paging import written_key

RUNS_SHOWN = 50


FORMATS = {"quantstudio": "QuantStudio", "abi7500": "ABI 7500", "cfx": "CFX Maestro"}
"""Formats of files as their makers call them."""


METHODS = {
    Method.PCR: _("PCR on a plate"),
    Method.CARTRIDGE: _("Cartridge"),
    Method.ANTIGEN: _("Rapid antigen test"),
}


# What to do about a fault; what it means is said by the code itself.
TO_DO: dict[str, str] = {
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
    Reason.READING_MISSING: _(
        "Export all wells and targets; what the file does not tell is to be repeated."
    ),
    Reason.TARGET_IN_CONTROL: _(
        "Look for contamination. Whatever this control covers is invalid and is to be repeated."
    ),
    Reason.CONTROL_NOT_DETECTED: _(
        "Look at reagents and extraction. Whatever this control covers is to be repeated."
    ),
    Reason.SAMPLE_DISAGREES: _(
        "Nothing was read from this well. Find out which of the two names is right, then repeat."
    ),
    Reason.SAMPLE_ELSEWHERE: _(
        "Nothing was read. Look at both wells, correct the plate map, then repeat."
    ),
    RunDoubt.STRAY_WELL: _("Make sure that nothing was pipetted into this well; if so, repeat it."),
    **dict.fromkeys(
        TimeRefusal,
        _("Set the instrument's clock right, or find out whether the file is another plate's."),
    ),
}


_MEANINGS = {
    str(code): code.sentence
    for family in (FaultCode, Reason, RunDoubt, TimeRefusal)
    for code in family
}


def fault_words(code: str) -> str:
    """What a fault means."""
    return gettext(_MEANINGS.get(code, code))


@dataclass(frozen=True, slots=True)
class FaultGroup:
    """Faults of one kind: what it means, what to do, and where."""

    severity: str
    meaning: str
    to_do: str
    faults: Sequence[queries.FaultRow]


def fault_groups(faults: Iterable[queries.FaultRow]) -> list[FaultGroup]:
    """Faults by kind, in the order given: errors first."""
    return [
        FaultGroup(
            severity,
            fault_words(code),
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
            "reads": request.actor.may("lab.read_run"),  # type: ignore[attr-defined]
            "after": written_key(shown[-1].read_at, shown[-1].id) if shown != found else "",
        },
    )


@may("lab.see")
@require_http_methods(["GET", "POST"])
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """One run: its file, its counts, its plate, its faults, what holds it, and each well's Ct."""
    actor = request.actor  # type: ignore[attr-defined]
    form = WellsForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    only, well = asked.get("only", ""), asked.get("well", "")
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
            "columns": rules.columns_of(row.size) if row.size else (),
            "signs": [SIGNS[state] for state in SIGNS if any(x.state == state for x in lines)],
            "targets": targets,
            "lines": [line for line in lines if line.state in listed],
            "only": only,
            "well": well,
            "curves": curves_of_well(queries.curves_of_run(run_id, by=actor), well)
            if well and row.plate
            else None,
            "faults": fault_groups(queries.faults_of_run(run_id, by=actor)),
            "holds": holds,
            "held": any(line.row.lifted_at is None for line in holds),
            "hold_form": hold_form if actor.may("lab.hold", organisation=row.lab) else None,
            "outcome": outcome,
            "verdicts": row.positive + row.negative + row.inconclusive + row.invalid,
            "reviews": actor.may("results.review", organisation=row.lab),
        },
    )
