"""The ways within a section: one strip of links on each of its pages, the same for every desk.

A line shows where its page's own guard opens, so no permission is written down twice. Whoever makes
a desk adds its line to the section; the labels are in the order in which a swab travels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext

from som.kernel.actors import Actor
from som.kernel.outcomes import gettext_noop as _
from som.web.guard import opens_for


@dataclass(frozen=True, slots=True)
class Way:
    """A line of a strip. Pages under its address stand under it, and those under its `folders`."""

    url_name: str
    label: str
    folders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the work with the address its pages begin with, and its ways."""

    label: str
    folder: str
    ways: tuple[Way, ...]


SECTIONS = (
    Section(
        _("Sampling"),
        "/sampling/",
        (
            Way("sampling:sessions", _("Sampling sessions")),
            Way("sampling:campaigns", _("Campaigns")),
            Way("sampling:lists", _("Lists")),
            Way("sampling:walk_ins", _("Walk-ins")),
            Way("sampling:sheets", _("Paper sheets")),
            Way("sampling:labels", _("Labels"), ("/sampling/cards/",)),
            Way("sampling:requests", _("Who is asked for")),
            Way("sampling:transfers", _("Handed over to you")),
            Way("sampling:manifests", _("Boxes")),
        ),
    ),
    Section(
        _("Laboratory"),
        "/lab/",
        (
            Way("lab:reception", _("Reception"), ("/lab/disposals/",)),
            Way("lab:fridge", _("Fridge")),
            Way("lab:waiting", _("What waits to be tested")),
            Way("lab:pools", _("Pooling bench")),
            Way("lab:plates", _("Plates"), ("/lab/batches/", "/lab/layouts/")),
            Way("lab:runs", _("Runs")),
            Way("lab:retests", _("Retests")),
            Way("lab:point", _("Point of care")),
            Way("lab:referral", _("Boxes out")),
            Way("lab:boxes", _("Boxes")),
            Way("lab:holds", _("What is on hold")),
            Way("lab:capacity", _("What laboratories may test a day")),
        ),
    ),
    Section(
        _("Results"),
        "/results/",
        (
            Way("results:review", _("Review and release")),
            Way("results:corrections", _("Corrections")),
            Way("results:results", _("Results of your area")),
            Way("results:slips", _("Slips and lists")),
            Way("results:reports", _("Results of other laboratories")),
            Way("results:recalls", _("Recalls")),
            Way("results:watch", _("Late and unusual")),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class WayShown:
    """A line as it stands on a page. `here`: this very page ("page") or one under it ("true")."""

    url: str
    label: str
    here: str


@dataclass(frozen=True, slots=True)
class Strip:
    """The ways of the section a page belongs to, as this actor has them."""

    label: str
    ways: Sequence[WayShown]


def strip_of(actor: Actor, path: str) -> Strip | None:
    """The strip of this page; none outside the sections, nor where it would be a single line."""
    section = next((one for one in SECTIONS if path.startswith(one.folder)), None)
    if section is None or actor.account_id is None:
        return None
    lines = [(reverse(way.url_name), way) for way in section.ways]
    lines = [(url, way) for url, way in lines if opens_for(actor, url)]
    under = {folder: url for url, way in lines for folder in (url, *way.folders)}
    nearest = max((folder for folder in under if path.startswith(folder)), key=len, default="")
    if len(lines) < 2:
        return None
    shown = []
    for url, way in lines:
        here = "page" if path == url else "true" if under.get(nearest) == url else ""
        shown.append(WayShown(url, gettext(way.label), here))
    return Strip(gettext(section.label), shown)
