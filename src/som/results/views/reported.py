"""What other laboratories report: the inbox, one report row by row, and whose result a row is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import PurePath

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refusal
from som.people.queries import Likely, people_like
from som.people.rules import Declaration
from som.places import queries as places
from som.places.rules import MAY_TEST
from som.results import commands, queries
from som.results.commands import Match, Rejection, ReportSent
from som.results.forms import MatchForm, ReportedForm, ReportRowsForm, TakeInForm
from som.results.rules import ReportedState, ReportRefusal
from som.results.work import wake_for_reports
from som.sampling.lists import write_refused
from som.sampling.lists.written import ListRow, RowRefused
from som.sampling.queries import list_sent
from som.sampling.queries.imports import REASONS as REASONS_OF_LISTS
from som.sampling.queries.imports import list_content
from som.sampling.rules.imports import ListPurpose, ListState, veiled
from som.web.fields import PagedForm
from som.web.figures import Figure, figures
from som.web.guard import may
from som.web.paging import written_key
from som.web.states import shown as shown_state

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
REPORTS_SHOWN = 50
ROWS_SHOWN = 100
LIKELY_SHOWN = 8

REASONS: Mapping[str, Refusal] = {
    **REASONS_OF_LISTS,
    **{str(one): one for one in chain[Refusal](ReportRefusal)},
}
"""Why a row is where it is, by the code that is kept of it."""


@dataclass(frozen=True, slots=True)
class RowShown:
    """A row in the words of the page."""

    line: queries.ReportedLine
    state: str
    name: str
    number: str
    phone: str
    home: str
    reason: str
    detail: str
    own: bool
    """Whether the actor took it in or said whose it is: somebody else releases it."""

    @property
    def decidable(self) -> bool:
        """Whether it may still be refused, and matched where it waits for that."""
        return self.line.state in (ReportedState.REVIEW, ReportedState.WAITING)


def _shown(lines: Sequence[queries.ReportedLine], actor: Actor) -> list[RowShown]:
    units = places.units_by_id([one.residence for one in lines if one.residence is not None])
    found = []
    for line in lines:
        said = line.said or ListRow(line.row)
        lives = units.get(line.residence) if line.residence is not None else None
        reason = REASONS.get(line.reason)
        found.append(
            RowShown(
                line,
                f"reported_{line.state}",
                ", ".join(said.names) or said.name,
                veiled(said.number),
                veiled(said.phone),
                lives.path if lives else ", ".join(filter(None, reversed(said.residence))),
                gettext(reason.sentence) if reason else line.reason,
                veiled(line.detail),
                actor.name in (line.received_by, line.decided_by),
            )
        )
    return found


@may("results.receive_reports")
@require_GET
def reports(request: HttpRequest) -> HttpResponse:
    """The inbox: rows that wait for a person, then the reports, newest first."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    form = PagedForm(request.GET)
    before = form.cleaned_data["after"] if form.is_valid() else None
    found = queries.reports_received(by=actor, before=before, limit=REPORTS_SHOWN + 1)
    shown = found[:REPORTS_SHOWN]
    doubts = (
        []
        if before
        else queries.reported_in_state(
            ReportedState.REVIEW, by=actor, at=clock.now(), limit=ROWS_SHOWN
        )
    )
    to_release = (
        []
        if before
        else queries.reported_in_state(
            ReportedState.WAITING, by=actor, at=clock.now(), limit=ROWS_SHOWN
        )
    )
    return render(
        request,
        "results/reports.html",
        {
            "reports": shown,
            "doubts": _shown(doubts, actor),
            "to_release": _shown(to_release, actor),
            "waiting": queries.reported_by_state(by=actor),
            "after": written_key(shown[-1].received_at, shown[-1].id) if shown != found else "",
        },
    )


@may("results.receive_reports")
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, report_id: int) -> HttpResponse:
    """One report, row by row; a release says what was done, already so, or refused and why."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    outcome = None
    if request.method == "POST":
        queries.report_received(report_id, by=actor)
        sent = ReportedForm(request.POST)
        if sent.is_valid():
            outcome = _released(sent.cleaned_data["rows"], actor)
    row = queries.report_received(report_id, by=actor)
    form = ReportRowsForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    only: str = asked.get("only", "")
    after: int = -1 if asked.get("after") is None else asked["after"]
    found = queries.reported_rows(
        report_id, by=actor, at=clock.now(), only=only, after=after, limit=ROWS_SHOWN + 1
    )
    shown = found[:ROWS_SHOWN]
    negatives = queries.negatives_waiting(report_id, by=actor) if row.whole else []
    return render(
        request,
        "results/report.html",
        {
            "report": row,
            "outcome": outcome,
            "lines": _shown(shown, actor),
            "only": only,
            "after": shown[-1].place if shown != found else "",
            "states": [
                (*shown_state(f"reported_{state}"), str(state), row.counts.get(str(state), 0))
                for state in ReportedState
            ],
            "negatives": negatives,
            "negative_ids": ",".join(map(str, negatives)),
            "own": row.received_by == actor.name,
            "fault": gettext(REASONS[row.fault].sentence) if row.fault in REASONS else row.fault,
        },
    )


def _released(rows: Sequence[int], actor: Actor) -> Outcome[str]:
    """Release these rows; items in the words of the page."""
    outcome = commands.release_reported(rows, by=actor, at=clock.now())
    named = queries.keys_of_reported([one.item for one in outcome.refused], by=actor)
    return outcome.of(lambda one: named.get(one, str(one)))


@may("results.receive_reports")
@require_GET
def report_progress(request: HttpRequest, report_id: int) -> HttpResponse:
    """How far the worker is with a report; when every row is there, the page is shown anew."""
    row = queries.report_received(report_id, by=request.actor)  # type: ignore[attr-defined]
    response = render(request, "results/report.html#progress", {"report": row})
    if not row.at_work:
        response.headers["HX-Refresh"] = "true"
    return response


@may("results.receive_reports")
@require_GET
def report_refused(request: HttpRequest, report_id: int) -> HttpResponse:
    """The refused rows of a report in its own layout, with the reasons: for the laboratory to mend."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row = queries.report_received(report_id, by=actor)
    refused = queries.refused_of_report(report_id, by=actor, at=clock.now())
    if not row.file_kept or not refused:
        raise Http404
    name, content = queries.report_content(report_id, by=actor)
    rows = [
        RowRefused(number, field, REASONS[reason], decision or detail, sheet)
        for number, sheet, field, reason, detail, decision in refused
        if reason in REASONS
    ]
    sentences = {code: gettext(reason.sentence) for code, reason in REASONS.items()}
    words = gettext("refused rows")
    disposition = content_disposition_header(
        as_attachment=True, filename=f"{PurePath(name).stem} - {words}.xlsx"
    )
    return HttpResponse(
        write_refused(content, rows, sentences=sentences),
        content_type=XLSX,
        headers={"Content-Disposition": disposition or "attachment"},
    )


@may("results.receive_reports")
@require_http_methods(["GET", "POST"])
def match(request: HttpRequest, reported_id: int) -> HttpResponse:
    """Whose result a row is: who it may be, somebody new, or nobody's; with the reason."""
    actor, at = request.actor, clock.now()  # type: ignore[attr-defined]
    row = queries.reported_row(reported_id, by=actor, at=at)
    form = MatchForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        outcome: Outcome[Match] | Outcome[Rejection]
        if form.cleaned_data["do"] == "reject":
            given = Rejection(reported_id, reason)
            outcome = commands.reject_reported([given], by=actor, at=at)
        else:
            same = form.cleaned_data["do"] == "same"
            person = None if same else form.cleaned_data["person"]
            chosen = Match(reported_id, person, reason, same)
            outcome = commands.match_reported([chosen], by=actor, at=at)
        for refused in outcome.refused:
            form.add_error(None, gettext(refused.reason.sentence))
        if not outcome.refused:
            said = (
                gettext("The row was refused: nobody is told of it.")
                if form.cleaned_data["do"] == "reject"
                else gettext("Noted. A second person releases what was matched.")
            )
            messages.success(request, said)
            return redirect("results:reports")
    (shown,) = _shown([row], actor)
    ours = row.tube is not None
    return render(
        request,
        "results/reported.html",
        {
            "row": shown,
            "form": form,
            "in_tube": queries.people_in_tube(reported_id, by=actor, at=at) if ours else [],
            "likely": [] if ours or not shown.decidable else _likely(row, actor),
            "ours": ours,
            "unclear": row.reason == ReportRefusal.SAMPLE_UNCLEAR,
        },
    )


@dataclass(frozen=True, slots=True)
class MayBe:
    """Somebody who may be the person of a row."""

    found: Likely
    phone: str


def _likely(row: queries.ReportedLine, actor: Actor) -> list[MayBe]:
    said = row.said
    if said is None or not said.name:
        return []
    sought = Declaration(
        said.name, said.sex, said.birth_date, said.birth_year, said.phone, residence=row.residence
    )
    likely = people_like(sought, by=actor, at=clock.now(), limit=LIKELY_SHOWN)
    return [MayBe(one, veiled(one.person.phone)) for one in likely]


@may("results.receive_reports")
@require_GET
def list_slot(request: HttpRequest, list_id: int) -> HttpResponse:
    """The part of a list's page that takes its results in, or says that they were taken in."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row = list_sent(list_id, by=actor)
    taken = queries.report_of_list(list_id, by=actor)
    return render(
        request,
        "results/report_of_list.html",
        {
            "list": row,
            "report": taken,
            "form": TakeInForm(senders=_senders()),
            "ready": row.state is ListState.PREVIEWED and bool(row.rows),
        },
    )


@may("results.receive_reports")
@require_POST
def take_in(request: HttpRequest, list_id: int) -> HttpResponse:
    """Take a list of results in as the report of a laboratory; the worker notes its rows."""
    actor, at = request.actor, clock.now()  # type: ignore[attr-defined]
    row = list_sent(list_id, by=actor)
    form = TakeInForm(request.POST, senders=_senders())
    if (
        not form.is_valid()
        or row.purpose is not ListPurpose.RESULTS
        or row.state is not ListState.PREVIEWED
    ):
        messages.error(request, gettext("Say which laboratory sent this list."))
        return redirect("sampling:list", list_id)
    name, _purpose, content = list_content(list_id, by=actor)
    sender = form.cleaned_data["sender"]
    given = ReportSent(sender, row.unit, name, content, row.rows or 0, row.kind, list_id)
    outcome = commands.receive_reports([given], by=actor, at=at)
    for refused in outcome.refused:
        messages.error(request, gettext(refused.reason.sentence))
    if not outcome.held:
        return redirect("sampling:list", list_id)
    if outcome.unchanged:
        messages.info(request, gettext("This very file was taken in before: here it is."))
    wake_for_reports()
    return redirect("results:report", outcome.held[0].report_id)


def _senders() -> list[tuple[int, str]]:
    return [(one.id, one.name) for one in places.organisations_of(None, MAY_TEST)]


@may("results.receive_reports")
@require_GET
def reports_slot(request: HttpRequest) -> HttpResponse:
    """The part of the work plan about what other laboratories reported."""
    found = queries.reported_by_state(by=request.actor)  # type: ignore[attr-defined]
    here = reverse("results:reports")
    return figures(
        request,
        gettext("Results of other laboratories"),
        [
            Figure(
                found.get(ReportedState.REVIEW, 0),
                gettext("Who is it?"),
                here,
                gettext("Reported rows of which nobody knows yet whose result they are"),
                "user-question",
                "warning",
            ),
            Figure(
                found.get(ReportedState.WAITING, 0),
                gettext("Waiting for release"),
                f"{here}#waiting",
                gettext("Reported rows that wait for a second receiver"),
                "clipboard-check",
            ),
        ],
    )
