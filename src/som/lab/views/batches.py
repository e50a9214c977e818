"""Extraction batches: what is extracted together with one lot of a kit. No names anywhere."""

from __future__ import annotations

from typing import Any

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
from som.lab.rules import BatchMade, LoadKind, LoadRefusal
from som.lab.views.labs import lab_named, where_it_is, where_one_works
from som.lab.views.people import named
from som.lab.views.wells import KINDS
from som.sampling.commands import empty_trays, lay_in_trays, take_from_trays
from som.sampling.queries import tray, trays_beginning
from som.sampling.rules import Laid
from som.web.guard import may
from som.web.paging import paged
from som.web.scanning import Scanned, codes_of, scanned

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
    lying = {desk.removeprefix(beginning): count for desk, count in trays.items()}
    return render(
        request,
        "lab/batches.html",
        {
            "where": where,
            "here": where.address("lab:batches"),
            "form": form if may_note else None,
            "outcome": outcome,
            "batches": [(one, name(one.made_by), lying.get(one.code, 0)) for one in shown],
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
        found = _acted(request, row, actor)
    context = _lying(row, actor) if may_scan else {"lines": []}
    context |= {"batch": row, "scanned": found, "may_scan": may_scan}
    context |= {"where": where, "here": where.address("lab:batch", row.code)}
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


def desk_of(row: queries.BatchRow) -> str:
    """The tray in which lies what was scanned into a batch."""
    return f"batch:{row.lab}:{row.code}"


def _acted(request: HttpRequest, row: queries.BatchRow, actor: Actor) -> Scanned | None:
    """Lay what was scanned, or take something out again."""
    desk, now = desk_of(row), clock.now()
    if "empty" in request.POST:
        empty_trays([desk], by=actor, at=now)
        return None
    if taken := request.POST.get("take", ""):
        take_from_trays([Laid(desk, taken)], by=actor, at=now)
        return Scanned(taken, gettext("Taken out of the batch"), "waiting", again=1)
    codes = codes_of(request)
    faults = _faults(codes, row, actor)
    laid = lay_in_trays([Laid(desk, one) for one in codes if not faults[one]], by=actor, at=now)
    refused = [Refused(one, fault) for one, fault in faults.items() if fault]
    outcome: Outcome[str] = Outcome(
        [one.code for one in laid.done],
        [one.code for one in laid.unchanged],
        [*refused, *(Refused(no.item.code, no.reason) for no in laid.refused)],
    )
    return scanned(outcome, codes, done=_("In the batch"))


def _faults(codes: list[str], row: queries.BatchRow, actor: Actor) -> dict[str, LoadRefusal | None]:
    """Why each of these may not be tested here; None for what may."""
    now = clock.now()
    tubes = queries.tubes_on_bench(codes, lab=row.lab, by=actor)
    pools = queries.pools_on_bench(codes, lab=row.lab, by=actor)
    bench = rules.Bench(96, tubes=tubes, pools=pools)
    found: dict[str, LoadRefusal | None] = {}
    for code in codes:
        given = rules.Loading(rules.kind_of(code, bench), code, ())
        if given.kind.control:
            found[code] = LoadRefusal.NOT_HERE
            continue
        fault = rules.fault_of_load(given, (), bench, at=now)
        found[code] = fault[0] if fault else None
    return found


def _lying(row: queries.BatchRow, actor: Actor) -> dict[str, Any]:
    """What was scanned into the batch and is on no plate yet."""
    codes = [line.code for line in tray(desk_of(row), by=actor)]
    pools = queries.pools_on_bench(codes, lab=row.lab, by=actor)
    faults = _faults(codes, row, actor)
    return {
        "lines": [
            (
                code,
                gettext(KINDS[LoadKind.POOL if code in pools else LoadKind.TUBE]),
                gettext(str(fault.sentence)) if (fault := faults[code]) else "",
            )
            for code in codes
        ]
    }
