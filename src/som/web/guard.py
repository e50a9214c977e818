"""Who may open a page. Every view carries exactly one of these; a test asks every URL."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.urls import resolve, reverse
from django_htmx.http import HttpResponseClientRedirect

from som.kernel.actors import Actor

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
    """To the sign-in page, and back to where one was afterwards, also from a part of a page."""
    htmx = getattr(request, "htmx", None)
    if htmx:
        here = htmx.current_url_abs_path or "/"
        return HttpResponseClientRedirect(redirect_to_login(here, reverse("account_login")).url)
    here = request.get_full_path() if request.method == "GET" else "/"
    return redirect_to_login(here, reverse("account_login"))
