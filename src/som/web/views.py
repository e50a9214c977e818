"""The shell's own pages: the language switch, a tab's sign and what Django itself refuses."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.templatetags.static import static
from django.views.decorators.http import require_POST, require_safe

from som.web.guard import back_to, to_sign_in
from som.web.middleware import error_page

YEAR = 365 * 24 * 3600


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Remember the language chosen, on this device, and go back to the page it was chosen on."""
    response = HttpResponseRedirect(back_to(request, request.POST.get("next", "/")))
    chosen = request.POST.get("language", "")
    if chosen in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=YEAR,
            samesite="Lax",
            secure=request.is_secure(),
            httponly=True,
        )
    return response


language.guard = "public"  # type: ignore[attr-defined]


@require_safe
def favicon(_request: HttpRequest) -> HttpResponse:
    """The sign of a tab that shows a paper: a PDF says nowhere where its own is."""
    return HttpResponseRedirect(static("web/mark.svg"))


favicon.guard = "public"  # type: ignore[attr-defined]


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A request no page of ours sends, or one larger than any page takes."""
    return error_page(request, 413 if isinstance(exception, RequestDataTooBig) else 400)


def forbidden(
    request: HttpRequest,
    exception: Exception | None = None,  # noqa: ARG001
    reason: str = "",  # noqa: ARG001
) -> HttpResponse:
    """Refused by Django itself."""
    return error_page(request, 403)


def out_of_date(request: HttpRequest, reason: str = "") -> HttpResponseBase:  # noqa: ARG001
    """A form without the token of this sign-in: from a page of before it, or of nobody's."""
    open_to_all = request.resolver_match is None or request.resolver_match.func.guard == "public"  # type: ignore[attr-defined]
    return error_page(request, 403) if open_to_all else to_sign_in(request)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """No page has this address."""
    return error_page(request, 404)


def too_many(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """More tries than the rate limits allow."""
    return error_page(request, 429)
