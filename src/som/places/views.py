"""Look a unit up, in both eras; register organisations and what laboratories may report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from som.kernel import clock
from som.kernel.actors import Actor
from som.places import commands, queries, rules
from som.places.fields import offered_units
from som.places.forms import (
    RIGHT_WORDS,
    LaboratoryRightForm,
    OrganisationForm,
    OrganisationsForm,
    SearchForm,
)
from som.web.guard import may, signed_in

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


ORGANISATIONS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class RightShown:
    """A right of a laboratory with its words; `past`: its last day is gone."""

    held: queries.RightRow
    label: str
    past: bool
    future: bool


@dataclass(frozen=True, slots=True)
class OrganisationShown:
    """An organisation with the names of its kind and place; `tests`: it may have rights."""

    row: queries.OrganisationRow
    kind: str
    unit: str
    tests: bool
    rights: list[RightShown]


@may("places.manage")
@require_http_methods(["GET", "POST"])
def organisations(request: HttpRequest) -> HttpResponse:
    """Organisations of one's territory; register one, or grant a laboratory a right."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    at = clock.now()
    on, within = at.astimezone(clock.LOCAL).date(), actor.units_for("places.manage")
    granting = actor.units_for("places.grant_rights")
    do = request.POST.get("do", "") if request.method == "POST" else ""
    register = OrganisationForm(
        request.POST if do == "register" else None,
        territory=within,
        on=on,
        offered=offered_units(within, on),
    )
    grant = LaboratoryRightForm(
        request.POST if do == "grant" else None,
        laboratories=[
            one
            for one in queries.organisations_of(granting, sorted(rules.MAY_TEST))
            if granting is None or one.unit_id in granting
        ],
        initial={"first_day": on, "laboratory": request.GET.get("laboratory", "")},
    )
    if do == "register" and register.is_valid():
        asked = register.organisation()
        registered = commands.register_organisations([asked], by=actor, at=at)
        register.say(registered.refused)
        if registered.held:
            words = (
                gettext("%(name)s is registered.")
                if registered.done
                else gettext("%(name)s was registered already.")
            )
            messages.success(request, words % {"name": asked.name})
            return redirect("places:organisations")
    if do == "grant" and grant.is_valid():
        granted = commands.grant_laboratory_rights([grant.granted()], by=actor, at=at)
        grant.say(granted.refused)
        if granted.held:
            words = (
                gettext("The right is granted.")
                if granted.done
                else gettext("The right was there already.")
            )
            messages.success(request, words)
            return redirect("places:organisations")
    return render(
        request,
        "places/organisations.html",
        {
            "register": register,
            "grant": grant,
            "may_grant": actor.may("places.grant_rights"),
            **_organisations(request, within, on),
        },
    )


def _organisations(
    request: HttpRequest, within: frozenset[int] | None, on: date
) -> dict[str, object]:
    """The list: one page of it, with rights and names of units asked for all at once."""
    form = OrganisationsForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {"q": "", "after": ""}
    found = queries.organisations_within(
        within, text=asked["q"], after=asked["after"], limit=ORGANISATIONS_SHOWN + 1
    )
    rows = found[:ORGANISATIONS_SHOWN]
    units = queries.units_by_id([one.unit_id for one in rows], on)
    rights = queries.rights_granted(one.id for one in rows)
    return {
        "q": asked["q"],
        "lines": [
            OrganisationShown(
                one,
                gettext(rules.ORGANISATION_LABELS[rules.OrganisationKind(one.kind)]),
                units[one.unit_id].path,
                one.kind in rules.MAY_TEST,
                [
                    RightShown(
                        right,
                        gettext(RIGHT_WORDS[rules.Right(right.right)]),
                        right.valid_to is not None and right.valid_to < on,
                        right.valid_from > on,
                    )
                    for right in rights.get(one.id, ())
                ],
            )
            for one in rows
        ],
        "after": rows[-1].code if rows != found else "",
    }
