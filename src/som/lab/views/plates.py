"""Plates: what waits for one, those begun, and a new one with its controls. No names anywhere."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome
from som.lab import commands, queries, rules
from som.lab.formats.worklists import robot_table, tecan_worklist
from som.lab.forms import AfterForm, PlateBegunForm, WorklistForm
from som.lab.rules import LoadKind
from som.lab.views.kits import kit_names, plate_kits
from som.lab.views.labs import Where, lab_named, where_it_is, where_one_works
from som.lab.views.people import named
from som.lab.views.plate_grid import filled_of, grid_of, kinds_shown, on_bench
from som.lab.views.waiting import WAITING_SHOWN
from som.lab.views.wells import KINDS
from som.places import queries as places
from som.sampling.queries import trays_beginning
from som.sampling.rules import use_by_state
from som.web import printing
from som.web.guard import may
from som.web.paging import paged

PLATES_SHOWN = 50


@may("lab.see")
@require_http_methods(["GET", "POST"])
def plates(request: HttpRequest) -> HttpResponse:
    """What waits for a plate, and the plates of a laboratory; a new one is begun here.

    A plate begins with its controls: where the laboratory's layout has them, else in its last wells.
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]
    where = where_one_works(request)
    names, kits = kit_names(), plate_kits()
    last = queries.plates(where.lab, by=actor, limit=1)
    form = PlateBegunForm(
        request.POST or None,
        initial={"kit": last[0].kit, "size": last[0].size} if last else {},
        kits=[(code, names.get(code, code)) for code in kits],
    )
    outcome: Outcome[str] | None = None
    if request.method == "POST" and form.is_valid():
        actor.must("lab.plate", organisation=where.lab)
        outcome = _begun(form, where.lab, actor)
        if outcome is None:
            return redirect(where.address("lab:plate", form.cleaned_data["plate"]))
    may_begin = actor.may("lab.plate", organisation=where.lab)
    context = {
        "where": where,
        "here": where.address("lab:plates"),
        "form": form if may_begin else None,
        "outcome": outcome,
    }
    return render(request, "lab/plates.html", context | _lists(request, actor, where, names))


def _begun(form: PlateBegunForm, lab: int, actor: Actor) -> Outcome[str] | None:
    """Begin the plate with its controls; None when it is there, else what stands against it."""
    said = form.cleaned_data
    code, kit, size = said["plate"], said["kit"], said["size"]
    if there := queries.plate_of_lab(lab, code, by=actor):
        if (there.kit, there.size) == (kit, size):
            return None
        form.add_error("plate", gettext("There is a plate of this code with another kit or size."))
        return Outcome()
    rule = plate_kits()[kit]
    wells = queries.controls_next(lab, kit, size, by=actor)
    if wells is None:
        wells = rules.usual_controls(rule, size)
    controls = rules.control_loadings(wells, rules.wells_a_sample(rule))
    outcome = commands.load_plates(
        controls, plate=code, size=size, kit=kit, lab=lab, by=actor, at=clock.now()
    )
    if not outcome.refused:
        return None
    return outcome.of(lambda one: one.code)


def _lists(
    request: HttpRequest, actor: Actor, where: Where, kits: dict[str, str]
) -> dict[str, Any]:
    """What waits for a plate, what lies in one's trays for plates, and the plates begun."""
    lab, now = where.lab, clock.now()
    waiting = queries.waiting_to_test(lab, by=actor)
    alone, poolable = [], 0
    for one in waiting:
        if one.is_pooled_first(now):
            poolable += 1
        else:
            alone.append(one)
    form = AfterForm(request.GET)
    found = queries.plates(
        lab,
        by=actor,
        before=form.cleaned_data["after"] if form.is_valid() else None,
        limit=PLATES_SHOWN + 1,
    )
    shown, after = paged(found, PLATES_SHOWN, lambda one: one.id)
    name = named(one.made_by for one in shown)
    beginning, may_lay = f"plate:{lab}:", actor.may("lab.plate", organisation=lab)
    trays = trays_beginning(beginning, by=actor) if may_lay else {}
    planned = {desk.removeprefix(beginning): count for desk, count in trays.items()}
    lines = [(one, gettext(KINDS[one.kind]), use_by_state(one.use_by_at, at=now)) for one in alone]
    return {
        "waiting": lines[:WAITING_SHOWN],
        "waiting_count": len(alone),
        "limit": WAITING_SHOWN,
        "retests": sum(one.waits_for == "retest" for one in alone),
        "pools_waiting": sum(one.kind is LoadKind.POOL for one in alone),
        "near": sum(bool(state) for _, _, state in lines),
        "poolable": poolable,
        "pools_url": where.address("lab:pools"),
        "plates": [
            (one, kits.get(one.kit, one.kit), name(one.made_by), planned.get(one.code, 0))
            for one in shown
        ],
        "planned": planned,
        "after": after,
    }


@may("lab.see")
@require_GET
def plate_worklist(request: HttpRequest, code: str) -> HttpResponse:
    """The plate for a pipetting robot: a table of all wells, or Tecan's worklist of what is planned.

    A robot does what Tecan's worklist says: there is none while something planned may not be laid.
    """
    one = on_bench(code, request.actor, lab_named(request))  # type: ignore[attr-defined]
    form = WorklistForm(request.GET)
    wrong = [] if form.is_valid() else [str(error[0]) for error in form.errors.values()]
    said = form.cleaned_data
    if not wrong and said["format"] == "gwl":
        if one.faults:
            wrong.append(gettext("Take off first what may not be laid; then there is a worklist."))
        elif not one.planned:
            wrong.append(gettext("Nothing is planned: there is nothing to pipette."))
    if wrong:
        for words in wrong:
            messages.error(request, words)
        return redirect(where_it_is(request, one.row.lab).address("lab:plate", code))
    wells = filled_of(one)
    if said["format"] == "gwl":
        text = tecan_worklist(code, wells, said["volume"], said["liquid"])
    else:
        text = robot_table(code, wells)
    answer = HttpResponse(
        text, content_type="text/csv" if said["format"] == "csv" else "text/plain"
    )
    answer.headers["Content-Disposition"] = f'attachment; filename="{code}.{said["format"]}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@may("lab.see")
@require_GET
def plate_print(request: HttpRequest, code: str) -> HttpResponse:
    """The plate on paper, for the bench: its map, and every well with its code."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    one = on_bench(code, actor, lab_named(request)).without_doubles()
    row, now = one.row, clock.now().astimezone(clock.LOCAL)
    lab = places.organisations_by_id([row.lab])[row.lab]
    letters = {kind: (letter, word) for kind, letter, word in kinds_shown(one)}
    data = {
        "title": gettext("Plate %(code)s") % {"code": code},
        "about": [
            lab.name,
            kit_names().get(row.kit, row.kit),
            gettext("Printed at %(when)s") % {"when": now.strftime("%H:%M %d/%m/%Y")},
        ],
        "qr": printing.qr(code),
        "columns": [str(n) for n in rules.columns_of(row.size)],
        "rows": [
            {
                "name": name,
                "wells": [
                    {"letter": well.letter, "code": well.short, "state": well.state}
                    for well in wells
                ],
            }
            for name, wells in grid_of(one, open_to=False)
        ],
        "legend": [
            *(f"{letter}: {word}" for letter, word in letters.values()),
            *([f"*: {gettext('planned, not laid yet')}"] if one.planned else []),
        ],
        "headings": [
            gettext("Well"),
            gettext("Code"),
            gettext("What it is"),
            gettext("Extraction batch"),
            gettext("Laid"),
        ],
        "lines": [
            [
                well.well,
                well.sample,
                gettext(KINDS[LoadKind(well.kind)]),
                well.batch or "–",
                gettext("yes") if well.laid else gettext("no"),
            ]
            for well in filled_of(one)
        ],
        "signed": [gettext("Laid out by"), gettext("Checked by")],
        "small": row.size == 384,
    }
    return printing.answer(request, f"plate-{code}", printing.pdf("lab/plate.typ", data))
