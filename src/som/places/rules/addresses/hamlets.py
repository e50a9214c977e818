"""Names that are only nearly a unit's, and the names of hamlets. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz.distance import OSA

from som.kernel.ids import fold
from som.places.rules.addresses.cutting import reading
from som.places.rules.addresses.words import looks

LONG_NAME = 8
"""Letters of a name in which two may be mistyped before it is likelier another."""

_KINDS: dict[tuple[str, ...], str] = {
    ("khu", "pho"): "kp",
    ("khu", "vuc"): "kv",
    ("to", "dan", "pho"): "tdp",
    ("khu", "dan", "cu"): "kdc",
    **{(word,): word for word in ("kp", "kv", "tdp", "kdc", "thon", "xom", "ban", "ap", "to")},
    **{(word,): word for word in ("khu", "khom", "buon", "bon", "lang", "doi", "cum")},
}


def nearly(claim: str, units: Iterable[tuple[int, str]]) -> set[int]:
    """The units whose name differs from the words by one sign, or two of a long name."""
    most = 1 if len(claim) < LONG_NAME else 2
    far = {unit: OSA.distance(claim, looks(name), score_cutoff=most) for unit, name in units}
    least = min(far.values(), default=most + 1)
    return {unit for unit, signs in far.items() if signs == least and signs <= most}


def hamlet_keys(text: str) -> set[str]:
    """What the hamlets in a text look like: "Ấp Phú Thuận" as "Phú Thuận", but "Ấp 2" whole."""
    found = set()
    for segment in reading(text).segments:
        words = fold(segment.text).split()
        for size in (3, 2, 1):
            kind = _KINDS.get(tuple(words[:size]))
            if kind and len(words) > size:
                name = words[size:]
                found.add(looks("".join([kind, *name] if name[0].isdigit() else name)))
                break
        else:
            if not words[0].isdigit():
                found.add(looks("".join(words)))
    return found


_SHORT = frozenset({"kp", "kv", "tdp", "kdc"})


@lru_cache(maxsize=2**14)
def hamlet_named(text: str) -> str:
    """The first hamlet that an address names, each word with a capital; "" where it names none.

    For lists by hamlet: "số 4, xóm 3" and "Xóm 3" stand under "Xóm 3", "kp 3" under "KP 3".
    """
    said = next((part.text for part in reading(text).segments if part.hamlet), "")
    words = said.split()
    return " ".join(word.upper() if word.lower() in _SHORT else word.title() for word in words)


_NUMBERS = re.compile(r"(\d+)")


def hamlet_key(text: str) -> str:
    """What the hamlet of an address is known by, whoever wrote it, with its tones or without."""
    return "".join(
        str(int(part)) if part.isdigit() else part
        for part in _NUMBERS.split(fold(hamlet_named(text)))
    )


def hamlet_order(hamlet: str) -> tuple[tuple[int, int, str], ...]:
    """The place of a hamlet, by its name or key, in a list: Xóm 9 before Xóm 10; "" comes last."""
    parts = (part for part in _NUMBERS.split(fold(hamlet)) if part)
    ranked = tuple((0, int(p), "") if p.isdigit() else (1, 0, p) for p in parts)
    return ranked or ((2, 0, ""),)
