"""Labels: rolls issued, put into the hands of teams, taken out of use."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.ids import tube_code, tube_serial
from som.kernel.outcomes import Outcome
from som.places import queries as places
from som.places.fields import offered_units
from som.sampling import commands, queries
from som.sampling.commands import Roll, Voiding
from som.sampling.forms import (
    HandoutForm,
    IssueRollForm,
    OlderForm,
    TeamForm,
    VoidLabelsForm,
)
from som.sampling.rules import LabelRefusal, PlanRefusal, named
from som.web.guard import may

ROLLS_SHOWN = 20


@may("sampling.plan", "sampling.dispatch")
@require_http_methods(["GET", "POST"])
def labels(request: HttpRequest) -> HttpResponse:
    """The rolls of one's units and what is left of each; whoever plans issues the next."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    at = clock.now()
    form = _issuing(request) if actor.may("sampling.plan") else None
    if request.method == "POST":
        actor.must("sampling.plan")
        assert form is not None
        if form.is_valid():
            wanted = form.roll()
            outcome = commands.issue_rolls([wanted], by=actor, at=at)
            for refused in outcome.refused:
                field = "unit" if refused.reason is PlanRefusal.NOT_HERE else "first"
                form.add_error(field, gettext(refused.reason.sentence))
            if outcome.held:
                words = (
                    gettext("The labels %(labels)s are issued to %(unit)s.")
                    if wanted.printed
                    else gettext("The labels %(labels)s are issued to %(unit)s. Print them now.")
                )
                messages.success(
                    request,
                    words
                    % {
                        "labels": named([(wanted.first, wanted.last)]),
                        "unit": form.cleaned_data["unit"].name,
                    },
                )
                return _issued(wanted, actor)
    asked = OlderForm(request.GET)
    before = asked.cleaned_data["after"] if asked.is_valid() else None
    found = queries.rolls(by=actor, before=before, limit=ROLLS_SHOWN + 1)
    shown = found[:ROLLS_SHOWN]
    units = places.units_by_id([one.unit for one in shown])
    return render(
        request,
        "sampling/labels.html",
        {
            "lines": [(one, units[one.unit]) for one in shown],
            "after": shown[-1].id if shown != found else "",
            "form": form,
            "voids": actor.may("sampling.dispatch"),
        },
    )


def _issued(wanted: Roll, actor: Actor) -> HttpResponse:
    """On to the roll just issued, where its labels are printed; else the list."""
    for one in queries.rolls(by=actor):
        if (one.first, one.last) == (wanted.first, wanted.last):
            return redirect("sampling:roll", one.id)
    return redirect("sampling:labels")


def _issuing(request: HttpRequest) -> IssueRollForm:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    within, on = actor.units_for("sampling.plan"), clock.now().astimezone(clock.LOCAL).date()
    initial: dict[str, Any] = {}
    if request.method == "GET":
        begins = queries.next_label(by=actor)
        initial["first"] = "" if begins is None else tube_code(begins)
    return IssueRollForm(
        request.POST or None,
        territory=within,
        on=on,
        offered=offered_units(within, on),
        initial=initial,
    )


@may("sampling.dispatch")
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("witness_password")
def void_labels(request: HttpRequest) -> HttpResponse:
    """Take labels out of use: misprinted, damaged, or lost, which a second person says too."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    asked = request.GET.get("label", "")
    form = VoidLabelsForm(
        request.POST or None,
        initial={"labels": asked if tube_serial(asked) is not None else ""},
        request=request,
    )
    outcome = None
    if request.method == "POST" and form.is_valid():
        found = commands.void_labels(form.voidings(), witness=form.second, by=actor, at=clock.now())
        for one in found.refused:
            if one.reason in (LabelRefusal.WITNESS, LabelRefusal.WITNESS_STRANGE):
                form.add_error("witness", gettext(one.reason.sentence))
                break
        outcome = _by_code(found)
        if not outcome.refused:
            count = sum(one.last - one.first + 1 for one in found.held)
            messages.success(
                request,
                ngettext(
                    "%(count)d label is out of use.", "%(count)d labels are out of use.", count
                )
                % {"count": count},
            )
            return redirect("sampling:void_labels")
        form = _again(form, outcome)
    return render(request, "sampling/labels_void.html", {"form": form, "outcome": outcome})


def _again(form: VoidLabelsForm, outcome: Outcome[str]) -> VoidLabelsForm:
    """The form with what was refused alone, to be mended and sent again."""
    form.data = form.data.copy()  # type: ignore[attr-defined]
    form.data["labels"] = "\n".join(one.item for one in outcome.refused)  # type: ignore[index]
    return form


def _by_code(found: Outcome[Voiding]) -> Outcome[str]:
    """What became of runs of labels, each as it is read off the roll."""
    return found.of(lambda one: named([(one.first, one.last)]))


@may("sampling.plan", "sampling.record")
@require_http_methods(["GET", "POST"])
def session_labels(request: HttpRequest, session_id: int) -> HttpResponse:
    """A session's teams and the labels in their hands: a team is formed, a strip handed to it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row = queries.session(session_id, by=actor)
    forms = actor.may("sampling.record", unit=row.unit) or actor.may("sampling.plan", unit=row.unit)
    hands = actor.may("sampling.plan", unit=row.unit)
    if not forms:
        raise Http404
    teams = queries.teams(session_id, by=actor)
    sent = request.POST if request.method == "POST" and row.closed_at is None else None
    team = TeamForm(
        sent if sent is not None and "swabber" in sent else None,
        initial={"number": max((one.number for one in teams), default=0) + 1},
    )
    handout = HandoutForm(
        sent if sent is not None and "first" in sent else None,
        teams=teams,
        initial={"team": teams[0].number if len(teams) == 1 else ""},
    )
    if team.is_bound and team.is_valid() and _formed(request, team, row.code):
        return redirect("sampling:session_labels", session_id)
    if hands and handout.is_bound and handout.is_valid() and _handed(request, handout, row.code):
        return redirect("sampling:session_labels", session_id)
    return render(
        request,
        "sampling/session_labels.html",
        {
            "session": row,
            "unit": places.units_by_id([row.unit])[row.unit],
            "teams": teams,
            "accounts": queries.label_accounts(session_id, by=actor),
            "team": team if row.closed_at is None else None,
            "handout": handout if hands and row.closed_at is None else None,
            "voids": actor.may("sampling.dispatch"),
            "here": True,
        },
    )


def _formed(request: HttpRequest, form: TeamForm, session: str) -> bool:
    """Form the team; False where it is refused, with the reason put into the form."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    outcome = commands.form_teams([form.team(session)], by=actor, at=clock.now())
    for one in outcome.refused:
        field = "scribe" if one.reason is LabelRefusal.TEAM_OF_ONE else "number"
        form.add_error(field, gettext(one.reason.sentence))
    if outcome.held:
        messages.success(
            request,
            gettext("Team %(number)d is formed.") % {"number": form.cleaned_data["number"]},
        )
    return bool(outcome.held)


def _handed(request: HttpRequest, form: HandoutForm, session: str) -> bool:
    """Hand the labels out; False where they are refused, with the reason put into the form."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    given = form.handout(session)
    outcome = commands.hand_out_labels([given], by=actor, at=clock.now())
    for one in outcome.refused:
        field = "team" if one.reason is LabelRefusal.TEAM_UNKNOWN else "last"
        form.add_error(field, f"{gettext(one.reason.sentence)} {one.detail}".strip())
    if outcome.held:
        count = given.last - given.first + 1
        words = ngettext(
            "%(count)d label is handed out: %(labels)s.",
            "%(count)d labels are handed out: %(labels)s.",
            count,
        )
        messages.success(
            request, words % {"count": count, "labels": named([(given.first, given.last)])}
        )
    return bool(outcome.held)
