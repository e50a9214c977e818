"""The fridge: what a laboratory holds untested, nearest use-by first, and how it is kept. No names."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.outcomes import gettext_noop as _
from som.lab import queries
from som.lab.forms.arrivals import FridgeForm, StoreForm
from som.lab.views.boxes import CONDITIONS
from som.lab.views.labs import where_one_works
from som.sampling.commands import store_tubes
from som.sampling.rules import USE_BY_NEAR, StorageKind, use_by_state
from som.web.guard import may
from som.web.paging import paged, written_key
from som.web.scanning import Scanned, codes_of, scanned

SHOWN = 100

KEPT = {
    StorageKind.FRIDGE: _("In the fridge, 2 to 8 °C"),
    StorageKind.FROZEN: _("Frozen, -70 °C or colder"),
    StorageKind.THAWED: _("Thawed, 2 to 8 °C"),
    StorageKind.ROOM: _("Warmer than a fridge"),
}
"""How tubes are kept, as the fridge's page says it."""


@may("lab.receive")
@require_http_methods(["GET", "POST"])
def fridge(request: HttpRequest) -> HttpResponse:
    """What is held and until when it may be tested; what is scanned is kept as chosen from now on."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    where = where_one_works(request, "lab.receive")
    lab = where.lab
    form = StoreForm(request.POST or None)
    found, status = None, 200
    if request.method == "POST" and form.is_valid():
        found = _stored(request, form, lab=lab, by=actor)
    elif request.method == "POST":
        status = 422
    context = {
        "where": where,
        "here": where.address("lab:fridge"),
        "form": form,
        "kinds": [(str(one), gettext(words)) for one, words in KEPT.items()],
        "kind": request.POST.get("kind") or str(StorageKind.FRIDGE),
        "scanned": found,
    } | _held(request, lab, clock.now(), by=actor)
    if getattr(request, "htmx", False):
        return render(request, "lab/fridge.html#desk", context, status=status)
    return render(request, "lab/fridge.html", context, status=status)


def _stored(request: HttpRequest, form: StoreForm, *, lab: int, by: Actor) -> Scanned | None:
    """Note how what was scanned is kept from now on; what is said of it."""
    codes = codes_of(request)
    kind = StorageKind(form.cleaned_data["kind"])
    outcome = store_tubes(
        codes,
        kind=kind,
        lab=lab,
        by=by,
        at=clock.now(),
        temperature=form.cleaned_data["temperature"],
    )
    return scanned(outcome, codes, done=KEPT[kind], again=KEPT[kind])


def _held(request: HttpRequest, lab: int, now: datetime, *, by: Actor) -> dict[str, object]:
    """One page of what is held, and how much there is of each part."""
    asked = FridgeForm(request.GET)
    part, after = "", None
    if asked.is_valid():
        part, after = asked.cleaned_data["part"], asked.cleaned_data["after"]
    near = now + USE_BY_NEAR
    tubes = queries.fridge_tubes(
        lab, by=by, now=now, near=near, part=part, after=after, limit=SHOWN + 1
    )
    shown, following = paged(tubes, SHOWN, lambda tube: written_key(tube.use_by_at, tube.id))
    looks = {str(one): gettext(words) for one, words in CONDITIONS.items()}
    return {
        "part": part,
        "after": following,
        "counts": queries.fridge_counts(lab, by=by, now=now, near=near),
        "tubes": [
            (
                tube,
                use_by_state(tube.use_by_at, at=now),
                looks.get(tube.condition, ""),
                gettext(KEPT[StorageKind(tube.kept)]) if tube.kept else "",
            )
            for tube in shown
        ],
    }
