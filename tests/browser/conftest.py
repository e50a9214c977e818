"""Chromium on the site of a test's own database; every page it opens is watched."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connections
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.pages import ARGS, Open, watch
from tests.browser.world import Everything
from tests.desks import clock_at
from tests.town import NOON, Town


@pytest.fixture
def town(browser: Browser, live_site: Any) -> Town:
    """The town an hour after noon, in a database of the test's own."""
    cache.clear()
    clock_at(NOON + timedelta(hours=1))
    return Town()


@pytest.fixture
def everything(browser: Browser, live_site: Any) -> Town:
    """The town in which something of every kind has happened."""
    cache.clear()
    town = Everything().town
    clock_at(NOON)
    return town


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Chromium. Playwright's loop runs in this thread, which Django would take for asynchronous."""
    with pytest.MonkeyPatch.context() as patched, sync_playwright() as playwright:
        patched.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGS)
        yield browser
        browser.close()


@pytest.fixture
def opened(browser: Browser, live_site: Any, town: Town) -> Iterator[Open]:
    """Open a page of the site: nothing is said in its console, and nothing asked of other servers."""
    faults: list[str] = []
    contexts = []

    def page_at(path: str, *, width: int = 1280, height: int = 800) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height}, base_url=live_site.url
        )
        contexts.append(context)
        page = context.new_page()
        watch(page, live_site.url, faults)
        page.goto(path)
        return page

    yield page_at
    for context in contexts:
        context.close()
    connections.close_all()
    assert faults == []
