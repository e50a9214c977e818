"""Where is this sample? Its way, station by station, and what must come next by when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from som.access.queries import full_names
from som.kernel import clock, ids
from som.kernel.outcomes import gettext_noop as _
from som.lab.kits import Method
from som.lab.views import closing_words, kit_names
from som.results import queries
from som.results.forms import WhereForm
from som.results.queries.where import Station, StationKind, Way
from som.web import states
from som.web.guard import may

STATIONS = {
    StationKind.TAKEN: _("Swab taken"),
    StationKind.SENT: _("Handed over with a manifest"),
    StationKind.RECEIVED: _("Received at the laboratory"),
    StationKind.POOLED: _("Put into a pool"),
    StationKind.LOADED: _("Put on a plate"),
    StationKind.READ: _("Run read"),
    StationKind.RELEASED: _("Result released"),
    StationKind.TAKEN_BACK: _("Answer taken back"),
    StationKind.REFERRED: _("Sent on to be confirmed"),
    StationKind.ASKED_AGAIN: _("Asked for again"),
    StationKind.LOST: _("Lost"),
    StationKind.EXPIRED: _("Closed: the use-by has passed"),
}

LOADED_WITHOUT_PLATE = {
    Method.CARTRIDGE: _("Put into a cartridge"),
    Method.ANTIGEN: _("Put on a rapid test"),
}

NEXT = {
    StationKind.SENT: _("To be handed over to the laboratory"),
    StationKind.RECEIVED: _("To be received at the laboratory"),
    StationKind.LOADED: _("To be put on a plate"),
    StationKind.READ: _("The run is to be read"),
    StationKind.RELEASED: _("To be released by a second person"),
    StationKind.REFERRED: _("To be sent on to a laboratory that may confirm"),
    StationKind.ASKED_AGAIN: _("Its people are to be swabbed again"),
}

_TONES = {"positive": "late", "suspected": "late", "inconclusive": "warning", "invalid": "warning"}
_BEFORE_TEST = {
    StationKind.SENT,
    StationKind.RECEIVED,
    StationKind.LOADED,
    StationKind.REFERRED,
}


@dataclass(frozen=True, slots=True)
class Step:
    """A station in the words of the page."""

    title: str
    detail: str
    tone: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class WayShown:
    """A way with its steps. `late`: the promise is broken; `past_use`: it may not be tested now."""

    way: Way
    steps: Sequence[Step]
    next: str
    late: bool
    past_use: bool


def step_of(station: Station, way: Way, names: Mapping[str, str], kits: Mapping[str, str]) -> Step:
    """A station: its name with what came of it, where or in what, and who."""
    title = gettext(STATIONS[station.kind])
    if station.kind is StationKind.LOADED and station.value:
        title = gettext(LOADED_WITHOUT_PLATE[Method(station.value)])
    if station.value and station.kind in (StationKind.READ, StationKind.RELEASED):
        title = f"{title}: {states.shown(station.value)[1].lower()}"
    of_several = way.swabs > 1 or station.what != way.tube
    if station.kind is StationKind.RELEASED and station.value == "positive" and of_several:
        title = gettext("Pool positive: its people are to be tested alone")
    what = kits.get(station.what, station.what) if station.what != way.tube else ""
    who = names.get(station.who, station.who)
    tone = _TONES.get(station.value, "done")
    if station.kind in (StationKind.LOST, StationKind.EXPIRED):
        tone, what = "late", closing_words(what)
    if station.kind is StationKind.TAKEN_BACK:
        tone = "warning"
    return Step(title, " · ".join(part for part in (what, who) if part), tone, station.at)


def shown(way: Way, now: datetime, names: Mapping[str, str], kits: Mapping[str, str]) -> WayShown:
    """A way as its page shows it, with these people and kits by their names."""
    return WayShown(
        way,
        [step_of(station, way, names, kits) for station in way.stations],
        gettext(NEXT[way.next]) if way.next is not None else "",
        late=way.next is not None and way.due_at is not None and way.due_at < now,
        past_use=way.next in _BEFORE_TEST and way.use_by_at < now,
    )


@may("sampling.read", "lab.see")
@require_http_methods(["GET", "POST"])
def where(request: HttpRequest) -> HttpResponse:
    """Scan or type a code; its way stands below. An unknown code and one elsewhere look alike.

    Only a tube's code may stand in an address, where links put it. A slip opens a person's result
    and addresses are written down on the way, so whatever is typed or scanned is posted.
    """
    actor, now = request.actor, clock.now()  # type: ignore[attr-defined]
    if ids.slip_code(request.GET.get("code", "")) is not None:
        return redirect("results:where")
    form = WhereForm(request.POST or request.GET or None)
    code = form.cleaned_data["code"].strip() if form.is_valid() else ""
    ways = queries.where_is(code, by=actor, at=now) if code else []
    names = full_names({station.who for way in ways for station in way.stations})
    kits = kit_names() if ways else {}
    return render(
        request,
        "results/where.html",
        {
            "form": form,
            "code": code,
            "ways": [shown(way, now, names, kits) for way in ways],
            "sees_sessions": actor.may("sampling.read"),
            "sees_runs": actor.may("lab.see"),
            "sees_recalls": actor.may("results.recall"),
        },
    )
