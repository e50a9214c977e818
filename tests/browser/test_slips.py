"""A commune prints its slips; whoever is shown one scans it on a telephone."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from som.lab.commands import receive_tubes
from som.results.commands import release_verdicts
from som.results.queries import waiting_for_release
from som.results.rules import sealed
from som.sampling.commands import Manifest, dispatch_tubes, record_swabs
from som.sampling.rules import SwabTaken
from tests.browser.pages import Open, fits, sign_in
from tests.papers import text_of
from tests.town import NOON, Town


def answered(town: Town) -> list[SwabTaken]:
    """A negative, an inconclusive and a positive, released."""
    said = [town.declaration(name=name) for name in ("Nông Văn An", "Trần Thị Bình", "Lý Minh Đào")]
    swabs = [town.swab(tube, said=one) for tube, one in zip(town.tubes(3), said, strict=True)]
    tubes = [swab.tube for swab in swabs]
    assert not record_swabs(swabs, session="S1", by=town.ana, at=NOON).refused
    assert dispatch_tubes(
        tubes, manifest=Manifest("M1", town.north, town.lab1), by=town.ana, at=NOON
    ).done
    assert receive_tubes(tubes, lab=town.lab1, by=town.ben, at=NOON).done
    found = ("negative", "inconclusive", "positive")
    town.run("PLATE1", {swab.tube: what for swab, what in zip(swabs, found, strict=True)})
    waiting = [one.verdict for one in waiting_for_release(town.lab1, by=town.bao)]
    assert release_verdicts(waiting, lab=town.lab1, by=town.bao, at=NOON).done
    return swabs


def paper_behind(page: Page, link: str) -> str:
    """What the paper says to which this link leads."""
    address = page.get_by_role("link", name=re.compile(link)).first.get_attribute("href")
    assert address is not None
    answer = page.context.request.get(f"{page.url.split('/results/')[0]}{address}")
    assert answer.headers["content-type"] == "application/pdf"
    return text_of(answer.body())


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_a_commune_prints_what_is_handed_out_and_whom_to_call(
    opened: Open, town: Town, width: int, height: int
) -> None:
    negative, again, positive = (swab.said.name for swab in answered(town) if swab.said)
    page = opened("/sign-in/", width=width, height=height)
    sign_in(page, town, "cleo")
    page.goto("/results/")
    page.get_by_role("link", name="Slips and lists").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Slips and lists")
    expect(page.get_by_role("link", name="Print 2 slips")).to_be_visible()
    assert fits(page)
    for link in ("Print 2 slips", "Print the hand-out lists"):
        said = paper_behind(page, link)
        assert negative in said
        assert again in said
        assert positive not in said
        assert "Positive" not in said
    assert positive in paper_behind(page, "Print whom to call")
    page.get_by_role("link", name="Papers of this session").first.click()
    expect(page.get_by_role("link", name="All of the day")).to_be_visible()


def test_a_paper_opens_in_the_browsers_own_viewer(opened: Open, town: Town) -> None:
    answered(town)
    page = opened("/sign-in/")
    sign_in(page, town, "cleo")
    page.goto("/results/slips/")
    address = page.get_by_role("link", name="Print 2 slips").get_attribute("href")
    assert address is not None
    said = list[str]()
    paper = page.context.new_page()  # unwatched: the viewer's own scripts are no page of ours
    paper.on("console", lambda message: said.append(message.text))
    with paper.expect_event(
        "framenavigated", lambda frame: frame.parent_frame and frame.url.endswith(address)
    ):
        paper.goto(address)
    assert said == []


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_a_scanned_slip_is_checked_and_leaves_no_trace_in_the_address(
    opened: Open, town: Town, width: int, height: int
) -> None:
    slip = answered(town)[0].slip
    code = sealed(slip, 1, settings.SECRET_KEY)
    page = opened(f"/look-up/#{code}", width=width, height=height)
    page.get_by_role("button", name="English").click()
    page.goto("/")
    page.goto(f"/look-up/#{code}")
    expect(page.get_by_label("Look-up code")).to_have_value(slip)
    assert "#" not in page.url
    assert fits(page)
    page.get_by_role("button", name="Check the slip").click()
    expect(page.get_by_role("heading", name="Genuine, and it holds")).to_be_visible()
    expect(page.get_by_text("Negative", exact=True)).to_be_visible()
    assert slip not in page.url
    assert fits(page)
    page.get_by_label("Code below the square").fill(code.replace(".1.", ".2."))
    page.get_by_role("button", name="Check the slip").click()
    expect(page.get_by_text("This code was not printed here")).to_be_visible()
    # The slip given at the swab itself has no seal: there is nothing to check on it yet.
    page.goto(f"/look-up/#{slip}")
    expect(page.get_by_label("Look-up code")).to_have_value(slip)
    expect(page.get_by_role("button", name="Check the slip")).to_have_count(0)
