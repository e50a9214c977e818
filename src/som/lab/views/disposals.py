"""What is thrown away: tubes scanned into a tray, and then rejected or destroyed by two people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refusal, Refused
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
from som.lab.views.trays import laid, put_back, taken
from som.sampling import queries as sampling
from som.web.guard import may
from som.web.scanning import Scanned, codes_of, scanned

LAID, LAID_BEFORE = _("Laid in the tray"), _("In the tray already")

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
def disposals(request: HttpRequest) -> HttpResponse:
    """Tubes that are to go: scanned one by one, thrown away together, never by one person alone."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    where = where_one_works(request, "lab.discard")
    desk = f"discard:{where.lab}"
    found: Scanned | None = None
    outcome: Outcome[str] | None = None
    filled_in: dict[str, DisposalForm] = {}
    if request.method == "POST" and not put_back(request, desk, by=actor):
        key = request.POST.get("part", "")
        if key in PARTS:
            form = DisposalForm(request.POST, prefix=key, reasons=PARTS[key].reasons)
            if form.is_valid():
                outcome = _ended(key, form.cleaned_data, desk, lab=where.lab, by=actor)
            if outcome is None or outcome.refused:
                filled_in[key] = form
        elif codes := codes_of(request):
            judged = laid(codes, _faults(codes, lab=where.lab, by=actor), desk, by=actor)
            found = scanned(judged, codes, done=LAID, again=LAID_BEFORE)
    lying = [line.code for line in sampling.tray(desk, by=actor)]
    ways = _ways(lying, lab=where.lab, by=actor)
    context = {
        "where": where,
        "here": where.address("lab:disposals"),
        "scanned": found,
        "outcome": outcome,
        "lying": lying,
        "parts": [
            (
                key,
                part,
                [code for code in lying if ways[code] == key],
                filled_in.get(key) or DisposalForm(prefix=key, reasons=part.reasons),
            )
            for key, part in PARTS.items()
        ],
        "stuck": [(code, way.sentence) for code, way in ways.items() if isinstance(way, Refusal)],
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


def _faults(codes: Sequence[str], *, lab: int, by: Actor) -> dict[str, Refusal]:
    """Why these of the codes may not be thrown away as they are."""
    ways = _ways(codes, lab=lab, by=by)
    return {code: way for code, way in ways.items() if isinstance(way, Refusal)}


def _ended(key: str, said: Mapping[str, str], desk: str, *, lab: int, by: Actor) -> Outcome[str]:
    """Let one part of the tray end as the form says; what was refused stays lying."""
    part = PARTS[key]
    lying = [line.code for line in sampling.tray(desk, by=by)]
    ways = _ways(lying, lab=lab, by=by)
    asked = [part.make(code, said["reason"], said["note"]) for code in lying if ways[code] == key]
    done = part.command(asked, lab=lab, witness=said["witness"], by=by, at=clock.now())
    outcome: Outcome[str] = Outcome(
        [one.code for one in done.done],
        [one.code for one in done.unchanged],
        [Refused(one.item.code, one.reason) for one in done.refused],
    )
    taken(outcome.held, desk, by=by)
    return outcome
