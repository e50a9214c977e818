"""Where is it? One box for whatever has a code, and for people where one may look for them.

A tube's way stands on the page itself, station by station, with what must come next by when and what
lies beside it. Whatever else has the code has a page of its own, and one lands there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from som.access.queries import full_names
from som.kernel import clock, ids
from som.kernel.actors import Actor
from som.kernel.outcomes import gettext_noop as _
from som.lab.kits import Method
from som.lab.views import closing_words, kit_names
from som.people.views import FOUND_SHOWN, found_by
from som.results import queries
from som.results.forms import WhereForm, slip_on_paper
from som.results.queries import Beside, Thing, ThingKind
from som.results.queries.where import Station, StationKind, Way, spellings
from som.sampling import queries as sampling
from som.web import states
from som.web.guard import may, opens_for

STATIONS = {
    StationKind.TAKEN: _("Swab taken"),
    StationKind.SENT: _("Handed over with a manifest"),
    StationKind.RECEIVED: _("Received at the laboratory"),
    StationKind.POOLED: _("Put into a pool"),
    StationKind.LOADED: _("Put on a plate"),
    StationKind.READ: _("Run read"),
    StationKind.RELEASED: _("Result released"),
    StationKind.CORRECTED: _("Answer corrected"),
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


KINDS = {
    ThingKind.SESSION: _("Session"),
    ThingKind.BOX: _("Box"),
    ThingKind.UNLISTED: _("Tube waiting for its list"),
    ThingKind.POOL: _("Pool"),
    ThingKind.BATCH: _("Extraction batch"),
    ThingKind.PLATE: _("Plate"),
    ThingKind.RUN: _("Run"),
}

PAGES = {
    ThingKind.SESSION: ("sampling:session",),
    ThingKind.BOX: ("sampling:box", "lab:box"),
    ThingKind.UNLISTED: ("lab:waiting",),
    ThingKind.POOL: ("lab:pool",),
    ThingKind.BATCH: ("lab:batch",),
    ThingKind.PLATE: ("lab:plate",),
    ThingKind.RUN: ("lab:run",),
}
"""The page of each; the first that opens for whoever asks."""

_BY_NUMBER = {ThingKind.SESSION, ThingKind.RUN}

_IN_WHAT = {
    StationKind.SENT: ThingKind.BOX,
    StationKind.POOLED: ThingKind.POOL,
    StationKind.LOADED: ThingKind.PLATE,
}
"""What a tube is in from this station on."""


@dataclass(frozen=True, slots=True)
class Step:
    """A station in the words of the page."""

    title: str
    detail: str
    tone: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class WayShown:
    """A way with its steps. `late`: the promise is broken; `past_use`: it may not be tested now.

    `within`: what it was put into, each by its kind, its code and the address of its page.
    """

    way: Way
    steps: Sequence[Step]
    next: str
    late: bool
    past_use: bool
    within: Sequence[tuple[str, str, str]]
    beside: Beside


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
    if station.kind is StationKind.CORRECTED and station.value:
        title = gettext("Answer corrected: it was %(was)s and is %(value)s") % {
            "was": states.shown(station.was)[1].lower(),
            "value": states.shown(station.value)[1].lower(),
        }
    what = kits.get(station.what, station.what) if station.what != way.tube else ""
    who = names.get(station.who, station.who)
    tone = _TONES.get(station.value, "done")
    if station.kind in (StationKind.LOST, StationKind.EXPIRED):
        tone, what = "late", closing_words(what)
    if station.kind is StationKind.TAKEN_BACK:
        tone = "warning"
    return Step(
        title, " · ".join(part for part in (what, station.reason, who) if part), tone, station.at
    )


def page_of(kind: ThingKind, number: int, code: str, actor: Actor, lab: int | None = None) -> str:
    """The address of a thing's page, where it opens for this actor; else nothing."""
    several = len(actor.organisations_for("lab.see") or ()) > 1
    for name in PAGES[kind]:
        given = () if kind is ThingKind.UNLISTED else (number if kind in _BY_NUMBER else code,)
        try:
            url = reverse(name, args=given)
        except NoReverseMatch:  # a code with a stroke in it has no page
            continue
        if opens_for(actor, url):
            return f"{url}?lab={lab}" if several and lab is not None else url
    return ""


def within(way: Way, actor: Actor) -> list[tuple[str, str, str]]:
    """What this tube was put into, in the order of its way, each once."""
    found: dict[tuple[ThingKind, str], str] = {}
    for station in way.stations:
        kind = _IN_WHAT.get(station.kind)
        on_no_plate = kind is ThingKind.PLATE and bool(station.value)
        if kind is not None and station.what and not on_no_plate:
            found.setdefault((kind, station.what), page_of(kind, 0, station.what, actor))
    return [(gettext(KINDS[kind]), code, url) for (kind, code), url in found.items()]


def shown(
    way: Way,
    actor: Actor,
    now: datetime,
    *,
    names: Mapping[str, str],
    kits: Mapping[str, str],
    beside: Mapping[str, Beside],
) -> WayShown:
    """A way as its page shows it, with these people and kits by their names."""
    return WayShown(
        way,
        [step_of(station, way, names, kits) for station in way.stations],
        gettext(NEXT[way.next]) if way.next is not None else "",
        late=way.next is not None and way.due_at is not None and way.due_at < now,
        past_use=way.next in _BEFORE_TEST and way.use_by_at < now,
        within=within(way, actor),
        beside=beside.get(way.tube, Beside()),
    )


@may("sampling.read", "lab.see")
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("code")
def where(request: HttpRequest) -> HttpResponse:
    """Scan or type a code: its way stands below, or its page opens. Unknown and elsewhere look alike.

    Only the code of a thing may stand in an address, where links put it. A slip or a card opens a
    person's result and addresses are written down on the way, so whatever is typed or scanned is
    posted. A card leads to its walk-in while the name is owed, then to the tube like a slip.
    """
    actor, now = request.actor, clock.now()  # type: ignore[attr-defined]
    if _is_somebodys(request.GET.get("code", "")):
        return redirect("results:where")
    form = WhereForm(request.POST or request.GET or None)
    code = form.cleaned_data["code"].strip() if form.is_valid() else ""
    card = ids.card_serial(code)
    if card is not None and actor.may("people.register"):
        walk_in = sampling.walk_in_with_card(card, by=actor, at=now)
        if walk_in is not None:
            return redirect("sampling:walk_in", walk_in.person)
    paper = slip_on_paper(code)
    ways = queries.where_is(paper[0] if paper else code, by=actor, at=now) if code else []
    holds = paper and ways and queries.newest_version(paper[0], by=actor) == paper[1]
    things = _with_pages(queries.things_with_code(code, by=actor) if code else [], actor)
    is_a_tube = any(way.tube in spellings(code) for way in ways)
    if len(things) == 1 and not is_a_tube and things[0][2]:
        return redirect(things[0][2])
    # A name or a number is looked for where no code was found, and never from an address.
    looks_for_people = request.method == "POST" and bool(code) and actor.may("people.read")
    looks_for_people = looks_for_people and not (ways or things or _is_somebodys(code))
    lines = found_by(code, by=actor, at=now) if looks_for_people else []
    names = full_names({station.who for way in ways for station in way.stations})
    kits = kit_names() if ways else {}
    beside = queries.beside([way.tube for way in ways], by=actor) if ways else {}
    return render(
        request,
        "results/where.html",
        {
            "form": form,
            "code": code,
            "things": things,
            "lines": lines,
            "more": len(lines) == FOUND_SHOWN,
            "by_name": looks_for_people and _reads_like_a_name(code),
            "on_paper": paper is not None,
            "holds": holds,
            "ways": [shown(way, actor, now, names=names, kits=kits, beside=beside) for way in ways],
            "sees_sessions": actor.may("sampling.read"),
            "looks_people": actor.may("people.read"),
            "sees_runs": actor.may("lab.see"),
            "sees_recalls": actor.may("results.recall"),
        },
    )


def _is_somebodys(code: str) -> bool:
    """Whether this is the code of a slip or a card, and so opens what is about one person."""
    readings = (ids.slip_code, ids.card_serial, slip_on_paper)
    return any(read(code) is not None for read in readings)


def _reads_like_a_name(typed: str) -> bool:
    """Whether these are words, and so no code that was scanned or copied from a label."""
    return any(sign.isalpha() for sign in typed) and (
        " " in typed or not any(sign.isdigit() for sign in typed)
    )


def _with_pages(things: Sequence[Thing], actor: Actor) -> list[tuple[str, Thing, str]]:
    """Each of these with the name of its kind and the address of its page."""
    return [
        (gettext(KINDS[one.kind]), one, page_of(one.kind, one.id, one.code, actor, one.lab))
        for one in things
    ]
