"""Walk-in cards as the desk that prints them sees them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from som.kernel import audit, ids, scope, sql
from som.kernel.actors import Actor
from som.kernel.batches import CHUNK
from som.sampling.rules import PRINT_OPEN, LabelRange, count_of, merged, within, without
from som.sampling.rules.cards import named_cards

BLOCK = 1_000
"""A roll of cards begins at a thousand: so its beginning tells whether the thousand is free."""

_BLOCKS_TRIED = 1_000
"""Thousands tried behind one's own last card for one that nobody else has: a million cards."""

AT_ONCE = 1_000
"""Cards in one file: a hundred sheets."""

PRINTS_SHOWN = 100
"""Lines of what was printed of a roll of cards."""

_CARDS_LOOKED_AT = 2 * CHUNK
"""Cards of which a page tells the rolls: those of two of the longest, or of ten of a thousand."""


@dataclass(frozen=True, slots=True)
class CardRollRow:
    """Cards issued to a unit at one moment, and how many of them were given to somebody."""

    first: int
    last: int
    unit: int
    issued_at: datetime
    given: int

    @property
    def cards(self) -> int:
        """How many cards the roll has."""
        return self.last - self.first + 1

    @property
    def printed(self) -> tuple[str, str]:
        """The codes of its first and its last card."""
        return ids.card_code(self.first), ids.card_code(self.last)


def card_rolls(*, by: Actor, before: int | None = None) -> tuple[list[CardRollRow], int | None]:
    """Rolls of cards of the actor's units, those of the highest numbers first, and the key of the
    next page; `before` is that of the page before.

    Cards are kept one by one: what was issued in one go, one after the other, is a roll.
    """
    with scope.entered(by, "sampling.plan"):
        found = [
            (CardRollRow(*line[:5]), line[5])
            for line in sql.rows(
                """
                WITH looked_at AS (
                    SELECT serial, unit_id, slip, issued_at FROM sampling_card
                    WHERE %(before)s::int IS NULL OR serial < %(before)s
                    ORDER BY serial DESC LIMIT %(limit)s)
                SELECT min(c.serial), max(c.serial), c.unit_id, c.issued_at,
                       count(w.slip)::int, (SELECT count(*) FROM looked_at)
                FROM (SELECT l.*, l.serial - row_number() OVER (
                          PARTITION BY l.unit_id, l.issued_at ORDER BY l.serial) AS run
                      FROM looked_at l) c
                LEFT JOIN sampling_swab w ON w.slip = c.slip
                GROUP BY c.unit_id, c.issued_at, c.run ORDER BY 1 DESC
                """,
                {"before": before, "limit": _CARDS_LOOKED_AT},
            )
        ]
    shown = [one for one, _ in found]
    if not found or found[0][1] < _CARDS_LOOKED_AT:
        return shown, None
    # The last roll may go on beyond what was looked at: it begins the next page.
    shown = shown[:-1]
    return shown, shown[-1].first


def next_card(*, by: Actor) -> int | None:
    """Where the next roll of cards may begin: behind one's own, at a thousand that nobody has. None
    where no number is left there."""
    with scope.entered(by, "sampling.plan"):
        found = sql.row(
            """
            WITH begins AS (
                SELECT b.serial FROM (SELECT coalesce(max(serial) / %(block)s + 1, 0) AS block
                                      FROM sampling_card) m
                CROSS JOIN generate_series(m.block * %(block)s,
                                           (m.block + %(tried)s) * %(block)s, %(block)s)
                           AS b (serial))
            SELECT serial FROM begins
            WHERE serial < %(end)s AND serial NOT IN (SELECT made.serial FROM sampling_cards_made(
                                     ARRAY(SELECT serial FROM begins)) made)
            ORDER BY serial LIMIT 1
            """,
            {"block": BLOCK, "tried": _BLOCKS_TRIED, "end": ids.TUBE_SERIALS},
        )
    return int(found[0]) if found else None


_KNOWN = """
WITH asked AS (SELECT DISTINCT c.serial, c.slip
               FROM unnest(%s::int[], %s::int[]) AS g (first, last)
               JOIN sampling_card c ON c.serial BETWEEN g.first AND g.last)
SELECT a.serial, a.slip, a.slip IN (SELECT * FROM sampling_slips_used(ARRAY(SELECT slip FROM asked)))
FROM asked a ORDER BY a.serial
"""


def _known(cards: Sequence[LabelRange]) -> list[tuple[int, str, bool]]:
    """Number and slip of each of these cards in scope, and whether it is in somebody's hand."""
    return [(line[0], line[1], line[2]) for line in sql.rows(_KNOWN, _columns(cards))]


def _columns(cards: Sequence[LabelRange]) -> tuple[list[int], list[int]]:
    return [first for first, _ in cards], [last for _, last in cards]


def _runs(serials: Iterable[int]) -> tuple[LabelRange, ...]:
    return merged((serial, serial) for serial in serials)


def cards_issued(
    cards: Sequence[LabelRange],
) -> tuple[tuple[LabelRange, ...], tuple[LabelRange, ...]]:
    """Those of these cards in scope, and those of them in somebody's hand; for a command in its own."""
    found = _known(cards)
    return _runs(one[0] for one in found), _runs(one[0] for one in found if one[2])


def cards_on_paper(cards: Sequence[LabelRange]) -> tuple[LabelRange, ...]:
    """Those of these cards that were printed or may have been; for a command inside its scope."""
    return within(
        cards,
        [
            (line[0], line[1])
            for line in sql.rows(
                """
                SELECT p.first, p.last FROM unnest(%s::int[], %s::int[]) AS g (first, last)
                JOIN sampling_cardprint p
                    ON int4range(p.first, p.last, '[]') && int4range(g.first, g.last, '[]')
                """,
                _columns(cards),
            )
        ],
    )


def card_prints_with_codes(codes: Sequence[str]) -> dict[str, tuple[LabelRange, ...]]:
    """The cards that were printed under these codes; for a command inside its scope."""
    return {
        code: merged(zip(firsts, lasts, strict=True))
        for code, firsts, lasts in sql.rows(
            "SELECT code, array_agg(first), array_agg(last) FROM sampling_cardprint"
            " WHERE code = ANY(%s) GROUP BY code",
            (list(codes),),
        )
    }


@dataclass(frozen=True, slots=True)
class CardsFree:
    """Of cards of the actor's units: those in nobody's hand, and of these those not on paper yet."""

    free: tuple[LabelRange, ...]
    fresh: tuple[LabelRange, ...]


def cards_free(first: int, last: int, *, by: Actor) -> CardsFree | None:
    """Which of these cards may be printed; None where none was issued to the actor's units.

    Not a card in somebody's hand: another like it would open their result.
    """
    with scope.entered(by, "sampling.plan"):
        issued, held = cards_issued([(first, last)])
        free = without(issued, held)
        return CardsFree(free, without(free, cards_on_paper(free))) if issued else None


@dataclass(frozen=True, slots=True)
class CardPrintRow:
    """Cards that were printed at once; `again`: why, where some were on paper already.

    Without a code they were issued before printing was noted: nobody knows.
    """

    code: str | None
    cards: tuple[LabelRange, ...]
    again: str
    printed_at: datetime
    printed_by: str

    @property
    def printed(self) -> str:
        """The cards as they are read."""
        return named_cards(self.cards)

    @property
    def count(self) -> int:
        """How many cards they were."""
        return count_of(self.cards)

    def open_to(self, name: str, *, at: datetime) -> bool:
        """Whether somebody may open the file again without printing again."""
        ours = self.code is not None and self.printed_by == name
        return ours and at < self.printed_at + PRINT_OPEN


def prints_of_cards(
    first: int, last: int, *, by: Actor, code: str | None = None, limit: int = PRINTS_SHOWN
) -> list[CardPrintRow]:
    """What was printed of these cards, the latest first, as far as they are the actor's units'; `code`
    takes one printing alone."""
    with scope.entered(by, "sampling.plan"):
        return [
            CardPrintRow(line[0], merged(zip(line[1], line[2], strict=True)), *line[3:])
            for line in sql.rows(
                """
                SELECT p.code, array_agg(p.first), array_agg(p.last), max(p.again),
                       max(p.printed_at), max(p.printed_by)
                FROM sampling_cardprint p
                WHERE int4range(p.first, p.last, '[]') && int4range(%(first)s, %(last)s, '[]')
                  AND (%(code)s::text IS NULL OR p.code = %(code)s)
                  AND EXISTS (SELECT 1 FROM sampling_card c WHERE c.serial = p.first)
                GROUP BY p.code, p.printed_at ORDER BY max(p.id) DESC LIMIT %(limit)s
                """,
                {"first": first, "last": last, "code": code, "limit": limit},
            )
        ]


def cards_to_print(
    cards: Sequence[LabelRange], *, by: Actor, at: datetime
) -> list[tuple[int, str]]:
    """Serial numbers and slips of these cards, as far as they were issued to the actor's units and
    nobody holds them. It is noted who read the slips."""
    with scope.entered(by, "sampling.plan"):
        found = [(serial, slip) for serial, slip, held in _known(cards) if not held]
        audit.record(
            by,
            "sampling.cards_to_print",
            at=at,
            note={"cards": [list(run) for run in cards], "found": len(found)},
            kind=audit.READ,
        )
    return found
