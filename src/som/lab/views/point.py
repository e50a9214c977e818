"""The point of care: strips and cartridges begun, timed by the server's clock, and read. No names.

What was begun lies in the tray of whoever began it: the moment it was laid there is the moment the
test was begun. A strip is read within its kit's minutes; before them nothing is taken, after them it
is noted as invalid and asks for another strip.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refused
from som.lab import commands, queries
from som.lab.forms import CartridgeBegunForm, CartridgeForm, PointForm, StripForm
from som.lab.kits import Method
from som.lab.rules import (
    CODE,
    AntigenTest,
    CartridgeRead,
    DeviceRefusal,
    last_at,
    reading_state,
)
from som.lab.views.kits import PointKit, point_kits
from som.lab.views.wells import reason_words
from som.places import queries as places
from som.sampling.commands import lay_in_trays, take_from_trays
from som.sampling.queries import TrayLine, tray
from som.sampling.rules import Laid
from som.web.guard import may
from som.web.scanning import Scanned, codes_of

SET = "lab.point"
"""Where the session keeps what is set for the day."""

_BETWEEN = "|"


@dataclass(frozen=True, slots=True)
class Day:
    """What is set at a point for one day: which kit, which lot of it, and until when it may be used."""

    lab: int
    kit: str
    kit_lot: str
    expires: date
    instrument: str
    on: date


@dataclass(frozen=True, slots=True)
class Running:
    """A test that was begun and not read yet.

    `state`: waiting before the kit's minutes, ready in them, late after them; a cartridge runs.
    """

    code: str
    barcode: str
    kit: PointKit | None
    kit_lot: str
    started_at: datetime
    read_from: datetime | None
    read_until: datetime | None
    state: str
    form: StripForm | CartridgeForm


@dataclass(frozen=True, slots=True)
class Noted:
    """A test that was noted just now, and what came of it."""

    code: str
    value: str
    reason: str
    detail: str
    run: int


@may("lab.read_run")
@require_http_methods(["GET", "POST"])
def point(request: HttpRequest) -> HttpResponse:
    """Set the day's kit, begin a test with a scan, see what is due, and note what it shows."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = clock.now()
    today = now.astimezone(clock.LOCAL).date()
    kits = point_kits(today)
    labs = sorted(actor.organisations_for("lab.read_run") or ())
    day = _day_set(request, labs, kits, today)
    set_form = _set_form(request, labs, kits, day)
    shown: dict[str, Any] = {"scanned": None, "noted": None}
    if request.method == "POST" and "set" in request.POST:
        if set_form.is_valid():
            _remember(request, set_form, today)
            return redirect("lab:point")
    elif request.method == "POST" and day is not None:
        shown |= _acted(request, day, kits, actor, now)
    lines = tray(_desk(day.lab), by=actor) if day else []
    said = shown.pop("form", None)
    running = [_running(line, kits, now, said) for line in lines]
    names = places.organisations_by_id([day.lab]) if day else {}
    kit = kits[day.kit] if day else None
    part = "#desk" if getattr(request, "htmx", False) else ""
    return render(
        request,
        f"lab/point.html{part}",
        {
            "day": day,
            "kit": kit,
            "cartridge": kit is not None and kit.method is Method.CARTRIDGE,
            "lab": names[day.lab].name if day and day.lab in names else "",
            "set_form": set_form,
            "setting": day is None or "change" in request.GET or bool(set_form.errors),
            "begin_form": shown.pop("begin_form", None) or CartridgeBegunForm(),
            "running": running,
            "clock": now,
            **shown,
        },
    )


def _desk(lab: int) -> str:
    return f"point:{lab}"


def _day_set(
    request: HttpRequest, labs: Sequence[int], kits: Mapping[str, PointKit], today: date
) -> Day | None:
    """What was set today; None where nothing was, or where it holds no more."""
    kept = request.session.get(SET) or {}
    if kept.get("on") != today.isoformat() or kept.get("lab") not in labs:
        return None
    expires = date.fromisoformat(kept["expires"])
    if kept["kit"] not in kits or expires < today:
        return None
    return Day(kept["lab"], kept["kit"], kept["kit_lot"], expires, kept["instrument"], today)


def _set_form(
    request: HttpRequest, labs: Sequence[int], kits: Mapping[str, PointKit], day: Day | None
) -> PointForm:
    names = places.organisations_by_id(labs)
    initial = (
        {"lab": day.lab, "kit": day.kit, "kit_lot": day.kit_lot, "expires": day.expires}
        | {"instrument": day.instrument}
        if day
        else {}
    )
    return PointForm(
        request.POST if "set" in request.POST else None,
        labs=[(lab, names[lab].name if lab in names else "") for lab in labs],
        kits=[(kit.code, kit.name) for kit in kits.values()],
        today=clock.now().astimezone(clock.LOCAL).date(),
        initial=initial,
    )


def _remember(request: HttpRequest, form: PointForm, today: date) -> None:
    said = form.cleaned_data
    request.session[SET] = {
        "lab": said["lab"],
        "kit": said["kit"],
        "kit_lot": said["kit_lot"].strip(),
        "expires": said["expires"].isoformat(),
        "instrument": said["instrument"].strip(),
        "on": today.isoformat(),
    }


def _acted(
    request: HttpRequest, day: Day, kits: Mapping[str, PointKit], actor: Actor, now: datetime
) -> dict[str, Any]:
    """Do what a button of the desk asks for, and say what became of it."""
    if "note" in request.POST or "late" in request.POST:
        return _noted(request, day, kits, actor, now)
    if "drop" in request.POST:
        code = request.POST["drop"]
        take_from_trays([Laid(_desk(day.lab), code)], by=actor, at=now)
        return {
            "scanned": Scanned(code, gettext("Taken off the list; nothing was noted"), "waiting")
        }
    if kits[day.kit].method is Method.CARTRIDGE:
        form = CartridgeBegunForm(request.POST)
        if not form.is_valid():
            return {"begin_form": form}
        said = form.cleaned_data
        return {"scanned": _begun([said["tube"]], day, actor, now, barcode=said["barcode"])}
    return {"scanned": _begun(codes_of(request), day, actor, now)}


def _begun(
    codes: Sequence[str], day: Day, actor: Actor, now: datetime, *, barcode: str = ""
) -> Scanned | None:
    """Begin a test with each of these tubes, unless something forbids it."""
    if not codes:
        return None
    desk = _desk(day.lab)
    lying = {line.code for line in tray(desk, by=actor)}
    fresh = [code for code in codes if code not in lying]
    faults = queries.faults_of_beginning(fresh, kit_lot=day.kit_lot, lab=day.lab, by=actor, at=now)
    if barcode and not CODE.fullmatch(barcode):
        faults |= dict.fromkeys(fresh, (DeviceRefusal.BARCODE_UNREADABLE, barcode))
    laid = lay_in_trays(
        [
            Laid(desk, code, _BETWEEN.join((day.kit, day.kit_lot, barcode or code)))
            for code in fresh
            if code not in faults
        ],
        by=actor,
        at=now,
    )
    refused = [
        Refused(code, reason, "" if detail == code else detail)
        for code, (reason, detail) in faults.items()
    ]
    refused += [Refused(one.item.code, one.reason) for one in laid.refused]
    again = [code for code in codes if code in lying]
    if refused:
        last = refused[-1]
        words, tone, code = gettext(last.reason.sentence), "late", last.item
    elif laid.done:
        words, tone, code = gettext("Begun: the time is running"), "done", laid.done[-1].code
    else:
        words, tone, code = gettext("Is running already"), "waiting", again[-1]
    return Scanned(code, words, tone, refused, len(laid.done), len(again))


def _running(
    line: TrayLine,
    kits: Mapping[str, PointKit],
    now: datetime,
    said: StripForm | CartridgeForm | None,
) -> Running:
    """A line of the tray as a test under way; with what was said of it where that lacked something."""
    code, lot, barcode = [*line.place.split(_BETWEEN, 2), "", ""][:3]
    kit = kits.get(code)
    closed = kit is not None and kit.method is Method.CARTRIDGE
    read_from, read_until, state = None, None, "running"
    if kit is not None and kit.read_from is not None and kit.read_until is not None:
        read_from, read_until = line.laid_at + kit.read_from, line.laid_at + kit.read_until
        state = reading_state(now, read_from=read_from, read_until=read_until)
    again = said is not None and said.data.get("tube") == line.code
    form: StripForm | CartridgeForm = (
        said
        if again and said is not None
        else CartridgeForm(
            targets=kit.targets, initial={"tube": line.code}, auto_id=f"id_{line.code}_%s"
        )
        if kit is not None and closed
        else StripForm(initial={"tube": line.code}, auto_id=f"id_{line.code}_%s")
    )
    return Running(
        line.code,
        barcode if closed else "",
        kit,
        lot,
        line.laid_at,
        read_from,
        read_until,
        state,
        form,
    )


def _noted(
    request: HttpRequest, day: Day, kits: Mapping[str, PointKit], actor: Actor, now: datetime
) -> dict[str, Any]:
    """Note what a test shows: judged by the command, taken from the list where it was taken."""
    code = request.POST.get("tube", "")
    line = next((one for one in tray(_desk(day.lab), by=actor) if one.code == code), None)
    if line is None:
        return {"scanned": Scanned(code, gettext("Is not on the list any more"), "waiting")}
    one = _running(line, kits, now, None)
    if one.kit is None:
        return {"scanned": Scanned(code, gettext("Its kit is not in use any more"), "late")}
    outcome: Outcome[Any]
    if one.kit.method is Method.CARTRIDGE:
        form = CartridgeForm(request.POST, targets=one.kit.targets, auto_id=f"id_{code}_%s")
        if not form.is_valid():
            return {"form": form}
        outcome = _cartridge_read(form, one, day, actor, now)
    else:
        if one.state == "waiting":
            assert one.read_from is not None
            words = gettext("Too early: nothing was noted. Read it when its minutes are over")
            return {"scanned": Scanned(code, words, "late")}
        strip = StripForm(request.POST, auto_id=f"id_{code}_%s")
        if one.state == "ready" and not strip.is_valid():
            return {"form": strip}
        lines = strip.cleaned_data["lines"] if one.state == "ready" else ""
        test = AntigenTest(
            code,
            line.laid_at,
            now,
            control_line=lines in ("negative", "positive"),
            test_line=lines == "positive",
        )
        outcome = commands.read_antigen_tests(
            [test], lab=day.lab, kit=one.kit.code, kit_lot=one.kit_lot, by=actor, at=now
        )
    if outcome.refused:
        refused = [Refused(code, fault.reason, fault.detail) for fault in outcome.refused]
        return {"scanned": Scanned(code, gettext(refused[0].reason.sentence), "late", refused)}
    take_from_trays([Laid(_desk(day.lab), code)], by=actor, at=now)
    found = queries.last_device_verdict(code, lab=day.lab, by=actor)
    if found is None:
        return {}
    words = reason_words(found.reason)
    return {"noted": Noted(code, found.value, words, found.detail, found.run)}


def _cartridge_read(
    form: CartridgeForm, one: Running, day: Day, actor: Actor, now: datetime
) -> Outcome[CartridgeRead]:
    said = form.cleaned_data
    assert one.kit is not None
    ended = now
    if said["ended"] is not None:
        ended = last_at(said["ended"], before=now.astimezone(clock.LOCAL))
    given = CartridgeRead(
        one.code,
        one.barcode,
        form.readings(),
        one.started_at,
        ended,
        day.instrument,
        error=said["error"].strip(),
    )
    return commands.read_cartridges(
        [given], lab=day.lab, kit=one.kit.code, kit_lot=one.kit_lot, by=actor, at=now
    )
