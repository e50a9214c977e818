"""Reception with a scanner that types: boxes unpacked, refusals that stay, a connection that drops."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, Page, Route, expect

from som.access.commands import give_assignments, open_accounts
from som.access.queries import system_actor
from som.access.rules import NewAccount, NewAssignment
from som.lab.commands import receive_tubes
from som.lab.queries import waiting_tubes
from tests.browser.pages import Open, fits, sign_in
from tests.browser.test_every_page import AXE, look
from tests.desks import PASSWORD, give_password
from tests.lab.test_boxes import sent
from tests.town import NOON, Town


def scan(page: Page, *codes: str) -> None:
    """As a scanner does: keys and Enter wherever the page is, and the next code at once."""
    for code in codes:
        page.keyboard.type(code)
        page.keyboard.press("Enter")


def colleague(town: Town) -> None:
    """Lan, a technician of the other laboratory, has an account."""
    setup = system_actor("setup")
    open_accounts([NewAccount("lan", "Lan", town.province)], by=setup, at=NOON)
    held = NewAssignment("lan", "lab_technician", None, town.lab2, NOON.date())
    assert give_assignments([held], by=setup, at=NOON).done


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("link", name="Sign in", exact=True).click()
    expect(page.get_by_label("User name")).to_be_visible()


def test_a_box_is_unpacked_with_a_scanner_that_types(opened: Open, town: Town) -> None:
    first, second, third, missing = sent(town, 4)
    (foreign,) = sent(town, 1, "M2")
    page = opened("/sign-in/")
    sign_in(page, town, "ben")
    page.get_by_role("link", name="Receive tubes").click()
    expect(page.get_by_label("Tube or box")).to_be_focused()
    scan(page, "M1")
    expect(page.get_by_role("heading", name="Box M1")).to_be_visible()
    scan(page, first, second, foreign, "S0000000000")
    refused = page.get_by_role("alert", name="Last refused")
    expect(page.locator(".scan-last")).to_contain_text("S0000000000")
    expect(page.get_by_role("link", name="Received 2")).to_be_visible()
    awaited = page.get_by_role("row", name="M1")
    expect(awaited).to_contain_text("2 of 4")
    scan(page, "S0000000000")
    expect(page.locator(".scan-last[data-alone]")).to_contain_text("S0000000000")
    expect(refused).to_be_hidden()  # it would say the same a second time
    page.get_by_role("radio", name="Came warm").check()
    scan(page, third)
    expect(page.locator(".scan-last")).to_contain_text(f"{third} Received · Came warm")
    expect(refused).to_contain_text("S0000000000")  # until something else is refused
    expect(page.get_by_label("In good order")).to_be_checked()
    expect(page.get_by_role("link", name="Received 3")).to_be_visible()
    expect(page.get_by_role("link", name="Missing 1")).to_be_visible()
    expect(page.locator(".codes").first).to_have_text(missing)
    page.reload()
    expect(page.get_by_role("heading", name="Box M1")).to_be_visible()
    page.get_by_role("button", name="The box is unpacked").click()
    expect(page.get_by_text("1 tube was missing then")).to_be_visible()
    looks = {one.code: one.condition for one in waiting_tubes(town.lab1, by=town.ben)}
    assert looks == {first: "good", second: "good", foreign: "good", third: "warm"}


def test_a_pasted_list_goes_as_one_and_the_page_fits_a_telephone(opened: Open, town: Town) -> None:
    tubes = sent(town, 3)
    page = opened("/sign-in/", width=390, height=844)
    sign_in(page, town, "ben", language="Tiếng Việt")
    page.goto("/lab/reception/")
    assert fits(page)
    page.locator("details.scan-many summary").click()
    page.locator("[data-many]").fill("\n".join(tubes))
    page.locator("details.scan-many button").click()
    expect(page.locator(".scan-last")).to_contain_text(tubes[-1])
    expect(page.locator("#desk tbody tr")).to_have_count(3)
    assert fits(page)


def test_no_scan_is_lost_with_the_connection(browser: Browser, live_site: Any, town: Town) -> None:
    first, second = sent(town, 2)
    context = browser.new_context(base_url=live_site.url)
    page = context.new_page()
    page.goto("/sign-in/")
    sign_in(page, town, "ben")
    page.goto("/lab/reception/")

    def no_network(route: Route) -> None:
        route.abort() if route.request.method == "POST" else route.continue_()

    page.route("**/*", no_network)
    scan(page, first, second)
    unsent = page.locator("[data-unsent]")
    expect(unsent).to_contain_text("2 scanned and not sent yet")
    page.reload()
    expect(unsent).to_contain_text("2 scanned and not sent yet")
    page.goto("/lab/reception/?box=M1")
    expect(unsent).to_be_hidden()
    page.get_by_role("link", name="To them").click()
    expect(unsent).to_contain_text("2 scanned and not sent yet")
    expect(page.get_by_text("No connection")).to_be_visible()
    page.unroute("**/*")
    unsent.get_by_role("button", name="Send now").click()
    expect(page.locator(".scan-last")).to_contain_text("2 done")
    expect(unsent).to_be_hidden()
    expect(page.get_by_text("No connection")).to_have_count(0)  # nor is it said any longer
    assert {one.code for one in waiting_tubes(town.lab1, by=town.ben)} == {first, second}
    context.close()


def test_each_tube_keeps_the_look_it_was_scanned_with(
    browser: Browser, live_site: Any, town: Town
) -> None:
    tubes = sent(town, 4)
    context = browser.new_context(base_url=live_site.url)
    page = context.new_page()
    page.goto("/sign-in/")
    sign_in(page, town, "ben")
    page.goto("/lab/reception/")
    context.set_offline(True)
    for tube, chosen in zip(
        tubes, ("In good order", "Leaking", "Came warm", "Came warm"), strict=True
    ):
        page.get_by_role("radio", name=chosen).check()
        scan(page, tube)
    page.get_by_role("radio", name="In good order").check()
    expect(page.locator("[data-unsent]")).to_contain_text("4 scanned and not sent yet")
    context.set_offline(False)
    page.get_by_role("button", name="Send now").click()
    expect(page.locator("#desk tbody tr")).to_have_count(4)
    expect(page.locator("[data-unsent]")).to_be_hidden()
    looks = {one.code: one.condition for one in waiting_tubes(town.lab1, by=town.ben)}
    assert looks == dict(zip(tubes, ("good", "leaking", "warm", "warm"), strict=True))
    context.close()


def test_what_was_not_sent_waits_for_the_account_that_scanned_it(
    browser: Browser, live_site: Any, town: Town
) -> None:
    first, second = sent(town, 2)
    context = browser.new_context(base_url=live_site.url)
    page = context.new_page()
    page.goto("/sign-in/")
    sign_in(page, town, "ben")
    page.goto("/lab/reception/")
    page.route("**/lab/reception/**", lambda route: route.abort())
    scan(page, first, second)
    unsent = page.locator("[data-unsent]")
    expect(unsent).to_contain_text("2 scanned and not sent yet")
    sign_out(page)
    page.unroute("**/lab/reception/**")
    # A colleague at the same browser sends what she scans and nothing of his.
    colleague(town)
    sign_in(page, town, "lan")
    page.goto("/lab/reception/")
    expect(unsent).to_be_hidden()
    scan(page, "S0000000000")
    expect(page.locator(".scan-last[data-alone]")).to_contain_text("S0000000000")
    expect(unsent).to_be_hidden()
    assert waiting_tubes(town.lab1, by=town.ben) == []
    assert waiting_tubes(town.lab2, by=town.lan) == []
    sign_out(page)
    page.get_by_label("User name").fill("ben")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Hello")
    page.goto("/lab/reception/")
    expect(page.locator(".scan-last")).to_contain_text("2 done")  # by itself
    expect(unsent).to_be_hidden()
    assert {one.code for one in waiting_tubes(town.lab1, by=town.ben)} == {first, second}
    context.close()


def test_too_many_codes_at_once_stay_in_their_box(
    browser: Browser, live_site: Any, town: Town
) -> None:
    context = browser.new_context(base_url=live_site.url)
    page = context.new_page()
    page.goto("/sign-in/")
    sign_in(page, town, "ben")
    page.goto("/lab/reception/")
    codes = "\n".join(f"TUBE-{n}" for n in range(2_001))
    page.locator("details.scan-many summary").click()
    many = page.locator("[data-many]")
    many.fill(codes)
    page.locator("details.scan-many button").click()
    expect(page.get_by_text("Up to 2,000 codes go at once.")).to_be_visible()
    expect(many).to_have_value(f"{codes}\n")
    expect(page.locator("[data-unsent]")).to_be_hidden()
    context.close()


def test_a_tube_that_leaks_goes_with_a_second_person(opened: Open, town: Town) -> None:
    leaking, kept = sent(town, 2)
    assert receive_tubes([leaking, kept], lab=town.lab1, by=town.ben, at=NOON).done
    page = opened("/sign-in/")
    sign_in(page, town, "ben")
    page.goto("/lab/fridge/")
    page.get_by_role("radio", name="Frozen, -70 °C or colder").check()
    scan(page, kept)
    expect(page.locator(".scan-last")).to_contain_text("Frozen")
    page.get_by_role("link", name="Reject or destroy").click()
    expect(page.get_by_label("Tube")).to_be_focused()
    scan(page, leaking)
    expect(page.get_by_role("heading", name="Not tested yet (1)")).to_be_visible()
    page.get_by_label("Reason").select_option(label="Leaking")
    # Beside him stands Cleo, who mistypes her password once.
    give_password("cleo")
    page.get_by_label("Their user name").fill("Cleo")
    page.get_by_label("Their password").fill("not hers")
    page.get_by_role("button", name="Reject these").click()
    expect(page.get_by_text("The user name or the password is wrong.")).to_be_visible()
    expect(page.get_by_label("Their user name")).to_have_value("Cleo")
    expect(page.get_by_label("Their password")).to_have_value("")
    expect(page.get_by_label("Their password")).to_be_focused()
    page.evaluate(AXE.read_text("utf-8"))
    faults = list[str]()
    look(page, "with a wrong password", {1280, 390}, faults)
    assert not faults
    page.get_by_label("Their password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing is in the tray")).to_be_visible()
    expect(page.locator(".who-name").first).to_have_text("Ben")  # she was signed in nowhere
    assert [one.code for one in waiting_tubes(town.lab1, by=town.ben)] == [kept]


def test_a_box_is_packed_for_another_laboratory(opened: Open, town: Town) -> None:
    first, second = sent(town, 2)
    assert receive_tubes([first, second], lab=town.lab1, by=town.ben, at=NOON).done
    page = opened("/sign-in/")
    sign_in(page, town, "ben")
    page.goto("/lab/referral/")
    scan(page, first)
    expect(page.get_by_role("heading", name="In the box (1)")).to_be_visible()
    page.get_by_label("To", exact=True).select_option(label="Phòng xét nghiệm Hai")
    scan(page, second)  # what was chosen stays chosen
    expect(page.get_by_role("heading", name="In the box (2)")).to_be_visible()
    page.get_by_label("Why it goes on").select_option(label="An instrument is out of order")
    page.get_by_role("button", name="Send 2 tubes on").click()
    manifest = page.get_by_role("link", name="Print the manifest of box")
    expect(manifest).to_be_visible()
    paper = page.request.get(manifest.get_attribute("href") or "")
    assert paper.headers["content-type"] == "application/pdf"
