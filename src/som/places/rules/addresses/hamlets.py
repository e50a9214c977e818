"""Names that are only nearly a unit's, and the names of hamlets. Pure."""

from __future__ import annotations

from collections.abc import Iterable

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
