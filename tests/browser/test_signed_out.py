"""The session is over in the middle of the work: nothing scanned is lost, and nothing is done unseen."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.middleware import csrf
from playwright.sync_api import Browser, Page, Response, expect

from som.kernel import sql
from som.lab.queries import waiting_tubes
from tests.browser.pages import LISTENS, LOW, fits, sign_in
from tests.browser.test_reception import colleague, scan
from tests.desks import PASSWORD, give_password
from tests.lab.test_boxes import sent
from tests.town import Town


@pytest.fixture
def page(browser: Browser, live_site: Any, town: Town) -> Any:
    """Ben's page on a telephone; its notes are written down."""
    context = browser.new_context(base_url=live_site.url, viewport={"width": 390, "height": 844})
    context.add_init_script(LISTENS)
    page = context.new_page()
    page.goto("/sign-in/")
    sign_in(page, town, "ben")
    yield page
    context.close()


def signed_out(page: Page) -> None:
    """As where the session has run out: the page knows nothing of it."""
    page.context.clear_cookies(name="sessionid")


def sign_in_again(page: Page, name: str) -> None:
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_the_desk_stays_collects_and_sends_by_itself_afterwards(page: Page, town: Town) -> None:
    tubes = sent(town, 24)
    page.goto("/lab/reception/")
    scan(page, "M1")
    expect(page.locator("#box-title")).to_contain_text("M1")
    page.locator("input[name=condition][value=warm]").check()
    signed_out(page)
    scan(page, *tubes[:2])
    expect(page.locator("#page-messages [role=alert]")).to_contain_text("Sign in again")
    assert page.evaluate("window.notes")[-1] == LOW
    scan(page, *tubes[2:])
    unsent = page.locator("[data-unsent]")
    expect(unsent.locator("[data-unsent-number]")).to_have_text("24")
    expect(page.locator("#scan-box")).to_be_focused()
    assert fits(page)
    assert waiting_tubes(town.lab1, by=town.ben) == []
    taken: list[str] = []

    def note(answer: Response) -> None:
        if "codes=" in (answer.request.post_data or "") and answer.ok:
            taken.append(answer.url)

    page.on("response", note)
    page.locator("#page-messages a").click()
    sign_in_again(page, "ben")
    expect(page.locator("#box-title")).to_contain_text("M1")  # at the same desk and box
    expect(page.locator(".scan-last")).to_contain_text(tubes[-1])
    expect(unsent).to_be_hidden()
    looks = {one.code: one.condition for one in waiting_tubes(town.lab1, by=town.ben)}
    assert looks == dict.fromkeys(tubes, "warm")
    assert len(taken) == 1
    page.reload()
    expect(page.locator(".scan-last")).to_have_count(0)
    assert len(taken) == 1
    assert sql.rows("SELECT count(*) FROM lab_reception") == [(24,)]


def test_another_account_sends_none_of_it(
    page: Page, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csrf, "CSRF_ALLOWED_CHARS", "abcdefghijklmnopqrstuvwxyz")
    (tube,) = sent(town, 1)
    colleague(town)
    give_password("lan")
    page.goto("/lab/reception/")
    # Signed in at another page of the same browser: this desk is still Ben's.
    other = page.context.new_page()
    signed_out(page)
    other.goto("/sign-in/?next=/lab/reception/")
    sign_in_again(other, "lan")
    expect(other.locator("#scan-box")).to_be_visible()
    scan(page, tube)
    expect(page.locator("#page-messages [role=alert]")).to_contain_text("Sign in again")
    page.locator("#page-messages a").click()  # Lan is signed in: at once to her own desk
    expect(page.locator("body")).to_have_attribute(
        "data-account", other.get_attribute("body", "data-account") or ""
    )
    expect(page.locator("[data-unsent]")).to_be_hidden()
    page.reload()
    assert sql.rows("SELECT 1 FROM lab_reception") == []
    signed_out(page)
    page.goto("/lab/reception/")
    sign_in_again(page, "ben")
    expect(page.locator(".scan-last")).to_contain_text(tube)
    assert [one.code for one in waiting_tubes(town.lab1, by=town.ben)] == [tube]


def test_a_form_sent_too_late_says_so_and_leads_back_to_its_page(page: Page, town: Town) -> None:
    cache.clear()
    page.goto(f"/lab/plates/?lab={town.lab1}")
    signed_out(page)
    page.locator("#id_plate").fill("P-1")
    page.locator("form:has(#id_plate) button[type=submit]").first.click()
    expect(page.locator("#page-messages")).to_contain_text("nothing was done")
    assert fits(page)
    sign_in_again(page, "ben")
    page.wait_for_url(f"**/lab/plates/?lab={town.lab1}")
    assert sql.rows("SELECT 1 FROM lab_plate") == []
