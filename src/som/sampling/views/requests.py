"""Who is asked for, and what becomes of those who were not swabbed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_http_methods

from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refused
from som.people.commands import Death, note_deaths
from som.places import queries as places
from som.places.queries import UnitRow
from som.sampling import commands, queries
from som.sampling.forms import AnswersForm, EndingForm, RequestsForm
from som.sampling.forms.words import reason_of
from som.sampling.rules import RequestEnd
from som.web.guard import may
from som.web.paging import written_key

REQUESTS_SHOWN = 50
MOST_AT_ONCE = 500
"""Requests ended in one go: a street, not a province."""


@dataclass(frozen=True, slots=True)
class RequestLine:
    """An open request with the words and units it is shown with."""

    row: queries.RequestRow
    reason: str
    unit: UnitRow
    residence: UnitRow | None
    offered_to: UnitRow | None
    declined_by: UnitRow | None
    late: bool
    repeat: bool


def request_lines(rows: list[queries.RequestRow], now: datetime) -> list[RequestLine]:
    """Open requests with their words; all units are asked for at once.

    Somebody swabbed lately is pointed out, unless that swab could not be answered.
    """
    named = {
        unit
        for row in rows
        for unit in (row.unit, row.residence, row.offered_to, row.declined_by)
        if unit is not None
    }
    units = places.units_by_id(named)
    return [
        RequestLine(
            row,
            reason_of(row.reason, row.day_number),
            units[row.unit],
            units.get(row.residence or 0),
            units.get(row.offered_to or 0),
            units.get(row.declined_by or 0),
            row.due_at < now,
            row.swabbed_at is not None and not row.again,
        )
        for row in rows
    ]


@may("sampling.read")
@require_GET
def requests(request: HttpRequest) -> HttpResponse:
    """Who is asked for here and not yet swabbed, due first."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = clock.now()
    form = RequestsForm(request.GET)
    asked: dict[str, Any] = {"only": "", "after": None, "campaign": None}
    asked |= form.cleaned_data if form.is_valid() else {}
    counts = queries.request_counts(by=actor, at=now, campaign_id=asked["campaign"])
    found = queries.open_requests(
        by=actor,
        at=now,
        after=asked["after"],
        only=asked["only"],
        campaign_id=asked["campaign"],
        limit=REQUESTS_SHOWN + 1,
    )
    shown = found[:REQUESTS_SHOWN]
    kept = {"campaign": asked["campaign"]} if asked["campaign"] else {}
    parts = {"all": kept} | {part: {"only": part, **kept} for part in RequestsForm.PARTS}
    return render(
        request,
        "sampling/requests.html",
        {
            "lines": request_lines(shown, now),
            "counts": {part or "all": counts.get(part, 0) for part in ("", *RequestsForm.PARTS)},
            "parts": {part: f"?{urlencode(given)}#people" for part, given in parts.items()},
            "only": asked["only"],
            "campaign": queries.campaign(asked["campaign"], by=actor)
            if asked["campaign"]
            else None,
            "records": actor.may("sampling.record"),
            "sees_people": actor.may("people.read"),
            "after": written_key(shown[-1].due_at, shown[-1].id) if shown != found else "",
        },
    )


@may("sampling.record")
@require_http_methods(["GET", "POST"])
def end(request: HttpRequest) -> HttpResponse:
    """Note of one or several people why they were not swabbed, and what follows."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = clock.now()
    today = now.astimezone(clock.LOCAL).date()
    given = request.POST if request.method == "POST" else request.GET
    # No key has 20 digits, and Python reads no number of thousands.
    ids = [
        int(text)
        for text in given.getlist("id")
        if text.isascii() and text.isdigit() and len(text) < 20
    ]
    rows = (
        queries.open_requests(
            by=actor, at=now, ids=[one for one in ids if one < 2**63], limit=MOST_AT_ONCE
        )
        if ids
        else []
    )
    form = EndingForm(
        request.POST if request.method == "POST" else None,
        on=today,
        notes_deaths=actor.may("people.register"),
    )
    outcome: Outcome[str] | None = None
    if request.method == "POST" and rows and form.is_valid():
        ended = _ended(form, rows, actor, now)
        if not ended.refused:
            messages.success(request, _said(form, len(ended.held)))
            return redirect("sampling:requests")
        names = {row.id: row.name for row in rows}
        outcome = ended.of(names.__getitem__)
        rows = [row for row in rows if row.id not in ended.held]
    return render(
        request,
        "sampling/request_end.html",
        {"form": form, "lines": request_lines(rows, now), "outcome": outcome},
    )


def _ended(
    form: EndingForm, rows: list[queries.RequestRow], actor: Actor, now: datetime
) -> Outcome[int]:
    """Do what the form says of these requests."""
    ids, ended_as = [row.id for row in rows], form.cleaned_data["ended_as"]
    if ended_as == RequestEnd.TRANSFERRED:
        handed = commands.transfer_requests(form.handovers(ids), by=actor, at=now)
        return handed.of(lambda one: one.request)
    refused: list[Refused[int]] = []
    if ended_as == RequestEnd.DIED:
        died_at = form.died_at()
        noted = note_deaths(
            [Death(person, died_at) for person in {row.person for row in rows}], by=actor, at=now
        )
        living = {one.item.person: one for one in noted.refused}
        refused = [
            Refused(row.id, living[row.person].reason, living[row.person].detail)
            for row in rows
            if row.person in living
        ]
        ids = [row.id for row in rows if row.person not in living]
    ended = commands.end_requests(form.endings(ids), by=actor, at=now)
    return Outcome(refused=refused) + ended.of(lambda one: one.request)


def _said(form: EndingForm, people: int) -> str:
    """What was done, for the page that follows."""
    asked = form.cleaned_data
    if asked["ended_as"] == RequestEnd.TRANSFERRED:
        words = ngettext(
            "%(people)d person is offered to %(unit)s. The request stays yours until they accept.",
            "%(people)d people are offered to %(unit)s. They stay yours until they accept.",
            people,
        )
        return words % {"people": people, "unit": asked["unit"].name}
    words = ngettext("Noted for %(people)d person.", "Noted for %(people)d people.", people) % {
        "people": people
    }
    if asked["revisit_on"] and RequestEnd(asked["ended_as"]).revisited:
        words += " " + gettext("They are asked for again on %(day)s.") % {
            "day": asked["revisit_on"].strftime("%d/%m/%Y")
        }
    return words


@may("sampling.request")
@require_http_methods(["GET", "POST"])
def transfers(request: HttpRequest) -> HttpResponse:
    """Test requests that other units ask one's own to take over."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = clock.now()
    outcome: Outcome[int] | None = None
    if request.method == "POST":
        form = AnswersForm(request.POST)
        if form.is_valid():
            accepted = commands.accept_transfers(form.cleaned_data["accept"], by=actor, at=now)
            declined = commands.decline_transfers(form.cleaned_data["decline"], by=actor, at=now)
            outcome = accepted + declined
            if not outcome.refused:
                messages.success(request, _answered(len(accepted.held), len(declined.held)))
                return redirect("sampling:transfers")
    found = queries.transfers_waiting(by=actor, at=now)
    units = places.units_by_id({unit for row in found for unit in (row.unit, row.to_unit)})
    return render(
        request,
        "sampling/transfers.html",
        {
            "lines": [
                (
                    row,
                    units[row.unit],
                    units[row.to_unit],
                    reason_of(row.reason, row.day_number),
                    row.due_at < now,
                )
                for row in found
            ],
            "all": ",".join(str(row.request) for row in found),
            "outcome": outcome,
        },
    )


def _answered(accepted: int, declined: int) -> str:
    if accepted:
        words = ngettext(
            "%(people)d person is now asked for here.",
            "%(people)d people are now asked for here.",
            accepted,
        )
        return words % {"people": accepted}
    words = ngettext(
        "%(people)d person stays with the unit that asked.",
        "%(people)d people stay with the unit that asked.",
        declined,
    )
    return words % {"people": declined}
