"""Every URL refuses a stranger, unless it is for everybody and says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

PUBLIC = {
    "/": "the welcoming page",
    "/language/": "choosing the language",
    "/favicon.ico": "the sign of a tab",
    "/sign-in/": "signing in",
    "/sign-out/": "signing out",
    "/first-sign-in/": "the printed code",
    "/demo/": "one-click sign-in, in a demo alone",
    "/demo/sign-in/": "one-click sign-in, in a demo alone",
    "/look-up/": "the public look-up",
    "/look-up/slip/": "the check of a printed slip, for whoever is shown it",
}
"""The pages for everybody. A new one is a decision, and stands here with its reason."""

DUMMIES = {"int": 1, "str": "x", "slug": "x", "path": "x"}


def pages(given: Mapping[str, Any] | None = None) -> Iterator[tuple[str, Any]]:
    """Every address of the product with its view; `given` fills placeholders by name."""

    def walk(patterns: Any, before: str) -> Iterator[tuple[str, Any]]:
        for pattern in patterns:
            route = before + str(pattern.pattern)
            if hasattr(pattern, "url_patterns"):
                yield from walk(pattern.url_patterns, route)
                continue
            for name, converter in pattern.pattern.converters.items():
                kind = type(converter).__name__.removesuffix("Converter").lower()
                kind = {"string": "str"}.get(kind, kind)
                value = (given or {}).get(name, DUMMIES[kind])
                route = route.replace(f"<{kind}:{name}>", str(value))
            assert "<" not in route, route
            yield f"/{route}", pattern.callback

    yield from walk(get_resolver().url_patterns, "")


PAGES = sorted(pages(), key=lambda page: page[0])


@pytest.mark.parametrize(("url", "view"), PAGES, ids=[url for url, _ in PAGES])
def test_every_view_says_who_may_open_it(url: str, view: Any) -> None:
    assert (view.guard == "public") == (url in PUBLIC)


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
@pytest.mark.parametrize("url", [url for url, _ in PAGES if url not in PUBLIC])
def test_a_stranger_is_asked_to_sign_in(url: str, method: str) -> None:
    answer = getattr(Client(), method)(url)
    if answer.status_code == 302:
        assert answer.headers["Location"].startswith(reverse("account_login"))
    else:
        assert answer.status_code in (403, 404, 405)
