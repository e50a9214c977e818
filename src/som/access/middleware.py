"""Puts the actor on every request."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from som.access import queries
from som.kernel import clock
from som.kernel.actors import NOBODY


class ActorMiddleware:
    """`request.actor` is who is signed in, with the rights of this day, or `NOBODY`.

    Rights are read anew at every request, so an ended role is ended at the next click.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = NOBODY  # type: ignore[attr-defined]
        if request.user.is_authenticated:
            today = clock.now().astimezone(clock.LOCAL).date()
            request.actor = queries.actor_of(request.user.pk, on=today)  # type: ignore[attr-defined]
        return self.get_response(request)
