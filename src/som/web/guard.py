"""Who may open a page. Every view carries exactly one of these; a test asks every URL."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django_htmx.http import HttpResponseClientRedirect

from som.kernel.actors import Actor
from som.web.middleware import above_page

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def public(view: View) -> View:
    """A page for everybody: look-up, sign-in, the welcoming page."""
    view.guard = "public"  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """A page for everybody with an account; others are asked to sign in and brought back."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.actor.account_id is None:  # type: ignore[attr-defined]
            return to_sign_in(request)
        return view(request, *args, **kwargs)

    guarded.guard = "signed_in"  # type: ignore[attr-defined]
    return guarded  # type: ignore[return-value]


def may(*permissions: str) -> Callable[[View], View]:
    """A page for those who hold one of these permissions anywhere; the command asks where exactly."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            actor = request.actor  # type: ignore[attr-defined]
            if actor.account_id is None:
                return to_sign_in(request)
            if not any(actor.may(permission) for permission in permissions):
                actor.must(permissions[0])
            return view(request, *args, **kwargs)

        guarded.guard = permissions  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def opens_for(actor: Actor, address: str) -> bool:
    """Whether the page at this address opens for this actor somewhere."""
    guard = resolve(address).func.guard  # type: ignore[attr-defined]
    return isinstance(guard, str) or any(map(actor.may, guard))


def to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """To the sign-in page, and back to where one was afterwards; of a form sent, that it was not done.

    Where a part of a page was sent, the page stays with all that was typed and scanned in it.
    """
    htmx = getattr(request, "htmx", None)
    sent = request.method not in {"GET", "HEAD"}
    if htmx:
        here = htmx.current_url_abs_path or "/"
    else:
        here = _came_from(request) if sent else request.get_full_path()
    way = redirect_to_login(here, reverse("account_login"))
    if htmx and sent:
        page = render(request, "web/components/sign_in_again.html", {"url": way.url}, status=401)
        return above_page(page)
    if htmx:
        return HttpResponseClientRedirect(way.url)
    if sent:
        words = gettext(
            "You were no longer signed in, so nothing was done. Send the form once more."
        )
        messages.warning(request, words)
    return way


def _came_from(request: HttpRequest) -> str:
    """The page of ours on which a form was sent; the first page where that is not known."""
    came = urlsplit(request.headers.get("Referer", ""))
    path = urlunsplit(("", "", came.path, came.query, ""))
    return back_to(request, path if came.netloc == request.get_host() else "/")


def back_to(request: HttpRequest, address: str) -> str:
    """This address, where it is one of ours; else the first page."""
    ours = url_has_allowed_host_and_scheme(address, {request.get_host()})
    return address if ours else "/"
