"""A sampler on a telephone packs a box with a scanner that types, sends it and hands it over."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from som.kernel.ids import tube_code
from som.sampling.commands import record_swabs
from som.sampling.queries import box_sent
from tests.browser.pages import Open, fits, sign_in
from tests.town import NOON, Town


def scan(page: Page, code: str) -> None:
    """Scan wherever the page is: no box needs to be tapped."""
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def test_a_box_is_packed_sent_and_handed_over_on_a_telephone(opened: Open, town: Town) -> None:
    one, two = town.tubes(2)
    swabs = [town.swab(one), town.swab(two), town.swab(two)]
    assert not record_swabs(swabs, session="S1", by=town.ana, at=NOON).refused
    page = opened("/sign-in/", width=390, height=844)
    sign_in(page, town, "ana", language="Tiếng Việt")
    page.goto("/sampling/boxes/")
    assert fits(page)
    page.get_by_role("link", name="Đóng một thùng").click()
    expect(page.get_by_label("Quét ống cho vào thùng")).to_be_focused()
    desk = page.locator("#desk")
    scan(page, one)
    expect(desk.get_by_role("status")).to_contain_text(one)
    expect(desk.get_by_role("status")).to_contain_text("Trong thùng")
    scan(page, tube_code(77_777))
    expect(page.locator("#scan-refused")).to_contain_text(tube_code(77_777))
    scan(page, two)
    expect(desk.locator(".desk-count b")).to_have_text("2")
    # The last refused stays until the next one is.
    expect(page.locator("#scan-refused")).to_contain_text(tube_code(77_777))
    for button in desk.get_by_role("button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
    assert fits(page)
    # Whoever closes the page loses nothing.
    page.reload()
    expect(page.locator(".desk-count b")).to_have_text("2")
    page.get_by_label("Ai nhận").fill("Lái xe Hai")
    page.get_by_label("Niêm phong", exact=True).fill("N-7")
    page.get_by_label("Nhiệt độ (°C)").fill("4,5")
    code = page.get_by_label("Mã thùng", exact=True).input_value()
    page.get_by_role("button", name="Gửi thùng").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(code)
    expect(page.locator(".box-now")).to_contain_text("Đang trên đường")
    assert fits(page)
    page.get_by_label("Ai nhận").fill("Trực ban tiếp nhận")
    page.get_by_role("button", name="Bàn giao").click()
    expect(page.get_by_text("Lái xe Hai → Trực ban tiếp nhận")).to_be_visible()
    assert fits(page)
    box = box_sent(code, by=town.ana)
    assert (box.sent, box.holder) == (2, "Trực ban tiếp nhận")


def test_without_script_a_box_is_packed_by_ordinary_forms(opened: Open, town: Town) -> None:
    (tube,) = town.tubes(1)
    assert not record_swabs([town.swab(tube)], session="S1", by=town.ana, at=NOON).refused
    page = opened("/sign-in/", width=390, height=844)
    sign_in(page, town, "ana")
    page.route("**/*.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    page.goto("/sampling/boxes/")
    page.get_by_role("link", name="Pack a box").click()
    page.get_by_label("Scan a tube into the box").fill(tube)
    page.keyboard.press("Enter")
    expect(page.locator("#desk")).to_contain_text("In the box")
    page.get_by_role("button", name="Take out").click()
    expect(page.locator(".desk-count b")).to_have_text("0")
