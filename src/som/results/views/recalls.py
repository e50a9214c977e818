"""Recalls: the list, the proposal, one recall with what it would do, and how far it has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from som.access.queries import full_names
from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome
from som.places import queries as places
from som.results import commands, queries
from som.results.forms import WHICH, NumberedForm, RecallForm, RunRecallForm
from som.results.rules import RecallWanted, Which
from som.results.work import wake_for_recalls
from som.web.fields import PagedForm
from som.web.guard import may
from som.web.middleware import error_page
from som.web.paging import paged, written_key

RECALLS_SHOWN = 50
PEOPLE_SHOWN = 100


@may("results.recall")
@require_GET
def recalls(request: HttpRequest) -> HttpResponse:
    """Recalls of the reader's laboratories, newest first."""
    form = PagedForm(request.GET)
    before = form.cleaned_data["after"] if form.is_valid() else None
    found, after = paged(
        queries.recalls(
            by=request.actor,  # type: ignore[attr-defined]
            before=before,
            limit=RECALLS_SHOWN + 1,
        ),
        RECALLS_SHOWN,
        lambda one: written_key(one.proposed_at, one.id),
    )
    lines = [(one, WHICH[Which(one.which)]) for one in _named(found)]
    return render(request, "results/recalls.html", {"lines": lines, "after": after})


@may("results.recall")
@require_http_methods(["GET", "POST"])
def propose_recall(request: HttpRequest) -> HttpResponse:
    """Say which answers are to be taken back. Then the page shows whom that concerns."""
    actor, now = request.actor, clock.now()  # type: ignore[attr-defined]
    labs = [(lab.id, lab.name) for lab in queries.recall_labs(by=actor)]
    form = RecallForm(request.POST or None, labs=labs, now=now)
    outcome: Outcome[RecallWanted] | None = None
    if request.method == "POST" and form.is_valid():
        outcome = commands.propose_recalls([form.wanted()], by=actor, at=now)
        if proposed := _proposed(outcome, actor):
            return redirect("results:recall", proposed)
    return render(request, "results/propose_recall.html", {"form": form, "outcome": outcome})


@may("results.recall")
@require_http_methods(["GET", "POST"])
def recall_run(request: HttpRequest, run_id: int) -> HttpResponse:
    """Take the answers of one run back: the shortest way from a run that turns out to be wrong."""
    actor, now = request.actor, clock.now()  # type: ignore[attr-defined]
    run = queries.run_to_recall(run_id, by=actor)
    form = RunRecallForm(request.POST or None)
    outcome: Outcome[RecallWanted] | None = None
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        given = RecallWanted(
            run.lab,
            run.read_at,
            run.read_at + timedelta(microseconds=1),
            said["reason"],
            Which(said["which"]),
            run=run_id,
        )
        outcome = commands.propose_recalls([given], by=actor, at=now)
        if proposed := _proposed(outcome, actor):
            return redirect("results:recall", proposed)
    return render(
        request,
        "results/propose_recall.html",
        {"form": form, "run": run, "names": full_names([run.read_by]), "outcome": outcome},
    )


def _proposed(outcome: Outcome[RecallWanted], actor: Actor) -> int | None:
    """The recall that stands as it was wanted, whoever proposed it first."""
    for given in outcome.held:
        return queries.recall_open(given, by=actor)
    return None


@may("results.recall")
@require_http_methods(["GET", "POST"])
def recall(request: HttpRequest, recall_id: int) -> HttpResponse:
    """What a recall is about, whom it concerns, and how far it has come."""
    actor, now = request.actor, clock.now()  # type: ignore[attr-defined]
    outcome: Outcome[int] | None = None
    do = next((_DO[name] for name in _DO if name in request.POST), None)
    if request.method == "POST" and do is None:
        return error_page(request, 400)
    if do is not None:
        outcome = do([recall_id], by=actor, at=now)
        wake_for_recalls()
        if not outcome.refused:
            return redirect("results:recall", recall_id)
    row = queries.recall(recall_id, by=actor)
    (shown,) = _named([row])
    where = queries.localities(recall_id, by=actor) if row.withdrawn_at is None else []
    units = places.units_by_id([unit for unit, _ in where])
    return render(
        request,
        "results/recall.html",
        {
            "row": shown,
            "which": WHICH[Which(row.which)],
            "localities": [
                (units[unit], number, actor.may("results.read", unit=unit))
                for unit, number in where
            ],
            "own": row.proposed_by == actor.name,
            "refused": outcome.refused if outcome else (),
            "preview": queries.preview(recall_id, by=actor) if row.open else None,
            "reach": queries.reach(recall_id, by=actor) if row.confirmed_at else None,
        },
    )


def _named(rows: Sequence[queries.RecallRow]) -> list[queries.RecallRow]:
    """Recalls with the people's own names in place of their user names."""
    names = full_names(
        name for row in rows for name in (row.proposed_by, row.confirmed_by, row.withdrawn_by)
    )
    return [
        replace(
            row,
            proposed_by=names.get(row.proposed_by, row.proposed_by),
            confirmed_by=row.confirmed_by and names.get(row.confirmed_by, row.confirmed_by),
            withdrawn_by=row.withdrawn_by and names.get(row.withdrawn_by, row.withdrawn_by),
        )
        for row in rows
    ]


_DO = {"confirm": commands.confirm_recalls, "withdraw": commands.withdraw_recalls}
"""What each button of a recall's page does. Without one of them nothing is done."""


@may("results.recall")
@require_GET
def recall_people(request: HttpRequest, recall_id: int, unit_id: int) -> HttpResponse:
    """Whom of one unit a recall concerns, for whoever reads results there. The asking is noted."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row = queries.recall(recall_id, by=actor)
    form = NumberedForm(request.GET)
    found, after = paged(
        queries.people_of_recall(
            recall_id,
            unit_id,
            by=actor,
            at=clock.now(),
            after=(form.cleaned_data["after"] or 0) if form.is_valid() else 0,
            limit=PEOPLE_SHOWN + 1,
        ),
        PEOPLE_SHOWN,
        lambda one: one.swab,
    )
    unit = places.units_by_id([unit_id])[unit_id]
    return render(
        request,
        "results/recall_people.html",
        {"row": row, "unit": unit, "lines": found, "after": after},
    )


@may("results.recall")
@require_GET
def recall_progress(request: HttpRequest, recall_id: int) -> HttpResponse:
    """How far the worker is; when all is taken back, the page is shown anew."""
    row = queries.recall(recall_id, by=request.actor)  # type: ignore[attr-defined]
    response = render(request, "results/recall.html#progress", {"row": row})
    if row.done_at is not None:
        response.headers["HX-Refresh"] = "true"
    return response
