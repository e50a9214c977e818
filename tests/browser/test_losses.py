"""Tubes are noted as lost on a telephone, with a second person beside it."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from som.sampling.commands import record_swabs
from tests.browser.pages import Open, fits, sign_in
from tests.desks import PASSWORD, give_password, open_account
from tests.town import NOON, Town


def at_the_desk(opened: Open, town: Town, tube: str) -> Page:
    """Ana's telephone with this tube on the list, and everything else filled in."""
    open_account(town, "cleo")
    give_password("cleo")
    page = opened("/sign-in/", width=390, height=844)
    sign_in(page, town, "ana")
    page.goto("/sampling/boxes/lost/new/")
    scan(page, tube, 1)
    page.get_by_role("radio", name="Leaked").check()
    page.get_by_role("textbox", name="Note").fill("by the river")
    page.get_by_label("Their user name").fill("cleo")
    return page


def scan(page: Page, tube: str, count: int) -> None:
    """Scan a tube; so many are on the list then."""
    box = page.get_by_label("Scan or type a tube")
    box.fill(tube)
    box.press("Enter")
    expect(page.locator(".desk-count b")).to_have_text(str(count))


def stands(page: Page) -> None:
    """What was said of the tubes stands; the password is to be typed anew."""
    expect(page.get_by_role("radio", name="Leaked")).to_be_checked()
    expect(page.get_by_role("textbox", name="Note")).to_have_value("by the river")
    expect(page.get_by_label("Their user name")).to_have_value("cleo")
    expect(page.get_by_label("Their password")).to_have_value("")
    assert fits(page)


def sends(page: Page, password: str) -> None:
    page.get_by_label("Their password").fill(password)
    page.get_by_role("button", name="Note them as lost").click()


def test_a_refused_password_comes_back_empty_and_the_note_stands(opened: Open, town: Town) -> None:
    (tube,) = town.tubes(1)
    assert not record_swabs([town.swab(tube)], session="S1", by=town.ana, at=NOON).refused
    page = at_the_desk(opened, town, tube)
    sends(page, "không-phải-mật-khẩu")
    refused = page.locator("#id_witness_password_error, .field-error")
    expect(refused.first).to_be_visible()
    stands(page)
    expect(page.locator(".desk-count b")).to_have_text("1")
    sends(page, PASSWORD)
    expect(page.get_by_text("1 tube is noted as lost")).to_be_visible()


def test_a_tube_scanned_meanwhile_empties_the_password(opened: Open, town: Town) -> None:
    one, two = town.tubes(2)
    swabs = [town.swab(one), town.swab(two)]
    assert not record_swabs(swabs, session="S1", by=town.ana, at=NOON).refused
    page = at_the_desk(opened, town, one)
    page.get_by_label("Their password").fill(PASSWORD)
    scan(page, two, 2)
    page.get_by_label("Their user name").fill("cleo")
    stands(page)
    sends(page, PASSWORD)
    expect(page.get_by_text("2 tubes are noted as lost")).to_be_visible()
