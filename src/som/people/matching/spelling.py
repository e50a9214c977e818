"""How alike two names are, however they were written or typed. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache

from rapidfuzz.distance import OSA

from som.kernel.ids import fold
from som.people.matching.reasons import Reason
from som.people.rules.names import is_newborn_name, parent_in

MOST_NAME_BITS = 14.0  # a name alone joins nobody, however rare
OTHER_GIVEN_TONE_BITS = 4.0  # Hà and Hạ are two names; but tones are often typed wrong
OTHER_TONE_BITS = 1.5
ORDER_BITS = 1.5
SHORTENED_BITS = 1.0
MISSPELT_BITS = 2.0
SAME_PARENT_BITS = 5.0  # siblings have the same mother
OTHER_MIDDLE_BITS = 5.0
OTHER_FAMILY_BITS = 9.0  # hardly ever written as quite another
OTHER_GIVEN_BITS = 24.0  # twins share all but it: birth, telephone, house, family and middle name
MISSPELT_GIVEN_BITS = 8.0  # one letter makes another given name: Minh, Mạnh; Hoan, Hoàng

FAMILY_BITS = {
    "nguyen": 1.4, "tran": 3.0, "le": 3.4, "pham": 3.8, "hoang": 4.3, "huynh": 4.3, "phan": 4.5,
    "vu": 4.7, "vo": 4.7, "dang": 5.0, "bui": 5.0, "do": 5.5, "ho": 5.9, "ngo": 5.9,
}  # fmt: skip
"""Minus log2 of the shares of family names that Lê Trung Hoa gives (Họ và tên người Việt Nam, 2005).
Where one people lives together its own few family names are as common, hence at most 5.9."""

RARE_FAMILY_BITS = 5.9
COMMON_MIDDLE = frozenset({"thi", "van", "a"})  # every fourth woman and sixth man; Hmong men
COMMON_MIDDLE_BITS = 1.5
WORD_BITS = 5.0
"""The commonest given name, Anh, is 3 in 100 (5 bits); most are rarer."""

_TONE_KEYS = re.compile(r"[sfrxjw0-9]+")
_DOUBLED = re.compile(r"([aeo])\1")
_VOWEL = re.compile(r"[aeiouy]")
_BETWEEN_WORDS = re.compile(r"[\s,;/()\-]+")
_LETTERS_ONLY = re.compile(r"[^a-z]+")


@dataclass(frozen=True, slots=True)
class Name:
    """A name as compared: its folded words, read as typed in Telex or VNI, and their tones.

    Of a newborn who is only the child of somebody they are the parent's, if any is named; `which`
    are the digits in it, that tell twins apart.
    """

    words: tuple[str, ...]
    tones: tuple[str, ...]
    newborn: bool = False
    which: str = ""

    @property
    def known(self) -> bool:
        """Whether there is a name, if only the mother's."""
        return bool(self.words) or self.newborn

    @property
    def sorted(self) -> str:
        """The words in the order of the alphabet: the same however the name was turned round."""
        return " ".join(sorted(self.words))


NO_NAME = Name((), ())


@lru_cache(maxsize=65_536)
def name_of(written: str) -> Name:
    """A name as written, ready to compare."""
    if is_newborn_name(written):
        which = "".join(sign for sign in written if sign.isdigit())
        return replace(_name(parent_in(written)), newborn=True, which=which)
    return _name(written)


def _name(written: str) -> Name:
    words, tones = [], []
    for part in _BETWEEN_WORDS.split(written):
        bare = _LETTERS_ONLY.sub("", unkeyed(fold(part)))
        if bare:
            words.append(bare)
            tones.append(_marks(part))
    return Name(tuple(words), tuple(tones))


def unkeyed(word: str) -> str:
    """A folded word without the keys of the Telex and VNI ways of typing: "thij", "thi5" are "thi".

    No Vietnamese syllable ends in s, f, r, x or j, holds w, or doubles a, e, o or d. Names of other
    languages lose such a letter too, on both sides alike.
    """
    if len(word) < 2:
        return word
    if word[0] == "d" and word[1] in "d9":
        word = word[0] + word[2:]
    vowel = _VOWEL.search(word)
    if vowel is None:
        return word
    tail = _TONE_KEYS.sub("", word[vowel.end() :])
    whole = _DOUBLED.sub(r"\1", word[: vowel.end()] + tail)
    return whole[:-1] if whole.endswith("d") and len(whole) > 2 else whole


def _marks(word: str) -> str:
    """The marks of a word whatever letter they stand on: "Hòa" is "Hoà"; none for a bare word."""
    if word.isascii():
        return ""
    signs = unicodedata.normalize("NFD", word.lower().replace("đ", "d\u0335"))
    return "".join(sorted(sign for sign in signs if unicodedata.combining(sign)))


def word_bits(word: str, *, first: bool, middle: bool) -> float:
    """How much it says that two names share this word."""
    if first:
        return FAMILY_BITS.get(word, RARE_FAMILY_BITS)
    if middle and word in COMMON_MIDDLE:
        return COMMON_MIDDLE_BITS
    return WORD_BITS


def _near(one: str, other: str) -> bool:
    """Whether one word is the other with one letter wrong, missing, added or two swapped."""
    return min(len(one), len(other)) > 1 and OSA.distance(one, other, score_cutoff=1) <= 1


def _swapped(one: str, other: str) -> bool:
    return len(one) == len(other) and sorted(one) == sorted(other)


def _short_for(one: str, other: str) -> bool:
    """Whether one word is the other's beginning as people shorten it: "T.", "Ng.", "Th."."""
    short, long = sorted((one, other), key=len)
    return long.startswith(short) and (len(short) == 1 or not _VOWEL.search(short))


def name_bits(one: Name, other: Name) -> tuple[float, list[Reason]]:
    """How much two names say for or against."""
    if one.newborn or other.newborn:
        return _newborn_bits(one, other)
    if not one.words or not other.words:
        return 0.0, []
    if one.words == other.words:
        return _same_words(one, other)
    if "".join(one.words) == "".join(other.words):
        return _worth(max(one.words, other.words, key=len)) - 1, [Reason.SAME_NAME]
    straight = _aligned(one.words, other.words)
    turned = _turned(one.words, other.words)
    return max(straight, turned, key=lambda found: found[0])


def _newborn_bits(one: Name, other: Name) -> tuple[float, list[Reason]]:
    """A newborn is later named anything; of two the parents and the digits must be the same."""
    if not (one.newborn and other.newborn):
        return 0.0, []
    if one.which != other.which:
        return -OTHER_GIVEN_BITS, [Reason.OTHER_NAME]
    if not one.words or not other.words:
        return 0.0, []
    parents = name_bits(replace(one, newborn=False), replace(other, newborn=False))
    return (SAME_PARENT_BITS if parents[0] > 0 else -OTHER_GIVEN_BITS), parents[1]


def _worth(words: tuple[str, ...]) -> float:
    last = len(words) - 1
    return min(
        MOST_NAME_BITS,
        sum(
            word_bits(word, first=place == 0, middle=0 < place < last)
            for place, word in enumerate(words)
        ),
    )


def _same_words(one: Name, other: Name) -> tuple[float, list[Reason]]:
    bits, reasons = _worth(one.words), [Reason.SAME_NAME]
    # Whoever writes no tones at all says nothing about them.
    if any(one.tones) and any(other.tones):
        wrong = [a != b for a, b in zip(one.tones, other.tones, strict=True)]
        if any(wrong):
            bits -= OTHER_GIVEN_TONE_BITS if wrong[-1] else OTHER_TONE_BITS
            reasons.append(Reason.OTHER_TONES)
    return bits, reasons


def _turned(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[float, list[Reason]]:
    """The same words in another order: turned round by a form, or by whoever typed it."""
    if Counter(one) == Counter(other):
        return _worth(one) - ORDER_BITS, [Reason.NAME_ORDER]
    return _aligned(one[::-1], other, Reason.NAME_ORDER)


def _aligned(
    one: tuple[str, ...], other: tuple[str, ...], *reasons: Reason
) -> tuple[float, list[Reason]]:
    """Given name with given name, family with family, and the middle names as well as they go."""
    given, found = _end_bits(one[-1], other[-1], given=True)
    bits, found = given, [*reasons, *found]
    if reasons:
        bits -= ORDER_BITS
    if min(len(one), len(other)) == 1:
        bits -= SHORTENED_BITS
        found.append(Reason.NAME_SHORTENED)
    else:
        # Turned round, either end may be the given name: neither may be another.
        family = _end_bits(one[0], other[0], given=bool(reasons))
        middle = _middle_bits(one[1:-1], other[1:-1])
        bits += family[0] + middle[0]
        found += family[1] + middle[1]
    # What else the names share, brothers and sisters share too.
    most = MOST_NAME_BITS if given > 0 else given
    return min(bits, most), list(dict.fromkeys(found))


def _end_bits(one: str, other: str, *, given: bool) -> tuple[float, list[Reason]]:
    """The given or the family name."""
    bits = word_bits(one, first=not given, middle=False)
    if one == other:
        return bits, []
    if _short_for(one, other):
        return bits / 4, [Reason.NAME_SHORTENED]
    if _swapped(one, other):
        return bits - MISSPELT_BITS, [Reason.NAME_MISSPELT]
    if _near(one, other):
        loss = MISSPELT_GIVEN_BITS if given else MISSPELT_BITS
        return bits - loss, [Reason.NAME_MISSPELT]
    return -OTHER_GIVEN_BITS if given else -OTHER_FAMILY_BITS, [Reason.OTHER_NAME]


def _middle_bits(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[float, list[Reason]]:
    """The middle names: often left out or shortened, seldom others."""
    fewer, more = sorted((one, other), key=len)
    rest = list(more)
    missing = len(more) - len(fewer)
    bits, found = -SHORTENED_BITS * missing, [Reason.NAME_SHORTENED] if missing else []
    for word in fewer:
        value = word_bits(word, first=False, middle=True)
        if word in rest:
            rest.remove(word)
            bits += value
        elif short := next((there for there in rest if _short_for(there, word)), None):
            rest.remove(short)
            bits += value / 4
            found.append(Reason.NAME_SHORTENED)
        elif near := next((there for there in rest if _near(there, word)), None):
            rest.remove(near)
            bits += value - MISSPELT_BITS
            found.append(Reason.NAME_MISSPELT)
        else:
            bits -= OTHER_MIDDLE_BITS
            found.append(Reason.OTHER_NAME)
    return bits, found
