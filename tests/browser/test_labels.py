"""The desk of labels, and a paper sheet entered by two people with the keyboard alone."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, Page, expect

from som.access.commands import give_assignments
from som.access.queries import system_actor
from som.access.rules import NewAssignment
from som.kernel import ids, sql
from som.kernel.scope import entered
from som.sampling.commands import SheetWanted, print_sheets
from som.sampling.rules import PrintedLine
from tests.browser.pages import Open, fits, sign_in
from tests.desks import SINCE, open_account
from tests.town import NOON, Town


def test_a_roll_is_issued_printed_and_handed_to_a_team(opened: Open, town: Town) -> None:
    page = opened("/sign-in/", width=390, height=844)
    sign_in(page, town, "dora")
    page.goto("/sampling/labels/")
    assert fits(page)
    page.get_by_label("Unit").fill("Tỉnh Thái Nguyên")
    page.get_by_label("How many").fill("100")
    first = page.get_by_label("First label").input_value()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text(f"The labels {first}–")
    expect(page.get_by_label("From label")).to_have_value(first)
    assert fits(page)
    with page.expect_download() as kept:
        page.get_by_role("button", name="Download the PDF").click()
    assert kept.value.suggested_filename == f"labels-{first}.pdf"
    # Two people and a strip: its first and its last label, by a scanner that types.
    number = sql.rows("SELECT id FROM sampling_session WHERE code = 'S1'")[0][0]
    page.goto(f"/sampling/sessions/{number}/labels/")
    page.get_by_label("Who swabs").fill("Lê An")
    page.get_by_label("Who writes").fill("Trần Bình")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Team 1 is formed.")
    assert fits(page)
    page.get_by_label("First label").focus()
    page.keyboard.type(first)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Last label")).to_be_focused()
    serial = ids.tube_serial(first)
    assert serial is not None
    page.keyboard.type(ids.tube_code(serial + 19))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("20 labels are handed out")
    # One of them is spoilt.
    page.get_by_role("link", name="Take labels out of use").click()
    page.get_by_label("Labels", exact=True).fill(ids.tube_code(serial + 3))
    page.get_by_role("radio", name="Damaged").check()
    page.get_by_role("button", name="Take out of use").click()
    expect(page.get_by_role("status")).to_contain_text("1 label is out of use.")
    assert fits(page)


def printed(town: Town, tubes: list[str]) -> str:
    """Where a sheet is entered that was printed with these tubes, a line each."""
    lines = tuple(PrintedLine(tube, ids.new_slip_code(town.random)) for tube in tubes)
    done = print_sheets([SheetWanted(1, lines)], session="S1", by=town.ana, at=NOON).done
    assert done
    number = sql.rows("SELECT id FROM sampling_session WHERE code = 'S1'")[0][0]
    return f"/sampling/sessions/{number}/sheets/1/"


def line(page: Page, *said: str) -> None:
    """Type a line of the sheet as it is read off the paper, each answer with Enter."""
    for one in said:
        page.keyboard.type(one)
        page.keyboard.press("Enter")


def test_two_people_enter_a_sheet_with_the_keyboard_alone(opened: Open, town: Town) -> None:
    open_account(town, "cleo")
    given = [NewAssignment("cleo", "sampler", town.north, None, SINCE)]
    assert not give_assignments(given, by=system_actor("setup"), at=NOON).refused
    tubes = town.tubes(2)
    here = printed(town, [tubes[0], tubes[0], tubes[1], ""])
    page = opened("/sign-in/")
    sign_in(page, town, "ana", language="Tiếng Việt")
    page.goto(here)
    assert fits(page)
    line(page, "9h15", "Nông Văn Ổn", "05/03/1957", "Nam", "", "0912345678", "Xóm 4", "")
    expect(page.locator("#said-1[data-kept]")).to_be_visible()
    # The time of the line above, and a ditto mark for its address.
    line(page, "", "Nông Thị Đào", "1960", "NN", "", "", '"', "")
    expect(page.locator("#said-2[data-kept]")).to_be_visible()
    line(page, "", "Trần Minh An", "31/02/1980")
    expect(page.locator("#line-3 .cell-birth input")).to_have_attribute("aria-invalid", "true")
    page.locator("#line-3 .cell-birth input").fill("28/02/1980")
    page.locator("#line-4 .cell-tube input").focus()
    expect(page.locator("#said-3[data-kept]")).to_be_visible()
    # A code that is misread shows at once.
    page.locator("#line-4 .cell-tube input").fill(tubes[1][:-1] + str((int(tubes[1][-1]) + 1) % 10))
    page.keyboard.press("Enter")
    expect(page.locator("#line-4 .cell-tube input")).to_have_attribute("aria-invalid", "true")
    page.locator("#line-4 .cell-tube input").fill("")
    page.locator("[data-rest]").click()
    expect(page.locator("#said-4 .tone-working")).to_be_visible()

    # The other reads on a telephone, without seeing what the first read, and misreads a number.
    other = opened("/sign-in/", width=390, height=844)
    sign_in(other, town, "cleo")
    other.goto(here)
    assert fits(other)
    expect(other.locator("#line-1 .cell-name input")).to_have_value("")
    other.locator("#line-1 .cell-time input").focus()
    line(other, "0915", "NÔNG VĂN ỔN", "5.3.1957", "Male", "", "0912345679", "Xóm 4", "")
    expect(other.locator("#said-1")).to_contain_text("Read differently")
    expect(other.get_by_role("row", name="Telephone 0912345679 0912345678")).to_be_visible()
    assert fits(other)
    other.locator("#line-1 .cell-phone input").fill("0912345678")
    other.locator("#line-2 .cell-time input").focus()
    expect(other.locator("#line-1")).to_contain_text("Recorded")
    line(other, "", "Nông Thị Đào", "1960", "Female", "", "", "Xóm 4", "")
    expect(other.locator("#said-2")).to_contain_text("Recorded")
    line(other, "", "Trần Minh An", "28021980", "", "", "", "", "")
    expect(other.locator("#said-3")).to_contain_text("Recorded")
    other.get_by_role("button", name="All other lines are blank").click()
    expect(other.locator("#counts")).to_contain_text("4 of 4 lines settled")
    with entered(town.dora, "people.read"):
        found = sql.rows("SELECT name, birth_year, address FROM sampling_swab ORDER BY id")
    assert found == [
        ("NÔNG VĂN ỔN", 1957, "Xóm 4"),
        ("Nông Thị Đào", 1960, "Xóm 4"),
        ("Trần Minh An", 1980, ""),
    ]


def test_a_dropped_connection_loses_nothing(browser: Browser, live_site: Any, town: Town) -> None:
    here = printed(town, town.tubes(2))
    # Not watched: a browser without a network says so in its console.
    context = browser.new_context(base_url=live_site.url)
    page = context.new_page()
    page.goto("/sign-in/")
    sign_in(page, town, "ana")
    page.goto(here)
    context.set_offline(True)
    line(page, "9h15", "Nông Văn Ổn", "05/03/1957", "Male", "", "0912345678", "Xóm 4", "")
    expect(page.locator("#line-1")).to_contain_text("Not saved yet")
    expect(page.locator("[data-unsent]")).to_contain_text("1 not saved yet. Nothing is lost")
    context.set_offline(False)
    # The network is back: sent by itself. What was begun meanwhile outlives a reload.
    expect(page.locator("#said-1")).to_contain_text("Read once, by you")
    expect(page.locator("[data-unsent]")).to_be_hidden()
    line(page, "", "Trần Minh")
    page.reload()
    expect(page.locator("#line-1 .cell-name input")).to_have_value("Nông Văn Ổn")
    expect(page.locator("#line-2 .cell-name input")).to_have_value("Trần Minh")
    expect(page.locator("#line-2")).to_contain_text("Not saved yet")
    page.get_by_role("button", name="Save the sheet").click()
    expect(page.locator("#line-2:not(.unsent) #said-2")).to_contain_text("Read once, by you")
    kept = page.evaluate("Object.keys(sessionStorage).filter((key) => key.startsWith('som.'))")
    assert kept == [], "what is saved stays on the server alone"
    context.close()
