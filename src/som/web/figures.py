"""A part of the work plan: a few figures, each opening its list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its list and what it counts. The tone shows while it is not zero."""

    value: int
    label: str
    url: str
    definition: str
    icon: str
    tone: str = ""


def figures(request: HttpRequest, label: str, shown: Iterable[Figure]) -> HttpResponse:
    """The figures as a part of a page; as a page of their own where no script asks for them."""
    return render(
        request,
        "web/figures.html#figures" if getattr(request, "htmx", False) else "web/figures.html",
        {"label": label, "figures": list(shown)},
    )
