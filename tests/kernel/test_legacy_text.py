"""Vietnamese of before Unicode is told from Unicode, and turned into it."""

from __future__ import annotations

import unicodedata

import pytest

from som.kernel.legacy_text import (
    Charset,
    charset_of,
    converted,
    is_syllable,
    mended,
    prevailing,
)


@pytest.mark.parametrize(
    ("written", "charset", "means"),
    [
        ("NguyÔn V¨n An", Charset.TCVN3, "Nguyễn Văn An"),
        ("§ç ThÞ HuÖ", Charset.TCVN3, "Đỗ Thị Huệ"),
        ("Hä vµ tªn", Charset.TCVN3, "Họ và tên"),
        ("Sè ®iÖn tho¹i", Charset.TCVN3, "Số điện thoại"),
        ("X· §«ng H\xadng", Charset.TCVN3, "Xã Đông Hưng"),
        ("NGUYÔN THÞ HOµ", Charset.TCVN3, "NGUYỄN THỊ HOÀ"),
        ("Tæ 5", Charset.TCVN3, "Tổ 5"),
        ("Tænh", Charset.VNI, "Tỉnh"),
        ("¢\xcaU", Charset.TCVN3, "ẤU"),
        ("Vò V¨n Hïng", Charset.TCVN3, "Vũ Văn Hùng"),
        ("Nguyeãn Vaên An", Charset.VNI, "Nguyễn Văn An"),
        ("Leâ Vaên Ñöùc", Charset.VNI, "Lê Văn Đức"),
        ("Traàn Thò Hoàng", Charset.VNI, "Trần Thị Hồng"),
        ("NGUYEÃN THÒ HOAØ", Charset.VNI, "NGUYỄN THỊ HOÀ"),
        ("Hoï vaø teân", Charset.VNI, "Họ và tên"),
        ("AÂm tính", Charset.VNI, "Âm tính"),
        ("Nguyá»…n VÄƒn An", Charset.UTF_8, "Nguyễn Văn An"),
        ("NguyÃªn", Charset.UTF_8, "Nguyên"),
        ("Nguyêòn Vãn An", Charset.WINDOWS_1258, "Nguyện Văn An"),
    ],
)
def test_old_writing_is_known_and_turned_into_unicode(
    written: str, charset: Charset | None, means: str
) -> None:
    assert charset_of(written) is charset
    assert mended(written) == means
    assert unicodedata.is_normalized("NFC", mended(written))


@pytest.mark.parametrize(
    "text",
    [
        "Nguyễn Văn An", "Hoà", "Hòa Bình", "Lò Văn Páo", "Y Bliă", "Trần Thị Hồng", "Vi Páo",
        "Xã Dũng Nghĩa", "Âm tính", "An", "", "Hoàng Gia Páo", "François", "H'Bông Ayŭn", "Tổ 5",
    ],
)  # fmt: skip
def test_unicode_stays_as_it_is(text: str) -> None:
    assert charset_of(text) is None
    assert mended(text) == text


def test_a_column_tells_what_a_cell_alone_does_not() -> None:
    assert charset_of("Vò") is None  # a syllable, and TCVN3 for another
    assert prevailing(["Vò", "NguyÔn", "TrÇn", "An"]) is Charset.TCVN3
    assert converted("Vò", Charset.TCVN3) == "Vũ"
    assert prevailing(["Vò", "Nguyễn", "Trần", "NguyÔn"]) is None
    assert prevailing(["An", "Ba"]) is None


def test_what_was_misread_twice_is_mended_twice() -> None:
    twice = "Nguyễn".encode().decode("latin-1").encode().decode("latin-1")
    assert mended(twice) == "Nguyễn"
    assert mended("Nguyeãn Vaên".encode().decode("latin-1")) == "Nguyễn Văn"


@pytest.mark.parametrize(
    ("word", "can_be"),
    [
        ("Nguyễn", True), ("khuya", True), ("quý", True), ("giếng", True), ("thuở", True),
        ("hoà", True), ("hòa", True), ("Lói", True), ("NGUYỄN", True), ("nguyÊn", False),
        ("aõ", False), ("vân", True), ("vâ", False), ("trường", True), ("trượngn", False),
        ("ăn", True), ("xyz", False),
    ],
)  # fmt: skip
def test_syllables(word: str, can_be: bool) -> None:
    assert is_syllable(word) is can_be
