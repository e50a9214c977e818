"""One swab: who it is, where to find them, what was answered; and whose a code is, for audits."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from som.kernel import clock
from som.kernel.outcomes import gettext_noop as _
from som.places import queries as places
from som.results import queries
from som.results.forms import WhereForm
from som.results.rules import ResultValue, WhyAgain
from som.results.views.look_up import WORDS
from som.web.guard import may

WHY = {
    WhyAgain.CONFIRMATION: _("A laboratory with the right to confirm tested it again."),
    WhyAgain.TESTED_AGAIN: _("What was left was tested again."),
}


def why_again(one: queries.ResultVersion) -> str:
    """Why a later version was said, in words: a correction's and a recall's own are what was typed."""
    if one.recalled:
        return gettext("Recalled: %(reason)s") % {"reason": one.reason}
    if one.reason in list(WhyAgain):
        return gettext(WHY[WhyAgain(one.reason)])
    return one.reason


@may("results.read")
@require_GET
def swab(request: HttpRequest, swab_id: int) -> HttpResponse:
    """Name, telephone and address in full, for whoever must go there. The asking is noted."""
    actor = request.actor  # type: ignore[attr-defined]
    found = queries.swab_shown(swab_id, by=actor, at=clock.now())
    units = places.units_by_id([unit for unit in (found.unit, found.residence) if unit is not None])
    return render(
        request,
        "results/swab.html#who" if getattr(request, "htmx", False) else "results/swab.html",
        {
            "swab": found,
            "swab_id": swab_id,
            "taken_in": units[found.unit],
            "residence": units.get(found.residence) if found.residence is not None else None,
            "versions": [
                (one, WORDS[ResultValue(one.value)], why_again(one)) for one in found.versions
            ],
            "others": [
                (one, WORDS[ResultValue(one.value)] if one.value else None) for one in found.others
            ],
            "sees_tubes": actor.may("sampling.read"),
        },
    )


@may("audit.read")
@require_POST
@sensitive_post_parameters("code")
def find_person(request: HttpRequest) -> HttpResponse:
    """From an identity number or a slip to who saw or changed its person."""
    form = WhereForm(request.POST)
    code = form.cleaned_data["code"] if form.is_valid() else ""
    found = (
        queries.persons_meant(code, by=request.actor, at=clock.now())  # type: ignore[attr-defined]
        if code
        else []
    )
    if len(found) == 1:
        return redirect("access:audit_person", person_id=found[0])
    messages.warning(
        request,
        gettext("Several persons: %(numbers)s.") % {"numbers": ", ".join(map(str, found))}
        if found
        else gettext("No person has this identity number or slip code."),
    )
    return redirect("access:audit")
