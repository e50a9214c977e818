"""A clerk sends a list on a telephone, looks at it and lets it be taken in."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from som.sampling.work import take_up_lists
from tests.browser.pages import Open, fits, sign_in
from tests.town import NOON, Town

LINES = """Họ và tên,Năm sinh,CCCD,Số điện thoại
Nông Văn An,1990,019090000001,0912345678
Lò Thị Ổn,1850,,
"""


def test_a_list_is_sent_looked_at_and_taken_in(
    opened: Open,
    town: Town,
    tmp_path: Path,
) -> None:
    file = tmp_path / "danh sách.csv"
    file.write_text(LINES, "utf-8-sig")
    page = opened("/sign-in/", width=390, height=844)
    sign_in(page, town, "cleo")
    page.get_by_role("link", name="Lists", exact=True).last.click()
    page.get_by_role("link", name="Send a list").click()
    assert fits(page)
    page.get_by_label("What is the list for?").select_option(label="Sàng lọc chợ")
    page.get_by_label("File").set_input_files(str(file))
    page.get_by_role("button", name="Send and look at it").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    take_up_lists(at=NOON)
    expect(page.get_by_role("heading", name="1 row would be taken in")).to_be_visible()
    assert fits(page)
    rows = page.locator("#rows .table-scroll")
    assert rows.evaluate("one => one.scrollWidth <= one.clientWidth"), "rows are cut off"
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the refused").click()
    assert download.value.suggested_filename == "danh sách - refused rows.xlsx"
    page.get_by_role("button", name="Confirm and take in").click()
    expect(page.get_by_role("heading", name="The list is being taken in")).to_be_visible()
    take_up_lists(at=NOON)
    expect(page.get_by_text("Done by this list")).to_be_visible()
    expect(page.get_by_text("Is asked for", exact=True)).to_be_visible()
    assert fits(page)
