"""Sessions with their tubes: the list, one of them, opening and closing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from som.kernel import clock
from som.kernel.actors import Actor
from som.places import queries as places
from som.places.fields import offered_units
from som.places.rules import MAY_TEST
from som.sampling import commands, queries
from som.sampling.forms import ClosingForm, OpenSessionForm, SessionsForm, TubesForm, drawn_code
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
    tube_class = CLASSES[TubeClass(tube.tube_class)] if tube.tube_class != "screening" else ""
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
    return render(
        request,
        "sampling/session.html",
        {
            "session": row,
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


@may("sampling.plan")
@require_http_methods(["GET", "POST"])
def open_session(request: HttpRequest) -> HttpResponse:
    """Open a session: a campaign, a place, a team, a laboratory and a beginning."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    at = clock.now()
    here = at.astimezone(clock.LOCAL)
    within = actor.units_for("sampling.plan")
    under_way = queries.campaigns_under_way(here.date(), by=actor)
    labs = {one.id: one for one in places.organisations_of(within, sorted(MAY_TEST))}
    labs |= places.organisations_by_id({lab for one in under_way for lab in one.labs})
    form = OpenSessionForm(
        request.POST or None,
        campaigns=under_way,
        laboratories=sorted(labs.values(), key=lambda one: one.name),
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
        asked = form.session()
        outcome = commands.open_sessions([asked], by=actor, at=at)
        form.say(outcome.refused)
        if outcome.held:
            messages.success(
                request, gettext("The session at %(place)s is open.") % {"place": asked.place}
            )
            return redirect("sampling:sessions")
    return render(request, "sampling/session_new.html", {"form": form, "any": bool(under_way)})


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
