"""What is thrown away: tubes scanned into a tray, and then rejected or destroyed by two people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refusal
from som.kernel.outcomes import gettext_noop as _
from som.lab import commands, queries
from som.lab.forms.arrivals import DisposalForm
from som.lab.rules import (
    Discarding,
    DiscardReason,
    DisposalKind,
    DisposalRefusal,
    Rejection,
    RejectReason,
    way_out,
)
from som.lab.views.boxes import WHY_DESTROYED, WHY_REJECTED
from som.lab.views.labs import where_one_works
from som.sampling.views.trays import Fault, Tray, fault_of_page, kept_days, lying
from som.web.guard import may
from som.web.scanning import Scanned

UNLISTED = "unlisted"
"""The part of the tray that waits for a list: nobody knows whose it is."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the tray in which all may end in the same way: its words, why, and the command."""

    title: str
    text: str
    button: str
    reasons: Mapping[Any, str]
    make: Callable[[str, str, str], Any]
    command: Callable[..., Outcome[Any]]


PARTS: Mapping[str, Part] = {
    DisposalKind.REJECTED: Part(
        _("Not tested yet"),
        _("They cannot be tested: their people are asked again."),
        _("Reject these"),
        WHY_REJECTED,
        lambda code, reason, note: Rejection(code, RejectReason(reason), note),
        commands.reject_tubes,
    ),
    DisposalKind.DESTROYED: Part(
        _("Tested, or expired"),
        _("What is left of them is destroyed; answers given stay."),
        _("Destroy these"),
        WHY_DESTROYED,
        lambda code, reason, note: Discarding(code, DiscardReason(reason), note),
        commands.discard_tubes,
    ),
    UNLISTED: Part(
        _("Waiting for a list that never came"),
        _(
            "Ask the team that sent them first. Should a list come later, its people are asked again."
        ),
        _("Destroy these"),
        WHY_DESTROYED,
        lambda code, reason, note: Discarding(code, DiscardReason(reason), note),
        commands.discard_unlisted,
    ),
}
"""In the order of the page."""


@may("lab.discard")
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
def disposals(request: HttpRequest) -> HttpResponse:
    """Tubes that are to go: scanned one by one, thrown away together, never by one person alone."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    where = where_one_works(request, "lab.discard")
    tray = Tray(
        f"discard:{where.lab}", actor, lambda codes: _faults(codes, lab=where.lab, by=actor)
    )
    found: Scanned | None = None
    outcome: Outcome[str] | None = None
    filled_in: dict[str, DisposalForm] = {}
    fault = ""
    key = request.POST.get("part", "")
    if key in PARTS:
        ways = _ways(tray.codes(), lab=where.lab, by=actor)
        meant = [code for code, way in ways.items() if way == key]
        fault = fault_of_page(request, meant)
        form = DisposalForm(
            request.POST,
            prefix=key,
            reasons=PARTS[key].reasons,
            request=request,
            fault=fault,
        )
        if form.is_valid():
            outcome = _ended(key, form, meant, tray, where.lab)
        if outcome is None or outcome.refused:
            filled_in[key] = form
    elif request.method == "POST":
        found = tray.act(request)
    codes = tray.codes()
    ways = _ways(codes, lab=where.lab, by=actor)
    stuck = {code: (way, "") for code, way in ways.items() if isinstance(way, Refusal)}
    context = {
        "where": where,
        "here": where.address("lab:disposals"),
        "scanned": found,
        "outcome": outcome,
        "fault": fault,
        "codes": codes,
        "days": kept_days(),
        "parts": [
            (
                key,
                part,
                lying([code for code in codes if ways[code] == key], {}),
                filled_in.get(key)
                or DisposalForm(prefix=key, reasons=part.reasons, request=request),
            )
            for key, part in PARTS.items()
        ],
        "stuck": lying(list(stuck), stuck),
    }
    part = "#desk" if getattr(request, "htmx", False) else ""
    return render(request, f"lab/disposals.html{part}", context)


def _ways(codes: Sequence[str], *, lab: int, by: Actor) -> dict[str, str | Refusal]:
    """How each of these tubes may end, a key of `PARTS`, or why not at all."""
    here = queries.tubes_as_here(codes, lab=lab, by=by)
    strange = [code for code in codes if code not in here]
    unlisted = queries.waiting_for_list(strange, lab=lab, by=by)
    return {
        code: way_out(here[code])
        if code in here
        else UNLISTED
        if code in unlisted
        else DisposalRefusal.TUBE_UNKNOWN
        for code in codes
    }


def _faults(codes: Sequence[str], *, lab: int, by: Actor) -> Mapping[str, Fault]:
    """Why these of the codes may not be thrown away as they are."""
    ways = _ways(codes, lab=lab, by=by)
    return {code: (way, "") for code, way in ways.items() if isinstance(way, Refusal)}


def _ended(
    key: str, form: DisposalForm, codes: Sequence[str], tray: Tray, lab: int
) -> Outcome[str]:
    """Let one part of the tray end as the form says; what was refused stays lying."""
    part, said = PARTS[key], form.cleaned_data
    asked = [part.make(code, said["reason"], said["note"]) for code in codes]
    done = part.command(asked, lab=lab, witness=form.second, by=tray.by, at=clock.now())
    outcome: Outcome[str] = done.of(lambda one: one.code)
    tray.take(outcome.held)
    return outcome
