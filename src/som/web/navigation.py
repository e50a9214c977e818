"""Where the navigation leads, by permission. A line whose page does not exist yet is left out."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext

from som.kernel.actors import Actor
from som.kernel.outcomes import gettext_noop as _


@dataclass(frozen=True, slots=True)
class Destination:
    """A line of the navigation: any one of the permissions shows it; none named means signed in.

    Every page under `folder` stands under this line, else those under the line's own address.
    """

    url_name: str
    label: str
    icon: str
    permissions: tuple[str, ...] = ()
    folder: str = ""


DESTINATIONS = (
    Destination("home:home", _("Work plan"), "checklist"),
    Destination(
        "sampling:sessions",
        _("Sampling"),
        "test-pipe",
        ("sampling.read", "sampling.record", "sampling.plan"),
        "/sampling/",
    ),
    Destination(
        "sampling:lists",
        _("Lists"),
        "file-spreadsheet",
        ("sampling.request", "sampling.record"),
        "/sampling/lists/",
    ),
    Destination("lab:runs", _("Laboratory"), "microscope", ("lab.see",), "/lab/"),
    Destination("lab:capacity", _("Laboratories"), "microscope", ("lab.set_capacity",), "/lab/"),
    Destination("results:review", _("Review"), "clipboard-check", ("results.review",)),
    Destination(
        "results:recalls", _("Recalls"), "arrow-back-up", ("results.recall",), "/results/recalls/"
    ),
    Destination("results:results", _("Results"), "report-medical", ("results.read",)),
    Destination("people:search", _("Find a person"), "user-search", ("people.read",)),
    Destination(
        "results:reports",
        _("Reports"),
        "inbox",
        ("results.receive_reports",),
        "/results/reported/",
    ),
    Destination("people:same", _("Same person?"), "users-group", ("people.match",)),
    Destination("notices:inbox", _("Notices"), "bell", ("notices.read",)),
    Destination("notices:alarms", _("Alarms"), "urgent", ("notices.alarms",)),
    Destination("results:watch", _("Watch"), "clock-exclamation", ("sampling.read", "lab.see")),
    Destination(
        "results:where",
        _("Where is it?"),
        "route",
        ("sampling.read", "lab.see", "results.read"),
    ),
    Destination("access:audit", _("Audit"), "shield-lock", ("audit.read",)),
    Destination("access:accounts", _("Accounts"), "users", ("access.manage",)),
    Destination("places:organisations", _("Organisations"), "building", ("places.manage",)),
    Destination("places:search", _("Places"), "map-pin", ("places.manage", "sampling.plan")),
)
"""In the order in which a swab travels."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the navigation as shown on a page."""

    url: str
    label: str
    icon: str
    here: bool


def lines_for(actor: Actor, path: str) -> list[Line]:
    """The navigation of this actor, with the line marked under which this page stands."""
    shown = []
    for destination in DESTINATIONS:
        if actor.account_id is None or (
            destination.permissions and not any(map(actor.may, destination.permissions))
        ):
            continue
        try:
            url = reverse(destination.url_name)
        except NoReverseMatch:
            continue
        shown.append((url, destination))
    folders = [line.folder or url for url, line in shown]
    under = max((folder for folder in folders if path.startswith(folder)), key=len, default="")
    if under == "/" and path != "/":
        under = ""
    return [
        Line(url, gettext(line.label), line.icon, folder == under)
        for folder, (url, line) in zip(folders, shown, strict=True)
    ]
