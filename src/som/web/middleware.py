"""Headers, language and friendly errors, for every page alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_vary_headers

from som.kernel.errors import Busy, Conflict, NotAllowed, NotFound
from som.web.fields import MOST_ID
from som.web.scanning import TooManyCodes

GetResponse = Callable[[HttpRequest], HttpResponse]

# The style sheet draws its check marks and arrows as data images.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'"
)
"""Scripts and styles only from files of ours, never from the text of a page."""

PERMISSIONS_POLICY = "camera=(self), geolocation=(), microphone=(), payment=(), usb=()"
"""The camera scans barcodes; nothing else of the device is asked for."""


class HeadersMiddleware:
    """Puts the security headers on every answer, and keeps pages out of shared computers' stores."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if not response.headers.get("Cache-Control"):
            response.headers["Cache-Control"] = "no-store"
        return response


class LanguageMiddleware:
    """Speaks Vietnamese until somebody chooses otherwise.

    What the browser asks for is not followed: most Vietnamese offices have an English Windows.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        if language not in dict(settings.LANGUAGES):
            language = settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Cookie",))
        return response


_STATUS: dict[type[Exception], int] = {
    NotAllowed: 403,
    NotFound: 404,
    Http404: 404,
    Conflict: 409,
    Busy: 503,
    TooManyCodes: 422,
}


class ErrorPagesMiddleware:
    """Turns what may go wrong with a batch as a whole into a page that says what to do.

    A part of a page gets a short message above the page instead, so nothing typed is lost.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 405 and not response.content:
            # An address that only a form's button sends to, opened from the browser's history.
            page = error_page(request, 405)
            page.headers["Allow"] = response.headers["Allow"]
            return page
        return response

    def process_view(
        self, request: HttpRequest, _view: object, _words: object, named: dict[str, Any]
    ) -> HttpResponse | None:
        """An address with a number or a character that no row can have leads nowhere."""
        impossible = any(
            value > MOST_ID if isinstance(value, int) else "\0" in str(value)
            for value in named.values()
        )
        return error_page(request, 404) if impossible else None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        for kind, status in _STATUS.items():
            if isinstance(error, kind):
                return error_page(request, status)
        return None


def error_page(request: HttpRequest, status: int) -> HttpResponse:
    """The page, or for a part of a page the message, that belongs to this status."""
    if getattr(request, "htmx", False):
        page = render(request, "web/error.html#message", {"status": status}, status=status)
        return above_page(page)
    return render(request, "web/error.html", {"status": status}, status=status)


def above_page(response: HttpResponse) -> HttpResponse:
    """This answer to a part of a page as a message above the page, which stays as it is."""
    response.headers["HX-Retarget"] = "#page-messages"
    response.headers["HX-Reswap"] = "innerHTML"
    return response
