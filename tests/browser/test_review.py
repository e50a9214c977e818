"""A reviewer decides a discordant pool on a telephone and at a desk."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from som.kernel.sql import rows
from som.results.commands import release_verdicts
from som.results.queries import waiting_for_release
from tests.browser.pages import Open, fits, sign_in
from tests.town import NOON, Town


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_a_discordant_pool_is_decided_with_a_reason(
    opened: Open, town: Town, width: int, height: int
) -> None:
    tubes = [swab.tube for (swab,) in town.sampled([1, 1])]
    town.pooled("P1", tubes)
    town.run("PLATE1", {"P1": "positive"})
    waiting = [one.verdict for one in waiting_for_release(town.lab1, by=town.bao)]
    assert release_verdicts(waiting, lab=town.lab1, by=town.bao, at=NOON).done
    town.run("PLATE2", dict.fromkeys(tubes, "negative"))
    page = opened("/sign-in/", width=width, height=height)
    sign_in(page, town, "bao")
    page.goto("/results/review/")
    assert fits(page)
    again = page.get_by_role("button", name="Ask for every member again")
    again.click()
    expect(page.get_by_role("alert").first).to_contain_text("a decision needs a reason")
    assert rows("SELECT 1 FROM results_pooldecision") == []
    box = again.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    page.get_by_label("Reason").fill("đường cong xấu")
    page.get_by_role("button", name="Ask for every member again").click()
    expect(page.get_by_role("heading", name="Discordant pool")).to_have_count(0)
    assert rows("SELECT decision, decided_by FROM results_pooldecision") == [("again", "bao")]


def test_back_after_two_releases_opens_the_page_anew(opened: Open, town: Town) -> None:
    tubes = [swab.tube for (swab,) in town.sampled([1, 1, 1])]
    for number, tube in enumerate(tubes):
        town.run(f"PLATE{number}", {tube: "positive"})
    page = opened("/sign-in/")
    sign_in(page, town, "bao")
    page.goto("/results/review/")
    release = page.get_by_role("button", name="Release S")
    for left in (2, 1):
        release.first.click()
        expect(release).to_have_count(left)
        expect(page.locator(".outcome")).to_contain_text("1 done")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Review and release")
    expect(release).to_have_count(1)
    page.reload()
    expect(page.locator(".outcome")).to_have_count(0)
    assert len(rows("SELECT 1 FROM results_release")) == 2
