"""Tubes lost before their test: noted by two people, and the people who are asked again for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from som.access.queries import full_names
from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome
from som.kernel.outcomes import gettext_noop as _
from som.sampling import commands, queries
from som.sampling.forms.boxes import BoxesPagedForm, LossForm
from som.sampling.rules import fault_of_losing
from som.sampling.views.trays import Fault, Tray, fault_of_page, part_of
from som.web.guard import may
from som.web.paging import paged, written_key

LOSSES_SHOWN = 50


@may("sampling.read")
@require_GET
def lost_tubes(request: HttpRequest) -> HttpResponse:
    """Tubes lost here, the last first, and how many of their people are asked again."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    form = BoxesPagedForm(request.GET)
    before = form.cleaned_data["after"] if form.is_valid() else None
    found = queries.lost_tubes(by=actor, before=before, limit=LOSSES_SHOWN + 1)
    shown, after = paged(found, LOSSES_SHOWN, lambda one: written_key(one.lost_at, one.id))
    return render(
        request,
        "sampling/tubes_lost.html",
        {
            "lines": shown,
            "names": full_names({name for one in shown for name in one.closed_by}),
            "after": after,
            "loses": actor.may("sampling.dispatch"),
        },
    )


@may("sampling.read")
@require_GET
def lost_tube(request: HttpRequest, tube_id: int) -> HttpResponse:
    """The people of one lost tube, and whether they are asked again. Opening it is noted."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    tube = queries.lost_tube(tube_id, by=actor)
    sees = actor.may("people.read")
    return render(
        request,
        "sampling/tube_lost.html",
        {
            "tube": tube,
            "names": full_names(tube.closed_by),
            "people": queries.people_of_lost_tube(tube_id, by=actor, at=clock.now())
            if sees
            else [],
            "sees_people": sees,
        },
    )


@may("sampling.dispatch")
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("witness_password")
def lose_tubes(request: HttpRequest) -> HttpResponse:
    """Note tubes as lost: scan or type their codes, say what happened, and who else says so."""
    actor: Actor = request.actor  # type: ignore[attr-defined]

    def judged(codes: Sequence[str]) -> Mapping[str, Fault]:
        known = queries.tubes_to_pack(codes, by=actor)
        closed = {code: tube.closed for code, tube in known.items()}
        return {code: (no, "") for code in codes if (no := fault_of_losing(closed.get(code)))}

    tray = Tray(
        "lost",
        actor,
        judged,
        done=_("On the list of lost tubes"),
        again=_("Scanned before"),
        taken=_("Taken off the list"),
    )
    form, found, outcome = LossForm(request=request), None, None
    if "send" in request.POST:
        codes = tray.codes()
        form = LossForm(request.POST, request=request, fault=fault_of_page(request, codes))
        outcome = _lost(form, codes, tray) if form.is_valid() else None
        if outcome is not None and outcome.held and not outcome.refused:
            said = ngettext(
                "%(count)d tube is noted as lost. Its people are asked again within minutes.",
                "%(count)d tubes are noted as lost. Their people are asked again within minutes.",
                len(outcome.held),
            )
            messages.success(request, said % {"count": len(outcome.held)})
            return redirect("sampling:lost_tubes")
    elif request.method == "POST":
        found = tray.act(request)
    return render(
        request,
        part_of(request, "sampling/tubes_lose.html"),
        {
            "form": form,
            "scanned": found,
            "outcome": outcome,
            "lying": tray.lying(),
            "here": request.path,
        },
    )


def _lost(form: LossForm, codes: list[str], tray: Tray) -> Outcome[str]:
    """Note these tubes of the tray as lost; what was refused stays lying."""
    outcome = commands.lose_tubes(
        form.losses(codes), witness=form.second, by=tray.by, at=clock.now()
    )
    tray.take([one.tube for one in outcome.held])
    return outcome.of(lambda one: one.tube)
