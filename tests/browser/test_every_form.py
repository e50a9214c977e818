"""Every form there is to reach by links, sent empty, with nonsense, and with what no page sends.

A client without a browser follows the links as `test_every_page` does and sends each form it meets,
once of each shape whoever meets it: with nothing filled in, with nonsense in everything that is filled
in by hand, once for each of its buttons, and tampered with, in what nobody fills in. What would be done
is taken back, so that one form does not spoil the page of another. Nothing fails, and a page that is
shown again after nonsense says what it did not say before. Then axe looks at the pages with what they
say.
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

TAMPERED = (NONSENSE, str(10**19))
"""What stands in no hidden field, button or box of ours: nonsense, and a number past all keys."""

PRESSED = {"submit", "button", "image"}
NOBODY_FILLS_IN = PRESSED | {"hidden", "radio", "checkbox", "reset"}

MOST_BUTTONS = 8
"""Buttons of one name that are pressed: more of them stand in lists, one for each line."""

LEFT_OUT = re.compile(r"^(sign-out|language)/")
"""Signing out ends the walk, and choosing a language has nothing to fill in."""

UNSEEN = re.compile(r"<template\b.*?</template>", re.DOTALL)
SAYS_WHAT = re.compile(r'role="alert"|\btone-error\b|data-beep="')

SAYS_NOTHING = {
    "where/": "nobody is called so, which is said in words as a list without a line",
    "people/": "nobody is called so, which is said in words as a list without a line",
    "lab/layouts/<str:kit>/<int:size>/ well": "a click draws the plate anew; setting it judges it",
}
"""Forms, with the button's name, that nonsense leads back to without a fault, and why."""

TAKES_IT = {
    "results/find-person/": "leads to the page of the slip sought, which says that there is none",
    "results/reported/row/<int:reported_id>/ do": "any words are a reason",
}
"""Forms, with the button's name, to which nonsense is as good as anything, and why."""


@dataclass
class Form:
    """A form that posts: where to, its fields by name with what stands in them, and its buttons."""

    action: str
    fields: dict[str, tuple[str, str]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def add(self, name: str, kind: str, value: str) -> None:
        if kind not in PRESSED:
            self.fields.setdefault(name, (kind, value))
        elif [one for one, _ in self.buttons].count(name) < MOST_BUTTONS:
            self.buttons.append((name, value))

    @property
    def shape(self) -> frozenset[str]:
        """What it asks, by the names alone."""
        return frozenset(self.fields) | {name for name, _ in self.buttons if name}

    @property
    def presses(self) -> list[dict[str, str]]:
        """What each of its buttons adds; nothing, where it has no name."""
        pressed = dict.fromkeys(self.buttons or [("", "")])
        return [{name: value} if name else {} for name, value in pressed]

    @property
    def is_filled_in(self) -> bool:
        """Whether somebody fills in anything: of buttons alone there is no nonsense."""
        return any(kind not in NOBODY_FILLS_IN for kind, _ in self.fields.values())

    def filled(self, words: str | None = None) -> dict[str, Any]:
        """Everything as it stands, or with these words in all that somebody fills in."""
        said: dict[str, Any] = {}
        for name, (kind, value) in self.fields.items():
            if kind == "file":
                said[name] = SimpleUploadedFile("x.xlsx", b"PK\x03\x04 no workbook")
            else:
                said[name] = value if kind in NOBODY_FILLS_IN or words is None else words
        return said

    def sendings(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """How it is sent: empty, with nonsense by each button, and tampered with one by one."""
        yield "empty", {}
        for pressed in self.presses:
            yield "nonsense", self.filled(NONSENSE) | pressed
        usual = self.filled() | next((pressed for pressed in self.presses if pressed), {})
        unfilled = {name for name, (kind, _) in self.fields.items() if kind in NOBODY_FILLS_IN}
        unfilled |= {name for name, _ in self.buttons if name}
        for value in TAMPERED:
            yield "tampered", dict.fromkeys(usual, value)
            for name in sorted(unfilled):
                yield "tampered", usual | {name: value}


class Forms(HTMLParser):
    """The forms of a page that post, with what stands elsewhere and belongs to them."""

    def __init__(self, here: str, page: str) -> None:
        super().__init__()
        self.here, self.forms = here, list[Form]()
        self.called: dict[str, Form] = {}
        self.inside: Form | None = None
        self.chosen: tuple[Form, str] | None = None
        self.outside = list[tuple[str, str, str, str]]()
        self.feed(UNSEEN.sub("", page))
        for form, name, kind, value in self.outside:
            if form in self.called:
                self.called[form].add(name, kind, value)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = None
            if given.get("method", "").lower() == "post":
                to = urljoin(self.here, given.get("action") or self.here).partition("#")[0]
                self.inside = Form(to)
                self.forms.append(self.inside)
                self.called[given.get("id", "")] = self.inside
        elif tag == "option" and self.chosen and ("selected" in given or not self._has_choice()):
            form, name = self.chosen
            form.fields[name] = "select", given.get("value", "")
        elif tag in ("input", "select", "textarea", "button"):
            kind = given.get("type", "submit" if tag == "button" else "text")
            said = given.get("name", ""), kind, given.get("value", "")
            if not said[0] and kind != "submit":
                return
            if "form" in given:
                self.outside.append((given["form"], *said))
            elif self.inside and said[0] != "csrfmiddlewaretoken":
                self.inside.add(*said)
                self.chosen = (self.inside, said[0]) if tag == "select" else None

    def _has_choice(self) -> bool:
        form, name = self.chosen or (Form(""), "")
        return bool(form.fields.get(name, ("", ""))[1])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = None


def told(page: str) -> int:
    """How often a page says that something is wrong or what became of it."""
    return len(SAYS_WHAT.findall(UNSEEN.sub("", page)))


@dataclass
class Sender(Walk):
    """The links followed by one role, each form met on the way sent if nobody met its like before."""

    sent: set[tuple[str, frozenset[str]]] = field(default_factory=set)
    answers: dict[str, tuple[Visited, str]] = field(default_factory=dict)

    def look(self, path: str, address: str) -> str:
        page = super().look(path, address)
        for form in Forms(path, page).forms:
            try:
                to = resolve(form.action.partition("?")[0]).route
            except Resolver404:
                self.faults.append(f"{self.role}: {form.action} of {path} is not there")
                continue
            if LEFT_OUT.match(to) or (to, form.shape) in self.sent:
                continue
            self.sent.add((to, form.shape))
            for how, said in form.sendings():
                self.send(form, to, how, said, told(page))
        return page

    def send(self, form: Form, to: str, how: str, said: dict[str, Any], before: int) -> None:
        """Send it, take back what it did, keep the page that came back."""
        begun = time.monotonic()
        with transaction.atomic():
            answer = self.client.post(form.action, {"csrfmiddlewaretoken": "x"} | said)
            transaction.set_rollback(True)
        sent = f"{self.role}: {form.action} sent {how}"
        if (took := time.monotonic() - begun) > 2:
            self.faults.append(f"{sent} takes {took:.1f} s")
        if answer.status_code >= 500:
            self.faults.append(f"{sent} answers {answer.status_code}: {said}")
        if how == "tampered":
            return
        pressed = next((name for name, _ in form.buttons if name and name in said), "")
        judged, named = how == "nonsense" and form.is_filled_in, f"{to} {pressed}".strip()
        page = "" if answer.streaming else answer.content.decode(errors="replace")
        if judged and answer.status_code == 302 and named not in TAKES_IT:
            self.faults.append(f"{sent} is taken: {named}")
        elif answer.status_code == 200 and "<html" in page:
            if judged and told(page) <= before and named not in SAYS_NOTHING:
                self.faults.append(f"{sent} is shown again and says nothing: {named}")
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
    senders, sent = {}, set[tuple[str, frozenset[str]]]()
    for role in ROLES:
        client = Client(raise_request_exception=False)
        account = get_user_model().objects.get(username=open_for(everything, role))
        client.force_login(account, BACKEND)
        senders[role] = Sender(role, client, faults, sent=sent)
        senders[role].follow()
    assert len(sent) > 60
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
