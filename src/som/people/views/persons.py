"""Finding a person at a desk, and the page of one person: who they are and where; their death."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.outcomes import gettext_noop as _
from som.people import commands, queries
from som.people.commands import Death
from som.people.forms import DeathForm, SearchForm
from som.people.queries import PersonFound, PersonShown
from som.people.rules import DocumentKind, sought_in
from som.people.views.reviews import SEXES, masked_end
from som.places import queries as places
from som.web.guard import may

FOUND_SHOWN = 20

SLOTS = (("sampling.read", "sampling:person_slot", _("Requests and swabs")),)
"""What later stages know of a person: permission, the address of the stage's part, and its name."""

PAPERS = {
    DocumentKind.CITIZEN_NUMBER: _("Citizen number"),
    DocumentKind.OLD_IDENTITY_CARD: _("Identity card of nine digits"),
    DocumentKind.PASSPORT: _("Passport"),
    DocumentKind.INSURANCE: _("Health insurance"),
    DocumentKind.LAISSEZ_PASSER: _("Laissez-passer"),
}

STAYS = {
    "residence": _("Lives"),
    "lodging": _("Lodges"),
    "workplace": _("Works"),
    "school": _("Learns"),
}


@dataclass(frozen=True, slots=True)
class FoundLine:
    """Somebody found, with the words they are shown with."""

    row: PersonFound
    sex: str
    birth: str
    phone: str
    home: str


@may("people.read")
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("words")
def search(request: HttpRequest) -> HttpResponse:
    """One box for a name, a birth, a telephone or a number; what is typed stands in no address."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = clock.now()
    form = SearchForm(request.POST if request.method == "POST" else None)
    asked = request.method == "POST" and form.is_valid()
    lines = found_by(form.cleaned_data["words"], by=actor, at=now) if asked else []
    context = {"form": form, "asked": asked, "lines": lines, "more": len(lines) == FOUND_SHOWN}
    return render(request, "people/search.html", context)


def found_by(words: str, *, by: Actor, at: datetime) -> list[FoundLine]:
    """Whom these words may mean, as `people/_found.html` shows them."""
    said = sought_in(words, on=at.astimezone(clock.LOCAL).date())
    found = queries.people_sought(said, by=by, at=at, limit=FOUND_SHOWN)
    units = places.unit_path([one.residence for one in found if one.residence is not None])
    return [
        FoundLine(
            one,
            gettext(SEXES[one.person.sex]) if one.person.sex else "",
            _birth(one.person),
            masked_end(one.person.phone, 3),
            " · ".join(part for part in (one.address, units.get(one.residence or 0, "")) if part),
        )
        for one in found
    ]


def _birth(person: Any) -> str:
    """The day of birth, or its year alone, or nothing."""
    if person.birth_date:
        return f"{person.birth_date:%d/%m/%Y}"
    return str(person.birth_year or "")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a person's page says of them; numbers and telephones masked unless `whole`."""

    sex: str
    birth: str
    phones: list[str]
    papers: list[tuple[str, str, bool]]
    stays: list[tuple[str, str, datetime]]
    whole: bool


def _facts(person: PersonShown, *, whole: bool) -> Facts:
    paths = places.unit_path([stay.unit for stay in person.stays if stay.unit is not None])
    return Facts(
        gettext(SEXES[person.sex]) if person.sex else "",
        _birth(person),
        [phone if whole else masked_end(phone, 3) for phone in person.phones],
        [
            (
                gettext(PAPERS[DocumentKind(paper.kind)]),
                paper.number if whole else masked_end(paper.number, 4),
                paper.held,
            )
            for paper in person.papers
        ],
        [
            (
                gettext(STAYS[stay.kind]),
                " · ".join(part for part in (stay.text, paths.get(stay.unit or 0, "")) if part),
                datetime.combine(stay.as_of, time.min, tzinfo=clock.LOCAL),
            )
            for stay in person.stays
        ],
        whole,
    )


@may("people.read")
@require_GET
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """One person: who they are and where, under all their entries; other stages add what they know."""
    return _person(request, person_id, None)


def _person(request: HttpRequest, person_id: int, form: DeathForm | None) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = queries.person_shown(person_id, by=actor, at=clock.now())
    if found.id != person_id:
        return redirect("people:person", found.id)
    return render(
        request,
        "people/person.html",
        {
            "person": found,
            "facts": _facts(found, whole=False),
            "slots": _slots(actor, person_id),
            "form": form or DeathForm(),
            "notes_deaths": actor.may("people.register"),
        },
    )


def _slots(actor: Actor, person_id: int) -> list[tuple[str, str]]:
    """The parts of the page that later stages fill for this actor; one that is not there is left out."""
    found = []
    for permission, name, words in SLOTS:
        if not actor.may(permission):
            continue
        try:
            found.append((reverse(name, args=[person_id]), gettext(words)))
        except NoReverseMatch:
            continue
    return found


@may("people.read")
@require_GET
def person_numbers(request: HttpRequest, person_id: int) -> HttpResponse:
    """Numbers and telephones of one person in full. The asking is noted."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = queries.person_shown(person_id, by=actor, at=clock.now(), whole=True)
    part = "#facts" if getattr(request, "htmx", False) else ""
    return render(
        request,
        f"people/person.html{part}",
        {"person": found, "facts": _facts(found, whole=True), "slots": _slots(actor, found.id)},
    )


@may("people.register")
@require_http_methods(["GET", "POST"])
def note_death(request: HttpRequest, person_id: int) -> HttpResponse:
    """Note that a person has died, or take a mistaken word of it back.

    Where a day was mistyped this address stays in the browser: opened anew it is the person's page.
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if request.method == "GET":
        return redirect("people:person", person_id)
    form = DeathForm(request.POST)
    if not form.is_valid():
        return _person(request, person_id, form)
    died_at = form.died_at()
    outcome = commands.note_deaths([Death(person_id, died_at)], by=actor, at=clock.now())
    for refused in outcome.refused:
        form.add_error("died_on", gettext(refused.reason.sentence))
    if outcome.refused:
        return _person(request, person_id, form)
    messages.success(
        request,
        gettext("Noted. Whatever was asked of this person ends within a minute.")
        if died_at
        else gettext("Taken back. Whatever ended with it is asked again within a minute."),
    )
    return redirect("people:person", person_id)
