"""An instrument's file: looked at first, with nothing written, and read when somebody says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refused
from som.kernel.outcomes import gettext_noop as _
from som.lab import commands, queries
from som.lab.forms import RunFileForm
from som.lab.queries import LookedAt
from som.lab.rules import FoundBy, RunGiven, RunRefusal, TimeRefusal
from som.lab.views.kits import kits_shown
from som.lab.views.runs import FORMATS, fault_groups
from som.places import queries as places
from som.web.guard import may

FOUND_BY = {
    FoundBy.CHOSEN: _("chosen by you"),
    FoundBy.NAME: _("named by the file"),
    FoundBy.SAMPLES: _("found by the names of its samples"),
}


@may("lab.read_run")
@require_http_methods(["GET", "POST"])
def run_new(request: HttpRequest) -> HttpResponse:
    """Send an instrument's file in: what it is recognised as, then its run.

    Looking writes nothing. What is read must be the very file that was looked at, as the same plate.
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]
    labs = sorted(actor.organisations_for("lab.read_run") or ())
    plates = {lab: [one.code for one in queries.plates_waiting(lab, by=actor)] for lab in labs}
    form = _form(request, labs, plates)
    looked: LookedAt | None = None
    outcome: Outcome[str] | None = None
    another = False
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        content = said["content"].read()
        looked = queries.run_looked_at(
            content,
            filename=said["content"].name,
            plate=said["plate"],
            lab=said["lab"],
            by=actor,
            at=clock.now(),
        )
        mark = looked.mark(said["lab"])
        same = said["looked"] == mark
        form.data = {**form.data.dict(), "looked": mark}  # type: ignore[attr-defined]
        another = "read" in request.POST and not same
        lacks = "read" in request.POST and form.lacks(end=looked.doubt is not None)
        if "read" in request.POST and same and not lacks:
            outcome = _read(form, content, looked, actor)
            if outcome is None:
                before = queries.run_of_file(looked.sha256, lab=said["lab"], by=actor)
                return _to_run(request, before)
    shown = {
        "form": form,
        "looked": looked,
        "outcome": outcome,
        "another": another,
        "plates": sum(map(len, plates.values())),
        **(_about(looked) if looked is not None else {}),
    }
    part = "#looked" if getattr(request, "htmx", False) else ""
    return render(request, f"lab/run_new.html{part}", shown)


def _form(request: HttpRequest, labs: list[int], plates: Mapping[int, list[str]]) -> RunFileForm:
    names = places.organisations_by_id(labs)
    return RunFileForm(
        request.POST or None,
        request.FILES or None,
        labs=[(lab, names[lab].name if lab in names else "") for lab in labs],
        plates=[code for lab in labs for code in plates[lab]],
        initial={"plate": request.GET.get("plate", "")},
    )


def _read(form: RunFileForm, content: bytes, looked: LookedAt, actor: Actor) -> Outcome[str] | None:
    """Read the file as the form says; what was refused, or None where its run stands there."""
    said = form.cleaned_data
    plate = looked.plate.code if looked.plate else looked.before.plate if looked.before else ""
    given = RunGiven(
        plate,
        said["content"].name,
        content,
        said["kit_lot"],
        operator=said["operator"],
        instrument=said["instrument"],
        ended_at=form.ended_at() if looked.doubt else None,
        ended_why=said["ended_why"] if looked.doubt else "",
    )
    found = commands.read_runs([given], lab=said["lab"], by=actor, at=clock.now())
    if not found.refused:
        return None
    name = plate or said["content"].name
    return Outcome([], [], [Refused(name, one.reason, one.detail) for one in found.refused])


def _to_run(request: HttpRequest, run: queries.RunBefore | None) -> HttpResponse:
    """To the run that was read, or that stood there already."""
    if run is None:
        return redirect("lab:run_new")
    messages.success(request, gettext("The file was read and is kept as it is."))
    address = reverse("lab:run", args=[run.id])
    if getattr(request, "htmx", False):
        return HttpResponseClientRedirect(address)
    return redirect(address)


def _about(looked: LookedAt) -> dict[str, Any]:
    """What a file is, in the words of the page."""
    file = looked.file
    kits = kits_shown()
    plate = looked.plate
    return {
        "format": FORMATS.get(file.format, file.format) if file else "",
        "targets": list(dict.fromkeys(one.target or one.fluor for one in file.wells))
        if file
        else [],
        "wells": len({one.position for one in file.wells}) if file else 0,
        "kit": kits[plate.kit].name if plate and plate.kit in kits else plate.kit if plate else "",
        "found_by": gettext(FOUND_BY[looked.found_by]) if looked.found_by else "",
        "faults": fault_groups(looked.faults),
        "fault": gettext(looked.fault) if looked.fault else "",
        "doubt": gettext(looked.doubt.sentence) if looked.doubt and not looked.fault else "",
        "on_paper": looked.doubt is TimeRefusal.BEFORE_LOAD,
        "no_plate": looked.file is not None
        and looked.plate is None
        and looked.before is None
        and looked.fault != RunRefusal.PLATE_UNKNOWN.sentence,
        "others": max(0, looked.loads - looked.ours),
    }
