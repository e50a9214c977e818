"""Boxes from and to the reader's places, and one box reckoned against its list. No names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from som.kernel import clock
from som.kernel.outcomes import gettext_noop as _
from som.lab import commands, queries
from som.lab.rules import Condition, DiscardReason, DisposalKind, ReferralReason, RejectReason
from som.lab.views.people import named
from som.web.fields import PagedForm
from som.web.guard import may
from som.web.paging import written_key

BOXES_SHOWN = 50

WHY_SENT_ON = {
    ReferralReason.CONFIRMATION: _("To be confirmed"),
    ReferralReason.CAPACITY: _("More tubes than this laboratory can test"),
    ReferralReason.EQUIPMENT: _("An instrument is out of order"),
    ReferralReason.RETURN: _("Sent back"),
}
"""Why tubes went on to another laboratory."""

CONDITIONS = {
    Condition.WARM: _("Came warm"),
    Condition.LEAKING: _("Leaking"),
    Condition.BROKEN: _("Broken"),
    Condition.UNLABELLED: _("Label missing or unreadable"),
}
"""How a tube looked that was not in good order."""

WHY_REJECTED = {
    RejectReason.LEAKING: _("Leaking"),
    RejectReason.BROKEN: _("Broken"),
    RejectReason.UNLABELLED: _("Label missing or unreadable"),
    RejectReason.TOO_LITTLE: _("Too little in it"),
    RejectReason.WRONG_MEDIUM: _("Wrong medium"),
    RejectReason.TOO_WARM: _("Came too warm"),
    RejectReason.USE_BY_PASSED: _("Past its use-by"),
    RejectReason.OTHER: _("Another reason"),
}
"""Why a tube cannot be tested."""

WHY_DESTROYED = {
    DiscardReason.KEPT_LONG_ENOUGH: _("Kept long enough"),
    DiscardReason.CONTAMINATED: _("Contaminated"),
    DiscardReason.DAMAGED: _("Damaged"),
    DiscardReason.UNKNOWN_ORIGIN: _("Nobody knew whose it was"),
    DiscardReason.OTHER: _("Another reason"),
}
"""Why what was left of a tube was destroyed."""

_ENDS = {
    **{
        f"{DisposalKind.REJECTED} {why}": (_("Rejected"), text)
        for why, text in WHY_REJECTED.items()
    },
    **{
        f"{DisposalKind.DESTROYED} {why}": (_("Destroyed"), text)
        for why, text in WHY_DESTROYED.items()
    },
}


def closing_words(reason: str) -> str:
    """Why a tube was closed, in words: what a laboratory noted as codes, else what somebody wrote."""
    code, _colon, note = reason.partition(": ")
    if code not in _ENDS:
        return reason
    return ", ".join(part for part in (*map(gettext, _ENDS[code]), note) if part)


@may("lab.see", "sampling.read")
@require_GET
def boxes(request: HttpRequest) -> HttpResponse:
    """Boxes sent from and to the reader's places, newest first."""
    form = PagedForm(request.GET)
    before = form.cleaned_data["after"] if form.is_valid() else None
    found = queries.boxes(
        by=request.actor,  # type: ignore[attr-defined]
        before=before,
        limit=BOXES_SHOWN + 1,
    )
    shown = found[:BOXES_SHOWN]
    after = written_key(shown[-1].sent_at, shown[-1].id) if len(found) > BOXES_SHOWN else ""
    return render(request, "lab/boxes.html", {"boxes": shown, "after": after})


@may("lab.see", "sampling.read")
@require_http_methods(["GET", "POST"])
def box(request: HttpRequest, code: str) -> HttpResponse:
    """One box: what came of its tubes, and what was in it beside its list.

    Whoever receives at its laboratory says here that it is unpacked.
    """
    actor = request.actor  # type: ignore[attr-defined]
    reckoned = queries.manifest_reckoned(code, by=actor)
    lab = reckoned.box.lab
    outcome = None
    if "close" in request.POST:
        outcome = commands.close_manifests([code], lab=lab, by=actor, at=clock.now())
        reckoned = queries.manifest_reckoned(code, by=actor)
    here = actor.may("lab.receive", organisation=lab)
    name = named([reckoned.box.closed_by, *(tube.who for tube in reckoned.tubes)])
    reason = reckoned.box.reason
    return render(
        request,
        "lab/box.html",
        {
            "box": reckoned.box,
            "why": gettext(WHY_SENT_ON[ReferralReason(reason)]) if reason else "",
            "closed_by": name(reckoned.box.closed_by),
            "parts": parts_of(reckoned, name),
            "missing": len(reckoned.missing),
            "may_close": here and reckoned.box.closed_at is None,
            "outcome": outcome,
        },
    )


def parts_of(
    reckoned: queries.Reckoned, name: Callable[[str | None], str]
) -> list[tuple[str, str, str, Sequence[tuple[queries.BoxTube, str]]]]:
    """The parts of a box: key, heading, tone and tubes with what is to be said of each."""
    found: list[tuple[str, str, str, Sequence[tuple[queries.BoxTube, str]]]] = []
    for key, title, tone, tubes in (
        ("missing", gettext("Missing"), "late", reckoned.missing),
        ("extra", gettext("Not on its list"), "warning", reckoned.extra),
        ("rejected", gettext("Rejected"), "warning", reckoned.rejected),
        ("elsewhere", gettext("Elsewhere, lost or expired"), "void", reckoned.elsewhere),
        ("received", gettext("Received"), "done", reckoned.received),
    ):
        if tubes:
            lines = [(replace(tube, who=name(tube.who)), detail_of(tube)) for tube in tubes]
            found.append((key, title, tone, lines))
    return found


def detail_of(tube: queries.BoxTube) -> str:
    """What is to be said of a tube: why it was rejected, how it looked, where it is."""
    words: Mapping[str, str] = {}
    if tube.standing == "rejected":
        words = {str(reason): text for reason, text in WHY_REJECTED.items()}
    elif tube.standing == "received":
        words = {str(condition): text for condition, text in CONDITIONS.items()}
    elif tube.standing == "extra" and tube.detail:
        return gettext("On the list of box %(box)s") % {"box": tube.detail}
    return gettext(words[tube.detail]) if tube.detail in words else tube.detail
