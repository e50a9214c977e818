"""What calls whoever is on duty: who takes it on, and where to go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from som.access.queries import full_names
from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.outcomes import gettext_noop as _
from som.notices import commands, queries
from som.notices.forms import AlarmsForm
from som.notices.rules import AlarmField, AlarmKind
from som.places import queries as places
from som.web.figures import Figure, figures
from som.web.guard import may, opens_for
from som.web.templatetags.som import number

SHOWN = 200


@dataclass(frozen=True, slots=True)
class Words:
    """How a kind of alarm stands on the page, and the page on which it is dealt with.

    `page`: the address's name; with the alarm's subject where it takes one.
    """

    tone: str
    title: str
    to_do: str
    page: str = ""


WORDS = {
    AlarmKind.RUN_READ: Words(
        "warning",
        _("Run read"),
        _("Review it and release its results; whoever read it may not."),
        "results:review",
    ),
    AlarmKind.POOL_OPEN: Words(
        "positive",
        _("Positive pool"),
        _("Test its members one by one now; none of them has an answer until then."),
        "lab:runs",
    ),
    AlarmKind.DRIFT: Words(
        "late",
        _("Rates out of their limits"),
        _("Look for contamination, a bad lot or missed positives before releasing more."),
        "results:watch",
    ),
    AlarmKind.HOLD: Words(
        "warning",
        _("On hold"),
        _("Nothing of it is released until a second person lifts the hold."),
        "lab:runs",
    ),
    AlarmKind.RECALL: Words(
        "late",
        _("Results recalled"),
        _("The people concerned are asked for again, each alone."),
        "results:recalls",
    ),
    AlarmKind.MISSING_TUBES: Words(
        "late",
        _("Tubes missing from a box"),
        _("They are on its list and not in it: look for them where it was packed and carried."),
        "sampling:manifests",
    ),
    AlarmKind.CLOCK: Words(
        "late",
        _("Answers late"),
        _("Tubes wait longer than promised: see where they are and who has them."),
        "results:watch",
    ),
    AlarmKind.REPORT_STOPPED: Words(
        "late",
        _("Report not read to its end"),
        _("Nothing of it is released: send the file anew, or ask the laboratory for a sound one."),
        "results:report",
    ),
    AlarmKind.UNACKNOWLEDGED: Words(
        "positive",
        _("Positive not acknowledged"),
        _("Call the unit: nobody there has said that they know of it."),
        "notices:inbox",
    ),
}
OWN = Words(
    "positive",
    _("Your province has not acknowledged"),
    _("It was told of positives itself: open the notices and acknowledge them."),
    "notices:inbox",
)

FIELDS = {
    AlarmField.LABORATORY: _("Laboratory"),
    AlarmField.UNIT: _("Unit"),
    AlarmField.RUN: _("Run"),
    AlarmField.POOL: _("Pool"),
    AlarmField.MANIFEST: _("Manifest"),
    AlarmField.KIT_LOT: _("Kit lot"),
    AlarmField.TUBES: _("Tubes"),
    AlarmField.RESULTS: _("Results"),
    AlarmField.POSITIVES: _("Positives"),
    AlarmField.COUNT: _("How many"),
    AlarmField.RATE: _("Rate"),
    AlarmField.EXPECTED: _("Usually"),
    AlarmField.STEP: _("Of their time used"),
    AlarmField.SINCE: _("Since"),
    AlarmField.STATE: _("State"),
}


_PER_CENT = {AlarmField.RATE, AlarmField.EXPECTED}
_COUNTED = {AlarmField.TUBES, AlarmField.RESULTS, AlarmField.POSITIVES, AlarmField.COUNT}


def value_shown(field: AlarmField, value: str) -> str:
    """What an alarm says, its numbers as the page's language writes them."""
    if field in _COUNTED and value.isdecimal():
        return number(int(value))
    if field in _PER_CENT:
        return f"{number(float(value))} %"
    if field is AlarmField.STEP:
        return gettext("at least %(step)s %%") % {"step": value}
    return value


@dataclass(frozen=True, slots=True)
class Line:
    """An alarm as a line of the page. Of the said, `since` is a time and `state` a state."""

    alarm: queries.AlarmRow
    words: Words
    desk: str
    said: list[tuple[str, str]]
    since: datetime | None
    state: str
    url: str


def _address(page: str, subject: int | None, actor: Actor) -> str:
    """Where an alarm is dealt with, if that page exists and opens for this reader."""
    for given in ([subject], []):
        try:
            address = reverse(page, args=given)
        except NoReverseMatch:
            continue
        return address if opens_for(actor, address) else ""
    return ""


def _lines(found: list[queries.AlarmRow], actor: Actor) -> list[Line]:
    units = places.units_by_id([one.unit for one in found if one.unit is not None])
    organisations = places.organisations_by_id(
        [one.organisation for one in found if one.organisation is not None]
    )
    lines = []
    for one in found:
        words = WORDS[AlarmKind(one.kind)]
        if one.kind == AlarmKind.UNACKNOWLEDGED and one.subject == one.unit:
            words = OWN
        desk = (
            units[one.unit].name
            if one.unit is not None
            else organisations[one.organisation].name
            if one.organisation is not None
            else ""
        )
        said = [
            (gettext(FIELDS[AlarmField(name)]), value_shown(AlarmField(name), value))
            for name, value in one.body.items()
            if name not in (AlarmField.SINCE, AlarmField.STATE) and value != desk
        ]
        since = one.body.get(AlarmField.SINCE)
        lines.append(
            Line(
                one,
                words,
                desk,
                said,
                datetime.fromisoformat(since) if since else None,
                one.body.get(AlarmField.STATE, ""),
                _address(words.page, one.subject, actor) if words.page else "",
            )
        )
    return lines


@may("notices.alarms")
@require_http_methods(["GET", "POST"])
def alarms(request: HttpRequest) -> HttpResponse:
    """What calls one's desks; a button says "I take it on", by name."""
    actor, now = request.actor, clock.now()  # type: ignore[attr-defined]
    taken = 0
    if request.method == "POST":
        form = AlarmsForm(request.POST)
        ids = form.cleaned_data["alarms"] if form.is_valid() else []
        taken = len(commands.acknowledge_alarms(ids, by=actor, at=now).done)
    found = queries.alarms_open(by=actor, limit=SHOWN + 1)
    return render(
        request,
        "notices/alarms.html",
        {
            "lines": _lines(found[:SHOWN], actor),
            "names": full_names({one.acknowledged_by for one in found}),
            "more": len(found) > SHOWN,
            "taken": taken,
        },
    )


@may("notices.alarms")
@require_GET
def alarms_slot(request: HttpRequest) -> HttpResponse:
    """The part of the work plan about alarms."""
    counts = queries.alarms_counted(by=request.actor)  # type: ignore[attr-defined]
    here = reverse("notices:alarms")
    return figures(
        request,
        gettext("Alarms"),
        [
            Figure(
                counts.get(False, 0),
                gettext("Alarms nobody has taken on"),
                here,
                gettext("They call you or a colleague at the same desk"),
                "alert-triangle",
                "late",
            ),
            Figure(
                counts.get(True, 0),
                gettext("Alarms in hand"),
                here,
                gettext("Somebody has taken them on; not over yet"),
                "user-check",
            ),
        ],
    )
