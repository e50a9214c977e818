"""What holds for every address: a guard, a stranger refused, nothing inline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

TEMPLATES = sorted(Path("src/som").rglob("templates/**/*.html"))


def addresses(
    found: list[URLPattern | URLResolver] | None = None, before: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    for one in get_resolver().url_patterns if found is None else found:
        here = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from addresses(one.url_patterns, here)
        else:
            yield here, one


def test_every_address_says_who_may_open_it() -> None:
    without = [at for at, one in addresses() if not hasattr(one.callback, "guard")]
    assert without == [], "put signed_in, may(...) or public of som.web.guard on the view"


def test_every_guard_names_permissions_of_the_table() -> None:
    from som.access.roles import PERMISSIONS

    for at, one in addresses():
        guard = getattr(one.callback, "guard", "public")
        if not isinstance(guard, str):
            assert set(guard) <= set(PERMISSIONS), at


@pytest.mark.django_db
def test_every_address_refuses_a_stranger() -> None:
    client = Client()
    for at, one in addresses():
        if getattr(one.callback, "guard", "") == "public":
            continue
        path = "/" + re.sub(r"<(?:(\w+):)?\w+>", filled, at)
        for answer in (client.get(path), client.post(path)):
            assert answer.status_code in (302, 405), (path, answer.status_code)
            if answer.status_code == 302:
                assert answer.headers["location"].startswith("/sign-in/"), path


def filled(part: re.Match[str]) -> str:
    """Something that fits this part of an address."""
    return {"int": "1", "uuid": "00000000-0000-0000-0000-000000000000"}.get(part[1] or "", "x")


@pytest.mark.parametrize("path", TEMPLATES, ids=str)
def test_no_template_carries_scripts_or_styles_of_its_own(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"<style|<script(?![^>]*\ssrc=)(?![^>]*type=\"application/json\")", text)
    told = re.sub(r"{%.*?%}", "", text, flags=re.DOTALL)  # where `one=` is no attribute
    assert not re.search(r"\sstyle=|\son[a-z]+=|javascript:", told), "the page's policy forbids it"
