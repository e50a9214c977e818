"""Papers: PDFs drawn by Typst from a stage's `prints/`, with our own fonts and QR codes.

A print is a template (`results/prints/slips.typ`), which begins with `#import
"/web/prints/house.typ": *`, and data for it. Text in the data stays text: nothing a person is called
can become an instruction to Typst. Nothing is written to a disk, nothing is fetched, no table is read.
"""

from __future__ import annotations

import re
from json import dumps
from typing import Any

import zxingcpp
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language

from som.kernel import crowd
from som.kernel.errors import Busy
from som.web.drawing import drawn, drawn_apart

LARGE = 256 * 1024
"""Characters of data from which on a paper is drawn apart: a hundred slips."""

AT_ONCE = 2
"""Large papers drawn at once, by all processes of the installation: half a gigabyte each."""


def pdf(template: str, data: Any) -> bytes:
    """The paper that this template draws from this data, in the language of the page.

    Raises `Busy` where as many large papers are being drawn already as there is room for.

    `template` is named by stage: "sampling/labels.typ" stands in `sampling/prints/labels.typ`.
    """
    text = dumps(data, ensure_ascii=False)
    language = get_language() or "vi"
    if len(text) <= LARGE:
        return drawn(template, language, text)
    with crowd.one_of("printing", AT_ONCE) as room:
        if not room:
            raise Busy(template)
        return drawn_apart(template, language, text)


def answer(request: HttpRequest, name: str, paper: bytes) -> HttpResponse:
    """A paper for the browser to show and print; with `?download` in the address it is kept.

    `name` is the file's, plain and without an ending. No copy stays in a cache.
    """
    way = "attachment" if "download" in request.GET else "inline"
    response = HttpResponse(paper, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'{way}; filename="{_plain(name)}.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response


def address(request: HttpRequest, name: str) -> str:
    """Where the page of this name stands, as papers say it that people open at home.

    The installation's public address; where none is set, the one that this browser uses.
    """
    path = reverse(name)
    public: str = settings.PUBLIC_ADDRESS
    return f"{public}{path}" if public else request.build_absolute_uri(path)


def qr(text: str, *, level: str = "M") -> str:
    """A QR code as the drawing that `qr()` of house.typ sets: of strokes, sharp at every size.

    `level` is how much of it may be spoilt: M a seventh, Q a quarter, H nearly a third.
    """
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=level)
    image: Any = memoryview(code.to_image(scale=1, add_quiet_zones=False))  # type: ignore[arg-type]
    side, signs = image.shape[0], image.tobytes()
    path, before = [], (0, 0)
    for row in range(side):
        for dark in _DARK.finditer(signs[row * side : (row + 1) * side]):
            begin, end = dark.span()
            path.append(f"m{begin - before[0]} {row - before[1]}h{end - begin}")
            before = end, row
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}">'
        f'<path stroke="#000" d="M0 .5{"".join(path)}"/></svg>'
    )


_DARK = re.compile(b"\x00+")


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "som"
