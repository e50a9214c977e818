"""Records of drawn people as four offices write them, with who each is of.

Not the packaged set of `record_linkage`: another hand, other seeds, other shares of what goes wrong,
so that matching is not fitted to one list. Names come from the drawing of the demo.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from som.kernel.ids import fold
from som.simulation.names import family_name, full_name

PEOPLES = ("kinh", "kinh", "kinh", "tay", "hmong", "thai")
HAMLETS = ("Xóm", "Thôn", "Bản", "Tổ dân phố", "Khu phố", "Tổ")
HAMLET_NAMES = ("Đông", "Đoài", "Trung", "Cầu Mới", "Nà Lùng", "Tân Tiến", *map(str, range(1, 9)))
PREFIXES = ("032", "035", "038", "039", "070", "079", "081", "083", "091", "096", "098")
OLD_PREFIXES = {"032": "0162", "035": "0165", "038": "0168", "039": "0169", "070": "0120"}
TELEX = {"̀": "f", "́": "s", "̉": "r", "̃": "x", "̣": "j"}


@dataclass(frozen=True)
class Noise:
    """How often each thing goes wrong in a record."""

    no_tones: float = 0.12
    telex: float = 0.02
    decomposed: float = 0.05
    capitals: float = 0.3
    turned: float = 0.03
    shortened: float = 0.05
    letters_swapped: float = 0.02
    year_only: float = 0.25
    birth_wrong: float = 0.03
    day_month_swapped: float = 0.01
    no_sex: float = 0.04
    wrong_sex: float = 0.01
    no_phone: float = 0.12
    other_phone: float = 0.07
    phone_wrong: float = 0.03
    old_phone: float = 0.03
    no_number: float = 0.25
    old_number: float = 0.1
    number_wrong: float = 0.02
    zero_lost: float = 0.03
    new_commune: float = 0.1
    no_hamlet: float = 0.2

    def more(self, times: float) -> Noise:
        """The same with everything so many times as often."""
        return Noise(**{name: value * times for name, value in vars(self).items()})


@dataclass(frozen=True)
class Drawn:
    """A drawn person."""

    name: str
    sex: str
    birth: date
    phone: str
    number: str
    old_number: str
    commune: int
    hamlet: str


@dataclass(frozen=True)
class Commune:
    """A commune of 2021 and the one of today, as addresses name them: names from small to large."""

    old: tuple[str, ...]
    new: tuple[str, ...]


def people(source: random.Random, count: int, communes: Sequence[Commune]) -> list[Drawn]:
    """Drawn people, of whom every fifth has somebody easily taken for them."""
    found: list[Drawn] = []
    while len(found) < count:
        one = _person(source, len(communes))
        found.append(one)
        if source.random() < 0.05:  # twins
            given = one.name.split()[:-1]
            other = full_name(source, "X", one.sex).split()[-1]
            found.append(_numbered(source, replace(one, name=" ".join([*given, other]))))
        if source.random() < 0.05:  # father and son, mother and daughter of one name
            years = source.randint(20, 40)
            if one.birth.year - years > 1925:
                born = date(one.birth.year - years, source.randint(1, 12), source.randint(1, 28))
                found.append(_numbered(source, replace(one, birth=born)))
        if source.random() < 0.03:  # a namesake of the year in the commune
            born = date(one.birth.year, source.randint(1, 12), source.randint(1, 28))
            hamlet = _hamlet(source)
            there = replace(one, birth=born, hamlet=hamlet, phone=_phone(source))
            found.append(_numbered(source, there))
        if source.random() < 0.2:  # somebody else in the house, on one telephone
            kin = _person(source, len(communes))
            name = " ".join([one.name.split()[0], *kin.name.split()[1:]])
            found.append(
                replace(kin, name=name, phone=one.phone, commune=one.commune, hamlet=one.hamlet)
            )
    return found


def _person(source: random.Random, communes: int) -> Drawn:
    sex = source.choice("MF")
    born = date(1930, 1, 1) + timedelta(days=source.randrange(90 * 365))
    family = family_name(source, source.choice(PEOPLES))
    return _numbered(
        source,
        Drawn(
            full_name(source, family, sex), sex, born, _phone(source), "", "",
            source.randrange(communes), _hamlet(source),
        ),
    )  # fmt: skip


def _phone(source: random.Random) -> str:
    return f"{source.choice(PREFIXES)}{source.randrange(10**7):07d}"


def _hamlet(source: random.Random) -> str:
    return f"{source.choice(HAMLETS)} {source.choice(HAMLET_NAMES)}"


def _numbered(source: random.Random, one: Drawn) -> Drawn:
    century = 0 if one.birth.year < 2000 else 2
    sex = century + (one.sex == "F")
    number = f"0{source.choice(('19', '11', '35'))}{sex}{one.birth.year % 100:02d}"
    return replace(
        one,
        number=f"{number}{source.randrange(10**6):06d}",
        old_number=f"{source.randrange(10**8, 10**9)}",
    )


def records(
    source: random.Random, drawn: Sequence[Drawn], communes: Sequence[Commune], noise: Noise
) -> tuple[list[dict[str, str]], dict[str, str]]:
    """One to four records of each person, shuffled, and whose each is."""
    rows: list[tuple[int, dict[str, str]]] = []
    truth = {}
    for person, one in enumerate(drawn):
        rows += [
            (person, _record(source, one, communes[one.commune], noise))
            for _ in range(source.choices((1, 2, 3, 4), (45, 32, 17, 6))[0])
        ]
    source.shuffle(rows)
    for place, (person, row) in enumerate(rows):
        row["record_id"] = f"D{place:05d}"
        truth[row["record_id"]] = f"P{person:05d}"
    return [row for _, row in rows], truth


def _record(source: random.Random, one: Drawn, commune: Commune, noise: Noise) -> dict[str, str]:
    def happens(share: float) -> bool:
        return source.random() < share

    sex = one.sex if not happens(noise.wrong_sex) else "MF".replace(one.sex, "")
    return {
        "name": _written_name(source, one.name, noise),
        "birth": _written_birth(source, one.birth, noise),
        "sex": "" if happens(noise.no_sex) else {"M": "Nam", "F": "Nữ"}[sex],
        "phone": _written_phone(source, one.phone, noise),
        "id_number": _written_number(source, one, noise),
        "address": _written_address(source, one, commune, noise),
    }


def _written_name(source: random.Random, name: str, noise: Noise) -> str:
    words = name.split()
    if source.random() < noise.turned:
        words = [words[-1], *words[1:-1], words[0]]
    if source.random() < noise.shortened and len(words) > 2:
        how = source.randrange(3)
        if how == 0:
            words[1] = words[1][0] + "."
        elif how == 1:
            del words[1]
        elif words[0] == "Nguyễn":
            words[0] = "Ng."
    if source.random() < noise.letters_swapped:
        place = source.randrange(len(words))
        word = words[place]
        if len(word) > 2:
            at = source.randrange(1, len(word) - 1)
            words[place] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    written = " ".join(words)
    if source.random() < noise.telex:
        written = " ".join(_telex(word) for word in words)
    elif source.random() < noise.no_tones:
        written = fold(written).title()
    if source.random() < noise.capitals:
        written = written.upper()
    if source.random() < noise.decomposed:
        written = unicodedata.normalize("NFD", written)
    return written


def _telex(word: str) -> str:
    letters, tone = [], ""
    for sign in unicodedata.normalize("NFD", word.replace("đ", "dd").replace("Đ", "DD")):
        if sign in TELEX:
            tone = TELEX[sign]
        elif sign == "̂":
            letters.append(letters[-1].lower())
        elif sign in ("̆", "̛"):
            letters.append("w")
        else:
            letters.append(sign)
    return "".join(letters) + tone


def _written_birth(source: random.Random, birth: date, noise: Noise) -> str:
    if source.random() < noise.birth_wrong:
        years = source.choice((-10, -1, 1, 10))
        birth = birth.replace(year=birth.year + years, day=min(birth.day, 28))
    if source.random() < noise.day_month_swapped and birth.day <= 12:
        birth = birth.replace(day=birth.month, month=birth.day)
    if source.random() < noise.year_only:
        return str(birth.year)
    return source.choice((f"{birth:%d/%m/%Y}", f"{birth:%Y-%m-%d}", f"{birth:%d-%m-%Y}"))


def _one_wrong(source: random.Random, digits: str) -> str:
    at = source.randrange(3, len(digits) - 1)
    if source.random() < 0.5:
        return digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]
    return digits[:at] + source.choice("0123456789") + digits[at + 1 :]


def _written_phone(source: random.Random, phone: str, noise: Noise) -> str:
    if source.random() < noise.no_phone:
        return ""
    if source.random() < noise.other_phone:
        phone = _phone(source)
    if source.random() < noise.phone_wrong:
        phone = _one_wrong(source, phone)
    if source.random() < noise.old_phone and phone[:3] in OLD_PREFIXES:
        return OLD_PREFIXES[phone[:3]] + phone[3:]
    return source.choice((phone, phone, "+84" + phone[1:], phone[1:], f"{phone[:4]} {phone[4:]}"))


def _written_number(source: random.Random, one: Drawn, noise: Noise) -> str:
    if source.random() < noise.no_number:
        return ""
    if source.random() < noise.old_number:
        return one.old_number
    number = one.number
    if source.random() < noise.number_wrong:
        number = number[:6] + _one_wrong(source, "000" + number[6:])[3:]
    return number[1:] if source.random() < noise.zero_lost else number


def _written_address(source: random.Random, one: Drawn, commune: Commune, noise: Noise) -> str:
    names = commune.new if source.random() < noise.new_commune else commune.old
    parts = list(names) if source.random() < noise.no_hamlet else [one.hamlet, *names]
    written = ", ".join(parts)
    return fold(written).title() if source.random() < noise.no_tones else written
