"""Campaigns: the list, one of them, planning one; and sampling's part of the work plan."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from som.access.queries import full_names
from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.ids import drawn_code
from som.places import queries as places
from som.places.fields import offered_units
from som.places.rules import MAY_TEST
from som.sampling import commands, queries
from som.sampling.forms import CampaignForm, CampaignPeopleForm, CampaignsForm
from som.sampling.forms.words import CAMPAIGN_REASONS
from som.sampling.rules import CampaignReason
from som.web.figures import Figure, figures
from som.web.guard import may
from som.web.middleware import error_page
from som.web.paging import paged

CAMPAIGNS_SHOWN = 50
SESSIONS_SHOWN = 20
PEOPLE_SHOWN = 100


def _today() -> date:
    return clock.now().astimezone(clock.LOCAL).date()


def _reason(reason: str) -> str:
    """A campaign's reason in words; one no longer in the table stands as it is written."""
    known = reason in set(CampaignReason)
    return gettext(CAMPAIGN_REASONS[CampaignReason(reason)]) if known else reason


def _frequency(days: int) -> str:
    if days == 0:
        return gettext("Once")
    if days == 1:
        return gettext("Every day")
    return gettext("Every %(days)d days") % {"days": days}


@may("sampling.read")
@require_GET
def campaigns(request: HttpRequest) -> HttpResponse:
    """The campaigns that reach one's units, last planned first."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    form = CampaignsForm(request.GET)
    found = queries.campaigns(
        by=actor,
        before=form.cleaned_data["after"] if form.is_valid() else None,
        limit=CAMPAIGNS_SHOWN + 1,
    )
    shown, today = found[:CAMPAIGNS_SHOWN], _today()
    units = places.units_by_id([one.unit for one in shown])
    return render(
        request,
        "sampling/campaigns.html",
        {
            "lines": [
                (one, units[one.unit], _reason(one.reason), one.state(today)) for one in shown
            ],
            "after": shown[-1].id if shown != found else "",
            "plans": actor.may("sampling.plan"),
        },
    )


@may("sampling.read")
@require_GET
def campaign(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """One campaign: whom, why and how, what came of it here, and its sessions."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = clock.now()
    row = queries.campaign(campaign_id, by=actor)
    counts = queries.request_counts(by=actor, at=now, campaign_id=campaign_id)
    found = queries.sessions(by=actor, campaign_id=campaign_id, limit=SESSIONS_SHOWN + 1)
    shown = found[:SESSIONS_SHOWN]
    ends = row.ended_at is None and actor.may("sampling.plan", unit=row.unit)
    now_on = _today()
    sending = queries.labs_of_campaign(campaign_id, by=actor)
    named = {*row.labs, *(one.lab for one in shown), *(one.lab for one in sending)}
    labs = places.organisations_by_id(named)
    days = queries.laboratory_days([one.lab for one in sending], now_on, by=actor)
    turns = queries.turns_of_campaign(campaign_id, by=actor)
    units = places.units_by_id({row.unit, *(one.unit for one in shown)})
    return render(
        request,
        "sampling/campaign.html",
        {
            "campaign": row,
            "state": row.state(now_on),
            "unit": units[row.unit],
            "names": full_names([row.ended_by]),
            "reason": _reason(row.reason),
            "frequency": _frequency(row.frequency_days),
            "labs": [labs[lab].name for lab in row.labs],
            "swabs": queries.swabs_of_campaign(campaign_id, by=actor),
            "asked": counts.get("", 0),
            "late": counts.get("late", 0),
            "lines": [(one, units[one.unit], labs[one.lab]) for one in shown],
            "more": shown != found,
            "turns": [
                (one, one.first <= now_on and (one.last is None or now_on <= one.last))
                for one in turns
            ],
            "sending": [(one, labs[one.lab], days[one.lab]) for one in sending],
            "today": now_on,
            "session_list": f"{reverse('sampling:sessions')}?campaign={campaign_id}",
            "request_list": f"{reverse('sampling:requests')}?campaign={campaign_id}",
            "late_list": f"{reverse('sampling:requests')}?only=late&campaign={campaign_id}",
            "plans": actor.may("sampling.plan"),
            "ends": ends,
            "ending": queries.requests_of_list(campaign_id, by=actor) if ends else 0,
        },
    )


@may("sampling.read")
@require_GET
def campaign_people(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Whom a campaign asked for: in one turn, and one part of it, or all."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    form = CampaignPeopleForm(request.GET)
    asked: dict[str, Any] = {"turn": None, "part": "", "after": None}
    asked |= form.cleaned_data if form.is_valid() else {}
    found = queries.people_of_campaign(
        campaign_id,
        by=actor,
        at=clock.now(),
        turn=asked["turn"],
        part=asked["part"],
        after=asked["after"] or 0,
        limit=PEOPLE_SHOWN + 1,
    )
    shown, after = paged(found, PEOPLE_SHOWN, lambda one: one.request)
    units = places.units_by_id({one.unit for one in shown})
    now = clock.now()
    return render(
        request,
        "sampling/campaign_people.html",
        {
            "campaign": queries.campaign(campaign_id, by=actor),
            "lines": [
                (
                    one,
                    units[one.unit],
                    one.ended_as or ("late" if one.due_at < now else "requested"),
                )
                for one in shown
            ],
            "turn": asked["turn"],
            "part": asked["part"],
            "after": after,
            "sees_people": actor.may("people.read"),
        },
    )


@may("sampling.plan")
@require_http_methods(["GET", "POST"])
def plan_campaign(request: HttpRequest) -> HttpResponse:
    """Plan a campaign: whom to test, why, on what basis, how often and how."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    at, today = clock.now(), _today()
    within = actor.units_for("sampling.plan")
    form = CampaignForm(
        request.POST or None,
        laboratories=places.organisations_of(within, sorted(MAY_TEST)),
        territory=within,
        on=today,
        offered=offered_units(within, today),
        initial={
            "code": drawn_code(today),
            "starts_on": today,
            "frequency_days": 0,
            "pool_size": 1,
        },
    )
    if request.method == "POST" and form.is_valid():
        asked = form.campaign()
        outcome = commands.plan_campaigns([asked], by=actor, at=at)
        form.say(outcome.refused)
        if outcome.held:
            messages.success(
                request, gettext("The campaign %(name)s is planned.") % {"name": asked.name}
            )
            # Its page opens sessions; it stands first in the list unless others plan meanwhile.
            for one in queries.campaigns(by=actor):
                if one.code == asked.code:
                    return redirect("sampling:campaign", one.id)
            return redirect("sampling:campaigns")
    return render(request, "sampling/campaign_new.html", {"form": form})


@may("sampling.plan")
@require_POST
def end_campaign(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Say that a campaign has ended: it asks for nobody any more."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if "end" not in request.POST:
        return error_page(request, 400)
    row = queries.campaign(campaign_id, by=actor)
    outcome = commands.end_campaigns([row.code], by=actor, at=clock.now())
    for refused in outcome.refused:
        messages.error(request, gettext(refused.reason.sentence))
    if outcome.held:
        messages.success(
            request,
            gettext("The campaign has ended. Whoever is still on its list is let off in a minute."),
        )
    return redirect("sampling:campaign", campaign_id)


@may("sampling.read")
@require_GET
def slot(request: HttpRequest) -> HttpResponse:
    """The part of the work plan about sampling."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    asked = queries.request_counts(by=actor, at=clock.now())
    late, people = asked.get("late", 0), reverse("sampling:requests")
    shown = [
        Figure(
            late,
            gettext("People to be swabbed, late"),
            f"{people}?only=late#people",
            gettext("Asked for and not swabbed by their due time"),
            "clock-exclamation",
            "late",
        ),
        Figure(
            asked.get("", 0) - late,
            gettext("People to be swabbed, in time"),
            f"{people}#people",
            gettext("Asked for; their due time is still to come"),
            "user-question",
        ),
        Figure(
            queries.open_sessions(by=actor),
            gettext("Sessions open"),
            reverse("sampling:sessions"),
            gettext("Sampling sessions not closed yet"),
            "test-pipe",
        ),
    ]
    if actor.may("sampling.request"):
        shown.append(
            Figure(
                queries.transfers_to_answer(by=actor),
                gettext("People handed over to you"),
                reverse("sampling:transfers"),
                gettext("Another unit asks yours to swab them; they wait for your answer"),
                "user-check",
                "warning",
            )
        )
    return figures(request, gettext("Sampling"), shown)
