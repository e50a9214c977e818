"""How alike two persons are: a score in bits, and its reasons. Pure.

Each fact speaks for or against "these two are one" by the logarithm of how much oftener it is seen
among records of one person than among records of two (Fellegi and Sunter 1969). Bits of different
facts add up. A fact that one side does not say is worth nothing. The weights are round numbers, set
by how common a value is and how often it is written wrong, not fitted to any list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from itertools import combinations

from rapidfuzz.distance import OSA

from som.kernel.ids import fold
from som.people.matching.reasons import Reason
from som.people.matching.spelling import NO_NAME, Name, name_bits

PROPOSED_FROM = 19.0
"""Bits from which a pair is shown to a reviewer: in a province of a million (20 bits) one stranger
in a pair's neighbourhood is expected to be as like."""


BIRTH_BITS = 14.0  # log2 of the days in 50 years
YEAR_BITS = 6.0  # log2 of 64 years
SWAPPED_BITS = 9.0
OTHER_BIRTH_BITS = -14.0
SEX_BITS = 0.8  # one in two strangers; wrong in about 3 of 100 records
OTHER_SEX_BITS = 3.5
NUMBER_BITS = 18.0  # one person's by law; but parents put their own on a child
NUMBER_NEARLY_BITS = 10.0
OTHER_NUMBER_BITS = {"citizen_number": 7.0, "insurance": 7.0, "old_identity_card": 4.0}
RENEWED_NUMBER_BITS = 2.0  # a passport has another number when it is renewed
GENERATION = 15  # years between a parent and a child, at the least
PHONE_BITS = 8.0  # a household shares one
PHONE_NEARLY_BITS = 6.0
OTHER_PHONE_BITS = 2.0  # many have several, and change them
COMMUNE_BITS = 4.0  # pairs are mostly looked for where people live
HAMLET_BITS = 3.0
OTHER_HAMLET_BITS = 4.0
OTHER_COMMUNE_BITS = 3.0  # people move


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a person, ready to compare.

    `numbers` are written "kind:number", also those that somebody else holds; `communes` are the
    units of today that the places where they live lie in; `hamlets` is what their addresses say
    below the commune, folded.
    """

    id: int
    name: Name = NO_NAME
    sex: str | None = None
    birth_date: date | None = None
    birth_year: int | None = None
    phones: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    communes: frozenset[int] = frozenset()
    hamlets: frozenset[str] = frozenset()


# Birth -----------------------------------------------------------------------------------------


def birth_bits(one: Known, other: Known) -> tuple[float, list[Reason]]:
    """How much two births say for or against. The first of January stands for a year alone."""
    year, year_there = one.birth_year, other.birth_year
    if year is None or year_there is None:
        return 0.0, []
    day, day_there = one.birth_date, other.birth_date
    if day is not None and day_there is not None:
        if day == day_there:
            if (day.day, day.month) == (1, 1):
                return YEAR_BITS + 1, [Reason.SAME_BIRTH]
            return BIRTH_BITS, [Reason.SAME_BIRTH]
        placeholder = (1, 1) in ((day.day, day.month), (day_there.day, day_there.month))
        if not placeholder:
            return _dates_bits(day, day_there)
    if year == year_there:
        return YEAR_BITS, [Reason.SAME_BIRTH_YEAR]
    return _years_bits(year, year_there), [
        Reason.BIRTH_NEARLY if _years_near(year, year_there) else Reason.OTHER_BIRTH
    ]


def _years_near(one: int, other: int) -> bool:
    """Off by a year, as years counted from the lunar new year are, or with one digit wrong.

    A father and his son may be 20 or 30 years apart in one digit, so of the decade one step only.
    """
    return abs(one - other) <= 1 or _digits_near(one, other)


def _digits_near(one: int, other: int) -> bool:
    apart = abs(one - other)
    if apart == 10 or one // 10 == other // 10:
        return True
    return apart < GENERATION and f"{one % 100:02d}" == f"{other % 100:02d}"[::-1]


def _years_bits(one: int, other: int) -> float:
    if abs(one - other) <= 1:
        return -1.0
    return -4.0 if _digits_near(one, other) else OTHER_BIRTH_BITS


def _dates_bits(one: date, other: date) -> tuple[float, list[Reason]]:
    """Two full dates that differ."""
    if one.year == other.year:
        if (one.day, one.month) == (other.month, other.day):
            return SWAPPED_BITS, [Reason.BIRTH_SWAPPED]
        if one.month == other.month or one.day == other.day:
            return 1.0, [Reason.BIRTH_NEARLY]
        return -6.0, [Reason.OTHER_BIRTH]
    if (one.day, one.month) == (other.day, other.month):
        if _years_near(one.year, other.year):
            return 4.0, [Reason.BIRTH_NEARLY]
        return OTHER_BIRTH_BITS / 2, [Reason.OTHER_BIRTH]
    return OTHER_BIRTH_BITS, [Reason.OTHER_BIRTH]


# Numbers, telephones, places ---------------------------------------------------------------------


def _numbers_bits(one: Known, other: Known) -> tuple[float, list[Reason]]:
    if not one.numbers or not other.numbers:
        return 0.0, []
    if one.numbers & other.numbers:
        return NUMBER_BITS, [Reason.SAME_NUMBER]
    against = 0.0
    for a in one.numbers:
        kind = a.partition(":")[0]
        for b in other.numbers:
            if b.partition(":")[0] == kind:
                if _digits_off(a, b):
                    return NUMBER_NEARLY_BITS, [Reason.NUMBER_NEARLY]
                against = max(against, OTHER_NUMBER_BITS.get(kind, RENEWED_NUMBER_BITS))
    return (-against, [Reason.OTHER_NUMBER]) if against else (0.0, [])


def _digits_off(one: str, other: str) -> bool:
    return OSA.distance(one, other, score_cutoff=1) <= 1


def _phones_bits(one: Known, other: Known) -> tuple[float, list[Reason]]:
    if not one.phones or not other.phones:
        return 0.0, []
    if one.phones & other.phones:
        return PHONE_BITS, [Reason.SAME_PHONE]
    if any(_digits_off(a, b) for a in one.phones for b in other.phones):
        return PHONE_NEARLY_BITS, [Reason.PHONE_NEARLY]
    return -OTHER_PHONE_BITS, [Reason.OTHER_PHONE]


def _generation_apart(one: Known, other: Known) -> bool:
    if one.birth_year is None or other.birth_year is None:
        return False
    return abs(one.birth_year - other.birth_year) >= GENERATION


def _numbers_and_phones(one: Known, other: Known, names: float) -> tuple[float, list[Reason]]:
    """What is written of a person and what a household shares, which must not be counted twice.

    A parent's number on a child says no more than their telephone: they live together.
    """
    numbers, phones = _numbers_bits(one, other), _phones_bits(one, other)
    reasons = numbers[1] + phones[1]
    if numbers[0] > 0 and (names < 0 or _generation_apart(one, other)):
        return max(PHONE_BITS, phones[0]), reasons
    return numbers[0] + phones[0], reasons


def _places_bits(one: Known, other: Known) -> tuple[float, list[Reason]]:
    if one.communes and other.communes:
        if not one.communes & other.communes:
            return -OTHER_COMMUNE_BITS, [Reason.OTHER_COMMUNE]
        bits, reason = COMMUNE_BITS, Reason.SAME_COMMUNE
    elif one.hamlets and other.hamlets:
        bits, reason = 0.0, Reason.SAME_PLACE
        if not one.hamlets & other.hamlets:
            return 0.0, []
    else:
        return 0.0, []
    if one.hamlets and other.hamlets:
        if one.hamlets & other.hamlets:
            return bits + HAMLET_BITS, [Reason.SAME_PLACE]
        return bits - OTHER_HAMLET_BITS, [reason]
    return bits, [reason]


# Together --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two persons are, and why."""

    score: float
    reasons: tuple[Reason, ...]

    @property
    def proposed(self) -> bool:
        """Whether a reviewer should look at the pair."""
        return self.score >= PROPOSED_FROM


def likeness(one: Known, other: Known) -> Likeness:
    """How alike two persons are. Nobody is proposed who has no name yet."""
    names = name_bits(one.name, other.name)
    parts = [
        names,
        birth_bits(one, other),
        _numbers_and_phones(one, other, names[0]),
        _places_bits(one, other),
    ]
    if one.sex and other.sex:
        same = one.sex == other.sex
        parts.append((SEX_BITS, []) if same else (-OTHER_SEX_BITS, [Reason.OTHER_SEX]))
    score = round(sum(bits for bits, _ in parts), 1)
    if not (one.name.known and other.name.known):
        score = min(score, PROPOSED_FROM - 1)
    return Likeness(
        score,
        tuple(reason for _, reasons in parts for reason in reasons),
    )


# Where to look ---------------------------------------------------------------------------------

TAIL = 6
"""Last digits of a number under which it is found again with a digit wrong before them. They are
drawn at random in the citizen number; leading zeros and the old prefixes are lost before them."""

MOST_COMMUNES = 6
"""Communes of today under which one person is looked for: an old one was split into few."""

VERY_COMMON = frozenset({"nguyen", "tran", "le", "thi", "van"})
"""Words that one in ten people share: nobody is looked for by one of them alone."""

_HAMLET = re.compile(
    r"^(thon|xom|ban|lang|ap|khom|khoi|khu pho|khu vuc|khu dan cu|khu|to dan pho|to dan cu|tdp|tdc"
    r"|to|buon|bon|plei|phum|soc|cum|doi|tieu khu|kp|kv|kdc)\b[\s.:]*(?:so\s+)?(?=[\w])"
)
_PARTS = re.compile(r"[,;]|\s[-–]\s")


def hamlet_of(address: str) -> str:
    """The hamlet or neighbourhood an address begins with: "Xóm 5, xã X" is "5"; '' if it names none."""
    for part in _PARTS.split(address):
        text = fold(part).strip(" .")
        if found := _HAMLET.match(text):
            return text[found.end() :].removeprefix("0").strip(" .") or text
    return ""


def _key(*parts: object) -> int:
    """Eight bytes that stand for a fact; two facts with the same bytes cost one comparison."""
    text = "\x1f".join(map(str, parts))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), signed=True)


def _ends(name: Name) -> set[str]:
    """Family and given name, whichever stands first; of a newborn the mother's."""
    return {name.words[0], name.words[-1]} if name.words else {""}


def _numbered(known: Known) -> Iterator[int]:
    for phone in known.phones:
        yield _key("phone", phone)
    for number in known.numbers:
        yield _key("number", number[-TAIL:])


def _facts_keys(known: Known) -> set[int]:
    keys = set(_numbered(known))
    name, year, day = known.name, known.birth_year, known.birth_date
    communes = sorted(known.communes)[:MOST_COMMUNES]
    if day is not None and (day.month, day.day) != (1, 1):
        keys |= {_key("born", *_unswapped(day), end) for end in _ends(name)}
    if year is not None:
        keys |= {_key("here", c, year, end) for c in communes for end in _ends(name)}
        keys.add(_key("named", name.sorted, year))
    return keys | {_key("named here", name.sorted, c) for c in communes}


def kept_keys(known: Known) -> list[int]:
    """The keys under which a person is found."""
    keys = _facts_keys(known)
    if not known.name.newborn:
        keys.update(name_keys(known.name))
        keys |= _words_keys(known.name, known.birth_year)
    return sorted(keys)


def sought_keys(known: Known) -> list[int]:
    """The keys under which others like a person are looked for: also in the years beside theirs."""
    keys = _facts_keys(known)
    name, year = known.name, known.birth_year
    if year is not None:
        communes = sorted(known.communes)[:MOST_COMMUNES]
        for beside in (year - 10, year - 1, year + 1, year + 10):
            keys |= {_key("here", c, beside, end) for c in communes for end in _ends(name)}
            keys.add(_key("named", name.sorted, beside))
    return sorted(keys)


def name_keys(name: Name) -> list[int]:
    """The key of a name typed rightly, its words in any order."""
    return [_key("name", name.sorted)] if name.words else []


def rough_keys(name: Name, year: int | None) -> set[int]:
    """The keys of a name typed roughly: of its words that tell, each with the year of birth.

    Of three words that tell, two are right though one be mistyped.
    """
    telling = sorted(set(name.words) - VERY_COMMON)
    if year is None:
        return set()
    if len(telling) > 2:
        return {_key("words", *pair, year) for pair in combinations(telling, 2)}
    return {_key("word", word, year) for word in telling}


def _words_keys(name: Name, year: int | None) -> set[int]:
    """All keys under which a name typed roughly, whole or shortened, finds it."""
    singly = {_key("word", word, year) for word in {*name.words} - VERY_COMMON if year}
    return rough_keys(name, year) | singly


def _unswapped(day: date) -> tuple[int, int, int]:
    """A day, the same for 3 May as for 5 March."""
    return day.year, *sorted((day.month, day.day))  # type: ignore[return-value]
