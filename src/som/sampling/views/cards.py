"""Walk-in cards: issued to a unit and printed, each with a slip that nobody can guess."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from som.access.queries import full_names
from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.ids import card_code, drawn_code, printed_slip_code
from som.places import queries as places
from som.places.fields import offered_units
from som.sampling import commands, queries
from som.sampling.forms import CardsForm, IssueCardsForm, OlderForm, PrintCardsForm, PrintedForm
from som.sampling.forms.words import PRINTED_AGAIN
from som.sampling.rules import PlanRefusal, PrintAgain
from som.sampling.rules.cards import CardRefusal, named_cards
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
            return redirect(_address(wanted.first, wanted.last))
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
        begins = queries.next_card(by=actor)
        initial["first"] = "" if begins is None else card_code(begins)
    return IssueCardsForm(
        request.POST or None,
        territory=within,
        on=on,
        offered=offered_units(within, on),
        initial=initial,
    )


@may("sampling.plan")
@require_http_methods(["GET", "POST"])
def print_cards(request: HttpRequest) -> HttpResponse:
    """Note which cards of a roll are printed, and answer them as a PDF for a while."""
    asked = CardsForm(request.GET)
    if not asked.is_valid():
        raise Http404
    first, last = asked.cleaned_data["first"], asked.cleaned_data["last"]
    if "code" in request.GET:
        return _file(request, first, last)
    return _noted(request, first, last) if request.method == "POST" else _page(request, first, last)


def _page(
    request: HttpRequest, first: int, last: int, sent: PrintCardsForm | None = None
) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    at = clock.now()
    found = queries.cards_free(first, last, by=actor)
    if found is None:
        raise Http404
    printed = queries.prints_of_cards(first, last, by=actor)
    begins = (found.fresh or found.free or [(first, last)])[0][0]
    fresh = PrintCardsForm(
        initial={
            "code": drawn_code(clock.local_day(at)),
            "first": card_code(begins),
            "how_many": min(queries.AT_ONCE, last - begins + 1),
        }
    )
    return render(
        request,
        "sampling/cards_print.html",
        {
            "first": first,
            "last": last,
            "cards": named_cards([(first, last)]),
            "form": (sent or fresh) if found.free else None,
            "all_printed": not found.fresh,
            "printed": [
                (
                    one,
                    PRINTED_AGAIN[PrintAgain(one.again)] if one.again else "",
                    one.open_to(actor.name, at=at),
                )
                for one in printed
            ],
            "names": full_names({one.printed_by for one in printed}),
        },
    )


def _noted(request: HttpRequest, first: int, last: int) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    form = PrintCardsForm(request.POST)
    if form.is_valid():
        begins = form.cleaned_data["first"]
        found = queries.cards_free(max(first, begins), min(last, form.last), by=actor)
        if found is None or not found.free or begins < first:
            form.add_error("first", gettext("From this card on none is to be printed here."))
        else:
            outcome = commands.print_cards([form.wanted(found.free)], by=actor, at=clock.now())
            for one in outcome.refused:
                field = "again" if one.reason is CardRefusal.PRINTED else "first"
                form.add_error(field, f"{gettext(one.reason.sentence)} {one.detail}".strip())
                if one.reason is CardRefusal.PRINT_TAKEN:
                    # Sent once more, it is another print.
                    form.data = data = request.POST.copy()
                    data["code"] = drawn_code(clock.local_day(clock.now()))
            if outcome.held:
                return redirect(_address(first, last, code=form.cleaned_data["code"]))
    return _page(request, first, last, form)


def _address(first: int, last: int, **more: str) -> str:
    """The page of these cards, or the file of a printing of them."""
    return f"{reverse('sampling:print_cards')}?{urlencode({'first': first, 'last': last, **more})}"


def _file(request: HttpRequest, first: int, last: int) -> HttpResponse:
    """The cards that were just printed, ten on a page, cut apart; after a while printing again asks for
    a reason."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    at, form = clock.now(), PrintedForm(request.GET)
    code = form.cleaned_data["code"] if form.is_valid() else ""
    prints = queries.prints_of_cards(first, last, by=actor, code=code)
    found = (
        queries.cards_to_print(prints[0].cards, by=actor, at=at)
        if prints and prints[0].open_to(actor.name, at=at)
        else []
    )
    if not found:
        words = gettext("This file is no longer open. To print cards again, say which and why.")
        messages.warning(request, words)
        return redirect(_address(first, last))
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
