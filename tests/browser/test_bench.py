"""A technician pools tubes and lays a plate with a scanner that types, at a desk and on a telephone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from som.kernel.sql import rows
from som.lab.commands import set_control_layouts
from som.lab.rules import LayoutMode, LayoutWanted, LoadKind
from som.sampling.queries import tray
from tests.browser.pages import Open, fits, sign_in
from tests.town import KIT, NOON, Town


def scanned(page: Page, *codes: str) -> None:
    """Type each code as a scanner does, wherever the page is, and wait until it is answered."""
    for code in codes:
        page.keyboard.type(code)
        page.keyboard.press("Enter")
        expect(page.locator("#desk .scan-last .code")).to_have_text(code)


@pytest.mark.parametrize("width", [1280, 390])
def test_from_tubes_to_a_laid_plate(opened: Open, town: Town, width: int) -> None:
    tubes = [swab.tube for (swab,) in town.sampled([1] * 5)]
    wanted = LayoutWanted(
        KIT, 96, LayoutMode.FIXED, ((LoadKind.NO_TEMPLATE, ("A1",)), (LoadKind.POSITIVE, ("H12",)))
    )
    assert set_control_layouts([wanted], lab=town.lab1, by=town.bao, at=NOON).done
    page = opened("/sign-in/", width=width)
    sign_in(page, town, "ben", language="Tiếng Việt" if width == 390 else "English")
    page.goto("/lab/pools/")
    to_pool = page.locator("#waits .count-value").first
    expect(to_pool).to_have_text("5")
    scanned(page, *tubes[:3], "P-01")
    expect(to_pool).to_have_text("2")  # without opening the page again
    expect(page.locator("#waits")).to_contain_text("P-01")
    assert rows("SELECT code, size FROM lab_pool") == [("P-01", 3)]
    assert fits(page)
    # The plate: begun with its controls, then scanned into.
    page.goto("/lab/plates/")
    page.locator("#id_kit").select_option(KIT)
    page.locator("#id_plate").focus()
    page.keyboard.type("PL-1")
    page.keyboard.press("Enter")
    page.wait_for_url("**/lab/plates/PL-1/")
    scanned(page, "P-01")
    assert fits(page)
    # Arrows choose a well over the controls; the next scan goes there, and the one after below it.
    page.locator("input[name=well][value=B2]").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("input[name=well][value=A2]")).to_be_checked()
    scanned(page, tubes[3], tubes[4])
    desk = f"plate:{town.lab1}:PL-1"
    there = {line.code: line.place for line in tray(desk, by=town.ben)}
    assert there == {"P-01": "B1", tubes[3]: "A2", tubes[4]: "B2"}
    # A foreign code is refused, and stays said until the next refused.
    scanned(page, "FOREIGN.1")
    expect(page.locator("#scan-refused")).to_contain_text("FOREIGN.1")
    page.locator("input[name=well][value=B2]").focus()
    page.keyboard.press("Backspace")
    expect(page.locator("#desk .scan-last .code")).to_have_text(tubes[4])
    expect(page.locator("#scan-refused")).to_contain_text("FOREIGN.1")
    page.locator("button[name=act][value='fill:all']").click()
    expect(page.locator(".bench-well.is-planned")).to_have_count(3)
    page.locator("button[name=act][value=lay]").click()
    expect(page.locator(".outcome")).to_be_visible()
    expect(page.locator(".bench-well.is-laid")).to_have_count(5)
    assert tray(desk, by=town.ben) == []
    assert len(rows("SELECT 1 FROM lab_well")) == 5
    assert fits(page)


def test_a_scanner_faster_than_the_server_makes_the_pool_of_what_it_scanned(
    opened: Open, town: Town
) -> None:
    tubes = [swab.tube for (swab,) in town.sampled([1] * 4)]
    page = opened("/sign-in/")
    sign_in(page, town, "ben")
    page.goto("/lab/pools/")
    for code in (*tubes, "P-01"):
        page.keyboard.type(code)
        page.keyboard.press("Enter")
    expect(page.locator("#desk .scan-last .code")).to_have_text("P-01")
    assert rows("SELECT code, size FROM lab_pool") == [("P-01", 4)]


def test_half_a_code_goes_nowhere_with_the_codes_before_it(opened: Open, town: Town) -> None:
    first, second = (swab.tube for (swab,) in town.sampled([1] * 2))
    page = opened("/sign-in/")
    sign_in(page, town, "ben")
    page.goto("/lab/pools/")
    held: list[Route] = []
    page.route(
        "**/lab/pools/**",
        lambda route: route.continue_() if held else held.append(route),
    )
    for code in (first, second):  # the second waits for the answer to the first
        page.keyboard.type(code)
        page.keyboard.press("Enter")
    page.keyboard.type("P-0")
    with page.expect_request(lambda asked: second in (asked.post_data or "")) as sent:
        held[0].continue_()
    assert "P-0" not in str(sent.value.post_data)
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    expect(page.locator("#desk .scan-last .code")).to_have_text("P-01")
    assert rows("SELECT code, size FROM lab_pool") == [("P-01", 2)]


def test_a_label_waits_until_what_lay_there_was_looked_at(opened: Open, town: Town) -> None:
    tubes = [swab.tube for (swab,) in town.sampled([1] * 3)]
    page = opened("/sign-in/")
    sign_in(page, town, "ben")
    page.goto("/lab/pools/")
    scanned(page, *tubes[:2])
    page.reload()
    scanned(page, tubes[2], "P-01")
    expect(page.locator("#scan-refused")).to_contain_text("P-01")
    assert rows("SELECT 1 FROM lab_pool") == []
    page.get_by_role("button", name="they go together").click()
    expect(page.get_by_role("button", name="they go together")).to_have_count(0)
    scanned(page, "P-01")
    assert rows("SELECT code, size FROM lab_pool") == [("P-01", 3)]


def test_a_384_plate_scrolls_in_its_own_frame_on_a_telephone(opened: Open, town: Town) -> None:
    (tube,) = [swab.tube for (swab,) in town.sampled([1])]
    page = opened("/sign-in/", width=390, height=844)
    sign_in(page, town, "ben")
    page.goto("/lab/plates/")
    page.get_by_label("Kit", exact=True).select_option(KIT)
    page.get_by_label("Wells", exact=True).select_option("384")
    page.get_by_label("Plate", exact=True).fill("PL-384")
    page.get_by_role("button", name="Begin the plate").click()
    page.wait_for_url("**/lab/plates/PL-384/")
    assert fits(page)
    well = page.locator("label.bench-well", has=page.locator("input[value=P1]"))
    box = well.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 44
    well.click()
    scanned(page, tube)
    assert rows("SELECT place FROM sampling_tray") == [("P1",)]


def test_a_layout_is_clicked_on_the_plate(opened: Open, town: Town) -> None:
    page = opened("/sign-in/")
    sign_in(page, town, "bao")
    page.goto(f"/lab/layouts/{KIT}/96/")
    page.get_by_role("radio", name="Negative control").check()
    page.get_by_role("button", name="F12: free").click()
    expect(page.get_by_label("Negative control").last).to_have_value("F12")
    page.get_by_role("button", name="Set the layout").last.click()
    page.wait_for_url("**/lab/layouts/")
    assert rows("SELECT wells->>'negative' FROM lab_layout") == [('["F12"]',)]
