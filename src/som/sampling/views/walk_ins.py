"""Walk-ins: whoever was swabbed by card alone, and giving them their name."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.ids import card_code
from som.people.commands import Naming, name_walk_ins
from som.places import queries as places
from som.sampling import queries
from som.sampling.forms import NamingForm, WalkInsForm
from som.web.guard import may
from som.web.paging import paged, written_key

WALK_INS_SHOWN = 50


@may("people.register")
@require_http_methods(["GET", "POST"])
def walk_ins(request: HttpRequest) -> HttpResponse:
    """Who still has no name, latest first; a scanned card leads straight to its walk-in.

    Cards are asked for by POST: their numbers open results and stand in no address.
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = clock.now()
    form = WalkInsForm(request.POST if request.method == "POST" else request.GET)
    asked = form.cleaned_data if form.is_valid() else {"after": None, "card": None}
    scanned = asked["card"] if request.method == "POST" else None
    if request.method == "POST" and form.is_valid() and scanned is None:
        form.add_error("card", gettext("Scan the card or type its number."))
    if scanned is not None and (found := queries.walk_in_with_card(scanned, by=actor, at=now)):
        return redirect("sampling:walk_in", found.person)
    rows = queries.walk_ins(by=actor, at=now, before=asked["after"], limit=WALK_INS_SHOWN + 1)
    shown, after = paged(
        rows, WALK_INS_SHOWN, lambda one: written_key(one.registered_at, one.person)
    )
    units = places.units_by_id([one.unit for one in shown])
    return render(
        request,
        "sampling/walk_ins.html",
        {
            "form": form,
            "missing": scanned is not None,
            "lines": [(one, card_code(one.card), units[one.unit]) for one in shown],
            "after": after,
        },
    )


@may("people.register")
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
def walk_in(request: HttpRequest, person_id: int) -> HttpResponse:
    """Give one walk-in their name: scan their identity card, or type what they say.

    What was sent twice is answered as the first time; whoever has a name is not named anew.
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = clock.now()
    row = queries.walk_in(person_id, by=actor, at=now)
    form = NamingForm(
        request.POST if request.method == "POST" else None,
        initial={"sex": row.sex or "", "birth": row.birth_year or ""},
        on=now.astimezone(clock.LOCAL).date(),
    )
    if request.method == "POST" and form.is_valid():
        naming = Naming(row.person, form.declaration())
        outcome = name_walk_ins([naming], unit=row.unit, by=actor, at=now)
        if outcome.held:
            messages.success(
                request,
                gettext("The card %(card)s has its name. What the person is owed is sent to them.")
                % {"card": card_code(row.card)},
            )
            for warned in outcome.warned:
                messages.warning(request, gettext(warned.reason.sentence))
            return redirect("sampling:walk_ins")
        for refused in outcome.refused:
            form.note(refused)
    if row.named:
        messages.info(
            request,
            gettext("Whoever holds card %(card)s has a name by now; nothing was changed.")
            % {"card": card_code(row.card)},
        )
        return redirect("sampling:walk_ins")
    return render(
        request,
        "sampling/walk_in.html",
        {
            "form": form,
            "one": row,
            "card": card_code(row.card),
            "unit": places.units_by_id([row.unit])[row.unit],
        },
    )
