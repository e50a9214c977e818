"""At which of their laboratories somebody works: the pages of the benches are about one."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from som.kernel.errors import NotAllowed
from som.lab.forms import LabAskedForm
from som.places import queries as places
from som.places.queries import OrganisationRow

NOWHERE = 0
"""No laboratory's id."""


@dataclass(frozen=True, slots=True)
class Where:
    """The laboratory a page is about, and those it could be about instead."""

    lab: int
    labs: dict[int, OrganisationRow]

    @property
    def name(self) -> str:
        """What the laboratory is called."""
        return self.labs[self.lab].name if self.lab in self.labs else ""

    @property
    def others(self) -> dict[int, OrganisationRow]:
        """The laboratories to choose from; none where there is no choice."""
        return self.labs if len(self.labs) > 1 else {}

    @property
    def query(self) -> str:
        """What an address says of the laboratory; nothing where there is no choice."""
        return f"?{urlencode({'lab': self.lab})}" if self.others else ""

    def address(self, url_name: str, *given: str) -> str:
        """The address of a page about this same laboratory."""
        return reverse(url_name, args=given) + self.query


def where_one_works(request: HttpRequest, permission: str = "lab.see") -> Where:
    """The laboratory that the address names, else the reader's first of those where this is permitted.

    Raises `NotAllowed` where the address names another: what a desk sends is never taken elsewhere.
    """
    labs = sorted(request.actor.organisations_for(permission) or ())  # type: ignore[attr-defined]
    form = LabAskedForm(request.GET)
    asked = form.cleaned_data["lab"] if form.is_valid() else NOWHERE
    lab = next(iter(labs), NOWHERE) if asked is None else asked
    if lab not in labs:
        raise NotAllowed(permission)
    return Where(lab, places.organisations_by_id(labs))


def lab_named(request: HttpRequest) -> int | None:
    """The laboratory that the address of a plate, a pool or a batch names; None where it names none.

    Two laboratories may call two plates alike: wherever there is a choice, addresses name theirs.
    """
    return where_one_works(request).lab if request.GET.get("lab") else None


def where_it_is(request: HttpRequest, lab: int) -> Where:
    """The laboratory of what a page is about, for the addresses on that page."""
    labs = sorted(request.actor.organisations_for("lab.see") or ())  # type: ignore[attr-defined]
    return Where(lab, places.organisations_by_id(labs))
