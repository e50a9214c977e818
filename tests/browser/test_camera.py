"""The camera as a scanner: codes it sees go the way of typed ones, from form to form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import zxingcpp
from playwright.sync_api import Browser, expect, sync_playwright

from som.kernel import ids
from som.sampling.commands import CardRoll, issue_cards, record_swabs
from tests.browser.pages import ARGS, Open, fits, sign_in
from tests.town import NOON, Town

WIDTH, HEIGHT, A_SECOND = 640, 480, 5
FOR = 3  # seconds that a code is held before the camera


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The film that the browser takes for its camera's picture, begun when the camera opens."""
    return tmp_path_factory.mktemp("camera") / "seen.y4m"


@pytest.fixture(scope="module")
def browser(chromium: str, seen: Path) -> Iterator[Browser]:
    """Chromium with a camera that plays a film, allowed to every page."""
    camera = [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={seen}",
    ]
    with pytest.MonkeyPatch.context() as patched, sync_playwright() as playwright:
        patched.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=chromium, args=[*ARGS, *camera])
        yield browser
        browser.close()


def _picture(code: str) -> bytes:
    ground = bytearray(b"\xff" * (WIDTH * HEIGHT))
    if code:
        sign = zxingcpp.create_barcode(code, zxingcpp.BarcodeFormat.QRCode).to_image(scale=8)
        picture = memoryview(sign)  # type: ignore[arg-type]
        rows, columns = picture.shape  # type: ignore[misc]
        for row in range(rows):
            at = (row + (HEIGHT - rows) // 2) * WIDTH + (WIDTH - columns) // 2
            ground[at : at + columns] = picture.tobytes()[row * columns : (row + 1) * columns]
    return bytes(ground)


def film(codes: Sequence[str], to: Path) -> None:
    """Each code on a white ground for some seconds, in black and white; of no code, the ground."""
    with to.open("wb") as film:
        film.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{A_SECOND}:1 Ip A1:1 C420jpeg\n".encode())
        for code in codes:
            frame = b"FRAME\n" + _picture(code) + b"\x80" * (WIDTH * HEIGHT // 2)
            film.write(frame * (FOR * A_SECOND))


def test_card_and_tube_by_the_camera_of_a_phone(opened: Open, town: Town, seen: Path) -> None:
    assert issue_cards([CardRoll(0, 9, town.north)], by=town.dora, at=NOON).done
    cards, (tube,) = [ids.card_code(n) for n in range(2)], town.tubes(1)
    film([cards[0], tube, cards[1]], seen)
    page = opened("/sign-in/", width=390, height=844)
    sign_in(page, town, "ana")
    page.goto("/sampling/walk-ins/new/")
    page.get_by_role("link", name="Chợ Bắc").click()
    page.get_by_role("button", name="Camera").click()
    expect(page.get_by_role("region", name="What the camera sees")).to_be_visible()
    expect(page.get_by_label("Walk-in card")).to_have_value(cards[0])
    expect(page.get_by_role("status")).to_contain_text(f"{cards[0]} is recorded in {tube}.")
    # The form is a new one now, and the camera goes on with it.
    expect(page.get_by_role("button", name="Camera", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    assert fits(page)
    expect(page.get_by_role("status")).to_contain_text(f"{cards[1]} is recorded in {tube}.")
    page.get_by_role("button", name="Close the camera").click()
    expect(page.get_by_role("region", name="What the camera sees")).to_have_count(0)


def test_the_search_box_takes_what_the_camera_sees(opened: Open, town: Town, seen: Path) -> None:
    (tube,) = town.tubes(1)
    film(["", tube], seen)
    page = opened("/sign-in/", width=390, height=844)
    sign_in(page, town, "ben", language="Tiếng Việt")
    page.get_by_role("button", name="Máy ảnh").click()
    expect(page.locator("#content")).to_contain_text(tube)


def test_what_is_seen_by_chance_sends_no_form_of_many_codes(
    opened: Open, town: Town, seen: Path
) -> None:
    typed, held = town.tubes(2)
    film([held], seen)
    page = opened("/sign-in/")
    sign_in(page, town, "ana")
    page.goto("/sampling/labels/void/")
    labels = page.get_by_label("Labels", exact=True)
    labels.fill(typed)
    page.get_by_role("radio", name="Misprinted").check()
    # Two taps, the second while the first still waits for the camera: one is open in the end.
    page.get_by_role("button", name="Camera", exact=True).dblclick()
    expect(labels).to_have_value(f"{typed}\n{held}\n")
    expect(page.locator(".camera")).to_have_count(1)
    page.get_by_role("button", name="Close the camera").click()
    expect(page.locator(".camera")).to_have_count(0)
    expect(page.get_by_role("radio", name="Misprinted")).to_be_checked()


def test_the_seal_of_a_box_is_read_into_its_own_box_and_sends_nothing(
    opened: Open, town: Town, seen: Path
) -> None:
    tubes = town.tubes(1)
    assert not record_swabs([town.swab(tubes[0])], session="S1", by=town.ana, at=NOON).refused
    film(["", "N-77"], seen)
    page = opened("/sign-in/", width=390, height=844)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    sign_in(page, town, "ana")
    page.goto("/sampling/boxes/")
    page.get_by_role("link", name="Pack a box").click()
    code = page.get_by_label("Code of the box", exact=True).input_value()
    page.get_by_role("button", name="Camera: Seal").click()
    expect(page.get_by_label("Seal", exact=True)).to_have_value("N-77")
    expect(page.locator(".camera")).to_have_count(0)
    assert page.get_by_label("Code of the box", exact=True).input_value() == code
    expect(page.get_by_role("heading", level=1)).to_have_text("Pack a box")
    assert fits(page)
    page.get_by_role("button", name="Camera: Code of the box").click()
    expect(page.get_by_label("Code of the box", exact=True)).to_have_value("N-77")
    assert said == [], "nothing while no code is in view"
