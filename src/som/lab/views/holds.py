"""What is on hold: the list with its ends, and a lot held in a whole territory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from som.kernel import clock, rulebook
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refused
from som.kernel.outcomes import gettext_noop as _
from som.lab import commands, queries
from som.lab.forms import LiftForm, LotHoldForm, RunHoldForm
from som.lab.rules import HoldKind, HoldWanted, Lifting
from som.places import queries as places
from som.web.guard import may

HELD = {
    HoldKind.PLATE: _("Plate"),
    HoldKind.RUN: _("Run"),
    HoldKind.KIT_LOT: _("Kit lot"),
    HoldKind.LAB: _("The whole laboratory"),
}


@dataclass(frozen=True, slots=True)
class HoldLine:
    """A hold as it is shown; `liftable`: the reader may lift it."""

    row: queries.HoldRow
    kind: str
    what: str
    where: str
    liftable: bool


def hold_lines(
    rows: Sequence[queries.HoldRow], actor: Actor, kits: Mapping[str, str]
) -> list[HoldLine]:
    """Holds in the words of the page's language."""
    labs = places.organisations_by_id([row.lab for row in rows if row.lab is not None])
    units = places.units_by_id([row.unit for row in rows if row.unit is not None])
    lines = []
    for row in rows:
        if row.lab is not None:
            where = labs[row.lab].name
            here = actor.may("lab.lift_hold", organisation=row.lab) or actor.may(
                "lab.lift_hold", unit=labs[row.lab].unit_id
            )
        else:
            where = units[row.unit].name if row.unit in units else ""
            here = actor.may("lab.lift_hold", unit=row.unit)
        lot = f"{row.kit_lot} · {kits.get(row.kit, row.kit)}" if row.kit_lot else ""
        what = row.plate or lot or (str(row.run) if row.run is not None else "")
        own = row.held_by == actor.name or bool(row.origin)
        open_ = row.lifted_at is None
        kind = gettext(HELD[HoldKind(row.kind)])
        lines.append(HoldLine(row, kind, what, where, open_ and here and not own))
    return lines


def kit_names() -> dict[str, str]:
    """Every kit of today by its code."""
    today = clock.now().astimezone(clock.LOCAL).date()
    rules = rulebook.rules_under("lab.kit.", on=today)
    return {str(rule.value["code"]): str(rule.value["name"]) for rule in rules}


@may("lab.hold")
@require_http_methods(["GET", "POST"])
def holds(request: HttpRequest) -> HttpResponse:
    """What is on hold for the reader; a second person lifts it here, with a reason."""
    actor = request.actor  # type: ignore[attr-defined]
    kits = kit_names()
    units = _provinces(actor)
    lot_form = LotHoldForm(kits=sorted(kits.items()), units=units)
    outcome: Outcome[str] | None = None
    if request.method == "POST" and "hold" in request.POST:
        outcome = lifted(request, actor)
    elif request.method == "POST":
        lot_form = LotHoldForm(request.POST, kits=sorted(kits.items()), units=units)
        if lot_form.is_valid():
            said = lot_form.cleaned_data
            given = HoldWanted(
                HoldKind.KIT_LOT,
                said["reason"],
                unit=said["unit"],
                kit=said["kit"],
                kit_lot=said["kit_lot"],
            )
            outcome = shown(commands.place_holds([given], by=actor, at=clock.now()))
            if not outcome.refused:
                lot_form = LotHoldForm(kits=sorted(kits.items()), units=units)
    lines = hold_lines(queries.holds_in_force(by=actor), actor, kits)
    return render(
        request,
        "lab/holds.html",
        {"lines": lines, "lot_form": lot_form if units else None, "outcome": outcome},
    )


def _provinces(actor: Actor) -> list[tuple[int, str]]:
    """The provinces in which the actor may hold a lot everywhere."""
    units = actor.units_for("lab.hold")
    today = clock.now().astimezone(clock.LOCAL).date()
    return [
        (unit.id, unit.name)
        for unit in places.provinces(today)
        if units is None or unit.id in units
    ]


def lifted(request: HttpRequest, actor: Actor) -> Outcome[str] | None:
    """Lift the hold whose button was pressed; None where the form is not whole."""
    form = LiftForm(request.POST)
    if not form.is_valid():
        return None
    given = Lifting(form.cleaned_data["hold"], form.cleaned_data["reason"])
    outcome = commands.lift_holds([given], by=actor, at=clock.now())
    return Outcome(
        [str(one.hold) for one in outcome.done],
        [str(one.hold) for one in outcome.unchanged],
        [Refused(str(one.item.hold), one.reason, one.detail) for one in outcome.refused],
    )


def run_held(request: HttpRequest, actor: Actor, run: queries.RunRow) -> Outcome[str] | None:
    """Hold a run, its lot or its laboratory, as the page's form says; None where it is not whole."""
    form = RunHoldForm(request.POST)
    if not form.is_valid():
        return None
    kind = HoldKind(form.cleaned_data["what"])
    given = HoldWanted(
        kind,
        form.cleaned_data["reason"],
        lab=run.lab,
        run=run.id if kind is HoldKind.RUN else None,
        kit=run.kit if kind is HoldKind.KIT_LOT else "",
        kit_lot=run.kit_lot if kind is HoldKind.KIT_LOT else "",
    )
    return shown(commands.place_holds([given], by=actor, at=clock.now()))


def shown(outcome: Outcome[HoldWanted]) -> Outcome[str]:
    """What became of holds, each named by what it holds."""

    def name(given: HoldWanted) -> str:
        return given.plate or given.kit_lot or gettext(HELD[given.kind])

    return Outcome(
        [name(one) for one in outcome.done],
        [name(one) for one in outcome.unchanged],
        [Refused(name(one.item), one.reason, one.detail) for one in outcome.refused],
    )
