"""Names as written, what is no name, newborns named after their mother, and the order of lists. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from som.kernel.ids import fold

LONGEST_NAME = 120
"""Letters and spaces. Longer texts are sentences: the longest names on citizen cards have about 50."""

_PLAIN = re.compile(r"[^\W\d_]+(?:[ .'’\-][^\W\d_]+)*")
"""Letters in words: nothing to clean. One letter is a name."""
_NUMBERING = re.compile(r"^(?:\d{1,5}\s*[.)\-:/]+\s*|[-–—•+*]+\s*)+")
_AROUND = " \t\"'“”‘’`´,;:_*|/\\-–—"
_NOT_IN_NAMES = re.compile(r"[@#$%^=+{}\[\]<>|\\~?�\x00-\x1f]")
_DIGITS = re.compile(r"\d")
MOST_DIGITS = 5
"""A name typed with digits for tones (VNI: "Nguye64n") has a few; a telephone or a number has more."""


def tidy_name(text: str) -> str:
    """The name as written, in NFC with single spaces, without list numbers and marks around it."""
    name = unicodedata.normalize("NFC", " ".join(text.split()))
    if _PLAIN.fullmatch(name):
        return name
    while (cleaned := _cleaned(name)) != name:
        name = cleaned
    return name


def _cleaned(name: str) -> str:
    name = "".join(sign for sign in name if unicodedata.category(sign) not in ("Cf", "Cc"))
    name = _NUMBERING.sub("", name.strip()).strip(_AROUND)
    if name.endswith(".") and not re.search(r"\b\w\.$", name):
        name = name.rstrip(".")
    return unicodedata.normalize("NFC", " ".join(name.strip(_AROUND).split()))


def is_name(name: str) -> bool:
    """Whether a tidy name can be one: letters, few digits, and no signs of another field or file."""
    if _PLAIN.fullmatch(name):
        return len(name) <= LONGEST_NAME
    return (
        any(sign.isalpha() for sign in name)
        and len(name) <= LONGEST_NAME
        and not _NOT_IN_NAMES.search(name)
        and len(_DIGITS.findall(name)) <= MOST_DIGITS
    )


# Newborns

_WORD = re.compile(r"[^\W_]+")
_MOTHERS = {"ba", "b", "chi", "me", "co", "sp"}
_FATHERS = {"ong", "anh", "bo", "cha"}
_CHILDREN = {"bé": "be", "cháu": "chau", "trẻ": "tre", "hài": "hai", "em": "em"}
"""Words for a child before "con", as written with marks: Bế, Châu and Trè are family names."""
_LEADS = {"be", "chau", "tre", "em", "hai", "nhi", "so", "sinh", "ss", "trai", "gai", "nam", "nu"}
_FIRST = {"con", "chua", "khong"}
"""What else may come first."""
_WHICH = {
    "trai", "gai", "dau", "long", "ut", "thu", "so", "sinh", "doi", "nhat", "nhi", "mot",
    "hai", "i", "ii", "iii", "cua",
}  # fmt: skip
_UNNAMED = {
    "be trai", "be gai", "be so sinh", "so sinh", "tre so sinh", "em be", "hai nhi", "chua dat ten",
    "chua co ten", "chua ten", "khong ten", "be chua dat ten", "be chua co ten", "be moi sinh",
}  # fmt: skip
_MOTHER_IN_BRACKETS = re.compile(
    r"\(\s*(?:con\s+)?(?:của\s+)?(?:bà|mẹ|chị|cô|sp)\s*[:.]?\s*([^)]+)\)", re.IGNORECASE
)


@lru_cache(maxsize=4096)
def _newborn(name: str) -> tuple[bool, str, str]:
    """Whether this stands for a newborn, and the mother's or else the father's name in it."""
    places = [match.span() for match in _WORD.finditer(name)]
    raw = [name[start:end].lower() for start, end in places]
    words = [fold(word) for word in raw]

    def rest(place: int) -> str:
        return tidy_name(name[places[place][0] :]) if place < len(places) else ""

    if not words:
        return False, "", ""
    if re.fullmatch(r"cb\d?", words[0]):
        return (True, rest(1), "") if len(words) > 1 else (False, "", "")
    if words[:2] == ["c", "b"] and len(words) > 3 and re.match(r"[Cc]\s?[./]\s?[Bb]", name):
        return True, rest(2), ""
    at = 0
    while at < len(words) and words[at] in _LEADS:
        at += 1
    called = at > 0 and (
        raw[0] in _CHILDREN or raw[0] in _CHILDREN.values() or words[0] in ("so", "ss")
    )
    if called and (bracket := _MOTHER_IN_BRACKETS.search(name)):
        return True, tidy_name(bracket[1]), ""
    if at < len(words) and raw[at] == "con" and (at == 0 or called):
        at += 1
    elif not (called and at < len(words) and words[at] == "cua"):
        alone = " ".join(word for word in words if not word.isdigit() and word not in ("i", "ii"))
        of_a_kind = called and words[at - 1] in ("trai", "gai", "sinh") and words[0] != "tre"
        unnamed = alone in _UNNAMED and (called or words[0] in ("chua", "khong"))
        return unnamed or (of_a_kind and at >= 2), "", ""
    while at < len(words) and (words[at] in _WHICH or words[at].isdigit()):
        at += 1
    parent = words[at] if at < len(words) else ""
    if parent in _MOTHERS | _FATHERS or words[at : at + 2] == ["san", "phu"]:
        mother = words[at] not in _FATHERS
        at += 2 if words[at] == "san" else 1
        if at < len(words) - 1 and words[at] in ("me", "sp"):
            at += 1
        return True, rest(at) if mother else "", "" if mother else rest(at)
    if len(words) - at < 2:
        return called and at > 1, "", ""
    father = "van" in words[at + 1 :]
    return True, "" if father else rest(at), rest(at) if father else ""


def is_newborn_name(name: str) -> bool:
    """Whether this is no name yet but words for a newborn: "Con bà Nguyễn Thị X", "CB …", "Bé gái"."""
    name = tidy_name(name)
    return may_be_newborn(name) and _newborn(name)[0]


def may_be_newborn(name: str) -> bool:
    """Whether a tidy name begins as words for a newborn do; few names do, so the rest ask no more."""
    first = _WORD.search(name)
    return first is not None and _may_begin(first[0])


@lru_cache(maxsize=4096)
def _may_begin(word: str) -> bool:
    key = fold(word)
    return key in _LEADS or key in _FIRST or re.fullmatch(r"cb?\d?", key) is not None


def parent_in(name: str) -> str:
    """The mother's or else the father's name in a newborn's words, as written; empty without one."""
    _, mother, father = _newborn(tidy_name(name))
    return mother or father


# Order

_LETTERS = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_RANK = {letter: chr(ord("A") + place) for place, letter in enumerate(_LETTERS)}
_TONES = {"̀": "1", "̉": "2", "̃": "3", "́": "4", "̣": "5"}
"""Level, huyền, hỏi, ngã, sắc, nặng: the order of Vietnamese dictionaries (and of CLDR's "vi")."""
_SHAPES = {("a", "̆"): "ă", ("a", "̂"): "â", ("e", "̂"): "ê", ("o", "̂"): "ô",
           ("o", "̛"): "ơ", ("u", "̛"): "ư"}  # fmt: skip

SortKey = tuple[tuple[str, str], tuple[str, str], str]


def name_sort_key(name: str) -> SortKey:
    """The place of a name in a Vietnamese list: given name, then family name, then middle names.

    Letters in the order of the Vietnamese alphabet, tones after letters. A name of one word is a
    given name; no name comes first.
    """
    words = unicodedata.normalize("NFC", name).lower().split()
    given = words[-1:]
    return _word_key(given), _word_key(words[:-1]), name


@lru_cache(maxsize=8192)
def _ranked(word: str) -> tuple[str, str]:
    letters: list[str] = []
    tones: list[str] = []
    for sign in unicodedata.normalize("NFD", word):
        if sign in _TONES:
            if tones:
                tones[-1] = _TONES[sign]
        elif letters and (shaped := _SHAPES.get((letters[-1], sign))):
            letters[-1] = shaped
        elif not unicodedata.combining(sign):
            letters.append(sign)
            tones.append("0")
    return "".join(_RANK.get(letter, letter) for letter in letters), "".join(tones)


def _word_key(words: Iterable[str]) -> tuple[str, str]:
    keys = [_ranked(word) for word in words]
    return " ".join(key[0] for key in keys), " ".join(key[1] for key in keys)
