"""Headers, language, friendly errors."""

from __future__ import annotations

import pytest
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from som.kernel.actors import NOBODY
from som.kernel.errors import Busy, Conflict, NotAllowed, NotFound
from som.web.middleware import ErrorPagesMiddleware, LanguageMiddleware
from som.web.scanning import TooManyCodes

pytestmark = pytest.mark.django_db


def asked(htmx: bool = False) -> HttpRequest:
    request = RequestFactory().get("/somewhere/")
    request.htmx = htmx  # type: ignore[attr-defined]
    request.actor = NOBODY  # type: ignore[attr-defined]
    return request


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotAllowed("x"), 403),
        (NotFound("x"), 404),
        (Http404(), 404),
        (Conflict("x"), 409),
        (Busy("x"), 503),
        (TooManyCodes(), 422),
    ],
)
def test_what_is_wrong_with_a_batch_becomes_a_page(error: Exception, status: int) -> None:
    middleware = ErrorPagesMiddleware(lambda _: HttpResponse())
    page = middleware.process_exception(asked(), error)
    assert page is not None
    assert page.status_code == status
    assert "<html" in page.text
    assert str(status) in page.text
    part = middleware.process_exception(asked(htmx=True), error)
    assert part is not None
    assert part.status_code == status
    assert "<html" not in part.text
    assert part.headers["HX-Retarget"] == "#page-messages"


def test_a_paper_for_which_there_was_no_room_is_asked_for_again_with_one_click() -> None:
    middleware = ErrorPagesMiddleware(lambda _: HttpResponse())
    page = middleware.process_exception(asked(), Busy("x"))
    assert page is not None
    assert f'href="{asked().get_full_path()}"><svg' in page.text


def test_other_errors_are_left_alone() -> None:
    middleware = ErrorPagesMiddleware(lambda _: HttpResponse())
    assert middleware.process_exception(asked(), ValueError("x")) is None


def test_vietnamese_whatever_the_browser_asks_for() -> None:
    client = Client(headers={"accept-language": "en-US,en"})
    assert "Đăng nhập" in client.get("/sign-in/").text


def test_the_language_chosen_stays_on_the_device() -> None:
    client = Client()
    response = client.post("/language/", {"language": "en", "next": "/sign-in/"})
    assert response.headers["location"] == "/sign-in/"
    page = client.get("/sign-in/")
    assert "Sign in" in page.text
    assert page.headers["content-language"] == "en"
    client.post("/language/", {"language": "xx"})
    assert "Sign in" in client.get("/sign-in/").text


def test_the_language_switch_leads_nowhere_else() -> None:
    response = Client().post("/language/", {"language": "en", "next": "https://elsewhere.example/"})
    assert response.headers["location"] == "/"


def test_a_made_up_cookie_is_vietnamese() -> None:
    request = asked()
    request.COOKIES["django_language"] = "../../etc"
    LanguageMiddleware(lambda _: HttpResponse())(request)
    assert request.LANGUAGE_CODE == "vi"


@pytest.mark.parametrize("path", ["/", "/sign-in/", "/no-such-page/"])
def test_every_answer_carries_the_security_headers(path: str) -> None:
    headers = Client().get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=(self)" in headers["permissions-policy"]
    assert "no-store" in headers["cache-control"]


def test_a_form_without_its_token_is_refused_with_a_page() -> None:
    response = Client(enforce_csrf_checks=True).post("/language/", {"language": "en"})
    assert response.status_code == 403
    assert "<html" in response.text


def test_an_address_for_buttons_alone_opens_with_a_page_of_our_own() -> None:
    response = Client().get("/language/")
    assert response.status_code == 405
    assert response.headers["Allow"] == "POST"
    assert "error-page" in response.text
