"""One plate on the bench: scanned into, filled from the worklist, laid. No names anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refused
from som.kernel.outcomes import gettext_noop as _
from som.lab import commands, queries, rules
from som.lab.forms import ONTO_PLATE, OntoPlateForm
from som.lab.rules import Loading, LoadKind, LoadRefusal
from som.lab.views.kits import kit_names
from som.lab.views.labs import Where, lab_named, where_it_is
from som.lab.views.people import named
from som.lab.views.plate_grid import OnBench, desk_of, grid_of, kinds_shown, on_bench
from som.lab.views.trays import known_to_page
from som.lab.views.wells import KINDS
from som.sampling.commands import empty_trays, lay_in_trays, take_from_trays, take_over_trays
from som.sampling.queries import tray, trays_beginning
from som.sampling.rules import Laid
from som.sampling.views.trays import kept_days, sum_of
from som.web.guard import may
from som.web.scanning import Scanned, codes_of, scanned

BATCHES_TO_CHOOSE = 20


@may("lab.see")
@require_http_methods(["GET", "POST"])
def plate(request: HttpRequest, code: str) -> HttpResponse:
    """One plate: its wells with what is in them, and what is planned for them until it is laid."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found: Scanned | None = None
    outcome: Outcome[str] | None = None
    form = OntoPlateForm(request.POST or None)
    said = form.cleaned_data if form.is_valid() else {"well": "", "batch": "", "act": ""}
    chosen, batch = said["well"], said["batch"]
    codes = codes_of(request) if request.method == "POST" else []
    lab = lab_named(request)
    one = on_bench(code, actor, lab, codes, batch)
    if request.method == "POST":
        actor.must("lab.plate", organisation=one.row.lab)
        if codes:
            found, chosen = _put(codes, one, actor, chosen=chosen, batch=batch)
        act, _colon, what = said["act"].partition(":")
        if act == "lay" and known_to_page(request, list(one.planned), codes) is None:
            outcome = _changed(code)
        elif act:
            lab = one.row.lab
            outcome, found, chosen = _acted(act, what, code, actor, lab, chosen, batch, found)
        one = on_bench(code, actor, lab, (), batch)
    context = _desk(one, actor, found, outcome, chosen, batch)
    where = where_it_is(request, one.row.lab)
    context |= {"where": where, "here": where.address("lab:plate", one.row.code)}
    if getattr(request, "htmx", False):
        return render(request, "lab/plate.html#desk", context)
    return render(request, "lab/plate.html", context | _about(one, where))


def _put(
    codes: Sequence[str], one: OnBench, actor: Actor, *, chosen: str, batch: str
) -> tuple[Scanned | None, str]:
    """Give codes their wells in the tray; what is said of them, and the well chosen next."""
    now, desk = clock.now(), desk_of(one.row)
    scans = rules.scanned_onto_plate(
        codes, one.planned, one.bench, each=one.each, chosen=chosen, batch=batch, at=now
    )
    laid = lay_in_trays(
        [Laid(desk, code, spot.written) for code, spot in scans.laid], by=actor, at=now
    )
    refused = [*scans.refused]
    refused += [Refused(no.item.code, no.reason, no.detail) for no in laid.refused]
    outcome = Outcome([done.code for done in laid.held], [], refused)
    said = scanned(outcome, codes, done=_("On the plate"))
    if said is not None and said.tone == "done":
        there = {code: ", ".join(spot.wells) for code, spot in scans.laid}
        words = gettext("Into well %(well)s") % {"well": there.get(said.code, "")}
        said = Scanned(said.code, words, "done", (), said.done)
    return said, scans.chosen


def _acted(
    act: str,
    what: str,
    code: str,
    actor: Actor,
    lab: int,
    chosen: str,
    batch: str,
    found: Scanned | None,
) -> tuple[Outcome[str] | None, Scanned | None, str]:
    """Do what one of the plate's buttons says."""
    now = clock.now()
    one = on_bench(code, actor, lab, (), batch)
    desk = desk_of(one.row)
    if act == "empty":
        empty_trays([desk], by=actor, at=now)
    elif act == "take-over":
        take_over_trays([desk], lab=lab, by=actor, at=now)
    elif act == "free":
        well = what or chosen
        gone = [name for name, spot in one.planned.items() if well in spot.wells]
        take_from_trays([Laid(desk, name) for name in gone], by=actor, at=now)
        if gone:
            found = Scanned(gone[0], gettext("Taken off the plate"), "waiting", again=1)
            chosen = well
    elif act == "control":
        there = one.bench.samples | one.planned.keys()
        name = rules.control_name(LoadKind(what), batch, there)
        found, chosen = _put([name], one, actor, chosen=chosen, batch=batch)
    elif act == "fill":
        what, _colon, count = what.partition(":")
        if what not in ("due", "all") and count != str(len(_of_batch(what, one, actor))):
            return _changed(what), found, chosen
        codes, of_batch = _due(what, one, actor)
        one = on_bench(code, actor, lab, codes, of_batch or batch)
        found, chosen = _put(codes, one, actor, chosen=chosen, batch=of_batch or batch)
    elif act == "lay":
        return _laid(one, actor), None, ""
    return None, found, chosen


def _changed(what: str) -> Outcome[str]:
    """Nothing is done with what the page did not show: it may be scanned at another screen as well."""
    return Outcome([], [], [Refused(what, LoadRefusal.TRAY_CHANGED)])


def _of_batch(batch: str, one: OnBench, actor: Actor) -> list[str]:
    """What was scanned into an extraction batch and is on no plate yet."""
    return [line.code for line in tray(f"batch:{one.row.lab}:{batch}", by=actor)]


def _due(what: str, one: OnBench, actor: Actor) -> tuple[list[str], str]:
    """The codes with which a plate is filled, due first, as many as it has room for; their batch.

    `what`: "due" for what is tested on a plate as it is, retests first; "all" for tubes too that
    could be pooled; else the extraction batch whose tray is put on the plate.
    """
    room = one.bench.room_for(one.each)
    if what not in ("due", "all"):
        lying = _of_batch(what, one, actor)
        return [code for code in lying if code not in one.planned][:room], what
    codes = rules.due_for_plate(
        queries.waiting_to_test(one.row.lab, by=actor),
        one.bench.samples | one.planned.keys(),
        pooled_too=what == "all",
        at=clock.now(),
    )
    return codes[:room], ""


def _laid(one: OnBench, actor: Actor) -> Outcome[str] | None:
    """Note what is planned as on the plate; what is refused stays in the tray."""
    now, row = clock.now(), one.row
    loadings = one.without_doubles().loadings()
    doubles = [
        Refused(f"{one.planned[code].wells[0]} {code}", LoadRefusal.PLANNED)
        for code in sorted(one.doubles)
    ]
    if not loadings:
        return Outcome([], [], doubles) if doubles else None
    there = {load.code for load in one.loads}
    controls = rules.control_loadings(
        {LoadKind(kind): wells for kind, wells in row.controls.items()}, one.each
    )
    loadings += [given for given in controls if given.code not in there]
    outcome = commands.load_plates(
        loadings, plate=row.code, size=row.size, kit=row.kit, lab=row.lab, by=actor, at=now
    )
    gone = [Laid(desk_of(row), given.code) for given in outcome.held]
    gone += [
        Laid(f"batch:{row.lab}:{given.batch}", given.code) for given in outcome.held if given.batch
    ]
    take_from_trays(gone, by=actor, at=now)

    def name(given: Loading) -> str:
        return f"{given.wells[0]} {given.code}"

    return Outcome(refused=doubles) + outcome.of(name)


def _desk(
    one: OnBench,
    actor: Actor,
    found: Scanned | None,
    outcome: Outcome[str] | None,
    chosen: str,
    batch: str,
) -> dict[str, Any]:
    """The grid with what one does at it."""
    row = one.row
    may_lay = one.open and actor.may("lab.plate", organisation=row.lab)
    beginning = f"batch:{row.lab}:"
    trays = trays_beginning(beginning, by=actor) if may_lay else {}
    noted = queries.batches(row.lab, by=actor, limit=BATCHES_TO_CHOOSE) if may_lay else []
    return {
        "plate": row,
        "one": one,
        "scanned": found,
        "outcome": outcome,
        "may_lay": may_lay,
        "rows": grid_of(one, chosen=chosen, open_to=may_lay),
        "columns": rules.columns_of(row.size),
        "legend": kinds_shown(one),
        "planned": len(one.planned),
        "planned_sum": sum_of(list(one.planned)),
        "others": _others(one) if may_lay else [],
        "kept_days": kept_days(),
        "faults": len(one.faults),
        "free": one.bench.free,
        "room": one.bench.room,
        "batch": batch,
        "batches": [each.code for each in noted],
        "batch_trays": [(desk.removeprefix(beginning), count) for desk, count in trays.items()],
        "controls": [
            (str(kind), gettext(KINDS[kind]))
            for kind in rules.CONTROL_NAMES
            if str(kind) not in row.controls
        ],
        "onto": ONTO_PLATE,
        "lines": [(load, gettext(KINDS[load.kind])) for load in one.loads],
    }


def _others(one: OnBench) -> list[tuple[str, int, datetime]]:
    """The colleagues who have planned something for this plate: how much, and since when."""
    name = named(line.kept_by for line in one.others)
    lines: dict[str, list[datetime]] = {}
    for line in one.others:
        lines.setdefault(line.kept_by, []).append(line.laid_at)
    return [(name(who), len(laid), min(laid)) for who, laid in lines.items()]


def _about(one: OnBench, where: Where) -> dict[str, Any]:
    """What the page says around the grid: the laboratory, the kit, and who began the plate."""
    row = one.row
    name = named([row.made_by])
    return {
        "lab": where.name,
        "kit": kit_names().get(row.kit, row.kit),
        "made_by": name(row.made_by),
    }
