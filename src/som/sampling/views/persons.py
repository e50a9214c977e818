"""Sampling's part of a person's page, and asking for one person to be swabbed."""

from __future__ import annotations

from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from som.kernel import clock
from som.kernel.actors import Actor
from som.people import queries as people
from som.places import queries as places
from som.places.rules import Level
from som.sampling import queries
from som.sampling.commands import request_tests
from som.sampling.forms.asking import AskForm
from som.sampling.forms.words import reason_of
from som.sampling.rules import RequestReason
from som.web.guard import may


@may("sampling.read")
@require_GET
def person_slot(request: HttpRequest, person_id: int) -> HttpResponse:
    """What was asked of a person, and the swabs taken, newest first."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = clock.now()
    found = queries.history_of(person_id, by=actor, at=now)
    units = places.units_by_id(
        [one.unit for one in found.asked] + [one.unit for one in found.taken]
    )
    part = "#history" if getattr(request, "htmx", False) else ""
    return render(
        request,
        f"sampling/person_slot.html{part}",
        {
            "asked": [
                (
                    one,
                    reason_of(one.reason, one.day_number),
                    units[one.unit],
                    one.ended_as or ("late" if one.due_at < now else "requested"),
                )
                for one in found.asked
            ],
            "taken": [(one, units[one.unit]) for one in found.taken],
            "reads_results": actor.may("results.read"),
            "person": person_id,
            "asks": actor.may("sampling.request"),
        },
    )


@may("sampling.request")
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, person_id: int) -> HttpResponse:
    """Ask for one person to be swabbed: why, by when, by which unit.

    What is asked of them already, and when they were last swabbed, stands beside the form.
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = clock.now()
    person = people.person_shown(person_id, by=actor, at=now)
    if person.id != person_id:
        return redirect("sampling:ask", person.id)
    home = next((one.unit for one in person.stays if one.kind == "residence"), None)
    units = _own_units(actor, clock.local_day(now), home)
    due = (now + timedelta(days=1)).astimezone(clock.LOCAL)
    form = AskForm(
        request.POST or None,
        units=units,
        now=now,
        initial={
            "due_on": due.date(),
            "due_at": due.replace(minute=0),
            "unit": home,
            "reason": RequestReason.SYMPTOM,
        },
    )
    if request.method == "POST" and form.is_valid():
        outcome = request_tests([form.wanted(person.id, home)], by=actor, at=now)
        form.say(outcome.refused)
        if outcome.done:
            messages.success(request, gettext("Asked for. The unit's team finds them on its list."))
        if outcome.unchanged:
            messages.info(
                request, gettext("This was asked for today already: it stands as it was.")
            )
        if outcome.held:
            return redirect("people:person", person.id)
    found = queries.history_of(person.id, by=actor, at=now)
    return render(
        request,
        "sampling/ask.html",
        {
            "person": person,
            "form": form,
            "units": units,
            "open": [
                (one, reason_of(one.reason, one.day_number), one.due_at < now)
                for one in found.asked
                if one.ended_at is None
            ],
            "last": found.taken[0] if found.taken else None,
        },
    )


def _own_units(actor: Actor, on: date, home: int | None) -> list[places.UnitRow]:
    """The units in whose name the actor asks: the person's own first, else the actor's."""
    held = actor.units_for("sampling.request")
    if home is not None and (held is None or home in held):
        return [places.units_by_id([home])[home]]
    if held is None:
        return places.provinces(on)
    found = places.units_in_force(held, on)
    communes = [one for one in found if one.level == Level.COMMUNE]
    return communes or found
