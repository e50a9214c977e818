"""Vietnamese text of before Unicode, found among cells and turned into Unicode. Pure.

Old lists are typed in fonts that show Vietnamese for other letters: TCVN3 (TCVN 5712:1993, VN3,
"ABC"; the north: .VnTime) and VNI (the south: VNI-Times). Opened today they read "NguyÔn V¨n An"
and "Nguyeãn Vaên An". Text files saved as Windows-1258 or as UTF-8 and opened as Western text are
found too. What is what is told by whether its words can be Vietnamese syllables.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Iterable
from enum import StrEnum


class Charset(StrEnum):
    """How a text that looks like Western letters was written."""

    TCVN3 = "tcvn3"
    VNI = "vni"
    WINDOWS_1258 = "windows-1258"
    UTF_8 = "utf-8"


# Toned vowels in the order acute, grave, hook, tilde, dot below.
_VOWELS = {
    "a": "áàảãạ", "ă": "ắằẳẵặ", "â": "ấầẩẫậ", "e": "éèẻẽẹ", "ê": "ếềểễệ", "i": "íìỉĩị",
    "o": "óòỏõọ", "ô": "ốồổỗộ", "ơ": "ớờởỡợ", "u": "úùủũụ", "ư": "ứừửữự", "y": "ýỳỷỹỵ",
}  # fmt: skip

# TCVN 5712:1993, set VN3: one sign a letter. Capitals with tones are small letters in a font of
# capitals (.VnTimeH), or a capital followed by its small toned letter.
_TCVN3_TONED = {
    "a": "¸µ¶·¹", "ă": "¾»¼½Æ", "â": "ÊÇÈÉË", "e": "ÐÌÎÏÑ", "ê": "ÕÒÓÔÖ", "i": "Ý×ØÜÞ",
    "o": "ãßáâä", "ô": "èåæçé", "ơ": "íêëìî", "u": "óïñòô", "ư": "øõö÷ù", "y": "ýúûüþ",
}  # fmt: skip
_TCVN3 = (
    {
        sign: letter
        for vowel, signs in _TCVN3_TONED.items()
        for sign, letter in zip(signs, _VOWELS[vowel], strict=True)
    }
    | dict(zip("¨©ª«¬\xad®", "ăâêôơưđ", strict=True))
    | dict(zip("¡¢£¤¥¦§", "ĂÂÊÔƠƯĐ", strict=True))
)

# VNI for Windows: a letter followed by a sign for its marks; ơ, ư, i, ỵ and đ are signs of their own.
_VNI_TONES, _VNI_BREVE, _VNI_CIRCUMFLEX = "ùøûõï", "éèúüë", "áàåãä"
_VNI = (
    {
        base + sign: letter
        for vowel, base in {
            "a": "a",
            "e": "e",
            "o": "o",
            "ơ": "ô",
            "u": "u",
            "ư": "ö",
            "y": "y",
        }.items()
        for sign, letter in zip(_VNI_TONES, _VOWELS[vowel], strict=True)
        if (vowel, sign) != ("y", "ï")
    }
    | {"a" + sign: letter for sign, letter in zip(_VNI_BREVE, _VOWELS["ă"], strict=True)}
    | {
        base + sign: letter
        for vowel, base in {"â": "a", "ê": "e", "ô": "o"}.items()
        for sign, letter in zip(_VNI_CIRCUMFLEX, _VOWELS[vowel], strict=True)
    }
    | {"aê": "ă", "aâ": "â", "eâ": "ê", "oâ": "ô"}
    | dict(zip("íìæóò", _VOWELS["i"], strict=True))
    | {"ô": "ơ", "ö": "ư", "î": "ỵ", "ñ": "đ"}
)
_VNI |= {signs.upper(): letter.upper() for signs, letter in _VNI.items()} | {
    signs.capitalize(): letter.upper() for signs, letter in _VNI.items()
}
_VNI_SIGNS = re.compile("|".join(map(re.escape, sorted(_VNI, key=len, reverse=True))))
_TCVN3_SIGNS = str.maketrans(_TCVN3)

_PLAIN = {toned: vowel for vowel, all_toned in _VOWELS.items() for toned in all_toned}
_TONED = re.compile(f"[{''.join(_PLAIN)}]")
_WORD = re.compile(r"[^\s\d.,;:/()\[\]\"'+&–-]+".replace("–-", "\\u2013-"))
_ONSET = re.compile("(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdđghklmnprstvx])?")
_CODA = re.compile("(?:ch|ng|nh|[cmnpt])?$")

# Vowels that may end a word, each with the places where its tone may stand; and those that a
# consonant must follow, where the tone stands on the last one.
_OPEN = {
    rime: places
    for places, rimes in {
        (0,): "a e ê i o ô ơ u ư y ai ao au ay âu ây eo êu ia iu oi ôi ơi ơu ua ui ưa ưi ưu",
        (0, 1): "oa oe uy",
        (1,): "iêu yêu oai oao oay oeo uê uơ uôi uây uya uyu ươi ươu",
    }.items()
    for rime in rimes.split()
}
_ROUND = (*"aăâeoôuư", "iê", "yê", "oa", "oă", "oe", "uâ", "uô", "ươ")
_FLAT = ("a", "ê", "i", "y", "oa", "uê", "uy")
_CLOSED = (
    {(vowels, coda) for coda in ("ng", "c") for vowels in _ROUND}
    | {(vowels, coda) for coda in ("nh", "ch") for vowels in _FLAT}
    | {(vowels, coda) for coda in "mnpt" for vowels in (*_ROUND, *_FLAT, "ơ", "uơ", "uyê")}
)

_WESTERN = "".join(
    bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(0x80, 0x100)
) + "".join(map(chr, range(0x80, 0xA0)))
_FAR = re.compile(f"[^\x00-\x7f{re.escape(_WESTERN)}]")
"""Letters that Western text cannot have: the text is Unicode already."""
_LIKE_UTF_8 = re.compile(f"[\xc2-\xf4][{re.escape(_WESTERN)}]")
"""A leading byte of UTF-8 and another of its bytes, both read as Western letters."""


def charset_of(text: str) -> Charset | None:
    """In which old character set a cell was written; None for Unicode, and where nothing tells.

    "Vò" alone is a Vietnamese syllable and the TCVN3 spelling of another one: nothing tells.
    """
    if text.isascii() or _FAR.search(text):
        return None
    return _charset_of(text)


@functools.lru_cache(maxsize=16_384)
def _charset_of(text: str) -> Charset | None:
    if _LIKE_UTF_8.search(text) and _misread_utf8(text) != text:
        return Charset.UTF_8
    best, most = None, _syllables(text)
    if most[0] == 1:
        return None
    # Of two ways that fit equally: VNI has capital signs of its own, TCVN3 only small ones.
    likelier = (Charset.VNI, Charset.TCVN3) if _is_loud(text) else (Charset.TCVN3, Charset.VNI)
    for charset in (*likelier, Charset.WINDOWS_1258):
        share = _syllables(converted(text, charset))
        if share > most:
            best, most = charset, share
    return best


def converted(text: str, charset: Charset | None) -> str:
    """The text in Unicode (NFC), written as this character set has it."""
    if charset is None or text.isascii() or _FAR.search(text):
        return text
    found = unicodedata.normalize("NFC", _CONVERTERS[charset](text))
    if charset is Charset.UTF_8:  # what was read wrongly may have been written the old way
        return converted(found, charset_of(found))
    return found


def mended(text: str) -> str:
    """A cell in Unicode, whichever way it was written, as far as the cell alone can tell."""
    return converted(text, charset_of(text))


def is_vietnamese(text: str) -> bool:
    """Whether letters stand here that only Vietnamese in Unicode has: ă, đ, ơ, ư and toned ones."""
    return _FAR.search(text) is not None


def prevailing(cells: Iterable[str], *, most: int = 2_000) -> Charset | None:
    """The character set that a column's cells speak for together; None if they are Unicode."""
    votes: dict[Charset, int] = {}
    native = 0
    for cell in cells:
        if cell.isascii():
            continue
        if _FAR.search(cell):
            native += 1
        elif (charset := charset_of(cell)) is not None:
            votes[charset] = votes.get(charset, 0) + 1
        most -= 1
        if not most:
            break
    if not votes:
        return None
    charset = max(votes, key=lambda one: votes[one])
    return charset if votes[charset] > native else None


# --- ways of writing -----------------------------------------------------------------------------


def _from_tcvn3(text: str) -> str:
    loud = _is_loud(text)
    written = _CAPITAL_AND_TONED.sub(_one_capital, text.translate(_TCVN3_SIGNS))
    return written.upper() if loud else written


def _is_loud(text: str) -> bool:
    """Whether all plain letters are capitals, so that the font showed the others as capitals too."""
    plain = [sign for sign in text if sign.isascii() and sign.isalpha()]
    return (
        len(plain) > 1
        and all(map(str.isupper, plain))
        and re.search("[A-Z][^a-z\\s]*[A-Z]", text) is not None
    )


_CAPITAL_AND_TONED = re.compile(
    "|".join(f"{vowel.upper()}[{toned}]" for vowel, toned in _VOWELS.items())
)


def _one_capital(found: re.Match[str]) -> str:
    return found.group()[1].upper()


def _from_vni(text: str) -> str:
    return _VNI_SIGNS.sub(lambda found: _VNI[found.group()], text)


def _western(text: str) -> bytes:
    """The bytes behind text that was read as Windows-1252, or as ISO 8859-1 where that has none."""
    found = bytearray()
    for sign in text:
        try:
            found += sign.encode("cp1252")
        except UnicodeEncodeError:
            found += sign.encode("latin-1")
    return bytes(found)


def _from_windows_1258(text: str) -> str:
    try:
        return _western(text).decode("cp1258")
    except UnicodeError:
        return text


def _misread_utf8(text: str) -> str:
    """UTF-8 that was read as Western text, once or several times over."""
    for _ in range(3):
        try:
            better = _western(text).decode("utf-8")
        except UnicodeError:
            break
        text = better
        if text.isascii() or _FAR.search(text):
            break
    return text


_CONVERTERS: dict[Charset, Callable[[str], str]] = {
    Charset.TCVN3: _from_tcvn3,
    Charset.VNI: _from_vni,
    Charset.WINDOWS_1258: _from_windows_1258,
    Charset.UTF_8: _misread_utf8,
}


# --- syllables -----------------------------------------------------------------------------------


def _syllables(text: str) -> tuple[float, int]:
    """How well the words with other than plain letters can be Vietnamese: the share, their number."""
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    if not words:
        return 0.0, 0
    good = sum(map(is_syllable, words))
    return good / len(words), good


@functools.lru_cache(maxsize=65_536)
def is_syllable(word: str) -> bool:
    """Whether this can be one Vietnamese syllable: an onset, vowels that go together, one tone."""
    word = unicodedata.normalize("NFC", word)
    if word != word.lower() and word != word.upper() and word != word[:1] + word[1:].lower():
        return False
    word = word.lower()
    tones = [found.start() for found in _TONED.finditer(word)]
    if len(tones) > 1:
        return False
    bare = _TONED.sub(lambda found: _PLAIN[found.group()], word)
    coda = _CODA.search(bare)
    end = coda.start() if coda else len(bare)
    return any(
        _is_rime(bare[start:end], bare[end:], tones[0] - start if tones else None)
        for start in {_ONSET.match(bare).end(), 1 if bare[:1] == "g" else 0}  # type: ignore[union-attr]
    )


def _is_rime(vowels: str, coda: str, tone: int | None) -> bool:
    if coda:
        return (vowels, coda) in _CLOSED and tone in (None, len(vowels) - 1)
    return vowels in _OPEN and (tone is None or tone in _OPEN[vowels])
