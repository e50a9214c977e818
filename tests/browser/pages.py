"""What journeys in a browser share: opening a page under watch, signing in, looking at its width."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, Request, expect

from tests.desks import PASSWORD, give_password, open_account
from tests.town import Town

ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]

Open = Callable[..., Page]
"""Opens a path of the site in a window of its own, of this width and height."""

LOW = 180
"""Hertz of the note that says refused."""

LISTENS = """
window.notes = [];
const { OscillatorNode } = window;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...at) {
  window.notes.push(this.frequency.value);
  return start.apply(this, at);
};
"""
"""A script that writes a page's notes down, in hertz."""

_OF_THE_PAGE_ITSELF = ("data:", "blob:", "about:")


def watch(page: Page, site: str, faults: list[str]) -> None:
    """Write down what the page says in the console, what breaks, and what it asks of anybody else."""

    def asked(request: Request) -> None:
        if not request.url.startswith((f"{site}/", *_OF_THE_PAGE_ITSELF)):
            faults.append(f"{page.url} asks {request.url}")

    page.on("console", lambda message: faults.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
    page.on("request", asked)


def sign_in(page: Page, town: Town, name: str, *, language: str = "English") -> None:
    """Sign in with a password, in this language."""
    open_account(town, name)
    give_password(name)
    page.get_by_role("button", name=language).click()
    english = language == "English"
    page.get_by_label("User name" if english else "Tên đăng nhập").fill(name)
    page.get_by_label("Password" if english else "Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Sign in" if english else "Đăng nhập").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Hello" if english else "chào")


def fits(page: Page) -> bool:
    """Whether nothing sticks out at the side."""
    return bool(
        page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )
    )
