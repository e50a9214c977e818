"""The inbox of a locality: what it was told and has not acknowledged."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from som.kernel import clock
from som.kernel.outcomes import gettext_noop as _
from som.notices import commands, queries
from som.notices.forms import AcknowledgeForm
from som.notices.rules import NoticeKind
from som.places import queries as places
from som.web.figures import Figure, figures
from som.web.guard import may

SHOWN = 200

WORDS = {
    NoticeKind.RESULT_READY: ("done", _("Result ready"), ""),
    NoticeKind.POSITIVE: (
        "positive",
        _("Positive"),
        _("Find the person at home, see that they stay in a room of their own, begin tracing."),
    ),
    NoticeKind.POOL_HELD: (
        "warning",
        _("Pool held"),
        _("The pool was not negative. Each member is tested again, alone; nobody is positive yet."),
    ),
    NoticeKind.CORRECTED: (
        "warning",
        _("Corrected"),
        _("An earlier notice about this person no longer holds as it stood."),
    ),
}
SUSPECTED = (
    "positive",
    _("Suspected positive"),
    _("The person stays in a room of their own until another laboratory has confirmed it."),
)


TAKEN_BACK = (
    "done",
    _("Positive, taken back"),
    _("It was corrected or recalled since: the notice of that says what holds now."),
)


def words_of(notice: queries.NoticeRow) -> tuple[str, str, str]:
    """The tone of a notice, what it says, and what is to be done."""
    if notice.taken_back:
        return TAKEN_BACK
    if notice.kind == NoticeKind.POSITIVE and notice.body.get("value") == "suspected":
        return SUSPECTED
    return WORDS[NoticeKind(notice.kind)]


def _lines(
    shown: Sequence[queries.NoticeRow], units: Mapping[int, places.UnitRow]
) -> list[tuple[object, ...]]:
    """A line for each thing that was told, with the notice of each unit that was told it."""
    told: dict[tuple[int, str, bool, str], list[queries.NoticeRow]] = {}
    for one in shown:
        same = (one.subject, one.kind, one.taken_back, json.dumps(one.body, sort_keys=True))
        told.setdefault(same, []).append(one)
    return [
        (ones[0], [(one, units[one.to_unit]) for one in ones], *words_of(ones[0]))
        for ones in told.values()
    ]


@may("notices.read")
@require_http_methods(["GET", "POST"])
def inbox(request: HttpRequest) -> HttpResponse:
    """What one's units were told, oldest first; a button says that it was taken notice of.

    A positive is acknowledged on its own: somebody must go to this person. Of whom a commune and its
    province were told, they stand once; each unit's notice is acknowledged for itself.
    """
    actor, now = request.actor, clock.now()  # type: ignore[attr-defined]
    acknowledged = 0
    if request.method == "POST":
        form = AcknowledgeForm(request.POST)
        ids = form.cleaned_data["notices"] if form.is_valid() else []
        outcome = commands.acknowledge_notices(ids, by=actor, at=now)
        acknowledged = len(outcome.held)
    found = queries.unacknowledged_notices(by=actor, at=now, limit=SHOWN + 1)
    shown = found[:SHOWN]
    units = places.units_by_id([one.to_unit for one in shown])
    return render(
        request,
        "notices/inbox.html",
        {
            "lines": _lines(shown, units),
            "together": [
                one.id for one in shown if one.kind != NoticeKind.POSITIVE or one.taken_back
            ],
            "all_together": all(one.kind != NoticeKind.POSITIVE or one.taken_back for one in shown),
            "more": found != shown,
            "acknowledged": acknowledged,
            "may_acknowledge": actor.may("notices.acknowledge"),
            "may_read": actor.may("results.read"),
        },
    )


@may("notices.read")
@require_GET
def slot(request: HttpRequest) -> HttpResponse:
    """The part of the work plan about notices."""
    found = queries.unacknowledged_by_kind(by=request.actor)  # type: ignore[attr-defined]
    positive = found.pop(NoticeKind.POSITIVE, 0)
    here = reverse("notices:inbox")
    return figures(
        request,
        gettext("Notices not acknowledged"),
        [
            Figure(
                positive,
                gettext("Positives to act on"),
                here,
                gettext("People of whom your area was told; not acknowledged"),
                "alert-circle",
                "late",
            ),
            Figure(
                sum(found.values()),
                gettext("Other notices"),
                here,
                gettext("Held pools and corrections not acknowledged"),
                "bell",
                "warning",
            ),
        ],
    )
