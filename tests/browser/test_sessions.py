"""A planner opens a session, cuts it into slots and gives people their times; an officer asks for one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from som.lab.commands import set_capacities
from som.lab.rules import CapacityWanted
from som.places import queries as places
from som.sampling.queries import open_requests
from tests.browser.pages import Open, fits, sign_in
from tests.sampling.test_slots import asked_for
from tests.town import NOON, Town

SIZES = [(1280, 800), (390, 844)]


def typed(page: Page, label: str, text: str) -> None:
    """Type into a box, as a hand does: what stood there is gone."""
    page.get_by_label(label, exact=True).fill("")
    page.get_by_label(label, exact=True).press_sequentially(text)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_session_is_opened_and_its_people_get_their_times(
    opened: Open, town: Town, width: int, height: int
) -> None:
    asked_for(town, ["Xóm 1", "Xóm 2", "Xóm 2", "Số 3, xóm 10", "Số 3, xóm 10"])
    ceiling = CapacityWanted(town.lab1, 10, NOON.date() + timedelta(days=1))
    assert set_capacities([ceiling], by=town.dora, at=NOON).done
    page = opened("/sign-in/", width=width, height=height)
    sign_in(page, town, "dora", language="Tiếng Việt")
    page.goto("/sampling/sessions/new/")
    room = page.locator("#room")
    expect(room).to_contain_text("02/11/2026")
    typed(page, "Ngày", "03/11/2026")
    page.get_by_label("Ngày", exact=True).press("Tab")
    expect(room).to_contain_text("03/11/2026")
    expect(room).to_contain_text("10")
    page.locator("#id_unit").fill(places.unit_path([town.north], NOON.date())[town.north])
    page.locator("#id_place").fill("Nhà văn hoá xóm 1")
    page.locator("#id_lab").select_option(str(town.lab1))
    page.locator("#id_time").fill("7h30")
    page.locator("#id_ends").fill("9h30")
    page.locator("#id_expected").fill("60")
    assert fits(page)
    page.locator("main form [type=submit]").first.click()
    anyway = page.locator("#id_anyway")
    expect(anyway).to_be_visible()
    assert fits(page)
    page.locator("#id_expected").fill("50")
    page.locator("main form [type=submit]").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nhà văn hoá xóm 1")
    page.get_by_role("link", name="Chia khung giờ").click()
    assert fits(page)
    page.locator("#id_minutes").fill("30")
    page.locator("#id_places").fill("2")
    page.locator("#cut [type=submit]").click()
    expect(page.locator("#slots tbody tr")).to_have_count(4)
    page.get_by_label("Xóm 2").uncheck()
    page.locator("#give [type=submit]").click()
    expect(page.locator("#slots tbody tr").nth(1).locator("td.number").first).to_have_text("2")
    assert fits(page)
    for row in page.locator("#slots tbody a").all():
        box = row.bounding_box()
        assert box is not None
        assert box["height"] >= 44 or width > 1000, "a finger needs more room than a mouse"
    page.locator("#slots tbody a").first.click()
    expect(page.locator(".whom")).to_have_count(1)
    assert fits(page)
    page.locator(".mover select").select_option(index=3)
    page.locator(".mover button").click()
    expect(page.locator(".whom")).to_have_count(0)
    assert fits(page)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_one_person_is_asked_for_from_their_page(
    opened: Open, town: Town, width: int, height: int
) -> None:
    asked_for(town, ["Xóm 1"])
    person = open_requests(by=town.cleo, at=NOON)[0].person
    page = opened("/sign-in/", width=width, height=height)
    sign_in(page, town, "cleo", language="Tiếng Việt")
    page.goto(f"/people/{person}/")
    page.locator(f"a[href='/sampling/people/{person}/ask/']").click()
    number = page.locator("#id_day_number")
    expect(number).to_be_hidden()
    page.locator("[value=day]").check()
    expect(number).to_be_visible()
    number.fill("7")
    assert fits(page)
    page.locator("main form [type=submit]").click()
    expect(page).to_have_url(f"{page.url.split('/people/')[0]}/people/{person}/")
    found = [r.day_number for r in open_requests(by=town.cleo, at=NOON)]
    assert found.count(7) == 1
