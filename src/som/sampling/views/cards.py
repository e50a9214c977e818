"""Walk-in cards: issued to a unit and printed, each with a slip that nobody can guess."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.ids import card_code, printed_slip_code
from som.places import queries as places
from som.places.fields import offered_units
from som.sampling import commands, queries
from som.sampling.forms import IssueCardsForm, OlderForm, PrintCardsForm
from som.sampling.rules import PlanRefusal
from som.web import printing
from som.web.guard import may


@may("sampling.plan")
@require_http_methods(["GET", "POST"])
def cards(request: HttpRequest) -> HttpResponse:
    """The walk-in cards of one's units, how many were given out, and the issuing of more."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    form = _issuing(request)
    if request.method == "POST" and form.is_valid():
        wanted = form.roll()
        outcome = commands.issue_cards([wanted], by=actor, at=clock.now())
        for refused in outcome.refused:
            field = "unit" if refused.reason is PlanRefusal.NOT_HERE else "first"
            form.add_error(field, f"{gettext(refused.reason.sentence)} {refused.detail}".strip())
        if outcome.held:
            messages.success(
                request,
                gettext("The cards %(first)s–%(last)s are issued to %(unit)s. Print them now.")
                % {
                    "first": card_code(wanted.first),
                    "last": card_code(wanted.last),
                    "unit": form.cleaned_data["unit"].name,
                },
            )
            return redirect("sampling:cards")
    asked = OlderForm(request.GET)
    before = asked.cleaned_data["after"] if asked.is_valid() else None
    found, after = queries.card_rolls(by=actor, before=before)
    units = places.units_by_id([one.unit for one in found])
    return render(
        request,
        "sampling/cards.html",
        {
            "lines": [(one, units[one.unit]) for one in found],
            "after": "" if after is None else after,
            "form": form,
        },
    )


def _issuing(request: HttpRequest) -> IssueCardsForm:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    within, on = actor.units_for("sampling.plan"), clock.now().astimezone(clock.LOCAL).date()
    initial: dict[str, Any] = {}
    if request.method == "GET":
        initial["first"] = card_code(queries.next_card(by=actor))
    return IssueCardsForm(
        request.POST or None,
        territory=within,
        on=on,
        offered=offered_units(within, on),
        initial=initial,
    )


@may("sampling.plan")
@require_GET
def print_cards(request: HttpRequest) -> HttpResponse:
    """Cards as a PDF, ten on a page, cut apart: those that nobody holds yet."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    form = PrintCardsForm(request.GET)
    if not form.is_valid():
        raise Http404
    asked = form.cleaned_data
    found = queries.cards_to_print(asked["first"], asked["last"], by=actor, at=clock.now())
    if not found:
        raise Http404
    look_up = printing.address(request, "results:look_up")
    return printing.answer(
        request,
        f"cards-{card_code(found[0][0])}",
        printing.pdf(
            "sampling/cards.typ",
            {
                "words": {
                    "title": gettext("Walk-in card"),
                    "keep": gettext(
                        "Keep this card. Until your name is written down, whoever holds it"
                        " opens your result."
                    ),
                    "scan": gettext("At the table"),
                    "look_up": gettext("Your result"),
                },
                "address": look_up.partition("://")[2],
                "cards": [
                    {
                        "code": card_code(serial),
                        "qr": printing.qr(card_code(serial)),
                        "slip": printed_slip_code(slip),
                        "slip_qr": printing.qr(f"{look_up}#{slip}"),
                    }
                    for serial, slip in found
                ],
            },
        ),
    )
