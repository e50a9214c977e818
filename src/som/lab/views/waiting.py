"""What waits at the benches, and the slot of the work plan about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from som.kernel import clock
from som.kernel.outcomes import gettext_noop as _
from som.lab import queries
from som.lab.rules import WaitsFor
from som.lab.views.boxes import CONDITIONS
from som.lab.views.kits import kit_names
from som.lab.views.people import named
from som.places import queries as places
from som.sampling.rules import USE_BY_NEAR, use_by_state
from som.web.figures import Figure, figures
from som.web.guard import may

WAITING_SHOWN = 300


# What is to be done about a tube that waits for its list, by what is known of it.
WHY_UNLISTED = {
    "": _("Nobody is recorded in it yet. Ask the team that sent the box for its list."),
    "recorded": _("Its people are being recorded; it is received as soon as the list is whole."),
    "elsewhere": _("Its list was sent to another laboratory. Ask the team which one is right:"),
    "void": _("Its label was voided. Ask the team what is in the tube."),
    "ambiguous": _("Several issuers have a tube of this code. Ask the team whose it is."),
}


@dataclass(frozen=True, slots=True)
class Bench:
    """What waits at one laboratory, in the order of testing."""

    lab: str
    tubes: Sequence[queries.WaitingTube]
    pools: Sequence[queries.WaitingPool]
    retests: int
    near: int
    shown: Sequence[tuple[queries.WaitingTube, str, str]]
    plates: Sequence[queries.UnreadPlate]
    unlisted: Sequence[tuple[queries.UnlistedRow, str]]
    capacity: queries.CapacityRow
    query: str

    @property
    def on_plates(self) -> int:
        """Tubes on plates that were not read yet, those in pools too."""
        return sum(plate.tubes for plate in self.plates)


@may("lab.see")
@require_GET
def waiting(request: HttpRequest) -> HttpResponse:
    """Tubes and pools that wait to be tested, retests first; plates not read; tubes not listed."""
    actor, now = request.actor, clock.now()  # type: ignore[attr-defined]
    labs = sorted(actor.organisations_for("lab.see") or ())
    names = places.organisations_by_id(labs)
    today = now.astimezone(clock.LOCAL).date()
    capacities = queries.capacities_used(labs, on=today, by=actor)
    looks = {str(condition): gettext(words) for condition, words in CONDITIONS.items()}
    unlisted = {lab: queries.unlisted_tubes(lab, by=actor, limit=WAITING_SHOWN) for lab in labs}
    plates = {lab: queries.unread_plates(lab, by=actor, limit=WAITING_SHOWN) for lab in labs}
    name = named(
        [one.noted_by for ones in unlisted.values() for one in ones]
        + [one.loaded_by for ones in plates.values() for one in ones]
    )
    kits = kit_names()
    benches = []
    for lab, capacity in zip(labs, capacities, strict=True):
        tubes = sorted(
            queries.waiting_tubes(lab, by=actor),
            key=lambda tube: (tube.waits_for != WaitsFor.RETEST, tube.use_by_at, tube.tube),
        )
        states = [use_by_state(tube.use_by_at, at=now) for tube in tubes]
        benches.append(
            Bench(
                names[lab].name if lab in names else "",
                tubes,
                queries.waiting_pools(lab, by=actor),
                sum(tube.waits_for == WaitsFor.RETEST for tube in tubes),
                sum(map(bool, states)),
                [
                    (tube, state, looks.get(tube.condition, ""))
                    for tube, state in list(zip(tubes, states, strict=True))[:WAITING_SHOWN]
                ],
                [
                    replace(one, kit=kits.get(one.kit, one.kit), loaded_by=name(one.loaded_by))
                    for one in plates[lab]
                ],
                [
                    (replace(one, noted_by=name(one.noted_by)), WHY_UNLISTED[one.why])
                    for one in unlisted[lab]
                ],
                capacity,
                f"?lab={lab}" if len(labs) > 1 else "",
            )
        )
    return render(request, "lab/waiting.html", {"benches": benches, "limit": WAITING_SHOWN})


@may("lab.see")
@require_GET
def slot(request: HttpRequest) -> HttpResponse:
    """The part of the work plan about what waits at the benches."""
    here = reverse("lab:waiting")
    found = queries.bench_counts(
        by=request.actor,  # type: ignore[attr-defined]
        near=clock.now() + USE_BY_NEAR,
    )
    return figures(
        request,
        gettext("What waits to be tested"),
        [
            Figure(
                found.get("near", 0),
                gettext("Use-by near"),
                here,
                gettext("Within 12 hours, or past"),
                "clock-exclamation",
                "late",
            ),
            Figure(
                found.get("retests", 0),
                gettext("To be retested"),
                reverse("lab:retests"),
                gettext("Invalid tests, faults and members of positive pools"),
                "repeat",
                "warning",
            ),
            Figure(
                found.get("referrals", 0),
                gettext("To be confirmed elsewhere"),
                here,
                gettext("Positives that only another laboratory may confirm"),
                "send",
                "warning",
            ),
            Figure(
                found.get("tubes", 0),
                gettext("Tubes"),
                reverse("lab:pools"),
                gettext("Received, neither pooled nor on a plate"),
                "test-pipe",
            ),
            Figure(
                found.get("pools", 0),
                gettext("Pools"),
                reverse("lab:plates"),
                gettext("Not on a plate yet, or to be repeated"),
                "flask-2",
            ),
            Figure(
                found.get("unlisted", 0),
                gettext("Waiting for their list"),
                here,
                gettext("Tubes that came before anybody told whose swabs are in them"),
                "hourglass",
                "warning",
            ),
        ],
    )
