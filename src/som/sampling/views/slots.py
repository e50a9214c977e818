"""The slots of a session: cutting its day, giving people their times, who comes when, on paper too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome
from som.people.rules import name_sort_key
from som.places import queries as places
from som.sampling import queries
from som.sampling.commands import SlotWanted, give_slots, note_times_printed, set_slots
from som.sampling.day_rules import most_at_once
from som.sampling.forms.slots import (
    GivingForm,
    MoveForm,
    SlotPeopleForm,
    SlotPrintForm,
    SlotsForm,
)
from som.sampling.queries import HamletWaiting, SlotPerson
from som.sampling.rules import SlotRefusal
from som.sampling.views.changes import say_untold
from som.web import printing
from som.web.guard import may
from som.web.paging import written_key

PEOPLE_SHOWN = 100


@may("sampling.read")
@require_GET
def slots(request: HttpRequest, session_id: int) -> HttpResponse:
    """The slots of a session, how full they are, and whom it could still call."""
    return _slots(request, session_id)


def _slots(
    request: HttpRequest,
    session_id: int,
    *,
    cutting: SlotsForm | None = None,
    giving: GivingForm | None = None,
) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = clock.now()
    row = queries.session(session_id, by=actor)
    found = queries.slots_of_session(session_id, by=actor)
    plans = row.closed_at is None and actor.may("sampling.plan", unit=row.unit)
    if plans and found:
        giving = giving or _giving(queries.hamlets_without_times(session_id, by=actor, at=now))
    unit = places.units_by_id([row.unit])[row.unit]
    given, came = sum(one.given for one in found), sum(one.came for one in found)
    people = reverse("sampling:slot_people", args=[session_id])
    return render(
        request,
        "sampling/slots.html",
        {
            "session": row,
            "unit": unit,
            "lines": [(one, one.ends_at < now) for one in found],
            "given": given,
            "came": came,
            "awaited": given - came,
            "left": sum(one.left for one in found if one.ends_at > now),
            "without": queries.number_without_times(session_id, by=actor, at=now),
            "people": people,
            "plans": plans,
            "cutting": (cutting or SlotsForm.of(row, found)) if plans else None,
            "most": most_at_once(unit.territory, now),
            "giving": giving,
        },
    )


def _giving(waiting: Sequence[HamletWaiting], *sent: QueryDict) -> GivingForm | None:
    """The form that calls hamlets, of which each is named with its commune; None: nobody waits."""
    communes = places.units_by_id({one.unit for one in waiting})
    names = {key: unit.name for key, unit in communes.items()}
    return GivingForm(*sent, waiting=waiting, names=names) if waiting else None


@may("sampling.plan")
@require_POST
def cut_slots(request: HttpRequest, session_id: int) -> HttpResponse:
    """Cut a session's hours into slots."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row = queries.session(session_id, by=actor)
    form = SlotsForm(request.POST, row=row)
    if form.is_valid():
        at = clock.now()
        before = queries.number_without_times(session_id, by=actor, at=at)
        outcome = set_slots([form.wanted()], by=actor, at=at)
        form.say(outcome.refused)
        if outcome.held:
            messages.success(request, gettext("The slots are set. Now people get their times."))
            say_untold(request, session_id, before)
            return redirect("sampling:slots", session_id)
    return _slots(request, session_id, cutting=form)


@may("sampling.plan")
@require_POST
def give_times(request: HttpRequest, session_id: int) -> HttpResponse:
    """Give the people of the hamlets chosen their times: households together, hamlet by hamlet."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = clock.now()
    row = queries.session(session_id, by=actor)
    waiting = queries.hamlets_without_times(session_id, by=actor, at=now)
    form = _giving(waiting, request.POST)
    if form is None or not form.is_valid():
        return _slots(request, session_id, giving=form)
    called = queries.requests_without_times(session_id, by=actor, at=now, hamlets=form.chosen())
    outcome = give_slots([SlotWanted(row.code, one) for one in called], by=actor, at=now)
    _say(request, outcome)
    return redirect("sampling:slots", session_id)


def _say(request: HttpRequest, outcome: Outcome[SlotWanted]) -> None:
    """How many people got a time, and why the others got none."""
    if outcome.held:
        words = ngettext(
            "%(people)d person has a time.", "%(people)d people have a time.", len(outcome.held)
        )
        messages.success(request, words % {"people": len(outcome.held)})
    for reason, people in Counter(one.reason for one in outcome.refused).items():
        words = ngettext(
            "%(people)d person got none: %(reason)s",
            "%(people)d people got none: %(reason)s",
            people,
        )
        messages.warning(request, words % {"people": people, "reason": gettext(reason.sentence)})


@may("sampling.read")
@require_GET
def slot_people(request: HttpRequest, session_id: int) -> HttpResponse:
    """Who comes to a session when, or who has no time yet."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = clock.now()
    row = queries.session(session_id, by=actor)
    form = SlotPeopleForm(request.GET)
    asked: dict[str, Any] = {"part": "", "slot": None, "after": None}
    asked |= form.cleaned_data if form.is_valid() else {}
    part, after = asked["part"] or "given", asked["after"]
    if part == "without":
        found = queries.people_without_times(
            session_id, by=actor, at=now, after=after[1] if after else 0, limit=PEOPLE_SHOWN + 1
        )
    else:
        found = queries.people_with_times(
            session_id,
            by=actor,
            at=now,
            part=part,
            slot=asked["slot"],
            after=after,
            limit=PEOPLE_SHOWN + 1,
        )
    shown = found[:PEOPLE_SHOWN]
    last = shown[-1] if shown else None
    cut = queries.slots_of_session(session_id, by=actor)
    units = places.units_by_id({one.unit for one in shown})
    return render(
        request,
        "sampling/slot_people.html",
        {
            "session": row,
            "lines": [(one, units[one.unit]) for one in shown],
            "part": part,
            "slot": next((one for one in cut if one.id == asked["slot"]), None),
            "to_come": [one for one in cut if one.ends_at > now],
            "after": written_key(last.starts_at or now, last.request)
            if last and shown != found
            else "",
            "moves": row.closed_at is None and actor.may("sampling.plan", unit=row.unit),
            "sees_people": actor.may("people.read"),
        },
    )


@may("sampling.plan")
@require_POST
def move_time(request: HttpRequest, session_id: int) -> HttpResponse:
    """Give one person another time in the same session, and go back to where they stood."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row = queries.session(session_id, by=actor)
    form = MoveForm(request.POST)
    if form.is_valid():
        outcome = give_slots([form.wanted(row.code)], by=actor, at=clock.now())
        for refused in outcome.refused:
            messages.error(request, gettext(refused.reason.sentence))
        if outcome.held:
            messages.success(request, gettext("The new time stands."))
    else:
        messages.error(request, gettext(SlotRefusal.SLOT_UNKNOWN.sentence))
    part = SlotPeopleForm(request.POST)
    kept = part.cleaned_data if part.is_valid() else {}
    back = {name: kept[name] for name in ("part", "slot") if kept.get(name)}
    address = reverse("sampling:slot_people", args=[session_id])
    return redirect(f"{address}?{urlencode(back)}" if back else address)


@may("sampling.read")
@require_http_methods(["GET", "POST"])
def print_slots(request: HttpRequest, session_id: int) -> HttpResponse:
    """Note that the list is printed, and answer it as a file.

    Noted first: what changes while the file is drawn is then called changed, on the list or not.
    """
    return _noted(request, session_id) if request.method == "POST" else _paper(request, session_id)


def _noted(request: HttpRequest, session_id: int) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row = queries.session(session_id, by=actor)
    found = queries.slots_of_session(session_id, by=actor)
    if sum(one.given - one.came for one in found) > queries.MOST_PRINTED:
        return _too_long(request, session_id)
    note_times_printed([row.code], by=actor, at=clock.now())
    form = SlotPrintForm(request.POST)
    by_slot = form.is_valid() and form.cleaned_data["by"] == "slot"
    here = reverse("sampling:print_slots", args=[session_id])
    return redirect(f"{here}?by=slot" if by_slot else here)


def _too_long(request: HttpRequest, session_id: int) -> HttpResponse:
    """A list that leaves people out without a word would keep them at home."""
    words = gettext(
        "More than %(most)d people are waited for: one list does not hold so many. Nothing is"
        " printed. Open a second session and call some of the hamlets there."
    )
    messages.error(request, words % {"most": queries.MOST_PRINTED})
    return redirect("sampling:slots", session_id)


def _paper(request: HttpRequest, session_id: int) -> HttpResponse:
    """The list on paper: a sheet for the head of each hamlet, or slot after slot for the desk."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = clock.now()
    form = SlotPrintForm(request.GET)
    by_slot = form.is_valid() and form.cleaned_data["by"] == "slot"
    row = queries.session(session_id, by=actor)
    people = queries.people_with_times(
        session_id, by=actor, at=now, part="awaited", limit=queries.MOST_PRINTED + 1
    )
    if len(people) > queries.MOST_PRINTED:
        return _too_long(request, session_id)
    unit = places.units_by_id([row.unit])[row.unit]
    paper = {
        "title": gettext("When to come for sampling"),
        "place": row.place,
        "unit": unit.path,
        "day": f"{row.starts_at.astimezone(clock.LOCAL):%d/%m/%Y}",
        "campaign": row.campaign,
        "printed": f"{now.astimezone(clock.LOCAL):%H:%M %d/%m/%Y}",
        "advice": gettext(
            "Come at your time, with your papers, and keep two metres apart. Whoever could not come"
            " at their time, or has none, is swabbed all the same."
        ),
        "words": {
            "day": gettext("Day"),
            "place": gettext("Place"),
            "printed": gettext("printed at"),
            "number": gettext("No."),
            "time": gettext("Time"),
            "name": gettext("Name"),
            "born": gettext("Born"),
            "address": gettext("Address"),
            "came": gettext("Came"),
        },
        "parts": _by_slot(people) if by_slot else _by_hamlet(people),
        "apart": not by_slot,
        "none": gettext("Nobody is waited for."),
    }
    drawn = printing.pdf("sampling/slots.typ", paper)
    return printing.answer(request, f"slots-{row.code}", drawn)


def _by_hamlet(people: Sequence[SlotPerson]) -> list[dict[str, Any]]:
    """A part for each hamlet of each commune, by time and then as a Vietnamese list goes."""
    communes = places.units_by_id({one.unit for one in people})
    ranked = sorted(people, key=lambda o: (o.hamlet_key, o.starts_at, name_sort_key(o.name)))
    parts = []
    for _, group in groupby(ranked, lambda one: one.hamlet_key):
        there = list(group)
        hamlet = there[0].hamlet or gettext("No hamlet known")
        parts.append(_part(f"{hamlet}, {communes[there[0].unit].name}", there))
    return parts


def _by_slot(people: Sequence[SlotPerson]) -> list[dict[str, Any]]:
    """A part for each slot, as a Vietnamese list goes."""
    ranked = sorted(people, key=lambda one: (one.starts_at, name_sort_key(one.name)))
    return [_part(when, list(part)) for when, part in groupby(ranked, _when)]


def _when(one: SlotPerson) -> str:
    if one.starts_at is None or one.ends_at is None:
        return ""
    begins, ends = (at.astimezone(clock.LOCAL) for at in (one.starts_at, one.ends_at))
    return f"{begins:%H:%M}–{ends:%H:%M}"


def _part(title: str, people: Iterable[SlotPerson]) -> dict[str, Any]:
    return {
        "title": title,
        "rows": [
            {
                "number": str(number),
                "time": _when(one),
                "name": one.name,
                "born": str(one.birth_year or ""),
                "address": one.address,
            }
            for number, one in enumerate(people, start=1)
        ],
    }
