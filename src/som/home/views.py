"""The first page: the work plan for staff, a welcome for everybody else."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from som.home import desks
from som.home.flow import flows_of
from som.kernel import clock
from som.web.guard import may, public

SHOWS_DAY = ("sampling.read", "lab.see")


@public
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What to do next, by role; to a stranger, how to look up a result and how to sign in."""
    actor = request.actor  # type: ignore[attr-defined]
    if actor.account_id is None:
        return render(request, "home/front.html")
    return render(
        request,
        "home/home.html",
        {
            "desks": desks.desks_of(actor),
            "shows_day": any(map(actor.may, SHOWS_DAY)),
            "calls": desks.slots_of(actor, desks.CALLS),
            "slots": desks.slots_of(actor),
            "has_role": bool(actor.units or actor.organisations or actor.everywhere),
            "sees_sessions": actor.may("sampling.read"),
            "sees_runs": actor.may("lab.see"),
            "may_ask_where": any(map(actor.may, ("sampling.read", "lab.see", "results.read"))),
        },
    )


@may(*SHOWS_DAY)
@require_GET
def day(request: HttpRequest) -> HttpResponse:
    """The day's flow from swab to answer; as a page of its own where no script asks for it."""
    at = clock.now()
    template = "home/day.html#day" if getattr(request, "htmx", False) else "home/day.html"
    shown = flows_of(request.actor, at)  # type: ignore[attr-defined]
    return render(request, template, {"flows": shown, "at": at})
