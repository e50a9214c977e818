"""How people write the names of units, and how they search for them. Pure."""

from __future__ import annotations

import re
import unicodedata

from som.kernel.ids import fold
from som.places.rules.kinds import KIND_WORDS, Kind

_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
"""Grave, acute, tilde, hook, dot below: the five marks of tone, unlike the marks of a vowel."""

_APOSTROPHES = re.compile("[\u2018\u2019\u02bc\u0060\u00b4]\\s*|'\\s+")
_DASHES = re.compile(r"\s*[-\u2010-\u2015]\s*")
_LEADING_ZEROS = re.compile(r"\b0+(?=\d)")


def written(text: str) -> str:
    """One spelling of a name for exact comparison.

    Case, spaces, dashes, the place of the tone mark (hoà, hòa) and leading zeros (Phường 01) do not
    count; every letter and tone does.
    """
    text = _APOSTROPHES.sub("'", unicodedata.normalize("NFC", text).strip().lower())
    text = _LEADING_ZEROS.sub("", _DASHES.sub(" ", text))
    return " ".join(_tone_last(syllable) for syllable in text.split())


def _tone_last(syllable: str) -> str:
    if syllable.isascii():
        return syllable
    signs = unicodedata.normalize("NFD", syllable)
    tones = "".join(sign for sign in signs if sign in _TONES)
    rest = "".join(sign for sign in signs if sign not in _TONES)
    return unicodedata.normalize("NFC", rest) + tones


_WRITTEN_KINDS: tuple[tuple[str, Kind], ...] = tuple(
    (written(word) + " ", kind) for kind, word in KIND_WORDS.items()
)
_SHORT_KINDS = {
    "tp": Kind.CITY,
    "tx": Kind.TOWN,
    "tt": Kind.TOWNSHIP,
    "t": Kind.PROVINCE,
    "h": Kind.RURAL_DISTRICT,
    "q": Kind.URBAN_DISTRICT,
    "p": Kind.WARD,
    "x": Kind.COMMUNE,
}
_SHORT = re.compile(r"^(?:(tp|tx|tt|t|h|q|p|x)\.\s*|(tp|tx|tt)\s+|(q|p)(?=\d))(?=\S)")


def bare_name(name: str, kind: str) -> str:
    """The name without the word for its kind: Bách Thuận of Xã Bách Thuận."""
    return name.removeprefix(KIND_WORDS[Kind(kind)]).strip() or name


def readings(text: str) -> list[tuple[str, str]]:
    """What a written name may mean: pairs of kind (or '') and spelling without kind.

    "Huyện Vũ Thư", "H. Vũ Thư" and "VŨ THƯ" all find Huyện Vũ Thư. Quan Hóa is a district's name
    and not a quận named Hóa, so the whole text is always one of the readings.
    """
    key = written(text)
    if not key:
        return []
    found = [("", key)]
    for word, kind in _WRITTEN_KINDS:
        if key.startswith(word):
            found.append((str(kind), key[len(word) :]))
    if short := _SHORT.match(key):
        kind = _SHORT_KINDS[next(part for part in short.groups() if part)]
        found.append((str(kind), key[short.end() :].strip()))
    return found


def means(text: str, kind: str, written_key: str) -> bool:
    """Whether a written name may mean the unit of this kind and spelling."""
    return any(key == written_key and given in ("", kind) for given, key in readings(text))


_NOT_IN_WORDS = re.compile(r"[\W_]+")
_SHORT_WORDS = {
    "tp": ("thanh", "pho"),
    "tx": ("thi", "xa"),
    "tt": ("thi", "tran"),
    "hcm": ("ho", "chi", "minh"),
    "tphcm": ("thanh", "pho", "ho", "chi", "minh"),
    "hn": ("ha", "noi"),
}
_NUMBERED = re.compile(r"^([qp])(\d+)$")
_KIND_KEYS = tuple(fold(word) + " " for word in KIND_WORDS.values())

MOST_WORDS = 10
"""Words of a search that count; a full path has about nine."""


def search_key(text: str) -> str:
    """A name or path without tones, apostrophes and punctuation, to be searched in."""
    return " ".join(
        _NOT_IN_WORDS.sub(" ", fold(text).replace("'", "").replace("\u2019", "")).split()
    )


def search_words(text: str) -> list[str]:
    """The words somebody searches for, shortened kinds and cities written out."""
    words: list[str] = []
    for word in search_key(text).split():
        if numbered := _NUMBERED.match(word):
            words += numbered.groups()
        else:
            words += _SHORT_WORDS.get(word, (word,))
    return words[:MOST_WORDS]


def without_kind(key: str) -> str:
    """A search without the word for a kind before the name; the search itself if there is none."""
    for word in _KIND_KEYS:
        if key.startswith(word):
            return key[len(word) :]
    return key
