"""An address cut into pieces, each run of which may be the name of a unit. Pure.

A *segment* stands between commas, dashes and the words for a kind of unit; a *span* is a run of
segments that may name one unit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from som.places.rules.addresses.words import (
    PARTS,
    KindSaid,
    Token,
    Words,
    keys_of,
    kind_at,
    kind_levels,
    looks,
    trimmed,
    words_of,
)
from som.places.rules.kinds import Kind, Level

LONGEST_NAME = 7
"""Words of the longest names: "Nông trường Phong Hải", "Cư Dliê M'nông", "Bà Rịa - Vũng Tàu"."""

_ANY_LEVEL = frozenset(Level)


@dataclass(frozen=True, slots=True)
class Span:
    """A run of segments that may name a unit: with which kind (or none), in which words.

    `levels` are the tiers it may stand for.
    """

    first: int
    last: int
    kind: Kind | None
    words: tuple[str, ...]
    keys: tuple[str, ...]
    levels: frozenset[Level]


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the text between two cuts; `kind` is the kind of unit its first words say."""

    start: int
    end: int
    kind: Kind | None
    long_kind: bool
    hamlet: bool
    street: bool
    number: bool
    digits: bool
    parted: bool
    """Whether a comma or dash stands before it, or nothing."""
    text: str
    name: str
    """The words after the kind, as `looks` of them."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A text cut into segments, with every span that may name a unit.

    `close` says that it was cut at every word, for people who write no commas. `other` is another
    way to cut the same text, if this one finds no commune.
    """

    text: str
    segments: tuple[Segment, ...]
    spans: tuple[Span, ...]
    close: bool = False
    other: Reading | None = None

    def names(self) -> Iterator[str]:
        """What to ask the list of units for."""
        for span in self.spans:
            yield from span.keys
        if self.other:
            yield from self.other.names()


def reading(text: str) -> Reading:
    """Cut an address in one text."""
    text, tokens = trimmed(text)
    cut = _cut(text, tokens, _ANY_LEVEL)
    signs = [token.before for token in tokens[1:] if token.before in PARTS]
    if tokens and signs in ([], ["-"]):
        return replace(cut, other=_cut(text, tokens, _ANY_LEVEL, close=True))
    return cut


def column_reading(province: str, district: str, commune: str) -> Reading:
    """Cut an address in three columns, each of which may name units of its own tier alone."""
    text = ""
    segments: list[Segment] = []
    spans: list[Span] = []
    parted = False
    for level, column in ((3, commune), (2, district), (1, province)):
        column, tokens = trimmed(column)
        parted = parted or any(token.before in PARTS for token in tokens[1:])
        cut = _cut(column, tokens, frozenset({Level(level)}))
        for span in cut.spans:
            shift = len(segments)
            spans.append(replace(span, first=span.first + shift, last=span.last + shift))
        start = len(text) + 2 if text else 0
        text = f"{text}, {column}" if text and column.strip() else text or column
        segments += [
            # Whatever a column holds claims to be a unit, however much it looks like a street.
            replace(
                piece,
                start=piece.start + start,
                end=piece.end + start,
                hamlet=False,
                street=False,
                number=False,
            )
            for piece in cut.segments
        ]
    other = reading(text) if parted else None
    return Reading(text, tuple(segments), tuple(spans), other=other)


def _cut(
    text: str, tokens: list[Token], levels: frozenset[Level], *, close: bool = False
) -> Reading:
    words = words_of(text)
    starts = [0] if tokens else []
    kinds: dict[int, KindSaid] = {}
    skip = 0
    for at, token in enumerate(tokens):
        parted = at == 0 or token.before in PARTS
        if at < skip:
            continue
        said = kind_at(tokens, at, plain=parted or text.isascii())
        if said:
            clear = (
                close
                or said.long
                or said.size > 1
                or len(token.text) > 1
                or tokens[at + 1].before == "."
            )
            # Thôn Quan Nhân is a hamlet's name, however plainly written.
            named = (0 if close else starts[-1]) == at - 1 and words.open_a_name(
                tokens[at - 1].text
            )
            if parted or (clear and not named):
                kinds[at] = said
                skip = at + said.size
                parted = True
        if at and (parted or close or _after_number(tokens, at, kinds, words)):
            starts.append(at)
    bounds = [*starts, len(tokens)]
    segments = tuple(
        _segment(tokens[begin:end], kinds.get(begin), words, tokens[0])
        for begin, end in pairwise(bounds)
    )
    spans = tuple(_spans(tokens, bounds, kinds, levels))
    return Reading(text, segments, spans, close)


def _after_number(tokens: list[Token], at: int, kinds: dict[int, KindSaid], words: Words) -> bool:
    """Whether a numbered hamlet or ward ends here: after "Tổ 5" or "Quận 5" something else begins."""
    if not tokens[at - 1].text.isdigit() or tokens[at].text.isdigit():
        return False
    before = at - 2
    return before >= 0 and (
        tokens[before].text in words.hamlets
        or any(
            start in kinds and start + kinds[start].size == at - 1 for start in (before, before - 1)
        )
    )


def _segment(tokens: list[Token], said: KindSaid | None, known: Words, first: Token) -> Segment:
    words = [token.text for token in tokens]
    taken = said.size if said else 0
    return Segment(
        tokens[0].start,
        tokens[-1].end,
        said.kind if said else None,
        long_kind=bool(said and said.long),
        hamlet=words[0] in known.hamlets,
        street=words[0][0].isdigit() or words[0] in known.streets,
        number=all(word[0].isdigit() or word in known.numbers for word in words),
        digits=all(word.isdigit() for word in words),
        parted=tokens[0].before in PARTS or tokens[0] is first,
        text=" ".join(words),
        name=looks("".join(words[taken:])),
    )


def _spans(
    tokens: list[Token],
    bounds: list[int],
    kinds: dict[int, KindSaid],
    levels: frozenset[Level],
) -> Iterator[Span]:
    words = [token.text for token in tokens]
    # Leading zeros do not count: Phường 01.
    plain = [looks(word.lstrip("0") or word) for word in words]
    for first, begin in enumerate(bounds[:-1]):
        said = kinds.get(begin)
        kind, taken = (said.kind, said.size) if said else (None, 0)
        tiers = levels & kind_levels(kind) if kind else frozenset()
        for last in range(first, len(bounds) - 1):
            end = bounds[last + 1]
            if last > first and tokens[bounds[last]].before == ",":
                break
            size = end - begin
            # "Phường 1 - 3" is not the thirteenth ward.
            if size > LONGEST_NAME + taken or _has_two_numbers(words[begin:end]):
                break
            if tiers and size > taken:
                name = slice(begin + taken, end)
                keys = keys_of(words[name], plain[name])
                yield Span(first, last, kind, tuple(words[name]), keys, tiers)
            # A bare number names a unit only where a column says which tier it is.
            if size <= LONGEST_NAME and (
                len(levels) == 1 or not all(word.isdigit() for word in words[begin:end])
            ):
                name = slice(begin, end)
                keys = keys_of(words[name], plain[name])
                yield Span(first, last, None, tuple(words[name]), keys, levels)


def _has_two_numbers(words: list[str]) -> bool:
    return any(one.isdigit() and other.isdigit() for one, other in pairwise(words))
