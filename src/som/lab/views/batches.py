"""Extraction batches: what is extracted together with one lot of a kit. No names anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refused
from som.kernel.outcomes import gettext_noop as _
from som.lab import commands, queries, rules
from som.lab.forms import AfterForm, BatchForm
from som.lab.rules import BatchMade, Bench
from som.lab.views.labs import lab_named, where_it_is, where_one_works
from som.lab.views.people import named
from som.lab.views.wells import KINDS
from som.sampling.queries import trays_beginning
from som.sampling.views.trays import Fault, Lying, Tray, lying
from som.web.guard import may
from som.web.paging import paged
from som.web.scanning import Scanned

BATCHES_SHOWN = 50


@may("lab.see")
@require_http_methods(["GET", "POST"])
def batches(request: HttpRequest) -> HttpResponse:
    """The extraction batches of a laboratory; a new one is noted here with its kit and lot."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    where = where_one_works(request)
    may_note = actor.may("lab.plate", organisation=where.lab)
    asked = AfterForm(request.GET)
    found = queries.batches(
        where.lab,
        by=actor,
        before=asked.cleaned_data["after"] if asked.is_valid() else None,
        limit=BATCHES_SHOWN + 1,
    )
    shown, after = paged(found, BATCHES_SHOWN, lambda one: one.id)
    last = {"kit": found[0].kit, "kit_lot": found[0].kit_lot} if found else {}
    form = BatchForm(request.POST or None, initial=last)
    outcome: Outcome[str] | None = None
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        given = BatchMade(said["batch"], said["kit"], said["kit_lot"])
        made = commands.make_batches([given], lab=where.lab, by=actor, at=clock.now())
        if made.held:
            return redirect(where.address("lab:batch", given.code))
        outcome = Outcome([], [], [Refused(no.item.code, no.reason) for no in made.refused])
    name = named(one.made_by for one in shown)
    beginning = f"batch:{where.lab}:"
    trays = trays_beginning(beginning, by=actor) if may_note else {}
    scanned = {desk.removeprefix(beginning): count for desk, count in trays.items()}
    return render(
        request,
        "lab/batches.html",
        {
            "where": where,
            "here": where.address("lab:batches"),
            "form": form if may_note else None,
            "outcome": outcome,
            "batches": [(one, name(one.made_by), scanned.get(one.code, 0)) for one in shown],
            "after": after,
        },
    )


@may("lab.see")
@require_http_methods(["GET", "POST"])
def batch(request: HttpRequest, code: str) -> HttpResponse:
    """One extraction batch: scan what is extracted together; from here it goes on a plate."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row = queries.batch(code, by=actor, lab=lab_named(request))
    where = where_it_is(request, row.lab)
    may_scan = actor.may("lab.plate", organisation=row.lab)
    found: Scanned | None = None
    if request.method == "POST":
        actor.must("lab.plate", organisation=row.lab)
        found = _tray(row, actor).act(request)
    context = {
        "batch": row,
        "scanned": found,
        "may_scan": may_scan,
        "lying": _lying(row, actor) if may_scan else None,
        "where": where,
        "here": where.address("lab:batch", row.code),
    }
    if getattr(request, "htmx", False):
        return render(request, "lab/batch.html#desk", context)
    loads = queries.loads_of_batch(code, by=actor, lab=row.lab)
    return render(
        request,
        "lab/batch.html",
        context
        | {
            "lab": where.name,
            "made_by": named([row.made_by])(row.made_by),
            "loads": [(one, gettext(KINDS[one.kind])) for one in loads],
        },
    )


def _tray(row: queries.BatchRow, actor: Actor) -> Tray:
    """The tray in which lies what was scanned into a batch and is on no plate yet."""

    def judged(codes: Sequence[str]) -> Mapping[str, Fault]:
        return _faults(codes, _bench(codes, row, actor))

    return Tray(
        f"batch:{row.lab}:{row.code}",
        actor,
        judged,
        done=_("In the batch"),
        again=_("Scanned before"),
        taken=_("Taken out of the batch"),
    )


def _bench(codes: Sequence[str], row: queries.BatchRow, actor: Actor) -> Bench:
    """What is known of these codes; of how many wells the plate will be matters to none of it."""
    return Bench(
        96,
        tubes=queries.tubes_on_bench(codes, lab=row.lab, by=actor),
        pools=queries.pools_on_bench(codes, lab=row.lab, by=actor),
        unlisted=queries.waiting_for_list(codes, lab=row.lab, by=actor),
        others=queries.codes_of_others(codes, lab=row.lab, by=actor),
    )


def _faults(codes: Sequence[str], bench: Bench) -> Mapping[str, Fault]:
    faults = rules.faults_in_batch(codes, bench, at=clock.now())
    return {code: (fault, "") for code, fault in faults.items()}


def _lying(row: queries.BatchRow, actor: Actor) -> Lying:
    """What lies in the batch's tray, with what each is."""
    codes = _tray(row, actor).codes()
    bench = _bench(codes, row, actor)
    kinds = {code: gettext(KINDS[rules.kind_of(code, bench)]) for code in codes}
    return lying(codes, _faults(codes, bench), notes=kinds)
