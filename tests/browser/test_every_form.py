"""Every form there is to reach by links, sent empty and with nonsense by every role.

A client without a browser follows the links as `test_every_page` does and sends each form it meets
twice: with nothing filled in, and with nonsense in everything that is filled in by hand. What would be
done is taken back, so that one form does not spoil the page of another. Nothing fails, and a page that
is shown again says what was wrong. Then axe looks at the pages with what they say.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections, transaction
from django.test import Client
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, Page

from som.access.roles import ROLES
from tests.browser.pages import watch
from tests.browser.test_every_page import (
    LANGUAGES,
    Visited,
    Walk,
    elements_of,
    in_browser,
    look,
    open_for,
    with_something_new,
)
from tests.desks import BACKEND
from tests.town import Town

NONSENSE = "\u202e☃ <b>'\"%s\\ \u200b" + "9" * 40
"""What no field takes: turned round by a sign nobody sees, marked up, quoted and too long."""

NOBODY_FILLS_IN = {"hidden", "submit", "button", "radio", "checkbox", "image", "reset"}

LEFT_OUT = re.compile(r"^(sign-out|language)/")
"""Signing out ends the walk, and choosing a language has nothing to fill in."""

SAYS_WHAT = re.compile(r'role="alert"|\btone-(error|late|warning)\b|data-beep="refused"')


@dataclass
class Form:
    """A form that posts: where to, and its fields by name with what stands in them."""

    action: str
    sends_files: bool
    fields: dict[str, tuple[str, str]] = field(default_factory=dict)

    def nonsense(self) -> dict[str, Any]:
        """Nonsense in every field that somebody fills in, and the others as they are."""
        said: dict[str, Any] = {}
        for name, (kind, value) in self.fields.items():
            if kind == "file":
                said[name] = SimpleUploadedFile("x.xlsx", b"PK\x03\x04 no workbook")
            else:
                said[name] = value if kind in NOBODY_FILLS_IN else NONSENSE
        return said


class Forms(HTMLParser):
    """The forms of a page that post."""

    def __init__(self, here: str) -> None:
        super().__init__()
        self.here, self.found, self.inside = here, list[Form](), False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = given.get("method", "").lower() == "post"
            if self.inside:
                to = urljoin(self.here, given.get("action") or self.here).partition("#")[0]
                self.found.append(Form(to, "multipart" in given.get("enctype", "")))
        elif self.inside and given.get("name") and tag in ("input", "select", "textarea", "button"):
            kind = "hidden" if tag == "button" else given.get("type", "text")
            if given["name"] != "csrfmiddlewaretoken":
                self.found[-1].fields.setdefault(given["name"], (kind, given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "form"


@dataclass
class Sender(Walk):
    """The links followed by one role, each form met on the way sent once empty and once nonsense."""

    answers: dict[str, tuple[Visited, str]] = field(default_factory=dict)
    sent: set[tuple[str, frozenset[str]]] = field(default_factory=set)

    def look(self, path: str, address: str) -> str:
        page = super().look(path, address)
        forms = Forms(path)
        forms.feed(page)
        for form in forms.found:
            try:
                to = resolve(form.action.partition("?")[0]).route
            except Resolver404:
                self.faults.append(f"{self.role}: {form.action} of {path} is not there")
                continue
            if LEFT_OUT.match(to) or (to, frozenset(form.fields)) in self.sent:
                continue
            self.sent.add((to, frozenset(form.fields)))
            for how, said in (("empty", {}), ("nonsense", form.nonsense())):
                self.send(form, to, how, said)
        return page

    def send(self, form: Form, to: str, how: str, said: dict[str, Any]) -> None:
        """Send it, take back what it did, keep the page that came back."""
        begun = time.monotonic()
        with transaction.atomic():
            answer = self.client.post(form.action, {"csrfmiddlewaretoken": "x"} | said)
            transaction.set_rollback(True)
        if (took := time.monotonic() - begun) > 2:
            self.faults.append(f"{self.role}: {form.action} sent {how} takes {took:.1f} s")
        page = "" if answer.streaming else answer.content.decode(errors="replace")
        told = f"{self.role}: {form.action} sent {how}"
        if answer.status_code >= 500:
            self.faults.append(f"{told} answers {answer.status_code}")
        elif answer.status_code == 200 and "<html" in page:
            if how == "nonsense" and not SAYS_WHAT.search(page):
                self.faults.append(f"{told} is shown again and says nothing")
            seen = Visited(
                self.role, f"{form.action}#{how}{len(self.answers)}", to, elements_of(page)
            )
            self.answers[seen.path] = seen, page


def answers_of(senders: dict[str, Sender]) -> Iterator[tuple[Visited, str]]:
    """The pages that show something which no other showed."""
    pages = {
        (one.role, one.path): page for s in senders.values() for one, page in s.answers.values()
    }
    for one in with_something_new(
        [seen for s in senders.values() for seen, _ in s.answers.values()]
    ):
        yield one, pages[one.role, one.path]


def show_at(page: Page, address: str, shown: str) -> None:
    """Let the browser find this page at the address; what the page asks for it gets from the site."""
    page.route(
        address,
        lambda route: route.fulfill(body=shown, content_type="text/html; charset=utf-8"),
    )


def test_no_form_fails_and_each_says_what_is_wrong(
    browser: Browser, live_site: Any, everything: Town
) -> None:
    faults = list[str]()
    senders = {}
    for role in ROLES:
        client = Client(raise_request_exception=False)
        account = get_user_model().objects.get(username=open_for(everything, role))
        client.force_login(account, BACKEND)
        senders[role] = Sender(role, client, faults)
        senders[role].follow()
    assert sum(len(sender.sent) for sender in senders.values()) > 90
    for role, sender in senders.items():
        context = in_browser(browser, live_site.url, sender.client, "vi")
        page = context.new_page()
        watch(page, live_site.url, faults)
        for one, shown in answers_of(senders):
            if one.role == role:
                show_at(page, live_site.url + one.path.partition("#")[0], shown)
                page.goto(one.path)
                look(page, one.path, LANGUAGES["vi"], faults)
                page.unroute_all()
        context.close()
    connections.close_all()
    assert not faults, "\n".join(faults)
