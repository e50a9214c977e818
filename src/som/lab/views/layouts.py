"""The editor of layouts: where the controls of a laboratory's plates must be. No names anywhere."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.errors import NotFound
from som.kernel.outcomes import Outcome, Refused
from som.lab import commands, queries, rules
from som.lab.forms import LayoutForm
from som.lab.rules import LayoutMode, LayoutWanted, LoadKind
from som.lab.views.kits import kit_names, plate_kits
from som.lab.views.labs import Where, where_one_works
from som.lab.views.people import named
from som.lab.views.plate_grid import LETTERS
from som.lab.views.wells import KINDS
from som.web.guard import may

CONTROLS = (LoadKind.NO_TEMPLATE, LoadKind.NEGATIVE, LoadKind.POSITIVE)


@may("lab.see")
@require_GET
def layouts(request: HttpRequest) -> HttpResponse:
    """For each kit and size of plate: where the controls are, or that nothing was set."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    where = where_one_works(request)
    found = {(one.kit, one.size): one for one in queries.layouts(where.lab, by=actor)}
    names = kit_names()
    name = named(one.set_by for one in found.values())
    lines = []
    for kit in plate_kits():
        for size in sorted(rules.PLATE_SIZES):
            one = found.get((kit, size))
            wells = [(gettext(KINDS[k]), ", ".join(w)) for k, w in one.wells.items()] if one else []
            lines.append(
                (kit, names.get(kit, kit), size, one, wells, name(one.set_by if one else None))
            )
    return render(
        request,
        "lab/layouts.html",
        {
            "where": where,
            "lines": lines,
            "may_set": actor.may("lab.set_layout", organisation=where.lab),
        },
    )


@may("lab.set_layout")
@require_http_methods(["GET", "POST"])
def layout(request: HttpRequest, kit: str, size: int) -> HttpResponse:
    """One layout: click wells on the plate, or type them; it holds for plates begun from then on."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    where = where_one_works(request, "lab.set_layout")
    if kit not in plate_kits() or not rules.is_plate_size(size):
        raise NotFound(f"layout of {kit} on {size}")
    now = {(one.kit, one.size): one for one in queries.layouts(where.lab, by=actor)}.get(
        (kit, size)
    )
    wells = now.wells if now else rules.usual_controls(plate_kits()[kit], size)
    initial: dict[str, Any] = {str(kind): ", ".join(there) for kind, there in wells.items()}
    initial["mode"] = now.mode if now else LayoutMode.FIXED
    form = LayoutForm(request.POST or None, initial=initial)
    outcome: Outcome[str] | None = None
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        if said["well"]:
            form = LayoutForm(_clicked(said))
        else:
            outcome = _set(said, kit, size, where, actor)
            if outcome is None:
                messages.success(request, gettext("The layout holds for plates begun from now on."))
                return redirect(where.address("lab:layouts"))
    return render(request, "lab/layout.html", _shown(form, kit, size, where, outcome))


def _wells_in(text: str) -> tuple[str, ...]:
    """Wells as typed: between commas, semicolons or spaces, in capitals, each once."""
    return tuple(dict.fromkeys(well for well in re.split(r"[\s,;]+", text.upper()) if well))


def _clicked(said: dict[str, Any]) -> dict[str, Any]:
    """The form after a click: the well is the chosen control's, or free if it was that before."""
    well, chosen = said["well"], said["kind"]
    changed = dict(said, well="")
    for kind in CONTROLS:
        wells = [one for one in _wells_in(said[kind]) if one != well]
        if kind == chosen and well not in _wells_in(said[kind]):
            wells.append(well)
        changed[str(kind)] = ", ".join(wells)
    return changed


def _set(
    said: dict[str, Any], kit: str, size: int, where: Where, actor: Actor
) -> Outcome[str] | None:
    """Set the layout; None when it holds, else why not."""
    wells = tuple((kind, there) for kind in CONTROLS if (there := _wells_in(said[kind])))
    wanted = LayoutWanted(kit, size, LayoutMode(said["mode"]), wells)
    found = commands.set_control_layouts([wanted], lab=where.lab, by=actor, at=clock.now())
    if found.held:
        return None
    return Outcome([], [], [Refused(kit, no.reason, no.detail) for no in found.refused])


def _shown(
    form: LayoutForm, kit: str, size: int, where: Where, outcome: Outcome[str] | None
) -> dict[str, Any]:
    """The form with the plate that it describes."""
    there = {
        well: kind for kind in CONTROLS for well in _wells_in(str(form[str(kind)].value() or ""))
    }
    grid = []
    for row in rules.rows_of(size):
        places = (f"{row}{column}" for column in rules.columns_of(size))
        grid.append((row, [(place, *_kind_shown(there.get(place))) for place in places]))
    return {
        "where": where,
        "form": form,
        "kit": kit,
        "kit_name": kit_names().get(kit, kit),
        "size": size,
        "grid": grid,
        "columns": rules.columns_of(size),
        "legend": [_kind_shown(kind) for kind in CONTROLS],
        "outcome": outcome,
    }


def _kind_shown(kind: LoadKind | None) -> tuple[str, str, str]:
    """A control as its well shows it: its name, letter and word; of a free well the word alone."""
    if kind is None:
        return "", "", gettext("free")
    return str(kind), LETTERS[kind], gettext(KINDS[kind])
