"""Lists sent in as files: sending, the preview, how far the worker is, what became of each row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import PurePath

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from som.access.queries import full_names
from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.outcomes import gettext_noop as _
from som.places import queries as places
from som.places.queries import UnitRow
from som.sampling import queries
from som.sampling.commands import confirm_lists, drop_lists, receive_lists
from som.sampling.forms.lists import RowsForm, SendForm
from som.sampling.forms.words import REASONS
from som.sampling.lists import LAYOUTS, OWN, Purpose, write_template
from som.sampling.queries.imports import REASONS as REASONS_KEPT
from som.sampling.rules import RequestReason
from som.sampling.rules.imports import ListPurpose, ListState, veiled
from som.sampling.work import wake_for_lists
from som.web.fields import PagedForm
from som.web.guard import may
from som.web.paging import paged, written_key

LISTS_SHOWN = 50
ROWS_SHOWN = 100
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

TEMPLATES = ("som_roster", "som_swabs")
"""Our own layouts that may be downloaded."""

PURPOSES = {
    ListPurpose.ROSTER: _("People to be swabbed"),
    ListPurpose.SWABS: _("Swabs taken"),
    ListPurpose.RESULTS: _("Results of another laboratory"),
}

# What would happen to a row and what did, in the words of the list's purpose, with a tone.
_VERDICTS = {
    (ListPurpose.ROSTER, "new"): ("working", _("New: is registered and asked for")),
    (ListPurpose.ROSTER, "known"): ("working", _("Known: is asked for")),
    (ListPurpose.ROSTER, "unchanged"): ("waiting", _("Is asked for already")),
    (ListPurpose.ROSTER, "done"): ("done", _("Is asked for")),
    (ListPurpose.SWABS, "new"): ("working", _("Swab of somebody new")),
    (ListPurpose.SWABS, "known"): ("working", _("Swab of somebody known")),
    (ListPurpose.SWABS, "unchanged"): ("waiting", _("Is recorded already")),
    (ListPurpose.SWABS, "done"): ("done", _("Recorded")),
    (ListPurpose.RESULTS, "new"): ("working", _("Not a tube of yours")),
    (ListPurpose.RESULTS, "unchanged"): ("waiting", _("No result yet")),
    (ListPurpose.RESULTS, "known"): ("working", _("By your tube")),
}
_LAYOUTS = {layout.kind: layout for layout in (*LAYOUTS, *OWN)}
_WRITTEN = {
    Purpose.ROSTER: _("The file is a list of people to be swabbed: it names no tubes."),
    Purpose.SWABS: _("The file is a list of swabs taken: it names the tube of each person."),
    Purpose.RESULTS: _("The file is a list of results."),
    Purpose.CASES: _("The file is a list of reported cases."),
    Purpose.ARRIVALS: _("The file is a list of arrivals."),
}
"""What a file is that was sent as another kind of list."""
_REFUSED = ("late", _("Refused"))
_UNSEEN = ("waiting", _("Not looked at yet"))

_RESULTS = {
    "positive": _("Positive"),
    "negative": _("Negative"),
    "inconclusive": _("Inconclusive"),
    "suspected": _("Suspected positive"),
    "invalid": _("Invalid"),
    "resample": _("To be swabbed again"),
    "unfit": _("Specimen unfit"),
    "not_tested": _("Not tested"),
    "pending": _("Not known yet"),
}


def _today() -> date:
    return clock.now().astimezone(clock.LOCAL).date()


def _said(code: str) -> str:
    """A reason or caution in words; one no longer known stands as it is kept."""
    return gettext(REASONS_KEPT[code].sentence) if code in REASONS_KEPT else code


@dataclass(frozen=True, slots=True)
class RowShown:
    """A row in the words of the page."""

    line: queries.ListRowLine
    tone: str
    verdict: str
    reason: str
    detail: str
    cautions: tuple[str, ...]
    home: str
    result: str
    days: int | None
    """How many days ago the person was swabbed."""


def _row_shown(
    line: queries.ListRowLine, row: queries.ListLine, units: Mapping[int, UnitRow], today: date
) -> RowShown:
    state = line.outcome or line.verdict
    tone, words = _VERDICTS.get((row.purpose, state), _REFUSED if state else _UNSEEN)
    detail = veiled(line.detail)
    reason = _said(line.reason)
    if state == "unchanged" and detail:
        reason, detail = gettext("The same person as in row %(row)s.") % {"row": detail}, ""
    lives = units.get(line.residence) if line.residence is not None else None
    home = lives.path if lives else ""
    result = ""
    if line.said is not None:
        home = home or ", ".join(filter(None, reversed(line.said.residence)))
        result = gettext(_RESULTS[line.said.result]) if line.said.result else ""
    days = None
    if line.swabbed_at is not None:
        days = (today - line.swabbed_at.astimezone(clock.LOCAL).date()).days
    return RowShown(
        line,
        tone,
        gettext(words),
        reason,
        detail,
        tuple(_said(code) for code in line.cautions),
        home,
        result,
        days,
    )


def _written_as(row: queries.ListLine) -> str:
    """What kind of list the file is, where it was sent as another kind."""
    layout = _LAYOUTS.get(row.kind)
    if layout is None or layout.purpose.value == row.purpose.value:
        return ""
    return gettext(_WRITTEN[layout.purpose])


def _state(row: queries.ListLine) -> str:
    """The key of a list's state in the table of states."""
    return f"list_{row.state}"


@may("sampling.read")
@require_GET
def lists(request: HttpRequest) -> HttpResponse:
    """The lists that were sent for one's units, newest first."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    form = PagedForm(request.GET)
    found = queries.lists_sent(
        by=actor,
        before=form.cleaned_data["after"] if form.is_valid() else None,
        limit=LISTS_SHOWN + 1,
    )
    shown, after = paged(found, LISTS_SHOWN, lambda one: written_key(one.sent_at, one.id))
    units = places.units_by_id([one.unit for one in shown])
    return render(
        request,
        "sampling/lists.html",
        {
            "lines": [
                (one, units[one.unit], gettext(PURPOSES[one.purpose]), _state(one)) for one in shown
            ],
            "names": full_names({one.sent_by for one in shown}),
            "after": after,
            "sends": _sends(actor),
        },
    )


def _sends(actor: Actor) -> bool:
    """Whether this actor may send lists in."""
    return actor.may("people.register") and (
        actor.may("sampling.request") or actor.may("sampling.record")
    )


def _own_units(actor: Actor, on: date) -> list[UnitRow]:
    """The units the actor answers for, without those below one of them."""
    held = actor.units_for("people.register")
    if held is None:
        return places.provinces(on)
    found = places.units_in_force(held, on)
    inside = {unit.id for unit in found}
    return [unit for unit in found if unit.parent_id not in inside]


@may("sampling.request", "sampling.record")
@require_http_methods(["GET", "POST"])
def send_list(request: HttpRequest) -> HttpResponse:
    """Send a list in: the file, and what it is for. Nothing is done before it is confirmed."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    at, today = clock.now(), _today()
    units = _own_units(actor, today)
    form = SendForm(
        request.POST or None,
        request.FILES or None,
        targets=queries.list_targets(by=actor, on=today),
        units=units,
        initial={"target": request.GET.get("for", ""), "due_on": today + timedelta(days=1)},
    )
    if request.method == "POST" and form.is_valid():
        sent = form.sent()
        unit = form.cleaned_data["unit"]
        if sent.session is not None:
            unit = queries.session_unit(sent.session, by=actor) or unit
        outcome = receive_lists([sent], unit=unit, by=actor, at=at)
        form.say(outcome.refused)
        if outcome.held:
            wake_for_lists()
            if outcome.unchanged:
                messages.info(request, gettext("This very file is under way already: here it is."))
            return redirect("sampling:list", outcome.held[0].list_id)
    return render(request, "sampling/list_new.html", {"form": form})


@may("sampling.read")
@require_GET
def sent_list(request: HttpRequest, list_id: int) -> HttpResponse:
    """One list: how far it is, what would happen to each row, or what became of it."""
    actor, at = request.actor, clock.now()  # type: ignore[attr-defined]
    row = queries.list_sent(list_id, by=actor)
    if row.state is ListState.DROPPED:
        raise Http404
    form = RowsForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    only: str = asked.get("only", "")
    after: int = -1 if asked.get("after") is None else asked["after"]
    ready = row.state not in (ListState.WAITING, ListState.READ, ListState.UNREADABLE)
    found = (
        queries.list_rows(list_id, by=actor, at=at, only=only, after=after, limit=ROWS_SHOWN + 1)
        if ready
        else []
    )
    shown, following = paged(found, ROWS_SHOWN, lambda one: one.place)
    today = _today()
    units = places.units_by_id([one.residence for one in shown if one.residence is not None])
    unit = places.units_by_id([row.unit])[row.unit]
    acts = row.purpose is not ListPurpose.RESULTS and actor.may(
        row.purpose.permission, unit=row.unit
    )
    counts = (queries.list_counts(list_id, by=actor) or queries.ListCounts()) if ready else None
    as_it_is = counts.unchanged if counts and row.state is ListState.PREVIEWED else 0
    return render(
        request,
        "sampling/list.html",
        {
            "list": row,
            "state": _state(row),
            "names": full_names([row.sent_by, row.confirmed_by]),
            "unit": unit,
            "purpose": gettext(PURPOSES[row.purpose]),
            "reason": gettext(REASONS[RequestReason(row.reason)]) if row.reason else "",
            "layout": gettext(_LAYOUTS[row.kind].name) if row.kind in _LAYOUTS else row.kind,
            "written_as": _written_as(row),
            "fault": _said(row.fault),
            "counts": counts,
            "lines": [_row_shown(one, row, units, today) for one in shown],
            "only": only,
            "after": following,
            "several_sheets": any(one.sheet for one in shown),
            "confirmable": acts
            and row.state in (ListState.PREVIEWED, ListState.STOPPED)
            and (row.rows or 0) > row.accounted,
            "takes_results": row.purpose is ListPurpose.RESULTS
            and actor.may("results.receive_reports"),
            "droppable": actor.may(row.purpose.permission, unit=row.unit)
            and row.state
            in (ListState.WAITING, ListState.READ, ListState.PREVIEWED, ListState.UNREADABLE),
            "to_take_in": (row.rows or 0) - row.accounted - as_it_is,
        },
    )


@may("sampling.read")
@require_GET
def list_progress(request: HttpRequest, list_id: int) -> HttpResponse:
    """How far the worker is with a list; when it is done, the page is shown anew."""
    row = queries.list_sent(list_id, by=request.actor)  # type: ignore[attr-defined]
    response = render(request, "sampling/list.html#progress", {"list": row, "state": _state(row)})
    if not row.state.at_work:
        response.headers["HX-Refresh"] = "true"
    return response


@may("sampling.request", "sampling.record")
@require_POST
def confirm_list(request: HttpRequest, list_id: int) -> HttpResponse:
    """Let a list be taken in as its preview says."""
    actor, at = request.actor, clock.now()  # type: ignore[attr-defined]
    outcome = confirm_lists([list_id], by=actor, at=at)
    for refused in outcome.refused:
        messages.error(request, gettext(refused.reason.sentence))
    if outcome.done:
        wake_for_lists()
    return redirect("sampling:list", list_id)


@may("sampling.request", "sampling.record", "sampling.read")
@require_POST
def drop_list(request: HttpRequest, list_id: int) -> HttpResponse:
    """Forget a list that was not taken in."""
    actor, at = request.actor, clock.now()  # type: ignore[attr-defined]
    outcome = drop_lists([list_id], by=actor, at=at)
    for refused in outcome.refused:
        messages.error(request, gettext(refused.reason.sentence))
    if outcome.refused:
        return redirect("sampling:list", list_id)
    messages.success(request, gettext("The list was dropped; nothing of it was taken in."))
    return redirect("sampling:lists")


@may("sampling.read")
@require_GET
def refused_rows(request: HttpRequest, list_id: int) -> HttpResponse:
    """The refused rows of a list in its own layout, with the reasons: to be mended and sent again."""
    name, content = queries.refused_file(
        list_id,
        by=request.actor,  # type: ignore[attr-defined]
        at=clock.now(),
    )
    words = gettext("refused rows")
    return _workbook(f"{PurePath(name).stem} - {words}.xlsx", content)


@may("sampling.read")
@require_GET
def list_template(_request: HttpRequest, kind: str) -> HttpResponse:
    """An empty list of ours to be filled in."""
    if kind not in TEMPLATES:
        raise Http404
    return _workbook(f"{kind.replace('_', '-')}.xlsx", write_template(kind))


def _workbook(name: str, content: bytes) -> HttpResponse:
    disposition = content_disposition_header(as_attachment=True, filename=name)
    return HttpResponse(
        content, content_type=XLSX, headers={"Content-Disposition": disposition or "attachment"}
    )
