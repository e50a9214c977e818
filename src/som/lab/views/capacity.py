"""How much each laboratory of a territory may test in a day, and how much of it is used."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from som.kernel import clock
from som.kernel.outcomes import Outcome
from som.lab import commands, queries
from som.lab.forms import CapacityForm
from som.lab.rules import CapacityWanted
from som.places import queries as places
from som.places.rules import OrganisationKind
from som.web.guard import may


@may("lab.set_capacity")
@require_http_methods(["GET", "POST"])
def capacity(request: HttpRequest) -> HttpResponse:
    """The laboratories of the reader's territory with today's tests; a ceiling is set here."""
    actor, now = request.actor, clock.now()  # type: ignore[attr-defined]
    today = now.astimezone(clock.LOCAL).date()
    labs = {
        lab.id: lab
        for lab in places.organisations_of(
            actor.units_for("lab.set_capacity"), [OrganisationKind.LABORATORY]
        )
    }
    outcome: Outcome[str] | None = None
    form = CapacityForm(request.POST) if request.method == "POST" else None
    if form is not None and form.is_valid():
        given = CapacityWanted(**form.cleaned_data)
        found = commands.set_capacities([given], by=actor, at=now)

        def name(one: CapacityWanted) -> str:
            return labs[one.lab].name if one.lab in labs else str(one.lab)

        outcome = found.of(name)
    here = sorted(labs)
    used = queries.capacities_used(here, on=today, by=actor)
    to_come = queries.ceilings_to_come(here, after=today, by=actor)

    def form_of(row: queries.CapacityRow) -> CapacityForm:
        """The form of a laboratory; what was typed and not taken stands in it again."""
        look = f"lab-{row.lab}-%s"
        typed = request.POST.get("lab") == str(row.lab)
        if typed and (
            (form is not None and form.errors) or (outcome is not None and outcome.refused)
        ):
            return CapacityForm(request.POST, auto_id=look)
        now_is = {"lab": row.lab, "tests_a_day": row.tests_a_day, "valid_from": today}
        return CapacityForm(initial=now_is, auto_id=look)

    return render(
        request,
        "lab/capacity.html",
        {
            "lines": [(labs[row.lab], row, to_come.get(row.lab, ()), form_of(row)) for row in used],
            "today": today,
            "refused": form is not None and bool(form.errors),
            "outcome": outcome,
        },
    )
