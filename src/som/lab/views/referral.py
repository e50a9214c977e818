"""Referral: tubes scanned into a tray and sent on to another laboratory with a manifest. No names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome
from som.kernel.outcomes import gettext_noop as _
from som.lab import commands, queries
from som.lab.forms.arrivals import ReferralForm, drawn_box_code
from som.lab.rules import Referral, ReferralReason, WaitsFor, fault_of_referral
from som.lab.views.boxes import WHY_SENT_ON
from som.lab.views.labs import where_one_works
from som.places import queries as places
from som.places.rules import OrganisationKind, Right
from som.sampling.views.trays import Fault, Tray
from som.web.guard import may

TO_SEND_SHOWN = 100
"""Tubes that must go on, listed beside the tray: more than one box holds."""


@may("lab.refer")
@require_http_methods(["GET", "POST"])
def referral(request: HttpRequest) -> HttpResponse:
    """Pack a box for another laboratory: scan its tubes, say where it goes, print its manifest."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    where = where_one_works(request, "lab.refer")
    lab = where.lab
    tray = Tray(
        f"refer:{lab}",
        actor,
        lambda codes: _faults(codes, lab=lab, by=actor),
        done=_("Laid in the box"),
        again=_("In the box already"),
        taken=_("Taken out of the box"),
    )
    labs = _labs(lab)
    on = clock.now().astimezone(clock.LOCAL).date()
    form = ReferralForm(labs=labs, reasons=WHY_SENT_ON, initial={"code": drawn_box_code(on)})
    found, outcome, sent = None, None, ""
    if "send" in request.POST:
        given = ReferralForm(request.POST, labs=labs, reasons=WHY_SENT_ON)
        outcome = _sent(given, tray, lab)
        if outcome is not None and outcome.held:
            sent = given.cleaned_data["code"]
        if outcome is None or outcome.refused:
            form = given
    elif request.method == "POST":
        found = tray.act(request)
    lying = tray.lying()
    must_go = queries.waiting_tubes(lab, by=actor, waits_for=WaitsFor.REFERRAL, limit=TO_SEND_SHOWN)
    context = {
        "where": where,
        "here": where.address("lab:referral"),
        "scanned": found,
        "outcome": outcome,
        "sent": sent,
        "lying": lying,
        "form": form,
        "must_go": [tube for tube in must_go if tube.code not in lying.codes],
    }
    if getattr(request, "htmx", False):
        return render(request, "lab/referral.html#desk", context)
    return render(request, "lab/referral.html", context)


def _labs(lab: int) -> list[tuple[int, str]]:
    """The other laboratories that may test today, with a word where they may confirm."""
    others = [
        one for one in places.organisations_of(kinds=[OrganisationKind.LABORATORY]) if one.id != lab
    ]
    on = clock.now().astimezone(clock.LOCAL).date()
    rights = places.laboratory_rights([one.id for one in others], on)
    confirms = gettext("may confirm")
    return [
        (one.id, f"{one.name} ({confirms})" if Right.CONFIRM in rights[one.id] else one.name)
        for one in others
        if rights[one.id]
    ]


def _faults(codes: Sequence[str], *, lab: int, by: Actor) -> Mapping[str, Fault]:
    """Why these of the codes can go to no laboratory at all."""
    here, now = queries.tubes_as_here(codes, lab=lab, by=by), clock.now()
    return {
        code: (fault, "")
        for code in codes
        if (fault := fault_of_referral(here.get(code), frozenset(Right), at=now))
    }


def _sent(form: ReferralForm, tray: Tray, lab: int) -> Outcome[str] | None:
    """Send what is in the tray; None where the form is not filled in."""
    if not form.is_valid():
        return None
    said = form.cleaned_data
    outcome = commands.refer_tubes(
        tray.codes(),
        referral=Referral(
            said["code"].strip(),
            lab,
            said["to"],
            ReferralReason(said["reason"]),
            taker=said["taker"],
            seal=said["seal"],
            temperature=said["temperature"],
        ),
        by=tray.by,
        at=clock.now(),
    )
    tray.take(outcome.held)
    return outcome
