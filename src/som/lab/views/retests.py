"""What waits for a second test. No names anywhere."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from som.kernel import clock
from som.kernel.outcomes import gettext_noop as _
from som.lab import queries
from som.lab.forms import RetestsForm
from som.lab.queries import WhyRetest
from som.lab.views.wells import reason_words
from som.places import queries as places
from som.sampling.rules import use_by_state
from som.web.guard import may
from som.web.paging import paged, written_key

RETESTS_SHOWN = 100

WHY = {
    WhyRetest.POOL: (
        _("Pool positive or in doubt"),
        _("Each member's own tube is tested"),
        "flask-2",
    ),
    WhyRetest.INVALID: (_("Invalid"), _("The test said nothing; it is repeated once"), "repeat"),
    WhyRetest.FAULT: (_("Not read: a fault"), _("Names or files did not agree"), "alert-triangle"),
    WhyRetest.OTHER: (_("Another reason"), _("No run of it stands here"), "help-circle"),
}
"""Why something is tested again: the word, what it means, and its icon."""


@may("lab.see")
@require_GET
def retests(request: HttpRequest) -> HttpResponse:
    """Tubes and pools to be tested again, nearest use-by first, each with the run that sent it here."""
    actor, now = request.actor, clock.now()  # type: ignore[attr-defined]
    form = RetestsForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    why = asked.get("why", "")
    found = queries.retests(by=actor, why=why, after=asked.get("after"), limit=RETESTS_SHOWN + 1)
    shown, after = paged(found, RETESTS_SHOWN, lambda one: written_key(one.use_by_at, one.key))
    counts = queries.retest_counts(by=actor)
    labs = places.organisations_by_id([one.lab for one in shown])
    return render(
        request,
        "lab/retests.html",
        {
            "counts": [
                (counts.get(one, 0), gettext(word), f"?why={one}", gettext(meaning), icon)
                for one, (word, meaning, icon) in WHY.items()
                if one is not WhyRetest.OTHER or counts.get(one)
            ],
            "all": sum(counts.values()),
            "why": gettext(WHY[WhyRetest(why)][0]) if why else "",
            "lines": [
                (
                    one,
                    labs[one.lab],
                    gettext(WHY[one.why][0]),
                    reason_words(one.reason),
                    use_by_state(one.use_by_at, at=now),
                )
                for one in shown
            ],
            "several": len({one.lab for one in shown}) > 1,
            "after": after,
        },
    )
