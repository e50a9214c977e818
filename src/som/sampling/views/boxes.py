"""Boxes: tubes packed by scanning, sent, handed over on their way, and where each box stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_http_methods

from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.outcomes import gettext_noop as _
from som.places import queries as places
from som.places.queries import OrganisationRow, UnitRow
from som.sampling import commands, queries
from som.sampling.forms.boxes import BoxesPagedForm, HandOverForm
from som.sampling.forms.words import CLASSES
from som.sampling.queries import BoxSent, Hand, WaitingSession
from som.sampling.rules import StorageKind, TubeClass, box_state, use_by_state
from som.web import printing
from som.web.guard import may
from som.web.paging import paged, written_key
from som.web.scanning import AT_ONCE, in_one_scan
from som.web.templatetags.som import moment

SESSIONS_SHOWN, BOXES_SHOWN, TUBES_SHOWN = 30, 30, 100

COLD = (Decimal(2), Decimal(8))
"""°C at which tubes travel: what is outside of it is pointed out, and sent all the same."""

KEPT = {
    StorageKind.FRIDGE: _("In the fridge"),
    StorageKind.ROOM: _("Kept warm"),
    StorageKind.FROZEN: _("Frozen"),
    StorageKind.THAWED: _("Thawed"),
}

STEPS = {
    "sent": _("Packed and sent"),
    "carried": _("Handed over"),
    "received": _("Received at the laboratory"),
}


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A session whose tubes wait to be sent, with where from and to and how many lie in its box."""

    row: WaitingSession
    unit: UnitRow
    lab: OrganisationRow
    packed: int
    use_by_state: str


@dataclass(frozen=True, slots=True)
class BoxLine:
    """A box with where from and to, and where it stands."""

    row: BoxSent
    unit: UnitRow
    lab: OrganisationRow
    state: str
    missing: int


def box_line(row: BoxSent, units: dict[int, UnitRow], labs: dict[int, OrganisationRow]) -> BoxLine:
    """A box as it stands in a list."""
    state = box_state(
        sent=row.sent, received=row.received, gone=row.gone, unpacked=row.closed_at is not None
    )
    return BoxLine(row, units[row.unit], labs[row.lab], state, row.sent - row.received - row.gone)


def desk_of(session: str) -> str:
    """The tray in which the tubes of a session's next box lie."""
    return f"box:{session}"


@may("sampling.dispatch", "sampling.read")
@require_GET
def manifests(request: HttpRequest) -> HttpResponse:
    """What waits here to be sent, most urgent first, and the boxes sent, the last first."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = clock.now()
    form = BoxesPagedForm(request.GET)
    before = form.cleaned_data["after"] if form.is_valid() else None
    packs = actor.may("sampling.dispatch")
    waiting = (
        queries.sessions_waiting_to_send(by=actor, at=now, limit=SESSIONS_SHOWN + 1)
        if packs and before is None
        else []
    )
    found = queries.boxes_sent(by=actor, before=before, limit=BOXES_SHOWN + 1)
    boxes, after = paged(found, BOXES_SHOWN, lambda one: written_key(one.sent_at, one.id))
    units = places.units_by_id({one.unit for one in waiting} | {one.unit for one in boxes})
    labs = places.organisations_by_id({one.lab for one in waiting} | {one.lab for one in boxes})
    trays = queries.trays_beginning("box:", by=actor) if waiting else {}
    return render(
        request,
        "sampling/boxes.html",
        {
            "waiting": [
                WaitingLine(
                    one,
                    units[one.unit],
                    labs[one.lab],
                    trays.get(desk_of(one.code), 0),
                    use_by_state(one.use_by_at, at=now),
                )
                for one in waiting[:SESSIONS_SHOWN]
            ],
            "more_waiting": len(waiting) > SESSIONS_SHOWN,
            "packs": packs,
            "first": before is None,
            "boxes": [box_line(one, units, labs) for one in boxes],
            "after": after,
        },
    )


@may("sampling.dispatch")
@require_GET
def waiting_tubes(request: HttpRequest) -> HttpResponse:
    """The tubes not yet sent, nearest use-by first: all here, or those of one session."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = clock.now()
    form = BoxesPagedForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {"session": None, "after": None}
    found = queries.tubes_waiting_to_send(
        by=actor, at=now, session_id=asked["session"], after=asked["after"], limit=TUBES_SHOWN + 1
    )
    shown, after = paged(found, TUBES_SHOWN, lambda one: written_key(one.use_by_at, one.id))
    return render(
        request,
        "sampling/tubes_waiting.html",
        {
            "lines": [
                (
                    tube,
                    CLASSES[TubeClass(tube.tube_class)]
                    if tube.tube_class != TubeClass.SCREENING
                    else "",
                    KEPT[StorageKind(tube.kept)] if tube.kept else "",
                    use_by_state(tube.use_by_at, at=now),
                )
                for tube in shown
            ],
            "session": queries.session(asked["session"], by=actor) if asked["session"] else None,
            "after": after,
        },
    )


@dataclass(frozen=True, slots=True)
class StepShown:
    """A pair of hands a box went through, in the words of the page."""

    at: datetime
    title: str
    detail: str
    tone: str = "done"


def degrees(temperature: Decimal) -> str:
    """A temperature as read in the language of the page: 4,5 °C."""
    return f"{number_format(temperature, 1)} °C"


def step_shown(hand: Hand, of: int) -> StepShown:
    """Who gave to whom, how packed; how many tubes where not all of the box took the step."""
    said = [" → ".join(name for name in (hand.giver, hand.taker) if name)]
    if hand.seal:
        said.append(gettext("seal %(seal)s") % {"seal": hand.seal})
    if hand.temperature is not None:
        said.append(degrees(hand.temperature))
    if hand.tubes != of:
        said.append(
            ngettext("%(count)d tube", "%(count)d tubes", hand.tubes) % {"count": hand.tubes}
        )
    warm = hand.temperature is not None and not COLD[0] <= hand.temperature <= COLD[1]
    title = gettext(STEPS[hand.step])
    return StepShown(hand.handed_at, title, " · ".join(said), "warning" if warm else "done")


@may("sampling.read")
@require_http_methods(["GET", "POST"])
def box(request: HttpRequest, code: str) -> HttpResponse:
    """One box: where it stands, through whose hands it went, its tubes; who takes it next."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row = queries.box_sent(code, by=actor)
    hands_over = actor.may("sampling.dispatch", unit=row.unit)
    form = HandOverForm(request.POST or None, initial={"giver": row.holder})
    if request.method == "POST" and hands_over and form.is_valid():
        passed = form.passed(code, clock.now(), holder=row.holder)
        if (passed.giver.strip(), passed.taker.strip()) == _last_hands(code, actor):
            messages.info(request, gettext("This was noted already."))
            return redirect("sampling:box", code)
        outcome = commands.hand_over_boxes([passed], by=actor, at=passed.handed_at)
        for one in outcome.refused:
            form.add_error(None, gettext(one.reason.sentence))
        if outcome.held:
            messages.success(
                request, gettext("%(taker)s has the box now.") % {"taker": passed.taker}
            )
            return redirect("sampling:box", code)
    after = request.GET.get("after", "")[:60].replace("\0", "")
    found = queries.tubes_in_box(code, by=actor, after=after, limit=TUBES_SHOWN + 1)
    tubes, further = paged(found, TUBES_SHOWN, lambda one: one.code)
    line = box_line(row, places.units_by_id([row.unit]), places.organisations_by_id([row.lab]))
    under_way = line.state == "box_under_way"
    return render(
        request,
        "sampling/box_sent.html",
        {
            "line": line,
            "box": row,
            "steps": [step_shown(hand, row.sent) for hand in queries.hands_of_box(code, by=actor)],
            "lines": tubes,
            "after": further,
            "form": form if hands_over and under_way else None,
            "missing": queries.missing_from_box(code, by=actor)
            if hands_over and line.state == "box_incomplete"
            else [],
            "qr": SafeString(printing.qr(code)),
        },
    )


def _last_hands(code: str, actor: Actor) -> tuple[str, str]:
    """Between whom the box was handed over last: the same again is a second click."""
    carried = [hand for hand in queries.hands_of_box(code, by=actor) if hand.step == "carried"]
    return (carried[-1].giver, carried[-1].taker) if carried else ("", "")


IN_A_BLOCK = 15
"""Tubes in one QR code of a list at most, so that whoever scans it sees at a glance what it holds."""


def _blocks(tubes: Sequence[queries.BoxTube]) -> list[list[queries.BoxTube]]:
    """The tubes of a list in blocks, each of them no longer than what a desk takes in one scan."""
    blocks: list[list[queries.BoxTube]] = []
    room = 0
    for tube in tubes:
        room -= len(tube.code) + 1
        if not blocks or room < 0 or len(blocks[-1]) == IN_A_BLOCK:
            blocks.append([])
            room = AT_ONCE - len(tube.code)
        blocks[-1].append(tube)
    return blocks


@may("sampling.read", "lab.see")
@require_GET
def manifest_paper(request: HttpRequest, code: str) -> HttpResponse:
    """The list that travels with a box, for whoever sees where it came from or goes to."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    box = queries.box_sent(code, by=actor)
    paper = paper_of_box(box, queries.tubes_in_box(code, by=actor))
    return printing.answer(request, f"box-{code}", paper)


def paper_of_box(box: BoxSent, tubes: Sequence[queries.BoxTube]) -> bytes:
    """The list of a box as a PDF."""
    return printing.pdf("sampling/boxes.typ", list_of_box(box, tubes))


def list_of_box(box: BoxSent, tubes: Sequence[queries.BoxTube]) -> dict[str, Any]:
    """What is printed on the list of a box: its code, its tubes, and QR codes of both to be scanned."""
    unit = places.units_by_id([box.unit])[box.unit]
    labs = places.organisations_by_id({box.lab, box.from_lab or box.lab})
    source = labs[box.from_lab].name if box.from_lab else unit.path
    temperature = degrees(box.temperature) if box.temperature is not None else "–"
    return {
        "title": gettext("List of a box of tubes"),
        "code": box.code,
        "qr": printing.qr(box.code),
        "facts": [
            [gettext("From"), source],
            [gettext("To"), labs[box.lab].name],
            [gettext("Sent"), moment(box.sent_at)],
            [gettext("Handed over by"), box.giver],
            [gettext("Who takes it"), box.taker or "–"],
            [gettext("Seal"), box.seal or "–"],
            [gettext("Temperature"), temperature],
            [gettext("Tubes"), str(len(tubes))],
            [gettext("Swabs in them"), str(sum(tube.swabs for tube in tubes))],
        ],
        "how": gettext(
            "Scan the code of the box, or each block to receive its tubes at once. × is the number of"
            " swabs in a tube of several people."
        ),
        "blocks": [
            {
                "qr": printing.qr(in_one_scan([tube.code for tube in block])),
                "tubes": [
                    {
                        "code": tube.code,
                        "pool": f"×{tube.swabs}" if tube.swabs > 1 else "",
                        "class": gettext(CLASSES[TubeClass(tube.tube_class)])
                        if tube.tube_class != TubeClass.SCREENING
                        else "",
                    }
                    for tube in block
                ],
            }
            for block in _blocks(tubes)
        ],
        "signs": [
            gettext("Who gives it"),
            gettext("Who takes it"),
            gettext("Laboratory reception"),
        ],
    }
