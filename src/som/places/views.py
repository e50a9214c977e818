"""Look a unit up, in both eras, and see what became of it."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET

from som.access.guard import signed_in
from som.kernel import clock
from som.places import queries
from som.places.forms import SearchForm

SHOWN = 30
"""Units a search shows; who needs more types another word."""


def _asked(request: HttpRequest) -> tuple[SearchForm, date, str]:
    """The form as filled, with today where no day was asked for or none could be read."""
    today = clock.now().astimezone(clock.LOCAL).date()
    form = SearchForm({"on": today.isoformat(), **request.GET.dict()})
    if form.is_valid():
        return form, form.cleaned_data["on"] or today, form.cleaned_data["q"]
    return form, today, form.cleaned_data.get("q", "")


@signed_in
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Provinces, districts and communes by name, path or code; htmx asks for the results alone."""
    form, on, text = _asked(request)
    found = queries.search_units(text, on, limit=SHOWN + 1)
    shown = {
        "form": form,
        "on": on,
        "text": text,
        "found": found[:SHOWN],
        "more": len(found) > SHOWN,
        "provinces": [] if text else queries.provinces(on),
    }
    part = "#results" if getattr(request, "htmx", None) else ""
    response = render(request, f"places/search.html{part}", shown)
    patch_vary_headers(response, ["HX-Request"])
    return response


@signed_in
@require_GET
def unit(request: HttpRequest, unit_id: int) -> HttpResponse:
    """One unit: its path, its days, what came before and after it, and the units below."""
    _, on, _ = _asked(request)
    return render(request, "places/unit.html", {"page": queries.unit_page(unit_id, on), "on": on})
