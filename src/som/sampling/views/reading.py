"""Reading a paper sheet: by one person, then by another, line by line, with the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.ids import printed_slip_code
from som.kernel.outcomes import Refused
from som.kernel.outcomes import gettext_noop as _
from som.people.rules import DeclarationRefusal
from som.places import queries as places
from som.sampling import commands, queries
from som.sampling.forms import HeadForm, LineForm, typed_of
from som.sampling.forms.words import CLASSES
from som.sampling.queries import LineToRead, SheetShown
from som.sampling.rules import LineRead, SheetRefusal, SwabRefusal, TubeClass
from som.sampling.rules.sheets import Reading
from som.web.guard import may

FIELDS = {
    "tube": _("Tube"),
    "slip": _("Slip"),
    "taken_at": _("Time"),
    "name": _("Name"),
    "birth_date": _("Born"),
    "birth_year": _("Born"),
    "sex": _("Sex"),
    "number": _("Identity number"),
    "documents": _("Identity number"),
    "phone": _("Telephone"),
    "address": _("Address"),
    "tube_class": _("Why"),
    "team": _("Team"),
}
"""What two readings may differ in, as the page calls it."""

_FAULTS = {str(one): one for kind in (SwabRefusal, DeclarationRefusal) for one in kind}

_NAMES = {"M": _("Male"), "F": _("Female")}


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two readings of a line differ: the field, what I read, what the other read."""

    field: str
    mine: str
    other: str


@dataclass(frozen=True, slots=True)
class LineShown:
    """A line as the page shows it. `wrong`: names of the fields with an error; `kept`: it is saved."""

    line: LineToRead
    form: LineForm
    slip: str
    differences: tuple[Difference, ...]
    fault: str
    refused: str
    kept: bool

    @property
    def errors(self) -> list[str]:
        """What is wrong with what was typed, in words that name the field."""
        return [
            f"{self.form.fields[name].label}: {words}" if name in self.form.fields else str(words)
            for name, found in self.form.errors.items()
            for words in found
        ]

    @property
    def wrong(self) -> str:
        """The fields with an error."""
        return " ".join(name for name in self.form.errors if name in self.form.fields)


@may("sampling.record")
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
def sheet(request: HttpRequest, session_id: int, sheet_number: int) -> HttpResponse:
    """A sheet as one reads it: first, or a second time without seeing what the first read.

    Each line is sent by itself as it is left, and all of them with the button; sent again they stay
    as they are.
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]
    at = clock.now()
    session = queries.session(session_id, by=actor)
    shown = queries.sheet(session_id, sheet_number, by=actor, at=at)
    readable = session.closed_at is None and not shown.void_reason
    if request.method == "POST" and not readable:
        raise Http404
    sent = request.POST if request.method == "POST" else None
    teams = queries.teams(session_id, by=actor)
    head = HeadForm(
        sent,
        teams=[(one.number, f"{one.number}: {one.swabber}, {one.scribe}") for one in teams],
        initial=_head(shown, session.starts_at.astimezone(clock.LOCAL).date()),
    )
    refused: Mapping[int, Refused[LineRead]] = {}
    typed: dict[int, LineForm] = {}
    if sent is not None:
        typed = _typed(sent, shown, on=at.astimezone(clock.LOCAL).date())
        reads = _reads(head, typed.values())
        refused = _taken_down(reads, shown, session.code, actor, at)
        shown = queries.sheet(session_id, sheet_number, by=actor, at=at)
    lines = _lines(shown, typed, refused, on=at.astimezone(clock.LOCAL).date())
    part = ""
    if getattr(request, "htmx", False):
        lines, part = [one for one in lines if one.line.line in typed], "#answers"
    return render(
        request,
        f"sampling/sheet.html{part}",
        {
            "session": session,
            "unit": places.units_by_id([session.unit])[session.unit],
            "sheet": shown,
            "head": head,
            "lines": lines,
            "counts": _counts(shown.lines),
            "readable": readable,
            "following": _following(session_id, sheet_number, actor) if readable else None,
        },
    )


def _head(shown: SheetShown, day: date) -> dict[str, Any]:
    """Day and team as one wrote them on another line of the sheet; else the session's day."""
    mine = next((one.mine for one in shown.lines if one.mine), None)
    if mine is None:
        return {"day": day}
    taken = datetime.fromisoformat(mine["taken_at"]).astimezone(clock.LOCAL)
    return {"day": taken.date(), "team": mine.get("team")}


def _typed(sent: Any, shown: SheetShown, *, on: date) -> dict[int, LineForm]:
    """The lines of which something was sent."""
    forms = (
        LineForm(sent, sheet=shown.number, printed=line, on=on)
        for line in shown.lines
        if any(name.startswith(f"l{line.line}-") for name in sent)
    )
    return {form.printed.line: form for form in forms if form.touched}


def _reads(head: HeadForm, forms: Iterable[LineForm]) -> list[LineRead]:
    """What was read on these lines, those in which nothing is wrong."""
    good = head.is_valid()
    found, above = [], None
    for form in forms:
        if not form.is_valid():
            continue
        if not good:
            form.add_error(None, gettext("Day and team above: something is wrong with them."))
            continue
        above = form.read_as(head.cleaned_data["day"], head.cleaned_data.get("team"), above)
        if form.read is not None:
            found.append(form.read)
    return found


def _taken_down(
    reads: Sequence[LineRead], shown: SheetShown, session: str, by: Actor, at: datetime
) -> dict[int, Refused[LineRead]]:
    """Take the readings down, each as the first or the second of its line; what was refused."""
    again = {line.line for line in shown.lines if line.second}
    first = [read for read in reads if read.line not in again]
    second = [read for read in reads if read.line in again]
    refused = []
    if first:
        refused += commands.enter_sheets(first, session=session, by=by, at=at).refused
    if second:
        refused += commands.reenter_sheets(second, session=session, by=by, at=at).refused
    return {one.item.line: one for one in refused}


def _lines(
    shown: SheetShown,
    typed: Mapping[int, LineForm],
    refused: Mapping[int, Refused[LineRead]],
    *,
    on: date,
) -> list[LineShown]:
    found = []
    for line in shown.lines:
        form = typed.get(line.line) or LineForm(
            sheet=shown.number,
            printed=line,
            on=on,
            initial=typed_of(line.mine) if line.mine is not None else {},
        )
        why = refused.get(line.line)
        # That readings differ is said by the differences, and why none was recorded by the fault.
        told = why is not None and (
            why.reason is SheetRefusal.READINGS_DIFFER or str(why.reason) == line.fault
        )
        fault = _FAULTS.get(line.fault)
        found.append(
            LineShown(
                line,
                form,
                printed_slip_code(line.slip) if line.slip else "",
                _differences(line),
                gettext(fault.sentence) if fault else line.fault,
                gettext(why.reason.sentence) if why is not None and not told else "",
                kept=line.line in typed and form.read is not None and (why is None or told),
            )
        )
    return found


def _differences(line: LineToRead) -> tuple[Difference, ...]:
    """The fields in which the two readings of a line differ, each once."""
    if not line.differing or line.other is None:
        return ()
    mine = line.mine or {}
    if line.differing == ("blank",):
        return (Difference(gettext("Line"), _blank(mine), _blank(line.other)),)
    found = {
        FIELDS.get(name, name): (_said(name, mine), _said(name, line.other))
        for name in line.differing
    }
    return tuple(Difference(gettext(field), *words) for field, words in found.items())


def _blank(reading: Reading) -> str:
    return str(reading.get("name", "")) or gettext("Blank line")


def _said(field: str, reading: Reading) -> str:
    """What somebody read in a field, in words."""
    value = reading.get(field, "")
    if field in ("birth_date", "birth_year"):
        return str(typed_of(reading)["birth"])
    if field == "documents":
        return str(typed_of(reading)["number"])
    if field == "taken_at" and value:
        return f"{datetime.fromisoformat(value).astimezone(clock.LOCAL):%H:%M %d/%m/%Y}"
    if field == "tube_class":
        return gettext(CLASSES[TubeClass(value)]) if value else ""
    return gettext(_NAMES[value]) if field == "sex" and value else str(value)


def _counts(lines: Sequence[LineToRead]) -> dict[str, int]:
    """How many lines stand how: the progress on top of the sheet."""
    states = [line.state for line in lines]
    return {
        "lines": len(lines),
        "unread": states.count("line_unread"),
        "read": states.count("line_read"),
        "second": states.count("line_second"),
        "differing": states.count("differing"),
        "settled": sum(line.settled for line in lines),
    }


def _following(session_id: int, sheet_number: int, by: Actor) -> int | None:
    """The next sheet of the session on which something is to be read by this actor."""
    return min(
        (
            one.number
            for one in queries.sheets_to_read(by=by, session_id=session_id, limit=None)
            if one.number != sheet_number and (one.first or one.mine or one.differing)
        ),
        default=None,
    )
