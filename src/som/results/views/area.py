"""The answers of one's area, day by day: what localities are not told one by one, they open here."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.outcomes import gettext_noop as _
from som.places import queries as places
from som.places.fields import offered_units
from som.results import queries
from som.results.forms import AreaForm
from som.results.rules import ANSWERED, NOT_ANSWERED, ResultValue
from som.results.views.look_up import WORDS
from som.web.guard import may
from som.web.paging import paged, written_key

SHOWN = 30

PARTS = {ANSWERED: _("Those with an answer"), NOT_ANSWERED: _("Without an answer yet")}


@may("results.read")
@require_GET
def results(request: HttpRequest) -> HttpResponse:
    """Swabs of one unit and day with their answers, and how many of each there are."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = clock.now()
    today = now.astimezone(clock.LOCAL).date()
    within = actor.units_for("results.read")
    offered = offered_units(within, today)
    # One's own unit comes first: the province of its officers, the commune of others.
    own = next(iter(offered), None)
    said = {name: text for name, text in request.GET.items() if text}
    usual = {"unit": own.path if own else "", "on": f"{today:%d/%m/%Y}"}
    if said.get("value") not in {*ResultValue, *PARTS}:
        said.pop("value", None)  # no answer that there is: a mistyped address shows them all
    form = AreaForm(usual | said, territory=within, on=today, offered=offered)
    asked = form.cleaned_data if form.is_valid() else {}
    unit, on = asked.get("unit"), asked.get("on") or today
    lines, after, counts = [], "", {}
    if unit is not None and form.is_valid():
        counts = queries.answers_counted(unit.id, on=on, by=actor)
        found, after = paged(
            queries.answers_of_area(
                unit.id,
                on=on,
                by=actor,
                at=now,
                value=asked["value"],
                after=asked["after"],
                limit=SHOWN + 1,
            ),
            SHOWN,
            lambda one: written_key(one.taken_at, one.swab),
        )
        units = places.units_by_id([one.residence or one.unit for one in found])
        lines = [
            (
                one,
                units[one.residence or one.unit],
                WORDS[ResultValue(one.value)] if one.value else None,
            )
            for one in found
        ]
    return render(
        request,
        "results/results.html",
        {
            "form": form,
            "unit": unit,
            "on": on,
            "value": asked.get("value", ""),
            "only": _only(asked.get("value", "")),
            "address": "?" + urlencode({"unit": unit.code if unit else "", "on": f"{on:%d/%m/%Y}"}),
            "lines": lines,
            "after": after,
            "counts": [
                (value.value, WORDS[value], counts[value.value])
                for value in ResultValue
                if counts.get(value.value)
            ],
            "waiting": counts.get("", 0),
            "swabs": sum(counts.values()),
        },
    )


def _only(value: str) -> str:
    """What of all answers is shown, where it is not all."""
    if value in PARTS:
        return PARTS[value]
    return WORDS[ResultValue(value)].headline if value else ""
