"""What every page knows: who is signed in, where they may go, what time it is."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from som.kernel import clock, demo
from som.kernel.actors import NOBODY
from som.web import navigation, ways


def shell(request: HttpRequest) -> dict[str, Any]:
    """The navigation, the section's ways, the actor, the time of the data, whether this is a demo."""
    actor = getattr(request, "actor", NOBODY)
    return {
        "actor": actor,
        "navigation": SimpleLazyObject(lambda: navigation.lines_for(actor, request.path)),
        "strip": SimpleLazyObject(lambda: ways.strip_of(actor, request.path)),
        "now": SimpleLazyObject(clock.now),
        "demo": SimpleLazyObject(demo.stands_open),
        "demo_password": demo.PASSWORD,
        "languages": settings.LANGUAGES,
    }
