"""The paper tube labels are printed on: how large a label is and where it sits on its page. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MOST_PRINTED = 2_000
"""Labels in one file: 31 sheets of 65, as many as a printer takes before its tray is empty."""


@dataclass(frozen=True, slots=True)
class Stickers:
    """A kind of label paper, in millimetres. `across` and `down`: from one label to the next."""

    code: str
    columns: int
    rows: int
    width: float
    height: float
    across: float
    down: float
    page: tuple[float, float] = (210, 297)

    @property
    def on_page(self) -> int:
        """How many labels a page has."""
        return self.columns * self.rows

    @property
    def corner(self) -> tuple[float, float]:
        """Where the first label begins: the labels stand in the middle of their page."""
        wide = (self.columns - 1) * self.across + self.width
        high = (self.rows - 1) * self.down + self.height
        return (self.page[0] - wide) / 2, (self.page[1] - high) / 2


STICKERS = {
    one.code: one
    for one in (
        # The makers' own measures of these sheets; others sell the same under other names.
        Stickers("l7651", 5, 13, 38.1, 21.2, 40.6, 21.2),
        Stickers("l4732", 5, 16, 35.6, 16.9, 38.1, 16.9),
        Stickers("3x8", 3, 8, 70, 37, 70, 37),
        # A roll of a thermal printer: each label is a page.
        Stickers("thermal", 1, 1, 50, 25, 50, 25, (50, 25)),
    )
}
"""Label papers by code, the commonest first."""

COMMONEST = next(iter(STICKERS.values()))


@dataclass(frozen=True, slots=True)
class Placed:
    """A label on its page: how far from the left and from the top, in millimetres."""

    code: str
    left: float
    top: float


def placed(codes: Sequence[str], paper: Stickers, *, used: int = 0) -> list[list[Placed]]:
    """The labels page by page, row by row. `used`: labels gone already from the first sheet."""
    left, top = paper.corner
    pages: list[list[Placed]] = []
    for place, code in enumerate(codes, start=used % paper.on_page):
        sheet, spot = divmod(place, paper.on_page)
        row, column = divmod(spot, paper.columns)
        if sheet == len(pages):
            pages.append([])
        pages[sheet].append(
            Placed(
                code,
                round(left + column * paper.across, 3),
                round(top + row * paper.down, 3),
            )
        )
    return pages
