"""What is on hold: the list with its ends, and a lot held in a whole territory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome
from som.kernel.outcomes import gettext_noop as _
from som.lab import commands, queries
from som.lab.forms import LiftForm, LotHoldForm, RunHoldForm
from som.lab.rules import HoldKind, HoldWanted, Lifting
from som.lab.views.kits import kit_names
from som.lab.views.people import named
from som.places import queries as places
from som.web.guard import may
from som.web.templatetags.som import day

HELD = {
    HoldKind.PLATE: _("Plate"),
    HoldKind.RUN: _("Run"),
    HoldKind.KIT_LOT: _("Kit lot"),
    HoldKind.LAB: _("The whole laboratory"),
}


@dataclass(frozen=True, slots=True)
class HoldLine:
    """A hold as it is shown; `form`: how the reader lifts it, where the reader may."""

    row: queries.HoldRow
    kind: str
    what: str
    where: str
    held_by: str
    lifted_by: str
    form: LiftForm | None

    @property
    def liftable(self) -> bool:
        return self.form is not None


def hold_lines(
    rows: Sequence[queries.HoldRow],
    actor: Actor,
    kits: Mapping[str, str],
    said: LiftForm | None = None,
) -> list[HoldLine]:
    """Holds in the words of the page's language; with what was `said` of one that was not lifted."""
    name = named(who for row in rows for who in (row.held_by, row.lifted_by))
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
        run = f"{row.run_name} · {day(row.run_read_at)}" if row.run is not None else ""
        what = row.plate or lot or run
        own = row.held_by == actor.name
        open_ = row.lifted_at is None
        kind = gettext(HELD[HoldKind(row.kind)])
        form = None
        if open_ and here and not own:
            again = said.data if said and said.data.get("hold") == str(row.id) else None
            form = LiftForm(again, auto_id=f"lift-{row.id}-%s")
        names = name(row.held_by), name(row.lifted_by)
        lines.append(HoldLine(row, kind, what, where, *names, form))
    return lines


@may("lab.hold")
@require_http_methods(["GET", "POST"])
def holds(request: HttpRequest) -> HttpResponse:
    """What is on hold for the reader; a second person lifts it here, with a reason."""
    actor = request.actor  # type: ignore[attr-defined]
    kits = kit_names()
    units = _provinces(actor)
    lot_form = LotHoldForm(kits=sorted(kits.items()), units=units)
    outcome: Outcome[str] | None = None
    lift_form: LiftForm | None = None
    if request.method == "POST" and "hold" in request.POST:
        before = hold_lines(queries.holds_in_force(by=actor), actor, kits)
        outcome, lift_form = lifted(request, actor, before)
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
            outcome = commands.place_holds([given], by=actor, at=clock.now()).of(called)
            if not outcome.refused:
                lot_form = LotHoldForm(kits=sorted(kits.items()), units=units)
    lines = hold_lines(queries.holds_in_force(by=actor), actor, kits, lift_form)
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


def lifted(
    request: HttpRequest, actor: Actor, lines: Sequence[HoldLine]
) -> tuple[Outcome[str] | None, LiftForm | None]:
    """Lift the hold whose button was pressed: what became of it, and the form where it stays on hold.

    The `lines` as they stood before say what the holds are called.
    """
    form = LiftForm(request.POST)
    if not form.is_valid():
        return None, form
    given = Lifting(form.cleaned_data["hold"], form.cleaned_data["reason"])
    found = commands.lift_holds([given], by=actor, at=clock.now())
    called = {line.row.id: f"{line.kind} {line.what}".strip() for line in lines}
    outcome = found.of(lambda one: called.get(one.hold, gettext("A hold")))
    return outcome, form if outcome.refused else None


def run_held(
    request: HttpRequest, actor: Actor, run: queries.RunRow
) -> tuple[Outcome[str] | None, RunHoldForm]:
    """Hold a run, its lot or its laboratory, as the page's form says; the form as it is shown next."""
    form = RunHoldForm(request.POST)
    if not form.is_valid():
        return None, form
    kind = HoldKind(form.cleaned_data["what"])
    given = HoldWanted(
        kind,
        form.cleaned_data["reason"],
        lab=run.lab,
        run=run.id if kind is HoldKind.RUN else None,
        kit=run.kit if kind is HoldKind.KIT_LOT else "",
        kit_lot=run.kit_lot if kind is HoldKind.KIT_LOT else "",
    )
    outcome = commands.place_holds([given], by=actor, at=clock.now()).of(
        lambda one: run.name if one.run is not None else called(one)
    )
    return outcome, form if outcome.refused else RunHoldForm()


def called(given: HoldWanted) -> str:
    """A hold by what it holds."""
    return given.plate or given.kit_lot or gettext(HELD[given.kind])
