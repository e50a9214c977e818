"""Every page there is to reach by links, as every role sees it, in both languages and two widths.

First a client without a browser follows the links of every role from its first page: one or two of
each address. No statement skips rows by counting them, every answer has the strict policy, and
nothing leads to a page that is not there. Then Chromium opens each page that shows something no page
at its address showed before. There axe-core finds no fault, the console is silent, nobody else's
server is asked, and nothing sticks out at the side.
"""

from __future__ import annotations

import html
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, connections
from django.test import Client
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, BrowserContext, Page, expect

from som.access import commands as access
from som.access.queries import account_ids, system_actor
from som.access.roles import ROLES, Bound
from som.access.rules import NewAccount, NewAssignment
from som.kernel import sql
from som.kernel.ids import tube_code
from som.sampling.commands import Handout, hand_out_labels
from som.web.middleware import CONTENT_SECURITY_POLICY
from tests.browser.pages import fits, watch
from tests.desks import BACKEND, SINCE, cast, open_account
from tests.town import NOON, Town

AXE = Path(__file__).parent / "vendor" / "axe.min.js"

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
"""Everything of WCAG 2.2 AA that a machine can tell, and what axe's makers advise beyond."""

WIDTHS = ((1280, 800), (390, 844))

LANGUAGES = {"vi": {390}, "en": {1280}}
"""Each with the widths at which axe looks at it: the longer words on the smaller page. In `make
test-deep` it looks at both widths in both languages."""

if os.environ.get("SOM_AXE") == "all":
    LANGUAGES = {language: {width for width, _ in WIDTHS} for language in LANGUAGES}

OF_EACH = 2
"""So many pages of one address and the same questions: one may be empty where the other is full."""
OF_SOME = {
    "sampling/sessions/<int:session_id>/": 6,
    "sampling/sessions/<int:session_id>/slots/": 4,
    "sampling/labels/<int:roll_id>/": 4,
}
"""More of what stands in more states than two."""

MOST_PAGES = 1_000
"""Twice the pages that all roles together come to. With more, links never end: an address grows
with each page, or asks something new each time."""

SKIPS_ROWS = re.compile(r"\bOFFSET\s+(?!0\b)[%$\d(]", re.IGNORECASE)
"""OFFSET 0 skips none: it keeps the planner from taking a subquery apart."""

LINK = re.compile(r'(?:href|hx-get|action)="([^"]*)"')
METHOD = re.compile(r'<form[^>]*method="post"[^>]*>', re.IGNORECASE)
ELEMENT = re.compile(r"<([a-z0-9]+)((?:\s[^<>]*)?)>")
SIGNS = re.compile(r'\b(class|type|role)="([^"]*)"')


@dataclass
class Visited:
    """A page as one role found it, with the elements that stand on it."""

    role: str
    path: str
    address: str
    elements: frozenset[str]


def names() -> dict[str, str]:
    """The account of each role: those of the town's people, and one more where nobody has it."""
    held = {"sampler": "ana", "commune_officer": "cleo", "cdc_officer": "dora"}
    held |= {"lab_technician": "ben", "lab_reviewer": "bao"}
    return {role: held.get(role, role) for role in ROLES}


def open_for(town: Town, role: str) -> str:
    """The account that holds this role, open."""
    name = names()[role]
    if name in cast(town):
        open_account(town, name)
    elif not account_ids([name]):
        setup = system_actor("setup")
        bound = ROLES[role].bound
        opened = NewAccount(name, name.title(), town.province)
        unit = town.province if bound is Bound.UNIT else None
        given = NewAssignment(name, role, unit, None, SINCE)
        assert not access.open_accounts([opened], by=setup, at=NOON).refused
        assert not access.give_assignments([given], by=setup, at=NOON).refused
    return name


def asked_of(path: str) -> tuple[str, str]:
    """The address as the table of addresses has it, and the names of what is asked of it."""
    parts = urlsplit(path)
    asked = sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)})
    return resolve(parts.path).route, "&".join(asked)


def elements_of(page: str) -> frozenset[str]:
    """What kinds of elements stand on a page: by name, class, type and role."""
    return frozenset(
        " ".join([name, *(f"{key}={value}" for key, value in SIGNS.findall(attributes))])
        for name, attributes in ELEMENT.findall(page)
    )


def links_of(page: str, here: str) -> Iterator[str]:
    """Where a page leads: its links, the parts it fetches, the forms that only ask."""
    page = METHOD.sub("", page)
    for found in LINK.findall(page):
        link = urljoin(here, html.unescape(found)).partition("#")[0]
        if link.startswith("/") and not link.startswith(("/static/", "//")):
            yield link


@dataclass
class Walk:
    """The links followed by one role, without a browser."""

    role: str
    client: Client
    faults: list[str]
    visited: list[Visited] = field(default_factory=list)

    def follow(self) -> list[Visited]:
        """Go from the first page as far as links lead."""
        waiting, asked, met = ["/"], {"/"}, Counter[tuple[str, str]]()
        while waiting:
            path = waiting.pop(0)
            try:
                address, asked_too = asked_of(path)
            except Resolver404:
                self.faults.append(f"{self.role}: {path} is linked and not there")
                continue
            if met[address, asked_too] >= OF_SOME.get(address, OF_EACH):
                continue
            met[address, asked_too] += 1
            page = self.look(path, address)
            for link in links_of(page, path):
                if link not in asked:
                    asked.add(link)
                    waiting.append(link)
        return self.visited

    def look(self, path: str, address: str) -> str:
        """Open this page; its text, where it is one."""
        said: list[str] = []

        def note(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
            said.append(str(sql))
            return execute(sql, params, many, context)

        with connection.execute_wrapper(note):
            answer = self.client.get(path, follow=True)
        self.faults += [f"{path} skips rows: {sql[:200]}" for sql in said if SKIPS_ROWS.search(sql)]
        if answer.status_code != 200:
            self.faults.append(f"{self.role}: {path} answers {answer.status_code}")
            return ""
        if answer.headers["Content-Security-Policy"] != CONTENT_SECURITY_POLICY:
            self.faults.append(f"{path} has another policy")
        if not answer.headers["Content-Type"].startswith("text/html"):
            return ""
        page = b"".join(answer).decode() if answer.streaming else answer.content.decode()
        if "<html" in page:
            self.visited.append(Visited(self.role, path, address, elements_of(page)))
        return page


def with_something_new(visited: list[Visited]) -> list[Visited]:
    """Those pages that show elements which none before showed at the same address."""
    shown: dict[str, set[str]] = {}
    chosen = []
    for one in visited:
        before = shown.setdefault(one.address, set())
        if not one.elements <= before:
            chosen.append(one)
            before |= one.elements
    return chosen


FAULTS_FOUND = """async (tags) => {
  const found = await axe.run(document, {
    runOnly: {type: "tag", values: tags}, rules: {"target-size": {enabled: true}},
    resultTypes: ["violations"], preload: false,
  });
  const where = (one) => one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ");
  return found.violations.map((one) => `${one.id}: ${where(one)}`);
}"""

PARTS_THERE = (
    """() => !document.querySelector('[hx-trigger="load"], .htmx-request, .htmx-swapping')"""
)


def look_at(page: Page, path: str, axe_at: set[int], faults: list[str]) -> None:
    """This page at both widths, and with axe where it is to look."""
    page.goto(path)
    look(page, path, axe_at, faults)


def look(page: Page, path: str, axe_at: set[int], faults: list[str]) -> None:
    """The page as it stands at both widths, and with axe where it is to look."""
    for width, height in WIDTHS:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function(PARTS_THERE, timeout=30_000)
        if not fits(page):
            faults.append(f"{path} at {width} is wider than the window")
        if width in axe_at:
            found = page.evaluate(FAULTS_FOUND, TAGS)
            faults += [f"{path} at {width}: {fault}" for fault in found]


def in_browser(browser: Browser, site: str, client: Client, language: str) -> BrowserContext:
    """A window's context in which the same account is signed in."""
    context = browser.new_context(base_url=site)
    cookies = {"django_language": language}
    cookies |= {
        name: morsel.value for name, morsel in client.cookies.items() if name == "sessionid"
    }
    context.add_cookies([{"name": n, "value": v, "url": site} for n, v in cookies.items()])
    context.add_init_script(path=AXE)
    return context


def test_nothing_is_wrong_with_any_page(browser: Browser, live_site: Any, everything: Town) -> None:
    faults = list[str]()
    clients, visited = {"stranger": Client(raise_request_exception=False)}, list[Visited]()
    for role in ROLES:
        clients[role] = Client(raise_request_exception=False)
        account = get_user_model().objects.get(username=open_for(everything, role))
        clients[role].force_login(account, BACKEND)
    for role, client in clients.items():
        visited += Walk(role, client, faults).follow()
    chosen = with_something_new(visited)
    assert {one.role for one in visited} == set(clients)
    assert len(visited) <= MOST_PAGES, Counter(one.address for one in visited).most_common(20)
    for role, client in clients.items():
        for language, axe_at in LANGUAGES.items():
            context = in_browser(browser, live_site.url, client, language)
            page = context.new_page()
            watch(page, live_site.url, faults)
            for one in chosen:
                if one.role == role:
                    look_at(page, one.path, axe_at, faults)
            context.close()
    connections.close_all()
    assert not faults, "\n".join(faults)


REFUSED = (
    ("dora", "/sampling/sessions/new/", "", {"place": ""}),
    ("dora", "/sampling/sessions/{over}/change/", "", {"ends": "25:00"}),
    ("dora", "/sampling/sessions/{over}/slots/", "#cut", {"places": "900"}),
    ("dora", "/sampling/sessions/{handed}/", "#close", {}),
    ("dora", "/sampling/sessions/{handed}/labels/", "#handout", {"first": "S1", "last": "S1"}),
    ("dora", "/sampling/labels/{roll}/", "#print", {"how_many": "5"}),
    ("dora", "/sampling/labels/", "#issue", {"how_many": "0"}),
    ("ana", "/sampling/labels/void/", "", {"labels": "S0000000001"}),
    ("ana", "/sampling/sessions/{over}/sheets/", "#print", {"how_many": "9999"}),
)
"""Pages as they come back: who sends which form of which page with what is not taken."""


@pytest.mark.parametrize(("language", "axe_at"), LANGUAGES.items())
def test_nothing_is_wrong_with_a_page_that_refuses(
    browser: Browser, live_site: Any, everything: Town, language: str, axe_at: set[int]
) -> None:
    faults = list[str]()
    rolls = sql.rows("SELECT id FROM sampling_roll ORDER BY id")
    ids = dict(sql.rows("SELECT lower(code), id FROM sampling_session"))
    handed = Handout("S1", 90_000, 90_009)
    assert hand_out_labels([handed], by=everything.dora, at=NOON).done
    for name, address, form, typed in REFUSED:
        open_account(everything, name)
        client = Client()
        client.force_login(get_user_model().objects.get(username=name), BACKEND)
        context = in_browser(browser, live_site.url, client, language)
        page = context.new_page()
        watch(page, live_site.url, faults)
        path = address.format(over=ids["over"], handed=ids["s1"], roll=rolls[0][0])
        page.goto(path)
        # The server's answer is looked at, not the browser's own.
        page.evaluate("document.querySelectorAll('form').forEach((form) => form.noValidate = true)")
        for field_name, value in typed.items():
            page.locator(f"{form} [name={field_name}]").first.fill(value)
        if form == "#print" and "labels/" in path:
            page.locator("#print [name=first]").fill(tube_code(handed.first))
        sent = f"form{form}, {form} form" if form else "main form"
        page.locator(sent).locator("button[type=submit]").first.click()
        expect(page.locator(".field-error, [role=alert]").first).to_be_visible()
        # From its top: what lies half under the bar that stays depends on where a page was scrolled.
        page.evaluate("window.scrollTo({top: 0, behavior: 'instant'})")
        look(page, path, axe_at, faults)
        context.close()
    connections.close_all()
    assert not faults, "\n".join(faults)
