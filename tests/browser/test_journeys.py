"""One journey per desk, in a browser, on real commits: by role and label, as people find things."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connections
from playwright.sync_api import Browser, Page, expect, sync_playwright

from som.kernel import ids
from som.results.commands import release_verdicts
from som.results.queries import waiting_for_release
from tests.desks import PASSWORD, clock_at, give_password, open_account
from tests.town import NOON, Town

ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]

Open = Callable[..., Page]


@pytest.fixture
def town(browser: Browser, live_site: Any) -> Town:
    """The town an hour after noon, in a database of the test's own."""
    cache.clear()
    clock_at(NOON + timedelta(hours=1))
    return Town()


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
    """Open a page of the site; nothing may be said in the console, nothing may be wider than it."""
    said: list[str] = []
    contexts = []

    def page_at(path: str, *, width: int = 1280, height: int = 800) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height}, base_url=live_site.url
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(path)
        return page

    yield page_at
    for context in contexts:
        context.close()
    connections.close_all()
    assert said == []


def sign_in(page: Page, town: Town, name: str) -> None:
    """Sign in with a password, in English."""
    open_account(town, name)
    give_password(name)
    page.get_by_role("button", name="English").click()
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Hello")


def fits(page: Page) -> bool:
    """Whether nothing sticks out at the side."""
    return bool(
        page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )
    )


def test_a_sampler_finds_a_tube_of_her_session(opened: Open, town: Town) -> None:
    tube = town.sampled([1, 3])[0][0].tube
    page = opened("/sign-in/")
    sign_in(page, town, "ana")
    page.get_by_role("link", name="Sampling", exact=True).first.click()
    page.get_by_role("link", name="Chợ Bắc").click()
    expect(page.get_by_role("heading", name="Chợ Bắc")).to_be_visible()
    expect(page.get_by_role("link", name="People 4")).to_be_visible()
    page.get_by_role("link", name=tube, exact=True).click()
    expect(page.get_by_role("heading", name="Where is this sample?")).to_be_visible()
    expect(page.get_by_text("Received at the laboratory")).to_be_visible()
    expect(page.get_by_label("Code of a tube, a pool or a slip")).to_be_focused()
    page.get_by_label("Code of a tube, a pool or a slip").fill("S0000999999")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No sample with the code S0000999999")).to_be_visible()


def test_a_reviewer_releases_what_another_read(opened: Open, town: Town) -> None:
    tubes = [swabs[0].tube for swabs in town.sampled([1, 1, 1])]
    town.run("PLATE1", dict(zip(tubes, ("negative", "negative", "positive"), strict=True)))
    page = opened("/sign-in/")
    sign_in(page, town, "bao")
    page.get_by_role("link", name="Review", exact=True).first.click()
    page.get_by_role("link", name="PLATE1").click()
    expect(page.get_by_text(f"{tubes[2]}: Positive")).to_be_attached()
    page.go_back()
    page.get_by_role("button", name="Release 2 negatives").click()
    expect(page.get_by_text("2 done")).to_be_visible()
    page.get_by_role("button", name=f"Release {tubes[2]}").click()
    expect(page.get_by_text("Nothing waits for you")).to_be_visible()


def test_a_citizen_looks_a_result_up_on_a_telephone(opened: Open, town: Town) -> None:
    (swab,) = town.sampled([1])[0]
    town.run("PLATE1", {swab.tube: "positive"})
    verdicts = [w.verdict for w in waiting_for_release(town.lab1, by=town.bao)]
    assert not release_verdicts(verdicts, lab=town.lab1, by=town.bao, at=NOON).refused
    page = opened(f"/look-up/#{ids.printed_slip_code(swab.slip)}", width=390, height=844)
    assert fits(page)
    expect(page.get_by_label("Mã tra cứu")).to_have_value(ids.printed_slip_code(swab.slip))
    assert page.url.endswith("/look-up/")
    expect(page.get_by_label("Ngày sinh")).to_be_focused()
    page.get_by_label("Ngày sinh").fill("01/01/1901")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Không tìm thấy kết quả với mã và thông tin này")).to_be_visible()
    assert swab.said is not None
    assert swab.said.birth_date is not None
    page.get_by_label("Ngày sinh").fill(f"{swab.said.birth_date:%d/%m/%Y}")
    page.get_by_role("button", name="Xem kết quả").click()
    expect(page.get_by_role("heading", name="Dương tính")).to_be_visible()
    expect(page.get_by_text(re.compile("gọi 115 ngay"))).to_be_visible()
    assert fits(page)
    assert swab.slip not in page.url
    page.goto(f"/look-up/#{swab.slip}")  # the next slip, scanned while an answer stands there
    expect(page.get_by_label("Mã tra cứu")).to_have_value(swab.slip)
    page.goto("/look-up/")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Look up your result")).to_be_visible()
