"""Sampling's part of a person's page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from som.kernel import clock
from som.kernel.actors import Actor
from som.places import queries as places
from som.sampling import queries
from som.sampling.forms.words import reason_of
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
        },
    )
