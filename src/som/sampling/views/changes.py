"""Changing a session that is open: where it is, who is there, when, and for how many people."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods

from som.kernel import clock
from som.kernel.actors import Actor
from som.places import queries as places
from som.sampling import commands, queries
from som.sampling.forms import ChangeSessionForm
from som.sampling.rules import tubes_expected
from som.sampling.views.sessions import offered_sites
from som.web.guard import may


@may("sampling.plan")
@require_http_methods(["GET", "POST"])
def change_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """Change a session until it closes; once somebody was swabbed there, its place, team and end.

    Where the laboratory has no room for all its tubes that day, it is asked again.
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]
    at = clock.now()
    row = queries.session(session_id, by=actor)
    if row.closed_at is not None or not actor.may("sampling.plan", unit=row.unit):
        raise Http404
    begins = row.starts_at.astimezone(clock.LOCAL)
    form = ChangeSessionForm(
        request.POST or None,
        unit=row.unit,
        begun=row.people > 0,
        initial={
            "place": row.place,
            "team": row.team,
            "day": begins.date(),
            "time": begins.time(),
            "ends": row.ends_at and row.ends_at.astimezone(clock.LOCAL).time(),
            "expected": row.expected,
        },
    )
    if request.method == "POST" and form.is_valid() and _has_room(row, form, actor):
        before = queries.number_without_times(session_id, by=actor, at=at)
        outcome = commands.change_sessions([form.change(row.code)], by=actor, at=at)
        form.say(outcome.refused)
        if outcome.held:
            messages.success(request, gettext("The session is changed."))
            say_untold(request, session_id, before)
            return redirect("sampling:session", session_id)
    unit = places.units_by_id([row.unit])[row.unit]
    return render(
        request,
        "sampling/session_change.html",
        {
            "session": row,
            "unit": unit,
            "form": form,
            "begun": row.people > 0,
            "sites": offered_sites(frozenset([row.unit])),
        },
    )


def _has_room(row: queries.SessionRow, form: ChangeSessionForm, actor: Actor) -> bool:
    """Whether the laboratory has room for the session as it is to be, or was asked about already."""
    day, people = form.cleaned_data["day"], form.cleaned_data["expected"]
    if people is None or (day, people) == (form.initial["day"], row.expected):
        return True
    tubes = tubes_expected(people, pool_size=row.pool_size, second_specimens=row.second_specimens)
    rooms = queries.laboratory_days([row.lab], day, by=actor, without=row.id)
    return form.has_room(tubes, rooms[row.lab])


def say_untold(request: HttpRequest, session_id: int, before: int) -> None:
    """How many people have no time any more, of whom so many had none before."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    lost = queries.number_without_times(session_id, by=actor, at=clock.now()) - before
    if lost > 0:
        words = ngettext(
            "%(people)d person lost their time: in the slots left there is no room. They stand under"
            " “Have no time yet”.",
            "%(people)d people lost their time: in the slots left there is no room. They stand under"
            " “Have no time yet”.",
            lost,
        )
        messages.warning(request, words % {"people": lost})
