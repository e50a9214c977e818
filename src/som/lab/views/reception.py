"""Reception: every scan receives a tube, or opens the box that the next tubes come out of. No names."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from som.kernel import clock, ids
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome
from som.kernel.outcomes import gettext_noop as _
from som.lab import commands, queries
from som.lab.forms.arrivals import ArrivalForm
from som.lab.rules import Condition
from som.lab.views.boxes import CONDITIONS, detail_of
from som.lab.views.labs import where_one_works
from som.web.guard import may
from som.web.scanning import Scanned, codes_of, scanned

LOOKS = {Condition.GOOD: _("In good order")} | CONDITIONS
"""How the next tube scanned looks, as reception says it."""

SHOWN = 200
"""Codes of a box's part shown at the desk; the box's own page has all."""

AWAITED_SHOWN = 20
"""Boxes shown that are still to come; the list of boxes has all."""


@may("lab.receive")
@require_http_methods(["GET", "POST"])
def reception(request: HttpRequest) -> HttpResponse:
    """The desk at which boxes are unpacked: what is scanned is received, or refused at once."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    where = where_one_works(request, "lab.receive")
    lab = where.lab
    form = ArrivalForm(request.POST or None)
    found, status = None, 200
    box = request.POST.get("box", request.GET.get("box", "")).replace("\0", "").strip()
    if request.method == "POST" and form.is_valid():
        found, box = _received(codes_of(request), form, lab=lab, box=box, by=actor)
    elif request.method == "POST":
        status = 422
    context = {
        "where": where,
        "here": where.address("lab:reception"),
        "form": form,
        "scanned": found,
        "looks": [(str(one), gettext(words)) for one, words in LOOKS.items()],
        "box": _box(box, by=actor) if box else None,
        "last": _last(lab, by=actor) if not box else [],
    }
    if getattr(request, "htmx", False):
        response = render(request, "lab/reception.html#desk", context, status=status)
        at = {"lab": lab} | ({"box": box} if box else {})
        response.headers["HX-Replace-Url"] = f"{request.path}?{urlencode(at)}"
        return response
    awaited = queries.boxes_awaited(lab, by=actor, at=clock.now(), limit=AWAITED_SHOWN + 1)
    context["awaited"] = awaited[:AWAITED_SHOWN]
    context["more_awaited"] = len(awaited) > AWAITED_SHOWN
    return render(request, "lab/reception.html", context, status=status)


def unpacked(codes: Sequence[str], boxes: Collection[str], box: str) -> dict[str, str]:
    """The tubes of one sending, each with the box it came out of: a box's code begins it."""
    found: dict[str, str] = {}
    for code in codes:
        if code in boxes:
            box = code
        else:
            found[code] = box
    return found


def _received(
    codes: Sequence[str], form: ArrivalForm, *, lab: int, box: str, by: Actor
) -> tuple[Scanned | None, str]:
    """Receive what was scanned; what is said of it, and the box that is being unpacked now."""
    if not codes:
        return None, box
    said = form.cleaned_data
    look = Condition(said["condition"] or Condition.GOOD)
    # Our own tubes are known by their check digit: only other codes can be a box's.
    others = [code for code in codes if ids.tube_serial(code) is None]
    boxes = queries.box_codes(others, lab=lab, by=by) if others else frozenset()
    tubes = unpacked(codes, boxes, box)
    box = next((code for code in reversed(codes) if code in boxes), box)
    outcome: Outcome[str] = Outcome()
    if tubes:
        outcome = commands.receive_tubes(
            list(tubes),
            lab=lab,
            by=by,
            at=clock.now(),
            giver=said["giver"],
            seal=said["seal"],
            temperature=said["temperature"],
            boxes={code: opened for code, opened in tubes.items() if opened},
            conditions={} if look is Condition.GOOD else dict.fromkeys(tubes, look),
        )
    last = codes[-1]
    if last in boxes and not outcome.refused:
        words = gettext("Box opened: scan its tubes.")
        return Scanned(last, words, "working", done=len(outcome.done)), box
    found = scanned(outcome, list(tubes), done=_("Received"), again=_("Received before"))
    return _said(found, look, lab=lab, by=by), box


def _said(found: Scanned | None, look: Condition, *, lab: int, by: Actor) -> Scanned | None:
    """Besides: how the tube looked, and that it waits for its list."""
    if found is None or found.tone == "late":
        return found
    words = [found.words]
    if look is not Condition.GOOD and found.tone == "done":
        words.append(gettext(LOOKS[look]))
    if queries.waiting_for_list([found.code], lab=lab, by=by):
        words.append(gettext("waits for its list"))
    tone = "warning" if len(words) > 1 else found.tone
    return replace(found, words=" · ".join(words), tone=tone)


def _box(code: str, *, by: Actor) -> dict[str, object]:
    """The box that is being unpacked: its counts, what is missing and what was more than its list."""
    reckoned = queries.manifest_reckoned(code, by=by)
    return {
        "row": reckoned.box,
        "expected": reckoned.box.sent,
        "received": len(reckoned.received),
        "missing": [tube.code for tube in reckoned.missing[:SHOWN]],
        "missing_count": len(reckoned.missing),
        "extra": [(tube.code, detail_of(tube)) for tube in reckoned.extra[:SHOWN]],
        "extra_count": len(reckoned.extra),
        "otherwise": len(reckoned.rejected) + len(reckoned.elsewhere),
        "may_close": reckoned.box.received > 0 and reckoned.box.closed_at is None,
    }


def _last(lab: int, *, by: Actor) -> list[tuple[queries.LastReceived, str]]:
    """What was received last, with how it looked."""
    looks = {str(one): gettext(words) for one, words in CONDITIONS.items()}
    found = queries.last_received(lab, by=by)
    return [(one, looks.get(one.condition, "")) for one in found]
