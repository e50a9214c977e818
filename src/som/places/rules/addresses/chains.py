"""Every way to read an address from its large end inwards. Pure.

Each span must name a unit within the one read before it, until none is left that could: what
remains is the hamlet, street and house.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from som.kernel.ids import fold
from som.places.rules.addresses.cutting import Reading, Segment
from som.places.rules.addresses.units import NamedUnit, Path, Register
from som.places.rules.addresses.words import is_hamlet
from som.places.rules.kinds import Level
from som.places.rules.names import written

TIERS = len(Level)

CLAIMS, _MIXED, MISSPELT, NOT_TODAY = range(4)
"""Places in a chain's score."""


@dataclass(frozen=True, slots=True)
class Match:
    """A span that may name a unit; `fault` is 0 the very name, 1 without tones, 2 or 3 misspelt."""

    first: int
    last: int
    unit: NamedUnit
    kinded: bool
    fits: bool
    fault: int

    def beside(self, other: Match) -> bool:
        """Whether the two are read from different words."""
        return self.last < other.first or other.last < self.first


@dataclass(frozen=True, slots=True)
class Chain:
    """Units one within the other that the text names from its large end on, largest first."""

    matches: tuple[Match, ...]
    used: frozenset[int]
    left: int
    path: Path
    claims: int
    score: tuple[int, ...]

    @property
    def unit(self) -> NamedUnit:
        return self.matches[-1].unit

    @property
    def path_said(self) -> bool:
        """Whether the text names the province."""
        return self.matches[0].unit.level == Level.PROVINCE

    def inside(self, within: frozenset[int]) -> bool:
        """Whether the unit is one of these."""
        return self.unit.id in within


def matches_of(reading: Reading, register: Register) -> list[Match]:
    plain = int(reading.text.isascii())
    found = []
    for span in reading.spans:
        spelling = ""
        for number, key in enumerate(span.keys):
            for unit in register.named(key):
                if unit.level in span.levels:
                    fits = span.kind is None or span.kind == unit.kind
                    spelling = spelling or written(" ".join(span.words))
                    fault = 1 if number else max(plain, _fault(spelling, unit.spelling))
                    found.append(
                        Match(span.first, span.last, unit, span.kind is not None, fits, fault)
                    )
                elif span.kind is not None:
                    found.append(Match(span.first, span.last, unit, True, False, 3))
    return found


def _fault(said: str, name: str) -> int:
    """How far a spelling is from the name: the same, without tones, with others, with other letters."""
    if said == name:
        return 0
    syllables, proper = said.split(), name.split()
    if len(syllables) == len(proper) and all(
        a in (b, fold(b)) for a, b in zip(syllables, proper, strict=True)
    ):
        return 1
    plain = str.maketrans("", "", " '.-")
    if said.isascii() or fold(said).translate(plain) == fold(name).translate(plain):
        return 1 if said.isascii() else 2
    return 3


def chains_of(
    reading: Reading, matches: Collection[Match], register: Register, on: date
) -> list[Chain]:
    """Every way to read the text from its end inwards, each with what it leaves unexplained."""
    by_end: dict[int, list[Match]] = defaultdict(list)
    for match in matches:
        if match.fits:
            by_end[match.last].append(match)
    found: list[Chain] = []
    open_ends: list[tuple[int, tuple[Match, ...], frozenset[int], tuple[Path, ...]]] = [
        (len(reading.segments), (), frozenset(), ())
    ]
    seen: set[tuple[int, tuple[int, ...]]] = set()
    while open_ends:
        end, chain, used, paths = open_ends.pop()
        state = end, tuple(match.unit.id for match in chain)
        if state in seen:
            continue
        seen.add(state)
        longer = [
            (match, fitting)
            for match in by_end.get(end - 1, ())
            if (fitting := _fitting(reading, chain, match, paths))
        ]
        if chain:
            # What names a unit within this one is no hamlet, even if it begins like one: Sóc Trăng.
            goes_on = any(match.fault <= 1 and match not in chain for match, _ in longer)
            path = min(paths, key=lambda path: (path.mixed, abs(path.nearest(on) - on)))
            clear = path.holds(on) and not _may_be_a_district(chain[-1], by_end, on)
            claims = int(goes_on) + _claims(
                reading.segments[:end], chain, register, close=reading.close, clear=clear
            )
            if not (reading.close and claims):
                found.append(_judged(chain, used, end, path, claims, on))
        for match, fitting in longer:
            again = any(match.unit.id == other.unit.id for other in chain)
            mine = used | frozenset(range(match.first, match.last + 1))
            open_ends.append((match.first, chain if again else (*chain, match), mine, fitting))
    return found


def _fitting(
    reading: Reading, chain: tuple[Match, ...], match: Match, paths: tuple[Path, ...]
) -> tuple[Path, ...]:
    """On which paths a unit lies within those read so far; what was read may be said again."""
    if any(match.unit.id == other.unit.id for other in chain):
        return paths
    if chain and match.unit.level <= chain[-1].unit.level:
        return ()
    if not reading.close and _is_a_street(reading.segments, match):
        return ()
    return tuple(
        path
        for path in match.unit.paths
        if all(path.at(other.unit.level) == other.unit.id for other in chain)
    )


def _may_be_a_district(match: Match, by_end: dict[int, list[Match]], on: date) -> bool:
    """Whether the words that name a commune could mean a district of the same name on this day."""
    return match.unit.level == Level.COMMUNE and any(
        other.first == match.first
        and other.unit.level == Level.DISTRICT
        and any(path.holds(on) for path in other.unit.paths)
        for other in by_end.get(match.last, ())
    )


def _is_a_street(segments: tuple[Segment, ...], match: Match) -> bool:
    """Whether a commune's bare name follows a bare house number, and so may be its street."""
    return (
        match.unit.level == Level.COMMUNE
        and not match.kinded
        and match.first > 0
        and segments[match.first - 1].number
    )


def _judged(
    chain: tuple[Match, ...],
    used: frozenset[int],
    left: int,
    path: Path,
    claims: int,
    on: date,
) -> Chain:
    """A reading with its worth, least best: nothing unexplained, no mixed eras, well spelt."""
    faults = [match.fault for match in chain]
    score = (
        claims,
        int(path.mixed),
        int(max(faults) > 1),
        int(not path.holds(on)),
        -len(chain),
        sum(faults),
    )
    return Chain(chain, used, left, path, claims, score)


def _claims(
    left: tuple[Segment, ...],
    chain: tuple[Match, ...],
    register: Register,
    *,
    close: bool,
    clear: bool,
) -> int:
    """How many units the unread part of the text still claims to name."""
    level = chain[-1].unit.level
    if close:
        # Without any comma only a hamlet may stand before the commune.
        return int(level < Level.COMMUNE or not is_hamlet([s.text for s in left]))
    claims = 0
    for segment in left:
        if segment.kind and segment.name and not repeats(segment, chain):
            claims += (
                level < Level.COMMUNE
                or _names_one(segment, register)
                or (segment.long_kind and not chain[-1].kinded)
            )
    if left and not claims and is_a_name(left[-1]):
        # Before a district it is a commune. Before a commune it is a hamlet, unless this could be
        # a district: "Quang Trung, Hà Đông, Hà Nội" is not read with the Hà Đông of another day.
        claims += level < Level.COMMUNE or not (clear or len(chain) == TIERS or chain[-1].kinded)
    return claims


def is_a_name(segment: Segment) -> bool:
    """Whether a piece of text has no word that says what it is."""
    return segment.digits or not (segment.kind or segment.hamlet or segment.street)


def repeats(segment: Segment, chain: Iterable[Match]) -> bool:
    """Whether a piece of text says again what was read already."""
    return any((m.unit.kind, m.unit.key) == (segment.kind, segment.name) for m in chain)


def _names_one(segment: Segment, register: Register) -> bool:
    """Whether a piece of text such as "Phường Tân Lập" names a unit that there is."""
    return any(unit.kind == segment.kind for unit in register.named(segment.name))
