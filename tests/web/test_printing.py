"""Papers: drawn from our own files alone, and text stays text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from django.db import connection
from django.test import RequestFactory

from som.kernel.errors import Busy
from som.web import drawing, printing
from tests.papers import codes_on, fonts_of, pixels_of, text_of

TEMPLATES = sorted(drawing.ROOT.rglob("prints/*.typ"))
SHARED = "house.typ"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: f"{path.parts[-3]}/{path.name}")
def test_a_template_fetches_nothing_and_begins_with_the_house(path: Path) -> None:
    text = path.read_text("utf-8")
    assert "@preview" not in text
    assert "@local" not in text
    if path.name != SHARED:
        assert '#import "/web/prints/house.typ": *' in text


def data(name: str) -> dict[str, object]:
    """A call list of one line."""
    return {
        "apart": True,
        "head": {"over": "Tỉnh Lào Cai", "by": "Xã Tả Van", "number": "", "place": "", "day": ""},
        "words": {"title": "Danh sách", "heads": ["TT"] * 7, "signs": ["Trạm"], "secret": "Kín"},
        "hamlets": [{"about": "Xóm 1", "rows": [["1", name, "", "", "", "", ""]]}],
    }


@pytest.mark.parametrize(
    "name",
    [
        "Nguyễn Thị Ổn",
        "#strong[Ân]",
        '#read("/settings.py")',
        '$x^2$ *y* `z` \\ "w" // comment',
        "Đặng Thị Ngọc Ẩn",
    ],
)
def test_what_somebody_is_called_is_text_and_never_an_instruction(name: str) -> None:
    paper = printing.pdf("results/lists.typ", data(name))
    assert re.sub(r"\s", "", name) in re.sub(r"\s", "", text_of(paper))


def test_papers_carry_their_fonts() -> None:
    found = fonts_of(printing.pdf("results/lists.typ", data("An")))
    assert found
    assert all(font.startswith("Tinos") for font in found)


def test_two_drawings_of_the_same_are_the_same_bytes() -> None:
    first, second = (printing.pdf("results/lists.typ", data("An")) for _ in range(2))
    assert first == second


@pytest.mark.slow
@pytest.mark.django_db
def test_a_large_paper_is_drawn_apart_and_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    small = printing.pdf("results/lists.typ", data("Đặng Ổn"))
    monkeypatch.setattr(printing, "LARGE", 0)
    monkeypatch.setattr(printing, "drawn", None)
    assert printing.pdf("results/lists.typ", data("Đặng Ổn")) == small


@pytest.mark.django_db
def test_few_large_papers_are_drawn_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each by a process of its own, that takes half a gigabyte; small ones are always drawn."""
    others = [connection.copy() for _ in range(printing.AT_ONCE)]
    taken = (
        "SELECT count(*) FROM generate_series(1, %s) n"
        " WHERE pg_try_advisory_lock(hashtextextended('som.crowd.printing', n))"
    )
    try:
        for place, other in enumerate(others, 1):
            with other.cursor() as cursor:
                cursor.execute(taken, [place])
                assert cursor.fetchone()[0] == 1
        assert printing.pdf("results/lists.typ", data("Đặng Ổn"))
        monkeypatch.setattr(printing, "LARGE", 0)
        with pytest.raises(Busy):
            printing.pdf("results/lists.typ", data("Đặng Ổn"))
        with others[0].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock_all()")
        assert printing.pdf("results/lists.typ", data("Đặng Ổn"))
        with others[0].cursor() as cursor:
            cursor.execute(taken, [1])
            assert cursor.fetchone()[0] == 1, "its place is free again"
    finally:
        for other in others:
            # The server lets go of a lock only a moment after its holder hung up.
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock_all()")
            other.close()


def test_papers_say_the_public_address_where_there_is_one(settings: Any) -> None:
    asked = RequestFactory().get("/sampling/cards/print/")
    assert printing.address(asked, "results:look_up") == "http://testserver/look-up/"
    settings.PUBLIC_ADDRESS = "https://som.example.vn"
    assert printing.address(asked, "results:look_up") == "https://som.example.vn/look-up/"


@pytest.mark.parametrize("text", ["S0000000013", "https://som.example.vn/look-up/#" + "A" * 60])
@pytest.mark.parametrize("level", ["M", "Q", "H"])
def test_a_code_has_its_modules_as_strokes(text: str, level: str) -> None:
    drawn = printing.qr(text, level=level)
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=level)
    image = memoryview(code.to_image(scale=1, add_quiet_zones=False))
    side = image.shape[0]
    assert f'viewBox="0 0 {side} {side}"' in drawn
    dark, column, row = set(), 0, 0
    for across, down, length in re.findall(r"m(-?\d+) (-?\d+)h(\d+)", drawn):
        column, row = column + int(across), row + int(down)
        dark |= {(row, column + step) for step in range(int(length))}
        column += int(length)
    rows = image.tolist()
    assert dark == {(y, x) for y in range(side) for x in range(side) if rows[y][x] == 0}


def slips(layout: str, *written: str) -> dict[str, object]:
    """Slips on which people are called so, and live at addresses of so many letters."""
    return {
        "layout": layout,
        "words": dict.fromkeys(("title", "number", "check", "fold", "only"), "w"),
        "slips": [
            {
                "by": "Lab", "day": "", "name": text, "cover": text, "code": "X",
                "facts": [["Tên", text], ["Số", "1234"], ["Địa chỉ", text], ["Ngày", "02/11"]],
                "headline": "Âm tính", "lines": ["Một.", "Hai."], "replaces": "", "seal": "s",
                "foot": "Cuối",
                "qr": printing.qr("https://som.example.vn/look-up/#0123456789ABC.1.ABCDEFGH"),
            }
            for text in written
        ],
    }  # fmt: skip


LONG = {
    "words": ("Số nhà 12 ngách 34 ngõ 56 đường Hoàng Văn Thụ " * 18)[:800],
    "capitals": ("ĐƯỜNG HOÀNG VĂN THỤ, " * 40)[:800],
    "one word": "W" * 800,
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_nothing_that_somebody_wrote_leaves_its_slip_or_covers_the_answer(text: str) -> None:
    """At a point a line: a slip is 281 lines, its answer begins at 93 and its facts below 145."""
    usual, long = (
        pixels_of("results/slips.typ", slips("thirds", first, "An", "Bé")) for first in ("An", text)
    )
    assert len(usual) == len(long) == 1, "a sheet"
    changed = [n for n, (a, b) in enumerate(zip(usual[0], long[0], strict=True)) if a != b]
    third = len(usual[0]) / 3
    assert changed
    assert min(changed) > 125, "the answer stands where it stood"
    assert max(changed) < third - 35, "what stands at the end of the slip is still there"


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_a_folded_slip_keeps_its_name_and_its_answer_each_on_their_own_third(text: str) -> None:
    usual, long = (pixels_of("results/slips.typ", slips("folded", one)) for one in ("An", text))
    assert len(usual) == len(long) == 1
    third = len(usual[0]) / 3
    changed = [n for n, (a, b) in enumerate(zip(usual[0], long[0], strict=True)) if a != b]
    inside = [n for n in changed if n < 2 * third]
    outside = [n for n in changed if n >= 2 * third]
    assert third + 125 < min(inside) <= max(inside) < 2 * third - 35
    assert 2 * third + 35 < min(outside) <= max(outside) < 3 * third - 35


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_a_slip_alone_stays_on_its_half_sheet(text: str) -> None:
    assert len(pixels_of("results/slips.typ", slips("alone", text, "An"))) == 2


def test_the_number_stands_as_low_under_a_short_issuer_as_under_a_long_one() -> None:
    lines = []
    for issuer in ("Phường Phan Đình Phùng", "Khoa Xét nghiệm, CDC Thái Nguyên"):
        sheets = []
        for number in ("1111", "8888"):
            data: Any = slips("alone", "An")
            data["slips"][0] |= {"by": issuer, "code": number}
            sheets.append(pixels_of("results/slips.typ", data)[0])
        lines.append([n for n, (a, b) in enumerate(zip(*sheets, strict=True)) if a != b])
    assert lines[0]
    assert lines[0] == lines[1]


@pytest.mark.slow
def test_a_printed_code_is_read_by_a_scanner() -> None:
    for layout in ("thirds", "alone", "folded"):
        found = codes_on("results/slips.typ", slips(layout, "An"), ppi=110)
        assert found == ["https://som.example.vn/look-up/#0123456789ABC.1.ABCDEFGH"]


def test_a_paper_is_shown_or_kept_under_a_plain_name() -> None:
    shown = printing.answer(RequestFactory().get("/x/"), "Phiếu 1/2", b"%PDF")
    assert shown.headers["Content-Disposition"] == 'inline; filename="Phi-u-1-2.pdf"'
    assert shown.headers["Cache-Control"] == "no-store"
    kept = printing.answer(RequestFactory().get("/x/?download"), "../..", b"%PDF")
    assert kept.headers["Content-Disposition"] == 'attachment; filename="som.pdf"'
