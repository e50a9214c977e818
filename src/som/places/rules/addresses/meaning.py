"""Which unit an address means. Pure.

Nothing is guessed: units that fit equally are all named, and a word that names a unit elsewhere
makes the address contradictory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date

from som.places.rules.addresses.chains import (
    CLAIMS,
    MISSPELT,
    NOT_TODAY,
    TIERS,
    Chain,
    Match,
    chains_of,
    is_a_name,
    matches_of,
    repeats,
)
from som.places.rules.addresses.cutting import Reading
from som.places.rules.addresses.units import MOST_CANDIDATES, AddressReason, Meant, Path, Register
from som.places.rules.kinds import Level


def address_meaning(
    reading: Reading, register: Register, on: date, within: frozenset[int] = frozenset()
) -> Meant:
    """The unit that a text means, first by the names of the day, else by those of another.

    `within` are the units in which an address without a province is sought first.
    """
    if not reading.segments:
        return Meant(AddressReason.EMPTY)
    meant = _meaning(reading, register, on, within)
    if reading.other and meant.level != Level.COMMUNE and (meant.rest or meant.unit_id is None):
        other = _meaning(reading.other, register, on, within)
        if other.level == Level.COMMUNE:
            return other
    return meant


def _meaning(reading: Reading, register: Register, on: date, within: frozenset[int]) -> Meant:
    matches = matches_of(reading, register)
    chains = chains_of(reading, matches, register, on)
    if not any(chain.claims == 0 and len(chain.matches) > 1 for chain in chains):
        # Perhaps the largest unit stands first.
        turned = Reading(reading.text, reading.segments[::-1], (), reading.close)
        end = len(reading.segments) - 1
        back = [replace(m, first=end - m.last, last=end - m.first) for m in matches]
        reverse = [
            chain
            for chain in chains_of(turned, back, register, on)
            if chain.claims == 0 and len(chain.matches) > 1
        ]
        if reverse:
            return _chosen(reverse, turned, matches, on, within)
    return _chosen(chains, reading, matches, on, within)


def _chosen(
    chains: Collection[Chain],
    reading: Reading,
    matches: Collection[Match],
    on: date,
    within: frozenset[int],
) -> Meant:
    """The best of all ways to read the text, if it is one."""
    bare = [c for c in chains if not _is_strong(c, reading, within) and not c.score[MISSPELT]]
    chains = [chain for chain in chains if _is_strong(chain, reading, within)]
    if within and any(chain.inside(within) and not chain.claims for chain in chains):
        chains = [chain for chain in chains if chain.path_said or chain.inside(within)]
    if not chains and bare:
        least = min(chain.score for chain in bare)
        likely = {chain.unit.id: chain for chain in bare if chain.score == least}
        return replace(_several(likely.values(), reading, on), level=None)
    if not chains:
        return _refused(None, reading, matches, on)
    best = min(chain.score for chain in chains)
    ties = [chain for chain in chains if chain.score == best]
    if within and any(chain.inside(within) for chain in ties):
        ties = [chain for chain in ties if chain.inside(within)]
    if best[CLAIMS]:
        return _refused(
            _one_unit([c for c in ties if c.unit.level < Level.COMMUNE]), reading, matches, on
        )
    by_unit = {chain.unit.id: chain for chain in ties}
    if only := _one_unit(ties):
        by_unit = {only.unit.id: only}
    if best[NOT_TODAY]:
        # "Nam Ban Lâm Hà" is one commune today, however much it looks like two units of yesterday.
        by_unit |= {
            c.unit.id: c for c in bare if not (c.score[NOT_TODAY] or _leaves_a_name(reading, c))
        }
    if len(by_unit) == 1:
        return _one(next(iter(by_unit.values())), chains, reading, on)
    return _several(by_unit.values(), reading, on)


def _several(chains: Iterable[Chain], reading: Reading, on: date) -> Meant:
    """All that could be meant."""
    several = sorted(chains, key=lambda chain: chain.unit.id)
    first = several[0]
    levels = {chain.unit.level for chain in several if len(several) > 1}
    return Meant(
        AddressReason.AMBIGUOUS,
        level=levels.pop() if len(levels) == 1 else None,
        as_of=first.path.nearest(on),
        candidates=tuple(chain.unit.id for chain in several[:MOST_CANDIDATES]),
        known_id=_shared([chain.path for chain in several]) if len(several) > 1 else None,
        rest=_rest(reading, first),
    )


def _one_unit(chains: Collection[Chain]) -> Chain | None:
    """The reading whose unit holds those of all others: "Thái Nguyên" is the province or its city."""
    for chain in chains:
        if all(other.path.at(chain.unit.level) == chain.unit.id for other in chains):
            return chain
    return None


def _is_strong(chain: Chain, reading: Reading, within: frozenset[int]) -> bool:
    """Whether so little text is enough: one name must be spelt right, a commune's with its kind."""
    if len(chain.matches) > 1 or chain.claims or chain.inside(within):
        return True
    only = chain.matches[0]
    if only.unit.level == Level.COMMUNE:
        # Without tones "Đào Xá, Phú Thọ" could be read as a xã of the name Phú Thọ.
        clear = reading.segments[only.first].parted or not reading.text.isascii()
        return only.fault <= 1 and only.kinded and clear and not chain.score[NOT_TODAY]
    return only.fault <= 1


def _one(chain: Chain, chains: Collection[Chain], reading: Reading, on: date) -> Meant:
    fuller = None
    if chain.path.holds(on) and _leaves_a_name(reading, chain):
        # "Tân Phong, Quảng Xương": a hamlet of today's commune, or a commune of the old district.
        others = [c for c in chains if not c.claims and len(c.matches) > len(chain.matches)]
        fuller = min(others, key=lambda c: c.score, default=None)
    told = fuller or chain
    return Meant(
        AddressReason.CLEAR,
        unit_id=told.unit.id,
        level=told.unit.level,
        as_of=told.path.nearest(on),
        known_id=told.unit.id,
        rest=_rest(reading, told),
        also_id=chain.unit.id if fuller else None,
    )


def _leaves_a_name(reading: Reading, chain: Chain) -> bool:
    """Whether right before the units read stands a name that nothing explains."""
    return chain.left > 0 and is_a_name(reading.segments[chain.left - 1])


def _refused(chain: Chain | None, reading: Reading, matches: Collection[Match], on: date) -> Meant:
    """Say what is wrong: nothing found, or a unit that lies elsewhere or is of another kind."""
    claim = _claim(reading, chain) if chain else None
    votes = _votes(matches, [m for m in matches if claim is None or m.first <= claim <= m.last], on)
    if chain and not votes:
        votes = _votes(matches, [m for m in matches if m.kinded and m.last < chain.left], on)
    most = max((count for count, *_ in votes.values()), default=0)
    likely = {unit: path for unit, (count, path, _) in votes.items() if count == most}
    known = chain.unit.id if chain and _is_certain(chain) else None
    reason = AddressReason.CONTRADICTORY if likely else AddressReason.UNKNOWN
    if likely:
        if chain and all(
            votes[unit][2] and path.at(chain.unit.level) == chain.unit.id
            for unit, path in likely.items()
        ):
            # "Số 5, Quang Trung, Hà Đông": the street or the ward.
            reason = AddressReason.AMBIGUOUS
        else:
            known = _shared([*likely.values(), chain.path]) if chain else None
    return Meant(
        reason,
        candidates=tuple(sorted(likely))[:MOST_CANDIDATES],
        as_of=on,
        known_id=known,
        rest=_rest(reading, chain) if chain else reading.text.strip(),
        claim="" if claim is None else reading.segments[claim].name,
    )


def _votes(
    matches: Iterable[Match], asked: Iterable[Match], on: date
) -> dict[int, tuple[int, Path, bool]]:
    """How many units above each of these the text names too, of whatever kind it says they are."""
    named: dict[int | None, list[Match]] = defaultdict(list)
    for match in matches:
        if match.fault <= 1 or not match.fits:
            named[match.unit.id].append(match)
    votes: dict[int, tuple[int, Path, bool]] = {}
    for match in asked:
        for path in match.unit.paths if match.fault <= 1 else ():
            above = (path.district, path.province)[match.unit.level == Level.DISTRICT :]
            count = sum(any(m.beside(match) for m in named.get(unit, ())) for unit in above)
            if path.holds(on) and count:
                votes[match.unit.id] = (count * TIERS + match.unit.level, path, match.fits)
    return votes


def _claim(reading: Reading, chain: Chain) -> int | None:
    """Which piece of text names a unit that was not found within the others."""
    kinded = [
        at
        for at, segment in enumerate(reading.segments[: chain.left])
        if segment.kind and not repeats(segment, chain.matches)
    ]
    return kinded[-1] if kinded else chain.left - 1 if chain.left else None


def _is_certain(chain: Chain) -> bool:
    """Whether the large end of the text is clear, whatever stands before it."""
    return chain.unit.level < Level.COMMUNE and (chain.path_said or chain.matches[0].kinded)


def _shared(paths: Collection[Path]) -> int | None:
    """The smallest unit in which all of these lie."""
    for level in (Level.COMMUNE, Level.DISTRICT, Level.PROVINCE):
        units = {path.at(level) for path in paths}
        if len(units) == 1 and None not in units:
            return units.pop()
    return None


def _rest(reading: Reading, chain: Chain) -> str:
    """What the text says besides units: hamlet, street, house."""
    pieces: list[list[int]] = []
    segments = reading.segments
    for at, segment in enumerate(segments):
        if at in chain.used or repeats(segment, chain.matches):
            continue
        if pieces and pieces[-1][1] == at - 1:
            pieces[-1][1] = at
        else:
            pieces.append([at, at])
    texts = []
    for first, last in pieces:
        start = min(segments[first].start, segments[last].start)
        texts.append(reading.text[start : max(segments[first].end, segments[last].end)])
    return ", ".join(texts)
