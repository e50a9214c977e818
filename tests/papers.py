"""Reads papers back: what a PDF says, and the codes on it as a scanner finds them."""

from __future__ import annotations

import io
import json
import zlib
from typing import Any

import pytest
import typst
import zxingcpp
from pypdf import PdfReader

from som.web import drawing, printing


def pages_of(paper: bytes) -> list[str]:
    """What each page of a PDF says."""
    return [page.extract_text() for page in PdfReader(io.BytesIO(paper)).pages]


def text_of(paper: bytes) -> str:
    """What a PDF says, with every run of spaces and line ends as one space."""
    return " ".join(" ".join(pages_of(paper)).split())


def fonts_of(paper: bytes) -> set[str]:
    """The fonts of a PDF that are embedded in it, by their plain names."""
    found: set[str] = set()
    for page in PdfReader(io.BytesIO(paper)).pages:
        for font in page["/Resources"]["/Font"].values():
            for below in font["/DescendantFonts"]:
                described = below["/FontDescriptor"]
                assert "/FontFile2" in described or "/FontFile3" in described
                found.add(str(described["/FontName"]).partition("+")[2])
    return found


def codes_on(template: str, data: Any, *, ppi: int = 110) -> list[str]:
    """The QR codes on a paper as a scanner reads them off the printed sheets, in no order."""
    sheets = typst.Compiler(root=drawing.ROOT, font_paths=drawing.fonts()).compile(
        drawing.path_of(template),
        format="png",
        ppi=ppi,
        sys_inputs={"data": json.dumps(data), "language": "vi"},
    )
    read = [
        code.text
        for sheet in (sheets if isinstance(sheets, list) else [sheets])
        for code in zxingcpp.read_barcodes(_grey(sheet), zxingcpp.BarcodeFormat.QRCode)
    ]
    return sorted(read)


def pixels_of(template: str, data: Any, *, ppi: int = 72) -> list[list[bytes]]:
    """The lines of each sheet of a paper as they are printed, from above, a byte for each pixel."""
    sheets = typst.Compiler(root=drawing.ROOT, font_paths=drawing.fonts()).compile(
        drawing.path_of(template),
        format="png",
        ppi=ppi,
        sys_inputs={"data": json.dumps(data), "language": "vi"},
    )
    return [
        [bytes(line) for line in _grey(sheet).tolist()]
        for sheet in (sheets if isinstance(sheets, list) else [sheets])
    ]


def _grey(png: bytes) -> memoryview:
    """The green of each pixel of a picture of eight bits a colour, for a reader of codes."""
    width, height = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))
    deep = {2: 3, 6: 4}[png[25]]
    packed, at = b"", 8
    while at < len(png):
        size = int.from_bytes(png[at : at + 4], "big")
        if png[at + 4 : at + 8] == b"IDAT":
            packed += png[at + 8 : at + 8 + size]
        at += size + 12
    raw, stride = zlib.decompress(packed), width * deep
    before, grey = bytearray(stride), bytearray()
    for row in range(height):
        begin = row * (stride + 1)
        line = _unfiltered(raw[begin], bytearray(raw[begin + 1 : begin + 1 + stride]), before, deep)
        grey += line[1::deep]
        before = line
    return memoryview(bytes(grey)).cast("B", (height, width))


def _unfiltered(how: int, line: bytearray, above: bytearray, deep: int) -> bytearray:
    """A line of a PNG as it was before its filter (ISO/IEC 15948, 9.2)."""
    if how == 0:
        return line
    for place in range(len(line)):
        left = line[place - deep] if place >= deep else 0
        up, corner = above[place], above[place - deep] if place >= deep else 0
        if how == 1:
            near = left
        elif how == 2:
            near = up
        elif how == 3:
            near = (left + up) // 2
        else:
            whole = left + up - corner
            near = min((left, up, corner), key=lambda one: abs(whole - one))
        line[place] = (line[place] + near) & 255
    return line


def kept_data(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What is handed to the template of the last paper; it is drawn all the same."""
    kept: dict[str, Any] = {}
    real = printing.pdf

    def pdf(template: str, data: Any) -> bytes:
        kept.update(template=template, data=data)
        return real(template, data)

    monkeypatch.setattr(printing, "pdf", pdf)
    return kept
