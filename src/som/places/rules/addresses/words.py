"""The words of an address as people write it: kinds of unit, hamlets, streets, other names. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass

from som.kernel.ids import fold
from som.places.rules.kinds import Kind, Level

_KIND_WORDS: tuple[tuple[tuple[str, ...], Kind], ...] = (
    (("thành", "phố"), Kind.CITY),
    (("thị", "trấn"), Kind.TOWNSHIP),
    (("thị", "xã"), Kind.TOWN),
    (("đặc", "khu"), Kind.SPECIAL_ZONE),
    (("tỉnh",), Kind.PROVINCE),
    (("huyện",), Kind.RURAL_DISTRICT),
    (("quận",), Kind.URBAN_DISTRICT),
    (("phường",), Kind.WARD),
    (("xã",), Kind.COMMUNE),
)

_SHORT_KINDS: tuple[tuple[tuple[str, ...], Kind], ...] = (
    (("t", "phố"), Kind.CITY),
    (("t", "p"), Kind.CITY),
    (("tp",), Kind.CITY),
    (("t", "trấn"), Kind.TOWNSHIP),
    (("t", "tr"), Kind.TOWNSHIP),
    (("t", "t"), Kind.TOWNSHIP),
    (("ttr",), Kind.TOWNSHIP),
    (("tt",), Kind.TOWNSHIP),
    (("t", "x"), Kind.TOWN),
    (("tx",), Kind.TOWN),
    (("t",), Kind.PROVINCE),
    (("h",), Kind.RURAL_DISTRICT),
    (("q",), Kind.URBAN_DISTRICT),
    (("p",), Kind.WARD),
    (("f",), Kind.WARD),  # as in "F.14", written so in Ho Chi Minh City
    (("x",), Kind.COMMUNE),
)

_LEVELS = {
    Kind.PROVINCE: frozenset({Level.PROVINCE}),
    Kind.CITY: frozenset({Level.PROVINCE, Level.DISTRICT}),
    Kind.RURAL_DISTRICT: frozenset({Level.DISTRICT}),
    Kind.URBAN_DISTRICT: frozenset({Level.DISTRICT}),
    Kind.TOWN: frozenset({Level.DISTRICT}),
}

_COMMUNE = frozenset({Level.COMMUNE})


def kind_levels(kind: Kind) -> frozenset[Level]:
    """The tiers in which units of this kind stand; thành phố stands in two."""
    return _LEVELS.get(kind, _COMMUNE)


_HAMLETS = (
    "thôn xóm bản ấp tổ khu khóm buôn bon làng đội plei sóc phum kp tdp kdc ktt cụm tiểu chòm nhóm"
)

_STREETS = (
    "số sn đường phố ngõ ngách hẻm kiệt nhà lô căn phòng tòa tầng chung chợ quốc ql tl km hxh đ"
)

_NUMBERED = "số sn nhà ngõ ngách hẻm kiệt lô"


@dataclass(frozen=True, slots=True)
class Words:
    """The words for hamlets, streets and house numbers, as somebody writes them."""

    hamlets: frozenset[str]
    streets: frozenset[str]
    numbers: frozenset[str]
    phrases: frozenset[str]

    def open_a_name(self, word: str) -> bool:
        """Whether the name of a hamlet or street follows."""
        return word in self.hamlets or word in self.streets


_WORDS = Words(
    frozenset(_HAMLETS.split()),
    frozenset(_STREETS.split()),
    frozenset(_NUMBERED.split()),
    frozenset({*_HAMLETS.split(), "tổ dân phố", "khu phố", "khu vực", "khu dân cư"}),
)
_PLAIN_WORDS = Words(
    frozenset(map(fold, _WORDS.hamlets)),
    frozenset(map(fold, _WORDS.streets)),
    frozenset(map(fold, _WORDS.numbers)),
    frozenset(map(fold, _WORDS.phrases)),
)


def words_of(text: str) -> Words:
    """The words as the text writes them: "phong" is a room only where nothing else has a tone."""
    return _PLAIN_WORDS if text.isascii() else _WORDS


_HAMLET_NAME = 2
"""Words of a hamlet's name, where no comma says where it ends."""


def is_hamlet(words: list[str]) -> bool:
    """Whether the words are a hamlet with its number, or with a short name; or are none."""
    if not words:
        return True
    *before, last = words
    known = words_of("".join(words))
    if last.isdigit():
        return " ".join(before) in known.phrases
    return (
        words[0] in known.hamlets
        and len(before) in range(1, _HAMLET_NAME + 1)
        and not any(word.isdigit() for word in before)
    )


ALIASES: dict[str, tuple[str, ...]] = {
    "hcm": ("hochiminh",),
    "tphcm": ("hochiminh",),
    "tphochiminh": ("hochiminh",),
    "saigon": ("hochiminh",),
    "sg": ("hochiminh",),
    "hn": ("hanoi",),
    "brvt": ("bariavungtau",),
    "tthue": ("thuathienhue",),
    "hue": ("thuathienhue",),
    "phanrang": ("phanrangthapcham",),
    "phanrangtc": ("phanrangthapcham",),
    "buonmethuot": ("buonmathuot",),
    "banmethuot": ("buonmathuot",),
    "bmt": ("buonmathuot",),
}
"""Other names in use for a unit, as `looks` of them; each side is an ordinary reading besides."""

_ROMAN = {"1": "i", "2": "ii", "3": "iii", "4": "iv", "5": "v", "6": "vi", "7": "vii", "8": "viii"}

_DIGIT = {roman: digit for digit, roman in _ROMAN.items()}

_FARM = "nongtruong"


def keys_of(words: list[str], plain: list[str]) -> tuple[str, ...]:
    """What the words look like as a name, first as they stand, then as other ways to write it."""
    key = "".join(plain)
    keys = [key]
    last = words[-1].lstrip("0")
    if last in _ROMAN:
        keys.append("".join([*plain[:-1], _ROMAN[last]]))
    elif last in _DIGIT:
        keys.append("".join([*plain[:-1], _DIGIT[last]]))
    if key.startswith(_FARM):
        keys.append("nt" + key.removeprefix(_FARM))
    elif words[0] == "nt" or words[:2] == ["n", "t"]:
        keys.append(_FARM + key.removeprefix("nt"))
    keys.extend(ALIASES.get(key, ()))
    return tuple(keys)


_ALIKE = str.maketrans("ky", "ci", " '.-\u2019\u2010\u2011")


def looks(name: str) -> str:
    """What a name looks like when letters written for one another are one (k and c, y and i).

    Tones, case, spaces and apostrophes do not count. The database makes the same of `name_key`.
    """
    return fold(name).translate(_ALIKE)


_COUNTRY = frozenset({"vietnam", "vn"})

_LABEL = re.compile(r"^\s*(?:địa chỉ|đ/?c|hktt|nơi ở|thường trú|tạm trú|address)\s*:\s*", re.I)

_TOKEN = re.compile(r"[^\W_]+(?:['\u2018\u2019\u02bc`\u00b4]+[^\W_]*)*")

_HARD = frozenset(",;|\n\r\t()[]{}\uff0c\u3001\u2022")

_SOFT = frozenset("-\u2010\u2011\u2012\u2013\u2014\u2015/\\")

PARTS = (",", "-")
"""Signs that part an address, as a token's `before` says them."""

_SHORT_NUMBER = re.compile(r"^([pqfhx]|tx|tp|tt)(\d+)$")

LONGEST_TEXT = 500
"""Signs of an address that are read, from its end: the longest real ones have about 150."""

_POSTCODE = re.compile(r"^\d{5,6}$")


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the text, where it stands, and what stands before it (',' '-' '.' or '')."""

    text: str
    start: int
    end: int
    before: str


def tokens_of(text: str) -> list[Token]:
    """The words of a text, "P14" as two of them, and the sign that parts each from the last."""
    found: list[Token] = []
    last = 0
    for match in _TOKEN.finditer(text):
        word, start, end = match.group().lower(), match.start(), match.end()
        between = text[last:start]
        last = end
        if not between.strip():
            sign = ""
        elif any(sign in _HARD for sign in between):
            sign = ","
        elif any(sign in _SOFT for sign in between):
            sign = "-"
        elif "." in between:
            # "Xã A. Huyện B" ends a sentence, "X.A" and "TP. B" shorten a word.
            long = found and len(found[-1].text) > 2 and between != "."
            sign = "-" if long else "."
        else:
            sign = ""
        if numbered := _SHORT_NUMBER.match(word):
            cut = start + len(numbered[1])
            found.append(Token(numbered[1], start, cut, sign))
            found.append(Token(numbered[2], cut, end, "."))
        else:
            found.append(Token(word, start, end, sign))
    return found


def trimmed(text: str) -> tuple[str, list[Token]]:
    """The text and its words, without a label before them or the country and postcode after."""
    text = _LABEL.sub("", unicodedata.normalize("NFC", text[-LONGEST_TEXT:]))
    tokens = tokens_of(text)
    while len(tokens) > 1:
        if tokens[-1].text in _COUNTRY or _POSTCODE.match(tokens[-1].text):
            tokens.pop()
        elif _is(tokens[-2].text, "việt") and tokens[-1].text == "nam":
            del tokens[-2:]
        else:
            break
    return text, tokens


def _is(token: str, word: str) -> bool:
    """Whether a word was meant: written in full, or without any tone."""
    return token == word or token == fold(word)


@dataclass(frozen=True, slots=True)
class KindSaid:
    """The kind of unit that words say, how many words it takes, whether they are written out."""

    kind: Kind
    size: int
    long: bool


def _by_first_word(*, plain: bool) -> dict[str, list[tuple[list[str], KindSaid]]]:
    found: dict[str, list[tuple[list[str], KindSaid]]] = defaultdict(list)
    for words, kind in (*_KIND_WORDS, *_SHORT_KINDS):
        said = KindSaid(kind, len(words), (words, kind) in _KIND_WORDS)
        spelt = [fold(word) for word in words] if plain else list(words)
        found[spelt[0]].append((spelt, said))
    return dict(found)


_KINDS_SAID = _by_first_word(plain=False)
_KINDS_SAID_PLAINLY = _by_first_word(plain=True)


def kind_at(tokens: list[Token], at: int, *, plain: bool) -> KindSaid | None:
    """The kind of unit said at this place; only where `plain` may its words lack their tones."""
    first = tokens[at].text
    known = _KINDS_SAID.get(first, []) + (_KINDS_SAID_PLAINLY.get(first, []) if plain else [])
    for words, said in known:
        end = at + said.size
        if end < len(tokens) and [token.text for token in tokens[at:end]] == words:
            parted = any(token.before in PARTS for token in tokens[at + 1 : end])
            if not parted and tokens[end].before != ",":
                return said
    return None
