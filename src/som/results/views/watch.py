"""What is late or soon to be, which use-by is near, and rates beside what is usual."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from som.access.queries import full_names
from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome
from som.kernel.outcomes import gettext_noop as _
from som.places import queries as places
from som.results import commands, queries
from som.results.forms import TakeOverForm, WatchForm
from som.results.rules import Drift, RateOf, WatchStation, Weighed
from som.web.guard import may
from som.web.paging import paged, written_key
from som.web.templatetags.som import clock_time, moment

TUBES_SHOWN = 25

STATIONS = {
    WatchStation.AT_SESSION: _("At its session"),
    WatchStation.ON_WAY: _("On the way"),
    WatchStation.AT_LAB: _("At the laboratory, untested"),
    WatchStation.IN_TEST: _("In test"),
    WatchStation.READ: _("Read, not released"),
    WatchStation.REFERRED: _("Referred to another laboratory"),
}

AT_STEP = {
    "swabbed": (WatchStation.AT_SESSION, WatchStation.ON_WAY),
    "received": (WatchStation.AT_LAB, WatchStation.IN_TEST, WatchStation.REFERRED),
    "read": (WatchStation.READ,),
}
"""Where those stand that have come so far on the day's way and no farther."""

ONLY_AT_STEP = {
    "swabbed": _("Only tubes that are not at a laboratory yet."),
    "received": _("Only tubes that are not read yet."),
    "read": _("Only tubes that wait for release."),
}

DRIFTS = {
    Drift.FEW_POSITIVES: _("Fewer positives than usual"),
    Drift.MANY_POSITIVES: _("More positives than usual"),
    Drift.MANY_INVALIDS: _("More invalid tests than usual"),
}


@dataclass(frozen=True, slots=True)
class Waits:
    """A tube as its line shows it: how much of its time is over, and how that looks.

    `passed`: the steps it took, those in one place and hand together: where and whose, where it is
    another than now, then per cent and time of each.
    """

    tube: queries.TubeOnWatch
    lab: str
    station: str
    owner: str
    used: str
    tone: str
    passed: Sequence[tuple[str, Sequence[tuple[int, str]]]]


@dataclass(frozen=True, slots=True)
class RateLine:
    """A rate as its line shows it: what it is of, how it differs, and whether its run opens."""

    rate: Weighed
    lab: str
    drifts: Sequence[str]
    opens: bool


def _waits(
    tube: queries.TubeOnWatch, labs: Mapping[int, str], names: Mapping[str, str], now: datetime
) -> Waits:
    percent = int(100 * ((now - tube.started_at) / (tube.due_at - tube.started_at)))
    tone = "late" if percent >= 100 else "warning" if percent >= 80 else "working"
    if percent < 50:
        tone = "waiting"
    return Waits(
        tube,
        labs.get(tube.lab, ""),
        STATIONS[tube.station],
        names.get(tube.owner, tube.owner),
        f"{percent} %",
        tone,
        _passed(tube, names, now),
    )


def _passed(
    tube: queries.TubeOnWatch, names: Mapping[str, str], now: datetime
) -> list[tuple[str, list[tuple[int, str]]]]:
    """The steps of a tube's clock, said shortly: times of this day alone, no place said twice."""
    today = now.astimezone(clock.LOCAL).date()
    shown = []
    for (station, owner), steps in groupby(tube.steps, key=lambda one: (one.station, one.owner)):
        elsewhere = (station, owner) != (tube.station, tube.owner)
        words = (gettext(STATIONS[station]), names.get(owner, owner)) if elsewhere else ()
        times = []
        for one in steps:
            same_day = one.raised_at.astimezone(clock.LOCAL).date() == today
            times.append(
                (one.step, clock_time(one.raised_at) if same_day else moment(one.raised_at))
            )
        shown.append((", ".join(part for part in words if part), times))
    return shown


def _lab_asked(actor: Actor, asked: int | None) -> int | None:
    """The laboratory whose part is shown; None: the whole territory, for whoever sees its tubes."""
    if asked is not None or actor.may("sampling.read"):
        return asked
    return min(actor.organisations_for("lab.see") or (), default=None)


@may("sampling.read", "lab.see")
@require_http_methods(["GET", "POST"])
def watch(request: HttpRequest) -> HttpResponse:
    """Tubes by due time, near use-bys and rates: of the territory, or of one laboratory."""
    actor, now = request.actor, clock.now()  # type: ignore[attr-defined]
    form = WatchForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    lab = _lab_asked(actor, asked.get("lab"))
    outcome = _taken_over(request, actor, lab, now) if request.method == "POST" else None
    tubes = queries.tubes_by_due(
        by=actor,
        at=now,
        lab=lab,
        past=asked.get("past") or 0,
        mine=asked.get("mine", False),
        stations=AT_STEP.get(asked.get("step", ""), ()),
        after=asked.get("after"),
        limit=TUBES_SHOWN + 1,
    )
    shown, after = paged(tubes, TUBES_SHOWN, lambda one: written_key(one.due_at, one.tube))
    near = queries.tubes_near_use_by(by=actor, at=now, lab=lab, limit=TUBES_SHOWN)
    watches = lab is not None or actor.may("results.gaps")
    rates = queries.rates(by=actor, at=now, lab=lab) if watches else []
    mine = set(actor.organisations_for("lab.see") or ())
    named = mine | {one.lab for one in [*shown, *near]} | {one.lab for one in rates}
    labs = {key: one.name for key, one in places.organisations_by_id(named).items()}
    names = full_names(
        {one.owner for one in [*shown, *near]}
        | {step.owner for one in [*shown, *near] for step in one.steps}
    )
    lines = [
        RateLine(
            one,
            labs.get(one.lab, ""),
            [DRIFTS[drift] for drift in one.drifts],
            actor.may("lab.see", organisation=one.lab),
        )
        for one in sorted(rates, key=lambda one: (not one.drifts, one.lab, one.kit_lot, one.pooled))
    ]
    return render(
        request,
        "results/watch.html",
        {
            "counts": queries.clocks_running(by=actor, at=now, lab=lab),
            "waits": [_waits(one, labs, names, now) for one in shown],
            "after": after,
            "near": [_waits(one, labs, names, now) for one in near],
            "of_labs": [one for one in lines if one.rate.of is RateOf.LAB],
            "of_lots": [one for one in lines if one.rate.of is RateOf.LOT],
            "of_runs": [one for one in lines if one.rate.of is RateOf.RUN],
            "watches": watches,
            "lab": lab,
            "lab_name": labs.get(lab, "") if lab is not None else "",
            "parts": _parts(actor, labs, lab),
            "outcome": outcome,
            "me": actor.name,
            "past": asked.get("past") or 0,
            "only_at": ONLY_AT_STEP.get(asked.get("step", ""), ""),
            "mine": asked.get("mine", False),
            "here": f"?lab={lab}&" if asked.get("lab") else "?",
        },
    )


def _parts(actor: Actor, labs: Mapping[int, str], lab: int | None) -> list[tuple[str, str, bool]]:
    """Address and name of each part this actor may choose; none where there is no choice."""
    here = reverse("results:watch")
    whole = [(here, gettext("The whole territory"), lab is None)]
    parts = whole if actor.may("sampling.read") else []
    for one in sorted(actor.organisations_for("lab.see") or ()):
        parts.append((f"{here}?lab={one}", labs.get(one, ""), lab == one))
    return parts if len(parts) > 1 else []


def _taken_over(
    request: HttpRequest, actor: Actor, lab: int | None, now: datetime
) -> Outcome[str] | None:
    """Take over the tube of a button, in the words of the page."""
    form = TakeOverForm(request.POST)
    if not form.is_valid():
        return None
    code, tubes = form.cleaned_data["code"], form.cleaned_data["tubes"]
    outcome = commands.take_over_clocks(tubes, by=actor, at=now, lab=lab)
    return outcome.of(lambda _: code)
