"""Slips and lists on paper: one swab's, and those of a commune's or a session's day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from som.kernel import clock
from som.kernel.actors import Actor
from som.places import queries as places
from som.places.fields import offered_units
from som.places.queries import UnitRow
from som.results import queries
from som.results.forms import SlipsForm
from som.results.queries import SlipCount, SlipRow, SlipsOf
from som.results.rules import Hamlet, Paper, Word, belongs_on, by_hamlet, word_for
from som.results.views import papers
from som.web import printing
from som.web.guard import may

MOST = 2_000
"""Slips on one paper: five seconds of a core, half a gigabyte until it is drawn. More go by hamlet."""


@may("results.read")
@require_GET
def slip(request: HttpRequest, swab_id: int) -> HttpResponse:
    """One slip for its person's own hand; with `?folded` closed, with the name outside."""
    now = clock.now()
    row = queries.slip_of(swab_id, by=request.actor, at=now)  # type: ignore[attr-defined]
    paper = papers.slips_paper(
        [row],
        _units([row]),
        layout="folded" if "folded" in request.GET else "alone",
        address=printing.address(request, "results:look_up"),
        at=now,
    )
    return printing.answer(request, f"slip-{swab_id}", paper)


def _form(request: HttpRequest, today: date) -> SlipsForm:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    within = actor.units_for("results.read")
    offered = offered_units(within, today)
    own = next(iter(offered), None)
    usual = {"unit": own.path if own else "", "on": f"{today:%d/%m/%Y}"}
    said = {name: text for name, text in request.GET.items() if text}
    return SlipsForm(usual | said, territory=within, on=today, offered=offered)


@dataclass(frozen=True, slots=True)
class HamletShown:
    """A hamlet with what there is to hand out in it."""

    name: str
    commune: str
    address: str
    negative: int
    again: int


@may("results.read")
@require_GET
def slips(request: HttpRequest) -> HttpResponse:
    """What there is to print and to tell of a unit's day, hamlet by hamlet; in numbers alone."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    today = clock.now().astimezone(clock.LOCAL).date()
    form = _form(request, today)
    asked = form.cleaned_data if form.is_valid() else {}
    unit: UnitRow | None = asked.get("unit")
    shown: dict[str, object] = {"form": form, "unit": unit}
    if unit is not None:
        on, session = asked.get("on") or today, asked["session"]
        of = SlipsOf(unit.id, on, session)
        counts = queries.slips_counted(of, by=actor)
        sessions = queries.slip_sessions(unit.id, on, by=actor)
        address = _address(unit, on)
        shown |= {
            "on": on,
            "session": next((one for one in sessions if one.id == session), None),
            "sessions": sessions,
            "day_address": address,
            "address": _address(unit, on, session=session),
            "hamlets": _hamlets(counts, unit, on, session),
            "slips": _number(counts, Paper.SLIPS, of),
            "sealed": _number(counts, Paper.SEALED, of),
            "listed": _number(counts, Paper.LIST, of),
            "calls": _number(counts, Paper.CALLS, of),
            "most": MOST,
            "waiting": sum(
                one.swabs for one in counts if one.value is None and not one.asked_again
            ),
            "withheld": sum(
                one.swabs
                for one in counts
                if one.withheld and word_for(one.value, asked_again=one.asked_again)
            ),
            "elsewhere": sum(
                one.swabs
                for one in counts
                if not one.here and word_for(one.value, asked_again=one.asked_again)
            ),
            "swabs": sum(one.swabs for one in counts),
        }
    return render(request, "results/slips.html", shown)


def _address(
    unit: UnitRow, on: date, *, session: int | None = None, hamlet: tuple[int, str] | None = None
) -> str:
    said: dict[str, object] = {"unit": unit.code, "on": f"{on:%d/%m/%Y}"}
    if session is not None:
        said["session"] = session
    if hamlet is not None:
        said |= {"commune": hamlet[0], "hamlet": hamlet[1]}
    return "?" + urlencode(said)


def _stands(one: SlipCount, paper: Paper, of: SlipsOf) -> bool:
    return belongs_on(
        paper,
        one.value,
        asked_again=one.asked_again,
        called=one.called,
        withheld=one.withheld,
        here=one.here or of.hands_to_everybody(paper),
    )


def _number(counts: Sequence[SlipCount], paper: Paper, of: SlipsOf) -> int:
    return sum(one.swabs for one in counts if _stands(one, paper, of))


def _hamlets(
    counts: Sequence[SlipCount], unit: UnitRow, on: date, session: int | None
) -> list[HamletShown]:
    """The hamlets in which something is handed out."""
    of = SlipsOf(unit.id, on, session)
    handed = [one for one in counts if _stands(one, Paper.LIST, of)]
    units = places.units_by_id({one.commune for one in handed})
    names = {number: one.name for number, one in units.items()}
    found: list[Hamlet[SlipCount]] = by_hamlet(
        handed, lambda one: one.commune, lambda one: one.address, places=names
    )

    def said(hamlet: Hamlet[SlipCount], word: Word) -> int:
        return sum(
            one.swabs
            for one in hamlet.rows
            if word_for(one.value, asked_again=one.asked_again) is word
        )

    return [
        HamletShown(
            hamlet.name,
            names[hamlet.commune],
            _address(unit, on, session=session, hamlet=(hamlet.commune, hamlet.key)),
            said(hamlet, Word.NEGATIVE),
            said(hamlet, Word.AGAIN),
        )
        for hamlet in found
    ]


@may("results.read")
@require_GET
def slips_paper(request: HttpRequest) -> HttpResponse:
    """A paper of a unit's or a session's day: slips, folded slips, hand-out lists or whom to call."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = clock.now()
    today = now.astimezone(clock.LOCAL).date()
    form = _form(request, today)
    if not form.is_valid() or form.cleaned_data["unit"] is None or not form.cleaned_data["paper"]:
        raise Http404
    asked = form.cleaned_data
    unit, on, paper = asked["unit"], asked["on"] or today, Paper(asked["paper"])
    of = SlipsOf(unit.id, on, asked["session"], form.chosen_hamlet())
    counts = queries.slips_counted(of, by=actor)
    if not 0 < (number := _number(counts, paper, of)) <= MOST:
        told = {"unit": unit, "address": _address(unit, on), "number": number, "most": MOST}
        return render(request, "results/no_slips.html", told)
    rows = queries.slips(of, paper, by=actor, at=now)
    units = _units(rows)
    if paper is Paper.LIST:
        drawn = printing.pdf(
            "results/lists.typ", papers.list_data(rows, units, unit=unit, on=on, at=now)
        )
    elif paper is Paper.CALLS:
        drawn = printing.pdf(
            "results/lists.typ", papers.calls_data(rows, units, unit=unit, on=on, at=now)
        )
    else:
        drawn = papers.slips_paper(
            [row for hamlet in papers.hamlets(rows, units) for row in hamlet.rows],
            units,
            layout="folded" if paper is Paper.SEALED else "thirds",
            address=printing.address(request, "results:look_up"),
            at=now,
        )
    return printing.answer(request, f"{paper.value}-{unit.code}-{on:%Y%m%d}", drawn)


def _units(rows: Sequence[SlipRow]) -> papers.Units:
    return places.units_by_id({one for row in rows for one in (row.commune, row.unit)})
