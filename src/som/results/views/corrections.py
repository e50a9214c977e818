"""Corrections: what waits for a second person, a new proposal, what was decided and who heard of it."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from som.access.queries import full_names
from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refused
from som.lab.verdicts import Verdict
from som.places import queries as places
from som.results import commands, queries
from som.results.commands import Correction
from som.results.forms import CorrectionAnswerForm, CorrectionForm, NumberedForm
from som.results.rules import ReleaseRefusal
from som.web.guard import may
from som.web.paging import paged

CORRECTIONS_SHOWN = 200
"""Of one laboratory, the oldest first; the next come up as these are answered."""
DECIDED_SHOWN = 20


@dataclass(frozen=True, slots=True)
class DecidedCorrection:
    """A correction confirmed or withdrawn; whom a confirmed one has reached, and by which unit's name."""

    row: queries.CorrectionRow
    reach: queries.CorrectionReach | None
    heard: list[tuple[str, queries.Heard]]


@dataclass(frozen=True, slots=True)
class LabCorrections:
    """What waits at one laboratory, and for each whether the reader may confirm it."""

    id: int
    name: str
    lines: list[tuple[queries.CorrectionRow, bool]]


@may("results.review")
@require_http_methods(["GET", "POST"])
def corrections(request: HttpRequest) -> HttpResponse:
    """Corrections that wait for their second person; here they are proposed, too."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    labs = sorted(actor.organisations_for("results.review") or ())
    names = {lab: row.name for lab, row in places.organisations_by_id(labs).items()}
    choices = sorted(names.items(), key=lambda one: one[1])
    form = CorrectionForm(labs=choices)
    outcome: Outcome[str] | None = None
    if request.method == "POST" and "do" in request.POST:
        outcome = _answered(request, actor)
    elif request.method == "POST":
        form = CorrectionForm(request.POST, labs=choices)
        if form.is_valid():
            outcome = _proposed(form, actor)
            if not outcome.refused:
                form = CorrectionForm(labs=choices)
    found = [
        LabCorrections(
            lab,
            name,
            [
                (one, actor.name not in (one.proposed_by, one.read_by))
                for one in queries.corrections_open(lab, by=actor, limit=CORRECTIONS_SHOWN)
            ],
        )
        for lab, name in choices
    ]
    decided, after = _decided(request, actor)
    shown = [one.row for one in decided] + [one for lab in found for one, _own in lab.lines]
    return render(
        request,
        "results/corrections.html",
        {
            "labs": found,
            "decided": decided,
            "after": after,
            "names": full_names(
                {who for one in shown for who in (one.proposed_by, one.decided_by)}
            ),
            "form": form,
            "outcome": outcome,
        },
    )


def _decided(request: HttpRequest, actor: Actor) -> tuple[list[DecidedCorrection], str]:
    """A page of what was confirmed or withdrawn, and where the next begins."""
    form = NumberedForm(request.GET)
    before = form.cleaned_data["after"] if form.is_valid() else None
    rows, after = paged(
        queries.corrections_decided(by=actor, before=before, limit=DECIDED_SHOWN + 1),
        DECIDED_SHOWN,
        lambda one: one.id,
    )
    reaches = queries.correction_reaches([one.id for one in rows if one.confirmed], by=actor)
    units = places.units_by_id(
        {one.unit for reach in reaches.values() for one in reach.heard if one.unit is not None}
    )
    lines = []
    for row in rows:
        reach = reaches.get(row.id)
        heard = reach.heard if reach else ()
        named = [(units[one.unit].name if one.unit is not None else "", one) for one in heard]
        lines.append(DecidedCorrection(row, reach, named))
    return lines, after


def _answered(request: HttpRequest, actor: Actor) -> Outcome[str] | None:
    """Confirm or withdraw the correction whose button was pressed; None where no button sends it."""
    form = CorrectionAnswerForm(request.POST)
    if not form.is_valid():
        return None
    said = form.cleaned_data
    do = commands.withdraw_corrections if said["do"] == "withdraw" else commands.confirm_corrections
    outcome = do([said["correction"]], lab=said["lab"], by=actor, at=clock.now())
    named = gettext("Correction %(number)d") % {"number": said["correction"]}
    return outcome.of(lambda _: named)


def _proposed(form: CorrectionForm, actor: Actor) -> Outcome[str]:
    """Propose what the form says of the last verdict released on this tube or pool."""
    said = form.cleaned_data
    code = said["code"].strip().upper()
    verdict = queries.released_on(code, lab=said["lab"], by=actor)
    if verdict is None:
        return Outcome(refused=[Refused(code, ReleaseRefusal.NOT_RELEASED)])
    given = Correction(verdict, Verdict(said["value"]), said["reason"])
    outcome = commands.propose_corrections([given], lab=said["lab"], by=actor, at=clock.now())
    return outcome.of(lambda _: code)
