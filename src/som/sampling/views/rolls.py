"""One roll of labels: where they are, what was printed, and printing the next."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from som.access.queries import full_names
from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.clock import local_day
from som.kernel.ids import drawn_code, tube_code
from som.places import queries as places
from som.sampling import commands, queries
from som.sampling.forms import PrintedForm, PrintLabelsForm
from som.sampling.forms.words import PRINTED_AGAIN, VOID_REASONS
from som.sampling.rules import LabelRefusal, PrintAgain, VoidReason
from som.sampling.rules.stickers import STICKERS, placed
from som.web import printing
from som.web.guard import may

FRESH_PRINTED = 1_000
"""Labels offered to be printed at once, unless the roll has fewer: a day of a busy team."""


@may("sampling.plan", "sampling.dispatch")
@require_GET
def roll(request: HttpRequest, roll_id: int) -> HttpResponse:
    """One roll: where its labels are, which are void, which were printed, and printing the next."""
    return _roll(request, roll_id, None)


def _roll(request: HttpRequest, roll_id: int, sent: PrintLabelsForm | None) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    at = clock.now()
    row = queries.roll(roll_id, by=actor)
    prints = actor.may("sampling.plan", unit=row.unit)
    printed = queries.prints_of_roll(roll_id, by=actor)
    voided = queries.voided_of_roll(roll_id, by=actor)
    names = full_names(
        {one.printed_by for one in printed} | {who for one in voided for who in one.voided_by}
    )
    return render(
        request,
        "sampling/roll.html",
        {
            "roll": row,
            "unit": places.units_by_id([row.unit])[row.unit],
            "printed": [
                (
                    one,
                    PRINTED_AGAIN[PrintAgain(one.again)] if one.again else "",
                    prints and one.open_to(actor.name, at=at),
                )
                for one in printed
            ],
            "handed": queries.handed_of_roll(roll_id, by=actor),
            "voided": [
                (
                    one,
                    VOID_REASONS[VoidReason(one.reason)],
                    " · ".join(names.get(who, who) for who in one.voided_by),
                )
                for one in voided
            ],
            "names": names,
            "form": (sent or _next(row)) if prints else None,
            "lines": queries.ROLL_LINES,
            "voids": actor.may("sampling.dispatch"),
        },
    )


def _next(row: queries.RollRow) -> PrintLabelsForm:
    """The form as it begins: with the labels after all that were ever printed or handed out."""
    first = min(row.fresh, row.last)
    return PrintLabelsForm(
        initial={
            "code": drawn_code(local_day(clock.now())),
            "first": tube_code(first),
            "how_many": min(FRESH_PRINTED, row.last - first + 1),
            "used": 0,
        }
    )


@may("sampling.plan")
@require_http_methods(["GET", "POST"])
def print_labels(request: HttpRequest, roll_id: int) -> HttpResponse:
    """Note which labels of a roll are printed, and answer their file for a while."""
    return _noted(request, roll_id) if request.method == "POST" else _file(request, roll_id)


def _noted(request: HttpRequest, roll_id: int) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    form = PrintLabelsForm(request.POST)
    if form.is_valid():
        asked = form.cleaned_data
        labels = queries.labels_to_print(
            roll_id, first=asked["first"], most=asked["how_many"], by=actor
        )
        if not labels:
            row = queries.roll(roll_id, by=actor)
            form.add_error(
                "first",
                gettext("From this label on none of the roll is free.")
                if row.first <= asked["first"] <= row.last
                else gettext("This label is not on this roll."),
            )
        else:
            outcome = commands.print_labels([form.wanted(labels)], by=actor, at=clock.now())
            for one in outcome.refused:
                field = "again" if one.reason is LabelRefusal.PRINTED else "first"
                form.add_error(field, f"{gettext(one.reason.sentence)} {one.detail}".strip())
                if one.reason is LabelRefusal.PRINT_TAKEN:
                    # Sent once more, it is another print.
                    form.data = data = request.POST.copy()
                    data["code"] = drawn_code(local_day(clock.now()))
            if outcome.held:
                kept = {"code": asked["code"]}
                if "download" in request.POST:
                    kept["download"] = "1"
                here = reverse("sampling:print_labels", args=[roll_id])
                return redirect(f"{here}?{urlencode(kept)}")
    return _roll(request, roll_id, form)


def _file(request: HttpRequest, roll_id: int) -> HttpResponse:
    """The labels that were just printed, as a PDF; after a while printing again asks for a reason."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row = queries.roll(roll_id, by=actor)
    form = PrintedForm(request.GET)
    found = (
        queries.prints_of_roll(roll_id, by=actor, code=form.cleaned_data["code"])
        if form.is_valid()
        else []
    )
    paper = STICKERS.get(found[0].paper or "") if found else None
    if paper is None or not found[0].open_to(actor.name, at=clock.now()):
        words = gettext("This file is no longer open. To print labels again, say which and why.")
        messages.warning(request, words)
        return redirect("sampling:roll", roll_id)
    codes = [tube_code(n) for first, last in found[0].labels for n in range(first, last + 1)]
    unit = places.units_by_id([row.unit])[row.unit]
    pages = placed(codes, paper, used=found[0].used)
    return printing.answer(
        request,
        f"labels-{codes[0]}",
        printing.pdf(
            "sampling/labels.typ",
            {
                "title": gettext("Labels"),
                "page": paper.page,
                "label": (paper.width, paper.height),
                "unit": unit.name,
                "pages": [
                    [
                        {"code": one.code, "at": (one.left, one.top), "qr": printing.qr(one.code)}
                        for one in page
                    ]
                    for page in pages
                ],
            },
        ),
    )
