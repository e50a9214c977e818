"""Lists, walk-ins and reviews without a mouse: every step is reached with Tab and taken with a key."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from som.kernel import ids, scope, sql
from som.people.rules import Declaration
from som.sampling.commands import CardRoll, issue_cards, record_swabs
from som.sampling.work import take_up_lists
from tests.browser.pages import Open, sign_in
from tests.people.test_matching_views import twice
from tests.town import NOON, Town

MOST_TABS = 80

LINES = """Mã ống,Họ và tên,Năm sinh,CCCD,Nhóm máu
210101,Nông Văn An,1990,019090000001,A
210102,Lò Thị Xuân,1850,,
"""


def tab_to(page: Page, wanted: Locator) -> Locator:
    """Go on with Tab until this has the focus, and see that it shows."""
    expect(wanted).to_be_visible()
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if wanted.evaluate("one => one === document.activeElement"):
            box = wanted.bounding_box()
            assert box is not None
            outline = wanted.evaluate(
                "one => { const s = getComputedStyle(one);"
                " return s.outlineStyle !== 'none' || s.boxShadow !== 'none'; }"
            )
            assert outline, "nobody sees where the focus is"
            return wanted
    raise AssertionError(f"{wanted} is not reached with Tab")


def press(page: Page, role: str, name: str, key: str = "Enter") -> None:
    """Reach a link or button and use it."""
    tab_to(page, page.get_by_role(role, name=name, exact=True).last)  # type: ignore[arg-type]
    page.keyboard.press(key)


def test_a_list_is_looked_at_and_confirmed_with_the_keyboard(
    opened: Open, town: Town, tmp_path: Path
) -> None:
    file = tmp_path / "danh sách.csv"
    file.write_text(LINES, "utf-8-sig")
    page = opened("/sign-in/")
    sign_in(page, town, "cleo")
    page.goto("/sampling/lists/")
    press(page, "link", "Send a list")
    target = tab_to(page, page.get_by_label("What is the list for?"))
    page.keyboard.type("Sàng")
    expect(target.locator("option:checked")).to_have_text("Sàng lọc chợ")
    tab_to(page, page.get_by_label("File"))
    page.get_by_label("File").set_input_files(str(file))
    press(page, "button", "Send and look at it")
    expect(page.get_by_role("progressbar")).to_be_visible()
    take_up_lists(at=NOON)
    expect(page.get_by_role("heading", name="1 row would be taken in")).to_be_visible()
    expect(page.get_by_text("The file is a list of swabs taken")).to_be_visible()
    expect(page.get_by_text("Nhóm máu")).to_be_visible()
    tab_to(page, page.locator(".counts a", has_text="Refused"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Refused rows")).to_be_visible()
    expect(page.get_by_text("Lò Thị Xuân")).to_be_visible()
    expect(page.get_by_text("Nông Văn An")).not_to_be_attached()
    press(page, "link", "Show all rows")
    expect(page.get_by_text("Nông Văn An")).to_be_visible()
    press(page, "button", "Confirm and take in", "Space")
    expect(page.get_by_role("heading", name="The list is being taken in")).to_be_visible()
    take_up_lists(at=NOON)
    expect(page.get_by_text("Done by this list")).to_be_visible()


def test_a_walk_in_gets_their_name_with_the_keyboard(opened: Open, town: Town) -> None:
    issue_cards([CardRoll(0, 0, town.north)], by=town.dora, at=NOON)
    with scope.entered(town.ana, "people.read"):
        ((serial, slip),) = sql.rows("SELECT serial, slip FROM sampling_card")
    card = ids.card_code(serial)
    swab = town.swab(town.tubes(1)[0], slip=slip, card=card, said=Declaration(""))
    assert not record_swabs([swab], session="S1", by=town.ana, at=NOON).refused
    page = opened("/sign-in/")
    sign_in(page, town, "ana")
    page.goto("/sampling/walk-ins/")
    tab_to(page, page.get_by_label("Card number"))
    page.keyboard.type(card)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Identity or insurance card")).to_be_focused()
    for label, typed in (
        ("Name", "Lò Thị Bé"),
        ("Date or year of birth", "1961"),
        ("Sex", "F"),
        ("Identity number", "019060000123"),
    ):
        tab_to(page, page.get_by_label(label, exact=True))
        page.keyboard.type(typed)
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"The card {card} has its name")).to_be_visible()
    expect(page.get_by_text("The number says another year of birth.")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("has a name by now")).to_be_visible()


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_pair_is_reviewed_and_taken_back_with_the_keyboard(
    opened: Open, town: Town, key: str
) -> None:
    twice(town)
    page = opened("/sign-in/")
    sign_in(page, town, "cleo")
    page.goto("/people/same/")
    press(page, "link", "Show numbers")
    expect(page.get_by_text("•")).to_have_count(0)
    press(page, "button", "One person", key)
    expect(page.get_by_text("No pair waits for you")).to_be_visible()
    press(page, "link", "Decided")
    press(page, "button", "Take the join back", key)
    expect(page.get_by_role("heading", name="Two different people")).to_be_visible()
    press(page, "button", "Review again", key)
    press(page, "link", "To review")
    expect(page.get_by_role("button", name="Two different people")).to_be_visible()
