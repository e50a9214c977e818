"""Desks where boxes and tubes are scanned: packing a box, handing several over, noting tubes lost or
kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods

from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refused
from som.kernel.outcomes import gettext_noop as _
from som.places import queries as places
from som.sampling import commands, queries
from som.sampling.forms.boxes import HandSeveralOverForm, KeptForm, SendBoxForm
from som.sampling.rules import StorageKind, fault_of_box_scanned, fault_of_packing
from som.sampling.views.boxes import desk_of
from som.sampling.views.trays import SHOWN, Fault, Tray, part_of
from som.web.guard import may
from som.web.scanning import codes_of, scanned


def tubes_judged(codes: Sequence[str], *, lab: int, by: Actor) -> Mapping[str, Fault]:
    """Which tubes do not go into a box to this laboratory, and why not."""
    now = clock.now()
    found = queries.tubes_to_pack(codes, by=by)
    faults: dict[str, Fault] = {}
    for code in codes:
        tube = found.get(code)
        if fault := fault_of_packing(tube, lab=lab, at=now):
            faults[code] = (fault, tube.manifest if tube is not None else "")
    return faults


@may("sampling.dispatch")
@require_http_methods(["GET", "POST"])
def pack_box(request: HttpRequest, session_id: int) -> HttpResponse:
    """Pack a session's next box: scan tubes into it, then close and send it.

    Tubes of other sessions of the same laboratory may travel with them.
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]
    session = queries.session(session_id, by=actor)
    actor.must("sampling.dispatch", unit=session.unit)
    tray = Tray(
        desk_of(session.code),
        actor,
        lambda codes: tubes_judged(codes, lab=session.lab, by=actor),
        done=_("In the box"),
        again=_("In the box already"),
        taken=_("Taken out of the box"),
    )
    now = clock.now()
    form, found, outcome = SendBoxForm.empty(now.astimezone(clock.LOCAL).date()), None, None
    if "send" in request.POST:
        form = SendBoxForm(request.POST)
        outcome = _sent(form, session, tray) if form.is_valid() else None
        if outcome is not None and not outcome.refused:
            said = ngettext(
                "%(count)d tube is on its way in box %(box)s.",
                "%(count)d tubes are on their way in box %(box)s.",
                len(outcome.held),
            )
            code = form.cleaned_data["code"]
            if outcome.held:
                messages.success(request, said % {"count": len(outcome.held), "box": code})
            return redirect("sampling:box", code)
    elif request.method == "POST":
        found = tray.act(request)
    return render(
        request,
        part_of(request, "sampling/box_pack.html"),
        {
            "session": session,
            "unit": places.units_by_id([session.unit])[session.unit],
            "lab": places.organisations_by_id([session.lab])[session.lab],
            "form": form,
            "scanned": found,
            "outcome": outcome,
            "lying": tray.lying(),
            "here": request.path,
        },
    )


def _sent(form: SendBoxForm, session: queries.SessionRow, tray: Tray) -> Outcome[str] | None:
    """Send what lies in the tray and may go; None where it cannot be sent so, with the reason in the
    form.

    What was sent leaves the tray, what was refused stays in it. Sent twice it is sent once.
    """
    codes = tray.codes()
    code = form.cleaned_data["code"]
    taken = queries.is_box_code_taken(code, by=tray.by)
    if not codes and taken:
        return Outcome()  # a second click: the box is on its way
    if not codes:
        form.add_error(None, gettext("There is no tube in the box yet: scan them first."))
        return None
    if taken:
        form.add_error("code", gettext("A box of this code was sent already: take another code."))
        return None
    manifest = form.manifest(session.unit, session.lab)
    faults = tray.judged(codes)
    going = [code for code in codes if code not in faults]
    outcome: Outcome[str] = Outcome(
        refused=[Refused(code, *fault) for code, fault in faults.items()]
    )
    if going:
        outcome += commands.dispatch_tubes(going, manifest=manifest, by=tray.by, at=clock.now())
    tray.take(outcome.held)
    return outcome


@may("sampling.dispatch")
@require_http_methods(["GET", "POST"])
def hand_over(request: HttpRequest) -> HttpResponse:
    """Hand several boxes over at once: scan them, then say who gives and who takes them."""
    actor: Actor = request.actor  # type: ignore[attr-defined]

    def judged(codes: Sequence[str]) -> Mapping[str, Fault]:
        boxes = queries.boxes_with_codes(codes, by=actor)
        come = {code: box.received for code, box in boxes.items()}
        return {code: (no, "") for code in codes if (no := fault_of_box_scanned(come.get(code)))}

    tray = Tray(
        "hand-over",
        actor,
        judged,
        done=_("To be handed over"),
        again=_("Scanned before"),
        taken=_("Not handed over"),
    )
    form, found, outcome = HandSeveralOverForm(), None, None
    if "send" in request.POST:
        form = HandSeveralOverForm(request.POST)
        outcome = _handed_over(form, tray) if form.is_valid() else None
        if outcome is not None and outcome.held and not outcome.refused:
            said = ngettext(
                "%(taker)s has %(count)d box now.",
                "%(taker)s has %(count)d boxes now.",
                len(outcome.held),
            )
            taker = form.cleaned_data["taker"]
            messages.success(request, said % {"taker": taker, "count": len(outcome.held)})
            return redirect("sampling:manifests")
    elif request.method == "POST":
        found = tray.act(request)
    return render(
        request,
        part_of(request, "sampling/boxes_hand_over.html"),
        {
            "form": form,
            "scanned": found,
            "outcome": outcome,
            "lying": tray.lying(),
            "here": request.path,
        },
    )


def _handed_over(form: HandSeveralOverForm, tray: Tray) -> Outcome[str] | None:
    """Note that what lies in the tray went on; None where nothing does, which the form then says."""
    now = clock.now()
    codes = tray.codes()
    if not codes:
        form.add_error(None, gettext("There is no box here yet: scan them first."))
        return None
    boxes = queries.boxes_with_codes(codes, by=tray.by)
    holders = {code: box.holder for code, box in boxes.items()}
    passed = [form.passed(code, now, holder=holders.get(code, "")) for code in codes]
    outcome = commands.hand_over_boxes(passed, by=tray.by, at=now)
    tray.take([one.manifest for one in outcome.held])
    return outcome.of(lambda one: one.manifest)


@may("sampling.dispatch")
@require_http_methods(["GET", "POST"])
def keep_tubes(request: HttpRequest) -> HttpResponse:
    """How tubes are kept at the station until a box takes them: each scan notes it at once."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    form, found = KeptForm(request.POST or None), None
    codes = codes_of(request) if request.method == "POST" else []
    if codes and form.is_valid():
        kind = StorageKind(form.cleaned_data["kind"])
        outcome = commands.store_tubes(
            codes,
            kind=kind,
            lab=None,
            by=actor,
            at=clock.now(),
            temperature=form.cleaned_data["temperature"],
        )
        said = {
            StorageKind.FRIDGE: _("In the fridge"),
            StorageKind.ROOM: _("Kept warm: it must be tested sooner"),
        }
        found = scanned(outcome, codes, done=said[kind], again=_("Noted before"))
    return render(
        request,
        part_of(request, "sampling/tubes_kept.html"),
        {
            "form": form,
            "scanned": found,
            "lines": queries.tubes_waiting_to_send(by=actor, at=clock.now(), limit=SHOWN),
        },
    )
