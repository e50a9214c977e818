"""A sampler records walk-ins on a telephone with a scanner that types, and finds one of them again."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, expect

from som.kernel import ids
from som.kernel.scope import entered
from som.kernel.sql import rows
from som.sampling.commands import CardRoll, issue_cards
from tests.browser.pages import LISTENS, LOW, Open, fits, sign_in
from tests.browser.test_reception import scan
from tests.town import NOON, Town


def test_card_tube_next_with_a_scanner_that_types(opened: Open, town: Town) -> None:
    assert issue_cards([CardRoll(0, 9, town.north)], by=town.dora, at=NOON).done
    cards, (tube,) = [ids.card_code(n) for n in range(3)], town.tubes(1)
    page = opened("/sign-in/", width=390, height=844)
    sign_in(page, town, "ana")
    page.goto("/sampling/walk-ins/new/")
    page.get_by_role("link", name="Chợ Bắc").click()
    assert fits(page)
    for tapped in ("Female", "1950", "7"):
        page.get_by_role("radio", name=tapped, exact=True).check()
    # Wherever the page is, the scanner's letters go into the card's box, and Enter on to the tube.
    page.keyboard.type(cards[0])
    expect(page.get_by_label("Walk-in card")).to_have_value(cards[0])
    page.keyboard.press("Enter")
    expect(page.get_by_label("Tube", exact=True)).to_be_focused()
    page.keyboard.type(tube)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text(f"{cards[0]} is recorded in {tube}.")
    expect(page.get_by_role("status")).to_contain_text("1 of 5 in this tube.")
    # The next one: the tube is in hand still, so the card alone is enough.
    expect(page.get_by_label("Walk-in card")).to_be_focused()
    page.keyboard.type(cards[1])
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("2 of 5 in this tube.")
    page.keyboard.type(cards[2][:-1])
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").first).to_contain_text("Not recorded.")
    expect(page.get_by_label("Walk-in card")).to_be_focused()
    assert fits(page)
    # What is scanned after a refused card replaces it, and is not written behind it.
    page.wait_for_function(
        "document.activeElement.selectionEnd > document.activeElement.selectionStart"
    )
    page.keyboard.type(cards[2])
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("3 of 5 in this tube.")
    # Card, tube: the tube scanned as well is the same tube, and everybody stays recorded.
    expect(page.get_by_label("Walk-in card")).to_be_focused()
    page.keyboard.type(tube)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text(f"{tube} is the same tube.")
    expect(page.get_by_role("status")).to_contain_text(f"{cards[2]} is recorded in {tube}.")
    expect(page.get_by_text("Not recorded.")).to_have_count(0)
    with entered(town.dora, "people.read"):
        found = rows("SELECT sex::text, birth_year FROM sampling_swab ORDER BY id")
    assert found == [("F", 1957), (None, None), (None, None)]


def test_without_network_no_two_codes_run_into_one_another(
    browser: Browser, live_site: Any, town: Town
) -> None:
    assert issue_cards([CardRoll(0, 9, town.north)], by=town.dora, at=NOON).done
    cards, (tube,) = [ids.card_code(n) for n in range(4)], town.tubes(1)
    context = browser.new_context(base_url=live_site.url, viewport={"width": 390, "height": 844})
    context.add_init_script(LISTENS)
    page = context.new_page()
    page.goto("/sign-in/")
    sign_in(page, town, "ana")
    page.goto("/sampling/walk-ins/new/")
    page.get_by_role("link", name="Chợ Bắc").click()
    expect(page.get_by_label("Walk-in card")).to_be_visible()
    scan(page, cards[0], tube)
    expect(page.get_by_role("status")).to_contain_text(f"{cards[0]} is recorded in {tube}.")
    page.evaluate("window.notes = []")
    context.set_offline(True)
    for count, code in enumerate(cards[1:3], start=1):
        scan(page, code)
        expect(page.get_by_role("alert")).to_contain_text("What you just scanned is not recorded.")
        page.wait_for_function("count => window.notes.length === count", arg=count)
        expect(page.get_by_label("Walk-in card")).to_have_value(code)
    assert page.evaluate("window.notes") == [LOW, LOW]
    assert fits(page)
    context.set_offline(False)
    scan(page, cards[3])
    expect(page.get_by_role("status")).to_contain_text(f"{cards[3]} is recorded in {tube}.")
    expect(page.get_by_text("No connection")).to_have_count(0)
    with entered(town.dora, "people.read"):
        assert rows("SELECT count(*) FROM sampling_swab") == [(2,)]
    context.close()
