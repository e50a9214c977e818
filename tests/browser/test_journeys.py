"""One journey per desk, in a browser, on real commits: by role and label, as people find things."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from som.kernel import ids
from som.results.commands import release_verdicts
from som.results.queries import waiting_for_release
from tests.browser.pages import Open, fits, sign_in
from tests.town import NOON, Town


def test_a_sampler_finds_a_tube_of_her_session(opened: Open, town: Town) -> None:
    tube = town.sampled([1, 3])[0][0].tube
    page = opened("/sign-in/")
    sign_in(page, town, "ana")
    page.get_by_role("link", name="Sampling", exact=True).first.click()
    page.get_by_role("link", name="Chợ Bắc").click()
    expect(page.get_by_role("heading", name="Chợ Bắc")).to_be_visible()
    expect(page.get_by_role("link", name="People 4")).to_be_visible()
    page.get_by_role("link", name=tube, exact=True).click()
    expect(page.get_by_role("heading", name="Where is it?")).to_be_visible()
    expect(page.get_by_text("Received at the laboratory")).to_be_visible()
    expect(page.get_by_label("What are you looking for?")).to_be_focused()
    page.get_by_label("What are you looking for?").fill("S0000999999")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing with the code S0000999999")).to_be_visible()


def test_a_reviewer_releases_what_another_read(opened: Open, town: Town) -> None:
    tubes = [swabs[0].tube for swabs in town.sampled([1, 1, 1])]
    town.run("PLATE1", dict(zip(tubes, ("negative", "negative", "positive"), strict=True)))
    page = opened("/sign-in/")
    sign_in(page, town, "bao")
    page.get_by_role("link", name="Review", exact=True).first.click()
    page.get_by_role("link", name="PLATE1").click()
    expect(page.get_by_text(f"{tubes[2]}: Positive")).to_be_attached()
    page.go_back()
    page.get_by_role("button", name="Release 2 negatives").click()
    expect(page.get_by_text("2 done")).to_be_visible()
    page.get_by_role("button", name=f"Release {tubes[2]}").click()
    expect(page.get_by_text("Nothing waits for you")).to_be_visible()


def test_a_citizen_looks_a_result_up_on_a_telephone(opened: Open, town: Town) -> None:
    (swab,) = town.sampled([1])[0]
    town.run("PLATE1", {swab.tube: "positive"})
    verdicts = [w.verdict for w in waiting_for_release(town.lab1, by=town.bao)]
    assert not release_verdicts(verdicts, lab=town.lab1, by=town.bao, at=NOON).refused
    page = opened(f"/look-up/#{ids.printed_slip_code(swab.slip)}", width=390, height=844)
    assert fits(page)
    expect(page.get_by_label("Mã tra cứu")).to_have_value(ids.printed_slip_code(swab.slip))
    assert page.url.endswith("/look-up/")
    expect(page.get_by_label("Ngày sinh")).to_be_focused()
    page.get_by_label("Ngày sinh").fill("01/01/1901")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Không tìm thấy kết quả với mã và thông tin này")).to_be_visible()
    assert swab.said is not None
    assert swab.said.birth_date is not None
    page.get_by_label("Ngày sinh").fill(f"{swab.said.birth_date:%d/%m/%Y}")
    page.get_by_role("button", name="Xem kết quả").click()
    expect(page.get_by_role("heading", name="Dương tính")).to_be_visible()
    expect(page.get_by_text(re.compile("gọi 115 ngay"))).to_be_visible()
    assert fits(page)
    assert swab.slip not in page.url
    page.goto(f"/look-up/#{swab.slip}")  # the next slip, scanned while an answer stands there
    expect(page.get_by_label("Mã tra cứu")).to_have_value(swab.slip)
    page.goto("/look-up/")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Look up your result")).to_be_visible()
