"""Recording walk-ins one by one, on a phone or with a scanner: card, tube, next."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.ids import card_code
from som.places import queries as places
from som.sampling import commands, queries
from som.sampling.forms import WalkInSwabForm
from som.sampling.rules import SwabRefusal
from som.web.guard import may


@dataclass(frozen=True, slots=True)
class Recorded:
    """The last one: which card went into which tube, and how full that is now."""

    card: str
    tube: str
    swabs: int
    again: bool
    """Whether it had been recorded before: sent twice it is one swab."""


@may("sampling.record")
@require_GET
def record(request: HttpRequest) -> HttpResponse:
    """Into which of one's open sessions walk-ins are recorded; the only one is chosen already."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = queries.sessions_to_record(by=actor)
    if len(found) == 1:
        return redirect("sampling:record_walk_ins", found[0].id)
    units = places.units_by_id([one.unit for one in found])
    return render(
        request, "sampling/record.html", {"lines": [(one, units[one.unit]) for one in found]}
    )


@may("sampling.record")
@require_http_methods(["GET", "POST"])
def record_walk_ins(request: HttpRequest, session_id: int) -> HttpResponse:
    """Record who came with a card alone: taps for sex and birth, the card, the tube; the next."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = clock.now()
    session = queries.session_to_record(session_id, by=actor)
    empty = partial(
        WalkInSwabForm,
        on=now.astimezone(clock.LOCAL).date(),
        teams=[
            (team.number, f"{team.number}: {team.swabber}, {team.scribe}")
            for team in queries.teams(session_id, by=actor)
        ],
    )
    form = empty(request.POST or None)
    recorded = None
    if request.method == "POST" and form.is_valid():
        recorded = _recorded(form, session, actor)
        if recorded is not None:
            # The next one: the tube stays in hand while there is room in it, and so does the team.
            room = 0 < recorded.swabs < session.pool_size and not form.alone
            kept = {"tube": recorded.tube if room else "", "team": form.cleaned_data.get("team")}
            form = empty(initial=kept)
            session = queries.session_to_record(session_id, by=actor)
    part = "#recorder" if getattr(request, "htmx", False) else ""
    return render(
        request,
        f"sampling/record_walk_ins.html{part}",
        {
            "session": session,
            "unit": places.units_by_id([session.unit])[session.unit],
            "form": form,
            "recorded": recorded,
        },
    )


def _recorded(
    form: WalkInSwabForm, session: queries.RecordingSession, actor: Actor
) -> Recorded | None:
    """Record what the form says; None where it is refused, with the reason put into the form."""
    serial, tube = form.cleaned_data["card"], form.cleaned_data["tube"]
    slip = queries.slips_of_cards([serial], by=actor).get(serial)
    if slip is None:
        form.note(SwabRefusal.CARD_NOT_ISSUED)
        return None
    now = clock.now()
    outcome = commands.record_swabs([form.swab(slip, now)], session=session.code, by=actor, at=now)
    for refused in outcome.refused:
        form.note(refused.reason)
    if not outcome.held:
        return None
    swabs = queries.swabs_in_tube(tube, session.id, by=actor)
    return Recorded(card_code(serial), tube, swabs, bool(outcome.unchanged))
