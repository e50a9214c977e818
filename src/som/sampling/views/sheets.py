"""Numbered paper sheets: which are to be read, those of a session, printing them, voiding one."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.ids import printed_slip_code
from som.places import queries as places
from som.sampling import commands, queries
from som.sampling.forms import PrintSheetsForm, SheetsRangeForm, SheetVoidForm
from som.sampling.queries import SheetToPrint
from som.sampling.rules import SheetRefusal
from som.web import printing
from som.web.fields import PagedForm
from som.web.guard import may
from som.web.paging import paged, written_key

SHEETS_SHOWN = 50


@may("sampling.record")
@require_GET
def sheets(request: HttpRequest) -> HttpResponse:
    """The paper sheets of one's open sessions that two people have not read alike yet."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    form = PagedForm(request.GET)
    before = form.cleaned_data["after"] if form.is_valid() else None
    found = queries.sheets_to_read(by=actor, before=before, limit=SHEETS_SHOWN + 1)
    shown, after = paged(found, SHEETS_SHOWN, lambda one: written_key(one.printed_at, one.id))
    units = places.units_by_id([one.unit for one in shown])
    return render(
        request,
        "sampling/sheets.html",
        {"lines": [(one, units[one.unit]) for one in shown], "after": after},
    )


@may("sampling.record")
@require_http_methods(["GET", "POST"])
def session_sheets(request: HttpRequest, session_id: int) -> HttpResponse:
    """The paper sheets of a session, and the printing of more."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    at = clock.now()
    row = queries.session(session_id, by=actor)
    if not actor.may("sampling.record", unit=row.unit):
        raise Http404
    form = None
    in_hand = sum(one.in_hand for one in queries.label_accounts(session_id, by=actor))
    if row.closed_at is None:
        pool_size = queries.session_to_record(session_id, by=actor).pool_size
        form = PrintSheetsForm(
            request.POST or None,
            pool_size=pool_size,
            initial={
                "number": queries.next_sheet(session_id, by=actor),
                "how_many": 1,
                "lines": "12",
                "tubes": in_hand > 0,
            },
        )
        if request.method == "POST" and form.is_valid() and _printed(request, form, row, at):
            first = form.cleaned_data["number"]
            last = first + form.cleaned_data["how_many"] - 1
            here = reverse("sampling:session_sheets", args=[session_id])
            return redirect(f"{here}?first={first}&last={last}")
    made = SheetsRangeForm(request.GET)
    return render(
        request,
        "sampling/session_sheets.html",
        {
            "session": row,
            "unit": places.units_by_id([row.unit])[row.unit],
            "sheets": queries.sheets(session_id, by=actor),
            "form": form,
            "in_hand": in_hand,
            "made": made.cleaned_data if made.is_valid() else None,
        },
    )


def _printed(
    request: HttpRequest, form: PrintSheetsForm, session: queries.SessionRow, at: datetime
) -> bool:
    """Note the sheets as printed; False where they are refused, with the reason in the form."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    tubes: list[str] = []
    if form.cleaned_data["tubes"]:
        needed = form.tubes_needed
        tubes = queries.labels_for_sheets(
            session.id, first=form.cleaned_data["first"], most=needed, by=actor
        )
        if len(tubes) < needed:
            words = ngettext(
                "%(needed)d label is needed, and %(found)d is free from there on.",
                "%(needed)d labels are needed, and %(found)d are free from there on.",
                needed,
            )
            form.add_error("first", words % {"needed": needed, "found": len(tubes)})
            return False
    wanted = form.sheets(tubes)
    outcome = commands.print_sheets(wanted, session=session.code, by=actor, at=at)
    if all(one.reason is SheetRefusal.NUMBER_TAKEN for one in outcome.refused):
        # Sent twice: the slips were drawn anew, the sheets of these numbers are there already.
        if len(outcome.refused) == len(wanted):
            messages.info(request, gettext("These numbers were printed already: here they are."))
            return True
        if not outcome.refused:
            words = ngettext(
                "%(count)d sheet is ready to be printed.",
                "%(count)d sheets are ready to be printed.",
                len(wanted),
            )
            messages.success(request, words % {"count": len(wanted)})
            return True
    for one in outcome.refused:
        number = one.reason is SheetRefusal.NUMBER_TAKEN
        words = f"{gettext(one.reason.sentence)} {one.detail}".strip()
        form.add_error("number" if number else "first", words)
    return False


@may("sampling.record")
@require_GET
def print_sheets(request: HttpRequest, session_id: int) -> HttpResponse:
    """Sheets of a session as a PDF, one a page, with a slip to be torn off each line."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row = queries.session(session_id, by=actor)
    form = SheetsRangeForm(request.GET)
    if not form.is_valid():
        raise Http404
    asked = form.cleaned_data
    found = queries.sheets_to_print(
        session_id, first=asked["first"], last=asked["last"], by=actor, at=clock.now()
    )
    if not found:
        raise Http404
    look_up = printing.address(request, "results:look_up")
    unit = places.units_by_id([row.unit])[row.unit]
    return printing.answer(
        request,
        f"sheets-{row.code}-{found[0].number}",
        printing.pdf(
            "sampling/sheets.typ",
            {
                "words": _words(),
                "session": row.code,
                "place": row.place,
                "unit": unit.path,
                "campaign": row.campaign,
                "address": look_up.partition("://")[2],
                "sheets": [_sheet(one, look_up) for one in found],
            },
        ),
    )


def _sheet(one: SheetToPrint, look_up: str) -> dict[str, object]:
    return {
        "number": one.number,
        "lines": [
            {
                "tube": line.tube,
                "tube_qr": printing.qr(line.tube) if line.tube else "",
                "slip": printed_slip_code(line.slip),
                "slip_qr": printing.qr(f"{look_up}#{line.slip}") if line.slip else "",
            }
            for line in one.lines
        ],
    }


def _words() -> dict[str, str]:
    """What stands on a sheet, in the language of the page."""
    return {
        "title": gettext("Numbered tube sheet"),
        "number": gettext("Sheet"),
        "day": gettext("Day"),
        "team": gettext("Team"),
        "swabs": gettext("Who swabs"),
        "writes": gettext("Who writes"),
        "tube": gettext("Tube"),
        "time": gettext("Time"),
        "name": gettext("Name"),
        "birth": gettext("Born"),
        "sex": gettext("Sex"),
        "id": gettext("Identity number"),
        "phone": gettext("Telephone"),
        "address": gettext("Address"),
        "why": gettext("Why"),
        "slip": gettext("Slip, to be torn off"),
        "look_up": gettext("Result at"),
        "foot": gettext(
            "A line that stays empty is struck out. Why: S symptoms, C contact; each of these alone"
            " in a tube. The sheet is a paper with names: bring every one back, used or not."
        ),
    }


@may("sampling.record")
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("witness_password")
def void_sheet(request: HttpRequest, session_id: int) -> HttpResponse:
    """Say that a sheet will not be entered: unused, damaged, or lost, which two people say."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row = queries.session(session_id, by=actor)
    if row.closed_at is not None or not actor.may("sampling.record", unit=row.unit):
        raise Http404
    form = SheetVoidForm(
        request.POST or None,
        initial={"number": request.GET.get("sheet", "")[:9]},
        request=request,
    )
    if request.method == "POST" and form.is_valid():
        outcome = commands.void_sheets(
            [form.void()], session=row.code, witness=form.second, by=actor, at=clock.now()
        )
        for one in outcome.refused:
            by_witness = one.reason in (SheetRefusal.WITNESS, SheetRefusal.WITNESS_STRANGE)
            form.add_error("witness" if by_witness else "number", gettext(one.reason.sentence))
        if outcome.held:
            messages.success(
                request,
                gettext("Sheet %(number)d will not be entered.")
                % {"number": form.cleaned_data["number"]},
            )
            return redirect("sampling:session_sheets", session_id)
    return render(
        request,
        "sampling/sheet_void.html",
        {"session": row, "form": form, "unit": places.units_by_id([row.unit])[row.unit]},
    )
