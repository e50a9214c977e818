"""Sessions with their tubes, and who is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from som.kernel import clock
from som.kernel.outcomes import gettext_noop as _
from som.places import queries as places
from som.sampling import queries
from som.sampling.forms import SessionsForm, TubesForm
from som.sampling.rules import RequestReason, TubeClass
from som.web.figures import Figure, figures
from som.web.guard import may
from som.web.paging import written_key

SESSIONS_SHOWN = 50
TUBES_SHOWN = 100
REQUESTS_SHOWN = 500

CLASSES = {
    TubeClass.SCREENING: _("Screening"),
    TubeClass.SYMPTOM: _("Symptoms"),
    TubeClass.CONTACT: _("Contact"),
    TubeClass.RECALLED: _("Taken again"),
}

REASONS = {
    RequestReason.ROSTER: _("On the sampling list"),
    RequestReason.SYMPTOM: _("Has symptoms"),
    RequestReason.CONTACT: _("Contact of a case"),
    RequestReason.DAY: _("Day of the testing schedule"),
    RequestReason.RECALLED_POOL: _("The pool was positive: alone in a tube"),
    RequestReason.INCONCLUSIVE: _("The test was inconclusive"),
    RequestReason.USE_BY_PASSED: _("The tube was not tested in time"),
    RequestReason.LOST: _("The tube was lost"),
    RequestReason.DISCORDANT: _("The pool and its members disagreed"),
}


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
    else:
        late = tube.use_by_at < now
        state = "past_use" if late else "taken"
    tube_class = CLASSES[TubeClass(tube.tube_class)] if tube.tube_class != "screening" else ""
    return TubeLine(tube, state, tube_class, late)


@may("sampling.read")
@require_GET
def sessions(request: HttpRequest) -> HttpResponse:
    """The sessions of one's units, newest first."""
    form = SessionsForm(request.GET)
    found = queries.sessions(
        by=request.actor,  # type: ignore[attr-defined]
        before=form.cleaned_data["after"] if form.is_valid() else None,
        limit=SESSIONS_SHOWN + 1,
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
        },
    )


@may("sampling.read")
@require_GET
def session(request: HttpRequest, session_id: int) -> HttpResponse:
    """One session: where, who, how many, and its tubes."""
    actor, now = request.actor, clock.now()  # type: ignore[attr-defined]
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
        },
    )


@may("sampling.read")
@require_GET
def requests(request: HttpRequest) -> HttpResponse:
    """Who is asked for here and not yet swabbed, due first."""
    now = clock.now()
    found = queries.open_requests(
        by=request.actor,  # type: ignore[attr-defined]
        at=now,
        limit=REQUESTS_SHOWN + 1,
    )
    shown = found[:REQUESTS_SHOWN]
    units = places.units_by_id([one.unit for one in shown])
    return render(
        request,
        "sampling/requests.html",
        {
            "lines": [
                (one, units[one.unit], REASONS[RequestReason(one.reason)], one.due_at < now)
                for one in shown
            ],
            "late": sum(one.due_at < now for one in shown),
            "single": sum(one.single for one in shown),
            "more": found != shown,
        },
    )


@may("sampling.read")
@require_GET
def slot(request: HttpRequest) -> HttpResponse:
    """The part of the work plan about sampling."""
    actor, now = request.actor, clock.now()  # type: ignore[attr-defined]
    asked = queries.open_requests_by_lateness(by=actor, at=now)
    people = reverse("sampling:requests") + "#people"
    return figures(
        request,
        gettext("Sampling"),
        [
            Figure(
                asked.get(True, 0),
                gettext("People to be swabbed, late"),
                people,
                gettext("Asked for and not swabbed by their due time"),
                "clock-exclamation",
                "late",
            ),
            Figure(
                asked.get(False, 0),
                gettext("People to be swabbed, in time"),
                people,
                gettext("Asked for; their due time is still to come"),
                "user-question",
            ),
            Figure(
                queries.open_sessions(by=actor),
                gettext("Sessions open"),
                reverse("sampling:sessions"),
                gettext("Sampling sessions not closed yet"),
                "test-pipe",
            ),
        ],
    )
