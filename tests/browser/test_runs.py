"""A technician drops an instrument's file, reads its run, sees its curves; another releases it."""

from __future__ import annotations

import re
from datetime import timedelta

from playwright.sync_api import expect

from som.kernel.clock import LOCAL
from som.kernel.sql import rows
from som.lab.commands import load_plates
from som.lab.rules import Loading, LoadKind
from som.sampling.commands import record_swabs
from tests.browser.pages import Open, fits, sign_in
from tests.desks import clock_at
from tests.lab.test_curves import exported_with_curves, loads_of
from tests.town import KIT, NOON, Town, instrument_file

_DROP = """([content, name]) => {
  const given = new DataTransfer();
  given.items.add(new File([content], name, { type: "text/plain" }));
  const zone = document.querySelector("[data-drop]");
  for (const kind of ["dragover", "drop"]) {
    zone.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: given }));
  }
}"""


def test_a_file_is_dropped_looked_at_read_and_released(opened: Open, town: Town) -> None:
    codes = [swabs[0].tube for swabs in town.sampled([1, 1, 1])]
    lab, by = town.lab1, town.ben
    assert not load_plates(
        loads_of(codes), plate="PLATE1", size=96, kit=KIT, lab=lab, by=by, at=NOON
    ).refused
    page = opened("/sign-in/")
    sign_in(page, town, "ben", language="Tiếng Việt")
    page.goto("/lab/runs/")
    page.locator("main a[href='/lab/runs/new/']").click()
    page.wait_for_url("**/lab/runs/new/")  # whole, with its scripts
    content = exported_with_curves("PLATE1", codes)
    page.evaluate(_DROP, [content.decode(), "PLATE1.txt"])
    expect(page.locator("#looked .facts")).to_contain_text("PLATE1")
    assert rows("SELECT 1 FROM lab_run") == []
    page.locator("#id_kit_lot").fill("LOT-7")
    page.locator("button[name=read]").click()
    page.wait_for_url(re.compile(r"/lab/runs/[0-9]+/$"))
    section = page.locator("#curves")
    expect(section).to_have_attribute("data-drawn", "15")
    section.locator("select").first.select_option("N1")
    expect(section).to_have_attribute("data-drawn", "5")
    section.locator("select").nth(1).select_option("doubt")
    expect(section).to_have_attribute("data-drawn", "1")
    section.locator("label[for=curve-log]").click()
    page.locator("td.well-positive a").first.click()
    expect(page.locator(".curve-table")).to_be_visible()
    expect(section).to_have_attribute("data-drawn", "3")
    assert fits(page)
    assert rows("SELECT kit_lot FROM lab_run") == [("LOT-7",)]

    page = opened("/sign-in/")
    sign_in(page, town, "bao")
    page.goto("/results/review/")
    expect(page.get_by_text("24.50").first).to_be_visible()
    page.get_by_role("button", name="Release 2 negatives").click()
    expect(page.get_by_role("group", name="Exceptions of PLATE1")).to_be_visible()
    page.get_by_role("button", name=f"Release {codes[0]}").click()
    expect(page.get_by_text("Nothing waits for you")).to_be_visible()
    assert len(rows("SELECT 1 FROM results_release")) == 3


def test_a_file_of_another_plate_and_of_a_wrong_clock_is_read_as_what_it_is(
    opened: Open, town: Town
) -> None:
    tubes = [swabs[0].tube for swabs in town.sampled([1, 1])]
    where = {"size": 96, "kit": KIT, "lab": town.lab1, "by": town.ben, "at": NOON}
    for plate, tube in zip(("PLATE1", "PLATE2"), tubes, strict=True):
        assert not load_plates(
            [Loading(LoadKind.TUBE, tube, ("A1",))], plate=plate, **where
        ).refused
    page = opened("/sign-in/", width=390, height=844)
    sign_in(page, town, "ben")
    page.goto("/lab/runs/new/?plate=PLATE1")
    shown = {"A1": (tubes[1], "negative")}
    content = instrument_file("PLATE2", shown, NOON - timedelta(days=2))
    page.evaluate(_DROP, [content.decode(), "export.txt"])
    expect(page.get_by_role("alert")).to_contain_text("another plate of this laboratory")
    page.get_by_role("button", name="Look at it as plate PLATE2").click()
    expect(page.locator("#id_plate")).to_have_value("PLATE2")
    expect(page.get_by_role("alert")).to_contain_text("before the swab was taken")
    page.locator("#id_kit_lot").fill("LOT-7")
    page.locator("button[name=read]").click()
    expect(page.get_by_text("Say how you know when it ended.")).to_be_visible()
    assert fits(page)
    local = NOON.astimezone(LOCAL)
    page.locator("#id_ended_on").fill(f"{local:%d/%m/%Y}")
    page.locator("#id_ended_hour").fill(f"{local:%H:%M}")
    page.locator("#id_ended_why").fill("The instrument's book")
    page.locator("button[name=read]").click()
    page.wait_for_url(re.compile(r"/lab/runs/[0-9]+/$"))
    expect(page.get_by_text("The instrument's book")).to_be_visible()
    assert fits(page)
    assert rows("SELECT ended_at, ended_why FROM lab_run") == [(NOON, "The instrument's book")]


def test_a_broken_file_says_why_and_loses_nothing(opened: Open, town: Town) -> None:
    page = opened("/sign-in/")
    sign_in(page, town, "ben")
    page.goto("/lab/runs/new/")
    page.evaluate(_DROP, ["name;value\n1;2\n", "notes.csv"])
    expect(page.get_by_role("alert")).to_contain_text("not an export of an instrument")
    page.evaluate(_DROP, ["x", "photo.png"])
    expect(page.get_by_role("alert")).to_contain_text("Instruments' exports end in")
    assert fits(page)


def test_a_strip_is_begun_timed_and_read_on_a_telephone(opened: Open, town: Town) -> None:
    (first, second) = town.tubes(2)
    swabs = [town.swab(code) for code in (first, second)]
    assert not record_swabs(swabs, session="S1", by=town.ana, at=NOON).refused
    page = opened("/sign-in/", width=390, height=844)
    sign_in(page, town, "ben", language="Tiếng Việt")
    page.goto("/lab/point/")
    page.locator("#id_kit").select_option("standard_q_ag")
    page.locator("#id_kit_lot").fill("AG-7")
    page.locator("#id_expires").fill("31/12/2026")
    page.locator("button[name=set]").click()
    expect(page.locator("[data-scan]").first).to_be_focused()
    page.keyboard.type(first)
    page.keyboard.press("Enter")
    strip = page.locator(".strip").filter(has_text=first)
    expect(strip).to_have_attribute("data-state", "waiting")
    expect(strip.locator(".if-waiting [data-left]")).to_have_text("15:00")
    assert fits(page)
    page.keyboard.type("S0000000000")
    page.keyboard.press("Enter")
    expect(page.locator("#scan-refused")).to_contain_text("S0000000000")

    clock_at(NOON + timedelta(hours=1, minutes=16))
    page.reload()
    expect(strip).to_have_attribute("data-state", "ready")
    choice = strip.locator(".tap-choice").first
    box = choice.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    choice.click()
    strip.locator("button[name=note]").click()
    expect(page.locator(".scan-last")).to_contain_text(first)
    expect(page.locator(".strip")).to_have_count(0)
    assert rows("SELECT value FROM lab_verdict") == [("negative",)]
    assert fits(page)
