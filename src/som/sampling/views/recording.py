"""Recording walk-ins one by one, on a phone or with a scanner: card, tube, next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.ids import card_code, card_serial
from som.places import queries as places
from som.sampling import commands, queries
from som.sampling.forms import WalkInSwabForm
from som.sampling.forms.recording import in_their_boxes, stored_code
from som.sampling.rules import SwabRefusal
from som.web.guard import may

TAPS = ("sex", "decade", "year", "tube_class")


@dataclass(frozen=True, slots=True)
class Recorded:
    """The last one: which card went into which tube, and how full that is now."""

    card: str
    tube: str
    swabs: int
    again: bool = False
    """Whether it had been recorded before: sent twice it is one swab."""
    same: bool = False
    """Whether its tube alone was scanned, once more."""
    other: str = ""
    """Another tube that was scanned after it, into which it did not go."""


@may("sampling.record")
@require_GET
def record(request: HttpRequest) -> HttpResponse:
    """Into which of one's open sessions walk-ins are recorded; the only one is chosen already."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = queries.sessions_to_record(by=actor)
    if len(found) == 1:
        return redirect("sampling:record_walk_ins", found[0].id)
    now = clock.now()
    running = [one for one in found if one.starts_at <= now]
    later = [one for one in reversed(found) if one.starts_at > now]
    units = places.units_by_id([one.unit for one in found])
    lines = [(one, units[one.unit], _begins(one.starts_at, now)) for one in running + later]
    return render(request, "sampling/record.html", {"lines": lines})


def _begins(at: datetime, now: datetime) -> str:
    """When a session begins that has not begun; nothing for one that runs."""
    if at <= now:
        return ""
    days = (at.astimezone(clock.LOCAL).date() - now.astimezone(clock.LOCAL).date()).days
    words = [gettext("Begins later today"), gettext("Begins tomorrow")]
    return words[days] if days < len(words) else gettext("Begins on another day")


@may("sampling.record")
@require_http_methods(["GET", "POST"])
def record_walk_ins(request: HttpRequest, session_id: int) -> HttpResponse:
    """Record who came with a card alone: taps for sex and birth, the card, the tube; the next."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = clock.now()
    session = queries.session_to_record(session_id, by=actor)
    empty = partial(
        WalkInSwabForm,
        on=now.astimezone(clock.LOCAL).date(),
        teams=[
            (team.number, f"{team.number}: {team.swabber}, {team.scribe}")
            for team in queries.teams(session_id, by=actor)
        ],
    )
    sent = in_their_boxes(request.POST.dict()) if request.method == "POST" else {}
    form = empty(sent or None)
    recorded, in_hand = None, ""
    if sent and not sent["card"] and request.POST.get("card", "").strip():
        # Only a tube was scanned: the one just used once more, or the one of the next person.
        recorded = _before(sent, session, actor)
        in_hand = "" if recorded else sent["tube"]
        taps = {name: sent.get(name, "") for name in TAPS}
        form = empty(initial={**taps, **_kept(recorded, sent, session, alone=False)})
    elif sent and form.is_valid():
        recorded = _recorded(form, session, actor) or _before(sent, session, actor)
        if recorded is not None:
            form = empty(initial=_kept(recorded, sent, session, alone=form.alone))
            session = queries.session_to_record(session_id, by=actor)
    part = "#recorder" if getattr(request, "htmx", False) else ""
    return render(
        request,
        f"sampling/record_walk_ins.html{part}",
        {
            "session": session,
            "unit": places.units_by_id([session.unit])[session.unit],
            "form": form,
            "recorded": recorded,
            "in_hand": in_hand,
        },
    )


def _before(
    sent: Mapping[str, str], session: queries.RecordingSession, actor: Actor
) -> Recorded | None:
    """The one recorded just before, where what was scanned now says nothing about anybody else."""
    before, now = card_serial(sent.get("card_before", "")), card_serial(sent["card"])
    if before is None or (sent["card"] and now != before):
        return None
    tube, scanned = sent.get("tube_before", ""), stored_code(sent["tube"])
    swabs = queries.swabs_in_tube(tube, session.id, by=actor)
    if not swabs:
        return None
    same = scanned == tube
    return Recorded(card_code(before), tube, swabs, same=same, other="" if same else scanned)


def _kept(
    recorded: Recorded | None,
    sent: Mapping[str, str],
    session: queries.RecordingSession,
    *,
    alone: bool,
) -> dict[str, str]:
    """What stays for the next one: the team, and the tube in hand while there is room in it."""
    kept = {"team": sent.get("team", ""), "tube": stored_code(sent["tube"])}
    if recorded is None:
        return kept
    if not recorded.other and (alone or not 0 < recorded.swabs < session.pool_size):
        kept["tube"] = ""
    return {**kept, "card_before": recorded.card, "tube_before": recorded.tube}


def _recorded(
    form: WalkInSwabForm, session: queries.RecordingSession, actor: Actor
) -> Recorded | None:
    """Record what the form says; None where it is refused, with the reason put into the form."""
    serial, tube = form.cleaned_data["card"], form.cleaned_data["tube"]
    slip = queries.slips_of_cards([serial], by=actor).get(serial)
    if slip is None:
        form.note(SwabRefusal.CARD_NOT_ISSUED)
        return None
    now = clock.now()
    outcome = commands.record_swabs([form.swab(slip, now)], session=session.code, by=actor, at=now)
    for refused in outcome.refused:
        form.note(refused.reason)
    if not outcome.held:
        return None
    swabs = queries.swabs_in_tube(tube, session.id, by=actor)
    return Recorded(card_code(serial), tube, swabs, again=bool(outcome.unchanged))
