"""Sessions with their tubes: the list, one of them, opening and closing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.ids import drawn_code
from som.places import queries as places
from som.places.fields import offered_units
from som.places.rules import MAY_TEST
from som.sampling import commands, queries
from som.sampling.forms import (
    ClosingForm,
    DayAskedForm,
    LabForm,
    OpenSessionForm,
    SessionsForm,
    TubesForm,
)
from som.sampling.forms.words import CLASSES
from som.sampling.rules import TubeClass
from som.web.guard import may
from som.web.paging import written_key

SESSIONS_SHOWN = 50
TUBES_SHOWN = 100


@dataclass(frozen=True, slots=True)
class TubeLine:
    """A tube of a session with its state; `late`: still here although its use-by has passed."""

    tube: queries.SessionTubeRow
    state: str
    tube_class: str
    late: bool


def tube_line(tube: queries.SessionTubeRow, now: datetime) -> TubeLine:
    """How far a tube has come, as far as its session knows."""
    late = False
    if tube.closing_reason:
        state = "past_use" if tube.closing_reason == "use_by_passed" else "lost"
    elif tube.manifest is not None:
        state = "sent"
    elif tube.tested:
        state = tube.tested
    else:
        late = tube.use_by_at < now
        state = "past_use" if late else "taken"
    screening = tube.tube_class == TubeClass.SCREENING
    tube_class = "" if screening else CLASSES[TubeClass(tube.tube_class)]
    return TubeLine(tube, state, tube_class, late)


@may("sampling.read")
@require_GET
def sessions(request: HttpRequest) -> HttpResponse:
    """The sessions of one's units, newest first; those of one campaign where it is named."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    form = SessionsForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {"after": None, "campaign": None}
    found = queries.sessions(
        by=actor, before=asked["after"], campaign_id=asked["campaign"], limit=SESSIONS_SHOWN + 1
    )
    shown = found[:SESSIONS_SHOWN]
    units = places.units_by_id([one.unit for one in shown])
    labs = places.organisations_by_id([one.lab for one in shown])
    return render(
        request,
        "sampling/sessions.html",
        {
            "lines": [(one, units[one.unit], labs[one.lab]) for one in shown],
            "after": written_key(shown[-1].starts_at, shown[-1].id) if shown != found else "",
            "campaign": queries.campaign(asked["campaign"], by=actor)
            if asked["campaign"]
            else None,
            "plans": actor.may("sampling.plan"),
        },
    )


@may("sampling.read")
@require_GET
def session(request: HttpRequest, session_id: int) -> HttpResponse:
    """One session: where, who, how many, its tubes, and what became of its labels."""
    return _session(request, session_id, ClosingForm())


def _session(request: HttpRequest, session_id: int, closing: ClosingForm) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = clock.now()
    form = TubesForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {"only": "", "after": ""}
    row = queries.session(session_id, by=actor)
    found = queries.tubes_of_session(session_id, by=actor, **asked, limit=TUBES_SHOWN + 1)
    shown = found[:TUBES_SHOWN]
    on = row.starts_at.astimezone(clock.LOCAL).date()
    lab_day = queries.laboratory_days([row.lab], on, by=actor, without=session_id)[row.lab]
    return render(
        request,
        "sampling/session.html",
        {
            "session": row,
            "lab_day": lab_day,
            "over": _over(row.tubes_expected, lab_day),
            "site": places.sites_by_id([row.site]).get(row.site) if row.site else None,
            "unit": places.units_by_id([row.unit])[row.unit],
            "lab": places.organisations_by_id([row.lab])[row.lab],
            "lines": [tube_line(tube, now) for tube in shown],
            "only": asked["only"],
            "after": shown[-1].code if shown != found else "",
            "teams": queries.teams(session_id, by=actor),
            "accounts": queries.label_accounts(session_id, by=actor),
            "sheets": queries.sheets(session_id, by=actor),
            "records": actor.may("sampling.record", unit=row.unit),
            "closing": closing
            if row.closed_at is None and actor.may("sampling.plan", unit=row.unit)
            else None,
        },
    )


def _over(tubes: int | None, lab_day: queries.LaboratoryDay) -> int:
    """How many of these tubes a laboratory has no room for; 0 where nobody can tell."""
    if tubes is None or lab_day.room is None:
        return 0
    return max(0, tubes - lab_day.room)


SITES_OFFERED = 400
"""Registered places a browser is given to complete the typing: those of communes, not of a country."""


def offered_sites(within: frozenset[int] | None) -> list[tuple[str, str]]:
    """The registered places of a territory by name and unit, unless they are too many to send."""
    found = [] if within is None else places.sites_of(within)
    if len(found) > SITES_OFFERED:
        return []
    paths = places.unit_path({one.unit_id for one in found})
    return [(one.name, paths.get(one.unit_id, "")) for one in found]


@may("sampling.plan")
@require_GET
def laboratories_room(request: HttpRequest) -> HttpResponse:
    """What room the laboratories have on the day that is being planned."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    today = clock.now().astimezone(clock.LOCAL).date()
    on = _day_asked(request.GET) or today
    rooms = _rooms(actor, queries.campaigns_under_way(today, by=actor), on)
    form = LabForm(initial={"lab": request.GET.get("lab", "")}, laboratories=rooms)
    return render(request, "sampling/_room.html", {"on": on, "rooms": rooms, "labs": form})


def _day_asked(asked: QueryDict) -> date | None:
    """The day that is being planned, as far as it can be read."""
    form = DayAskedForm(asked)
    return form.cleaned_data["day"] if form.is_valid() else None


def _rooms(
    actor: Actor, under_way: list[queries.CampaignChoice], on: date
) -> list[tuple[places.OrganisationRow, queries.LaboratoryDay]]:
    """Where the sessions of this planner may send, with the room there on that day: most room first,
    then where nobody set a number, then the full ones.

    These are the laboratories of the territory, and those that campaigns name.
    """
    within = actor.units_for("sampling.plan")
    labs = {one.id: one for one in places.organisations_of(within, sorted(MAY_TEST))}
    labs |= places.organisations_by_id({lab for one in under_way for lab in one.labs})
    days = queries.laboratory_days(list(labs), on, by=actor)
    found = [(one, days[one.id]) for one in labs.values()]
    return sorted(found, key=lambda one: (_fullness(one[1].room), one[0].name))


def _fullness(room: int | None) -> tuple[int, int]:
    return (1, 0) if room is None else (0, -room) if room else (2, 0)


@may("sampling.plan")
@require_http_methods(["GET", "POST"])
def open_session(request: HttpRequest) -> HttpResponse:
    """Open a session: a campaign, a place, a team, a laboratory, its hours and how many come.

    Where the laboratory has no room for all its tubes that day, it is asked again.
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]
    at = clock.now()
    here = at.astimezone(clock.LOCAL)
    within = actor.units_for("sampling.plan")
    under_way = queries.campaigns_under_way(here.date(), by=actor)
    planned = _day_asked(request.POST) or here.date()
    rooms = _rooms(actor, under_way, planned)
    form = OpenSessionForm(
        request.POST or None,
        campaigns=under_way,
        laboratories=rooms,
        territory=within,
        on=here.date(),
        offered=offered_units(within, here.date()),
        initial={
            "campaign": request.GET.get("campaign", ""),
            "day": here.date(),
            "time": here.replace(minute=0),
            "code": drawn_code(here.date()),
        },
    )
    if request.method == "POST" and form.is_valid():
        asked, tubes = form.session(), form.tubes()
        on = form.cleaned_data["day"]
        lab_day = queries.laboratory_days([asked.lab], on, by=actor)[asked.lab]
        if form.has_room(tubes, lab_day):
            outcome = commands.open_sessions([asked], by=actor, at=at)
            form.say(outcome.refused)
            if outcome.held:
                messages.success(
                    request, gettext("The session at %(place)s is open.") % {"place": asked.place}
                )
                return _opened(asked.code, asked.starts_at, actor)
    return render(
        request,
        "sampling/session_new.html",
        {
            "form": form,
            "any": bool(under_way),
            "sites": offered_sites(within),
            "on": planned,
            "rooms": rooms,
        },
    )


def _opened(code: str, starts_at: datetime, actor: Actor) -> HttpResponse:
    """On to the session just opened, where its slots, labels and sheets are next; else the list."""
    just_after = (starts_at + timedelta(microseconds=1), 0)
    for one in queries.sessions(by=actor, before=just_after, limit=SESSIONS_SHOWN):
        if one.code == code:
            return redirect("sampling:session", one.id)
    return redirect("sampling:sessions")


@may("sampling.plan")
@require_http_methods(["POST"])
def close_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """Close a session: no swab is recorded there any more, and its labels add up."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row = queries.session(session_id, by=actor)
    form = ClosingForm(request.POST)
    if form.is_valid():
        left = {row.code: form.cleaned_data["left"]}
        outcome = commands.close_sessions([row.code], left=left, by=actor, at=clock.now())
        for one in outcome.refused:
            form.add_error("left", f"{gettext(one.reason.sentence)} {one.detail}".strip())
        if outcome.held:
            messages.success(
                request, gettext("The session at %(place)s is closed.") % {"place": row.place}
            )
            return redirect("sampling:session", session_id)
    return _session(request, session_id, form)
